//! A fresh connection that opens before the old one is closed: nothing is interrupted, and
//! what comes twice is delivered once.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use graphql_lifeline::config::Options;
use graphql_lifeline::continuity::{Key, Settings};
use graphql_lifeline::io::{Attempt, Input, News, OpId, Request, State};
use support::driver::{Driver, head, ms, stream, subscription, unhindered};

fn keyed(has_key: bool) -> Request {
    Request {
        continuity: Some(Box::new(Settings {
            key: has_key.then(|| Key::Path("id".into())),
            ..Settings::default()
        })),
        ..subscription()
    }
}

/// One that is live, and asked for a fresh connection.
fn replacing() -> (Driver, OpId) {
    let mut driver = Driver::new(&Options {
        overlap: true,
        ..unhindered()
    });
    let op = driver.subscribe(keyed(true));
    driver.open(op);
    driver.take();
    driver.input(Input::Reconnect);
    assert_eq!(driver.told(), ["open 1.2 fetch POST"]);
    (driver, op)
}

const fn number(op: OpId, number: u32) -> Attempt {
    Attempt { op, number }
}

fn result(driver: &mut Driver, attempt: Attempt, id: u32) {
    let event = format!("event: next\ndata: {{\"data\":{{\"id\":{id}}}}}\n\n");
    driver.late_news(attempt, News::Bytes(event.as_bytes()));
}

fn nexts(driver: &mut Driver) -> Vec<String> {
    let mut lines = driver.take();
    lines.retain(|line| line.starts_with("next "));
    lines
}

#[test]
fn the_old_one_delivers_until_the_new_one_is_open() {
    let (mut driver, op) = replacing();
    result(&mut driver, number(op, 1), 1);
    assert_eq!(nexts(&mut driver), [r#"next 1 {"data":{"id":1}}"#]);
    assert_eq!(driver.client.operation_state(op), State::Live);
    driver.late_news(number(op, 2), News::Head(stream()));
    let told = driver.told();
    assert_eq!(
        told[..3],
        ["read 1.2", "close 1.1", "connected 1.2 fetch again"]
    );
    result(&mut driver, number(op, 1), 9);
    result(&mut driver, number(op, 2), 1);
    result(&mut driver, number(op, 2), 2);
    assert_eq!(nexts(&mut driver), [r#"next 1 {"data":{"id":2}}"#]);
}

#[test]
fn a_new_one_that_fails_leaves_the_old_one_alone() {
    for news in [
        News::Failed(None),
        News::Head(head(503, "text/plain")),
        News::End,
        News::Unprepared(support::driver::thrown("no token")),
    ] {
        let (mut driver, op) = replacing();
        driver.late_news(number(op, 2), news);
        assert_eq!(driver.told(), ["close 1.2"]);
        result(&mut driver, number(op, 1), 1);
        assert_eq!(nexts(&mut driver).len(), 1);
    }
}

#[test]
fn a_new_one_that_never_answers_is_given_up_in_its_time() {
    let (mut driver, op) = replacing();
    driver.advance(ms(15_000));
    assert_eq!(driver.told(), ["close 1.2"]);
    assert_eq!(driver.client.operation_state(op), State::Live);
}

#[test]
fn an_old_one_that_dies_meanwhile_is_followed_by_the_new_one_at_once() {
    let (mut driver, op) = replacing();
    driver.late_news(number(op, 1), News::Failed(None));
    assert_eq!(driver.told(), ["close 1.1"]);
    assert_eq!(driver.client.operation_state(op), State::Connecting);
    driver.late_news(number(op, 2), News::Head(stream()));
    assert_eq!(driver.client.operation_state(op), State::Live);
    result(&mut driver, number(op, 2), 1);
    assert_eq!(nexts(&mut driver).len(), 1);
}

#[test]
fn both_are_closed_when_it_is_disposed_of() {
    let (mut driver, op) = replacing();
    driver.dispose(op);
    assert_eq!(driver.told(), ["close 1.2", "close 1.1"]);
    driver.assert_empty();
    driver.late_news(number(op, 2), News::Head(stream()));
    assert_eq!(driver.take(), [""; 0]);
}

#[test]
fn both_are_closed_when_the_server_completes() {
    let (mut driver, op) = replacing();
    driver.late_news(number(op, 1), News::Bytes(b"event: complete\n\n"));
    let told = driver.told();
    assert!(
        told.contains(&"close 1.1".into()) && told.contains(&"close 1.2".into()),
        "{told:?}"
    );
    driver.assert_empty();
}

#[test]
fn another_reconnect_gives_up_the_new_one_that_is_not_open_yet() {
    let (mut driver, op) = replacing();
    driver.input(Input::Reconnect);
    assert_eq!(driver.told(), ["close 1.2", "open 1.3 fetch POST"]);
    driver.late_news(number(op, 2), News::Head(stream()));
    assert_eq!(driver.take(), [""; 0], "late news");
    driver.late_news(number(op, 3), News::Head(stream()));
    assert!(driver.told().contains(&"close 1.1".into()));
}

#[test]
fn without_a_key_the_old_one_is_closed_first() {
    let mut driver = Driver::new(&Options {
        overlap: true,
        ..unhindered()
    });
    let op = driver.subscribe(keyed(false));
    driver.open(op);
    driver.take();
    driver.input(Input::Reconnect);
    assert_eq!(driver.told(), ["close 1.1", "open 1.2 fetch POST"]);
}
