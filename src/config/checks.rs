//! What options may be, together and each for itself.

use alloc::vec::Vec;

use super::{
    CONNECT_TIMEOUT, Credentials, Environment, HEAD_START, HeadersSource, Method, Options, Pace,
    Refusal, Stall, Transport,
};
use crate::breaker::{Limits, MAX_WINDOW};
use crate::budget::Allowance;
use crate::dialect::Dialect;
use crate::ladder::{Obstacle, Rung};
use crate::reservation::Sharing;
use crate::time::Span;
use crate::watchdog;

/// An option, and what is wrong with it.
pub(super) type Wrong = &'static (&'static str, &'static str);

/// Why options are refused.
pub(super) enum Fault {
    Option(Wrong),
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

pub(super) const fn connect_timeout(options: &Options, dialect: Dialect) -> Option<Span> {
    match (options.connect_timeout, dialect) {
        (Some(Span::MAX), _) => None,
        (Some(timeout), _) => Some(timeout),
        // Such a server may send nothing at all until the first result.
        (None, Dialect::Plain) => None,
        (None, Dialect::GraphqlSse) => Some(CONNECT_TIMEOUT),
    }
}

pub(super) const fn head_start(options: &Options, dialect: Dialect) -> Option<Span> {
    match (options.head_start, dialect) {
        (Some(Span::MAX), _) => None,
        (Some(wait), _) => Some(wait),
        // Such a server may send nothing at all until the first result.
        (None, Dialect::Plain) => None,
        (None, Dialect::GraphqlSse) => Some(HEAD_START),
    }
}

pub(super) fn pace(options: &Options) -> Pace {
    if options.own_retry {
        Pace::Application
    } else {
        Pace::Backoff(options.backoff.unwrap_or_default())
    }
}

/// The first option that is wrong whatever the others are, or together with another.
pub(super) fn wrong(options: &Options) -> Option<Wrong> {
    if options.connect_timeout == Some(Span::ZERO) {
        return Some(&(
            "connectTimeoutMs",
            "0 would give up before the server can answer; use Infinity for no limit",
        ));
    }
    if options.head_start == Some(Span::ZERO) {
        return Some(&(
            "headStartMs",
            "0 would begin two attempts each time; use false for never",
        ));
    }
    wrong_backoff(options)
        .or_else(|| wrong_breaker(options.breaker.unwrap_or_default()))
        .or_else(|| wrong_budget(options.retry_budget.unwrap_or_default()))
        .or_else(|| wrong_stall(options.stall))
        .or_else(|| wrong_sharing(options))
        .or_else(|| wrong_sizes(options))
}

/// Browsers' strings end at twice this and more.
const MAX_BYTES: u32 = 1 << 28;

fn wrong_sizes(options: &Options) -> Option<Wrong> {
    let is_wrong = |max| !(1..=MAX_BYTES).contains(&max);
    let wrong: Wrong = &("payload.maxBytes", "must be 1 to 268435456");
    options.max_bytes.is_some_and(is_wrong).then_some(wrong)
}

fn wrong_sharing(options: &Options) -> Option<Wrong> {
    if options.sharing != Sharing::Always && options.lazy.is_some() {
        Some(&("lazy", "is for singleConnection: true alone"))
    } else if options.sharing == Sharing::Never && !options.lazy_close.is_zero() {
        Some(&("lazyCloseTimeout", "is for singleConnection alone"))
    } else if options.sharing == Sharing::Never {
        None
    } else if options.dialect == Some(Dialect::Plain) {
        Some(&(
            "singleConnection",
            "the dialect plain has none; leave it out",
        ))
    } else if let Some(listed) = &options.transports
        && !listed.contains(&Transport::Fetch)
    {
        Some(&(
            "singleConnection",
            "only fetch can open it; add fetch to transports",
        ))
    } else {
        None
    }
}

fn wrong_backoff(options: &Options) -> Option<Wrong> {
    let backoff = options.backoff?;
    if options.own_retry {
        Some(&(
            "backoff",
            "retry() decides the waits already; set one of the two",
        ))
    } else if backoff.initial.is_zero() || backoff.max < backoff.initial {
        Some(&("backoff.initialMs", "must be over 0 and no more than maxMs"))
    } else if !(backoff.factor.is_finite() && backoff.factor >= 1.0) {
        Some(&("backoff.factor", "must be 1 or more"))
    } else {
        None
    }
}

fn wrong_breaker(limits: Limits) -> Option<Wrong> {
    if !(1..=MAX_WINDOW).contains(&limits.window) {
        Some(&("breaker.window", "must be 1 to 64"))
    } else if !(1..=limits.window).contains(&limits.min_calls) {
        Some(&(
            "breaker.minCalls",
            "must be 1 or more, and no more than window",
        ))
    } else if !(limits.failure_rate > 0.0 && limits.failure_rate <= 1.0) {
        Some(&("breaker.failureRate", "must be over 0, and 1 at most"))
    } else if limits.open.is_zero() || limits.open > limits.max_open {
        Some(&(
            "breaker.openMs",
            "must be over 0 and no more than maxOpenMs",
        ))
    } else {
        None
    }
}

fn wrong_budget(allowance: Allowance) -> Option<Wrong> {
    if allowance.capacity == 0 {
        Some(&("retryBudget.capacity", "must be 1 or more"))
    } else if !(allowance.per_second > 0.0 && allowance.per_second.is_finite()) {
        Some(&("retryBudget.perSecond", "must be over 0, and finite"))
    } else {
        None
    }
}

const fn wrong_stall(stall: Option<Stall>) -> Option<Wrong> {
    match stall {
        Some(Stall::Watch(limits)) if matches!(limits.silence, Some(Span::ZERO)) => {
            Some(&("stall.silenceMs", "must be over 0"))
        }
        Some(Stall::Watch(limits))
            if matches!(limits.probe, Some(Span::ZERO))
                || matches!(limits.pong, Some(Span::ZERO)) =>
        {
            Some(&("stall.probeTimeoutMs", "must be over 0"))
        }
        Some(Stall::Watch(_) | Stall::Off) | None => None,
    }
}

pub(super) const fn stall(stall: Option<Stall>) -> Option<watchdog::Limits> {
    match stall {
        Some(Stall::Off) => None,
        Some(Stall::Watch(limits)) => Some(limits),
        None => Some(watchdog::Limits {
            silence: None,
            probe: None,
            pong: None,
        }),
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
            Transport::WebSocket if !(environment.web_socket || options.own_socket) => {
                Some(Obstacle::NoWebSocket)
            }
            Transport::Fetch | Transport::WebSocket => None,
        };
        match obstacle {
            // The same code may run on a server: not the options' fault while another rung holds.
            Some(Obstacle::Environment | Obstacle::NoWebSocket) => {}
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
    if let Some(&Rung {
        transport,
        obstacle: Some(obstacle),
    }) = rungs.last()
        && rungs.iter().all(|rung| rung.obstacle.is_some())
    {
        return Err(Fault::Transport(transport, obstacle));
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
    if options.sharing == Sharing::Always {
        Some(Obstacle::Shared)
    } else if method == Method::Post {
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
