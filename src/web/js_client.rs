//! The class that `js/` builds `createClient` on. Its callbacks never throw.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use core::cell::Cell;

use wasm_bindgen::prelude::*;

use super::driver::{Driver, Start, SubscribeError};
use super::host::Host;
use super::js_settings;
use super::shell::{Inlet, Shell};
use super::values::environment;
use crate::client::Client;
use crate::config::{Config, Refusal, Transport};
use crate::error::{Code, Error};
use crate::io::{Delivery, Input, Notice, OpId};
use crate::ladder::{Obstacle, Rung};
use crate::response::Want;
use crate::time::millis;

#[wasm_bindgen]
extern "C" {
    /// What `js/` gives: where everything for the application goes.
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
    fn gap(this: &JsHost, op: u32, reason: u32, since_ms: f64);
    #[wasm_bindgen(method, structural)]
    fn state(this: &JsHost, op: u32, state: u32);
    #[wasm_bindgen(method, structural, js_name = clientState)]
    fn client_state(this: &JsHost, state: u32, previous: u32);
    #[wasm_bindgen(method, structural)]
    fn hold(this: &JsHost, shell: &Shell);
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
            error.retry_after.map(|wait| millis(wait) as f64),
            error.body.unwrap_or(JsValue::UNDEFINED),
            cause,
            response,
        )
    }

    fn picture(&self, core: &Client<JsValue>) -> JsValue {
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

    fn refuse(&self, refusal: &Refusal) -> JsValue {
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
                let delay = delay.map(|delay| millis(delay) as f64);
                self.retry(op, retries, delay, self.to_js(error, JsValue::UNDEFINED));
            }
            Notice::Gap { reason, since } => {
                self.gap(op, reason as u32, since.as_millis() as f64);
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
            Delivery::Notice { op, notice } => self.notice(op, notice),
            Delivery::State { state, previous } => {
                self.client_state(state as u32, previous as u32);
            }
        }
    }
}

/// Enumerations cross by number, in the order of their Rust types; `js/core.ts` has the names.
const fn number(transport: Transport) -> u32 {
    transport as u32
}

/// A client for JavaScript. Its methods take `&self`: a callback may call any of them.
#[wasm_bindgen]
pub struct WebClient {
    driver: Rc<Driver<JsHost>>,
    /// The last picture, and the core's version then.
    picture: Cell<Option<(u64, JsValue)>>,
}

#[wasm_bindgen]
impl WebClient {
    /// `options` is for the connections; what is to be decided about them, the host tells.
    ///
    /// Throws an error of `makeError` with code `option` for options that cannot be honoured.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue, host: JsHost) -> Result<WebClient, JsValue> {
        let config = Config::new(&js_settings::read(&host), environment())
            .map_err(|refusal| host.refuse(&refusal))?;
        let driver = Driver::new(options, config, host);
        driver.host.hold(&driver.shell);
        Ok(Self {
            driver,
            picture: Cell::default(),
        })
    }

    /// Starts an operation; its number. `query` and `name` are those of the request.
    /// Throws as the constructor does, and what `JSON.stringify` throws.
    pub fn subscribe(
        &self,
        request: &JsValue,
        query: &str,
        name: Option<String>,
        once: bool,
        resubscribe: Option<bool>,
    ) -> Result<u32, JsValue> {
        let start = Start {
            request,
            query,
            name,
            want: if once { Want::Json } else { Want::Stream },
            resubscribe,
        };
        self.driver.subscribe(start).map_err(|error| match error {
            SubscribeError::Refused(refusal) => self.driver.host.refuse(&refusal),
            SubscribeError::Unencodable(thrown) => thrown,
        })
    }

    /// Ends an operation, in silence.
    pub fn dispose(&self, op: u32) {
        self.driver.dispose(op);
    }

    /// Ends all operations, in silence.
    pub fn close(&self) {
        self.driver.close();
    }

    /// Replaces connections and ends waits.
    pub fn reconnect(&self) {
        self.driver.input(Input::Reconnect);
    }

    /// A picture of the client; the same object until something changes.
    pub fn snapshot(&self) -> JsValue {
        let version = self.driver.core(Client::version);
        let kept = self.picture.take().filter(|(taken, _)| *taken == version);
        let (_, picture) = kept.unwrap_or_else(|| {
            (
                version,
                self.driver.core(|core| self.driver.host.picture(core)),
            )
        });
        self.picture.set(Some((version, picture.clone())));
        picture
    }
}
