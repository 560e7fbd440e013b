//! JSON as a payload.

use graphql_lifeline::continuity::Key;
use graphql_lifeline::payload::{Payload, Shape};
use serde_json::Value;

#[path = "parts.rs"]
mod parts;

/// What stands for the browser's own value.
#[derive(Clone, Debug, PartialEq)]
pub struct Json(pub Value);

impl Json {
    fn at(&self, path: &str) -> Option<&Value> {
        let data = self.0.get("data")?;
        path.split('.')
            .try_fold(data, |value, name| value.get(name))
    }
}

impl Payload for Json {
    type Text = String;

    fn from_bytes(json: &[u8]) -> Option<Self> {
        Self::from_text(&String::from_utf8_lossy(json).into_owned())
    }

    fn from_text(text: &String) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self)
    }

    fn shape(&self) -> Shape {
        match &self.0 {
            Value::Object(it) if it.contains_key("hasNext") || it.contains_key("pending") => {
                Shape::Part
            }
            Value::Object(_) => Shape::Object,
            _ => Shape::Other,
        }
    }

    fn patch(&mut self, part: &Self, limit: usize, grows: bool) -> u32 {
        parts::patch(&mut self.0, &part.0, limit, grows)
    }

    fn key(&self, key: &Key) -> Result<Option<String>, Self> {
        match key {
            Key::Path(path) => Ok(self.at(path).and_then(|value| match value {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            })),
            // A function that throws.
            Key::Function(_) => Err(Self("no key".into())),
        }
    }

    fn number(&self, path: &str) -> Option<u64> {
        self.at(path)?.as_u64()
    }

    fn field(&self, key: &str) -> Option<Self> {
        self.0.get(key).cloned().map(Self)
    }

    fn text(&self, key: &str) -> Option<String> {
        Some(self.0.get(key)?.as_str()?.to_owned())
    }

    fn has(&self, key: &str) -> bool {
        self.0.get(key).is_some()
    }
}
