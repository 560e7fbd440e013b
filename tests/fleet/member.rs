//! One client of the fleet: this package's core, or a model of another's documented rules.

use graphql_lifeline::client::Client;
use graphql_lifeline::config::{Config, Environment, Options};
use graphql_lifeline::document::Kind;
use graphql_lifeline::io::{Attempt, Input, News, Output, Request};
use graphql_lifeline::random::Random;
use graphql_lifeline::response::Head;
use graphql_lifeline::time::{Instant, Now, Wall};

use super::support::json::Json;

/// Who decides when to connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    Lifeline,
    /// Its documented default: 5 retries, after 1 s, doubling, and 0.3 to 3 s on top.
    GraphqlSse,
    /// The same with `retryAttempts: Infinity`.
    GraphqlSseForever,
    /// Its documented default: every second, for ever.
    FetchEventSource,
}

impl Rules {
    pub const ALL: [Self; 4] = [
        Self::Lifeline,
        Self::GraphqlSse,
        Self::GraphqlSseForever,
        Self::FetchEventSource,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Lifeline => "graphql-lifeline",
            Self::GraphqlSse => "graphql-sse",
            Self::GraphqlSseForever => "graphql-sse, retryAttempts: Infinity",
            Self::FetchEventSource => "fetch-event-source",
        }
    }
}

/// What a member does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It connects at once.
    Connect,
    /// It has to be woken then.
    Wake(u64),
    /// It has given up.
    Never,
}

pub enum Member {
    Lifeline(Box<Lifeline>),
    Model { rules: Rules, retries: u32 },
}

impl Member {
    pub fn new(rules: Rules, seed: u64) -> Self {
        match rules {
            Rules::Lifeline => Self::Lifeline(Box::new(Lifeline::new(seed))),
            _ => Self::Model { rules, retries: 0 },
        }
    }

    /// Its connection is lost, or its attempt has failed.
    pub fn failed(&mut self, now: u64, random: &mut Random) -> Next {
        match self {
            Self::Lifeline(it) => it.news(now, News::Failed(None)),
            Self::Model { rules, retries } => {
                let tried = *retries;
                *retries += 1;
                let doubled = 1000 * (1 << tried.min(20));
                let jitter = 300 + (random.unit() * 2700.0) as u64;
                match rules {
                    Rules::GraphqlSse if tried >= 5 => Next::Never,
                    Rules::GraphqlSse | Rules::GraphqlSseForever => {
                        Next::Wake(now + doubled + jitter)
                    }
                    Rules::FetchEventSource | Rules::Lifeline => Next::Wake(now + 1000),
                }
            }
        }
    }

    pub fn connected(&mut self, now: u64) -> Next {
        match self {
            Self::Lifeline(it) => {
                let head = Head {
                    status: 200,
                    content_type: Some("text/event-stream".into()),
                    retry_after: None,
                };
                it.news(now, News::Head(head))
            }
            Self::Model { retries, .. } => {
                *retries = 0;
                Next::Never
            }
        }
    }

    pub fn woken(&mut self, now: u64) -> Next {
        match self {
            Self::Lifeline(it) => it.input(now, Input::Tick),
            Self::Model { .. } => Next::Connect,
        }
    }
}

/// The real core, with one subscription over `fetch` and all defaults.
pub struct Lifeline {
    client: Client<Json>,
    attempt: Option<Attempt>,
}

impl Lifeline {
    fn new(seed: u64) -> Self {
        let config = Config::new(&Options::default(), Environment::default());
        let mut client = Client::new(config.expect("defaults are right"), seed);
        let subscribed = client.subscribe(clock(0), Request::new(Kind::Subscription));
        subscribed.expect("a subscription is right");
        let mut it = Self {
            client,
            attempt: None,
        };
        it.next();
        it
    }

    fn news(&mut self, now: u64, news: News<'_, Json>) -> Next {
        let Some(attempt) = self.attempt else {
            return Next::Never;
        };
        self.input(now, Input::News { attempt, news })
    }

    fn input(&mut self, now: u64, input: Input<'_, Json>) -> Next {
        self.client.handle_input(clock(now), input);
        self.next()
    }

    fn next(&mut self) -> Next {
        let mut next = Next::Never;
        loop {
            match self.client.poll_output() {
                Output::Open { attempt, .. } => {
                    self.attempt = Some(attempt);
                    next = Next::Connect;
                }
                Output::Wait(deadline) => {
                    return match (next, deadline) {
                        (Next::Never, Some(at)) => Next::Wake(at.as_millis()),
                        _ => next,
                    };
                }
                _ => {}
            }
        }
    }
}

fn clock(now: u64) -> Now {
    Now {
        monotonic: Instant::from_millis(now),
        wall: Wall::from_millis(now),
    }
}
