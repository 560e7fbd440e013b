//! A client: its operations, its timers, and the one door for everything that happens.

use alloc::collections::VecDeque;

use crate::breaker::{Breaker, Position};
use crate::config::{CONNECT_TIMEOUT, Config, Refusal, Transport};
use crate::document::Kind;
use crate::endpoints::Endpoints;
use crate::io::{Attempt, Delivery, Input, News, OpId, Output, Request, State};
use crate::ladder::Rung;
use crate::payload::Payload;
use crate::random::Random;
use crate::response::Want;
use crate::subscription::{Context, Phase, Subscription};
use crate::table::Table;
use crate::time::{Instant, Now, Timers, Wall};

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
}

/// The state machine of a client. It calls nobody: tell it what happened with
/// [`Client::handle_input`], then do what [`Client::poll_output`] says until it
/// answers with [`Output::Wait`].
pub struct Client<P> {
    config: Config,
    random: Random,
    operations: Table<Subscription<P>>,
    timers: Timers<OpId>,
    endpoints: Endpoints,
    outputs: VecDeque<Output<P>>,
    counters: Counters,
    /// How many streams are in each state; `Closed` ones are gone.
    tally: [usize; State::ALL.len() - 1],
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
            endpoints: Endpoints::new(config.breaker, config.retry_budget, timeout),
            config,
            random: Random::new(seed),
            operations: Table::default(),
            timers: Timers::default(),
            outputs: VecDeque::new(),
            counters: Counters::default(),
            tally: [0; State::ALL.len() - 1],
            state: State::Idle,
            last_id: 0,
            version: 0,
        }
    }

    /// Puts a breaker where it was before a reload: open until then.
    pub fn restore(&mut self, now: Now, transport: Transport, until: Wall, openings: u32) {
        let until = now.monotonic + now.wall.until(until).min(self.config.breaker.max_open);
        self.endpoints.restore(transport, until, openings);
    }

    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Starts an operation.
    ///
    /// # Errors
    /// A [`Refusal`] of `resubscribe: true` on what may not be sent twice.
    pub fn subscribe(&mut self, now: Now, request: Request) -> Result<OpId, Refusal> {
        if request.resubscribe == Some(true) && matches!(request.kind, Kind::Query | Kind::Mutation)
        {
            return Err(Refusal::new(
                "resubscribe",
                "only a subscription can be sent again; a query or mutation would be executed twice",
            ));
        }
        self.last_id += 1;
        let id = self.last_id;
        let counted = request.want == Want::Stream;
        let subscription = Subscription::new(id, request, &self.config);
        self.operations.push(id, subscription);
        if counted {
            self.tally_add(State::Idle);
        }
        self.update(id, now, &mut Subscription::start);
        self.wake(now);
        Ok(id)
    }

    /// Takes in what has happened.
    pub fn handle_input(&mut self, now: Now, input: Input<'_, P>) {
        match input {
            Input::Dispose(op) => self.update(op, now, &mut Subscription::dispose),
            Input::Close => {
                self.update_all(now, Subscription::dispose);
                self.settle_state(State::Closed);
            }
            Input::Reconnect => {
                self.change_endpoints(now, Endpoints::hurry);
                self.update_all(now, Subscription::replace);
            }
            Input::Isolate(transport) => {
                self.change_endpoints(now, |endpoints| endpoints.isolate(transport))
            }
            Input::ResetBreaker(transport) => {
                self.change_endpoints(now, |endpoints| endpoints.reset(transport))
            }
            Input::Tick => {
                while let Some(op) = self.pop_due(now) {
                    self.update(op, now, &mut Subscription::on_deadline);
                }
            }
            Input::News { attempt, news } => self.on_news(now, attempt, news),
        }
        self.wake(now);
    }

    /// Whoever waits for a breaker goes on when one lets attempts through.
    fn wake(&mut self, now: Now) {
        while self.endpoints.take_freed() {
            self.update_all(now, Subscription::wake);
        }
    }

    /// Lets breakers move, and reports it.
    fn change_endpoints(&mut self, now: Now, change: impl FnOnce(&mut Endpoints)) {
        let before = self.endpoints.positions();
        change(&mut self.endpoints);
        self.report_breakers(now, before);
    }

    fn report_breakers(&mut self, now: Now, before: [Position; Transport::ALL.len()]) {
        let after = self.endpoints.positions();
        let moves = before.into_iter().zip(after).zip(Transport::ALL);
        for ((previous, position), transport) in moves {
            if previous != position {
                self.version += 1;
                let breaker = self.endpoints.breaker(transport);
                let until = breaker.and_then(Breaker::open_until);
                self.outputs.push_back(Output::Deliver(Delivery::Breaker {
                    transport,
                    position,
                    previous,
                    until: until.map(|at| now.wall + at.since(now.monotonic)),
                    openings: breaker.map_or(0, Breaker::openings),
                }));
            }
        }
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Output<P> {
        if let Some(output) = self.outputs.pop_front() {
            return output;
        }
        let operations = &self.operations;
        Output::Wait(self.timers.next(|op, at| holds(operations, op, at)))
    }

    fn pop_due(&mut self, now: Now) -> Option<OpId> {
        let operations = &self.operations;
        self.timers
            .pop_due(now.monotonic, |op, at| holds(operations, op, at))
    }

    /// Late news, of an attempt that is over, ends here.
    fn on_news(&mut self, now: Now, attempt: Attempt, news: News<'_, P>) {
        let current = self.operations.get(attempt.op).map(Subscription::attempt);
        if current == Some(attempt) {
            let mut news = Some(news);
            self.update(attempt.op, now, &mut |subscription, cx| {
                if let Some(news) = news.take() {
                    subscription.on_news(news, cx);
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
                counters: &mut self.counters,
                endpoints: &mut self.endpoints,
                outputs: &mut self.outputs,
            },
        );
        let (new_state, done) = (subscription.state(), subscription.phase() == Phase::Done);
        let new_deadline = subscription
            .deadline()
            .filter(|_| deadline != subscription.deadline());
        if done {
            self.operations.remove(id);
        }
        if let Some(at) = new_deadline {
            let operations = &self.operations;
            self.timers.set(id, at, |op, at| holds(operations, op, at));
        }
        self.version += 1;
        self.report_breakers(now, breakers);
        if counted && state != new_state {
            self.tally_remove(state);
            self.tally_add(new_state);
            self.settle_state(self.overall());
        }
    }

    /// The least healthy state of all operations.
    fn overall(&self) -> State {
        State::ALL
            .into_iter()
            .zip(self.tally)
            .filter(|&(_, count)| count > 0)
            .map(|(state, _)| state)
            .max()
            .unwrap_or(State::Idle)
    }

    fn settle_state(&mut self, state: State) {
        let previous = self.state;
        if previous == state || previous == State::Closed {
            return;
        }
        self.state = state;
        self.version += 1;
        let delivery = Delivery::State { state, previous };
        self.outputs.push_back(Output::Deliver(delivery));
    }

    fn tally_add(&mut self, state: State) {
        if let Some(count) = self.tally.get_mut(state as usize) {
            *count += 1;
        }
    }

    fn tally_remove(&mut self, state: State) {
        if let Some(count) = self.tally.get_mut(state as usize) {
            *count = count.saturating_sub(1);
        }
    }
}

/// Is this the operation's deadline still?
fn holds<P: Payload>(operations: &Table<Subscription<P>>, op: OpId, at: Instant) -> bool {
    operations.get(op).and_then(Subscription::deadline) == Some(at)
}

/// What can be seen of a client.
impl<P: Payload> Client<P> {
    /// Grows with every change, so that a picture can be kept until it is out of date.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    /// The state of an operation; `Closed` once it is gone.
    #[must_use]
    pub fn operation_state(&self, op: OpId) -> State {
        self.operations
            .get(op)
            .map_or(State::Closed, Subscription::state)
    }

    /// The breaker of a transport.
    #[must_use]
    pub fn breaker(&self, transport: Transport) -> Option<&Breaker> {
        self.endpoints.breaker(transport)
    }

    /// The transport of the newest live connection.
    #[must_use]
    pub fn transport(&self) -> Option<Transport> {
        self.operations
            .values()
            .rev()
            .find(|subscription| matches!(subscription.state(), State::Live | State::Suspect))
            .and_then(Subscription::transport)
    }

    /// A picture of each operation, the oldest first.
    pub fn operations(&self) -> impl Iterator<Item = OperationView<'_>> {
        self.operations.values().map(|subscription| OperationView {
            id: subscription.id(),
            request: subscription.request(),
            state: subscription.state(),
            transport: subscription.transport(),
            attempt: subscription.attempt().number,
            retries: subscription.retries(),
            retry_at: subscription.retry_at(),
            rungs: subscription.rungs(),
        })
    }
}

/// A picture of one operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationView<'a> {
    pub id: OpId,
    pub request: &'a Request,
    pub state: State,
    pub transport: Option<Transport>,
    pub attempt: u32,
    pub retries: u32,
    /// When the next attempt begins, if a time is set.
    pub retry_at: Option<Wall>,
    pub rungs: &'a [Rung],
}
