//! Which way to the server, and when.

use super::{Context, Life, Step, Subscription, Wait};
use crate::config::Transport;
use crate::endpoints::{Choice, Endpoints, Up, Wish};
use crate::error::{Code, Error};
use crate::ladder::{self, Obstacle};
use crate::payload::Payload;
use crate::presence::Pause;
use crate::response::Want;
use crate::text::concat;
use crate::time::Instant;

impl<P: Payload> Subscription<P> {
    /// Towards a connection: at once, or as soon as breakers and budget allow.
    pub(super) fn go(&mut self, step: Step, cx: &mut Context<'_, P>) {
        if step == Step::Due && self.waits_for_turn(cx) {
            return;
        }
        let choice = self.choose(cx);
        if let Some((pause, until)) = self.pause(step, choice, cx) {
            return self.suspend(pause, until, cx);
        }
        match choice {
            Choice::Take(transport) => match self.pay(step, transport, cx) {
                Some(at) => self.hold(at, cx),
                None => self.connect(step, transport, cx),
            },
            Choice::Wait(until) => self.hold(until, cx),
            Choice::Later(until) => self.suspend(Pause::Breaker, Some(until), cx),
            Choice::Never => self.suspend(Pause::Breaker, None, cx),
            Choice::Nowhere => self.give_up_everything(cx),
        }
    }

    /// Where there is no other way, there may be room by now.
    pub(super) fn choose(&mut self, cx: &mut Context<'_, P>) -> Choice {
        cx.endpoints.addresses.mark(&mut self.rungs);
        let choice = self.pick(cx);
        let is_stuck = !matches!(choice, Choice::Take(_));
        if is_stuck && ladder::let_in(&mut self.rungs, Obstacle::Crowded) {
            return self.pick(cx);
        }
        choice
    }

    fn pick(&self, cx: &mut Context<'_, P>) -> Choice {
        if let Some(transport) = self.own_way() {
            return Choice::Take(transport);
        }
        match self.request.want {
            Want::Stream | Want::Reserved => {
                let wish = Wish {
                    rungs: &self.rungs,
                    up: Up {
                        socket: cx.socket.is_up(),
                        stream: cx.reservation.is_ready() && self.would_ride(cx),
                    },
                    failed: (!self.rises).then_some(self.failed),
                    not_before: self.not_before(cx),
                };
                let (now, random) = (cx.now.monotonic, cx.random.unit());
                cx.endpoints.choose(wish, now, random)
            }
            // One request, by nobody's fault but its own.
            Want::Json | Want::Accepted => Choice::Take(Transport::Fetch),
        }
    }

    /// Until when a server wants no request over HTTP. What may not be sent again does not wait
    /// for that, nor the stream that it rides on.
    fn not_before(&self, cx: &Context<'_, P>) -> Option<Instant> {
        if !self.resend || self.is_reserved() && cx.reservation.is_urgent {
            return None;
        }
        self.held_until(cx.endpoints, cx.now.monotonic)
    }

    /// The same, of what may be sent again.
    pub fn held_until(&self, endpoints: &Endpoints, now: Instant) -> Option<Instant> {
        let all = endpoints.addresses.not_before(now);
        self.not_before.filter(|&at| at > now).max(all)
    }

    /// Takes a token of the budget, once for each attempt; when it is good, if not now.
    /// The first attempt is free, and so is what the application asks for.
    /// To join a socket that is up is no attempt at all.
    fn pay(
        &mut self,
        step: Step,
        transport: Transport,
        cx: &mut Context<'_, P>,
    ) -> Option<Instant> {
        let joins = self.joins(transport, cx);
        if self.attempts == 0 || step == Step::Replace || self.paid || joins {
            return None;
        }
        self.paid = true;
        let at = cx.endpoints.take_token(cx.now.monotonic);
        (at > cx.now.monotonic).then_some(at)
    }

    /// Is there a connection that it would share?
    pub(super) fn joins(&self, transport: Transport, cx: &Context<'_, P>) -> bool {
        match transport {
            Transport::WebSocket => cx.socket.is_up(),
            Transport::Fetch => cx.reservation.is_paid_for() && self.would_ride(cx),
            Transport::EventSource => false,
        }
    }

    fn hold(&mut self, at: Instant, cx: &mut Context<'_, P>) {
        let wait = Wait::until(at, cx.now);
        self.enter(Step::Hold, Life::Waiting(wait), cx);
    }

    pub(super) fn suspend(
        &mut self,
        pause: Pause,
        until: Option<Instant>,
        cx: &mut Context<'_, P>,
    ) {
        let until = until.map(|at| (at, cx.now.wall + at.since(cx.now.monotonic)));
        self.enter(Step::Suspend, Life::Suspended { pause, until }, cx);
    }

    fn give_up_everything(&mut self, cx: &mut Context<'_, P>) {
        let why = self
            .rungs
            .iter()
            .find_map(|rung| rung.obstacle)
            .unwrap_or(Obstacle::Environment);
        let error = Error::new(
            Code::Option,
            false,
            concat(&[
                "no transport can carry this operation: ",
                why.as_str(),
                "; add fetch to transports",
            ]),
        );
        self.give_up(error, cx);
    }

    /// This transport cannot carry the operation.
    pub(super) fn on_unusable(&mut self, obstacle: Obstacle, cx: &mut Context<'_, P>) {
        let Some(transport) = self.transport() else {
            return;
        };
        self.abandon(cx);
        self.close(cx);
        ladder::leave_out(&mut self.rungs, transport, obstacle);
        self.paid = true;
        self.go(Step::FallBack, cx);
    }
}
