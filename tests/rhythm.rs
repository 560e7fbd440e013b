//! Servers that beat by the clock and servers that beat only after silence, busy and quiet: none that is well is cut,
//! and one that has died is found out.
#![cfg(not(target_arch = "wasm32"))]

use graphql_lifeline::config::Transport;
use graphql_lifeline::rhythm::Rhythms;
use graphql_lifeline::time::{Instant, Now, Span, Wall};
use graphql_lifeline::watchdog::{Judgement, Limits, Watchdog};
use proptest::prelude::*;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// When a server beats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Every so often, whatever else it sends.
    Clock,
    /// So long after the last thing that it sent, as `withLifeline` does.
    Silence,
}

const KINDS: [Kind; 2] = [Kind::Clock, Kind::Silence];
const PERIODS: [u64; 4] = [SECOND, 2 * SECOND, 12 * SECOND, 30 * SECOND];
/// Milliseconds between results, again and again.
const TRAFFIC: [(&str, &[u64]); 5] = [
    ("quiet", &[HOUR]),
    ("a chat", &[900]),
    ("a ticker", &[7_500]),
    ("a ticker that keeps time with the beats", &[500]),
    (
        "people",
        &[
            400, 3_100, 900, 14_000, 250, 6_200, 31_000, 1_700, 2_500, 45_000, 800, 19_000,
        ],
    ),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Beat,
    Result,
}

/// When a sign of life is heard, in milliseconds from the beginning.
type Heard = (u64, Sign);

/// What a server sends that is well.
fn sent(kind: Kind, period: u64, results: impl Iterator<Item = u64>, until: u64) -> Vec<Heard> {
    let (mut signs, mut beat) = (vec![], period);
    let beats = |beat: &mut u64, until: u64, signs: &mut Vec<Heard>| {
        while *beat <= until {
            signs.push((*beat, Sign::Beat));
            *beat += period;
        }
    };
    for at in results.take_while(|&at| at <= until) {
        beats(&mut beat, at, &mut signs);
        signs.push((at, Sign::Result));
        if kind == Kind::Silence {
            beat = at + period;
        }
    }
    beats(&mut beat, until, &mut signs);
    signs
}

fn moments(gaps: impl Iterator<Item = u64>) -> impl Iterator<Item = u64> {
    gaps.scan(0, |at, gap| {
        *at += gap;
        Some(*at)
    })
}

/// Only beats, each after so much.
fn beats(gaps: &[u64]) -> Vec<Heard> {
    let times = moments(gaps.iter().copied());
    times.map(|at| (at, Sign::Beat)).collect()
}

fn count_beats(signs: &[Heard]) -> usize {
    signs.iter().filter(|(_, sign)| *sign == Sign::Beat).count()
}

/// A connection over which signs of life come.
struct Connection {
    dog: Watchdog,
    now: Now,
    began: Instant,
    heard: Instant,
    worst: Judgement,
}

impl Connection {
    fn new(rhythms: &Rhythms) -> Self {
        let now = Now {
            monotonic: Instant::from_millis(10_000),
            wall: Wall::from_millis(1_800_000_000_000),
        };
        let heritage = rhythms.heritage(Transport::Fetch);
        Self {
            dog: Watchdog::inherit(Limits::default(), heritage, now),
            now,
            began: now.monotonic,
            heard: now.monotonic,
            worst: Judgement::Alive,
        }
    }

    fn pass(&mut self, span: Span) {
        self.now.monotonic = self.now.monotonic + span;
        self.now.wall = self.now.wall + span;
    }

    /// Time passes with a look at each deadline, until it is stalled.
    fn wait(&mut self, until: Instant) {
        while let Some(at) = self.dog.deadline().filter(|&at| at <= until) {
            self.pass(at.since(self.now.monotonic));
            self.dog.look(self.now);
            match self.dog.judgement() {
                Judgement::Alive => {}
                Judgement::Suspect if self.worst == Judgement::Stalled => {}
                worst => self.worst = worst,
            }
            if self.worst == Judgement::Stalled {
                return;
            }
        }
        self.pass(until.since(self.now.monotonic));
    }

    fn hear(&mut self, signs: &[Heard]) {
        for &(at, sign) in signs {
            self.wait(self.began + Span::from_millis(at));
            // A piece of the stream, and then what is in it.
            self.dog.sign(self.now);
            match sign {
                Sign::Beat => self.dog.beat(self.now),
                Sign::Result => self.dog.result(self.now),
            };
            self.heard = self.now.monotonic;
        }
    }

    /// Nothing comes any more. How much silence is it until that is known?
    fn die(&mut self) -> Option<u64> {
        self.wait(self.now.monotonic + Span::from_millis(HOUR));
        let silence = self.now.monotonic.since(self.heard).as_millis();
        (self.worst == Judgement::Stalled).then_some(silence)
    }
}

fn heard(signs: &[Heard]) -> Connection {
    let mut connection = Connection::new(&Rhythms::default());
    connection.hear(signs);
    connection
}

fn bound(period: u64) -> u64 {
    (3 * period).max(10 * SECOND)
}

/// The complaint: each result interrupts the rhythm, so that a busy stream that dies is not even suspect.
#[test]
fn a_chat_with_comments_every_2_s_that_dies_is_stalled_after_10_s() {
    let results = moments(std::iter::repeat(900));
    let mut chat = heard(&sent(Kind::Clock, 2 * SECOND, results, MINUTE));
    assert_eq!(chat.worst, Judgement::Alive);
    assert_eq!(chat.die(), Some(10 * SECOND));
}

#[test]
fn none_that_is_well_is_even_suspect_however_busy_it_was_before() {
    for (kind, period, (traffic, gaps)) in all() {
        let results = moments(gaps.iter().copied().cycle());
        let mut signs = sent(
            kind,
            period,
            results.take_while(|&at| at < 10 * MINUTE),
            12 * MINUTE,
        );
        // It gets busy again.
        let results = moments(gaps.iter().copied().cycle()).take_while(|&at| at < 10 * MINUTE);
        signs.extend(
            sent(kind, period, results, 12 * MINUTE)
                .into_iter()
                .map(|(at, sign)| (at + 12 * MINUTE, sign)),
        );
        let connection = heard(&signs);
        let known = "a minute's silence where none is known";
        assert_eq!(
            connection.worst,
            Judgement::Alive,
            "{kind:?} {period} {traffic}, {known}"
        );
    }
}

#[test]
fn one_that_dies_is_found_out_in_time_wherever_it_is() {
    for (kind, period, (traffic, gaps)) in all() {
        let results = moments(gaps.iter().copied().cycle()).take_while(|&at| at < 10 * MINUTE);
        let signs = sent(kind, period, results, 12 * MINUTE);
        for end in (1..signs.len()).step_by(7) {
            // The first and three more are a rhythm.
            if count_beats(&signs[..end]) < 4 {
                continue;
            }
            let silence = heard(&signs[..end]).die();
            let what = format!("{kind:?} {period} {traffic}: {silence:?}, after {end}");
            assert!(silence.is_some_and(|it| it <= bound(period)), "{what}");
            assert!(silence.is_some_and(|it| it >= 2 * period), "{what}");
        }
    }
}

fn all() -> impl Iterator<Item = (Kind, u64, (&'static str, &'static [u64]))> {
    KINDS.into_iter().flat_map(|kind| {
        let periods = PERIODS.into_iter();
        periods.flat_map(move |period| {
            TRAFFIC
                .into_iter()
                .map(move |traffic| (kind, period, traffic))
        })
    })
}

/// Both fit where results come every 20 s and a beat 12 s after each: the longer holds.
#[test]
fn a_rhythm_that_may_be_either_is_the_longer_one() {
    let results = moments(std::iter::repeat(20 * SECOND));
    let mut either = heard(&sent(Kind::Silence, 12 * SECOND, results, 10 * MINUTE));
    assert_eq!(either.worst, Judgement::Alive);
    assert_eq!(either.die(), Some(60 * SECOND));
}

#[test]
fn results_alone_are_no_rhythm() {
    let results: Vec<Heard> = (1..1_000).map(|n| (n * 900, Sign::Result)).collect();
    let mut connection = heard(&results);
    assert_eq!(connection.die(), None);
    assert_eq!(connection.worst, Judgement::Suspect);
}

#[test]
fn a_burst_of_beats_at_the_beginning_is_no_rhythm() {
    for apart in [0, 1, 20, 100, 400] {
        for count in [5, 20, 24] {
            let mut gaps = vec![apart; count];
            gaps.extend([30 * SECOND; 20]);
            let mut connection = heard(&beats(&gaps));
            assert_eq!(
                connection.worst,
                Judgement::Alive,
                "{count} each {apart} ms"
            );
            assert_eq!(connection.die(), Some(90 * SECOND));
        }
    }
}

#[test]
fn beats_that_never_stop_to_burst_are_a_rhythm_after_all() {
    let mut connection = heard(&beats(&[100; 400]));
    assert_eq!(connection.die(), Some(10 * SECOND));
}

/// A proxy holds back what comes, until its buffer is full.
fn held_up(signs: &[Heard], flushes: impl Iterator<Item = u64>) -> Vec<Heard> {
    let (mut flushed, mut from) = (vec![], 0);
    for flush in flushes {
        let until = signs.partition_point(|(at, _)| *at <= flush);
        flushed.extend(signs[from..until].iter().map(|(_, sign)| (flush, *sign)));
        from = until;
    }
    flushed
}

#[test]
fn beats_in_bundles_held_up_by_a_proxy_are_no_stall() {
    for (kind, period, (traffic, gaps)) in all() {
        let results = moments(gaps.iter().copied().cycle());
        let signs = sent(kind, period, results, 20 * MINUTE);
        let flushes = [15, 25, 8, 19, 30, 4, 28, 11, 2, 2, 3, 1, 32, 21].map(|secs| secs * SECOND);
        let bundles = held_up(&signs, moments(flushes.into_iter().cycle().take(60)));
        let connection = heard(&bundles);
        assert_ne!(
            connection.worst,
            Judgement::Stalled,
            "{kind:?} {period} {traffic}"
        );
    }
}

/// A clock that is late and early, which nothing but the silence of the last beats tells from one that beats after it.
#[test]
fn results_that_keep_time_with_unsteady_beats_are_no_rhythm() {
    let unsteady = [24, 17, 31, 24, 16, 32, 20, 28].map(|secs| secs * SECOND);
    let beats: Vec<u64> = moments(unsteady.into_iter().cycle().take(32)).collect();
    let rare = |beat: u64| vec![beat - 14 * SECOND, beat - 2 * SECOND];
    let dense = |beat: u64| (0..320).filter_map(|n| beat.checked_sub(n * 100)).collect();
    for results in [&rare as &dyn Fn(u64) -> Vec<u64>, &dense] {
        let mut signs: Vec<Heard> = beats.iter().map(|&at| (at, Sign::Beat)).collect();
        // Then there is nothing more to say.
        for &beat in &beats[..20] {
            signs.extend(results(beat).into_iter().map(|at| (at, Sign::Result)));
        }
        signs.sort_by_key(|(at, _)| *at);
        assert_ne!(heard(&signs).worst, Judgement::Stalled);
    }
}

#[test]
fn a_rhythm_may_slow_down() {
    let mut gaps = vec![];
    for secs in [1, 2, 5, 9, 14, 30, 60, 100, 250, 600] {
        gaps.extend([secs * SECOND; 6]);
    }
    assert_ne!(heard(&beats(&gaps)).worst, Judgement::Stalled);
    let slower: Vec<u64> = (0..200).map(|n| SECOND + n * 250).collect();
    assert_eq!(heard(&beats(&slower)).worst, Judgement::Alive);
}

#[test]
fn a_rhythm_may_quicken_and_holds_after_eight_beats() {
    let mut gaps = vec![30 * SECOND; 12];
    gaps.extend([4 * SECOND; 8]);
    let mut connection = heard(&beats(&gaps));
    assert_eq!(connection.worst, Judgement::Alive);
    assert_eq!(connection.die(), Some(12 * SECOND));
}

/// Behind a load balancer, or with another version: the same stream beats otherwise.
#[test]
fn a_server_may_change_how_it_beats() {
    for (before, after) in [(Kind::Clock, Kind::Silence), (Kind::Silence, Kind::Clock)] {
        for period in PERIODS {
            for (traffic, gaps) in TRAFFIC {
                let results = || moments(gaps.iter().copied().cycle());
                let mut signs = sent(before, period, results(), 5 * MINUTE);
                let changed = sent(after, period, results(), 10 * MINUTE);
                signs.extend(changed.iter().map(|(at, sign)| (at + 5 * MINUTE, *sign)));
                let quiet = sent(after, period, std::iter::empty(), 10 * MINUTE);
                signs.extend(quiet.iter().map(|(at, sign)| (at + 15 * MINUTE, *sign)));
                let mut connection = heard(&signs);
                let what = format!("{before:?} to {after:?}, {period} {traffic}");
                assert_ne!(connection.worst, Judgement::Stalled, "{what}");
                assert_eq!(connection.die(), Some(bound(period)), "{what}");
            }
        }
    }
}

/// A rhythm of 12 s was learned.
fn learned() -> Rhythms {
    let mut rhythms = Rhythms::default();
    learn(&mut rhythms, 12 * SECOND);
    rhythms
}

fn learn(rhythms: &mut Rhythms, period: u64) {
    let mut connection = Connection::new(rhythms);
    connection.hear(&beats(&[period; 5]));
    rhythms.on_beat(Transport::Fetch, connection.dog.rhythm());
}

/// A connection that shows nothing, and is replaced once it has stalled.
fn waste(rhythms: &mut Rhythms) -> Option<u64> {
    let mut connection = Connection::new(rhythms);
    let silence = connection.die();
    if silence.is_some() {
        rhythms.on_stalled(Transport::Fetch, connection.dog.rhythm());
    }
    silence
}

#[test]
fn a_rhythm_is_inherited_until_two_in_a_row_have_stalled_without_a_beat() {
    let mut rhythms = learned();
    assert_eq!(waste(&mut rhythms), Some(36 * SECOND));
    assert_eq!(waste(&mut rhythms), Some(36 * SECOND));
    assert_eq!(waste(&mut rhythms), None);
    learn(&mut rhythms, 5 * SECOND);
    assert_eq!(waste(&mut rhythms), Some(15 * SECOND), "learned anew");
}

/// One that greets and then says nothing is no server that does not beat: it has died.
#[test]
fn one_beat_keeps_what_is_inherited_and_be_it_the_greeting() {
    for first_beat in [0, 10, 12 * SECOND] {
        let mut rhythms = learned();
        for _ in 0..5 {
            waste(&mut rhythms);
            let mut connection = Connection::new(&rhythms);
            connection.hear(&beats(&[first_beat]));
            rhythms.on_beat(Transport::Fetch, connection.dog.rhythm());
            assert_eq!(connection.die(), Some(36 * SECOND));
            rhythms.on_stalled(Transport::Fetch, connection.dog.rhythm());
        }
        assert_eq!(waste(&mut rhythms), Some(36 * SECOND));
    }
}

#[test]
fn what_came_late_since_nobody_was_awake_is_not_inherited() {
    for hours in [1, 8] {
        let mut rhythms = learned();
        let mut asleep = Connection::new(&rhythms);
        asleep.hear(&beats(&[12 * SECOND; 2]));
        asleep.pass(Span::from_millis(hours * HOUR));
        asleep.dog.look(asleep.now);
        let woken: Vec<Heard> = (0..12)
            .map(|n| (hours * HOUR + 30 * SECOND + n * 12 * SECOND, Sign::Beat))
            .collect();
        for sign in woken {
            asleep.hear(&[sign]);
            assert_ne!(asleep.worst, Judgement::Stalled);
            rhythms.on_beat(Transport::Fetch, asleep.dog.rhythm());
            assert_eq!(waste(&mut { rhythms }), Some(36 * SECOND));
        }
        assert_eq!(asleep.die(), Some(36 * SECOND));
    }
}

#[test]
fn those_that_stall_together_are_one_and_late_news_of_a_rhythm_is_dropped() {
    let mut rhythms = learned();
    let mut old = Connection::new(&rhythms);
    let mut together: Vec<_> = (0..5).map(|_| Connection::new(&rhythms)).collect();
    for connection in &mut together {
        assert!(connection.die().is_some());
        rhythms.on_stalled(Transport::Fetch, connection.dog.rhythm());
    }
    assert_eq!(
        waste(&mut rhythms),
        Some(36 * SECOND),
        "the second in a row"
    );
    // One of another server beats on.
    old.hear(&beats(&[12 * SECOND; 9]));
    rhythms.on_beat(Transport::Fetch, old.dog.rhythm());
    assert_eq!(waste(&mut rhythms), None);
}

#[test]
fn what_was_inherited_gives_way_to_what_is_learned() {
    let rhythms = learned();
    // Quicker, and slower.
    for period in [2 * SECOND, 30 * SECOND] {
        let mut connection = Connection::new(&rhythms);
        connection.hear(&beats(&[period; 3]));
        let inherited = 12 * SECOND;
        assert_eq!(
            connection.die(),
            Some(bound(inherited.max(period))),
            "three are no rhythm yet"
        );
        let mut connection = Connection::new(&rhythms);
        connection.hear(&beats(&[period; 20]));
        assert_ne!(connection.worst, Judgement::Stalled);
        assert_eq!(connection.die(), Some(bound(period)));
    }
}

/// Each silence is almost too long for what was inherited, and the next one is a bit longer.
#[test]
fn a_silence_that_ends_well_makes_more_patient() {
    let mut connection = Connection::new(&learned());
    connection.hear(&[(35 * SECOND, Sign::Result), (75 * SECOND, Sign::Result)]);
    assert_ne!(connection.worst, Judgement::Stalled);
    assert_eq!(connection.die(), Some(120 * SECOND));
}

#[test]
fn no_transport_inherits_from_another() {
    let rhythms = learned();
    let [others, fetch]: [Vec<_>; 2] = [
        vec![Transport::EventSource, Transport::WebSocket],
        vec![Transport::Fetch],
    ];
    for (transports, expected) in [(others, false), (fetch, true)] {
        for transport in transports {
            let mut connection = Connection::new(&rhythms);
            let heritage = rhythms.heritage(transport);
            connection.dog = Watchdog::inherit(Limits::default(), heritage, connection.now);
            assert_eq!(connection.die().is_some(), expected, "{transport:?}");
        }
    }
}

/// Each sign is heard so much later, in permille of the rhythm, and none before the one ahead of it.
fn delayed(signs: &[Heard], period: u64, delays: &[u64]) -> Vec<Heard> {
    let mut last = 0;
    let signs = signs.iter().zip(delays.iter().cycle());
    signs
        .map(|(&(at, sign), permille)| {
            last = (at + period * permille / 1_000).max(last);
            (last, sign)
        })
        .collect()
}

fn chat() -> impl Strategy<Value = (Kind, u64, Vec<Heard>)> {
    let kind = prop::sample::select(KINDS.to_vec());
    let gaps = prop::collection::vec(prop_oneof![10..1_000u64, 10..60_000u64], 0..150);
    let delays = prop::collection::vec(0..50u64, 1..40);
    (kind, 600..40_000u64, gaps, delays).prop_map(|(kind, period, gaps, delays)| {
        let until = gaps.iter().sum::<u64>() + 12 * period;
        let signs = sent(kind, period, moments(gaps.into_iter()), until);
        (kind, period, delayed(&signs, period, &delays))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn no_server_of_either_kind_is_ever_stalled_while_it_is_well((_, _, signs) in chat()) {
        prop_assert_ne!(heard(&signs).worst, Judgement::Stalled);
    }

    #[test]
    fn a_server_of_either_kind_that_dies_is_found_out((kind, period, signs) in chat(), end in any::<prop::sample::Index>()) {
        let signs = &signs[..=end.index(signs.len())];
        prop_assume!(count_beats(signs) >= 4);
        let times: Vec<u64> = signs.iter().filter(|(_, sign)| *sign == Sign::Beat).map(|(at, _)| *at).collect();
        let last = &times[times.len().saturating_sub(9)..];
        let between = last.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default();
        let late = period * 21 / 20;
        // By chance what people say may look like a clock.
        let longest = if kind == Kind::Clock { late } else { late.max(between) };
        let silence = heard(signs).die();
        prop_assert!(silence.is_some_and(|it| it <= bound(longest)), "{silence:?}");
    }
}
