//! One operation's life.

mod attempt;
mod choosing;
mod connecting;
mod crowding;
mod failure;
mod flow;
mod head_start;
mod hydrating;
mod live;
mod passage;
mod phase;
mod refusing;
mod renewing;
mod resting;
mod riding;
mod rising;
mod shared;
mod silence;
mod sizes;
mod suspicion;
mod trial;
mod view;
mod wishes;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use self::live::Live;
pub use self::phase::{Phase, Step, transition};
use self::refusing::Refusal;
pub use self::suspicion::Loss;
use self::suspicion::Suspicion;
use self::trial::Trial;
use crate::backoff::MAX_FLOOR;
use crate::breaker::Ticket;
use crate::client::Counters;
use crate::config::{Config, Transport};
use crate::continuity::Continuity;
use crate::document::Kind;
use crate::endpoints::{Endpoints, Failed};
use crate::error::{Code, Error};
use crate::forward::Forward;
use crate::hydration::Hydration;
use crate::incremental::Assembly;
use crate::io::{Delivery, News, OpId, Output, Request};
use crate::ladder::{self, Obstacle, Rung};
use crate::payload::Payload;
use crate::presence::{Pause, Presence};
use crate::queue::Queue;
use crate::random::Random;
use crate::reader::Message;
use crate::renewal::{Renewal, Renewals};
use crate::reservation::{Reservation, Sharing};
use crate::response::Want;
use crate::rhythm::Rhythms;
use crate::sizes::Sizes;
use crate::socket::Socket;
use crate::time::{Instant, Now, Span, Wall};

/// Of a refusal's body, as much is read for its errors.
const REFUSAL_BYTES: usize = 1 << 20;

/// A phase with its data.
#[repr(u8)]
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
    Live(Box<Live<P>>),
    Waiting(Wait),
    /// Nothing is attempted; until then, if a time is set.
    Suspended {
        pause: Pause,
        until: Option<(Instant, Wall)>,
    },
    Done,
}

/// The body of an answer that is no stream, as it arrives.
struct Body<P> {
    pieces: Option<P>,
    /// As many bytes more may come.
    room: usize,
    /// Is it a GraphQL response? Otherwise a refusal, and its errors belong to `error`.
    result: bool,
    error: Box<Error<P>>,
}

#[derive(Clone, Copy)]
#[repr(u8)]
enum Wait {
    Until {
        at: Instant,
        wall: Wall,
        /// Not even at once when somebody looks: the server or the budget wants it so.
        not_before: Instant,
    },
    /// The application's `retry` function decides; the server asked for this much at least.
    Application { not_before: Instant },
    /// Another operation is tried on the socket for suspects.
    Turn,
    /// The browser has no room for another stream. What may not be sent again has waited for
    /// long enough then; for others the socket is due.
    Room {
        transport: Transport,
        until: Option<Instant>,
    },
}

impl Wait {
    /// Not before then, whoever looks.
    fn until(at: Instant, now: Now) -> Self {
        Self::Until {
            at,
            wall: now.wall + at.since(now.monotonic),
            not_before: at,
        }
    }
}

/// What an operation needs of its client.
pub(crate) struct Context<'a, P> {
    pub now: Now,
    pub config: &'a Config,
    pub random: &'a mut Random,
    /// What no server knows.
    pub secret: u32,
    pub counters: &'a mut Counters,
    pub sizes: &'a mut [Sizes; Transport::ALL.len()],
    pub endpoints: &'a mut Endpoints,
    pub renewals: &'a mut Renewals,
    pub rhythms: &'a mut Rhythms,
    pub presence: &'a mut Presence,
    pub forward: &'a mut Forward,
    pub socket: &'a mut Socket,
    pub reservation: &'a mut Reservation<P>,
    /// Bytes that results in assembly may still take.
    pub room: &'a mut usize,
    /// What has come on the reserved stream.
    pub mail: &'a mut Queue<Message<P>>,
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

    /// When an attempt that begins now has taken too long.
    fn connect_deadline(&self) -> Option<Instant> {
        let timeout = self.config.connect_timeout?;
        Some(self.now.monotonic + timeout)
    }

    /// The server wants no request over HTTP for so long.
    fn hold_back(&mut self, wait: Span) {
        let until = self.now.monotonic + wait.min(MAX_FLOOR);
        self.endpoints.addresses.hold_back(until);
    }

    pub(crate) fn deliver(&mut self, delivery: Delivery<P>) {
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
    /// When another one begins beside it, if it shows no sign of life.
    head_start: Option<Instant>,
    /// Failures in a row.
    failures: u32,
    /// Failed passes over the whole ladder, in a row.
    passes: u32,
    failed: Failed,
    /// The budget has a token less for the attempt to come.
    paid: bool,
    /// Was the last attempt on the shared socket?
    was_on_socket: bool,
    /// Is the last attempt on the reserved stream?
    rides: bool,
    /// Was there no room for a stream of its own?
    is_crowded: bool,
    /// Is the next attempt one to fall forward?
    rises: bool,
    /// Does the next attempt replace a healthy connection?
    renews: bool,
    /// How long the next connection is to live, if the application says.
    lifetime: Option<Span>,
    renewal: Renewal,
    /// What a server said that does not stream it, until it lives elsewhere.
    refusal: Option<Box<Refusal<P>>>,
    /// Was it why a socket was closed?
    suspicion: Suspicion,
    /// When that is known, if nothing happens until then.
    acquitted_at: Option<Instant>,
    /// Was its request sent to a server that is not the right one?
    was_misdirected: bool,
    /// Is the next connection one after a failure?
    again: bool,
    /// May the request be sent a second time?
    resend: bool,
    /// The last event id of the streams so far, if it is to be sent.
    event_id: String,
    /// The server's `retry:`.
    reconnection_time: Span,
    /// No request over HTTP before then: its stream wanted it so.
    not_before: Option<Instant>,
    /// The last sign of life.
    heard: Wall,
    /// The endpoint that the last connection was lost on, and when, as long as what was lost
    /// with it is not known.
    left: Option<(Transport, Wall)>,
    continuity: Continuity<P>,
    /// What has come in parts on this connection.
    assembly: Assembly<P>,
    /// Why the backfill has failed that is being given up.
    trouble: Option<Box<Error<P>>>,
    /// If what comes are notifications.
    hydration: Option<Box<Hydration<P>>>,
}

impl<P: Payload> Subscription<P> {
    pub fn new(id: OpId, mut request: Request, config: &Config, now: Now, seed: u64) -> Self {
        let resend = may_resend(&request, config);
        let mut rungs = match request.want {
            Want::Stream => config.ladder.clone(),
            Want::Json | Want::Reserved | Want::Accepted => vec![Rung::usable(Transport::Fetch)],
        };
        if config.terms.sharing == Sharing::Always {
            ladder::leave_out(&mut rungs, Transport::EventSource, Obstacle::Shared);
        }
        if !resend {
            ladder::leave_out(&mut rungs, Transport::EventSource, Obstacle::SideEffect);
        } else if request.url_bytes > ladder::MAX_URL_BYTES {
            ladder::leave_out(&mut rungs, Transport::EventSource, Obstacle::UrlTooLong);
        }
        let rules = request.continuity.take().unwrap_or_default();
        Self {
            hydration: rules.hydrate.then(|| Box::new(Hydration::new(id, &rules))),
            continuity: Continuity::new(*rules, seed, now.wall),
            assembly: Assembly::new(),
            trouble: None,
            id,
            request,
            rungs,
            life: Life::Idle,
            attempts: 0,
            number: 0,
            trial: None,
            head_start: None,
            failures: 0,
            passes: 0,
            failed: Failed::default(),
            paid: false,
            was_on_socket: false,
            rides: false,
            is_crowded: false,
            rises: false,
            renews: false,
            lifetime: None,
            renewal: Renewal::default(),
            refusal: None,
            suspicion: Suspicion::None,
            acquitted_at: None,
            was_misdirected: false,
            again: false,
            resend,
            event_id: String::new(),
            reconnection_time: Span::ZERO,
            not_before: None,
            heard: Wall::default(),
            left: None,
        }
    }

    pub fn start(&mut self, cx: &mut Context<'_, P>) {
        self.go(Step::Start, cx);
    }

    /// The deadline of a wait or of an attempt has come.
    pub fn on_deadline(&mut self, cx: &mut Context<'_, P>) {
        self.hydrate(cx);
        let phase = self.phase();
        self.on_acquittal(cx);
        if self.phase() != phase {
            // To the other socket, which it has then.
            return;
        }
        self.on_trial_deadline(cx);
        self.on_head_start(cx);
        let phase = self.phase();
        if self.is_flow_due(cx) {
            self.on_flow_deadline(cx);
        }
        // What begins here has its time, even if that is now: others are to see it first.
        let is_due = |deadline| deadline <= cx.now.monotonic;
        if self.phase() != phase || !self.life_deadline().is_some_and(is_due) {
            return;
        }
        match &self.life {
            Life::Connecting { mark: None, .. } if self.rides => self.on_late_ride(cx),
            Life::Connecting { .. } => self.fail(
                Error::new(Code::Timeout, true, "the server did not answer in time"),
                cx,
            ),
            Life::Waiting(Wait::Until { .. }) | Life::Suspended { .. } => self.go(Step::Due, cx),
            Life::Live(_) => self.on_live_deadline(cx),
            Life::Waiting(Wait::Room { .. }) => self.on_room_deadline(cx),
            Life::Waiting(Wait::Application { .. } | Wait::Turn) | Life::Idle | Life::Done => {}
        }
    }

    /// News of the running attempt.
    pub fn on_news(&mut self, number: u32, news: News<'_, P>, cx: &mut Context<'_, P>) {
        if let News::Lifetime(span) = news {
            self.lifetime = Some(span);
            return;
        }
        if number != self.number {
            return self.on_trial(news, cx);
        }
        match (&self.life, news) {
            (Life::Connecting { body: None, .. }, news) => self.on_connecting(news, cx),
            (Life::Connecting { body: Some(_), .. }, news) => self.on_body(news, cx),
            (Life::Live(_), news) => self.on_live(news, cx),
            (Life::Waiting(Wait::Room { transport, .. }), News::Admitted) => {
                let transport = *transport;
                self.on_admitted(transport, cx);
            }
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
            Life::Waiting(Wait::Room { .. }) => self.try_socket(cx),
            Life::Connecting { .. } if self.waits_for_ride(cx) => self.try_socket(cx),
            Life::Idle | Life::Connecting { .. } | Life::Waiting(_) | Life::Done => {}
        }
    }
}

/// Side effects are never sent twice; what cannot be read may be one.
fn may_resend(request: &Request, config: &Config) -> bool {
    let wish = request.resubscribe.or(config.resubscribe);
    match (request.want, request.kind) {
        (Want::Json | Want::Accepted, _) | (Want::Stream, Kind::Query | Kind::Mutation) => false,
        (Want::Reserved, _) => true,
        (Want::Stream, Kind::Subscription) => wish.unwrap_or(true),
        (Want::Stream, Kind::Unknown) => wish.unwrap_or(false),
    }
}
