//! One operation on an event stream: the response.
//!
//! Written by hand as chunks of bytes, not with axum's `Sse`: faults cut it inside an event.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use async_stream::stream;
use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::Stream;
use tokio::sync::{Notify, watch};
use tokio::task::yield_now;

use crate::accept::Accept;
use crate::connection::Switch;
use crate::dialect::{Dialect, Ids};
use crate::faults::Faults;
use crate::source::Source;
use crate::stats::Stats;
use crate::streams::OpenStream;
use crate::verdict::Ticket;
use crate::writer::{Step, Then, Writer};

/// An event stream. Dropping it ends what runs on it and counts the stream out.
pub struct Line {
    pub dialect: Dialect,
    pub ids: Ids,
    pub source: Source,
    pub lagged: Arc<Notify>,
    pub open: OpenStream,
    pub ticket: Ticket,
    pub faults: Arc<Faults>,
    pub heartbeat: Option<Duration>,
    pub stats: Arc<Stats>,
    pub stopping: watch::Receiver<bool>,
    pub switch: Switch,
}

impl IntoResponse for Line {
    fn into_response(self) -> Response {
        let headers = [
            (header::CONTENT_TYPE, Accept::EventStream.content_type()),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            (
                header::HeaderName::from_static("x-accel-buffering"),
                HeaderValue::from_static("no"),
            ),
        ];
        (headers, Body::from_stream(self.into_body())).into_response()
    }
}

impl Line {
    fn into_body(self) -> impl Stream<Item = io::Result<Bytes>> {
        let mut writer = Writer::new(self);
        stream! {
            loop {
                match writer.step().await {
                    Step::Write(bytes) => yield Ok(bytes),
                    Step::Then(then) => {
                        // hyper drops what it holds when a body fails: let it flush first
                        yield_now().await;
                        match then {
                            Then::Mute => writer.mute(),
                            Then::End => break,
                            Then::Break => {
                                yield Err(io::ErrorKind::ConnectionReset.into());
                                break;
                            }
                        }
                    }
                }
            }
        }
    }
}
