//! A stretch without a connection that lasts, and what is wrong with one.

use std::fmt;

/// How long an operation was without a connection that lasts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stretch {
    pub since: u64,
    /// How much of it is charged.
    pub ms: u64,
    /// It has left a sound rung for this, so that the next was to take it at once.
    pub left: bool,
    pub bound: u64,
}

impl Stretch {
    pub fn ratio(&self) -> f64 {
        self.ms as f64 / self.bound.max(1) as f64
    }

    pub const fn is_too_long(&self) -> bool {
        self.ms > self.bound
    }
}

/// Results do not keep coming.
#[derive(Clone, Debug)]
pub enum Lapse {
    /// The operation was ended, with this error.
    Ended(String),
    /// The way to a sound rung is too long.
    Late(Stretch),
    /// A sound rung was left, and another was not there at once.
    Left(Stretch),
}

impl Lapse {
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Ended(_) => "ended",
            Self::Late(_) => "late",
            Self::Left(_) => "left a sound rung",
        }
    }
}

impl fmt::Display for Lapse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        match self {
            Self::Ended(error) => write!(f, "not well in time: {name}, with {error:?}"),
            Self::Late(it) | Self::Left(it) => {
                let Stretch { since, bound, .. } = it;
                write!(
                    f,
                    "not well in time: {name}, for over {bound} ms from {since} on"
                )
            }
        }
    }
}
