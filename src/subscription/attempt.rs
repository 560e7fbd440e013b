//! An attempt on a transport of its own or on the socket: made, and given up.

use super::{Context, Life, Step, Subscription};
use crate::config::Transport;
use crate::io::{Attempt, Notice, Output, Reason};
use crate::ladder;
use crate::payload::Payload;
use crate::response::Want;

impl<P: Payload> Subscription<P> {
    pub(super) fn connect(&mut self, step: Step, transport: Transport, cx: &mut Context<'_, P>) {
        self.number = self.count_attempt(cx);
        self.lifetime = None;
        self.renewal.begin(*cx.renewals);
        let shared = transport == Transport::WebSocket;
        cx.reservation.was_left |= self.rides;
        self.rides = transport == Transport::Fetch && self.would_ride(cx);
        let alone = !shared && !self.rides;
        if alone || shared && !cx.socket.is_up() {
            cx.presence.begin(cx.now.monotonic);
        }
        let connecting = Life::Connecting {
            transport,
            ticket: match self.request.want {
                Want::Stream | Want::Reserved if alone => {
                    cx.endpoints.begin(transport, cx.now.monotonic)
                }
                Want::Stream | Want::Reserved | Want::Json | Want::Accepted => None,
            },
            deadline: cx.connect_deadline().filter(|_| alone),
            mark: None,
            body: None,
        };
        self.paid = false;
        self.rises = false;
        self.enter(step, connecting, cx);
        self.notify(Notice::Connecting { again: self.again }, cx);
        self.was_on_socket = shared;
        if shared {
            return self.join(cx);
        }
        if self.rides {
            return self.board(cx);
        }
        self.open(self.number, transport, cx);
    }

    pub(super) fn open(&mut self, number: u32, transport: Transport, cx: &mut Context<'_, P>) {
        let op = self.id;
        let id = Some(&self.event_id).filter(|id| !id.is_empty() && !self.rides);
        let renews = core::mem::take(&mut self.renews);
        let reason = match self.renewal.taken() {
            0 if renews => Reason::Renew,
            0 => Reason::Connect,
            number => Reason::Unauthorized(number),
        };
        let want = if self.rides && number == self.number {
            Want::Accepted
        } else {
            self.request.want
        };
        cx.outputs.push(Output::Open {
            attempt: Attempt { op, number },
            transport,
            method: ladder::method(&self.request, want, cx.config),
            want,
            last_event_id: id.cloned(),
            reason,
            segment_bytes: self.segment_bytes(cx),
        });
    }

    /// A new attempt's number.
    pub(super) fn count_attempt(&mut self, cx: &mut Context<'_, P>) -> u32 {
        self.attempts = self.attempts.saturating_add(1);
        cx.counters.attempts += 1;
        cx.presence.begin(cx.now.monotonic);
        self.attempts
    }

    pub(super) fn close(&mut self, cx: &mut Context<'_, P>) {
        if self.is_on_socket() {
            return self.leave(cx);
        }
        if self.rides && self.transport().is_some() {
            return self.alight(true, cx);
        }
        if self.transport().is_some() || matches!(self.life, Life::Waiting(_)) {
            cx.outputs.push(Output::Close {
                attempt: self.attempt(),
            });
        }
    }
}
