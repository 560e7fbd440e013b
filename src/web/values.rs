//! JavaScript values: careful access, and the plain objects of a snapshot.

use alloc::string::String;
use alloc::vec::Vec;
use wasm_bindgen::prelude::*;

use crate::client::{Client, OperationView};
use crate::config::Transport;
use crate::ladder::{Obstacle, Rung};
use crate::options::Raw;
use crate::payload::Payload;

#[wasm_bindgen(module = "/src/web/values.js")]
extern "C" {
    fn keys(object: &JsValue) -> Vec<String>;
    fn get(object: &JsValue, key: &str) -> JsValue;
    #[wasm_bindgen(js_name = parseBytes)]
    fn parse_bytes(json: &[u8]) -> JsValue;
    fn parse(text: &JsValue) -> JsValue;
    #[wasm_bindgen(js_name = isRecord)]
    fn is_record(value: &JsValue) -> bool;
    #[wasm_bindgen(js_name = hasEventSource)]
    pub(super) fn has_event_source() -> bool;
    pub(super) fn missing(options: &JsValue) -> Option<String>;

    fn rung(transport: &str, usable: bool, reason: Option<&str>) -> JsValue;
    fn operation(
        id: u32,
        name: Option<&str>,
        kind: &str,
        state: &str,
        transport: Option<&str>,
        attempt: u32,
        retries: u32,
        retry_at: Option<f64>,
        ladder: Vec<JsValue>,
    ) -> JsValue;
    #[wasm_bindgen(js_name = snapshot)]
    fn make_snapshot(
        state: &str,
        transport: Option<&str>,
        operations: Vec<JsValue>,
        ladder: Vec<JsValue>,
        results: f64,
        attempts: f64,
        failures: f64,
        gaps: f64,
        ignored: f64,
    ) -> JsValue;
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

/// Options are two levels deep; deeper ones are of no interest.
const DEPTH: u32 = 2;

/// The entries of an options object; `None` if it is none.
pub(super) fn entries(options: &JsValue) -> Option<Vec<(String, Raw)>> {
    is_record(options).then(|| read_entries(options, DEPTH))
}

fn read_entries(object: &JsValue, depth: u32) -> Vec<(String, Raw)> {
    let read = |key: String| {
        let value = raw(&get(object, &key), depth - 1);
        (key, value)
    };
    keys(object).into_iter().map(read).collect()
}

fn raw(value: &JsValue, depth: u32) -> Raw {
    if value.is_undefined() {
        Raw::Absent
    } else if let Some(boolean) = value.as_bool() {
        Raw::Bool(boolean)
    } else if let Some(number) = value.as_f64() {
        Raw::Number(number)
    } else if let Some(text) = value.as_string() {
        Raw::Text(text)
    } else if value.is_function() {
        Raw::Function
    } else if depth == 0 || !value.is_object() {
        Raw::Other
    } else if value.is_array() {
        let items = read_entries(value, depth);
        Raw::List(items.into_iter().map(|(_, item)| item).collect())
    } else {
        Raw::Record(read_entries(value, depth))
    }
}

/// A picture of a client.
pub(super) fn snapshot(core: &Client<JsValue>) -> JsValue {
    let counters = core.counters();
    make_snapshot(
        core.state().as_str(),
        core.transport().map(Transport::as_str),
        core.operations().map(operation_value).collect(),
        ladder(&core.config().ladder),
        counters.results as f64,
        counters.attempts as f64,
        counters.failures as f64,
        counters.gaps as f64,
        counters.ignored as f64,
    )
}

fn operation_value(view: OperationView<'_>) -> JsValue {
    operation(
        view.id,
        view.request.name.as_deref(),
        view.request.kind.as_str(),
        view.state.as_str(),
        view.transport.map(Transport::as_str),
        view.attempt,
        view.retries,
        view.retry_at.map(|wall| wall.as_millis() as f64),
        ladder(view.rungs),
    )
}

fn ladder(rungs: &[Rung]) -> Vec<JsValue> {
    let value = |it: &Rung| {
        let reason = it.obstacle.map(Obstacle::as_str);
        rung(it.transport.as_str(), reason.is_none(), reason)
    };
    rungs.iter().map(value).collect()
}
