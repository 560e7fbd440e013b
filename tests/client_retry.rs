//! Cuts: what is retried, when, how often, and which gap is told.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use graphql_lifeline::backoff::Backoff;
use graphql_lifeline::config::Options;
use graphql_lifeline::error::Code;
use graphql_lifeline::io::{Attempt, Delivery, GapReason, Input, News, Notice, Output};
use graphql_lifeline::time::Span;
use support::driver::{
    Driver, WALL_START, busy, default_client, head, limited_client, ms, plain_client, subscription,
    thrown, unhindered,
};
use support::json::Json;

const NEXT: &str = "event: next\ndata: {\"data\":1}\n\n";

/// The waits of the default backoff before retry 0, 1, 2, … are shorter than these.
const CEILINGS: [u64; 9] = [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000];

fn live(mut driver: Driver) -> (Driver, u32) {
    let op = driver.subscribe(subscription());
    driver.open(op);
    driver.take();
    (driver, op)
}

/// A client whose application times the retries.
fn own_retry() -> Driver {
    Driver::new(&Options {
        own_retry: true,
        ..Options::default()
    })
}

/// The wait before the retry that has just been announced.
fn delay(driver: &mut Driver) -> Span {
    driver.take_retry().0.expect("backoff decides")
}

fn gaps(outputs: &[Output<Json>]) -> Vec<(GapReason, u64)> {
    outputs
        .iter()
        .filter_map(|output| match output {
            Output::Deliver(Delivery::Notice {
                notice: Notice::Gap { report, .. },
                ..
            }) => Some((report.reason, report.since.as_millis() - WALL_START)),
            _ => None,
        })
        .collect()
}

#[test]
fn a_cut_is_followed_by_a_wait_a_reconnect_and_the_gap() {
    let (mut driver, op) = live(default_client());
    driver.advance(ms(1000));
    driver.bytes(op, NEXT);
    driver.advance(ms(1000));
    driver.bytes(op, ": a sign of life\n");
    driver.advance(ms(1000));
    driver.bytes(op, "event: next\ndata: {\"data\":2}\n");
    driver.advance(ms(1000));
    driver.fail(op);
    assert_eq!(
        driver.take(),
        [
            "next 1 {\"data\":1}",
            "close 1.1",
            "state 1 waiting",
            "retry 1 #0 cut",
            "client live -> waiting",
        ]
    );
    let waited = driver.advance_to_deadline();
    assert!(waited < ms(500), "{waited:?}");
    assert_eq!(
        driver.take(),
        [
            "state 1 connecting",
            "connecting 1 again",
            "open 1.2 fetch POST",
            "client waiting -> connecting",
        ]
    );
    driver.open(op);
    assert_eq!(
        driver.take(),
        [
            "read 1.2",
            "state 1 live",
            "connected 1.2 fetch again",
            "gap 1 reconnect since 3000 ms",
            "client connecting -> live",
        ]
    );
}

/// The half event belongs to the connection that broke: the next one starts afresh.
#[test]
fn half_an_event_is_never_delivered_nor_finished_by_the_next_connection() {
    let (mut driver, op) = live(default_client());
    driver.bytes(op, "event: next\ndata: {\"data\":1}\n");
    driver.fail(op);
    driver.advance_to_deadline();
    driver.open(op);
    driver.take();
    driver.bytes(op, "\n\nevent: next\ndata: {\"data\":3}\n\n");
    assert_eq!(driver.take(), ["next 1 {\"data\":3}"]);
}

#[test]
fn a_clean_end_without_completion_is_a_cut() {
    let (mut driver, op) = live(default_client());
    driver.bytes(op, NEXT);
    driver.end(op);
    assert_eq!(
        driver.told(),
        ["next 1 {\"data\":1}", "close 1.1", "retry 1 #0 cut"]
    );
}

#[test]
fn what_the_old_connection_still_says_is_dropped() {
    let (mut driver, op) = live(default_client());
    let old = Attempt { op, number: 1 };
    driver.fail(op);
    driver.take();
    driver.late_news(old, News::Bytes(NEXT.as_bytes()));
    driver.late_news(old, News::End);
    assert_eq!(driver.take(), [""; 0]);
    driver.advance_to_deadline();
    driver.take();
    driver.late_news(old, News::Bytes(NEXT.as_bytes()));
    driver.late_news(old, News::Head(head(401, "text/html")));
    driver.late_news(old, News::Failed(None));
    driver.open(op);
    driver.late_news(old, News::Bytes(NEXT.as_bytes()));
    driver.late_news(old, News::End);
    assert_eq!(
        driver.told(),
        [
            "read 1.2",
            "connected 1.2 fetch again",
            "gap 1 reconnect since 0 ms"
        ]
    );
}

#[test]
fn waits_stay_under_a_ceiling_that_doubles_up_to_the_cap() {
    for seed in 0..50 {
        let mut driver = Driver::with_seed(&unhindered(), seed);
        let op = driver.subscribe(subscription());
        for (n, ceiling) in CEILINGS.into_iter().enumerate() {
            driver.fail(op);
            let told = delay(&mut driver);
            assert!(told < ms(ceiling), "retry {n}: {told:?}");
            assert_eq!(driver.advance_to_deadline().as_millis(), told.as_millis());
            assert_eq!(driver.attempt(op) as usize, n + 2);
        }
    }
}

/// Clients that lost the same server do not come back in the same moment.
#[test]
fn waits_are_spread_over_the_whole_range() {
    for (n, ceiling) in CEILINGS.into_iter().enumerate() {
        let waits: Vec<Span> = (0..100)
            .map(|seed| {
                let mut driver = Driver::with_seed(&unhindered(), seed);
                let op = driver.subscribe(subscription());
                for _ in 0..n {
                    driver.fail(op);
                    driver.advance_to_deadline();
                }
                driver.take();
                driver.fail(op);
                delay(&mut driver)
            })
            .collect();
        let part = |share: f64| ms((ceiling as f64 * share) as u64);
        assert!(waits.iter().any(|wait| *wait < part(0.1)), "retry {n}");
        assert!(waits.iter().any(|wait| *wait > part(0.9)), "retry {n}");
        let early = waits.iter().filter(|wait| **wait < part(0.5)).count();
        assert!((30..70).contains(&early), "retry {n}: {early}");
    }
}

#[test]
fn neither_a_connect_nor_a_result_resets_the_count_of_retries() {
    let (mut driver, op) = live(Driver::new(&unhindered()));
    for retries in 0..5 {
        driver.bytes(op, NEXT);
        driver.advance(ms(4_999));
        driver.fail(op);
        let told = driver.told();
        assert_eq!(told.last(), Some(&format!("retry 1 #{retries} cut")));
        driver.advance_to_deadline();
        driver.open(op);
    }
    assert_eq!(driver.retries(op), 5);
}

#[test]
fn five_seconds_of_uptime_reset_the_count_of_retries() {
    let (mut driver, op) = live(default_client());
    for _ in 0..3 {
        driver.fail(op);
        driver.advance_to_deadline();
        driver.open(op);
    }
    driver.advance(ms(5_000));
    driver.take();
    driver.fail(op);
    assert_eq!(driver.told(), ["close 1.4", "retry 1 #0 cut"]);
    assert!(driver.wait().expect("it waits") < ms(500));
}

/// Seen in the field: a counter that starts again with each result never ends.
#[test]
fn a_flapping_server_meets_the_limit() {
    let (mut driver, op) = live(limited_client(3));
    let mut told = Vec::new();
    for _ in 0..10 {
        if driver.client.operations().next().is_none() {
            break;
        }
        driver.bytes(op, NEXT);
        driver.end(op);
        told.extend(driver.told());
        if driver.wait().is_some() {
            driver.advance_to_deadline();
            driver.open(op);
            driver.take();
        }
    }
    told.retain(|line| !line.starts_with("next ") && !line.starts_with("close "));
    assert_eq!(
        told,
        [
            "retry 1 #0 cut",
            "retry 1 #1 cut",
            "retry 1 #2 cut",
            "breaker fetch closed -> open",
            "gap 1 reconnect since 4017 ms",
            "error 1 retries-exhausted (cut)",
            "breaker fetch half-open -> open",
        ]
    );
    assert_eq!(driver.client.counters().attempts, 4);
    driver.assert_empty();
}

#[test]
fn a_limit_of_zero_allows_no_retry() {
    let mut driver = limited_client(0);
    let op = driver.subscribe(subscription());
    driver.take();
    driver.fail(op);
    assert_eq!(
        driver.told(),
        ["close 1.1", "error 1 retries-exhausted (network)"]
    );
    driver.assert_empty();
}

#[test]
fn the_error_of_spent_retries_tells_the_last_failure() {
    let mut driver = limited_client(0);
    let op = driver.subscribe(subscription());
    driver.news(op, News::Failed(Some(thrown("no route"))));
    let error = driver.take_error();
    assert_eq!(error.code, Code::RetriesExhausted);
    assert!(error.is_retryable());
    let cause = error.cause.expect("there is a last failure");
    assert_eq!(cause.code, Code::Network);
    assert_eq!(cause.thrown, Some(thrown("no route")));
    assert!(error.message.ends_with(&cause.message));
}

#[test]
fn without_a_limit_a_client_never_gives_up() {
    let mut driver = default_client();
    let op = driver.subscribe(subscription());
    for _ in 0..1000 {
        driver.fail(op);
        driver.advance_to_deadline();
    }
    assert_eq!(driver.attempt(op), 1001);
    driver.open(op);
    assert!(
        driver
            .told()
            .contains(&"connected 1.1001 fetch again".to_owned())
    );
}

#[test]
fn a_gap_reaches_back_to_the_first_cut() {
    let (mut driver, op) = live(default_client());
    driver.advance(ms(100));
    driver.bytes(op, NEXT);
    driver.advance(ms(100));
    driver.fail(op);
    for _ in 0..3 {
        driver.advance_to_deadline();
        driver.fail(op);
    }
    driver.advance_to_deadline();
    driver.open(op);
    let outputs = driver.take_outputs();
    assert_eq!(gaps(&outputs), [(GapReason::Reconnect, 100)]);
    driver.fail(op);
    driver.advance_to_deadline();
    driver.open(op);
    let outputs = driver.take_outputs();
    assert_eq!(gaps(&outputs).len(), 1, "the first gap is told already");
}

#[test]
fn an_operation_that_never_lived_has_no_gap() {
    let mut driver = default_client();
    let op = driver.subscribe(subscription());
    driver.fail(op);
    driver.advance_to_deadline();
    driver.open(op);
    assert_eq!(gaps(&driver.take_outputs()), []);
}

#[test]
fn headers_that_do_not_come_in_time_are_a_failure() {
    let mut driver = default_client();
    let op = driver.subscribe(subscription());
    assert_eq!(driver.wait(), Some(ms(15_000)));
    driver.advance(ms(14_999));
    assert_eq!(driver.attempt(op), 1);
    driver.take();
    driver.advance(ms(1));
    assert_eq!(driver.told(), ["close 1.1", "retry 1 #0 timeout"]);
    assert_eq!(driver.retries(op), 1);
}

#[test]
fn an_open_stream_may_be_silent() {
    let (mut driver, _) = live(default_client());
    driver.advance(ms(3_600_000));
    assert_eq!(driver.told(), ["stall 1 suspect since 0 ms"]);
}

/// Such a server may send nothing at all until the first result.
#[test]
fn a_plain_server_may_take_its_time() {
    let mut driver = plain_client();
    let op = driver.subscribe(subscription());
    assert_eq!(driver.wait(), None);
    driver.fail(op);
    assert_eq!(driver.wait(), None, "nor has the fetch behind it a limit");
    driver.advance(ms(3_600_000));
    assert_eq!(driver.attempt(op), 2);
}

#[test]
fn a_set_connect_timeout_counts_on_every_attempt() {
    let mut driver = Driver::new(&Options {
        connect_timeout: Some(ms(100)),
        ..Options::default()
    });
    let op = driver.subscribe(subscription());
    for n in 1..5 {
        assert_eq!(driver.advance_to_deadline(), ms(100));
        assert_eq!(driver.retries(op), n);
        driver.advance_to_deadline();
    }
}

#[test]
fn retry_after_is_a_floor_and_the_jitter_comes_on_top() {
    let mut waits: Vec<Span> = (0..50)
        .map(|seed| {
            let mut driver = Driver::with_seed(&Options::default(), seed);
            let op = driver.subscribe(subscription());
            driver.head(op, busy(20));
            delay(&mut driver)
        })
        .collect();
    waits.sort_unstable();
    assert!(waits[0] >= ms(20_000), "{waits:?}");
    assert!(waits[49] < ms(20_500), "{waits:?}");
    assert!(waits[49] > waits[0] + ms(300), "{waits:?}");
}

#[test]
fn a_server_cannot_ask_for_more_than_ten_minutes() {
    let mut driver = default_client();
    let op = driver.subscribe(subscription());
    driver.head(op, busy(86_400));
    let delay = delay(&mut driver);
    assert!(delay >= ms(600_000) && delay < ms(600_500), "{delay:?}");
}

#[test]
fn the_retry_field_is_a_floor_until_another_comes() {
    let (mut driver, op) = live(Driver::new(&unhindered()));
    driver.bytes(op, "retry: 20000\n");
    assert_eq!(driver.take(), [""; 0]);
    let (long, short) = (ms(20_000), ms(4_000));
    for _ in 0..3 {
        driver.fail(op);
        let delay = delay(&mut driver);
        assert!(delay >= long && delay < long + short, "{delay:?}");
        driver.advance_to_deadline();
        driver.open(op);
    }
    driver.bytes(op, "retry: soon\nretry: 0\n\n");
    driver.fail(op);
    assert!(delay(&mut driver) < short);
}

#[test]
fn the_longer_of_both_wishes_counts() {
    let (mut driver, op) = live(default_client());
    driver.bytes(op, "retry: 5000\n");
    driver.fail(op);
    driver.take();
    driver.advance_to_deadline();
    driver.head(op, busy(9));
    assert!(delay(&mut driver) >= ms(9_000));
    driver.advance_to_deadline();
    driver.head(op, busy(1));
    assert!(delay(&mut driver) >= ms(5_000));
}

#[test]
fn the_application_times_its_retries() {
    let (mut driver, op) = live(own_retry());
    driver.fail(op);
    assert_eq!(driver.told(), ["close 1.1", "retry 1 #0 cut", "ask 1.1 #0"]);
    assert_eq!(driver.wait(), None);
    driver.advance(ms(123_456));
    assert_eq!(driver.take(), [""; 0]);
    driver.news(op, News::RetryReady);
    assert_eq!(driver.told(), ["open 1.2 fetch POST"]);
    // A second answer of the same promise is late.
    driver.late_news(Attempt { op, number: 1 }, News::RetryReady);
    assert_eq!(driver.take(), [""; 0]);
    driver.fail(op);
    assert_eq!(
        driver.told(),
        ["close 1.2", "retry 1 #1 network", "ask 1.2 #1"]
    );
}

#[test]
fn an_announced_retry_of_the_application_has_no_time() {
    let (mut driver, op) = live(own_retry());
    driver.fail(op);
    assert_eq!(driver.take_retry().0, None);
    let view = driver.client.operations().next().expect("it waits");
    assert_eq!(view.retry_at, None);
}

#[test]
fn the_application_may_end_it_from_its_retry_function() {
    let (mut driver, op) = live(own_retry());
    driver.fail(op);
    driver.take();
    driver.news(op, News::RetryFailed(thrown("enough")));
    assert_eq!(
        driver.told(),
        [
            "close 1.1",
            "gap 1 reconnect since 0 ms",
            "thrown 1 \"enough\""
        ]
    );
    driver.assert_empty();
}

#[test]
fn the_servers_wish_holds_for_the_application_too() {
    let mut driver = own_retry();
    let op = driver.subscribe(subscription());
    driver.head(op, busy(3));
    driver.advance(ms(1_000));
    driver.take();
    driver.news(op, News::RetryReady);
    assert_eq!(driver.take(), [""; 0]);
    assert_eq!(driver.wait(), Some(ms(2_000)));
    driver.advance_to_deadline();
    assert_eq!(driver.told(), ["open 1.2 fetch POST"]);
}

#[test]
fn an_application_that_waits_longer_than_the_server_wishes_is_not_held_up() {
    let mut driver = own_retry();
    let op = driver.subscribe(subscription());
    driver.head(op, busy(3));
    driver.advance(ms(3_000));
    driver.take();
    driver.news(op, News::RetryReady);
    assert_eq!(driver.told(), ["open 1.2 fetch POST"]);
}

#[test]
fn the_servers_wish_has_its_limit_for_the_application_too() {
    let (mut driver, op) = live(own_retry());
    driver.bytes(op, "retry: 99999999999999999999\n");
    driver.fail(op);
    driver.news(op, News::RetryReady);
    assert_eq!(driver.wait(), Some(ms(600_000)));
}

#[test]
fn the_limit_holds_for_the_application_too() {
    let mut driver = Driver::new(&Options {
        own_retry: true,
        retry_attempts: Some(1),
        ..Options::default()
    });
    let op = driver.subscribe(subscription());
    driver.fail(op);
    driver.news(op, News::RetryReady);
    driver.take();
    driver.fail(op);
    assert_eq!(
        driver.told(),
        ["close 1.2", "error 1 retries-exhausted (network)"]
    );
}

#[test]
fn a_reconnect_replaces_a_live_connection() {
    let (mut driver, op) = live(default_client());
    driver.advance(ms(700));
    driver.bytes(op, ":\n");
    driver.advance(ms(300));
    driver.input(Input::Reconnect);
    assert_eq!(
        driver.take(),
        [
            "close 1.1",
            "state 1 connecting",
            "connecting 1 again",
            "open 1.2 fetch POST",
            "client live -> connecting",
        ]
    );
    driver.late_news(Attempt { op, number: 1 }, News::Bytes(NEXT.as_bytes()));
    driver.open(op);
    assert_eq!(
        driver.told(),
        [
            "read 1.2",
            "connected 1.2 fetch again",
            "gap 1 reconnect since 700 ms"
        ]
    );
    assert_eq!(driver.client.counters().failures, 0, "nothing has failed");
}

#[test]
fn a_reconnect_ends_a_wait() {
    let (mut driver, op) = live(default_client());
    driver.bytes(op, "retry: 60000\n");
    driver.fail(op);
    driver.take();
    driver.input(Input::Reconnect);
    assert_eq!(driver.told(), ["open 1.2 fetch POST"]);
    assert_eq!(driver.wait(), Some(ms(15_000)), "the wait's timer is gone");
}

#[test]
fn a_reconnect_does_not_wait_for_the_applications_retry_function() {
    let (mut driver, op) = live(own_retry());
    driver.fail(op);
    driver.take();
    driver.input(Input::Reconnect);
    assert_eq!(driver.told(), ["open 1.2 fetch POST"]);
    driver.late_news(Attempt { op, number: 1 }, News::RetryReady);
    driver.late_news(Attempt { op, number: 1 }, News::RetryFailed(thrown("late")));
    assert_eq!(driver.take(), [""; 0]);
}

#[test]
fn a_reconnect_leaves_a_connection_alone_that_is_just_being_made() {
    let mut driver = default_client();
    let op = driver.subscribe(subscription());
    driver.take();
    driver.input(Input::Reconnect);
    assert_eq!(driver.take(), [""; 0]);
    driver.head(op, head(200, "application/json"));
    driver.take();
    driver.input(Input::Reconnect);
    assert_eq!(driver.take(), [""; 0]);
}

#[test]
fn a_reconnect_of_nothing_is_nothing() {
    let mut driver = default_client();
    driver.input(Input::Reconnect);
    driver.assert_empty();
}

#[test]
fn ticks_out_of_turn_do_nothing() {
    let (mut driver, op) = live(default_client());
    driver.input(Input::Tick);
    driver.bytes(op, "retry: 5000\n");
    driver.fail(op);
    driver.take();
    driver.advance(ms(4_999));
    driver.input(Input::Tick);
    assert_eq!(driver.take(), [""; 0]);
}

#[test]
fn the_last_event_id_goes_along_by_option_and_outlives_a_stream_without_ids() {
    let with_ids = |last_event_id| {
        let (mut driver, op) = live(Driver::new(&Options {
            last_event_id,
            ..unhindered()
        }));
        driver.bytes(op, "id: \u{e9}7\n\nid: 8");
        let mut opened = Vec::new();
        for _ in 0..2 {
            driver.end(op);
            driver.advance_to_deadline();
            opened.extend(
                driver
                    .told()
                    .into_iter()
                    .filter(|line| line.starts_with("open ")),
            );
            driver.open(op);
        }
        opened
    };
    // Headers are bytes: a character for each.
    let id = "\u{c3}\u{a9}7";
    assert_eq!(
        with_ids(true),
        [
            format!("open 1.2 fetch POST after {id}"),
            format!("open 1.3 fetch POST after {id}")
        ]
    );
    assert_eq!(
        with_ids(false),
        ["open 1.2 fetch POST", "open 1.3 fetch POST"]
    );
}

/// The timer that told of the failure has been taken off, and the next one is due at once.
#[test]
fn a_retry_that_is_due_at_once_is_made() {
    let mut driver = Driver::new(&Options {
        connect_timeout: Some(ms(1_000)),
        backoff: Some(Backoff {
            initial: ms(1),
            max: ms(1),
            factor: 1.0,
        }),
        ..Options::default()
    });
    driver.subscribe(subscription());
    driver.take();
    driver.advance(ms(1_000));
    assert_eq!(
        driver.told(),
        ["close 1.1", "retry 1 #0 timeout", "open 1.2 fetch POST"]
    );
}
