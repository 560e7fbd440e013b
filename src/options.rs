//! The options of `createClient`, from untyped values to [`Options`].

use alloc::vec::Vec;
use core::time::Duration;

use crate::config::{Credentials, HeadersSource, Method, Options, Refusal, Transport};
use crate::dialect::Dialect;

/// A JavaScript value, as far as options need it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Raw<'a> {
    /// `undefined`: as if the option were not there.
    Absent,
    Bool(bool),
    Number(f64),
    Text(&'a str),
    /// Its items follow under names of their own.
    List,
    /// Its fields follow under names of their own.
    Record,
    Function,
    /// Anything else, `null` among it.
    Other,
}

/// What an option is, under its name.
#[derive(Clone, Copy)]
enum Rule {
    Url,
    HttpUrl,
    Dialect,
    Method,
    Transports,
    Transport,
    ConnectTimeout,
    RetryAttempts,
    Backoff,
    BackoffInitial,
    BackoffMax,
    BackoffFactor,
    Retry,
    Resubscribe,
    Credentials,
    Headers,
    Header,
    Referrer,
    FetchFn,
    Function,
    Listeners,
    SingleConnection,
    /// In the design of the package, and not in this version.
    Later,
    UnknownListener,
    UnknownBackoff,
    Unknown,
}

const RULES: [(&str, Rule); 43] = [
    ("url", Rule::Url),
    ("httpUrl", Rule::HttpUrl),
    ("dialect", Rule::Dialect),
    ("method", Rule::Method),
    ("transports", Rule::Transports),
    ("connectTimeoutMs", Rule::ConnectTimeout),
    ("retryAttempts", Rule::RetryAttempts),
    ("backoff", Rule::Backoff),
    ("backoff.initialMs", Rule::BackoffInitial),
    ("backoff.maxMs", Rule::BackoffMax),
    ("backoff.factor", Rule::BackoffFactor),
    ("retry", Rule::Retry),
    ("resubscribe", Rule::Resubscribe),
    ("credentials", Rule::Credentials),
    ("headers", Rule::Headers),
    ("referrer", Rule::Referrer),
    ("referrerPolicy", Rule::Referrer),
    ("fetchFn", Rule::FetchFn),
    ("abortControllerImpl", Rule::Function),
    ("generateID", Rule::Function),
    ("onMessage", Rule::Function),
    ("on", Rule::Listeners),
    ("on.connecting", Rule::Function),
    ("on.connected", Rule::Function),
    ("on.message", Rule::Function),
    ("singleConnection", Rule::SingleConnection),
    ("websocket", Rule::Later),
    ("maxStreams", Rule::Later),
    ("overlap", Rule::Later),
    ("stall", Rule::Later),
    ("breaker", Rule::Later),
    ("retryBudget", Rule::Later),
    ("fallForward", Rule::Later),
    ("renewAfterMs", Rule::Later),
    ("whenHidden", Rule::Later),
    ("payload", Rule::Later),
    ("incremental", Rule::Later),
    ("lastEventId", Rule::Later),
    ("continuity", Rule::Later),
    ("lazy", Rule::Later),
    ("lazyCloseTimeout", Rule::Later),
    ("onNonLazyError", Rule::Later),
    ("", Rule::Unknown),
];

impl Rule {
    /// The rule for an option, or for a field of one: `backoff.maxMs`, `headers.x-user`, `transports.0`.
    fn of(path: &str, nested: bool) -> Self {
        let dot = path.bytes().position(|byte| byte == b'.');
        if nested != dot.is_some() {
            return Self::Unknown;
        }
        for (name, rule) in RULES {
            if name == path {
                return rule;
            }
        }
        match dot.and_then(|dot| path.get(..dot)) {
            Some("transports") => Self::Transport,
            Some("headers") => Self::Header,
            Some("on") => Self::UnknownListener,
            Some("backoff") => Self::UnknownBackoff,
            _ => Self::Unknown,
        }
    }

    /// Why a value is refused.
    const fn wants(self) -> &'static str {
        match self {
            Self::Url | Self::HttpUrl => {
                "must be a URL as a string, or a function that returns one"
            }
            Self::Dialect => "must be 'graphql-sse' or 'plain'",
            Self::Method => "must be 'POST' or 'GET'",
            Self::Transports | Self::Transport => "must be a list of 'eventsource' and 'fetch'",
            Self::ConnectTimeout | Self::BackoffInitial | Self::BackoffMax => {
                "must be a number of milliseconds, 0 or more"
            }
            Self::RetryAttempts => "must be a whole number, 0 or more, or Infinity",
            Self::Backoff => "must be an object: { initialMs, maxMs, factor }",
            Self::BackoffFactor => "must be a number",
            Self::Resubscribe => "must be true or false",
            Self::Credentials => "must be 'omit', 'same-origin' or 'include'",
            Self::Headers => "must be an object of strings, or a function",
            Self::Header => "must hold strings",
            Self::Referrer => "must be a string",
            Self::Retry | Self::FetchFn | Self::Function => "must be a function",
            Self::Listeners => "must be an object of listeners",
            Self::SingleConnection | Self::Later => "is not available in this version",
            Self::UnknownListener => {
                "is no such listener: connecting, connected, message; for the rest there is client.on()"
            }
            Self::UnknownBackoff => "is not known: initialMs, maxMs, factor",
            Self::Unknown => "is not known; is it spelt right?",
        }
    }
}

/// Options on their way from values to types.
#[derive(Debug, Default)]
pub struct Reading {
    options: Options,
    has_url: bool,
}

impl Reading {
    /// Takes in one option, or a field of the option that came before.
    ///
    /// # Errors
    /// A [`Refusal`] names what is unknown, not available yet, or of the wrong type.
    pub fn take(&mut self, path: &str, nested: bool, value: Raw<'_>) -> Result<(), Refusal> {
        let rule = Rule::of(path, nested);
        // A header that is there without a value is a mistake more often than a wish.
        let absent = matches!(value, Raw::Absent) && !matches!(rule, Rule::Header);
        if absent || self.set(rule, value).is_some() {
            return Ok(());
        }
        Err(match (rule, value) {
            (Rule::Transport, Raw::Text("websocket")) => {
                Refusal::in_parts("transports", "websocket ", Rule::Later.wants())
            }
            (Rule::Transport, _) => Refusal::new("transports", rule.wants()),
            (Rule::Header, _) => Refusal::new("headers", rule.wants()),
            _ => Refusal::new(path, rule.wants()),
        })
    }

    /// # Errors
    /// A [`Refusal`] if there is no url.
    pub fn finish(self) -> Result<Options, Refusal> {
        if self.has_url {
            Ok(self.options)
        } else {
            Err(Refusal::new("url", Rule::Url.wants()))
        }
    }

    /// `None`: it is not that.
    fn set(&mut self, rule: Rule, value: Raw<'_>) -> Option<()> {
        let options = &mut self.options;
        match (rule, value) {
            (Rule::Url | Rule::HttpUrl, Raw::Text("")) => return None,
            (Rule::Url, Raw::Text(_) | Raw::Function) => self.has_url = true,
            (Rule::Dialect, Raw::Text(text)) => options.dialect = Some(Dialect::named(text)?),
            (Rule::Method, Raw::Text(text)) => options.method = Some(Method::named(text)?),
            (Rule::Transports, Raw::List) => options.transports = Some(Vec::new()),
            (Rule::Transport, Raw::Text(text)) => {
                options.transports.as_mut()?.push(Transport::named(text)?);
            }
            (Rule::ConnectTimeout, Raw::Number(ms)) => {
                options.connect_timeout = Some(duration(ms)?);
            }
            (Rule::RetryAttempts, Raw::Number(count)) => {
                options.retry_attempts = Some(attempts(count)?);
            }
            (Rule::Backoff, Raw::Record) => {
                options.backoff.get_or_insert_default();
            }
            (Rule::BackoffInitial, Raw::Number(ms)) => {
                options.backoff.as_mut()?.initial = duration(ms)?;
            }
            (Rule::BackoffMax, Raw::Number(ms)) => options.backoff.as_mut()?.max = duration(ms)?,
            (Rule::BackoffFactor, Raw::Number(factor)) => options.backoff.as_mut()?.factor = factor,
            (Rule::Retry, Raw::Function) => options.own_retry = true,
            (Rule::Resubscribe, Raw::Bool(resubscribe)) => options.resubscribe = Some(resubscribe),
            (Rule::Credentials, Raw::Text(text)) => {
                options.credentials = Some(Credentials::named(text)?);
            }
            (Rule::Headers, Raw::Function) => options.headers = HeadersSource::Function,
            (Rule::Header, Raw::Text(_)) => options.headers = HeadersSource::Fixed,
            (Rule::Referrer, Raw::Text(_)) => options.referrer = true,
            (Rule::FetchFn, Raw::Function) => options.own_fetch = true,
            (Rule::Headers | Rule::Listeners, Raw::Record)
            | (Rule::HttpUrl, Raw::Text(_) | Raw::Function)
            | (Rule::Function, Raw::Function)
            | (Rule::SingleConnection, Raw::Bool(false)) => {}
            _ => return None,
        }
        Some(())
    }
}

fn duration(ms: f64) -> Option<Duration> {
    if ms == f64::INFINITY {
        Some(Duration::MAX)
    } else {
        // The cast saturates; nobody waits that long.
        (ms >= 0.0).then_some(Duration::from_millis(ms as u64))
    }
}

fn attempts(count: f64) -> Option<u32> {
    // The cast cuts off fractions and saturates at what means no limit.
    let whole = count as u32;
    (f64::from(whole) == count || count > f64::from(u32::MAX)).then_some(whole)
}
