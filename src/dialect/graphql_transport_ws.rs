//! The GraphQL over WebSocket protocol, `graphql-transport-ws`: messages and close codes.

/// What a message from the server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The greeting is accepted: operations may be sent.
    Ack,
    Ping,
    Pong,
    Next,
    /// The operation has failed, with GraphQL errors; nothing comes after it.
    Error,
    Complete,
    /// A slice of a result; of this protocol only where the acknowledgement says so.
    Segment,
    /// No message of this protocol.
    Unknown,
}

/// The meaning of a message by its `type`.
#[must_use]
pub fn meaning(kind: &str) -> Meaning {
    match kind {
        "connection_ack" => Meaning::Ack,
        "ping" => Meaning::Ping,
        "pong" => Meaning::Pong,
        "next" => Meaning::Next,
        "error" => Meaning::Error,
        "complete" => Meaning::Complete,
        "segment" => Meaning::Segment,
        _ => Meaning::Unknown,
    }
}

/// What follows from a close code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// Another connection may fare better.
    Retry,
    /// Other credentials are wanted.
    Unauthorized,
    /// The next connection would end like this one.
    Fatal,
}

/// What follows from a close code: the protocol's own, and RFC 6455's.
#[must_use]
pub const fn closing(code: u16) -> Closing {
    match code {
        4401 | 4403 => Closing::Unauthorized,
        // Normal, going away, no code, abnormal, restart, try again later, bad gateway.
        1000 | 1001 | 1005 | 1006 | 1012..=1014 => Closing::Retry,
        // Bad response, internal error of the client, invalid message, subprotocol,
        // operation there already, too many greetings, internal error of the server.
        1002..=1999 | 4004 | 4005 | 4400 | 4406 | 4409 | 4429 | 4500 => Closing::Fatal,
        _ => Closing::Retry,
    }
}
