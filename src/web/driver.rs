//! The one loop: input, outputs until the core waits, the timer. It decides nothing.

use alloc::boxed::Box;
use alloc::string::String;
use core::cell::{Cell, RefCell};

use wasm_bindgen::prelude::*;

use super::host::Host;
use super::shell::{
    Shell, Slots, ask_probe, ask_retry, now, open_socket, read, seed, send_frame, stop, watch_page,
};
use crate::client::Client;
use crate::config::{Config, Method, Refusal, Transport};
use crate::continuity;
use crate::document::operation_kind;
use crate::io::{Delivery, Frame, Input, OpId, Output, Reason, Request};
use crate::queue::Queue;
use crate::response::Want;
use crate::time::{Instant, Wall};

/// A client with its connections.
pub struct Driver<H: Host> {
    pub host: H,
    pub shell: Shell,
    core: RefCell<Client<JsValue>>,
    deliveries: RefCell<Queue<Delivery<JsValue>>>,
    /// The deadline that the timer is set to.
    deadline: Cell<Option<Instant>>,
    draining: Cell<bool>,
    delivering: Cell<bool>,
}

/// An operation to start.
pub struct Start<'a> {
    /// As it is sent.
    pub request: &'a JsValue,
    /// Of the request, empty if there is none.
    pub query: &'a str,
    pub name: Option<String>,
    pub want: Want,
    pub resubscribe: Option<bool>,
    pub continuity: Option<Box<continuity::Settings>>,
}

/// Why an operation cannot start.
pub enum SubscribeError {
    Refused(Refusal),
    /// What `JSON.stringify` threw.
    Unencodable(JsValue),
}

impl<H: Host> Driver<H> {
    /// `options` as given by the application, and checked as `config`.
    /// The shell tells its news to `inbox`: an object with the functions of [`inbox`](super::inbox).
    pub fn new(options: &JsValue, config: Config, host: H, inbox: &JsValue) -> Self {
        Self {
            shell: Shell::new(options, inbox, &Slots::new(options)),
            host,
            core: RefCell::new(Client::new(config, seed())),
            deliveries: RefCell::default(),
            deadline: Cell::new(None),
            draining: Cell::new(false),
            delivering: Cell::new(false),
        }
    }

    /// Starts an operation. What it has to say comes in a microtask at the
    /// earliest, when the caller knows its number.
    pub fn subscribe(&self, start: Start<'_>) -> Result<OpId, SubscribeError> {
        // Only now: the client's own inbox is not open before it has a number.
        watch_page(&self.shell);
        let streams = start.want == Want::Stream;
        let get = streams && self.core.borrow().config().method == Method::Get;
        let encoded = self.shell.encode(start.request, get, streams);
        let described = Request {
            kind: operation_kind(start.query, start.name.as_deref()),
            name: start.name,
            want: start.want,
            url_bytes: encoded.map_err(SubscribeError::Unencodable)?,
            resubscribe: start.resubscribe,
            continuity: start.continuity,
        };
        let started = self.core.borrow_mut().subscribe(now(), described);
        let op = started.map_err(SubscribeError::Refused)?;
        self.shell.add(op);
        self.drain();
        self.shell.flush_later();
        Ok(op)
    }

    /// Ends an operation, in silence.
    pub fn dispose(&self, op: OpId) {
        self.input(Input::Dispose(op));
        self.shell.forget(op);
    }

    /// Ends all operations, in silence.
    pub fn close(&self) {
        self.input(Input::Close);
        self.shell.close_all();
    }

    /// Puts a breaker where it was before a reload.
    pub fn restore(&self, transport: Transport, until: Wall, openings: u32) {
        let mut core = self.core.borrow_mut();
        core.restore(now(), transport, until, openings);
    }

    /// Looks at the core.
    pub fn core<T>(&self, look: impl FnOnce(&Client<JsValue>) -> T) -> T {
        look(&self.core.borrow())
    }

    fn drain(&self) {
        // A function of the application, called on the way, may call back in;
        // the loop that runs already does what comes of it.
        if self.draining.replace(true) {
            return;
        }
        loop {
            let output = self.core.borrow_mut().poll_output();
            if let Output::Wait(deadline) = output {
                self.arm(deadline);
                break;
            }
            self.perform(output);
        }
        self.draining.set(false);
    }

    /// A timer that rings early does no harm, and is set for the rest then: results that come one
    /// by one put a deadline off each time, and setting a timer costs more than they do.
    fn arm(&self, deadline: Option<Instant>) {
        let (old, new) = (self.deadline.get(), deadline);
        if new.is_none() && old.is_some() || new.is_some_and(|new| old.is_none_or(|old| new < old))
        {
            self.deadline.set(new);
            // The clock was rounded down: without one more the timer rings a fraction early.
            let wait = deadline.map(|at| at.since(now().monotonic).as_millis() + 1);
            self.shell.arm(wait.map(|wait| wait as f64));
        }
    }

    fn perform(&self, output: Output<JsValue>) {
        let shell = &self.shell;
        match output {
            Output::Open {
                attempt,
                transport,
                method,
                want,
                last_event_id,
                reason,
                segment_bytes,
            } => shell.open(
                attempt.op,
                attempt.number,
                transport == Transport::EventSource,
                method == Method::Get,
                want as u32,
                last_event_id.as_deref(),
                number_of(reason),
                segment_bytes.unwrap_or(0) as u32,
            ),
            Output::OpenSocket { attempt } => open_socket(shell, attempt.number),
            Output::Send { attempt, frame } => {
                let (frame, about) = match frame {
                    Frame::Init { reason } => (number_of(reason).min(2), attempt),
                    Frame::Ping => (3, attempt),
                    Frame::Pong => (4, attempt),
                    Frame::Subscribe(about) => (5, about),
                    Frame::Complete(about) => (6, about),
                };
                send_frame(shell, attempt.number, frame, about.op, about.number);
            }
            Output::Stop { attempt } => stop(shell, attempt.op, attempt.number),
            Output::Read { attempt, keep } => read(shell, attempt.op, attempt.number, keep),
            Output::Close { attempt } => shell.close(attempt.op, attempt.number),
            Output::AskRetry { attempt, retries } => {
                ask_retry(shell, attempt.op, attempt.number, retries);
            }
            Output::AskProbe { attempt } => ask_probe(shell, attempt.op, attempt.number),
            Output::Deliver(delivery) => self.queue(delivery),
            Output::Wait(_) => {}
        }
    }

    fn queue(&self, delivery: Delivery<JsValue>) {
        match &delivery {
            Delivery::Complete { op }
            | Delivery::Thrown { op, .. }
            | Delivery::Error {
                op, response: None, ..
            } => self.shell.forget(*op),
            // A response stays with the shell until its error is delivered.
            Delivery::Error { .. }
            | Delivery::Backfill { .. }
            | Delivery::Hydrate { .. }
            | Delivery::Next { .. }
            | Delivery::Results { .. }
            | Delivery::Notice { .. }
            | Delivery::State { .. }
            | Delivery::Breaker { .. } => {}
        }
        self.deliveries.borrow_mut().push(delivery);
    }

    fn deliver(&self, delivery: Delivery<JsValue>) {
        let mut given = JsValue::UNDEFINED;
        if let Delivery::Error {
            op,
            response: Some(attempt),
            ..
        } = delivery
        {
            if H::TAKES_RESPONSES {
                given = self.shell.response_of(op, attempt.number);
            }
            self.shell.close(op, attempt.number);
            self.shell.forget(op);
        }
        self.host.deliver(delivery, given);
    }

    /// Takes in what has happened, and does what follows.
    pub fn input(&self, input: Input<'_, JsValue>) {
        let now = now();
        // While a device sleeps its clock jumps, and leaves the timer behind: one that should have
        // rung by now is set anew for whatever is next.
        let is_overdue = self.deadline.get().is_some_and(|at| at <= now.monotonic);
        if is_overdue || matches!(input, Input::Tick) {
            self.deadline.set(None);
        }
        self.core.borrow_mut().handle_input(now, input);
        self.drain();
        self.flush();
    }

    /// Hands out what is queued, one after the other, with nothing borrowed.
    pub fn flush(&self) {
        if self.delivering.replace(true) {
            return;
        }
        loop {
            let next = self.deliveries.borrow_mut().pop();
            let Some(delivery) = next else { break };
            self.deliver(delivery);
        }
        self.delivering.set(false);
    }
}

/// A reason as `application.js` and `socket.js` take it.
const fn number_of(reason: Reason) -> u32 {
    match reason {
        Reason::Connect => 0,
        Reason::Renew => 1,
        Reason::Unauthorized(renewal) => renewal.saturating_add(2),
    }
}
