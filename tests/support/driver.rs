//! A shell without a browser: drives a client in virtual time.

use graphql_lifeline::breaker;
use graphql_lifeline::budget::Allowance;
use graphql_lifeline::client::Client;
use graphql_lifeline::config::{Config, Environment, Method, Options};
use graphql_lifeline::continuity::{Key, Settings};
use graphql_lifeline::dialect::Dialect;
use graphql_lifeline::document::Kind;
use graphql_lifeline::error::Error;
use graphql_lifeline::io::{Attempt, Delivery, Input, News, Notice, OpId, Output, Request};
use graphql_lifeline::response::{Head, Want};
use graphql_lifeline::time::{Instant, Now, Span, Wall};
use serde_json::Value;

use super::apart;
use super::describe::describe;
use super::json::Json;

/// The wall clock when a test begins; the monotonic clock begins elsewhere.
pub const WALL_START: u64 = 1_800_000_000_000;
const MONOTONIC_START: u64 = 5_000;

pub const fn ms(ms: u64) -> Span {
    Span::from_millis(ms)
}

pub fn json(text: &str) -> Json {
    Json(serde_json::from_str(text).expect("the test's JSON is whole"))
}

/// A value that a function of the application threw.
pub fn thrown(text: &str) -> Json {
    Json(Value::from(text))
}

pub struct Driver {
    pub client: Client<Json>,
    now: Now,
    deadline: Option<Instant>,
    outputs: Vec<Output<Json>>,
}

impl Driver {
    /// A client with these options, where there is an `EventSource`.
    pub fn new(options: &Options) -> Self {
        Self::with_seed(options, 1)
    }

    pub fn with_seed(options: &Options, seed: u64) -> Self {
        let browser = Environment {
            event_source: true,
            web_socket: true,
        };
        let config = Config::new(options, browser).expect("the test's options are right");
        Self {
            client: Client::new(config, seed),
            now: Now {
                monotonic: Instant::from_millis(MONOTONIC_START),
                wall: Wall::from_millis(WALL_START),
            },
            deadline: None,
            outputs: Vec::new(),
        }
    }

    pub fn subscribe(&mut self, request: Request) -> OpId {
        let op = self.client.subscribe(self.now, request);
        self.drain();
        op.expect("the test's request is right")
    }

    pub fn input(&mut self, input: Input<'_, Json>) {
        self.client.handle_input(self.now, input);
        self.drain();
    }

    /// News of the operation's running attempt, or of the wait behind it.
    pub fn news(&mut self, op: OpId, news: News<'_, Json>) {
        let number = self.attempt(op);
        self.late_news(Attempt { op, number }, news);
    }

    /// News of any attempt, be it long over.
    pub fn late_news(&mut self, attempt: Attempt, news: News<'_, Json>) {
        self.input(Input::News { attempt, news });
    }

    pub fn head(&mut self, op: OpId, head: Head) {
        self.news(op, News::Head(head));
    }

    pub fn bytes(&mut self, op: OpId, bytes: impl AsRef<[u8]>) {
        self.news(op, News::Bytes(bytes.as_ref()));
    }

    /// The running attempt is answered by an open event stream.
    pub fn open(&mut self, op: OpId) {
        self.head(op, stream());
    }

    pub fn end(&mut self, op: OpId) {
        self.news(op, News::End);
    }

    pub fn fail(&mut self, op: OpId) {
        self.news(op, News::Failed(None));
    }

    pub fn dispose(&mut self, op: OpId) {
        self.input(Input::Dispose(op));
    }

    /// Lets time pass, with a tick at each deadline on the way.
    pub fn advance(&mut self, duration: Span) {
        let target = self.now.monotonic + duration;
        while let Some(deadline) = self.deadline.filter(|&deadline| deadline <= target) {
            self.set_clock(deadline.max(self.now.monotonic));
            self.input(Input::Tick);
            assert_ne!(self.deadline, Some(deadline), "a deadline is met once");
        }
        self.set_clock(target);
    }

    /// Lets time pass without a tick, as while a page is frozen.
    pub fn skip(&mut self, duration: Span) {
        self.set_clock(self.now.monotonic + duration);
    }

    /// Lets time pass up to the next deadline and tells how much it was.
    pub fn advance_to_deadline(&mut self) -> Span {
        let wait = self.wait().expect("there is a deadline");
        self.advance(wait);
        wait
    }

    /// The time until the next deadline.
    pub fn wait(&self) -> Option<Span> {
        Some(self.deadline?.since(self.now.monotonic))
    }

    pub fn now(&self) -> Now {
        self.now
    }

    /// The number of the operation's newest attempt.
    pub fn attempt(&self, op: OpId) -> u32 {
        self.client
            .operations()
            .find(|view| view.id == op)
            .map_or(0, |view| view.attempt)
    }

    /// Failures in a row of the operation.
    pub fn retries(&self, op: OpId) -> u32 {
        self.client
            .operations()
            .find(|view| view.id == op)
            .expect("the operation runs")
            .retries
    }

    /// What was said since the last time, in words.
    pub fn take(&mut self) -> Vec<String> {
        self.take_outputs().iter().map(describe).collect()
    }

    /// The same without the reports of states and of connecting.
    pub fn told(&mut self) -> Vec<String> {
        let noise = ["state ", "client ", "connecting "];
        let mut lines = self.take();
        lines.retain(|line| !noise.iter().any(|noise| line.starts_with(noise)));
        lines
    }

    pub fn take_outputs(&mut self) -> Vec<Output<Json>> {
        std::mem::take(&mut self.outputs)
    }

    /// The error that ended an operation, the only one among what was said.
    pub fn take_error(&mut self) -> Error<Json> {
        let mut errors = self
            .take_outputs()
            .into_iter()
            .filter_map(|output| match output {
                Output::Deliver(Delivery::Error { error, .. }) => Some(error),
                _ => None,
            });
        let error = errors.next().expect("the operation failed");
        assert!(errors.next().is_none(), "an operation fails once");
        *error
    }

    /// The wait before the retry just announced, and the failure behind it.
    pub fn take_retry(&mut self) -> (Option<Span>, Box<Error<Json>>) {
        let mut retries = self
            .take_outputs()
            .into_iter()
            .filter_map(|output| match output {
                Output::Deliver(Delivery::Notice {
                    notice: Notice::Retry { delay, error, .. },
                    ..
                }) => Some((delay, error)),
                _ => None,
            });
        let retry = retries.next().expect("a retry is announced");
        assert!(retries.next().is_none(), "a retry is announced once");
        retry
    }

    /// No operation, no timer, nothing to say.
    pub fn assert_empty(&mut self) {
        assert_eq!(self.client.operations().count(), 0);
        assert_eq!(self.client.poll_output(), Output::Wait(None));
    }

    fn drain(&mut self) {
        loop {
            match self.client.poll_output() {
                Output::Wait(deadline) => {
                    self.deadline = deadline;
                    return;
                }
                Output::Deliver(delivery) => {
                    let deliveries = apart::deliveries(delivery).into_iter();
                    self.outputs.extend(deliveries.map(Output::Deliver));
                }
                output => self.outputs.push(output),
            }
        }
    }

    fn set_clock(&mut self, monotonic: Instant) {
        let passed = monotonic.since(self.now.monotonic);
        self.now = Now {
            monotonic,
            wall: Wall::from_millis(self.now.wall.as_millis() + passed.as_millis()),
        };
    }
}

/// A subscription over graphql-sse, by POST.
pub fn default_client() -> Driver {
    Driver::new(&Options::default())
}

/// Like [`default_client`], with a limit on retries.
pub fn limited_client(retry_attempts: u32) -> Driver {
    Driver::new(&Options {
        retry_attempts: Some(retry_attempts),
        ..Options::default()
    })
}

/// With these neither breaker nor budget comes into play.
pub fn unhindered() -> Options {
    Options {
        breaker: Some(breaker::Limits {
            window: 64,
            min_calls: 64,
            ..breaker::Limits::default()
        }),
        retry_budget: Some(Allowance {
            capacity: 1_000_000,
            per_second: 1_000_000.0,
        }),
        ..Options::default()
    }
}

/// A client that may use EventSource.
pub fn get_client() -> Driver {
    Driver::new(&Options {
        method: Some(Method::Get),
        ..Options::default()
    })
}

pub fn plain_client() -> Driver {
    Driver::new(&Options {
        dialect: Some(Dialect::Plain),
        ..Options::default()
    })
}

pub fn request(kind: Kind) -> Request {
    Request::new(kind)
}

pub fn subscription() -> Request {
    request(Kind::Subscription)
}

/// Results are told apart by their `id`.
pub fn keyed() -> Settings {
    Settings {
        key: Some(Key::Path("id".into())),
        ..Settings::default()
    }
}

/// A query or mutation through `execute`.
pub fn execute(kind: Kind) -> Request {
    Request {
        want: Want::Json,
        ..request(kind)
    }
}

/// The head of an open event stream.
pub fn stream() -> Head {
    head(200, "text/event-stream")
}

pub fn head(status: u16, content_type: &str) -> Head {
    Head {
        status,
        content_type: Some(content_type.to_owned()),
        retry_after: None,
    }
}

/// A head of 503 that asks to be left alone that long.
pub fn busy(seconds: u64) -> Head {
    Head {
        retry_after: Some(Span::from_secs(seconds)),
        ..head(503, "text/plain")
    }
}
