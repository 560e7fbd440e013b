//! A fresh connection that opens before the old one is closed.

use alloc::boxed::Box;

use super::{Context, Life, Live, Step, Subscription};
use crate::breaker::Ticket;
use crate::config::Transport;
use crate::endpoints::Choice;
use crate::io::{Attempt, GapReason, News, Notice, Output};
use crate::ladder;
use crate::payload::Payload;
use crate::response::{Verdict, Want};
use crate::time::Instant;

/// An attempt beside the one that is live.
pub(super) struct Trial {
    number: u32,
    transport: Transport,
    ticket: Option<Ticket>,
    pub deadline: Option<Instant>,
}

impl<P: Payload> Subscription<P> {
    /// Is it an attempt of this operation's that still counts?
    pub fn owns(&self, number: u32) -> bool {
        number == self.number || self.trial.as_ref().is_some_and(|it| it.number == number)
    }

    /// Begins a fresh connection beside the live one, where that is wanted and possible:
    /// results that come twice need a key. What is one for all, socket or reserved stream, has no
    /// second.
    pub(super) fn overlap(&mut self, cx: &mut Context<'_, P>) -> bool {
        let is_alone = self.rides || cx.reservation.takes(false);
        if !cx.config.overlap || is_alone || self.continuity.settings().key.is_none() {
            return false;
        }
        let choice = self.choose(cx);
        let transport = match choice {
            Choice::Take(transport) if transport != Transport::WebSocket => transport,
            Choice::Take(_) | Choice::Wait(_) | Choice::Later(_) | Choice::Never | Choice::Nowhere => return false,
        };
        self.drop_trial(cx);
        self.rises = false;
        let number = self.count_attempt(cx);
        self.trial = Some(Box::new(Trial {
            number,
            transport,
            ticket: cx.endpoints.begin(transport, cx.now.monotonic),
            deadline: cx.connect_deadline(),
        }));
        self.notify(Notice::Connecting { again: true }, cx);
        self.open(number, transport, cx);
        true
    }

    pub(super) fn on_trial(&mut self, news: News<'_, P>, cx: &mut Context<'_, P>) {
        match news {
            News::Open => self.overtake(cx),
            News::Head(head) => match head.judge::<P>(Want::Stream) {
                Verdict::Stream => {
                    let Some(trial) = &self.trial else { return };
                    let (op, number) = (self.id, trial.number);
                    let attempt = Attempt { op, number };
                    let keep = false;
                    cx.outputs.push(Output::Read { attempt, keep });
                    self.overtake(cx);
                }
                Verdict::Failure(_) | Verdict::Result(_) | Verdict::Refusal(_) => {
                    self.fail_trial(cx)
                }
            },
            News::Failed(_) | News::End => self.fail_trial(cx),
            // The old one stays.
            News::Unprepared(_) | News::Crowded => self.drop_trial(cx),
            News::Unusable(obstacle) => {
                if let Some(trial) = &self.trial {
                    ladder::leave_out(&mut self.rungs, trial.transport, obstacle);
                }
                self.drop_trial(cx);
            }
            News::Bytes(_)
            | News::Event { .. }
            | News::Events { .. }
            | News::Closed(_)
            | News::Lifetime(_)
            | News::Admitted
            | News::RetryReady
            | News::RetryFailed(_)
            | News::Probed(_) => {}
        }
    }

    pub(super) fn on_trial_deadline(&mut self, cx: &mut Context<'_, P>) {
        let deadline = self.trial.as_ref().and_then(|trial| trial.deadline);
        if deadline.is_some_and(|at| at <= cx.now.monotonic) {
            self.fail_trial(cx);
        }
    }

    /// It is open: the old one is closed now.
    fn overtake(&mut self, cx: &mut Context<'_, P>) {
        let Some(trial) = self.trial.take() else {
            return;
        };
        self.settle_health(cx);
        self.abandon(cx);
        self.close(cx);
        self.number = trial.number;
        let live = Live::new(trial.transport, trial.ticket, false, cx);
        // Open is not subscribed yet: what comes between is in the backfill.
        self.continuity.cut(GapReason::Reconnect, cx.now.wall);
        self.be_live(Step::Overtake, live, true, cx);
    }

    /// The old one has died meanwhile: this one is the next.
    pub(super) fn adopt_trial(&mut self, cx: &mut Context<'_, P>) -> bool {
        let Some(trial) = self.trial.take() else {
            return false;
        };
        self.close(cx);
        self.number = trial.number;
        self.again = true;
        let connecting = Life::Connecting {
            transport: trial.transport,
            ticket: trial.ticket,
            deadline: trial.deadline,
            mark: None,
            body: None,
        };
        self.enter(Step::FallBack, connecting, cx);
        true
    }

    /// The old one stays.
    fn fail_trial(&mut self, cx: &mut Context<'_, P>) {
        cx.counters.failures += 1;
        if let Some(trial) = &mut self.trial
            && let Some(ticket) = trial.ticket.take()
        {
            let random = cx.random.unit();
            cx.endpoints
                .fail(trial.transport, ticket, cx.now.monotonic, random);
        }
        self.drop_trial(cx);
    }

    pub(super) fn drop_trial(&mut self, cx: &mut Context<'_, P>) {
        let Some(trial) = self.trial.take() else {
            return;
        };
        if let Some(ticket) = trial.ticket {
            cx.endpoints.abandon(trial.transport, ticket);
        }
        let (op, number) = (self.id, trial.number);
        let attempt = Attempt { op, number };
        cx.outputs.push(Output::Close { attempt });
        self.arm_rise(cx);
    }
}
