//! The browser's side of the shell, as the driver sees it; `shell.js` does it.

use alloc::rc::Weak;
use alloc::string::String;
use core::time::Duration;

use wasm_bindgen::prelude::*;

use crate::io::{Attempt, Input, News};
use crate::ladder::Obstacle;
use crate::response::Head;
use crate::time::{Instant, Now, Wall};

#[wasm_bindgen(module = "/src/web/shell.js")]
extern "C" {
    /// Connections and the timer. Only `encode` throws.
    pub type Shell;
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue, inbox: Inbox) -> Shell;
    /// Encodes the request that is added next; how many bytes it would take in a URL.
    #[wasm_bindgen(method, catch)]
    pub fn encode(this: &Shell, request: &JsValue, get: bool) -> Result<usize, JsValue>;
    #[wasm_bindgen(method)]
    pub fn add(this: &Shell, op: u32);
    #[wasm_bindgen(method)]
    pub fn forget(this: &Shell, op: u32);
    #[wasm_bindgen(method)]
    pub fn open(this: &Shell, op: u32, number: u32, event_source: bool, get: bool, once: bool);
    #[wasm_bindgen(method)]
    pub fn read(this: &Shell, op: u32, keep: bool);
    #[wasm_bindgen(method)]
    pub fn close(this: &Shell, op: u32);
    #[wasm_bindgen(method)]
    pub fn release(this: &Shell, op: u32) -> JsValue;
    #[wasm_bindgen(method, js_name = askRetry)]
    pub fn ask_retry(this: &Shell, op: u32, number: u32, retries: u32);
    #[wasm_bindgen(method)]
    pub fn arm(this: &Shell, delay_ms: Option<f64>);
    #[wasm_bindgen(method, js_name = flushLater)]
    pub fn flush_later(this: &Shell);
    #[wasm_bindgen(method, js_name = closeAll)]
    pub fn close_all(this: &Shell);
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
    #[wasm_bindgen(js_namespace = Date, js_name = now)]
    fn date_now() -> f64;
    #[wasm_bindgen(js_namespace = Math, js_name = random)]
    fn math_random() -> f64;
}

/// Reads both clocks.
pub fn now() -> Now {
    Now {
        monotonic: Instant::from_millis(performance_now() as u64),
        wall: Wall::from_millis(date_now() as u64),
    }
}

/// A seed for the jitter.
pub fn seed() -> u64 {
    (math_random() * (1u64 << 53) as f64) as u64
}

/// What `Inbox::news` is about; `shell.js` has the same numbers.
const HEAD: u32 = 0;
const OPEN: u32 = 1;
const EVENT: u32 = 2;
const END: u32 = 3;
const FAILED: u32 = 4;
const UNPREPARED: u32 = 5;
const HEADERS_UNUSABLE: u32 = 6;
const RETRY_READY: u32 = 7;
const RETRY_FAILED: u32 = 8;
const TICK: u32 = 9;
const FLUSH: u32 = 10;

/// Who is told what came of it.
pub trait Inlet {
    fn input(&self, input: Input<'_, JsValue>);
    fn flush(&self);
}

/// Where `shell.js` tells what came of it.
#[wasm_bindgen]
pub struct Inbox(Weak<dyn Inlet>);

impl Inbox {
    pub fn new(inlet: Weak<dyn Inlet>) -> Self {
        Self(inlet)
    }
}

#[wasm_bindgen]
impl Inbox {
    /// A part of the body.
    pub fn bytes(&self, op: u32, number: u32, bytes: &[u8]) {
        if let Some(inlet) = self.0.upgrade() {
            let attempt = Attempt { op, number };
            let news = News::Bytes(bytes);
            inlet.input(Input::News { attempt, news });
        }
    }

    /// Anything else. One door for all, since each costs a page 300 bytes.
    ///
    /// `value` is what was thrown, or an event's data; `text` its name, or a head's
    /// content type; the numbers are a head's status and the wait it asks for, or NaN.
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
        let Some(inlet) = self.0.upgrade() else {
            return;
        };
        let name;
        let news = match kind {
            HEAD => News::Head(Head {
                status,
                content_type: text,
                retry_after: (retry_after_ms >= 0.0)
                    .then(|| Duration::from_millis(retry_after_ms as u64)),
            }),
            OPEN => News::Open,
            EVENT => {
                name = text.unwrap_or_default();
                News::Event {
                    name: &name,
                    text: value,
                }
            }
            END => News::End,
            FAILED => News::Failed(Some(value).filter(|value| !value.is_undefined())),
            UNPREPARED => News::Unprepared(value),
            HEADERS_UNUSABLE => News::Unusable(Obstacle::HeadersFunction),
            RETRY_READY => News::RetryReady,
            RETRY_FAILED => News::RetryFailed(value),
            TICK => return inlet.input(Input::Tick),
            FLUSH => return inlet.flush(),
            _ => return,
        };
        let attempt = Attempt { op, number };
        inlet.input(Input::News { attempt, news });
    }
}
