//! JavaScript values: careful access.

#[cfg(not(feature = "page"))]
use alloc::string::String;
use wasm_bindgen::prelude::*;

use crate::config::Environment;
use crate::payload::Payload;

#[wasm_bindgen(module = "/src/web/values.js")]
extern "C" {
    fn get(object: &JsValue, key: &str) -> JsValue;
    #[wasm_bindgen(js_name = parseBytes)]
    fn parse_bytes(json: &[u8]) -> JsValue;
    fn parse(text: &JsValue) -> JsValue;
    #[wasm_bindgen(js_name = isRecord)]
    fn is_record(value: &JsValue) -> bool;
    #[wasm_bindgen(js_name = hasEventSource)]
    fn has_event_source() -> bool;
    /// The first of the globals that a client needs and that is not there.
    #[cfg(not(feature = "page"))]
    pub(super) fn missing() -> Option<String>;
}

/// A result is the browser's own value; an event's text stays the browser's string.
impl Payload for JsValue {
    type Text = Self;

    fn from_bytes(json: &[u8]) -> Option<Self> {
        Some(parse_bytes(json)).filter(|value| !value.is_undefined())
    }

    fn from_text(text: &Self) -> Option<Self> {
        Some(parse(text)).filter(|value| !value.is_undefined())
    }

    fn is_object(&self) -> bool {
        is_record(self)
    }

    fn has(&self, key: &str) -> bool {
        !get(self, key).is_undefined()
    }
}

/// What there is here.
pub(super) fn environment() -> Environment {
    Environment {
        event_source: has_event_source(),
    }
}
