//! The payload of a result, as little of it as the core needs to see.

use alloc::string::String;
/// A value that travels through the core unread: the browser's own value on a
/// page, JSON in native tests.
pub trait Payload: Sized {
    /// Text that a transport delivers as a whole and that stays where it is
    /// until it is parsed, such as `MessageEvent.data`.
    type Text;

    /// Parses JSON; `None` if it is broken.
    fn from_json(json: &str) -> Option<Self>;

    /// Parses a transport's text; `None` if it is broken.
    fn from_text(text: &Self::Text) -> Option<Self>;

    /// Is it a JSON object? A result always is one.
    fn is_object(&self) -> bool;

    /// Is it an object with this key?
    fn has(&self, key: &str) -> bool;
}

/// Parses bytes that should be JSON. Broken UTF-8 becomes U+FFFD, as HTML has it.
pub(crate) fn from_bytes<P: Payload>(bytes: &[u8]) -> Option<P> {
    P::from_json(&String::from_utf8_lossy(bytes))
}
