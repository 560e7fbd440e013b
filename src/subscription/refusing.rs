//! A server that does not stream an operation at one address may do so at another.

use alloc::boxed::Box;

use super::{Context, Life, Step, Subscription};
use crate::config::Transport;
use crate::document::Kind;
use crate::endpoints::Address;
use crate::error::Error;
use crate::io::{Attempt, Delivery, GapReason, Output};
use crate::ladder::{self, Obstacle};
use crate::payload::Payload;
use crate::response::Want;
use crate::time::Span;

/// What came instead of a stream.
pub(super) enum Answer<P> {
    /// One result.
    Result(P),
    Error(Box<Error<P>>),
}

impl<P: Payload> Answer<P> {
    /// How much it says to the application: GraphQL errors most, then a status.
    fn weight(&self) -> u8 {
        match self {
            Self::Result(value) if value.has("errors") => 2,
            Self::Error(error) if error.body.as_ref().is_some_and(|body| body.has("errors")) => 2,
            Self::Result(_) => 1,
            Self::Error(error) => u8::from(error.status.is_some()),
        }
    }

    fn says_more_than(&self, other: &Self) -> bool {
        let weight = self.weight();
        weight > other.weight() || weight == 2 && other.weight() == 2
    }

    /// Why the operation goes elsewhere.
    fn reason(&self) -> Box<Error<P>> {
        match self {
            Self::Error(error) => error.copy(),
            Self::Result(_) => Error::not_streamed(),
        }
    }
}

/// An answer that is kept until the operation lives elsewhere, or nothing else is left to say.
pub(super) struct Refusal<P> {
    pub address: Address,
    /// Whose response the application may read.
    attempt: Option<Attempt>,
    answer: Answer<P>,
}

impl<P: Payload> Subscription<P> {
    /// There is no stream for it here: it goes elsewhere at once. Where nothing else is left,
    /// it ends with what says most.
    pub(super) fn on_refusal(&mut self, answer: Answer<P>, cx: &mut Context<'_, P>) {
        let Some(address) = self.transport().map(Transport::address) else {
            return;
        };
        if !self.may_go_elsewhere(address) {
            return self.end_with(answer, cx);
        }
        cx.counters.failures += 1;
        self.renewal.settle(cx.renewals);
        if let Life::Live(_) = self.life {
            self.continuity.cut(GapReason::Reconnect, self.heard);
        }
        self.abandon(cx);
        let error = answer.reason();
        self.keep(address, answer, cx);
        self.leave_out(address);
        self.again = true;
        self.announce(self.failures, Some(Span::ZERO), error, cx);
        self.paid = true;
        self.go(Step::FallBack, cx);
    }

    /// Is it a subscription that could be sent to another address?
    pub(super) fn may_go_elsewhere(&self, address: Address) -> bool {
        let is_other = |transport: Transport| transport.address() != address;
        let mut rungs = self.rungs.iter();
        self.request.want == Want::Stream
            && self.request.kind == Kind::Subscription
            && self.resend
            && rungs.any(|rung| {
                let is_open = matches!(rung.obstacle, None | Some(Obstacle::PassedOver));
                is_open && is_other(rung.transport)
            })
    }

    /// Whatever goes to this address is refused there.
    pub(super) fn leave_out(&mut self, address: Address) {
        for transport in Transport::ALL {
            if transport.address() == address {
                ladder::leave_out(&mut self.rungs, transport, Obstacle::Refused);
            }
        }
    }

    /// Keeps the answer, if it says more than what is kept.
    fn keep(&mut self, address: Address, answer: Answer<P>, cx: &mut Context<'_, P>) {
        let attempt = self.own_response(&answer);
        if attempt.is_none() {
            self.close(cx);
        }
        let new = Refusal {
            address,
            attempt,
            answer,
        };
        let loser = match &self.refusal {
            Some(kept) if !new.answer.says_more_than(&kept.answer) => Some(Box::new(new)),
            _ => self.refusal.replace(Box::new(new)),
        };
        close_response(loser, cx);
    }

    /// The response that the application may read, if it is this operation's alone.
    fn own_response(&self, answer: &Answer<P>) -> Option<Attempt> {
        match answer {
            Answer::Error(error) if error.status.is_some() && self.owns_answer() => {
                Some(self.attempt())
            }
            Answer::Error(_) | Answer::Result(_) => None,
        }
    }

    /// No address is left that might stream it.
    fn end_with(&mut self, answer: Answer<P>, cx: &mut Context<'_, P>) {
        match self.refusal.take() {
            Some(kept) if !answer.says_more_than(&kept.answer) => {
                cx.counters.failures += 1;
                self.close(cx);
                self.end_with_kept(*kept, cx);
            }
            kept => {
                close_response(kept, cx);
                match answer {
                    Answer::Result(value) => self.end_with_result(value, cx),
                    Answer::Error(error) => self.fail(error, cx),
                }
            }
        }
    }

    fn end_with_kept(&mut self, kept: Refusal<P>, cx: &mut Context<'_, P>) {
        match kept.answer {
            Answer::Result(value) => self.end_with_result(value, cx),
            Answer::Error(error) => {
                let (op, response) = (self.id, kept.attempt);
                let delivery = Delivery::Error {
                    op,
                    error,
                    response,
                };
                self.end(delivery, cx);
            }
        }
    }

    fn end_with_result(&mut self, value: P, cx: &mut Context<'_, P>) {
        let op = self.id;
        self.take_in(value, cx);
        self.close(cx);
        self.end(Delivery::Complete { op }, cx);
    }

    /// Its connection has brought a result, or has proved healthy: this address streams. What
    /// refused the same operation and has streamed nothing need not be asked first by others.
    pub(super) fn come_to_life(&mut self, cx: &mut Context<'_, P>) {
        let Life::Live(live) = &mut self.life else {
            return;
        };
        if core::mem::replace(&mut live.is_proved, true) {
            return;
        }
        cx.endpoints.stream(live.transport.address());
        if let Some(refusal) = self.refusal.take() {
            cx.endpoints.addresses.pass_over(refusal.address);
            close_response(Some(refusal), cx);
        }
    }

    pub(super) fn forget_refusal(&mut self, cx: &mut Context<'_, P>) {
        close_response(self.refusal.take(), cx);
    }

    /// What refused it is asked again.
    pub fn ask_again(&mut self) {
        ladder::let_in(&mut self.rungs, Obstacle::Refused);
        ladder::let_in(&mut self.rungs, Obstacle::PassedOver);
    }
}

fn close_response<P>(refusal: Option<Box<Refusal<P>>>, cx: &mut Context<'_, P>) {
    if let Some(attempt) = refusal.and_then(|it| it.attempt) {
        cx.outputs.push(Output::Close { attempt });
    }
}
