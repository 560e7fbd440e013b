//! Live results that wait: for a backfill, or for what belongs before them.

use crate::time::Span;
use alloc::vec::Vec;

use super::Item;
use super::sequence::{Place, Sequence};
use crate::time::Instant;

/// A result that waits.
#[derive(Debug)]
pub(super) struct Waiter<P> {
    /// `None` where it has no number.
    pub place: Option<Place>,
    pub arrived: Instant,
    pub item: Item<P>,
}

/// In the order in which they are to be delivered: by number, else as they came.
#[derive(Debug)]
pub(super) struct Waiting<P>(Vec<Waiter<P>>);

impl<P> Waiting<P> {
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn has(&self, key: &str) -> bool {
        let mut keys = self.0.iter().map(|waiter| waiter.item.key.as_deref());
        keys.any(|other| other == Some(key))
    }

    /// Puts one where it belongs.
    pub fn push(&mut self, waiter: Waiter<P>) {
        let is_behind = |other: &Waiter<P>| match (other.place, waiter.place) {
            (Some(other), Some(place)) => other > place,
            _ => false,
        };
        let at = self.0.iter().position(is_behind).unwrap_or(self.len());
        self.0.insert(at, waiter);
    }

    /// The first ones.
    pub fn take(&mut self, count: usize) -> Vec<Waiter<P>> {
        let rest = self.0.split_off(count.min(self.len()));
        core::mem::replace(&mut self.0, rest)
    }

    /// How many can go, because nothing is missing before them.
    pub fn due(&self, mut sequence: Sequence) -> usize {
        let is_due = |waiter: &&Waiter<P>| {
            let due = waiter.place.is_none_or(|place| sequence.is_due(place));
            if let Some(place) = waiter.place.filter(|_| due) {
                sequence.advance(place);
            }
            due
        };
        self.0.iter().take_while(is_due).count()
    }

    /// How many go before a result that belongs here.
    pub fn before(&self, place: Place) -> usize {
        let goes = |waiter: &Waiter<P>| waiter.place.is_some_and(|other| other <= place);
        self.0.iter().rposition(goes).map_or(0, |at| at + 1)
    }

    /// How many go if none waits longer than this.
    pub fn overdue(&self, now: Instant, patience: Span) -> usize {
        let goes = |waiter: &Waiter<P>| waiter.arrived + patience <= now;
        self.0.iter().rposition(goes).map_or(0, |at| at + 1)
    }

    /// When the one came that waits longest.
    pub fn longest(&self) -> Option<Instant> {
        self.0.iter().map(|waiter| waiter.arrived).min()
    }
}
