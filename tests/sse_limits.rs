//! The limits of the event stream decoder: what is too large costs only itself.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use graphql_lifeline::sse::Limits;
use graphql_lifeline::time::Span;
use support::naive::{self, Read, Seen};
use support::streams::cut_in_two;

const SMALL: Limits = Limits {
    event_bytes: 8,
    field_bytes: 4,
};

/// However the stream is cut, it says this.
fn assert_reads(input: &[u8], items: &[Seen]) {
    let whole = naive::read(SMALL, [input]);
    assert_eq!(whole.items, items, "{}", input.escape_ascii());
    assert_same_however_cut(input, &whole);
}

fn assert_same_however_cut(input: &[u8], whole: &Read) {
    assert_eq!(naive::read(SMALL, input.chunks(1)), *whole);
    for chunks in cut_in_two(input) {
        assert_eq!(naive::read(SMALL, chunks), *whole, "{chunks:?}");
    }
}

fn data(data: &str) -> Seen {
    Seen::Event {
        name: Vec::new(),
        data: data.into(),
        id: Vec::new(),
    }
}

#[test]
fn the_defaults_are_those_of_the_document() {
    let limits = Limits::default();
    assert_eq!(limits.event_bytes, 33_554_432);
    assert_eq!(limits.field_bytes, 1024);
}

#[test]
fn an_event_of_just_the_limit_passes() {
    assert_reads(b"data: 12345678\n\n", &[data("12345678")]);
    assert_reads(b"data: 1234\ndata: 678\n\n", &[data("1234\n678")]);
}

#[test]
fn an_event_over_the_limit_is_told_once_and_the_next_arrives() {
    let next = [Seen::Oversize, data("next")];
    assert_reads(b"data: 123456789\n\ndata: next\n\n", &next);
    assert_reads(b"data: 1234\ndata: 6789\n\ndata: next\n\n", &next);
    assert_reads(
        b"data: 12345678901234567890\ndata: and\ndata\ndata: on\n\ndata: next\n\n",
        &next,
    );
}

#[test]
fn the_line_feed_between_two_lines_counts() {
    assert_reads(b"data: 12345678\ndata\n\n", &[Seen::Oversize]);
    assert_reads(b"data\ndata: 1234567\n\n", &[data("\n1234567")]);
    assert_reads(b"data\ndata: 12345678\n\n", &[Seen::Oversize]);
}

#[test]
fn each_event_that_is_too_large_is_told() {
    assert_reads(
        b"data: 123456789\n\ndata: 123456789\n\n",
        &[Seen::Oversize, Seen::Oversize],
    );
}

#[test]
fn it_is_told_as_soon_as_it_is_known() {
    assert_reads(b"data: 123456789", &[Seen::Oversize]);
    assert_reads(b"data: 12345678", &[]);
}

#[test]
fn an_event_over_the_limit_still_sets_the_id_and_names_no_other() {
    let input = b"id: 5\nevent: e\ndata: 123456789\n\ndata: x\n\n";
    let items = [
        Seen::Oversize,
        Seen::Event {
            name: Vec::new(),
            data: b"x".to_vec(),
            id: b"5".to_vec(),
        },
    ];
    assert_reads(input, &items);
}

#[test]
fn what_surrounds_an_event_over_the_limit_is_read() {
    assert_reads(
        b"data: 123456789\n: ping\nretry: 7\ndata: more\n\n",
        &[
            Seen::Oversize,
            Seen::Comment,
            Seen::Retry(Span::from_millis(7)),
        ],
    );
}

#[test]
fn a_name_over_the_limit_is_no_name_that_a_dialect_knows() {
    for input in ["event: 12345\ndata: x\n\n", "event: 12345678\ndata: x\n\n"] {
        let read = naive::read(SMALL, [input.as_bytes()]);
        let [Seen::Event { name, data, .. }] = &read.items[..] else {
            panic!("{input}: {read:?}");
        };
        assert_eq!(data, b"x");
        assert!(name.len() > SMALL.field_bytes && name.starts_with(b"1234"));
        assert_same_however_cut(input.as_bytes(), &read);
    }
    assert_reads(
        b"event: 1234\ndata: x\n\n",
        &[Seen::Event {
            name: b"1234".to_vec(),
            data: b"x".to_vec(),
            id: Vec::new(),
        }],
    );
}

#[test]
fn a_name_over_the_limit_names_only_its_own_event() {
    let read = naive::read(SMALL, [&b"event: 12345\ndata: x\n\ndata: y\n\n"[..]]);
    assert_eq!(read.items[1], data("y"));
}

#[test]
fn an_id_over_the_limit_is_ignored() {
    let input = b"id: 1234\n\nid: 12345\ndata: x\n\n";
    assert_reads(
        input,
        &[Seen::Event {
            name: Vec::new(),
            data: b"x".to_vec(),
            id: b"1234".to_vec(),
        }],
    );
}

#[test]
fn a_retry_of_just_the_limit_counts() {
    assert_reads(b"retry: 1234\n", &[Seen::Retry(Span::from_millis(1234))]);
}
