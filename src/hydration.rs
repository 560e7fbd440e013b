//! The claim check: what came is a notification, and the application fetches the whole result.
//!
//! Results leave in the order in which their notifications came, whatever the order of the
//! answers; a report of a gap keeps its place among them. A few are fetched at once, in order,
//! so that no more whole results than that wait for one before them. A try that failed is
//! repeated a few times, each for a token of the budget; then the result is a gap of its own.
//! Tries that failed while the page was away do not count.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::backoff::Backoff;
use crate::config::Pace;
use crate::continuity::{GapReport, Reason, Settings};
use crate::error::{Code, Error};
use crate::io::{Delivery, Notice, OpId};
use crate::payload::Payload;
use crate::presence::SLOW;
use crate::subscription::Context;
use crate::time::{Instant, Span};

/// So many results of an operation are fetched at once.
pub const PARALLEL: usize = 4;

/// So often a result is asked for.
pub const TRIES: i32 = 3;

/// One of those in line. Nothing but a gap has no payload.
struct Place<P> {
    /// The notification until the whole is there.
    payload: Option<P>,
    is_whole: bool,
    /// The newest key once it is delivered.
    key: Option<String>,
    /// What is told if there is nothing to deliver.
    gap: GapReport,
    error: Option<Box<Error<P>>>,
    /// Below 0 if more are forgiven than there were.
    failures: i32,
    /// Of the try that is under way; 0 if there is none.
    ticket: u32,
    /// When the try begins, or has taken too long.
    at: Instant,
}

impl<P> Place<P> {
    const fn is_open(&self) -> bool {
        self.payload.is_some() && !self.is_whole
    }
}

/// The results of one operation on their way from notification to delivery.
pub(crate) struct Hydration<P> {
    op: OpId,
    timeout: Span,
    limit: usize,
    /// The first ones of them are being fetched.
    line: Vec<Box<Place<P>>>,
    /// What comes now is left out.
    is_full: bool,
    /// The last one in line says so.
    overflows: bool,
    /// The operation has failed: nothing is fetched any more.
    is_abandoned: bool,
    /// The last one that left was lost by that.
    was_lost: bool,
    deadline: Option<Instant>,
    /// Without a network, and behind a failure, there is no try before this.
    slow: Instant,
    /// Of the newest result that was delivered.
    last_key: Option<String>,
    tickets: u32,
}

/// Why a try has failed; with what the application threw.
#[must_use]
pub fn failure<P>(thrown: Option<P>) -> Box<Error<P>> {
    let why = "the application's continuity.hydrate failed, was late or gave no result; see cause";
    Error::new(Code::Backfill, true, why).thrown(thrown)
}

impl<P> Hydration<P> {
    pub fn new(op: OpId, rules: &Settings) -> Self {
        Self {
            op,
            timeout: rules.backfill_timeout,
            limit: rules.max_waiting,
            line: Vec::new(),
            is_full: false,
            overflows: false,
            is_abandoned: false,
            was_lost: false,
            deadline: None,
            slow: Instant::default(),
            last_key: rules.start_after.clone(),
            tickets: 0,
        }
    }

    /// How many are on their way.
    pub const fn held(&self) -> usize {
        self.line.len()
    }

    /// When to [`Hydration::run`] next.
    pub const fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Something comes: a result, or all that a backfill has brought. It is taken in as a whole,
    /// if there is room when it comes.
    pub const fn admit(&mut self) {
        self.is_full = self.line.len() >= self.limit;
    }

    /// A notification has come, and the gap that it is if it stays one; or nothing but a gap,
    /// which is told behind what came before it. Those that find no room are one gap.
    pub fn push(
        &mut self,
        mut payload: Option<P>,
        key: Option<String>,
        mut gap: GapReport,
        error: Option<Box<Error<P>>>,
    ) {
        let was_full = core::mem::replace(&mut self.overflows, self.is_full);
        if self.is_full {
            if was_full {
                return;
            }
            payload = None;
            gap.reason = Reason::Overflow;
            gap.recovered = false;
        }
        self.line.push(Box::new(Place {
            payload,
            is_whole: false,
            key,
            gap,
            error,
            failures: 0,
            ticket: 0,
            at: Instant::default(),
        }));
    }

    /// The page is back: what is under way has its time again, and another chance.
    pub fn rouse(&mut self, now: Instant) {
        for place in &mut self.line {
            if place.ticket > 0 {
                place.at = now + self.timeout;
                place.failures -= 1;
            }
        }
    }

    /// The operation has failed: what is not there yet is lost, and one gap where it stands side
    /// by side.
    pub const fn abandon(&mut self) {
        self.is_abandoned = true;
    }
}

impl<P: Payload> Hydration<P> {
    /// The application has answered, or has failed. A late answer is nobody's.
    pub fn answered(
        &mut self,
        ticket: u32,
        answer: Result<P, Box<Error<P>>>,
        cx: &mut Context<'_, P>,
    ) {
        let mut places = self.line.iter_mut();
        let Some(place) = places.find(|place| place.ticket == ticket && ticket > 0) else {
            return;
        };
        match answer {
            Ok(result) if result.is_object() => {
                place.payload = Some(result);
                place.is_whole = true;
                place.ticket = 0;
                // There is a network, whatever is said.
                self.slow = cx.now.monotonic;
            }
            Ok(_) => fail(place, failure(None), &mut self.slow, cx),
            Err(error) => fail(place, error, &mut self.slow, cx),
        }
    }

    /// Delivers what can be, and asks for what is due.
    pub fn run(&mut self, cx: &mut Context<'_, P>) {
        let (op, now) = (self.op, cx.now.monotonic);
        if cx.presence.is_online() {
            self.slow = now;
        }
        let mut at = 0;
        self.deadline = None;
        while at < PARALLEL
            && let Some(place) = self.line.get_mut(at)
        {
            if at == 0 && (self.is_abandoned || !place.is_open()) {
                self.leave(cx);
                continue;
            }
            at += 1;
            // While the page rests nobody is asked, and nobody is late.
            if !place.is_open() || cx.presence.is_at_rest() {
                continue;
            }
            let is_asked = place.ticket > 0;
            if is_asked && place.at <= now {
                let ticket = place.ticket;
                cx.deliver(Delivery::Hydrate {
                    op,
                    ticket,
                    notification: None,
                });
                fail(place, failure(None), &mut self.slow, cx);
                // It may have been the last try.
                at = 0;
                continue;
            }
            if !is_asked && place.at.max(self.slow) <= now {
                self.tickets = self.tickets.wrapping_add(1);
                place.ticket = self.tickets;
                place.at = now + self.timeout;
                cx.deliver(Delivery::Hydrate {
                    op,
                    ticket: self.tickets,
                    notification: place.payload.clone(),
                });
            }
            let due = if place.ticket > 0 {
                place.at
            } else {
                place.at.max(self.slow)
            };
            if self.deadline.is_none_or(|first| due < first) {
                self.deadline = Some(due);
            }
        }
    }

    /// The first one in line is done.
    fn leave(&mut self, cx: &mut Context<'_, P>) {
        let op = self.op;
        let mut place = self.line.remove(0);
        let is_lost = place.is_open();
        if core::mem::replace(&mut self.was_lost, is_lost) && is_lost {
            return;
        }
        match place.payload.filter(|_| !is_lost) {
            Some(result) => {
                cx.counters.results += 1;
                self.last_key = place.key;
                cx.deliver(Delivery::Next { op, result });
            }
            None => {
                cx.counters.gaps += 1;
                if place.gap.last_key.is_none() {
                    place.gap.last_key = self.last_key.clone();
                }
                let notice = Notice::Gap {
                    report: place.gap,
                    error: place.error,
                };
                cx.deliver(Delivery::Notice { op, notice });
            }
        }
    }
}

/// A try has failed: another one later, or none.
fn fail<P: Payload>(
    place: &mut Place<P>,
    error: Box<Error<P>>,
    slow: &mut Instant,
    cx: &mut Context<'_, P>,
) {
    let now = cx.now.monotonic;
    let is_online = cx.presence.is_online();
    place.ticket = 0;
    if !is_online {
        *slow = now + SLOW;
    } else if !cx.presence.is_at_rest() {
        place.failures += 1;
    }
    if !error.retryable || place.failures >= TRIES {
        place.payload = None;
        place.error = Some(error);
        return;
    }
    let backoff = match cx.config.pace {
        Pace::Backoff(backoff) => backoff,
        Pace::Application => Backoff::default(),
    };
    let floor = error.retry_after.unwrap_or_default();
    let retries = place.failures.max(1) as u32 - 1;
    let wait = backoff.delay(retries, floor, cx.random.unit());
    place.at = (now + wait).max(cx.endpoints.take_token(now));
}
