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
    let mut tokens = Tokens {
        rest: document.as_bytes(),
    };
    let mut found = None;
    while let Some(definition) = next_definition(&mut tokens) {
        let Some((kind, own_name)) = definition else {
            continue;
        };
        match name {
            Some(name) if own_name == name.as_bytes() => return kind,
            Some(_) => {}
            // Several operations and no name: the server will refuse it.
            None if found.is_some() => return Kind::Unknown,
            None => found = Some(kind),
        }
    }
    found.unwrap_or(Kind::Unknown)
}

type Definition<'a> = Option<(Kind, &'a [u8])>;

/// The next definition, `Some(None)` if it is no operation.
fn next_definition<'a>(tokens: &mut Tokens<'a>) -> Option<Definition<'a>> {
    let kind = match tokens.next()? {
        Token::Open(b'{') => {
            skip_group(tokens);
            return Some(Some((Kind::Query, b"")));
        }
        Token::Name(b"subscription") => Some(Kind::Subscription),
        Token::Name(b"query") => Some(Kind::Query),
        Token::Name(b"mutation") => Some(Kind::Mutation),
        Token::Name(_) | Token::Open(_) | Token::Close | Token::Other => None,
    };
    let mut name: &[u8] = b"";
    let mut first = true;
    while let Some(token) = tokens.next() {
        match token {
            Token::Name(own) if first => name = own,
            Token::Open(bracket) => {
                skip_group(tokens);
                // The selection set ends the definition; arguments and lists come before it.
                if bracket == b'{' {
                    break;
                }
            }
            Token::Name(_) | Token::Close | Token::Other => {}
        }
        first = false;
    }
    Some(kind.map(|kind| (kind, name)))
}

fn skip_group(tokens: &mut Tokens<'_>) {
    let mut depth = 1usize;
    while depth > 0 {
        match tokens.next() {
            Some(Token::Open(_)) => depth += 1,
            Some(Token::Close) => depth -= 1,
            Some(Token::Name(_) | Token::Other) => {}
            None => return,
        }
    }
}

enum Token<'a> {
    Name(&'a [u8]),
    Open(u8),
    Close,
    Other,
}

struct Tokens<'a> {
    rest: &'a [u8],
}

impl<'a> Tokens<'a> {
    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let &byte = self.rest.first()?;
            match byte {
                b'#' => {
                    self.take_while(|byte| byte != b'\n' && byte != b'\r');
                }
                b'"' => {
                    self.skip_string();
                    return Some(Token::Other);
                }
                b'_' | b'a'..=b'z' | b'A'..=b'Z' => {
                    return Some(Token::Name(
                        self.take_while(|byte| byte == b'_' || byte.is_ascii_alphanumeric()),
                    ));
                }
                b'{' | b'(' | b'[' => {
                    self.skip(1);
                    return Some(Token::Open(byte));
                }
                b'}' | b')' | b']' => {
                    self.skip(1);
                    return Some(Token::Close);
                }
                // A byte order mark is ignored; it is no punctuation either.
                b' ' | b'\t' | b'\n' | b'\r' | b',' | 0xEF | 0xBB | 0xBF => self.skip(1),
                _ => {
                    self.skip(1);
                    return Some(Token::Other);
                }
            }
        }
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    fn take_while(&mut self, belongs: impl Fn(u8) -> bool) -> &'a [u8] {
        let end = self
            .rest
            .iter()
            .position(|&byte| !belongs(byte))
            .unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn skip_string(&mut self) {
        let block = self.rest.starts_with(b"\"\"\"");
        self.skip(if block { 3 } else { 1 });
        while let Some(&byte) = self.rest.first() {
            if block && self.rest.starts_with(b"\"\"\"") {
                return self.skip(3);
            }
            let escaped = match block {
                true => self.rest.starts_with(b"\\\"\"\""),
                false => byte == b'\\',
            };
            if escaped {
                self.skip(if block { 4 } else { 2 });
                continue;
            }
            self.skip(1);
            if !block && matches!(byte, b'"' | b'\n' | b'\r') {
                return;
            }
        }
    }
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
