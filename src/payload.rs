//! The payload of a result, as little of it as the core needs to see.

use alloc::string::String;

use crate::continuity::Key;

/// What a value is, as far as it shows without looking into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// No JSON object.
    Other,
    /// A JSON object.
    Object,
    /// One that says that it is a part of a result: `hasNext` or `pending`.
    Part,
}

/// Among keys that cross together, stands for a result without one; src/web/values.js has the
/// same. Where it is a key itself, results are asked one by one.
pub const NO_KEY: &str = "\0";

/// What [`Payload::patch`] finds; src/web/incremental.js has the same.
pub mod fact {
    /// It begins a result.
    pub const FIRST: u32 = 1;
    /// Others will follow.
    pub const MORE: u32 = 2;
    /// It does not fit to what is under way.
    pub const BAD: u32 = 4;
    /// Together it is too much.
    pub const LARGE: u32 = 8;
}

/// A value that travels through the core unread: the browser's own value on a
/// page, JSON in native tests. A clone is the same value, and costs little.
pub trait Payload: Clone {
    /// Text that a transport delivers as a whole and that stays where it is
    /// until it is parsed, such as `MessageEvent.data`.
    type Text;

    /// Parses JSON in UTF-8; `None` if it is broken. Broken UTF-8 becomes U+FFFD, as HTML has it.
    fn from_bytes(json: &[u8]) -> Option<Self>;

    /// Parses a JSON list of this many results with `mark` between each two, and leaves the marks
    /// out; `None` if it is anything else, or one of them is no [`Shape::Object`].
    fn from_list(json: &[u8], count: usize, mark: u32) -> Option<Self>;

    /// Parses each of a list of [`Payload::Text`]s; `None` if one of them is no [`Shape::Object`].
    fn from_texts(texts: &Self) -> Option<Self>;

    /// One of a list of texts.
    fn text_at(texts: &Self, at: usize) -> Self::Text;

    /// Its length; bytes or UTF-16 units.
    fn length_at(texts: &Self, at: usize) -> usize;

    /// One of a list.
    fn at(&self, at: usize) -> Self;

    /// Leaves one of a list empty.
    fn leave_out(&mut self, at: usize);

    /// What [`Payload::key`] says of each of a list, with line feeds between, and [`NO_KEY`] for
    /// one that has none; `None` if they have to be asked for one by one.
    fn keys(&self, key: &Key) -> Option<String>;

    /// Adds a piece to JSON in UTF-8 that arrives in pieces, cut anywhere.
    fn append(so_far: Option<Self>, piece: &[u8]) -> Self;

    /// Parses what was put together, as [`Payload::from_bytes`] does.
    fn join(self) -> Option<Self>;

    /// Parses a transport's text; `None` if it is broken.
    fn from_text(text: &Self::Text) -> Option<Self>;

    /// What it is, by its look.
    fn shape(&self) -> Shape;

    /// Is it a JSON object? A result always is one.
    fn is_object(&self) -> bool {
        self.shape() != Shape::Other
    }

    /// Puts a part of a result to what is under way, and says what it was as the sum of its
    /// [`fact`]s. This is what is under way: an empty object before the first part, and of no
    /// more use behind a part that is bad. Its `result` is what is to be delivered now, if
    /// anything: the whole result, or one that `grows`. What was delivered once does not change.
    ///
    /// What is under way takes no more than `limit` characters of JSON.
    fn patch(&mut self, part: &Self, limit: usize, grows: bool) -> u32;

    /// What tells this result of an operation from others: a string, or a number as text.
    ///
    /// # Errors
    /// What the application's function threw.
    fn key(&self, key: &Key) -> Result<Option<String>, Self>;

    /// A transport's text, copied.
    fn string(text: &Self::Text) -> String;

    /// The whole number at these fields, with dots between; `true` is 1.
    fn number(&self, path: &str) -> Option<u64>;

    /// What this key of an object has.
    fn field(&self, key: &str) -> Option<Self>;

    /// The text that this key of an object has.
    fn text(&self, key: &str) -> Option<String>;

    /// How long it would be as JSON, in bytes or UTF-16 units; 0 if it cannot be written so.
    fn size(&self) -> usize;

    /// Is it an object with this key?
    fn has(&self, key: &str) -> bool;
}
