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
    LastEventId,
    Overlap,
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
    let settings = Settings(host);
    let is = |setting| settings.is(setting);
    let backoff = Backoff::default();
    let breaker = breaker::Limits::default();
    let budget = Allowance::default();
    Options {
        dialect: settings.among(Setting::Dialect, &[Dialect::GraphqlSse, Dialect::Plain]),
        method: settings.among(Setting::Method, &[Method::Get, Method::Post]),
        transports: settings.get(Setting::Transports).map(transports),
        connect_timeout: settings.get(Setting::ConnectTimeoutMs).map(duration),
        // The cast saturates at what means no limit.
        retry_attempts: settings
            .get(Setting::RetryAttempts)
            .map(|count| count as u32),
        backoff: is(Setting::Backoff).then(|| Backoff {
            initial: settings.span(Setting::BackoffInitialMs, backoff.initial),
            max: settings.span(Setting::BackoffMaxMs, backoff.max),
            factor: settings.number(Setting::BackoffFactor, backoff.factor),
        }),
        own_retry: is(Setting::OwnRetry),
        resubscribe: settings.among(Setting::Resubscribe, &[false, true]),
        credentials: settings.among(
            Setting::Credentials,
            &[
                Credentials::Omit,
                Credentials::SameOrigin,
                Credentials::Include,
            ],
        ),
        headers: settings
            .among(
                Setting::Headers,
                &[HeadersSource::Fixed, HeadersSource::Function],
            )
            .unwrap_or_default(),
        own_fetch: is(Setting::OwnFetch),
        referrer: is(Setting::Referrer),
        websocket: is(Setting::WebSocket),
        overlap: is(Setting::Overlap),
        last_event_id: is(Setting::LastEventId),
        fall_forward: settings.among(Setting::FallForward, &[false, true]),
        breaker: Some(breaker::Limits {
            window: settings.count(Setting::BreakerWindow, breaker.window),
            min_calls: settings.count(Setting::BreakerMinCalls, breaker.min_calls),
            failure_rate: settings.number(Setting::BreakerFailureRate, breaker.failure_rate),
            open: settings.span(Setting::BreakerOpenMs, breaker.open),
            max_open: settings.span(Setting::BreakerMaxOpenMs, breaker.max_open),
            min_healthy: settings.span(Setting::BreakerMinHealthyMs, breaker.min_healthy),
        }),
        retry_budget: Some(Allowance {
            capacity: settings.count(Setting::BudgetCapacity, budget.capacity),
            per_second: settings.number(Setting::BudgetPerSecond, budget.per_second),
        }),
        stall: Some(match settings.get(Setting::Stall) {
            Some(0.0) => Stall::Off,
            _ => Stall::Watch(watchdog::Limits {
                silence: settings.get(Setting::SilenceMs).map(duration),
                probe: settings.get(Setting::ProbeTimeoutMs).map(duration),
            }),
        }),
    }
}

/// One by one. Not inlined: a call takes a page less than what it does.
struct Settings<'a>(&'a JsHost);

impl Settings<'_> {
    #[inline(never)]
    fn get(&self, setting: Setting) -> Option<f64> {
        let number = self.0.setting(setting as u32);
        (!number.is_nan()).then_some(number)
    }

    #[inline(never)]
    fn number(&self, setting: Setting, default: f64) -> f64 {
        self.get(setting).unwrap_or(default)
    }

    #[inline(never)]
    fn span(&self, setting: Setting, default: Span) -> Span {
        self.get(setting).map_or(default, duration)
    }

    fn count(&self, setting: Setting, default: u32) -> u32 {
        self.number(setting, f64::from(default)) as u32
    }

    #[inline(never)]
    fn is(&self, setting: Setting) -> bool {
        self.number(setting, 0.0) != 0.0
    }

    fn among<T: Copy>(&self, setting: Setting, values: &[T]) -> Option<T> {
        values.get(self.number(setting, 99.0) as usize).copied()
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
