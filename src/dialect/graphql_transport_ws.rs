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
    /// The server does not speak this protocol, or not with this client: the next connection
    /// would end like this one.
    Refused,
    /// It may be for one message that this client has sent: for nothing else, if it `is_certain`.
    Offended { is_certain: bool },
}

/// What follows from a close code: the protocol's own, and RFC 6455's. Servers use the same ones
/// before the acknowledgement and after it for different things.
#[must_use]
pub const fn closing(code: u16, is_acknowledged: bool) -> Closing {
    match (code, is_acknowledged) {
        (4401 | 4403, _) => Closing::Unauthorized,
        // Bad greeting, subprotocol, too many greetings.
        (4400 | 4406 | 4429, false) => Closing::Refused,
        // Protocol error, data of a wrong kind, invalid data, too large, invalid message,
        // operation there already, failed in handling it.
        (1002 | 1003 | 1007 | 1009 | 4400 | 4409 | 4500, true) => {
            Closing::Offended { is_certain: true }
        }
        // Policy, internal error.
        (1008 | 1011, true) => Closing::Offended { is_certain: false },
        _ => Closing::Retry,
    }
}
