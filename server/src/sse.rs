//! The GraphQL dialects on an event stream, and the body that speaks them.
//!
//! Written by hand as chunks of bytes, not with axum's `Sse`: faults cut it inside an event.

use std::future::pending;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::Response as GraphqlResponse;
use async_stream::stream;
use axum::body::Body;
use axum::http::{HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::{BoxStream, Stream, StreamExt};
use tokio::sync::watch;
use tokio::task::yield_now;
use tokio::time::{Instant, Interval, interval_at};

use crate::accept::Accept;
use crate::faults::{Fate, Faults, Ticket};
use crate::server::stopped;
use crate::streams::{OpenStream, Order};
use crate::wire::Wire;

/// A comment: makes browsers show the headers at once, and keeps the line alive.
const COMMENT: Bytes = Bytes::from_static(b":\n\n");

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// graphql-sse, distinct connections: `next` and `complete`.
    GraphqlSse,
    /// Whole results as default events with an id; an end says nothing (as MongooseIM).
    Plain,
}

impl Dialect {
    /// `?dialect=plain` asks for plain; anything else is refused rather than misunderstood.
    pub fn of(uri: &Uri) -> Result<Self, String> {
        let query = uri.query().unwrap_or_default();
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        match pairs.find(|(name, _)| name == "dialect") {
            None => Ok(Self::GraphqlSse),
            Some((_, name)) if name == "graphql-sse" => Ok(Self::GraphqlSse),
            Some((_, name)) if name == "plain" => Ok(Self::Plain),
            Some(_) => Err("dialect: `graphql-sse` and `plain` are known".into()),
        }
    }

    fn start_of_event(self, nth: u64) -> String {
        match self {
            Self::GraphqlSse => "event: next\ndata: ".into(),
            Self::Plain => format!("id: {nth}\ndata: "),
        }
    }

    fn event(self, nth: u64, result: &GraphqlResponse) -> serde_json::Result<Bytes> {
        let mut event = self.start_of_event(nth).into_bytes();
        // JSON escapes line breaks, so the data is always one line
        serde_json::to_writer(&mut event, result)?;
        event.extend_from_slice(b"\n\n");
        Ok(event.into())
    }

    /// An event that breaks off, for a stream that has no real one to break.
    fn half_event(self, nth: u64) -> Bytes {
        (self.start_of_event(nth) + r#"{"data":{"messa"#).into()
    }

    fn complete(self) -> Option<Bytes> {
        match self {
            // with an empty `data`, or EventSource would not fire it
            Self::GraphqlSse => Some(Bytes::from_static(b"event: complete\ndata:\n\n")),
            Self::Plain => None,
        }
    }
}

/// What the body does next.
enum Step {
    Write(Bytes),
    /// Written, and then the connection is broken.
    Break(Bytes),
    /// Written, and then the body ends.
    Last(Bytes),
    End,
}

/// One operation on one event stream. Dropping it ends the operation and counts the stream out.
pub struct Line {
    pub dialect: Dialect,
    pub results: BoxStream<'static, GraphqlResponse>,
    pub wire: Arc<Wire>,
    pub open: OpenStream,
    pub faults: Arc<Faults>,
    pub ticket: Ticket,
    pub heartbeat: Option<Duration>,
    pub stopping: watch::Receiver<bool>,
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
    fn into_body(mut self) -> impl Stream<Item = io::Result<Bytes>> {
        let mut beats = self.heartbeat.map(beats);
        stream! {
            yield Ok(COMMENT);
            let mut nth = 0;
            loop {
                match self.step(&mut beats, &mut nth).await {
                    Step::Write(bytes) => yield Ok(bytes),
                    Step::Break(bytes) => {
                        yield Ok(bytes);
                        // hyper drops what it holds when a body fails: let it flush first
                        yield_now().await;
                        yield Err(io::ErrorKind::ConnectionReset.into());
                        break;
                    }
                    Step::Last(bytes) => {
                        yield Ok(bytes);
                        break;
                    }
                    Step::End => break,
                }
            }
        }
    }

    async fn step(&mut self, beats: &mut Option<Interval>, nth: &mut u64) -> Step {
        tokio::select! {
            // orders before results, and heartbeats are not starved by them
            biased;
            order = self.open.order() => match order {
                Order::Cut => Step::Break(self.dialect.half_event(*nth + 1)),
                Order::End => Step::End,
            },
            () = stopped(&mut self.stopping) => Step::End,
            () = self.wire.lagged() => Step::End,
            () = beat(beats) => Step::Write(COMMENT),
            result = self.results.next() => match result {
                Some(result) => {
                    *nth += 1;
                    self.handle_result(*nth, &result)
                }
                None => self.dialect.complete().map_or(Step::End, Step::Last),
            },
        }
    }

    fn handle_result(&self, nth: u64, result: &GraphqlResponse) -> Step {
        // Cannot fail: GraphQL values are JSON. If it did, an end without `complete` is honest.
        let Ok(mut event) = self.dialect.event(nth, result) else {
            return Step::End;
        };
        if self.wire.take_cut() {
            self.open.count_cut();
            event.truncate(event.len() / 2);
            return Step::Break(event);
        }
        match self.faults.on_result(self.ticket, nth) {
            Fate::Write => Step::Write(event),
            Fate::WriteThenBreak => {
                self.open.count_cut();
                Step::Break(event)
            }
        }
    }
}

fn beats(every: Duration) -> Interval {
    interval_at(Instant::now() + every, every)
}

async fn beat(beats: &mut Option<Interval>) {
    match beats {
        Some(beats) => {
            beats.tick().await;
        }
        None => pending().await,
    }
}
