//! The browser's side of the shell, as the driver sees it; `shell.js` does it.

use wasm_bindgen::prelude::*;

use crate::time::{Instant, Now, Wall};

#[wasm_bindgen(module = "/src/web/shell.js")]
extern "C" {
    /// Connections and the timer. Only `encode` throws.
    pub type Shell;
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue, inbox: &JsValue, slots: &Slots) -> Shell;
    /// Encodes the request that is added next; how many bytes it would take in a URL.
    /// `streams`: more than one result may come.
    #[wasm_bindgen(method, catch)]
    pub fn encode(
        this: &Shell,
        request: &JsValue,
        get: bool,
        streams: bool,
    ) -> Result<usize, JsValue>;
    #[wasm_bindgen(method)]
    pub fn add(this: &Shell, op: u32);
    #[wasm_bindgen(method)]
    pub fn forget(this: &Shell, op: u32);
    #[wasm_bindgen(method)]
    pub fn open(
        this: &Shell,
        op: u32,
        number: u32,
        event_source: bool,
        get: bool,
        want: u32,
        last_event_id: Option<&str>,
        reason: u32,
        segment_bytes: u32,
    );
    #[wasm_bindgen(method)]
    pub fn close(this: &Shell, op: u32, number: u32);
    #[wasm_bindgen(method, js_name = responseOf)]
    pub fn response_of(this: &Shell, op: u32, number: u32) -> JsValue;
    #[wasm_bindgen(method)]
    pub fn arm(this: &Shell, delay_ms: Option<f64>);
    #[wasm_bindgen(method, js_name = flushLater)]
    pub fn flush_later(this: &Shell);
    #[wasm_bindgen(method, js_name = closeAll)]
    pub fn close_all(this: &Shell);
}

#[wasm_bindgen(module = "/src/web/http.js")]
extern "C" {
    pub fn stop(shell: &Shell, op: u32, number: u32);
    pub fn read(shell: &Shell, op: u32, number: u32, keep: bool);
}

#[wasm_bindgen(module = "/src/web/application.js")]
extern "C" {
    #[wasm_bindgen(js_name = askRetry)]
    pub fn ask_retry(shell: &Shell, op: u32, number: u32, retries: u32);
    #[wasm_bindgen(js_name = askProbe)]
    pub fn ask_probe(shell: &Shell, op: u32, number: u32);
}

#[wasm_bindgen(module = "/src/web/slots.js")]
extern "C" {
    /// Room for streams.
    pub type Slots;
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue) -> Slots;
}

#[wasm_bindgen(module = "/src/web/page.js")]
extern "C" {
    /// Once is enough.
    #[wasm_bindgen(js_name = watchPage)]
    pub fn watch_page(shell: &Shell);
}

#[wasm_bindgen(module = "/src/web/socket.js")]
extern "C" {
    #[wasm_bindgen(js_name = openSocket)]
    pub fn open_socket(shell: &Shell, number: u32);
    /// `frame` is a number; the others are what it is about.
    #[wasm_bindgen(js_name = sendFrame)]
    pub fn send_frame(shell: &Shell, number: u32, frame: u32, op: u32, attempt: u32);
}

// What the files above import: a file is there only if a block has something of it.
#[wasm_bindgen(module = "/src/web/news.js")]
extern "C" {
    type News;
}
#[wasm_bindgen(module = "/src/web/request.js")]
extern "C" {
    type Request;
}
#[wasm_bindgen(module = "/src/web/source.js")]
extern "C" {
    type Source;
}
#[wasm_bindgen(module = "/src/web/turn.js")]
extern "C" {
    type Turn;
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
