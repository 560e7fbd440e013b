//! Clock readings and timers. Nothing here reads a clock: time is an argument.

use std::collections::BTreeSet;
use std::ops::Add;
use std::time::Duration;

/// A moment on the monotonic clock, in whole milliseconds since an arbitrary start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(u64);

impl Instant {
    /// `ms` milliseconds after the clock's start.
    #[must_use]
    pub const fn from_millis(ms: u64) -> Self {
        Self(ms)
    }

    /// Milliseconds after the clock's start.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// The time that has passed since `earlier`; zero if that lies ahead.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)))
    }
}

/// A moment on the wall clock: milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wall(u64);

impl Wall {
    /// `ms` milliseconds after the Unix epoch.
    #[must_use]
    pub const fn from_millis(ms: u64) -> Self {
        Self(ms)
    }

    /// Milliseconds after the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// The time from here until `later`; zero if that has passed.
    #[must_use]
    pub const fn until(self, later: Self) -> Duration {
        Duration::from_millis(later.0.saturating_sub(self.0))
    }
}

impl Add<Duration> for Wall {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)))
    }
}

/// One reading of both clocks. Waits are measured on the monotonic one; the
/// wall clock dates what people and servers are told.
#[derive(Clone, Copy, Debug, Default)]
pub struct Now {
    pub monotonic: Instant,
    pub wall: Wall,
}

/// A duration in milliseconds, at most `u64::MAX`.
#[must_use]
pub fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// One deadline for each key, the earliest first.
#[derive(Debug)]
pub struct Timers<K: Ord + Copy>(BTreeSet<(Instant, K)>);

impl<K: Ord + Copy> Default for Timers<K> {
    fn default() -> Self {
        Self(BTreeSet::new())
    }
}

impl<K: Ord + Copy> Timers<K> {
    /// Replaces the deadline `old` of `key` by `new`.
    pub fn replace(&mut self, key: K, old: Option<Instant>, new: Option<Instant>) {
        if old == new {
            return;
        }
        if let Some(old) = old {
            self.0.remove(&(old, key));
        }
        if let Some(new) = new {
            self.0.insert((new, key));
        }
    }

    /// The earliest deadline.
    #[must_use]
    pub fn next(&self) -> Option<Instant> {
        self.0.first().map(|&(at, _)| at)
    }

    /// A key whose deadline has come; its timer is gone.
    pub fn pop_due(&mut self, now: Instant) -> Option<K> {
        let &(at, key) = self.0.first()?;
        if at > now {
            return None;
        }
        self.0.pop_first();
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_come_in_order_and_only_when_due() {
        let at = Instant::from_millis;
        let mut timers = Timers::default();
        timers.replace('b', None, Some(at(20)));
        timers.replace('a', None, Some(at(10)));
        timers.replace('c', None, Some(at(5)));
        timers.replace('c', Some(at(5)), Some(at(30)));
        assert_eq!(timers.next(), Some(at(10)));
        assert_eq!(timers.pop_due(at(9)), None);
        assert_eq!(timers.pop_due(at(25)), Some('a'));
        assert_eq!(timers.pop_due(at(25)), Some('b'));
        assert_eq!(timers.pop_due(at(25)), None);
        timers.replace('c', Some(at(30)), None);
        assert_eq!(timers.next(), None);
    }

    #[test]
    fn clocks_do_not_overflow_or_run_backwards() {
        let late = Instant::from_millis(u64::MAX) + Duration::from_secs(1);
        assert_eq!(late.as_millis(), u64::MAX);
        assert_eq!(Instant::from_millis(1).since(late), Duration::ZERO);
        assert_eq!(
            Wall::from_millis(9).until(Wall::from_millis(3)),
            Duration::ZERO
        );
    }
}
