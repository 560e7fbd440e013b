//! From one phase to another, and what is told and counted on the way.

use alloc::boxed::Box;

use super::{Context, Life, Live, Step, Subscription, Wait, transition};
use crate::breaker::Ticket;
use crate::config::{Config, Transport};
use crate::io::{Delivery, Notice, SOCKET, State};
use crate::payload::Payload;
use crate::renewal::renewal;
use crate::watchdog::Judgement;

impl<P: Payload> Subscription<P> {
    pub(super) fn go_live(&mut self, cx: &mut Context<'_, P>) {
        let Life::Connecting {
            transport, ticket, ..
        } = self.life
        else {
            return;
        };
        let mut live = Live::new(transport, ticket, self.rides, cx);
        if self.is_reserved() {
            live.read_for_all();
        }
        self.be_live(Step::Open, live, self.again, cx);
    }

    pub(super) fn be_live(
        &mut self,
        step: Step,
        mut live: Box<Live<P>>,
        again: bool,
        cx: &mut Context<'_, P>,
    ) {
        // Replaced with the socket, where it is on that one.
        let lifetime = self.lifetime.take().filter(|_| self.resend);
        live.renews = lifetime.map(|it| renewal(cx.now.monotonic, it, cx.random.unit()));
        self.heard = cx.now.wall;
        self.acquit();
        self.renewal.settle(cx.renewals);
        cx.renewals.forgive();
        let transport = live.transport;
        self.enter(step, Life::Live(live), cx);
        self.notify(
            Notice::Connected {
                again,
                transport,
                attempt: self.number,
            },
            cx,
        );
        self.arm_rise(cx);
        self.continuity.live(cx.now);
        self.drain(cx);
    }

    pub(super) fn end(&mut self, delivery: Delivery<P>, cx: &mut Context<'_, P>) {
        self.drop_trial(cx);
        self.forget_refusal(cx);
        self.settle_health(cx);
        self.renewal.settle(cx.renewals);
        self.abandon(cx);
        self.continuity.finish();
        self.drain(cx);
        self.settle_hydration(matches!(delivery, Delivery::Complete { .. }), cx);
        self.enter(Step::End, Life::Done, cx);
        self.rides = false;
        match delivery {
            // It comes behind the last result.
            Delivery::Complete { .. } if self.lingers() => {}
            // Who rides on it has been told; the application is, where nobody needed to.
            Delivery::Error { error, .. } if self.is_reserved() => {
                if cx.reservation.terms().lazy.is_none() {
                    cx.deliver(Delivery::Error {
                        op: SOCKET,
                        error,
                        response: None,
                    });
                }
            }
            _ if self.is_reserved() => {}
            delivery => cx.deliver(delivery),
        }
    }

    /// What runs says nothing more about its endpoint.
    pub(super) fn abandon(&mut self, cx: &mut Context<'_, P>) {
        if let Some((transport, ticket)) = self.take_ticket() {
            cx.endpoints.abandon(transport, ticket);
        }
    }

    /// The ticket of the running attempt, if its outcome is open.
    pub(super) fn take_ticket(&mut self) -> Option<(Transport, Ticket)> {
        match &mut self.life {
            Life::Connecting {
                transport, ticket, ..
            } => Some((*transport, ticket.take()?)),
            Life::Live(live) => Some((live.transport, live.take_ticket()?)),
            Life::Idle | Life::Waiting(_) | Life::Suspended { .. } | Life::Done => None,
        }
    }

    pub(super) fn notify(&self, notice: Notice<P>, cx: &mut Context<'_, P>) {
        if self.is_reserved() {
            // Those who ride on it tell it in their own name.
            if let Notice::Stall { judgement, .. } = notice {
                cx.reservation.was_silent |= judgement == Judgement::Stalled;
            }
            return;
        }
        cx.deliver(Delivery::Notice {
            op: self.id,
            notice,
        });
    }

    /// The one door to another phase.
    pub(super) fn enter(&mut self, step: Step, life: Life<P>, cx: &mut Context<'_, P>) {
        let before = self.state();
        let allowed = transition(self.phase(), step);
        cx.socket.was_left |= self.is_on_socket();
        cx.reservation.was_left |= self.rides;
        if self.is_reserved() {
            cx.reservation.is_crowded = matches!(life, Life::Waiting(Wait::Room { .. }));
        }
        self.head_start = None;
        self.acquitted_at = None;
        self.count(false, cx);
        self.keep_event_id(cx.config);
        self.life = life;
        self.assembly.leave();
        self.count(true, cx);
        debug_assert_eq!(allowed, Some(self.phase()), "step {step:?}");
        self.report_state(before, cx);
    }

    /// HTML: it outlives the connection, and a stream without ids does not change it.
    pub(super) fn keep_event_id(&mut self, config: &Config) {
        if let Life::Live(live) = &self.life
            && config.last_event_id
        {
            let id = live.last_event_id();
            if !id.is_empty() {
                self.event_id = id;
            }
        }
    }

    /// Whoever is live counts for its transport. What is half assembled goes with the connection.
    pub(super) fn count(&self, lives: bool, cx: &mut Context<'_, P>) {
        if let Life::Live(live) = &self.life {
            cx.endpoints.count(live.transport, lives);
            *cx.room += live.segments.taken;
        }
    }

    pub(super) fn report_state(&self, before: State, cx: &mut Context<'_, P>) {
        let state = self.state();
        if state != before {
            self.notify(Notice::State(state), cx);
        }
    }
}
