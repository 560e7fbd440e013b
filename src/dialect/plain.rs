//! Unnamed events, each with a whole result: what MongooseIM sends.

use super::Meaning;

pub(super) fn meaning(name: &[u8]) -> Meaning {
    match name {
        // HTML: an event without a name is called `message`
        b"" | b"message" => Meaning::Next,
        _ => Meaning::Unknown,
    }
}
