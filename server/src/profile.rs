//! The faults that can be asked for by name. A new one begins here; this file and `effect` then
//! do not compile until they say where it applies and what it does.

use std::num::NonZeroU32;

use axum::http::{HeaderValue, StatusCode};
use serde::Deserialize;

use crate::course::Throw;
use crate::dismissal::When;
use crate::limits;
use crate::script::Script;
use crate::transport::On;

/// Those that are counted where their profile is no longer at hand.
pub const CUT: &str = "cut";
pub const LARGE_CRASH: &str = "large-crash";
pub const REPLAY: &str = "replay";

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(
    tag = "profile",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Profile {
    /// Everything works.
    None {},
    /// Everything open is broken, streams in the middle of an event: now, or at the next message.
    Cut {
        #[serde(default)]
        on_next: bool,
    },
    /// Everything open ends now, properly but without `complete`.
    CleanEnd {},
    /// Everything open, and what opens, falls silent for good: at once, or after so long.
    Stall { ms: Option<NonZeroU32> },
    /// Results are lost; heartbeats go on.
    StallSource {},
    /// Requests are accepted and get no answer.
    HalfOpen {},
    /// Requests wait for their answers until it is lifted, and take up connections meanwhile.
    Hold {},
    /// New streams send nothing but their head until their first result; new sockets are never
    /// acknowledged.
    HeadersOnly {},
    /// What opens is broken after so many results, or so many milliseconds.
    Flap {
        events: Option<NonZeroU32>,
        ms: Option<NonZeroU32>,
        /// What a stream has said before: come back after so long, and no sooner.
        retry_ms: Option<u32>,
    },
    /// Results drip.
    Slow {
        #[serde(
            default = "limits::slow_rate",
            deserialize_with = "limits::bytes_per_second"
        )]
        bytes_per_second: NonZeroU32,
    },
    /// Nothing is passed on until so many bytes have come together.
    Buffer {
        #[serde(default = "limits::buffer_bytes", deserialize_with = "limits::bytes")]
        bytes: NonZeroU32,
        /// Not even the head of what opens.
        #[serde(default)]
        head: bool,
    },
    /// Stream requests and upgrades are refused with this status and a GraphQL error.
    Status {
        #[serde(deserialize_with = "limits::status")]
        status: StatusCode,
        #[serde(default, deserialize_with = "limits::header")]
        retry_after: Option<HeaderValue>,
    },
    #[serde(rename = "status-401")]
    Status401 {
        #[serde(default, deserialize_with = "limits::header")]
        retry_after: Option<HeaderValue>,
    },
    #[serde(rename = "status-429")]
    Status429 {
        #[serde(default = "limits::soon", deserialize_with = "limits::header")]
        retry_after: Option<HeaderValue>,
    },
    #[serde(rename = "status-503")]
    Status503 {
        #[serde(default = "limits::soon", deserialize_with = "limits::header")]
        retry_after: Option<HeaderValue>,
    },
    /// Stream requests and upgrades get a web page, as from a captive portal.
    Portal {},
    /// Stream requests are answered with something else, as by a server that does not stream.
    NoStream {
        #[serde(default, deserialize_with = "limits::status")]
        status: StatusCode,
        #[serde(
            default = "limits::json_type",
            deserialize_with = "limits::content_type"
        )]
        content_type: HeaderValue,
        #[serde(default = "limits::not_here")]
        body: String,
    },
    /// The resolver of an operation, or of any, fails after so many results, each time.
    Throws {
        operation: Option<String>,
        #[serde(default = "limits::few")]
        events: u32,
        #[serde(default)]
        how: Throw,
    },
    /// Sockets are closed with this code: when they greet, or when an operation is sent on them.
    Closes {
        #[serde(deserialize_with = "limits::close_code")]
        code: u16,
        #[serde(default, deserialize_with = "limits::close_reason")]
        reason: String,
        #[serde(default)]
        when: When,
        operation: Option<String>,
    },
    /// Each new subscription to `messages` begins with the last ones again.
    Replay {
        #[serde(default = "limits::three", deserialize_with = "limits::last")]
        last: NonZeroU32,
    },
    /// Of each two results the second comes first.
    Reorder {},
    /// Every so many results one is left out.
    Drop {
        #[serde(default = "limits::three")]
        every: NonZeroU32,
    },
    /// An event of more bytes is lost; the next one is lost too, and ends its stream.
    LargeCrash {
        #[serde(default = "limits::large")]
        bytes: NonZeroU32,
    },
    /// One slice of each result that is sent in segments is left out.
    SegmentLost {},
    /// Two slices of it change places.
    SegmentSwapped {},
    /// One slice of it comes twice.
    SegmentTwice {},
    /// A byte of it is another, so that its checksum is wrong.
    SegmentDamaged {},
    /// Its last slice never comes.
    SegmentStuck {},
    /// Who names a reserved stream meets another server, which does not know it.
    Balancer {},
    /// The token that was current is worth nothing any more: what is open ends, and what opens
    /// must show the new one.
    TokenExpires {},
    /// Sockets break, upgrades are refused.
    WsDown {},
    /// Everything on `/graphql` breaks.
    AllDown {},
    /// Plays others, one after another.
    Script(Script),
}

/// What `on` may say of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Any transport; event streams if nothing is said.
    Any,
    /// Event streams alone: what it imitates does not happen to sockets.
    Sse,
    /// Nothing: what it concerns lies in the profile itself.
    Fixed(On),
}

/// What `for` and `times` may say of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// Nothing: it does not stay, or has no end.
    Moment,
    /// How long it stays; its times cannot be counted, or there is but one.
    Time,
    /// How long it stays, and how often it befalls: once if nothing is said.
    Once,
    /// The same, without an end if nothing is said.
    Endless,
}

impl Profile {
    /// All of them, for whoever got a name wrong, and for the counters.
    pub const NAMES: [&str; 33] = [
        "none",
        CUT,
        "clean-end",
        "stall",
        "stall-source",
        "half-open",
        "hold",
        "headers-only",
        "flap",
        "slow",
        "buffer",
        "status",
        "status-401",
        "status-429",
        "status-503",
        "portal",
        "no-stream",
        "throws",
        "closes",
        REPLAY,
        "reorder",
        "drop",
        LARGE_CRASH,
        "segment-lost",
        "segment-swapped",
        "segment-twice",
        "segment-damaged",
        "segment-stuck",
        "balancer",
        "token-expires",
        "ws-down",
        "all-down",
        "script",
    ];

    pub fn name(&self) -> &'static str {
        match self {
            Self::None {} => "none",
            Self::Cut { .. } => CUT,
            Self::CleanEnd {} => "clean-end",
            Self::Stall { .. } => "stall",
            Self::StallSource {} => "stall-source",
            Self::HalfOpen {} => "half-open",
            Self::Hold {} => "hold",
            Self::HeadersOnly {} => "headers-only",
            Self::Flap { .. } => "flap",
            Self::Slow { .. } => "slow",
            Self::Buffer { .. } => "buffer",
            Self::Status { .. } => "status",
            Self::Status401 { .. } => "status-401",
            Self::Status429 { .. } => "status-429",
            Self::Status503 { .. } => "status-503",
            Self::Portal {} => "portal",
            Self::NoStream { .. } => "no-stream",
            Self::Throws { .. } => "throws",
            Self::Closes { .. } => "closes",
            Self::Replay { .. } => REPLAY,
            Self::Reorder {} => "reorder",
            Self::Drop { .. } => "drop",
            Self::LargeCrash { .. } => LARGE_CRASH,
            Self::SegmentLost {} => "segment-lost",
            Self::SegmentSwapped {} => "segment-swapped",
            Self::SegmentTwice {} => "segment-twice",
            Self::SegmentDamaged {} => "segment-damaged",
            Self::SegmentStuck {} => "segment-stuck",
            Self::Balancer {} => "balancer",
            Self::TokenExpires {} => "token-expires",
            Self::WsDown {} => "ws-down",
            Self::AllDown {} => "all-down",
            Self::Script(_) => "script",
        }
    }

    pub fn reach(&self) -> Reach {
        match self {
            Self::Cut { .. }
            | Self::CleanEnd {}
            | Self::Stall { .. }
            | Self::StallSource {}
            | Self::HalfOpen {}
            | Self::Hold {}
            | Self::HeadersOnly {}
            | Self::Flap { .. }
            | Self::Slow { .. }
            | Self::Status { .. }
            | Self::Status401 { .. }
            | Self::Status429 { .. }
            | Self::Status503 { .. }
            | Self::Portal {}
            | Self::Throws { .. }
            | Self::Replay { .. }
            | Self::Reorder {}
            | Self::Drop { .. }
            | Self::SegmentLost {}
            | Self::SegmentSwapped {}
            | Self::SegmentTwice {}
            | Self::SegmentDamaged {}
            | Self::SegmentStuck {} => Reach::Any,
            Self::Buffer { .. }
            | Self::NoStream { .. }
            | Self::LargeCrash { .. }
            | Self::Balancer {} => Reach::Sse,
            Self::Closes { .. } | Self::WsDown {} => Reach::Fixed(On::Ws),
            Self::None {} | Self::TokenExpires {} | Self::AllDown {} | Self::Script(_) => {
                Reach::Fixed(On::All)
            }
        }
    }

    pub fn span(&self) -> Span {
        match self {
            Self::None {} | Self::Cut { on_next: false } | Self::CleanEnd {} | Self::Script(_) => {
                Span::Moment
            }
            Self::Cut { on_next: true } | Self::Slow { .. } | Self::Buffer { .. } => Span::Time,
            Self::Status { .. }
            | Self::Status401 { .. }
            | Self::Status429 { .. }
            | Self::Status503 { .. }
            | Self::Portal {} => Span::Once,
            Self::Stall { .. }
            | Self::NoStream { .. }
            | Self::Throws { .. }
            | Self::Closes { .. }
            | Self::StallSource {}
            | Self::HalfOpen {}
            | Self::Hold {}
            | Self::HeadersOnly {}
            | Self::Flap { .. }
            | Self::Replay { .. }
            | Self::Reorder {}
            | Self::Drop { .. }
            | Self::LargeCrash { .. }
            | Self::SegmentLost {}
            | Self::SegmentSwapped {}
            | Self::SegmentTwice {}
            | Self::SegmentDamaged {}
            | Self::SegmentStuck {}
            | Self::Balancer {}
            | Self::TokenExpires {}
            | Self::WsDown {}
            | Self::AllDown {} => Span::Endless,
        }
    }

    /// Whether it is in force from now on. The others act once and leave what is in force.
    pub fn stands(&self) -> bool {
        match self.span() {
            Span::Moment => matches!(self, Self::None {}),
            Span::Time | Span::Once | Span::Endless => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_names_is_complete() {
        let error = serde_json::from_str::<Profile>(r#"{"profile":"gremlins"}"#)
            .expect_err("unknown")
            .to_string();
        let known: Vec<_> = error.split('`').skip(3).step_by(2).collect();
        assert_eq!(known, Profile::NAMES);
    }

    #[test]
    fn the_readme_has_them_all() {
        let readme = include_str!("../README.md");
        for name in Profile::NAMES {
            let (row, body) = (
                format!("| `{name}`"),
                format!("`{{\"profile\":\"{name}\"}}`"),
            );
            assert!(readme.contains(&row) || readme.contains(&body), "{name}");
        }
    }
}
