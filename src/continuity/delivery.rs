//! The way out, and what waits before it.

use super::sequence::Place;
use super::{Continuity, Effect, Item, Phase};
use crate::time::Now;

impl<P> Continuity<P> {
    /// Delivers the first ones of those that wait.
    pub(super) fn release(&mut self, count: usize) {
        if count > 0 {
            for waiter in self.waiting.take(count) {
                self.deliver(waiter.place, waiter.item);
            }
        }
    }

    pub(super) fn release_all(&mut self) {
        self.release(self.waiting.len());
    }

    pub(super) fn release_due(&mut self) {
        self.release(self.waiting.due(self.sequence));
    }

    /// Do results that come now go straight through, but for those that have come before?
    pub fn is_straight(&self) -> bool {
        let flows = matches!(self.phase, Phase::Flowing(_));
        flows && self.waiting.is_empty() && self.settings.sequence.is_none()
    }

    /// A result goes straight through; `false`: it has come before.
    pub fn pass(&mut self, now: Now, key: Option<&str>) -> bool {
        let is_new = key.is_none_or(|key| self.remember(key));
        if is_new {
            self.is_proved = true;
            self.heard = now.wall;
        }
        is_new
    }

    /// `false`: it is known.
    fn remember(&mut self, key: &str) -> bool {
        if self.audited.last_key.is_none() {
            self.audited.last_key = Some(key.into());
        }
        self.delivered.insert(key)
    }

    /// A result that is not whole yet is shown, unless it has come before or would have to wait.
    /// It is not remembered: what becomes of it is open, and a backfill may bring the whole one.
    pub fn show(&mut self, item: Item<P>) {
        let is_new = match item.key {
            Some(key) => !self.is_known(&key),
            None => self.settings.key.is_none(),
        };
        if is_new && self.is_straight() {
            self.effects.push(Effect::Deliver(item.payload));
        }
    }

    /// The other door to the application, for what had to wait or be looked at: nothing goes
    /// through it twice.
    pub(super) fn deliver(&mut self, place: Option<Place>, item: Item<P>) {
        let is_new = match (&item.key, place) {
            (Some(key), _) => self.remember(key),
            (None, Some(place)) => !self.sequence.contains(place),
            (None, None) => true,
        };
        if let Some(place) = place {
            self.sequence.advance(place);
        }
        if is_new {
            self.effects.push(if self.settings.hydrate {
                Effect::Claim {
                    key: self.delivered.newest().cloned(),
                    since: self.heard,
                    notification: item.payload,
                }
            } else {
                Effect::Deliver(item.payload)
            });
        }
    }
}
