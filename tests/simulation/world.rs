//! The real client in virtual time, with a network and a server that are made up.

use std::collections::BTreeMap;

use graphql_lifeline::client::Client;
use graphql_lifeline::config::{Config, Environment, Transport};
use graphql_lifeline::io::{Attempt, Input, News, OpId};
use graphql_lifeline::ladder::Obstacle;
use graphql_lifeline::presence::Page;
use graphql_lifeline::random::Random;
use graphql_lifeline::response::Head;
use graphql_lifeline::time::{Instant, Now, Span, Wall};

use super::event::Event;
use super::fault::below;
use super::liveness::Liveness;
use super::oracle::Oracle;
use super::plan::{END, FAULTS_END, Plan};
use super::reserved::Reservations;
use super::room::Room;
use super::sabotage::{Sabotage, Saboteur};
use super::server::Server;
use super::support::json::Json;
use super::token::Tokens;

/// The wall clock when a run begins.
pub const WALL_START: u64 = 1_800_000_000_000;

pub struct World {
    pub plan: Plan,
    pub random: Random,
    pub client: Client<Json>,
    pub server: Server,
    pub oracle: Oracle,
    pub liveness: Liveness,
    pub saboteur: Saboteur,
    pub tokens: Tokens,
    pub room: Room,
    pub reservations: Reservations,
    pub page: Page,
    /// Does the application ask for fresh connections just now?
    pub reconnects: bool,
    /// Milliseconds since the beginning, on both clocks; the wall clock may be ahead.
    pub now: u64,
    /// When what happens now should have happened: the server does not sleep with the client.
    pub due: u64,
    pub asleep: u64,
    queue: BTreeMap<(u64, u64), Event>,
    serial: u64,
    pub deadline: Option<Instant>,
    /// What the client has open, and over what.
    pub open: BTreeMap<Attempt, Transport>,
    pub ops: BTreeMap<usize, OpId>,
    pub story: Option<Vec<String>>,
}

impl World {
    pub fn new(seed: u64, tells: bool) -> Self {
        let mut random = Random::new(seed);
        let plan = Plan::draw(&mut random);
        Self::of(plan, random, tells)
    }

    pub fn of(plan: Plan, mut random: Random, tells: bool) -> Self {
        let browser = Environment {
            event_source: true,
            web_socket: true,
        };
        let config = Config::new(&plan.options, browser).expect("the plan's options are right");
        let mut world = Self {
            client: Client::new(config, random.bits()),
            server: Server::new(random.bits()),
            oracle: Oracle::default(),
            liveness: Liveness::default(),
            saboteur: Saboteur::default(),
            tokens: Tokens::default(),
            room: Room::new(&plan),
            reservations: Reservations::default(),
            page: Page::default(),
            reconnects: false,
            now: 0,
            due: 0,
            asleep: 0,
            queue: BTreeMap::new(),
            serial: 0,
            deadline: None,
            open: BTreeMap::new(),
            ops: BTreeMap::new(),
            story: tells.then(|| vec![format!("{plan:#?}")]),
            random,
            plan,
        };
        world.schedule();
        world
    }

    fn schedule(&mut self) {
        self.expect();
        for n in 0..self.plan.operations.len() {
            let planned = &self.plan.operations[n];
            let (start, dispose) = (planned.start, planned.dispose);
            self.at(start, Event::Subscribe(n));
            if let Some(dispose) = dispose {
                self.at(dispose, Event::Dispose(n));
            }
        }
        for at in self.plan.reconnects.clone() {
            self.at(at, Event::Reconnect);
        }
        for n in 0..self.plan.spells.len() {
            self.at(self.plan.spells[n].from, Event::Fault(n));
        }
        for n in 0..self.plan.sicknesses.len() {
            self.at(self.plan.sicknesses[n].from, Event::Sickness(n));
        }
        for n in 0..self.plan.aways.len() {
            let (from, until) = (self.plan.aways[n].from, self.plan.aways[n].until);
            self.at(from, Event::Page(Some(n)));
            self.at(until, Event::Page(None));
        }
        for n in 0..self.plan.tabs.len() {
            let (from, until) = (self.plan.tabs[n].from, self.plan.tabs[n].until);
            self.at(from, Event::Tab(n, true));
            self.at(until, Event::Tab(n, false));
        }
        self.at(0, Event::Publish);
        self.at(1, Event::Heartbeat);
    }

    pub fn run(&mut self) {
        if self.plan.options.lazy == Some(false) {
            self.input(Input::Start);
        }
        while let Some((at, event)) = self.next() {
            if at > END {
                break;
            }
            self.due = at;
            self.now = self.now.max(at);
            match (event, self.stopped()) {
                (Some(event), Some(until)) if self.waits(&event) => self.at(until, event),
                (Some(event), _) => self.happen(event),
                (None, _) => self.input(Input::Tick),
            }
            self.watch();
        }
        self.now = END;
        self.watch();
    }

    /// Everything that is wrong.
    pub fn judge(&mut self) -> Vec<String> {
        let states = self
            .client
            .operations()
            .map(|view| (view.id, view.state))
            .collect();
        let mut wrong = self.oracle.judge(&self.plan, &states, &self.room);
        wrong.extend(self.judge_leavings());
        wrong.extend(self.judge_idling());
        wrong.extend(self.judge_liveness());
        self.input(Input::Close);
        let left = self.client.operations().count();
        if left > 0 || self.deadline.is_some() || !self.open.is_empty() {
            wrong.push(format!(
                "left behind: {left} operations, {:?}, {:?}",
                self.deadline, self.open
            ));
        }
        wrong
    }

    /// The next event, or the client's deadline: timers are a little late.
    fn next(&mut self) -> Option<(u64, Option<Event>)> {
        let first = self.queue.first_key_value().map(|(&(at, _), _)| at);
        let never =
            self.saboteur.is(Sabotage::Sleeps) && self.now > 10_000 || self.stopped().is_some();
        let deadline = self.deadline.filter(|_| !never).map(Instant::as_millis);
        match (first, deadline) {
            (Some(at), Some(deadline)) if deadline < at => Some((deadline, None)),
            (None, Some(deadline)) => Some((deadline, None)),
            (Some(_), _) => {
                let ((at, _), event) = self.queue.pop_first()?;
                Some((at, Some(event)))
            }
            (None, None) => None,
        }
    }

    pub fn at(&mut self, at: u64, event: Event) {
        self.serial += 1;
        self.queue.insert((at.max(self.now), self.serial), event);
    }

    pub fn soon(&mut self, event: Event) {
        let delay = 5 + below(&mut self.random, 60);
        self.at(self.now + delay, event);
    }

    pub fn tell(&mut self, what: impl FnOnce() -> String) {
        let now = self.now;
        if let Some(story) = &mut self.story {
            story.push(format!("{now:>7} {}", what()));
        }
    }

    pub fn clock(&self) -> Now {
        Now {
            monotonic: Instant::from_millis(self.now),
            wall: Wall::from_millis(WALL_START + self.now + self.asleep),
        }
    }

    fn happen(&mut self, event: Event) {
        if !matches!(event, Event::Heartbeat) {
            self.tell(|| format!("  {event:?}"));
        }
        match event {
            Event::Subscribe(n) => self.subscribe(n),
            Event::Dispose(n) => {
                if let Some(&op) = self.ops.get(&n) {
                    if !self.saboteur.is(Sabotage::GoesOn) {
                        self.input(Input::Dispose(op));
                    }
                    self.oracle.disposed(op);
                }
            }
            Event::Reconnect => {
                self.reconnects = true;
                self.input(Input::Reconnect);
                self.reconnects = false;
            }
            Event::Page(begins) => self.turn(begins),
            Event::Tab(n, begins) => self.tab(n, begins),
            Event::Enter(connection) => self.enter(connection),
            Event::Admitted(connection) => self.admitted(connection),
            Event::Lifetime(attempt) => {
                if let Some(ms) = self.plan.lifetime.filter(|_| self.now < FAULTS_END) {
                    self.news(attempt, News::Lifetime(Span::from_millis(ms)));
                }
            }
            Event::Sent(attempt) => self.news(attempt, News::Sent),
            Event::Unusable(attempt) => {
                self.news(attempt, News::Unusable(Obstacle::HeadersFunction))
            }
            Event::Fault(n) => self.strike(self.plan.spells[n].fault),
            Event::Sickness(n) => self.sicken(n),
            Event::Worsens(attempt, symptom) => self.worsen(attempt, symptom),
            Event::Sound => {}
            Event::Publish => self.publish(),
            Event::Heartbeat => self.beat(),
            Event::Request(attempt, transport, want) => self.request(attempt, transport, want),
            Event::Reserved(token) => self.reserved(token),
            Event::Get(token) => self.get(token),
            Event::Post(attempt, token) => self.post(attempt, token),
            Event::Stop(attempt) => self.stopped_at_server(attempt),
            Event::Subscribed(attempt, link) => self.subscribed(attempt, link),
            Event::Head(attempt, status, content_type, retry_after) => {
                let retry_after = retry_after.map(Span::from_secs);
                let head = Head {
                    status,
                    content_type: Some(content_type.into()),
                    retry_after,
                };
                self.news(attempt, News::Head(head));
            }
            Event::Open(attempt) => self.news(attempt, News::Open),
            Event::Bytes(attempt, bytes) => self.arrive(attempt, &bytes),
            Event::Text(attempt, text) => {
                let (name, bytes) = ("", text.len());
                self.news(attempt, News::Event { name, text, bytes });
            }
            Event::Failed(attempt) => self.news(attempt, News::Failed(None)),
            Event::Ended(attempt) => self.news(attempt, News::End),
            Event::Closed(attempt, code) => self.news(attempt, News::Closed(code, None)),
            Event::SocketRequest(attempt) => self.socket_request(attempt),
            Event::Frame(attempt, frame) => self.frame(attempt, frame),
            Event::Probe(attempt) => {
                // About a stream that nobody subscribed to there is nothing to ask.
                let is_reserved = self.reservations.has_token(attempt);
                let answer = (!is_reserved).then(|| self.server.flows(attempt));
                let news = News::Probed(answer);
                self.input(Input::News { attempt, news });
            }
            Event::Hydrate(op, ticket, notification) => self.hydrate(op, ticket, notification),
            Event::Backfill(op, round, last_key) => self.backfill(op, round, last_key.as_deref()),
        }
    }

    fn subscribe(&mut self, n: usize) {
        let request = self.plan.operations[n].request.clone();
        let op = self
            .client
            .subscribe(self.clock(), request.clone())
            .expect("the plan's requests are right");
        self.ops.insert(n, op);
        self.oracle.began(op, request);
        self.drain();
    }
}
