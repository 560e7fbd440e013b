//! The options as `js/options.ts` writes them: checked one by one, and as numbers.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::js_host::JsHost;
use crate::backoff::Backoff;
use crate::breaker;
use crate::budget::Allowance;
use crate::config::{Credentials, HeadersSource, Method, Options, Refusal, Stall, Transport};
use crate::continuity::{self, Key};
use crate::dialect::Dialect;
use crate::time::Span;
use crate::watchdog;

/// `Settings` in `js/core.ts` has the same names in the same order. NaN is what was not set;
/// enumerations go by their order, which begins with 0, and a yes is 1.
#[derive(Clone, Copy)]
enum Setting {
    Dialect,
    Method,
    /// Octal digits: 1 is the first transport.
    Transports,
    ConnectTimeoutMs,
    RetryAttempts,
    Backoff,
    BackoffInitialMs,
    BackoffMaxMs,
    BackoffFactor,
    OwnRetry,
    Resubscribe,
    Credentials,
    Headers,
    OwnFetch,
    Referrer,
    BreakerWindow,
    BreakerMinCalls,
    BreakerFailureRate,
    BreakerOpenMs,
    BreakerMaxOpenMs,
    BreakerMinHealthyMs,
    BudgetCapacity,
    BudgetPerSecond,
    /// 0 is off.
    Stall,
    SilenceMs,
    ProbeTimeoutMs,
    WebSocket,
    FallForward,
}

/// `Rules` in `js/core.ts` has the same names in the same order.
#[derive(Clone, Copy)]
enum Rule {
    /// NaN: there are none, and 0: there is no key; 1: a path, and above that the number of a
    /// function and 2.
    Key,
    Remember,
    Backfill,
    BackfillTimeoutMs,
    MaxWaiting,
    SettleMs,
    AuditMs,
    ReorderMs,
}

/// Those that are text.
#[derive(Clone, Copy)]
enum RuleText {
    Key,
    StartAfter,
    Sequence,
}

/// What the application says about the results of the operation that is started next.
pub fn rules(host: &JsHost) -> Result<Option<Box<continuity::Settings>>, Refusal> {
    let get = |rule: Rule| {
        let number = host.rule(rule as u32);
        (!number.is_nan()).then_some(number)
    };
    let text = |rule: RuleText| host.rule_text(rule as u32);
    let Some(key) = get(Rule::Key) else {
        return Ok(None);
    };
    let default = continuity::Settings::default();
    let rules = continuity::Settings {
        key: match key as u32 {
            0 => None,
            1 => text(RuleText::Key).map(Key::Path),
            function => Some(Key::Function(function - 2)),
        },
        remember: get(Rule::Remember).map_or(default.remember, |n| n as usize),
        start_after: text(RuleText::StartAfter),
        backfill: get(Rule::Backfill).is_some(),
        backfill_timeout: get(Rule::BackfillTimeoutMs).map_or(default.backfill_timeout, duration),
        max_waiting: get(Rule::MaxWaiting).map_or(default.max_waiting, |n| n as usize),
        settle: get(Rule::SettleMs).map_or(default.settle, duration),
        audit: get(Rule::AuditMs).map(duration),
        sequence: text(RuleText::Sequence),
        reorder: get(Rule::ReorderMs).map_or(default.reorder, duration),
    };
    rules.check()?;
    Ok(Some(Box::new(rules)))
}

/// Reads them from the host. They are one number each, since a parameter costs a page more.
pub fn read(host: &JsHost) -> Options {
    let get = |setting: Setting| {
        let number = host.setting(setting as u32);
        (!number.is_nan()).then_some(number)
    };
    let is = |setting| get(setting).is_some_and(|number| number != 0.0);
    let default = Backoff::default();
    let backoff = is(Setting::Backoff).then(|| Backoff {
        initial: get(Setting::BackoffInitialMs).map_or(default.initial, duration),
        max: get(Setting::BackoffMaxMs).map_or(default.max, duration),
        factor: get(Setting::BackoffFactor).unwrap_or(default.factor),
    });
    let breaker = breaker::Limits::default();
    let budget = Allowance::default();
    Options {
        dialect: get(Setting::Dialect).map(|number| match number as u32 {
            0 => Dialect::GraphqlSse,
            _ => Dialect::Plain,
        }),
        method: get(Setting::Method).map(|number| match number as u32 {
            0 => Method::Get,
            _ => Method::Post,
        }),
        transports: get(Setting::Transports).map(transports),
        connect_timeout: get(Setting::ConnectTimeoutMs).map(duration),
        // The cast saturates at what means no limit.
        retry_attempts: get(Setting::RetryAttempts).map(|count| count as u32),
        backoff,
        own_retry: is(Setting::OwnRetry),
        resubscribe: get(Setting::Resubscribe).map(|number| number != 0.0),
        credentials: get(Setting::Credentials).map(|number| match number as u32 {
            0 => Credentials::Omit,
            1 => Credentials::SameOrigin,
            _ => Credentials::Include,
        }),
        headers: match get(Setting::Headers) {
            None => HeadersSource::None,
            Some(0.0) => HeadersSource::Fixed,
            Some(_) => HeadersSource::Function,
        },
        own_fetch: is(Setting::OwnFetch),
        referrer: is(Setting::Referrer),
        websocket: is(Setting::WebSocket),
        fall_forward: get(Setting::FallForward).map(|number| number != 0.0),
        breaker: Some(breaker::Limits {
            window: get(Setting::BreakerWindow).map_or(breaker.window, |n| n as u32),
            min_calls: get(Setting::BreakerMinCalls).map_or(breaker.min_calls, |n| n as u32),
            failure_rate: get(Setting::BreakerFailureRate).unwrap_or(breaker.failure_rate),
            open: get(Setting::BreakerOpenMs).map_or(breaker.open, duration),
            max_open: get(Setting::BreakerMaxOpenMs).map_or(breaker.max_open, duration),
            min_healthy: get(Setting::BreakerMinHealthyMs).map_or(breaker.min_healthy, duration),
        }),
        retry_budget: Some(Allowance {
            capacity: get(Setting::BudgetCapacity).map_or(budget.capacity, |n| n as u32),
            per_second: get(Setting::BudgetPerSecond).unwrap_or(budget.per_second),
        }),
        stall: Some(match get(Setting::Stall) {
            Some(0.0) => Stall::Off,
            _ => Stall::Watch(watchdog::Limits {
                silence: get(Setting::SilenceMs).map(duration),
                probe: get(Setting::ProbeTimeoutMs).map(duration),
            }),
        }),
    }
}

fn duration(ms: f64) -> Span {
    if ms == f64::INFINITY {
        Span::MAX
    } else {
        // The cast saturates; nobody waits that long.
        Span::from_millis(ms as u64)
    }
}

fn transports(digits: f64) -> Vec<Transport> {
    let mut rest = digits as u64;
    let mut transports = Vec::new();
    while rest > 0 {
        transports.push(match rest % 8 {
            1 => Transport::EventSource,
            3 => Transport::WebSocket,
            _ => Transport::Fetch,
        });
        rest /= 8;
    }
    transports.reverse();
    transports
}
