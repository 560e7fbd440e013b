//! The functions that `js/` builds `createClient` on: clients go by their numbers.
//!
//! Functions and not a class, whose instances cost a page more bytes. Their names begin so
//! because a Rust front end that links this crate exports them as well.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use wasm_bindgen::prelude::*;

use super::driver::{Driver, Start, SubscribeError};
use super::js_host::{Asked, JsHost};
use super::values::{environment, item};
use super::{inbox, js_settings};
use crate::client::Client;
use crate::config::{Config, Transport};
use crate::hydration::failure;
use crate::io::Input;
use crate::response::Want;
use crate::table::Table;
use crate::time::{Span, Wall};

struct JsClient {
    driver: Driver<JsHost>,
    /// The last picture, and the core's version then.
    picture: Cell<Option<(u64, JsValue)>>,
}

struct Clients {
    table: RefCell<Table<Rc<JsClient>>>,
    last: Cell<u32>,
}

static CLIENTS: Clients = Clients {
    table: RefCell::new(Table::new()),
    last: Cell::new(0),
};

// SAFETY: a module that is compiled without atomics runs on one thread, so that nothing is
// ever reached from two; with atomics this does not compile.
unsafe impl Sync for Clients {}
#[cfg(target_feature = "atomics")]
compile_error!("graphql-lifeline keeps its clients in a static and needs a module without threads");

/// The client, if it is not free yet. Nothing is borrowed while it works: it may call back in.
fn client(number: u32) -> Option<Rc<JsClient>> {
    CLIENTS.table.borrow().get(number).cloned()
}

/// Makes a client; its number. `options` is for the connections; what is to be decided about
/// them, the host tells. From then on the host has functions `bytes` and `news`, which
/// end in [`lifeline_bytes`] and [`lifeline_news`].
///
/// Throws an error of `makeError` with code `option` for options that cannot be honoured.
#[wasm_bindgen]
pub fn lifeline_create(options: &JsValue, host: JsHost) -> Result<u32, JsValue> {
    let config = Config::new(&js_settings::read(&host), environment())
        .map_err(|refusal| host.refuse(&refusal))?;
    // The client's own, for operations that have none; refused here rather than there.
    js_settings::rules(&host).map_err(|refusal| host.refuse(&refusal))?;
    // It brings the news back itself, with the functions below.
    let inbox = JsValue::from(&host);
    let driver = Driver::new(options, config, host, &inbox);
    driver.host.hold(&driver.shell);
    for transport in Transport::ALL {
        let until = driver.host.ask(Asked::KeptUntil, transport as u32);
        if until > 0.0 {
            let openings = driver.host.ask(Asked::KeptOpenings, transport as u32);
            driver.restore(transport, Wall::from_millis(until as u64), openings as u32);
        }
    }
    let number = CLIENTS.last.get() + 1;
    CLIENTS.last.set(number);
    let client = JsClient {
        driver,
        picture: Cell::default(),
    };
    CLIENTS.table.borrow_mut().push(number, Rc::new(client));
    Ok(number)
}

/// Starts an operation; its number. `query` and `name` are those of the request.
/// Throws as `lifeline_create` does, and what `JSON.stringify` throws.
#[wasm_bindgen]
pub fn lifeline_subscribe(
    number: u32,
    request: &JsValue,
    query: &str,
    name: Option<String>,
    once: bool,
    resubscribe: Option<bool>,
) -> Result<u32, JsValue> {
    let Some(client) = client(number) else {
        return Ok(0);
    };
    let host = &client.driver.host;
    let start = Start {
        request,
        query,
        name,
        want: if once { Want::Json } else { Want::Stream },
        resubscribe,
        continuity: js_settings::rules(host).map_err(|refusal| host.refuse(&refusal))?,
    };
    client.driver.subscribe(start).map_err(|error| match error {
        SubscribeError::Refused(refusal) => client.driver.host.refuse(&refusal),
        SubscribeError::Unencodable(thrown) => thrown,
    })
}

/// The application's backfill of round `about` has answered with so many results, or below 0: with
/// what it threw. Of hydrate `about` is the ticket, below 0: below 0 as well, it has answered with
/// the whole; otherwise it threw this, and is asked again after so many milliseconds; NaN: never.
#[wasm_bindgen]
pub fn lifeline_answered(number: u32, op: u32, about: i32, answer: JsValue, count: f64) {
    let Some(client) = client(number) else {
        return;
    };
    let input = if about < 0 {
        let ticket = about.unsigned_abs();
        let answer = if count < 0.0 {
            Ok(answer)
        } else {
            let mut error = failure(Some(answer));
            error.retryable = !count.is_nan();
            error.retry_after = Some(Span::from_millis(count as u64));
            Err(error)
        };
        Input::Hydrated { op, ticket, answer }
    } else {
        let round = about.unsigned_abs();
        let answer = if count < 0.0 {
            Err(answer)
        } else {
            let mut results = Vec::new();
            for at in 0..count as u32 {
                results.push(item(&answer, at));
            }
            Ok(results)
        };
        Input::Backfilled { op, round, answer }
    };
    client.driver.input(input);
}

/// What a client can be told in numbers; `js/core.ts` has the same.
const FREE: u32 = 0;
const END: u32 = 1;
const RECONNECT: u32 = 2;
const ISOLATE: u32 = 3;
const RESET: u32 = 4;
const START: u32 = 5;

/// Forgets a client, which should be closed by then; ends an operation in silence, or all of
/// them: 0; begins; replaces connections and ends waits; leaves a transport alone until it is reset.
/// One function for all, since each costs a page 100 bytes.
#[wasm_bindgen]
pub fn lifeline_act(number: u32, act: u32, about: u32) {
    let Some(client) = client(number) else {
        return;
    };
    let driver = &client.driver;
    let transport = Transport::ALL.get(about as usize);
    match (act, transport) {
        (FREE, _) => drop(CLIENTS.table.borrow_mut().remove(number)),
        (END, _) if about == 0 => driver.close(),
        (END, _) => driver.dispose(about),
        (START, _) => driver.input(Input::Start),
        (RECONNECT, _) => driver.input(Input::Reconnect),
        (ISOLATE, Some(&transport)) => driver.input(Input::Isolate(transport)),
        (RESET, Some(&transport)) => driver.input(Input::ResetBreaker(transport)),
        (_, _) => {}
    }
}

/// A picture of the client; the same object until something changes.
#[wasm_bindgen]
pub fn lifeline_snapshot(number: u32) -> JsValue {
    let Some(client) = client(number) else {
        return JsValue::UNDEFINED;
    };
    let driver = &client.driver;
    let version = driver.core(Client::version);
    let kept = client.picture.take().filter(|(taken, _)| *taken == version);
    let (_, picture) =
        kept.unwrap_or_else(|| (version, driver.core(|core| driver.host.picture(core))));
    client.picture.set(Some((version, picture.clone())));
    picture
}

/// A part of a body.
#[wasm_bindgen]
pub fn lifeline_bytes(number: u32, op: u32, attempt: u32, bytes: &[u8]) {
    if let Some(client) = client(number) {
        inbox::bytes(&client.driver, op, attempt, bytes);
    }
}

/// Anything else that a connection has to tell; see [`inbox::news`].
#[allow(clippy::too_many_arguments)]
#[wasm_bindgen]
pub fn lifeline_news(
    number: u32,
    kind: u32,
    op: u32,
    attempt: u32,
    value: JsValue,
    text: Option<String>,
    status: u16,
    retry_after_ms: f64,
) {
    if let Some(client) = client(number) {
        inbox::news(
            &client.driver,
            kind,
            op,
            attempt,
            value,
            text,
            status,
            retry_after_ms,
        );
    }
}
