//! Where an attempt shows no sign of life for a while, another one begins beside it.

use alloc::vec::Vec;

use super::trial::Purpose;
use super::{Context, Life, Subscription};
use crate::config::Transport;
use crate::document::Kind;
use crate::endpoints::{Choice, Up, Wish};
use crate::ladder::Rung;
use crate::payload::Payload;
use crate::response::Want;
use crate::time::{Instant, Span};

/// Whoever looks this much after the moment was not awake at it.
const LATE: Span = Span::from_secs(2);

impl<P: Payload> Subscription<P> {
    /// The browser has the request in hand: what passes from now on is the server's time.
    pub fn on_sent(&mut self, cx: &mut Context<'_, P>) {
        let is_alone = self.trial.is_none() && !self.rides;
        let waits = matches!(
            self.life,
            Life::Connecting {
                body: None,
                mark: None,
                ..
            }
        );
        if waits && is_alone && self.may_have_two() {
            let wait = cx.config.head_start;
            self.head_start = wait.map(|wait| cx.now.monotonic + wait);
        }
    }

    /// What may not be sent twice, or asks for one answer, has one attempt.
    fn may_have_two(&self) -> bool {
        let Self { request, .. } = self;
        self.resend && request.kind == Kind::Subscription && request.want == Want::Stream
    }

    /// It has shown no sign of life for long enough.
    pub(super) fn on_head_start(&mut self, cx: &mut Context<'_, P>) {
        let now = cx.now.monotonic;
        let Some(due) = self.head_start.take_if(|at| *at <= now) else {
            return;
        };
        // It had no chance to answer while nobody was awake, and a page that nobody looks at has
        // time.
        if now.since(due) > LATE || !cx.presence.is_looked_at() {
            return self.on_sent(cx);
        }
        let Some(transport) = self.elsewhere(cx) else {
            return;
        };
        match self.pay_beside(transport, cx) {
            Some(at) => self.head_start = Some(at),
            None => self.begin_trial(transport, Purpose::HeadStart, cx),
        }
    }

    /// A transport that goes to another address than the one that hangs.
    fn elsewhere(&mut self, cx: &mut Context<'_, P>) -> Option<Transport> {
        let address = self.transport()?.address();
        cx.endpoints.addresses.mark(&mut self.rungs);
        let is_other = |rung: &&Rung| rung.transport.address() != address;
        let rungs: Vec<Rung> = self.rungs.iter().filter(is_other).copied().collect();
        let up = Up {
            socket: cx.socket.is_up(),
            stream: false,
        };
        let wish = Wish {
            rungs: &rungs,
            up,
            failed: None,
            not_before: self.held_until(cx.endpoints, cx.now.monotonic),
        };
        match cx
            .endpoints
            .choose(wish, cx.now.monotonic, cx.random.unit())
        {
            // What is shared has no place for an attempt beside another.
            Choice::Take(Transport::Fetch) if self.would_ride(cx) => None,
            Choice::Take(transport) => Some(transport),
            _ => None,
        }
    }

    /// Takes a token of the budget for it; when it may begin, if not now.
    fn pay_beside(&mut self, transport: Transport, cx: &mut Context<'_, P>) -> Option<Instant> {
        if core::mem::take(&mut self.paid) || self.joins(transport, cx) {
            return None;
        }
        let now = cx.now.monotonic;
        let at = cx.endpoints.take_token(now);
        self.paid = at > now;
        self.paid.then_some(at)
    }
}
