//! What the application is told.

use alloc::boxed::Box;

use super::{Attempt, OpId};
use crate::breaker::Position;
use crate::config::Transport;
use crate::continuity::{Ask, GapReport};
use crate::error::Error;
use crate::sizes::Excess;
use crate::time::{Span, Wall};
use crate::watchdog::Judgement;

/// Something for the application.
#[derive(Debug, PartialEq)]
pub enum Delivery<P> {
    /// A result.
    Next { op: OpId, result: P },
    /// Results that came together, as a list; some of its places may have been left empty.
    Results { op: OpId, results: P },
    /// The operation is complete; it is gone.
    Complete { op: OpId },
    /// The operation has failed; it is gone. The response of `response`'s attempt,
    /// left open, goes with it.
    Error {
        op: OpId,
        error: Box<Error<P>>,
        response: Option<Attempt>,
    },
    /// The operation ends with what a function of the application threw.
    Thrown { op: OpId, value: P },
    /// Run the application's backfill.
    Backfill { op: OpId, ask: Ask },
    /// Have the application fetch the whole of a notification. Without one: the answer of this
    /// ticket is of no more use.
    Hydrate {
        op: OpId,
        ticket: u32,
        notification: Option<P>,
    },
    /// Tell whoever listens.
    Notice { op: OpId, notice: Notice<P> },
    /// The client's state has changed.
    State { state: State, previous: State },
    /// A breaker has moved.
    Breaker {
        transport: Transport,
        position: Position,
        previous: Position,
        /// When it is tried again, if it is open and a time is set.
        until: Option<Wall>,
        /// How often it has opened since it was last closed.
        openings: u32,
    },
}

/// News of an operation for those who listen.
#[derive(Debug, PartialEq)]
pub enum Notice<P> {
    Connecting {
        again: bool,
    },
    Connected {
        again: bool,
        transport: Transport,
        attempt: u32,
    },
    Retry {
        retries: u32,
        /// `None`: the application's `retry` function decides.
        delay: Option<Span>,
        error: Box<Error<P>>,
    },
    Gap {
        report: GapReport,
        /// Why the backfill failed, or the last try to hydrate, if it did.
        error: Option<Box<Error<P>>>,
    },
    /// There is no room for a stream of its own, or no reserved stream.
    Limit(Limit),
    /// What is thought of a silent connection; nothing was heard since then.
    Stall {
        judgement: Judgement,
        since: Wall,
    },
    /// A result is large, or was dropped or lost for that.
    Oversize {
        transport: Transport,
        excess: Excess,
        /// What is known of its size: it may have been larger, unless it came.
        bytes: usize,
        /// Results of so many bytes are suspected to be lost there.
        ceiling: Option<usize>,
    },
    State(State),
}

/// What an operation does that is not given a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// It waits for one.
    Waits,
    /// It shares the reserved stream.
    Shares,
    /// It takes the socket instead.
    FallsBack,
    /// It takes one of its own: the server forgets its reservations, as behind a load balancer.
    Parts,
}

/// Why results may have been missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GapReason {
    /// Between what the application had before and the stream.
    Initial,
    /// The connection was lost or replaced.
    Reconnect,
    /// The connection was silent, and was replaced.
    Stalled,
    /// A result could not be understood.
    Malformed,
    /// A result was too large.
    Oversize,
    /// A result that came in segments did not come whole.
    Segment,
    /// The whole of a result could not be fetched.
    Hydrate,
    /// More results waited for a backfill, or to be hydrated, than may.
    Overflow,
    /// A number is missing.
    Hole,
    /// An audit found what had not come.
    Audit,
}

impl GapReason {
    /// Every reason, for the documents' table and its test.
    pub const ALL: [Self; 10] = [
        Self::Initial,
        Self::Reconnect,
        Self::Stalled,
        Self::Malformed,
        Self::Oversize,
        Self::Segment,
        Self::Hydrate,
        Self::Overflow,
        Self::Hole,
        Self::Audit,
    ];

    /// The reason's name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::Reconnect => "reconnect",
            Self::Stalled => "stalled",
            Self::Malformed => "malformed",
            Self::Oversize => "oversize",
            Self::Segment => "segment",
            Self::Hydrate => "hydrate",
            Self::Overflow => "overflow",
            Self::Hole => "hole",
            Self::Audit => "audit",
        }
    }
}

/// Where an operation or a client stands, the least healthy last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Idle,
    Live,
    /// Live, and silent for longer than usual.
    Suspect,
    Connecting,
    Waiting,
    /// No breaker lets an attempt through.
    Suspended,
    /// There is no network: there is an attempt a minute, should that be wrong.
    Offline,
    /// Nobody looks at the page: there is an attempt a minute, or none.
    Hidden,
    Closed,
}

impl State {
    /// Every state, for the documents' table and its test.
    pub const ALL: [Self; 9] = [
        Self::Idle,
        Self::Live,
        Self::Suspect,
        Self::Connecting,
        Self::Waiting,
        Self::Suspended,
        Self::Offline,
        Self::Hidden,
        Self::Closed,
    ];

    /// The state's name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Live => "live",
            Self::Suspect => "suspect",
            Self::Connecting => "connecting",
            Self::Waiting => "waiting",
            Self::Suspended => "suspended",
            Self::Offline => "offline",
            Self::Hidden => "hidden",
            Self::Closed => "closed",
        }
    }
}
