//! What kind of operation a GraphQL document holds.
//!
//! The client must know it, because a mutation is never sent twice. Only the
//! outer structure is read (GraphQL specification, "Document" and "Lexical
//! tokens"); the server judges the rest.

/// The kind of one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Subscription,
    Query,
    Mutation,
    /// No document to read, or none that can be understood. Treated as a side effect.
    Unknown,
}

impl Kind {
    /// The name that the API uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Subscription => "subscription",
            Self::Query => "query",
            Self::Mutation => "mutation",
            Self::Unknown => "unknown",
        }
    }
}

/// The kind of the operation `name` in `document`, or of its only operation.
#[must_use]
pub fn operation_kind(document: &str, name: Option<&str>) -> Kind {
    let mut rest = document.as_bytes();
    let mut found = None;
    while let Some((kind, own_name)) = next_definition(&mut rest) {
        match (kind, name) {
            (Some(kind), Some(name)) if own_name == name.as_bytes() => return kind,
            // Several operations and no name: the server will refuse it.
            (Some(_), None) if found.is_some() => return Kind::Unknown,
            (Some(_), None) => found = kind,
            (Some(_), Some(_)) | (None, _) => {}
        }
    }
    found.unwrap_or(Kind::Unknown)
}

/// The next definition's kind, if it is an operation, and name.
fn next_definition<'a>(rest: &mut &'a [u8]) -> Option<(Option<Kind>, &'a [u8])> {
    let mut kind = None;
    let mut name: &[u8] = b"";
    let mut depth = 0usize;
    let mut selection = false;
    let mut count = 0usize;
    while let Some(token) = next_token(rest) {
        count += 1;
        match (token, depth) {
            ([b'{' | b'(' | b'[', ..], _) => {
                if depth == 0 {
                    selection = token == b"{";
                    if selection && count == 1 {
                        kind = Some(Kind::Query);
                    }
                }
                depth += 1;
            }
            ([b'}' | b')' | b']', ..], _) => {
                depth = depth.saturating_sub(1);
                // The selection set ends the definition; arguments and lists come before it.
                if depth == 0 && selection {
                    break;
                }
            }
            (b"subscription", 0) if count == 1 => kind = Some(Kind::Subscription),
            (b"query", 0) if count == 1 => kind = Some(Kind::Query),
            (b"mutation", 0) if count == 1 => kind = Some(Kind::Mutation),
            ([first, ..], 0) if count == 2 && in_name(*first) => name = token,
            _ => {}
        }
    }
    (count > 0).then_some((kind, name))
}

/// The next token: a name, a string's first quote, or one byte of anything else.
fn next_token<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    loop {
        let (byte, from) = (*rest.first()?, *rest);
        let length = match byte {
            b'#' => rest
                .iter()
                .position(|byte| matches!(byte, b'\n' | b'\r'))
                .unwrap_or(rest.len()),
            b'"' => string_length(rest),
            _ if in_name(byte) => rest
                .iter()
                .position(|&byte| !in_name(byte))
                .unwrap_or(rest.len()),
            _ => 1,
        };
        *rest = rest.get(length..).unwrap_or_default();
        match byte {
            // A byte order mark is ignored; it is no punctuation either.
            b'#' | b' ' | b'\t' | b'\n' | b'\r' | b',' | 0xEF | 0xBB | 0xBF => {}
            b'"' => return Some(b"\""),
            _ => return from.get(..length),
        }
    }
}

const fn in_name(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
}

/// How many bytes the string takes that `text` begins with.
fn string_length(text: &[u8]) -> usize {
    let block = text.starts_with(b"\"\"\"");
    let mut at = if block { 3 } else { 1 };
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        at += match (block, rest) {
            (true, [b'\\', b'"', b'"', b'"', ..]) => 4,
            (true, [b'"', b'"', b'"', ..]) => return at + 3,
            (false, [b'\\', ..]) => 2,
            (false, [b'"' | b'\n' | b'\r', ..]) => return at + 1,
            _ => 1,
        };
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_is_read_from_the_document() {
        let cases: &[(&str, Option<&str>, Kind)] = &[
            ("subscription { messages { id } }", None, Kind::Subscription),
            ("{ a }", None, Kind::Query),
            ("\u{feff}mutation M { a }", None, Kind::Mutation),
            ("query subscription { a }", None, Kind::Query),
            ("# subscription\nquery { a }", None, Kind::Query),
            (
                "query A { mutation } mutation B($o: I = {a: \"}\"}) @d(x: [1]) { b }",
                Some("B"),
                Kind::Mutation,
            ),
            (
                "fragment F on T { mutation { a } } subscription S { ...F }",
                None,
                Kind::Subscription,
            ),
            (
                "query A { a(text: \"\"\"\\\"\"\" } mutation M { \"\"\") } subscription S { a }",
                Some("S"),
                Kind::Subscription,
            ),
            ("query A { a } query B { b }", None, Kind::Unknown),
            ("query A { a }", Some("Missing"), Kind::Unknown),
            ("{ a } mutation B { b }", None, Kind::Unknown),
            ("", None, Kind::Unknown),
            ("nonsense", None, Kind::Unknown),
            ("mutation {", None, Kind::Mutation),
            ("query ($s: String = \"\\\"{\") { a }", None, Kind::Query),
        ];
        for (document, name, kind) in cases {
            assert_eq!(operation_kind(document, *name), *kind, "{document}");
        }
    }
}
