//! What an operation gives: a stream of results, of everything, or one answer.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::rc::{Rc, Weak};
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::future::Future;
use core::mem;
use core::pin::Pin;
use core::task::{Context, Poll, Waker, ready};

use futures_core::Stream;
use futures_core::stream::FusedStream;
use wasm_bindgen::prelude::*;

use super::super::driver::Driver;
use super::{Error, RustHost};
use crate::continuity::Ask;
use crate::error::Code;
use crate::io::{Input, Notice, OpId, State};

/// So many results and notices wait for the application at most. One more closes the
/// subscription: those that wait come first, then an error of [`Code::Disposed`].
pub const MAX_WAITING: usize = 10_000;

/// What a subscription has to tell, in the order in which it happened.
#[derive(Debug, PartialEq)]
pub enum Event<T = JsValue> {
    /// A result.
    Result(T),
    /// News of the connection; [`Notice::Gap`] says that results may have been missed.
    Notice(Notice<JsValue>),
    /// Wanted are the results behind [`Ask::last_key`], the oldest first: answer with
    /// [`Events::backfilled`] of this round. Live results wait until then, or until the
    /// time for it is up.
    Backfill(Ask),
    /// Wanted is the whole of this: answer with [`Events::hydrated`] of this ticket within
    /// [`Settings::backfill_timeout`](crate::continuity::Settings::backfill_timeout). Asked again,
    /// with another ticket, a few times if that fails.
    Hydrate { ticket: u32, notification: JsValue },
}

/// The results of an operation, as a stream that ends when the operation is complete or,
/// after one `Err`, has failed. Dropping it closes the operation.
///
/// The operation runs whether the stream is polled or not; at most [`MAX_WAITING`] results wait.
/// Cuts are healed unseen, and what was missed meanwhile stays missed: take
/// [`Subscription::events`] to be told of gaps.
#[must_use = "dropping it closes the operation"]
pub struct Subscription<T = JsValue> {
    handle: Handle,
    decode: fn(JsValue) -> Result<T, Error>,
}

impl<T> Subscription<T> {
    pub(super) fn new(handle: Handle, decode: fn(JsValue) -> Result<T, Error>) -> Self {
        Self { handle, decode }
    }

    /// One that could not be started.
    pub(in crate::web) fn failed(error: Error, decode: fn(JsValue) -> Result<T, Error>) -> Self {
        let feed = Rc::new(Feed::default());
        feed.end(Some(error));
        let driver = Weak::new();
        Self::new(
            Handle {
                feed,
                driver,
                op: 0,
            },
            decode,
        )
    }

    /// Everything from now on: the results, and the gaps and other notices between them.
    pub fn events(self) -> Events<T> {
        self.handle.feed.notices.set(true);
        Events(self)
    }

    /// Where the operation stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.handle.state()
    }

    fn poll_event(&self, cx: &mut Context<'_>) -> Poll<Option<Result<Event<T>, Error>>> {
        let item = ready!(self.handle.feed.poll(cx));
        Poll::Ready(item.map(|item| match item? {
            Event::Result(result) => (self.decode)(result).map(Event::Result),
            Event::Notice(notice) => Ok(Event::Notice(notice)),
            Event::Backfill(ask) => Ok(Event::Backfill(ask)),
            Event::Hydrate {
                ticket,
                notification,
            } => Ok(Event::Hydrate {
                ticket,
                notification,
            }),
        }))
    }
}

impl<T> Stream for Subscription<T> {
    type Item = Result<T, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            return Poll::Ready(match ready!(self.poll_event(cx)) {
                Some(Ok(Event::Notice(_) | Event::Backfill(_) | Event::Hydrate { .. })) => continue,
                Some(Ok(Event::Result(result))) => Some(Ok(result)),
                Some(Err(error)) => Some(Err(error)),
                None => None,
            });
        }
    }
}

impl<T> FusedStream for Subscription<T> {
    fn is_terminated(&self) -> bool {
        self.handle.feed.is_over()
    }
}

/// Everything that a [`Subscription`] has to tell, as a stream that ends as that one does.
#[must_use = "dropping it closes the operation"]
pub struct Events<T = JsValue>(Subscription<T>);

impl<T> Events<T> {
    /// Where the operation stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.0.state()
    }
}

impl<T> Events<T> {
    /// Answers [`Event::Backfill`]: with results as the subscription would have brought
    /// them, or with why there are none.
    pub fn backfilled(&self, round: u32, answer: Result<Vec<JsValue>, JsValue>) {
        let Handle { driver, op, .. } = &self.0.handle;
        if let Some(driver) = driver.upgrade() {
            let op = *op;
            driver.input(Input::Backfilled { op, round, answer });
        }
    }
}

impl<T> Events<T> {
    /// Answers [`Event::Hydrate`]: with the whole result, or with why there is none, such as what
    /// [`Client::execute`](super::Client::execute) gave. It is asked for again if that is retryable.
    pub fn hydrated(&self, ticket: u32, answer: Result<JsValue, Error>) {
        let Handle { driver, op, .. } = &self.0.handle;
        if let Some(driver) = driver.upgrade() {
            driver.input(Input::Hydrated {
                op: *op,
                ticket,
                answer: answer.map_err(Box::new),
            });
        }
    }
}

impl<T> Stream for Events<T> {
    type Item = Result<Event<T>, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_event(cx)
    }
}

impl<T> FusedStream for Events<T> {
    fn is_terminated(&self) -> bool {
        self.0.is_terminated()
    }
}

/// The answer to one query or mutation. Dropping it aborts the request.
#[must_use = "dropping it aborts the request"]
pub struct Execution<T = JsValue>(Subscription<T>);

impl<T> Execution<T> {
    pub(in crate::web) fn new(subscription: Subscription<T>) -> Self {
        Self(subscription)
    }
}

impl<T> Future for Execution<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let result = ready!(Pin::new(&mut self.0).poll_next(cx));
        Poll::Ready(result.unwrap_or_else(|| {
            Err(*Error::new(
                Code::Internal,
                false,
                "the operation ended without a result, or was polled after it",
            ))
        }))
    }
}

/// Closes its operation when it is dropped.
pub(super) struct Handle {
    feed: Rc<Feed>,
    driver: Weak<Driver<RustHost>>,
    op: OpId,
}

impl Handle {
    pub fn new(feed: Rc<Feed>, driver: &Rc<Driver<RustHost>>, op: OpId) -> Self {
        let driver = Rc::downgrade(driver);
        Self { feed, driver, op }
    }

    fn state(&self) -> State {
        let driver = self.driver.upgrade();
        driver.map_or(State::Closed, |driver| {
            driver.core(|core| core.operation_state(self.op))
        })
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let running = !self.feed.ended.get();
        if let Some(driver) = self.driver.upgrade().filter(|_| running) {
            driver.host.remove(self.op);
            driver.dispose(self.op);
        }
    }
}

/// What waits for the application. Nothing is borrowed while a waker is called, cloned or dropped.
#[derive(Default)]
pub(super) struct Feed {
    queue: RefCell<VecDeque<Result<Event<JsValue>, Error>>>,
    /// Nothing more comes in.
    ended: Cell<bool>,
    /// Does anybody want notices?
    notices: Cell<bool>,
    waker: Cell<Option<Waker>>,
}

impl Feed {
    /// `false` if there is no room for it.
    pub fn push(&self, event: Event<JsValue>) -> bool {
        let wanted = self.notices.get() || matches!(event, Event::Result(_));
        if self.ended.get() || !wanted {
            return true;
        }
        if self.queue.borrow().len() >= MAX_WAITING {
            return false;
        }
        self.queue.borrow_mut().push_back(Ok(event));
        self.wake();
        true
    }

    /// Ends the stream, behind what waits.
    pub fn end(&self, error: Option<Error>) {
        if self.ended.replace(true) {
            return;
        }
        if let Some(error) = error {
            self.queue.borrow_mut().push_back(Err(error));
        }
        self.wake();
    }

    fn poll(&self, cx: &Context<'_>) -> Poll<Option<Result<Event<JsValue>, Error>>> {
        let item = self.queue.borrow_mut().pop_front();
        if item.is_some() || self.ended.get() {
            return Poll::Ready(item);
        }
        let waker = cx.waker().clone();
        mem::drop(self.waker.replace(Some(waker)));
        Poll::Pending
    }

    fn is_over(&self) -> bool {
        self.ended.get() && self.queue.borrow().is_empty()
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}
