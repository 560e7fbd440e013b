//! What each profile does: to what is open, to requests, and to what opens.

use std::num::NonZeroU32;

use axum::http::{HeaderValue, StatusCode};

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
    /// It opens, and says no more.
    Stall,
    /// Nothing follows the head until there is a result; on a socket, nothing at all.
    HeadOnly,
    Flap(Flap),
}

/// When something that opens breaks again: whichever comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flap {
    pub results: Option<NonZeroU32>,
    pub ms: Option<NonZeroU32>,
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
            | Profile::HalfOpen {}
            | Profile::Hold {}
            | Profile::Balancer {}
            | Profile::Script(_) => {}
            Profile::Cut { on_next: true } => effect.cuts_message = true,
            Profile::Cut { on_next: false } => effect.at_once = Some(Blow::Cut),
            Profile::CleanEnd {} => effect.at_once = Some(Blow::End),
            Profile::Stall {} => {
                effect.at_once = Some(Blow::Mute);
                effect.opening = Opening::Stall;
            }
            Profile::StallSource {} => effect.results = Results::Lost,
            Profile::HeadersOnly {} => effect.opening = Opening::HeadOnly,
            Profile::Flap { events, ms } => effect.opening = Opening::Flap(Flap::of(events, ms)),
            Profile::Slow { bytes_per_second } => effect.pace = Pace::Drip(bytes_per_second),
            Profile::Buffer { bytes } => effect.pace = Pace::Batch(bytes),
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
            Profile::HalfOpen {} => Self::Hang,
            Profile::Hold {} => Self::Hold,
            Profile::Balancer {} => Self::Elsewhere,
            Profile::TokenExpires {} => Self::Token,
            Profile::AllDown {} => Self::Down,
            Profile::None {}
            | Profile::Cut { .. }
            | Profile::CleanEnd {}
            | Profile::Stall {}
            | Profile::StallSource {}
            | Profile::HeadersOnly {}
            | Profile::Flap { .. }
            | Profile::Slow { .. }
            | Profile::Buffer { .. }
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
    fn of(results: Option<NonZeroU32>, ms: Option<NonZeroU32>) -> Self {
        let results = match (results, ms) {
            (None, None) => Some(NonZeroU32::MIN),
            (Some(_), _) | (None, Some(_)) => results,
        };
        Self { results, ms }
    }
}
