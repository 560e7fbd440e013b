//! While live: what the stream says, and what its silence means.

use alloc::boxed::Box;
use alloc::string::String;

use super::{Context, Life, Subscription};
use crate::breaker::Ticket;
use crate::config::Transport;
use crate::endpoints::Failed;
use crate::error::{Code, Error};
use crate::io::{Delivery, GapReason, News, Notice, Output, State};
use crate::payload::Payload;
use crate::reader::{Message, Reader, read_event};
use crate::response::Want;
use crate::time::{Instant, Now, Wall, earliest};
use crate::watchdog::{Judgement, Verdict, Watchdog};

/// An open connection.
pub(super) struct Live<P> {
    pub transport: Transport,
    reader: Reader<P>,
    watchdog: Option<Watchdog>,
    pub since: Wall,
    /// Until it has proved healthy, and when it will have.
    unproved: Option<(Option<Ticket>, Instant)>,
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
        // The socket is watched as a whole; only the application's probe looks further.
        let shared = transport == Transport::WebSocket || rides;
        Box::new(Self {
            transport,
            reader: Reader::new(config.dialect, config.limits, cx.secret),
            watchdog: config
                .stall
                .filter(|limits| !shared || limits.probe.is_some())
                .map(|limits| Watchdog::new(limits, now)),
            since: now.wall,
            unproved: Some((ticket, healthy)),
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
        let healthy = self.unproved.map(|(_, at)| at);
        let silence = self.watchdog.as_ref().and_then(Watchdog::deadline);
        earliest(&[healthy, silence, self.rises, self.renews])
    }

    /// The ticket, where it has one of its own, if its time has come.
    pub fn proved(&mut self, now: Instant) -> Option<Option<Ticket>> {
        let (ticket, _) = self.unproved.take_if(|(_, at)| *at <= now)?;
        Some(ticket)
    }

    /// The ticket, proved or not.
    pub fn take_ticket(&mut self) -> Option<Ticket> {
        self.unproved.take().and_then(|(ticket, _)| ticket)
    }
}

impl<P: Payload> Subscription<P> {
    pub(super) fn on_live(&mut self, news: News<'_, P>, cx: &mut Context<'_, P>) {
        self.heard = match news {
            News::Bytes(_) | News::Event { .. } => cx.now.wall,
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
            | News::Closed(_)
            | News::Lifetime(_)
            | News::Crowded
            | News::Admitted
            | News::RetryReady
            | News::RetryFailed(_) => {}
        }
    }

    pub(super) fn on_message(&mut self, message: Message<P>, cx: &mut Context<'_, P>) {
        let op = self.id;
        match message {
            Message::Result(_) | Message::Results(..) | Message::Part(_) => {
                self.heed(cx, Watchdog::result);
            }
            Message::Alive | Message::Unknown => self.heed(cx, Watchdog::beat),
            Message::Complete
            | Message::CompleteOne(_)
            | Message::Errors(_)
            | Message::Malformed
            | Message::Oversize
            | Message::Retry(_) => {
                self.heed(cx, Watchdog::sign);
            }
        }
        let Some(message) = self.pass_on(message, cx) else {
            return;
        };
        match message {
            Message::Result(result) => self.take_in(result, cx),
            Message::Results(results, count) => self.take_in_all(results, count, cx),
            Message::Part(part) => self.take_part(part, cx),
            Message::Complete => {
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
            Message::Malformed => self.miss(GapReason::Malformed, cx),
            Message::Oversize => self.miss(GapReason::Oversize, cx),
            Message::Retry(wait) => self.reconnection_time = wait,
            Message::Unknown | Message::CompleteOne(_) => cx.counters.ignored += 1,
            Message::Alive => {}
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
        }
    }

    /// Lets the watchdog know, and does what it says.
    pub(super) fn heed(
        &mut self,
        cx: &mut Context<'_, P>,
        tell: impl FnOnce(&mut Watchdog, Now) -> Verdict,
    ) {
        let before = self.state();
        let Life::Live(live) = &mut self.life else {
            return;
        };
        let Some(watchdog) = &mut live.watchdog else {
            return;
        };
        match tell(watchdog, cx.now) {
            Verdict::Same => {}
            // It could not run, which proves nothing.
            Verdict::Probe if !cx.presence.is_online() => {
                watchdog.probed(cx.now, None);
            }
            Verdict::Probe => cx.outputs.push(Output::AskProbe {
                attempt: self.attempt(),
            }),
            Verdict::Turned(judgement) => self.on_judgement(judgement, before, cx),
        }
    }

    fn on_judgement(&mut self, judgement: Judgement, before: State, cx: &mut Context<'_, P>) {
        self.report_state(before, cx);
        let since = self.heard;
        self.notify(Notice::Stall { judgement, since }, cx);
        if judgement == Judgement::Stalled && self.resend {
            self.continuity.cut(GapReason::Stalled, since);
            self.fail(
                Error::new(
                    Code::Timeout,
                    true,
                    "the connection is open and silent: the server or the way to it has died",
                ),
                cx,
            );
        }
    }
}
