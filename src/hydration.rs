//! The claim check: what came is a notification, and the application fetches the whole result.
//!
//! Results leave in the order in which their notifications came, whatever the order of the
//! answers; a report of a gap keeps its place among them. A few are fetched at once, in order,
//! so that no more whole results than that wait for one before them. A try that failed is
//! repeated a few times, for which there has to be a token of the budget; then the result is
//! a gap of its own. Tries that failed while the page was away do not count.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::backoff::{Backoff, MAX_FLOOR};
use crate::continuity::{GapReport, Reason};
use crate::endpoints::Endpoints;
use crate::error::{Code, Error};
use crate::presence::SLOW;
use crate::queue::Queue;
use crate::random::Random;
use crate::time::{Instant, Now, Span, Wall, earliest};

/// So many results of an operation are fetched at once.
pub const PARALLEL: usize = 4;

/// So often a result is asked for.
pub const TRIES: u32 = 3;

/// What the caller has to do.
#[derive(Debug, PartialEq)]
#[repr(u8)]
pub enum Step<P> {
    /// Ask the application for the whole of it; the answer goes by this ticket, which no other
    /// try has.
    Ask {
        ticket: u32,
        notification: P,
    },
    /// It took too long: its answer is of no more use.
    Drop {
        ticket: u32,
    },
    Deliver(P),
    /// Tell the application, with why if that is known.
    Gap(GapReport, Option<Box<Error<P>>>),
}

/// What tries depend on.
pub struct Terms<'a> {
    pub now: Now,
    pub is_online: bool,
    /// The page rests: nobody is asked, and nobody is late.
    pub is_at_rest: bool,
    /// For one try.
    pub timeout: Span,
    pub backoff: Backoff,
    pub random: &'a mut Random,
    pub endpoints: &'a mut Endpoints,
}

/// One of those in line.
#[derive(Debug)]
struct Place<P> {
    key: Option<String>,
    since: Wall,
    stage: Stage<P>,
}

#[derive(Debug)]
#[repr(u8)]
enum Stage<P> {
    Open(Claim<P>),
    Whole(P),
    Lost(Reason, Option<Box<Error<P>>>),
    Gap(GapReport, Option<Box<Error<P>>>),
}

/// A result that is yet to be fetched.
#[derive(Debug)]
struct Claim<P> {
    notification: P,
    failures: u32,
    /// The next try is to be paid for, as is every one but the first.
    owes: bool,
    /// Not even when somebody looks: the server or the budget wants it so.
    not_before: Instant,
    turn: Turn,
}

#[derive(Clone, Copy, Debug)]
#[repr(u8)]
enum Turn {
    /// For its next try.
    Waits { at: Instant },
    /// `spared`: the page was away meanwhile, so that a failure says nothing.
    Asked {
        ticket: u32,
        until: Instant,
        spared: bool,
    },
}

/// The results of one operation on their way from notification to delivery.
#[derive(Debug)]
pub struct Hydration<P> {
    /// The first ones, being fetched or done.
    window: Vec<Box<Place<P>>>,
    waiting: Queue<Place<P>>,
    /// How many are in both.
    held: usize,
    /// More came than may wait, since then: what comes is left out.
    overflow: Option<Wall>,
    is_full: bool,
    is_at_rest: bool,
    /// Without a network there is no try before this.
    slow: Instant,
    /// Of the newest result that was delivered.
    last_key: Option<String>,
    tickets: u32,
}

/// Why a try has failed; with what the application threw.
#[must_use]
pub fn failure<P>(thrown: Option<P>) -> Box<Error<P>> {
    let why =
        "the application's continuity.hydrate failed, took too long or gave no result; see cause";
    Error::new(Code::Backfill, true, why).thrown(thrown)
}

impl<P> Hydration<P> {
    /// How many are on their way.
    #[must_use]
    pub const fn held(&self) -> usize {
        self.held
    }

    /// When to [`Hydration::poll`] next.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        if self.is_at_rest {
            return None;
        }
        let due = self.window.iter().map(|place| match &place.stage {
            Stage::Open(claim) => match claim.turn {
                Turn::Waits { at } | Turn::Asked { until: at, .. } => Some(at),
            },
            Stage::Whole(_) | Stage::Lost(..) | Stage::Gap(..) => None,
        });
        due.fold(None, |first, next| earliest(&[first, next]))
    }
}

impl<P: Clone> Hydration<P> {
    /// `last_key` is that of the newest result that the application has.
    #[must_use]
    pub fn new(last_key: Option<String>) -> Self {
        Self {
            window: Vec::new(),
            waiting: Queue::default(),
            held: 0,
            overflow: None,
            is_full: false,
            is_at_rest: false,
            slow: Instant::default(),
            last_key,
            tickets: 0,
        }
    }

    /// Something comes: a result, or all that a backfill has brought. It is taken in as a whole
    /// if fewer than `limit` are on their way.
    pub fn admit(&mut self, limit: usize) {
        self.is_full = self.held >= limit;
        if !self.is_full {
            self.tell_overflow();
        }
    }

    /// A notification has come.
    pub fn push(&mut self, key: Option<String>, notification: P, now: Now) {
        let claim = Claim {
            notification,
            failures: 0,
            owes: false,
            not_before: Instant::default(),
            turn: Turn::Waits { at: now.monotonic },
        };
        self.line_up(key, now.wall, Stage::Open(claim));
    }

    /// A gap is told behind what came before it.
    pub fn push_gap(&mut self, report: GapReport, error: Option<Box<Error<P>>>) {
        let since = report.since;
        self.line_up(None, since, Stage::Gap(report, error));
    }

    /// Who finds no room is part of one gap with those beside it.
    fn line_up(&mut self, key: Option<String>, since: Wall, stage: Stage<P>) {
        if self.is_full {
            let earlier = self.overflow.unwrap_or(since);
            self.overflow = Some(earlier.min(since));
            return;
        }
        self.held += 1;
        self.waiting.push(Place { key, since, stage });
    }

    fn tell_overflow(&mut self) {
        if let Some(since) = self.overflow.take() {
            self.is_full = false;
            self.line_up(None, since, Stage::Lost(Reason::Overflow, None));
        }
    }

    /// The application has answered, or has failed.
    pub fn answered(
        &mut self,
        ticket: u32,
        answer: Result<P, Box<Error<P>>>,
        terms: &mut Terms<'_>,
    ) {
        let now = terms.now.monotonic;
        let is_asked = |stage: &Stage<P>| match stage {
            Stage::Open(claim) => {
                matches!(claim.turn, Turn::Asked { ticket: asked, .. } if asked == ticket)
            }
            Stage::Whole(_) | Stage::Lost(..) | Stage::Gap(..) => false,
        };
        let Some(at) = self.window.iter().position(|place| is_asked(&place.stage)) else {
            return;
        };
        match answer {
            Ok(result) => {
                if let Some(place) = self.window.get_mut(at) {
                    place.stage = Stage::Whole(result);
                }
                if !terms.is_online {
                    // There is a network after all.
                    self.slow = now;
                    self.hurry(now);
                }
            }
            Err(error) => self.fail(at, error, terms),
        }
    }

    fn fail(&mut self, at: usize, error: Box<Error<P>>, terms: &mut Terms<'_>) {
        let now = terms.now.monotonic;
        let Some(place) = self.window.get_mut(at) else {
            return;
        };
        let Stage::Open(claim) = &mut place.stage else {
            return;
        };
        let Turn::Asked { spared, .. } = claim.turn else {
            return;
        };
        let is_away = terms.is_at_rest || !terms.is_online;
        claim.failures += u32::from(!is_away && !spared);
        claim.owes = true;
        if !error.retryable || claim.failures >= TRIES {
            place.stage = Stage::Lost(Reason::Hydrate, Some(error));
            return;
        }
        let floor = error.retry_after.unwrap_or_default();
        let retries = claim.failures.saturating_sub(1);
        let wait = terms.backoff.delay(retries, floor, terms.random.unit());
        claim.not_before = now + floor.min(MAX_FLOOR);
        if !terms.is_online && self.slow <= now {
            self.slow = now + SLOW;
        }
        claim.turn = Turn::Waits { at: now + wait };
    }

    /// The next thing to do; `None`: nothing, until [`Hydration::deadline`] or news.
    pub fn poll(&mut self, terms: &mut Terms<'_>) -> Option<Step<P>> {
        self.is_at_rest = terms.is_at_rest;
        if terms.is_online {
            self.slow = terms.now.monotonic + SLOW;
        }
        if self.held == 0 {
            self.tell_overflow();
        }
        while self.window.len() < PARALLEL
            && let Some(place) = self.waiting.pop()
        {
            self.window.push(Box::new(place));
        }
        if let Some(step) = self.leave() {
            return Some(step);
        }
        (0..self.window.len()).find_map(|at| self.look(at, terms))
    }

    /// The first one in line, if it is done.
    fn leave(&mut self) -> Option<Step<P>> {
        if matches!(self.window.first()?.stage, Stage::Open(_)) {
            return None;
        }
        let Place { key, since, stage } = *self.window.remove(0);
        self.held -= 1;
        match stage {
            Stage::Open(_) => None,
            Stage::Whole(result) => {
                self.last_key = key.or_else(|| self.last_key.take());
                Some(Step::Deliver(result))
            }
            Stage::Lost(reason, error) => {
                let report = GapReport {
                    reason,
                    since,
                    last_key: self.last_key.clone(),
                    recovered: false,
                    round: 0,
                };
                Some(Step::Gap(report, error))
            }
            Stage::Gap(report, error) => Some(Step::Gap(report, error)),
        }
    }

    /// Its turn may have come, or its time may be up.
    fn look(&mut self, at: usize, terms: &mut Terms<'_>) -> Option<Step<P>> {
        let now = terms.now.monotonic;
        if self.is_at_rest {
            return None;
        }
        let place = self.window.get_mut(at)?;
        let Stage::Open(claim) = &mut place.stage else {
            return None;
        };
        match claim.turn {
            Turn::Asked { ticket, until, .. } if until <= now => {
                self.fail(at, failure(None), terms);
                return Some(Step::Drop { ticket });
            }
            Turn::Waits { at } if at <= now => {}
            Turn::Asked { .. } | Turn::Waits { .. } => return None,
        }
        let begins = if !terms.is_online && now < self.slow {
            self.slow
        } else {
            if core::mem::take(&mut claim.owes) {
                claim.not_before = terms.endpoints.take_token(now);
            }
            claim.not_before
        };
        if begins > now {
            claim.turn = Turn::Waits { at: begins };
            return None;
        }
        self.tickets = self.tickets.wrapping_add(1);
        claim.turn = Turn::Asked {
            ticket: self.tickets,
            until: now + terms.timeout,
            spared: false,
        };
        Some(Step::Ask {
            ticket: self.tickets,
            notification: claim.notification.clone(),
        })
    }

    /// The page is back: what waited goes on, and what is under way has its time again.
    pub fn rouse(&mut self, now: Instant, timeout: Span) {
        self.hurry(now);
        for place in &mut self.window {
            if let Stage::Open(claim) = &mut place.stage
                && let Turn::Asked { until, spared, .. } = &mut claim.turn
            {
                *until = now + timeout;
                *spared = true;
            }
        }
    }

    fn hurry(&mut self, now: Instant) {
        for place in &mut self.window {
            if let Stage::Open(claim) = &mut place.stage
                && let Turn::Waits { at } = &mut claim.turn
            {
                *at = claim.not_before.max(now).min(*at);
            }
        }
    }

    /// The operation has failed: what is not there yet is lost.
    pub fn abandon(&mut self) {
        while let Some(place) = self.waiting.pop() {
            self.window.push(Box::new(place));
        }
        let mut is_behind = false;
        self.window.retain_mut(|place| {
            let is_open = matches!(place.stage, Stage::Open(_));
            if is_open {
                place.stage = Stage::Lost(Reason::Hydrate, None);
            }
            // One gap for those that stand side by side.
            let was_open = core::mem::replace(&mut is_behind, is_open);
            !(was_open && is_open)
        });
        self.held = self.window.len();
    }
}
