//! How fast bytes drip: in small pieces, so that even a short event takes its time.

use std::num::NonZeroU32;
use std::time::Duration;

/// So many pieces fall in a second, if the rate has bytes enough for them.
const PIECES_PER_SECOND: u32 = 20;

/// The bytes of one piece.
pub fn piece(bytes_per_second: NonZeroU32) -> usize {
    usize::try_from(bytes(bytes_per_second)).unwrap_or(usize::MAX)
}

/// How long it is from one piece to the next.
pub fn pause(bytes_per_second: NonZeroU32) -> Duration {
    Duration::from_secs(1) * bytes(bytes_per_second) / bytes_per_second.get()
}

fn bytes(bytes_per_second: NonZeroU32) -> u32 {
    (bytes_per_second.get() / PIECES_PER_SECOND).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_and_pauses_make_the_rate() {
        for (rate, bytes, ms) in [(1, 1, 1000), (25, 1, 40), (60, 3, 50), (1020, 51, 50)] {
            let rate = NonZeroU32::new(rate).unwrap();
            assert_eq!(
                (piece(rate), pause(rate)),
                (bytes, Duration::from_millis(ms))
            );
        }
    }
}
