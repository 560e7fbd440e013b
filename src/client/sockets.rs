//! The shared socket within its client: what it says, and whom it concerns.

use alloc::boxed::Box;

use super::Client;
use super::timing::SOCKET_APART;
use crate::config::{Config, Transport};
use crate::dialect::graphql_transport_ws::{Closing, Meaning, closing, meaning};
use crate::error::{Code, Error};
use crate::io::{Attempt, Frame, GapReason, News, Output, Reason, SOCKET};
use crate::payload::Payload;
use crate::reader::{self, Message};
use crate::renewal::{AGAIN, renewal};
use crate::socket::{Look, PING_AFTER, PONG_TIMEOUT, Patience};
use crate::subscription::{Loss, Subscription};
use crate::text::{concat, digits};
use crate::time::Now;

/// How the socket is watched.
pub(super) fn patience(config: &Config) -> Option<Patience> {
    let stall = config.stall?;
    Some(Patience {
        ping_after: stall.silence.unwrap_or(PING_AFTER),
        pong_timeout: stall.pong.unwrap_or(PONG_TIMEOUT),
    })
}

impl<P: Payload> Client<P> {
    pub(super) fn on_socket_news(&mut self, now: Now, attempt: Attempt, news: News<'_, P>) {
        // Late news, of a socket that is gone, ends here.
        if attempt != self.socket.attempt() || !self.socket.is_up() {
            return;
        }
        match news {
            News::Sent => {
                self.socket.is_sent = true;
                self.update_those_on_it(now, Subscription::on_socket_sent);
            }
            News::Open => {
                self.socket.is_sent = false;
                self.update_those_on_it(now, Subscription::on_socket_open);
                let timeout = self.config.connect_timeout;
                self.socket
                    .greet(timeout.map(|timeout| now.monotonic + timeout));
                let renews = core::mem::take(&mut self.socket.renews);
                let others = core::mem::take(&mut self.socket.wants_others);
                let reason = match (others, renews) {
                    (true, _) => Reason::Unauthorized(0),
                    (false, true) => Reason::Renew,
                    (false, false) => Reason::Connect,
                };
                self.send(Frame::Init { reason });
            }
            News::Lifetime(span) => self.socket.lifetime = Some(span),
            News::Event { text, bytes, .. } => self.on_frame(now, &text, bytes),
            News::Closed(code, reason) => self.on_closed(now, code, reason.as_deref()),
            News::Failed(thrown) => self.lose(
                now,
                Error::new(
                    Code::Network,
                    true,
                    "the socket cannot be opened: the server is down, the network is, or it does not speak graphql-transport-ws",
                )
                .thrown(thrown),
                Loss::Cut,
            ),
            News::Unprepared(thrown) => {
                self.socket.want_others();
                self.abandon_socket(now);
                let error = Error::new(
                    Code::Headers,
                    true,
                    "the application's websocket.url or connectionParams function failed; see cause",
                );
                self.lose(now, error.thrown(Some(thrown)), Loss::Cut);
            }
            News::Unusable(_)
            | News::Head(_)
            | News::Bytes(_)
            | News::End
            | News::Events { .. }
            | News::Crowded
            | News::Admitted
            | News::RetryReady
            | News::RetryFailed(_)
            | News::Probed(_) => {}
        }
        self.watch_socket();
    }

    fn on_frame(&mut self, now: Now, text: &P::Text, bytes: usize) {
        self.socket.hear(now.monotonic);
        if bytes > self.config.limits.event_bytes {
            return self.on_misread(now, GapReason::Oversize);
        }
        let Some(frame) = P::from_text(text).filter(P::is_object) else {
            return self.on_misread(now, GapReason::Malformed);
        };
        let kind = frame.text("type").unwrap_or_default();
        match meaning(&kind) {
            Meaning::Ack => {
                let healthy = now.monotonic + self.config.breaker.min_healthy;
                if self.socket.acknowledge(now.monotonic, healthy) {
                    let segments = frame.number("payload.lifeline.segments");
                    self.socket.has_segments = segments == Some(1);
                    if let Some(lifetime) = self.socket.lifetime {
                        let random = self.random.unit();
                        let at = renewal(now.monotonic, lifetime, random);
                        self.socket.renew_at(at);
                    }
                    self.update_those_on_it(now, Subscription::on_socket_ready);
                }
            }
            Meaning::Ping => self.send(Frame::Pong),
            Meaning::Pong => {
                let pongs = self.socket.pong();
                for id in self.those_on_it() {
                    self.update(id, now, &mut |it, cx| it.on_pong(pongs, cx));
                }
            }
            Meaning::Next => {
                let message = reader::result(frame.field("payload"));
                self.pass_on(now, &frame, message, bytes);
            }
            Meaning::Segment if self.socket.has_segments => {
                let message = match frame.field("payload") {
                    Some(part) => {
                        let slice = part.text("s").unwrap_or_default();
                        Message::Segment(part, slice.as_bytes().into())
                    }
                    None => Message::Lost(GapReason::Malformed),
                };
                self.pass_on(now, &frame, message, 0);
            }
            Meaning::Error => {
                let message = Message::Errors(frame.field("payload"));
                self.pass_on(now, &frame, message, 0);
            }
            Meaning::Complete => self.pass_on(now, &frame, Message::Complete, 0),
            Meaning::Segment | Meaning::Unknown => self.counters.ignored += 1,
        }
    }

    /// To whom the message's id belongs; ids of what is over are nobody's.
    fn pass_on(&mut self, now: Now, frame: &P, message: Message<P>, bytes: usize) {
        let id = frame.text("id").unwrap_or_default();
        let Some(attempt) = attempt_of(&id) else {
            return;
        };
        self.say(now, attempt, message, bytes, Subscription::hears_on_socket);
    }

    /// Whose result it was cannot be known.
    fn on_misread(&mut self, now: Now, reason: GapReason) {
        for id in self.those_on_it() {
            self.update(id, now, &mut |it, cx| {
                if it.is_on_socket() {
                    it.miss(reason, cx);
                }
            });
        }
    }

    fn on_closed(&mut self, now: Now, code: u16, reason: Option<&str>) {
        let (open, shut) = if reason.is_some() {
            (" (", ")")
        } else {
            ("", "")
        };
        let with_code = |what| {
            concat(&[
                "the server closed the socket with code ",
                &digits(code),
                open,
                reason.unwrap_or_default(),
                shut,
                what,
            ])
        };
        let error = match closing(code, self.socket.is_ready()) {
            Closing::Retry => Error::new(Code::Cut, true, with_code("")),
            Closing::Offended { is_certain } => {
                // Of one that is for a suspect it says nothing about the endpoint.
                if self.is_swapped {
                    self.abandon_socket(now);
                }
                return self.lose(
                    now,
                    Error::new(Code::Cut, true, with_code("")),
                    Loss::Offence { is_certain },
                );
            }
            Closing::Unauthorized => {
                self.abandon_socket(now);
                let again = self.socket.refuse();
                let what = ": it wants other credentials";
                Error::new(Code::Unauthorized, again, with_code(what))
            }
            Closing::Refused => {
                self.abandon_socket(now);
                let what = ": it does not speak graphql-transport-ws with this client";
                Error::new(Code::Protocol, false, with_code(what))
            }
        };
        self.lose(now, error, Loss::Cut);
    }

    pub(super) fn on_socket_deadline(&mut self, now: Now) {
        self.prove_socket(now);
        match self.socket.look(now.monotonic) {
            Look::Same | Look::Ping => {}
            Look::Old => self.on_old_socket(now),
            Look::Late => self.lose(
                now,
                Error::new(Code::Timeout, true, "the server did not answer in time"),
                Loss::Cut,
            ),
            Look::Silent => self.lose(
                now,
                Error::new(
                    Code::Timeout,
                    true,
                    "the socket is open and silent: the server or the way to it has died",
                ),
                Loss::Silence,
            ),
        }
    }

    /// The socket is gone, and its operations look for another way.
    // An error is large, and moving it costs more than the box.
    #[allow(clippy::boxed_local)]
    fn lose(&mut self, now: Now, error: Box<Error<P>>, loss: Loss) {
        self.prove_socket(now);
        self.outputs.push(Output::Close {
            attempt: self.socket.attempt(),
        });
        if loss == Loss::Silence
            && let Some(ticket) = self.socket.take_back_ticket()
        {
            let random = self.random.unit();
            self.change_endpoints(now, |endpoints| {
                endpoints.stall(Transport::WebSocket, ticket, now.monotonic, random);
            });
        }
        if let Some(ticket) = self.socket.close() {
            let random = self.random.unit();
            self.change_endpoints(now, |endpoints| {
                endpoints.fail(Transport::WebSocket, ticket, now.monotonic, random);
            });
        }
        let mut thrown = error.thrown;
        for id in self.those_on_it() {
            self.update(id, now, &mut |it, cx| {
                if it.is_on_socket() {
                    let error = Error::new(error.code, error.retryable, error.message.as_str());
                    it.on_socket_lost(error.thrown(thrown.take()), loss, cx);
                } else if it.tries_socket() {
                    it.on_trial_socket_lost(error.code == Code::Protocol, cx);
                }
            });
        }
    }

    /// The application wants a fresh one. What may not be sent twice keeps the old one until
    /// its answer is there, and one that is being opened is fresh.
    pub(super) fn renew_socket(&mut self, now: Now) -> bool {
        let mut operations = self.operations.values();
        let renews = self.socket.is_ready() && !operations.any(Subscription::needs_socket);
        drop(operations);
        if renews {
            self.hang_up(now);
        }
        renews
    }

    /// It has lived for long enough: all that may be sent again moves to a fresh one, if the
    /// page leaves room for that, and nothing would be lost with it.
    fn on_old_socket(&mut self, now: Now) {
        if !self.presence.leaves_room(now.monotonic) || !self.renew_socket(now) {
            return self.socket.renew_at(now.monotonic + AGAIN);
        }
        self.socket.renews = true;
        for id in self.those_on_it() {
            self.update(id, now, &mut |it, cx| {
                if it.is_on_socket() {
                    it.replace(cx);
                }
            });
        }
    }

    /// Closes the socket, by nobody's fault. Its operations are not told.
    pub(super) fn hang_up(&mut self, now: Now) {
        if self.socket.is_up() {
            self.prove_socket(now);
            self.outputs.push(Output::Close {
                attempt: self.socket.attempt(),
            });
            self.abandon_socket(now);
            self.socket.close();
        }
    }

    /// A timer may be late: what has been healthy for long enough is.
    fn prove_socket(&mut self, now: Now) {
        if let Some(ticket) = self.socket.take_proof(now.monotonic) {
            self.change_endpoints(now, |endpoints| {
                endpoints.succeed(Transport::WebSocket, ticket, now.monotonic);
            });
        }
    }

    /// What becomes of it says nothing about the endpoint.
    fn abandon_socket(&mut self, now: Now) {
        self.prove_socket(now);
        if let Some(ticket) = self.socket.take_ticket() {
            self.change_endpoints(now, |endpoints| {
                endpoints.abandon(Transport::WebSocket, ticket);
            });
        }
    }

    /// A socket that nobody needs any more is closed; a ping that is due is sent.
    pub(super) fn settle_socket(&mut self, now: Now) {
        if core::mem::take(&mut self.socket.was_left)
            && !self
                .operations
                .values()
                .any(|it| it.is_apart() == self.is_swapped && it.uses_socket())
        {
            self.hang_up(now);
        }
        if self.socket.take_ping(now.monotonic) {
            self.send(Frame::Ping);
        }
        self.watch_socket();
    }

    fn send(&mut self, frame: Frame) {
        self.outputs.push(Output::Send {
            attempt: self.socket.attempt(),
            frame,
        });
    }

    fn watch_socket(&mut self) {
        let deadline = self.socket.deadline();
        if deadline != self.socket.watched {
            self.socket.watched = deadline;
            let id = if self.is_swapped {
                SOCKET_APART
            } else {
                SOCKET
            };
            if let Some(at) = deadline {
                self.set_timer(id, at);
            }
        }
    }
}

/// Reads a message's id, such as `7-2`.
pub(super) fn attempt_of(id: &str) -> Option<Attempt> {
    let mut numbers = [0_u32; 2];
    let mut at = 0;
    for byte in id.bytes() {
        if byte == b'-' {
            at += 1;
        } else {
            let digit = byte.checked_sub(b'0').filter(|&digit| digit < 10)?;
            let number = numbers.get_mut(at)?;
            *number = number.checked_mul(10)?.checked_add(u32::from(digit))?;
        }
    }
    let [op, number] = numbers;
    Some(Attempt { op, number })
}
