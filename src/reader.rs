//! What one connection delivers, read by the rules of its dialect.

use crate::dialect::{Dialect, Meaning};
use crate::payload::{Payload, Shape};
use crate::sse::{Decoder, Item, Limits};
use crate::time::Span;

/// One thing that a stream said.
#[derive(Debug, PartialEq)]
pub enum Message<P> {
    Result(P),
    /// A part of a result that comes in several, or the first.
    Part(P),
    Complete,
    /// One of the operations on a shared stream is complete: what the server said of it.
    CompleteOne(P),
    /// The operation has failed, with GraphQL errors.
    Errors(Option<P>),
    /// A result that cannot be understood. It costs only itself.
    Malformed,
    /// A result that is larger than allowed. It costs only itself.
    Oversize,
    /// The server's wish for the wait before a reconnect.
    Retry(Span),
    /// An event with a name that the dialect does not know.
    Unknown,
    /// Nothing but a sign of life.
    Alive,
}

/// Reads a stream of bytes.
#[derive(Debug)]
pub struct Reader {
    dialect: Dialect,
    decoder: Decoder,
    /// Do its events say whose they are?
    is_shared: bool,
}

impl Reader {
    #[must_use]
    pub fn new(dialect: Dialect, limits: Limits) -> Self {
        Self {
            dialect,
            decoder: Decoder::new(limits),
            is_shared: false,
        }
    }

    /// Of a stream on which several operations ride: each event's data says which one it is for.
    #[must_use]
    pub fn shared(dialect: Dialect, limits: Limits) -> Self {
        Self {
            is_shared: true,
            ..Self::new(dialect, limits)
        }
    }

    /// The stream's last event id.
    #[must_use]
    pub fn last_event_id(&self) -> &[u8] {
        self.decoder.last_event_id()
    }

    /// The next message, with `input` moved behind it; `None`: all is read.
    pub fn next<P: Payload>(&mut self, input: &mut &[u8]) -> Option<Message<P>> {
        Some(match self.decoder.next(input)? {
            Item::Event { name, data } => {
                #[cfg(feature = "deliberate-panic")]
                assert!(name != b"lifeline-panic", "asked for");
                match self.dialect.meaning(name) {
                    Meaning::Complete if self.is_shared => match P::from_bytes(data) {
                        Some(which) => Message::CompleteOne(which),
                        None => Message::Malformed,
                    },
                    meaning => message(meaning, || P::from_bytes(data)),
                }
            }
            // Whose end it was, it does not say.
            Item::Bare { .. } if self.is_shared => Message::Unknown,
            Item::Bare { name } => message(self.dialect.bare_meaning(name), || None),
            Item::Comment => Message::Alive,
            Item::Retry(wait) => Message::Retry(wait),
            Item::Oversize => Message::Oversize,
        })
    }
}

/// Reads an event that the browser has decoded.
pub fn read_event<P: Payload>(dialect: Dialect, name: &str, text: &P::Text) -> Message<P> {
    message(dialect.meaning(name.as_bytes()), || P::from_text(text))
}

fn message<P: Payload>(meaning: Meaning, parse: impl FnOnce() -> Option<P>) -> Message<P> {
    match meaning {
        Meaning::Next => result(parse()),
        Meaning::Complete => Message::Complete,
        Meaning::Unknown => Message::Unknown,
    }
}

/// A result that was read, or could not be.
pub(crate) fn result<P: Payload>(parsed: Option<P>) -> Message<P> {
    let Some(result) = parsed else {
        return Message::Malformed;
    };
    match result.shape() {
        Shape::Object => Message::Result(result),
        Shape::Part => Message::Part(result),
        Shape::Other => Message::Malformed,
    }
}
