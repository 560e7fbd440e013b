//! The way out, and what waits before it.

use super::sequence::Place;
use super::{Continuity, Effect, Item};

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

    /// The one door to the application: nothing goes through it twice.
    pub(super) fn deliver(&mut self, place: Option<Place>, item: Item<P>) {
        let is_new = match (item.key, place) {
            (Some(key), _) => {
                if self.audited.last_key.is_none() {
                    self.audited.last_key = Some(key.clone());
                }
                self.delivered.insert(key)
            }
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
