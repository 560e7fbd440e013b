//! The options: every refusal with the name it gives, and every default.
#![cfg(not(target_arch = "wasm32"))]

use std::time::Duration;

use graphql_lifeline::backoff::Backoff;
use graphql_lifeline::config::{
    Config, Credentials, Environment, HeadersSource, Method, Options, Pace, Refusal, Transport,
};
use graphql_lifeline::dialect::Dialect;
use graphql_lifeline::ladder::{Obstacle, Rung};
use graphql_lifeline::options::{self, Reading};
use graphql_lifeline::sse::Limits;

const BROWSER: Environment = Environment { event_source: true };
const NODE: Environment = Environment {
    event_source: false,
};

/// A JavaScript value with what is in it.
#[derive(Clone, Debug, PartialEq)]
enum Raw {
    Absent,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Raw>),
    Record(Vec<(String, Raw)>),
    Function,
    Other,
}

impl Raw {
    fn alone(&self) -> options::Raw<'_> {
        match self {
            Self::Absent => options::Raw::Absent,
            Self::Bool(value) => options::Raw::Bool(*value),
            Self::Number(value) => options::Raw::Number(*value),
            Self::Text(text) => options::Raw::Text(text),
            Self::List(_) => options::Raw::List,
            Self::Record(_) => options::Raw::Record,
            Self::Function => options::Raw::Function,
            Self::Other => options::Raw::Other,
        }
    }

    /// What is in it, under names of its own.
    fn fields(&self) -> Vec<(String, &Self)> {
        match self {
            Self::List(items) => items
                .iter()
                .enumerate()
                .map(|(index, item)| (index.to_string(), item))
                .collect(),
            Self::Record(fields) => fields
                .iter()
                .map(|(name, field)| (name.clone(), field))
                .collect(),
            _ => vec![],
        }
    }
}

/// Reads options as the shell does: each, then its fields.
fn read_all(entries: &[(String, Raw)]) -> Result<Options, Refusal> {
    let mut reading = Reading::default();
    for (name, value) in entries {
        reading.take(name, false, value.alone())?;
        for (field, value) in value.fields() {
            reading.take(&format!("{name}.{field}"), true, value.alone())?;
        }
    }
    reading.finish()
}

fn text(text: &str) -> Raw {
    Raw::Text(text.to_owned())
}

fn list(names: &[&str]) -> Raw {
    Raw::List(names.iter().map(|name| text(name)).collect())
}

fn record<const N: usize>(fields: [(&str, Raw); N]) -> Raw {
    Raw::Record(fields.map(|(name, value)| (name.to_owned(), value)).into())
}

/// Reads these options, with a URL.
fn read<const N: usize>(entries: [(&str, Raw); N]) -> Result<Options, Refusal> {
    let mut all = vec![("url".to_owned(), text("/graphql"))];
    all.extend(entries.map(|(name, value)| (name.to_owned(), value)));
    read_all(&all)
}

/// Reads and checks these options.
fn config<const N: usize>(
    entries: [(&str, Raw); N],
    environment: Environment,
) -> Result<Config, Refusal> {
    Config::new(&read(entries)?, environment)
}

fn assert_refused<T: std::fmt::Debug>(answer: Result<T, Refusal>, option: &str, why: &str) {
    let refusal = answer.expect_err(option);
    assert_eq!(refusal.option, option);
    let message = &refusal.message;
    // The name tells where to look, the rest what to write there.
    assert!(
        message.starts_with(&format!("option {option}: ")),
        "{message}"
    );
    assert!(message.contains(why), "{option}: {message}");
    assert_eq!(refusal.to_string(), *message);
}

/// One value of each type.
fn values() -> [Raw; 8] {
    [
        Raw::Bool(true),
        Raw::Number(1.0),
        text("text"),
        Raw::List(vec![]),
        record([]),
        record([("text", text("text"))]),
        Raw::Function,
        Raw::Other,
    ]
}

#[test]
fn each_option_refuses_the_types_that_are_not_its_own() {
    type Own = fn(&Raw) -> bool;
    let function: Own = |value| *value == Raw::Function;
    let none: Own = |_| false;
    let text: Own = |value| matches!(value, Raw::Text(_));
    let number: Own = |value| matches!(value, Raw::Number(_));
    let url: Own = |value| matches!(value, Raw::Text(_) | Raw::Function);
    let empty_record: Own = |value| matches!(value, Raw::Record(fields) if fields.is_empty());
    let headers: Own = |value| matches!(value, Raw::Record(_) | Raw::Function);
    let options: [(&str, Own, &str); 21] = [
        ("url", url, "must be a URL"),
        ("httpUrl", url, "must be a URL"),
        ("dialect", none, "must be 'graphql-sse' or 'plain'"),
        ("method", none, "must be 'POST' or 'GET'"),
        (
            "transports",
            |value| matches!(value, Raw::List(_)),
            "must be a list of 'eventsource' and 'fetch'",
        ),
        (
            "connectTimeoutMs",
            number,
            "must be a number of milliseconds",
        ),
        ("retryAttempts", number, "must be a whole number"),
        ("backoff", empty_record, "initialMs"),
        ("retry", function, "must be a function"),
        (
            "resubscribe",
            |value| matches!(value, Raw::Bool(_)),
            "must be true or false",
        ),
        (
            "credentials",
            none,
            "must be 'omit', 'same-origin' or 'include'",
        ),
        (
            "headers",
            headers,
            "must be an object of strings, or a function",
        ),
        ("referrer", text, "must be a string"),
        ("referrerPolicy", text, "must be a string"),
        ("fetchFn", function, "must be a function"),
        ("abortControllerImpl", function, "must be a function"),
        ("generateID", function, "must be a function"),
        ("onMessage", function, "must be a function"),
        ("on", empty_record, ""),
        ("singleConnection", none, "is not available in this version"),
        ("lazy", none, "is not available in this version"),
    ];
    for (name, own, why) in options {
        for value in values() {
            let answer = read([(name, value.clone())]);
            if own(&value) {
                assert!(answer.is_ok(), "{name}: {value:?}: {answer:?}");
            } else if let ("backoff" | "on", Raw::Record(_)) = (name, &value) {
                assert_refused(answer, &format!("{name}.text"), why);
            } else {
                assert_refused(answer, name, why);
            }
        }
    }
}

#[test]
fn values_out_of_range_are_refused() {
    let url = "must be a URL";
    assert_refused(read([("url", text(""))]), "url", url);
    assert_refused(read([("httpUrl", text(""))]), "httpUrl", url);
    let dialect = "'graphql-sse' or 'plain'";
    assert_refused(read([("dialect", text("Plain"))]), "dialect", dialect);
    assert_refused(read([("method", text("get"))]), "method", "'POST' or 'GET'");
    assert_refused(read([("method", text("PUT"))]), "method", "'POST' or 'GET'");
    let credentials = "'omit', 'same-origin' or 'include'";
    assert_refused(
        read([("credentials", text("all"))]),
        "credentials",
        credentials,
    );
    for ms in [-1.0, f64::NAN, f64::NEG_INFINITY] {
        let answer = read([("connectTimeoutMs", Raw::Number(ms))]);
        assert_refused(
            answer,
            "connectTimeoutMs",
            "must be a number of milliseconds, 0 or more",
        );
    }
    for count in [-1.0, 0.5, f64::NAN, f64::NEG_INFINITY] {
        let answer = read([("retryAttempts", Raw::Number(count))]);
        assert_refused(answer, "retryAttempts", "or Infinity");
    }
    let mixed = record([("a", text("b")), ("c", Raw::Number(1.0))]);
    assert_refused(read([("headers", mixed)]), "headers", "must hold strings");
}

#[test]
fn lists_of_transports_are_read_by_name() {
    let unknown = "must be a list of 'eventsource' and 'fetch'";
    for bad in [text("EventSource"), text(""), Raw::Other, Raw::Function] {
        let answer = read([("transports", Raw::List(vec![text("fetch"), bad]))]);
        assert_refused(answer, "transports", unknown);
    }
    let answer = read([("transports", list(&["websocket"]))]);
    assert_refused(
        answer,
        "transports",
        "websocket is not available in this version",
    );
    let options = read([("transports", list(&["fetch", "eventsource"]))]);
    assert_eq!(
        options.map(|options| options.transports),
        Ok(Some(vec![Transport::Fetch, Transport::EventSource]))
    );
}

#[test]
fn the_fields_of_backoff_are_read_by_name() {
    let ms = "must be a number of milliseconds, 0 or more";
    let with = |name, value| read([("backoff", record([(name, value)]))]);
    assert_refused(with("initialMs", text("1")), "backoff.initialMs", ms);
    assert_refused(
        with("initialMs", Raw::Number(-1.0)),
        "backoff.initialMs",
        ms,
    );
    assert_refused(with("maxMs", Raw::Other), "backoff.maxMs", ms);
    assert_refused(with("maxMs", Raw::Number(f64::NAN)), "backoff.maxMs", ms);
    assert_refused(
        with("factor", text("2")),
        "backoff.factor",
        "must be a number",
    );
    assert_refused(
        with("jitter", Raw::Bool(true)),
        "backoff.jitter",
        "initialMs, maxMs, factor",
    );
}

#[test]
fn listeners_are_read_by_name() {
    let with = |name, value| read([("on", record([(name, value)]))]);
    for name in ["connecting", "connected", "message"] {
        assert!(with(name, Raw::Function).is_ok());
        assert!(with(name, Raw::Absent).is_ok());
        assert_refused(
            with(name, Raw::Other),
            &format!("on.{name}"),
            "must be a function",
        );
    }
    // Listeners of graphql-ws, and a misspelling.
    for name in ["opened", "closed", "Connected"] {
        let help = "connecting, connected, message; for the rest there is client.on()";
        assert_refused(with(name, Raw::Function), &format!("on.{name}"), help);
    }
}

#[test]
fn what_comes_later_says_so() {
    for name in [
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
    ] {
        for value in [Raw::Bool(true), Raw::Number(1.0), record([]), text("auto")] {
            assert_refused(
                read([(name, value)]),
                name,
                "is not available in this version",
            );
        }
        assert_eq!(
            read([(name, Raw::Absent)]),
            Ok(Options::default()),
            "{name}"
        );
    }
}

#[test]
fn unknown_names_are_refused() {
    for name in [
        "retryAttempt",
        "URL",
        "retryWait",
        "shouldRetry",
        "",
        " url",
        "headers.x-user",
        "backoff.maxMs",
        "__proto__",
    ] {
        let answer = read([(name, Raw::Bool(true))]);
        assert_refused(answer, name, "is not known; is it spelt right?");
    }
}

#[test]
fn undefined_is_as_if_it_were_not_there() {
    for name in [
        "dialect",
        "transports",
        "retry",
        "on",
        "fetchFn",
        "noSuchOption",
    ] {
        assert_eq!(
            read([(name, Raw::Absent)]),
            Ok(Options::default()),
            "{name}"
        );
    }
    let fields = record([("initialMs", Raw::Absent), ("nothing", Raw::Absent)]);
    let options = read([("backoff", fields)]);
    assert_eq!(
        options.map(|options| options.backoff),
        Ok(Some(Backoff::default()))
    );
}

#[test]
fn null_is_a_value_and_refused() {
    assert_refused(read([("headers", Raw::Other)]), "headers", "must be");
    assert_refused(
        read([("retryAttempts", Raw::Other)]),
        "retryAttempts",
        "must be",
    );
}

#[test]
fn a_url_is_needed() {
    let entries = |value: Raw| [("url".to_owned(), value)];
    let why = "must be a URL as a string, or a function that returns one";
    assert_refused(read_all(&[]), "url", why);
    assert_refused(read_all(&entries(Raw::Absent)), "url", why);
    assert_refused(read_all(&[("httpUrl".to_owned(), text("/"))]), "url", why);
    assert!(read_all(&entries(Raw::Function)).is_ok());
}

#[test]
fn the_first_fault_is_named() {
    let answer = read([("method", text("PUT")), ("dialect", text("other"))]);
    assert_refused(answer, "method", "must be");
}

#[test]
fn the_options_of_graphql_sse_are_taken() {
    let options = read([
        ("singleConnection", Raw::Bool(false)),
        ("credentials", text("include")),
        ("referrer", text("about:client")),
        ("referrerPolicy", text("origin")),
        ("headers", Raw::Function),
        ("fetchFn", Raw::Function),
        ("abortControllerImpl", Raw::Function),
        ("generateID", Raw::Function),
        ("retryAttempts", Raw::Number(5.0)),
        ("retry", Raw::Function),
        ("onMessage", Raw::Function),
        (
            "on",
            record([
                ("connecting", Raw::Function),
                ("connected", Raw::Function),
                ("message", Raw::Function),
            ]),
        ),
    ]);
    let expected = Options {
        credentials: Some(Credentials::Include),
        referrer: true,
        headers: HeadersSource::Function,
        own_fetch: true,
        retry_attempts: Some(5),
        own_retry: true,
        ..Options::default()
    };
    assert_eq!(options, Ok(expected));
}

#[test]
fn values_are_read_into_their_types() {
    let options = read([
        ("dialect", text("plain")),
        ("method", text("POST")),
        ("connectTimeoutMs", Raw::Number(1500.0)),
        ("retryAttempts", Raw::Number(f64::INFINITY)),
        (
            "backoff",
            record([
                ("initialMs", Raw::Number(1.0)),
                ("maxMs", Raw::Number(f64::INFINITY)),
                ("factor", Raw::Number(1.5)),
            ]),
        ),
        ("resubscribe", Raw::Bool(false)),
        ("headers", record([("x-token", text("t"))])),
    ]);
    let expected = Options {
        dialect: Some(Dialect::Plain),
        method: Some(Method::Post),
        connect_timeout: Some(Duration::from_millis(1500)),
        retry_attempts: Some(u32::MAX),
        backoff: Some(Backoff {
            initial: Duration::from_millis(1),
            max: Duration::MAX,
            factor: 1.5,
        }),
        resubscribe: Some(false),
        headers: HeadersSource::Fixed,
        ..Options::default()
    };
    assert_eq!(options, Ok(expected));
}

#[test]
fn no_headers_are_none() {
    let options = read([("headers", record([]))]);
    assert_eq!(
        options.map(|options| options.headers),
        Ok(HeadersSource::None)
    );
}

#[test]
fn each_of_the_credentials_is_taken() {
    for (name, credentials) in [
        ("omit", Credentials::Omit),
        ("same-origin", Credentials::SameOrigin),
        ("include", Credentials::Include),
    ] {
        let config = config([("credentials", text(name))], BROWSER);
        assert_eq!(config.map(|config| config.credentials), Ok(credentials));
    }
}

#[test]
fn a_count_of_retries_beyond_all_is_no_limit() {
    for count in [f64::INFINITY, 1e20, f64::from(u32::MAX)] {
        let config = config([("retryAttempts", Raw::Number(count))], BROWSER);
        assert_eq!(config.map(|config| config.retry_attempts), Ok(None));
    }
    let config = config([("retryAttempts", Raw::Number(0.0))], BROWSER);
    assert_eq!(config.map(|config| config.retry_attempts), Ok(Some(0)));
}

#[test]
fn the_defaults() {
    let expected = Config {
        dialect: Dialect::GraphqlSse,
        method: Method::Post,
        ladder: vec![Rung::usable(Transport::Fetch)],
        connect_timeout: Some(Duration::from_secs(15)),
        retry_attempts: None,
        pace: Pace::Backoff(Backoff {
            initial: Duration::from_millis(500),
            max: Duration::from_secs(30),
            factor: 2.0,
        }),
        resubscribe: None,
        credentials: Credentials::SameOrigin,
        limits: Limits {
            event_bytes: 33_554_432,
            field_bytes: 1024,
        },
    };
    assert_eq!(config([], BROWSER), Ok(expected.clone()));
    // Over POST it makes no difference whether there is an EventSource.
    assert_eq!(config([], NODE), Ok(expected));
}

#[test]
fn plain_is_sent_by_get_and_waits_for_its_first_result() {
    let plain = config([("dialect", text("plain"))], BROWSER).expect("plain is right");
    assert_eq!(plain.dialect, Dialect::Plain);
    assert_eq!(plain.method, Method::Get);
    assert_eq!(plain.connect_timeout, None);
    assert_eq!(
        plain.ladder,
        [
            Rung::usable(Transport::EventSource),
            Rung::usable(Transport::Fetch)
        ]
    );
}

#[test]
fn a_connect_timeout_that_is_set_counts_in_both_dialects() {
    for dialect in ["graphql-sse", "plain"] {
        let with = |ms| {
            config(
                [
                    ("dialect", text(dialect)),
                    ("connectTimeoutMs", Raw::Number(ms)),
                ],
                BROWSER,
            )
        };
        let timeout = |ms| with(ms).map(|config| config.connect_timeout);
        assert_eq!(timeout(250.0), Ok(Some(Duration::from_millis(250))));
        assert_eq!(timeout(f64::INFINITY), Ok(None));
        assert_refused(with(0.0), "connectTimeoutMs", "use Infinity for no limit");
    }
}

#[test]
fn either_retry_or_backoff() {
    let both = config([("retry", Raw::Function), ("backoff", record([]))], BROWSER);
    assert_refused(both, "backoff", "retry() decides the waits already");
    let own = config([("retry", Raw::Function)], BROWSER);
    assert_eq!(own.map(|config| config.pace), Ok(Pace::Application));
}

#[test]
fn a_backoff_must_grow_and_end() {
    let with = |initial: f64, max: f64, factor: f64| {
        let fields = record([
            ("initialMs", Raw::Number(initial)),
            ("maxMs", Raw::Number(max)),
            ("factor", Raw::Number(factor)),
        ]);
        config([("backoff", fields)], BROWSER)
    };
    let initial = "must be over 0 and no more than maxMs";
    assert_refused(with(0.0, 1000.0, 2.0), "backoff.initialMs", initial);
    assert_refused(with(1001.0, 1000.0, 2.0), "backoff.initialMs", initial);
    for factor in [0.5, -1.0, f64::NAN, f64::INFINITY] {
        assert_refused(
            with(1.0, 2.0, factor),
            "backoff.factor",
            "must be 1 or more",
        );
    }
    assert!(with(1000.0, 1000.0, 1.0).is_ok());
    assert!(with(1.0, f64::INFINITY, 10.0).is_ok());
}

#[test]
fn a_backoff_that_sets_one_field_keeps_the_others() {
    let fields = record([("maxMs", Raw::Number(5000.0))]);
    let config = config([("backoff", fields)], BROWSER);
    let expected = Pace::Backoff(Backoff {
        max: Duration::from_secs(5),
        ..Backoff::default()
    });
    assert_eq!(config.map(|config| config.pace), Ok(expected));
}

type Given = Vec<(&'static str, Raw)>;

/// What rules EventSource out, and the option that is named for it.
fn obstacles() -> Vec<(Given, Environment, Obstacle, &'static str)> {
    let get = || ("method", text("GET"));
    vec![
        (vec![], BROWSER, Obstacle::Method, "method"),
        (
            vec![get(), ("fetchFn", Raw::Function)],
            BROWSER,
            Obstacle::FetchFn,
            "fetchFn",
        ),
        (
            vec![get(), ("headers", record([("a", text("b"))]))],
            BROWSER,
            Obstacle::Headers,
            "headers",
        ),
        (
            vec![get(), ("credentials", text("omit"))],
            BROWSER,
            Obstacle::Credentials,
            "credentials",
        ),
        (
            vec![get(), ("referrer", text(""))],
            BROWSER,
            Obstacle::Referrer,
            "referrer",
        ),
        (
            vec![get(), ("referrerPolicy", text("origin"))],
            BROWSER,
            Obstacle::Referrer,
            "referrer",
        ),
        (vec![get()], NODE, Obstacle::Environment, "transports"),
    ]
}

fn with_transports(
    entries: &[(&'static str, Raw)],
    transports: Option<&[&str]>,
    environment: Environment,
) -> Result<Config, Refusal> {
    let mut all = vec![("url".to_owned(), text("/graphql"))];
    all.extend(
        entries
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone())),
    );
    if let Some(transports) = transports {
        all.push(("transports".to_owned(), list(transports)));
    }
    Config::new(&read_all(&all)?, environment)
}

#[test]
fn an_eventsource_that_is_listed_and_impossible_is_refused() {
    for (entries, environment, obstacle, option) in obstacles() {
        let config = with_transports(&entries, Some(&["eventsource"]), environment);
        assert_refused(config, option, obstacle.as_str());
    }
    let help = "take eventsource out of transports, or change that";
    let post = with_transports(&[], Some(&["eventsource", "fetch"]), BROWSER);
    assert_refused(post, "method", help);
}

#[test]
fn an_eventsource_that_is_not_listed_is_left_out_with_its_reason() {
    for (entries, environment, obstacle, _) in obstacles() {
        let config = with_transports(&entries, None, environment).expect("fetch remains");
        if obstacle == Obstacle::Method {
            assert_eq!(config.ladder, [Rung::usable(Transport::Fetch)]);
            continue;
        }
        let left_out = Rung {
            transport: Transport::EventSource,
            obstacle: Some(obstacle),
        };
        assert_eq!(config.ladder, [left_out, Rung::usable(Transport::Fetch)]);
    }
}

/// The same page may be rendered on a server, where there is no EventSource.
#[test]
fn a_missing_eventsource_is_no_fault_while_fetch_is_listed() {
    let get = [("method", text("GET"))];
    let config = with_transports(&get, Some(&["eventsource", "fetch"]), NODE);
    let ladder = config.map(|config| config.ladder).expect("fetch remains");
    assert_eq!(ladder[0].obstacle, Some(Obstacle::Environment));
    assert_eq!(ladder[1], Rung::usable(Transport::Fetch));
}

/// Only an attempt shows whether a headers function has headers to send.
#[test]
fn a_headers_function_does_not_rule_eventsource_out_yet() {
    let entries = [("method", text("GET")), ("headers", Raw::Function)];
    let config = with_transports(&entries, Some(&["eventsource"]), BROWSER);
    assert_eq!(
        config.map(|config| config.ladder),
        Ok(vec![Rung::usable(Transport::EventSource)])
    );
}

#[test]
fn transports_are_taken_in_their_order() {
    let get = [("method", text("GET"))];
    let config = with_transports(&get, Some(&["fetch", "eventsource"]), BROWSER);
    assert_eq!(
        config.map(|config| config.ladder),
        Ok(vec![
            Rung::usable(Transport::Fetch),
            Rung::usable(Transport::EventSource)
        ])
    );
}

#[test]
fn a_list_of_transports_names_each_once() {
    let none = with_transports(&[], Some(&[]), BROWSER);
    assert_refused(none, "transports", "must name at least one");
    let twice = with_transports(&[], Some(&["fetch", "fetch"]), BROWSER);
    assert_refused(twice, "transports", "names a transport twice");
}

#[test]
fn post_can_be_chosen_for_plain_and_get_for_graphql_sse() {
    let plain = config(
        [("dialect", text("plain")), ("method", text("POST"))],
        BROWSER,
    );
    let plain = plain.expect("that is right");
    assert_eq!(plain.method, Method::Post);
    assert_eq!(plain.ladder, [Rung::usable(Transport::Fetch)]);
    let get = config([("method", text("GET"))], BROWSER).expect("that is right");
    assert_eq!(get.ladder[0], Rung::usable(Transport::EventSource));
    assert_eq!(get.connect_timeout, Some(Duration::from_secs(15)));
}

#[test]
fn every_obstacle_has_words_of_its_own() {
    let obstacles = [
        Obstacle::Method,
        Obstacle::FetchFn,
        Obstacle::Headers,
        Obstacle::HeadersFunction,
        Obstacle::Credentials,
        Obstacle::Referrer,
        Obstacle::Environment,
        Obstacle::SideEffect,
        Obstacle::UrlTooLong,
    ];
    let mut words: Vec<&str> = obstacles.iter().map(|obstacle| obstacle.as_str()).collect();
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), obstacles.len());
}
