//! A client: its operations, its timers, and the one door for everything that happens.

mod breakers;
mod reserved;
mod sockets;
mod suspects;
mod tally;
mod timing;
mod view;

use self::tally::Tally;
pub use self::view::OperationView;
use crate::config::{CONNECT_TIMEOUT, Config, Refusal, Transport};
use crate::document::Kind;
use crate::endpoints::Endpoints;
use crate::forward::Forward;
use crate::io::{Attempt, Delivery, Input, News, OpId, Output, Request, SOCKET, State};
use crate::payload::Payload;
use crate::presence::{Page, Presence, Turn};
use crate::queue::Queue;
use crate::random::Random;
use crate::reader::Message;
use crate::renewal::Renewals;
use crate::reservation::Reservation;
use crate::response::Want;
use crate::rhythm::Rhythms;
use crate::sizes::Sizes;
use crate::socket::{APART, Socket};
use crate::subscription::{Context, Phase, Subscription};
use crate::table::Table;
use crate::time::{Instant, Now, Timers};

/// What has happened so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Results delivered.
    pub results: u64,
    /// Attempts begun.
    pub attempts: u64,
    /// Attempts that failed or were cut.
    pub failures: u64,
    /// Gaps reported.
    pub gaps: u64,
    /// Events left out because the dialect does not know their name.
    pub ignored: u64,
    /// Results that were larger than allowed, for each operation whose they may have been.
    pub oversize: u64,
}

/// The state machine of a client. It calls nobody: tell it what happened with
/// [`Client::handle_input`], then do what [`Client::poll_output`] says until it
/// answers with [`Output::Wait`].
pub struct Client<P> {
    config: Config,
    random: Random,
    secret: u32,
    operations: Table<Subscription<P>>,
    timers: Timers<OpId>,
    endpoints: Endpoints,
    renewals: Renewals,
    rhythms: Rhythms,
    presence: Presence,
    forward: Forward,
    socket: Socket,
    /// For suspects, one at a time; and whose turn it is.
    apart: Socket,
    suspect: Option<OpId>,
    /// `socket` and `apart` have changed places for a moment.
    is_swapped: bool,
    reservation: Reservation<P>,
    /// Bytes that results in assembly may still take.
    room: usize,
    /// What has come on the reserved stream, on its way to those who ride on it.
    mail: Queue<Message<P>>,
    /// The next try to fall forward, as the timers have it.
    forward_deadline: Option<Instant>,
    outputs: Queue<Output<P>>,
    counters: Counters,
    sizes: [Sizes; Transport::ALL.len()],
    tally: Tally,
    state: State,
    last_id: OpId,
    version: u64,
}

impl<P: Payload> Client<P> {
    /// A client without operations. The seed spreads its retries.
    #[must_use]
    pub fn new(config: Config, seed: u64) -> Self {
        let timeout = config.connect_timeout.unwrap_or(CONNECT_TIMEOUT);
        Self {
            endpoints: Endpoints::new(config.breaker, config.retry_budget, timeout, &config.ladder),
            presence: Presence::new(config.when_hidden),
            forward: Forward::new(config.fall_forward),
            socket: Socket::new(sockets::patience(&config)),
            apart: Socket::apart(sockets::patience(&config)),
            suspect: None,
            is_swapped: false,
            reservation: Reservation::new(config.terms),
            room: config.limits.event_bytes,
            mail: Queue::default(),
            forward_deadline: None,
            config,
            renewals: Renewals::default(),
            rhythms: Rhythms::default(),
            random: Random::new(seed),
            secret: Random::new(!seed).bits() as u32,
            operations: Table::default(),
            timers: Timers::default(),
            outputs: Queue::default(),
            counters: Counters::default(),
            sizes: [Sizes::default(); Transport::ALL.len()],
            tally: Tally::default(),
            state: State::Idle,
            last_id: 0,
            version: 0,
        }
    }

    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Starts an operation.
    ///
    /// # Errors
    /// A [`Refusal`] of `resubscribe: true` on what may not be sent twice.
    pub fn subscribe(&mut self, now: Now, mut request: Request) -> Result<OpId, Refusal> {
        if request.resubscribe == Some(true) && matches!(request.kind, Kind::Query | Kind::Mutation)
        {
            return Err(Refusal::new(
                "resubscribe",
                "only a subscription can be sent again; a query or mutation would be executed twice",
            ));
        }
        // What is sent once has no gap that a history could fill.
        if matches!(request.kind, Kind::Query | Kind::Mutation) {
            request.continuity = None;
        }
        self.last_id += 1;
        let id = self.last_id;
        let counted = request.want == Want::Stream;
        let seed = self.random.bits();
        let subscription = Subscription::new(id, request, &self.config, now, seed);
        self.operations.push(id, subscription);
        if counted {
            self.tally.add(State::Idle);
        }
        self.update(id, now, &mut Subscription::start);
        self.settle(now);
        Ok(id)
    }

    /// Takes in what has happened.
    pub fn handle_input(&mut self, now: Now, input: Input<'_, P>) {
        match input {
            Input::Start => self.reserve_early(now),
            Input::Dispose(op) => self.update(op, now, &mut Subscription::dispose),
            Input::Close => {
                self.update_all(now, Subscription::dispose);
                self.settle_state(State::Closed);
            }
            Input::Reconnect => self.reconnect(now),
            Input::Page(page) => self.on_page(now, page),
            Input::Isolate(transport) => {
                self.change_endpoints(now, |endpoints| endpoints.isolate(transport))
            }
            Input::ResetBreaker(transport) => {
                self.ask_again();
                self.change_endpoints(now, |endpoints| endpoints.reset(transport))
            }
            Input::Backfilled { op, round, answer } => {
                let mut answer = Some(answer);
                self.update(op, now, &mut |subscription, cx| {
                    if let Some(answer) = answer.take() {
                        subscription.on_backfilled(round, answer, cx);
                    }
                });
            }
            Input::Hydrated { op, ticket, answer } => {
                let mut answer = Some(answer);
                self.update(op, now, &mut |subscription, cx| {
                    if let Some(answer) = answer.take() {
                        subscription.on_hydrated(ticket, answer, cx);
                    }
                });
            }
            Input::Tick => self.on_tick(now),
            Input::News { attempt, news } if attempt.op == SOCKET => {
                if attempt.number > APART {
                    self.swap(|it| it.on_socket_news(now, attempt, news));
                } else {
                    self.on_socket_news(now, attempt, news);
                }
            }
            Input::News { attempt, news } => self.on_news(now, attempt, news),
        }
        self.settle(now);
    }

    /// Waits end, and connections are replaced.
    fn reconnect(&mut self, now: Now) {
        self.endpoints.addresses.stop_waiting();
        self.ask_again();
        self.change_endpoints(now, Endpoints::hurry);
        let renews = self.renew_socket(now);
        // Those who ride on the reserved stream follow it; what may not be sent twice
        // keeps the old one until its answer is there.
        let keeps = self.operations.values().any(Subscription::needs_ride);
        for id in self.operations.numbers() {
            self.update(id, now, &mut |it, cx| {
                let stays = it.rides() || it.is_reserved() && keeps;
                if !stays && (renews || !it.is_on_socket()) {
                    it.replace(cx);
                }
            });
        }
    }

    /// The page has changed: its subscriptions rest, or go on.
    fn on_page(&mut self, now: Now, page: Page) {
        self.endpoints.is_offline = !page.online;
        match self.presence.turn(page, now) {
            Turn::Same => {}
            Turn::Rest => self.rest(now),
            Turn::Return => {
                self.ask_again();
                // Somebody waits: an open breaker lets one attempt through now.
                self.change_endpoints(now, Endpoints::hurry);
                self.socket.ask();
                self.update_all(now, Subscription::rouse);
            }
        }
    }

    /// What follows for the others from what has happened to one.
    fn settle(&mut self, now: Now) {
        // Whoever waits for a breaker goes on when one lets attempts through.
        while self.endpoints.take_freed() {
            self.update_all(now, Subscription::wake);
        }
        self.settle_reservation(now);
        self.settle_socket(now);
        self.settle_suspects(now);
        if self.endpoints.is_idle() {
            self.forward.disarm();
        }
        self.watch_forward();
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Output<P> {
        if let Some(output) = self.outputs.pop() {
            return output;
        }
        Output::Wait(self.next_deadline())
    }

    /// Late news, of an attempt that is over, ends here.
    fn on_news(&mut self, now: Now, attempt: Attempt, news: News<'_, P>) {
        let operation = self.operations.get(attempt.op);
        if operation.is_some_and(|it| it.owns(attempt.number)) {
            let mut news = Some(news);
            self.update(attempt.op, now, &mut |subscription, cx| {
                if let Some(news) = news.take() {
                    subscription.on_news(attempt.number, news, cx);
                }
            });
        }
    }

    fn update_all(&mut self, now: Now, change: fn(&mut Subscription<P>, &mut Context<'_, P>)) {
        for id in self.operations.numbers() {
            self.update(id, now, &mut { change });
        }
    }

    /// Lets an operation change, and keeps timers, tally and state in step with it.
    fn update(
        &mut self,
        id: OpId,
        now: Now,
        change: &mut dyn FnMut(&mut Subscription<P>, &mut Context<'_, P>),
    ) {
        let Some(subscription) = self.operations.get_mut(id) else {
            return;
        };
        let (state, deadline) = (subscription.state(), subscription.deadline());
        // One answer more or less does not change how the client is doing.
        let counted = subscription.request().want == Want::Stream;
        let breakers = self.endpoints.positions();
        change(
            subscription,
            &mut Context {
                now,
                config: &self.config,
                random: &mut self.random,
                secret: self.secret,
                counters: &mut self.counters,
                sizes: &mut self.sizes,
                endpoints: &mut self.endpoints,
                renewals: &mut self.renewals,
                rhythms: &mut self.rhythms,
                presence: &mut self.presence,
                forward: &mut self.forward,
                socket: if subscription.is_apart() == self.is_swapped {
                    &mut self.socket
                } else {
                    &mut self.apart
                },
                reservation: &mut self.reservation,
                room: &mut self.room,
                mail: &mut self.mail,
                outputs: &mut self.outputs,
            },
        );
        let new_state = subscription.state();
        let done = subscription.phase() == Phase::Done && !subscription.lingers();
        // A timer that is due has been taken off, also if the next one is due at once.
        let is_new = |at: &Instant| deadline != Some(*at) || *at <= now.monotonic;
        let new_deadline = subscription.deadline().filter(is_new);
        if done {
            self.operations.remove(id);
        }
        if let Some(at) = new_deadline {
            self.set_timer(id, at);
        }
        self.version += 1;
        self.report_breakers(now, breakers);
        if counted && state != new_state {
            self.tally.remove(state);
            self.tally.add(new_state);
            self.settle_state(self.tally.overall());
        }
        if self.reservation.op == Some(id) {
            self.follow_reservation(now, id);
        }
    }

    fn settle_state(&mut self, state: State) {
        let previous = self.state;
        if previous == state || previous == State::Closed {
            return;
        }
        self.state = state;
        self.version += 1;
        let delivery = Delivery::State { state, previous };
        self.outputs.push(Output::Deliver(delivery));
    }
}
