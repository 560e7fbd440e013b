//! What a stream says, an item at a time.

#[cfg(doc)]
use super::Limits;
use crate::time::Span;

/// What the stream said.
#[derive(Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// The data of an event so far, or what has come since the last piece. More follows, which
    /// may turn out to be nothing.
    Piece(&'a [u8]),
    /// A whole event. Without an `event` field the name is empty, which the
    /// standard calls `message`. The data is what has come since the last piece, and may hold
    /// broken UTF-8; with all pieces it has so many bytes.
    Event {
        name: &'a [u8],
        data: &'a [u8],
        bytes: usize,
    },
    /// A named event without a data line. A browser drops it; some servers mean it.
    Bare { name: &'a [u8] },
    /// A comment line: a sign of life.
    Comment,
    /// The server wants this wait before a reconnect.
    Retry(Span),
    /// The event now arriving passed [`Limits::event_bytes`]; the rest of it is
    /// skipped, and the stream goes on behind it.
    Oversize,
}

/// An [`Item`] that does not borrow yet.
#[repr(u8)]
pub(super) enum Found {
    Piece,
    Event,
    Bare,
    Comment,
    Retry(Span),
    Oversize,
}
