//! One operation's life.

use alloc::collections::VecDeque;
use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

use crate::client::Counters;
use crate::config::{Config, MIN_HEALTHY, Pace, Transport};
use crate::document::Kind;
use crate::error::{Code, Error};
use crate::io::{Attempt, GapReason, News, Notice, OpId, Output, Request, State};
use crate::ladder::{self, Obstacle, Rung};
use crate::payload::Payload;
use crate::random::Random;
use crate::reader::{Message, Reader, read_event};
use crate::response::{Head, Verdict, Want};
use crate::text::concat;
use crate::time::{Instant, Now, Wall};

/// Of a refusal's body, as much is read for its errors.
const REFUSAL_BYTES: usize = 1 << 20;

/// The phases of an operation, without their data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Idle,
    Connecting,
    Live,
    Waiting,
    Done,
}

/// What can happen to an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It begins.
    Start,
    /// The stream is open.
    Open,
    /// An attempt failed, or a live stream was cut, and another may follow.
    Fail,
    /// This transport did not work, and the next is tried at once.
    FallBack,
    /// The wait is over.
    Due,
    /// The application wants a fresh connection.
    Replace,
    /// Complete, failed for good, or disposed of.
    End,
}

/// The transition table; `None`: that cannot happen there. ARCHITECTURE.md draws it.
#[must_use]
pub const fn transition(phase: Phase, step: Step) -> Option<Phase> {
    match (phase, step) {
        (Phase::Idle, Step::Start) => Some(Phase::Connecting),
        (Phase::Connecting, Step::Open) => Some(Phase::Live),
        (Phase::Connecting | Phase::Live, Step::Fail) => Some(Phase::Waiting),
        (Phase::Connecting, Step::FallBack) => Some(Phase::Connecting),
        (Phase::Waiting, Step::Due) => Some(Phase::Connecting),
        (Phase::Live | Phase::Waiting, Step::Replace) => Some(Phase::Connecting),
        (Phase::Idle | Phase::Connecting | Phase::Live | Phase::Waiting, Step::End) => {
            Some(Phase::Done)
        }
        (Phase::Idle, Step::Open | Step::Fail | Step::FallBack | Step::Due | Step::Replace)
        | (Phase::Connecting, Step::Start | Step::Due | Step::Replace)
        | (Phase::Live, Step::Start | Step::Open | Step::FallBack | Step::Due)
        | (Phase::Waiting, Step::Start | Step::Open | Step::Fail | Step::FallBack)
        | (
            Phase::Done,
            Step::Start
            | Step::Open
            | Step::Fail
            | Step::FallBack
            | Step::Due
            | Step::Replace
            | Step::End,
        ) => None,
    }
}

/// A phase with its data.
enum Life<P> {
    Idle,
    Connecting {
        transport: Transport,
        deadline: Option<Instant>,
        body: Option<Body<P>>,
    },
    Live {
        transport: Transport,
        since: Instant,
        reader: Reader,
    },
    Waiting(Wait),
    Done,
}

/// The body of an answer that is no stream, as it arrives.
struct Body<P> {
    bytes: Vec<u8>,
    limit: usize,
    /// Is it a GraphQL response? Otherwise a refusal, and its errors belong to `error`.
    result: bool,
    error: Error<P>,
}

#[derive(Clone, Copy)]
enum Wait {
    Until {
        at: Instant,
        wall: Wall,
    },
    /// The application's `retry` function decides; the server asked for this much at least.
    Application {
        not_before: Instant,
    },
}

/// What an operation needs of its client.
pub(crate) struct Context<'a, P> {
    pub now: Now,
    pub config: &'a Config,
    pub random: &'a mut Random,
    pub counters: &'a mut Counters,
    pub outputs: &'a mut VecDeque<Output<P>>,
}

/// One operation.
pub(crate) struct Subscription<P> {
    id: OpId,
    request: Request,
    rungs: Vec<Rung>,
    life: Life<P>,
    /// Attempts so far; the number of the running one.
    attempts: u32,
    /// Failures in a row.
    retries: u32,
    /// Is the next connection one after a failure?
    again: bool,
    /// May the request be sent a second time?
    resend: bool,
    /// The server's `retry:`.
    reconnection_time: Duration,
    /// The last sign of life.
    heard: Wall,
    /// Results may have been missed since then.
    gap: Option<Wall>,
}

impl<P: Payload> Subscription<P> {
    pub fn new(id: OpId, request: Request, config: &Config) -> Self {
        let resend = may_resend(&request, config);
        let mut rungs = match request.want {
            Want::Stream => config.ladder.clone(),
            Want::Json => vec![Rung::usable(Transport::Fetch)],
        };
        if !resend {
            ladder::leave_out(&mut rungs, Transport::EventSource, Obstacle::SideEffect);
        } else if request.url_bytes > ladder::MAX_URL_BYTES {
            ladder::leave_out(&mut rungs, Transport::EventSource, Obstacle::UrlTooLong);
        }
        Self {
            id,
            request,
            rungs,
            life: Life::Idle,
            attempts: 0,
            retries: 0,
            again: false,
            resend,
            reconnection_time: Duration::ZERO,
            heard: Wall::default(),
            gap: None,
        }
    }

    pub fn start(&mut self, cx: &mut Context<'_, P>) {
        self.connect_first_rung(Step::Start, cx);
    }

    /// The deadline of a wait or of an attempt has come.
    pub fn on_deadline(&mut self, cx: &mut Context<'_, P>) {
        match &self.life {
            Life::Connecting { .. } => self.fail(
                Error::new(Code::Timeout, true, "the server did not answer in time"),
                cx,
            ),
            Life::Waiting(Wait::Until { .. }) => self.connect_first_rung(Step::Due, cx),
            Life::Waiting(Wait::Application { .. })
            | Life::Idle
            | Life::Live { .. }
            | Life::Done => {}
        }
    }

    /// News of the running attempt.
    pub fn on_news(&mut self, news: News<'_, P>, cx: &mut Context<'_, P>) {
        match (&self.life, news) {
            (Life::Connecting { body: None, .. }, news) => self.on_connecting(news, cx),
            (Life::Connecting { body: Some(_), .. }, news) => self.on_body(news, cx),
            (Life::Live { .. }, news) => self.on_live(news, cx),
            (Life::Waiting(wait), News::RetryReady) => {
                let wait = *wait;
                self.on_retry_ready(wait, cx);
            }
            (Life::Waiting(_), News::RetryFailed(value)) => {
                let op = self.id;
                self.end(Output::Thrown { op, value }, cx);
            }
            (Life::Waiting(_) | Life::Idle | Life::Done, _) => {}
        }
    }

    /// The application wants a fresh connection.
    pub fn replace(&mut self, cx: &mut Context<'_, P>) {
        match &self.life {
            Life::Waiting(_) => self.connect_first_rung(Step::Replace, cx),
            Life::Live { .. } if self.resend => {
                self.gap = self.gap.or(Some(self.heard));
                self.again = true;
                self.close(cx);
                self.connect_first_rung(Step::Replace, cx);
            }
            Life::Live { .. } | Life::Idle | Life::Connecting { .. } | Life::Done => {}
        }
    }

    /// The application has no more use for it.
    pub fn dispose(&mut self, cx: &mut Context<'_, P>) {
        self.close(cx);
        self.enter(Step::End, Life::Done, cx);
    }

    fn on_connecting(&mut self, news: News<'_, P>, cx: &mut Context<'_, P>) {
        match news {
            News::Unprepared(thrown) => {
                let error = Error {
                    thrown: Some(thrown),
                    ..Error::new(
                        Code::Headers,
                        true,
                        "the application's url or headers function failed; see cause",
                    )
                };
                // Nothing was sent, so that another transport would fare no better
                // and a side effect may be tried again.
                self.retry_or_give_up(error, cx);
            }
            News::Unusable(obstacle) => self.on_unusable(obstacle, cx),
            News::Head(head) => self.on_head(&head, cx),
            News::Open => self.go_live(cx),
            News::Failed(thrown) => {
                let error = Error {
                    thrown,
                    ..Error::new(
                        Code::Network,
                        true,
                        "the server cannot be reached: it is down, the network is, or CORS forbids it",
                    )
                };
                self.fail(error, cx);
            }
            News::End => self.fail(
                Error::new(
                    Code::Cut,
                    true,
                    "the connection closed before an answer came",
                ),
                cx,
            ),
            News::Bytes(_) | News::Event { .. } | News::RetryReady | News::RetryFailed(_) => {}
        }
    }

    fn on_unusable(&mut self, obstacle: Obstacle, cx: &mut Context<'_, P>) {
        let Some(transport) = self.transport() else {
            return;
        };
        self.close(cx);
        ladder::leave_out(&mut self.rungs, transport, obstacle);
        self.connect_first_rung(Step::FallBack, cx);
    }

    fn on_head(&mut self, head: &Head, cx: &mut Context<'_, P>) {
        let attempt = self.attempt();
        let (result, error) = match head.judge(self.request.want) {
            Verdict::Stream => {
                cx.outputs.push_back(Output::Read {
                    attempt,
                    keep: false,
                });
                return self.go_live(cx);
            }
            Verdict::Failure(error) => return self.fail(error, cx),
            Verdict::Result(error) => (true, error),
            Verdict::Refusal(error) => (false, error),
        };
        if let Life::Connecting { body, deadline, .. } = &mut self.life {
            *deadline = timeout(cx);
            *body = Some(Body {
                bytes: Vec::new(),
                limit: if result {
                    cx.config.limits.event_bytes
                } else {
                    REFUSAL_BYTES
                },
                result,
                error,
            });
        }
        cx.outputs.push_back(Output::Read {
            attempt,
            keep: true,
        });
    }

    fn on_body(&mut self, news: News<'_, P>, cx: &mut Context<'_, P>) {
        let Life::Connecting {
            body: Some(body),
            deadline,
            ..
        } = &mut self.life
        else {
            return;
        };
        match news {
            News::Bytes(bytes) if body.bytes.len() + bytes.len() <= body.limit => {
                body.bytes.extend_from_slice(bytes);
                // It is coming in: what is limited is the silence.
                *deadline = timeout(cx);
            }
            News::Bytes(_) | News::End => self.conclude(cx),
            News::Failed(_) => {
                // Half a body says nothing.
                body.bytes.clear();
                self.conclude(cx);
            }
            News::Unprepared(_)
            | News::Unusable(_)
            | News::Head(_)
            | News::Open
            | News::Event { .. }
            | News::RetryReady
            | News::RetryFailed(_) => {}
        }
    }

    /// The body is in: deliver what it says.
    fn conclude(&mut self, cx: &mut Context<'_, P>) {
        let Life::Connecting { body, .. } = &mut self.life else {
            return;
        };
        let Some(Body {
            bytes,
            result,
            mut error,
            ..
        }) = body.take()
        else {
            return;
        };
        let value = P::from_bytes(&bytes);
        match value {
            Some(value) if result && (value.has("data") || value.has("errors")) => {
                let op = self.id;
                cx.counters.results += 1;
                cx.outputs.push_back(Output::Next { op, result: value });
                self.close(cx);
                self.end(Output::Complete { op }, cx);
            }
            value => {
                error.body = value.filter(P::is_object);
                self.fail(error, cx);
            }
        }
    }

    fn on_live(&mut self, news: News<'_, P>, cx: &mut Context<'_, P>) {
        self.heard = match news {
            News::Bytes(_) | News::Event { .. } => cx.now.wall,
            _ => self.heard,
        };
        match news {
            News::Bytes(mut bytes) => {
                while let Life::Live { reader, .. } = &mut self.life {
                    let Some(message) = reader.next(&mut bytes) else {
                        return;
                    };
                    self.on_message(message, cx);
                }
            }
            News::Event { name, text } => {
                let message = read_event(cx.config.dialect, name, &text);
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
                let error = Error {
                    thrown,
                    ..Error::new(Code::Cut, true, "the stream broke off")
                };
                self.fail(error, cx);
            }
            News::Unprepared(_)
            | News::Unusable(_)
            | News::Head(_)
            | News::Open
            | News::RetryReady
            | News::RetryFailed(_) => {}
        }
    }

    fn on_message(&mut self, message: Message<P>, cx: &mut Context<'_, P>) {
        let op = self.id;
        match message {
            Message::Result(result) => {
                cx.counters.results += 1;
                cx.outputs.push_back(Output::Next { op, result });
            }
            Message::Complete => {
                self.close(cx);
                self.end(Output::Complete { op }, cx);
            }
            Message::Malformed => self.report_gap(GapReason::Malformed, cx.now.wall, cx),
            Message::Oversize => self.report_gap(GapReason::Oversize, cx.now.wall, cx),
            Message::Retry(wait) => self.reconnection_time = wait,
            Message::Unknown => cx.counters.ignored += 1,
            Message::Alive => {}
        }
    }

    fn on_retry_ready(&mut self, wait: Wait, cx: &mut Context<'_, P>) {
        let Wait::Application { not_before } = wait else {
            return;
        };
        if not_before <= cx.now.monotonic {
            return self.connect_first_rung(Step::Due, cx);
        }
        // The server asked for a longer wait than the application's function took.
        self.life = Life::Waiting(Wait::Until {
            at: not_before,
            wall: cx.now.wall + not_before.since(cx.now.monotonic),
        });
    }

    fn go_live(&mut self, cx: &mut Context<'_, P>) {
        let Some(transport) = self.transport() else {
            return;
        };
        self.heard = cx.now.wall;
        let live = Life::Live {
            transport,
            since: cx.now.monotonic,
            reader: Reader::new(cx.config.dialect, cx.config.limits),
        };
        self.enter(Step::Open, live, cx);
        self.notify(
            Notice::Connected {
                again: self.again,
                transport,
                attempt: self.attempts,
            },
            cx,
        );
        if let Some(since) = self.gap.take() {
            self.report_gap(GapReason::Reconnected, since, cx);
        }
    }

    /// An attempt has failed, or a live stream: go on, or give up.
    fn fail(&mut self, error: Error<P>, cx: &mut Context<'_, P>) {
        let before_open = matches!(self.life, Life::Connecting { .. });
        if before_open && self.transport() == Some(Transport::EventSource) {
            // EventSource does not say what went wrong. The same request by fetch
            // does, and if it streams it is the connection.
            cx.counters.failures += 1;
            self.close(cx);
            return self.connect(Step::FallBack, Transport::Fetch, cx);
        }
        if self.resend {
            return self.retry_or_give_up(error, cx);
        }
        let error = match error.code {
            Code::Network | Code::Cut => Error {
                thrown: error.thrown,
                ..Error::new(
                    Code::Cut,
                    false,
                    "the connection was lost after the request was sent: whether it was executed is unknown, and it is not sent again",
                )
            },
            _ => error,
        };
        cx.counters.failures += 1;
        self.give_up(error, cx);
    }

    fn retry_or_give_up(&mut self, mut error: Error<P>, cx: &mut Context<'_, P>) {
        cx.counters.failures += 1;
        error.transport = self.transport();
        if let Life::Live { since, .. } = &self.life {
            // Neither a connect nor a result proves health: a server may flap for ever.
            if cx.now.monotonic.since(*since) >= MIN_HEALTHY {
                self.retries = 0;
            }
            self.gap = self.gap.or(Some(self.heard));
        }
        if !error.retryable {
            return self.give_up(error, cx);
        }
        if cx
            .config
            .retry_attempts
            .is_some_and(|limit| self.retries >= limit)
        {
            return self.give_up(Error::exhausted(error), cx);
        }
        self.wait(error, cx);
    }

    fn wait(&mut self, error: Error<P>, cx: &mut Context<'_, P>) {
        let attempt = self.attempt();
        let retries = self.retries;
        let floor = error
            .retry_after
            .unwrap_or_default()
            .max(self.reconnection_time);
        self.close(cx);
        self.again = true;
        self.retries = retries.saturating_add(1);
        let delay = match cx.config.pace {
            Pace::Backoff(backoff) => Some(backoff.delay(retries, floor, cx.random.unit())),
            Pace::Application => None,
        };
        let wait = match delay {
            Some(delay) => Wait::Until {
                at: cx.now.monotonic + delay,
                wall: cx.now.wall + delay,
            },
            None => Wait::Application {
                not_before: cx.now.monotonic + floor.min(crate::backoff::MAX_FLOOR),
            },
        };
        self.enter(Step::Fail, Life::Waiting(wait), cx);
        self.notify(
            Notice::Retry {
                retries,
                delay,
                error,
            },
            cx,
        );
        if delay.is_none() {
            cx.outputs.push_back(Output::AskRetry { attempt, retries });
        }
    }

    fn give_up(&mut self, mut error: Error<P>, cx: &mut Context<'_, P>) {
        error.transport = error.transport.or(self.transport());
        // Only an answer with a status has something that the application may want to read.
        let response = error.status.and(Some(self.attempt()));
        if response.is_none() {
            self.close(cx);
        }
        let op = self.id;
        self.end(
            Output::Error {
                op,
                error,
                response,
            },
            cx,
        );
    }

    fn end(&mut self, delivery: Output<P>, cx: &mut Context<'_, P>) {
        self.enter(Step::End, Life::Done, cx);
        cx.outputs.push_back(delivery);
    }

    fn connect_first_rung(&mut self, step: Step, cx: &mut Context<'_, P>) {
        if let Some(transport) = ladder::first_usable(&self.rungs) {
            return self.connect(step, transport, cx);
        }
        let why = self
            .rungs
            .iter()
            .find_map(|rung| rung.obstacle)
            .unwrap_or(Obstacle::Environment);
        let error = Error::new(
            Code::Option,
            false,
            concat(&[
                "no transport can carry this operation: ",
                why.as_str(),
                "; add fetch to transports",
            ]),
        );
        self.give_up(error, cx);
    }

    fn connect(&mut self, step: Step, transport: Transport, cx: &mut Context<'_, P>) {
        self.attempts = self.attempts.saturating_add(1);
        cx.counters.attempts += 1;
        let connecting = Life::Connecting {
            transport,
            deadline: timeout(cx),
            body: None,
        };
        self.enter(step, connecting, cx);
        self.notify(Notice::Connecting { again: self.again }, cx);
        cx.outputs.push_back(Output::Open {
            attempt: self.attempt(),
            transport,
            method: ladder::method(&self.request, cx.config),
            want: self.request.want,
        });
    }

    fn close(&mut self, cx: &mut Context<'_, P>) {
        if self.transport().is_some() || matches!(self.life, Life::Waiting(_)) {
            cx.outputs.push_back(Output::Close {
                attempt: self.attempt(),
            });
        }
    }

    fn report_gap(&mut self, reason: GapReason, since: Wall, cx: &mut Context<'_, P>) {
        cx.counters.gaps += 1;
        self.notify(Notice::Gap { reason, since }, cx);
    }

    fn notify(&self, notice: Notice<P>, cx: &mut Context<'_, P>) {
        cx.outputs.push_back(Output::Notice {
            op: self.id,
            notice,
        });
    }

    /// The one door to another phase.
    fn enter(&mut self, step: Step, life: Life<P>, cx: &mut Context<'_, P>) {
        let before = self.state();
        let allowed = transition(self.phase(), step);
        self.life = life;
        debug_assert_eq!(allowed, Some(self.phase()), "step {step:?}");
        let state = self.state();
        if state != before {
            self.notify(Notice::State(state), cx);
        }
    }
}

/// What can be seen of an operation.
impl<P> Subscription<P> {
    pub const fn id(&self) -> OpId {
        self.id
    }

    pub const fn request(&self) -> &Request {
        &self.request
    }

    pub fn rungs(&self) -> &[Rung] {
        &self.rungs
    }

    pub const fn attempt(&self) -> Attempt {
        Attempt {
            op: self.id,
            number: self.attempts,
        }
    }

    pub const fn retries(&self) -> u32 {
        self.retries
    }

    pub const fn transport(&self) -> Option<Transport> {
        match self.life {
            Life::Connecting { transport, .. } | Life::Live { transport, .. } => Some(transport),
            Life::Idle | Life::Waiting(_) | Life::Done => None,
        }
    }

    pub const fn phase(&self) -> Phase {
        match self.life {
            Life::Idle => Phase::Idle,
            Life::Connecting { .. } => Phase::Connecting,
            Life::Live { .. } => Phase::Live,
            Life::Waiting(_) => Phase::Waiting,
            Life::Done => Phase::Done,
        }
    }

    pub const fn state(&self) -> State {
        match self.life {
            Life::Idle => State::Idle,
            Life::Connecting { .. } => State::Connecting,
            Life::Live { .. } => State::Live,
            Life::Waiting(_) => State::Waiting,
            Life::Done => State::Closed,
        }
    }

    pub const fn deadline(&self) -> Option<Instant> {
        match self.life {
            Life::Connecting { deadline, .. } => deadline,
            Life::Waiting(Wait::Until { at, .. }) => Some(at),
            Life::Idle
            | Life::Live { .. }
            | Life::Waiting(Wait::Application { .. })
            | Life::Done => None,
        }
    }

    /// When the wait ends, by the wall clock.
    pub const fn retry_at(&self) -> Option<Wall> {
        match self.life {
            Life::Waiting(Wait::Until { wall, .. }) => Some(wall),
            Life::Idle
            | Life::Connecting { .. }
            | Life::Live { .. }
            | Life::Waiting(Wait::Application { .. })
            | Life::Done => None,
        }
    }
}

/// Side effects are never sent twice; what cannot be read may be one.
fn may_resend(request: &Request, config: &Config) -> bool {
    let wish = request.resubscribe.or(config.resubscribe);
    match (request.want, request.kind) {
        (Want::Json, _) | (Want::Stream, Kind::Query | Kind::Mutation) => false,
        (Want::Stream, Kind::Subscription) => wish.unwrap_or(true),
        (Want::Stream, Kind::Unknown) => wish.unwrap_or(false),
    }
}

fn timeout<P>(cx: &Context<'_, P>) -> Option<Instant> {
    cx.config
        .connect_timeout
        .map(|timeout| cx.now.monotonic + timeout)
}
