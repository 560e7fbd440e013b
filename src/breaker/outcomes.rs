//! The last outcomes of a breaker's attempts: how many were failures.

use alloc::collections::VecDeque;

use super::{Limits, MAX_WINDOW, Ticket};
use crate::time::{Instant, Span};

/// What is older says nothing about the endpoint as it is now.
const REMEMBERED: Span = Span::from_secs(10 * 60);

#[derive(Clone, Copy, Debug)]
struct Outcome {
    ticket: Ticket,
    at: Instant,
    failed: bool,
}

/// The newest last, and as many as a breaker's window has.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcomes(VecDeque<Outcome>);

impl Outcomes {
    pub const fn none() -> Self {
        Self(VecDeque::new())
    }

    pub fn push(&mut self, ticket: Ticket, failed: bool, now: Instant, window: u32) {
        let window = window.clamp(1, MAX_WINDOW) as usize;
        while self.0.len() >= window {
            self.0.pop_front();
        }
        let at = now;
        self.0.push_back(Outcome { ticket, at, failed });
    }

    /// An attempt's outcome is not what it seemed.
    pub fn take_back(&mut self, ticket: Ticket) {
        self.0.retain(|outcome| outcome.ticket != ticket);
    }

    /// Do they open the breaker?
    pub fn open(&self, limits: &Limits, now: Instant) -> bool {
        let fresh = || self.0.iter().filter(|it| now.since(it.at) <= REMEMBERED);
        let count = fresh().count();
        let failures = fresh().filter(|it| it.failed).count();
        count >= limits.min_calls as usize && failures as f64 >= limits.failure_rate * count as f64
    }
}
