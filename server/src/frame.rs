//! What is looked at in the messages of graphql-transport-ws, in either direction.

use async_graphql::Request;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::operation;

/// What faults must know of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Greeting,
    Ack,
    Subscribe,
    Next,
    /// Of an operation, by either side, for whatever reason.
    Complete,
    Other,
}

/// A message that names an operation.
#[derive(Deserialize)]
pub struct Named {
    pub id: String,
}

#[derive(Deserialize)]
pub struct Subscribe {
    pub id: String,
    pub payload: Asking,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Asking {
    query: Option<String>,
    operation_name: Option<String>,
    pub extensions: Option<Map<String, Value>>,
}

impl Asking {
    /// The name of the operation, if it has one.
    pub fn name(self) -> Option<String> {
        let mut request = Request::new(self.query?);
        request.operation_name = self.operation_name;
        operation::name(&mut request)
    }
}

#[derive(Deserialize)]
struct Typed<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
}

impl Kind {
    pub fn of(text: &str) -> Self {
        match serde_json::from_str::<Typed<'_>>(text).map(|typed| typed.kind) {
            Ok("connection_init") => Self::Greeting,
            Ok("connection_ack") => Self::Ack,
            Ok("subscribe") => Self::Subscribe,
            Ok("next") => Self::Next,
            Ok("complete" | "error") => Self::Complete,
            Ok(_) | Err(_) => Self::Other,
        }
    }
}
