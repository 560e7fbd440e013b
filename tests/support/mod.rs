//! What the native tests share.

// Each test binary compiles all of this and uses a part of it.
#![allow(dead_code)]

pub mod apart;
pub mod describe;
pub mod driver;
pub mod http;
pub mod json;
pub mod naive;
pub mod segments;
pub mod sickness;
pub mod single;
pub mod socket;
pub mod streams;
