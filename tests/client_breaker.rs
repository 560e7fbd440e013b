//! Breakers and the budget: an endpoint that keeps failing is left alone, another one is
//! taken, and nobody storms.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use graphql_lifeline::config::{Method, Options, Transport};
use graphql_lifeline::io::{Delivery, Input, OpId, Output, State};
use graphql_lifeline::presence::Page;
use graphql_lifeline::time::Span;
use support::driver::{Driver, default_client, get_client, head, limited_client, ms, subscription};

const CONNECTED: &str = ":\n\n";

/// How many attempts were begun since the last time.
fn opened(driver: &mut Driver) -> usize {
    driver
        .take_outputs()
        .iter()
        .filter(|output| matches!(output, Output::Open { .. }))
        .count()
}

fn breakers(driver: &mut Driver) -> Vec<String> {
    let mut lines = driver.take();
    lines.retain(|line| line.starts_with("breaker "));
    lines
}

fn state(driver: &Driver, op: OpId) -> State {
    driver.client.operation_state(op)
}

/// The operation's connection fails, and again, and again.
fn fail_thrice(driver: &mut Driver, op: OpId) {
    for n in 0..3 {
        driver.fail(op);
        if n < 2 {
            driver.advance_to_deadline();
        }
    }
}

#[test]
fn a_transport_that_keeps_failing_is_left_and_the_next_is_taken_at_once() {
    let mut driver = get_client();
    let op = driver.subscribe(subscription());
    driver.news(op, graphql_lifeline::io::News::Open);
    for _ in 0..2 {
        driver.fail(op);
        driver.advance_to_deadline();
        driver.news(op, graphql_lifeline::io::News::Open);
    }
    driver.take();
    driver.fail(op);
    assert_eq!(
        driver.told(),
        [
            "close 1.3",
            "retry 1 #2 cut",
            "open 1.4 fetch GET",
            "breaker eventsource closed -> open",
        ]
    );
    driver.open(op);
    assert_eq!(state(&driver, op), State::Live);
    assert_eq!(driver.client.transport(), Some(Transport::Fetch));
}

#[test]
fn with_every_breaker_open_it_is_suspended_until_one_may_try() {
    let mut driver = default_client();
    let op = driver.subscribe(subscription());
    fail_thrice(&mut driver, op);
    assert_eq!(state(&driver, op), State::Suspended);
    assert_eq!(driver.client.state(), State::Suspended);
    driver.take();
    let wait = driver.wait().expect("the breaker has its time");
    assert!(wait >= ms(2_500) && wait <= ms(5_000), "{wait:?}");
    driver.advance(wait);
    assert_eq!(
        driver.told(),
        ["open 1.4 fetch POST", "breaker fetch open -> half-open"]
    );
    driver.open(op);
    driver.advance(ms(4_999));
    assert_eq!(breakers(&mut driver), [""; 0]);
    driver.advance(ms(1));
    assert_eq!(breakers(&mut driver), ["breaker fetch half-open -> closed"]);
}

#[test]
fn half_open_lets_one_operation_through_and_its_success_wakes_the_others() {
    let mut driver = default_client();
    let ops: Vec<OpId> = (0..5).map(|_| driver.subscribe(subscription())).collect();
    for &op in &ops {
        driver.fail(op);
    }
    driver.take();
    driver.advance(ms(5_000));
    assert_eq!(opened(&mut driver), 1);
    let trial = (ops.iter().copied())
        .find(|&op| state(&driver, op) == State::Connecting)
        .expect("one of them tries");
    assert_eq!(trial, ops[0], "the oldest goes first");
    driver.open(trial);
    driver.advance(ms(4_999));
    assert_eq!(opened(&mut driver), 0, "it is not healthy yet");
    driver.advance(ms(1));
    assert_eq!(opened(&mut driver), 4);
}

#[test]
fn a_trial_that_is_disposed_of_makes_room_for_the_next() {
    let mut driver = default_client();
    let ops: Vec<OpId> = (0..3).map(|_| driver.subscribe(subscription())).collect();
    for &op in &ops {
        driver.fail(op);
    }
    driver.advance(ms(5_000));
    assert_eq!(state(&driver, ops[0]), State::Connecting);
    driver.take();
    driver.dispose(ops[0]);
    assert_eq!(opened(&mut driver), 1);
    assert_eq!(state(&driver, ops[1]), State::Connecting);
    assert_eq!(state(&driver, ops[2]), State::Suspended);
}

/// Seen in the field: after an outage the clients' own retries kept the server down.
#[test]
fn fifty_subscriptions_that_lose_their_server_make_no_more_attempts_than_the_budget_allows() {
    let mut driver = default_client();
    let ops: Vec<OpId> = (0..50).map(|_| driver.subscribe(subscription())).collect();
    for &op in &ops {
        driver.open(op);
        driver.bytes(op, CONNECTED);
    }
    driver.advance(ms(6_000));
    driver.take();
    let mut attempts = 0;
    for &op in &ops {
        driver.fail(op);
    }
    let begun = driver.now().monotonic;
    for _ in 0..120 {
        driver.advance(ms(500));
        attempts += opened(&mut driver);
        for &op in &ops {
            if state(&driver, op) == State::Connecting {
                driver.fail(op);
            }
        }
        let passed = driver.now().monotonic.since(begun).as_millis() / 1000;
        assert!(
            attempts as u64 <= 10 + passed + 1,
            "{attempts} in {passed} s"
        );
    }
    assert!(attempts > 3, "it goes on trying");
}

#[test]
fn an_empty_budget_waits_and_every_operation_comes_back() {
    let mut driver = default_client();
    let ops: Vec<OpId> = (0..30).map(|_| driver.subscribe(subscription())).collect();
    for &op in &ops {
        driver.open(op);
    }
    driver.advance(ms(6_000));
    for &op in &ops {
        driver.end(op);
    }
    // The server is well: whoever asks is answered.
    for _ in 0..120 {
        driver.advance(ms(250));
        for &op in &ops {
            if state(&driver, op) == State::Connecting {
                driver.open(op);
            }
        }
    }
    assert!(ops.iter().all(|&op| state(&driver, op) == State::Live));
    let errors = (driver.take_outputs().iter())
        .filter(|output| matches!(output, Output::Deliver(Delivery::Error { .. })))
        .count();
    assert_eq!(errors, 0);
}

#[test]
fn first_attempts_are_free() {
    let mut driver = default_client();
    for _ in 0..100 {
        driver.subscribe(subscription());
    }
    assert_eq!(opened(&mut driver), 100);
}

#[test]
fn a_connection_that_dies_after_healthy_uptime_is_no_failure_of_its_endpoint() {
    let mut driver = default_client();
    let op = driver.subscribe(subscription());
    for _ in 0..20 {
        driver.open(op);
        driver.advance(ms(20_000));
        driver.fail(op);
        driver.advance_to_deadline();
    }
    assert_eq!(breakers(&mut driver), [""; 0]);
}

/// A timer that came late, of a page that was frozen, must not make a healthy one look young.
#[test]
fn uptime_counts_though_nobody_looked_at_the_clock() {
    let mut driver = default_client();
    let op = driver.subscribe(subscription());
    for _ in 0..5 {
        driver.open(op);
        driver.skip(ms(20_000));
        driver.fail(op);
        driver.advance_to_deadline();
    }
    assert_eq!(breakers(&mut driver), [""; 0]);
    assert_eq!(driver.retries(op), 1);
}

#[test]
fn a_refusal_says_nothing_about_the_endpoint() {
    let mut driver = default_client();
    for _ in 0..10 {
        let op = driver.subscribe(subscription());
        driver.head(op, head(403, "application/json"));
        driver.end(op);
    }
    assert_eq!(breakers(&mut driver), [""; 0]);
}

#[test]
fn the_limit_on_retries_counts_passes_over_the_whole_ladder() {
    let mut driver = Driver::new(&Options {
        method: Some(Method::Get),
        retry_attempts: Some(1),
        ..Options::default()
    });
    let op = driver.subscribe(subscription());
    // EventSource opens and is cut; that is no pass yet, fetch has not been tried.
    for n in 1..=3 {
        driver.news(op, graphql_lifeline::io::News::Open);
        driver.fail(op);
        assert_ne!(state(&driver, op), State::Closed, "cut {n}");
        if n < 3 {
            driver.advance_to_deadline();
        }
    }
    // Fetch fails as well: the first pass is over, and one more is allowed.
    driver.fail(op);
    assert_ne!(state(&driver, op), State::Closed);
    driver.advance_to_deadline();
    driver.take();
    driver.fail(op);
    let error = driver.take_error();
    assert_eq!(error.code.as_str(), "retries-exhausted");
}

#[test]
fn waiting_for_a_breaker_is_free() {
    let mut driver = limited_client(4);
    let op = driver.subscribe(subscription());
    fail_thrice(&mut driver, op);
    assert_eq!(state(&driver, op), State::Suspended);
    driver.advance_to_deadline();
    driver.fail(op);
    assert_eq!(
        state(&driver, op),
        State::Suspended,
        "four retries are allowed"
    );
    driver.advance_to_deadline();
    driver.fail(op);
    assert_eq!(state(&driver, op), State::Closed);
    assert_eq!(driver.client.counters().attempts, 5);
}

#[test]
fn an_isolated_transport_is_left_alone_until_it_is_reset() {
    let mut driver = default_client();
    driver.input(Input::Isolate(Transport::Fetch));
    assert_eq!(driver.take(), ["breaker fetch closed -> open"]);
    let op = driver.subscribe(subscription());
    assert_eq!(state(&driver, op), State::Suspended);
    assert_eq!(driver.wait(), None);
    driver.advance(Span::from_secs(1_000_000));
    driver.input(Input::Reconnect);
    assert_eq!(opened(&mut driver), 0);
    driver.input(Input::ResetBreaker(Transport::Fetch));
    assert_eq!(state(&driver, op), State::Connecting);
}

#[test]
fn isolation_makes_the_next_transport_the_first() {
    let mut driver = get_client();
    driver.input(Input::Isolate(Transport::EventSource));
    driver.subscribe(subscription());
    assert_eq!(
        driver.told(),
        ["breaker eventsource closed -> open", "open 1.1 fetch GET"]
    );
}

#[test]
fn a_reconnect_ends_the_wait_for_a_breaker_too() {
    let mut driver = default_client();
    let op = driver.subscribe(subscription());
    fail_thrice(&mut driver, op);
    assert_eq!(state(&driver, op), State::Suspended);
    driver.take();
    driver.input(Input::Reconnect);
    assert_eq!(
        driver.told(),
        ["breaker fetch open -> half-open", "open 1.4 fetch POST"]
    );
}

/// An answer to a query says nothing about streams, and is sent whatever they do.
#[test]
fn what_is_executed_is_neither_held_up_nor_counted() {
    use graphql_lifeline::document::Kind;
    use support::driver::execute;
    let mut driver = default_client();
    for _ in 0..20 {
        let op = driver.subscribe(execute(Kind::Query));
        driver.fail(op);
    }
    assert_eq!(breakers(&mut driver), [""; 0]);
    driver.input(Input::Isolate(Transport::Fetch));
    driver.take();
    driver.subscribe(execute(Kind::Mutation));
    assert_eq!(opened(&mut driver), 1);
}

/// Neither breakers nor the count of passes move.
#[test]
fn without_a_network_nothing_is_learned() {
    let mut driver = Driver::new(&Options {
        retry_attempts: Some(2),
        ..Options::default()
    });
    let op = driver.subscribe(subscription());
    driver.take();
    driver.input(Input::Page(Page {
        online: false,
        ..Page::default()
    }));
    for _ in 0..6 {
        driver.fail(op);
        driver.advance_to_deadline();
    }
    assert_eq!(breakers(&mut driver), [""; 0]);
    driver.input(Input::Page(Page::default()));
    fail_thrice(&mut driver, op);
    assert_eq!(breakers(&mut driver), ["breaker fetch closed -> open"]);
    assert_eq!(state(&driver, op), State::Closed);
}
