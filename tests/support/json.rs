//! JSON as a payload.

use graphql_lifeline::payload::Payload;
use serde_json::Value;

/// What stands for the browser's own value.
#[derive(Clone, Debug, PartialEq)]
pub struct Json(pub Value);

impl Payload for Json {
    type Text = String;

    fn from_bytes(json: &[u8]) -> Option<Self> {
        Self::from_text(&String::from_utf8_lossy(json).into_owned())
    }

    fn from_text(text: &String) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self)
    }

    fn is_object(&self) -> bool {
        self.0.is_object()
    }

    fn has(&self, key: &str) -> bool {
        self.0.get(key).is_some()
    }
}
