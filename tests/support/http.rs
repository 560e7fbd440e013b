//! Takes the framing of HTTP/1 off, as a browser does before anybody sees a byte.

use graphql_lifeline::response::Head;

/// How a body came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The last chunk, or all of `Content-Length`: clean.
    Whole,
    /// The connection closed, and nothing said that the body would be longer: clean.
    Closed,
    /// The connection closed in the middle of a chunked body: a browser reports an error.
    Cut,
}

/// An answer without its framing.
pub struct Answer {
    pub head: Head,
    pub body: Vec<u8>,
    pub end: End,
}

/// Reads one answer, to the end of the connection.
pub fn answer(raw: &[u8]) -> Answer {
    let at = find(raw, b"\r\n\r\n").expect("a head has an end");
    let head = std::str::from_utf8(&raw[..at]).expect("a head is ASCII");
    let rest = &raw[at + 4..];
    let field = |name: &str| {
        head.lines()
            .skip(1)
            .filter_map(|line| line.split_once(':'))
            .find(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim().to_owned())
    };
    let (body, end) = if field("transfer-encoding").as_deref() == Some("chunked") {
        unchunk(rest)
    } else if let Some(length) = field("content-length") {
        assert_eq!(length.parse(), Ok(rest.len()), "the capture is whole");
        (rest.to_vec(), End::Whole)
    } else {
        (rest.to_vec(), End::Closed)
    };
    Answer {
        head: Head {
            status: status(head),
            content_type: field("content-type"),
            retry_after: None,
        },
        body,
        end,
    }
}

fn status(head: &str) -> u16 {
    let status = head.split(' ').nth(1).expect("a status line has a status");
    status.parse().expect("a status is a number")
}

fn unchunk(mut rest: &[u8]) -> (Vec<u8>, End) {
    let mut body = Vec::new();
    loop {
        let Some(line) = find(rest, b"\r\n") else {
            return (body, End::Cut);
        };
        let size = std::str::from_utf8(&rest[..line]).expect("a size is ASCII");
        let size = usize::from_str_radix(size, 16).expect("a size is hexadecimal");
        rest = &rest[line + 2..];
        if size == 0 {
            assert_eq!(rest, b"\r\n", "nothing follows the last chunk");
            return (body, End::Whole);
        }
        assert!(rest.len() >= size + 2, "the captures hold whole chunks");
        body.extend_from_slice(&rest[..size]);
        rest = &rest[size + 2..];
    }
}

fn find(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    bytes
        .windows(pattern.len())
        .position(|window| window == pattern)
}
