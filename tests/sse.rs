//! The event stream decoder, rule by rule: each vector whole, byte by byte and cut
//! at every place.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use graphql_lifeline::sse::{Decoder, Limits};
use graphql_lifeline::time::Span;
use support::naive::{self, Read, Seen};
use support::streams::{cut_in_three, cut_in_two};

/// Streams up to this length are cut at every pair of places too.
const SHORT: usize = 80;

struct Vector {
    name: &'static str,
    input: Vec<u8>,
    items: Vec<Seen>,
    /// The last event id when all is read.
    id: &'static str,
}

/// A vector after which the stream has no last event id.
fn vector(name: &'static str, input: impl AsRef<[u8]>, items: Vec<Seen>) -> Vector {
    with_id(name, input, items, "")
}

fn with_id(
    name: &'static str,
    input: impl AsRef<[u8]>,
    items: Vec<Seen>,
    id: &'static str,
) -> Vector {
    Vector {
        name,
        input: input.as_ref().to_vec(),
        items,
        id,
    }
}

fn event(name: &str, data: impl AsRef<[u8]>, id: &str) -> Seen {
    Seen::Event {
        name: name.into(),
        data: data.as_ref().to_vec(),
        id: id.into(),
    }
}

/// An unnamed event of a stream without ids.
fn data(data: impl AsRef<[u8]>) -> Seen {
    event("", data, "")
}

fn bare(name: &str, id: &str) -> Seen {
    Seen::Bare {
        name: name.into(),
        id: id.into(),
    }
}

fn retry(ms: u64) -> Seen {
    Seen::Retry(Span::from_millis(ms))
}

fn byte_order_marks() -> Vec<Vector> {
    vec![
        vector(
            "one mark is dropped",
            b"\xEF\xBB\xBFdata: x\n\n",
            vec![data("x")],
        ),
        vector("no mark", b"data: x\n\n", vec![data("x")]),
        vector(
            "a second mark belongs to the field's name",
            b"\xEF\xBB\xBF\xEF\xBB\xBFdata: x\n\ndata: y\n\n",
            vec![data("y")],
        ),
        vector(
            "a mark within the data stays",
            b"data: \xEF\xBB\xBFx\xEF\xBB\xBF\n\n",
            vec![data(b"\xEF\xBB\xBFx\xEF\xBB\xBF")],
        ),
        vector(
            "a mark on a later line belongs to the field's name",
            b"data: x\n\xEF\xBB\xBFdata: y\n\n",
            vec![data("x")],
        ),
        vector(
            "two bytes of a mark begin an unknown name",
            b"\xEF\xBBdata: x\ndata: y\n\n",
            vec![data("y")],
        ),
        vector(
            "one byte of a mark begins an unknown name",
            b"\xEFdata: x\ndata: y\n\n",
            vec![data("y")],
        ),
        vector(
            "a broken mark is a line",
            b"\xEF\xBB\ndata: x\n\n",
            vec![data("x")],
        ),
        vector(
            "a broken mark hides no comment",
            b"\xEF:x\n:\n",
            vec![Seen::Comment],
        ),
        vector("nothing but a mark", b"\xEF\xBB\xBF", vec![]),
        vector(
            "a mark, then a blank line",
            b"\xEF\xBB\xBF\n\ndata:x\n\n",
            vec![data("x")],
        ),
        vector("the mark of UTF-16 is none", b"\xFE\xFFdata:x\n\n", vec![]),
    ]
}

fn line_endings() -> Vec<Vector> {
    let both = || vec![data("x"), data("y")];
    vec![
        vector("LF", "data: x\n\ndata: y\n\n", both()),
        vector("CR", "data: x\r\rdata: y\r\r", both()),
        vector("CRLF", "data: x\r\n\r\ndata: y\r\n\r\n", both()),
        vector("LF, then CRLF", "data: x\n\r\ndata: y\n\r\n", both()),
        vector("CRLF, then LF", "data: x\r\n\ndata: y\r\n\n", both()),
        vector("CRLF, then CR", "data: x\r\n\rdata: y\r\n\r", both()),
        vector("CR, then CRLF", "data: x\r\r\ndata: y\r\r\n", both()),
        vector("LF, then CR", "data: x\n\rdata: y\n\r", both()),
        vector(
            "CR and LF are one end, not two",
            "data: x\r\ndata: y\r\n\r\n",
            vec![data("x\ny")],
        ),
        vector(
            "three endings in one event",
            "data: a\rdata: b\ndata: c\r\n\r",
            vec![data("a\nb\nc")],
        ),
        vector("blank lines mean nothing", "\n\r\r\n\n\n", vec![]),
        vector(
            "other separators are no line ends",
            "data: a\u{b}\u{c}\u{85}\u{2028}\u{2029}b\n\n",
            vec![data("a\u{b}\u{c}\u{85}\u{2028}\u{2029}b")],
        ),
    ]
}

fn fields() -> Vec<Vector> {
    vec![
        vector("one space is stripped", "data: x\n\n", vec![data("x")]),
        vector("no space", "data:x\n\n", vec![data("x")]),
        vector("one of two spaces", "data:  x\n\n", vec![data(" x")]),
        vector("a tab is no space", "data:\tx\n\n", vec![data("\tx")]),
        vector("trailing spaces stay", "data: x \n\n", vec![data("x ")]),
        vector(
            "only the first colon counts",
            "data: a:b: c\n\n",
            vec![data("a:b: c")],
        ),
        vector("a value of one colon", "data::\n\n", vec![data(":")]),
        vector(
            "a name in upper case is another",
            "Data: x\nDATA: y\nID: 1\n\n",
            vec![],
        ),
        vector(
            "a space before a name makes another",
            " data: x\n\n",
            vec![],
        ),
        vector(
            "a space behind a name makes another",
            "data : x\n\n",
            vec![],
        ),
        vector(
            "a longer name is another",
            "dataa: x\nretryy: 5\n\n",
            vec![],
        ),
        vector("a shorter name is another", "dat: x\nret: 5\n\n", vec![]),
        vector(
            "an unknown field",
            "foo: bar\nfoo\ndata: x\n\n",
            vec![data("x")],
        ),
        vector(
            "an event's name",
            "event: next\ndata: x\n\ndata: y\n\n",
            vec![event("next", "x", ""), data("y")],
        ),
        vector(
            "the last name counts",
            "event: a\nevent: b\ndata\n\n",
            vec![event("b", "", "")],
        ),
        vector(
            "an empty name is none",
            "event: a\nevent\ndata: x\n\n",
            vec![data("x")],
        ),
        vector(
            "a name behind the data",
            "data: x\nevent: a\n\n",
            vec![event("a", "x", "")],
        ),
        vector(
            "a name keeps its spaces",
            "event:  a \ndata: x\n\n",
            vec![event(" a ", "x", "")],
        ),
    ]
}

fn data_lines() -> Vec<Vector> {
    vec![
        vector("a field without a colon", "data\n\n", vec![data("")]),
        vector("an empty value", "data:\n\n", vec![data("")]),
        vector("a value of one space", "data: \n\n", vec![data("")]),
        vector(
            "two fields without a colon",
            "data\ndata\n\n",
            vec![data("\n")],
        ),
        vector(
            "lines are joined by LF",
            "data: a\ndata: b\n\n",
            vec![data("a\nb")],
        ),
        vector(
            "the first line may be empty",
            "data\ndata: a\n\n",
            vec![data("\na")],
        ),
        vector(
            "the last line may be empty",
            "data: a\ndata\n\n",
            vec![data("a\n")],
        ),
        vector(
            "other fields between the lines",
            "data: a\nfoo\nevent: e\n:c\ndata: b\n\n",
            vec![Seen::Comment, event("e", "a\nb", "")],
        ),
        vector(
            "a named event without data",
            "event: complete\n\n",
            vec![bare("complete", "")],
        ),
        vector("an unnamed event without data", "id\n\n", vec![]),
        vector(
            "a bare event does not name the next",
            "event: a\n\ndata: x\n\n",
            vec![bare("a", ""), data("x")],
        ),
        vector(
            "half an event at the end is discarded",
            "data: x\n\ndata: half\n",
            vec![data("x")],
        ),
        vector(
            "half a line at the end is discarded",
            "data: x\n\nevent: y",
            vec![data("x")],
        ),
        vector("NUL may be in data", "data: a\0b\n\n", vec![data("a\0b")]),
    ]
}

fn ids() -> Vec<Vector> {
    vec![
        with_id(
            "an id",
            "id: 1\ndata: x\n\n",
            vec![event("", "x", "1")],
            "1",
        ),
        with_id(
            "an id persists",
            "id: 1\ndata: x\n\ndata: y\n\n",
            vec![event("", "x", "1"), event("", "y", "1")],
            "1",
        ),
        vector(
            "an empty id resets",
            "id: 1\ndata: x\n\nid\ndata: y\n\n",
            vec![event("", "x", "1"), data("y")],
        ),
        vector(
            "an empty id with a colon resets",
            "id: 1\n\nid:\ndata: y\n\n",
            vec![data("y")],
        ),
        with_id(
            "an id that holds NUL is ignored",
            "id: 1\n\nid: 2\0\nid: \0\ndata: x\n\n",
            vec![event("", "x", "1")],
            "1",
        ),
        with_id("an id counts without data", "id: 7\n\n", vec![], "7"),
        with_id(
            "an id counts for a bare event",
            "event: a\nid: 7\n\n",
            vec![bare("a", "7")],
            "7",
        ),
        with_id(
            "an id counts from the blank line on",
            "id: 1\ndata: x\n\nid: 2\n",
            vec![event("", "x", "1")],
            "1",
        ),
        with_id(
            "the last id counts",
            "id: 1\nid: 2\ndata\n\n",
            vec![event("", "", "2")],
            "2",
        ),
        with_id(
            "an id is any text",
            "id: \u{1F600} :\n\n",
            vec![],
            "\u{1F600} :",
        ),
    ]
}

fn retries() -> Vec<Vector> {
    vec![
        vector("digits", "retry: 1000\n", vec![retry(1000)]),
        vector("without a space", "retry:0\n", vec![retry(0)]),
        vector("leading zeros", "retry: 007\n", vec![retry(7)]),
        vector(
            "told before the event ends",
            "retry: 5\ndata: x\n\n",
            vec![retry(5), data("x")],
        ),
        vector(
            "a number beyond all",
            "retry: 99999999999999999999999\n",
            vec![retry(u64::MAX)],
        ),
        vector("a unit", "retry: 1000x\n", vec![]),
        vector("no value", "retry\n", vec![]),
        vector("an empty value", "retry: \n", vec![]),
        vector("a sign", "retry: -1\nretry: +1\n", vec![]),
        vector("a fraction", "retry: 1.5\nretry: 1e3\n", vec![]),
        vector("a second space", "retry:  10\n", vec![]),
        vector("a trailing space", "retry: 10 \n", vec![]),
        vector(
            "digits that are not ASCII",
            "retry: \u{661}\u{662}\n",
            vec![],
        ),
    ]
}

fn comments() -> Vec<Vector> {
    vec![
        vector("an empty comment", ":\n\n", vec![Seen::Comment]),
        vector(
            "a comment that reads like a field",
            ":data: x\n\n",
            vec![Seen::Comment],
        ),
        vector(
            "a block of comments is no event",
            ": a\n: b\n\n:\n\n",
            vec![Seen::Comment, Seen::Comment, Seen::Comment],
        ),
        vector(
            "a comment within an event",
            "event: e\n: ping\ndata: x\n\n",
            vec![Seen::Comment, event("e", "x", "")],
        ),
        vector(
            "an unfinished comment",
            "data: x\n\n: half",
            vec![data("x")],
        ),
    ]
}

fn characters() -> Vec<Vector> {
    vec![
        vector(
            "characters of one to four bytes",
            "data: a\u{E9}\u{4F60}\u{597D}\u{1F600}\n\n",
            vec![data("a\u{E9}\u{4F60}\u{597D}\u{1F600}")],
        ),
        vector(
            "joined emoji",
            "event: \u{1F468}\u{200D}\u{1F469}\ndata: \u{1F1E9}\u{1F1EA}\n\n",
            vec![event(
                "\u{1F468}\u{200D}\u{1F469}",
                "\u{1F1E9}\u{1F1EA}",
                "",
            )],
        ),
        vector(
            "broken UTF-8 passes as it is",
            b"data: \xC3\xFF\xE2\x82\ndata: \x80\n\n",
            vec![data(b"\xC3\xFF\xE2\x82\n\x80")],
        ),
        vector("a broken name is another", b"d\xC3ata: x\n\n", vec![]),
    ]
}

fn all() -> impl Iterator<Item = Vector> {
    [
        byte_order_marks(),
        line_endings(),
        fields(),
        data_lines(),
        ids(),
        retries(),
        comments(),
        characters(),
    ]
    .into_iter()
    .flatten()
}

fn expected(vector: &Vector) -> Read {
    Read {
        items: vector.items.clone(),
        last_event_id: vector.id.into(),
    }
}

fn read<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Read {
    naive::read(Limits::default(), chunks)
}

#[test]
fn vectors_whole() {
    for vector in all() {
        assert_eq!(
            read([&vector.input[..]]),
            expected(&vector),
            "{}",
            vector.name
        );
    }
}

#[test]
fn vectors_byte_by_byte() {
    for vector in all() {
        assert_eq!(
            read(vector.input.chunks(1)),
            expected(&vector),
            "{}",
            vector.name
        );
    }
}

#[test]
fn vectors_cut_in_two_at_every_place() {
    for vector in all() {
        for chunks in cut_in_two(&vector.input) {
            assert_eq!(
                read(chunks),
                expected(&vector),
                "{}: {chunks:?}",
                vector.name
            );
        }
    }
}

#[test]
fn short_vectors_cut_in_three_at_every_pair_of_places() {
    for vector in all().filter(|vector| vector.input.len() <= SHORT) {
        for chunks in cut_in_three(&vector.input) {
            assert_eq!(
                read(chunks),
                expected(&vector),
                "{}: {chunks:?}",
                vector.name
            );
        }
    }
}

#[test]
fn vectors_agree_with_the_naive_reading() {
    for vector in all() {
        let naive = naive::expect(&vector.input, Limits::default());
        assert_eq!(naive, expected(&vector), "{}", vector.name);
    }
}

/// Whatever has arrived, all that it says is out: nothing waits for what follows.
#[test]
fn nothing_is_held_back() {
    for vector in all() {
        for [arrived, _] in cut_in_two(&vector.input) {
            let naive = naive::expect(arrived, Limits::default());
            assert_eq!(read([arrived]), naive, "{}: {arrived:?}", vector.name);
        }
    }
}

#[test]
fn a_finished_event_is_given_out_although_the_next_has_begun() {
    let mut decoder = Decoder::new(Limits::default());
    let mut items = Vec::new();
    naive::feed(&mut decoder, b"data: x\n\ndata: y", &mut items);
    assert_eq!(items, [data("x")]);
    naive::feed(&mut decoder, b"z\n\n", &mut items);
    assert_eq!(items, [data("x"), data("yz")]);
}

#[test]
fn a_lone_cr_at_the_end_of_a_chunk_finishes_the_event() {
    let mut decoder = Decoder::new(Limits::default());
    let mut items = Vec::new();
    naive::feed(&mut decoder, b"data: x\r\n\r", &mut items);
    assert_eq!(items, [data("x")]);
    // The line feed that belongs to it is no further blank line, and no line of its own.
    naive::feed(&mut decoder, b"\ndata: y\r\n\r", &mut items);
    assert_eq!(items, [data("x"), data("y")]);
}

#[test]
fn empty_chunks_change_nothing() {
    let input = b"data: x\r\n\r\n";
    let chunks = input.chunks(1).flat_map(|byte| [byte, &[]]);
    assert_eq!(read(chunks).items, [data("x")]);
}

#[test]
fn a_huge_line_arrives_whole() {
    let line: String = ('a'..='z').cycle().take(1 << 20).collect();
    let input = format!("data: {line}\n\ndata: next\n\n");
    for size in [1, 64, 1460, usize::MAX] {
        let chunks = input.as_bytes().chunks(size.min(input.len()));
        assert!(read(chunks).items == [data(&line), data("next")], "{size}");
    }
}

/// No clock is asked: a decoder that reads again what it has read would not come to an end.
#[test]
fn a_large_event_in_small_chunks_comes_to_an_end() {
    let mut decoder = Decoder::new(Limits::default());
    let mut items = Vec::new();
    let chunk = [b'x'; 64];
    naive::feed(&mut decoder, b"data: ", &mut items);
    for _ in 0..(8 << 20) / chunk.len() {
        naive::feed(&mut decoder, &chunk, &mut items);
    }
    assert!(items.iter().all(|it| matches!(it, Seen::Piece(_))));
    naive::feed(&mut decoder, b"\n\n", &mut items);
    assert!(matches!(&items[..], [Seen::Event { data, .. }] if data.len() == 8 << 20));
}

/// The same for an event of many lines, and for a line without a meaning.
#[test]
fn many_lines_and_endless_lines_come_to_an_end() {
    let mut decoder = Decoder::new(Limits::default());
    let mut items = Vec::new();
    for _ in 0..(4 << 20) / 64 {
        naive::feed(&mut decoder, &[b'\n'; 64], &mut items);
    }
    naive::feed(&mut decoder, b"unknown", &mut items);
    for _ in 0..(4 << 20) / 64 {
        naive::feed(&mut decoder, &[b'x'; 64], &mut items);
    }
    naive::feed(&mut decoder, b"\n", &mut items);
    for _ in 0..100_000 {
        naive::feed(&mut decoder, b"data: of many lines\n", &mut items);
    }
    naive::feed(&mut decoder, b"\n", &mut items);
    assert!(matches!(&items[..], [Seen::Event { data, .. }] if data.len() == 100_000 * 14 - 1));
}
