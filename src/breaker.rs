//! A circuit breaker: an endpoint that keeps failing is left alone for a while, and then
//! tried by one attempt before all the others come back.

mod outcomes;

use self::outcomes::Outcomes;
use crate::backoff::Backoff;
use crate::time::{Instant, Span};

/// More outcomes than this are not remembered.
pub const MAX_WINDOW: u32 = 64;

/// When a breaker opens, and for how long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// How many of the last outcomes count; 1 to [`MAX_WINDOW`].
    pub window: u32,
    /// With fewer outcomes than this it stays closed.
    pub min_calls: u32,
    /// The part of failures that opens it; over 0 and up to 1.
    pub failure_rate: f64,
    /// How long it stays open at first, jitter included.
    pub open: Span,
    /// Twice as long each time, up to this.
    pub max_open: Span,
    /// A connection that lived this long was healthy.
    pub min_healthy: Span,
}

impl Default for Limits {
    /// Half of the last 10 outcomes, 3 at least; 5 s, doubling up to 60 s; 5 s of uptime.
    fn default() -> Self {
        Self {
            window: 10,
            min_calls: 3,
            failure_rate: 0.5,
            open: Span::from_secs(5),
            max_open: Span::from_secs(60),
            min_healthy: Span::from_secs(5),
        }
    }
}

/// Where a breaker stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// Every attempt is let through.
    Closed,
    /// None is.
    Open,
    /// One is.
    HalfOpen,
}

impl Position {
    /// Every position, for the documents' table and its test.
    pub const ALL: [Self; 3] = [Self::Closed, Self::Open, Self::HalfOpen];

    /// The position's name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half-open",
        }
    }
}

/// May an attempt begin?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Admission {
    Yes,
    /// Not before this moment.
    Later(Instant),
    /// Not before somebody resets the breaker.
    Never,
}

/// An attempt that was let through. Its outcome counts only as long as the breaker has not
/// moved since, but for a stall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    generation: u32,
    number: u32,
}

#[derive(Clone, Debug)]
enum State {
    Closed {
        outcomes: Outcomes,
    },
    Open {
        until: Instant,
        /// The attempt that took too long to prove itself may do so yet.
        trial: Option<Ticket>,
    },
    HalfOpen {
        /// The attempt that was let through, and how long it may take.
        trial: Option<(Ticket, Instant)>,
    },
    /// Open by order.
    Isolated,
}

/// The breaker of one endpoint.
#[derive(Clone, Debug)]
pub struct Breaker {
    limits: Limits,
    state: State,
    /// How often it has opened since it was last closed.
    openings: u32,
    /// Counts the moves, so that outcomes from before one are known.
    generation: u32,
    /// Counts the attempts.
    begun: u32,
}

impl Breaker {
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self {
            limits,
            state: State::Closed {
                outcomes: Outcomes::none(),
            },
            openings: 0,
            generation: 0,
            begun: 0,
        }
    }

    /// As it was left before a reload: open until then.
    #[must_use]
    pub const fn restored(limits: Limits, until: Instant, openings: u32) -> Self {
        Self {
            limits,
            state: State::Open { until, trial: None },
            openings,
            generation: 0,
            begun: 0,
        }
    }

    #[must_use]
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    /// How often it has opened since it was last closed.
    #[must_use]
    pub const fn openings(&self) -> u32 {
        self.openings
    }

    #[must_use]
    pub const fn position(&self) -> Position {
        match self.state {
            State::Closed { .. } => Position::Closed,
            State::Open { .. } | State::Isolated => Position::Open,
            State::HalfOpen { .. } => Position::HalfOpen,
        }
    }

    /// When it is tried again, if a time is set.
    #[must_use]
    pub const fn open_until(&self) -> Option<Instant> {
        match self.state {
            State::Open { until, .. } => Some(until),
            State::Closed { .. } | State::HalfOpen { .. } | State::Isolated => None,
        }
    }

    /// Is there nothing that an attempt would have to wait for?
    #[must_use]
    pub const fn is_free(&self) -> bool {
        matches!(
            self.state,
            State::Closed { .. } | State::HalfOpen { trial: None }
        )
    }

    /// Asked before an attempt. `random`, in `0.0..1.0`, spreads the time of a breaker
    /// that opens.
    pub fn admission(&mut self, now: Instant, random: f64) -> Admission {
        match self.state {
            State::Closed { .. } | State::HalfOpen { trial: None } => Admission::Yes,
            State::Isolated => Admission::Never,
            State::Open { until, .. } if now < until => Admission::Later(until),
            State::Open { .. } => {
                self.enter(State::HalfOpen { trial: None });
                Admission::Yes
            }
            State::HalfOpen {
                trial: Some((_, deadline)),
            } if now < deadline => Admission::Later(deadline),
            State::HalfOpen {
                trial: Some((ticket, _)),
            } => Admission::Later(self.open(now, Some(ticket), random)),
        }
    }

    /// An attempt begins that was admitted; `timeout` is how long it may take to connect.
    pub fn begin(&mut self, now: Instant, timeout: Span) -> Ticket {
        self.begun = self.begun.wrapping_add(1);
        let ticket = Ticket {
            generation: self.generation,
            number: self.begun,
        };
        if let State::HalfOpen { trial } = &mut self.state {
            let deadline = now + timeout + self.limits.min_healthy;
            *trial = Some((ticket, deadline));
        }
        ticket
    }

    /// The attempt's connection has lived long enough to be called healthy.
    pub fn succeed(&mut self, ticket: Ticket, now: Instant) {
        match &mut self.state {
            State::Closed { outcomes } if ticket.generation == self.generation => {
                outcomes.push(ticket, false, now, self.limits.window);
            }
            State::HalfOpen {
                trial: Some((trial, _)),
            }
            | State::Open {
                trial: Some(trial), ..
            } if *trial == ticket => self.close(),
            State::Closed { .. }
            | State::Open { .. }
            | State::HalfOpen { .. }
            | State::Isolated => {}
        }
    }

    /// The attempt has failed, or its connection died young.
    pub fn fail(&mut self, ticket: Ticket, now: Instant, random: f64) {
        match &mut self.state {
            State::Closed { outcomes } if ticket.generation == self.generation => {
                outcomes.push(ticket, true, now, self.limits.window);
                self.open_if_due(now, random);
            }
            State::HalfOpen {
                trial: Some((trial, _)),
            } if *trial == ticket => {
                self.open(now, None, random);
            }
            State::Open { trial, .. } if *trial == Some(ticket) => *trial = None,
            State::Closed { .. }
            | State::Open { .. }
            | State::HalfOpen { .. }
            | State::Isolated => {}
        }
    }

    /// The attempt's connection stayed open and fell silent. However long it had lived, and
    /// whatever has happened to the breaker since it began: it had seemed well, and nothing that
    /// was sent arrived. So its success is taken back, and it weighs as much as two failures.
    pub fn stall(&mut self, ticket: Ticket, now: Instant, random: f64) {
        if let State::Closed { outcomes } = &mut self.state {
            outcomes.take_back(ticket);
            for _ in 0..2 {
                outcomes.push(ticket, true, now, self.limits.window);
            }
            self.open_if_due(now, random);
        } else {
            self.fail(ticket, now, random);
        }
    }

    /// The attempt has ended without saying anything about the endpoint.
    pub fn abandon(&mut self, ticket: Ticket) {
        match &mut self.state {
            State::HalfOpen { trial } if trial.is_some_and(|(trial, _)| trial == ticket) => {
                *trial = None;
            }
            State::Open { trial, .. } if *trial == Some(ticket) => *trial = None,
            State::Closed { .. }
            | State::Open { .. }
            | State::HalfOpen { .. }
            | State::Isolated => {}
        }
    }

    /// Opens it until [`Breaker::reset`].
    pub fn isolate(&mut self) {
        self.enter(State::Isolated);
    }

    /// Ends the time for which it is open.
    pub fn hurry(&mut self) {
        if let State::Open { .. } = self.state {
            self.enter(State::HalfOpen { trial: None });
        }
    }

    /// Closes it, whatever has happened.
    pub fn reset(&mut self) {
        self.close();
    }

    fn close(&mut self) {
        self.openings = 0;
        self.enter(State::Closed {
            outcomes: Outcomes::none(),
        });
    }

    fn open_if_due(&mut self, now: Instant, random: f64) {
        if let State::Closed { outcomes } = &self.state
            && outcomes.open(&self.limits, now)
        {
            self.open(now, None, random);
        }
    }

    fn open(&mut self, now: Instant, trial: Option<Ticket>, random: f64) -> Instant {
        let growing = Backoff {
            initial: self.limits.open,
            max: self.limits.max_open,
            factor: 2.0,
        };
        // Half of the time is certain: an endpoint in trouble is left alone for a while.
        let share = 0.5 + 0.5 * random;
        let until = now + growing.delay(self.openings, Span::ZERO, share);
        self.openings = self.openings.saturating_add(1);
        self.enter(State::Open { until, trial });
        until
    }

    /// The one door to another state.
    fn enter(&mut self, state: State) {
        self.generation = self.generation.wrapping_add(1);
        self.state = state;
    }
}
