//! What goes into the core and what comes out of it.

mod told;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

pub use self::told::{Delivery, GapReason, Limit, Notice, State};
use crate::config::{Method, Transport};
use crate::continuity;
use crate::document::Kind;
use crate::error::Error;
use crate::ladder::Obstacle;
use crate::payload::Payload;
use crate::presence::Page;
use crate::response::{Head, Want};
use crate::time::{Instant, Span};

/// The number of an operation, unique within its client.
pub type OpId = u32;

/// What the socket's own attempts have for an operation, and what is nobody's.
pub const SOCKET: OpId = 0;

/// One try at one transport. News of an attempt that is over is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attempt {
    pub op: OpId,
    /// Counts the operation's attempts from 1.
    pub number: u32,
}

/// An operation, as far as the core needs to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub kind: Kind,
    pub name: Option<String>,
    /// An event stream, or one answer (`execute`).
    pub want: Want,
    /// The length of the operation as URL parameters; 0 where it is not sent so.
    pub url_bytes: usize,
    /// May it be sent again? `None`: as the kind and the client's option say.
    pub resubscribe: Option<bool>,
    /// What the application says about its results.
    pub continuity: Option<Box<continuity::Settings>>,
}

impl Request {
    /// A stream of results, with everything else as it comes.
    #[must_use]
    pub const fn new(kind: Kind) -> Self {
        Self {
            kind,
            name: None,
            want: Want::Stream,
            url_bytes: 0,
            resubscribe: None,
            continuity: None,
        }
    }
}

/// What the core is told.
pub enum Input<'a, P: Payload> {
    /// The client may begin: with a connection that does not wait for an operation.
    Start,
    /// The application ends an operation.
    Dispose(OpId),
    /// The application ends everything.
    Close,
    /// The application wants fresh connections.
    Reconnect,
    /// The page is so from now on. Without a network failures say nothing about endpoints.
    Page(Page),
    /// The application wants this transport left alone.
    Isolate(Transport),
    /// The application takes this transport for well again.
    ResetBreaker(Transport),
    /// The application's backfill has answered, the oldest result first, or has failed with
    /// what it threw.
    Backfilled {
        op: OpId,
        round: u32,
        answer: Result<Vec<P>, P>,
    },
    /// The application has fetched the whole of a notification, or has failed with this: asked
    /// again if that is retryable.
    Hydrated {
        op: OpId,
        ticket: u32,
        answer: Result<P, Box<Error<P>>>,
    },
    /// The deadline may have come.
    Tick,
    News {
        attempt: Attempt,
        news: News<'a, P>,
    },
}

/// What an attempt, or the wait that follows it, has to tell.
#[repr(u8)]
pub enum News<'a, P: Payload> {
    /// The application's `url` or `headers` function failed; nothing was sent.
    Unprepared(P),
    /// This transport cannot carry the operation; nothing was sent.
    Unusable(Obstacle),
    /// The head of the answer.
    Head(Head),
    /// The browser has the request in hand: the application's functions have answered, and
    /// there was room. Of the socket: it is being opened, or its greeting is sent.
    Sent,
    /// The transport says that the stream is open, and tells no head.
    Open,
    /// A piece of the body.
    Bytes(&'a [u8]),
    /// An event that the transport has decoded, of so many bytes at least.
    Event {
        name: &'a str,
        text: P::Text,
        bytes: usize,
    },
    /// Several such events of one name, one behind the other, as a list of their texts.
    Events {
        name: &'a str,
        texts: P,
        count: usize,
    },
    /// The body has ended cleanly.
    End,
    /// The socket was closed, with this code, and a reason if the server gave one.
    Closed(u16, Option<String>),
    /// The connection failed; with what the transport threw.
    Failed(Option<P>),
    /// The application wants the connection that is being opened replaced after this long.
    Lifetime(Span),
    /// The browser has no room for another stream. The attempt waits for it.
    Crowded,
    /// There is room now.
    Admitted,
    /// The application's `retry` function says: now.
    RetryReady,
    /// The application's `retry` function failed.
    RetryFailed(P),
    /// The application's probe says whether results flow; `None`: it could not run.
    Probed(Option<bool>),
}

/// What the shell has to do.
#[derive(Debug, PartialEq)]
pub enum Output<P> {
    /// Open a connection.
    Open {
        attempt: Attempt,
        transport: Transport,
        method: Method,
        want: Want,
        /// What the last stream's events were numbered with, a character for each byte; for
        /// the header `Last-Event-ID`.
        last_event_id: Option<String>,
        /// Why the application is asked for headers.
        reason: Reason,
        /// The server is asked to send results in segments of so many bytes: larger ones are
        /// suspected to be lost.
        segment_bytes: Option<usize>,
    },
    /// Open the socket that operations share, with the subprotocol `graphql-transport-ws`.
    OpenSocket { attempt: Attempt },
    /// Send this on it.
    Send { attempt: Attempt, frame: Frame },
    /// Tell the server that this operation on the reserved stream is over.
    Stop { attempt: Attempt },
    /// Read the body and report it. `keep`: read a copy, because the response
    /// goes to the application unread.
    Read { attempt: Attempt, keep: bool },
    /// Close the attempt's connection; nothing it says counts any more.
    Close { attempt: Attempt },
    /// Ask the application's `retry` function.
    AskRetry { attempt: Attempt, retries: u32 },
    /// Ask the application's probe.
    AskProbe { attempt: Attempt },
    /// Tell the application, when the core has nothing more to say.
    Deliver(Delivery<P>),
    /// Nothing more to do until this moment, or until the next input.
    Wait(Option<Instant>),
}

/// Why credentials are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    Connect,
    /// A healthy connection is replaced before the server cuts it.
    Renew,
    /// The server refused the last ones. The number of this renewal, whose answer is for all
    /// who bear it; on the socket 0, since there it is one's own.
    Unauthorized(u32),
}

/// A message of the protocol graphql-transport-ws, for the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// The greeting, with the application's `connectionParams`.
    Init {
        reason: Reason,
    },
    Ping,
    Pong,
    /// The operation's request. The attempt, as `7-2`, is its id.
    Subscribe(Attempt),
    /// The operation is over.
    Complete(Attempt),
}
