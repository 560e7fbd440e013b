//! A second attempt beside the first: a fresh connection that opens before the old one is closed,
//! or a head start that another transport gets where the first one hangs.

use alloc::boxed::Box;

use super::{Context, Life, Live, Step, Subscription};
use crate::breaker::Ticket;
use crate::config::Transport;
use crate::endpoints::Choice;
use crate::io::{Attempt, Frame, GapReason, News, Notice, Output};
use crate::ladder;
use crate::payload::Payload;
use crate::response::{Verdict, Want};
use crate::time::{Instant, Span};

/// What it is for, and so what it has to show before it takes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The live connection is to be replaced: that it is open is enough.
    Renew,
    /// The live connection is well: this one has to bring something, or to be open for long
    /// enough while the live one brings nothing.
    Rise,
    /// Nothing is live: the first to bring something carries the operation.
    HeadStart,
}

/// An attempt beside the one that is live, or on its way.
pub(super) struct Trial {
    number: u32,
    pub transport: Transport,
    purpose: Purpose,
    ticket: Option<Ticket>,
    pub deadline: Option<Instant>,
    /// On the socket: sent, and this is the number of the ping behind it.
    mark: Option<u32>,
    /// It is open since then; and so many results had the live one brought.
    open: Option<(Instant, u32)>,
    /// The attempt beside it is open as well, and has brought nothing.
    is_other_open: bool,
}

impl<P: Payload> Subscription<P> {
    /// Is it an attempt of this operation's that still counts?
    pub fn owns(&self, number: u32) -> bool {
        number == self.number || self.trial.as_ref().is_some_and(|it| it.number == number)
    }

    /// Is it what comes under this number on the socket?
    pub fn hears_on_socket(&self, attempt: Attempt) -> bool {
        let is_trial = self.tries_socket() && self.trial_attempt() == Some(attempt);
        self.is_on_socket() && self.attempt() == attempt || is_trial
    }

    /// Is there an attempt on the socket beside another one?
    pub fn tries_socket(&self) -> bool {
        let mut trial = self.trial.iter();
        trial.any(|it| it.transport == Transport::WebSocket)
    }

    fn trial_attempt(&self) -> Option<Attempt> {
        let (op, number) = (self.id, self.trial.as_ref()?.number);
        Some(Attempt { op, number })
    }

    /// Begins a fresh connection beside the live one, where that is wanted and possible:
    /// results that come twice need a key. What is one for all, socket or reserved stream, has no
    /// second.
    pub(super) fn overlap(&mut self, cx: &mut Context<'_, P>) -> bool {
        let is_alone = self.rides || cx.reservation.takes(false);
        if !cx.config.overlap || is_alone || self.continuity.settings().key.is_none() {
            return false;
        }
        match self.choose(cx) {
            Choice::Take(transport) if transport != Transport::WebSocket => {
                self.drop_trial(cx);
                self.notify(Notice::Connecting { again: true }, cx);
                self.begin_trial(transport, Purpose::Renew, cx);
                true
            }
            _ => false,
        }
    }

    pub(super) fn begin_trial(
        &mut self,
        transport: Transport,
        purpose: Purpose,
        cx: &mut Context<'_, P>,
    ) {
        let number = self.count_attempt(cx);
        let is_shared = transport == Transport::WebSocket;
        let now = cx.now.monotonic;
        self.trial = Some(Box::new(Trial {
            number,
            transport,
            purpose,
            ticket: (!is_shared)
                .then(|| cx.endpoints.begin(transport, now))
                .flatten(),
            deadline: cx.connect_deadline().filter(|_| !is_shared),
            mark: None,
            open: None,
            is_other_open: false,
        }));
        if is_shared {
            self.open_socket(cx);
            self.try_on_socket(cx);
        } else {
            self.open(number, transport, cx);
        }
    }

    /// The socket may be ready for it.
    pub(super) fn try_on_socket(&mut self, cx: &mut Context<'_, P>) {
        if !cx.socket.is_ready() || !self.tries_socket() {
            return;
        }
        let op = self.id;
        if let Some(trial) = &mut self.trial
            && trial.mark.is_none()
        {
            let number = trial.number;
            trial.mark = Some(cx.socket.mark());
            trial.deadline = cx.connect_deadline();
            cx.outputs.push(Output::Send {
                attempt: cx.socket.attempt(),
                frame: Frame::Subscribe(Attempt { op, number }),
            });
        }
    }

    /// Everything up to the ping of this number has arrived.
    pub(super) fn on_trial_pong(&mut self, pongs: u32, cx: &mut Context<'_, P>) {
        let mark = self.trial.as_ref().and_then(|trial| trial.mark);
        if self.tries_socket() && mark.is_some_and(|mark| mark <= pongs) {
            self.overtake(cx);
        }
    }

    /// The head of the attempt has come while another one has been given a head start: what is
    /// open and has brought nothing may be held up on its way.
    pub(super) fn waits_for_proof(&mut self) -> bool {
        let Some(trial) = &mut self.trial else {
            return false;
        };
        trial.is_other_open = true;
        if let Life::Connecting { deadline, .. } = &mut self.life {
            *deadline = None;
        }
        true
    }

    /// It has brought something first: it carries the operation.
    pub(super) fn win(&mut self, cx: &mut Context<'_, P>) {
        if let Some(trial) = &mut self.trial {
            trial.is_other_open = false;
        }
        self.drop_trial(cx);
        self.go_live(cx);
    }

    /// Was its head told, and is it to bring something?
    pub(super) fn is_open_beside_trial(&self) -> bool {
        let mut trial = self.trial.iter();
        trial.any(|it| it.is_other_open)
    }

    pub(super) fn on_trial(&mut self, news: News<'_, P>, cx: &mut Context<'_, P>) {
        match news {
            News::Open => self.on_trial_open(cx),
            News::Head(head) => match head.judge::<P>(Want::Stream) {
                Verdict::Stream => {
                    let Some(attempt) = self.trial_attempt() else {
                        return;
                    };
                    let keep = false;
                    cx.outputs.push(Output::Read { attempt, keep });
                    self.on_trial_open(cx);
                }
                Verdict::Result(_) | Verdict::Refusal(_) => self.refuse_trial(cx),
                Verdict::Failure(error) => {
                    if let Some(wait) = error.retry_after {
                        cx.hold_back(wait);
                    }
                    self.fail_trial(cx);
                }
            },
            News::Bytes(_) | News::Event { .. } | News::Events { .. } => {
                if self.trial.as_ref().is_some_and(|it| it.open.is_some()) {
                    self.overtake(cx);
                    self.on_live(news, cx);
                }
            }
            News::Failed(_) | News::End => self.fail_trial(cx),
            // The old one stays.
            News::Unprepared(_) | News::Crowded => self.drop_trial(cx),
            News::Unusable(obstacle) => {
                if let Some(trial) = &self.trial {
                    ladder::leave_out(&mut self.rungs, trial.transport, obstacle);
                }
                self.drop_trial(cx);
            }
            News::Sent
            | News::Closed(..)
            | News::Lifetime(_)
            | News::Admitted
            | News::RetryReady
            | News::RetryFailed(_)
            | News::Probed(_) => {}
        }
    }

    fn on_trial_open(&mut self, cx: &mut Context<'_, P>) {
        let brought = match &self.life {
            Life::Live(live) => live.brought,
            _ => 0,
        };
        let Some(trial) = &mut self.trial else { return };
        let now = cx.now.monotonic;
        trial.open = Some((now, brought));
        trial.deadline = match trial.purpose {
            Purpose::Renew => return self.overtake(cx),
            Purpose::Rise => Some(now + cx.config.breaker.min_healthy),
            Purpose::HeadStart => None,
        };
    }

    pub(super) fn on_trial_deadline(&mut self, cx: &mut Context<'_, P>) {
        let now = cx.now.monotonic;
        let Some(trial) = &mut self.trial else { return };
        if trial.deadline.is_none_or(|at| at > now) {
            return;
        }
        let (Life::Live(live), Some((since, brought))) = (&self.life, trial.open) else {
            return self.fail_trial(cx);
        };
        let healthy = cx.config.breaker.min_healthy;
        if live.brought == brought {
            self.overtake(cx);
        } else if now.since(since) >= patience(healthy) {
            self.fail_trial(cx);
        } else {
            trial.deadline = Some(now + healthy);
        }
    }

    /// It carries the operation from now on. Of the other one nothing more is delivered.
    pub(super) fn overtake(&mut self, cx: &mut Context<'_, P>) {
        let Some(trial) = self.trial.take() else {
            return;
        };
        self.settle_health(cx);
        let step = if let Life::Live(_) = self.life {
            self.abandon(cx);
            // Open is not subscribed yet: what comes between is in the backfill.
            self.continuity.cut(GapReason::Reconnect, cx.now.wall);
            Step::Overtake
        } else {
            // It is late, and loses.
            self.failed.extend(self.transport());
            cx.counters.failures += 1;
            self.blame(cx);
            Step::Open
        };
        let again = self.again || step == Step::Overtake;
        self.follow(&trial, cx);
        let live = Live::new(trial.transport, trial.ticket, false, cx);
        self.be_live(step, live, again, cx);
    }

    /// The old one has died meanwhile: this one is the next.
    pub(super) fn adopt_trial(&mut self, cx: &mut Context<'_, P>) -> bool {
        let Some(trial) = self.trial.take() else {
            return false;
        };
        self.follow(&trial, cx);
        self.again |= trial.purpose != Purpose::HeadStart;
        let connecting = Life::Connecting {
            transport: trial.transport,
            ticket: trial.ticket,
            deadline: trial.deadline,
            mark: trial.mark,
            body: None,
        };
        self.enter(Step::FallBack, connecting, cx);
        if trial.open.is_some() {
            self.go_live(cx);
        }
        true
    }

    /// From the old attempt to this one.
    fn follow(&mut self, trial: &Trial, cx: &mut Context<'_, P>) {
        self.close(cx);
        cx.reservation.was_left |= self.rides;
        self.rides = false;
        self.number = trial.number;
        self.was_on_socket = trial.transport == Transport::WebSocket;
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

    /// There is no stream for the operation there.
    fn refuse_trial(&mut self, cx: &mut Context<'_, P>) {
        let Some(trial) = &self.trial else { return };
        let address = trial.transport.address();
        cx.counters.failures += 1;
        self.leave_out(address);
        if matches!(&self.life, Life::Live(live) if live.is_proved) {
            cx.endpoints.addresses.pass_over(address);
        }
        self.drop_trial(cx);
    }

    /// The socket is gone, with this attempt on it.
    pub fn on_trial_socket_lost(&mut self, is_refused: bool, cx: &mut Context<'_, P>) {
        if is_refused {
            self.refuse_trial(cx);
        } else {
            self.fail_trial(cx);
        }
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
        if trial.transport != Transport::WebSocket {
            cx.outputs.push(Output::Close { attempt });
        } else {
            cx.socket.was_left = true;
            if trial.mark.is_some() && cx.socket.is_ready() {
                let (attempt, frame) = (cx.socket.attempt(), Frame::Complete(attempt));
                cx.outputs.push(Output::Send { attempt, frame });
            }
        }
        if trial.is_other_open {
            return self.go_live(cx);
        }
        self.arm_rise(cx);
    }
}

/// So long may an open connection bring nothing while the live one brings results.
const fn patience(healthy: Span) -> Span {
    Span::from_millis(healthy.as_millis().saturating_mul(3))
}
