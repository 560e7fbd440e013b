//! The payload of a result, as little of it as the core needs to see.

use alloc::string::String;

use crate::continuity::Key;

/// A value that travels through the core unread: the browser's own value on a
/// page, JSON in native tests. A clone is the same value, and costs little.
pub trait Payload: Clone {
    /// Text that a transport delivers as a whole and that stays where it is
    /// until it is parsed, such as `MessageEvent.data`.
    type Text;

    /// Parses JSON in UTF-8; `None` if it is broken. Broken UTF-8 becomes U+FFFD, as HTML has it.
    fn from_bytes(json: &[u8]) -> Option<Self>;

    /// Parses a transport's text; `None` if it is broken.
    fn from_text(text: &Self::Text) -> Option<Self>;

    /// Is it a JSON object? A result always is one.
    fn is_object(&self) -> bool;

    /// What tells this result of an operation from others: a string, or a number as text.
    ///
    /// # Errors
    /// What the application's function threw.
    fn key(&self, key: &Key) -> Result<Option<String>, Self>;

    /// The whole number at these fields under `data`, with dots between.
    fn number(&self, path: &str) -> Option<u64>;

    /// What this key of an object has.
    fn field(&self, key: &str) -> Option<Self>;

    /// The text that this key of an object has.
    fn text(&self, key: &str) -> Option<String>;

    /// Is it an object with this key?
    fn has(&self, key: &str) -> bool;
}
