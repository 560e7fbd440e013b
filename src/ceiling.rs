//! The size above which an endpoint is suspected to lose results.
//!
//! A server that dies on large results never sends one, so that nothing on the stream tells how
//! large it was. What tells is the backfill: what was lost comes first in it. So a **loss** is
//! either an unfinished result that was arriving when the connection died, or the first one that
//! a gap's backfill brought, if it is larger than all that ever came whole. One is chance; a
//! second one that began when the first was known is a ceiling.
//!
//! It is forgotten when something larger comes whole, or after a while without another loss.

use crate::time::{Instant, Now, Span, Wall};

/// What is smaller is no large result, whatever else came.
const FLOOR: usize = 1 << 10;
/// The second loss comes within this time.
const WINDOW: Span = Span::from_secs(5 * 60);
/// So long after the last loss it is forgotten.
const LASTS: Span = Span::from_secs(30 * 60);
/// Smaller segments are not asked for.
const LEAST_SEGMENT: usize = 256;

/// What is known of one endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ceiling {
    /// The largest result that came whole.
    largest: usize,
    /// So many were lost: what follows is about them, until it is forgotten.
    losses: u32,
    /// The smallest of them.
    smallest: usize,
    /// When the last one was found.
    known: Option<Wall>,
    until: Option<Instant>,
}

impl Ceiling {
    /// The largest result that came whole, in bytes.
    #[must_use]
    pub const fn largest(&self) -> usize {
        self.largest
    }

    /// Results of so many bytes are suspected to be lost.
    #[must_use]
    pub fn bytes(&self) -> Option<usize> {
        (self.losses > 1).then_some(self.smallest)
    }

    /// Segments of so many bytes may pass: a quarter less, and half of that with each further
    /// loss, since what passes may be far below what was lost. Without a ceiling any may.
    #[must_use]
    pub fn segment_bytes(&self, now: Instant) -> usize {
        let is_over = self.until.is_none_or(|until| until <= now);
        if self.losses < 2 || is_over {
            return usize::MAX;
        }
        let halves = (self.losses - 2).min(usize::BITS - 1);
        ((self.smallest / 4 * 3) >> halves).max(LEAST_SEGMENT)
    }

    /// A result has come whole, on the stream.
    pub fn came(&mut self, now: Instant, bytes: usize) {
        self.largest = self.largest.max(bytes);
        if bytes > self.smallest {
            self.losses = 0;
        }
        self.forget(now);
    }

    /// A result of so many bytes, or more, was lost some time after `since`. How many losses are
    /// the endpoint's failures now: one alone is none.
    pub fn lost(&mut self, now: Now, bytes: usize, since: Wall) -> u32 {
        self.forget(now.monotonic);
        // Another operation's, on the same occasion, or the same in its backfill.
        let is_known = self.known.is_some_and(|known| since <= known);
        if bytes < FLOOR || bytes <= self.largest || is_known {
            return 0;
        }
        self.losses = self.losses.saturating_add(1);
        self.known = Some(now.wall);
        let (lasts, failures) = match self.losses {
            1 => (WINDOW, 0),
            2 => (LASTS, 2),
            _ => (LASTS, 1),
        };
        self.until = Some(now.monotonic + lasts);
        if self.losses == 1 || bytes < self.smallest {
            self.smallest = bytes;
        }
        failures
    }

    fn forget(&mut self, now: Instant) {
        if self.until.is_some_and(|until| until <= now) {
            self.losses = 0;
        }
    }
}
