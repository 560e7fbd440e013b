//! A client's settings, checked once; behind [`Config::new`] nothing is checked again.

mod checks;

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use self::checks::Fault;
use crate::backoff::Backoff;
use crate::breaker;
use crate::budget::Allowance;
use crate::dialect::Dialect;
use crate::incremental::Mode;
use crate::ladder::Rung;
use crate::presence::WhenHidden;
use crate::reservation::{Sharing, Terms};
use crate::sse::Limits;
use crate::text::concat;
use crate::time::Span;
use crate::watchdog;

/// A result of so many bytes is told, unless set.
pub const WARN_BYTES: u32 = 1 << 20;

/// How long headers may take, unless set.
pub const CONNECT_TIMEOUT: Span = Span::from_secs(15);

/// How long an attempt may show no sign of life before another begins beside it, unless set.
pub const HEAD_START: Span = Span::from_secs(4);

/// A way to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// The browser's own `EventSource`.
    EventSource,
    /// A streamed `fetch`, decoded here.
    Fetch,
    /// `graphql-transport-ws`, one socket for all operations.
    WebSocket,
}

impl Method {
    /// The method's name in HTTP.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

impl Transport {
    /// Every transport.
    pub const ALL: [Self; 3] = [Self::EventSource, Self::Fetch, Self::WebSocket];

    /// The transport's name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EventSource => "eventsource",
            Self::Fetch => "fetch",
            Self::WebSocket => "websocket",
        }
    }
}

/// How an operation is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
}

/// Whose cookies go along; the values of `RequestInit.credentials`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials {
    Omit,
    SameOrigin,
    Include,
}

impl Credentials {
    /// The value of `RequestInit.credentials`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Omit => "omit",
            Self::SameOrigin => "same-origin",
            Self::Include => "include",
        }
    }
}

/// How the application gives request headers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HeadersSource {
    #[default]
    None,
    Fixed,
    /// Asked on each attempt; only its answer tells whether EventSource can be used.
    Function,
}

/// What an application may set. Everything has a default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// Default `graphql-sse`.
    pub dialect: Option<Dialect>,
    /// Default POST; GET for `plain`.
    pub method: Option<Method>,
    /// Default fetch, then WebSocket if it is configured; with GET, EventSource first where
    /// nothing rules it out.
    pub transports: Option<Vec<Transport>>,
    /// Default 15 s, `Span::MAX` for `plain`; `Span::MAX` means no limit.
    pub connect_timeout: Option<Span>,
    /// Default 4 s, `Span::MAX` for `plain`; `Span::MAX` means that there is never a second
    /// attempt.
    pub head_start: Option<Span>,
    /// Default `u32::MAX`, which means no limit.
    pub retry_attempts: Option<u32>,
    /// Default 500 ms, doubling up to 30 s.
    pub backoff: Option<Backoff>,
    /// The application times its retries itself; not together with `backoff`.
    pub own_retry: bool,
    /// Default: subscriptions are sent again after a cut.
    pub resubscribe: Option<bool>,
    /// Default same-origin.
    pub credentials: Option<Credentials>,
    pub headers: HeadersSource,
    /// The address comes from a function, which may put a token there.
    pub own_url: bool,
    /// The application brings its own fetch.
    pub own_fetch: bool,
    /// `referrer` or `referrerPolicy` is set, which only fetch can send.
    pub referrer: bool,
    /// Default as [`breaker::Limits`] has it.
    pub breaker: Option<breaker::Limits>,
    /// Default as [`Allowance`] has it.
    pub retry_budget: Option<Allowance>,
    /// Default: yes, an operation that fell back tries better transports again.
    pub fall_forward: Option<bool>,
    /// May a fresh connection open before the old one closes? Results then come twice, and
    /// need a key.
    pub overlap: bool,
    /// Default: no `Last-Event-ID` is sent, since from another origin that takes a preflight.
    pub last_event_id: bool,
    /// Is there an address for a WebSocket?
    pub websocket: bool,
    /// The application brings its own WebSocket.
    pub own_socket: bool,
    /// Default: watched, by the rhythm of heartbeats.
    pub stall: Option<Stall>,
    /// Default: slow.
    pub when_hidden: WhenHidden,
    /// Default: each operation has a stream of its own.
    pub sharing: Sharing,
    /// Default: growing results are delivered.
    pub incremental: Mode,
    /// Default: a shared stream is opened for the first operation; `false`: at once.
    pub lazy: Option<bool>,
    /// Default: it is closed behind the last one; otherwise so long after that.
    pub lazy_close: Span,
    /// A larger result is dropped. Default 32 MiB, up to 256 MiB.
    pub max_bytes: Option<u32>,
    /// A result of so many bytes is told. Default 1 MiB.
    pub warn_bytes: Option<u32>,
}

/// What is made of silence on an open connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stall {
    /// Nothing.
    Off,
    /// It is watched.
    Watch(watchdog::Limits),
}

/// What the place where the client runs can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// Is there an `EventSource`? Not in Node.
    pub event_source: bool,
    /// Is there a `WebSocket`? Not in Node before 22.
    pub web_socket: bool,
}

/// How retries are timed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    Backoff(Backoff),
    /// The application's `retry` function says when.
    Application,
}

/// Checked settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub dialect: Dialect,
    pub method: Method,
    pub ladder: Vec<Rung>,
    pub connect_timeout: Option<Span>,
    /// An attempt that shows no sign of life for so long gets another one beside it; `None`: none
    /// does.
    pub head_start: Option<Span>,
    pub retry_attempts: Option<u32>,
    pub pace: Pace,
    pub resubscribe: Option<bool>,
    pub credentials: Credentials,
    pub limits: Limits,
    /// A result of so many bytes is told.
    pub warn_bytes: usize,
    pub breaker: breaker::Limits,
    pub retry_budget: Allowance,
    pub fall_forward: bool,
    pub last_event_id: bool,
    pub overlap: bool,
    /// `None`: silence is not watched.
    pub stall: Option<watchdog::Limits>,
    /// Can credentials that were refused be asked for again?
    pub renews: bool,
    pub when_hidden: WhenHidden,
    pub incremental: Mode,
    pub terms: Terms,
}

/// An option that is refused, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub option: String,
    pub message: String,
}

impl Refusal {
    pub(crate) fn new(option: &str, why: &str) -> Self {
        Self::in_parts(option, &[why])
    }

    /// With a reason in parts.
    fn in_parts(option: &str, why: &[&str]) -> Self {
        Self {
            option: option.to_owned(),
            message: concat(&["option ", option, ": ", &concat(why)]),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl core::error::Error for Refusal {}

impl Config {
    /// Checks the options against each other and against the environment.
    ///
    /// # Errors
    /// A [`Refusal`] names the first option that cannot be honoured.
    ///
    /// ```
    /// use graphql_lifeline::config::{Config, Environment, Method, Options, Transport};
    ///
    /// let browser = Environment { event_source: true, web_socket: true };
    /// let options = Options { method: Some(Method::Get), ..Options::default() };
    /// let config = Config::new(&options, browser)?;
    /// assert_eq!(config.ladder[0].transport, Transport::EventSource);
    /// # Ok::<(), graphql_lifeline::config::Refusal>(())
    /// ```
    pub fn new(options: &Options, environment: Environment) -> Result<Self, Refusal> {
        Self::check(options, environment).map_err(Fault::refusal)
    }

    fn check(options: &Options, environment: Environment) -> Result<Self, Fault> {
        let dialect = options.dialect.unwrap_or_default();
        let method = options.method.unwrap_or(match dialect {
            Dialect::GraphqlSse => Method::Post,
            Dialect::Plain => Method::Get,
        });
        if let Some(wrong) = checks::wrong(options) {
            return Err(Fault::Option(wrong));
        }
        Ok(Self {
            dialect,
            method,
            ladder: checks::ladder(options, method, environment)?,
            connect_timeout: checks::connect_timeout(options, dialect),
            head_start: checks::head_start(options, dialect),
            retry_attempts: options.retry_attempts.filter(|&limit| limit != u32::MAX),
            pace: checks::pace(options),
            resubscribe: options.resubscribe,
            credentials: options.credentials.unwrap_or(Credentials::SameOrigin),
            limits: match options.max_bytes {
                Some(bytes) => Limits {
                    event_bytes: bytes as usize,
                    ..Limits::default()
                },
                None => Limits::default(),
            },
            warn_bytes: options.warn_bytes.unwrap_or(WARN_BYTES) as usize,
            breaker: options.breaker.unwrap_or_default(),
            retry_budget: options.retry_budget.unwrap_or_default(),
            overlap: options.overlap,
            last_event_id: options.last_event_id,
            fall_forward: options.fall_forward.unwrap_or(true),
            stall: checks::stall(options.stall),
            renews: options.own_url || options.headers == HeadersSource::Function,
            when_hidden: options.when_hidden,
            incremental: options.incremental,
            terms: Terms {
                sharing: options.sharing,
                lazy: options.lazy.unwrap_or(true).then_some(options.lazy_close),
            },
        })
    }
}
