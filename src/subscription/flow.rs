//! Results on their way to the application, through what knows of gaps and keys.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Context, Life, Phase, Subscription};
use crate::continuity::{Effect, Item, Key};
use crate::error::{Code, Error};
use crate::io::{Delivery, GapReason, Notice};
use crate::payload::Payload;

impl<P: Payload> Subscription<P> {
    /// A result has come.
    pub(super) fn take_in(&mut self, result: P, cx: &mut Context<'_, P>) {
        match self.read(result) {
            Ok(item) => {
                self.continuity.result(cx.now, item);
                self.drain(cx);
            }
            Err(thrown) => self.on_bad_key(thrown, cx),
        }
    }

    /// Results have come together. Where nothing has to wait, they stay together.
    pub(super) fn take_in_all(&mut self, mut results: P, count: usize, cx: &mut Context<'_, P>) {
        let keys = match &self.continuity.settings().key {
            _ if !self.continuity.is_straight() => None,
            None => Some(String::new()),
            Some(Key::Path(path)) => results
                .keys(path)
                .filter(|keys| keys.split('\n').count() == count),
            Some(Key::Function(_)) => None,
        };
        let Some(keys) = keys else {
            for at in 0..count {
                // Its key may have been the end of the operation.
                if self.phase() != Phase::Done {
                    self.take_in(results.at(at), cx);
                }
            }
            return;
        };
        let mut fresh = count;
        if self.continuity.settings().key.is_none() {
            self.continuity.pass(cx.now, None);
        } else {
            for (at, key) in keys.split('\n').enumerate() {
                if !self.continuity.pass(cx.now, Some(key.into())) {
                    results.leave_out(at);
                    fresh -= 1;
                }
            }
        }
        cx.counters.results += fresh as u64;
        let op = self.id;
        cx.deliver(Delivery::Results { op, results });
    }

    /// Results were missed, and the stream goes on.
    pub fn miss(&mut self, reason: GapReason, cx: &mut Context<'_, P>) {
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
        while let Some(effect) = self.continuity.poll() {
            match effect {
                Effect::Deliver(result) => {
                    cx.counters.results += 1;
                    cx.deliver(Delivery::Next { op, result });
                }
                Effect::Ask(ask) => cx.deliver(Delivery::Backfill { op, ask }),
                Effect::Gap(report) => {
                    cx.counters.gaps += 1;
                    let error = self.trouble.take().filter(|_| !report.recovered);
                    self.notify(Notice::Gap { report, error }, cx);
                }
                Effect::EndpointFailed => self.on_leaky_endpoint(cx),
            }
        }
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
