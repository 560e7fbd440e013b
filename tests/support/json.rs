//! JSON as a payload.

use graphql_lifeline::continuity::Key;
use graphql_lifeline::payload::{NO_KEY, Payload, Shape};
use serde_json::Value;

#[path = "parts.rs"]
mod parts;

/// What stands for the browser's own value.
#[derive(Clone, Debug, PartialEq)]
pub struct Json(pub Value);

impl Json {
    fn at(&self, path: &str) -> Option<&Value> {
        follow(self.0.get("data")?, path)
    }
}

fn follow<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.')
        .try_fold(value, |value, name| value.get(name))
}

impl Payload for Json {
    type Text = String;

    fn from_bytes(json: &[u8]) -> Option<Self> {
        Self::from_text(&String::from_utf8_lossy(json).into_owned())
    }

    fn from_list(json: &[u8], count: usize, mark: u32) -> Option<Self> {
        let Value::Array(list) = Self::from_bytes(json)?.0 else {
            return None;
        };
        let is_mark = |value: &Value| value.as_u64() == Some(mark.into());
        let is_whole = |value: &Value| Self(value.clone()).shape() == Shape::Object;
        let is_right = list.len() == 2 * count - 1
            && list.iter().step_by(2).all(is_whole)
            && list.iter().skip(1).step_by(2).all(is_mark);
        is_right.then(|| Self(list.into_iter().step_by(2).collect()))
    }

    fn from_texts(texts: &Self) -> Option<Self> {
        let parse = |text: &Value| {
            let result = Self::from_bytes(text.as_str()?.as_bytes())?;
            (result.shape() == Shape::Object).then_some(result.0)
        };
        let results: Option<Vec<Value>> = texts.0.as_array()?.iter().map(parse).collect();
        Some(Self(results?.into()))
    }

    fn text_at(texts: &Self, at: usize) -> String {
        texts.0[at].as_str().unwrap().into()
    }

    fn length_at(texts: &Self, at: usize) -> usize {
        texts.0[at].as_str().unwrap().len()
    }

    fn at(&self, at: usize) -> Self {
        Self(self.0[at].clone())
    }

    fn leave_out(&mut self, at: usize) {
        self.0[at] = Value::Null;
    }

    fn keys(&self, key: &Key) -> Option<String> {
        let list = self.0.as_array()?.iter();
        let keys: Option<Vec<String>> = list
            .map(|result| match Self(result.clone()).key(key).ok()? {
                Some(key) => Some(key).filter(|key| key != NO_KEY),
                None => Some(NO_KEY.to_owned()),
            })
            .collect();
        Some(keys?.join("\n"))
    }

    /// A character for each byte.
    fn append(so_far: Option<Self>, piece: &[u8]) -> Self {
        let mut text = match so_far {
            Some(Self(Value::String(text))) => text,
            _ => String::new(),
        };
        text.extend(piece.iter().copied().map(char::from));
        Self(Value::String(text))
    }

    fn join(self) -> Option<Self> {
        let bytes: Vec<u8> = self.0.as_str()?.chars().map(|it| it as u8).collect();
        Self::from_bytes(&bytes)
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

    fn string(text: &String) -> String {
        text.clone()
    }

    fn number(&self, path: &str) -> Option<u64> {
        match follow(&self.0, path)? {
            Value::Bool(true) => Some(1),
            value => value.as_u64(),
        }
    }

    fn field(&self, key: &str) -> Option<Self> {
        self.0.get(key).cloned().map(Self)
    }

    fn text(&self, key: &str) -> Option<String> {
        Some(self.0.get(key)?.as_str()?.to_owned())
    }

    fn size(&self) -> usize {
        self.0.to_string().len()
    }

    fn has(&self, key: &str) -> bool {
        self.0.get(key).is_some()
    }
}
