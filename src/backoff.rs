//! How long to wait before trying again.

use crate::time::Span;

/// The longest wait that a server may ask for, by `Retry-After` or `retry:`.
pub const MAX_FLOOR: Span = Span::from_secs(600);

/// Exponential backoff with full jitter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backoff {
    /// The longest wait before the first retry.
    pub initial: Span,
    /// The longest wait of all, jitter included.
    pub max: Span,
    /// How much longer each wait may be than the one before.
    pub factor: f64,
}

impl Default for Backoff {
    /// 500 ms, doubling up to 30 s.
    fn default() -> Self {
        Self {
            initial: Span::from_millis(500),
            max: Span::from_secs(30),
            factor: 2.0,
        }
    }
}

impl Backoff {
    /// The wait before retry number `retries` (from 0); `random` is in `0.0..1.0`.
    ///
    /// `floor` is what the server asked for: it is honoured up to [`MAX_FLOOR`],
    /// and the jitter comes on top, lest all clients return in the same moment.
    #[must_use]
    pub fn delay(&self, retries: u32, floor: Span, random: f64) -> Span {
        // Jitter after the cap: the other way round, every late client waits exactly `max`.
        let jittered = self.ceiling_ms(retries) * random.clamp(0.0, 1.0);
        floor.min(MAX_FLOOR) + Span::from_millis(jittered as u64)
    }

    fn ceiling_ms(&self, retries: u32) -> f64 {
        let max = self.max.as_millis() as f64;
        let mut ceiling = self.initial.as_millis() as f64;
        for _ in 0..retries {
            if ceiling >= max || self.factor <= 1.0 {
                break;
            }
            ceiling *= self.factor;
        }
        ceiling.min(max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Span = Span::from_millis;

    #[test]
    fn grows_by_the_factor_up_to_the_cap() {
        let backoff = Backoff::default();
        let ceilings: Vec<Span> = (0..9).map(|n| backoff.delay(n, Span::ZERO, 1.0)).collect();
        let expected = [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000];
        assert_eq!(ceilings, expected.map(MS));
        assert_eq!(backoff.delay(u32::MAX, Span::ZERO, 1.0), MS(30_000));
    }

    #[test]
    fn full_jitter_spreads_over_the_whole_range_at_the_cap_too() {
        let backoff = Backoff::default();
        assert_eq!(backoff.delay(40, Span::ZERO, 0.0), MS(0));
        assert_eq!(backoff.delay(40, Span::ZERO, 0.5), MS(15_000));
    }

    #[test]
    fn the_servers_wish_is_a_floor_with_jitter_on_top_and_a_limit() {
        let backoff = Backoff::default();
        assert_eq!(backoff.delay(0, MS(3000), 0.0), MS(3000));
        assert_eq!(backoff.delay(0, MS(3000), 0.5), MS(3250));
        assert_eq!(backoff.delay(0, MS(86_400_000), 0.0), MAX_FLOOR);
    }

    #[test]
    fn a_factor_of_one_stays_where_it_is() {
        let backoff = Backoff {
            factor: 1.0,
            ..Backoff::default()
        };
        assert_eq!(backoff.delay(1_000_000_000, Span::ZERO, 1.0), MS(500));
    }
}
