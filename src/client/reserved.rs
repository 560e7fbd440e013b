//! The reserved stream within its client: opened, followed and closed for those who ride on it.

use super::Client;
use crate::document::Kind;
use crate::io::{Attempt, GapReason, OpId, Request};
use crate::payload::Payload;
use crate::reader::{self, Message};
use crate::reservation::{Line, Sharing};
use crate::response::Want;
use crate::subscription::{Phase, Subscription};
use crate::time::Now;

/// Stands for an operation among the timers: the time to close a stream on which nobody rides.
pub(super) const IDLE: OpId = OpId::MAX - 1;

impl<P: Payload> Client<P> {
    /// The page rests. What may not be sent twice keeps the stream until its answer is there.
    pub(super) fn rest(&mut self, now: Now) {
        let keeps = self.operations.values().any(Subscription::needs_ride);
        for id in self.operations.numbers() {
            self.update(id, now, &mut |it, cx| {
                if !(keeps && it.is_reserved()) {
                    it.rest(cx);
                }
            });
        }
    }

    /// Opens the stream that operations share, where it is not to wait for one.
    pub(super) fn reserve_early(&mut self, now: Now) {
        if self.reservation.terms().lazy.is_none() && self.reservation.takes(false) {
            self.reserve(now);
        }
    }

    fn reserve(&mut self, now: Now) {
        if self.reservation.op.is_some() {
            return;
        }
        self.last_id += 1;
        let id = self.last_id;
        let request = Request {
            want: Want::Reserved,
            ..Request::new(Kind::Subscription)
        };
        let seed = self.random.bits();
        let stream = Subscription::new(id, request, &self.config, now, seed);
        self.operations.push(id, stream);
        self.reservation.op = Some(id);
        self.update(id, now, &mut Subscription::start);
    }

    /// The stream has changed: what follows for those who ride on it.
    pub(super) fn follow_reservation(&mut self, now: Now, id: OpId) {
        while let Some(message) = self.mail.pop() {
            self.hand_out(now, message);
        }
        let stream = self.operations.get(id);
        let line = match stream.map_or(Phase::Done, Subscription::phase) {
            Phase::Idle | Phase::Connecting => Line::Opening,
            Phase::Live => stream.map_or(Line::Closed, |it| Line::Ready(it.attempt())),
            Phase::Waiting | Phase::Suspended => Line::Down,
            Phase::Done => Line::Closed,
        };
        let before = core::mem::replace(&mut self.reservation.line, line);
        if before == line {
            return;
        }
        let trouble = self.reservation.trouble.take();
        let silent = core::mem::take(&mut self.reservation.was_silent);
        if line == Line::Closed {
            self.reservation.op = None;
            self.reservation.idle_until = None;
            // Who cannot have one of all waits for one of its own.
            if trouble.is_some() && self.reservation.terms().sharing == Sharing::WhenCrowded {
                self.reservation.give_up();
            }
            return self.update_riders(now, |it, cx| {
                it.on_line_gone(trouble.as_ref().map(|error| error.copy()), cx);
            });
        }
        if matches!(before, Line::Ready(_)) {
            self.update_riders(now, |it, cx| {
                it.on_line_lost(trouble.as_ref().map(|error| error.copy()), silent, cx);
            });
        }
        match line {
            Line::Ready(_) => self.update_riders(now, Subscription::on_line_ready),
            Line::Down => self.update_riders(now, Subscription::on_line_down),
            Line::Opening | Line::Closed => {}
        }
    }

    fn update_riders(
        &mut self,
        now: Now,
        mut change: impl FnMut(&mut Subscription<P>, &mut crate::subscription::Context<'_, P>),
    ) {
        for id in self.operations.numbers() {
            if self.operations.get(id).is_some_and(Subscription::rides) {
                self.update(id, now, &mut change);
            }
        }
    }

    /// To whom it belongs; names of what is over are nobody's.
    fn hand_out(&mut self, now: Now, message: Message<P>) {
        let name = match &message {
            Message::Result(data)
            | Message::Part(data)
            | Message::CompleteOne(data)
            | Message::Segment(data, _) => data.text("id").unwrap_or_default(),
            // Whose result it was cannot be known.
            Message::Lost(reason) => return self.miss_for_riders(now, *reason),
            _ => return self.miss_for_riders(now, GapReason::Malformed),
        };
        let Some(attempt) = super::sockets::attempt_of(&name) else {
            return;
        };
        let message = match message {
            Message::Result(data) | Message::Part(data) => reader::result(data.field("payload")),
            Message::CompleteOne(_) => Message::Complete,
            slice => slice,
        };
        self.say(now, attempt, message, 0, Subscription::hears_on_stream);
    }

    fn miss_for_riders(&mut self, now: Now, reason: GapReason) {
        self.update_riders(now, |it, cx| it.miss(reason, cx));
    }

    /// An operation on a shared connection hears something, if it is there. If `bytes` are
    /// not 0, it is a result of this size, which was not counted yet.
    pub(super) fn say(
        &mut self,
        now: Now,
        attempt: Attempt,
        message: Message<P>,
        bytes: usize,
        is_there: fn(&Subscription<P>, Attempt) -> bool,
    ) {
        let operation = self.operations.get(attempt.op);
        if operation.is_some_and(|it| is_there(it, attempt)) {
            let mut message = Some(message);
            self.update(attempt.op, now, &mut |it, cx| {
                if let Some(message) = message.take() {
                    it.on_shared_message(message, bytes, cx);
                }
            });
        }
    }

    /// A stream that is wanted is opened, one that is lost is replaced or given up, and one on
    /// which nobody rides any more is closed.
    pub(super) fn settle_reservation(&mut self, now: Now) {
        if core::mem::take(&mut self.reservation.is_lost) {
            self.lose_reservation(now);
        }
        if let (Some(since), Some(op)) = (self.reservation.doubted.take(), self.reservation.op) {
            self.update(op, now, &mut |it, cx| it.doubt(since, cx));
        }
        let is_wanted = core::mem::take(&mut self.reservation.is_wanted);
        let was_left = core::mem::take(&mut self.reservation.was_left);
        if !is_wanted && !was_left {
            return;
        }
        self.reservation.is_urgent = self.operations.values().any(Subscription::needs_ride);
        if self.operations.values().any(Subscription::rides) {
            self.reservation.idle_until = None;
            self.reserve(now);
            if let Some(op) = self.reservation.op {
                self.update(op, now, &mut Subscription::hasten);
            }
        } else if let Some(op) = self.reservation.op {
            self.let_go(now, op);
        }
    }

    /// Nobody rides on it: it is closed, if it is not to stay.
    fn let_go(&mut self, now: Now, op: OpId) {
        let rests = self.presence.is_at_rest();
        match self.reservation.terms().lazy {
            Some(wait) if !wait.is_zero() && !rests => {
                let at = now.monotonic + wait;
                self.reservation.idle_until = Some(at);
                self.set_timer(IDLE, at);
            }
            Some(_) => self.close_reservation(now),
            None if rests => self.update(op, now, &mut Subscription::rest),
            None => {}
        }
    }

    /// Nobody rides on it.
    pub(super) fn close_reservation(&mut self, now: Now) {
        self.reservation.idle_until = None;
        if let Some(op) = self.reservation.op {
            self.update(op, now, &mut Subscription::dispose);
        }
    }

    fn lose_reservation(&mut self, now: Now) {
        if self.reservation.lose() {
            // Another process answers each time: everyone on its own from now on.
            self.reservation.give_up();
            return self.close_reservation(now);
        }
        if let Some(op) = self.reservation.op
            && self.reservation.is_open()
        {
            self.update(op, now, &mut Subscription::lose_reservation);
        }
    }
}
