//! GraphQL over SSE: what its events mean.

use super::Meaning;

pub(super) fn meaning(name: &[u8]) -> Meaning {
    match name {
        b"next" => Meaning::Next,
        b"complete" => Meaning::Complete,
        _ => Meaning::Unknown,
    }
}

/// Some servers leave the empty data line out of `complete`. Taking that for
/// anything else would run the operation again, for ever.
pub(super) fn bare_meaning(name: &[u8]) -> Meaning {
    match name {
        b"complete" => Meaning::Complete,
        _ => Meaning::Unknown,
    }
}
