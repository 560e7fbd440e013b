//! Where the browser has no room for another stream.

use core::slice::from_ref;

use super::{Context, Life, Step, Subscription, Wait};
use crate::config::Transport;
use crate::endpoints::{Choice, Up, Wish};
use crate::error::{Code, Error};
use crate::io::{Limit, Notice};
use crate::ladder::{self, Obstacle, Rung};
use crate::payload::Payload;

impl<P: Payload> Subscription<P> {
    /// The attempt waits for room: it shares a stream instead if it can.
    pub(super) fn on_crowded(&mut self, cx: &mut Context<'_, P>) {
        self.is_crowded = true;
        if self.is_reserved() {
            return self.wait_for_room(Choice::Nowhere, cx);
        }
        let is_fetch = |transport| transport == Transport::Fetch;
        let mut rungs = self.rungs.iter();
        if rungs.any(|rung| is_fetch(rung.transport) && rung.obstacle.is_none())
            && self.would_ride(cx)
        {
            self.notify(Notice::Limit(Limit::Shares), cx);
            self.abandon(cx);
            self.close(cx);
            // It would find no room the next time either.
            ladder::leave_out(&mut self.rungs, Transport::EventSource, Obstacle::Crowded);
            return self.connect(Step::FallBack, Transport::Fetch, cx);
        }
        self.make_do(cx);
    }

    /// By the socket, if that may be tried, or not before there is room.
    pub(super) fn make_do(&mut self, cx: &mut Context<'_, P>) {
        match self.choose_socket(cx) {
            Choice::Take(_) => self.take_socket(cx),
            socket => {
                self.notify(Notice::Limit(Limit::Waits), cx);
                self.wait_for_room(socket, cx);
            }
        }
    }

    fn take_socket(&mut self, cx: &mut Context<'_, P>) {
        self.notify(Notice::Limit(Limit::FallsBack), cx);
        let step = match self.life {
            Life::Waiting(_) => Step::Due,
            _ => Step::FallBack,
        };
        self.abandon(cx);
        self.close(cx);
        for transport in [Transport::EventSource, Transport::Fetch] {
            ladder::leave_out(&mut self.rungs, transport, Obstacle::Crowded);
        }
        self.paid = true;
        self.go(step, cx);
    }

    fn choose_socket(&self, cx: &mut Context<'_, P>) -> Choice {
        let is_socket = |rung: &&Rung| rung.transport == Transport::WebSocket;
        match self.rungs.iter().find(is_socket) {
            Some(rung) if !self.is_reserved() => {
                let up = Up {
                    socket: cx.socket.is_up(),
                    stream: false,
                };
                let (now, random) = (cx.now.monotonic, cx.random.unit());
                let wish = Wish {
                    rungs: from_ref(rung),
                    up,
                    failed: None,
                    not_before: None,
                };
                cx.endpoints.choose(wish, now, random)
            }
            _ => Choice::Nowhere,
        }
    }

    /// It has waited for room as long as it may.
    pub(super) fn on_room_deadline(&mut self, cx: &mut Context<'_, P>) {
        if !self.resend {
            return self.on_no_room(cx);
        }
        self.try_socket(cx);
    }

    /// What waits for room may have another way by now.
    pub(super) fn try_socket(&mut self, cx: &mut Context<'_, P>) {
        match self.choose_socket(cx) {
            Choice::Take(_) => self.take_socket(cx),
            socket if self.resend => self.wait_for_room(socket, cx),
            _ => {}
        }
    }

    /// Does it ride on a stream that has no room?
    pub(super) const fn waits_for_ride(&self, cx: &Context<'_, P>) -> bool {
        let waits = matches!(self.life, Life::Connecting { mark: None, .. });
        self.rides && waits && cx.reservation.is_crowded
    }

    /// It was to ride on a stream for which there was no room. If there is by now, what follows
    /// is no wait for that.
    pub(super) fn on_late_ride(&mut self, cx: &mut Context<'_, P>) {
        if cx.reservation.is_crowded {
            return self.on_room_deadline(cx);
        }
        if let Life::Connecting { deadline, .. } = &mut self.life {
            *deadline = None;
        }
    }

    /// It counts neither as a failure nor as time that the server took.
    /// Somebody waits for the one answer to a query; others look for the socket when its
    /// breaker lets them.
    fn wait_for_room(&mut self, socket: Choice, cx: &mut Context<'_, P>) {
        let patience = match socket {
            _ if !self.resend => cx.connect_deadline(),
            Choice::Wait(at) | Choice::Later(at) => Some(at),
            _ => None,
        };
        match &mut self.life {
            Life::Waiting(Wait::Room { until, .. }) => *until = patience,
            Life::Connecting { deadline, .. } if self.rides => *deadline = patience,
            &mut Life::Connecting { transport, .. } => {
                self.abandon(cx);
                let until = patience;
                let wait = Life::Waiting(Wait::Room { transport, until });
                self.enter(Step::Hold, wait, cx);
            }
            _ => {}
        }
    }

    /// There is room, and the attempt goes on.
    pub(super) fn on_admitted(&mut self, transport: Transport, cx: &mut Context<'_, P>) {
        let connecting = Life::Connecting {
            transport,
            ticket: cx.endpoints.begin(transport, cx.now.monotonic),
            deadline: cx.connect_deadline(),
            mark: None,
            body: None,
        };
        self.enter(Step::Due, connecting, cx);
    }

    fn on_no_room(&mut self, cx: &mut Context<'_, P>) {
        let why = "the browser has no connection left for another stream: close some, share one with singleConnection, or serve HTTP/2";
        self.give_up(Error::new(Code::ConnectionLimit, true, why), cx);
    }
}
