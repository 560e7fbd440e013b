//! Notifications on their way to being whole results; and the end, which comes behind them.

use alloc::boxed::Box;

use super::{Context, Life, Subscription};
use crate::config::Pace;
use crate::continuity::GapReport;
use crate::error::Error;
use crate::hydration::{Step, Terms, failure};
use crate::io::{Delivery, Notice};
use crate::payload::Payload;

impl<P: Payload> Subscription<P> {
    /// The application has fetched a result, or has failed.
    pub fn on_hydrated(
        &mut self,
        ticket: u32,
        answer: Result<P, Box<Error<P>>>,
        cx: &mut Context<'_, P>,
    ) {
        let answer = match answer {
            Ok(result) if !result.is_object() => Err(failure(None)),
            answer => answer,
        };
        let mut terms = self.terms(cx);
        if let Some(hydration) = &mut self.hydration {
            hydration.answered(ticket, answer, &mut terms);
        }
        self.hydrate(cx);
    }

    /// Tells a gap, behind the results before it.
    pub(super) fn tell_gap(
        &mut self,
        report: GapReport,
        error: Option<Box<Error<P>>>,
        cx: &mut Context<'_, P>,
    ) {
        match &mut self.hydration {
            Some(hydration) => hydration.push_gap(report, error),
            None => {
                cx.counters.gaps += 1;
                self.notify(Notice::Gap { report, error }, cx);
            }
        }
    }

    /// Somebody looks again, or there is a network again.
    pub(super) fn rouse_hydration(&mut self, cx: &mut Context<'_, P>) {
        let timeout = self.continuity.settings().backfill_timeout;
        if let Some(hydration) = &mut self.hydration {
            hydration.rouse(cx.now.monotonic, timeout);
            self.hydrate(cx);
        }
    }

    /// Does what is to be done for those on their way.
    pub(super) fn hydrate(&mut self, cx: &mut Context<'_, P>) {
        let op = self.id;
        if self.hydration.is_none() {
            return;
        }
        loop {
            let mut terms = self.terms(cx);
            let step = self.hydration.as_mut().and_then(|it| it.poll(&mut terms));
            match step {
                Some(Step::Ask {
                    ticket,
                    notification,
                }) => cx.deliver(Delivery::Hydrate {
                    op,
                    ticket,
                    notification: Some(notification),
                }),
                Some(Step::Drop { ticket }) => cx.deliver(Delivery::Hydrate {
                    op,
                    ticket,
                    notification: None,
                }),
                Some(Step::Deliver(result)) => {
                    cx.counters.results += 1;
                    cx.deliver(Delivery::Next { op, result });
                }
                Some(Step::Gap(report, error)) => {
                    cx.counters.gaps += 1;
                    self.notify(Notice::Gap { report, error }, cx);
                }
                None => break,
            }
        }
        if matches!(self.life, Life::Done) && self.hydrating() == 0 {
            self.hydration = None;
            cx.deliver(Delivery::Complete { op });
        }
    }

    /// Before the end is told: completion waits for what is on its way, an error does not.
    pub(super) fn settle_hydration(&mut self, completes: bool, cx: &mut Context<'_, P>) {
        if let Some(hydration) = &mut self.hydration {
            if !completes {
                hydration.abandon();
                self.hydrate(cx);
            }
            if self.hydrating() == 0 {
                self.hydration = None;
            }
        }
    }

    fn terms<'a>(&self, cx: &'a mut Context<'_, P>) -> Terms<'a> {
        Terms {
            now: cx.now,
            is_online: cx.presence.is_online(),
            is_at_rest: cx.presence.is_at_rest(),
            timeout: self.continuity.settings().backfill_timeout,
            backoff: match cx.config.pace {
                Pace::Backoff(backoff) => backoff,
                Pace::Application => crate::backoff::Backoff::default(),
            },
            random: cx.random,
            endpoints: cx.endpoints,
        }
    }
}
