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
use futures_util::stream::{self, Stream, StreamExt};
use tokio::sync::{Notify, watch};
use tokio::task::yield_now;

use crate::accept::Accept;
use crate::connection::Switch;
use crate::dialect::{Dialect, Ids};
use crate::door;
use crate::effect::Opening;
use crate::faults::Faults;
use crate::parcel::Parcel;
use crate::server::stopped;
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
    /// None on a connection that it shares with other streams.
    pub switch: Option<Switch>,
}

impl Line {
    /// The answer: at once, unless its head is held back until there is something behind it.
    pub async fn respond(self) -> Response {
        let held = self.ticket.opening == Opening::HeldHead;
        let mut body = self.into_body().boxed();
        let first = if held { body.next().await } else { None };
        if let Some(Err(_)) = first {
            return door::broken();
        }
        let body = stream::iter(first).chain(body);
        let headers = [
            (header::CONTENT_TYPE, Accept::EventStream.content_type()),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            (
                header::HeaderName::from_static("x-accel-buffering"),
                HeaderValue::from_static("no"),
            ),
        ];
        (headers, Body::from_stream(body)).into_response()
    }

    fn into_body(self) -> impl Stream<Item = io::Result<Bytes>> {
        let shared = self.switch.is_none();
        let mut parcel = None;
        let mut stopping = self.stopping.clone();
        let mut writer = Writer::new(self);
        stream! {
            loop {
                match writer.step().await {
                    Step::Write(bytes) if shared => {
                        let (bytes, its) = Parcel::pack(bytes);
                        parcel = Some(its);
                        yield Ok(bytes);
                    }
                    Step::Write(bytes) => yield Ok(bytes),
                    Step::Then(Then::Mute) => {
                        yield_now().await;
                        writer.mute();
                    }
                    Step::Then(Then::End) => {
                        if let Some(mut stopping) = writer.end() {
                            stopped(&mut stopping).await;
                        }
                        break;
                    }
                    Step::Then(Then::Break) => {
                        // What is held when a body fails is dropped: let it be passed on first.
                        match parcel {
                            Some(parcel) => tokio::select! {
                                () = parcel.arrived() => {}
                                () = stopped(&mut stopping) => {}
                            },
                            None => yield_now().await,
                        }
                        yield Err(io::ErrorKind::ConnectionReset.into());
                        break;
                    }
                }
            }
        }
    }
}
