//! The breaker against a tiny model that does everything the slow and obvious way.
#![cfg(not(target_arch = "wasm32"))]

use graphql_lifeline::breaker::{Admission, Breaker, Limits, Position, Ticket};
use graphql_lifeline::time::{Instant, Span};
use proptest::prelude::*;

const CONNECT: Span = Span::from_secs(15);

/// What a breaker should do, told by its whole history.
struct Model {
    limits: Limits,
    mode: Mode,
    /// Attempt, time, and whether it failed; since it was last closed.
    outcomes: Vec<(usize, Instant, bool)>,
    openings: i32,
    /// Attempts begun before it last moved say nothing, but for a trial.
    counted: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    Closed,
    Open(Instant, Option<usize>),
    HalfOpen(Option<(usize, Instant)>),
    Isolated,
}

impl Model {
    fn position(&self) -> Position {
        match self.mode {
            Mode::Closed => Position::Closed,
            Mode::Open(..) | Mode::Isolated => Position::Open,
            Mode::HalfOpen(_) => Position::HalfOpen,
        }
    }

    /// It opens now; `until` is what the breaker says, which must be a time as promised.
    fn open(&mut self, now: Instant, until: Option<Instant>, trial: Option<usize>) {
        let longest = (self.limits.open.as_millis() as f64 * 2f64.powi(self.openings))
            .min(self.limits.max_open.as_millis() as f64);
        let until = until.expect("an open breaker knows its time");
        let time = until.since(now).as_millis() as f64;
        assert!(
            time >= longest / 2.0 - 1.0 && time <= longest,
            "{time} of {longest}"
        );
        self.openings += 1;
        self.counted.clear();
        self.mode = Mode::Open(until, trial);
    }

    fn close(&mut self) {
        self.mode = Mode::Closed;
        self.outcomes.clear();
        self.counted.clear();
        self.openings = 0;
    }

    fn should_open(&self, now: Instant) -> bool {
        let window = self.limits.window as usize;
        let mut last = self.outcomes[self.outcomes.len().saturating_sub(window)..].to_vec();
        last.retain(|(_, at, _)| now.since(*at).as_millis() <= 600_000);
        let failures = last.iter().filter(|(_, _, failed)| *failed).count();
        last.len() >= self.limits.min_calls as usize
            && failures as f64 >= self.limits.failure_rate * last.len() as f64
    }

    /// One that has ended well or badly ends badly once more; only its last outcome counts.
    fn stall(&mut self, number: usize, now: Instant, until: Option<Instant>) {
        match self.mode {
            Mode::Closed => {
                self.outcomes.retain(|(of, _, _)| *of != number);
                self.outcomes.extend([(number, now, true); 2]);
                if self.should_open(now) {
                    self.open(now, until, None);
                }
            }
            Mode::HalfOpen(Some((trial, _))) if trial == number => self.open(now, until, None),
            Mode::Open(end, Some(trial)) if trial == number => self.mode = Mode::Open(end, None),
            _ => {}
        }
    }
}

#[derive(Clone, Debug)]
enum Act {
    Pass(u64),
    /// Asks, and begins if it may.
    Try,
    /// The attempt of this number, of those that run, ends so.
    Succeed(usize),
    Fail(usize),
    Abandon(usize),
    /// One that has ended, or runs, falls silent.
    Stall(usize),
    Isolate,
    Reset,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => (0..20_000u64).prop_map(Act::Pass),
        1 => (0..400_000u64).prop_map(Act::Pass),
        8 => Just(Act::Try),
        3 => any::<usize>().prop_map(Act::Succeed),
        8 => any::<usize>().prop_map(Act::Fail),
        2 => any::<usize>().prop_map(Act::Abandon),
        3 => any::<usize>().prop_map(Act::Stall),
        1 => Just(Act::Reset),
        1 => Just(Act::Isolate),
    ]
}

fn limits() -> impl Strategy<Value = Limits> {
    (1..=64u32, 1..=8u32, 1..=10u32, 1..10_000u64, 0..60_000u64).prop_map(
        |(window, min_calls, rate, open, more)| Limits {
            window,
            min_calls: min_calls.min(window),
            failure_rate: f64::from(rate) / 10.0,
            open: Span::from_millis(open),
            max_open: Span::from_millis(open + more),
            min_healthy: Span::from_secs(5),
        },
    )
}

struct Pair {
    breaker: Breaker,
    model: Model,
    running: Vec<(usize, Ticket)>,
    succeeded: Vec<(usize, Ticket)>,
    begun: usize,
    now: Instant,
}

impl Pair {
    fn attempt(&mut self, random: f64) {
        let admission = self.breaker.admission(self.now, random);
        let until = self.breaker.open_until();
        if let Mode::Open(until, _) = self.model.mode
            && self.now >= until
        {
            self.model.mode = Mode::HalfOpen(None);
        }
        if let Mode::HalfOpen(Some((trial, deadline))) = self.model.mode
            && self.now >= deadline
        {
            self.model.open(self.now, until, Some(trial));
        }
        let expected = match self.model.mode {
            Mode::Closed | Mode::HalfOpen(None) => Admission::Yes,
            Mode::Open(until, _) => Admission::Later(until),
            Mode::HalfOpen(Some((_, deadline))) => Admission::Later(deadline),
            Mode::Isolated => Admission::Never,
        };
        assert_eq!(admission, expected);
        if admission == Admission::Yes {
            let ticket = self.breaker.begin(self.now, CONNECT);
            let number = self.begun;
            self.begun += 1;
            self.running.push((number, ticket));
            match &mut self.model.mode {
                Mode::Closed => self.model.counted.push(number),
                Mode::HalfOpen(trial) => {
                    *trial = Some((number, self.now + CONNECT + self.model.limits.min_healthy));
                }
                Mode::Open(..) | Mode::Isolated => unreachable!("it was not admitted"),
            }
        }
    }

    fn end(&mut self, which: usize) -> Option<(usize, Ticket)> {
        (!self.running.is_empty()).then(|| self.running.swap_remove(which % self.running.len()))
    }

    fn succeed(&mut self, which: usize) {
        let Some((number, ticket)) = self.end(which) else {
            return;
        };
        self.breaker.succeed(ticket, self.now);
        self.succeeded.push((number, ticket));
        match self.model.mode {
            Mode::Closed if self.model.counted.contains(&number) => {
                self.model.outcomes.push((number, self.now, false));
            }
            Mode::HalfOpen(Some((trial, _))) | Mode::Open(_, Some(trial)) if trial == number => {
                self.model.close();
            }
            _ => {}
        }
    }

    fn fail(&mut self, which: usize, random: f64) {
        let Some((number, ticket)) = self.end(which) else {
            return;
        };
        self.breaker.fail(ticket, self.now, random);
        let until = self.breaker.open_until();
        match self.model.mode {
            Mode::Closed if self.model.counted.contains(&number) => {
                self.model.outcomes.push((number, self.now, true));
                if self.model.should_open(self.now) {
                    self.model.open(self.now, until, None);
                }
            }
            Mode::HalfOpen(Some((trial, _))) if trial == number => {
                self.model.open(self.now, until, None);
            }
            Mode::Open(until, Some(trial)) if trial == number => {
                self.model.mode = Mode::Open(until, None);
            }
            _ => {}
        }
    }

    fn stall(&mut self, which: usize, random: f64) {
        let from = if which.is_multiple_of(2) {
            &mut self.succeeded
        } else {
            &mut self.running
        };
        if from.is_empty() {
            return;
        }
        let (number, ticket) = from.swap_remove(which / 2 % from.len());
        self.breaker.stall(ticket, self.now, random);
        self.model
            .stall(number, self.now, self.breaker.open_until());
    }

    fn abandon(&mut self, which: usize) {
        let Some((number, ticket)) = self.end(which) else {
            return;
        };
        self.breaker.abandon(ticket);
        match self.model.mode {
            Mode::HalfOpen(Some((trial, _))) if trial == number => {
                self.model.mode = Mode::HalfOpen(None);
            }
            Mode::Open(until, Some(trial)) if trial == number => {
                self.model.mode = Mode::Open(until, None);
            }
            _ => {}
        }
    }

    fn act(&mut self, act: &Act, random: f64) {
        match act {
            Act::Pass(ms) => self.now = self.now + Span::from_millis(*ms),
            Act::Try => self.attempt(random),
            Act::Succeed(which) => self.succeed(*which),
            Act::Fail(which) => self.fail(*which, random),
            Act::Abandon(which) => self.abandon(*which),
            Act::Stall(which) => self.stall(*which, random),
            Act::Isolate => {
                self.breaker.isolate();
                self.model.mode = Mode::Isolated;
                self.model.counted.clear();
            }
            Act::Reset => {
                self.breaker.reset();
                self.model.close();
            }
        }
        assert_eq!(self.breaker.position(), self.model.position());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn it_does_what_its_model_does(
        limits in limits(),
        acts in prop::collection::vec((act(), 0.0..1.0f64), 1..120),
    ) {
        let model = Model {
            limits,
            mode: Mode::Closed,
            outcomes: vec![],
            openings: 0,
            counted: vec![],
        };
        let now = Instant::from_millis(1_000);
        let mut pair = Pair { breaker: Breaker::new(limits), model, running: vec![], succeeded: vec![], begun: 0, now };
        for (act, random) in &acts {
            pair.act(act, *random);
        }
    }
}

const START: Instant = Instant::from_millis(10_000);

/// A breaker with the default limits that three failures have opened, until when.
fn opened() -> (Breaker, Instant) {
    let mut breaker = Breaker::new(Limits::default());
    for _ in 0..3 {
        assert_eq!(breaker.admission(START, 1.0), Admission::Yes);
        let ticket = breaker.begin(START, CONNECT);
        breaker.fail(ticket, START, 1.0);
    }
    let until = breaker.open_until().expect("three failures are enough");
    (breaker, until)
}

#[test]
fn three_failures_open_it_and_two_do_not() {
    let mut breaker = Breaker::new(Limits::default());
    for _ in 0..2 {
        let ticket = breaker.begin(START, CONNECT);
        breaker.fail(ticket, START, 1.0);
        assert_eq!(breaker.position(), Position::Closed);
    }
    let (breaker, until) = opened();
    assert_eq!(breaker.position(), Position::Open);
    assert_eq!(until, START + Span::from_secs(5));
}

#[test]
fn half_open_lets_exactly_one_through_until_it_has_proved_itself() {
    let (mut breaker, until) = opened();
    assert_eq!(breaker.admission(until, 1.0), Admission::Yes);
    let trial = breaker.begin(until, CONNECT);
    let deadline = until + Span::from_secs(20);
    for _ in 0..50 {
        assert_eq!(breaker.admission(until, 1.0), Admission::Later(deadline));
    }
    breaker.succeed(trial, until);
    assert_eq!(breaker.position(), Position::Closed);
    assert_eq!(breaker.admission(until, 1.0), Admission::Yes);
}

#[test]
fn each_relapse_doubles_its_time_up_to_the_limit() {
    let (mut breaker, mut until) = opened();
    let mut times = vec![];
    for _ in 0..6 {
        assert_eq!(breaker.admission(until, 1.0), Admission::Yes);
        let trial = breaker.begin(until, CONNECT);
        breaker.fail(trial, until, 1.0);
        let next = breaker.open_until().expect("it is open again");
        times.push(next.since(until).as_millis() / 1000);
        until = next;
    }
    assert_eq!(times, [10, 20, 40, 60, 60, 60]);
}

#[test]
fn a_trial_that_takes_too_long_counts_as_failed_and_may_yet_prove_itself() {
    let (mut breaker, until) = opened();
    breaker.admission(until, 1.0);
    let trial = breaker.begin(until, CONNECT);
    let late = until + Span::from_secs(20);
    assert!(matches!(breaker.admission(late, 1.0), Admission::Later(at) if at > late));
    assert_eq!(breaker.position(), Position::Open);
    breaker.succeed(trial, late);
    assert_eq!(breaker.position(), Position::Closed);
}

#[test]
fn what_began_before_it_opened_says_nothing() {
    let mut breaker = Breaker::new(Limits::default());
    let old = breaker.begin(START, CONNECT);
    for _ in 0..3 {
        let ticket = breaker.begin(START, CONNECT);
        breaker.fail(ticket, START, 1.0);
    }
    breaker.succeed(old, START);
    assert_eq!(breaker.position(), Position::Open);
}

#[test]
fn isolated_it_stays_open_until_it_is_reset() {
    let mut breaker = Breaker::new(Limits::default());
    breaker.isolate();
    let later = START + Span::from_secs(1_000_000);
    assert_eq!(breaker.admission(later, 1.0), Admission::Never);
    assert_eq!(breaker.position(), Position::Open);
    breaker.reset();
    assert_eq!(breaker.admission(later, 1.0), Admission::Yes);
}

/// A connection that proves healthy, and then falls silent.
fn stall(breaker: &mut Breaker, at: Instant) {
    let ticket = breaker.begin(at, CONNECT);
    breaker.succeed(ticket, at + Span::from_secs(5));
    breaker.stall(ticket, at + Span::from_secs(30), 1.0);
}

#[test]
fn two_stalls_within_ten_minutes_open_it_and_one_does_not() {
    let mut breaker = Breaker::new(Limits::default());
    stall(&mut breaker, START);
    assert_eq!(breaker.position(), Position::Closed);
    stall(&mut breaker, START + Span::from_secs(500));
    assert_eq!(breaker.position(), Position::Open);
}

#[test]
fn two_stalls_in_a_day_do_not_open_it() {
    let mut breaker = Breaker::new(Limits::default());
    stall(&mut breaker, START);
    stall(&mut breaker, START + Span::from_secs(12 * 3600));
    assert_eq!(breaker.position(), Position::Closed);
}

/// It closed the breaker, and stalls all the same.
#[test]
fn a_trial_that_stalls_after_it_has_proved_itself_counts() {
    let (mut breaker, until) = opened();
    breaker.admission(until, 1.0);
    stall(&mut breaker, until);
    assert_eq!(breaker.position(), Position::Closed);
    stall(&mut breaker, until + Span::from_secs(40));
    assert_eq!(breaker.position(), Position::Open);
}
