//! Results on their way to the application, through what knows of gaps and keys.

use alloc::vec::Vec;

use super::{Context, Life, Phase, Subscription};
use crate::continuity::{Effect, Item};
use crate::error::{Code, Error};
use crate::incremental::Mode;
use crate::io::{Delivery, GapReason};
use crate::payload::{NO_KEY, Payload};
use crate::sizes::Excess;

impl<P: Payload> Subscription<P> {
    /// A result has come.
    pub(super) fn take_in(&mut self, result: P, cx: &mut Context<'_, P>) {
        if self.assembly.is_idle() {
            self.take(result, true, cx);
        } else {
            self.take_part(result, cx);
        }
    }

    /// Results have come together. Where nothing has to wait, they stay together.
    pub(super) fn take_in_all(&mut self, mut results: P, count: usize, cx: &mut Context<'_, P>) {
        let nothing_waits =
            self.continuity.is_straight() && self.hydration.is_none() && self.assembly.is_idle();
        let key = self.continuity.settings().key.as_ref();
        let keys = key.filter(|_| nothing_waits).and_then(|key| {
            let keys = results.keys(key)?;
            let ends = keys.bytes().filter(|&byte| byte == b'\n').count();
            (ends + 1 == count).then_some(keys)
        });
        let mut fresh = count;
        match keys {
            Some(keys) => {
                for (at, key) in keys.split('\n').enumerate() {
                    let key = Some(key).filter(|&key| key != NO_KEY);
                    if !self.continuity.pass(cx.now, key) {
                        results.leave_out(at);
                        fresh -= 1;
                    }
                }
            }
            None if nothing_waits && key.is_none() => {
                self.continuity.pass(cx.now, None);
            }
            None => return self.take_in_each(&results, count, cx),
        }
        cx.counters.results += fresh as u64;
        let op = self.id;
        cx.deliver(Delivery::Results { op, results });
    }

    fn take_in_each(&mut self, results: &P, count: usize, cx: &mut Context<'_, P>) {
        for at in 0..count {
            // Its key may have been the end of the operation.
            if self.phase() != Phase::Done {
                self.take_in(results.at(at), cx);
            }
        }
    }

    /// A part of a result has come.
    pub(super) fn take_part(&mut self, part: P, cx: &mut Context<'_, P>) {
        let (mode, limit) = (cx.config.incremental, cx.config.limits.event_bytes);
        if mode == Mode::Raw {
            return self.take(part, true, cx);
        }
        let put = self.assembly.put(&part, mode == Mode::Merge, limit);
        if let Some(reason) = put.lost {
            self.miss(reason, cx);
        }
        if let Some(result) = put.result {
            self.take(result, put.is_whole, cx);
        }
    }

    /// Nothing more comes to what is under way.
    pub(super) fn miss_rest(&mut self, cx: &mut Context<'_, P>) {
        if self.assembly.leave() {
            self.miss(GapReason::Malformed, cx);
        }
        if matches!(&self.life, Life::Live(live) if live.segments.taken > 0) {
            self.miss(GapReason::Segment, cx);
        }
    }

    fn take(&mut self, result: P, is_whole: bool, cx: &mut Context<'_, P>) {
        match self.read(result) {
            Ok(item) if is_whole => self.continuity.result(cx.now, item),
            Ok(item) => self.continuity.show(item),
            Err(thrown) if is_whole => return self.on_bad_key(thrown, cx),
            // What it is read from may be there when it has grown.
            Err(_) => {}
        }
        self.drain(cx);
    }

    /// Results were missed, and the stream goes on.
    pub fn miss(&mut self, reason: GapReason, cx: &mut Context<'_, P>) {
        if reason == GapReason::Oversize {
            cx.counters.oversize += 1;
            if let Some(transport) = self.transport() {
                let more_than = cx.config.limits.event_bytes;
                cx.tell_size(self.id, Excess::Dropped, transport, more_than);
            }
        }
        self.continuity.lost(cx.now, reason, cx.now.wall);
        self.drain(cx);
    }

    /// The backfill has answered.
    pub fn on_backfilled(
        &mut self,
        round: u32,
        answer: Result<Vec<P>, P>,
        cx: &mut Context<'_, P>,
    ) {
        // It is over, and only its last results are still on their way.
        if matches!(self.life, Life::Done) {
            return;
        }
        let results = match answer {
            Ok(results) => results,
            Err(thrown) => {
                self.trouble = Some(
                    Error::new(
                        Code::Backfill,
                        true,
                        "the application's continuity.backfill failed; see cause",
                    )
                    .thrown(Some(thrown)),
                );
                self.continuity.backfill_failed(cx.now, round);
                return self.drain(cx);
            }
        };
        let mut items = Vec::new();
        for result in results {
            match self.read(result) {
                Ok(item) => items.push(item),
                Err(thrown) => return self.on_bad_key(thrown, cx),
            }
        }
        self.continuity.backfilled(cx.now, round, items);
        self.drain(cx);
    }

    pub(super) fn is_flow_due(&self, cx: &Context<'_, P>) -> bool {
        let deadline = self.continuity.deadline();
        deadline.is_some_and(|deadline| deadline <= cx.now.monotonic)
    }

    pub(super) fn on_flow_deadline(&mut self, cx: &mut Context<'_, P>) {
        self.continuity.tick(cx.now);
        self.drain(cx);
    }

    /// Key and number of a result.
    fn read(&self, result: P) -> Result<Item<P>, P> {
        let rules = self.continuity.settings();
        let key = match &rules.key {
            Some(key) => result.key(key)?,
            None => None,
        };
        let number = match &rules.sequence {
            Some(path) => result.field("data").and_then(|data| data.number(path)),
            None => None,
        };
        Ok(Item {
            key,
            number,
            payload: result,
        })
    }

    fn on_bad_key(&mut self, thrown: P, cx: &mut Context<'_, P>) {
        let error = Error::new(
            Code::Key,
            false,
            "the application's continuity.key failed; see cause",
        );
        self.give_up(error.thrown(Some(thrown)), cx);
    }

    /// Does what continuity says.
    pub(super) fn drain(&mut self, cx: &mut Context<'_, P>) {
        let op = self.id;
        if self.is_reserved() {
            // Its gaps are those of its operations.
            while self.continuity.poll().is_some() {}
            return;
        }
        if let Some(hydration) = &mut self.hydration {
            hydration.admit();
        }
        let mut lost = None;
        while let Some(effect) = self.continuity.poll() {
            match effect {
                Effect::Recovered(reason, since) => lost = self.loser(reason, since),
                Effect::Deliver(result) => {
                    if let Some((transport, since)) = lost.take() {
                        self.lose(Excess::Backfill, transport, result.size(), since, cx);
                    }
                    cx.counters.results += 1;
                    cx.deliver(Delivery::Next { op, result });
                }
                Effect::Claim {
                    key,
                    since,
                    notification,
                } => {
                    // What is large about it does not go by the stream.
                    lost = None;
                    self.claim(notification, key, since);
                }
                Effect::Ask(ask) => cx.deliver(Delivery::Backfill { op, ask }),
                Effect::Gap(report) => {
                    self.left = None;
                    let error = self.trouble.take().filter(|_| !report.recovered);
                    self.tell_gap(report, error, cx);
                }
                Effect::EndpointFailed => self.on_leaky_endpoint(cx),
            }
        }
        self.hydrate(cx);
    }

    /// Results keep being lost on a connection that looks healthy.
    fn on_leaky_endpoint(&mut self, cx: &mut Context<'_, P>) {
        let Life::Live(live) = &self.life else {
            return;
        };
        let transport = live.transport;
        self.settle_health(cx);
        cx.blame_anew(transport);
        self.fail(
            Error::new(
                Code::Cut,
                true,
                "the stream looks healthy and leaves results out: audits have found them missing",
            ),
            cx,
        );
    }
}
