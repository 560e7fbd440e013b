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
pub(super) fn take_line<'a>(input: &mut &'a [u8], after_cr: &mut bool) -> (&'a [u8], bool) {
    let bytes: &'a [u8] = input;
    let Some(end) = line_end(bytes) else {
        *input = &[];
        return (bytes, false);
    };
    *after_cr = bytes.get(end) == Some(&b'\r');
    *input = bytes.get(end + 1..).unwrap_or_default();
    (bytes.get(..end).unwrap_or_default(), true)
}

/// Where the first line end is. Eight bytes at a time: a byte of the sum is zero where the byte is
/// sought, and a zero byte is the first to borrow when one is taken from each.
fn line_end(bytes: &[u8]) -> Option<usize> {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = EACH << 7;
    let zeros = |word: u64| word.wrapping_sub(EACH) & !word & HIGH;
    let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let (words, _) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let found = zeros(word ^ (EACH * 10)) | zeros(word ^ (EACH * 13));
        if found != 0 {
            return Some(at * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let start = words.len() * 8;
    let rest = bytes.get(start..).unwrap_or_default();
    Some(start + rest.iter().position(is_end)?)
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
