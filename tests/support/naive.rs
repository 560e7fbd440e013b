//! The event stream format once more, as slow and as plain as the standard's own
//! words: the whole input at once, line after line. It is what the decoder is held to.
//!
//! HTML Standard, "Server-sent events", sections "Parsing an event stream" and
//! "Interpreting an event stream". The items that the standard does not know
//! (comments, bare events, limits) follow the words of `sse::Item`.

use graphql_lifeline::sse::{Decoder, Item, Limits};
use graphql_lifeline::time::Span;

/// An [`Item`] that owns what it holds, with the last event id at its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Not among what is compared: it belongs to the event that follows.
    Piece(Vec<u8>),
    Event {
        name: Vec<u8>,
        data: Vec<u8>,
        id: Vec<u8>,
    },
    Bare {
        name: Vec<u8>,
        id: Vec<u8>,
    },
    Comment,
    Retry(Span),
    Oversize,
}

/// What a decoder made of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    pub items: Vec<Seen>,
    pub last_event_id: Vec<u8>,
}

/// What the decoder under test makes of these chunks.
pub fn read<'a>(limits: Limits, chunks: impl IntoIterator<Item = &'a [u8]>) -> Read {
    let mut decoder = Decoder::new(limits);
    let mut items = Vec::new();
    for chunk in chunks {
        feed(&mut decoder, chunk, &mut items);
    }
    Read {
        items,
        last_event_id: decoder.last_event_id().to_vec(),
    }
}

/// Feeds one chunk and appends what it gives.
pub fn feed(decoder: &mut Decoder, chunk: &[u8], items: &mut Vec<Seen>) {
    let mut input = chunk;
    while let Some(item) = decoder.next(&mut input) {
        let mut seen = owned(&item);
        match &mut seen {
            Seen::Event { data, .. } => {
                let pieces: Vec<u8> = take_pieces(items).concat();
                data.splice(..0, pieces);
                assert!(matches!(item, Item::Event { bytes, .. } if bytes == data.len()));
            }
            Seen::Oversize => drop(take_pieces(items)),
            _ => {}
        }
        if let Seen::Event { id, .. } | Seen::Bare { id, .. } = &mut seen {
            *id = decoder.last_event_id().to_vec();
        }
        items.push(seen);
    }
    assert!(input.is_empty(), "all of a chunk is read");
}

/// The beginning of an event, between which other items may stand.
fn take_pieces(items: &mut Vec<Seen>) -> Vec<Vec<u8>> {
    let (pieces, others) = std::mem::take(items)
        .into_iter()
        .partition(|seen| matches!(seen, Seen::Piece(_)));
    *items = others;
    let bytes = |seen| match seen {
        Seen::Piece(bytes) => bytes,
        _ => Vec::new(),
    };
    Vec::into_iter(pieces).map(bytes).collect()
}

fn owned(item: &Item<'_>) -> Seen {
    match item {
        Item::Piece(data) => Seen::Piece(data.to_vec()),
        Item::Event { name, data, .. } => Seen::Event {
            name: name.to_vec(),
            data: data.to_vec(),
            id: Vec::new(),
        },
        Item::Bare { name } => Seen::Bare {
            name: name.to_vec(),
            id: Vec::new(),
        },
        Item::Comment => Seen::Comment,
        Item::Retry(wait) => Seen::Retry(*wait),
        Item::Oversize => Seen::Oversize,
    }
}

/// What the standard makes of these bytes, if more may follow.
pub fn expect(bytes: &[u8], limits: Limits) -> Read {
    // HTML: one leading byte order mark is stripped, as part of "UTF-8 decode".
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let (lines, rest) = lines(bytes);
    let mut stream = Stream {
        limits,
        ..Stream::default()
    };
    for line in lines {
        stream.line(line);
    }
    stream.unfinished(rest);
    Read {
        items: stream.items,
        last_event_id: stream.last_event_id,
    }
}

/// The finished lines and what stands behind them.
fn lines(mut bytes: &[u8]) -> (Vec<&[u8]>, &[u8]) {
    let mut lines = Vec::new();
    while let Some(end) = bytes.iter().position(|byte| b"\r\n".contains(byte)) {
        lines.push(&bytes[..end]);
        let ending = if bytes[end..].starts_with(b"\r\n") {
            2
        } else {
            1
        };
        bytes = &bytes[end + ending..];
    }
    (lines, bytes)
}

#[derive(Default)]
struct Stream {
    limits: Limits,
    data: Option<Vec<u8>>,
    oversize: bool,
    event: Vec<u8>,
    id: Vec<u8>,
    last_event_id: Vec<u8>,
    items: Vec<Seen>,
}

impl Stream {
    fn line(&mut self, line: &[u8]) {
        if line.is_empty() {
            return self.dispatch();
        }
        if line.starts_with(b":") {
            return self.items.push(Seen::Comment);
        }
        match line.iter().position(|&byte| byte == b':') {
            Some(colon) => {
                let value = &line[colon + 1..];
                self.field(&line[..colon], value.strip_prefix(b" ").unwrap_or(value));
            }
            None => self.field(line, b""),
        }
    }

    fn field(&mut self, name: &[u8], value: &[u8]) {
        let fits = value.len() <= self.limits.field_bytes;
        match name {
            b"data" => self.data_line(value),
            b"event" => {
                self.event = value[..value.len().min(self.limits.field_bytes + 1)].to_vec();
            }
            b"id" if fits && !value.contains(&0) => self.id = value.to_vec(),
            b"retry" if fits && !value.is_empty() && value.iter().all(u8::is_ascii_digit) => {
                let digits = std::str::from_utf8(value).expect("digits are ASCII");
                let ms: u64 = digits.parse().unwrap_or(u64::MAX);
                // A thousand years and ten times that are no different.
                let ms = if ms / 10 < 1 << 45 { ms } else { u64::MAX };
                self.items.push(Seen::Retry(Span::from_millis(ms)));
            }
            _ => {}
        }
    }

    fn data_line(&mut self, value: &[u8]) {
        let data = match self.data.take() {
            Some(data) => [&data[..], b"\n", value].concat(),
            None => value.to_vec(),
        };
        if data.len() > self.limits.event_bytes && !self.oversize {
            self.oversize = true;
            self.items.push(Seen::Oversize);
        }
        self.data = Some(data);
    }

    /// The limit of an event counts as soon as it is passed, in mid-line too.
    fn unfinished(&mut self, line: &[u8]) {
        let Some(value) = line.strip_prefix(b"data:") else {
            return;
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        if !value.is_empty() {
            self.data_line(value);
        }
    }

    fn dispatch(&mut self) {
        self.last_event_id = self.id.clone();
        let id = self.id.clone();
        let name = std::mem::take(&mut self.event);
        match self.data.take() {
            Some(data) if !self.oversize => self.items.push(Seen::Event { name, data, id }),
            None if !name.is_empty() => self.items.push(Seen::Bare { name, id }),
            Some(_) | None => {}
        }
        self.oversize = false;
    }
}
