//! Answers that are no stream: refusals, results, and pages that stand in the way.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use graphql_lifeline::config::{Method, Options, Transport};
use graphql_lifeline::document::Kind;
use graphql_lifeline::error::Code;
use graphql_lifeline::io::{News, Request};
use graphql_lifeline::response::Head;
use graphql_lifeline::time::Span;
use support::driver::{
    Driver, busy, default_client, execute, head, json, limited_client, ms, request, stream,
    subscription, thrown,
};

const JSON: &str = "application/json; charset=utf-8";
const GRAPHQL: &str = "application/graphql-response+json";
const HTML: &str = "text/html";
const NEXT: &str = "event: next\ndata: {\"data\":1}\n\n";

/// What is told when the operation is answered so, and the client it was told by.
fn answered(request: Request, head: Head, body: &str) -> (Driver, Vec<String>) {
    let mut driver = default_client();
    let op = driver.subscribe(request);
    driver.take();
    driver.head(op, head);
    driver.bytes(op, body);
    driver.end(op);
    let told = driver.told();
    (driver, told)
}

fn untyped(status: u16) -> Head {
    Head {
        status,
        ..Head::default()
    }
}

#[test]
fn a_refusal_is_one_error_at_once() {
    for (status, code) in [
        (400, "http"),
        (401, "unauthorized"),
        (403, "http"),
        (404, "http"),
        (405, "http"),
        (406, "http"),
        (409, "http"),
        (414, "http"),
        (415, "http"),
        (422, "http"),
        (301, "http"),
    ] {
        let (mut driver, told) = answered(subscription(), head(status, JSON), "{\"errors\":[]}");
        let error = format!("error 1 {code} {status} with response 1.1");
        assert_eq!(told, ["read 1.1 a copy", &error]);
        driver.assert_empty();
        assert_eq!(driver.client.counters().attempts, 1);
    }
}

#[test]
fn a_refusal_carries_the_body() {
    let body = r#"{"errors":[{"message":"no"}]}"#;
    for head in [
        head(400, JSON),
        untyped(400),
        head(400, GRAPHQL),
        head(400, HTML),
    ] {
        let mut driver = default_client();
        let op = driver.subscribe(subscription());
        driver.head(op, head);
        let (left, right) = body.split_at(9);
        driver.bytes(op, left);
        driver.bytes(op, right);
        driver.end(op);
        let error = driver.take_error();
        assert_eq!(error.body, Some(json(body)));
        assert_eq!(error.transport, Some(Transport::Fetch));
        assert!(!error.is_retryable());
    }
}

#[test]
fn a_refusal_needs_no_body_that_can_be_read() {
    for body in ["", "<html>", "[1]", "null", "\"no\"", "{\"errors\":["] {
        let (mut driver, told) = answered(subscription(), head(403, JSON), body);
        assert_eq!(told[1], "error 1 http 403 with response 1.1");
        driver.assert_empty();
    }
    let mut driver = default_client();
    let op = driver.subscribe(subscription());
    driver.head(op, head(403, JSON));
    driver.bytes(op, "{\"errors\":[]}");
    driver.fail(op);
    let error = driver.take_error();
    assert_eq!(
        (error.code, error.body),
        (Code::Http, None),
        "half a body says nothing"
    );
}

#[test]
fn a_refusals_body_has_a_limit() {
    let mut driver = default_client();
    let op = driver.subscribe(subscription());
    driver.head(op, head(400, JSON));
    driver.take();
    driver.bytes(op, vec![b' '; 1 << 20]);
    assert_eq!(driver.take(), [""; 0]);
    driver.bytes(op, " ");
    assert_eq!(driver.told(), ["error 1 http 400 with response 1.1"]);
    driver.assert_empty();
}

/// HTML: 204 tells an event stream's client to stop.
#[test]
fn no_content_is_one_error_at_once_and_nothing_is_read() {
    for status in [204, 205] {
        let mut driver = default_client();
        let op = driver.subscribe(subscription());
        driver.take();
        driver.head(op, untyped(status));
        let error = format!("error 1 http {status} with response 1.1");
        assert_eq!(driver.told(), [error]);
        driver.assert_empty();
    }
}

#[test]
fn a_server_in_trouble_is_tried_again() {
    for status in [408, 425, 429, 500, 502, 503, 504] {
        let mut driver = default_client();
        let op = driver.subscribe(subscription());
        driver.take();
        // Whatever it calls its body.
        driver.head(op, head(status, "text/event-stream"));
        assert_eq!(
            driver.told(),
            ["close 1.1".to_owned(), format!("retry 1 #0 http {status}")]
        );
        driver.advance_to_deadline();
        driver.open(op);
        assert_eq!(driver.retries(op), 1);
    }
}

#[test]
fn an_announced_retry_tells_what_the_server_asked_for() {
    let mut driver = default_client();
    let op = driver.subscribe(subscription());
    driver.head(op, busy(7));
    let (_, error) = driver.take_retry();
    assert_eq!(error.retry_after, Some(Span::from_secs(7)));
    assert_eq!(error.status, Some(503));
    assert!(error.is_retryable());
}

/// A hotel's login page answers 200 until somebody logs in.
#[test]
fn a_captive_portal_is_tried_again_until_the_limit() {
    let mut driver = limited_client(2);
    let op = driver.subscribe(subscription());
    driver.take();
    let mut told = Vec::new();
    for _ in 0..2 {
        driver.head(op, head(200, HTML));
        driver.advance_to_deadline();
    }
    driver.head(op, head(200, HTML));
    told.extend(driver.told());
    assert_eq!(
        told,
        [
            "close 1.1",
            "retry 1 #0 content-type 200",
            "open 1.2 fetch POST",
            "close 1.2",
            "retry 1 #1 content-type 200",
            "open 1.3 fetch POST",
            "error 1 retries-exhausted 200 (content-type) with response 1.3",
            "breaker fetch closed -> open",
        ]
    );
    driver.assert_empty();
}

#[test]
fn when_the_portal_lets_through_the_stream_opens() {
    let mut driver = default_client();
    let op = driver.subscribe(subscription());
    for _ in 0..20 {
        driver.head(op, head(200, HTML));
        driver.advance_to_deadline();
    }
    driver.take();
    driver.open(op);
    driver.bytes(op, NEXT);
    assert_eq!(
        driver.told(),
        [
            "read 1.21",
            "connected 1.21 fetch again",
            "next 1 {\"data\":1}"
        ]
    );
}

#[test]
fn a_result_as_json_is_delivered_and_completes() {
    for head in [
        head(200, JSON),
        head(200, GRAPHQL),
        head(200, "application/graphql+json"),
        head(202, "Application/JSON"),
        untyped(200),
        head(200, ""),
    ] {
        for body in [
            r#"{"data":{"a":1}}"#,
            r#"{"errors":[]}"#,
            r#"{"data":null}"#,
        ] {
            let (mut driver, told) = answered(subscription(), head.clone(), body);
            let next = format!("next 1 {body}");
            assert_eq!(told, ["read 1.1 a copy", &next, "close 1.1", "complete 1"]);
            driver.assert_empty();
            assert_eq!(driver.client.counters().results, 1);
        }
    }
}

#[test]
fn json_that_is_no_result_is_tried_again() {
    for body in [
        "",
        "<html>",
        "[]",
        "null",
        "7",
        r#"{"message":"welcome"}"#,
        r#"{"data":"#,
        r#"[{"data":1}]"#,
    ] {
        let (mut driver, told) = answered(subscription(), head(200, JSON), body);
        assert_eq!(
            told,
            ["read 1.1 a copy", "close 1.1", "retry 1 #0 protocol 200"],
            "{body}"
        );
        driver.advance_to_deadline();
        driver.open(1);
        assert_eq!(driver.retries(1), 1);
    }
}

#[test]
fn json_that_is_no_result_is_in_the_error() {
    let mut driver = limited_client(0);
    let op = driver.subscribe(subscription());
    driver.head(op, head(200, JSON));
    driver.bytes(op, r#"{"message":"welcome"}"#);
    driver.end(op);
    let cause = driver.take_error().cause.expect("the last failure");
    assert_eq!(cause.code, Code::Protocol);
    assert_eq!(cause.body, Some(json(r#"{"message":"welcome"}"#)));
}

/// What is limited is the silence: a large answer on a slow line may take its time.
#[test]
fn a_body_may_come_slowly() {
    let mut driver = default_client();
    let op = driver.subscribe(subscription());
    driver.advance(ms(14_000));
    driver.head(op, head(200, JSON));
    for part in ["{\"data\"", ":", "1", "}"] {
        driver.advance(ms(14_000));
        driver.bytes(op, part);
    }
    driver.advance(ms(14_000));
    driver.take();
    driver.end(op);
    assert_eq!(
        driver.told(),
        ["next 1 {\"data\":1}", "close 1.1", "complete 1"]
    );
}

#[test]
fn an_answer_that_stops_coming_is_a_failure() {
    let mut driver = default_client();
    let op = driver.subscribe(subscription());
    driver.head(op, head(200, JSON));
    driver.bytes(op, "{\"data\"");
    driver.take();
    assert_eq!(driver.wait(), Some(ms(15_000)));
    driver.advance(ms(15_000));
    assert_eq!(driver.told(), ["close 1.1", "retry 1 #0 timeout"]);
}

#[test]
fn what_comes_behind_a_body_is_late() {
    let (mut driver, _) = answered(subscription(), head(400, JSON), "{}");
    let attempt = graphql_lifeline::io::Attempt { op: 1, number: 1 };
    driver.late_news(attempt, News::Bytes(b"{}"));
    driver.late_news(attempt, News::End);
    assert_eq!(driver.take(), [""; 0]);
}

/// After a cut it is unknown whether a side effect happened: the same request is
/// never sent twice.
#[test]
fn side_effects_are_never_sent_twice() {
    let resubscribe = |resubscribe| Request {
        resubscribe,
        ..subscription()
    };
    for request in [
        request(Kind::Mutation),
        request(Kind::Query),
        request(Kind::Unknown),
        resubscribe(Some(false)),
        execute(Kind::Mutation),
        execute(Kind::Query),
    ] {
        for failed in [News::Failed(Some(thrown("reset"))), News::End] {
            let mut driver = default_client();
            let op = driver.subscribe(request.clone());
            driver.news(op, failed);
            let error = driver.take_error();
            assert_eq!((error.code, error.retryable), (Code::Cut, false));
            assert_eq!(error.status, None);
            assert_eq!(driver.client.counters().attempts, 1);
            driver.assert_empty();
        }
    }
}

#[test]
fn a_cut_in_the_stream_of_a_side_effect_is_its_error() {
    for request in [
        request(Kind::Mutation),
        request(Kind::Query),
        request(Kind::Unknown),
    ] {
        let mut driver = default_client();
        let op = driver.subscribe(request);
        driver.open(op);
        driver.bytes(op, NEXT);
        driver.take();
        driver.news(op, News::Failed(Some(thrown("reset"))));
        assert_eq!(driver.told(), ["close 1.1", "error 1 cut"]);
        driver.assert_empty();
    }
}

#[test]
fn what_the_cut_of_a_side_effect_threw_is_in_the_error() {
    let mut driver = default_client();
    let op = driver.subscribe(request(Kind::Mutation));
    driver.news(op, News::Failed(Some(thrown("reset"))));
    assert_eq!(driver.take_error().thrown, Some(thrown("reset")));
}

#[test]
fn a_side_effect_is_not_sent_again_for_any_answer() {
    for (head, told) in [
        (busy(1), "error 1 http 503 with response 1.1"),
        (head(429, JSON), "error 1 http 429 with response 1.1"),
        (
            head(200, HTML),
            "error 1 content-type 200 with response 1.1",
        ),
        (untyped(204), "error 1 http 204 with response 1.1"),
    ] {
        let mut driver = default_client();
        let op = driver.subscribe(request(Kind::Mutation));
        driver.take();
        driver.head(op, head);
        assert_eq!(driver.told(), [told]);
        driver.assert_empty();
    }
    let (mut driver, told) = answered(request(Kind::Mutation), head(200, JSON), "garbage");
    assert_eq!(told[1], "error 1 protocol 200 with response 1.1");
    driver.assert_empty();
}

#[test]
fn a_side_effect_that_gets_no_answer_in_time_fails() {
    let mut driver = default_client();
    driver.subscribe(request(Kind::Mutation));
    driver.take();
    driver.advance(ms(15_000));
    let error = driver.take_error();
    assert_eq!((error.code, error.retryable), (Code::Timeout, false));
    assert!(error.message.contains("unknown"), "{}", error.message);
    driver.assert_empty();
}

/// Nothing was sent: a laptop that wakes up offline cannot fetch its token yet.
#[test]
fn a_side_effect_whose_headers_function_failed_is_tried_again() {
    for request in [
        request(Kind::Mutation),
        request(Kind::Unknown),
        execute(Kind::Mutation),
        subscription(),
    ] {
        let mut driver = default_client();
        let op = driver.subscribe(request);
        driver.take();
        for n in 0..3 {
            driver.news(op, News::Unprepared(thrown("offline")));
            let told = driver.told();
            assert_eq!(told[1], format!("retry 1 #{n} headers"));
            driver.advance_to_deadline();
            driver.take();
        }
        assert_eq!(driver.attempt(op), 4);
    }
}

#[test]
fn what_the_headers_function_threw_is_the_cause() {
    let mut driver = limited_client(0);
    let op = driver.subscribe(subscription());
    driver.news(op, News::Unprepared(thrown("offline")));
    let error = driver.take_error();
    assert_eq!(error.code, Code::RetriesExhausted);
    let cause = error.cause.expect("the last failure");
    assert_eq!(cause.code, Code::Headers);
    assert_eq!(cause.thrown, Some(thrown("offline")));
    assert!(cause.is_retryable());
}

#[test]
fn what_may_be_sent_again_follows_from_kind_and_wish() {
    use Kind::{Mutation, Query, Subscription, Unknown};
    // kind, the client's option, the operation's option, sent again?
    let rules = [
        (Subscription, None, None, true),
        (Subscription, Some(false), None, false),
        (Subscription, Some(false), Some(true), true),
        (Subscription, Some(true), Some(false), false),
        (Subscription, None, Some(false), false),
        (Unknown, None, None, false),
        (Unknown, Some(true), None, true),
        (Unknown, None, Some(true), true),
        (Unknown, Some(true), Some(false), false),
        (Query, None, None, false),
        (Query, Some(true), None, false),
        (Query, None, Some(false), false),
        (Mutation, None, None, false),
        (Mutation, Some(true), None, false),
        (Mutation, None, Some(false), false),
    ];
    for (kind, client, operation, again) in rules {
        let mut driver = Driver::new(&Options {
            resubscribe: client,
            ..Options::default()
        });
        let op = driver.subscribe(Request {
            resubscribe: operation,
            ..request(kind)
        });
        driver.open(op);
        driver.fail(op);
        let rule = (kind, client, operation);
        assert_eq!(driver.wait().is_some(), again, "{rule:?}");
        assert_eq!(
            driver.client.operations().count(),
            usize::from(again),
            "{rule:?}"
        );
    }
}

#[test]
fn the_wish_to_send_a_side_effect_again_is_refused() {
    for kind in [Kind::Query, Kind::Mutation] {
        let mut driver = default_client();
        let now = driver.now();
        let wish = Request {
            resubscribe: Some(true),
            ..request(kind)
        };
        let refusal = driver
            .client
            .subscribe(now, wish)
            .expect_err("that is refused");
        assert_eq!(refusal.option, "resubscribe");
        assert!(refusal.message.contains("executed twice"), "{refusal}");
        driver.assert_empty();
    }
}

#[test]
fn one_answer_is_asked_for_by_post_and_fetch_whatever_the_streams_use() {
    let mut driver = Driver::new(&Options {
        method: Some(Method::Get),
        ..Options::default()
    });
    driver.subscribe(Request {
        url_bytes: 100_000,
        ..execute(Kind::Query)
    });
    assert_eq!(driver.told(), ["open 1.1 fetch POST for JSON"]);
}

#[test]
fn one_answer_is_judged_by_status_and_type() {
    let body = r#"{"errors":[{"message":"no"}]}"#;
    let result = format!("next 1 {body}");
    for head in [
        head(200, JSON),
        head(200, GRAPHQL),
        untyped(200),
        // GraphQL over HTTP: with this type it is a GraphQL response whatever the status.
        head(400, GRAPHQL),
        head(401, GRAPHQL),
        head(500, GRAPHQL),
    ] {
        let (mut driver, told) = answered(execute(Kind::Query), head, body);
        assert_eq!(
            told,
            ["read 1.1 a copy", &result, "close 1.1", "complete 1"]
        );
        driver.assert_empty();
    }
    for (head, error) in [
        (head(400, JSON), "http 400"),
        (untyped(400), "http 400"),
        (head(401, JSON), "unauthorized 401"),
        (head(403, HTML), "http 403"),
        (head(404, HTML), "http 404"),
        (head(429, JSON), "http 429"),
        (head(500, JSON), "http 500"),
        (busy(1), "http 503"),
    ] {
        let (mut driver, told) = answered(execute(Kind::Query), head, body);
        let error = format!("error 1 {error} with response 1.1");
        assert_eq!(told, ["read 1.1 a copy", &error]);
        driver.assert_empty();
    }
}

#[test]
fn one_answer_of_another_kind_is_an_error() {
    for head in [stream(), head(200, HTML)] {
        let mut driver = default_client();
        let op = driver.subscribe(execute(Kind::Query));
        driver.take();
        driver.head(op, head);
        assert_eq!(
            driver.told(),
            ["error 1 content-type 200 with response 1.1"]
        );
        driver.assert_empty();
    }
    for (head, body, error) in [
        (head(200, JSON), "garbage", "protocol 200"),
        (head(200, JSON), "{\"hello\":1}", "protocol 200"),
        (untyped(204), "", "protocol 204"),
        (head(400, GRAPHQL), "garbage", "http 400"),
    ] {
        let (mut driver, told) = answered(execute(Kind::Query), head, body);
        let error = format!("error 1 {error} with response 1.1");
        assert_eq!(told, ["read 1.1 a copy", &error]);
        driver.assert_empty();
    }
}

#[test]
fn an_error_of_one_answer_tells_whether_to_try_again_and_when() {
    for (head, retryable) in [
        (busy(9), true),
        (head(429, JSON), true),
        (head(500, JSON), true),
        (head(400, JSON), false),
        (head(401, JSON), false),
    ] {
        let mut driver = default_client();
        let op = driver.subscribe(execute(Kind::Query));
        let wish = head.retry_after.is_some();
        driver.head(op, head);
        driver.end(op);
        let error = driver.take_error();
        assert_eq!(error.is_retryable(), retryable);
        assert_eq!(error.retry_after.is_some(), wish);
    }
}

#[test]
fn one_answer_has_its_time() {
    let mut driver = default_client();
    driver.subscribe(execute(Kind::Query));
    driver.take();
    driver.advance(ms(15_000));
    assert_eq!(driver.told(), ["close 1.1", "error 1 timeout"]);
    driver.assert_empty();
}

#[test]
fn a_reconnect_leaves_what_is_not_sent_again_alone() {
    let mut driver = default_client();
    let query = driver.subscribe(request(Kind::Query));
    driver.open(query);
    driver.subscribe(execute(Kind::Mutation));
    driver.take();
    driver.input(graphql_lifeline::io::Input::Reconnect);
    assert_eq!(driver.take(), [""; 0]);
}

#[test]
fn error_messages_say_what_to_do() {
    let message = |head: Head, body: &str| {
        let mut driver = limited_client(0);
        let op = driver.subscribe(subscription());
        driver.head(op, head);
        driver.bytes(op, body);
        driver.end(op);
        driver.take_error().message
    };
    for (head, words) in [
        (head(401, JSON), "credentials"),
        (head(404, JSON), "the server answered 404"),
        (busy(1), "overloaded or down"),
        (head(200, HTML), "login page or proxy"),
        (head(200, JSON), "is the URL right?"),
    ] {
        let message = message(head, "");
        assert!(message.contains(words), "{message}");
    }
}
