//! The reserved stream that operations may share: graphql-sse's single connection mode.
//!
//! It is an operation of its own, which nobody subscribed to: breaker, backoff, watchdog and
//! credentials hold for it as for any other. Operations ride on it: each is sent by a request
//! of its own, and its results come on the stream under its name.

use alloc::boxed::Box;

use crate::error::Error;
use crate::io::{Attempt, OpId};
use crate::time::{Instant, Span, Wall};

/// As many reservations in a row that the server does not know a moment later mean that
/// another server answers: a load balancer stands before them.
const LOSSES: u32 = 2;

/// Do operations share a reserved stream?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sharing {
    #[default]
    Never,
    Always,
    /// Those for which there is no room for a stream of their own.
    WhenCrowded,
}

/// How the stream is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    pub sharing: Sharing,
    /// Is it opened only for an operation, and closed so long after the last one?
    pub lazy: Option<Span>,
}

/// How the stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// There is none.
    Closed,
    Opening,
    /// Operations can be sent; with its attempt.
    Ready(Attempt),
    /// The last one failed, and another follows.
    Down,
}

/// What it is to a client.
pub struct Reservation<P> {
    terms: Terms,
    pub(crate) op: Option<OpId>,
    pub(crate) line: Line,
    /// An operation wants it, and there is none.
    pub(crate) is_wanted: bool,
    /// An operation has left it since this was last looked at.
    pub(crate) was_left: bool,
    /// Closed then, if nobody rides on it.
    pub(crate) idle_until: Option<Instant>,
    /// The server does not know it any more.
    pub(crate) is_lost: bool,
    /// Something is to ride on it that does not wait for the page.
    pub(crate) is_urgent: bool,
    /// The browser has no room for it.
    pub(crate) is_crowded: bool,
    /// Somebody who rides on it has heard nothing since then, and should have.
    pub(crate) doubted: Option<Wall>,
    /// Why it was lost or has ended, and whether it had gone silent.
    pub(crate) trouble: Option<Box<Error<P>>>,
    pub(crate) was_silent: bool,
    losses: u32,
    is_broken: bool,
}

impl<P> Reservation<P> {
    #[must_use]
    pub const fn new(terms: Terms) -> Self {
        Self {
            terms,
            op: None,
            line: Line::Closed,
            is_wanted: false,
            was_left: false,
            idle_until: None,
            is_lost: false,
            is_urgent: false,
            is_crowded: false,
            doubted: None,
            trouble: None,
            was_silent: false,
            losses: 0,
            is_broken: false,
        }
    }

    #[must_use]
    pub const fn terms(&self) -> Terms {
        self.terms
    }

    /// Does an operation ride on it? `is_crowded`: there is no room for a stream of its own.
    #[must_use]
    pub fn takes(&self, is_crowded: bool) -> bool {
        !self.is_broken
            && match self.terms.sharing {
                Sharing::Never => false,
                Sharing::Always => true,
                Sharing::WhenCrowded => is_crowded,
            }
    }

    /// The server did not know it. `true`: nor the one before, and that is enough.
    pub const fn lose(&mut self) -> bool {
        self.losses = self.losses.saturating_add(1);
        self.losses >= LOSSES
    }

    /// It has been open for long enough: this server knows its reservations.
    pub const fn prove(&mut self) {
        self.losses = 0;
    }

    /// Nobody rides on it any more.
    pub const fn give_up(&mut self) {
        self.is_broken = true;
    }

    /// Is it there, or does an operation open it that has paid? Then the others ride along.
    #[must_use]
    pub const fn is_paid_for(&self) -> bool {
        self.op.is_some() || self.is_wanted
    }

    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.line, Line::Ready(_))
    }

    /// Can operations be sent?
    #[must_use]
    pub const fn is_ready(&self) -> bool {
        self.is_open() && !self.is_lost
    }
}
