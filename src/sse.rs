//! The event stream format: bytes in, events out.
//!
//! HTML Standard, "Server-sent events", parsing and interpreting an event stream.
//! The work is linear in the bytes, however they are cut: nothing is scanned more
//! than three times, and only values that matter are kept. A finished event is given out at
//! its blank line, whatever follows it.

mod data;
mod item;
mod limits;
mod line;
mod whole;

use alloc::vec::Vec;

use self::data::{Data, DataState, PIECE};
use self::item::Found;
pub use self::item::Item;
pub use self::limits::{EVENT_BYTES, Limits};
pub(crate) use self::line::take_line;
use self::line::{Field, field, retry};
use self::whole::whole;

/// The longest field name with a meaning is `event` or `retry`.
const NAME_BYTES: usize = 5;
const BOM: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// Where in a line the decoder stands.
#[derive(Clone, Copy, Debug)]
enum Line {
    /// Nothing but the first bytes of a byte order mark so far.
    Bom(usize),
    Start,
    Name,
    Value {
        field: Field,
        first: bool,
    },
    Comment,
    /// A line without a meaning.
    Skip,
}

/// Decodes one stream; a new connection takes a new decoder.
#[derive(Debug)]
pub struct Decoder {
    limits: Limits,
    line: Line,
    after_cr: bool,
    /// The field's name, or the value of a field other than `data`.
    scratch: Vec<u8>,
    name: Vec<u8>,
    data: Data,
    id: Vec<u8>,
    last_event_id: Vec<u8>,
    /// The buffers hold an event that was given out.
    spent: bool,
    /// The data so far was given out.
    is_cut: bool,
}

impl Decoder {
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            line: Line::Bom(0),
            after_cr: false,
            scratch: Vec::new(),
            name: Vec::new(),
            data: Data {
                bytes: Vec::new(),
                state: DataState::None,
                gone: 0,
            },
            id: Vec::new(),
            last_event_id: Vec::new(),
            spent: false,
            is_cut: false,
        }
    }

    /// The stream's last event id, as of the last blank line.
    #[must_use]
    pub fn last_event_id(&self) -> &[u8] {
        &self.last_event_id
    }

    /// How many bytes of data an unfinished event has so far, when all input is read.
    #[must_use]
    pub const fn arriving(&self) -> usize {
        self.data.gone + self.data.bytes.len()
    }

    /// Reads on until something is worth telling, and moves `input` behind it.
    /// `None`: all of `input` is read.
    pub fn next<'a, 'i: 'a>(&'a mut self, input: &mut &'i [u8]) -> Option<Item<'a>> {
        if self.spent {
            self.clear();
        }
        if core::mem::take(&mut self.is_cut) {
            self.data.cut();
        }
        while let Some(&byte) = input.first() {
            if self.after_cr {
                self.after_cr = false;
                if byte == b'\n' {
                    *input = input.get(1..).unwrap_or_default();
                    continue;
                }
            }
            if self.is_between_events()
                && let Some((name, data)) = self.whole(input)
            {
                let bytes = data.len();
                return Some(Item::Event { name, data, bytes });
            }
            if let Some(found) = self.advance(input, byte) {
                return self.item(found);
            }
        }
        None
    }

    fn is_between_events(&self) -> bool {
        let is_new = self.name.is_empty() && self.data.state == DataState::None;
        is_new && matches!(self.line, Line::Start)
    }

    /// Name and data of the next event, if it is here and of no unusual size.
    fn whole<'i>(&mut self, input: &mut &'i [u8]) -> Option<(&'i [u8], &'i [u8])> {
        let mut rest = *input;
        let (name, data) = whole(&mut rest)?;
        let largest = self.limits.event_bytes.min(PIECE - 1);
        if data.len() > largest || name.len() > self.limits.field_bytes {
            return None;
        }
        *input = rest;
        self.last_event_id.clone_from(&self.id);
        Some((name, data))
    }

    /// Takes a step within the line; `byte` is the input's first.
    fn advance(&mut self, input: &mut &[u8], byte: u8) -> Option<Found> {
        match self.line {
            Line::Bom(seen) => {
                self.bom(input, byte, seen);
                None
            }
            Line::Start if byte == b':' => {
                self.line = Line::Comment;
                None
            }
            Line::Start => {
                if byte == b'\n' || byte == b'\r' {
                    take_line(input, &mut self.after_cr);
                    return self.blank_line();
                }
                self.scratch.clear();
                self.line = Line::Name;
                None
            }
            Line::Name => self.field_name(input),
            Line::Value { field, first } => {
                // HTML: one space behind the colon is not part of the value
                if first && byte == b' ' {
                    *input = input.get(1..).unwrap_or_default();
                    self.line = Line::Value {
                        field,
                        first: false,
                    };
                    return None;
                }
                self.line = Line::Value {
                    field,
                    first: false,
                };
                self.value(input, field)
            }
            Line::Comment | Line::Skip => {
                let comment = matches!(self.line, Line::Comment);
                let (_, ended) = take_line(input, &mut self.after_cr);
                if !ended {
                    return None;
                }
                self.line = Line::Start;
                comment.then_some(Found::Comment)
            }
        }
    }

    /// HTML: one leading byte order mark is dropped.
    fn bom(&mut self, input: &mut &[u8], byte: u8, seen: usize) {
        if BOM.get(seen) == Some(&byte) {
            *input = input.get(1..).unwrap_or_default();
            self.line = if seen == 2 {
                Line::Start
            } else {
                Line::Bom(seen + 1)
            };
        } else {
            // A broken mark begins a field name, and no known one begins so.
            self.line = if seen == 0 { Line::Start } else { Line::Skip };
        }
    }

    fn field_name(&mut self, input: &mut &[u8]) -> Option<Found> {
        let end = input
            .iter()
            .position(|byte| matches!(byte, b':' | b'\n' | b'\r'));
        let part = input.get(..end.unwrap_or(input.len())).unwrap_or_default();
        if self.scratch.len() + part.len() > NAME_BYTES {
            self.line = Line::Skip;
            return None;
        }
        self.scratch.extend_from_slice(part);
        *input = input.get(part.len()..).unwrap_or_default();
        end?;
        let Some(field) = field(&self.scratch) else {
            self.line = Line::Skip;
            return None;
        };
        self.scratch.clear();
        if field == Field::Data {
            self.data.begin_line();
        }
        // HTML: a line without a colon is a field with an empty value
        let colon = input.first() == Some(&b':');
        if colon {
            *input = input.get(1..).unwrap_or_default();
        }
        self.line = Line::Value {
            field,
            first: colon,
        };
        None
    }

    fn value(&mut self, input: &mut &[u8], field: Field) -> Option<Found> {
        let (part, ended) = take_line(input, &mut self.after_cr);
        let mut found = None;
        if field == Field::Data {
            if !self.data.push(part, self.limits.event_bytes) {
                found = Some(Found::Oversize);
            } else if self.data.bytes.len() >= PIECE {
                self.is_cut = true;
                found = Some(Found::Piece);
            }
        } else {
            // One byte beyond the limit is kept, to know that it was passed.
            let room = (self.limits.field_bytes + 1).saturating_sub(self.scratch.len());
            let part = part.get(..room.min(part.len())).unwrap_or_default();
            self.scratch.extend_from_slice(part);
        }
        if ended {
            self.line = Line::Start;
            found = found.or(self.field_done(field));
        }
        found
    }

    fn field_done(&mut self, field: Field) -> Option<Found> {
        let whole = self.scratch.len() <= self.limits.field_bytes;
        match field {
            Field::Data => None,
            Field::Event => {
                // A name that is too long stays too long: no dialect knows it.
                core::mem::swap(&mut self.name, &mut self.scratch);
                None
            }
            Field::Id => {
                // HTML: an id that contains NUL is ignored
                if whole && self.scratch.iter().all(|&byte| byte != 0) {
                    core::mem::swap(&mut self.id, &mut self.scratch);
                }
                None
            }
            Field::Retry => retry(&self.scratch).map(Found::Retry),
        }
    }

    fn blank_line(&mut self) -> Option<Found> {
        // HTML: the last event id is set even if the event is dropped for want of data
        self.last_event_id.clone_from(&self.id);
        self.spent = true;
        match self.data.state {
            DataState::Some => Some(Found::Event),
            DataState::None if !self.name.is_empty() => Some(Found::Bare),
            DataState::None | DataState::Oversize => {
                self.clear();
                None
            }
        }
    }

    fn clear(&mut self) {
        self.spent = false;
        self.name.clear();
        self.data.clear();
    }

    fn item(&self, found: Found) -> Option<Item<'_>> {
        Some(match found {
            Found::Piece => Item::Piece(&self.data.bytes),
            Found::Event => Item::Event {
                name: &self.name,
                data: &self.data.bytes,
                bytes: self.arriving(),
            },
            Found::Bare => Item::Bare { name: &self.name },
            Found::Comment => Item::Comment,
            Found::Retry(wait) => Item::Retry(wait),
            Found::Oversize => Item::Oversize,
        })
    }
}
