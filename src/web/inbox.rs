//! News from the shell, on its way to the core.

use alloc::string::String;

use wasm_bindgen::prelude::*;

use super::driver::Driver;
use super::host::Host;
use crate::io::{Attempt, Input, News};
use crate::ladder::Obstacle;
use crate::presence::Page;
use crate::response::Head;
use crate::time::Span;

/// What news is about; `news.js` has the same numbers.
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
const PROBED: u32 = 11;
const CLOSED: u32 = 12;
const LIFETIME: u32 = 13;
const PAGE: u32 = 14;
const CROWDED: u32 = 15;
const ADMITTED: u32 = 16;
const EVENTS: u32 = 17;
const SENT: u32 = 18;

/// The names of events, of those that it listens to.
const MESSAGE: u16 = 2;
const NEXT: u16 = 3;
const COMPLETE: u16 = 4;
const SEGMENT: u16 = 5;

/// Of the page's numbers, each its bit.
const ONLINE: u16 = 1;
const VISIBLE: u16 = 2;
const FROZEN: u16 = 4;

/// A part of the body.
pub fn bytes<H: Host>(driver: &Driver<H>, op: u32, number: u32, bytes: &[u8]) {
    let attempt = Attempt { op, number };
    let news = News::Bytes(bytes);
    driver.input(Input::News { attempt, news });
}

/// Anything else. One door for all, since each costs a page 300 bytes.
///
/// `value` is what was thrown, or an event's data, or a list of such; `text` a head's content type,
/// or why a socket was closed;
/// the numbers are a head's status, or an event's name, or a socket's close code, or the page's
/// bits, and the wait it asks for, or how long the connection is to live, or an event's length, or
/// how many they are, or NaN.
#[allow(clippy::too_many_arguments)]
pub fn news<H: Host>(
    driver: &Driver<H>,
    kind: u32,
    op: u32,
    number: u32,
    value: JsValue,
    text: Option<String>,
    status: u16,
    retry_after_ms: f64,
) {
    let news = match kind {
        HEAD => News::Head(Head {
            status,
            content_type: text,
            retry_after: (retry_after_ms >= 0.0).then(|| Span::from_millis(retry_after_ms as u64)),
        }),
        OPEN => News::Open,
        EVENT => News::Event {
            name: event_name(status),
            text: value,
            // NaN, of what is no text, becomes 0.
            bytes: retry_after_ms as usize,
        },
        EVENTS => News::Events {
            name: event_name(status),
            texts: value,
            count: retry_after_ms as usize,
        },
        END => News::End,
        FAILED => News::Failed(Some(value).filter(|value| !value.is_undefined())),
        UNPREPARED => News::Unprepared(value),
        HEADERS_UNUSABLE => News::Unusable(Obstacle::HeadersFunction),
        RETRY_READY => News::RetryReady,
        RETRY_FAILED => News::RetryFailed(value),
        // Neither yes nor no: it could not run.
        PROBED => News::Probed(value.as_bool()),
        CLOSED => News::Closed(status, text.filter(|reason| !reason.is_empty())),
        CROWDED => News::Crowded,
        ADMITTED => News::Admitted,
        SENT => News::Sent,
        LIFETIME => News::Lifetime(Span::from_millis(retry_after_ms as u64)),
        PAGE => {
            return driver.input(Input::Page(Page {
                online: status & ONLINE != 0,
                visible: status & VISIBLE != 0,
                frozen: status & FROZEN != 0,
            }));
        }
        TICK => return driver.input(Input::Tick),
        FLUSH => return driver.flush(),
        _ => return,
    };
    let attempt = Attempt { op, number };
    driver.input(Input::News { attempt, news });
}

const fn event_name(number: u16) -> &'static str {
    match number {
        MESSAGE => "message",
        NEXT => "next",
        COMPLETE => "complete",
        SEGMENT => "segment",
        _ => "error",
    }
}
