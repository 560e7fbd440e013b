//! What each profile does: to what is open, to requests, and to what opens.

use std::num::NonZeroU32;
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode};

use crate::course::Throw;
use crate::dismissal::Dismissal;
use crate::profile::Profile;
use crate::streams::Blow;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effect {
    /// Befalls everything that is open, as soon as it is ordered.
    pub at_once: Option<Blow>,
    pub door: Door,
    pub opening: Opening,
    pub results: Results,
    pub pace: Pace,
    /// `messages` begins with so many of the last ones.
    pub replay: Option<NonZeroU32>,
    /// The event of the next message sent is to be cut.
    pub cuts_message: bool,
    pub slices: Slices,
    /// Sockets are closed so.
    pub dismissal: Option<Dismissal>,
    /// The operation that `results` and `dismissal` are about, by its name; none: all.
    pub operation: Option<String>,
}

/// What a request meets.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Door {
    #[default]
    Open,
    Refuse {
        status: StatusCode,
        retry_after: Option<HeaderValue>,
    },
    Portal,
    /// It gets this answer, whatever it asked for.
    Other {
        status: StatusCode,
        content_type: HeaderValue,
        body: String,
    },
    /// It gets no answer until the order is replaced.
    Hang,
    /// It gets its answer when the order is replaced.
    Hold,
    /// One that names a reserved stream has come to another server.
    Elsewhere,
    /// One for a stream must show the current token.
    Token,
    /// Every request's connection breaks.
    Down,
}

/// What awaits a stream or a socket that opens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Opening {
    #[default]
    Normal,
    /// It opens, and says no more: at once, or after so long.
    Stall(Option<Duration>),
    /// Nothing follows the head until there is a result; on a socket, nothing at all.
    HeadOnly,
    /// Not even the head comes before the first batch of results.
    HeldHead,
    Flap(Flap),
}

/// When something that opens breaks again: whichever comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flap {
    pub results: Option<NonZeroU32>,
    pub ms: Option<NonZeroU32>,
    /// The `retry:` that a stream begins with, in milliseconds.
    pub retry: Option<u32>,
}

/// What happens to the results of operations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Results {
    #[default]
    Flow,
    Lost,
    /// Two by two.
    Swapped,
    /// All but one of so many come through.
    Thinned(NonZeroU32),
    /// An event of more bytes than this is its stream's undoing.
    Limited(NonZeroU32),
    /// So many come, and in place of the next one their resolver fails.
    Thrown {
        after: u32,
        how: Throw,
    },
}

/// What happens to a result that is sent in slices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Slices {
    #[default]
    Whole,
    /// One is left out.
    Lost,
    /// Two change places.
    Swapped,
    /// One comes twice.
    Twice,
    /// A byte of one is another.
    Damaged,
    /// The last one never comes.
    Stuck,
}

/// How bytes are passed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    #[default]
    AtOnce,
    /// So many bytes a second.
    Drip(NonZeroU32),
    /// So many at once.
    Batch(NonZeroU32),
}

impl Effect {
    pub fn of(profile: &Profile) -> Self {
        let mut effect = Self {
            door: Door::of(profile),
            ..Self::default()
        };
        match *profile {
            Profile::None {}
            | Profile::Status { .. }
            | Profile::Status401 { .. }
            | Profile::Status429 { .. }
            | Profile::Status503 { .. }
            | Profile::Portal {}
            | Profile::NoStream { .. }
            | Profile::HalfOpen {}
            | Profile::Hold {}
            | Profile::Balancer {}
            | Profile::Script(_) => {}
            Profile::Cut { on_next: true } => effect.cuts_message = true,
            Profile::Cut { on_next: false } => effect.at_once = Some(Blow::Cut),
            Profile::CleanEnd {} => effect.at_once = Some(Blow::End),
            Profile::Stall { ms } => {
                effect.at_once = Some(Blow::Mute);
                let after = ms.map(|ms| Duration::from_millis(ms.get().into()));
                effect.opening = Opening::Stall(after);
            }
            Profile::StallSource {} => effect.results = Results::Lost,
            Profile::HeadersOnly {} => effect.opening = Opening::HeadOnly,
            Profile::Flap {
                events,
                ms,
                retry_ms,
            } => effect.opening = Opening::Flap(Flap::of(events, ms, retry_ms)),
            Profile::Slow { bytes_per_second } => effect.pace = Pace::Drip(bytes_per_second),
            Profile::Buffer { bytes, head } => {
                effect.pace = Pace::Batch(bytes);
                effect.opening = if head {
                    Opening::HeldHead
                } else {
                    Opening::Normal
                };
            }
            Profile::Throws {
                ref operation,
                events: after,
                how,
            } => {
                effect.results = Results::Thrown { after, how };
                effect.operation.clone_from(operation);
            }
            Profile::Closes {
                code,
                ref reason,
                when,
                ref operation,
            } => {
                effect.dismissal = Some(Dismissal::new(code, reason, when));
                effect.operation.clone_from(operation);
            }
            Profile::Replay { last } => effect.replay = Some(last),
            Profile::Reorder {} => effect.results = Results::Swapped,
            Profile::Drop { every } => effect.results = Results::Thinned(every),
            Profile::LargeCrash { bytes } => effect.results = Results::Limited(bytes),
            Profile::SegmentLost {} => effect.slices = Slices::Lost,
            Profile::SegmentSwapped {} => effect.slices = Slices::Swapped,
            Profile::SegmentTwice {} => effect.slices = Slices::Twice,
            Profile::SegmentDamaged {} => effect.slices = Slices::Damaged,
            Profile::SegmentStuck {} => effect.slices = Slices::Stuck,
            Profile::TokenExpires {} => effect.at_once = Some(Blow::Expel),
            Profile::WsDown {} | Profile::AllDown {} => effect.at_once = Some(Blow::Break),
        }
        effect
    }

    /// Whether what it says of one operation is about this one, by its name.
    pub fn means(&self, operation: Option<&str>) -> bool {
        self.operation.is_none() || self.operation.as_deref() == operation
    }
}

impl Door {
    fn of(profile: &Profile) -> Self {
        let refuse = |status, retry_after: &Option<HeaderValue>| Self::Refuse {
            status,
            retry_after: retry_after.clone(),
        };
        match profile {
            Profile::Status {
                status,
                retry_after,
            } => refuse(*status, retry_after),
            Profile::Status401 { retry_after } => refuse(StatusCode::UNAUTHORIZED, retry_after),
            Profile::Status429 { retry_after } => {
                refuse(StatusCode::TOO_MANY_REQUESTS, retry_after)
            }
            Profile::Status503 { retry_after } => {
                refuse(StatusCode::SERVICE_UNAVAILABLE, retry_after)
            }
            Profile::WsDown {} => refuse(StatusCode::SERVICE_UNAVAILABLE, &None),
            Profile::Portal {} => Self::Portal,
            Profile::NoStream {
                status,
                content_type,
                body,
            } => Self::Other {
                status: *status,
                content_type: content_type.clone(),
                body: body.clone(),
            },
            Profile::HalfOpen {} => Self::Hang,
            Profile::Hold {} => Self::Hold,
            Profile::Balancer {} => Self::Elsewhere,
            Profile::TokenExpires {} => Self::Token,
            Profile::AllDown {} => Self::Down,
            Profile::None {}
            | Profile::Cut { .. }
            | Profile::CleanEnd {}
            | Profile::Stall { .. }
            | Profile::StallSource {}
            | Profile::HeadersOnly {}
            | Profile::Flap { .. }
            | Profile::Slow { .. }
            | Profile::Buffer { .. }
            | Profile::Throws { .. }
            | Profile::Closes { .. }
            | Profile::Replay { .. }
            | Profile::Reorder {}
            | Profile::Drop { .. }
            | Profile::LargeCrash { .. }
            | Profile::SegmentLost {}
            | Profile::SegmentSwapped {}
            | Profile::SegmentTwice {}
            | Profile::SegmentDamaged {}
            | Profile::SegmentStuck {}
            | Profile::Script(_) => Self::Open,
        }
    }
}

impl Flap {
    /// After one result, if nothing else is said.
    fn of(results: Option<NonZeroU32>, ms: Option<NonZeroU32>, retry: Option<u32>) -> Self {
        let results = match (results, ms) {
            (None, None) => Some(NonZeroU32::MIN),
            (Some(_), _) | (None, Some(_)) => results,
        };
        Self { results, ms, retry }
    }
}
