//! A budget for attempts, shared by all operations of a client: fifty subscriptions that
//! lose their server do not make fifty storms.

use crate::time::{Instant, Span};

/// How many attempts may be made, beside first ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Allowance {
    /// At once.
    pub capacity: u32,
    /// On and on; over 0.
    pub per_second: f64,
}

impl Default for Allowance {
    /// 10 at once, then one a second.
    fn default() -> Self {
        Self {
            capacity: 10,
            per_second: 1.0,
        }
    }
}

/// A token bucket that lends: whoever comes when it is empty is told when to go, and the
/// next one goes after that. So each asks once, however many they are.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    allowance: Allowance,
    /// Tokens at `counted`; below 0 they are lent.
    tokens: f64,
    counted: Instant,
}

impl Budget {
    /// A full one.
    #[must_use]
    pub fn new(allowance: Allowance) -> Self {
        Self {
            allowance,
            tokens: f64::from(allowance.capacity),
            counted: Instant::default(),
        }
    }

    /// Takes a token for one attempt; when that attempt may begin.
    pub fn take(&mut self, now: Instant) -> Instant {
        let passed = now.since(self.counted).as_millis() as f64 / 1000.0;
        let filled = self.tokens + passed * self.allowance.per_second;
        self.tokens = filled.min(f64::from(self.allowance.capacity)) - 1.0;
        self.counted = now;
        if self.tokens >= 0.0 {
            return now;
        }
        // Rounded down it might come a fraction early.
        let wait = -self.tokens / self.allowance.per_second * 1000.0;
        now + Span::from_millis(wait as u64 + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: fn(u64) -> Instant = Instant::from_millis;

    #[test]
    fn what_is_there_goes_at_once_and_the_rest_one_by_one() {
        let mut budget = Budget::new(Allowance::default());
        let start = AT(1_000);
        let starts: Vec<u64> = (0..13).map(|_| budget.take(start).as_millis()).collect();
        assert!(starts[..10].iter().all(|&at| at == 1_000));
        assert_eq!(starts[10..], [2_001, 3_001, 4_001]);
    }

    #[test]
    fn it_fills_up_to_its_capacity_and_no_further() {
        let mut budget = Budget::new(Allowance {
            capacity: 2,
            per_second: 0.5,
        });
        let year = 31_536_000_000;
        let starts: Vec<u64> = (0..4).map(|_| budget.take(AT(year)).as_millis()).collect();
        assert_eq!(starts, [year, year, year + 2_001, year + 4_001]);
        assert_eq!(budget.take(AT(year + 6_000)).as_millis(), year + 6_000);
    }

    #[test]
    fn never_more_than_it_allows_in_any_stretch() {
        let mut budget = Budget::new(Allowance {
            capacity: 3,
            per_second: 2.0,
        });
        let starts: Vec<u64> = (0..200)
            .map(|n| budget.take(AT(n * 137)).as_millis())
            .collect();
        for (first, &from) in starts.iter().enumerate() {
            for (last, &to) in starts.iter().enumerate().skip(first) {
                let allowed = 3.0 + 2.0 * (to - from) as f64 / 1000.0;
                let made = (last - first + 1) as f64;
                assert!(made <= allowed + 0.01, "{made} from {from} to {to}");
            }
        }
    }
}
