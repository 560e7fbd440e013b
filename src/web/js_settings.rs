//! The options as `js/options.ts` writes them: checked one by one, and as numbers.

use alloc::vec::Vec;
use core::time::Duration;

use crate::backoff::Backoff;
use crate::config::{Credentials, HeadersSource, Method, Options, Transport};
use crate::dialect::Dialect;

/// The parameters of `WebClient`; `Settings` in `js/core.ts` has the same names in the same
/// order. Enumerations go by their order, and NaN or -1 is what was not set.
pub struct Settings {
    pub dialect: i32,
    pub method: i32,
    /// Octal digits: 1 is the first transport.
    pub transports: f64,
    pub connect_timeout_ms: f64,
    pub retry_attempts: f64,
    pub backoff: bool,
    pub backoff_initial_ms: f64,
    pub backoff_max_ms: f64,
    pub backoff_factor: f64,
    pub own_retry: bool,
    pub resubscribe: Option<bool>,
    pub credentials: i32,
    pub headers: u32,
    pub own_fetch: bool,
    pub referrer: bool,
}

impl Settings {
    pub fn options(&self) -> Options {
        Options {
            dialect: match self.dialect {
                0 => Some(Dialect::GraphqlSse),
                1 => Some(Dialect::Plain),
                _ => None,
            },
            method: match self.method {
                0 => Some(Method::Get),
                1 => Some(Method::Post),
                _ => None,
            },
            transports: set(self.transports).map(transports),
            connect_timeout: set(self.connect_timeout_ms).map(duration),
            // The cast saturates at what means no limit.
            retry_attempts: set(self.retry_attempts).map(|count| count as u32),
            backoff: self.backoff.then(|| self.backoff()),
            own_retry: self.own_retry,
            resubscribe: self.resubscribe,
            credentials: match self.credentials {
                0 => Some(Credentials::Omit),
                1 => Some(Credentials::SameOrigin),
                2 => Some(Credentials::Include),
                _ => None,
            },
            headers: match self.headers {
                0 => HeadersSource::None,
                1 => HeadersSource::Fixed,
                _ => HeadersSource::Function,
            },
            own_fetch: self.own_fetch,
            referrer: self.referrer,
        }
    }

    fn backoff(&self) -> Backoff {
        let default = Backoff::default();
        Backoff {
            initial: set(self.backoff_initial_ms).map_or(default.initial, duration),
            max: set(self.backoff_max_ms).map_or(default.max, duration),
            factor: set(self.backoff_factor).unwrap_or(default.factor),
        }
    }
}

fn set(number: f64) -> Option<f64> {
    (!number.is_nan()).then_some(number)
}

fn duration(ms: f64) -> Duration {
    if ms == f64::INFINITY {
        Duration::MAX
    } else {
        // The cast saturates; nobody waits that long.
        Duration::from_millis(ms as u64)
    }
}

fn transports(digits: f64) -> Vec<Transport> {
    let mut rest = digits as u64;
    let mut transports = Vec::new();
    while rest > 0 {
        transports.push(match rest % 8 {
            1 => Transport::EventSource,
            _ => Transport::Fetch,
        });
        rest /= 8;
    }
    transports.reverse();
    transports
}
