//! An event that is here as a whole, in the form that servers send: a name at most, one data line,
//! a blank line. It is read where it stands. Every other goes through the decoder's states, which
//! would come to the same.

use super::line::take_line;

/// Its name and its data, with `input` moved behind it; `None`, and nothing is moved: it is not
/// here, or not of that form.
pub(super) fn whole<'a>(input: &mut &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    let mut rest: &'a [u8] = input;
    let name = value(&mut rest, b"event:").unwrap_or_default();
    let data = value(&mut rest, b"data:")?;
    line(&mut rest).filter(|line| line.is_empty())?;
    *input = rest;
    Some((name, data))
}

/// The value of the field with this name, if it comes next.
fn value<'a>(input: &mut &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let mut rest = input.strip_prefix(name)?;
    // HTML: one space behind the colon is not part of the value
    rest = rest.strip_prefix(b" ").unwrap_or(rest);
    let value = line(&mut rest)?;
    *input = rest;
    Some(value)
}

/// A line that ends with LF or CRLF.
fn line<'a>(input: &mut &'a [u8]) -> Option<&'a [u8]> {
    let mut after_cr = false;
    let (line, ended) = take_line(input, &mut after_cr);
    if after_cr {
        *input = input.strip_prefix(b"\n")?;
    }
    ended.then_some(line)
}
