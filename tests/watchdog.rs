//! Silence, and what is made of it: with clocks that run, and with some that do not.
#![cfg(not(target_arch = "wasm32"))]

use graphql_lifeline::time::{Instant, Now, Span, Wall};
use graphql_lifeline::watchdog::{Judgement, Limits, QUIET, Verdict, Watchdog};
use proptest::prelude::*;

const SECOND: Span = Span::from_secs(1);

const fn secs(seconds: u64) -> Span {
    Span::from_secs(seconds)
}

const HOUR: Span = Span::from_secs(3600);
const AUTO: Limits = Limits {
    silence: None,
    probe: None,
    pong: None,
};

fn start() -> Now {
    Now {
        monotonic: Instant::from_millis(10_000),
        wall: Wall::from_millis(1_800_000_000_000),
    }
}

/// A connection in virtual time.
struct Watched {
    dog: Watchdog,
    now: Now,
    said: Vec<Verdict>,
}

impl Watched {
    fn new(limits: Limits) -> Self {
        Self {
            dog: Watchdog::new(limits, start()),
            now: start(),
            said: vec![],
        }
    }

    /// Time passes, with a look at each deadline on the way.
    fn awake(&mut self, duration: Span) {
        let until = self.now.monotonic + duration;
        let mut looks = 0;
        while let Some(deadline) = self.dog.deadline().filter(|&at| at <= until) {
            self.asleep(deadline.since(self.now.monotonic));
            self.look();
            looks += 1;
            assert!(looks < 10_000, "it looks and looks and decides nothing");
        }
        self.asleep(until.since(self.now.monotonic));
    }

    /// Time passes, and nobody looks.
    fn asleep(&mut self, duration: Span) {
        self.now.monotonic = self.now.monotonic + duration;
        self.now.wall = self.now.wall + duration;
    }

    /// Time passes that the monotonic clock does not count, as in the sleep of some laptops.
    fn suspended(&mut self, duration: Span) {
        self.now.wall = self.now.wall + duration;
    }

    fn look(&mut self) {
        let verdict = self.dog.look(self.now);
        if verdict != Verdict::Same {
            self.said.push(verdict);
        }
    }

    /// The server beats by the clock.
    fn beats(&mut self, count: u32, interval: Span) {
        for _ in 0..count {
            self.awake(interval);
            self.dog.beat(self.now);
        }
    }

    fn judgement(&self) -> Judgement {
        self.dog.judgement()
    }
}

/// The complaint: a client's timer takes a quiet server for a dead one.
#[test]
fn a_healthy_chat_that_is_quiet_for_an_hour_is_not_touched() {
    let mut watched = Watched::new(AUTO);
    watched.awake(HOUR);
    assert_eq!(watched.said, [Verdict::Turned(Judgement::Suspect)]);
    watched.dog.result(watched.now);
    assert_eq!(watched.judgement(), Judgement::Alive);
}

#[test]
fn a_heartbeat_that_stops_is_a_stall() {
    let mut watched = Watched::new(AUTO);
    watched.beats(4, secs(12));
    watched.awake(secs(23));
    assert_eq!(watched.judgement(), Judgement::Alive);
    watched.awake(secs(2));
    assert_eq!(watched.judgement(), Judgement::Suspect);
    watched.awake(secs(12));
    assert_eq!(watched.judgement(), Judgement::Stalled);
}

#[test]
fn three_beats_are_no_rhythm_yet() {
    let mut watched = Watched::new(AUTO);
    watched.beats(3, secs(12));
    watched.awake(HOUR);
    assert_eq!(watched.judgement(), Judgement::Suspect);
}

#[test]
fn a_burst_of_comments_at_the_beginning_is_no_rhythm() {
    let mut watched = Watched::new(AUTO);
    watched.beats(20, Span::from_millis(20));
    watched.awake(HOUR);
    assert_eq!(watched.judgement(), Judgement::Suspect);
}

#[test]
fn a_server_that_beats_only_in_silence_has_a_rhythm_too() {
    let mut watched = Watched::new(AUTO);
    for _ in 0..6 {
        watched.beats(2, secs(15));
        watched.awake(secs(4));
        watched.dog.result(watched.now);
    }
    watched.awake(secs(46));
    assert_eq!(watched.judgement(), Judgement::Stalled);
}

#[test]
fn silence_that_the_application_forbids_is_a_stall_without_any_rhythm() {
    let mut watched = Watched::new(Limits {
        silence: Some(secs(30)),
        ..AUTO
    });
    watched.awake(secs(29));
    assert_eq!(watched.judgement(), Judgement::Suspect);
    watched.awake(SECOND);
    assert_eq!(watched.judgement(), Judgement::Stalled);
}

#[test]
fn a_sign_of_life_makes_up_for_everything() {
    let mut watched = Watched::new(AUTO);
    watched.beats(5, secs(12));
    watched.awake(secs(30));
    assert_eq!(watched.judgement(), Judgement::Suspect);
    assert_eq!(
        watched.dog.sign(watched.now),
        Verdict::Turned(Judgement::Alive)
    );
    watched.awake(secs(23));
    assert_eq!(watched.judgement(), Judgement::Alive);
}

/// The complaint: after a sleep every connection is torn down, or none ever is.
#[test]
fn a_sleep_is_no_stall_and_what_died_in_it_is_found_out() {
    for by_wall_alone in [false, true] {
        let mut watched = Watched::new(AUTO);
        watched.beats(5, secs(12));
        let sleep = HOUR * 8;
        if by_wall_alone {
            watched.suspended(sleep);
        } else {
            watched.asleep(sleep);
        }
        watched.look();
        assert_ne!(watched.judgement(), Judgement::Stalled, "by the jump alone");
        let mut dead = Watched {
            dog: watched.dog.clone(),
            now: watched.now,
            said: vec![],
        };
        watched.beats(3, secs(12));
        assert_eq!(watched.judgement(), Judgement::Alive);
        dead.awake(secs(60));
        assert_eq!(dead.judgement(), Judgement::Stalled, "nothing was heard");
    }
}

#[test]
fn timers_that_ring_once_a_minute_neither_see_a_stall_nor_miss_one() {
    let mut watched = Watched::new(AUTO);
    watched.beats(5, secs(12));
    // Hidden: the network goes on, timers come late.
    for second in 1..=600 {
        watched.asleep(SECOND);
        if second % 12 == 0 {
            watched.dog.beat(watched.now);
        }
        if second % 60 == 59 {
            watched.look();
        }
    }
    assert_eq!(watched.judgement(), Judgement::Alive);
    for _ in 0..3 {
        watched.asleep(secs(60));
        watched.look();
    }
    assert_eq!(watched.judgement(), Judgement::Stalled);
}

const PROBED: Limits = Limits {
    silence: None,
    probe: Some(Span::from_secs(5)),
    pong: None,
};

/// The complaint: heartbeats of something in between hide that the source is gone.
#[test]
fn a_probe_is_asked_though_heartbeats_go_on() {
    let mut watched = Watched::new(PROBED);
    watched.beats(5, secs(12));
    assert_eq!(watched.said, [Verdict::Probe]);
    watched.dog.probed(watched.now, Some(false));
    watched.beats(1, SECOND);
    watched.awake(SECOND);
    assert_eq!(watched.judgement(), Judgement::Stalled);
}

/// The probe's answer comes by another connection than the result, and may be faster.
#[test]
fn a_no_that_overtook_the_result_it_missed_is_belied_by_it() {
    let mut watched = Watched::new(PROBED);
    watched.beats(5, secs(12));
    watched.said.clear();
    watched
        .said
        .push(watched.dog.probed(watched.now, Some(false)));
    watched.awake(Span::from_millis(900));
    watched.dog.result(watched.now);
    watched.awake(secs(20));
    assert_eq!(watched.said, [Verdict::Same]);
    assert_eq!(watched.judgement(), Judgement::Alive);
}

#[test]
fn a_probe_that_says_yes_is_asked_again_after_as_long() {
    let mut watched = Watched::new(PROBED);
    for _ in 0..3 {
        watched.awake(QUIET);
        assert!(watched.said.contains(&Verdict::Probe));
        watched.said.clear();
        watched.dog.probed(watched.now, Some(true));
        assert_eq!(watched.judgement(), Judgement::Alive);
    }
}

#[test]
fn a_probe_without_an_answer_is_a_no_and_one_that_cannot_run_is_nothing() {
    let mut watched = Watched::new(PROBED);
    watched.awake(QUIET + secs(5));
    assert_eq!(watched.judgement(), Judgement::Stalled);

    let mut watched = Watched::new(PROBED);
    watched.awake(QUIET + SECOND);
    watched.dog.probed(watched.now, None);
    watched.awake(secs(30));
    assert_ne!(watched.judgement(), Judgement::Stalled);
}

#[test]
fn a_probe_that_was_frozen_is_asked_again() {
    let mut watched = Watched::new(PROBED);
    watched.awake(QUIET + SECOND);
    watched.asleep(HOUR);
    watched.said.clear();
    watched.look();
    assert_eq!(watched.said, [Verdict::Probe]);
    assert_ne!(watched.judgement(), Judgement::Stalled);
}

/// What happens to a healthy connection.
#[derive(Clone, Debug)]
enum Act {
    /// The server beats, so early or late (in percent of its rhythm).
    Beat(u32),
    /// A result comes after this part of the rhythm.
    Result(u32),
    /// The page is frozen for this long; what came meanwhile is heard on return.
    Freeze(u64),
    /// The laptop sleeps, and the monotonic clock with it.
    Suspend(u64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        12 => (70..130u32).prop_map(Act::Beat),
        1 => (130..250u32).prop_map(Act::Beat),
        4 => (1..90u32).prop_map(Act::Result),
        1 => (0..10_000_000u64).prop_map(Act::Freeze),
        1 => (0..10_000_000u64).prop_map(Act::Suspend),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn no_rhythm_with_its_late_beats_and_sleeps_is_ever_a_stall(
        period in 500..60_000u64,
        acts in prop::collection::vec(act(), 1..60),
    ) {
        let period = Span::from_millis(period);
        let mut watched = Watched::new(AUTO);
        watched.beats(4, period);
        for act in acts {
            match act {
                Act::Beat(percent) => {
                    watched.awake(Span::from_millis(period.as_millis() * u64::from(percent) / 100));
                    watched.dog.beat(watched.now);
                }
                Act::Result(percent) => {
                    watched.awake(Span::from_millis(period.as_millis() * u64::from(percent) / 100));
                    watched.dog.result(watched.now);
                }
                Act::Freeze(ms) => {
                    watched.asleep(Span::from_millis(ms));
                    watched.look();
                    watched.dog.beat(watched.now);
                }
                Act::Suspend(ms) => {
                    watched.suspended(Span::from_millis(ms));
                    watched.look();
                }
            }
            prop_assert_ne!(watched.judgement(), Judgement::Stalled);
        }
    }

    #[test]
    fn a_rhythm_that_stops_is_noticed_in_a_bounded_time(
        // An early beat of a faster one would count as one with the beat before it.
        period in 750..60_000u64,
        percents in prop::collection::vec(70..130u32, 4..40),
    ) {
        let period = Span::from_millis(period);
        let mut watched = Watched::new(AUTO);
        for percent in percents {
            watched.awake(Span::from_millis(period.as_millis() * u64::from(percent) / 100));
            watched.dog.beat(watched.now);
        }
        let bound = Span::from_millis(period.as_millis() * 4).max(secs(11));
        watched.awake(bound);
        prop_assert_eq!(watched.judgement(), Judgement::Stalled);
    }
}
