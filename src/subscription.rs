//! One operation's life.

mod choosing;
mod connecting;
mod failure;
mod flow;
mod live;
mod phase;
mod rising;
mod shared;
mod trial;
mod view;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use self::live::Live;
pub use self::phase::{Phase, Step, transition};
use self::trial::Trial;
use crate::breaker::Ticket;
use crate::client::Counters;
use crate::config::{Config, Transport};
use crate::continuity::Continuity;
use crate::document::Kind;
use crate::endpoints::{Endpoints, Failed};
use crate::error::{Code, Error};
use crate::forward::Forward;
use crate::io::{Attempt, Delivery, GapReason, News, Notice, OpId, Output, Request, State};
use crate::ladder::{self, Obstacle, Rung};
use crate::payload::Payload;
use crate::queue::Queue;
use crate::random::Random;
use crate::response::Want;
use crate::socket::Socket;
use crate::time::{Instant, Now, Span, Wall};

/// Of a refusal's body, as much is read for its errors.
const REFUSAL_BYTES: usize = 1 << 20;

/// A phase with its data.
enum Life<P> {
    Idle,
    Connecting {
        transport: Transport,
        ticket: Option<Ticket>,
        deadline: Option<Instant>,
        /// On the socket: sent, and this is the number of the ping behind it.
        mark: Option<u32>,
        body: Option<Body<P>>,
    },
    Live(Box<Live>),
    Waiting(Wait),
    /// No breaker lets an attempt through; until then, if a time is set.
    Suspended {
        until: Option<(Instant, Wall)>,
    },
    Done,
}

/// The body of an answer that is no stream, as it arrives.
struct Body<P> {
    bytes: Vec<u8>,
    limit: usize,
    /// Is it a GraphQL response? Otherwise a refusal, and its errors belong to `error`.
    result: bool,
    error: Box<Error<P>>,
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
    pub endpoints: &'a mut Endpoints,
    pub forward: &'a mut Forward,
    pub socket: &'a mut Socket,
    pub outputs: &'a mut Queue<Output<P>>,
}

impl<P> Context<'_, P> {
    /// An endpoint is at fault, though the connection has long proved healthy.
    fn blame_anew(&mut self, transport: Transport) {
        let now = self.now.monotonic;
        if let Some(ticket) = self.endpoints.begin(transport, now) {
            let random = self.random.unit();
            self.endpoints.fail(transport, ticket, now, random);
        }
    }

    fn deliver(&mut self, delivery: Delivery<P>) {
        self.outputs.push(Output::Deliver(delivery));
    }
}

/// One operation.
pub(crate) struct Subscription<P> {
    id: OpId,
    request: Request,
    rungs: Vec<Rung>,
    life: Life<P>,
    /// Attempts so far.
    attempts: u32,
    /// The number of the running one.
    number: u32,
    /// Another one beside it, which is to take its place.
    trial: Option<Box<Trial>>,
    /// Failures in a row.
    failures: u32,
    /// Failed passes over the whole ladder, in a row.
    passes: u32,
    failed: Failed,
    /// The budget has a token less for the attempt to come.
    paid: bool,
    /// Was the last attempt on the shared socket?
    was_on_socket: bool,
    /// Is the next attempt one to fall forward?
    rises: bool,
    /// Is the next connection one after a failure?
    again: bool,
    /// May the request be sent a second time?
    resend: bool,
    /// The last event id of the streams so far, if it is to be sent.
    event_id: String,
    /// The server's `retry:`.
    reconnection_time: Span,
    /// The last sign of life.
    heard: Wall,
    continuity: Continuity<P>,
    /// Why the backfill has failed that is being given up.
    trouble: Option<Box<Error<P>>>,
}

impl<P: Payload> Subscription<P> {
    pub fn new(id: OpId, mut request: Request, config: &Config, now: Now, seed: u64) -> Self {
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
        let rules = request.continuity.take().unwrap_or_default();
        Self {
            continuity: Continuity::new(*rules, seed, now.wall),
            trouble: None,
            id,
            request,
            rungs,
            life: Life::Idle,
            attempts: 0,
            number: 0,
            trial: None,
            failures: 0,
            passes: 0,
            failed: Failed::default(),
            paid: false,
            was_on_socket: false,
            rises: false,
            again: false,
            resend,
            event_id: String::new(),
            reconnection_time: Span::ZERO,
            heard: Wall::default(),
        }
    }

    pub fn start(&mut self, cx: &mut Context<'_, P>) {
        self.go(Step::Start, cx);
    }

    /// The deadline of a wait or of an attempt has come.
    pub fn on_deadline(&mut self, cx: &mut Context<'_, P>) {
        self.on_trial_deadline(cx);
        if self.is_flow_due(cx) {
            self.on_flow_deadline(cx);
        }
        if self
            .life_deadline()
            .is_none_or(|deadline| cx.now.monotonic < deadline)
        {
            return;
        }
        match &self.life {
            Life::Connecting { .. } => self.fail(
                Error::new(Code::Timeout, true, "the server did not answer in time"),
                cx,
            ),
            Life::Waiting(Wait::Until { .. }) | Life::Suspended { .. } => self.go(Step::Due, cx),
            Life::Live(_) => self.on_live_deadline(cx),
            Life::Waiting(Wait::Application { .. }) | Life::Idle | Life::Done => {}
        }
    }

    /// News of the running attempt.
    pub fn on_news(&mut self, number: u32, news: News<'_, P>, cx: &mut Context<'_, P>) {
        if number != self.number {
            return self.on_trial(news, cx);
        }
        match (&self.life, news) {
            (Life::Connecting { body: None, .. }, news) => self.on_connecting(news, cx),
            (Life::Connecting { body: Some(_), .. }, news) => self.on_body(news, cx),
            (Life::Live(_), news) => self.on_live(news, cx),
            (Life::Waiting(wait), News::RetryReady) => {
                let wait = *wait;
                self.on_retry_ready(wait, cx);
            }
            (Life::Waiting(_), News::RetryFailed(value)) => {
                let op = self.id;
                self.close(cx);
                self.end(Delivery::Thrown { op, value }, cx);
            }
            (Life::Waiting(_) | Life::Suspended { .. } | Life::Idle | Life::Done, _) => {}
        }
    }

    /// A breaker lets attempts through again.
    pub fn wake(&mut self, cx: &mut Context<'_, P>) {
        match &self.life {
            Life::Suspended { .. } => self.go(Step::Due, cx),
            Life::Live(_) => self.plan_rise(cx),
            Life::Idle | Life::Connecting { .. } | Life::Waiting(_) | Life::Done => {}
        }
    }

    /// The application wants a fresh connection.
    pub fn replace(&mut self, cx: &mut Context<'_, P>) {
        match &self.life {
            Life::Waiting(_) | Life::Suspended { .. } => self.go(Step::Replace, cx),
            Life::Live(_) if self.resend => {
                // A socket is gone already.
                if self.is_on_socket() || !self.overlap(cx) {
                    self.exchange(cx);
                }
            }
            // The socket on which it was announced is gone.
            Life::Connecting {
                transport: Transport::WebSocket,
                ..
            } => {
                self.abandon(cx);
                self.close(cx);
                self.go(Step::Replace, cx);
            }
            Life::Live(_) | Life::Idle | Life::Connecting { .. } | Life::Done => {}
        }
    }

    /// Gives the live connection up for a fresh one.
    fn exchange(&mut self, cx: &mut Context<'_, P>) {
        self.drop_trial(cx);
        self.settle_health(cx);
        self.abandon(cx);
        self.continuity.cut(GapReason::Reconnect, self.heard);
        self.again = true;
        self.close(cx);
        self.go(Step::Replace, cx);
    }

    /// The application has no more use for it.
    pub fn dispose(&mut self, cx: &mut Context<'_, P>) {
        self.drop_trial(cx);
        self.settle_health(cx);
        self.abandon(cx);
        self.close(cx);
        self.enter(Step::End, Life::Done, cx);
    }

    fn on_retry_ready(&mut self, wait: Wait, cx: &mut Context<'_, P>) {
        let Wait::Application { not_before } = wait else {
            return;
        };
        if not_before <= cx.now.monotonic {
            return self.go(Step::Due, cx);
        }
        // The server asked for a longer wait than the application's function took.
        self.life = Life::Waiting(Wait::Until {
            at: not_before,
            wall: cx.now.wall + not_before.since(cx.now.monotonic),
        });
    }

    fn go_live(&mut self, cx: &mut Context<'_, P>) {
        let Life::Connecting {
            transport, ticket, ..
        } = self.life
        else {
            return;
        };
        let live = Live::new(transport, ticket, cx.now, cx.config);
        self.be_live(Step::Open, live, self.again, cx);
    }

    fn be_live(&mut self, step: Step, live: Box<Live>, again: bool, cx: &mut Context<'_, P>) {
        self.heard = cx.now.wall;
        let transport = live.transport;
        self.enter(step, Life::Live(live), cx);
        self.notify(
            Notice::Connected {
                again,
                transport,
                attempt: self.number,
            },
            cx,
        );
        self.arm_rise(cx);
        self.continuity.live(cx.now);
        self.drain(cx);
    }

    fn end(&mut self, delivery: Delivery<P>, cx: &mut Context<'_, P>) {
        self.drop_trial(cx);
        self.settle_health(cx);
        self.abandon(cx);
        self.continuity.finish();
        self.drain(cx);
        self.enter(Step::End, Life::Done, cx);
        cx.deliver(delivery);
    }

    /// What runs says nothing more about its endpoint.
    fn abandon(&mut self, cx: &mut Context<'_, P>) {
        if let Some((transport, ticket)) = self.take_ticket() {
            cx.endpoints.abandon(transport, ticket);
        }
    }

    /// The ticket of the running attempt, if its outcome is open.
    fn take_ticket(&mut self) -> Option<(Transport, Ticket)> {
        match &mut self.life {
            Life::Connecting {
                transport, ticket, ..
            } => Some((*transport, ticket.take()?)),
            Life::Live(live) => Some((live.transport, live.take_ticket()?)),
            Life::Idle | Life::Waiting(_) | Life::Suspended { .. } | Life::Done => None,
        }
    }

    fn connect(&mut self, step: Step, transport: Transport, cx: &mut Context<'_, P>) {
        self.number = self.count_attempt(cx);
        let shared = transport == Transport::WebSocket;
        let connecting = Life::Connecting {
            transport,
            ticket: match self.request.want {
                Want::Stream if !shared => cx.endpoints.begin(transport, cx.now.monotonic),
                Want::Stream | Want::Json => None,
            },
            deadline: timeout(cx).filter(|_| !shared),
            mark: None,
            body: None,
        };
        self.paid = false;
        self.rises = false;
        self.enter(step, connecting, cx);
        self.notify(Notice::Connecting { again: self.again }, cx);
        self.was_on_socket = shared;
        if shared {
            return self.join(cx);
        }
        self.open(self.number, transport, cx);
    }

    fn open(&self, number: u32, transport: Transport, cx: &mut Context<'_, P>) {
        let op = self.id;
        let id = Some(&self.event_id).filter(|id| !id.is_empty());
        cx.outputs.push(Output::Open {
            attempt: Attempt { op, number },
            transport,
            method: ladder::method(&self.request, cx.config),
            want: self.request.want,
            last_event_id: id.cloned(),
        });
    }

    /// A new attempt's number.
    fn count_attempt(&mut self, cx: &mut Context<'_, P>) -> u32 {
        self.attempts = self.attempts.saturating_add(1);
        cx.counters.attempts += 1;
        self.attempts
    }

    fn close(&mut self, cx: &mut Context<'_, P>) {
        if self.is_on_socket() {
            return self.leave(cx);
        }
        if self.transport().is_some() || matches!(self.life, Life::Waiting(_)) {
            cx.outputs.push(Output::Close {
                attempt: self.attempt(),
            });
        }
    }

    fn notify(&self, notice: Notice<P>, cx: &mut Context<'_, P>) {
        cx.deliver(Delivery::Notice {
            op: self.id,
            notice,
        });
    }

    /// The one door to another phase.
    fn enter(&mut self, step: Step, life: Life<P>, cx: &mut Context<'_, P>) {
        let before = self.state();
        let allowed = transition(self.phase(), step);
        cx.socket.was_left |= self.is_on_socket();
        self.count(false, cx);
        self.keep_event_id(cx.config);
        self.life = life;
        self.count(true, cx);
        debug_assert_eq!(allowed, Some(self.phase()), "step {step:?}");
        self.report_state(before, cx);
    }

    /// HTML: it outlives the connection, and a stream without ids does not change it.
    fn keep_event_id(&mut self, config: &Config) {
        if let Life::Live(live) = &self.life
            && config.last_event_id
        {
            let id = live.last_event_id();
            if !id.is_empty() {
                self.event_id = id;
            }
        }
    }

    /// Whoever is live counts for its transport.
    fn count(&self, lives: bool, cx: &mut Context<'_, P>) {
        if let Life::Live(live) = &self.life {
            cx.endpoints.count(live.transport, lives);
        }
    }

    fn report_state(&self, before: State, cx: &mut Context<'_, P>) {
        let state = self.state();
        if state != before {
            self.notify(Notice::State(state), cx);
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
