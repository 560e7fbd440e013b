//! What an application says about its results.

use alloc::string::String;
use core::time::Duration;

/// What an application says about its results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Can results be told apart by a key? Without one nothing is healed.
    pub has_key: bool,
    /// As many keys are remembered, one at least.
    pub remember: usize,
    /// The key of the newest result that the application had before: what came between it
    /// and the stream is the first gap.
    pub start_after: Option<String>,
    /// Can the application be asked for what was missed?
    pub backfill: bool,
    /// One round may take this long.
    pub backfill_timeout: Duration,
    /// No more results wait than this.
    pub max_waiting: usize,
    /// A connection that is live is taken for subscribed after this time; and what an audit
    /// misses gets as long to arrive.
    pub settle: Duration,
    /// The time between audits.
    pub audit: Option<Duration>,
    /// Are results numbered, one by one?
    pub sequence: bool,
    /// A result waits this long for those with lower numbers.
    pub reorder: Duration,
}

impl Default for Settings {
    /// No key. 1024 keys remembered, 10 s for a round, 1000 results waiting, 2 s to settle,
    /// no audits, no numbers, 1 s for reordering.
    fn default() -> Self {
        Self {
            has_key: false,
            remember: 1024,
            start_after: None,
            backfill: false,
            backfill_timeout: Duration::from_secs(10),
            max_waiting: 1000,
            settle: Duration::from_secs(2),
            audit: None,
            sequence: false,
            reorder: Duration::from_secs(1),
        }
    }
}
