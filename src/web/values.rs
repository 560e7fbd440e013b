//! JavaScript values: careful access, and the plain objects of a snapshot.

use alloc::string::String;
use wasm_bindgen::prelude::*;

use crate::client::Client;
use crate::config::{Options, Refusal, Transport};
use crate::ladder::{Obstacle, Rung};
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

    #[wasm_bindgen(js_name = snapshot)]
    fn make_snapshot(
        state: &str,
        transport: Option<&str>,
        results: f64,
        attempts: f64,
        failures: f64,
        gaps: f64,
        ignored: f64,
    ) -> JsValue;
    /// Adds an operation to a snapshot.
    fn operation(
        snapshot: &JsValue,
        id: u32,
        name: Option<&str>,
        kind: &str,
        state: &str,
        transport: Option<&str>,
        attempt: u32,
        retries: u32,
        retry_at: Option<f64>,
    ) -> JsValue;
    /// Adds a rung to the ladder of a snapshot or of an operation.
    fn rung(owner: &JsValue, transport: &str, reason: Option<&str>);
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

/// A picture of a client.
pub(super) fn snapshot(core: &Client<JsValue>) -> JsValue {
    let counters = core.counters();
    let snapshot = make_snapshot(
        core.state().as_str(),
        core.transport().map(Transport::as_str),
        counters.results as f64,
        counters.attempts as f64,
        counters.failures as f64,
        counters.gaps as f64,
        counters.ignored as f64,
    );
    add_ladder(&snapshot, &core.config().ladder);
    for view in core.operations() {
        let operation = operation(
            &snapshot,
            view.id,
            view.request.name.as_deref(),
            view.request.kind.as_str(),
            view.state.as_str(),
            view.transport.map(Transport::as_str),
            view.attempt,
            view.retries,
            view.retry_at.map(|wall| wall.as_millis() as f64),
        );
        add_ladder(&operation, view.rungs);
    }
    snapshot
}

fn add_ladder(owner: &JsValue, rungs: &[Rung]) {
    for it in rungs {
        rung(
            owner,
            it.transport.as_str(),
            it.obstacle.map(Obstacle::as_str),
        );
    }
}
