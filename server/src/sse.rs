//! One operation on an event stream: the body of the response, and what faults make of it.
//!
//! Written by hand as chunks of bytes, not with axum's `Sse`: faults cut it inside an event.

use std::future::pending;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use async_stream::stream;
use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::{BoxStream, Stream, StreamExt};
use tokio::sync::{Notify, watch};
use tokio::task::yield_now;
use tokio::time::{Instant, Interval, interval_at};

use crate::accept::Accept;
use crate::connection::Switch;
use crate::course::{Outcome, wait_until};
use crate::dialect::{Dialect, Ids};
use crate::effect::{Opening, Pace};
use crate::faults::Faults;
use crate::passage::Passage;
use crate::profile;
use crate::server::stopped;
use crate::streams::{Blow, OpenStream};
use crate::transport::Transport;
use crate::verdict::{Fate, Rule, Ticket};

/// A comment: makes browsers show the headers at once, and keeps the line alive.
const COMMENT: Bytes = Bytes::from_static(b":\n\n");

/// What the body does next.
enum Step {
    Write(Bytes),
    /// All that was written has been passed on.
    Then(Then),
}

/// What follows when everything written has been passed on.
#[derive(Clone, Copy)]
enum Then {
    Break,
    End,
    Mute,
}

/// One operation on one event stream. Dropping it ends the operation and counts the stream out.
pub struct Line {
    pub dialect: Dialect,
    pub ids: Ids,
    pub outcomes: BoxStream<'static, Outcome>,
    pub lagged: Arc<Notify>,
    pub open: OpenStream,
    pub ticket: Ticket,
    pub faults: Arc<Faults>,
    pub heartbeat: Option<Duration>,
    pub stopping: watch::Receiver<bool>,
    pub switch: Switch,
}

impl IntoResponse for Line {
    fn into_response(self) -> Response {
        let headers = [
            (header::CONTENT_TYPE, Accept::EventStream.content_type()),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            (
                header::HeaderName::from_static("x-accel-buffering"),
                HeaderValue::from_static("no"),
            ),
        ];
        (headers, Body::from_stream(self.into_body())).into_response()
    }
}

impl Line {
    fn into_body(self) -> impl Stream<Item = io::Result<Bytes>> {
        let mut writer = Writer::new(self);
        stream! {
            loop {
                match writer.step().await {
                    Step::Write(bytes) => yield Ok(bytes),
                    Step::Then(then) => {
                        // hyper drops what it holds when a body fails: let it flush first
                        yield_now().await;
                        match then {
                            Then::Mute => writer.line.switch.mute(),
                            Then::End => break,
                            Then::Break => {
                                yield Err(io::ErrorKind::ConnectionReset.into());
                                break;
                            }
                        }
                    }
                }
            }
        }
    }
}

struct Writer {
    line: Line,
    changes: watch::Receiver<u64>,
    beats: Option<Interval>,
    passage: Passage,
    /// When a flapping stream has had its time.
    flaps_at: Option<Instant>,
    /// Nothing is written before the first result, not even a comment.
    quiet: bool,
    /// Under which profile an event was too large.
    crash: Option<u64>,
    /// How many events there were.
    nth: u64,
    then: Option<Then>,
    /// Counted out already, so there are no orders to wait for.
    gone: bool,
}

impl Writer {
    fn new(line: Line) -> Self {
        let mut writer = Self {
            changes: line.faults.changes(),
            beats: line.heartbeat.map(beats),
            passage: Passage::new(line.faults.rule(Transport::Sse).pace),
            flaps_at: None,
            quiet: false,
            crash: None,
            nth: 0,
            then: None,
            gone: false,
            line,
        };
        match writer.line.ticket.opening {
            Opening::Normal | Opening::Unacknowledged | Opening::Replay(_) => {}
            Opening::Stall => {
                writer.count();
                writer.then = Some(Then::Mute);
            }
            Opening::HeadOnly => {
                writer.count();
                writer.quiet = true;
            }
            Opening::Flap(flap) => {
                let after = |ms| Instant::now() + Duration::from_millis(ms);
                writer.flaps_at = flap.ms.map(|ms| after(ms.get().into()));
            }
        }
        if !writer.quiet {
            writer.passage.put(COMMENT);
        }
        writer
    }

    async fn step(&mut self) -> Step {
        loop {
            if self.passage.is_empty()
                && let Some(then) = self.then.take()
            {
                return Step::Then(then);
            }
            let hungry = self.then.is_none() && self.passage.accepts();
            tokio::select! {
                // orders before results, and heartbeats are not starved by them
                biased;
                blow = self.line.open.order(), if !self.gone => self.take_blow(blow),
                () = stopped(&mut self.line.stopping) => return Step::Then(Then::End),
                () = self.line.lagged.notified() => return Step::Then(Then::End),
                _ = self.changes.changed() => {
                    self.look();
                }
                () = wait_until(self.flaps_at) => self.flap(),
                bytes = self.passage.piece() => return Step::Write(bytes),
                () = beat(&mut self.beats) => self.beat(),
                outcome = self.line.outcomes.next(), if hungry => self.take(outcome),
            }
        }
    }

    fn take_blow(&mut self, blow: Blow) {
        match blow {
            Blow::Mute => self.line.switch.mute(),
            Blow::End => self.leave(Then::End),
            Blow::Cut if !self.passage.holds_back() => {
                let id = self.line.ids.id(self.line.dialect, self.nth + 1, None);
                self.passage.put(self.line.dialect.half_event(id));
                self.leave(Then::Break);
            }
            // What is held back is an event already, and breaks off where it is.
            Blow::Cut | Blow::Break => {
                self.passage.clear();
                self.leave(Then::Break);
            }
        }
    }

    /// Does no more than this, and that at once.
    fn leave(&mut self, then: Then) {
        self.passage.hurry();
        self.then = Some(then);
        self.gone = true;
    }

    /// Breaks for a reason of its own, unless an order has come first.
    fn break_off(&mut self, name: &str) {
        if self.line.open.count_cut() {
            self.line.faults.tally.count(name, 1);
            self.leave(Then::Break);
        }
    }

    /// Follows another rule, if there is one.
    fn look(&mut self) -> Rule {
        let rule = self.line.faults.rule(Transport::Sse);
        self.passage.set_pace(rule.pace);
        rule
    }

    fn flap(&mut self) {
        self.flaps_at = None;
        if self.line.faults.stands(self.line.ticket.generation) {
            self.break_off(self.line.ticket.name);
        }
    }

    fn beat(&mut self) {
        // Not into the middle of an event.
        if !self.quiet && self.then.is_none() && !self.passage.drips() {
            self.passage.put(COMMENT);
        }
    }

    fn take(&mut self, outcome: Option<Outcome>) {
        let rule = self.look();
        let Some(outcome) = outcome else {
            if let Some(complete) = self.line.dialect.complete() {
                self.passage.put(complete);
            }
            return self.end();
        };
        let nth = self.nth + 1;
        let id = self.line.ids.id(self.line.dialect, nth, outcome.id);
        // Cannot fail: GraphQL values are JSON. If it did, an end without `complete` is honest.
        let Ok(mut event) = self.line.dialect.event(id, &outcome.result) else {
            return self.end();
        };
        if outcome.cut {
            event.truncate(event.len() / 2);
            self.passage.put(event);
            return self.break_off(profile::CUT);
        }
        let faults = &self.line.faults;
        match faults.on_event(&self.line.open, event.len(), &mut self.crash) {
            Fate::Lose => return,
            Fate::Crash => return self.leave(Then::End),
            Fate::Write => {}
        }
        match rule.pace {
            Pace::AtOnce => {}
            Pace::Drip(_) | Pace::Batch(_) => faults.tally.count(rule.name, 1),
        }
        self.nth = nth;
        self.quiet = false;
        self.passage.put(event);
        self.flap_after(nth);
    }

    fn flap_after(&mut self, nth: u64) {
        match self.line.ticket.opening {
            Opening::Flap(flap) => {
                let enough = flap.results.is_some_and(|most| nth >= most.get().into());
                if enough && self.line.faults.stands(self.line.ticket.generation) {
                    self.break_off(self.line.ticket.name);
                }
            }
            Opening::Normal
            | Opening::Stall
            | Opening::Unacknowledged
            | Opening::HeadOnly
            | Opening::Replay(_) => {}
        }
    }

    /// The operation is over; what is left may take its time.
    fn end(&mut self) {
        self.passage.finish();
        self.then = Some(Then::End);
    }

    /// The profile that it opened under has befallen it.
    fn count(&self) {
        self.line.faults.tally.count(self.line.ticket.name, 1);
    }
}

fn beats(every: Duration) -> Interval {
    interval_at(Instant::now() + every, every)
}

async fn beat(beats: &mut Option<Interval>) {
    match beats {
        Some(beats) => {
            beats.tick().await;
        }
        None => pending().await,
    }
}
