//! The made-up shell: what goes into the client, and what it wants done.

use graphql_lifeline::config::Transport;
use graphql_lifeline::io::{Attempt, Delivery, Frame, Input, News, Output, Reason};
use graphql_lifeline::response::Want;

use super::fault::below;
use super::plan::FAULTS_END;
use super::sabotage::Sabotage;
use super::support::apart;
use super::support::json::Json;
use super::world::{Event, World};

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
            self.oracle.held(view.id, view.held);
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

    fn opened(&mut self, attempt: Attempt, transport: Transport, want: Want, reason: Reason) {
        self.judge_opening(attempt, transport, reason);
        self.at(self.now + 1, Event::Lifetime(attempt));
        let times = if self.saboteur.is(Sabotage::Storms) {
            10
        } else {
            1
        };
        for _ in 0..times {
            self.oracle.opened(attempt, transport, want, self.now);
        }
    }

    fn perform(&mut self, output: Output<Json>) {
        self.tell(|| super::support::describe::describe(&output));
        match output {
            Output::Open {
                attempt,
                transport,
                want,
                reason,
                ..
            } => {
                self.ask(attempt, reason);
                self.opened(attempt, transport, want, reason);
                self.open.insert(attempt, transport);
                if self.has_tokens() && transport == Transport::EventSource {
                    return self.soon(Event::Unusable(attempt));
                }
                self.soon(Event::Request(attempt, transport, want));
            }
            Output::OpenSocket { attempt } => {
                self.opened(attempt, Transport::WebSocket, Want::Stream, Reason::Connect);
                self.open.insert(attempt, Transport::WebSocket);
                self.soon(Event::SocketRequest(attempt));
            }
            Output::Close { attempt } => {
                if !self.saboteur.is(Sabotage::Leaks) {
                    self.open.remove(&attempt);
                }
                self.lose(attempt);
            }
            Output::Send { attempt, frame } => {
                if let Frame::Init { reason } = frame {
                    self.ask(attempt, reason);
                }
                // In the order in which they were sent.
                self.at(self.now + 20, Event::Frame(attempt, frame));
            }
            Output::Read { .. } => {}
            Output::Stop { .. } => panic!("no plan shares a stream"),
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
                    self.open.remove(attempt);
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
