//! What a backfill brings.

use alloc::vec::Vec;

use super::{Continuity, Item};

impl<P> Continuity<P> {
    /// Delivers what is new in an answer, in its order.
    pub(super) fn bring(&mut self, answer: Vec<Item<P>>) {
        // All of this first: each delivery may push a key out of the memory.
        let is_new = |item: &Item<P>| match &item.key {
            Some(key) => !self.delivered.contains(key),
            None => true,
        };
        let new: Vec<bool> = answer.iter().map(is_new).collect();
        let forgotten = self.forgotten(&answer);
        let anew = self.counted_anew(&answer, &new);
        for (at, (item, is_new)) in answer.into_iter().zip(new).enumerate() {
            if anew == Some(at) {
                self.sequence.count_anew();
            }
            if at < forgotten {
                continue;
            }
            let number = item.number.filter(|_| self.settings.sequence.is_some());
            if is_new {
                let is_anew = anew.is_some_and(|anew| at >= anew);
                let place = number.map(|number| self.sequence.recalled(number, is_anew));
                if let Some(place) = place {
                    self.release(self.waiting.before(place));
                }
                self.deliver(place, item);
            } else if let Some(number) = number {
                self.sequence.repeated(number);
            }
        }
    }

    /// How many of an answer's first results stand before the oldest key remembered: they
    /// were delivered, and forgotten.
    pub(super) fn forgotten(&self, answer: &[Item<P>]) -> usize {
        let Some(horizon) = self.delivered.horizon() else {
            return 0;
        };
        let is_horizon = |item: &Item<P>| item.key.as_ref() == Some(horizon);
        answer.iter().position(is_horizon).unwrap_or_default()
    }

    /// Where in an answer the server counts anew: it does if the newest result is new, and
    /// its number passed long ago.
    fn counted_anew(&self, answer: &[Item<P>], new: &[bool]) -> Option<usize> {
        if self.settings.sequence.is_none() || new.last() != Some(&true) {
            return None;
        }
        let newest = answer.last()?.number?;
        if !self.sequence.is_passed(newest) {
            return None;
        }
        let mut start = 0;
        let mut before = 0;
        for (at, item) in answer.iter().enumerate() {
            if let Some(number) = item.number {
                if number < before {
                    start = at;
                }
                before = number;
            }
        }
        Some(start)
    }
}
