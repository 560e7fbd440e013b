//! Operations that share a reserved stream: graphql-sse's single connection mode.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use graphql_lifeline::config::{Method, Options, Stall, Transport};
use graphql_lifeline::document::Kind;
use graphql_lifeline::io::{Input, News, State};
use graphql_lifeline::presence::{Page, WhenHidden};
use graphql_lifeline::time::Span;
use graphql_lifeline::watchdog;
use support::driver::{Driver, busy, head, ms, request, stream, subscription};
use support::single::{accepts, client, live_pair, news, opens, options, says, state};

const SECOND: Span = Span::from_secs(1);

#[test]
fn a_stream_is_reserved_and_operations_ride_on_it() {
    let mut driver = client();
    let op = driver.subscribe(subscription());
    assert_eq!(driver.told(), ["open 2.1 fetch POST to share"]);
    news(&mut driver, 2, 1, News::Open);
    assert_eq!(driver.told(), [""; 0], "it is reserved, and not open yet");
    news(&mut driver, 2, 1, News::Head(stream()));
    assert_eq!(
        driver.told(),
        ["read 2.1", "open 1.1 fetch POST on the shared one"]
    );
    accepts(&mut driver, op);
    assert_eq!(driver.told(), ["read 1.1", "connected 1.1 fetch"]);
    driver.end(op);
    assert_eq!(
        state(&driver, op),
        State::Live,
        "that was the end of its acceptance"
    );

    let second = driver.subscribe(subscription());
    assert_eq!(driver.told(), ["open 3.1 fetch POST on the shared one"]);
    accepts(&mut driver, second);
    driver.take();
    says(
        &mut driver,
        (2, 1),
        "next",
        r#"{"id":"3-1","payload":{"data":3}}"#,
    );
    says(
        &mut driver,
        (2, 1),
        "next",
        r#"{"id":"1-1","payload":{"data":1}}"#,
    );
    assert_eq!(
        driver.told(),
        [r#"next 3 {"data":3}"#, r#"next 1 {"data":1}"#]
    );
    assert_eq!(
        driver.client.operations().count(),
        2,
        "the stream is nobody's operation"
    );
}

#[test]
fn a_result_may_come_before_the_answer_to_its_request() {
    let mut driver = client();
    driver.subscribe(request(Kind::Query));
    opens(&mut driver, 2, 1);
    driver.take();
    says(
        &mut driver,
        (2, 1),
        "next",
        r#"{"id":"1-1","payload":{"data":1}}"#,
    );
    says(&mut driver, (2, 1), "complete", r#"{"id":"1-1"}"#);
    let told = driver.told();
    assert!(
        told.contains(&r#"next 1 {"data":1}"#.to_owned()),
        "{told:?}"
    );
    assert_eq!(
        told.last().map(String::as_str),
        Some("close 2.1"),
        "nobody rides on it"
    );
    driver.assert_empty();
}

#[test]
fn whoever_leaves_tells_the_server_and_the_last_one_closes_the_stream() {
    let mut driver = live_pair(client());
    driver.dispose(1);
    assert_eq!(driver.told(), ["stop 1.1", "close 1.1"]);
    driver.dispose(3);
    assert_eq!(driver.told(), ["stop 3.1", "close 3.1", "close 2.1"]);
    driver.assert_empty();
}

#[test]
fn what_is_nobodys_or_broken_costs_nothing_else() {
    let mut driver = live_pair(client());
    for data in [
        r#"{"id":"9-9","payload":{"data":1}}"#,
        r#"{"id":"1-7","payload":{"data":1}}"#,
        r#"{"id":7,"payload":{"data":1}}"#,
        r#"{"payload":{"data":1}}"#,
        r#"{"id":"1-x"}"#,
    ] {
        says(&mut driver, (2, 1), "next", data);
        assert_eq!(driver.told(), [""; 0], "{data}");
    }
    says(&mut driver, (2, 1), "next", r#"{"id":"1-1","payload":7}"#);
    assert_eq!(driver.told(), ["gap 1 malformed since 0 ms"]);
    says(&mut driver, (2, 1), "next", "{");
    assert_eq!(
        driver.told(),
        ["gap 1 malformed since 0 ms", "gap 3 malformed since 0 ms"],
        "whose it was cannot be known"
    );
    says(
        &mut driver,
        (2, 1),
        "next",
        r#"{"id":"1-1","payload":{"data":1}}"#,
    );
    assert_eq!(driver.told(), [r#"next 1 {"data":1}"#]);
}

#[test]
fn when_the_stream_is_cut_all_come_back_on_the_next_one() {
    let mut driver = live_pair(client());
    news(&mut driver, 2, 1, News::End);
    let told = driver.told();
    let of = |start: &str| told.iter().filter(|line| line.starts_with(start)).count();
    assert_eq!((of("retry 1 "), of("retry 3 ")), (1, 1), "{told:?}");
    assert_eq!(state(&driver, 1), State::Waiting);
    driver.advance(SECOND * 3);
    assert_eq!(driver.told(), ["open 2.2 fetch POST to share"]);
    opens(&mut driver, 2, 2);
    let told = driver.told();
    assert_eq!(
        told,
        [
            "read 2.2",
            "open 1.2 fetch POST on the shared one",
            "open 3.2 fetch POST on the shared one"
        ]
    );
    accepts(&mut driver, 1);
    accepts(&mut driver, 3);
    assert_eq!(
        driver.told(),
        [
            "read 1.2",
            "connected 1.2 fetch again",
            "gap 1 reconnect since 0 ms",
            "read 3.2",
            "connected 3.2 fetch again",
            "gap 3 reconnect since 0 ms"
        ]
    );
}

/// The stream's own retries are those of all: forty operations make no forty attempts.
#[test]
fn an_outage_costs_the_attempts_of_one() {
    let mut driver = client();
    for _ in 0..40 {
        driver.subscribe(subscription());
    }
    let opened = driver.told();
    assert_eq!(opened, ["open 2.1 fetch POST to share"]);
    let mut number = 1;
    let mut attempts = driver.client.counters().attempts;
    for _ in 0..20 {
        news(&mut driver, 2, number, News::Failed(None));
        while driver.client.counters().attempts == attempts {
            driver.advance_to_deadline();
        }
        attempts = driver.client.counters().attempts;
        let opened = driver.told();
        let opened: Vec<_> = opened
            .iter()
            .filter(|line| line.starts_with("open"))
            .collect();
        assert_eq!(opened.len(), 1, "{opened:?}");
        number += 1;
    }
    opens(&mut driver, 2, number);
    let opened = driver.told();
    let opened = opened
        .iter()
        .filter(|line| line.starts_with("open"))
        .count();
    assert_eq!(opened, 40);
}

#[test]
fn a_query_that_was_sent_is_not_sent_again() {
    let mut driver = client();
    let query = driver.subscribe(request(Kind::Mutation));
    opens(&mut driver, 2, 1);
    driver.take();
    news(&mut driver, 2, 1, News::End);
    let error = driver.take_error();
    assert_eq!(error.code.as_str(), "cut");
    assert_eq!(state(&driver, query), State::Closed);
    driver.assert_empty();
}

#[test]
fn a_query_that_waits_for_the_stream_waits_on() {
    let mut driver = client();
    driver.subscribe(request(Kind::Query));
    driver.take();
    news(&mut driver, 2, 1, News::Failed(None));
    driver.advance(SECOND * 3);
    opens(&mut driver, 2, 2);
    let told = driver.told();
    assert_eq!(
        told,
        [
            "close 2.1",
            "open 2.2 fetch POST to share",
            "read 2.2",
            "open 1.1 fetch POST on the shared one"
        ]
    );
}

/// graphql-sse: 404 is a stream that the server does not know (any more).
#[test]
fn a_lost_reservation_is_made_again_for_all() {
    let mut driver = live_pair(client());
    driver.advance(SECOND * 6);
    let third = driver.subscribe(subscription());
    driver.take();
    driver.head(third, head(404, "text/plain"));
    let told = driver.told();
    assert!(told.contains(&"close 2.1".to_owned()), "{told:?}");
    assert!(
        told.iter().all(|line| !line.starts_with("error")),
        "{told:?}"
    );
    driver.advance(SECOND * 3);
    let told = driver.told();
    assert_eq!(
        told.last().map(String::as_str),
        Some("open 2.2 fetch POST to share")
    );
    opens(&mut driver, 2, 2);
    let opened = driver.told();
    let opened = opened
        .iter()
        .filter(|line| line.starts_with("open"))
        .count();
    assert_eq!(opened, 3);
}

/// enisdenjo/graphql-sse#112: the token is known to one process behind a load balancer alone.
#[test]
fn where_reservations_are_lost_at_once_everyone_has_a_stream_of_its_own() {
    let mut driver = client();
    driver.subscribe(subscription());
    driver.subscribe(subscription());
    news(&mut driver, 2, 1, News::Open);
    news(&mut driver, 2, 1, News::Head(head(404, "text/plain")));
    driver.advance(SECOND * 3);
    driver.take();
    opens(&mut driver, 2, 2);
    driver.take();
    driver.head(1, head(404, "text/plain"));
    let told = driver.told();
    for op in [1, 3] {
        assert!(told.contains(&format!("limit {op} parts")), "{told:?}");
    }
    assert!(
        told.contains(&"close 3.1".to_owned()),
        "nobody waits for its answer: {told:?}"
    );
    let own = |line: &&String| line.ends_with("fetch POST");
    assert_eq!(told.iter().filter(own).count(), 2, "{told:?}");
    let later = driver.subscribe(subscription());
    assert_eq!(driver.told(), [format!("open {later}.1 fetch POST")]);
}

/// A long life proves that this server knows its reservations.
#[test]
fn losses_far_apart_break_nothing() {
    let mut driver = live_pair(client());
    for number in 1..5 {
        driver.advance(SECOND * 6);
        let other = driver.subscribe(subscription());
        driver.head(other, head(404, "text/plain"));
        driver.dispose(other);
        driver.advance(SECOND * 5);
        let told = driver.told();
        assert!(told.iter().all(|line| !line.contains("parts")), "{told:?}");
        opens(&mut driver, 2, number + 1);
    }
}

#[test]
fn a_refusal_of_the_stream_ends_all_and_one_of_an_operation_only_that() {
    let mut driver = live_pair(client());
    let third = driver.subscribe(subscription());
    driver.head(third, head(400, "application/json"));
    driver.bytes(third, r#"{"errors":[{"message":"no"}]}"#);
    driver.end(third);
    assert_eq!(driver.take_error().status, Some(400));
    assert_eq!(state(&driver, 1), State::Live);

    let mut driver = client();
    driver.subscribe(subscription());
    driver.subscribe(subscription());
    news(&mut driver, 2, 1, News::Head(head(405, "application/json")));
    driver.take();
    news(&mut driver, 2, 1, News::Bytes(b"{}"));
    news(&mut driver, 2, 1, News::End);
    let told = driver.told();
    assert_eq!(told, ["close 2.1", "error 1 http 405", "error 3 http 405"]);
    driver.assert_empty();
}

#[test]
fn an_operation_that_is_put_off_is_tried_again_on_the_same_stream() {
    let mut driver = live_pair(client());
    let third = driver.subscribe(subscription());
    driver.take();
    driver.head(third, busy(7));
    driver.advance(SECOND * 6);
    assert!(driver.told().iter().all(|line| !line.starts_with("open")));
    driver.advance(SECOND * 2);
    assert_eq!(
        driver.told(),
        [format!("open {third}.2 fetch POST on the shared one")]
    );
}

#[test]
fn a_query_may_be_answered_at_once() {
    let mut driver = live_pair(client());
    let query = driver.subscribe(request(Kind::Query));
    driver.take();
    driver.head(query, head(200, "application/json"));
    driver.bytes(query, r#"{"data":1}"#);
    driver.end(query);
    let told = driver.told();
    assert!(
        told.contains(&format!(r#"next {query} {{"data":1}}"#)),
        "{told:?}"
    );
    assert_eq!(told.last(), Some(&format!("complete {query}")));
}

#[test]
fn reconnect_replaces_the_stream_and_all_follow() {
    let mut driver = live_pair(client());
    driver.input(Input::Reconnect);
    let told = driver.told();
    assert!(
        told.contains(&"open 2.2 fetch POST to share".to_owned()),
        "{told:?}"
    );
    assert!(
        told.iter().all(|line| !line.starts_with("retry")),
        "{told:?}"
    );
    opens(&mut driver, 2, 2);
    accepts(&mut driver, 1);
    accepts(&mut driver, 3);
    assert_eq!(
        (state(&driver, 1), state(&driver, 3)),
        (State::Live, State::Live)
    );
}

#[test]
fn a_silent_stream_is_replaced_and_all_are_told() {
    let mut driver = live_pair(client());
    for _ in 0..5 {
        driver.advance(SECOND * 12);
        news(&mut driver, 2, 1, News::Bytes(b":\n\n"));
    }
    driver.take();
    driver.advance(SECOND * 40);
    let told = driver.told();
    for op in [1, 3] {
        let stalled = format!("stall {op} stalled since 0 ms");
        assert!(told.contains(&stalled), "{told:?}");
    }
}

/// One that is closed behind its last operation waits for nothing more when its client ends.
#[test]
fn a_client_that_ends_leaves_no_timer() {
    let mut driver = live_pair(Driver::new(&Options {
        lazy_close: SECOND,
        ..options()
    }));
    driver.dispose(1);
    driver.dispose(3);
    driver.input(Input::Close);
    assert_eq!(driver.wait(), None);
}

fn probing() -> Driver {
    live_pair(Driver::new(&Options {
        stall: Some(Stall::Watch(watchdog::Limits {
            probe: Some(SECOND),
            ..watchdog::Limits::default()
        })),
        ..options()
    }))
}

/// A rhythm that nobody has learned yet cannot stop; but the application knows better.
#[test]
fn a_stream_on_which_nothing_comes_is_replaced_when_a_probe_says_no() {
    let mut driver = probing();
    driver.advance(SECOND * 60);
    driver.news(1, News::Probed(Some(false)));
    driver.advance(SECOND);
    let told = driver.told();
    assert!(told.contains(&"close 2.1".to_owned()), "{told:?}");
    assert!(told.contains(&"retry 3 #0 timeout".to_owned()), "{told:?}");
}

#[test]
fn a_stream_on_which_others_hear_something_stays() {
    let mut driver = probing();
    driver.advance(SECOND * 50);
    says(
        &mut driver,
        (2, 1),
        "next",
        r#"{"id":"3-1","payload":{"data":1}}"#,
    );
    driver.advance(SECOND * 10);
    driver.take();
    driver.news(1, News::Probed(Some(false)));
    driver.advance(SECOND);
    let told = driver.told();
    assert_eq!(
        told[1..],
        ["stop 1.1", "close 1.1", "retry 1 #0 timeout"],
        "{told:?}"
    );
    assert_eq!(state(&driver, 3), State::Live);
}

#[test]
fn a_stream_that_is_closed_later_is_there_for_the_next_one() {
    let mut driver = live_pair(Driver::new(&Options {
        lazy_close: SECOND,
        ..options()
    }));
    driver.dispose(1);
    driver.dispose(3);
    assert_eq!(
        driver.told(),
        ["stop 1.1", "close 1.1", "stop 3.1", "close 3.1"]
    );
    driver.advance(ms(999));
    let next = driver.subscribe(subscription());
    assert_eq!(
        driver.told(),
        [format!("open {next}.1 fetch POST on the shared one")]
    );
    driver.advance(SECOND * 2);
    assert!(!driver.told().contains(&"close 2.1".to_owned()));
    driver.dispose(next);
    driver.take();
    driver.advance(SECOND);
    assert_eq!(driver.told(), ["close 2.1"]);
    driver.assert_empty();
}

#[test]
fn a_stream_that_is_not_lazy_needs_nobody() {
    let mut driver = Driver::new(&Options {
        lazy: Some(false),
        ..options()
    });
    driver.input(Input::Start);
    assert_eq!(driver.told(), ["open 1.1 fetch POST to share"]);
    opens(&mut driver, 1, 1);
    news(&mut driver, 1, 1, News::End);
    driver.take();
    driver.advance(SECOND * 3);
    assert_eq!(driver.told(), ["open 1.2 fetch POST to share"]);
    opens(&mut driver, 1, 2);
    let op = driver.subscribe(subscription());
    accepts(&mut driver, op);
    driver.dispose(op);
    driver.advance(SECOND * 60);
    assert!(!driver.told().contains(&"close 1.2".to_owned()));
    driver.input(Input::Close);
    driver.assert_empty();
}

#[test]
fn a_page_that_rests_lets_go_of_the_stream() {
    let mut driver = live_pair(client());
    driver.input(Input::Page(Page {
        frozen: true,
        ..Page::default()
    }));
    assert!(driver.told().contains(&"close 2.1".to_owned()));
    driver.input(Input::Page(Page::default()));
    let told = driver.told();
    let open: Vec<_> = told
        .iter()
        .filter(|line| line.starts_with("open"))
        .collect();
    assert_eq!(open.len(), 1, "{told:?}");
    assert!(open[0].ends_with("to share"), "{told:?}");
}

fn hidden() -> Page {
    Page {
        visible: false,
        ..Page::default()
    }
}

/// A page that pauses while it is hidden closes the connections of subscriptions, and no others.
#[test]
fn an_answer_that_is_on_its_way_keeps_the_stream_of_a_page_that_rests() {
    let mut driver = live_pair(Driver::new(&Options {
        when_hidden: WhenHidden::Pause,
        ..options()
    }));
    let query = driver.subscribe(request(Kind::Query));
    accepts(&mut driver, query);
    driver.take();
    driver.input(Input::Page(hidden()));
    assert_eq!(
        driver.told(),
        ["stop 1.1", "close 1.1", "stop 3.1", "close 3.1"]
    );
    says(&mut driver, (2, 1), "complete", r#"{"id":"4-1"}"#);
    assert_eq!(driver.told(), ["close 4.1", "complete 4", "close 2.1"]);
}

#[test]
fn what_is_sent_once_waits_for_no_page() {
    let mut driver = live_pair(Driver::new(&Options {
        when_hidden: WhenHidden::Pause,
        ..options()
    }));
    driver.input(Input::Page(hidden()));
    driver.take();
    driver.subscribe(request(Kind::Mutation));
    assert_eq!(driver.told(), ["open 5.1 fetch POST to share"]);
    opens(&mut driver, 5, 1);
    let opened = "open 4.1 fetch POST on the shared one";
    assert_eq!(driver.told(), ["read 5.1", opened], "the others rest on");
}

/// To leave the stream for the socket is an attempt like any other.
#[test]
fn while_nobody_looks_there_is_an_attempt_a_minute_whatever_it_is() {
    let mut driver = live_pair(Driver::new(&Options {
        websocket: true,
        ..options()
    }));
    driver.input(Input::Page(hidden()));
    news(&mut driver, 2, 1, News::Failed(None));
    let mut opened = Vec::new();
    for second in 0..600_u64 {
        driver.advance(SECOND);
        for line in driver.told() {
            if let Some(number) = line.strip_prefix("open 2.") {
                let number = number.chars().take_while(char::is_ascii_digit);
                let number = number.collect::<String>().parse().expect("a number");
                news(&mut driver, 2, number, News::Failed(None));
                opened.push(second);
            } else if line.starts_with("socket ") {
                opened.push(second);
            }
        }
    }
    let apart = opened.windows(2).map(|pair| pair[1] - pair[0]);
    assert!(apart.min() >= Some(59), "{opened:?}");
}

/// Forty that rest and come back are the attempt of one: the others ride along, and pay nothing.
#[test]
fn a_page_that_goes_on_after_a_rest_waits_for_no_budget() {
    let mut driver = client();
    for _ in 0..40 {
        driver.subscribe(subscription());
    }
    let riders = || (1..=41).filter(|&op| op != 2);
    opens(&mut driver, 2, 1);
    riders().for_each(|op| accepts(&mut driver, op));
    let frozen = Page {
        frozen: true,
        ..Page::default()
    };
    driver.input(Input::Page(frozen));
    driver.input(Input::Page(Page::default()));
    driver.take();
    opens(&mut driver, 42, 1);
    riders().for_each(|op| accepts(&mut driver, op));
    assert!(riders().all(|op| state(&driver, op) == State::Live));
}

#[test]
fn a_stream_of_a_page_that_rests_does_not_come_back_for_nobody() {
    let mut driver = client();
    driver.subscribe(subscription());
    opens(&mut driver, 2, 1);
    accepts(&mut driver, 1);
    driver.input(Input::Page(Page {
        frozen: true,
        ..Page::default()
    }));
    driver.dispose(1);
    driver.take();
    driver.input(Input::Page(Page::default()));
    assert_eq!(driver.told(), [""; 0]);
    driver.assert_empty();
}

/// Where fetch keeps failing there may be a socket.
#[test]
fn all_fall_back_to_the_socket_and_the_stream_is_closed() {
    let mut driver = live_pair(Driver::new(&Options {
        websocket: true,
        ..options()
    }));
    for number in 1..4 {
        news(&mut driver, 2, number, News::Failed(None));
        driver.advance(SECOND * 10);
    }
    let views = driver.client.operations();
    let by: Vec<_> = views.map(|view| view.transport).collect();
    assert_eq!(by, [Some(Transport::WebSocket); 2]);
    let told = driver.told();
    let streams = told
        .iter()
        .filter(|line| line.ends_with("to share"))
        .count();
    assert!((2..=3).contains(&streams), "{told:?}");
}

/// By GET it would be another request to open the stream, without a name for its results.
#[test]
fn what_rides_is_sent_by_post_whatever_the_method_is() {
    let mut driver = Driver::new(&Options {
        method: Some(Method::Get),
        ..options()
    });
    driver.subscribe(subscription());
    opens(&mut driver, 2, 1);
    let told = driver.told();
    assert_eq!(
        told.last().map(String::as_str),
        Some("open 1.1 fetch POST on the shared one")
    );
}
