//! What an application says about its results.

use crate::config::Refusal;
use crate::time::Span;
use alloc::string::String;

/// What tells a result from others, on whatever connection it comes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Key {
    /// What stands there: fields under `data`, with dots between.
    Path(String),
    /// What the application's function of this number says.
    Function(u32),
}

/// What an application says about its results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// What tells results apart. Without it nothing is healed.
    pub key: Option<Key>,
    /// As many keys are remembered, one at least.
    pub remember: usize,
    /// The key of the newest result that the application had before: what came between it
    /// and the stream is the first gap.
    pub start_after: Option<String>,
    /// Can the application be asked for what was missed?
    pub backfill: bool,
    /// One round, or one try to hydrate, may take this long.
    pub backfill_timeout: Span,
    /// No more results wait than this, for a backfill or to be hydrated.
    pub max_waiting: usize,
    /// A connection that is live is taken for subscribed after this time; and what an audit
    /// misses gets as long to arrive.
    pub settle: Span,
    /// The time between audits.
    pub audit: Option<Span>,
    /// Where the numbers are of results that are numbered one by one: fields under `data`,
    /// with dots between.
    pub sequence: Option<String>,
    /// A result waits this long for those with lower numbers.
    pub reorder: Span,
    /// Are results notifications, of which the application fetches the whole?
    pub hydrate: bool,
}

impl Settings {
    /// Checks them against each other.
    ///
    /// # Errors
    /// A [`Refusal`] names the first that cannot be honoured.
    pub fn check(&self) -> Result<(), Refusal> {
        match self.wrong() {
            Some((option, why)) => Err(Refusal::new(option, why)),
            None => Ok(()),
        }
    }

    const fn wrong(&self) -> Option<(&'static str, &'static str)> {
        if self.remember == 0 {
            Some(("continuity.remember", "must be 1 or more"))
        } else if self.max_waiting == 0 {
            Some(("continuity.maxWaiting", "must be 1 or more"))
        } else if self.backfill && self.key.is_none() {
            Some((
                "continuity.backfill",
                "needs continuity.key, or what it brings could come twice",
            ))
        } else if self.start_after.is_some() && !self.backfill {
            Some(("continuity.startAfter", "needs continuity.backfill"))
        } else if self.audit.is_some() && !self.backfill {
            Some(("continuity.auditMs", "needs continuity.backfill"))
        } else if matches!(self.audit, Some(Span::ZERO)) {
            Some(("continuity.auditMs", "must be over 0"))
        } else if self.backfill_timeout.is_zero() {
            Some(("continuity.backfillTimeoutMs", "must be over 0"))
        } else {
            None
        }
    }
}

impl Default for Settings {
    /// No key. 1024 keys remembered, 10 s for a round, 1000 results waiting, 2 s to settle,
    /// no audits, no numbers, 1 s for reordering,
    /// results that are whole.
    fn default() -> Self {
        Self {
            key: None,
            remember: 1024,
            start_after: None,
            backfill: false,
            backfill_timeout: Span::from_secs(10),
            max_waiting: 1000,
            settle: Span::from_secs(2),
            audit: None,
            sequence: None,
            reorder: Span::from_secs(1),
            hydrate: false,
        }
    }
}
