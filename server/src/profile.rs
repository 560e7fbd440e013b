//! The faults that can be asked for by name. A new one begins here; `faults` then does not
//! compile until it says what the new one does to requests and to streams.

use std::num::NonZeroU32;

use axum::http::{HeaderValue, StatusCode};
use serde::{Deserialize, Deserializer, de};

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(
    tag = "profile",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Profile {
    /// Everything works.
    None {},
    /// Every open stream is broken in the middle of an event: now, or at the next message.
    Cut {
        #[serde(default)]
        on_next: bool,
    },
    /// Every open stream ends now, properly but without `complete`.
    CleanEnd {},
    /// The next stream requests are refused with this status and a GraphQL error.
    Status {
        #[serde(deserialize_with = "status")]
        status: StatusCode,
        #[serde(default, deserialize_with = "header")]
        retry_after: Option<HeaderValue>,
        #[serde(default = "once")]
        times: NonZeroU32,
    },
    /// The next stream requests get a web page, as from a captive portal.
    Portal {
        #[serde(default = "once")]
        times: NonZeroU32,
    },
    /// Each new stream is broken after so many results.
    Flap {
        #[serde(default = "once")]
        events: NonZeroU32,
    },
}

impl Profile {
    pub fn parse(json: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(json).map_err(|error| {
            // serde names the unknown value and lists the known ones, in the words of Rust
            let message = error.to_string();
            match message.strip_prefix("unknown variant ") {
                Some(rest) => format!("unknown profile {rest}"),
                None => message,
            }
        })
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::None {} => "none",
            Self::Cut { .. } => "cut",
            Self::CleanEnd {} => "clean-end",
            Self::Status { .. } => "status",
            Self::Portal { .. } => "portal",
            Self::Flap { .. } => "flap",
        }
    }
}

fn once() -> NonZeroU32 {
    NonZeroU32::MIN
}

fn status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<StatusCode, D::Error> {
    let number = u16::deserialize(deserializer)?;
    match StatusCode::from_u16(number) {
        // 1xx are not answers, and whoever asks for more than 599 has mistyped
        Ok(status) if (200..600).contains(&number) => Ok(status),
        Ok(_) | Err(_) => Err(de::Error::custom(format!(
            "status: 200 to 599 is allowed, not {number}"
        ))),
    }
}

fn header<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<HeaderValue>, D::Error> {
    Option::<String>::deserialize(deserializer)?
        .map(|text| HeaderValue::try_from(text).map_err(de::Error::custom))
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(json: &str) -> String {
        Profile::parse(json.as_bytes()).expect_err("refused")
    }

    #[test]
    fn the_unknown_is_named_and_the_known_are_listed() {
        let message = refused(r#"{"profile":"gremlins"}"#);
        assert!(
            message.starts_with("unknown profile `gremlins`"),
            "{message}"
        );
        for name in ["none", "cut", "clean-end", "status", "portal", "flap"] {
            assert!(message.contains(&format!("`{name}`")), "{message}");
        }
        assert!(refused("{}").contains("missing field `profile`"));
        assert!(refused(r#"{"profile":"none","times":2}"#).contains("times"));
        assert!(refused(r#"{"profile":"cut","onnext":true}"#).contains("onnext"));
    }

    #[test]
    fn options_have_defaults_and_limits() {
        let parse = |json: &str| Profile::parse(json.as_bytes()).expect("accepted");
        let cut = parse(r#"{"profile":"cut"}"#);
        assert_eq!(cut, Profile::Cut { on_next: false });
        let flap = parse(r#"{"profile":"flap"}"#);
        assert_eq!(flap, Profile::Flap { events: once() });
        let busy = parse(r#"{"profile":"status","status":503,"retryAfter":"1","times":2}"#);
        assert_eq!(busy.name(), "status");
        assert!(refused(r#"{"profile":"status","status":100}"#).contains("200 to 599"));
        assert!(refused(r#"{"profile":"status","status":503,"times":0}"#).contains("zero"));
        assert!(
            !refused("{\"profile\":\"status\",\"status\":503,\"retryAfter\":\"a\\nb\"}").is_empty()
        );
    }
}
