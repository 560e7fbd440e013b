//! JavaScript values: careful access.

use alloc::string::String;
use wasm_bindgen::prelude::*;

use crate::config::Environment;
use crate::continuity::Key;
use crate::payload::{Payload, Shape};

#[wasm_bindgen(module = "/src/web/values.js")]
extern "C" {
    fn get(object: &JsValue, key: &str) -> JsValue;
    #[wasm_bindgen(js_name = parseBytes)]
    fn parse_bytes(json: &[u8]) -> JsValue;
    fn parse(text: &JsValue) -> JsValue;
    fn shape(value: &JsValue) -> u32;
    pub(super) fn item(list: &JsValue, at: u32) -> JsValue;
    #[wasm_bindgen(js_name = keyAt)]
    fn key_at(result: &JsValue, path: &str) -> Option<String>;
    #[wasm_bindgen(js_name = keyBy, catch)]
    fn key_by(result: &JsValue, function: u32) -> Result<Option<String>, JsValue>;
    #[wasm_bindgen(js_name = numberAt)]
    fn number_at(result: &JsValue, path: &str) -> f64;
    #[wasm_bindgen(js_name = hasWebSocket)]
    fn has_web_socket() -> bool;
    #[wasm_bindgen(js_name = hasEventSource)]
    fn has_event_source() -> bool;
    /// The first of the globals that a client needs and that is not there.
    #[cfg(not(feature = "page"))]
    pub(super) fn missing() -> Option<String>;
}

#[wasm_bindgen(module = "/src/web/incremental.js")]
extern "C" {
    fn patch(state: &JsValue, part: &JsValue, limit: usize, grows: bool) -> u32;
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

    fn shape(&self) -> Shape {
        match shape(self) {
            0 => Shape::Other,
            1 => Shape::Object,
            _ => Shape::Part,
        }
    }

    fn patch(&mut self, part: &Self, limit: usize, grows: bool) -> u32 {
        patch(self, part, limit, grows)
    }

    fn key(&self, key: &Key) -> Result<Option<String>, Self> {
        match key {
            Key::Path(path) => Ok(key_at(self, path)),
            Key::Function(function) => key_by(self, *function),
        }
    }

    fn number(&self, path: &str) -> Option<u64> {
        let number = number_at(self, path);
        (number >= 0.0).then_some(number as u64)
    }

    fn field(&self, key: &str) -> Option<Self> {
        Some(get(self, key)).filter(|value| !value.is_undefined())
    }

    fn text(&self, key: &str) -> Option<String> {
        get(self, key).as_string()
    }

    fn has(&self, key: &str) -> bool {
        !get(self, key).is_undefined()
    }
}

/// What there is here.
pub(super) fn environment() -> Environment {
    Environment {
        event_source: has_event_source(),
        web_socket: has_web_socket(),
    }
}
