//! The made-up shell: what goes into the client, and what it wants done.

use graphql_lifeline::config::{Method, Transport};
use graphql_lifeline::io::{Attempt, Delivery, Frame, Input, News, Output, Reason};
use graphql_lifeline::response::Want;

use super::event::Event;
use super::fault::below;
use super::plan::FAULTS_END;
use super::room::Connection;
use super::sabotage::Sabotage;
use super::support::apart;
use super::support::json::Json;
use super::world::World;

impl World {
    pub fn news(&mut self, attempt: Attempt, news: News<'_, Json>) {
        // The shell says nothing about what is closed.
        if self.open.contains_key(&attempt) {
            self.input(Input::News { attempt, news });
        }
    }

    /// EventSource decodes for itself; here the events are whole.
    pub fn arrive(&mut self, attempt: Attempt, bytes: &[u8]) {
        if self.open.get(&attempt) != Some(&Transport::EventSource) {
            return self.news(attempt, News::Bytes(bytes));
        }
        let text = String::from_utf8_lossy(bytes);
        if let Some(data) = text.strip_prefix("event: next\ndata: ")
            && let Some(data) = data.strip_suffix("\n\n")
        {
            let (name, text) = ("next", data.to_owned());
            let bytes = text.len();
            self.news(attempt, News::Event { name, text, bytes });
        }
    }

    pub fn input(&mut self, input: Input<'_, Json>) {
        self.client.handle_input(self.clock(), input);
        self.drain();
        for view in self.client.operations() {
            self.oracle.held(view.id, view.held, view.hydrating);
        }
    }

    pub fn drain(&mut self) {
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

    /// Opens a connection, once there is room for it.
    fn connect(&mut self, it: Connection) {
        self.judge_opening(it);
        self.open.insert(it.attempt, it.transport);
        self.oracle.last.insert(it.attempt, it.transport);
        self.reservations.asked(it);
        if it.is_stream() && self.plan.slots.is_some() {
            self.room.comes(it.attempt);
            self.at(self.now + 1, Event::Enter(it));
        } else {
            self.begin(it);
        }
    }

    /// The application is asked for headers, and the request is sent.
    pub fn begin(&mut self, it: Connection) {
        self.ask(it.attempt, it.reason);
        self.opened(it);
        self.flow(it);
        if self.has_tokens() && it.transport == Transport::EventSource {
            return self.soon(Event::Unusable(it.attempt));
        }
        if it.want == Want::Accepted {
            return self.board(it.attempt, it.method);
        }
        self.soon(Event::Request(it.attempt, it.transport, it.want));
    }

    fn opened(&mut self, it: Connection) {
        self.at(self.now + 1, Event::Lifetime(it.attempt));
        self.at(self.now + 1, Event::Sent(it.attempt));
        let times = if self.saboteur.is(Sabotage::Storms) {
            10
        } else {
            1
        };
        for _ in 0..times {
            self.oracle.opened(it, self.now);
        }
    }

    fn open_socket(&mut self, attempt: Attempt) {
        let socket = Connection {
            attempt,
            transport: Transport::WebSocket,
            method: Method::Get,
            want: Want::Stream,
            reason: Reason::Connect,
        };
        self.judge_opening(socket);
        self.opened(socket);
        self.open.insert(attempt, Transport::WebSocket);
        self.soon(Event::SocketRequest(attempt));
    }

    fn perform(&mut self, output: Output<Json>) {
        self.tell(|| super::support::describe::describe(&output));
        match output {
            Output::Open {
                attempt,
                transport,
                method,
                want,
                reason,
                ..
            } => self.connect(Connection {
                attempt,
                transport,
                method,
                want,
                reason,
            }),
            Output::OpenSocket { attempt } => self.open_socket(attempt),
            Output::Close { attempt } => {
                self.oracle.left = self.now;
                if !self.saboteur.is(Sabotage::Leaks) {
                    self.closed(attempt);
                }
                // On a reserved stream it goes on until the server is told.
                if !self.server.riders().contains(&attempt) {
                    self.lose(attempt);
                }
            }
            Output::Send { attempt, frame } => {
                if let Frame::Init { reason } = frame {
                    self.ask(attempt, reason);
                    self.at(self.now + 1, Event::Sent(attempt));
                }
                // In the order in which they were sent.
                self.at(self.now + 20, Event::Frame(attempt, frame));
            }
            Output::Read { .. } => {}
            Output::Stop { attempt } => self.stop(attempt),
            Output::AskRetry { .. } => panic!("no plan has a retry function"),
            Output::AskProbe { attempt } => self.soon(Event::Probe(attempt)),
            Output::Deliver(Delivery::Backfill { op, ask }) => {
                self.oracle.asked(op);
                let delay = 20 + below(&mut self.random, 400);
                let event = Event::Backfill(op, ask.round, ask.last_key);
                self.at(self.now + delay, event);
            }
            Output::Deliver(Delivery::Hydrate {
                op,
                ticket,
                notification,
            }) => {
                self.oracle.hydrates(op, ticket, notification.is_some());
                // Now and then it is too late.
                let is_slow = self.now < FAULTS_END && below(&mut self.random, 50) == 0;
                let longest = if is_slow { 15_000 } else { 400 };
                let delay = 20 + below(&mut self.random, longest);
                if let Some(notification) = notification {
                    let event = Event::Hydrate(op, ticket, notification);
                    self.at(self.now + delay, event);
                }
            }
            Output::Deliver(delivery) => {
                // The response goes to the application.
                if let Delivery::Error {
                    response: Some(attempt),
                    ..
                } = &delivery
                {
                    self.closed(*attempt);
                }
                for delivery in apart::deliveries(delivery)
                    .into_iter()
                    .flat_map(|it| self.saboteur.spoil(it))
                {
                    self.oracle.delivered(&delivery, self.now);
                }
            }
            Output::Wait(_) => {}
        }
    }
}
