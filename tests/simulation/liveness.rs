//! Do results keep coming? Held against each operation, from the moment on from which some rung
//! is sound for it.
//!
//! What is measured is stricter than "not well": a connection that comes before it falls silent
//! or is cut again does not end a stretch, or a rung that fails again and again would be as good
//! as one that lasts.

use std::collections::{BTreeMap, BTreeSet};

use graphql_lifeline::config::Transport;
use graphql_lifeline::document::Kind;
use graphql_lifeline::io::{Attempt, OpId};
use graphql_lifeline::reservation::Sharing;

use super::bound::RESUMES;
use super::event::Event;
use super::server::Link;
use super::sickness::Symptom;
use super::soundness::{RHYTHM, Soundness};
use super::stretch::Stretch;
use super::tally::LIVENESS_IS_PROMISED;
use super::watched::{Carried, Watched};
use super::world::World;

#[derive(Default)]
pub struct Liveness {
    /// What is to be expected of each operation of the plan.
    expected: BTreeMap<usize, Soundness>,
    pub watched: BTreeMap<OpId, Watched>,
    /// Heartbeats that were sent, by connection.
    pub beats: BTreeMap<Attempt, u64>,
    /// When the last byte was sent on a connection.
    pub sent: BTreeMap<Attempt, u64>,
    /// Connections that are to fall silent or to be cut.
    pub doomed: BTreeSet<Attempt>,
    /// When it was last looked at.
    seen: u64,
}

impl World {
    /// Works out from when on which operation is to be well. Not where operations share a stream
    /// or wait for room: what they then owe each other is in no bound.
    pub fn expect(&mut self) {
        if self.plan.options.sharing != Sharing::Never || self.plan.slots.is_some() {
            return;
        }
        let ladder = self.ladder();
        for n in 0..self.plan.operations.len() {
            let is_subscription = self.plan.operations[n].request.kind == Kind::Subscription;
            let sound = Soundness::of(&self.plan, n, &ladder).filter(|_| is_subscription);
            if let Some(sound) = sound {
                self.liveness.expected.insert(n, sound);
                self.at(sound.from, Event::Sound);
            }
        }
    }

    /// What has passed since this was last looked at counts for how things were then.
    pub fn watch(&mut self) {
        let passed = self.now - self.liveness.seen;
        self.liveness.seen = self.now;
        for it in self.liveness.watched.values_mut() {
            it.pass(passed);
        }
        let expected = self.liveness.expected.iter();
        let due = expected.filter(|(_, sound)| sound.from <= self.now);
        let due: Vec<_> = due
            .filter_map(|(n, &sound)| Some((*n, *self.ops.get(n)?, sound)))
            .collect();
        for (n, op, sound) in due {
            self.look(n, op, sound);
        }
    }

    fn look(&mut self, n: usize, op: OpId, sound: Soundness) {
        let carried = self.carried(op);
        let Some(it) = self.liveness.watched.get(&op) else {
            let bound = self.bound(op, n, sound);
            let mut watched = Watched::new(sound, bound, carried, self.now);
            if self.oracle.ops[&op].over {
                // What ended before owes nothing, unless it did so in this moment.
                let ended = self.oracle.ended.get(&op);
                watched.end(ended.filter(|_| sound.from >= self.now));
            }
            self.liveness.watched.insert(op, watched);
            return;
        };
        if it.is_over() {
            return;
        }
        let begun = it.begins(carried);
        let begun = begun.map(|left| self.stretch(n, op, sound, left));
        let is_over = self.oracle.ops[&op].over;
        let ended = self.oracle.ended.get(&op);
        if let Some(it) = self.liveness.watched.get_mut(&op) {
            it.turn(carried, begun);
            if is_over {
                it.end(ended);
            }
        }
    }

    /// A stretch that begins now. Whoever leaves a sound rung is well on one again at once; but
    /// not where a rung falls sick later, which breaks what is open there.
    fn stretch(&self, n: usize, op: OpId, sound: Soundness, left: bool) -> Stretch {
        let mut sicknesses = self.plan.sicknesses.iter();
        let is_settled = sicknesses.all(|it| it.from == 0 && !it.symptom.is_idle_limit());
        let left = left && is_settled && self.plan.is_calm();
        Stretch {
            since: self.now,
            ms: 0,
            left,
            bound: if left {
                RESUMES
            } else {
                self.bound(op, n, sound)
            },
        }
    }

    fn carried(&self, op: OpId) -> Carried {
        let mut carried = Carried::Not { hidden: false };
        for (attempt, link) in self.server.of(op) {
            let carrier = match link {
                Link::Socket(socket) => socket,
                Link::Stream | Link::Reserved(_) => attempt,
            };
            let Some(&transport) = self.open.get(&carrier) else {
                continue;
            };
            let flows = self.server.flows(attempt);
            match carried {
                _ if flows && !self.liveness.doomed.contains(&carrier) => return Carried::Well,
                _ if flows => carried = Carried::Doomed,
                Carried::Not { .. } if !self.is_watched(carrier, transport) => {
                    carried = Carried::Not { hidden: true };
                }
                _ => {}
            }
        }
        carried
    }

    /// Is there a rule by which silence on this connection is wrong?
    fn is_watched(&self, carrier: Attempt, transport: Transport) -> bool {
        let beats = self.liveness.beats.get(&carrier).copied().unwrap_or(0);
        let has_rhythm = transport == Transport::Fetch && beats >= RHYTHM;
        let has_pong = transport == Transport::WebSocket && self.plan.stall().is_some();
        has_rhythm || has_pong || self.plan.has_probe()
    }

    /// Something is sent on a connection.
    pub fn sends(&mut self, carrier: Attempt) {
        self.liveness.sent.insert(carrier, self.now);
    }

    /// A proxy looks whether anything has come lately.
    pub fn idles(&mut self, attempt: Attempt, limit: u64, symptom: Symptom) -> bool {
        let sent = self.liveness.sent.get(&attempt).copied().unwrap_or(0);
        let is_idle = sent + limit <= self.now;
        if !is_idle {
            self.at(sent + limit, Event::Worsens(attempt, symptom));
        }
        is_idle
    }

    /// What is not well in time, if that is promised; the story tells it anyway.
    pub fn judge_liveness(&mut self) -> Vec<String> {
        let mut wrong = Vec::new();
        for (op, it) in std::mem::take(&mut self.liveness.watched) {
            let Stretch {
                since, ms, bound, ..
            } = it.nearest;
            let lapse = it.lapse.as_ref().map(|lapse| format!("{op}: {lapse}"));
            self.tell(|| {
                let (from, rung) = (it.sound.from, it.sound.rung);
                let told = lapse.as_deref().unwrap_or("in time");
                format!(
                    "operation {op}: T = {from} ms, with {rung:?} sound; B = {} ms; nearest to its bound: {ms} of {bound} ms from {since} on; {told}",
                    it.bound
                )
            });
            wrong.extend(lapse.filter(|_| LIVENESS_IS_PROMISED));
            self.liveness.watched.insert(op, it);
        }
        wrong
    }
}
