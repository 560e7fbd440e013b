//! The browser's side of the shell, as the driver sees it; `shell.js` does it.

use alloc::rc::Weak;
use alloc::string::String;
use core::time::Duration;

use wasm_bindgen::prelude::*;

use crate::io::{Attempt, Input, News};
use crate::ladder::Obstacle;
use crate::response::{Head, RetryAfter};
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
    /// `date`: `retry_after` as a date in epoch milliseconds, or NaN.
    pub fn head(
        &self,
        op: u32,
        number: u32,
        status: u16,
        content_type: Option<String>,
        retry_after: Option<String>,
        date: f64,
    ) {
        let head = Head {
            status,
            content_type,
            retry_after: retry_after.and_then(|value| parse_retry_after(&value, date)),
        };
        self.tell(op, number, News::Head(head));
    }

    pub fn opened(&self, op: u32, number: u32) {
        self.tell(op, number, News::Open);
    }

    pub fn bytes(&self, op: u32, number: u32, bytes: &[u8]) {
        self.tell(op, number, News::Bytes(bytes));
    }

    pub fn event(&self, op: u32, number: u32, name: &str, text: JsValue) {
        self.tell(op, number, News::Event { name, text });
    }

    pub fn end(&self, op: u32, number: u32) {
        self.tell(op, number, News::End);
    }

    pub fn failed(&self, op: u32, number: u32, reason: JsValue) {
        let reason = Some(reason).filter(|reason| !reason.is_undefined());
        self.tell(op, number, News::Failed(reason));
    }

    pub fn unprepared(&self, op: u32, number: u32, reason: JsValue) {
        self.tell(op, number, News::Unprepared(reason));
    }

    pub fn headers_unusable(&self, op: u32, number: u32) {
        self.tell(op, number, News::Unusable(Obstacle::HeadersFunction));
    }

    pub fn retry_ready(&self, op: u32, number: u32) {
        self.tell(op, number, News::RetryReady);
    }

    pub fn retry_failed(&self, op: u32, number: u32, reason: JsValue) {
        self.tell(op, number, News::RetryFailed(reason));
    }

    pub fn tick(&self) {
        self.input(Input::Tick);
    }

    pub fn flush(&self) {
        if let Some(inlet) = self.0.upgrade() {
            inlet.flush();
        }
    }
}

/// HTTP: a number of seconds, or a date.
fn parse_retry_after(value: &str, date: f64) -> Option<RetryAfter> {
    match value.trim().parse::<u32>() {
        Ok(seconds) => Some(RetryAfter::Delay(Duration::from_secs(seconds.into()))),
        Err(_) if date >= 0.0 => Some(RetryAfter::At(Wall::from_millis(date as u64))),
        Err(_) => None,
    }
}
