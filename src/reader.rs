//! What one connection delivers, read by the rules of its dialect.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::batch::Batch;
use crate::dialect::{Dialect, Meaning};
use crate::io::GapReason;
use crate::payload::{Payload, Shape};
use crate::sse::{Decoder, Item, Limits, take_line};
use crate::time::Span;

/// One thing that a stream said.
#[derive(Debug, PartialEq)]
pub enum Message<P> {
    Result(P),
    /// So many results that came one behind the other, as a list.
    Results(P, usize),
    /// A part of a result that comes in several, or the first.
    Part(P),
    Complete,
    /// One of the operations on a shared stream is complete: what the server said of it.
    CompleteOne(P),
    /// The operation has failed, with GraphQL errors.
    Errors(Option<P>),
    /// What a slice of a result says of itself, and the slice.
    Segment(P, Box<[u8]>),
    /// A result that cannot be understood, is larger than allowed, or does not come whole. It costs
    /// only itself.
    Lost(GapReason),
    /// The server's wish for the wait before a reconnect.
    Retry(Span),
    /// An event with a name that the dialect does not know.
    Unknown,
    /// Nothing but a sign of life.
    Alive,
}

/// Reads a stream of bytes.
#[derive(Debug)]
pub struct Reader<P> {
    dialect: Dialect,
    decoder: Decoder,
    /// Do its events say whose they are?
    is_shared: bool,
    /// Results that have come one behind the other.
    batch: Batch,
    /// Nothing more goes into it before it is empty.
    is_closed: bool,
    /// What came behind it.
    behind: Option<Message<P>>,
    /// The beginning of a large event.
    pieces: Option<P>,
    /// The sizes of the results that were read since somebody took them out.
    pub(crate) came: Vec<usize>,
}

impl<P: Payload> Reader<P> {
    /// `secret` is a random number that the server does not know; see [`batch`](crate::batch).
    #[must_use]
    pub fn new(dialect: Dialect, limits: Limits, secret: u32) -> Self {
        Self {
            dialect,
            decoder: Decoder::new(limits),
            is_shared: false,
            batch: Batch::new(secret),
            is_closed: false,
            behind: None,
            pieces: None,
            came: Vec::new(),
        }
    }

    /// Of a stream on which several operations ride: each event's data says which one it is for.
    pub const fn share(&mut self) {
        self.is_shared = true;
    }

    /// The stream's last event id.
    #[must_use]
    pub fn last_event_id(&self) -> &[u8] {
        self.decoder.last_event_id()
    }

    /// How many bytes of an unfinished result have come, when all input is read.
    #[must_use]
    pub const fn arriving(&self) -> usize {
        self.decoder.arriving()
    }

    /// The next message, with `input` moved behind it; `None`: all is read.
    pub fn next(&mut self, input: &mut &[u8]) -> Option<Message<P>> {
        loop {
            if self.is_closed {
                if let Some(message) = self.batch.take().or_else(|| self.behind.take()) {
                    return Some(message);
                }
                self.is_closed = false;
            }
            match self.read(input) {
                Read::All if self.batch.is_empty() => return None,
                Read::All => self.is_closed = true,
                Read::Batched { is_full } => self.is_closed = is_full,
                Read::Nothing => {}
                Read::Message(message) => {
                    self.is_closed = true;
                    self.behind = Some(message);
                }
            }
        }
    }

    fn read(&mut self, input: &mut &[u8]) -> Read<P> {
        let Some(item) = self.decoder.next(input) else {
            return Read::All;
        };
        Read::Message(match item {
            Item::Piece(piece) => {
                self.pieces = Some(P::append(self.pieces.take(), piece));
                return Read::Nothing;
            }
            Item::Event { name, data, bytes } => {
                #[cfg(feature = "deliberate-panic")]
                assert!(name != b"lifeline-panic", "asked for");
                let pieces = self.pieces.take();
                let meaning = self.dialect.meaning(name);
                if meaning == Meaning::Next {
                    self.came.push(bytes);
                }
                match meaning {
                    Meaning::Next if !self.is_shared && pieces.is_none() => {
                        let is_full = self.batch.push(data);
                        return Read::Batched { is_full };
                    }
                    Meaning::Next => result(parse(pieces, data)),
                    // One that came in pieces is larger than a slice may be.
                    Meaning::Segment => segment(data, pieces.is_none()),
                    Meaning::Complete if self.is_shared => match parse(pieces, data) {
                        Some(which) => Message::CompleteOne(which),
                        None => Message::Lost(GapReason::Malformed),
                    },
                    Meaning::Complete => Message::Complete,
                    Meaning::Unknown => Message::Unknown,
                }
            }
            // Whose end it was, it does not say.
            Item::Bare { .. } if self.is_shared => Message::Unknown,
            Item::Bare { name } => match self.dialect.bare_meaning(name) {
                Meaning::Complete => Message::Complete,
                Meaning::Next | Meaning::Segment | Meaning::Unknown => Message::Unknown,
            },
            Item::Comment => Message::Alive,
            Item::Retry(wait) => Message::Retry(wait),
            Item::Oversize => {
                self.pieces = None;
                Message::Lost(GapReason::Oversize)
            }
        })
    }
}

/// What the reader has found.
enum Read<P> {
    All,
    Nothing,
    Batched { is_full: bool },
    Message(Message<P>),
}

/// Data, the beginning of which may have come before.
fn parse<P: Payload>(pieces: Option<P>, data: &[u8]) -> Option<P> {
    match pieces {
        Some(pieces) => P::append(Some(pieces), data).join(),
        None => P::from_bytes(data),
    }
}

/// Reads an event that the browser has decoded; a result only if it `fits`.
pub fn read_event<P: Payload>(
    dialect: Dialect,
    name: &str,
    text: &P::Text,
    fits: bool,
) -> Message<P> {
    match dialect.meaning(name.as_bytes()) {
        Meaning::Next if !fits => Message::Lost(GapReason::Oversize),
        Meaning::Next => result(P::from_text(text)),
        Meaning::Complete => Message::Complete,
        Meaning::Segment => segment(P::string(text).as_bytes(), true),
        Meaning::Unknown => Message::Unknown,
    }
}

/// A line of JSON, and a slice of a result.
fn segment<P: Payload>(mut data: &[u8], is_whole: bool) -> Message<P> {
    let (head, is_line) = take_line(&mut data, &mut false);
    let (slice, is_more) = take_line(&mut data, &mut false);
    match P::from_bytes(head) {
        Some(head) if is_whole && is_line && !is_more => Message::Segment(head, slice.into()),
        _ => Message::Lost(GapReason::Malformed),
    }
}

/// A result that was read, or could not be.
pub(crate) fn result<P: Payload>(parsed: Option<P>) -> Message<P> {
    let Some(result) = parsed else {
        return Message::Lost(GapReason::Malformed);
    };
    match result.shape() {
        Shape::Object => Message::Result(result),
        Shape::Part => Message::Part(result),
        Shape::Other => Message::Lost(GapReason::Malformed),
    }
}
