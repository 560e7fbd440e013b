//! What the application wants of an operation while it runs.

use super::{Context, Life, Step, Subscription, Wait};
use crate::config::Transport;
use crate::io::GapReason;
use crate::payload::Payload;

impl<P: Payload> Subscription<P> {
    /// The application wants a fresh connection.
    pub fn replace(&mut self, cx: &mut Context<'_, P>) {
        self.not_before = None;
        match &self.life {
            // Another attempt would find no room either.
            Life::Waiting(Wait::Room { .. }) => {}
            Life::Waiting(_) | Life::Suspended { .. } => self.go(Step::Replace, cx),
            Life::Live(_) if self.resend => {
                // A socket is gone already.
                if self.is_on_socket() || !self.overlap(cx) {
                    self.exchange(cx);
                }
            }
            // The socket on which it was announced is gone.
            Life::Connecting {
                transport: Transport::WebSocket,
                ..
            } => self.begin_anew(cx),
            Life::Live(_) | Life::Idle | Life::Connecting { .. } | Life::Done => {}
        }
    }

    /// Gives the live connection up for a fresh one.
    pub(super) fn exchange(&mut self, cx: &mut Context<'_, P>) {
        self.drop_trial(cx);
        self.settle_health(cx);
        self.continuity.cut(GapReason::Reconnect, self.heard);
        self.again = true;
        self.begin_anew(cx);
    }

    fn begin_anew(&mut self, cx: &mut Context<'_, P>) {
        self.abandon(cx);
        self.close(cx);
        self.go(Step::Replace, cx);
    }

    /// The application has no more use for it.
    pub fn dispose(&mut self, cx: &mut Context<'_, P>) {
        self.hydration = None;
        if matches!(self.life, Life::Done) {
            return;
        }
        self.drop_trial(cx);
        self.forget_refusal(cx);
        self.settle_health(cx);
        self.renewal.settle(cx.renewals);
        self.abandon(cx);
        self.close(cx);
        self.enter(Step::End, Life::Done, cx);
    }

    pub(super) fn on_retry_ready(&mut self, wait: Wait, cx: &mut Context<'_, P>) {
        let Wait::Application { not_before } = wait else {
            return;
        };
        if not_before <= cx.now.monotonic {
            return self.go(Step::Due, cx);
        }
        // The server asked for a longer wait than the application's function took.
        self.life = Life::Waiting(Wait::until(not_before, cx.now));
    }
}
