//! What `js/` gives the module: where everything for the application goes. Nothing of it throws.

use alloc::boxed::Box;
use alloc::string::String;

use wasm_bindgen::prelude::*;

use super::host::Host;
use super::shell::Shell;
use crate::config::{Refusal, Transport};
use crate::error::{Code, Error};
use crate::io::{Delivery, Notice, OpId};
use crate::time::Wall;

#[wasm_bindgen]
extern "C" {
    /// `Host` in `js/core.ts`.
    pub type JsHost;
    /// A number: of the application's options and the like; see [`Asked`].
    #[wasm_bindgen(method, structural)]
    fn number(this: &JsHost, asked: u32, place: u32) -> f64;
    /// A text of the operation that is started next.
    #[wasm_bindgen(method, structural, js_name = ruleText)]
    pub fn rule_text(this: &JsHost, place: u32) -> Option<String>;
    /// Tells the application something; see [`Told`]. One function for all, since each costs
    /// a page 100 bytes.
    #[wasm_bindgen(method, structural)]
    fn tell(
        this: &JsHost,
        told: u32,
        op: u32,
        first: f64,
        second: f64,
        third: f64,
        text: Option<&str>,
        value: JsValue,
    );
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
}

/// What a number is asked of; `js/host.ts` has the same order.
#[derive(Clone, Copy)]
pub enum Asked {
    Setting,
    Rule,
    /// Until when a transport's breaker was open before a reload; NaN for nothing.
    KeptUntil,
    KeptOpenings,
}

/// What the application is told; `listeners` in `js/host.ts` has the same order, and says what the
/// numbers, the text and the value are.
#[derive(Clone, Copy)]
enum Told {
    Next,
    Complete,
    Error,
    Connecting,
    Connected,
    Retry,
    Gap,
    Backfill,
    Stall,
    State,
    ClientState,
    Breaker,
    Limit,
    Results,
    Hydrate,
    Oversize,
}

/// A number that is not there.
const NONE: f64 = f64::NAN;

impl JsHost {
    pub fn ask(&self, asked: Asked, place: u32) -> f64 {
        self.number(asked as u32, place)
    }

    fn give(&self, told: Told, op: OpId, [first, second, third]: [f64; 3]) {
        let (told, value) = (told as u32, JsValue::UNDEFINED);
        self.tell(told, op, first, second, third, None, value);
    }

    fn give_value(&self, told: Told, op: OpId, value: JsValue) {
        self.tell(told as u32, op, NONE, NONE, NONE, None, value);
    }

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

    pub fn refuse(&self, refusal: &Refusal) -> JsValue {
        let error = Error::new(Code::Option, false, refusal.message.as_str());
        self.to_js(error, JsValue::UNDEFINED)
    }

    fn notice(&self, op: OpId, notice: Notice<JsValue>) {
        let flag = |flag: bool| f64::from(u8::from(flag));
        let (told, numbers) = match notice {
            Notice::Connecting { again } => (Told::Connecting, [flag(again), NONE, NONE]),
            Notice::Connected {
                again,
                transport,
                attempt,
            } => {
                let transport = f64::from(number(transport));
                (
                    Told::Connected,
                    [flag(again), transport, f64::from(attempt)],
                )
            }
            Notice::Retry {
                retries,
                delay,
                error,
            } => {
                let delay = delay.map_or(NONE, |delay| delay.as_millis() as f64);
                let error = self.to_js(error, JsValue::UNDEFINED);
                let (told, retries) = (Told::Retry as u32, f64::from(retries));
                return self.tell(told, op, retries, delay, NONE, None, error);
            }
            Notice::Gap { report, error } => {
                let error = error.map_or(JsValue::UNDEFINED, |error| {
                    self.to_js(error, JsValue::UNDEFINED)
                });
                return self.tell(
                    Told::Gap as u32,
                    op,
                    f64::from(report.reason as u32),
                    moment(report.since),
                    // Over: rounds up to this one, if it is not healed.
                    if report.recovered {
                        -1.0
                    } else {
                        f64::from(report.round)
                    },
                    report.last_key.as_deref(),
                    error,
                );
            }
            Notice::Oversize {
                transport,
                excess,
                bytes,
                ceiling,
            } => {
                // Both in one number: there are three transports.
                let about = f64::from(excess as u32 * 4 + number(transport));
                (Told::Oversize, [about, bytes as f64, length(ceiling)])
            }
            Notice::Limit(limit) => (Told::Limit, [f64::from(limit as u32), NONE, NONE]),
            Notice::Stall { judgement, since } => {
                let judgement = f64::from(judgement as u32);
                (Told::Stall, [judgement, moment(since), NONE])
            }
            Notice::State(state) => (Told::State, [f64::from(state as u32), NONE, NONE]),
        };
        self.give(told, op, numbers);
    }
}

impl Host for JsHost {
    const TAKES_RESPONSES: bool = true;

    fn deliver(&self, delivery: Delivery<JsValue>, response: JsValue) {
        match delivery {
            Delivery::Next { op, result } => self.give_value(Told::Next, op, result),
            Delivery::Results { op, results } => self.give_value(Told::Results, op, results),
            Delivery::Complete { op } => self.give_value(Told::Complete, op, JsValue::UNDEFINED),
            Delivery::Error { op, error, .. } => {
                self.give_value(Told::Error, op, self.to_js(error, response));
            }
            Delivery::Thrown { op, value } => self.give_value(Told::Error, op, value),
            Delivery::Backfill { op, ask } => self.tell(
                Told::Backfill as u32,
                op,
                f64::from(ask.round),
                f64::from(ask.reason as u32),
                moment(ask.since),
                ask.last_key.as_deref(),
                JsValue::UNDEFINED,
            ),
            Delivery::Hydrate {
                op,
                ticket,
                notification,
            } => self.tell(
                Told::Hydrate as u32,
                op,
                f64::from(ticket),
                NONE,
                NONE,
                None,
                notification.unwrap_or(JsValue::UNDEFINED),
            ),
            Delivery::Notice { op, notice } => self.notice(op, notice),
            Delivery::State { state, previous } => {
                let numbers = [f64::from(state as u32), f64::from(previous as u32), NONE];
                self.give(Told::ClientState, 0, numbers);
            }
            Delivery::Breaker {
                transport,
                position,
                previous,
                until,
                openings,
            } => {
                // Both in one number: there are three positions.
                let positions = position as u32 * 4 + previous as u32;
                let until = until.map_or(NONE, moment);
                let numbers = [f64::from(positions), until, f64::from(openings)];
                self.give(Told::Breaker, number(transport), numbers);
            }
        }
    }
}

fn length(bytes: Option<usize>) -> f64 {
    bytes.map_or(NONE, |bytes| bytes as f64)
}

fn moment(wall: Wall) -> f64 {
    wall.as_millis() as f64
}

/// Enumerations cross by number, in the order of their Rust types; `js/core.ts` has the names.
pub const fn number(transport: Transport) -> u32 {
    transport as u32
}
