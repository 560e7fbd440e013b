//! What the numbers in a fault may be, and what they are when they are left out.

use std::num::NonZeroU32;

use axum::http::{HeaderValue, StatusCode};
use serde::{Deserialize, Deserializer, de};

const MAX_BYTES_PER_SECOND: u32 = 16 * 1024 * 1024;
/// What a proxy holds back is memory for each stream.
const MAX_BUFFER_BYTES: u32 = 1024 * 1024;
const MAX_LAST: u32 = 1000;
/// RFC 6455, 5.5: a control frame has 125 bytes, and two of them are the code.
const MAX_REASON_BYTES: usize = 123;

pub fn three() -> NonZeroU32 {
    or_one(3)
}

pub fn few() -> u32 {
    3
}

pub fn slow_rate() -> NonZeroU32 {
    or_one(1024)
}

pub fn buffer_bytes() -> NonZeroU32 {
    or_one(64 * 1024)
}

pub fn large() -> NonZeroU32 {
    or_one(2048)
}

pub fn json_type() -> HeaderValue {
    HeaderValue::from_static("application/json")
}

/// What mercurius and strawberry say to a subscription by POST, in other words.
pub fn not_here() -> String {
    r#"{"data":null,"errors":[{"message":"fault: subscriptions are not served over HTTP"}]}"#.into()
}

pub fn soon() -> Option<HeaderValue> {
    Some(HeaderValue::from_static("1"))
}

fn or_one(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}

pub fn bytes_per_second<'de, D: Deserializer<'de>>(from: D) -> Result<NonZeroU32, D::Error> {
    at_most(MAX_BYTES_PER_SECOND, "bytesPerSecond", from)
}

pub fn bytes<'de, D: Deserializer<'de>>(from: D) -> Result<NonZeroU32, D::Error> {
    at_most(MAX_BUFFER_BYTES, "bytes", from)
}

pub fn last<'de, D: Deserializer<'de>>(from: D) -> Result<NonZeroU32, D::Error> {
    at_most(MAX_LAST, "last", from)
}

fn at_most<'de, D>(max: u32, name: &str, from: D) -> Result<NonZeroU32, D::Error>
where
    D: Deserializer<'de>,
{
    let number = u64::deserialize(from)?;
    u32::try_from(number)
        .ok()
        .filter(|number| *number <= max)
        .and_then(NonZeroU32::new)
        .ok_or_else(|| de::Error::custom(format!("{name}: 1 to {max} is allowed, not {number}")))
}

pub fn status<'de, D: Deserializer<'de>>(from: D) -> Result<StatusCode, D::Error> {
    let number = u16::deserialize(from)?;
    match StatusCode::from_u16(number) {
        // 1xx are not answers, and whoever asks for more than 599 has mistyped
        Ok(status) if (200..600).contains(&number) => Ok(status),
        Ok(_) | Err(_) => Err(de::Error::custom(format!(
            "status: 200 to 599 is allowed, not {number}"
        ))),
    }
}

pub fn header<'de, D: Deserializer<'de>>(from: D) -> Result<Option<HeaderValue>, D::Error> {
    Option::<String>::deserialize(from)?
        .map(|text| HeaderValue::try_from(text).map_err(de::Error::custom))
        .transpose()
}

pub fn content_type<'de, D: Deserializer<'de>>(from: D) -> Result<HeaderValue, D::Error> {
    let text = String::deserialize(from)?;
    HeaderValue::try_from(text).map_err(de::Error::custom)
}

/// RFC 6455, 7.4: those that a server may send, and 1005, which stands for a frame without a code.
pub fn close_code<'de, D: Deserializer<'de>>(from: D) -> Result<u16, D::Error> {
    let number = u16::deserialize(from)?;
    match number {
        1000..=1003 | 1005 | 1007..=1014 | 3000..=4999 => Ok(number),
        _ => Err(de::Error::custom(format!(
            "code: 1000 to 1014 but for 1004 and 1006, and 3000 to 4999 are allowed, not {number}"
        ))),
    }
}

pub fn close_reason<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let reason = String::deserialize(from)?;
    if reason.len() > MAX_REASON_BYTES {
        let bytes = reason.len();
        return Err(de::Error::custom(format!(
            "reason: at most {MAX_REASON_BYTES} bytes are allowed, not {bytes}"
        )));
    }
    Ok(reason)
}
