//! How a client stands, as `js/` shows it.

use wasm_bindgen::prelude::*;

use super::js_host::{JsHost, number};
use crate::client::Client;
use crate::ladder::{Obstacle, Rung};

#[wasm_bindgen]
extern "C" {
    /// Makes a snapshot.
    #[wasm_bindgen(method, structural)]
    fn snapshot(
        this: &JsHost,
        state: u32,
        transport: Option<u32>,
        results: f64,
        attempts: f64,
        failures: f64,
        gaps: f64,
        ignored: f64,
        oversize: f64,
    ) -> JsValue;
    /// Adds an operation to it.
    #[wasm_bindgen(method, structural)]
    fn operation(
        this: &JsHost,
        snapshot: &JsValue,
        id: u32,
        name: Option<&str>,
        kind: u32,
        state: u32,
        transport: Option<u32>,
        attempt: u32,
        retries: u32,
        retry_at: Option<f64>,
    ) -> JsValue;
    /// Adds a breaker to it.
    #[wasm_bindgen(method, structural, js_name = breakerOf)]
    fn breaker_of(this: &JsHost, snapshot: &JsValue, transport: u32, position: u32, openings: u32);
    /// Adds what a transport's results weigh, with the counts of the histogram.
    #[wasm_bindgen(method, structural, js_name = sizesOf)]
    fn sizes_of(
        this: &JsHost,
        snapshot: &JsValue,
        transport: u32,
        bytes: f64,
        largest: usize,
        unfinished: usize,
        ceiling: usize,
        a: u32,
        b: u32,
        c: u32,
        d: u32,
        e: u32,
        f: u32,
        g: u32,
        h: u32,
        i: u32,
        j: u32,
    );
    /// Adds a rung to the ladder of either.
    #[wasm_bindgen(method, structural)]
    fn rung(this: &JsHost, owner: &JsValue, transport: u32, reason: Option<&str>);
}

impl JsHost {
    pub fn picture(&self, core: &Client<JsValue>) -> JsValue {
        let counters = core.counters();
        let picture = self.snapshot(
            core.state() as u32,
            core.transport().map(number),
            counters.results as f64,
            counters.attempts as f64,
            counters.failures as f64,
            counters.gaps as f64,
            counters.ignored as f64,
            counters.oversize as f64,
        );
        self.ladder(&picture, &core.ladder());
        for rung in &core.config().ladder {
            if let Some(breaker) = core.breaker(rung.transport) {
                let position = breaker.position() as u32;
                self.breaker_of(
                    &picture,
                    number(rung.transport),
                    position,
                    breaker.openings(),
                );
            }
        }
        for rung in &core.config().ladder {
            if let Some(sizes) = core.sizes(rung.transport) {
                let ceiling = &sizes.ceiling;
                let [a, b, c, d, e, f, g, h, i, j] = sizes.histogram;
                self.sizes_of(
                    &picture,
                    number(rung.transport),
                    sizes.bytes as f64,
                    ceiling.largest(),
                    sizes.unfinished,
                    ceiling.bytes().unwrap_or(0),
                    a,
                    b,
                    c,
                    d,
                    e,
                    f,
                    g,
                    h,
                    i,
                    j,
                );
            }
        }
        for view in core.operations() {
            let operation = self.operation(
                &picture,
                view.id,
                view.request.name.as_deref(),
                view.request.kind as u32,
                view.state as u32,
                view.transport.map(number),
                view.attempt,
                view.retries,
                view.retry_at.map(|wall| wall.as_millis() as f64),
            );
            self.ladder(&operation, view.rungs);
        }
        picture
    }

    fn ladder(&self, owner: &JsValue, rungs: &[Rung]) {
        for it in rungs {
            let reason = it.obstacle.map(Obstacle::as_str);
            self.rung(owner, number(it.transport), reason);
        }
    }
}
