//! The crate inside a browser, against the real server: `npm test`, or
//! `cargo test --target wasm32-unknown-unknown --features typed --test browser`
//! with the server running (`LIFELINE_TEST_SERVER`, default port 8080).

#![cfg(target_arch = "wasm32")]

#[path = "browser/continuity.rs"]
mod continuity;
#[path = "browser/server.rs"]
mod server;
#[cfg(feature = "typed")]
#[path = "browser/typed.rs"]
mod typed;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake};

use futures_util::stream::FusedStream;
use futures_util::{Stream, StreamExt};
use graphql_lifeline::config::{Method, Options, Transport};
use graphql_lifeline::error::Code;
use graphql_lifeline::io::{GapReason, Notice, State};
use graphql_lifeline::reservation::Sharing;
use graphql_lifeline::web::rust_client::MAX_WAITING;
use graphql_lifeline::{Client, Error, Event, Events, Operation, Settings, Subscription};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

use server::*;

wasm_bindgen_test_configure!(run_in_browser);

const BOTH: [Transport; 2] = [Transport::Fetch, Transport::EventSource];

/// The next notice that answers; results before it are a failure.
async fn notice<T>(
    events: &mut Events,
    what: &str,
    pick: impl Fn(&Notice<JsValue>) -> Option<T>,
) -> T {
    let looking = async {
        loop {
            match events.next().await {
                Some(Ok(Event::Notice(notice))) => {
                    if let Some(found) = pick(&notice) {
                        return found;
                    }
                }
                other => panic!("{other:?} instead of {what}"),
            }
        }
    };
    within(what, looking).await
}

async fn connected(events: &mut Events) -> (bool, Transport, u32) {
    notice(events, "a connection", |notice| match notice {
        Notice::Connected {
            again,
            transport,
            attempt,
        } => Some((*again, *transport, *attempt)),
        _ => None,
    })
    .await
}

async fn gap(events: &mut Events) -> GapReason {
    notice(events, "a gap", |notice| match notice {
        Notice::Gap { report, .. } => Some(report.reason),
        _ => None,
    })
    .await
}

/// The next result, whatever is told before it.
async fn result(events: &mut Events) -> JsValue {
    let looking = async {
        loop {
            match events.next().await {
                Some(Ok(Event::Result(result))) => return result,
                Some(Ok(_)) => {}
                other => panic!("{other:?} instead of a result"),
            }
        }
    };
    within("a result", looking).await
}

async fn last_error(subscription: &mut Subscription) -> Error {
    let error = within("an error", subscription.next()).await;
    let error = error.unwrap().unwrap_err();
    assert!(within("the end", subscription.next()).await.is_none());
    error
}

#[wasm_bindgen_test]
async fn results_come_in_order_and_the_stream_ends_when_complete() {
    for transport in BOTH {
        let client = client(transport);
        assert_eq!(client.state(), State::Idle);
        let mut ticks = client.subscribe("subscription { ticks(everyMs: 1, count: 3) { n } }");
        assert_eq!(ticks.state(), State::Connecting);
        let mut numbers = Vec::new();
        while let Some(tick) = within("a tick", ticks.next()).await {
            numbers.push(at(&tick.unwrap(), "data.ticks.n").as_f64().unwrap());
        }
        assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1.0));
        assert_eq!(numbers.len(), 3);
        assert!(ticks.is_terminated());
        assert_eq!(ticks.state(), State::Closed);
        assert_eq!(client.state(), State::Idle);
    }
}

#[wasm_bindgen_test]
async fn a_message_reaches_a_subscriber_over_each_transport() {
    for transport in BOTH {
        let client = client(transport);
        let mut events = client.subscribe(MESSAGES).events();
        assert_eq!(connected(&mut events).await, (false, transport, 1));
        assert_eq!(events.state(), State::Live);
        let text = unique("over each transport");
        let id = send(&client, &text).await;
        let message = result(&mut events).await;
        assert_eq!(at(&message, "data.messages.text"), JsValue::from(text));
        assert_eq!(at(&message, "data.messages.id").as_f64(), Some(id));
    }
}

#[wasm_bindgen_test]
async fn get_goes_by_eventsource_first() {
    let options = Options {
        method: Some(Method::Get),
        ..Options::default()
    };
    let client = Client::new(Settings::new(url()).options(options)).unwrap();
    let mut events = client.subscribe(ENDLESS).events();
    let (_, transport, _) = connected(&mut events).await;
    assert_eq!(transport, Transport::EventSource);
}

#[wasm_bindgen_test]
async fn a_cut_heals_and_the_gap_is_named() {
    for transport in BOTH {
        let client = client(transport);
        let mut events = client.subscribe(MESSAGES).events();
        connected(&mut events).await;
        fault(r#"{"profile":"cut"}"#).await;
        assert_eq!(connected(&mut events).await, (true, transport, 2));
        assert_eq!(gap(&mut events).await, GapReason::Reconnect);
        assert_eq!(client.counters().gaps, 1);
        let text = unique("after the cut");
        send(&client, &text).await;
        let message = result(&mut events).await;
        assert_eq!(at(&message, "data.messages.text"), JsValue::from(text));
    }
}

#[wasm_bindgen_test]
async fn results_alone_go_on_after_a_cut() {
    until_live(0).await;
    let client = client(Transport::Fetch);
    let mut messages = client.subscribe(MESSAGES);
    until_connected(|| messages.state()).await;
    fault(r#"{"profile":"cut"}"#).await;
    until("a gap", || client.counters().gaps == 1).await;
    let text = unique("results alone");
    send(&client, &text).await;
    let message = within("a result", messages.next()).await.unwrap().unwrap();
    assert_eq!(at(&message, "data.messages.text"), JsValue::from(text));
}

#[wasm_bindgen_test]
async fn reconnect_replaces_the_connection_and_names_the_gap() {
    let client = client(Transport::Fetch);
    let mut events = client.subscribe(MESSAGES).events();
    connected(&mut events).await;
    client.reconnect();
    assert_eq!(connected(&mut events).await, (true, Transport::Fetch, 2));
    assert_eq!(gap(&mut events).await, GapReason::Reconnect);
    until_live(1).await;
}

#[wasm_bindgen_test]
async fn dropping_a_subscription_frees_the_servers_connection() {
    for transport in BOTH {
        until_live(0).await;
        let client = client(transport);
        let kept = client.subscribe(ENDLESS);
        let dropped = client.subscribe(ENDLESS);
        until_live(2).await;
        drop(dropped);
        until_live(1).await;
        until_connected(|| kept.state()).await;
        drop(kept.events());
        until_live(0).await;
        assert_eq!(client.state(), State::Idle);
    }
}

#[wasm_bindgen_test]
async fn a_subscription_that_is_dropped_at_once_leaves_nothing() {
    until_live(0).await;
    let client = client(Transport::EventSource);
    for _ in 0..50 {
        drop(client.subscribe(ENDLESS));
    }
    assert_eq!(client.state(), State::Idle);
    until_live(0).await;
}

#[wasm_bindgen_test]
async fn dropping_the_last_client_ends_everything_by_name() {
    for transport in BOTH {
        until_live(0).await;
        let client = client(transport);
        let mut messages = client.subscribe(MESSAGES);
        let execution = client.execute("{ latest }");
        until_connected(|| messages.state()).await;
        let other = client.clone();
        drop(client);
        assert_eq!(messages.state(), State::Live);
        drop(other);
        assert_eq!(last_error(&mut messages).await.code, Code::Disposed);
        assert_eq!(messages.state(), State::Closed);
        // It may have been answered before.
        if let Err(error) = within("an end", execution).await {
            assert_eq!(error.code, Code::Disposed);
        }
        until_live(0).await;
    }
}

thread_local!(static HELD: RefCell<Option<(Client, Subscription)>> = const { RefCell::new(None) });

/// Drops what is held, in the middle of a delivery.
struct DropsAll;

impl Wake for DropsAll {
    fn wake(self: Arc<Self>) {
        drop(HELD.take());
    }
}

#[wasm_bindgen_test]
async fn who_is_woken_may_drop_the_client() {
    for transport in BOTH {
        until_live(0).await;
        let client = client(transport);
        let mut ticks = client.subscribe(ENDLESS);
        let waker = Arc::new(DropsAll).into();
        let polled = std::pin::Pin::new(&mut ticks).poll_next(&mut Context::from_waker(&waker));
        assert!(matches!(polled, Poll::Pending));
        HELD.set(Some((client, ticks)));
        until("the drop", || HELD.with_borrow(Option::is_none)).await;
        until_live(0).await;
    }
}

#[wasm_bindgen_test]
async fn execute_gives_the_result_of_a_query_and_a_mutation() {
    let client = client(Transport::Fetch);
    let text = unique("executed");
    let id = send(&client, &text).await;
    let history = Operation::new(
        "query Other { latest } query History($last: Int) { history(last: $last) { id text } }",
    )
    .name("History")
    .variables(parse(r#"{"last":1}"#));
    let result = within("history", client.execute(history)).await.unwrap();
    assert_eq!(at(&result, "data.history.0.id").as_f64(), Some(id));
    assert_eq!(at(&result, "data.history.0.text"), JsValue::from(text));
}

#[wasm_bindgen_test]
async fn execute_gives_graphql_errors_as_the_result() {
    let client = client(Transport::Fetch);
    let result = within("errors", client.execute("{ latest unknown }")).await;
    assert!(!at(&result.unwrap(), "errors.0.message").is_undefined());
}

#[wasm_bindgen_test]
async fn execute_goes_to_the_http_url() {
    let settings = Settings::new("http://127.0.0.1:9/nobody").http_url(url());
    let client = Client::new(settings).unwrap();
    let result = within("latest", client.execute("{ latest }")).await;
    assert!(at(&result.unwrap(), "data.latest").as_f64().is_some());
}

#[wasm_bindgen_test]
async fn a_401_is_one_error_with_its_status() {
    for transport in BOTH {
        until_live(0).await;
        let client = client(transport);
        // EventSource does not tell the status: the fetch that follows it does.
        let times = if transport == Transport::EventSource {
            2
        } else {
            1
        };
        fault(&format!(
            r#"{{"profile":"status","status":401,"times":{times}}}"#
        ))
        .await;
        let before = request_count().await;
        let mut messages = client.subscribe(MESSAGES);
        let error = last_error(&mut messages).await;
        assert_eq!((error.code, error.status), (Code::Unauthorized, Some(401)));
        assert!(!error.is_retryable());
        let body = error.body.unwrap();
        assert!(!at(&body, "errors.0.message").is_undefined());
        assert_eq!(request_count().await - before, times);
        fault(r#"{"profile":"none"}"#).await;
    }
}

#[wasm_bindgen_test]
async fn a_flapping_server_meets_the_limit_on_retries() {
    let options = Options {
        retry_attempts: Some(2),
        ..over(Transport::Fetch)
    };
    let client = Client::new(Settings::new(url()).options(options)).unwrap();
    fault(r#"{"profile":"flap","events":1}"#).await;
    let before = opened_count().await;
    let mut ticks = client.subscribe("subscription { ticks(everyMs: 1) { n } }");
    let error = loop {
        if let Err(error) = within("an end", ticks.next()).await.unwrap() {
            break error;
        }
    };
    fault(r#"{"profile":"none"}"#).await;
    assert_eq!(error.code, Code::RetriesExhausted);
    assert_eq!(error.cause.unwrap().code, Code::Cut);
    assert_eq!(opened_count().await - before, 3);
}

#[wasm_bindgen_test]
async fn headers_are_asked_for_on_each_attempt() {
    let attempts = Rc::new(RefCell::new(Vec::new()));
    let asked = Rc::clone(&attempts);
    let settings = Settings::new(url())
        .options(over(Transport::Fetch))
        .headers_with(move |attempt| {
            asked.borrow_mut().push(attempt);
            vec![("x-attempt".into(), attempt.to_string())]
        });
    let client = Client::new(settings).unwrap();
    let mut events = client.subscribe(MESSAGES).events();
    connected(&mut events).await;
    fault(r#"{"profile":"cut"}"#).await;
    connected(&mut events).await;
    assert_eq!(*attempts.borrow(), [1, 2]);
}

#[wasm_bindgen_test]
async fn a_headers_function_may_drop_the_client() {
    until_live(0).await;
    let settings = Settings::new(url())
        .options(over(Transport::Fetch))
        .headers_with(|attempt| {
            if attempt == 2 {
                drop(HELD.take());
            }
            Vec::new()
        });
    let client = Client::new(settings).unwrap();
    let messages = client.subscribe(MESSAGES);
    until_live(1).await;
    HELD.set(Some((client, messages)));
    fault(r#"{"profile":"cut"}"#).await;
    until("the drop", || HELD.with_borrow(Option::is_none)).await;
    until_live(0).await;
}

#[wasm_bindgen_test]
async fn headers_that_fail_are_a_retryable_error_of_their_own() {
    let asked = Rc::new(Cell::new(0));
    let count = Rc::clone(&asked);
    let options = Options {
        retry_attempts: Some(1),
        ..over(Transport::Fetch)
    };
    let settings = Settings::new(url())
        .options(options)
        .headers_with_js(move |_| {
            count.set(count.get() + 1);
            Err(JsValue::from("no token"))
        });
    let client = Client::new(settings).unwrap();
    let error = last_error(&mut client.subscribe(MESSAGES)).await;
    let cause = error.cause.unwrap();
    assert_eq!(asked.get(), 2);
    assert_eq!(cause.code, Code::Headers);
    assert_eq!(cause.thrown, Some(JsValue::from("no token")));
}

#[wasm_bindgen_test]
async fn fixed_headers_are_sent_and_rule_eventsource_out() {
    let settings = Settings::new(url()).header("x-test", "1");
    let client = Client::new(settings).unwrap();
    within("latest", client.execute("{ latest }"))
        .await
        .unwrap();

    let settings = Settings::new(url()).header("x-test", "1");
    let refused = Client::new(settings.options(over(Transport::EventSource))).err();
    assert_eq!(refused.unwrap().option, "headers");
}

#[wasm_bindgen_test]
async fn what_cannot_be_honoured_is_refused_by_name() {
    let options = |change: fn(&mut Options)| {
        let mut options = Options::default();
        change(&mut options);
        Client::new(Settings::new(url()).options(options))
    };
    let crowded = Settings::new(url()).options(Options {
        sharing: Sharing::WhenCrowded,
        ..Options::default()
    });
    let refused = [
        (Client::new(""), "url"),
        (
            Client::new(Settings::new("/graphql").http_url("")),
            "httpUrl",
        ),
        (options(|it| it.own_retry = true), "retry"),
        (options(|it| it.own_fetch = true), "fetchFn"),
        (
            options(|it| it.own_socket = true),
            "websocket.webSocketImpl",
        ),
        (options(|it| it.referrer = true), "referrer"),
        (options(|it| it.transports = Some(vec![])), "transports"),
        (Client::new(crowded.max_streams(1)), "maxStreams"),
    ];
    for (client, option) in refused {
        assert_eq!(client.err().unwrap().option, option);
    }
}

#[wasm_bindgen_test]
async fn what_cannot_be_started_gives_one_error() {
    let client = client(Transport::Fetch);
    let twice = Operation::new("mutation { send(author: \"a\", text: \"b\") { id } }");
    let mut refused = client.subscribe(twice.resubscribe(true));
    assert_eq!(last_error(&mut refused).await.code, Code::Option);
    assert_eq!(refused.state(), State::Closed);

    let endless = Operation::new(MESSAGES).variables(JsValue::bigint_from_str("1"));
    let error = within("a refusal", client.execute(endless)).await;
    let error = error.unwrap_err();
    assert_eq!(error.code, Code::Option);
    assert!(error.thrown.is_some());
    assert_eq!(client.state(), State::Idle);
}

/// So many results, at once, and no end.
fn flood(results: usize) -> Settings {
    let events = "event:next%0Adata:%7B%22data%22:%7B%7D%7D%0A%0A".repeat(results);
    let options = Options {
        method: Some(Method::Get),
        ..over(Transport::Fetch)
    };
    Settings::new(format!("data:text/event-stream,{events}")).options(options)
}

#[wasm_bindgen_test]
async fn results_that_nobody_takes_close_the_subscription_at_the_limit() {
    let client = Client::new(flood(MAX_WAITING + 1)).unwrap();
    let ticks = client.subscribe(ENDLESS);
    until("the limit", || ticks.state() == State::Closed).await;
    let all: Vec<_> = within("the end", ticks.collect()).await;
    let (last, results) = all.split_last().unwrap();
    assert_eq!(last.as_ref().unwrap_err().code, Code::Disposed);
    assert_eq!(results.len(), MAX_WAITING);
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(client.state(), State::Idle);
}
