//! The options of `createClient`, from untyped values to [`Options`].

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use crate::backoff::Backoff;
use crate::config::{Credentials, HeadersSource, Method, Options, Refusal, Transport};
use crate::dialect::Dialect;
use crate::text::concat;

/// A JavaScript value, as far as options need it.
#[derive(Clone, Debug, PartialEq)]
pub enum Raw {
    /// `undefined`: as if the option were not there.
    Absent,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Raw>),
    Record(Vec<(String, Raw)>),
    Function,
    /// Anything else, `null` among it.
    Other,
}

/// In the design of the package, and not in this version.
const LATER: [&str; 17] = [
    "websocket",
    "maxStreams",
    "overlap",
    "stall",
    "breaker",
    "retryBudget",
    "fallForward",
    "renewAfterMs",
    "whenHidden",
    "payload",
    "incremental",
    "lastEventId",
    "continuity",
    "singleConnection",
    "lazy",
    "lazyCloseTimeout",
    "onNonLazyError",
];

const URL: &str = "must be a URL as a string, or a function that returns one";
const FUNCTION: &str = "must be a function";
const MILLISECONDS: &str = "must be a number of milliseconds, 0 or more";

/// Reads the options by name and type.
///
/// # Errors
/// A [`Refusal`] names the first option that is unknown, not available yet, or
/// of the wrong type.
pub fn read(entries: &[(String, Raw)]) -> Result<Options, Refusal> {
    let mut options = Options::default();
    let mut has_url = false;
    for (name, value) in entries {
        if *value != Raw::Absent {
            has_url |= name == "url";
            read_one(&mut options, name, value)?;
        }
    }
    if has_url {
        Ok(options)
    } else {
        Err(Refusal::new("url", URL))
    }
}

fn read_one(options: &mut Options, name: &str, value: &Raw) -> Result<(), Refusal> {
    let refuse = |why| Err(Refusal::new(name, why));
    match (name, value) {
        ("url" | "httpUrl", Raw::Text(url)) if !url.is_empty() => {}
        ("url" | "httpUrl", Raw::Function) => {}
        ("url" | "httpUrl", _) => return refuse(URL),

        ("dialect", Raw::Text(text)) if text == "graphql-sse" => {
            options.dialect = Some(Dialect::GraphqlSse);
        }
        ("dialect", Raw::Text(text)) if text == "plain" => options.dialect = Some(Dialect::Plain),
        ("dialect", _) => return refuse("must be 'graphql-sse' or 'plain'"),

        ("method", Raw::Text(text)) if text == "GET" => options.method = Some(Method::Get),
        ("method", Raw::Text(text)) if text == "POST" => options.method = Some(Method::Post),
        ("method", _) => return refuse("must be 'POST' or 'GET'"),

        ("transports", Raw::List(list)) => options.transports = Some(transports(list)?),
        ("transports", _) => return refuse("must be a list of 'eventsource' and 'fetch'"),

        ("connectTimeoutMs", value) => options.connect_timeout = Some(duration(name, value)?),
        ("retryAttempts", value) => options.retry_attempts = Some(attempts(name, value)?),
        ("backoff", Raw::Record(fields)) => options.backoff = Some(backoff(fields)?),
        ("backoff", _) => return refuse("must be an object: { initialMs, maxMs, factor }"),

        ("retry", Raw::Function) => options.own_retry = true,
        ("resubscribe", Raw::Bool(resubscribe)) => options.resubscribe = Some(*resubscribe),
        ("resubscribe", _) => return refuse("must be true or false"),

        ("credentials", Raw::Text(text)) => options.credentials = Some(credentials(name, text)?),
        ("credentials", _) => return refuse(CREDENTIALS),
        ("headers", Raw::Function) => options.headers = HeadersSource::Function,
        ("headers", Raw::Record(fields)) => {
            if fields
                .iter()
                .any(|(_, value)| !matches!(value, Raw::Text(_)))
            {
                return refuse("must hold strings");
            }
            if !fields.is_empty() {
                options.headers = HeadersSource::Fixed;
            }
        }
        ("headers", _) => return refuse("must be an object of strings, or a function"),
        ("referrer" | "referrerPolicy", Raw::Text(_)) => options.referrer = true,
        ("referrer" | "referrerPolicy", _) => return refuse("must be a string"),
        ("fetchFn", Raw::Function) => options.own_fetch = true,
        ("abortControllerImpl" | "generateID" | "onMessage", Raw::Function) => {}
        ("retry" | "fetchFn" | "abortControllerImpl" | "generateID" | "onMessage", _) => {
            return refuse(FUNCTION);
        }
        ("on", Raw::Record(listeners)) => listeners_only(listeners)?,
        ("on", _) => return refuse("must be an object of listeners"),
        ("singleConnection", Raw::Bool(false)) => {}
        _ if LATER.contains(&name) => return refuse("is not available in this version"),
        _ => return refuse("is not known; is it spelt right?"),
    }
    Ok(())
}

const CREDENTIALS: &str = "must be 'omit', 'same-origin' or 'include'";

fn credentials(name: &str, text: &str) -> Result<Credentials, Refusal> {
    match text {
        "omit" => Ok(Credentials::Omit),
        "same-origin" => Ok(Credentials::SameOrigin),
        "include" => Ok(Credentials::Include),
        _ => Err(Refusal::new(name, CREDENTIALS)),
    }
}

fn transports(list: &[Raw]) -> Result<Vec<Transport>, Refusal> {
    list.iter()
        .map(|transport| match transport {
            Raw::Text(text) if text == "eventsource" => Ok(Transport::EventSource),
            Raw::Text(text) if text == "fetch" => Ok(Transport::Fetch),
            Raw::Text(text) if text == "websocket" => Err(Refusal::new(
                "transports",
                "websocket is not available in this version",
            )),
            _ => Err(Refusal::new(
                "transports",
                "must be a list of 'eventsource' and 'fetch'",
            )),
        })
        .collect()
}

fn listeners_only(listeners: &[(String, Raw)]) -> Result<(), Refusal> {
    for (name, value) in listeners {
        let option = concat(&["on.", name]);
        match (name.as_str(), value) {
            (_, Raw::Absent) | ("connecting" | "connected" | "message", Raw::Function) => {}
            ("connecting" | "connected" | "message", _) => {
                return Err(Refusal::new(&option, FUNCTION));
            }
            _ => {
                return Err(Refusal::new(
                    &option,
                    "is no such listener: connecting, connected, message; for the rest there is client.on()",
                ));
            }
        }
    }
    Ok(())
}

fn backoff(fields: &[(String, Raw)]) -> Result<Backoff, Refusal> {
    let mut backoff = Backoff::default();
    for (name, value) in fields {
        let option = concat(&["backoff.", name]);
        match (name.as_str(), value) {
            (_, Raw::Absent) => {}
            ("initialMs", value) => backoff.initial = duration(&option, value)?,
            ("maxMs", value) => backoff.max = duration(&option, value)?,
            ("factor", Raw::Number(factor)) => backoff.factor = *factor,
            ("factor", _) => return Err(Refusal::new(&option, "must be a number")),
            _ => {
                return Err(Refusal::new(
                    &option,
                    "is not known: initialMs, maxMs, factor",
                ));
            }
        }
    }
    Ok(backoff)
}

fn duration(option: &str, value: &Raw) -> Result<Duration, Refusal> {
    match value {
        Raw::Number(ms) if *ms == f64::INFINITY => Ok(Duration::MAX),
        // The cast saturates; nobody waits that long.
        Raw::Number(ms) if *ms >= 0.0 => Ok(Duration::from_millis(*ms as u64)),
        _ => Err(Refusal::new(option, MILLISECONDS)),
    }
}

fn attempts(option: &str, value: &Raw) -> Result<u32, Refusal> {
    match value {
        Raw::Number(count) if *count >= f64::from(u32::MAX) => Ok(u32::MAX),
        // The cast cuts off fractions: what it changes is no whole number.
        Raw::Number(count) if *count >= 0.0 && f64::from(*count as u32) == *count => {
            Ok(*count as u32)
        }
        _ => Err(Refusal::new(
            option,
            "must be a whole number, 0 or more, or Infinity",
        )),
    }
}
