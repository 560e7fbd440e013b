//! While the page is hidden, frozen or without a network.

use super::{Context, Life, Step, Subscription, Wait};
use crate::config::Transport;
use crate::endpoints::Choice;
use crate::io::GapReason;
use crate::payload::Payload;
use crate::presence::Pause;
use crate::time::Instant;
use crate::watchdog::Watchdog;

impl<P: Payload> Subscription<P> {
    /// Does the page's life forbid an attempt now? Not what may not be sent again, nor the stream
    /// that it rides on, nor what the application asks for. A first attempt is free but for rest,
    /// and so is joining a connection that is shared.
    pub(super) fn pause(
        &self,
        step: Step,
        choice: Choice,
        cx: &Context<'_, P>,
    ) -> Option<(Pause, Option<Instant>)> {
        let is_urgent = self.is_reserved() && cx.reservation.is_urgent;
        if !self.resend || is_urgent || step == Step::Replace {
            return None;
        }
        let joins = matches!(choice, Choice::Take(transport) if self.joins(transport, cx));
        if !cx.presence.is_at_rest() && (self.attempts == 0 || joins) {
            return None;
        }
        cx.presence.pause(cx.now.monotonic)
    }

    /// The page is frozen, or hidden and to be left alone: connections are closed.
    pub fn rest(&mut self, cx: &mut Context<'_, P>) {
        self.hydrate(cx);
        if !self.resend {
            return;
        }
        match &self.life {
            Life::Live(_) => {
                self.drop_trial(cx);
                self.settle_health(cx);
                self.continuity.cut(GapReason::Reconnect, self.heard);
                self.again = true;
            }
            Life::Connecting { .. } | Life::Waiting(_) | Life::Suspended { .. } => {}
            Life::Idle | Life::Done => return,
        }
        self.abandon(cx);
        self.close(cx);
        self.suspend(Pause::Hidden, None, cx);
        self.rides = false;
    }

    /// Somebody looks again, or there is a network again: what waited for that goes on, and
    /// what is open is looked at.
    pub fn rouse(&mut self, cx: &mut Context<'_, P>) {
        self.rouse_hydration(cx);
        match &mut self.life {
            Life::Suspended {
                pause: Pause::Offline | Pause::Hidden,
                ..
            } => self.go(Step::Due, cx),
            Life::Waiting(Wait::Until {
                at,
                wall,
                not_before,
            }) => {
                let now = cx.now.monotonic;
                let due = (*not_before).max(now).min(*at);
                *at = due;
                *wall = cx.now.wall + due.since(now);
                if due <= now {
                    self.go(Step::Due, cx);
                }
            }
            Life::Live(live) => {
                // The socket is asked as a whole.
                let shared = live.transport == Transport::WebSocket || self.rides;
                if !shared {
                    self.heed(cx, Watchdog::returned);
                }
            }
            Life::Idle
            | Life::Connecting { .. }
            | Life::Waiting(Wait::Application { .. } | Wait::Room { .. } | Wait::Turn)
            | Life::Suspended { .. }
            | Life::Done => {}
        }
    }
}
