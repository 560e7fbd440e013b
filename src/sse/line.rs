//! Lines and their fields.

use crate::time::Span;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Data,
    Event,
    Id,
    Retry,
}

/// Takes what is left of the line, and its end if that is here.
/// The line feed of a CRLF may come with the next chunk: the line has ended all the same.
pub(crate) fn take_line<'a>(input: &mut &'a [u8], after_cr: &mut bool) -> (&'a [u8], bool) {
    let bytes: &'a [u8] = input;
    let Some(end) = bytes
        .iter()
        .position(|&byte| byte == b'\n' || byte == b'\r')
    else {
        *input = &[];
        return (bytes, false);
    };
    *after_cr = bytes.get(end) == Some(&b'\r');
    *input = bytes.get(end + 1..).unwrap_or_default();
    (bytes.get(..end).unwrap_or_default(), true)
}

pub(super) fn field(name: &[u8]) -> Option<Field> {
    match name {
        b"data" => Some(Field::Data),
        b"event" => Some(Field::Event),
        b"id" => Some(Field::Id),
        b"retry" => Some(Field::Retry),
        _ => None,
    }
}

/// HTML: `retry` counts only if it is all ASCII digits.
pub(super) fn retry(value: &[u8]) -> Option<Span> {
    if value.is_empty() {
        return None;
    }
    let mut ms: u64 = 0;
    for byte in value {
        if !byte.is_ascii_digit() {
            return None;
        }
        // More than a thousand years are no more than that.
        ms = if ms < 1 << 45 {
            ms * 10 + u64::from(byte - b'0')
        } else {
            u64::MAX
        };
    }
    Some(Span::from_millis(ms))
}
