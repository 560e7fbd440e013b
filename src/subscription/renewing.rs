//! A healthy connection that is replaced before the server cuts it.

use super::{Context, Life, Subscription};
use crate::payload::Payload;
use crate::renewal::AGAIN;

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
        if !cx.presence.leaves_room(now) {
            live.renews = Some(now + AGAIN);
            return;
        }
        self.renews = true;
        if !self.overlap(cx) {
            self.exchange(cx);
        }
    }
}
