//! What follows when an attempt has failed: the next one, or the end.

use alloc::boxed::Box;

use super::{Context, Life, Step, Subscription, Wait};
use crate::backoff::MAX_FLOOR;
use crate::config::{Pace, Transport};
use crate::endpoints::{Address, Choice, Failed};
use crate::error::{Code, Error};
use crate::io::{Delivery, GapReason, Notice, Output};
use crate::payload::Payload;
use crate::presence::Pause;
use crate::time::Span;

impl<P: Payload> Subscription<P> {
    /// An attempt has failed, or a live stream: go on, or give up.
    pub(super) fn fail(&mut self, error: Box<Error<P>>, cx: &mut Context<'_, P>) {
        let before_open = matches!(self.life, Life::Connecting { .. });
        let transport = self.transport();
        self.settle_health(cx);
        if error.retryable {
            self.blame(cx);
        }
        if before_open
            && self.trial.is_none()
            && transport == Some(Transport::EventSource)
            && cx
                .endpoints
                .admits(Transport::Fetch, cx.now.monotonic, cx.random.unit())
        {
            // EventSource does not say what went wrong. The same request by fetch
            // does, and if it streams it is the connection.
            cx.counters.failures += 1;
            self.failed.add(Transport::EventSource);
            self.close(cx);
            return self.connect(Step::FallBack, Transport::Fetch, cx);
        }
        if self.resend {
            return self.retry_or_give_up(error, cx);
        }
        let error = match error.code {
            // A socket that is closed for its credentials had let the operation in.
            Code::Unauthorized if !self.is_on_socket() => error,
            code @ (Code::Network | Code::Cut | Code::Timeout | Code::Unauthorized) => Error::new(
                if code == Code::Timeout { code } else { Code::Cut },
                false,
                "no answer came to what was sent: whether it was executed is unknown, and it is not sent again",
            )
            .thrown(error.thrown),
            _ => error,
        };
        cx.counters.failures += 1;
        self.give_up(error, cx);
    }

    /// The endpoint is at fault.
    pub(super) fn blame(&mut self, cx: &mut Context<'_, P>) {
        if let Some((transport, ticket)) = self.take_ticket() {
            let random = cx.random.unit();
            cx.endpoints
                .fail(transport, ticket, cx.now.monotonic, random);
        }
    }

    pub(super) fn retry_or_give_up(&mut self, mut error: Box<Error<P>>, cx: &mut Context<'_, P>) {
        cx.counters.failures += 1;
        self.renewal.settle(cx.renewals);
        error.transport = self.transport();
        self.note(&error, cx);
        if let Life::Live(_) = &self.life {
            // Without a network nothing is learned.
            if cx.presence.is_online() {
                self.on_cut(cx);
            }
            self.continuity.cut(GapReason::Reconnect, self.heard);
            cx.renewals.forgive();
        }
        if !error.retryable {
            return self.give_up(error, cx);
        }
        if self.adopt_trial(cx) {
            return;
        }
        // Without a network nothing is learned, and nothing counted.
        let learns = cx.presence.is_online();
        if let Some(transport) = error.transport.filter(|_| learns) {
            self.failed.add(transport);
        }
        if learns && cx.endpoints.is_pass(&self.rungs, self.failed) {
            self.failed = Failed::default();
            if cx
                .config
                .retry_attempts
                .is_some_and(|limit| self.passes >= limit)
            {
                return self.give_up(Error::exhausted(error), cx);
            }
            self.passes = self.passes.saturating_add(1);
        }
        self.try_again(error, cx);
    }

    /// By another transport at once, if this one has had its chances; otherwise after a wait.
    fn try_again(&mut self, error: Box<Error<P>>, cx: &mut Context<'_, P>) {
        self.heed_waits(&error, cx);
        let broken = self
            .transport()
            .is_some_and(|failed| !cx.endpoints.is_closed(failed));
        self.abandon(cx);
        self.close(cx);
        self.again = true;
        let retries = self.failures;
        self.failures = retries.saturating_add(1);
        if error.code == Code::Unauthorized {
            return self.show_others(retries, error, cx);
        }
        if let Pace::Backoff(backoff) = cx.config.pace {
            let choice = self.choose(cx);
            let is_held = error.transport.is_some_and(|it| self.is_held(it, cx));
            if (broken || is_held) && matches!(choice, Choice::Take(_)) {
                self.announce(retries, Some(Span::ZERO), error, cx);
                return self.go(Step::FallBack, cx);
            }
            let floor = match choice {
                Choice::Wait(until) => until.since(cx.now.monotonic),
                _ => Span::ZERO,
            };
            let delay = backoff.delay(retries, floor, cx.random.unit());
            self.back_off(choice, (delay, floor), retries, error, cx);
        } else {
            let until = self.held_until(cx.endpoints, cx.now.monotonic);
            let floor = until.map_or(Span::ZERO, |until| until.since(cx.now.monotonic));
            self.ask_retry(retries, floor, error, cx);
        }
    }

    /// `Retry-After` is for all who go there, `retry:` for the one whose stream said it.
    fn heed_waits(&mut self, error: &Error<P>, cx: &mut Context<'_, P>) {
        let now = cx.now.monotonic;
        if let Some(wait) = error.retry_after {
            cx.hold_back(wait);
        }
        let is_http = self.transport().map(Transport::address) == Some(Address::Http);
        if is_http && !self.reconnection_time.is_zero() {
            self.not_before = Some(now + self.reconnection_time.min(MAX_FLOOR));
        }
    }

    fn is_held(&self, transport: Transport, cx: &Context<'_, P>) -> bool {
        transport.address() == Address::Http
            && self.held_until(cx.endpoints, cx.now.monotonic).is_some()
    }

    /// Nothing is wrong with the socket but the credentials. All go at the same time, so that
    /// all are on the next one, and know if that is refused as well.
    fn show_others(&mut self, retries: u32, error: Box<Error<P>>, cx: &mut Context<'_, P>) {
        let choice = Choice::Take(Transport::WebSocket);
        if let Some((pause, until)) = self.pause(Step::Fail, choice, cx) {
            let delay = until.map(|until| until.since(cx.now.monotonic));
            self.suspend(pause, until, cx);
            return self.announce(retries, delay, error, cx);
        }
        self.announce(retries, Some(Span::ZERO), error, cx);
        self.connect(Step::FallBack, Transport::WebSocket, cx);
    }

    fn back_off(
        &mut self,
        choice: Choice,
        (delay, floor): (Span, Span),
        retries: u32,
        error: Box<Error<P>>,
        cx: &mut Context<'_, P>,
    ) {
        let at = cx.now.monotonic + delay;
        let pause = match choice {
            Choice::Later(until) => Some((Pause::Breaker, Some(until))),
            Choice::Never => Some((Pause::Breaker, None)),
            Choice::Take(_) | Choice::Wait(_) | Choice::Nowhere => None,
        };
        let pause = self.pause(Step::Fail, choice, cx).or(pause);
        let delay = match pause.filter(|(_, until)| until.is_none_or(|until| until > at)) {
            Some((pause, until)) => {
                self.suspend(pause, until, cx);
                until.map(|until| until.since(cx.now.monotonic))
            }
            None => {
                let wait = Wait::Until {
                    at,
                    wall: cx.now.wall + delay,
                    not_before: cx.now.monotonic + floor.min(MAX_FLOOR),
                };
                self.enter(Step::Fail, Life::Waiting(wait), cx);
                Some(delay)
            }
        };
        self.announce(retries, delay, error, cx);
    }

    fn ask_retry(
        &mut self,
        retries: u32,
        floor: Span,
        error: Box<Error<P>>,
        cx: &mut Context<'_, P>,
    ) {
        let attempt = self.attempt();
        let not_before = cx.now.monotonic + floor.min(MAX_FLOOR);
        let wait = Life::Waiting(Wait::Application { not_before });
        self.enter(Step::Fail, wait, cx);
        self.announce(retries, None, error, cx);
        cx.outputs.push(Output::AskRetry { attempt, retries });
    }

    pub(super) fn announce(
        &self,
        retries: u32,
        delay: Option<Span>,
        error: Box<Error<P>>,
        cx: &mut Context<'_, P>,
    ) {
        self.notify(
            Notice::Retry {
                retries,
                delay,
                error,
            },
            cx,
        );
    }

    pub(super) fn give_up(&mut self, mut error: Box<Error<P>>, cx: &mut Context<'_, P>) {
        error.transport = error.transport.or(self.transport());
        self.note(&error, cx);
        // Only an answer with a status has something that the application may want to read, if
        // it is its own.
        let is_own = !self.is_reserved() && self.owns_answer();
        let response = error.status.and(Some(self.attempt())).filter(|_| is_own);
        if response.is_none() {
            self.close(cx);
        }
        let op = self.id;
        self.end(
            Delivery::Error {
                op,
                error,
                response,
            },
            cx,
        );
    }
}
