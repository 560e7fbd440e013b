//! What follows when an attempt has failed: the next one, or the end.

use alloc::boxed::Box;

use super::{Context, Life, Step, Subscription, Wait};
use crate::backoff::MAX_FLOOR;
use crate::config::{MIN_HEALTHY, Pace, Transport};
use crate::error::{Code, Error};
use crate::io::{Delivery, Notice, Output};
use crate::payload::Payload;

impl<P: Payload> Subscription<P> {
    /// An attempt has failed, or a live stream: go on, or give up.
    pub(super) fn fail(&mut self, error: Box<Error<P>>, cx: &mut Context<'_, P>) {
        let before_open = matches!(self.life, Life::Connecting { .. });
        if before_open && self.transport() == Some(Transport::EventSource) {
            // EventSource does not say what went wrong. The same request by fetch
            // does, and if it streams it is the connection.
            cx.counters.failures += 1;
            self.close(cx);
            return self.connect(Step::FallBack, Transport::Fetch, cx);
        }
        if self.resend {
            return self.retry_or_give_up(error, cx);
        }
        let error = match error.code {
            Code::Network | Code::Cut => Error::new(
                Code::Cut,
                false,
                "the connection was lost after the request was sent: whether it was executed is unknown, and it is not sent again",
            )
            .thrown(error.thrown),
            _ => error,
        };
        cx.counters.failures += 1;
        self.give_up(error, cx);
    }

    pub(super) fn retry_or_give_up(&mut self, mut error: Box<Error<P>>, cx: &mut Context<'_, P>) {
        cx.counters.failures += 1;
        error.transport = self.transport();
        if let Life::Live { since, .. } = &self.life {
            // Neither a connect nor a result proves health: a server may flap for ever.
            if cx.now.monotonic.since(*since) >= MIN_HEALTHY {
                self.retries = 0;
            }
            self.gap = self.gap.or(Some(self.heard));
        }
        if !error.retryable {
            return self.give_up(error, cx);
        }
        if cx
            .config
            .retry_attempts
            .is_some_and(|limit| self.retries >= limit)
        {
            return self.give_up(Error::exhausted(error), cx);
        }
        self.wait(error, cx);
    }

    pub(super) fn wait(&mut self, error: Box<Error<P>>, cx: &mut Context<'_, P>) {
        let attempt = self.attempt();
        let retries = self.retries;
        let floor = error
            .retry_after
            .unwrap_or_default()
            .max(self.reconnection_time);
        self.close(cx);
        self.again = true;
        self.retries = retries.saturating_add(1);
        let delay = match cx.config.pace {
            Pace::Backoff(backoff) => Some(backoff.delay(retries, floor, cx.random.unit())),
            Pace::Application => None,
        };
        let wait = match delay {
            Some(delay) => Wait::Until {
                at: cx.now.monotonic + delay,
                wall: cx.now.wall + delay,
            },
            None => Wait::Application {
                not_before: cx.now.monotonic + floor.min(MAX_FLOOR),
            },
        };
        self.enter(Step::Fail, Life::Waiting(wait), cx);
        self.notify(
            Notice::Retry {
                retries,
                delay,
                error,
            },
            cx,
        );
        if delay.is_none() {
            cx.outputs.push_back(Output::AskRetry { attempt, retries });
        }
    }

    pub(super) fn give_up(&mut self, mut error: Box<Error<P>>, cx: &mut Context<'_, P>) {
        error.transport = error.transport.or(self.transport());
        // Only an answer with a status has something that the application may want to read.
        let response = error.status.and(Some(self.attempt()));
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
