//! A healthy connection that is replaced before the server cuts it.

use super::{Context, Life, Subscription};
use crate::endpoints::Choice;
use crate::payload::Payload;
use crate::presence::SLOW;
use crate::renewal::AGAIN;
use crate::time::Instant;

impl<P: Payload> Subscription<P> {
    /// Its time may have come. What is open is not given up while an attempt has no chance.
    pub(super) fn on_renewal_due(&mut self, cx: &mut Context<'_, P>) {
        let now = cx.now.monotonic;
        let Life::Live(live) = &mut self.life else {
            return;
        };
        if live.renews.take_if(|at| *at <= now).is_none() {
            return;
        }
        if !cx.presence.leaves_room(now) || !matches!(self.choose(cx), Choice::Take(_)) {
            return self.renew_at(now + AGAIN);
        }
        self.renews = true;
        if self.overlap(cx) {
            // Should the fresh one come to nothing.
            self.renew_at(now + SLOW);
        } else {
            self.exchange(cx);
        }
    }

    pub(super) const fn renew_at(&mut self, at: Instant) {
        if let Life::Live(live) = &mut self.life {
            live.renews = Some(at);
        }
    }
}
