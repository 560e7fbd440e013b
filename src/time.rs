//! Clock readings and timers. Nothing here reads a clock: time is an argument.

use alloc::vec::Vec;
use core::num::NonZeroU64;
use core::ops::{Add, Mul};

/// A length of time in whole milliseconds, which is as fine as the clocks here are.
///
/// `core`'s `Duration` counts nanoseconds; reckoning with it takes a page kilobytes.
///
/// ```
/// use core::time::Duration;
/// use graphql_lifeline::time::Span;
///
/// assert_eq!(Span::from(Duration::from_secs(2)), Span::from_millis(2_000));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(u64);

impl Span {
    pub const ZERO: Self = Self(0);
    /// For ever.
    pub const MAX: Self = Self(u64::MAX);

    #[must_use]
    pub const fn from_millis(ms: u64) -> Self {
        Self(ms)
    }

    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl Add for Span {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Mul<u32> for Span {
    type Output = Self;

    fn mul(self, times: u32) -> Self {
        // A product of 64 bits is checked by one of 128, which takes more code than this.
        if self.0 >> 32 > 0 {
            return Self::MAX;
        }
        Self(self.0 * u64::from(times))
    }
}

impl From<core::time::Duration> for Span {
    fn from(duration: core::time::Duration) -> Self {
        Self(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
    }
}

/// A moment on the monotonic clock, in whole milliseconds since an arbitrary start.
///
/// Kept as one more than that: there are more moments that may be missing than that are not,
/// and `None` takes no bytes so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(NonZeroU64);

impl Instant {
    /// `ms` milliseconds after the clock's start.
    #[must_use]
    pub const fn from_millis(ms: u64) -> Self {
        Self(NonZeroU64::MIN.saturating_add(ms))
    }

    /// Milliseconds after the clock's start.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0.get() - 1
    }

    /// The time that has passed since `earlier`; zero if that lies ahead.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Span {
        Span::from_millis(self.0.get().saturating_sub(earlier.0.get()))
    }
}

impl Add<Span> for Instant {
    type Output = Self;

    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Default for Instant {
    fn default() -> Self {
        Self::from_millis(0)
    }
}

/// A moment on the wall clock: milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wall(NonZeroU64);

impl Wall {
    /// `ms` milliseconds after the Unix epoch.
    #[must_use]
    pub const fn from_millis(ms: u64) -> Self {
        Self(NonZeroU64::MIN.saturating_add(ms))
    }

    /// Milliseconds after the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0.get() - 1
    }

    /// The time from here until `later`; zero if that has passed.
    #[must_use]
    pub const fn until(self, later: Self) -> Span {
        Span::from_millis(later.0.get().saturating_sub(self.0.get()))
    }
}

impl Add<Span> for Wall {
    type Output = Self;

    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Default for Wall {
    fn default() -> Self {
        Self::from_millis(0)
    }
}

/// The earliest of those that are there.
#[must_use]
pub fn earliest(moments: &[Option<Instant>]) -> Option<Instant> {
    let mut earliest: Option<Instant> = None;
    for &moment in moments {
        if earliest.is_none_or(|earliest| moment.is_some_and(|moment| moment < earliest)) {
            earliest = moment;
        }
    }
    earliest
}

/// One reading of both clocks. Waits are measured on the monotonic one; the
/// wall clock dates what people and servers are told.
#[derive(Clone, Copy, Debug, Default)]
pub struct Now {
    pub monotonic: Instant,
    pub wall: Wall,
}

/// Deadlines by key, the earliest first, and of those that come together the smallest key.
///
/// A deadline that is replaced or dropped stays until it comes up, or until such
/// ones are the majority; who asks says which ones still hold.
///
/// A binary heap of its own: the standard library's takes more of a page's bytes.
#[derive(Debug)]
pub struct Timers<K> {
    /// None is earlier than the one at half its index.
    heap: Vec<(Instant, K)>,
    /// At this length the heap is swept.
    sweep_at: usize,
}

const SWEEP_AT: usize = 64;

impl<K> Default for Timers<K> {
    fn default() -> Self {
        Self {
            heap: Vec::new(),
            sweep_at: SWEEP_AT,
        }
    }
}

impl<K: Copy + Ord> Timers<K> {
    /// Adds a deadline; `holds` tells whether an older one still counts.
    pub fn set(&mut self, key: K, at: Instant, holds: impl Fn(K, Instant) -> bool) {
        if self.heap.len() >= self.sweep_at {
            for (at, key) in core::mem::take(&mut self.heap) {
                if holds(key, at) {
                    self.push(key, at);
                }
            }
            self.sweep_at = SWEEP_AT.max(self.heap.len() * 2);
        }
        self.push(key, at);
    }

    fn push(&mut self, key: K, at: Instant) {
        self.heap.push((at, key));
        let mut child = self.heap.len() - 1;
        while child > 0 && self.before(child, (child - 1) / 2) {
            self.heap.swap(child, (child - 1) / 2);
            child = (child - 1) / 2;
        }
    }

    /// The earliest deadline that holds.
    pub fn next(&mut self, holds: impl Fn(K, Instant) -> bool) -> Option<Instant> {
        loop {
            let &(at, key) = self.heap.first()?;
            if holds(key, at) {
                return Some(at);
            }
            self.drop_first();
        }
    }

    /// A key whose deadline holds and has come; that deadline is gone.
    pub fn pop_due(&mut self, now: Instant, holds: impl Fn(K, Instant) -> bool) -> Option<K> {
        if self.next(holds)? > now {
            return None;
        }
        let &(_, key) = self.heap.first()?;
        self.drop_first();
        Some(key)
    }

    fn drop_first(&mut self) {
        self.heap.swap_remove(0);
        self.sink(0);
    }

    /// Moves one down until its children are no earlier.
    fn sink(&mut self, mut parent: usize) {
        loop {
            let mut child = 2 * parent + 1;
            if self.before(child + 1, child) {
                child += 1;
            }
            if !self.before(child, parent) {
                return;
            }
            self.heap.swap(parent, child);
            parent = child;
        }
    }

    /// `false` also where there is none.
    fn before(&self, one: usize, other: usize) -> bool {
        match (self.heap.get(one), self.heap.get(other)) {
            (Some(one), Some(other)) => one < other,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn timers_come_in_order_when_due_and_only_while_they_hold() {
        let at = Instant::from_millis;
        let mut timers = Timers::default();
        for (key, ms) in [('b', 20), ('a', 10), ('c', 5), ('c', 30)] {
            timers.set(key, at(ms), |_, _| true);
        }
        let holds = |key, when| (key, when) != ('c', at(5));
        assert_eq!(timers.next(holds), Some(at(10)));
        assert_eq!(timers.pop_due(at(9), holds), None);
        assert_eq!(timers.pop_due(at(25), holds), Some('a'));
        assert_eq!(timers.pop_due(at(25), holds), Some('b'));
        assert_eq!(timers.pop_due(at(25), holds), None);
        assert_eq!(timers.next(|_, _| false), None);
    }

    #[test]
    fn any_deadlines_come_in_order_also_through_a_sweep() {
        let mut random = Random::new(7);
        let mut timers = Timers::default();
        let mut expected = Vec::new();
        for key in 0..1000_u32 {
            let at = Instant::from_millis((random.unit() * 300.0) as u64);
            let held = !key.is_multiple_of(3);
            timers.set(key, at, |key: u32, _| !key.is_multiple_of(3));
            if held {
                expected.push(at);
            }
        }
        expected.sort_unstable();
        let holds = |key: u32, _| !key.is_multiple_of(3);
        for at in expected {
            assert_eq!(timers.next(holds), Some(at));
            assert!(timers.pop_due(at, holds).is_some());
        }
        assert_eq!(timers.next(holds), None);
    }

    #[test]
    fn timers_that_hold_no_more_do_not_pile_up() {
        let mut timers = Timers::default();
        for n in 0..100_000 {
            timers.set(0, Instant::from_millis(n), |_, at| at.as_millis() == n);
        }
        assert!(timers.heap.len() <= SWEEP_AT + 1);
    }

    #[test]
    fn clocks_do_not_overflow_or_run_backwards() {
        let late = Instant::from_millis(u64::MAX) + Span::from_secs(1);
        assert_eq!(late.as_millis(), u64::MAX - 1);
        assert_eq!(Instant::from_millis(1).since(late), Span::ZERO);
        assert_eq!(Wall::from_millis(9).until(Wall::from_millis(3)), Span::ZERO);
    }
}
