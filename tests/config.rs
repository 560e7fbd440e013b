//! The options together: every refusal with the name it gives, and every default.
//! Each for itself they are checked by `js/options.ts`, with `tests/js/options.test.mjs`.
#![cfg(not(target_arch = "wasm32"))]

use graphql_lifeline::backoff::Backoff;
use graphql_lifeline::breaker;
use graphql_lifeline::budget::Allowance;
use graphql_lifeline::config::{
    Config, Credentials, Environment, HeadersSource, Method, Options, Pace, Refusal, Transport,
};
use graphql_lifeline::dialect::Dialect;
use graphql_lifeline::incremental::Mode;
use graphql_lifeline::ladder::{Obstacle, Rung};
use graphql_lifeline::presence::WhenHidden;
use graphql_lifeline::reservation::{Sharing, Terms};
use graphql_lifeline::sse::Limits;
use graphql_lifeline::time::Span;
use graphql_lifeline::watchdog;

const BROWSER: Environment = Environment {
    event_source: true,
    web_socket: true,
};
const NODE: Environment = Environment {
    event_source: false,
    web_socket: false,
};

/// Checks the default options with these changed.
fn config(change: impl FnOnce(&mut Options), environment: Environment) -> Result<Config, Refusal> {
    let mut options = Options::default();
    change(&mut options);
    Config::new(&options, environment)
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

#[test]
fn each_of_the_credentials_is_taken() {
    for credentials in [
        Credentials::Omit,
        Credentials::SameOrigin,
        Credentials::Include,
    ] {
        let config = config(|options| options.credentials = Some(credentials), BROWSER);
        assert_eq!(config.map(|config| config.credentials), Ok(credentials));
    }
}

#[test]
fn the_largest_count_of_retries_is_no_limit() {
    let limit = |count| config(|options| options.retry_attempts = Some(count), BROWSER);
    assert_eq!(
        limit(u32::MAX).map(|config| config.retry_attempts),
        Ok(None)
    );
    assert_eq!(limit(0).map(|config| config.retry_attempts), Ok(Some(0)));
}

#[test]
fn the_defaults() {
    let expected = Config {
        dialect: Dialect::GraphqlSse,
        method: Method::Post,
        ladder: vec![Rung::usable(Transport::Fetch)],
        head_start: Some(Span::from_secs(4)),
        connect_timeout: Some(Span::from_secs(15)),
        retry_attempts: None,
        pace: Pace::Backoff(Backoff {
            initial: Span::from_millis(500),
            max: Span::from_secs(30),
            factor: 2.0,
        }),
        resubscribe: None,
        credentials: Credentials::SameOrigin,
        limits: Limits {
            event_bytes: 33_554_432,
            field_bytes: 1024,
        },
        warn_bytes: 1_048_576,
        breaker: breaker::Limits {
            window: 10,
            min_calls: 3,
            failure_rate: 0.5,
            open: Span::from_secs(5),
            max_open: Span::from_secs(60),
            min_healthy: Span::from_secs(5),
        },
        retry_budget: Allowance {
            capacity: 10,
            per_second: 1.0,
        },
        fall_forward: true,
        renews: false,
        when_hidden: WhenHidden::Slow,
        incremental: Mode::Merge,
        terms: Terms {
            sharing: Sharing::Never,
            lazy: Some(Span::ZERO),
        },
        last_event_id: false,
        overlap: false,
        stall: Some(watchdog::Limits {
            silence: None,
            probe: None,
            pong: None,
        }),
    };
    assert_eq!(config(|_| {}, BROWSER), Ok(expected.clone()));
    // Over POST it makes no difference whether there is an EventSource.
    assert_eq!(config(|_| {}, NODE), Ok(expected));
}

#[test]
fn plain_is_sent_by_get_and_waits_for_its_first_result() {
    let plain =
        config(|options| options.dialect = Some(Dialect::Plain), BROWSER).expect("plain is right");
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
    for dialect in [Dialect::GraphqlSse, Dialect::Plain] {
        let with = |timeout| {
            config(
                |options| {
                    options.dialect = Some(dialect);
                    options.connect_timeout = Some(timeout);
                },
                BROWSER,
            )
        };
        let timeout = |timeout| with(timeout).map(|config| config.connect_timeout);
        let short = Span::from_millis(250);
        assert_eq!(timeout(short), Ok(Some(short)));
        assert_eq!(timeout(Span::MAX), Ok(None));
        assert_refused(
            with(Span::ZERO),
            "connectTimeoutMs",
            "use Infinity for no limit",
        );
    }
}

#[test]
fn either_retry_or_backoff() {
    let both = config(
        |options| {
            options.own_retry = true;
            options.backoff = Some(Backoff::default());
        },
        BROWSER,
    );
    assert_refused(both, "backoff", "retry() decides the waits already");
    let own = config(|options| options.own_retry = true, BROWSER);
    assert_eq!(own.map(|config| config.pace), Ok(Pace::Application));
}

#[test]
fn a_backoff_must_grow_and_end() {
    let with = |initial, max, factor| {
        let backoff = Backoff {
            initial: Span::from_millis(initial),
            max,
            factor,
        };
        config(|options| options.backoff = Some(backoff), BROWSER)
    };
    let second = Span::from_secs(1);
    let initial = "must be over 0 and no more than maxMs";
    assert_refused(with(0, second, 2.0), "backoff.initialMs", initial);
    assert_refused(with(1001, second, 2.0), "backoff.initialMs", initial);
    for factor in [0.5, -1.0, f64::NAN, f64::INFINITY] {
        assert_refused(
            with(1, second, factor),
            "backoff.factor",
            "must be 1 or more",
        );
    }
    assert!(with(1000, second, 1.0).is_ok());
    assert!(with(1, Span::MAX, 10.0).is_ok());
}

type Change = fn(&mut Options);

/// What rules EventSource out, and the option that is named for it.
const OBSTACLES: [(Change, Environment, Obstacle, &str); 6] = [
    (|_| {}, BROWSER, Obstacle::Method, "method"),
    (
        |options| {
            options.method = Some(Method::Get);
            options.own_fetch = true;
        },
        BROWSER,
        Obstacle::FetchFn,
        "fetchFn",
    ),
    (
        |options| {
            options.method = Some(Method::Get);
            options.headers = HeadersSource::Fixed;
        },
        BROWSER,
        Obstacle::Headers,
        "headers",
    ),
    (
        |options| {
            options.method = Some(Method::Get);
            options.credentials = Some(Credentials::Omit);
        },
        BROWSER,
        Obstacle::Credentials,
        "credentials",
    ),
    (
        |options| {
            options.method = Some(Method::Get);
            options.referrer = true;
        },
        BROWSER,
        Obstacle::Referrer,
        "referrer",
    ),
    (
        |options| options.method = Some(Method::Get),
        NODE,
        Obstacle::Environment,
        "transports",
    ),
];

fn with_transports(
    change: Change,
    transports: &[Transport],
    environment: Environment,
) -> Result<Config, Refusal> {
    let transports = transports.to_vec();
    config(
        |options| {
            change(options);
            options.transports = Some(transports);
        },
        environment,
    )
}

const GET: Change = |options| options.method = Some(Method::Get);

#[test]
fn an_eventsource_that_is_listed_and_impossible_is_refused() {
    for (change, environment, obstacle, option) in OBSTACLES {
        let config = with_transports(change, &[Transport::EventSource], environment);
        assert_refused(config, option, obstacle.as_str());
    }
    let help = "take eventsource out of transports, or change that";
    let both = [Transport::EventSource, Transport::Fetch];
    assert_refused(with_transports(|_| {}, &both, BROWSER), "method", help);
}

#[test]
fn an_eventsource_that_is_not_listed_is_left_out_with_its_reason() {
    for (change, environment, obstacle, _) in OBSTACLES {
        let config = config(change, environment).expect("fetch remains");
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
    let both = [Transport::EventSource, Transport::Fetch];
    let config = with_transports(GET, &both, NODE);
    let ladder = config.map(|config| config.ladder).expect("fetch remains");
    assert_eq!(ladder[0].obstacle, Some(Obstacle::Environment));
    assert_eq!(ladder[1], Rung::usable(Transport::Fetch));
}

/// Only an attempt shows whether a headers function has headers to send.
#[test]
fn a_headers_function_does_not_rule_eventsource_out_yet() {
    let change: Change = |options| {
        options.method = Some(Method::Get);
        options.headers = HeadersSource::Function;
    };
    let config = with_transports(change, &[Transport::EventSource], BROWSER);
    assert_eq!(
        config.map(|config| config.ladder),
        Ok(vec![Rung::usable(Transport::EventSource)])
    );
}

#[test]
fn transports_are_taken_in_their_order() {
    let config = with_transports(GET, &[Transport::Fetch, Transport::EventSource], BROWSER);
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
    let none = with_transports(|_| {}, &[], BROWSER);
    assert_refused(none, "transports", "must name at least one");
    let twice = with_transports(|_| {}, &[Transport::Fetch, Transport::Fetch], BROWSER);
    assert_refused(twice, "transports", "names a transport twice");
}

#[test]
fn post_can_be_chosen_for_plain_and_get_for_graphql_sse() {
    let plain: Change = |options| {
        options.dialect = Some(Dialect::Plain);
        options.method = Some(Method::Post);
    };
    let plain = config(plain, BROWSER).expect("that is right");
    assert_eq!(plain.method, Method::Post);
    assert_eq!(plain.ladder, [Rung::usable(Transport::Fetch)]);
    let get = config(GET, BROWSER).expect("that is right");
    assert_eq!(get.ladder[0], Rung::usable(Transport::EventSource));
    assert_eq!(get.connect_timeout, Some(Span::from_secs(15)));
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

#[test]
fn a_last_event_id_needs_fetch() {
    let refusal = config(
        |options| {
            options.last_event_id = true;
            options.method = Some(Method::Get);
            options.transports = Some(vec![Transport::EventSource]);
        },
        BROWSER,
    );
    assert_eq!(
        refusal.expect_err("it cannot be sent").option,
        "lastEventId"
    );
}

#[test]
fn a_websocket_needs_an_address_and_a_place_on_the_ladder() {
    let refused = |transports: Option<Vec<Transport>>, websocket| {
        let result = config(
            |options| (options.transports, options.websocket) = (transports, websocket),
            BROWSER,
        );
        result.map_err(|refusal| refusal.option)
    };
    let ladder = |it: &Config| {
        it.ladder
            .iter()
            .map(|rung| rung.transport)
            .collect::<Vec<_>>()
    };
    let default = refused(None, true).expect("it is configured");
    assert_eq!(ladder(&default), [Transport::Fetch, Transport::WebSocket]);
    let alone = refused(Some(vec![Transport::WebSocket]), true).expect("it stands alone");
    assert_eq!(ladder(&alone), [Transport::WebSocket]);
    let without_address = refused(Some(vec![Transport::WebSocket]), false);
    assert_eq!(without_address.err().as_deref(), Some("transports"));
    let without_place = refused(Some(vec![Transport::Fetch]), true);
    assert_eq!(without_place.err().as_deref(), Some("websocket"));
}

/// The options for these transports, with an address for the socket.
fn with_socket(transports: &[Transport], own_socket: bool) -> Result<Config, Refusal> {
    let transports = transports.to_vec();
    config(
        |options| {
            options.method = Some(Method::Get);
            options.websocket = true;
            options.own_socket = own_socket;
            options.transports = Some(transports);
        },
        NODE,
    )
}

#[test]
fn where_there_is_no_websocket_it_is_left_out_and_the_ladder_says_what_to_do() {
    let both = [Transport::Fetch, Transport::WebSocket];
    let left_out = with_socket(&both, false).expect("fetch is there").ladder[1];
    assert_eq!(left_out.obstacle, Some(Obstacle::NoWebSocket));
    let why = Obstacle::NoWebSocket.as_str();
    assert!(why.contains("websocket.webSocketImpl is not set"), "{why}");
    let default = config(|options| options.websocket = true, NODE).expect("fetch is there");
    assert_eq!(default.ladder[1], left_out);
}

#[test]
fn transports_of_which_none_is_there_are_refused() {
    let why = Obstacle::NoWebSocket.as_str();
    let help = "take websocket out of transports, or change that";
    for missing in [
        &[Transport::WebSocket][..],
        &[Transport::EventSource, Transport::WebSocket],
    ] {
        assert_refused(with_socket(missing, false), "transports", why);
        assert_refused(with_socket(missing, false), "transports", help);
    }
}

#[test]
fn a_websocket_of_the_applications_own_is_as_good_as_a_global_one() {
    for transports in [
        &[Transport::WebSocket][..],
        &[Transport::EventSource, Transport::WebSocket],
        &[Transport::Fetch, Transport::WebSocket],
    ] {
        let ladder = with_socket(transports, true).expect("there is one").ladder;
        assert_eq!(ladder.last(), Some(&Rung::usable(Transport::WebSocket)));
    }
}
