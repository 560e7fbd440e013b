//! Do results keep coming? Held against each operation, from the moment on from which some rung
//! is sound for it.

use std::collections::{BTreeMap, BTreeSet};

use graphql_lifeline::config::Transport;
use graphql_lifeline::document::Kind;
use graphql_lifeline::io::{Attempt, OpId};
use graphql_lifeline::reservation::Sharing;

use super::bound::RESUMES;
use super::event::Event;
use super::server::Link;
use super::soundness::{RHYTHM, Soundness};
use super::tally::LIVENESS_IS_PROMISED;
use super::world::World;

/// How an operation is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carried {
    /// A result published now would not arrive.
    Not {
        /// It is open and silent, and no rule says that this is wrong.
        hidden: bool,
    },
    /// It would, for now: the connection will not last.
    Doomed,
    Well,
}

/// A stretch without a connection that lasts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stretch {
    pub since: u64,
    /// How much of it is charged.
    pub ms: u64,
    pub bound: u64,
}

impl Stretch {
    pub fn ratio(&self) -> f64 {
        self.ms as f64 / self.bound.max(1) as f64
    }
}

/// An operation, and what some rung's soundness owes it.
#[derive(Debug)]
pub struct Watched {
    pub sound: Soundness,
    /// B when the rung became sound.
    pub bound: u64,
    carried: Carried,
    /// It has been well on some rung that lasts.
    settled: bool,
    stretch: Stretch,
    /// The one that came nearest to its bound.
    pub nearest: Stretch,
    pub wrong: Option<String>,
    over: bool,
}

#[derive(Default)]
pub struct Liveness {
    /// What is to be expected of each operation of the plan.
    expected: BTreeMap<usize, Soundness>,
    pub watched: BTreeMap<OpId, Watched>,
    /// Heartbeats that were sent, by connection.
    pub beats: BTreeMap<Attempt, u64>,
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
            if !it.over && !matches!(it.carried, Carried::Well | Carried::Not { hidden: true }) {
                it.stretch.ms += passed;
            }
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
            return self.begin_watch(n, op, sound, carried);
        };
        if it.over {
            return;
        }
        let is_over = self.oracle.ops[&op].over;
        let begins = it.carried == Carried::Well && carried != Carried::Well;
        let bound = if begins {
            self.allowed(n, op, it, carried)
        } else {
            0
        };
        let (now, ended) = (self.now, self.oracle.ended.get(&op));
        let it = self.liveness.watched.get_mut(&op).expect("it is watched");
        if begins {
            let since = now;
            it.stretch = Stretch {
                since,
                ms: 0,
                bound,
            };
        }
        it.carried = carried;
        it.measure();
        if carried == Carried::Well {
            it.settled = true;
            it.stretch = Stretch::default();
        }
        if is_over {
            it.over = true;
            if let Some(why) = ended {
                it.blame(format!(
                    "ended with {why}, though {:?} is sound",
                    it.sound.rung
                ));
            }
        }
    }

    fn begin_watch(&mut self, n: usize, op: OpId, sound: Soundness, carried: Carried) {
        let bound = self.bound(op, n, sound);
        let is_over = self.oracle.ops[&op].over;
        // What ended before owes nothing, unless it did so in the moment in which it began.
        let ended_now = self
            .oracle
            .ended
            .get(&op)
            .filter(|_| sound.from >= self.now);
        let wrong = ended_now.map(|why| format!("ended with {why}"));
        let stretch = Stretch {
            since: self.now,
            ms: 0,
            bound,
        };
        let watched = Watched {
            sound,
            bound,
            carried,
            settled: carried == Carried::Well,
            stretch,
            nearest: Stretch::default(),
            wrong,
            over: is_over,
        };
        self.liveness.watched.insert(op, watched);
    }

    /// How long a stretch may be that begins now. Whoever was well on a sound rung leaves it
    /// for another at once; but what it then takes may not last, and that takes longer.
    fn allowed(&self, n: usize, op: OpId, it: &Watched, carried: Carried) -> u64 {
        let whole = self.bound(op, n, it.sound);
        let is_left_alone =
            self.plan.is_calm() && self.plan.sicknesses.iter().all(|it| it.from == 0);
        match carried {
            Carried::Not { .. } if it.settled && is_left_alone => RESUMES,
            _ => whole,
        }
    }

    fn carried(&self, op: OpId) -> Carried {
        let mine = self.server.of(op);
        let open = mine.filter_map(|(attempt, link)| {
            let carrier = match link {
                Link::Socket(socket) => socket,
                Link::Stream | Link::Reserved(_) => attempt,
            };
            Some((attempt, carrier, *self.open.get(&carrier)?))
        });
        let mut carried = Carried::Not { hidden: false };
        for (attempt, carrier, transport) in open {
            if !self.server.flows(attempt) {
                if carried == (Carried::Not { hidden: false })
                    && !self.is_watched(carrier, transport)
                {
                    carried = Carried::Not { hidden: true };
                }
            } else if !self.liveness.doomed.contains(&carrier) {
                return Carried::Well;
            } else {
                carried = Carried::Doomed;
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

    /// What is not well in time, if that is promised; the story tells it anyway.
    pub fn judge_liveness(&mut self) -> Vec<String> {
        self.tell_liveness();
        let watched = self.liveness.watched.iter();
        let wrong = watched.filter_map(|(op, it)| Some(format!("{op}: {}", it.wrong.as_ref()?)));
        wrong.filter(|_| LIVENESS_IS_PROMISED).collect()
    }

    fn tell_liveness(&mut self) {
        let lines: Vec<String> = self.liveness.watched.iter().map(|(op, it)| {
            let wrong = it.wrong.as_deref().unwrap_or("kept");
            format!(
                "operation {op}: T = {} ms, with {:?} sound; B = {} ms; nearest to its bound: {} of {} ms, from {} on; {wrong}",
                it.sound.from, it.sound.rung, it.bound, it.nearest.ms, it.nearest.bound, it.nearest.since
            )
        }).collect();
        for line in lines {
            self.tell(|| line);
        }
    }
}

impl Watched {
    fn measure(&mut self) {
        if self.stretch.ms == 0 {
            return;
        }
        if self.stretch.ratio() > self.nearest.ratio() {
            self.nearest = self.stretch;
        }
        if self.stretch.ms > self.stretch.bound {
            let Stretch { since, bound, .. } = self.stretch;
            self.blame(format!("not well for over {bound} ms, from {since} on"));
        }
    }

    fn blame(&mut self, what: String) {
        self.wrong.get_or_insert(what);
    }
}
