//! A client on its way from a transport that is sick to one that is well, in virtual time.

use graphql_lifeline::config::{Options, Transport};
use graphql_lifeline::io::{Attempt, Delivery, Frame, News, OpId, Output, State};
use graphql_lifeline::time::{Instant, Span};

use super::driver::{Driver, subscription};
use super::json::Json;
use super::socket::on_socket;

/// Nothing takes so long.
const LONGEST: Span = Span::from_secs(600);
/// The sound one answers after this.
const ANSWER: Span = Span::from_millis(20);

type Said = Box<dyn Fn(&Ward) -> News<'static, Json>>;
type Sickness = Box<dyn FnMut(&mut Ward, Attempt)>;

enum Event {
    News(Attempt, Said),
    Socket(u32, &'static str),
}

/// A client, and two servers of which one may be sick.
pub struct Ward {
    pub driver: Driver,
    events: Vec<(Instant, Event)>,
    /// What befalls each attempt over HTTP; without one, it streams.
    pub sickness: Option<Sickness>,
    /// From then on the socket says nothing once it is acknowledged.
    pub sick_socket_from: Option<Span>,
    /// The socket is closed with this code instead of an acknowledgement.
    pub closes_with: Option<u16>,
    pub errors: Vec<String>,
}

impl Ward {
    pub fn new(options: &Options) -> Self {
        Self {
            driver: Driver::new(options),
            events: Vec::new(),
            sickness: None,
            sick_socket_from: None,
            closes_with: None,
            errors: Vec::new(),
        }
    }

    /// The first rung is sick so, and the socket is well; everything else is as it comes.
    pub fn first(sickness: impl FnMut(&mut Self, Attempt) + 'static) -> Self {
        let mut ward = Self::new(&Options {
            websocket: true,
            ..Options::default()
        });
        ward.sickness = Some(Box::new(sickness));
        ward
    }

    pub fn subscribe(&mut self) -> OpId {
        self.driver.subscribe(subscription())
    }

    /// It is said so long from now, if the attempt still runs by then.
    pub fn after(
        &mut self,
        wait: Span,
        attempt: Attempt,
        said: impl Fn(&Self) -> News<'static, Json> + 'static,
    ) {
        let at = self.driver.now().monotonic + wait;
        self.events.push((at, Event::News(attempt, Box::new(said))));
    }

    fn socket_after(&mut self, number: u32, what: &'static str) {
        let at = self.driver.now().monotonic + ANSWER;
        self.events.push((at, Event::Socket(number, what)));
    }

    /// How long it takes.
    pub fn run_until(&mut self, longest: Span, done: impl Fn(&Self) -> bool) -> Span {
        let start = self.driver.now().monotonic;
        loop {
            self.answer();
            let took = self.driver.now().monotonic.since(start);
            if done(self) {
                return took;
            }
            assert!(took < longest, "not within {longest:?}");
            self.step();
        }
    }

    /// To the next event, or the next deadline.
    fn step(&mut self) {
        self.events.sort_by_key(|(at, _)| *at);
        let now = self.driver.now().monotonic;
        let next = self.events.first().map(|(at, _)| at.since(now));
        match (next, self.driver.wait()) {
            (Some(event), Some(wait)) if wait < event => self.driver.advance(wait),
            (None, Some(wait)) => self.driver.advance(wait),
            (Some(event), _) => {
                self.driver.advance(event);
                let (_, event) = self.events.remove(0);
                self.happen(event);
            }
            (None, None) => panic!("nothing will ever happen"),
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::News(attempt, said) => {
                let news = said(self);
                self.driver.late_news(attempt, news);
            }
            Event::Socket(number, "open") => on_socket(&mut self.driver, number, News::Open),
            Event::Socket(number, "close") => {
                let code = self.closes_with.unwrap_or(1006);
                on_socket(&mut self.driver, number, News::Closed(code, None));
            }
            Event::Socket(number, text) => super::socket::frame(&mut self.driver, number, text),
        }
    }

    fn answer(&mut self) {
        for output in self.driver.take_outputs() {
            match output {
                Output::Open { attempt, .. } => {
                    self.driver.late_news(attempt, News::Sent);
                    self.begin(attempt);
                }
                Output::OpenSocket { attempt } => {
                    on_socket(&mut self.driver, attempt.number, News::Sent);
                    self.socket_after(attempt.number, "open");
                }
                Output::Send { attempt, frame } => self.hear(attempt.number, frame),
                Output::Deliver(Delivery::Error {
                    error, response, ..
                }) => {
                    let status = error.status.map_or(String::new(), |it| format!(" {it}"));
                    let with = response.map_or("", |_| " with response");
                    self.errors
                        .push(format!("{}{status}{with}", error.code.as_str()));
                }
                _ => {}
            }
        }
    }

    fn begin(&mut self, attempt: Attempt) {
        match self.sickness.take() {
            Some(mut sickness) => {
                sickness(self, attempt);
                self.sickness = Some(sickness);
            }
            None => self.after(ANSWER, attempt, |_| News::Head(super::driver::stream())),
        }
    }

    fn hear(&mut self, socket: u32, frame: Frame) {
        let is_sick = self.sick_socket_from.is_some();
        match frame {
            Frame::Init { .. } if self.closes_with.is_some() => self.socket_after(socket, "close"),
            Frame::Init { .. } => self.socket_after(socket, r#"{"type":"connection_ack"}"#),
            Frame::Ping if !is_sick => self.socket_after(socket, r#"{"type":"pong"}"#),
            Frame::Ping | Frame::Pong | Frame::Subscribe(_) | Frame::Complete(_) => {}
        }
    }
}

/// With default options, a subscription whose first rung is sick lives on the socket in time.
pub fn live_within(limit: Span, sickness: impl FnMut(&mut Ward, Attempt) + 'static) {
    let mut ward = Ward::first(sickness);
    let op = ward.subscribe();
    let took = ward.run_until(LONGEST, |ward| {
        ward.driver.client.operation_state(op) == State::Live
            && ward.driver.client.transport() == Some(Transport::WebSocket)
    });
    assert!(took <= limit, "{took:?} instead of {limit:?}");
}
