//! An operation that may be why its socket was closed.

use alloc::boxed::Box;

use super::refusing::Answer;
use super::{Context, Life, Step, Subscription, Wait};
use crate::config::{Pace, Transport};
use crate::endpoints::Address;
use crate::error::{Code, Error};
use crate::io::GapReason;
use crate::payload::Payload;
use crate::time::{Instant, Span};

/// So many sockets of its own, closed right after its subscribe, prove it guilty.
const PROOF: u8 = 3;

/// Whoever has lived for so long on a socket of its own is not why the other one was closed.
const GRACE: Span = Span::from_secs(1);

/// How a socket was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    Cut,
    /// It does not answer.
    Silence,
    /// It was closed with a code that may be for what was sent last, or can be for nothing else.
    Offence {
        is_certain: bool,
    },
}

/// What is thought of an operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Suspicion {
    #[default]
    None,
    /// Waits for its turn.
    Waits,
    /// Has a socket of its own; as many have been closed.
    Apart(u8),
}

impl<P: Payload> Subscription<P> {
    /// Has it a socket of its own?
    pub const fn is_apart(&self) -> bool {
        matches!(self.suspicion, Suspicion::Apart(_))
    }

    /// Does it wait for one, and for nothing else?
    pub fn is_suspect(&self) -> bool {
        self.is_next_suspect() && matches!(self.life, Life::Waiting(Wait::Turn))
    }

    /// What it waited for is over, and its turn has not come.
    pub(super) fn waits_for_turn(&mut self, cx: &mut Context<'_, P>) -> bool {
        if self.is_next_suspect()
            && let Life::Waiting(wait) = &mut self.life
        {
            *wait = Wait::Turn;
            cx.socket.has_suspects = true;
            return true;
        }
        false
    }

    /// Will it wait for one, once its other wait is over?
    fn is_next_suspect(&self) -> bool {
        self.suspicion == Suspicion::Waits
    }

    pub const fn set_apart(&mut self) {
        self.suspicion = Suspicion::Apart(0);
    }

    /// It lives: whatever closed the socket, it was not this one.
    pub(super) fn acquit(&mut self) {
        if self.suspicion == Suspicion::Waits {
            self.suspicion = Suspicion::None;
        }
    }

    /// It is its turn.
    pub fn go_apart(&mut self, cx: &mut Context<'_, P>) {
        self.go(Step::Due, cx);
    }

    /// Was it sent just now, and has nothing come for it? A pong is for nobody: servers answer
    /// pings while they still read what was sent before.
    pub(super) fn may_have_offended(&self, now: Instant) -> bool {
        self.resend
            && match &self.life {
                Life::Connecting { mark, .. } => mark.is_some(),
                Life::Live(live) => live.is_unknown(now),
                Life::Idle | Life::Waiting(_) | Life::Suspended { .. } | Life::Done => false,
            }
    }

    /// It lives on a socket of its own.
    pub(super) fn watch_suspect(&mut self, cx: &Context<'_, P>) {
        if self.is_apart() && matches!(self.life, Life::Live(_)) {
            self.acquitted_at = Some(cx.now.monotonic + GRACE);
        }
    }

    /// It has lived there for long enough.
    pub(super) fn on_acquittal(&mut self, cx: &mut Context<'_, P>) {
        let now = cx.now.monotonic;
        if self.acquitted_at.take_if(|at| *at <= now).is_some() {
            self.rejoin(cx);
        }
    }

    /// Its socket was closed right after its subscribe, before anything had come for it.
    pub(super) fn on_offence(
        &mut self,
        is_certain: bool,
        error: Box<Error<P>>,
        cx: &mut Context<'_, P>,
    ) {
        let Suspicion::Apart(closed) = self.suspicion else {
            self.suspicion = Suspicion::Waits;
            return self.wait_as_suspect(None, error, cx);
        };
        let message = error.message.as_str();
        let verdict = || Error::new(Code::Protocol, false, message);
        if self.may_go_elsewhere(Address::Socket) {
            self.suspicion = Suspicion::None;
            return self.on_refusal(Answer::Error(verdict()), cx);
        }
        if is_certain {
            let closed = closed.saturating_add(1);
            self.suspicion = Suspicion::Apart(closed);
            if closed >= PROOF {
                return self.on_refusal(Answer::Error(verdict()), cx);
            }
        } else {
            // Others may have their turn while it waits.
            self.suspicion = Suspicion::Waits;
        }
        let delay = match cx.config.pace {
            Pace::Backoff(backoff) => backoff.delay(self.failures, Span::ZERO, cx.random.unit()),
            Pace::Application => Span::ZERO,
        };
        self.wait_as_suspect(Some(delay), error, cx);
    }

    /// Its socket is gone for another reason, or it has proved innocent: it is one like the others.
    pub(super) fn rejoin(&mut self, cx: &mut Context<'_, P>) {
        if let Life::Live(_) = self.life {
            self.continuity.cut(GapReason::Reconnect, self.heard);
            self.again = true;
        }
        self.close(cx);
        let wait = Wait::until(cx.now.monotonic, cx.now);
        self.enter(Step::Fail, Life::Waiting(wait), cx);
        self.suspicion = Suspicion::None;
    }

    /// For so long, or for its turn.
    fn wait_as_suspect(
        &mut self,
        delay: Option<Span>,
        error: Box<Error<P>>,
        cx: &mut Context<'_, P>,
    ) {
        cx.counters.failures += 1;
        if let Life::Live(_) = self.life {
            self.continuity.cut(GapReason::Reconnect, self.heard);
        }
        self.abandon(cx);
        self.close(cx);
        self.again = true;
        let retries = self.failures;
        self.failures = retries.saturating_add(1);
        cx.socket.has_suspects |= delay.is_none();
        let wait = delay.map_or(Wait::Turn, |delay| {
            Wait::until(cx.now.monotonic + delay, cx.now)
        });
        self.enter(Step::Fail, Life::Waiting(wait), cx);
        self.announce(retries, delay, error, cx);
    }

    /// A suspect has no other way than its own socket, until it is known.
    pub(super) fn own_way(&self) -> Option<Transport> {
        self.is_apart().then_some(Transport::WebSocket)
    }
}
