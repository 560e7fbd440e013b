//! Whom a client's results and notices are for.

use wasm_bindgen::prelude::*;

use crate::io::Delivery;

/// Takes deliveries, in order, while nothing is borrowed: it may call back in.
pub trait Host: Sized + 'static {
    /// Does it take an error's response, open and unread? Otherwise that is closed.
    const TAKES_RESPONSES: bool;

    /// `response` is an error's, or `undefined`.
    fn deliver(&self, delivery: Delivery<JsValue>, response: JsValue);
}
