//! Silence on an open connection: when it is told, and when the connection is replaced.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use graphql_lifeline::config::{Options, Stall};
use graphql_lifeline::document::Kind;
use graphql_lifeline::io::{News, OpId, State};
use graphql_lifeline::watchdog::Limits;
use support::driver::{Driver, default_client, ms, request, subscription};

const BEAT: &str = ":\n\n";
const NEXT: &str = "event: next\ndata: {\"data\":1}\n\n";

fn live(mut driver: Driver) -> (Driver, OpId) {
    let op = driver.subscribe(subscription());
    driver.open(op);
    driver.take();
    (driver, op)
}

fn watched(limits: Limits) -> (Driver, OpId) {
    live(Driver::new(&Options {
        stall: Some(Stall::Watch(limits)),
        ..Options::default()
    }))
}

fn beats(driver: &mut Driver, op: OpId, count: usize) {
    for _ in 0..count {
        driver.advance(ms(12_000));
        driver.bytes(op, BEAT);
    }
}

fn state(driver: &Driver, op: OpId) -> State {
    driver.client.operation_state(op)
}

/// Seen in the field: the stream dies in silence, and the page looks healthy for ever.
#[test]
fn a_heartbeat_that_stops_replaces_the_connection() {
    let (mut driver, op) = live(default_client());
    beats(&mut driver, op, 5);
    assert_eq!(driver.told(), [""; 0]);
    driver.advance(ms(24_000));
    assert_eq!(driver.told(), ["stall 1 suspect since 60000 ms"]);
    assert_eq!(state(&driver, op), State::Suspect);
    driver.advance(ms(12_000));
    assert_eq!(
        driver.told(),
        [
            "stall 1 stalled since 60000 ms",
            "close 1.1",
            "retry 1 #0 timeout",
        ]
    );
    driver.advance_to_deadline();
    driver.open(op);
    assert_eq!(
        driver.told(),
        [
            "open 1.2 fetch POST",
            "read 1.2",
            "connected 1.2 fetch again",
            "gap 1 stalled since 60000 ms",
        ]
    );
}

#[test]
fn a_sign_of_life_ends_the_suspicion() {
    let (mut driver, op) = live(default_client());
    driver.advance(ms(60_000));
    driver.take();
    driver.bytes(op, NEXT);
    assert_eq!(
        driver.take(),
        [
            "state 1 live",
            "stall 1 alive since 60000 ms",
            "next 1 {\"data\":1}",
            "client suspect -> live",
        ]
    );
}

#[test]
fn silence_that_is_forbidden_replaces_the_connection() {
    let (mut driver, op) = watched(Limits {
        silence: Some(ms(5_000)),
        probe: None,
        pong: None,
    });
    driver.advance(ms(5_000));
    assert_eq!(state(&driver, op), State::Waiting);
}

const PROBED: Limits = Limits {
    silence: Some(ms(20_000)),
    probe: Some(ms(5_000)),
    pong: None,
};

#[test]
fn a_probe_that_says_no_replaces_the_connection() {
    let (mut driver, op) = watched(PROBED);
    for _ in 0..5 {
        driver.advance(ms(4_000));
        driver.bytes(op, BEAT);
    }
    assert_eq!(driver.told(), ["probe 1.1"]);
    driver.news(op, News::Probed(Some(false)));
    driver.advance(ms(1_000));
    assert_eq!(
        driver.told(),
        [
            "stall 1 stalled since 20000 ms",
            "close 1.1",
            "retry 1 #0 timeout",
        ]
    );
}

#[test]
fn a_probe_that_says_yes_keeps_it_and_one_that_cannot_run_proves_nothing() {
    let (mut driver, op) = watched(PROBED);
    for answer in [Some(true), None, Some(true)] {
        for _ in 0..5 {
            driver.advance(ms(4_000));
            driver.bytes(op, BEAT);
        }
        assert_eq!(driver.told(), ["probe 1.1"]);
        driver.news(op, News::Probed(answer));
    }
    assert_eq!(state(&driver, op), State::Live);
}

/// The silence ends, the probe begins, and it never answers: nobody else would look again.
#[test]
fn a_probe_of_a_silent_connection_that_never_answers_replaces_it() {
    for (limits, silence) in [
        (PROBED, 20_000),
        (
            Limits {
                silence: None,
                ..PROBED
            },
            60_000,
        ),
    ] {
        let (mut driver, op) = watched(limits);
        driver.advance(ms(silence));
        assert!(driver.told().contains(&"probe 1.1".into()));
        driver.advance(ms(4_999));
        assert_ne!(state(&driver, op), State::Waiting);
        driver.advance(ms(1));
        assert_eq!(state(&driver, op), State::Waiting);
    }
}

/// What the probe says counts for more than the silence that made one ask.
#[test]
fn a_silent_connection_is_kept_as_long_as_its_probe_says_yes() {
    let (mut driver, op) = watched(PROBED);
    for _ in 0..5 {
        driver.advance(ms(20_000));
        assert!(driver.told().contains(&"probe 1.1".into()));
        driver.news(op, News::Probed(Some(true)));
        driver.take();
    }
    assert_eq!(state(&driver, op), State::Live);
    driver.advance(ms(20_000));
    driver.news(op, News::Probed(None));
    driver.advance(ms(1));
    assert_eq!(state(&driver, op), State::Waiting);
}

#[test]
fn switched_off_nothing_is_watched() {
    let (mut driver, op) = live(Driver::new(&Options {
        stall: Some(Stall::Off),
        ..Options::default()
    }));
    beats(&mut driver, op, 5);
    driver.advance(ms(86_400_000));
    assert_eq!(driver.take(), [""; 0]);
}

/// What must not be sent again is told, and left alone.
#[test]
fn a_side_effect_is_never_replaced() {
    let mut driver = default_client();
    let op = driver.subscribe(request(Kind::Mutation));
    driver.open(op);
    beats(&mut driver, op, 5);
    driver.take();
    driver.advance(ms(3_600_000));
    assert_eq!(
        driver.told(),
        [
            "stall 1 suspect since 60000 ms",
            "stall 1 stalled since 60000 ms",
        ]
    );
    assert_eq!(driver.attempt(op), 1);
    driver.bytes(op, NEXT);
    assert_eq!(
        driver.told(),
        ["stall 1 alive since 3660000 ms", "next 1 {\"data\":1}"]
    );
}
