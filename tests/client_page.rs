//! The page's life: offline, hidden, frozen, asleep; and connections that are replaced in time.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use graphql_lifeline::config::{Options, Stall, Transport};
use graphql_lifeline::document::Kind;
use graphql_lifeline::io::{Input, News, OpId, State};
use graphql_lifeline::presence::{Page, WhenHidden};
use graphql_lifeline::time::Span;
use graphql_lifeline::watchdog::Limits;
use support::driver::{
    Driver, busy, default_client, execute, limited_client, ms, subscription, unhindered,
};
use support::socket::{frame, on_socket, socket_opens};

const NEXT: &str = "event: next\ndata: {\"data\":1}\n\n";
const SECOND: Span = Span::from_secs(1);
const MINUTE: Span = Span::from_secs(60);

fn page(driver: &mut Driver, change: impl FnOnce(&mut Page)) {
    let mut page = Page::default();
    change(&mut page);
    driver.input(Input::Page(page));
}

fn offline(driver: &mut Driver) {
    page(driver, |page| page.online = false);
}

fn hidden(driver: &mut Driver) {
    page(driver, |page| page.visible = false);
}

fn frozen(driver: &mut Driver) {
    page(driver, |page| {
        page.visible = false;
        page.frozen = true;
    });
}

fn shown(driver: &mut Driver) {
    page(driver, |_| {});
}

fn state(driver: &Driver, op: OpId) -> State {
    driver.client.operation_state(op)
}

fn live(mut driver: Driver) -> (Driver, OpId) {
    let op = driver.subscribe(subscription());
    driver.open(op);
    driver.bytes(op, NEXT);
    driver.take();
    (driver, op)
}

fn opened(driver: &mut Driver) -> Vec<String> {
    let mut lines = driver.take();
    lines.retain(|line| line.starts_with("open "));
    lines
}

/// Field, complaint 16's cause: attempts are wasted, and limits reached, by a laptop without a network.
#[test]
fn an_attempt_fails_while_offline_and_waits_for_the_network() {
    let (mut driver, op) = live(limited_client(2));
    offline(&mut driver);
    assert_eq!(state(&driver, op), State::Live, "nothing is cut by a hint");
    driver.end(op);
    assert_eq!(state(&driver, op), State::Offline);
    driver.take();
    driver.advance(ms(59_999));
    assert_eq!(opened(&mut driver), [""; 0]);
    shown(&mut driver);
    assert_eq!(opened(&mut driver), ["open 1.2 fetch POST"]);
    driver.open(op);
    assert_eq!(state(&driver, op), State::Live);
}

/// The browser may be wrong: a server on the same machine needs no network.
#[test]
fn an_attempt_a_minute_finds_out_that_the_browser_is_wrong() {
    let mut driver = limited_client(2);
    offline(&mut driver);
    let op = driver.subscribe(subscription());
    assert_eq!(
        opened(&mut driver),
        ["open 1.1 fetch POST"],
        "the first is free"
    );
    for attempt in 2..20 {
        driver.fail(op);
        assert_eq!(state(&driver, op), State::Offline);
        let wait = driver.advance_to_deadline();
        assert_eq!(wait, MINUTE);
        assert_eq!(
            opened(&mut driver),
            [format!("open 1.{attempt} fetch POST")]
        );
    }
    driver.open(op);
    assert_eq!(state(&driver, op), State::Live);
}

#[test]
fn a_probe_that_cannot_run_offline_proves_nothing() {
    let (mut driver, op) = live(probing());
    offline(&mut driver);
    driver.advance(MINUTE * 10);
    let told = driver.told();
    assert!(
        told.iter().all(|line| !line.starts_with("probe")),
        "{told:?}"
    );
    assert_ne!(state(&driver, op), State::Connecting);
}

fn probing() -> Driver {
    Driver::new(&Options {
        stall: Some(Stall::Watch(Limits {
            probe: Some(Span::from_secs(5)),
            ..Limits::default()
        })),
        ..Options::default()
    })
}

/// Field, complaints 29 and 32: attempts go on while hidden, or stall the return.
#[test]
fn a_hidden_page_makes_one_attempt_a_minute_and_all_at_once_when_shown() {
    let mut driver = Driver::new(&unhindered());
    let ops: Vec<OpId> = (0..5).map(|_| driver.subscribe(subscription())).collect();
    for &op in &ops {
        driver.open(op);
    }
    driver.take();
    hidden(&mut driver);
    assert_eq!(driver.take(), [""; 0], "what is open stays");
    for &op in &ops {
        driver.end(op);
    }
    for _ in 0..10 {
        driver.take();
        driver.advance(MINUTE);
        let opened = opened(&mut driver);
        assert_eq!(opened.len(), 1, "{opened:?}");
        let which = ops
            .iter()
            .find(|&&op| state(&driver, op) == State::Connecting);
        driver.fail(*which.expect("one tries"));
    }
    driver.take();
    shown(&mut driver);
    assert_eq!(opened(&mut driver).len(), 5);
}

#[test]
fn a_look_lets_one_attempt_through_an_open_breaker() {
    let mut driver = default_client();
    let op = driver.subscribe(subscription());
    hidden(&mut driver);
    for _ in 0..6 {
        driver.fail(op);
        driver.advance_to_deadline();
    }
    driver.fail(op);
    driver.subscribe(subscription());
    driver.take();
    shown(&mut driver);
    assert_eq!(opened(&mut driver).len(), 1);
}

#[test]
fn what_is_free_or_may_not_wait_does_not_wait_for_a_look() {
    let mut driver = default_client();
    hidden(&mut driver);
    driver.subscribe(subscription());
    driver.subscribe(execute(Kind::Mutation));
    assert_eq!(opened(&mut driver).len(), 2);
}

#[test]
fn what_the_server_asks_for_counts_for_more_than_a_look() {
    let mut driver = default_client();
    let op = driver.subscribe(subscription());
    driver.head(op, busy(20));
    driver.take();
    hidden(&mut driver);
    driver.advance(SECOND);
    shown(&mut driver);
    assert_eq!(opened(&mut driver), [""; 0]);
    assert_eq!(driver.wait(), Some(SECOND * 19));
}

#[test]
fn pause_closes_and_comes_back_with_a_gap() {
    let (mut driver, op) = live(Driver::new(&Options {
        when_hidden: WhenHidden::Pause,
        ..Options::default()
    }));
    let effect = driver.subscribe(execute(Kind::Mutation));
    driver.take();
    hidden(&mut driver);
    assert_eq!(driver.told(), ["close 1.1"], "a side effect goes on");
    assert_eq!(state(&driver, op), State::Hidden);
    assert_eq!(state(&driver, effect), State::Connecting);
    driver.advance(MINUTE * 30);
    let later = driver.subscribe(subscription());
    assert_eq!(state(&driver, later), State::Hidden);
    assert_eq!(opened(&mut driver), [""; 0]);
    shown(&mut driver);
    assert_eq!(
        opened(&mut driver),
        ["open 1.2 fetch POST", "open 3.1 fetch POST"]
    );
    driver.open(op);
    assert_eq!(
        driver.told(),
        [
            "read 1.2",
            "connected 1.2 fetch again",
            "gap 1 reconnect since 0 ms"
        ]
    );
}

/// Field, complaints 3 and 33: a page that was frozen, or left and come back to, is dead in silence.
#[test]
fn a_frozen_page_lets_go_of_its_connections_and_takes_them_up_again() {
    let (mut driver, op) = live(default_client());
    frozen(&mut driver);
    assert_eq!(driver.told(), ["close 1.1"]);
    driver.skip(MINUTE * 60 * 8);
    driver.input(Input::Tick);
    assert_eq!(opened(&mut driver), [""; 0]);
    shown(&mut driver);
    assert_eq!(opened(&mut driver), ["open 1.2 fetch POST"]);
    driver.open(op);
    assert_eq!(state(&driver, op), State::Live);
}

#[test]
fn a_page_that_is_closed_while_connecting_rests_too() {
    let mut driver = default_client();
    let op = driver.subscribe(subscription());
    driver.take();
    frozen(&mut driver);
    assert_eq!(driver.told(), ["close 1.1"]);
    driver.dispose(op);
    driver.assert_empty();
}

/// Field, complaints 2 and 6: a device wakes up, the connection is dead, and nobody notices.
#[test]
fn a_return_asks_the_probe_at_once() {
    let (mut driver, op) = live(probing());
    hidden(&mut driver);
    driver.advance(SECOND * 20);
    driver.take();
    shown(&mut driver);
    assert_eq!(driver.told(), ["probe 1.1"]);
    driver.news(op, News::Probed(Some(false)));
    driver.advance(SECOND);
    assert_ne!(state(&driver, op), State::Live);
}

fn over_socket(options: Options) -> (Driver, OpId) {
    let mut driver = Driver::new(&Options {
        websocket: true,
        transports: Some(vec![Transport::WebSocket]),
        ..options
    });
    let op = driver.subscribe(subscription());
    socket_opens(&mut driver, 1);
    assert_eq!(state(&driver, op), State::Live);
    driver.take();
    (driver, op)
}

#[test]
fn a_return_pings_the_socket_at_once_and_replaces_one_that_is_dead() {
    let (mut driver, op) = over_socket(Options::default());
    hidden(&mut driver);
    shown(&mut driver);
    assert_eq!(driver.told(), ["send 1 ping"]);
    driver.advance(SECOND * 5);
    assert_eq!(state(&driver, op), State::Waiting);
}

#[test]
fn a_page_at_rest_keeps_no_socket() {
    let (mut driver, op) = over_socket(Options::default());
    frozen(&mut driver);
    assert_eq!(driver.told(), ["send 1 complete 1.1", "close 0.1"]);
    assert_eq!(state(&driver, op), State::Hidden);
    shown(&mut driver);
    assert_eq!(driver.told(), ["socket 2"]);
}

/// Field, complaint 26: intermediaries cut a stream after a fixed time.
#[test]
fn a_connection_is_replaced_before_its_time_is_over() {
    let mut driver = default_client();
    let op = driver.subscribe(subscription());
    driver.news(op, News::Lifetime(Span::from_secs(100)));
    driver.open(op);
    driver.take();
    driver.advance(ms(89_999));
    assert_eq!(opened(&mut driver), [""; 0]);
    driver.advance(ms(10_001));
    assert_eq!(opened(&mut driver), ["open 1.2 fetch POST to renew"]);
    // Nobody says how long the next one is to live.
    driver.open(op);
    driver.take();
    driver.advance(MINUTE * 60);
    assert_eq!(opened(&mut driver), [""; 0]);
}

#[test]
fn many_that_were_opened_together_are_not_replaced_together() {
    let mut driver = default_client();
    for op in 1..=20 {
        driver.subscribe(subscription());
        driver.news(op, News::Lifetime(Span::from_secs(100)));
        driver.open(op);
    }
    driver.take();
    driver.advance(Span::from_secs(95));
    let early = opened(&mut driver).len();
    assert!((1..20).contains(&early), "{early} of 20 in the first half");
    driver.advance(Span::from_secs(5));
    assert_eq!(opened(&mut driver).len(), 20 - early);
}

#[test]
fn nothing_is_replaced_that_may_not_be_sent_again_or_could_not_come_back() {
    let mut driver = default_client();
    let op = driver.subscribe(subscription());
    driver.news(op, News::Lifetime(Span::from_secs(100)));
    driver.open(op);
    driver.take();
    offline(&mut driver);
    driver.advance(MINUTE * 5);
    assert_eq!(opened(&mut driver), [""; 0]);
    shown(&mut driver);
    driver.advance(Span::from_secs(11));
    assert_eq!(opened(&mut driver), ["open 1.2 fetch POST to renew"]);

    let mut driver = Driver::new(&Options {
        resubscribe: Some(false),
        ..Options::default()
    });
    let op = driver.subscribe(subscription());
    driver.news(op, News::Lifetime(Span::from_secs(100)));
    driver.open(op);
    driver.take();
    driver.advance(MINUTE * 5);
    assert_eq!(opened(&mut driver), [""; 0]);
}

#[test]
fn a_socket_is_replaced_as_a_whole() {
    let mut driver = Driver::new(&Options {
        websocket: true,
        transports: Some(vec![Transport::WebSocket]),
        stall: Some(Stall::Off),
        ..Options::default()
    });
    driver.subscribe(subscription());
    driver.subscribe(subscription());
    on_socket(&mut driver, 1, News::Lifetime(Span::from_secs(100)));
    socket_opens(&mut driver, 1);
    driver.take();
    driver.advance(Span::from_secs(100));
    let told = driver.told();
    assert_eq!(told, ["close 0.1", "socket 2"]);
    on_socket(&mut driver, 2, News::Open);
    assert_eq!(driver.told(), ["send 2 init to renew"]);
    frame(&mut driver, 2, r#"{"type":"connection_ack"}"#);
    let told = driver.told();
    assert_eq!(
        told.iter()
            .filter(|line| line.starts_with("send 2 subscribe"))
            .count(),
        2
    );
}

#[test]
fn a_mutation_on_the_socket_is_not_cut_for_a_renewal() {
    let mut driver = Driver::new(&Options {
        websocket: true,
        transports: Some(vec![Transport::WebSocket]),
        stall: Some(Stall::Off),
        ..Options::default()
    });
    driver.subscribe(support::driver::request(Kind::Mutation));
    on_socket(&mut driver, 1, News::Lifetime(Span::from_secs(100)));
    socket_opens(&mut driver, 1);
    driver.take();
    driver.advance(Span::from_secs(105));
    assert_eq!(driver.told(), [""; 0]);
    frame(&mut driver, 1, r#"{"id":"1-1","type":"complete"}"#);
    driver.take();
    driver.assert_empty();
}
