//! Where the browser has no room for another stream.

use super::{Context, Life, Step, Subscription, Wait};
use crate::config::Transport;
use crate::error::{Code, Error};
use crate::io::{Limit, Notice};
use crate::ladder::{self, Obstacle};
use crate::payload::Payload;

impl<P: Payload> Subscription<P> {
    /// The attempt waits for room: it shares a stream instead if it can.
    pub(super) fn on_crowded(&mut self, cx: &mut Context<'_, P>) {
        self.is_crowded = true;
        if self.is_reserved() {
            cx.reservation.is_crowded = true;
            return self.wait_for_room(cx);
        }
        let is_fetch = |transport| transport == Transport::Fetch;
        let mut rungs = self.rungs.iter();
        if rungs.any(|rung| is_fetch(rung.transport) && rung.obstacle.is_none())
            && self.would_ride(cx)
        {
            self.notify(Notice::Limit(Limit::Shares), cx);
            self.abandon(cx);
            self.close(cx);
            return self.connect(Step::FallBack, Transport::Fetch, cx);
        }
        self.make_do(cx);
    }

    /// By the socket, if there is one, or not before there is room.
    pub(super) fn make_do(&mut self, cx: &mut Context<'_, P>) {
        let is_socket = |transport| transport == Transport::WebSocket;
        let mut rungs = self.rungs.iter();
        if rungs.any(|rung| is_socket(rung.transport) && rung.obstacle.is_none())
            && cx.endpoints.is_closed(Transport::WebSocket)
        {
            self.notify(Notice::Limit(Limit::FallsBack), cx);
            self.abandon(cx);
            self.close(cx);
            for transport in [Transport::EventSource, Transport::Fetch] {
                ladder::leave_out(&mut self.rungs, transport, Obstacle::Crowded);
            }
            self.paid = true;
            return self.go(Step::FallBack, cx);
        }
        self.notify(Notice::Limit(Limit::Waits), cx);
        if !self.rides {
            self.wait_for_room(cx);
        }
    }

    /// It counts neither as a failure nor as time that the server took.
    fn wait_for_room(&mut self, cx: &mut Context<'_, P>) {
        let Some(transport) = self.transport() else {
            return;
        };
        self.abandon(cx);
        // Somebody waits for the one answer to a query.
        let until = cx.connect_deadline().filter(|_| !self.resend);
        let wait = Life::Waiting(Wait::Room { transport, until });
        self.enter(Step::Hold, wait, cx);
    }

    /// There is room, and the attempt goes on.
    pub(super) fn on_admitted(&mut self, transport: Transport, cx: &mut Context<'_, P>) {
        if self.is_reserved() {
            cx.reservation.is_crowded = false;
        }
        let connecting = Life::Connecting {
            transport,
            ticket: cx.endpoints.begin(transport, cx.now.monotonic),
            deadline: cx.connect_deadline(),
            mark: None,
            body: None,
        };
        self.enter(Step::Due, connecting, cx);
    }

    pub(super) fn on_no_room(&mut self, cx: &mut Context<'_, P>) {
        let why = "the browser has no connection left for another stream: close some, share one with singleConnection, or serve HTTP/2";
        self.give_up(Error::new(Code::ConnectionLimit, true, why), cx);
    }
}
