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
    #[wasm_bindgen(js_name = parseList)]
    fn parse_list(json: &[u8], count: usize, mark: u32) -> JsValue;
    #[wasm_bindgen(js_name = leaveOut)]
    fn leave_out(list: &JsValue, at: u32);
    #[wasm_bindgen(js_name = keysBy)]
    fn keys_by(list: &JsValue, function: u32) -> Option<String>;
    #[wasm_bindgen(js_name = parseTexts)]
    fn parse_texts(texts: &JsValue) -> JsValue;
    #[wasm_bindgen(js_name = lengthAt)]
    fn length_at(texts: &JsValue, at: u32) -> usize;
    fn append(pieces: &JsValue, piece: &[u8]) -> JsValue;
    fn join(pieces: &JsValue) -> JsValue;
    #[cfg(not(feature = "page"))]
    #[wasm_bindgen(js_name = keyAt)]
    fn key_at(result: &JsValue, path: &str) -> Option<String>;
    #[wasm_bindgen(js_name = keyBy, catch)]
    fn key_by(result: &JsValue, function: u32) -> Result<Option<String>, JsValue>;
    fn size(value: &JsValue) -> usize;
    #[wasm_bindgen(js_name = numberAt)]
    fn number_at(object: &JsValue, path: &str) -> f64;
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
        known(parse_bytes(json))
    }

    fn from_list(json: &[u8], count: usize, mark: u32) -> Option<Self> {
        known(parse_list(json, count, mark))
    }

    fn from_texts(texts: &Self) -> Option<Self> {
        known(parse_texts(texts))
    }

    fn text_at(texts: &Self, at: usize) -> Self {
        texts.at(at)
    }

    fn length_at(texts: &Self, at: usize) -> usize {
        length_at(texts, at as u32)
    }

    fn at(&self, at: usize) -> Self {
        item(self, at as u32)
    }

    fn leave_out(&mut self, at: usize) {
        leave_out(self, at as u32);
    }

    fn keys(&self, key: &Key) -> Option<String> {
        match key {
            Key::Path(_) => None,
            Key::Function(function) => keys_by(self, *function),
        }
    }

    fn append(so_far: Option<Self>, piece: &[u8]) -> Self {
        append(&so_far.unwrap_or_default(), piece)
    }

    fn join(self) -> Option<Self> {
        known(join(&self))
    }

    fn from_text(text: &Self) -> Option<Self> {
        known(parse(text))
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
            #[cfg(not(feature = "page"))]
            Key::Path(path) => Ok(key_at(self, path)),
            // `js/` has a function for each path, which need not cross each time.
            #[cfg(feature = "page")]
            Key::Path(_) => Ok(None),
            Key::Function(function) => key_by(self, *function),
        }
    }

    fn string(text: &Self) -> String {
        text.as_string().unwrap_or_default()
    }

    fn number(&self, path: &str) -> Option<u64> {
        let number = number_at(self, path);
        (number >= 0.0).then_some(number as u64)
    }

    fn field(&self, key: &str) -> Option<Self> {
        known(get(self, key))
    }

    fn text(&self, key: &str) -> Option<String> {
        get(self, key).as_string()
    }

    fn size(&self) -> usize {
        size(self)
    }

    fn has(&self, key: &str) -> bool {
        !get(self, key).is_undefined()
    }
}

fn known(value: JsValue) -> Option<JsValue> {
    Some(value).filter(|value| !value.is_undefined())
}

/// Those of a list whose places were not left empty.
#[cfg(not(feature = "page"))]
pub(super) fn each(list: &JsValue, mut take: impl FnMut(JsValue)) {
    let count = get(list, "length").as_f64().unwrap_or(0.0);
    for at in 0..count as u32 {
        if let Some(value) = known(item(list, at)) {
            take(value);
        }
    }
}

/// What there is here.
pub(super) fn environment() -> Environment {
    Environment {
        event_source: has_event_source(),
        web_socket: has_web_socket(),
    }
}
