//! When an operation that has fallen back tries a better transport again.

use crate::time::{Instant, Span};

/// The wait for the first try. It doubles with each one that was to no avail.
pub const FIRST: Span = Span::from_secs(60);
/// It doubles up to this.
pub const LONGEST: Span = Span::from_secs(30 * 60);

/// The next try, for all operations of a client.
#[derive(Debug)]
pub struct Forward {
    enabled: bool,
    wait: Span,
    at: Option<Instant>,
    /// When the last try began.
    tried: Instant,
}

impl Forward {
    #[must_use]
    pub fn new(enabled: bool) -> Self {
        Self {
            enabled,
            wait: FIRST,
            at: None,
            tried: Instant::default(),
        }
    }

    /// An operation lives on a transport that is not its best. `random` is at least 0 and
    /// less than 1: pages that fell back together do not come back together.
    pub fn arm(&mut self, now: Instant, random: f64) {
        if !self.enabled || self.at.is_some() {
            return;
        }
        // What was well for that long has not relapsed: it is another failure.
        if now.since(self.tried) > self.wait * 2 {
            self.wait = FIRST;
        }
        let jitter = Span::from_millis((self.wait.as_millis() as f64 * random / 10.0) as u64);
        self.at = Some(now + self.wait + jitter);
    }

    /// When the next try is due.
    #[must_use]
    pub const fn deadline(&self) -> Option<Instant> {
        self.at
    }

    /// Is one due? Then it is taken for begun.
    pub fn take_due(&mut self, now: Instant) -> bool {
        let due = self.at.is_some_and(|at| at <= now);
        if due {
            self.at = None;
            self.tried = now;
            self.wait = (self.wait * 2).min(LONGEST);
        }
        due
    }

    /// Nobody lives on any transport: there is nobody to fall forward.
    pub const fn disarm(&mut self) {
        self.at = None;
    }

    /// Not before this, after all.
    pub const fn postpone(&mut self, at: Instant) {
        self.at = Some(at);
    }
}
