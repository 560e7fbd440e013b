//! What an application gets of odd streams: each test is what another client was measured
//! to do with one (graphql-sse 2.6.1, fetch-event-source 2.0.1, eventsource-parser 3.1.1,
//! sse.js 2.8.0, urql 6.0.3, @graphql-tools/executor-http 3.4.1), and this one does not.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use graphql_lifeline::config::Options;
use support::driver::{Driver, default_client, ms, subscription, unhindered};

const ONE: &str = "event: next\ndata: {\"data\":1}\n\n";

/// What is told of a stream that arrives in these chunks.
fn told<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<String> {
    let mut driver = default_client();
    let op = driver.subscribe(subscription());
    driver.open(op);
    driver.take();
    for chunk in chunks {
        driver.bytes(op, chunk);
    }
    driver.told()
}

/// The same however the stream is cut in two.
fn assert_told(stream: &str, expected: &[&str]) {
    let bytes = stream.as_bytes();
    for at in 0..=bytes.len() {
        let (left, right) = bytes.split_at(at);
        assert_eq!(told([left, right]), expected, "cut at {at}: {stream:?}");
    }
}

/// graphql-sse: a finished event waits until a chunk ends with a line.
#[test]
fn a_result_does_not_wait_for_the_next_one() {
    let stream = format!("{ONE}event: next\nda");
    assert_told(&stream, &["next 1 {\"data\":1}"]);
}

/// graphql-sse: "Invalid stream event", and what came with it in the same chunk is lost.
#[test]
fn an_unknown_event_ends_nothing_and_costs_nothing_behind_it() {
    let stream = format!("event: heartbeat\ndata: {{}}\n\n{ONE}event: complete\n\n");
    let expected = ["next 1 {\"data\":1}", "close 1.1", "complete 1"];
    assert_told(&stream, &expected);
}

/// graphql-sse and fetch-event-source hand over an event without data, the latter even a
/// comment.
#[test]
fn what_carries_no_data_is_no_result() {
    let stream = format!(":\n\n: ping\n\nevent: ping\n\nid: 7\n\ndata\n\n{ONE}");
    assert_told(&stream, &["next 1 {\"data\":1}"]);
}

/// fetch-event-source waits a second for `retry: 1000x`.
#[test]
fn a_wait_that_is_no_number_is_none() {
    for (field, at_least) in [("1000x", 0), ("-1", 0), ("0x40", 0), ("5000", 5_000)] {
        let mut driver = Driver::new(&unhindered());
        let op = driver.subscribe(subscription());
        driver.open(op);
        driver.bytes(op, format!("retry: {field}\n\n{ONE}"));
        driver.end(op);
        let wait = driver.wait().expect("it waits");
        assert_eq!(wait >= ms(1_000), at_least > 0, "retry: {field}: {wait:?}");
    }
}

/// fetch-event-source takes an id with NUL for one, and an empty one for none.
#[test]
fn the_last_id_that_counts_is_sent() {
    let ids = [
        ("id: 7\n\nid: 8\0\n\n", " after 7"),
        ("id: 7\n\nid\n\n", ""),
    ];
    for (ids, after) in ids {
        let mut driver = Driver::new(&Options {
            last_event_id: true,
            ..unhindered()
        });
        let op = driver.subscribe(subscription());
        driver.open(op);
        driver.bytes(op, ids);
        driver.end(op);
        driver.take();
        driver.advance_to_deadline();
        assert_eq!(driver.told(), [format!("open 1.2 fetch POST{after}")]);
    }
}

/// fetch-event-source loses an empty first line, and a byte order mark in a text.
#[test]
fn a_result_is_all_that_its_lines_say() {
    let stream = "event: next\ndata\ndata: {\"data\":\ndata: \"\u{feff}x\"}\n\n";
    assert_told(stream, &["next 1 {\"data\":\"\u{feff}x\"}"]);
}

/// eventsource-parser waits for what follows a CR, sse.js knows no mixed line ends, urql no
/// CR at all.
#[test]
fn every_line_end_is_one() {
    for end in ["\n", "\r", "\r\n"] {
        for blank in ["\n", "\r", "\r\n"] {
            // A CR and a LF together are one.
            if (end, blank) == ("\r", "\n") {
                continue;
            }
            let stream = format!("event: next{end}data: {{\"data\":1}}{end}{blank}");
            assert_told(&stream, &["next 1 {\"data\":1}"]);
        }
    }
}

/// urql swallows it.
#[test]
fn json_that_is_broken_is_told_and_costs_only_itself() {
    let stream = format!("event: next\ndata: {{\"data\n\n{ONE}");
    assert_told(
        &stream,
        &["gap 1 malformed since 0 ms", "next 1 {\"data\":1}"],
    );
}

/// urql takes it for success, executor-http for completion.
#[test]
fn a_stream_that_is_cut_short_is_not_complete() {
    for stream in [
        "",
        ONE,
        "event: complete",
        "event: next\ndata: {\"data\":1}\n",
    ] {
        let mut driver = default_client();
        let op = driver.subscribe(subscription());
        driver.open(op);
        driver.bytes(op, stream);
        driver.take();
        driver.end(op);
        assert_eq!(driver.told(), ["close 1.1", "retry 1 #0 cut"], "{stream:?}");
    }
}

/// executor-http makes three replacement characters of an emoji that is cut in two.
#[test]
fn a_character_that_is_cut_in_two_is_whole() {
    assert_told(
        "event: next\ndata: {\"data\":\"\u{1F600}é你\"}\n\n",
        &["next 1 {\"data\":\"\u{1F600}é你\"}"],
    );
}
