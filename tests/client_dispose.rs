//! The end from this side: whenever it comes, nothing is left and nothing follows.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::collections::BTreeSet;

use graphql_lifeline::config::{Options, Transport};
use graphql_lifeline::document::Kind;
use graphql_lifeline::io::{Attempt, Input, News, OpId, Output, State};
use graphql_lifeline::ladder::Obstacle;
use support::driver::{
    Driver, default_client, execute, get_client, head, ms, request, stream, subscription, thrown,
};

const NEXT: &[u8] = b"event: next\ndata: {\"data\":1}\n\n";

/// An operation brought to some stage of its life.
struct Stage {
    name: &'static str,
    driver: Driver,
    op: OpId,
}

fn stage(name: &'static str, mut driver: Driver, bring: impl Fn(&mut Driver, OpId)) -> Stage {
    let op = driver.subscribe(subscription());
    bring(&mut driver, op);
    driver.take();
    Stage { name, driver, op }
}

fn stages() -> Vec<Stage> {
    let own_retry = Driver::new(&Options {
        own_retry: true,
        ..Options::default()
    });
    vec![
        stage("connecting", default_client(), |_, _| {}),
        stage("connecting by EventSource", get_client(), |_, _| {}),
        stage(
            "connecting behind EventSource",
            get_client(),
            |driver, op| {
                driver.fail(op);
            },
        ),
        stage("reading a result", default_client(), |driver, op| {
            driver.head(op, head(200, "application/json"));
            driver.bytes(op, "{\"data\":");
        }),
        stage("reading a refusal", default_client(), |driver, op| {
            driver.head(op, head(400, "application/json"));
        }),
        stage("live", default_client(), |driver, op| driver.open(op)),
        stage("live in mid-event", default_client(), |driver, op| {
            driver.open(op);
            driver.bytes(op, "event: next\ndata: {\"data\":1}\n");
        }),
        stage("live by EventSource", get_client(), |driver, op| {
            driver.news(op, News::Open);
        }),
        stage("waiting", default_client(), |driver, op| driver.fail(op)),
        stage("connecting again", default_client(), |driver, op| {
            driver.open(op);
            driver.fail(op);
            driver.advance_to_deadline();
        }),
        stage("asking the application", own_retry, |driver, op| {
            driver.fail(op);
        }),
    ]
}

/// Everything that an attempt could still say.
fn all_news() -> Vec<News<'static, support::json::Json>> {
    vec![
        News::Unprepared(thrown("late")),
        News::Unusable(Obstacle::HeadersFunction),
        News::Head(stream()),
        News::Head(head(401, "application/json")),
        News::Open,
        News::Bytes(NEXT),
        News::Event {
            name: "next",
            text: String::from("{\"data\":1}"),
            bytes: 10,
        },
        News::End,
        News::Failed(None),
        News::RetryReady,
        News::RetryFailed(thrown("late")),
    ]
}

/// Nothing is left, and nothing that comes late or with time changes that.
fn assert_over(name: &str, driver: &mut Driver, op: OpId) {
    driver.assert_empty();
    assert_eq!(driver.wait(), None, "{name}");
    assert_eq!(driver.client.operation_state(op), State::Closed, "{name}");
    for number in 0..4 {
        for news in all_news() {
            driver.late_news(Attempt { op, number }, news);
        }
    }
    driver.advance(ms(3_600_000));
    driver.input(Input::Tick);
    driver.input(Input::Reconnect);
    driver.dispose(op);
    assert_eq!(driver.take(), [""; 0], "{name}");
    driver.assert_empty();
}

#[test]
fn an_operation_can_be_ended_at_every_stage() {
    for Stage {
        name,
        mut driver,
        op,
    } in stages()
    {
        let attempt = driver.attempt(op);
        driver.dispose(op);
        assert_eq!(driver.told(), [format!("close {op}.{attempt}")], "{name}");
        assert_over(name, &mut driver, op);
    }
}

#[test]
fn the_end_is_told_as_a_state() {
    for Stage {
        name,
        mut driver,
        op,
    } in stages()
    {
        driver.dispose(op);
        let told = driver.take();
        assert!(told.contains(&format!("state {op} closed")), "{name}");
        assert!(
            told.last().is_some_and(|line| line.ends_with("-> idle")),
            "{name}"
        );
    }
}

#[test]
fn a_client_can_be_closed_at_every_stage() {
    for Stage {
        name,
        mut driver,
        op,
    } in stages()
    {
        let attempt = driver.attempt(op);
        driver.input(Input::Close);
        assert_eq!(driver.told(), [format!("close {op}.{attempt}")], "{name}");
        assert_eq!(driver.client.state(), State::Closed, "{name}");
        assert_over(name, &mut driver, op);
        assert_eq!(driver.client.state(), State::Closed, "{name}");
    }
}

#[test]
fn closing_ends_every_operation() {
    let mut driver = default_client();
    let live = driver.subscribe(subscription());
    driver.open(live);
    let waiting = driver.subscribe(request(Kind::Subscription));
    driver.fail(waiting);
    driver.subscribe(execute(Kind::Mutation));
    driver.take();
    driver.input(Input::Close);
    assert_eq!(driver.told(), ["close 1.1", "close 2.1", "close 3.1"]);
    driver.assert_empty();
}

#[test]
fn closing_an_idle_client_closes_it() {
    let mut driver = default_client();
    driver.input(Input::Close);
    assert_eq!(driver.take(), ["client idle -> closed"]);
    driver.input(Input::Close);
    assert_eq!(driver.take(), [""; 0]);
}

#[test]
fn ending_what_is_not_there_is_nothing() {
    let mut driver = default_client();
    driver.dispose(0);
    driver.dispose(7);
    assert_eq!(driver.take(), [""; 0]);
    driver.assert_empty();
}

/// An operation may be ended before its first output was looked at.
#[test]
fn an_operation_that_ends_at_once_opens_and_closes() {
    let mut driver = default_client();
    let now = driver.now();
    let op = driver
        .client
        .subscribe(now, subscription())
        .expect("that is right");
    driver.dispose(op);
    assert_eq!(driver.told(), ["open 1.1 fetch POST", "close 1.1"]);
    assert_over("before the first output", &mut driver, op);
}

#[test]
fn ending_one_operation_leaves_the_others_alone() {
    let mut driver = default_client();
    let first = driver.subscribe(subscription());
    let second = driver.subscribe(subscription());
    driver.open(second);
    driver.dispose(first);
    driver.take();
    driver.bytes(second, NEXT);
    assert_eq!(driver.take(), ["next 2 {\"data\":1}"]);
    assert_eq!(driver.client.operations().count(), 1);
}

#[test]
fn a_number_is_never_used_again() {
    let mut driver = default_client();
    let first = driver.subscribe(subscription());
    driver.dispose(first);
    let second = driver.subscribe(subscription());
    assert_ne!(first, second);
    driver.take();
    driver.late_news(
        Attempt {
            op: first,
            number: 1,
        },
        News::Head(stream()),
    );
    assert_eq!(driver.take(), [""; 0]);
}

#[test]
fn an_operation_ended_while_a_result_is_on_its_way_stays_ended() {
    let mut driver = default_client();
    let op = driver.subscribe(subscription());
    driver.open(op);
    driver.bytes(op, "event: next\ndata: {\"data\":1}\n");
    driver.take();
    driver.dispose(op);
    driver.late_news(Attempt { op, number: 1 }, News::Bytes(b"\n"));
    assert_eq!(driver.told(), ["close 1.1"]);
}

/// Seen in the field: three kilobytes leaked by each subscribe and dispose.
#[test]
fn ten_thousand_operations_leave_nothing_behind() {
    let mut driver = default_client();
    for n in 0..10_000 {
        driver.input(Input::ResetBreaker(Transport::Fetch));
        let op = driver.subscribe(subscription());
        match n % 4 {
            0 => {}
            1 => driver.open(op),
            2 => driver.fail(op),
            _ => driver.head(op, head(400, "application/json")),
        }
        driver.dispose(op);
    }
    let (mut opened, mut closed) = (BTreeSet::new(), BTreeSet::new());
    for output in driver.take_outputs() {
        match output {
            Output::Open { attempt, .. } => opened.insert(attempt),
            Output::Close { attempt } => closed.insert(attempt),
            _ => true,
        };
    }
    assert_eq!(opened.len(), 10_000);
    assert_eq!(opened, closed);
    driver.assert_empty();
    assert_eq!(driver.client.state(), State::Idle);
}

#[test]
fn many_operations_at_once_leave_nothing_behind() {
    let mut driver = default_client();
    let ops: Vec<OpId> = (0..1000)
        .map(|_| driver.subscribe(subscription()))
        .collect();
    for (n, &op) in ops.iter().enumerate() {
        match n % 3 {
            0 => driver.open(op),
            1 => driver.fail(op),
            _ => {}
        }
    }
    driver.advance(ms(5_000));
    for &op in ops.iter().rev() {
        driver.dispose(op);
    }
    driver.assert_empty();
    assert_eq!(driver.wait(), None);
}
