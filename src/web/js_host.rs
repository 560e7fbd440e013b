//! What `js/` gives the module: where everything for the application goes. Nothing of it throws.

use alloc::boxed::Box;
use alloc::string::String;

use wasm_bindgen::prelude::*;

use super::host::Host;
use super::shell::Shell;
use crate::client::Client;
use crate::config::{Refusal, Transport};
use crate::error::{Code, Error};
use crate::io::{Delivery, Notice, OpId};
use crate::ladder::{Obstacle, Rung};

#[wasm_bindgen]
extern "C" {
    /// `Host` in `js/core.ts`.
    pub type JsHost;
    /// Where the application's options are.
    #[wasm_bindgen(method, structural)]
    pub fn setting(this: &JsHost, number: u32) -> f64;
    #[wasm_bindgen(method, structural)]
    fn next(this: &JsHost, op: u32, result: JsValue);
    #[wasm_bindgen(method, structural)]
    fn complete(this: &JsHost, op: u32);
    #[wasm_bindgen(method, structural)]
    fn error(this: &JsHost, op: u32, error: JsValue);
    #[wasm_bindgen(method, structural)]
    fn connecting(this: &JsHost, op: u32, again: bool);
    #[wasm_bindgen(method, structural)]
    fn connected(this: &JsHost, op: u32, again: bool, transport: u32, attempt: u32);
    #[wasm_bindgen(method, structural)]
    fn retry(this: &JsHost, op: u32, retries: u32, delay_ms: Option<f64>, error: JsValue);
    #[wasm_bindgen(method, structural)]
    fn gap(
        this: &JsHost,
        op: u32,
        reason: u32,
        since_ms: f64,
        last_key: Option<String>,
        recovered: bool,
        error: JsValue,
    );
    /// Runs the application's backfill.
    #[wasm_bindgen(method, structural)]
    fn backfill(
        this: &JsHost,
        op: u32,
        round: u32,
        reason: u32,
        since_ms: f64,
        last_key: Option<String>,
    );
    /// What is to be known of the operation that is started next: numbers, and texts.
    #[wasm_bindgen(method, structural)]
    pub fn rule(this: &JsHost, number: u32) -> f64;
    #[wasm_bindgen(method, structural, js_name = ruleText)]
    pub fn rule_text(this: &JsHost, number: u32) -> Option<String>;
    #[wasm_bindgen(method, structural)]
    fn stall(this: &JsHost, op: u32, judgement: u32, since_ms: f64);
    #[wasm_bindgen(method, structural)]
    fn breaker(
        this: &JsHost,
        transport: u32,
        position: u32,
        previous: u32,
        until_ms: Option<f64>,
        openings: u32,
    );
    /// What was kept of a breaker before a reload: until when it is open, or how often it
    /// has opened; NaN for nothing.
    #[wasm_bindgen(method, structural)]
    pub fn kept(this: &JsHost, transport: u32, openings: bool) -> f64;
    #[wasm_bindgen(method, structural)]
    fn state(this: &JsHost, op: u32, state: u32);
    #[wasm_bindgen(method, structural, js_name = clientState)]
    fn client_state(this: &JsHost, state: u32, previous: u32);
    #[wasm_bindgen(method, structural)]
    pub fn hold(this: &JsHost, shell: &Shell);
    /// Makes a real `Error`.
    #[wasm_bindgen(method, structural, js_name = makeError)]
    fn make_error(
        this: &JsHost,
        code: u32,
        message: &str,
        retryable: bool,
        status: Option<u16>,
        transport: Option<u32>,
        retry_after_ms: Option<f64>,
        body: JsValue,
        cause: JsValue,
        response: JsValue,
    ) -> JsValue;
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
    /// Adds a rung to the ladder of either.
    #[wasm_bindgen(method, structural)]
    fn rung(this: &JsHost, owner: &JsValue, transport: u32, reason: Option<&str>);
}

impl JsHost {
    // An error is large, and moving it costs more than the box.
    #[allow(clippy::boxed_local)]
    fn to_js(&self, error: Box<Error<JsValue>>, response: JsValue) -> JsValue {
        let cause = match (error.cause, error.thrown) {
            (Some(cause), _) => self.to_js(cause, JsValue::UNDEFINED),
            (None, Some(thrown)) => thrown,
            (None, None) => JsValue::UNDEFINED,
        };
        self.make_error(
            error.code as u32,
            &error.message,
            error.retryable,
            error.status,
            error.transport.map(number),
            error.retry_after.map(|wait| wait.as_millis() as f64),
            error.body.unwrap_or(JsValue::UNDEFINED),
            cause,
            response,
        )
    }

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
        );
        self.ladder(&picture, &core.config().ladder);
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

    pub fn refuse(&self, refusal: &Refusal) -> JsValue {
        let error = Error::new(Code::Option, false, refusal.message.as_str());
        self.to_js(error, JsValue::UNDEFINED)
    }

    fn notice(&self, op: OpId, notice: Notice<JsValue>) {
        match notice {
            Notice::Connecting { again } => self.connecting(op, again),
            Notice::Connected {
                again,
                transport,
                attempt,
            } => self.connected(op, again, number(transport), attempt),
            Notice::Retry {
                retries,
                delay,
                error,
            } => {
                let delay = delay.map(|delay| delay.as_millis() as f64);
                self.retry(op, retries, delay, self.to_js(error, JsValue::UNDEFINED));
            }
            Notice::Gap { report, error } => self.gap(
                op,
                report.reason as u32,
                report.since.as_millis() as f64,
                report.last_key,
                report.recovered,
                error.map_or(JsValue::UNDEFINED, |error| {
                    self.to_js(error, JsValue::UNDEFINED)
                }),
            ),
            Notice::Stall { judgement, since } => {
                self.stall(op, judgement as u32, since.as_millis() as f64);
            }
            Notice::State(state) => self.state(op, state as u32),
        }
    }
}

impl Host for JsHost {
    const TAKES_RESPONSES: bool = true;

    fn deliver(&self, delivery: Delivery<JsValue>, response: JsValue) {
        match delivery {
            Delivery::Next { op, result } => self.next(op, result),
            Delivery::Complete { op } => self.complete(op),
            Delivery::Error { op, error, .. } => self.error(op, self.to_js(error, response)),
            Delivery::Thrown { op, value } => self.error(op, value),
            Delivery::Backfill { op, ask } => self.backfill(
                op,
                ask.round,
                ask.reason as u32,
                ask.since.as_millis() as f64,
                ask.last_key,
            ),
            Delivery::Notice { op, notice } => self.notice(op, notice),
            Delivery::State { state, previous } => {
                self.client_state(state as u32, previous as u32);
            }
            Delivery::Breaker {
                transport,
                position,
                previous,
                until,
                openings,
            } => self.breaker(
                number(transport),
                position as u32,
                previous as u32,
                until.map(|wall| wall.as_millis() as f64),
                openings,
            ),
        }
    }
}

/// Enumerations cross by number, in the order of their Rust types; `js/core.ts` has the names.
const fn number(transport: Transport) -> u32 {
    transport as u32
}
