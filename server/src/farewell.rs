//! How a socket is closed.

use std::borrow::Cow;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message};
use bytes::Bytes;
use futures_util::stream::{Stream, StreamExt};
use futures_util::{Sink, SinkExt};
use tokio::time::timeout;

/// RFC 6455, 7.4.1: "1005 is a reserved value": of a close frame without a code.
const NO_CODE: u16 = 1005;

/// How long a client may take to answer a close frame.
const CLOSING: Duration = Duration::from_secs(1);

/// A close frame: its code and its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Farewell {
    code: u16,
    reason: Cow<'static, str>,
}

/// RFC 6455, 7.4.1: "1001 indicates that an endpoint is going away".
pub const GOING_AWAY: Farewell = Farewell::of(1001, "");

/// graphql-transport-ws: what a server that is shown no right to it closes a socket with.
pub const FORBIDDEN: Farewell = Farewell::of(4403, "Forbidden");

/// What graphql-ws closes a socket with when a resolver throws and nothing catches it.
pub const FAILED: Farewell = Farewell::of(4500, "Internal server error");

impl Farewell {
    pub const fn of(code: u16, reason: &'static str) -> Self {
        let reason = Cow::Borrowed(reason);
        Self { code, reason }
    }

    pub fn saying(code: u16, reason: &str) -> Self {
        let reason = Cow::Owned(reason.to_owned());
        Self { code, reason }
    }

    /// The library closes with codes of RFC 6455 where the subprotocol has its own; and its
    /// reasons quote the client, at a length that no close frame can have.
    pub const fn translated(code: u16) -> Self {
        match code {
            1002 => Self::of(4400, "Invalid message"),
            1011 => Self::of(4401, "Unauthorized"),
            4429 => Self::of(4429, "Too many initialisation requests"),
            other => Self::of(other, ""),
        }
    }

    fn into_frame(self) -> Option<CloseFrame> {
        let Self { code, reason } = self;
        (code != NO_CODE).then(|| CloseFrame {
            code,
            reason: reason.as_ref().into(),
        })
    }

    /// Ends it properly, but without a `complete`. The answer is waited for: a connection that is
    /// let go of with something unread takes the close frame with it.
    pub async fn say(
        self,
        mut input: impl Stream<Item = Bytes> + Unpin,
        mut sink: impl Sink<Message> + Unpin,
    ) {
        let closing = async {
            let frame = Message::Close(self.into_frame());
            if sink.send(frame).await.is_ok() {
                while input.next().await.is_some() {}
            }
        };
        // Whoever does not answer is left without.
        let _ = timeout(CLOSING, closing).await;
    }
}
