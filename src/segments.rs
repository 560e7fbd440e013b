//! Results that a server has split, put together again: PROTOCOL.md, "Segments".
//!
//! What is wrong with one costs itself alone. The text of what has come lies in a payload, outside
//! the memory of this module.

use alloc::vec::Vec;

use crate::io::GapReason;
use crate::payload::Payload;
use crate::reader::{Message, result};
use crate::time::{Instant, Span};

/// The next slice may take this long.
pub const PATIENCE: Span = Span::from_secs(30);
/// Whoever looks this much after a deadline was not awake at it.
const LATE: Span = Span::from_secs(2);
/// As many results of an operation are in assembly at most, and as many names of dropped ones are
/// known.
const MOST: usize = 64;
/// However short a slice is, it is taken for this many bytes: it is kept by itself.
const LEAST_BYTES: u64 = 64;

/// What a slice says of itself: the result's name, the slice's index, how many there are; and of
/// the whole result the bytes and the checksum.
type Head = [u32; 5];

fn read<P: Payload>(head: &P) -> Option<Head> {
    let mut numbers = [0; 5];
    for (number, key) in numbers.iter_mut().zip(["r", "i", "n", "b", "c"]) {
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
    /// When the last slice came.
    heard: Instant,
    text: Option<P>,
}

impl<P> Part<P> {
    /// The bytes that the whole result may take.
    fn room(&self) -> u64 {
        let [_, _, count, bytes, _] = self.next;
        u64::from(bytes).max(u64::from(count) * LEAST_BYTES)
    }
}

/// Results of one operation on one connection. All results in assembly of a client share a limit;
/// `room` is how much of that is taken.
#[derive(Debug)]
pub struct Segments<P> {
    parts: Vec<Part<P>>,
    /// Names of results of which nothing more is wanted, and how many there have been.
    dropped: Vec<u32>,
    drops: usize,
}

impl<P: Payload> Segments<P> {
    #[must_use]
    pub const fn new() -> Self {
        Self {
            parts: Vec::new(),
            dropped: Vec::new(),
            drops: 0,
        }
    }

    /// A slice has come. What follows: nothing, the result, or its loss.
    pub fn add(
        &mut self,
        now: Instant,
        head: &P,
        slice: &[u8],
        room: &mut u64,
        most: usize,
    ) -> Option<Message<P>> {
        let Some(head) = read(head) else {
            return Some(Message::Lost(GapReason::Malformed));
        };
        let [name, index, count, bytes, crc] = head;
        let known = self.parts.iter().position(|part| part.next[0] == name);
        let mut part = match known {
            Some(at) => self.take(at, room),
            None if index == 0 => Part {
                next: head,
                left: bytes as usize,
                checksum: u32::MAX,
                heard: now,
                text: None,
            },
            None if self.dropped.contains(&name) => return None,
            None => return self.lose(name, GapReason::Segment),
        };
        if known.is_none() && (*room + part.room() > most as u64 || self.parts.len() >= MOST) {
            return self.lose(name, GapReason::Oversize);
        }
        if part.next != head || part.left < slice.len() {
            return self.lose(name, GapReason::Segment);
        }
        part.next[1] += 1;
        part.left -= slice.len();
        part.checksum = checksum(part.checksum, slice);
        part.heard = now;
        part.text = Some(P::append(part.text, slice));
        if part.next[1] < count {
            *room += part.room();
            self.parts.push(part);
            None
        } else if part.left == 0 && !part.checksum == crc {
            Some(result(part.text.and_then(P::join)))
        } else {
            self.lose(name, GapReason::Segment)
        }
    }

    /// When to look for what is late.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let oldest = self.parts.iter().map(|part| part.heard).min()?;
        Some(oldest + PATIENCE)
    }

    /// Gives up one that is late; `false`: there is none.
    pub fn give_up(&mut self, now: Instant, room: &mut u64) -> bool {
        for (at, part) in self.parts.iter_mut().enumerate() {
            let waited = now.since(part.heard + PATIENCE);
            if waited > LATE {
                // Its next slice may have come while nobody was awake.
                part.heard = now;
            } else if part.heard + PATIENCE <= now {
                let [name, ..] = self.take(at, room).next;
                self.lose(name, GapReason::Segment);
                return true;
            }
        }
        false
    }

    /// The connection is over: nothing more comes of them.
    pub fn leave(&self, room: &mut u64) {
        for part in &self.parts {
            *room -= part.room();
        }
    }

    fn take(&mut self, at: usize, room: &mut u64) -> Part<P> {
        let part = self.parts.swap_remove(at);
        *room -= part.room();
        part
    }

    fn lose(&mut self, name: u32, reason: GapReason) -> Option<Message<P>> {
        match self.dropped.get_mut(self.drops % MOST) {
            Some(oldest) => *oldest = name,
            None => self.dropped.push(name),
        }
        self.drops = self.drops.wrapping_add(1);
        Some(Message::Lost(reason))
    }
}
