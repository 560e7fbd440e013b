//! The options as `js/options.ts` writes them: checked one by one, and as numbers.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::js_host::{Asked, JsHost};
use crate::backoff::Backoff;
use crate::breaker;
use crate::budget::Allowance;
use crate::config::{
    Credentials, HeadersSource, Method, Options, Refusal, Stall, Transport, WARN_BYTES,
};
use crate::continuity::{self, Key};
use crate::dialect::Dialect;
use crate::incremental::Mode;
use crate::presence::WhenHidden;
use crate::reservation::Sharing;
use crate::sse::EVENT_BYTES;
use crate::time::Span;
use crate::watchdog;

/// `Settings` in `js/core.ts` has the same names in the same order. NaN is what was not set;
/// enumerations go by their order, which begins with 0, and a yes is 1.
#[derive(Clone, Copy)]
enum Setting {
    Dialect,
    Method,
    /// The transports, one by one: 1 is EventSource, and 0 behind the last one.
    First,
    Second,
    Third,
    ConnectTimeoutMs,
    /// Infinity is never.
    HeadStartMs,
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
    PongTimeoutMs,
    WebSocket,
    OwnSocket,
    FallForward,
    LastEventId,
    Overlap,
    OwnUrl,
    WhenHidden,
    SingleConnection,
    Lazy,
    LazyCloseTimeout,
    Incremental,
    MaxBytes,
    WarnBytes,
}

/// `Rules` in `js/core.ts` has the same names in the same order.
#[derive(Clone, Copy)]
enum Rule {
    /// NaN: there are none, and 0: there is no key; above that the number of a function and 1.
    Key,
    Remember,
    Backfill,
    BackfillTimeoutMs,
    MaxWaiting,
    SettleMs,
    AuditMs,
    ReorderMs,
    Hydrate,
}

/// Those that are text.
#[derive(Clone, Copy)]
enum RuleText {
    StartAfter,
    Sequence,
}

/// What the application says about the results of the operation that is started next.
pub fn rules(host: &JsHost) -> Result<Option<Box<continuity::Settings>>, Refusal> {
    let numbers = Numbers(host, Asked::Rule);
    let text = |rule: RuleText| host.rule_text(rule as u32);
    let key = numbers.get(Rule::Key as usize);
    if key.is_nan() {
        return Ok(None);
    }
    let default = continuity::Settings::default();
    let rules = continuity::Settings {
        key: match key as u32 {
            0 => None,
            function => Some(Key::Function(function - 1)),
        },
        remember: numbers.count(Rule::Remember as usize, default.remember as u32) as usize,
        start_after: text(RuleText::StartAfter),
        backfill: numbers.is(Rule::Backfill as usize),
        backfill_timeout: numbers.span(Rule::BackfillTimeoutMs as usize, default.backfill_timeout),
        max_waiting: numbers.count(Rule::MaxWaiting as usize, default.max_waiting as u32) as usize,
        settle: numbers.span(Rule::SettleMs as usize, default.settle),
        audit: numbers.maybe_span(Rule::AuditMs as usize),
        sequence: text(RuleText::Sequence),
        reorder: numbers.span(Rule::ReorderMs as usize, default.reorder),
        hydrate: numbers.is(Rule::Hydrate as usize),
    };
    rules.check()?;
    Ok(Some(Box::new(rules)))
}

/// Reads them from the host. They are one number each, since a parameter costs a page more.
pub fn read(host: &JsHost) -> Options {
    let numbers = Numbers(host, Asked::Setting);
    let get = |setting: Setting| numbers.get(setting as usize);
    let is = |setting: Setting| numbers.is(setting as usize);
    let span = |setting: Setting, default| numbers.span(setting as usize, default);
    let maybe_span = |setting: Setting| numbers.maybe_span(setting as usize);
    let count = |setting: Setting, default| numbers.count(setting as usize, default);
    let or = |setting: Setting, default| numbers.or(setting as usize, default);
    let backoff = Backoff::default();
    let breaker = breaker::Limits::default();
    let budget = Allowance::default();
    Options {
        dialect: among(
            get(Setting::Dialect),
            &[Dialect::GraphqlSse, Dialect::Plain],
        ),
        method: among(get(Setting::Method), &[Method::Get, Method::Post]),
        transports: transports([
            get(Setting::First),
            get(Setting::Second),
            get(Setting::Third),
        ]),
        connect_timeout: maybe_span(Setting::ConnectTimeoutMs),
        head_start: maybe_span(Setting::HeadStartMs),
        // The cast saturates at what means no limit.
        retry_attempts: Some(count(Setting::RetryAttempts, u32::MAX)),
        backoff: is(Setting::Backoff).then(|| Backoff {
            initial: span(Setting::BackoffInitialMs, backoff.initial),
            max: span(Setting::BackoffMaxMs, backoff.max),
            factor: or(Setting::BackoffFactor, backoff.factor),
        }),
        own_retry: is(Setting::OwnRetry),
        resubscribe: among(get(Setting::Resubscribe), &[false, true]),
        credentials: among(
            get(Setting::Credentials),
            &[
                Credentials::Omit,
                Credentials::SameOrigin,
                Credentials::Include,
            ],
        ),
        headers: among(
            get(Setting::Headers),
            &[HeadersSource::Fixed, HeadersSource::Function],
        )
        .unwrap_or_default(),
        sharing: among(
            get(Setting::SingleConnection),
            &[Sharing::Never, Sharing::Always, Sharing::WhenCrowded],
        )
        .unwrap_or_default(),
        lazy: among(get(Setting::Lazy), &[false, true]),
        lazy_close: span(Setting::LazyCloseTimeout, Span::ZERO),
        incremental: among(
            get(Setting::Incremental),
            &[Mode::Merge, Mode::Final, Mode::Raw],
        )
        .unwrap_or_default(),
        max_bytes: Some(count(Setting::MaxBytes, EVENT_BYTES)),
        warn_bytes: Some(count(Setting::WarnBytes, WARN_BYTES)),
        own_url: is(Setting::OwnUrl),
        when_hidden: among(
            get(Setting::WhenHidden),
            &[WhenHidden::Slow, WhenHidden::Pause, WhenHidden::Same],
        )
        .unwrap_or_default(),
        own_fetch: is(Setting::OwnFetch),
        referrer: is(Setting::Referrer),
        websocket: is(Setting::WebSocket),
        own_socket: is(Setting::OwnSocket),
        overlap: is(Setting::Overlap),
        last_event_id: is(Setting::LastEventId),
        fall_forward: among(get(Setting::FallForward), &[false, true]),
        breaker: Some(breaker::Limits {
            window: count(Setting::BreakerWindow, breaker.window),
            min_calls: count(Setting::BreakerMinCalls, breaker.min_calls),
            failure_rate: or(Setting::BreakerFailureRate, breaker.failure_rate),
            open: span(Setting::BreakerOpenMs, breaker.open),
            max_open: span(Setting::BreakerMaxOpenMs, breaker.max_open),
            min_healthy: span(Setting::BreakerMinHealthyMs, breaker.min_healthy),
        }),
        retry_budget: Some(Allowance {
            capacity: count(Setting::BudgetCapacity, budget.capacity),
            per_second: or(Setting::BudgetPerSecond, budget.per_second),
        }),
        stall: Some(if get(Setting::Stall) == 0.0 {
            Stall::Off
        } else {
            Stall::Watch(watchdog::Limits {
                silence: maybe_span(Setting::SilenceMs),
                probe: maybe_span(Setting::ProbeTimeoutMs),
                pong: maybe_span(Setting::PongTimeoutMs),
            })
        }),
    }
}

/// What the application has set, and NaN for what it has not. They are asked for one by one:
/// code that keeps them all until each has its place is larger.
struct Numbers<'a>(&'a JsHost, Asked);

impl Numbers<'_> {
    #[inline(never)]
    fn get(&self, at: usize) -> f64 {
        self.0.ask(self.1, at as u32)
    }

    #[inline(never)]
    fn is(&self, at: usize) -> bool {
        self.get(at) > 0.0
    }

    #[inline(never)]
    fn or(&self, at: usize, default: f64) -> f64 {
        let number = self.get(at);
        if number.is_nan() { default } else { number }
    }

    #[inline(never)]
    fn count(&self, at: usize, default: u32) -> u32 {
        self.or(at, f64::from(default)) as u32
    }

    #[inline(never)]
    fn span(&self, at: usize, default: Span) -> Span {
        self.maybe_span(at).unwrap_or(default)
    }

    #[inline(never)]
    fn maybe_span(&self, at: usize) -> Option<Span> {
        let number = self.get(at);
        (!number.is_nan()).then(|| duration(number))
    }
}

/// NaN is none of them.
fn among<T: Copy>(number: f64, values: &[T]) -> Option<T> {
    let value = values.get(number as usize).copied();
    value.filter(|_| !number.is_nan())
}

/// Infinity is [`Span::MAX`], and what is longer than that.
fn duration(ms: f64) -> Span {
    // The cast saturates; nobody waits that long.
    Span::from_millis(ms as u64)
}

/// 1 is the first transport; 0 ends the list.
fn transports(numbers: [f64; 3]) -> Option<Vec<Transport>> {
    let mut transports = Vec::new();
    for number in numbers {
        if let Some(&transport) = Transport::ALL.get((number as usize).wrapping_sub(1)) {
            transports.push(transport);
        }
    }
    let [first, ..] = numbers;
    (!first.is_nan()).then_some(transports)
}
