//! Which transport carries an operation, and what follows when it cannot.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use graphql_lifeline::breaker::Limits;
use graphql_lifeline::config::{HeadersSource, Method, Options, Transport};
use graphql_lifeline::dialect::Dialect;
use graphql_lifeline::document::Kind;
use graphql_lifeline::io::{News, Request};
use graphql_lifeline::ladder::{MAX_URL_BYTES, Obstacle};
use support::driver::{
    Driver, busy, default_client, execute, get_client, head, ms, plain_client, request,
    subscription, thrown,
};

fn event(text: &str) -> News<'static, support::json::Json> {
    News::Event {
        name: "next",
        text: text.to_owned(),
        bytes: text.len(),
    }
}

/// Why EventSource is left out for the operation.
fn obstacle(driver: &Driver, op: u32) -> Option<Obstacle> {
    let view = driver.client.operations().find(|view| view.id == op);
    let rungs = view.expect("the operation runs").rungs;
    rungs
        .iter()
        .find(|rung| rung.transport == Transport::EventSource)
        .expect("the client may use EventSource")
        .obstacle
}

#[test]
fn eventsource_comes_first_with_get() {
    let mut driver = get_client();
    let op = driver.subscribe(subscription());
    driver.news(op, News::Open);
    driver.news(op, event("{\"data\":1}"));
    driver.news(op, event("{broken"));
    driver.news(
        op,
        News::Event {
            name: "complete",
            text: String::new(),
            bytes: 0,
        },
    );
    assert_eq!(
        driver.told(),
        [
            "open 1.1 eventsource GET",
            "connected 1.1 eventsource",
            "next 1 {\"data\":1}",
            "gap 1 malformed since 0 ms",
            "close 1.1",
            "complete 1",
        ]
    );
    driver.assert_empty();
}

/// A browser fires `error` before `open` and says no more, be it 401, 503 or no network.
#[test]
fn an_eventsource_that_fails_before_it_opens_is_followed_by_fetch_at_once() {
    let mut driver = get_client();
    let op = driver.subscribe(subscription());
    driver.take();
    driver.fail(op);
    assert_eq!(
        driver.take(),
        ["close 1.1", "connecting 1", "open 1.2 fetch GET"]
    );
    assert_eq!(driver.retries(op), 0, "that is no retry");
    driver.open(op);
    driver.bytes(op, "event: next\ndata: {\"data\":1}\n\n");
    assert_eq!(
        driver.told(),
        ["read 1.2", "connected 1.2 fetch", "next 1 {\"data\":1}"]
    );
}

#[test]
fn the_fetch_behind_eventsource_tells_the_status() {
    let mut driver = get_client();
    let op = driver.subscribe(subscription());
    driver.fail(op);
    driver.take();
    driver.head(op, head(401, "application/json"));
    driver.bytes(op, "{\"errors\":[]}");
    driver.end(op);
    assert_eq!(
        driver.told(),
        [
            "read 1.2 a copy",
            "error 1 unauthorized 401 with response 1.2"
        ]
    );
    driver.assert_empty();
}

#[test]
fn the_fetch_behind_eventsource_tells_when_to_come_back() {
    let mut driver = get_client();
    let op = driver.subscribe(subscription());
    driver.fail(op);
    driver.take();
    driver.head(op, busy(10));
    let (delay, error) = driver.take_retry();
    assert!(delay >= Some(ms(10_000)));
    assert_eq!(error.transport, Some(Transport::Fetch));
    driver.advance_to_deadline();
    // The next attempt begins at the top of the ladder again.
    assert_eq!(driver.told(), ["open 1.3 eventsource GET"]);
}

#[test]
fn a_dead_network_is_waited_for_once_both_have_failed() {
    let mut driver = get_client();
    let op = driver.subscribe(subscription());
    driver.fail(op);
    driver.take();
    driver.news(op, News::Failed(Some(thrown("offline"))));
    assert_eq!(driver.told(), ["close 1.2", "retry 1 #0 network"]);
    assert!(driver.wait().expect("it waits") < ms(500));
}

#[test]
fn an_eventsource_that_never_opens_is_followed_by_fetch_too() {
    let mut driver = get_client();
    driver.subscribe(subscription());
    driver.take();
    driver.advance(ms(15_000));
    assert_eq!(driver.told(), ["close 1.1", "open 1.2 fetch GET"]);
}

/// Each attempt takes longer than the breaker is open: the better transport would be tried
/// again and again, and the one that works never.
#[test]
fn what_hangs_does_not_keep_the_next_rung_from_its_turn() {
    let breaker = Limits {
        open: ms(2_000),
        max_open: ms(2_000),
        ..Limits::default()
    };
    for ladder in [
        vec![Transport::EventSource, Transport::WebSocket],
        vec![
            Transport::EventSource,
            Transport::Fetch,
            Transport::WebSocket,
        ],
    ] {
        let mut driver = Driver::new(&Options {
            method: Some(Method::Get),
            transports: Some(ladder),
            websocket: true,
            breaker: Some(breaker),
            ..Options::default()
        });
        driver.subscribe(subscription());
        for _ in 0..16 {
            driver.advance_to_deadline();
        }
        let told = driver.take();
        assert!(told.contains(&"socket 1".into()), "{told:#?}");
    }
}

#[test]
fn an_eventsource_that_breaks_after_it_opened_is_a_cut() {
    let mut driver = get_client();
    let op = driver.subscribe(subscription());
    driver.news(op, News::Open);
    driver.take();
    driver.fail(op);
    assert_eq!(driver.told(), ["close 1.1", "retry 1 #0 cut"]);
    driver.advance_to_deadline();
    driver.news(op, News::Open);
    assert_eq!(
        driver.told(),
        [
            "open 1.2 eventsource GET",
            "connected 1.2 eventsource again",
            "gap 1 reconnect since 0 ms"
        ]
    );
}

#[test]
fn late_news_of_the_eventsource_do_not_reach_the_fetch() {
    let mut driver = get_client();
    let op = driver.subscribe(subscription());
    driver.fail(op);
    driver.take();
    let old = graphql_lifeline::io::Attempt { op, number: 1 };
    driver.late_news(old, News::Failed(None));
    driver.late_news(old, News::Open);
    driver.late_news(old, event("{\"data\":1}"));
    assert_eq!(driver.take(), [""; 0]);
}

#[test]
fn eventsource_alone_still_learns_the_status_by_fetch() {
    let mut driver = Driver::new(&Options {
        method: Some(Method::Get),
        transports: Some(vec![Transport::EventSource]),
        ..Options::default()
    });
    let op = driver.subscribe(subscription());
    driver.take();
    driver.fail(op);
    assert_eq!(driver.told(), ["close 1.1", "open 1.2 fetch GET"]);
}

#[test]
fn headers_from_a_function_leave_eventsource_out_for_good() {
    let mut driver = Driver::new(&Options {
        method: Some(Method::Get),
        headers: HeadersSource::Function,
        ..Options::default()
    });
    let op = driver.subscribe(subscription());
    driver.take();
    driver.news(op, News::Unusable(Obstacle::HeadersFunction));
    assert_eq!(driver.told(), ["close 1.1", "open 1.2 fetch GET"]);
    assert_eq!(obstacle(&driver, op), Some(Obstacle::HeadersFunction));
    assert_eq!(driver.client.counters().failures, 0);
    assert_eq!(driver.retries(op), 0);
    driver.open(op);
    driver.fail(op);
    driver.advance_to_deadline();
    assert_eq!(
        driver.told().last().map(String::as_str),
        Some("open 1.3 fetch GET")
    );
}

#[test]
fn an_operation_that_no_transport_can_carry_says_why() {
    let mut driver = Driver::new(&Options {
        method: Some(Method::Get),
        headers: HeadersSource::Function,
        transports: Some(vec![Transport::EventSource]),
        ..Options::default()
    });
    let op = driver.subscribe(subscription());
    driver.news(op, News::Unusable(Obstacle::HeadersFunction));
    let error = driver.take_error();
    assert_eq!(error.code.as_str(), "option");
    assert!(!error.is_retryable());
    let message = error.message;
    assert!(
        message.contains(Obstacle::HeadersFunction.as_str()),
        "{message}"
    );
    assert!(message.contains("add fetch to transports"), "{message}");
    driver.assert_empty();
}

#[test]
fn a_side_effect_that_no_transport_can_carry_is_not_sent() {
    let mut driver = Driver::new(&Options {
        method: Some(Method::Get),
        transports: Some(vec![Transport::EventSource]),
        ..Options::default()
    });
    driver.subscribe(request(Kind::Mutation));
    assert_eq!(driver.told(), ["error 1 option"]);
    driver.assert_empty();
}

/// EventSource connects again by itself, and what it sends may be a side effect.
#[test]
fn only_what_may_be_sent_again_goes_by_eventsource() {
    for (request, by_eventsource) in [
        (subscription(), true),
        (request(Kind::Query), false),
        (request(Kind::Mutation), false),
        (request(Kind::Unknown), false),
        (
            Request {
                resubscribe: Some(false),
                ..subscription()
            },
            false,
        ),
        (
            Request {
                resubscribe: Some(true),
                ..request(Kind::Unknown)
            },
            true,
        ),
    ] {
        let mut driver = get_client();
        let kind = request.kind;
        let op = driver.subscribe(request);
        let expected = (!by_eventsource).then_some(Obstacle::SideEffect);
        assert_eq!(obstacle(&driver, op), expected);
        let open = if by_eventsource {
            "eventsource"
        } else {
            "fetch"
        };
        // GraphQL over HTTP: GET must not be used for mutations
        let method = if kind == Kind::Mutation {
            "POST"
        } else {
            "GET"
        };
        assert_eq!(driver.told(), [format!("open 1.1 {open} {method}")]);
    }
}

#[test]
fn an_operation_too_long_for_a_url_goes_by_post() {
    for (url_bytes, open) in [
        (MAX_URL_BYTES, "open 1.1 eventsource GET"),
        (MAX_URL_BYTES + 1, "open 1.1 fetch POST"),
    ] {
        let mut driver = get_client();
        let op = driver.subscribe(Request {
            url_bytes,
            ..subscription()
        });
        assert_eq!(driver.told(), [open]);
        let expected = (url_bytes > MAX_URL_BYTES).then_some(Obstacle::UrlTooLong);
        assert_eq!(obstacle(&driver, op), expected);
    }
}

/// MongooseIM takes nothing but GET; whether the URL is too long it must say itself.
#[test]
fn a_plain_operation_too_long_for_a_url_goes_by_get_all_the_same() {
    let mut driver = plain_client();
    driver.subscribe(Request {
        url_bytes: MAX_URL_BYTES + 1,
        ..subscription()
    });
    assert_eq!(driver.told(), ["open 1.1 fetch GET"]);
}

#[test]
fn post_is_post_in_both_dialects() {
    for dialect in [Dialect::GraphqlSse, Dialect::Plain] {
        let mut driver = Driver::new(&Options {
            dialect: Some(dialect),
            method: Some(Method::Post),
            ..Options::default()
        });
        driver.subscribe(subscription());
        assert_eq!(driver.told(), ["open 1.1 fetch POST"]);
    }
}

#[test]
fn fetch_first_is_fetch_only_until_it_cannot() {
    let mut driver = Driver::new(&Options {
        method: Some(Method::Get),
        transports: Some(vec![Transport::Fetch, Transport::EventSource]),
        ..Options::default()
    });
    let op = driver.subscribe(subscription());
    driver.take();
    driver.fail(op);
    driver.advance_to_deadline();
    assert_eq!(
        driver.told(),
        ["close 1.1", "retry 1 #0 network", "open 1.2 fetch GET"]
    );
}

#[test]
fn one_answer_has_a_ladder_of_its_own() {
    let mut driver = get_client();
    let op = driver.subscribe(execute(Kind::Query));
    let view = driver.client.operations().find(|view| view.id == op);
    let rungs = view.expect("it runs").rungs;
    assert_eq!(rungs.len(), 1);
    assert_eq!(rungs[0].transport, Transport::Fetch);
}

#[test]
fn a_failed_headers_function_stays_on_its_rung() {
    let mut driver = get_client();
    let op = driver.subscribe(subscription());
    driver.take();
    driver.news(op, News::Unprepared(thrown("offline")));
    driver.advance_to_deadline();
    assert_eq!(
        driver.told(),
        [
            "close 1.1",
            "retry 1 #0 headers",
            "open 1.2 eventsource GET"
        ]
    );
}

#[test]
fn the_ladder_of_one_operation_is_not_that_of_the_next() {
    let mut driver = get_client();
    let first = driver.subscribe(request(Kind::Mutation));
    let second = driver.subscribe(subscription());
    assert_eq!(obstacle(&driver, first), Some(Obstacle::SideEffect));
    assert_eq!(obstacle(&driver, second), None);
    let mut post = default_client();
    post.subscribe(subscription());
    assert_eq!(post.told(), ["open 1.1 fetch POST"]);
}

/// Complaint 34: a restart of the server sends clients to the fallback for the whole session.
#[test]
fn a_server_that_restarts_is_not_left_for_the_fallback() {
    let mut driver = Driver::new(&Options {
        websocket: true,
        ..Options::default()
    });
    let op = driver.subscribe(subscription());
    driver.open(op);
    driver.advance(ms(60_000));
    driver.fail(op);
    driver.advance_to_deadline();
    driver.fail(op);
    driver.advance_to_deadline();
    driver.open(op);
    let told = driver.take();
    assert!(!told.iter().any(|it| it.starts_with("socket")), "{told:#?}");
    assert!(
        told.contains(&"connected 1.3 fetch again".into()),
        "{told:#?}"
    );
}
