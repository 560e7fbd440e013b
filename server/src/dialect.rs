//! How results are written on an event stream.

use async_graphql::Response as GraphqlResponse;
use axum::http::{HeaderMap, Uri};
use bytes::Bytes;
use serde::Serialize;

const LAST_EVENT_ID: &str = "last-event-id";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// graphql-sse, distinct connections: `next` and `complete`.
    GraphqlSse,
    /// Whole results as default events with an id; an end says nothing (as MongooseIM).
    Plain,
}

/// Where the ids of events come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ids {
    /// Plain counts its events; graphql-sse has none.
    Counted,
    /// Events that carry a message have its id; others have none.
    Messages,
}

/// What stands on a reserved stream, which several operations share.
#[derive(Serialize)]
struct Addressed<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'a GraphqlResponse>,
}

impl Dialect {
    /// `?dialect=plain` asks for plain; anything else is refused rather than misunderstood.
    pub fn of(uri: &Uri) -> Result<Self, String> {
        match parameter(uri, "dialect").as_deref() {
            None | Some("graphql-sse") => Ok(Self::GraphqlSse),
            Some("plain") => Ok(Self::Plain),
            Some(_) => Err("dialect: `graphql-sse` and `plain` are known".into()),
        }
    }

    fn start_of_event(self, id: Option<u64>) -> String {
        let event = match self {
            Self::GraphqlSse => "event: next\n",
            Self::Plain => "",
        };
        let id = Self::id_line(id);
        format!("{event}{id}data: ")
    }

    /// The line with an event's id.
    pub fn id_line(id: Option<u64>) -> String {
        id.map(|id| format!("id: {id}\n")).unwrap_or_default()
    }

    pub fn event(
        self,
        id: Option<u64>,
        operation: Option<&str>,
        result: &GraphqlResponse,
    ) -> serde_json::Result<Bytes> {
        let mut event = self.start_of_event(id).into_bytes();
        // JSON escapes line breaks, so the data is always one line
        match operation {
            Some(id) => serde_json::to_writer(
                &mut event,
                &Addressed {
                    id,
                    payload: Some(result),
                },
            )?,
            None => serde_json::to_writer(&mut event, result)?,
        }
        event.extend_from_slice(b"\n\n");
        Ok(event.into())
    }

    /// An event that breaks off, for a stream that has no real one to break.
    pub fn half_event(self, id: Option<u64>) -> Bytes {
        (self.start_of_event(id) + r#"{"data":{"messa"#).into()
    }

    pub fn complete(self, operation: Option<&str>) -> serde_json::Result<Option<Bytes>> {
        Ok(match (self, operation) {
            (Self::GraphqlSse, Some(id)) => {
                let data = serde_json::to_string(&Addressed { id, payload: None })?;
                Some(format!("event: complete\ndata: {data}\n\n").into())
            }
            // with an empty `data`, or EventSource would not fire it
            (Self::GraphqlSse, None) => Some(Bytes::from_static(b"event: complete\ndata:\n\n")),
            (Self::Plain, _) => None,
        })
    }
}

impl Ids {
    /// `?ids=true` asks for those of the messages.
    pub fn of(uri: &Uri) -> Result<Self, String> {
        match parameter(uri, "ids").as_deref() {
            None | Some("false") => Ok(Self::Counted),
            Some("true") => Ok(Self::Messages),
            Some(_) => Err("ids: `true` and `false` are known".into()),
        }
    }

    /// The id of the nth event of a stream, which carries this message.
    pub fn id(self, dialect: Dialect, nth: u64, message: Option<u64>) -> Option<u64> {
        match (self, dialect) {
            (Self::Messages, _) => message,
            (Self::Counted, Dialect::Plain) => Some(nth),
            (Self::Counted, Dialect::GraphqlSse) => None,
        }
    }

    /// The last message that the client has. A counted id says nothing about messages.
    pub fn last(self, headers: &HeaderMap) -> Result<Option<u64>, String> {
        let header = headers.get(LAST_EVENT_ID).filter(|id| !id.is_empty());
        match (self, header) {
            (Self::Counted, _) | (Self::Messages, None) => Ok(None),
            (Self::Messages, Some(id)) => id
                .to_str()
                .ok()
                .and_then(|id| id.trim().parse().ok())
                .map(Some)
                .ok_or_else(|| "Last-Event-ID: with `ids=true` it is a message's id".into()),
        }
    }
}

fn parameter(uri: &Uri, name: &str) -> Option<String> {
    form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}
