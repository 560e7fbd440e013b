//! The phases of an operation's life and the steps between them: a table.

/// The phases of an operation, without their data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Idle,
    Connecting,
    Live,
    Waiting,
    Suspended,
    Done,
}

/// What can happen to an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It begins.
    Start,
    /// The stream is open.
    Open,
    /// An attempt failed, or a live stream was cut, and another may follow.
    Fail,
    /// This transport did not work, and the next is tried at once.
    FallBack,
    /// The credentials were refused, and it is tried at once with others.
    Renew,
    /// Not before the next token of the budget, or before the server wants it.
    Hold,
    /// No breaker lets an attempt through.
    Suspend,
    /// The wait is over.
    Due,
    /// The application wants a fresh connection.
    Replace,
    /// The fresh connection was opened before the old one was closed.
    Overtake,
    /// Complete, failed for good, or disposed of.
    End,
}

/// The transition table; `None`: that cannot happen there. ARCHITECTURE.md draws it.
#[must_use]
pub const fn transition(phase: Phase, step: Step) -> Option<Phase> {
    match (phase, step) {
        (Phase::Idle, Step::Start)
        | (Phase::Connecting | Phase::Live, Step::FallBack)
        | (Phase::Connecting, Step::Renew)
        | (Phase::Waiting | Phase::Suspended, Step::Due)
        | (Phase::Connecting | Phase::Live | Phase::Waiting | Phase::Suspended, Step::Replace) => {
            Some(Phase::Connecting)
        }
        (Phase::Connecting, Step::Open) | (Phase::Live, Step::Overtake) => Some(Phase::Live),
        (Phase::Connecting | Phase::Live, Step::Fail)
        | (
            Phase::Idle | Phase::Connecting | Phase::Live | Phase::Waiting | Phase::Suspended,
            Step::Hold,
        ) => Some(Phase::Waiting),
        (
            Phase::Idle | Phase::Connecting | Phase::Live | Phase::Waiting | Phase::Suspended,
            Step::Suspend,
        ) => Some(Phase::Suspended),
        (
            Phase::Idle | Phase::Connecting | Phase::Live | Phase::Waiting | Phase::Suspended,
            Step::End,
        ) => Some(Phase::Done),
        (
            Phase::Idle,
            Step::Open
            | Step::Fail
            | Step::FallBack
            | Step::Renew
            | Step::Due
            | Step::Replace
            | Step::Overtake,
        )
        | (Phase::Connecting, Step::Start | Step::Due | Step::Overtake)
        | (Phase::Live, Step::Start | Step::Open | Step::Renew | Step::Due)
        | (
            Phase::Waiting | Phase::Suspended,
            Step::Start | Step::Open | Step::Fail | Step::FallBack | Step::Renew | Step::Overtake,
        )
        | (
            Phase::Done,
            Step::Start
            | Step::Open
            | Step::Fail
            | Step::FallBack
            | Step::Renew
            | Step::Hold
            | Step::Suspend
            | Step::Due
            | Step::Replace
            | Step::Overtake
            | Step::End,
        ) => None,
    }
}
