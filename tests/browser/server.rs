//! The server and the values, for tests.

use std::cell::Cell;
use std::future::Future;
use std::pin::pin;

use futures_util::future::{Either, select};
use graphql_lifeline::config::{Method, Options, Transport};
use graphql_lifeline::io::State;
use graphql_lifeline::{Client, Settings, backoff::Backoff};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/tests/browser/server.js")]
extern "C" {
    #[wasm_bindgen(js_name = liveStreams)]
    async fn live_streams(server: &str) -> JsValue;
    #[wasm_bindgen(js_name = openedStreams)]
    async fn opened_streams(server: &str) -> JsValue;
    async fn requests(server: &str) -> JsValue;
    #[wasm_bindgen(js_name = fault)]
    async fn order_fault(server: &str, order: &str);
    async fn sleep(ms: u32);
    fn now() -> f64;
    /// A value inside another, by the path to it.
    pub fn at(value: &JsValue, path: &str) -> JsValue;
    pub fn parse(json: &str) -> JsValue;
}

pub const SERVER: &str = match option_env!("LIFELINE_TEST_SERVER") {
    Some(server) => server,
    None => "http://127.0.0.1:8080",
};

/// Longer than anything here takes, on a busy machine too.
const DEADLINE_MS: u32 = 20_000;

pub const MESSAGES: &str = "subscription { messages { id text } }";
pub const ENDLESS: &str = "subscription { ticks(everyMs: 50) { n } }";

pub fn url() -> String {
    format!("{SERVER}/graphql")
}

/// A transport, pinned; with short waits.
pub fn over(transport: Transport) -> Options {
    Options {
        method: Some(match transport {
            Transport::EventSource => Method::Get,
            Transport::Fetch | Transport::WebSocket => Method::Post,
        }),
        transports: Some(vec![transport]),
        backoff: Some(Backoff {
            initial: std::time::Duration::from_millis(20).into(),
            ..Backoff::default()
        }),
        ..Options::default()
    }
}

pub fn client(transport: Transport) -> Client {
    Client::new(Settings::new(url()).options(over(transport))).unwrap()
}

/// The future's output, or a failure that says what did not happen.
pub async fn within<F: Future>(what: &str, future: F) -> F::Output {
    match select(pin!(future), pin!(sleep(DEADLINE_MS))).await {
        Either::Left((output, _)) => output,
        Either::Right(_) => panic!("{what} did not happen within {DEADLINE_MS} ms"),
    }
}

pub async fn fault(order: &str) {
    order_fault(SERVER, order).await;
}

pub async fn request_count() -> u32 {
    requests(SERVER).await.as_f64().unwrap() as u32
}

pub async fn opened_count() -> u32 {
    opened_streams(SERVER).await.as_f64().unwrap() as u32
}

/// Asks until the server has so many open streams.
pub async fn until_live(count: u32) {
    let asking = async {
        while live_streams(SERVER).await.as_f64() != Some(f64::from(count)) {
            sleep(20).await;
        }
    };
    within(&format!("{count} open streams"), asking).await;
}

/// Until the page knows that its subscription is live; the server knows it before.
pub async fn until_connected(state: impl Fn() -> State) {
    until("a live connection", || state() == State::Live).await;
}

/// Looks until it is so.
pub async fn until(what: &str, so: impl Fn() -> bool) {
    let looking = async {
        while !so() {
            sleep(10).await;
        }
    };
    within(what, looking).await;
}

/// A text that no other test sends.
pub fn unique(name: &str) -> String {
    thread_local!(static COUNT: Cell<u32> = const { Cell::new(0) });
    COUNT.set(COUNT.get() + 1);
    format!("{name} {} {}", COUNT.get(), now())
}

/// Sends a chat message; its id.
pub async fn send(client: &Client, text: &str) -> f64 {
    let mutation = format!(r#"mutation {{ send(author: "test", text: "{text}") {{ id }} }}"#);
    let result = within("send", client.execute(mutation)).await.unwrap();
    at(&result, "data.send.id").as_f64().unwrap()
}
