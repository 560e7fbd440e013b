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

use crate::backoff::{Backoff, MAX_FLOOR};
use crate::config::Pace;
use crate::continuity::{GapReport, Reason, Settings};
use crate::error::{Code, Error};
use crate::io::{Delivery, Notice, OpId};
use crate::payload::Payload;
use crate::presence::SLOW;
use crate::subscription::Context;
use crate::time::{Instant, Now, Span, Wall, earliest};

/// So many results of an operation are fetched at once.
pub const PARALLEL: usize = 4;

/// So often a result is asked for.
pub const TRIES: i32 = 3;

/// One of those in line.
struct Place<P> {
    /// The newest key once it is delivered.
    key: Option<String>,
    since: Wall,
    /// Below 0 if more are forgiven than there were.
    failures: i32,
    /// Of the try that is under way; 0 if there is none.
    ticket: u32,
    /// When the try begins, or has taken too long.
    at: Instant,
    /// Not even when somebody looks: the server or the budget wants it so.
    not_before: Instant,
    stage: Stage<P>,
}

#[repr(u8)]
enum Stage<P> {
    /// This is to be fetched.
    Open(P),
    Done(Delivery<P>),
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
            is_at_rest: false,
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
    pub fn deadline(&self) -> Option<Instant> {
        let open = self.line.iter().take(PARALLEL);
        let due = open.filter(|place| matches!(place.stage, Stage::Open(_)) && !self.is_at_rest);
        due.fold(None, |first, place| earliest(&[first, Some(place.at)]))
    }

    /// Something comes: a result, or all that a backfill has brought. It is taken in as a whole,
    /// if there is room when it comes.
    pub const fn admit(&mut self) {
        self.is_full = self.line.len() >= self.limit;
    }

    /// A notification has come.
    pub fn push(&mut self, key: Option<String>, notification: P, now: Now) {
        self.line_up(key, now, Stage::Open(notification));
    }

    /// A gap is told behind what came before it.
    pub fn push_gap(&mut self, report: GapReport, error: Option<Box<Error<P>>>, now: Now) {
        let gap = self.notice(report, error);
        self.line_up(None, now, gap);
    }

    /// Those that find no room are one gap.
    fn line_up(&mut self, key: Option<String>, now: Now, mut stage: Stage<P>) {
        if core::mem::replace(&mut self.overflows, self.is_full) && self.is_full {
            return;
        }
        if self.is_full {
            stage = self.gap(Reason::Overflow, now.wall, None);
        }
        self.line.push(Box::new(Place {
            key,
            since: now.wall,
            failures: 0,
            ticket: 0,
            at: now.monotonic,
            not_before: now.monotonic,
            stage,
        }));
    }

    fn gap(&self, reason: Reason, since: Wall, error: Option<Box<Error<P>>>) -> Stage<P> {
        let report = GapReport {
            reason,
            since,
            // It is known when the gap is told.
            last_key: None,
            recovered: false,
            round: 0,
        };
        self.notice(report, error)
    }

    const fn notice(&self, report: GapReport, error: Option<Box<Error<P>>>) -> Stage<P> {
        let notice = Notice::Gap { report, error };
        Stage::Done(Delivery::Notice {
            op: self.op,
            notice,
        })
    }

    /// The page is back: what waited goes on, and what is under way has its time again.
    pub fn rouse(&mut self, now: Instant) {
        for place in &mut self.line {
            if place.ticket > 0 {
                place.at = now + self.timeout;
                place.failures -= 1;
            } else {
                place.at = place.not_before.max(now).min(place.at);
            }
        }
    }

    /// The operation has failed: what is not there yet is lost. One gap for those that stand
    /// side by side.
    pub fn abandon(&mut self) {
        let mut was_open = false;
        for mut place in core::mem::take(&mut self.line) {
            let is_open = matches!(place.stage, Stage::Open(_));
            if is_open {
                place.stage = self.gap(Reason::Hydrate, place.since, None);
            }
            if !core::mem::replace(&mut was_open, is_open) || !is_open {
                self.line.push(place);
            }
        }
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
        let is_asked = |place: &Box<Place<P>>| place.ticket == ticket && ticket > 0;
        let Some(at) = self.line.iter().position(is_asked) else {
            return;
        };
        match answer {
            Ok(result) if result.is_object() => {
                let op = self.op;
                if let Some(place) = self.line.get_mut(at) {
                    place.ticket = 0;
                    place.stage = Stage::Done(Delivery::Next { op, result });
                }
                if !cx.presence.is_online() {
                    // There is a network after all.
                    self.slow = cx.now.monotonic;
                    self.rouse(self.slow);
                }
            }
            Ok(_) => self.fail(at, failure(None), cx),
            Err(error) => self.fail(at, error, cx),
        }
    }

    fn fail(&mut self, at: usize, error: Box<Error<P>>, cx: &mut Context<'_, P>) {
        let Some(place) = self.line.get_mut(at) else {
            return;
        };
        let now = cx.now.monotonic;
        let is_online = cx.presence.is_online();
        place.ticket = 0;
        place.failures += i32::from(is_online && !cx.presence.is_at_rest());
        if !error.retryable || place.failures >= TRIES {
            let since = place.since;
            let gap = self.gap(Reason::Hydrate, since, Some(error));
            if let Some(place) = self.line.get_mut(at) {
                place.stage = gap;
            }
            return;
        }
        let floor = error.retry_after.unwrap_or_default().min(MAX_FLOOR);
        let retries = place.failures.max(1) as u32 - 1;
        let backoff = match cx.config.pace {
            Pace::Backoff(backoff) => backoff,
            Pace::Application => Backoff::default(),
        };
        let wait = backoff.delay(retries, floor, cx.random.unit());
        place.not_before = cx.endpoints.take_token(now).max(now + floor);
        place.at = (now + wait).max(place.not_before);
        if !is_online && self.slow <= now {
            self.slow = now + SLOW;
        }
    }

    /// Delivers what can be, and asks for what is due.
    pub fn run(&mut self, cx: &mut Context<'_, P>) {
        let now = cx.now.monotonic;
        self.is_at_rest = cx.presence.is_at_rest();
        if cx.presence.is_online() {
            self.slow = now + SLOW;
        }
        let mut at = 0;
        while at < PARALLEL
            && let Some(place) = self.line.get_mut(at)
        {
            let op = self.op;
            match &place.stage {
                Stage::Done(_) if at == 0 => {
                    self.leave(cx);
                    continue;
                }
                Stage::Open(notification) if place.at <= now && !self.is_at_rest => {
                    let (ticket, notification) = if place.ticket > 0 {
                        (place.ticket, None)
                    } else if !cx.presence.is_online() && now < self.slow {
                        place.at = self.slow;
                        continue;
                    } else {
                        self.tickets = self.tickets.wrapping_add(1);
                        (self.tickets, Some(notification.clone()))
                    };
                    let is_late = notification.is_none();
                    place.ticket = ticket;
                    place.at = now + self.timeout;
                    cx.deliver(Delivery::Hydrate {
                        op,
                        ticket,
                        notification,
                    });
                    if is_late {
                        self.fail(at, failure(None), cx);
                        continue;
                    }
                }
                Stage::Open(_) | Stage::Done(_) => {}
            }
            at += 1;
        }
    }

    /// The first one in line is done.
    fn leave(&mut self, cx: &mut Context<'_, P>) {
        let Place { key, stage, .. } = *self.line.remove(0);
        let Stage::Done(mut delivery) = stage else {
            return;
        };
        if let Delivery::Notice {
            notice: Notice::Gap { report, .. },
            ..
        } = &mut delivery
        {
            cx.counters.gaps += 1;
            if report.last_key.is_none() {
                report.last_key = self.last_key.clone();
            }
        } else {
            cx.counters.results += 1;
            self.last_key = key;
        }
        cx.deliver(delivery);
    }
}
