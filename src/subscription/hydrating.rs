//! Notifications on their way to being whole results; and the end, which comes behind them.

use alloc::boxed::Box;
use alloc::string::String;

use super::{Context, Life, Subscription};
use crate::continuity::GapReport;
use crate::error::Error;
use crate::io::{Delivery, GapReason, Notice};
use crate::payload::Payload;
use crate::time::Wall;

impl<P: Payload> Subscription<P> {
    /// The application has fetched a result, or has failed.
    pub fn on_hydrated(
        &mut self,
        ticket: u32,
        answer: Result<P, Box<Error<P>>>,
        cx: &mut Context<'_, P>,
    ) {
        if let Some(hydration) = &mut self.hydration {
            hydration.answered(ticket, answer, cx);
            self.hydrate(cx);
        }
    }

    /// A notification has come.
    pub(super) fn claim(&mut self, notification: P, key: Option<String>, since: Wall) {
        if let Some(hydration) = &mut self.hydration {
            let gap = GapReport {
                reason: GapReason::Hydrate,
                since,
                // It is known when it is told.
                last_key: None,
                recovered: false,
                round: 0,
            };
            hydration.push(Some(notification), key, gap, None);
        }
    }

    /// Tells a gap, behind the results before it.
    pub(super) fn tell_gap(
        &mut self,
        report: GapReport,
        error: Option<Box<Error<P>>>,
        cx: &mut Context<'_, P>,
    ) {
        if let Some(hydration) = &mut self.hydration {
            return hydration.push(None, None, report, error);
        }
        cx.counters.gaps += 1;
        self.notify(Notice::Gap { report, error }, cx);
    }

    /// Does what is to be done for those on their way, and behind the last of all tells the end.
    pub(super) fn hydrate(&mut self, cx: &mut Context<'_, P>) {
        let Some(hydration) = &mut self.hydration else {
            return;
        };
        hydration.run(cx);
        if hydration.held() == 0 && matches!(self.life, Life::Done) {
            self.hydration = None;
            cx.deliver(Delivery::Complete { op: self.id });
        }
    }

    /// Somebody looks again, or there is a network again.
    pub(super) fn rouse_hydration(&mut self, cx: &mut Context<'_, P>) {
        if let Some(hydration) = &mut self.hydration {
            hydration.rouse(cx.now.monotonic);
            self.hydrate(cx);
        }
    }

    /// Before the end is told: completion waits for what is on its way, an error does not.
    pub(super) fn settle_hydration(&mut self, completes: bool, cx: &mut Context<'_, P>) {
        if let Some(hydration) = &mut self.hydration {
            if !completes {
                hydration.abandon();
                hydration.run(cx);
            }
            if hydration.held() == 0 {
                self.hydration = None;
            }
        }
    }
}
