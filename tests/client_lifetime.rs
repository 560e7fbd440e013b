//! Connections that are replaced in time, and what keeps them from that.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use graphql_lifeline::breaker::Limits;
use graphql_lifeline::config::{HeadersSource, Options, Stall, Transport};
use graphql_lifeline::continuity::{Key, Settings};
use graphql_lifeline::error::Code;
use graphql_lifeline::io::{Attempt, Input, News, OpId, Request, State};
use graphql_lifeline::presence::Page;
use graphql_lifeline::time::Span;
use support::driver::{Driver, subscription};
use support::socket::{frame, on_socket};

const LIFETIME: Span = Span::from_secs(100);

fn hidden(driver: &mut Driver) {
    driver.input(Input::Page(Page {
        visible: false,
        ..Page::default()
    }));
}

fn opened(driver: &mut Driver) -> Vec<String> {
    let mut lines = driver.take();
    lines.retain(|line| line.starts_with("open "));
    lines
}

fn keyed() -> Request {
    Request {
        continuity: Some(Box::new(Settings {
            key: Some(Key::Path("id".into())),
            ..Settings::default()
        })),
        ..subscription()
    }
}

fn live(driver: &mut Driver, request: Request) -> OpId {
    let op = driver.subscribe(request);
    driver.news(op, News::Lifetime(LIFETIME));
    driver.open(op);
    driver.take();
    op
}

fn overlapping() -> Driver {
    Driver::new(&Options {
        overlap: true,
        stall: Some(Stall::Off),
        ..Options::default()
    })
}

#[test]
fn of_those_that_overlap_one_a_minute_is_replaced_while_nobody_looks() {
    let mut driver = overlapping();
    let (one, other) = (live(&mut driver, keyed()), live(&mut driver, keyed()));
    hidden(&mut driver);
    driver.advance(LIFETIME);
    assert_eq!(opened(&mut driver).len(), 1);
    driver.advance(Span::from_secs(40));
    assert_eq!(opened(&mut driver), [""; 0]);
    driver.advance(Span::from_secs(40));
    assert_eq!(opened(&mut driver).len(), 1);
    for op in [one, other] {
        assert_eq!(driver.client.operation_state(op), State::Live);
    }
}

#[test]
fn a_fresh_one_that_comes_to_nothing_is_tried_again() {
    let mut driver = overlapping();
    let op = live(&mut driver, keyed());
    driver.advance(LIFETIME);
    assert_eq!(opened(&mut driver), ["open 1.2 fetch POST to renew"]);
    driver.late_news(Attempt { op, number: 2 }, News::Failed(None));
    assert_eq!(driver.client.operation_state(op), State::Live);
    driver.advance(Span::from_secs(61));
    assert_eq!(opened(&mut driver), ["open 1.3 fetch POST to renew"]);
}

#[test]
fn nothing_is_given_up_for_a_server_that_lets_nobody_in() {
    let mut driver = Driver::new(&Options {
        breaker: Some(Limits {
            min_calls: 1,
            open: Span::from_secs(60),
            ..Limits::default()
        }),
        stall: Some(Stall::Off),
        ..Options::default()
    });
    let op = live(&mut driver, subscription());
    let other = driver.subscribe(subscription());
    driver.advance(Span::from_secs(89));
    driver.fail(other);
    driver.dispose(other);
    // The breaker is open for half a minute at least.
    driver.advance(Span::from_secs(20));
    assert_eq!(driver.client.operation_state(op), State::Live);
    driver.take();
    driver.advance(Span::from_secs(60));
    assert_eq!(opened(&mut driver), ["open 1.2 fetch POST to renew"]);
}

/// The application has fetched new credentials by then, and gives them of itself.
#[test]
fn a_socket_that_breaks_behind_a_refusal_does_not_ask_for_others_again() {
    let mut driver = refusable();
    driver.subscribe(subscription());
    greet(&mut driver, 1);
    on_socket(&mut driver, 1, News::Closed(4403, None));
    let mut greetings = Vec::new();
    for number in 2..5 {
        greetings.extend(greet(&mut driver, number));
        on_socket(&mut driver, number, News::Closed(1006, None));
    }
    assert_eq!(
        greetings,
        ["send 2 init refused", "send 3 init", "send 4 init"]
    );
}

fn refusable() -> Driver {
    Driver::new(&Options {
        websocket: true,
        transports: Some(vec![Transport::WebSocket]),
        headers: HeadersSource::Function,
        ..Options::default()
    })
}

/// Opens the next socket, and tells how it greets.
fn greet(driver: &mut Driver, number: u32) -> Vec<String> {
    while !driver.take().contains(&format!("socket {number}")) {
        driver.advance_to_deadline();
    }
    on_socket(driver, number, News::Open);
    let told = driver.told().into_iter();
    told.filter(|it| it.contains("init")).collect()
}

/// Tokens may live for less time than a socket needs to count as healthy; but a server that
/// refuses each of them after its acknowledgement wants none.
#[test]
fn credentials_that_were_acknowledged_and_refused_are_asked_for_again_three_times() {
    let mut driver = refusable();
    let op = driver.subscribe(subscription());
    for number in 1..=4 {
        let greeting = if number == 1 { "init" } else { "init refused" };
        assert_eq!(
            greet(&mut driver, number),
            [format!("send {number} {greeting}")]
        );
        assert_eq!(driver.client.operation_state(op), State::Connecting);
        frame(&mut driver, number, r#"{"type":"connection_ack"}"#);
        on_socket(&mut driver, number, News::Closed(4403, None));
    }
    assert_eq!(driver.take_error().code, Code::Unauthorized);
}

/// They have expired each time, and are good for as long as it takes.
#[test]
fn credentials_that_expire_under_a_healthy_socket_are_asked_for_again_for_ever() {
    let mut driver = refusable();
    let op = driver.subscribe(subscription());
    for number in 1..20 {
        greet(&mut driver, number);
        frame(&mut driver, number, r#"{"type":"connection_ack"}"#);
        driver.skip(Span::from_secs(6));
        on_socket(&mut driver, number, News::Closed(4403, None));
        assert_eq!(driver.client.operation_state(op), State::Connecting);
    }
}

/// What waited apart from the others would come to a socket of its own, and ask once more.
#[test]
fn all_that_lose_a_socket_for_its_credentials_are_on_the_next_one_and_end_with_it() {
    let mut driver = refusable();
    for _ in 0..50 {
        driver.subscribe(subscription());
    }
    greet(&mut driver, 1);
    on_socket(&mut driver, 1, News::Closed(4403, None));
    greet(&mut driver, 2);
    on_socket(&mut driver, 2, News::Closed(4403, None));
    let told = driver.told();
    let ended = told.iter().filter(|it| it.contains("unauthorized"));
    assert_eq!(ended.count(), 50, "{told:?}");
    assert_eq!(driver.wait(), None);
}

#[test]
fn credentials_that_are_refused_twice_without_an_acknowledgement_end_the_operation() {
    let mut driver = refusable();
    driver.subscribe(subscription());
    greet(&mut driver, 1);
    on_socket(&mut driver, 1, News::Closed(4403, None));
    greet(&mut driver, 2);
    on_socket(&mut driver, 2, News::Closed(4403, None));
    assert_eq!(driver.take_error().code, Code::Unauthorized);
}
