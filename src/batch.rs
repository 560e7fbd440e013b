//! Results that arrived together, parsed at once: parsing each for itself costs several times as
//! much as the work on it.
//!
//! ```text
//! [{"data":…},
//! 719283645,
//! {"data":…}]
//! ```
//!
//! One bad payload must cost only itself, and payloads that are broken each for itself, such as
//! `{"a":[{}` and `{}]}`, must not become whole side by side. So there is a mark between each two:
//! a number that the server cannot know. No string goes over it, because JSON allows no line feed
//! in one. If all the marks stand where they should in the list that was parsed, each payload was
//! one whole value. Otherwise they are parsed one by one.

use alloc::vec::Vec;

use crate::payload::Payload;
use crate::reader::{Message, result};

/// A batch of this many bytes takes no more: what is done with it should not hold up a page.
const FULL: usize = 128 << 10;
/// Between two payloads: a mark of eight digits between commas and line feeds.
const SEPARATOR: usize = 12;
/// The first number of eight digits.
const LEAST: u32 = 10_000_000;

/// Payloads that wait to be parsed.
#[derive(Debug)]
pub(crate) struct Batch {
    mark: u32,
    separator: [u8; SEPARATOR],
    json: Vec<u8>,
    /// Where each payload ends.
    ends: Vec<usize>,
    /// As many were parsed one by one.
    parsed: usize,
}

impl Batch {
    /// `secret` is a random number.
    pub fn new(secret: u32) -> Self {
        let mark = LEAST + secret % (9 * LEAST);
        let mut separator = *b",\n00000000,\n";
        let mut rest = mark;
        for digit in separator.iter_mut().rev().filter(|it| **it == b'0') {
            *digit += (rest % 10) as u8;
            rest /= 10;
        }
        Self {
            mark,
            separator,
            json: Vec::new(),
            ends: Vec::new(),
            parsed: 0,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// `true`: it is full.
    pub fn push(&mut self, payload: &[u8]) -> bool {
        if self.ends.is_empty() {
            self.json.push(b'[');
        } else {
            self.json.extend_from_slice(&self.separator);
        }
        self.json.extend_from_slice(payload);
        self.ends.push(self.json.len());
        self.json.len() >= FULL
    }

    /// All of them, or the next one, if they have to be parsed one by one; `None`: it is empty.
    pub fn take<P: Payload>(&mut self) -> Option<Message<P>> {
        let &end = self.ends.get(self.parsed)?;
        let count = self.ends.len();
        if self.parsed == 0 && count > 1 {
            self.json.push(b']');
            if let Some(list) = P::from_list(&self.json, count, self.mark) {
                self.clear();
                return Some(Message::Results(list, count));
            }
        }
        let start = match self.parsed.checked_sub(1).and_then(|at| self.ends.get(at)) {
            Some(before) => before + SEPARATOR,
            None => 1,
        };
        let message = result(P::from_bytes(self.json.get(start..end).unwrap_or_default()));
        self.parsed += 1;
        if self.parsed == count {
            self.clear();
        }
        Some(message)
    }

    fn clear(&mut self) {
        self.json.clear();
        // One that was larger than usual.
        self.json.shrink_to(2 * FULL);
        self.ends.clear();
        self.parsed = 0;
    }
}
