//! From a lower rung of the ladder to a better one.

use super::trial::Purpose;
use super::{Context, Life, Subscription};
use crate::config::Transport;
use crate::endpoints::{Choice, Endpoints, Up, Wish};
use crate::ladder::Rung;
use crate::payload::Payload;
use crate::renewal::AGAIN;
use crate::time::Instant;

impl<P: Payload> Subscription<P> {
    /// The rungs above the one it lives on; none if it may not be moved.
    pub fn better_rungs(&self) -> &[Rung] {
        let is_own = |rung: &Rung| Some(rung.transport) == self.transport();
        let own = match &self.life {
            Life::Live(_) if self.resend => self.rungs.iter().position(is_own),
            _ => None,
        };
        self.rungs
            .get(..own.unwrap_or_default())
            .unwrap_or_default()
    }

    /// By a better one than its own, or not at all.
    pub fn wish_to_rise(&self, endpoints: &Endpoints, now: Instant) -> Wish<'_> {
        Wish {
            rungs: self.better_rungs(),
            up: Up::default(),
            failed: None,
            not_before: self.held_until(endpoints, now),
        }
    }

    /// It has become live: on a lower rung than it might?
    pub(super) fn arm_rise(&self, cx: &mut Context<'_, P>) {
        let mut better = self.better_rungs().iter();
        if better.any(Rung::is_worth_asking) {
            cx.forward.arm(cx.now.monotonic, cx.random.unit());
        }
    }

    /// A better transport has proved well: it moves there when the budget allows.
    pub(super) fn plan_rise(&mut self, cx: &mut Context<'_, P>) {
        let is_well =
            |rung: &Rung| rung.obstacle.is_none() && cx.endpoints.is_closed(rung.transport);
        if !cx.config.fall_forward || !self.better_rungs().iter().any(is_well) {
            return;
        }
        let Life::Live(live) = &mut self.life else {
            return;
        };
        if live.rises.is_none() {
            let at = cx.endpoints.take_token(cx.now.monotonic);
            live.rises = Some(at);
            self.on_rise_due(cx);
        }
    }

    /// Its time may have come. What is open is not given up while an attempt has no chance.
    pub(super) fn on_rise_due(&mut self, cx: &mut Context<'_, P>) {
        let now = cx.now.monotonic;
        if let Life::Live(live) = &mut self.life
            && live.rises.take_if(|at| *at <= now).is_some()
        {
            if cx.presence.leaves_room(now) {
                self.rise(cx);
            } else {
                live.rises = Some(now + AGAIN);
            }
        }
    }

    /// Tries a better transport, if one may still be tried, beside the connection that it has:
    /// that stays until the better one has shown what it is worth. What operations share has no
    /// place for an attempt beside another.
    pub fn rise(&mut self, cx: &mut Context<'_, P>) {
        let (now, random) = (cx.now.monotonic, cx.random.unit());
        let wish = self.wish_to_rise(cx.endpoints, now);
        let choice = cx.endpoints.choose(wish, now, random);
        let Choice::Take(transport) = choice else {
            return;
        };
        if self.trial.is_some() {
            return;
        }
        if transport == Transport::Fetch && self.would_ride(cx) {
            self.rises = true;
            return self.exchange(cx);
        }
        self.begin_trial(transport, Purpose::Rise, cx);
    }
}
