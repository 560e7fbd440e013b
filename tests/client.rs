//! An operation that goes well, and what costs only itself.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use graphql_lifeline::client::Counters;
use graphql_lifeline::document::Kind;
use graphql_lifeline::io::{Attempt, Input, News, State};
use support::driver::{Driver, default_client, ms, plain_client, request, subscription};

const NEXT: &str = "event: next\ndata: {\"data\":1}\n\n";
const COMPLETE: &str = "event: complete\ndata:\n\n";

/// A client whose only operation is live, with nothing left to tell.
fn live() -> (Driver, u32) {
    let mut driver = default_client();
    let op = driver.subscribe(subscription());
    driver.open(op);
    driver.take();
    (driver, op)
}

#[test]
fn an_operation_from_beginning_to_end() {
    let mut driver = default_client();
    let op = driver.subscribe(subscription());
    assert_eq!(
        driver.take(),
        [
            "state 1 connecting",
            "connecting 1",
            "open 1.1 fetch POST",
            "client idle -> connecting",
        ]
    );
    driver.open(op);
    assert_eq!(
        driver.take(),
        [
            "read 1.1",
            "state 1 live",
            "connected 1.1 fetch",
            "client connecting -> live",
        ]
    );
    driver.bytes(op, NEXT.repeat(2));
    assert_eq!(
        driver.take(),
        ["next 1 {\"data\":1}", "next 1 {\"data\":1}"]
    );
    driver.bytes(op, COMPLETE);
    assert_eq!(
        driver.take(),
        [
            "close 1.1",
            "state 1 closed",
            "complete 1",
            "client live -> idle"
        ]
    );
    driver.assert_empty();
}

#[test]
fn nothing_is_waited_for_while_all_is_well() {
    let (mut driver, op) = live();
    // A minute of silence is told once; nothing else comes of it, ever.
    driver.advance(ms(86_400_000));
    assert_eq!(driver.told(), ["stall 1 suspect since 0 ms"]);
    assert_eq!(driver.wait(), None);
    assert_eq!(driver.client.operation_state(op), State::Suspect);
    assert_eq!(driver.attempt(op), 1);
}

#[test]
fn a_result_is_delivered_with_the_bytes_that_finish_it() {
    let (mut driver, op) = live();
    let (finished, rest) = NEXT.split_at(NEXT.len() - 1);
    driver.bytes(op, finished);
    assert_eq!(driver.take(), [""; 0]);
    // The next one has begun; that holds nothing back.
    driver.bytes(op, format!("{rest}{finished}"));
    assert_eq!(driver.take(), ["next 1 {\"data\":1}"]);
}

#[test]
fn a_result_may_come_byte_by_byte() {
    let (mut driver, op) = live();
    let text = "event: next\r\ndata: {\"data\":\"\u{1F600}\"}\r\n\r\n";
    for byte in text.as_bytes().chunks(1) {
        driver.bytes(op, byte);
    }
    assert_eq!(driver.take(), ["next 1 {\"data\":\"\u{1F600}\"}"]);
}

#[test]
fn unknown_events_never_end_a_stream() {
    let (mut driver, op) = live();
    driver.bytes(
        op,
        "event: heartbeat\ndata: {}\n\nevent: error\ndata: x\n\ndata: y\n\n",
    );
    driver.bytes(op, NEXT);
    assert_eq!(driver.take(), ["next 1 {\"data\":1}"]);
    assert_eq!(driver.client.counters().ignored, 3);
}

#[test]
fn a_malformed_result_costs_only_itself() {
    let (mut driver, op) = live();
    driver.advance(ms(1000));
    driver.bytes(op, format!("event: next\ndata: {{broken\n\n{NEXT}"));
    assert_eq!(
        driver.take(),
        ["gap 1 malformed since 1000 ms", "next 1 {\"data\":1}"]
    );
}

#[test]
fn an_oversize_result_costs_only_itself() {
    let (mut driver, op) = live();
    driver.bytes(op, "event: next\ndata: ");
    let part = vec![b'x'; 1 << 20];
    for _ in 0..32 {
        driver.bytes(op, &part);
    }
    assert_eq!(driver.take(), [""; 0]);
    driver.bytes(op, "x");
    let told = [
        "oversize 1 fetch dropped 33554432",
        "gap 1 oversize since 0 ms",
    ];
    assert_eq!(driver.take(), told);
    driver.bytes(op, "and more\n\n");
    driver.bytes(op, NEXT);
    assert_eq!(driver.take(), ["next 1 {\"data\":1}"]);
}

#[test]
fn nothing_follows_completion_in_the_same_bytes() {
    let (mut driver, op) = live();
    driver.bytes(
        op,
        format!("{NEXT}{COMPLETE}{NEXT}{COMPLETE}event: next\ndata: {{\n\n"),
    );
    assert_eq!(
        driver.told(),
        ["next 1 {\"data\":1}", "close 1.1", "complete 1"]
    );
}

#[test]
fn nothing_follows_completion_later() {
    let (mut driver, op) = live();
    driver.bytes(op, COMPLETE);
    driver.take();
    let attempt = Attempt { op, number: 1 };
    driver.late_news(attempt, News::Bytes(NEXT.as_bytes()));
    driver.late_news(attempt, News::End);
    driver.late_news(attempt, News::Failed(None));
    assert_eq!(driver.take(), [""; 0]);
    driver.assert_empty();
}

#[test]
fn a_plain_stream_goes_on_after_what_reads_like_completion() {
    let mut driver = plain_client();
    let op = driver.subscribe(subscription());
    driver.news(op, News::Open);
    driver.told();
    for name in ["complete", "next", "error"] {
        let text = String::from("{}");
        let bytes = text.len();
        driver.news(op, News::Event { name, text, bytes });
    }
    let text = String::from("{\"data\":1}");
    driver.news(
        op,
        News::Event {
            name: "message",
            bytes: text.len(),
            text,
        },
    );
    assert_eq!(driver.take(), ["next 1 {\"data\":1}"]);
    assert_eq!(driver.client.counters().ignored, 3);
}

#[test]
fn a_query_may_be_answered_by_a_stream() {
    let mut driver = default_client();
    let op = driver.subscribe(request(Kind::Query));
    driver.open(op);
    driver.bytes(op, format!("{NEXT}{COMPLETE}"));
    assert_eq!(
        driver.told(),
        [
            "open 1.1 fetch POST",
            "read 1.1",
            "connected 1.1 fetch",
            "next 1 {\"data\":1}",
            "close 1.1",
            "complete 1",
        ]
    );
}

#[test]
fn news_that_do_not_fit_change_nothing() {
    let (mut driver, op) = live();
    driver.news(op, News::Open);
    driver.open(op);
    driver.news(op, News::RetryReady);
    driver.news(op, News::RetryFailed(support::driver::thrown("late")));
    assert_eq!(driver.take(), [""; 0]);
    let op = driver.subscribe(subscription());
    driver.take();
    driver.bytes(op, NEXT);
    driver.news(op, News::RetryReady);
    driver.input(Input::Tick);
    assert_eq!(driver.take(), [""; 0]);
}

#[test]
fn news_of_attempts_that_never_were_are_dropped() {
    let (mut driver, op) = live();
    for attempt in [
        Attempt { op, number: 0 },
        Attempt { op, number: 2 },
        Attempt { op: 99, number: 1 },
    ] {
        driver.late_news(attempt, News::Bytes(COMPLETE.as_bytes()));
        driver.late_news(attempt, News::End);
    }
    assert_eq!(driver.take(), [""; 0]);
}

/// The client is as healthy as the least healthy of its operations.
#[test]
fn the_clients_state_is_the_worst_of_all() {
    let mut driver = default_client();
    assert_eq!(driver.client.state(), State::Idle);
    let first = driver.subscribe(subscription());
    let second = driver.subscribe(subscription());
    let states = |driver: &mut Driver| {
        let mut lines = driver.take();
        lines.retain(|line| line.starts_with("client "));
        lines
    };
    assert_eq!(states(&mut driver), ["client idle -> connecting"]);
    driver.open(first);
    assert_eq!(states(&mut driver), [""; 0]);
    driver.open(second);
    assert_eq!(states(&mut driver), ["client connecting -> live"]);
    driver.fail(second);
    assert_eq!(states(&mut driver), ["client live -> waiting"]);
    driver.fail(first);
    assert_eq!(states(&mut driver), [""; 0]);
    driver.dispose(second);
    assert_eq!(states(&mut driver), [""; 0]);
    driver.dispose(first);
    assert_eq!(states(&mut driver), ["client waiting -> idle"]);
    assert_eq!(driver.client.state(), State::Idle);
}

#[test]
fn operations_do_not_disturb_each_other() {
    let mut driver = default_client();
    let first = driver.subscribe(subscription());
    let second = driver.subscribe(subscription());
    driver.open(first);
    driver.open(second);
    driver.take();
    driver.bytes(first, "event: next\ndata: {\"data\":");
    driver.bytes(second, NEXT);
    driver.bytes(first, "2}\n\n");
    driver.fail(second);
    driver.bytes(first, NEXT);
    assert_eq!(
        driver.told(),
        [
            "next 2 {\"data\":1}",
            "next 1 {\"data\":2}",
            "close 2.1",
            "retry 2 #0 cut",
            "next 1 {\"data\":1}",
        ]
    );
}

#[test]
fn what_happened_is_counted() {
    let (mut driver, op) = live();
    driver.bytes(op, NEXT.repeat(3));
    driver.bytes(op, "event: next\ndata: {\n\nevent: x\ndata\n\n");
    driver.fail(op);
    driver.advance_to_deadline();
    driver.fail(op);
    driver.advance_to_deadline();
    driver.open(op);
    let expected = Counters {
        results: 3,
        attempts: 3,
        failures: 2,
        // the malformed result, and the cut
        gaps: 2,
        ignored: 1,
        oversize: 0,
    };
    assert_eq!(driver.client.counters(), expected);
}

#[test]
fn the_picture_shows_what_is_going_on() {
    let (mut driver, op) = live();
    let second = driver.subscribe(request(Kind::Query));
    driver.fail(op);
    let wait = driver.wait().expect("it waits");
    let retry_at = driver.now().wall + wait;
    let views: Vec<_> = driver.client.operations().collect();
    assert_eq!(views.len(), 2);
    assert_eq!((views[0].id, views[0].state), (op, State::Waiting));
    assert_eq!((views[0].attempt, views[0].retries), (1, 1));
    assert_eq!(views[0].retry_at, Some(retry_at));
    assert_eq!(views[0].transport, None);
    assert_eq!((views[1].id, views[1].state), (second, State::Connecting));
    assert_eq!(views[1].retry_at, None);
    assert_eq!(views[1].request.kind, Kind::Query);
    assert!(views[1].transport.is_some());
}

#[test]
fn the_transport_is_that_of_the_newest_live_connection() {
    let (mut driver, op) = live();
    let fetch = driver.client.transport();
    assert_eq!(fetch.map(|transport| transport.as_str()), Some("fetch"));
    driver.fail(op);
    assert_eq!(driver.client.transport(), None);
}

#[test]
fn the_version_grows_with_every_change() {
    let (mut driver, op) = live();
    let mut last = driver.client.version();
    let mut grown = |driver: &Driver| {
        let version = driver.client.version();
        version > std::mem::replace(&mut last, version)
    };
    driver.bytes(op, NEXT);
    assert!(grown(&driver));
    driver.fail(op);
    assert!(grown(&driver));
    driver.dispose(op);
    assert!(grown(&driver));
    driver.dispose(op);
    assert!(!grown(&driver), "nothing has changed");
}
