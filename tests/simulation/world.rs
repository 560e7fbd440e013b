//! The real client in virtual time, with a network and a server that are made up.

use std::collections::BTreeMap;

use graphql_lifeline::client::Client;
use graphql_lifeline::config::{Config, Environment, Transport};
use graphql_lifeline::io::{Attempt, Delivery, Frame, Input, News, OpId, Output, SOCKET};
use graphql_lifeline::random::Random;
use graphql_lifeline::response::{Head, Want};
use graphql_lifeline::time::{Instant, Now, Wall};
use serde_json::json;

use super::fault::{Fault, below};
use super::oracle::Oracle;
use super::plan::{END, MESSAGES_END, Plan};
use super::server::{Link, Sent, Server};
use super::support::json::Json;

/// The wall clock when a run begins.
pub const WALL_START: u64 = 1_800_000_000_000;

/// What happens at its time.
#[derive(Clone, Debug)]
pub enum Event {
    Subscribe(usize),
    Dispose(usize),
    Reconnect,
    Fault(usize),
    Publish,
    Heartbeat,
    /// A request has come to the server.
    Request(Attempt, Transport, Want),
    /// The server has understood what is wanted.
    Subscribed(Attempt),
    /// Something arrives at the client.
    Head(Attempt, u16, &'static str, Option<u64>),
    Open(Attempt),
    Bytes(Attempt, Vec<u8>),
    Text(Attempt, String),
    Failed(Attempt),
    Ended(Attempt),
    Closed(Attempt, u16),
    SocketRequest(Attempt),
    Frame(Attempt, Frame),
    Probe(Attempt),
    Backfill(OpId, u32, Option<String>),
}

pub struct World {
    pub plan: Plan,
    pub random: Random,
    pub client: Client<Json>,
    pub server: Server,
    pub oracle: Oracle,
    /// Milliseconds since the beginning, on both clocks; the wall clock may be ahead.
    pub now: u64,
    /// When what happens now should have happened: the server does not sleep with the client.
    due: u64,
    asleep: u64,
    queue: BTreeMap<(u64, u64), Event>,
    serial: u64,
    deadline: Option<Instant>,
    /// What the client has open, and over what.
    pub open: BTreeMap<Attempt, Transport>,
    ops: BTreeMap<usize, OpId>,
    pub story: Option<Vec<String>>,
}

impl World {
    pub fn new(seed: u64, tells: bool) -> Self {
        let mut random = Random::new(seed);
        let plan = Plan::draw(&mut random);
        let browser = Environment {
            event_source: true,
            web_socket: true,
        };
        let config = Config::new(&plan.options, browser).expect("the plan's options are right");
        let mut world = Self {
            client: Client::new(config, random.bits()),
            server: Server::new(random.bits()),
            oracle: Oracle::default(),
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
        self.at(0, Event::Publish);
        self.at(1, Event::Heartbeat);
    }

    pub fn run(&mut self) {
        while let Some((at, event)) = self.next() {
            if at > END {
                break;
            }
            self.due = at;
            self.now = self.now.max(at);
            match event {
                Some(event) => self.happen(event),
                None => self.input(Input::Tick),
            }
        }
        self.now = END;
    }

    /// Everything that is wrong.
    pub fn judge(&mut self) -> Vec<String> {
        let states = self
            .client
            .operations()
            .map(|view| (view.id, view.state))
            .collect();
        let mut wrong = self.oracle.judge(&self.plan, &states);
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
        let deadline = self.deadline.map(Instant::as_millis);
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

    fn soon(&mut self, event: Event) {
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

    pub fn active(&self, is: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let mut spells = self.plan.spells.iter();
        let spell = spells.find(|it| it.from <= self.now && self.now < it.until && is(&it.fault));
        spell.map(|spell| spell.fault)
    }

    fn is_hit(&mut self, is: impl Fn(&Fault) -> Option<u64>) -> bool {
        let one_in = self
            .active(|fault| is(fault).is_some())
            .and_then(|it| is(&it));
        one_in.is_some_and(|one_in| below(&mut self.random, one_in) == 0)
    }

    fn happen(&mut self, event: Event) {
        if !matches!(event, Event::Heartbeat) {
            self.tell(|| format!("  {event:?}"));
        }
        match event {
            Event::Subscribe(n) => self.subscribe(n),
            Event::Dispose(n) => {
                if let Some(&op) = self.ops.get(&n) {
                    self.input(Input::Dispose(op));
                    self.oracle.disposed(op);
                }
            }
            Event::Reconnect => self.input(Input::Reconnect),
            Event::Fault(n) => self.strike(self.plan.spells[n].fault),
            Event::Publish => self.publish(),
            Event::Heartbeat => self.beat(),
            Event::Request(attempt, transport, want) => self.request(attempt, transport, want),
            Event::Subscribed(attempt) => self.subscribed(attempt),
            Event::Head(attempt, status, content_type, retry_after) => {
                let retry_after = retry_after.map(graphql_lifeline::time::Span::from_secs);
                let head = Head {
                    status,
                    content_type: Some(content_type.into()),
                    retry_after,
                };
                self.news(attempt, News::Head(head));
            }
            Event::Open(attempt) => self.news(attempt, News::Open),
            Event::Bytes(attempt, bytes) => self.arrive(attempt, &bytes),
            Event::Text(attempt, text) => self.news(attempt, News::Event { name: "", text }),
            Event::Failed(attempt) => self.news(attempt, News::Failed(None)),
            Event::Ended(attempt) => self.news(attempt, News::End),
            Event::Closed(attempt, code) => self.news(attempt, News::Closed(code)),
            Event::SocketRequest(attempt) => self.socket_request(attempt),
            Event::Frame(attempt, frame) => self.frame(attempt, frame),
            Event::Probe(attempt) => {
                let news = News::Probed(Some(self.server.flows(attempt)));
                self.input(Input::News { attempt, news });
            }
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
        self.oracle.began(op, request, self.now);
        self.drain();
    }

    fn news(&mut self, attempt: Attempt, news: News<'_, Json>) {
        // The shell says nothing about what is closed.
        if self.open.contains_key(&attempt) {
            self.input(Input::News { attempt, news });
        }
    }

    /// EventSource decodes for itself; here the events are whole.
    fn arrive(&mut self, attempt: Attempt, bytes: &[u8]) {
        if self.open.get(&attempt) != Some(&Transport::EventSource) {
            return self.news(attempt, News::Bytes(bytes));
        }
        let text = String::from_utf8_lossy(bytes);
        if let Some(data) = text.strip_prefix("event: next\ndata: ")
            && let Some(data) = data.strip_suffix("\n\n")
        {
            let (name, text) = ("next", data.to_owned());
            self.news(attempt, News::Event { name, text });
        }
    }

    fn input(&mut self, input: Input<'_, Json>) {
        self.client.handle_input(self.clock(), input);
        self.drain();
    }

    fn drain(&mut self) {
        loop {
            match self.client.poll_output() {
                Output::Wait(deadline) => {
                    self.deadline = deadline;
                    return;
                }
                output => self.perform(output),
            }
        }
    }

    fn perform(&mut self, output: Output<Json>) {
        self.tell(|| super::support::describe::describe(&output));
        match output {
            Output::Open {
                attempt,
                transport,
                want,
                ..
            } => {
                self.oracle.opened(attempt, transport, want, self.now);
                self.open.insert(attempt, transport);
                self.soon(Event::Request(attempt, transport, want));
            }
            Output::OpenSocket { attempt } => {
                self.oracle
                    .opened(attempt, Transport::WebSocket, Want::Stream, self.now);
                self.open.insert(attempt, Transport::WebSocket);
                self.soon(Event::SocketRequest(attempt));
            }
            Output::Close { attempt } => {
                self.open.remove(&attempt);
                self.lose(attempt);
            }
            Output::Send { attempt, frame } => {
                // In the order in which they were sent.
                self.at(self.now + 20, Event::Frame(attempt, frame));
            }
            Output::Read { .. } => {}
            Output::AskRetry { .. } => panic!("no plan has a retry function"),
            Output::AskProbe { attempt } => self.soon(Event::Probe(attempt)),
            Output::Deliver(Delivery::Backfill { op, ask }) => {
                self.oracle.asked(op);
                let delay = 20 + below(&mut self.random, 400);
                let event = Event::Backfill(op, ask.round, ask.last_key);
                self.at(self.now + delay, event);
            }
            Output::Deliver(delivery) => {
                // The response goes to the application.
                if let Delivery::Error {
                    response: Some(attempt),
                    ..
                } = &delivery
                {
                    self.open.remove(attempt);
                }
                self.oracle.delivered(&delivery, self.now);
            }
            Output::Wait(_) => {}
        }
    }

    fn backfill(&mut self, op: OpId, round: u32, last_key: Option<&str>) {
        let fails = self.active(|fault| matches!(fault, Fault::Down | Fault::Refuse { .. }));
        let answer = match fails {
            Some(_) => Err(Json(json!("no history"))),
            None => Ok(self.server.history(last_key)),
        };
        self.input(Input::Backfilled { op, round, answer });
    }

    fn request(&mut self, attempt: Attempt, transport: Transport, want: Want) {
        if !self.open.contains_key(&attempt) {
            return;
        }
        if self.active(|fault| matches!(fault, Fault::Hang)).is_some() {
            return;
        }
        if self.active(|fault| matches!(fault, Fault::Down)).is_some() {
            return self.soon(Event::Failed(attempt));
        }
        if let Some(Fault::Refuse {
            status,
            retry_after,
        }) = self.active(|fault| matches!(fault, Fault::Refuse { .. }))
        {
            if transport == Transport::EventSource {
                return self.soon(Event::Failed(attempt));
            }
            let at = self.now + 10;
            self.at(
                at,
                Event::Head(attempt, status, "text/plain", Some(retry_after)),
            );
            return self.at(at + 5, Event::Ended(attempt));
        }
        self.accept(attempt, transport, want);
    }

    fn accept(&mut self, attempt: Attempt, transport: Transport, want: Want) {
        let at = self.now + 10;
        if self.oracle.is_mutation(attempt.op) {
            self.oracle.executed(attempt.op);
        }
        if want == Want::Json {
            self.at(at, Event::Head(attempt, 200, "application/json", None));
            self.at(at + 5, Event::Bytes(attempt, b"{\"data\":{}}".to_vec()));
            return self.at(at + 10, Event::Ended(attempt));
        }
        if transport == Transport::EventSource {
            self.at(at, Event::Open(attempt));
        } else {
            self.at(at, Event::Head(attempt, 200, "text/event-stream", None));
        }
        // Some servers answer before they have subscribed.
        let lag = [0, 0, 400, 1_500][below(&mut self.random, 4) as usize];
        self.at(at + 1 + lag, Event::Subscribed(attempt));
    }

    fn subscribed(&mut self, attempt: Attempt) {
        if !self.open.contains_key(&attempt) {
            return;
        }
        if self.oracle.is_mutation(attempt.op) {
            let event = b"event: next\ndata: {\"data\":{}}\n\nevent: complete\n\n";
            return self.at(self.now + 5, Event::Bytes(attempt, event.to_vec()));
        }
        self.oracle.subscribed(attempt.op, self.server.last());
        self.server.join(attempt, Link::Stream);
        self.replay(attempt);
    }

    fn replay(&mut self, attempt: Attempt) {
        if let Some(Fault::Replay { last }) =
            self.active(|fault| matches!(fault, Fault::Replay { .. }))
        {
            for n in self.server.newest(last) {
                self.send(attempt, n);
            }
        }
    }

    fn socket_request(&mut self, attempt: Attempt) {
        if !self.open.contains_key(&attempt)
            || self.active(|fault| matches!(fault, Fault::Hang)).is_some()
        {
            return;
        }
        let is_closed = |fault: &Fault| {
            matches!(
                fault,
                Fault::Down | Fault::SocketDown | Fault::Refuse { .. }
            )
        };
        let event = match self.active(is_closed) {
            Some(_) => Event::Failed(attempt),
            None => Event::Open(attempt),
        };
        self.soon(event);
    }

    fn frame(&mut self, socket: Attempt, frame: Frame) {
        if !self.open.contains_key(&socket) || self.server.is_silent(socket) {
            return;
        }
        match frame {
            Frame::Init { .. } => {
                let ack = json!({ "type": "connection_ack" }).to_string();
                self.soon(Event::Text(socket, ack));
            }
            Frame::Ping => {
                let pong = json!({ "type": "pong" }).to_string();
                self.at(self.now + 20, Event::Text(socket, pong));
            }
            Frame::Pong => {}
            Frame::Subscribe(attempt) => self.socket_subscribe(socket, attempt),
            Frame::Complete(attempt) => self.lose(attempt),
        }
    }

    fn socket_subscribe(&mut self, socket: Attempt, attempt: Attempt) {
        if self.oracle.is_mutation(attempt.op) {
            self.oracle.executed(attempt.op);
            let id = format!("{}-{}", attempt.op, attempt.number);
            for message in [
                json!({ "id": id, "type": "next", "payload": { "data": {} } }),
                json!({ "id": id, "type": "complete" }),
            ] {
                self.at(self.now + 20, Event::Text(socket, message.to_string()));
            }
            return;
        }
        self.oracle.subscribed(attempt.op, self.server.last());
        self.server.join(attempt, Link::Socket(socket));
        self.replay(attempt);
    }

    /// A message for everybody.
    fn publish(&mut self) {
        let n = self.server.publish();
        let awake = self.clock().wall.as_millis();
        self.oracle.published(n, self.due, awake);
        for attempt in self.server.listeners() {
            self.send(attempt, n);
        }
        let next = self.now + 1 + below(&mut self.random, self.plan.pace * 2);
        if next < MESSAGES_END {
            self.at(next, Event::Publish);
        }
    }

    /// A message for one, and what befalls it.
    fn send(&mut self, attempt: Attempt, n: u64) {
        if self.server.is_silent(attempt) {
            for n in self.server.held(attempt).into_iter().chain([n]) {
                self.oracle.swallowed(attempt.op, n);
            }
            return;
        }
        if self.is_hit(|fault| match fault {
            Fault::Drop { one_in } => Some(*one_in),
            _ => None,
        }) {
            return self.oracle.swallowed(attempt.op, n);
        }
        if self
            .active(|fault| matches!(fault, Fault::Reorder))
            .is_some()
        {
            if let Some((first, held)) = self.server.reorder(attempt, n) {
                self.carry(attempt, first);
                self.carry_late(attempt, held);
            }
            return;
        }
        if let Some(held) = self.server.held(attempt) {
            self.carry_late(attempt, held);
        }
        self.carry(attempt, n);
    }

    /// What was held back so long that no break explains its loss.
    fn carry_late(&mut self, attempt: Attempt, n: u64) {
        if !self.carry(attempt, n) {
            self.oracle.swallowed(attempt.op, n);
        }
    }

    /// A connection is gone.
    fn lose(&mut self, carrier: Attempt) {
        for (attempt, n) in self.server.lost(carrier) {
            self.oracle.swallowed(attempt.op, n);
        }
    }

    /// Did it go through?
    fn carry(&mut self, attempt: Attempt, n: u64) -> bool {
        let cuts = self.is_hit(|fault| match fault {
            Fault::Cut { one_in } => Some(*one_in),
            _ => None,
        });
        let ends = self.is_hit(|fault| match fault {
            Fault::End { one_in } => Some(*one_in),
            _ => None,
        });
        let garbles = self.is_hit(|fault| match fault {
            Fault::Garble { one_in } => Some(*one_in),
            _ => None,
        });
        let Some(Sent {
            carrier,
            bytes,
            text,
        }) = self.server.encode(attempt, n, garbles)
        else {
            return false;
        };
        // One behind the other, on one connection.
        let at = self.now + 15;
        match (cuts || ends, text) {
            (false, Some(text)) => self.at(at, Event::Text(carrier, text)),
            (false, None) => self.split(at, carrier, bytes),
            (true, Some(_)) => {
                self.at(at, Event::Closed(carrier, if cuts { 1006 } else { 1001 }));
                self.lose(carrier);
            }
            (true, None) => {
                let part = below(&mut self.random, bytes.len() as u64) as usize;
                self.at(at, Event::Bytes(carrier, bytes[..part].to_vec()));
                let end = if cuts {
                    Event::Failed(carrier)
                } else {
                    Event::Ended(carrier)
                };
                self.at(at, end);
                self.lose(carrier);
            }
        }
        !(cuts || ends || garbles)
    }

    /// Bytes come cut anywhere.
    fn split(&mut self, at: u64, carrier: Attempt, bytes: Vec<u8>) {
        if self.open.get(&carrier) == Some(&Transport::EventSource) {
            return self.at(at, Event::Bytes(carrier, bytes));
        }
        let (first, second) = bytes.split_at(below(&mut self.random, bytes.len() as u64) as usize);
        let (first, second) = (first.to_vec(), second.to_vec());
        self.at(at, Event::Bytes(carrier, first));
        self.at(at, Event::Bytes(carrier, second));
    }

    fn beat(&mut self) {
        for attempt in self.server.listeners() {
            let streams = self.open.get(&attempt) == Some(&Transport::Fetch);
            if streams && !self.server.is_silent(attempt) {
                self.at(self.now + 15, Event::Bytes(attempt, b":\n\n".to_vec()));
            }
        }
        self.at(self.now + self.plan.heartbeat, Event::Heartbeat);
    }

    /// What a fault does at once.
    fn strike(&mut self, fault: Fault) {
        match fault {
            Fault::Down | Fault::Restart => self.break_all(),
            Fault::SocketDown => {
                for (&attempt, _) in self.open.clone().iter().filter(|(it, _)| it.op == SOCKET) {
                    self.lose(attempt);
                    self.at(self.now, Event::Closed(attempt, 1006));
                }
            }
            Fault::Silence => {
                for &attempt in self.open.keys() {
                    self.server.silence(attempt);
                }
            }
            Fault::Sleep { ms } => self.sleep(ms),
            _ => {}
        }
    }

    fn break_all(&mut self) {
        for (attempt, _) in self.open.clone() {
            self.lose(attempt);
            let event = if attempt.op == SOCKET {
                Event::Closed(attempt, 1006)
            } else {
                Event::Failed(attempt)
            };
            self.at(self.now, event);
        }
    }

    /// Half of all sleeps stop the monotonic clock as well; in the others it goes on, and
    /// everything comes late.
    fn sleep(&mut self, ms: u64) {
        if below(&mut self.random, 2) == 0 {
            self.asleep += ms;
        } else {
            self.now += ms.min(120_000);
        }
    }
}
