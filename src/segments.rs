//! Results that a server has split, put together again: PROTOCOL.md, "Segments".
//!
//! What is wrong with one costs itself alone. The text of what has come lies in a payload, outside
//! the memory of this module.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::io::GapReason;
use crate::payload::Payload;
use crate::reader::{Message, result};
use crate::time::{Instant, Span};

/// The next slice may take this long.
pub const PATIENCE: Span = Span::from_secs(30);
/// As many results of an operation are in assembly at most, and as many names of dropped ones are
/// known.
const MOST: usize = 64;
/// However short a slice is, it is taken for this many bytes: it is kept by itself.
const LEAST_BYTES: usize = 64;

/// What a slice says of itself: the result's name, the slice's index, how many there are; and of
/// the whole result the bytes and the checksum.
type Head = [u32; 5];

const KEYS: [&str; 5] = ["r", "i", "n", "b", "c"];

fn read<P: Payload>(head: &P) -> Option<Head> {
    let mut numbers = [0; 5];
    for (number, key) in numbers.iter_mut().zip(&KEYS) {
        *number = u32::try_from(head.number(key)?).ok()?;
    }
    let [_, index, count, ..] = numbers;
    (index < count).then_some(numbers)
}

/// The remainders of CRC-32 for half a byte, as zlib has it.
const REMAINDERS: [u32; 16] = {
    let mut remainders = [0; 16];
    let mut at = 0;
    while at < 16 {
        let mut crc = at as u32;
        let mut bit = 0;
        while bit < 4 {
            crc = (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
            bit += 1;
        }
        remainders[at] = crc;
        at += 1;
    }
    remainders
};

/// CRC-32 so far, with these bytes behind it. It begins with `u32::MAX`, and what it ends with is to
/// be inverted.
fn checksum(so_far: u32, bytes: &[u8]) -> u32 {
    let half = |crc: u32| (crc >> 4) ^ REMAINDERS[(crc & 15) as usize];
    bytes
        .iter()
        .fold(so_far, |crc, &byte| half(half(crc ^ u32::from(byte))))
}

/// A result in assembly.
#[derive(Debug)]
struct Part<P> {
    /// What the next slice has to say.
    next: Head,
    /// As many bytes are still to come.
    left: usize,
    checksum: u32,
    /// The next slice has to come by then.
    due: Instant,
    text: Option<P>,
}

impl<P> Part<P> {
    /// The bytes that the whole result may take.
    fn room(&self) -> usize {
        let [_, _, count, bytes, _] = self.next;
        (count as usize)
            .saturating_mul(LEAST_BYTES)
            .max(bytes as usize)
    }
}

/// Results of one operation on one connection. All results in assembly of a client share a limit:
/// `room` is what is left of it.
#[derive(Debug)]
pub struct Segments<P> {
    /// Boxed: it takes less code to move them.
    parts: Vec<Box<Part<P>>>,
    /// The room that they take.
    pub(crate) taken: usize,
    /// Names of results of which nothing more is wanted.
    dropped: Vec<u32>,
}

impl<P> Default for Segments<P> {
    fn default() -> Self {
        Self {
            parts: Vec::new(),
            taken: 0,
            dropped: Vec::new(),
        }
    }
}

impl<P: Payload> Segments<P> {
    /// A slice has come. What follows: nothing, the result, or its loss.
    // `contains` takes more code.
    #[allow(clippy::manual_contains)]
    pub fn add(
        &mut self,
        now: Instant,
        head: &P,
        slice: &[u8],
        room: &mut usize,
    ) -> Option<Message<P>> {
        let Some(head) = read(head) else {
            return Some(Message::Lost(GapReason::Malformed));
        };
        let [name, index, count, bytes, crc] = head;
        let known = self.parts.iter().position(|part| part.next[0] == name);
        let mut part = match known {
            Some(at) => self.take(at, room),
            None if index == 0 => Box::new(Part {
                next: head,
                left: bytes as usize,
                checksum: u32::MAX,
                due: now,
                text: None,
            }),
            None if self.dropped.iter().any(|it| *it == name) => return None,
            None => return self.lose(name, GapReason::Segment),
        };
        if part.room() > *room || self.parts.len() == MOST {
            return self.lose(name, GapReason::Oversize);
        }
        let is_next = part.next == head && slice.len() <= part.left;
        part.next[1] += 1;
        part.left = part.left.wrapping_sub(slice.len());
        part.checksum = checksum(part.checksum, slice);
        part.due = now + PATIENCE;
        part.text = Some(P::append(part.text.take(), slice));
        let is_last = part.next[1] == count;
        if !is_next || is_last && (part.left > 0 || !part.checksum != crc) {
            return self.lose(name, GapReason::Segment);
        }
        if is_last {
            return Some(result(part.text.take().and_then(P::join)));
        }
        let taken = part.room();
        *room -= taken;
        self.taken += taken;
        self.parts.push(part);
        None
    }

    /// When to look for what is late.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.parts.iter().map(|part| part.due).min()
    }

    /// Gives up one that is late; `false`: there is none.
    pub fn give_up(&mut self, now: Instant, room: &mut usize) -> bool {
        let Some(at) = self.parts.iter().position(|part| part.due <= now) else {
            return false;
        };
        let late = self.take(at, room);
        self.lose(late.next[0], GapReason::Segment);
        true
    }

    fn take(&mut self, at: usize, room: &mut usize) -> Box<Part<P>> {
        let part = self.parts.swap_remove(at);
        let taken = part.room();
        *room += taken;
        self.taken -= taken;
        part
    }

    fn lose(&mut self, name: u32, reason: GapReason) -> Option<Message<P>> {
        if self.dropped.len() == MOST {
            self.dropped.clear();
        }
        self.dropped.push(name);
        Some(Message::Lost(reason))
    }
}
