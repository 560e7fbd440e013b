//! The browser shell, and the module's surface for JavaScript and Rust.
//!
//! It opens connections, reads values and keeps the timer. What to do, and when,
//! is the core's to say.

mod driver;
mod host;
mod inbox;
mod js_client;
mod js_host;
mod js_settings;
mod js_snapshot;
// A page's module has no Rust around it that could call this.
#[cfg(not(feature = "page"))]
pub mod rust_client;
mod shell;
#[cfg(all(feature = "typed", not(feature = "page")))]
pub mod typed;
mod values;
