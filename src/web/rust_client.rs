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

mod inbox;
mod settings;
mod stream;

use alloc::boxed::Box;
use alloc::rc::{Rc, Weak};
use alloc::string::String;
use core::cell::{OnceCell, RefCell};

use wasm_bindgen::prelude::*;

use self::inbox::Inbox;
pub use self::settings::Settings;
use self::settings::{Callbacks, Given};
pub use self::stream::{Event, Events, Execution, MAX_WAITING, Subscription};
use self::stream::{Feed, Handle};
use super::driver::{Driver, Start, SubscribeError};
use super::host::Host;
use super::values::each;
use crate::breaker::{Breaker, Position};
use crate::client::Counters;
use crate::config::{Refusal, Transport};
use crate::continuity::{self, Key};
use crate::error::Code;
use crate::io::{Delivery, Input, OpId, State};
use crate::response::Want;
use crate::sizes::Sizes;
use crate::table::Table;

/// Why an operation failed; its values are the browser's.
pub type Error = crate::error::Error<JsValue>;

/// A GraphQL request.
///
/// ```no_run
/// use graphql_lifeline::Operation;
///
/// let operation = Operation::new("subscription ($room: ID!) { messages(room: $room) { text } }")
///     .variables(wasm_bindgen::JsValue::NULL)
///     .resubscribe(false);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use = "an operation does nothing before subscribe or execute"]
pub struct Operation {
    query: String,
    name: Option<String>,
    variables: JsValue,
    extensions: JsValue,
    resubscribe: Option<bool>,
    continuity: Option<continuity::Settings>,
}

impl Operation {
    /// An operation without variables.
    pub fn new(query: impl Into<String>) -> Self {
        Self {
            query: query.into(),
            name: None,
            variables: JsValue::UNDEFINED,
            extensions: JsValue::UNDEFINED,
            resubscribe: None,
            continuity: None,
        }
    }

    /// Which of the document's operations; needed only if there are several.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The variables: an object that `JSON.stringify` can encode.
    pub fn variables(mut self, variables: impl Into<JsValue>) -> Self {
        self.variables = variables.into();
        self
    }

    /// The request's `extensions`, encoded like the variables.
    pub fn extensions(mut self, extensions: impl Into<JsValue>) -> Self {
        self.extensions = extensions.into();
        self
    }

    /// May it be sent again after a cut? Otherwise as the client's option says.
    pub fn resubscribe(mut self, resubscribe: bool) -> Self {
        self.resubscribe = Some(resubscribe);
        self
    }

    /// How its results are told apart, and whether gaps are to be filled: then take
    /// [`Subscription::events`], and answer [`Event::Backfill`] and [`Event::Hydrate`]. A key that is a function is
    /// for JavaScript, and refused.
    ///
    /// ```no_run
    /// use graphql_lifeline::continuity::{Key, Settings};
    /// use graphql_lifeline::Operation;
    ///
    /// let operation = Operation::new("subscription { messages { id text } }").continuity(Settings {
    ///     key: Some(Key::Path("messages.id".into())),
    ///     backfill: true,
    ///     ..Settings::default()
    /// });
    /// ```
    pub fn continuity(mut self, continuity: continuity::Settings) -> Self {
        self.continuity = Some(continuity);
        self
    }

    /// Checked.
    fn rules(&self) -> Result<Option<Box<continuity::Settings>>, Refusal> {
        let Some(rules) = &self.continuity else {
            return Ok(None);
        };
        if let Some(Key::Function(_)) = rules.key {
            let why = "must be a path; a function is not available to Rust";
            return Err(Refusal::new("continuity.key", why));
        }
        rules.check()?;
        Ok(Some(Box::new(rules.clone())))
    }

    fn to_js(&self) -> JsValue {
        let given = Given::new();
        given.set_query(&self.query);
        given.set_operation_name(self.name.as_deref());
        given.set_variables(&self.variables);
        given.set_extensions(&self.extensions);
        given.into()
    }
}

impl From<&str> for Operation {
    fn from(query: &str) -> Self {
        Self::new(query)
    }
}

impl From<String> for Operation {
    fn from(query: String) -> Self {
        Self::new(query)
    }
}

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

/// Hands deliveries to the streams.
#[derive(Default)]
struct RustHost {
    feeds: RefCell<Table<Weak<Feed>>>,
    /// For a stream that has to be ended because nobody reads it.
    driver: OnceCell<Weak<Driver<RustHost>>>,
}

impl RustHost {
    fn add(&self, op: OpId) -> Rc<Feed> {
        let feed = Rc::new(Feed::default());
        self.feeds.borrow_mut().push(op, Rc::downgrade(&feed));
        feed
    }

    fn remove(&self, op: OpId) -> Option<Rc<Feed>> {
        self.feeds.borrow_mut().remove(op)?.upgrade()
    }

    fn get(&self, op: OpId) -> Option<Rc<Feed>> {
        self.feeds.borrow().get(op)?.upgrade()
    }

    fn push(&self, op: OpId, event: Event<JsValue>) {
        let Some(feed) = self.get(op) else { return };
        if feed.push(event) {
            return;
        }
        self.remove(op);
        if let Some(driver) = self.driver.get().and_then(Weak::upgrade) {
            driver.dispose(op);
        }
        feed.end(Some(*Error::new(
            Code::Disposed,
            false,
            "the subscription was closed because its results were not taken: the queue is full",
        )));
    }

    fn end(&self, op: OpId, error: Option<Error>) {
        if let Some(feed) = self.remove(op) {
            feed.end(error);
        }
    }
}

impl Host for RustHost {
    const TAKES_RESPONSES: bool = false;

    fn deliver(&self, delivery: Delivery<JsValue>, _response: JsValue) {
        match delivery {
            Delivery::Next { op, result } => self.push(op, Event::Result(result)),
            Delivery::Results { op, results } => each(&results, |result| {
                self.push(op, Event::Result(result));
            }),
            Delivery::Backfill { op, ask } => self.push(op, Event::Backfill(ask)),
            Delivery::Hydrate {
                op,
                ticket,
                notification: Some(notification),
            } => self.push(
                op,
                Event::Hydrate {
                    ticket,
                    notification,
                },
            ),
            // A late answer is dropped.
            Delivery::Hydrate { .. } => {}
            Delivery::Notice { op, notice } => self.push(op, Event::Notice(notice)),
            Delivery::Complete { op } => self.end(op, None),
            Delivery::Error { op, error, .. } => self.end(op, Some(*error)),
            Delivery::Thrown { op, value } => {
                let error = Error::new(Code::Internal, false, "a function of the client threw");
                self.end(op, Some(*error.thrown(Some(value))));
            }
            // Asked for with `Client::state` and `Client::breaker`.
            Delivery::State { .. } | Delivery::Breaker { .. } => {}
        }
    }
}
