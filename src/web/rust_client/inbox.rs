//! Where the shell of a Rust client tells its news.

use alloc::rc::Weak;
use alloc::string::String;

use wasm_bindgen::prelude::*;

use super::super::driver::Driver;
use super::super::inbox;
use super::RustHost;

/// The object that `shell.js` calls.
#[wasm_bindgen(js_name = LifelineInbox)]
pub struct Inbox(Weak<Driver<RustHost>>);

impl Inbox {
    pub(super) const fn new(driver: Weak<Driver<RustHost>>) -> Self {
        Self(driver)
    }
}

#[wasm_bindgen(js_class = LifelineInbox)]
impl Inbox {
    /// A part of the body.
    pub fn bytes(&self, op: u32, number: u32, bytes: &[u8]) {
        if let Some(driver) = self.0.upgrade() {
            inbox::bytes(&driver, op, number, bytes);
        }
    }

    /// Anything else.
    #[allow(clippy::too_many_arguments)]
    pub fn news(
        &self,
        kind: u32,
        op: u32,
        number: u32,
        value: JsValue,
        text: Option<String>,
        status: u16,
        retry_after_ms: f64,
    ) {
        if let Some(driver) = self.0.upgrade() {
            inbox::news(
                &driver,
                kind,
                op,
                number,
                value,
                text,
                status,
                retry_after_ms,
            );
        }
    }
}
