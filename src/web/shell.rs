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
    /// A request, encoded.
    pub type Prepared;
    #[wasm_bindgen(constructor, catch)]
    pub fn new(request: &JsValue, get: bool) -> Result<Prepared, JsValue>;
    #[wasm_bindgen(method)]
    pub fn query(this: &Prepared) -> String;
    #[wasm_bindgen(method)]
    pub fn name(this: &Prepared) -> Option<String>;
    #[wasm_bindgen(method, js_name = urlBytes)]
    pub fn url_bytes(this: &Prepared) -> usize;

    /// Connections and the timer. No method throws.
    pub type Shell;
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue, inbox: Inbox) -> Shell;
    #[wasm_bindgen(method)]
    pub fn add(this: &Shell, op: u32, prepared: Prepared);
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
const OPEN: u32 = 0;
const END: u32 = 1;
const FAILED: u32 = 2;
const UNPREPARED: u32 = 3;
const HEADERS_UNUSABLE: u32 = 4;
const RETRY_READY: u32 = 5;
const RETRY_FAILED: u32 = 6;

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

    fn tell(&self, op: u32, number: u32, news: News<'_, JsValue>) {
        let attempt = Attempt { op, number };
        self.input(Input::News { attempt, news });
    }

    fn input(&self, input: Input<'_, JsValue>) {
        if let Some(inlet) = self.0.upgrade() {
            inlet.input(input);
        }
    }
}

#[wasm_bindgen]
impl Inbox {
    pub fn head(
        &self,
        op: u32,
        number: u32,
        status: u16,
        content_type: Option<String>,
        retry_after_ms: Option<f64>,
    ) {
        let head = Head {
            status,
            content_type,
            retry_after: retry_after_ms.map(|ms| Duration::from_millis(ms as u64)),
        };
        self.tell(op, number, News::Head(head));
    }

    pub fn bytes(&self, op: u32, number: u32, bytes: &[u8]) {
        self.tell(op, number, News::Bytes(bytes));
    }

    pub fn event(&self, op: u32, number: u32, name: &str, text: JsValue) {
        self.tell(op, number, News::Event { name, text });
    }

    /// Anything else; `value` is what was thrown.
    pub fn news(&self, op: u32, number: u32, kind: u32, value: JsValue) {
        let news = match kind {
            OPEN => News::Open,
            END => News::End,
            FAILED => News::Failed(Some(value).filter(|value| !value.is_undefined())),
            UNPREPARED => News::Unprepared(value),
            HEADERS_UNUSABLE => News::Unusable(Obstacle::HeadersFunction),
            RETRY_READY => News::RetryReady,
            RETRY_FAILED => News::RetryFailed(value),
            _ => return,
        };
        self.tell(op, number, news);
    }

    /// The timer has rung.
    pub fn tick(&self) {
        self.input(Input::Tick);
    }

    /// Deliveries are due.
    pub fn flush(&self) {
        if let Some(inlet) = self.0.upgrade() {
            inlet.flush();
        }
    }
}
