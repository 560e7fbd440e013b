//! What is written on an event stream: results, heartbeats, and what faults make of them.

use std::future::pending;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use crate::course::{Fall, Outcome, wait_until};
use crate::dialect::Dialect;
use crate::effect::{Opening, Pace, Slices};
use crate::faults::Era;
use crate::passage::Passage;
use crate::rule::Rule;
use crate::segments::Segmented;
use crate::server::stopped;
use crate::source::Entry;
use crate::sse::Line;
use crate::streams::{Blow, Orders};
use crate::transport::Transport;
use crate::verdict::Fate;

/// A comment: makes browsers show the headers at once, and keeps the line alive.
const COMMENT: Bytes = Bytes::from_static(b":\n\n");

/// What the body does next.
pub enum Step {
    Write(Bytes),
    /// All that was written has been passed on.
    Then(Then),
}

/// What follows when everything written has been passed on.
#[derive(Clone, Copy)]
pub enum Then {
    Break,
    End,
    Mute,
}

pub struct Writer {
    line: Line,
    orders: Orders,
    changes: watch::Receiver<Era>,
    beats: Option<Interval>,
    passage: Passage,
    /// When one that is to break or to fall silent has had its time.
    due: Option<Instant>,
    /// Nothing is written before the first result, not even a comment.
    quiet: bool,
    /// Under which profile an event was too large.
    crash: Option<Era>,
    /// How many results there were.
    nth: u64,
    /// How many of them were sent in segments.
    segmented: u32,
    then: Option<Then>,
    /// Counted out already, so there are no orders to wait for.
    gone: bool,
    /// Silenced, on a connection where others go on.
    muted: bool,
}

impl Writer {
    pub fn new(line: Line) -> Self {
        let mut writer = Self {
            orders: line.open.orders(),
            changes: line.faults.changes(),
            beats: line.heartbeat.map(beats),
            passage: Passage::new(line.faults.rule(Transport::Sse).pace),
            due: None,
            quiet: false,
            crash: None,
            nth: 0,
            segmented: 0,
            then: None,
            gone: false,
            muted: false,
            line,
        };
        let mut retry = None;
        match writer.line.ticket.opening {
            Opening::Normal | Opening::HeldHead => {}
            Opening::Stall(None) => writer.then = Some(Then::Mute),
            Opening::Stall(Some(after)) => writer.due = Some(Instant::now() + after),
            Opening::HeadOnly => writer.quiet = true,
            Opening::Flap(flap) => {
                let after = |ms| Instant::now() + Duration::from_millis(ms);
                writer.due = flap.ms.map(|ms| after(ms.get().into()));
                retry = flap.retry.map(|ms| format!("retry: {ms}\n\n"));
            }
        }
        if !writer.quiet {
            writer.passage.put(COMMENT);
        }
        if let Some(retry) = retry {
            writer.passage.put(retry.into());
        }
        writer
    }

    pub async fn step(&mut self) -> Step {
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
                blow = self.orders.next(), if !self.gone => self.take_blow(blow),
                () = stopped(&mut self.line.stopping) => return Step::Then(Then::End),
                () = self.line.lagged.notified() => return Step::Then(Then::End),
                _ = self.changes.changed() => {
                    self.look();
                }
                () = wait_until(self.due) => self.fall(),
                bytes = self.passage.piece() => if !self.muted {
                    return Step::Write(bytes);
                },
                () = beat(&mut self.beats) => self.beat(),
                entry = self.line.source.next(), if hungry => self.take(entry),
            }
        }
    }

    /// Nothing that is written from now on arrives.
    pub fn mute(&mut self) {
        match &self.line.switch {
            Some(switch) => switch.mute(),
            None => self.muted = true,
        }
    }

    /// What there is to wait for before it may end: a silent one is over without saying so.
    pub fn end(self) -> Option<watch::Receiver<bool>> {
        self.muted.then_some(self.line.stopping)
    }

    fn take_blow(&mut self, blow: Blow) {
        match blow {
            Blow::Mute => self.mute(),
            Blow::End => self.leave(Then::End),
            Blow::Cut | Blow::Expel if !self.passage.holds_back() => {
                let id = self.line.ids.id(self.line.dialect, self.nth + 1, None);
                self.passage.put(self.line.dialect.half_event(id));
                self.leave(Then::Break);
            }
            // What is held back is an event already, and breaks off where it is.
            Blow::Cut | Blow::Expel | Blow::Break => {
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

    /// Follows another rule, if there is one.
    fn look(&mut self) -> Rule {
        let rule = self.line.faults.rule(Transport::Sse);
        self.passage.set_pace(rule.pace);
        rule
    }

    /// It has had its time.
    fn fall(&mut self) {
        self.due = None;
        let Line {
            faults,
            open,
            ticket,
            ..
        } = &self.line;
        match ticket.opening {
            Opening::Stall(_) if faults.is_ordered(ticket.era) => self.then = Some(Then::Mute),
            Opening::Flap(_) if faults.flaps(open, *ticket) => self.leave(Then::Break),
            Opening::Normal
            | Opening::HeldHead
            | Opening::HeadOnly
            | Opening::Stall(_)
            | Opening::Flap(_) => {}
        }
    }

    fn beat(&mut self) {
        // Not into the middle of an event.
        if !self.quiet && self.then.is_none() && !self.passage.drips() {
            self.line.stats.heartbeats.add();
            self.passage.put(COMMENT);
        }
    }

    fn take(&mut self, entry: Option<Entry>) {
        let Some(Entry { operation, outcome }) = entry else {
            return self.finish();
        };
        let Some(outcome) = outcome else {
            return self.complete(operation.as_deref());
        };
        let rule = self.look();
        // Cannot fail: GraphQL values are JSON. If it did, an end without `complete` is honest.
        let Ok(events) = self.events(operation.as_deref(), &outcome, rule) else {
            return self.finish();
        };
        match outcome.fall {
            Some(Fall::Cut) => return self.cut(&events),
            Some(Fall::Break) => return self.break_off(),
            Some(Fall::End) | None => {}
        }
        let mut written = false;
        for event in events {
            if self.survives(&event) {
                self.passage.put(event);
                written = true;
            } else if self.gone {
                return;
            }
        }
        if !written {
            return;
        }
        match rule.pace {
            Pace::AtOnce => {}
            Pace::Drip(_) | Pace::Batch(_) => {
                self.line.faults.befalls(rule.era);
            }
        }
        self.nth += 1;
        self.quiet = false;
        if outcome.fall == Some(Fall::End) {
            return self.finish();
        }
        self.flap_after(self.nth);
    }

    /// A result as one event, or as its segments.
    fn events(
        &mut self,
        operation: Option<&str>,
        outcome: &Outcome,
        rule: Rule,
    ) -> serde_json::Result<Vec<Bytes>> {
        let Line {
            dialect,
            ids,
            faults,
            stats,
            ..
        } = &self.line;
        let (dialect, result) = (*dialect, &outcome.result);
        let id = ids.id(dialect, self.nth + 1, outcome.id);
        if let Some(most) = outcome.segment {
            let json = serde_json::to_string(result)?;
            if let Some(mut segmented) = Segmented::cut(&json, most, self.segmented) {
                self.segmented = self.segmented.wrapping_add(1);
                if rule.slices != Slices::Whole && faults.befalls(rule.era) {
                    segmented.suffer(rule.slices);
                }
                stats.segments(segmented.len());
                return segmented.events(operation, &Dialect::id_line(id));
            }
        }
        Ok(vec![dialect.event(id, operation, result)?])
    }

    /// Breaks off in the middle of all that, unless another order has ended it already.
    fn cut(&mut self, events: &[Bytes]) {
        if !self.line.faults.cuts(&self.line.open) {
            return;
        }
        let (whole, rest) = events.split_at(events.len() / 2);
        for event in whole {
            self.passage.put(event.clone());
        }
        if let Some(event) = rest.first() {
            self.passage.put(event.slice(..event.len() / 2));
        }
        self.leave(Then::Break);
    }

    /// Breaks before the next event, unless another order has ended it already.
    fn break_off(&mut self) {
        if self.line.open.count_cut() {
            self.leave(Then::Break);
        }
    }

    /// A stream of one operation ends with it.
    fn complete(&mut self, operation: Option<&str>) {
        if let Ok(Some(complete)) = self.line.dialect.complete(operation)
            && self.survives(&complete)
        {
            self.passage.put(complete);
        }
        if operation.is_none() {
            self.finish();
        }
    }

    /// Whether the event is to be written; the stream may be over because of it.
    fn survives(&mut self, event: &Bytes) -> bool {
        let Line { faults, open, .. } = &self.line;
        match faults.on_event(open, event.len(), &mut self.crash) {
            Fate::Write => true,
            Fate::Lose => false,
            Fate::Crash => {
                self.leave(Then::End);
                false
            }
        }
    }

    fn flap_after(&mut self, nth: u64) {
        match self.line.ticket.opening {
            Opening::Flap(flap) => {
                let enough = flap.results.is_some_and(|most| nth >= most.get().into());
                if enough && self.line.faults.flaps(&self.line.open, self.line.ticket) {
                    self.leave(Then::Break);
                }
            }
            Opening::Normal | Opening::HeldHead | Opening::Stall(_) | Opening::HeadOnly => {}
        }
    }

    /// The operation is over; what is left may take its time.
    fn finish(&mut self) {
        self.passage.finish();
        self.then = Some(Then::End);
    }
}

fn beats(every: Duration) -> Interval {
    let mut beats = interval_at(Instant::now() + every, every);
    // Whoever was slow to read gets no burst of those that are late.
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    beats
}

async fn beat(beats: &mut Option<Interval>) {
    match beats {
        Some(beats) => {
            beats.tick().await;
        }
        None => pending().await,
    }
}
