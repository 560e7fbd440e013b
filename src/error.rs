//! Errors: what happened, whose fault it is, what to do.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

use crate::config::Transport;
use crate::text::concat;
use crate::time::Span;

/// What went wrong, under a name that stays the same from version to version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The server could not be reached, or the browser does not say why.
    Network,
    /// The stream broke or ended before the operation was complete.
    Cut,
    /// The server did not answer in time.
    Timeout,
    /// The server wants other credentials (401).
    Unauthorized,
    /// The server refused with a status.
    Http,
    /// Something answered that does not speak this protocol, such as a captive portal.
    ContentType,
    /// The operation ended with GraphQL errors.
    Graphql,
    /// The answer has the right type and a content that cannot be understood.
    Protocol,
    /// The application's `url` or `headers` function failed.
    Headers,
    /// The application's `continuity.key` function failed.
    Key,
    /// The application's `continuity.backfill` or `continuity.hydrate` failed.
    Backfill,
    /// The browser has no connection left for it.
    ConnectionLimit,
    /// The limit that the application set on retries is spent.
    RetriesExhausted,
    /// An option or an argument is refused.
    Option,
    /// The page forbids WebAssembly.
    WasmUnavailable,
    /// A defect of this package.
    Internal,
    /// The client was disposed of before.
    Disposed,
}

impl Code {
    /// Every code, for the documents' table and its test.
    pub const ALL: [Self; 17] = [
        Self::Network,
        Self::Cut,
        Self::Timeout,
        Self::Unauthorized,
        Self::Http,
        Self::ContentType,
        Self::Graphql,
        Self::Protocol,
        Self::Headers,
        Self::Key,
        Self::Backfill,
        Self::ConnectionLimit,
        Self::RetriesExhausted,
        Self::Option,
        Self::WasmUnavailable,
        Self::Internal,
        Self::Disposed,
    ];

    /// The code's name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Cut => "cut",
            Self::Timeout => "timeout",
            Self::Unauthorized => "unauthorized",
            Self::Http => "http",
            Self::ContentType => "content-type",
            Self::Graphql => "graphql",
            Self::Protocol => "protocol",
            Self::Headers => "headers",
            Self::Key => "key",
            Self::Backfill => "backfill",
            Self::ConnectionLimit => "connection-limit",
            Self::RetriesExhausted => "retries-exhausted",
            Self::Option => "option",
            Self::WasmUnavailable => "wasm-unavailable",
            Self::Internal => "internal",
            Self::Disposed => "disposed",
        }
    }
}

/// Why an attempt or an operation failed.
///
/// `P` is the payload: the errors of a GraphQL answer, or what a function of the
/// application threw, as values that the core does not look into.
#[derive(Clone, Debug, PartialEq)]
pub struct Error<P> {
    pub code: Code,
    /// May the same thing work later?
    pub retryable: bool,
    pub message: String,
    /// The HTTP status, where one came.
    pub status: Option<u16>,
    /// The transport of the attempt that failed.
    pub transport: Option<Transport>,
    /// How long the server wants to be left alone.
    pub retry_after: Option<Span>,
    /// The parsed body of a refusal.
    pub body: Option<P>,
    /// What the application's function threw.
    pub thrown: Option<P>,
    /// The last failure, behind [`Code::RetriesExhausted`].
    pub cause: Option<Box<Error<P>>>,
}

impl<P> Error<P> {
    /// The same for another operation, without what can be had only once.
    #[must_use]
    pub fn copy(&self) -> Box<Self> {
        let mut copy = Self::new(self.code, self.retryable, self.message.as_str());
        copy.status = self.status;
        copy.transport = self.transport;
        copy.retry_after = self.retry_after;
        copy
    }

    /// An error with a message and nothing else.
    #[must_use]
    pub fn new(code: Code, retryable: bool, message: impl Into<String>) -> Box<Self> {
        Box::new(Self {
            code,
            retryable,
            message: message.into(),
            status: None,
            transport: None,
            retry_after: None,
            body: None,
            thrown: None,
            cause: None,
        })
    }

    /// A subscription was answered with one result: its server does not stream it there.
    #[must_use]
    pub fn not_streamed() -> Box<Self> {
        Self::new(
            Code::Protocol,
            false,
            "the server answered the subscription with one result: it does not stream it over HTTP",
        )
    }

    /// With what a function of the application threw.
    #[must_use]
    pub fn thrown(mut self: Box<Self>, value: Option<P>) -> Box<Self> {
        self.thrown = value;
        self
    }

    /// The error that ends an operation whose retries are spent.
    #[must_use]
    pub fn exhausted(cause: Box<Self>) -> Box<Self> {
        let message = concat(&[
            "gave up, as retryAttempts asks; the last failure: ",
            &cause.message,
        ]);
        let mut error = Self::new(Code::RetriesExhausted, true, message);
        error.status = cause.status;
        error.transport = cause.transport;
        error.retry_after = cause.retry_after;
        error.cause = Some(cause);
        error
    }

    /// May the same thing work later?
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        self.retryable
    }
}

impl<P> fmt::Display for Error<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl<P: fmt::Debug> core::error::Error for Error<P> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_names_are_unique() {
        let mut names = Code::ALL.map(Code::as_str);
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
