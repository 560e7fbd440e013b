//! Where the browser has no room for another stream: it is shared, or waited for.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use graphql_lifeline::breaker::Limits;
use graphql_lifeline::config::{Method, Options, Transport};
use graphql_lifeline::document::Kind;
use graphql_lifeline::io::{Input, News, OpId, State};
use graphql_lifeline::reservation::Sharing;
use graphql_lifeline::time::Span;
use support::driver::{Driver, head, request, stream, subscription};
use support::single::{accepts, client, news, opens, state};
use support::socket::{on_socket, socket_opens};

const SECOND: Span = Span::from_secs(1);

fn auto() -> Options {
    Options {
        sharing: Sharing::WhenCrowded,
        ..Options::default()
    }
}

#[test]
fn those_without_room_share_a_stream() {
    let mut driver = Driver::new(&auto());
    let first = driver.subscribe(subscription());
    assert_eq!(driver.told(), ["open 1.1 fetch POST"]);
    driver.open(first);
    let second = driver.subscribe(subscription());
    driver.take();
    driver.news(second, News::Crowded);
    assert_eq!(
        driver.told(),
        [
            "limit 2 shares",
            "close 2.1",
            "open 3.1 fetch POST to share"
        ]
    );
    opens(&mut driver, 3, 1);
    accepts(&mut driver, second);
    assert_eq!(state(&driver, second), State::Live);
}

/// Each cut would cost another try at what has no room, and each hour of good health as well.
#[test]
fn who_shares_a_stream_tries_no_eventsource_again() {
    let mut driver = Driver::new(&Options {
        method: Some(Method::Get),
        ..auto()
    });
    let op = driver.subscribe(subscription());
    assert_eq!(driver.told(), ["open 1.1 eventsource GET"]);
    driver.news(op, News::Crowded);
    opens(&mut driver, 2, 1);
    accepts(&mut driver, op);
    driver.advance(SECOND * 3600);
    news(&mut driver, 2, 1, News::End);
    driver.advance(SECOND * 3);
    opens(&mut driver, 2, 2);
    accepts(&mut driver, op);
    let told = driver.told();
    assert!(
        told.iter().all(|line| !line.contains("eventsource")),
        "{told:?}"
    );
    assert_eq!(state(&driver, op), State::Live);
}

#[test]
fn without_a_reserved_stream_they_wait_for_room() {
    let mut driver = Driver::new(&auto());
    let op = driver.subscribe(subscription());
    driver.news(op, News::Crowded);
    driver.take();
    news(&mut driver, 2, 1, News::Head(head(405, "text/plain")));
    news(&mut driver, 2, 1, News::End);
    let told = driver.told();
    assert_eq!(told.last().map(String::as_str), Some("open 1.3 fetch POST"));
    driver.news(op, News::Crowded);
    assert_eq!(driver.told(), ["limit 1 waits"]);
    assert_eq!(state(&driver, op), State::Waiting);
    driver.advance(SECOND * 3600);
    assert_eq!(
        driver.told(),
        [""; 0],
        "waiting is no failure, and has no end"
    );
    driver.news(op, News::Admitted);
    driver.open(op);
    assert_eq!(state(&driver, op), State::Live);
}

/// freenet/freenet-core#5213: the seventh tab waits for ever, and nobody is told.
#[test]
fn who_waits_for_room_is_told_and_a_query_gives_up() {
    let mut driver = Driver::new(&Options::default());
    let op = driver.subscribe(request(Kind::Query));
    driver.news(op, News::Crowded);
    assert_eq!(
        driver.told().last().map(String::as_str),
        Some("limit 1 waits")
    );
    driver.advance(SECOND * 15);
    assert_eq!(driver.take_error().code.as_str(), "connection-limit");
    driver.assert_empty();
}

#[test]
fn the_shared_stream_may_have_to_wait_itself() {
    let mut driver = Driver::new(&auto());
    let op = driver.subscribe(subscription());
    driver.news(op, News::Crowded);
    driver.take();
    news(&mut driver, 2, 1, News::Crowded);
    assert_eq!(driver.told(), ["limit 1 waits"]);
    driver.advance(SECOND * 600);
    assert_eq!(driver.told(), [""; 0]);
    news(&mut driver, 2, 1, News::Admitted);
    opens(&mut driver, 2, 1);
    accepts(&mut driver, op);
    assert_eq!(state(&driver, op), State::Live);
}

/// Two that share a stream which waits for room.
fn crowded_line(driver: &mut Driver) {
    driver.subscribe(subscription());
    news(driver, 2, 1, News::Crowded);
    assert_eq!(
        driver.told(),
        ["open 2.1 fetch POST to share", "limit 1 waits"]
    );
}

#[test]
fn who_comes_while_the_shared_stream_waits_is_told_as_well() {
    let mut driver = client();
    crowded_line(&mut driver);
    driver.subscribe(subscription());
    assert_eq!(driver.told(), ["limit 3 waits"]);
}

#[test]
fn a_query_that_is_to_ride_on_a_stream_without_room_gives_up() {
    let mut driver = client();
    crowded_line(&mut driver);
    let query = driver.subscribe(request(Kind::Query));
    driver.advance(SECOND * 15);
    assert_eq!(driver.take_error().code.as_str(), "connection-limit");
    assert_eq!(state(&driver, query), State::Closed);

    driver.subscribe(request(Kind::Query));
    driver.advance(SECOND * 14);
    news(&mut driver, 2, 1, News::Admitted);
    driver.advance(SECOND * 2);
    opens(&mut driver, 2, 1);
    let told = driver.told();
    assert!(
        told.contains(&"open 4.1 fetch POST on the shared one".to_owned()),
        "{told:?}"
    );
}

#[test]
fn a_stream_that_is_not_wanted_any_more_leaves_no_crowd_behind() {
    let mut driver = client();
    crowded_line(&mut driver);
    driver.dispose(1);
    driver.take();
    driver.subscribe(subscription());
    assert_eq!(driver.told(), ["open 4.1 fetch POST to share"]);
    news(&mut driver, 4, 1, News::Failed(None));
    assert_eq!(driver.told(), ["close 4.1"]);
}

/// A pong says something of what was sent on the socket, and of nothing else.
#[test]
fn a_stream_is_not_open_because_a_socket_is() {
    let mut driver = Driver::new(&Options {
        websocket: true,
        ..auto()
    });
    let first = driver.subscribe(subscription());
    driver.news(first, News::Crowded);
    news(&mut driver, 2, 1, News::Crowded);
    let second = driver.subscribe(subscription());
    driver.news(second, News::Crowded);
    driver.take();
    news(&mut driver, 4, 1, News::Open);
    socket_opens(&mut driver, 1);
    assert_eq!(state(&driver, first), State::Live);
    driver.take();
    news(&mut driver, 4, 1, News::Head(stream()));
    assert_eq!(
        driver.told(),
        ["read 4.1", "open 3.2 fetch POST on the shared one"]
    );
}

#[test]
fn a_socket_takes_those_for_whom_there_is_no_room() {
    let mut driver = Driver::new(&Options {
        websocket: true,
        ..Options::default()
    });
    let op = driver.subscribe(subscription());
    driver.take();
    driver.news(op, News::Crowded);
    assert_eq!(
        driver.told(),
        ["limit 1 fallsback", "close 1.1", "socket 1"]
    );
    let reasons = driver
        .client
        .operations()
        .map(|view| view.rungs[0].obstacle);
    assert!(
        reasons
            .flatten()
            .all(|why| why.as_str().contains("maxStreams"))
    );
}

/// A socket whose breaker opens with the first failure.
fn with_frail_socket() -> Driver {
    Driver::new(&Options {
        websocket: true,
        breaker: Some(Limits {
            min_calls: 1,
            ..Limits::default()
        }),
        ..Options::default()
    })
}

/// For whom there is no room, and whose socket has broken.
fn without_a_way(driver: &mut Driver) -> OpId {
    let op = driver.subscribe(subscription());
    driver.news(op, News::Crowded);
    on_socket(driver, 1, News::Failed(None));
    driver.advance(SECOND);
    driver.take();
    op
}

#[test]
fn whose_socket_breaks_looks_for_room_again() {
    let mut driver = with_frail_socket();
    let op = without_a_way(&mut driver);
    driver.open(op);
    assert_eq!(state(&driver, op), State::Live);
}

#[test]
fn who_waits_for_room_tries_the_socket_when_it_is_due() {
    let mut driver = with_frail_socket();
    let op = without_a_way(&mut driver);
    for socket in [2, 3] {
        driver.news(op, News::Crowded);
        assert_eq!(driver.told(), ["limit 1 waits"]);
        driver.advance_to_deadline();
        let told = driver.told();
        for line in ["limit 1 fallsback", &format!("socket {socket}")] {
            assert!(told.contains(&line.to_owned()), "{line}: {told:?}");
        }
        if socket == 2 {
            on_socket(&mut driver, socket, News::Failed(None));
            driver.advance(SECOND);
            driver.take();
        }
    }
    socket_opens(&mut driver, 3);
    assert_eq!(state(&driver, op), State::Live);
}

#[test]
fn who_waits_for_room_takes_the_socket_as_soon_as_it_is_good() {
    let mut driver = with_frail_socket();
    driver.input(Input::Isolate(Transport::WebSocket));
    let op = driver.subscribe(subscription());
    driver.news(op, News::Crowded);
    driver.advance(SECOND * 3600);
    assert_eq!(state(&driver, op), State::Waiting);
    driver.input(Input::ResetBreaker(Transport::WebSocket));
    socket_opens(&mut driver, 1);
    assert_eq!(state(&driver, op), State::Live);
}

#[test]
fn who_is_to_ride_on_a_stream_without_room_takes_the_socket_as_soon_as_it_is_good() {
    let mut driver = Driver::new(&Options {
        websocket: true,
        ..auto()
    });
    driver.input(Input::Isolate(Transport::WebSocket));
    let op = driver.subscribe(subscription());
    driver.news(op, News::Crowded);
    news(&mut driver, 2, 1, News::Crowded);
    assert_eq!(
        driver.told().last().map(String::as_str),
        Some("limit 1 waits")
    );
    driver.input(Input::ResetBreaker(Transport::WebSocket));
    socket_opens(&mut driver, 1);
    assert_eq!(state(&driver, op), State::Live);
    driver.dispose(op);
    driver.assert_empty();
}
