//! While live: what the stream says.

use alloc::boxed::Box;
use alloc::string::String;

use super::silence::watch;
use super::{Context, Life, Subscription};
use crate::breaker::Ticket;
use crate::config::Transport;
use crate::dialect::Meaning;
use crate::endpoints::Failed;
use crate::error::{Code, Error};
use crate::io::{Delivery, GapReason, News};
use crate::payload::Payload;
use crate::reader::{Message, Reader, read_event};
use crate::response::Want;
use crate::segments::{PATIENCE, Segments};
use crate::time::{Instant, Wall, earliest};
use crate::watchdog::{Judgement, Watchdog};

/// An open connection.
pub(super) struct Live<P> {
    pub transport: Transport,
    reader: Reader<P>,
    pub segments: Segments<P>,
    pub watchdog: Option<Watchdog>,
    pub since: Wall,
    /// Where it has one of its own.
    ticket: Option<Ticket>,
    /// Until it has proved healthy: when it will have.
    proves: Option<Instant>,
    /// Has it brought a result, or proved healthy?
    pub is_proved: bool,
    /// How often results have come.
    pub brought: u32,
    /// When it moves to a better transport.
    pub rises: Option<Instant>,
    /// When it is replaced, before the server cuts it.
    pub renews: Option<Instant>,
}

impl<P: Payload> Live<P> {
    pub fn new(
        transport: Transport,
        ticket: Option<Ticket>,
        rides: bool,
        cx: &Context<'_, P>,
    ) -> Box<Self> {
        let (now, config) = (cx.now, cx.config);
        let healthy = now.monotonic + config.breaker.min_healthy;
        let shared = transport == Transport::WebSocket || rides;
        Box::new(Self {
            transport,
            reader: Reader::new(config.dialect, config.limits, cx.secret),
            segments: Segments::default(),
            watchdog: watch(transport, shared, cx),
            since: now.wall,
            ticket,
            proves: Some(healthy),
            is_proved: false,
            brought: 0,
            rises: None,
            renews: None,
        })
    }

    /// It is the reserved stream, on which results come under their operation's name.
    pub const fn read_for_all(&mut self) {
        self.reader.share();
    }

    /// How many bytes of an unfinished result have come.
    pub const fn arriving(&self) -> usize {
        self.reader.arriving()
    }

    /// A character for each byte, as headers have it.
    pub fn last_event_id(&self) -> String {
        let mut text = String::new();
        for &byte in self.reader.last_event_id() {
            text.push(char::from(byte));
        }
        text
    }

    pub fn is_suspect(&self) -> bool {
        self.watchdog
            .as_ref()
            .is_some_and(|watchdog| watchdog.judgement() != Judgement::Alive)
    }

    pub fn deadline(&self) -> Option<Instant> {
        let silence = self.watchdog.as_ref().and_then(Watchdog::deadline);
        earliest(&[
            self.proves,
            silence,
            self.rises,
            self.renews,
            self.segments.deadline(),
        ])
    }

    /// The ticket, where it has one of its own, if its time has come.
    pub fn proved(&mut self, now: Instant) -> Option<Option<Ticket>> {
        self.proves.take_if(|at| *at <= now)?;
        Some(self.ticket)
    }

    /// Is it young, and has brought nothing?
    pub fn is_unknown(&self, now: Instant) -> bool {
        self.brought == 0 && self.proves.is_some_and(|at| at > now)
    }

    /// The ticket, if its outcome is open.
    pub fn take_ticket(&mut self) -> Option<Ticket> {
        self.proves.take().and(self.ticket.take())
    }

    /// The ticket, proved or not: its outcome is another.
    pub const fn take_back_ticket(&mut self) -> Option<Ticket> {
        self.proves = None;
        self.ticket.take()
    }
}

impl<P: Payload> Subscription<P> {
    pub(super) fn on_live(&mut self, news: News<'_, P>, cx: &mut Context<'_, P>) {
        self.heard = match news {
            News::Bytes(_) | News::Event { .. } | News::Events { .. } => cx.now.wall,
            _ => self.heard,
        };
        match news {
            // Of the answer that accepted it.
            News::Bytes(_) | News::End | News::Failed(_) if self.rides => {}
            News::Bytes(mut bytes) => {
                self.heed(cx, Watchdog::sign);
                let op = self.owner();
                while let Life::Live(live) = &mut self.life {
                    let message = live.reader.next(&mut bytes);
                    for &size in &live.reader.came {
                        cx.came(op, live.transport, size);
                    }
                    live.reader.came.clear();
                    let Some(message) = message else { return };
                    self.on_message(message, cx);
                }
            }
            News::Event { name, text, bytes } => {
                let fits = bytes <= cx.config.limits.event_bytes;
                let message = read_event(cx.config.dialect, name, &text, fits);
                if matches!(message, Message::Result(_)) {
                    cx.came(self.id, Transport::EventSource, bytes);
                }
                self.on_message(message, cx);
            }
            News::Events { name, texts, count } => self.on_events(name, &texts, count, cx),
            News::End => self.fail(
                Error::new(
                    Code::Cut,
                    true,
                    "the stream ended before the operation was complete",
                ),
                cx,
            ),
            News::Failed(thrown) => {
                let error = Error::new(Code::Cut, true, "the stream broke off").thrown(thrown);
                self.fail(error, cx);
            }
            News::Probed(answer) => self.heed(cx, |watchdog, now| watchdog.probed(now, answer)),
            News::Unprepared(_)
            | News::Unusable(_)
            | News::Head(_)
            | News::Open
            | News::Sent
            | News::Closed(..)
            | News::Lifetime(_)
            | News::Crowded
            | News::Admitted
            | News::RetryReady
            | News::RetryFailed(_) => {}
        }
    }

    /// What comes together is parsed together, if it can be.
    fn on_events(&mut self, name: &str, texts: &P, count: usize, cx: &mut Context<'_, P>) {
        let limit = cx.config.limits.event_bytes;
        let are_results = cx.config.dialect.meaning(name.as_bytes()) == Meaning::Next;
        let are_small = (0..count).all(|at| P::length_at(texts, at) <= limit);
        let results = (are_results && are_small)
            .then(|| P::from_texts(texts))
            .flatten();
        if let Some(results) = results {
            for at in 0..count {
                cx.came(self.id, Transport::EventSource, P::length_at(texts, at));
            }
            return self.on_message(Message::Results(results, count), cx);
        }
        for at in 0..count {
            // One of them may have been the end.
            if matches!(self.life, Life::Live(_)) {
                let (text, bytes) = (P::text_at(texts, at), P::length_at(texts, at));
                self.on_live(News::Event { name, text, bytes }, cx);
            }
        }
    }

    pub(super) fn on_message(&mut self, message: Message<P>, cx: &mut Context<'_, P>) {
        let op = self.id;
        match message {
            Message::Result(_) | Message::Results(..) | Message::Part(_) => {
                self.heed(cx, Watchdog::result);
                if let Life::Live(live) = &mut self.life {
                    live.brought = live.brought.wrapping_add(1);
                }
            }
            Message::Alive | Message::Unknown => self.on_beat(cx),
            Message::Complete
            | Message::CompleteOne(_)
            | Message::Errors(_)
            | Message::Segment(..)
            | Message::Lost(_)
            | Message::Retry(_) => {
                self.heed(cx, Watchdog::sign);
            }
        }
        let Some(message) = self.pass_on(message, cx) else {
            return;
        };
        match message {
            Message::Result(result) => {
                self.come_to_life(cx);
                self.take_in(result, cx);
            }
            Message::Results(results, count) => {
                self.come_to_life(cx);
                self.take_in_all(results, count, cx);
            }
            Message::Part(part) => {
                self.come_to_life(cx);
                self.take_part(part, cx);
            }
            Message::Complete => {
                self.come_to_life(cx);
                self.miss_rest(cx);
                self.hang_up(cx);
                self.end(Delivery::Complete { op }, cx);
            }
            Message::Errors(errors) => {
                self.settle_health(cx);
                self.abandon(cx);
                let mut error = Error::new(
                    Code::Graphql,
                    false,
                    "the server ended the operation with GraphQL errors; see errors",
                );
                error.transport = self.transport();
                error.body = errors;
                let response = None;
                self.end(
                    Delivery::Error {
                        op,
                        error,
                        response,
                    },
                    cx,
                );
            }
            Message::Segment(head, slice) => self.on_segment(&head, &slice, cx),
            Message::Lost(reason) => self.miss(reason, cx),
            Message::Retry(wait) => self.reconnection_time = wait,
            Message::Unknown | Message::CompleteOne(_) => cx.counters.ignored += 1,
            Message::Alive => {}
        }
    }

    fn on_segment(&mut self, head: &P, slice: &[u8], cx: &mut Context<'_, P>) {
        if let Life::Live(live) = &mut self.life {
            let now = cx.now.monotonic;
            if let Some(message) = live.segments.add(now, head, slice, cx.room) {
                self.on_message(message, cx);
            }
        }
    }

    fn on_segments_due(&mut self, cx: &mut Context<'_, P>) {
        while let Life::Live(live) = &mut self.life
            && live.segments.give_up(cx.now.monotonic, cx.room)
        {
            // That is how old it is at least.
            let wall = cx.now.wall.as_millis();
            let since = Wall::from_millis(wall.saturating_sub(PATIENCE.as_millis()));
            self.continuity.lost(cx.now, GapReason::Segment, since);
            self.drain(cx);
        }
    }

    /// The server has nothing more to say, and need not be told.
    fn hang_up(&mut self, cx: &mut Context<'_, P>) {
        if self.rides {
            self.alight(false, cx);
        } else if !self.is_on_socket() {
            self.close(cx);
        }
    }

    /// It may be healthy by now, or silent for too long.
    pub(super) fn on_live_deadline(&mut self, cx: &mut Context<'_, P>) {
        self.settle_health(cx);
        self.on_rise_due(cx);
        self.on_renewal_due(cx);
        self.on_segments_due(cx);
        self.heed(cx, Watchdog::look);
    }

    /// Uptime alone proves health: neither a connect nor a result does, since a server may
    /// flap for ever.
    pub(super) fn settle_health(&mut self, cx: &mut Context<'_, P>) {
        if let Life::Live(live) = &mut self.life
            && let Some(ticket) = live.proved(cx.now.monotonic)
        {
            if self.request.want == Want::Reserved {
                cx.reservation.prove();
            }
            self.failures = 0;
            self.passes = 0;
            self.failed = Failed::default();
            if let Some(ticket) = ticket {
                cx.endpoints
                    .succeed(live.transport, ticket, cx.now.monotonic);
            }
            self.come_to_life(cx);
        }
    }
}
