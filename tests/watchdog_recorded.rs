//! The watchdog against the rhythms of real servers, as they were recorded: in full, from anywhere, faster and
//! slower, with a page that sleeps or looks rarely.
#![cfg(not(target_arch = "wasm32"))]

use graphql_lifeline::time::{Instant, Now, Span, Wall};
use graphql_lifeline::watchdog::{Judgement, Limits, Watchdog};
use proptest::prelude::*;

const RECORDINGS: [&str; 4] = [
    include_str!("vectors/rhythms/graphql-sse.txt"),
    include_str!("vectors/rhythms/graphql-sse-busy.txt"),
    include_str!("vectors/rhythms/graphql-yoga.txt"),
    include_str!("vectors/rhythms/graphql-yoga-busy.txt"),
];
/// What their servers are set to.
const PERIOD_MS: u64 = 12_000;
/// As many beats make a rhythm, behind the one that comes with the head.
const LEARNED: usize = 5;

/// Milliseconds between beats, in percent of what was recorded.
fn pauses(recording: usize, percent: u64) -> Vec<Span> {
    let beats: Vec<u64> = RECORDINGS[recording]
        .lines()
        .map(|line| line.parse().expect("a line is a number"))
        .collect();
    assert!(beats.len() > 40, "ten minutes");
    let pause = |pair: &[u64]| Span::from_millis((pair[1] - pair[0]) * percent / 100);
    beats.windows(2).map(pause).collect()
}

/// A connection over which a recording is played.
struct Played {
    dog: Watchdog,
    now: Now,
    worst: Judgement,
}

impl Played {
    fn new() -> Self {
        let now = Now {
            monotonic: Instant::from_millis(10_000),
            wall: Wall::from_millis(1_800_000_000_000),
        };
        Self {
            dog: Watchdog::new(Limits::default(), now),
            now,
            worst: Judgement::Alive,
        }
    }

    fn pass(&mut self, span: Span) {
        self.now.monotonic = self.now.monotonic + span;
        self.now.wall = self.now.wall + span;
    }

    fn look(&mut self) {
        self.dog.look(self.now);
        match self.dog.judgement() {
            Judgement::Alive => {}
            Judgement::Suspect if self.worst == Judgement::Stalled => {}
            worst => self.worst = worst,
        }
    }

    /// Time passes with a look at each deadline, but not before `timer` lets the next one ring.
    fn wait(&mut self, span: Span, timer: Span) {
        let until = self.now.monotonic + span;
        while let Some(deadline) = self.dog.deadline() {
            let at = deadline.max(self.now.monotonic + timer);
            if at > until {
                break;
            }
            self.pass(at.since(self.now.monotonic));
            self.look();
        }
        self.pass(until.since(self.now.monotonic));
    }

    fn beat(&mut self) {
        self.dog.beat(self.now);
    }
}

/// A timer that rings on time.
const PROMPT: Span = Span::from_millis(1);

#[test]
fn what_was_recorded_is_never_a_stall_and_undisturbed_never_suspect() {
    for (recording, name) in ["graphql-sse", "its page busy", "graphql-yoga", "busy"]
        .iter()
        .enumerate()
    {
        let mut played = Played::new();
        played.beat();
        for pause in pauses(recording, 100) {
            played.wait(pause, PROMPT);
            played.beat();
        }
        assert_eq!(played.worst, Judgement::Alive, "{name}");
    }
}

/// What interrupts the page, ahead of a beat.
#[derive(Clone, Debug)]
enum Absence {
    /// Nothing runs for so long; the beats are heard on return.
    Frozen(u64),
    /// The laptop sleeps, and the monotonic clock with it.
    Asleep(u64),
}

fn absence() -> impl Strategy<Value = Absence> {
    prop_oneof![
        (0..40_000_000u64).prop_map(Absence::Frozen),
        (0..40_000_000u64).prop_map(Absence::Asleep),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_recorded_rhythm_is_never_a_stall_whatever_befalls_the_page(
        recording in 0..RECORDINGS.len(),
        percent in 10..600u64,
        from in 0..30usize,
        // A hidden page's timers ring once a second, or once a minute.
        timer in prop::sample::select(vec![1u64, 1_000, 60_000]),
        absences in prop::collection::btree_map(0..50usize, absence(), 0..4),
    ) {
        let mut played = Played::new();
        played.beat();
        for (at, pause) in pauses(recording, percent).into_iter().enumerate().skip(from) {
            match absences.get(&at) {
                Some(Absence::Frozen(ms)) => {
                    played.pass(Span::from_millis(*ms));
                    played.look();
                }
                Some(Absence::Asleep(ms)) => {
                    played.now.wall = played.now.wall + Span::from_millis(*ms);
                    played.look();
                }
                None => {}
            }
            played.wait(pause, Span::from_millis(timer));
            played.beat();
            prop_assert_ne!(played.worst, Judgement::Stalled);
        }
    }

    #[test]
    fn a_recorded_rhythm_that_stops_is_noticed_in_a_bounded_time(
        recording in 0..RECORDINGS.len(),
        percent in 10..600u64,
        from in 0..30usize,
        length in LEARNED..18usize,
    ) {
        let mut played = Played::new();
        played.beat();
        for pause in pauses(recording, percent).into_iter().skip(from).take(length) {
            played.wait(pause, PROMPT);
            played.beat();
        }
        // A page that is blocked hears beats up to half an interval apart from their time.
        let bound = Span::from_millis(PERIOD_MS * percent / 100 * 5).max(Span::from_secs(11));
        played.wait(bound, PROMPT);
        prop_assert_eq!(played.worst, Judgement::Stalled);
    }
}
