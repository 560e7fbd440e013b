//! Whom a client's results and notices are for.

use wasm_bindgen::prelude::*;

use crate::error::Error;
use crate::io::{Notice, OpId, State};

/// Something for the application.
pub enum Delivery {
    Next {
        op: OpId,
        result: JsValue,
    },
    Complete {
        op: OpId,
    },
    Error {
        op: OpId,
        error: Error<JsValue>,
        /// Open and unread, or `undefined`.
        response: JsValue,
    },
    Thrown {
        op: OpId,
        value: JsValue,
    },
    Notice {
        op: OpId,
        notice: Notice<JsValue>,
    },
    State {
        state: State,
        previous: State,
    },
}

/// Takes deliveries, in order, while nothing is borrowed: it may call back in.
pub trait Host: 'static {
    /// Does it take an error's response, open and unread? Otherwise that is closed.
    const TAKES_RESPONSES: bool;

    fn deliver(&self, delivery: Delivery);
}
