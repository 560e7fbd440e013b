//! The transports of a client in order of preference, and what rules one out.

use crate::config::{Config, Method, Transport};
use crate::dialect::Dialect;
use crate::document::Kind;
use crate::io::Request;
use crate::response::Want;

/// Servers commonly refuse request lines over 8 KB; this leaves room for the rest of the URL.
pub const MAX_URL_BYTES: usize = 7_000;

/// Why a transport cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// EventSource only sends GET.
    Method,
    FetchFn,
    Headers,
    /// The headers function answered with headers.
    HeadersFunction,
    Credentials,
    Referrer,
    /// There is none here.
    Environment,
    /// Nor a WebSocket, and the application brings none.
    NoWebSocket,
    /// Not a subscription: only a request that may be sent again can try EventSource first.
    SideEffect,
    UrlTooLong,
    /// Operations share a reserved stream, which only fetch can open.
    Shared,
    /// The browser has no room for another stream, and there is a socket.
    Crowded,
    /// The server does not stream this operation there.
    Refused,
    /// The server streams nothing there, and elsewhere it does.
    PassedOver,
}

impl Obstacle {
    /// The reason, for people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Method => "eventsource only sends GET, and method is POST",
            Self::FetchFn => "eventsource cannot use fetchFn",
            Self::Headers => "eventsource cannot send headers",
            Self::HeadersFunction => "eventsource cannot send the headers that headers() returned",
            Self::Credentials => "eventsource cannot omit credentials",
            Self::Referrer => "eventsource cannot set a referrer",
            Self::Environment => "there is no EventSource here",
            Self::NoWebSocket => {
                "there is no WebSocket here, and websocket.webSocketImpl is not set \
                 (for Node, the package ws has one)"
            }
            Self::SideEffect => "eventsource is for subscriptions alone",
            Self::UrlTooLong => "the operation is too long for a URL",
            Self::Shared => "eventsource cannot share a single connection",
            Self::Crowded => "as many streams are open as maxStreams allows",
            Self::Refused => {
                "the server refused this operation there, or answered it without a stream"
            }
            Self::PassedOver => {
                "the server has streamed nothing there: it refuses, or answers without a stream, what another transport streams"
            }
        }
    }

    /// The option whose fault it is.
    #[must_use]
    pub const fn option(self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::FetchFn => "fetchFn",
            Self::Headers | Self::HeadersFunction => "headers",
            Self::Credentials => "credentials",
            Self::Referrer => "referrer",
            Self::Shared => "singleConnection",
            Self::Crowded => "maxStreams",
            Self::Environment
            | Self::NoWebSocket
            | Self::SideEffect
            | Self::UrlTooLong
            | Self::Refused
            | Self::PassedOver => "transports",
        }
    }
}

/// One transport of a ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rung {
    pub transport: Transport,
    /// Set: left out, and why.
    pub obstacle: Option<Obstacle>,
}

impl Rung {
    #[must_use]
    pub const fn usable(transport: Transport) -> Self {
        Self {
            transport,
            obstacle: None,
        }
    }

    /// Can it be used, or could it if the server thinks better of it?
    #[must_use]
    pub const fn is_worth_asking(&self) -> bool {
        matches!(
            self.obstacle,
            None | Some(Obstacle::Refused | Obstacle::PassedOver)
        )
    }
}

/// Leaves a transport out from now on.
pub fn leave_out(rungs: &mut [Rung], transport: Transport, obstacle: Obstacle) {
    for rung in rungs {
        if rung.transport == transport && rung.obstacle.is_none() {
            rung.obstacle = Some(obstacle);
        }
    }
}

/// Leaves nothing out any more for this reason. Was anything?
pub fn let_in(rungs: &mut [Rung], obstacle: Obstacle) -> bool {
    let mut was_left_out = false;
    for rung in rungs {
        if rung.obstacle == Some(obstacle) {
            rung.obstacle = None;
            was_left_out = true;
        }
    }
    was_left_out
}

/// How a request is sent: as configured, but for what does not belong in a URL, and what rides
/// on a reserved stream.
#[must_use]
pub fn method(request: &Request, want: Want, config: &Config) -> Method {
    match (want, config.method, config.dialect) {
        (Want::Json | Want::Reserved | Want::Accepted, _, _) | (Want::Stream, Method::Post, _) => {
            Method::Post
        }
        // GraphQL over HTTP: GET must not be used for mutations
        (Want::Stream, Method::Get, _) if request.kind == Kind::Mutation => Method::Post,
        // GraphQL over SSE has POST for the same thing.
        (Want::Stream, Method::Get, Dialect::GraphqlSse) if request.url_bytes > MAX_URL_BYTES => {
            Method::Post
        }
        (Want::Stream, Method::Get, _) => Method::Get,
    }
}
