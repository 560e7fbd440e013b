//! A result that is sent in slices: PROTOCOL.md, "Segments".
//!
//! [`Segmented::cut`] is all that a server needs; `suffer` is for the faults.

use std::borrow::Cow;

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::effect::Slices;

/// A client that asks for less is not heard.
const LEAST_BYTES: u64 = 256;

/// The most bytes of a slice, as a request's `extensions` ask for it.
pub fn asked(extensions: Option<&Map<String, Value>>) -> Option<usize> {
    let most = extensions?.get("lifeline")?.get("maxSegmentBytes")?;
    // 1e3 is a whole number too, in JavaScript.
    let whole = |number: f64| (number.fract() == 0.0).then_some(number as u64);
    let most = most.as_u64().or_else(|| most.as_f64().and_then(whole))?;
    usize::try_from(most).ok().filter(|_| most >= LEAST_BYTES)
}

#[derive(Clone, Debug)]
struct Slice<'a> {
    index: usize,
    text: Cow<'a, str>,
}

/// One result in slices: two of them at least.
#[derive(Debug)]
pub struct Segmented<'a> {
    result: u32,
    count: usize,
    bytes: usize,
    checksum: u32,
    slices: Vec<Slice<'a>>,
}

#[derive(Serialize)]
struct Header<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    r: u32,
    i: usize,
    n: usize,
    b: usize,
    c: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<&'a str>,
}

#[derive(Serialize)]
struct Frame<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    payload: Header<'a>,
}

impl<'a> Segmented<'a> {
    /// Cuts a result's JSON; none if it fits one slice. `result` is its number on its connection.
    pub fn cut(json: &'a str, most: usize, result: u32) -> Option<Self> {
        if json.len() <= most {
            return None;
        }
        let mut slices = Vec::new();
        let mut rest = json;
        while !rest.is_empty() {
            let (text, after) = rest.split_at_checked(end(rest, most))?;
            let (index, text) = (slices.len(), Cow::Borrowed(text));
            slices.push(Slice { index, text });
            rest = after;
        }
        Some(Self {
            result,
            count: slices.len(),
            bytes: json.len(),
            checksum: crc32(json.as_bytes()),
            slices,
        })
    }

    /// What a fault makes of it. It hits the middle: neither the first slice nor the last says all.
    pub fn suffer(&mut self, fault: Slices) {
        let middle = self.slices.len().saturating_sub(1) / 2;
        match fault {
            Slices::Whole => {}
            Slices::Lost if self.slices.is_empty() => {}
            Slices::Lost => {
                self.slices.remove(middle);
            }
            Slices::Swapped => {
                if let Some([one, other]) = self.slices.get_mut(middle..=middle + 1) {
                    std::mem::swap(one, other);
                }
            }
            Slices::Twice => {
                if let Some(slice) = self.slices.get(middle).cloned() {
                    self.slices.insert(middle, slice);
                }
            }
            Slices::Damaged => {
                if let Some(slice) = self.slices.get_mut(middle) {
                    slice.text = damaged(&slice.text).into();
                }
            }
            Slices::Stuck => {
                self.slices.pop();
            }
        }
    }

    /// How many slices there are to send.
    pub fn len(&self) -> usize {
        self.slices.len()
    }

    /// As events; `operation` is whose it is on a reserved stream. `rest` are lines that stand with
    /// the last slice.
    pub fn events(&self, operation: Option<&str>, rest: &str) -> serde_json::Result<Vec<Bytes>> {
        let event = |slice: &Slice<'_>| {
            let header = serde_json::to_string(&self.header(slice.index, operation, None))?;
            let rest = if slice.index + 1 == self.count {
                rest
            } else {
                ""
            };
            let text = &slice.text;
            // With a space behind the colon a slice that begins with one keeps it.
            Ok(format!("event:segment\n{rest}data:{header}\ndata: {text}\n\n").into())
        };
        self.slices.iter().map(event).collect()
    }

    /// As frames of a socket.
    pub fn frames(&self, operation: &str) -> serde_json::Result<Vec<String>> {
        let frame = |slice: &Slice<'_>| {
            serde_json::to_string(&Frame {
                id: operation,
                kind: "segment",
                payload: self.header(slice.index, None, Some(&slice.text)),
            })
        };
        self.slices.iter().map(frame).collect()
    }

    fn header<'b>(&self, index: usize, id: Option<&'b str>, s: Option<&'b str>) -> Header<'b> {
        Header {
            id,
            r: self.result,
            i: index,
            n: self.count,
            b: self.bytes,
            c: self.checksum,
            s,
        }
    }
}

/// Where the first slice of a text ends: not inside a character.
fn end(text: &str, most: usize) -> usize {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    end
}

/// One bit is another. The last byte of a text, so changed, is neither a line end nor broken UTF-8.
fn damaged(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte: u32 = 0;
    while byte < 256 {
        let mut crc = byte;
        let mut bit = 0;
        while bit < 8 {
            crc = (crc >> 1) ^ (0xedb8_8320 * (crc & 1));
            bit += 1;
        }
        #[allow(clippy::indexing_slicing)] // there are 256
        {
            table[byte as usize] = crc;
        }
        byte += 1;
    }
    table
};

/// CRC-32 (IEEE 802.3), as zlib has it.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc: u32, byte| {
        let [low, ..] = (crc ^ u32::from(*byte)).to_le_bytes();
        (crc >> 8) ^ TABLE.get(usize::from(low)).copied().unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(json: &str, most: usize) -> Vec<String> {
        let segmented = Segmented::cut(json, most, 0).unwrap();
        let texts = segmented.slices.iter().map(|slice| slice.text.to_string());
        texts.collect()
    }

    #[test]
    fn the_checksum_is_the_usual_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn slices_end_between_characters_and_are_the_whole_together() {
        let json = format!("\"{}\"", "añ漢😀".repeat(300));
        for most in 256..600 {
            let texts = texts(&json, most);
            assert_eq!(texts.concat(), json);
            let (last, others) = texts.split_last().unwrap();
            assert!(!last.is_empty() && last.len() <= most);
            assert!(others.iter().all(|text| most - text.len() < 4));
        }
        assert!(Segmented::cut(&json, json.len(), 0).is_none());
        assert_eq!(texts(&json, json.len() - 1).len(), 2);
    }

    #[test]
    fn headers_are_alike_but_for_the_index() {
        let json = format!("{}9", "123456789".repeat(60));
        let segmented = Segmented::cut(&json, 300, 7).unwrap();
        let events = segmented.events(Some("a \"b\""), "id: 3\n").unwrap();
        let (crc, text) = (crc32(json.as_bytes()), json.split_at(300));
        let event = |i: usize, rest: &str, text: &str| {
            format!(
                "event:segment\n{rest}data:{{\"id\":\"a \\\"b\\\"\",\"r\":7,\"i\":{i},\"n\":2,\"b\":541,\"c\":{crc}}}\ndata: {text}\n\n"
            )
        };
        assert_eq!(events, [event(0, "", text.0), event(1, "id: 3\n", text.1)]);
        let frames = segmented.frames("a").unwrap();
        let frame = |i: usize, text: &str| {
            format!(
                "{{\"id\":\"a\",\"type\":\"segment\",\"payload\":{{\"r\":7,\"i\":{i},\"n\":2,\"b\":541,\"c\":{crc},\"s\":\"{text}\"}}}}"
            )
        };
        assert_eq!(frames, [frame(0, text.0), frame(1, text.1)]);
    }

    #[test]
    fn faults_hit_one_slice() {
        let json = "x".repeat(5 * 256);
        for (fault, indices) in [
            (Slices::Whole, &[0, 1, 2, 3, 4][..]),
            (Slices::Lost, &[0, 1, 3, 4]),
            (Slices::Swapped, &[0, 1, 3, 2, 4]),
            (Slices::Twice, &[0, 1, 2, 2, 3, 4]),
            (Slices::Damaged, &[0, 1, 2, 3, 4]),
            (Slices::Stuck, &[0, 1, 2, 3]),
        ] {
            let mut segmented = Segmented::cut(&json, 256, 0).unwrap();
            segmented.suffer(fault);
            let slices = segmented.slices.iter();
            let found: Vec<_> = slices.map(|slice| slice.index).collect();
            assert_eq!(found, indices, "{fault:?}");
            let all: String = segmented.slices.iter().map(|it| &*it.text).collect();
            assert_eq!(all.contains('y'), fault == Slices::Damaged);
        }
        for text in ["é", "漢", "😀", "a", "\"", " ", "\\"] {
            let damaged = damaged(text);
            assert!(damaged != text && damaged.len() == text.len(), "{damaged}");
            assert!(!damaged.contains(['\r', '\n']));
        }
    }

    #[test]
    fn what_makes_no_sense_asks_for_nothing() {
        let ask = |most: &str| {
            let extensions = format!("{{\"lifeline\":{{\"maxSegmentBytes\":{most}}}}}");
            asked(serde_json::from_str(&extensions).ok().as_ref())
        };
        assert_eq!(ask("256"), Some(256));
        assert_eq!(ask("1e3"), Some(1000));
        for most in ["255", "-1", "256.5", "\"256\"", "null", "[]", "-1e9"] {
            assert_eq!(ask(most), None, "{most}");
        }
        assert_eq!(asked(None), None);
    }
}
