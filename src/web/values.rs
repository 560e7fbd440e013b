//! JavaScript values: careful access.

use alloc::string::String;
use wasm_bindgen::prelude::*;

use crate::config::{Options, Refusal};
use crate::options::{Raw, Reading};
use crate::payload::Payload;

#[wasm_bindgen(module = "/src/web/values.js")]
extern "C" {
    /// Options and their fields, one after the other; `kind` is a number that `read` knows.
    type Fields;
    #[wasm_bindgen(constructor)]
    fn new(options: &JsValue) -> Fields;
    #[wasm_bindgen(method)]
    fn next(this: &Fields) -> bool;
    #[wasm_bindgen(method)]
    fn path(this: &Fields) -> String;
    #[wasm_bindgen(method)]
    fn nested(this: &Fields) -> bool;
    #[wasm_bindgen(method)]
    fn kind(this: &Fields) -> u32;
    #[wasm_bindgen(method)]
    fn number(this: &Fields) -> f64;
    #[wasm_bindgen(method)]
    fn text(this: &Fields) -> String;
    fn get(object: &JsValue, key: &str) -> JsValue;
    #[wasm_bindgen(js_name = parseBytes)]
    fn parse_bytes(json: &[u8]) -> JsValue;
    fn parse(text: &JsValue) -> JsValue;
    #[wasm_bindgen(js_name = isRecord)]
    fn is_record(value: &JsValue) -> bool;
    #[wasm_bindgen(js_name = hasEventSource)]
    pub(super) fn has_event_source() -> bool;
    pub(super) fn missing(options: &JsValue) -> Option<String>;
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

/// Reads an options object.
pub(super) fn read(options: &JsValue) -> Result<Options, Refusal> {
    if !is_record(options) {
        return Err(Refusal::new("options", "must be an object with a url"));
    }
    let fields = Fields::new(options);
    let mut reading = Reading::default();
    while fields.next() {
        let text;
        let value = match fields.kind() {
            0 => Raw::Absent,
            1 => Raw::Bool(false),
            2 => Raw::Bool(true),
            3 => Raw::Number(fields.number()),
            4 => {
                text = fields.text();
                Raw::Text(&text)
            }
            5 => Raw::Function,
            6 => Raw::List,
            7 => Raw::Record,
            _ => Raw::Other,
        };
        reading.take(&fields.path(), fields.nested(), value)?;
    }
    reading.finish()
}
