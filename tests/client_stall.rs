//! Silence on an open connection: when it is told, and when the connection is replaced.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use graphql_lifeline::config::{Method, Options, Stall};
use graphql_lifeline::document::Kind;
use graphql_lifeline::io::{News, OpId, State};
use graphql_lifeline::watchdog::Limits;
use support::driver::{Driver, default_client, ms, request, subscription, unhindered};

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

/// The complaint: a chat that dies in silence is not even suspect, since each result interrupts the rhythm.
#[test]
fn a_busy_stream_that_dies_is_suspect_and_replaced() {
    let (mut driver, op) = live(default_client());
    // Comments every 2 s, a result every 0.9 s.
    for tenth in 1..=300 {
        driver.advance(ms(100));
        match (tenth % 20, tenth % 9) {
            (0, _) => driver.bytes(op, BEAT),
            (_, 0) => driver.bytes(op, NEXT),
            _ => {}
        }
    }
    driver.take();
    driver.advance(ms(6_666));
    assert_eq!(driver.told(), ["stall 1 suspect since 30000 ms"]);
    driver.advance(ms(3_334));
    assert_eq!(
        driver.told(),
        [
            "stall 1 stalled since 30000 ms",
            "close 1.1",
            "retry 1 #0 timeout",
        ]
    );
}

/// A stream with a rhythm of 12 s was replaced, and the next one is open.
fn replaced(mut driver: Driver, op: OpId) -> Driver {
    beats(&mut driver, op, 5);
    driver.advance(ms(36_000));
    assert_eq!(state(&driver, op), State::Waiting);
    reopen(&mut driver, op);
    driver
}

fn reopen(driver: &mut Driver, op: OpId) {
    while state(driver, op) != State::Connecting {
        driver.advance_to_deadline();
    }
    driver.open(op);
    driver.take();
}

fn stalls(driver: &mut Driver) -> bool {
    let told = driver.told();
    told.iter().any(|line| line.contains(" stalled since "))
}

#[test]
fn a_new_connection_inherits_the_rhythm_until_two_in_a_row_have_not_shown_a_beat() {
    let (driver, op) = live(default_client());
    let mut driver = replaced(driver, op);
    for _ in 0..2 {
        driver.advance(ms(35_999));
        assert_eq!(state(&driver, op), State::Suspect);
        driver.advance(ms(1));
        assert!(stalls(&mut driver));
        reopen(&mut driver, op);
    }
    driver.advance(ms(3_600_000));
    assert_eq!(state(&driver, op), State::Suspect);
    // What beats again is learned again.
    beats(&mut driver, op, 5);
    driver.advance(ms(36_000));
    assert!(stalls(&mut driver));
    reopen(&mut driver, op);
    driver.advance(ms(36_000));
    assert!(stalls(&mut driver));
}

#[test]
fn as_long_as_each_shows_a_beat_the_rhythm_is_inherited() {
    let (driver, op) = live(default_client());
    let mut driver = replaced(driver, op);
    for _ in 0..6 {
        beats(&mut driver, op, 1);
        driver.take();
        driver.advance(ms(36_000));
        assert!(stalls(&mut driver));
        reopen(&mut driver, op);
    }
}

#[test]
fn an_operation_inherits_what_another_has_learned_and_those_that_stall_together_are_one() {
    let (mut driver, first) = live(Driver::new(&unhindered()));
    beats(&mut driver, first, 5);
    let others = [(); 3].map(|()| driver.subscribe(subscription()));
    for op in others {
        driver.open(op);
    }
    for _ in 0..3 {
        beats(&mut driver, first, 1);
    }
    for op in others {
        assert_eq!(state(&driver, op), State::Waiting);
        driver.dispose(op);
    }
    beats(&mut driver, first, 1);
    let late = driver.subscribe(subscription());
    driver.open(late);
    driver.advance(ms(36_000));
    assert_eq!(state(&driver, late), State::Waiting);
}

/// EventSource hides comments: what it shows is another rhythm.
#[test]
fn neither_of_fetch_and_eventsource_inherits_from_the_other() {
    let ping = || News::Event {
        name: "ping",
        text: String::new(),
        bytes: 0,
    };
    let mut driver = Driver::new(&Options {
        method: Some(Method::Get),
        fall_forward: Some(false),
        ..Options::default()
    });
    let op = driver.subscribe(subscription());
    driver.news(op, News::Open);
    for _ in 0..5 {
        driver.advance(ms(12_000));
        driver.news(op, ping());
    }
    // The next fails before it is open, and fetch takes over.
    driver.fail(op);
    while state(&driver, op) != State::Connecting {
        driver.advance_to_deadline();
    }
    driver.fail(op);
    driver.open(op);
    let told = driver.take().join("\n");
    assert!(told.contains("connected 1.3 fetch"), "{told}");
    driver.advance(ms(59_999));
    assert_eq!(state(&driver, op), State::Live);
    driver.advance(ms(3_600_000));
    assert_eq!(state(&driver, op), State::Suspect);
    // It learns on its own; EventSource knows only what EventSource has shown.
    for _ in 0..5 {
        driver.advance(ms(30_000));
        driver.bytes(op, BEAT);
    }
    driver.end(op);
    while state(&driver, op) != State::Connecting {
        driver.advance_to_deadline();
    }
    driver.take();
    driver.news(op, News::Open);
    let told = driver.take().join("\n");
    assert!(told.contains("eventsource again"), "{told}");
    driver.advance(ms(36_000));
    assert!(stalls(&mut driver));
}
