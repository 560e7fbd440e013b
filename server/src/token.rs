//! Tokens that expire: the current one, and what a client shows.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::header;
use axum::http::request::Parts;
use serde::Deserialize;

use crate::effect::Door;
use crate::faults::Faults;

/// Counts the tokens: each makes those before it worthless.
#[derive(Debug, Default)]
pub struct Tokens(AtomicU64);

impl Tokens {
    pub fn current(&self) -> String {
        format!("token-{}", self.0.load(Ordering::Relaxed))
    }

    pub fn expire(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Faults {
    /// Asked once for each request for a stream, and for each `connection_init`, with the token
    /// that it shows: is it refused?
    pub fn refuses(&self, token: Option<&str>) -> bool {
        let mut standing = self.lock();
        let demanded = standing.effect.door == Door::Token;
        let refuses = demanded && token != Some(&self.tokens.current());
        if refuses {
            self.use_up(&mut standing);
        }
        refuses
    }
}

/// RFC 6750: in a header, or in the URL, where an EventSource has to put it.
pub fn shown(parts: &Parts) -> Option<String> {
    let header = parts.headers.get(header::AUTHORIZATION);
    let header = header.and_then(|value| value.to_str().ok());
    bearer(header).or_else(|| {
        let query = parts.uri.query().unwrap_or_default();
        form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name == "access_token")
            .map(|(_, token)| token.into_owned())
    })
}

fn bearer(header: Option<&str>) -> Option<String> {
    let (scheme, token) = header?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim().to_owned())
}

#[derive(Deserialize)]
struct Init {
    #[serde(rename = "type")]
    kind: String,
    payload: Option<Payload>,
}

#[derive(Default, Deserialize)]
struct Payload {
    token: Option<String>,
    authorization: Option<String>,
}

/// What a message on a socket shows, if it is the one that has to: `token`, or `authorization`
/// as in the header.
pub fn shown_on_socket(message: &[u8]) -> Option<Option<String>> {
    let init: Init = serde_json::from_slice(message).ok()?;
    let payload = init.payload.unwrap_or_default();
    let token = payload
        .token
        .or_else(|| bearer(payload.authorization.as_deref()));
    (init.kind == "connection_init").then_some(token)
}
