//! Where results go, and all else that Rust is told.

use alloc::rc::{Rc, Weak};
use core::cell::{OnceCell, RefCell};

use wasm_bindgen::JsValue;

use super::Error;
use super::stream::{Event, Feed};
use crate::error::Code;
use crate::io::{Delivery, OpId};
use crate::table::Table;
use crate::web::driver::Driver;
use crate::web::host::Host;
use crate::web::values::each;

/// Hands deliveries to the streams.
#[derive(Default)]
pub(super) struct RustHost {
    pub(super) feeds: RefCell<Table<Weak<Feed>>>,
    /// For a stream that has to be ended because nobody reads it.
    pub(super) driver: OnceCell<Weak<Driver<RustHost>>>,
}

impl RustHost {
    pub(super) fn add(&self, op: OpId) -> Rc<Feed> {
        let feed = Rc::new(Feed::default());
        self.feeds.borrow_mut().push(op, Rc::downgrade(&feed));
        feed
    }

    pub(super) fn remove(&self, op: OpId) -> Option<Rc<Feed>> {
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
