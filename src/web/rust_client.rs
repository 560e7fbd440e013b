//! The client for Rust front ends: results as a stream, an answer as a future.
//!
//! ```no_run
//! use futures_util::StreamExt;
//! use graphql_lifeline::io::Notice;
//! use graphql_lifeline::{Client, Error, Event, Settings};
//!
//! # async fn chat() -> Result<(), Box<dyn core::error::Error>> {
//! let client = Client::new(Settings::new("/graphql").header("x-client", "chat"))?;
//! client.execute(r#"mutation { send(author: "Ada", text: "Hello") { id } }"#).await?;
//!
//! let mut events = client.subscribe("subscription { messages { id text } }").events();
//! while let Some(event) = events.next().await {
//!     match event? {
//!         Event::Result(result) => { /* the browser's own value: show it */ }
//!         Event::Notice(Notice::Gap { report, .. }) => { /* missed some: load the history */ }
//!         Event::Notice(_) | Event::Backfill(_) | Event::Hydrate { .. } => {}
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod given;
mod host;
mod inbox;
mod operation;
mod settings;
mod stream;

use alloc::rc::{Rc, Weak};

use wasm_bindgen::prelude::*;

use self::host::RustHost;
use self::inbox::Inbox;
pub use self::operation::Operation;
use self::settings::Callbacks;
pub use self::settings::Settings;
use self::stream::Handle;
pub use self::stream::{Event, Events, Execution, MAX_WAITING, Subscription};
use super::driver::{Driver, Start, SubscribeError};
use crate::breaker::{Breaker, Position};
use crate::client::Counters;
use crate::config::{Refusal, Transport};
use crate::error::Code;
use crate::io::{Input, State};
use crate::response::Want;
use crate::sizes::Sizes;

/// Why an operation failed; its values are the browser's.
pub type Error = crate::error::Error<JsValue>;

/// A client. Its clones are the same client; when the last one is dropped, every
/// operation that still runs is closed and ends with [`Code::Disposed`].
#[derive(Clone)]
pub struct Client(Rc<Inner>);

struct Inner {
    driver: Rc<Driver<RustHost>>,
    /// The browser calls it as long as the client lives.
    _callbacks: Callbacks,
}

impl Client {
    /// Nothing is connected before the first operation.
    ///
    /// # Errors
    /// A [`Refusal`] names the first option that cannot be honoured.
    pub fn new(settings: impl Into<Settings>) -> Result<Self, Refusal> {
        let (config, given, callbacks) = settings.into().check()?;
        let driver = Rc::new_cyclic(|driver: &Weak<Driver<RustHost>>| {
            let inbox = Inbox::new(driver.clone()).into();
            Driver::new(&given, config, RustHost::default(), &inbox)
        });
        // It was empty, so that nothing comes back.
        let _ = driver.host.driver.set(Rc::downgrade(&driver));
        driver.input(Input::Start);
        Ok(Self(Rc::new(Inner {
            driver,
            _callbacks: callbacks,
        })))
    }

    /// Starts an operation at once, polled or not, and gives its results as a stream.
    ///
    /// What cannot be started gives one error of [`Code::Option`].
    pub fn subscribe(&self, operation: impl Into<Operation>) -> Subscription {
        self.start(&operation.into(), Want::Stream, Ok)
    }

    /// Sends one query or mutation, at once, and gives its result. It is never sent twice.
    pub fn execute(&self, operation: impl Into<Operation>) -> Execution {
        Execution::new(self.start(&operation.into(), Want::Json, Ok))
    }

    /// Replaces connections and ends waits.
    pub fn reconnect(&self) {
        self.0.driver.input(Input::Reconnect);
    }

    /// Leaves a transport alone until its breaker is reset.
    pub fn isolate(&self, transport: Transport) {
        self.0.driver.input(Input::Isolate(transport));
    }

    /// Takes a transport for well again, whatever has happened.
    pub fn reset_breaker(&self, transport: Transport) {
        self.0.driver.input(Input::ResetBreaker(transport));
    }

    /// Where a transport's breaker stands.
    #[must_use]
    pub fn breaker(&self, transport: Transport) -> Option<Position> {
        self.0
            .driver
            .core(|core| core.breaker(transport).map(Breaker::position))
    }

    /// The least healthy state of all operations.
    #[must_use]
    pub fn state(&self) -> State {
        self.0.driver.core(crate::client::Client::state)
    }

    /// What has happened so far; gaps are among it.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.0.driver.core(crate::client::Client::counters)
    }

    /// How large a transport's results are, and above which size it seems to lose them.
    #[must_use]
    pub fn sizes(&self, transport: Transport) -> Sizes {
        let sizes = |core: &crate::client::Client<JsValue>| core.sizes(transport).copied();
        self.0.driver.core(sizes).unwrap_or_default()
    }

    pub(super) fn start<T>(
        &self,
        operation: &Operation,
        want: Want,
        decode: fn(JsValue) -> Result<T, Error>,
    ) -> Subscription<T> {
        let driver = &self.0.driver;
        let continuity = match operation.rules() {
            Ok(rules) => rules,
            Err(refusal) => {
                return Subscription::failed(SubscribeError::Refused(refusal).into(), decode);
            }
        };
        let started = driver.subscribe(Start {
            request: &operation.to_js(),
            query: &operation.query,
            name: operation.name.clone(),
            want,
            resubscribe: operation.resubscribe,
            continuity,
        });
        match started {
            Ok(op) => {
                let feed = driver.host.add(op);
                Subscription::new(Handle::new(feed, driver, op), decode)
            }
            Err(error) => Subscription::failed(error.into(), decode),
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.driver.close();
        // Only now, and with nothing borrowed: who is woken may drop what it holds.
        let feeds = self.driver.host.feeds.take();
        for feed in feeds.values().filter_map(Weak::upgrade) {
            feed.end(Some(*Error::new(
                Code::Disposed,
                false,
                "the client was dropped before the operation was complete",
            )));
        }
    }
}

impl From<SubscribeError> for Error {
    fn from(error: SubscribeError) -> Self {
        match error {
            SubscribeError::Refused(refusal) => *Self::new(Code::Option, false, refusal.message),
            SubscribeError::Unencodable(thrown) => *Self::new(
                Code::Option,
                false,
                "the variables or extensions cannot be encoded as JSON",
            )
            .thrown(Some(thrown)),
        }
    }
}
