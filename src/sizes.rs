//! How large one endpoint's results are.
//!
//! By fetch that is bytes. EventSource and sockets hand over text, the length of which is known
//! in UTF-16 units: no more than its bytes, and as many for ASCII. On sockets and shared streams
//! it is the whole message, with the operation's name. A result that came in segments is not
//! counted: it says nothing about what gets through whole.

use crate::ceiling::Ceiling;
use crate::time::Instant;

/// Below this stands the first count, below four times as much each further one; the last has
/// no end.
const FIRST: usize = 256;
/// Counts of results by their size.
pub type Histogram = [u32; 10];

/// Why a result's size is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excess {
    /// It came, and is as large as was to be told.
    Large,
    /// It was larger than allowed, and was dropped.
    Dropped,
    /// It was arriving when the connection died, and so was one before it.
    Cut,
    /// It was never sent, but a backfill had it; and so it was with one before.
    Backfill,
}

impl Excess {
    /// The name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Large => "large",
            Self::Dropped => "dropped",
            Self::Cut => "cut",
            Self::Backfill => "backfill",
        }
    }
}

/// What one endpoint's results weigh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Of all together.
    pub bytes: u64,
    /// How many were smaller than 256 bytes, than 1 KiB, and so on by fours; the last count is
    /// of those of 16 MiB and more.
    pub histogram: Histogram,
    /// As much of a result had come when a connection died in the middle of one, the last time;
    /// by fetch only; 0 if none did.
    pub unfinished: usize,
    pub ceiling: Ceiling,
}

impl Sizes {
    /// A result has come whole.
    pub fn came(&mut self, now: Instant, bytes: usize) {
        self.bytes += bytes as u64;
        let bits = usize::BITS - (bytes / FIRST).leading_zeros();
        let last = self.histogram.len() - 1;
        if let Some(count) = self
            .histogram
            .get_mut((bits.div_ceil(2) as usize).min(last))
        {
            *count = count.saturating_add(1);
        }
        self.ceiling.came(now, bytes);
    }

    /// How many results have come.
    #[must_use]
    pub fn results(&self) -> u64 {
        self.histogram.iter().map(|&count| u64::from(count)).sum()
    }
}
