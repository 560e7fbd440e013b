//! What the numbers in a fault may be, and what they are when they are left out.

use std::num::NonZeroU32;

use axum::http::{HeaderValue, StatusCode};
use serde::{Deserialize, Deserializer, de};

const MAX_BYTES_PER_SECOND: u32 = 16 * 1024 * 1024;
/// What a proxy holds back is memory for each stream.
const MAX_BUFFER_BYTES: u32 = 1024 * 1024;
const MAX_LAST: u32 = 1000;

pub fn three() -> NonZeroU32 {
    or_one(3)
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
