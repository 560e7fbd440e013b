//! The client's timers: whose time has come, and when the next one is.

use super::Client;
use super::reserved::IDLE;
use crate::endpoints::Choice;
use crate::io::{OpId, SOCKET};
use crate::payload::Payload;
use crate::presence::SLOW;
use crate::subscription::Subscription;
use crate::table::Table;
use crate::time::{Instant, Now};

/// Stands for an operation among the timers: the next try to fall forward.
const FORWARD: OpId = OpId::MAX;
/// The socket for suspects.
pub(super) const SOCKET_APART: OpId = OpId::MAX - 2;

impl<P: Payload> Client<P> {
    /// A timer that has come is one no more: the next is set even if it is for the same time.
    pub(super) fn on_tick(&mut self, now: Now) {
        while let Some(op) = self.pop_due(now) {
            match op {
                SOCKET => {
                    self.socket.watched = None;
                    self.on_socket_deadline(now);
                }
                SOCKET_APART => self.swap(|it| {
                    it.socket.watched = None;
                    it.on_socket_deadline(now);
                }),
                IDLE => self.close_reservation(now),
                FORWARD => {
                    self.forward_deadline = None;
                    self.fall_forward(now);
                }
                _ => {
                    self.update(op, now, &mut Subscription::on_deadline);
                    // A retry that is due at once must not find the socket that it has just left.
                    self.settle_socket(now);
                }
            }
        }
    }

    /// The oldest operation that has fallen back tries a better transport, if one may be
    /// tried by then.
    fn fall_forward(&mut self, now: Now) {
        if !self.forward.take_due(now.monotonic) {
            return;
        }
        // What is open is not given up for an attempt that the page leaves no room for.
        if !self.presence.leaves_room(now.monotonic) {
            return self.forward.postpone(now.monotonic + SLOW);
        }
        self.ask_again();
        let random = self.random.unit();
        let endpoints = &mut self.endpoints;
        let mut ready = self.operations.values().filter_map(|it| {
            let wish = it.wish_to_rise(endpoints, now.monotonic);
            let choice = endpoints.choose(wish, now.monotonic, random);
            Some((it.id(), choice)).filter(|_| !wish.rungs.is_empty())
        });
        let first = ready.next();
        drop(ready);
        match first {
            Some((op, Choice::Take(_))) => self.update(op, now, &mut Subscription::rise),
            Some((_, Choice::Wait(at) | Choice::Later(at))) => self.forward.postpone(at),
            // What is isolated stays so until it is reset, which frees it.
            Some((_, Choice::Never | Choice::Nowhere)) | None => {}
        }
    }

    /// What has refused, or answered without a stream, may think better of it.
    pub(super) fn ask_again(&mut self) {
        self.endpoints.addresses.ask_again();
        for id in self.operations.numbers() {
            if let Some(operation) = self.operations.get_mut(id) {
                operation.ask_again();
            }
        }
    }

    pub(super) fn next_deadline(&mut self) -> Option<Instant> {
        let (operations, others) = (&self.operations, self.other_deadlines());
        self.timers.next(|op, at| holds(operations, others, op, at))
    }

    fn other_deadlines(&self) -> Others {
        let (socket, apart) = if self.is_swapped {
            (&self.apart, &self.socket)
        } else {
            (&self.socket, &self.apart)
        };
        Others {
            socket: socket.deadline(),
            apart: apart.deadline(),
            forward: self.forward.deadline(),
            idle: self.reservation.idle_until,
        }
    }

    pub(super) fn watch_forward(&mut self) {
        let deadline = self.forward.deadline();
        if self.forward_deadline != deadline {
            self.forward_deadline = deadline;
            if let Some(at) = deadline {
                self.set_timer(FORWARD, at);
            }
        }
    }

    pub(super) fn set_timer(&mut self, id: OpId, at: Instant) {
        let (operations, others) = (&self.operations, self.other_deadlines());
        self.timers
            .set(id, at, |op, at| holds(operations, others, op, at));
    }

    fn pop_due(&mut self, now: Now) -> Option<OpId> {
        let (operations, others) = (&self.operations, self.other_deadlines());
        self.timers
            .pop_due(now.monotonic, |op, at| holds(operations, others, op, at))
    }
}

/// The deadlines of what is no operation.
#[derive(Clone, Copy)]
struct Others {
    socket: Option<Instant>,
    apart: Option<Instant>,
    forward: Option<Instant>,
    idle: Option<Instant>,
}

/// Is this its deadline still?
fn holds<P: Payload>(
    operations: &Table<Subscription<P>>,
    others: Others,
    op: OpId,
    at: Instant,
) -> bool {
    let deadline = match op {
        SOCKET => others.socket,
        SOCKET_APART => others.apart,
        FORWARD => others.forward,
        IDLE => others.idle,
        _ => operations.get(op).and_then(Subscription::deadline),
    };
    deadline == Some(at)
}
