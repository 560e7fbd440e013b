//! What options may be, together and each for itself.

use alloc::vec::Vec;

use super::{
    CONNECT_TIMEOUT, Credentials, Environment, HeadersSource, Method, Options, Pace, Refusal,
    Stall, Transport,
};
use crate::backoff::Backoff;
use crate::breaker::{Limits, MAX_WINDOW};
use crate::budget::Allowance;
use crate::dialect::Dialect;
use crate::ladder::{Obstacle, Rung};
use crate::time::Span;
use crate::watchdog;

/// Why options are refused.
pub(super) enum Fault {
    /// The option, and what is wrong with it.
    Option(&'static (&'static str, &'static str)),
    /// A transport is asked for, and cannot be.
    Transport(Transport, Obstacle),
}

impl Fault {
    pub(super) fn refusal(self) -> Refusal {
        match self {
            Self::Option((option, why)) => Refusal::new(option, why),
            Self::Transport(transport, obstacle) => Refusal::in_parts(
                obstacle.option(),
                &[
                    obstacle.as_str(),
                    "; take ",
                    transport.as_str(),
                    " out of transports, or change that",
                ],
            ),
        }
    }
}

pub(super) fn connect_timeout(options: &Options, dialect: Dialect) -> Result<Option<Span>, Fault> {
    match (options.connect_timeout, dialect) {
        (Some(Span::ZERO), _) => Err(Fault::Option(&(
            "connectTimeoutMs",
            "0 would give up before the server can answer; use Infinity for no limit",
        ))),
        (Some(Span::MAX), _) => Ok(None),
        (Some(timeout), _) => Ok(Some(timeout)),
        // Such a server may send nothing at all until the first result.
        (None, Dialect::Plain) => Ok(None),
        (None, Dialect::GraphqlSse) => Ok(Some(CONNECT_TIMEOUT)),
    }
}

pub(super) fn pace(options: &Options) -> Result<Pace, Fault> {
    match options.backoff {
        None if options.own_retry => Ok(Pace::Application),
        None => Ok(Pace::Backoff(Backoff::default())),
        Some(_) if options.own_retry => Err(Fault::Option(&(
            "backoff",
            "retry() decides the waits already; set one of the two",
        ))),
        Some(backoff) if backoff.initial.is_zero() || backoff.max < backoff.initial => Err(
            Fault::Option(&("backoff.initialMs", "must be over 0 and no more than maxMs")),
        ),
        Some(backoff) if !(backoff.factor.is_finite() && backoff.factor >= 1.0) => {
            Err(Fault::Option(&("backoff.factor", "must be 1 or more")))
        }
        Some(backoff) => Ok(Pace::Backoff(backoff)),
    }
}

pub(super) fn ladder(
    options: &Options,
    method: Method,
    environment: Environment,
) -> Result<Vec<Rung>, Fault> {
    let obstacle = obstacle(options, method, environment);
    let every = [
        Transport::EventSource,
        Transport::Fetch,
        Transport::WebSocket,
    ];
    let first = usize::from(method == Method::Post);
    let last = if options.websocket { 3 } else { 2 };
    let listed: &[Transport] = match &options.transports {
        Some(listed) => listed,
        None => every.get(first..last).unwrap_or_default(),
    };
    if listed.contains(&Transport::WebSocket) != options.websocket {
        return Err(Fault::Option(if options.websocket {
            &("websocket", "is set, and transports leaves it out")
        } else {
            &("transports", "names websocket: set websocket.url as well")
        }));
    }
    let mut rungs: Vec<Rung> = Vec::new();
    for &transport in listed {
        if rungs.iter().any(|rung| rung.transport == transport) {
            return Err(Fault::Option(&("transports", "names a transport twice")));
        }
        let obstacle = match transport {
            Transport::EventSource => obstacle,
            Transport::WebSocket if !environment.web_socket => Some(Obstacle::NoWebSocket),
            Transport::Fetch | Transport::WebSocket => None,
        };
        match obstacle {
            // The same code may run on a server: not the options' fault while another rung holds.
            Some(Obstacle::Environment | Obstacle::NoWebSocket) if listed.len() > 1 => {}
            Some(obstacle) if options.transports.is_some() => {
                return Err(Fault::Transport(transport, obstacle));
            }
            _ => {}
        }
        rungs.push(Rung {
            transport,
            obstacle,
        });
    }
    if options.last_event_id && !listed.contains(&Transport::Fetch) {
        return Err(Fault::Option(&(
            "lastEventId",
            "only fetch can send it; add fetch to transports",
        )));
    }
    if rungs.is_empty() {
        return Err(Fault::Option(&("transports", "must name at least one")));
    }
    Ok(rungs)
}

/// What rules EventSource out for the whole client.
fn obstacle(options: &Options, method: Method, environment: Environment) -> Option<Obstacle> {
    if method == Method::Post {
        Some(Obstacle::Method)
    } else if options.own_fetch {
        Some(Obstacle::FetchFn)
    } else if options.headers == HeadersSource::Fixed {
        Some(Obstacle::Headers)
    } else if options.credentials == Some(Credentials::Omit) {
        Some(Obstacle::Credentials)
    } else if options.referrer {
        Some(Obstacle::Referrer)
    } else if !environment.event_source {
        Some(Obstacle::Environment)
    } else {
        None
    }
}

/// The first of these that does not hold.
fn first_of(rules: &[(bool, &'static (&'static str, &'static str))]) -> Result<(), Fault> {
    match rules.iter().find(|(holds, _)| !holds) {
        Some((_, fault)) => Err(Fault::Option(fault)),
        None => Ok(()),
    }
}

pub(super) fn breaker(options: &Options) -> Result<Limits, Fault> {
    let limits = options.breaker.unwrap_or_default();
    first_of(&[
        (
            (1..=MAX_WINDOW).contains(&limits.window),
            &("breaker.window", "must be 1 to 64"),
        ),
        (
            (1..=limits.window).contains(&limits.min_calls),
            &(
                "breaker.minCalls",
                "must be 1 or more, and no more than window",
            ),
        ),
        (
            limits.failure_rate > 0.0 && limits.failure_rate <= 1.0,
            &("breaker.failureRate", "must be over 0, and 1 at most"),
        ),
        (
            !limits.open.is_zero() && limits.open <= limits.max_open,
            &(
                "breaker.openMs",
                "must be over 0 and no more than maxOpenMs",
            ),
        ),
    ])?;
    Ok(limits)
}

pub(super) fn retry_budget(options: &Options) -> Result<Allowance, Fault> {
    let allowance = options.retry_budget.unwrap_or_default();
    first_of(&[
        (
            allowance.capacity > 0,
            &("retryBudget.capacity", "must be 1 or more"),
        ),
        (
            allowance.per_second > 0.0 && allowance.per_second.is_finite(),
            &("retryBudget.perSecond", "must be over 0, and finite"),
        ),
    ])?;
    Ok(allowance)
}

pub(super) fn stall(options: &Options) -> Result<Option<watchdog::Limits>, Fault> {
    let limits = match options.stall {
        Some(Stall::Off) => return Ok(None),
        Some(Stall::Watch(limits)) => limits,
        None => watchdog::Limits::default(),
    };
    first_of(&[
        (
            limits.silence != Some(Span::ZERO),
            &("stall.silenceMs", "must be over 0"),
        ),
        (
            limits.probe != Some(Span::ZERO),
            &("stall.probeTimeoutMs", "must be over 0"),
        ),
    ])?;
    Ok(Some(limits))
}
