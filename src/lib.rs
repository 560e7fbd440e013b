//! GraphQL subscriptions over Server-Sent Events that survive cuts and crashing
//! servers.
//!
//! The modules at the top are pure: they read no clock, draw no randomness and
//! call nobody, so that every behaviour can be tried in virtual time. Only `web`,
//! which exists on `wasm32`, touches the browser.
//!
//! ```text
//! bytes → sse → dialect → reader ┐
//!                                ├→ subscription → client → outputs → web
//! head → response ───────────────┘
//! ```
//!
//! The shell's loop is the same everywhere: tell the [`client::Client`] what
//! happened, then do what it says until it asks to wait.
//!
//! ```
//! # use graphql_lifeline::{client::Client, config::{Config, Environment, Options}, io::*};
//! # use graphql_lifeline::{continuity::Key, document::Kind, time::Now};
//! # use graphql_lifeline::payload::{Payload, Shape};
//! # #[derive(Clone)] struct Json; impl Payload for Json { type Text = String;
//! # fn from_bytes(_: &[u8]) -> Option<Self> { Some(Json) }
//! # fn from_list(_: &[u8], _: usize, _: u32) -> Option<Self> { None }
//! # fn from_texts(_: &Self) -> Option<Self> { None }
//! # fn text_at(_: &Self, _: usize) -> String { String::new() }
//! # fn length_at(_: &Self, _: usize) -> usize { 0 }
//! # fn at(&self, _: usize) -> Self { Json } fn leave_out(&mut self, _: usize) {}
//! # fn keys(&self, _: &Key) -> Option<String> { None }
//! # fn append(_: Option<Self>, _: &[u8]) -> Self { Json }
//! # fn join(self) -> Option<Self> { None }
//! # fn from_text(_: &String) -> Option<Self> { Some(Json) }
//! # fn key(&self, _: &Key) -> Result<Option<String>, Self> { Ok(None) }
//! # fn number(&self, _: &str) -> Option<u64> { None }
//! # fn field(&self, _: &str) -> Option<Self> { None }
//! # fn text(&self, _: &str) -> Option<String> { None }
//! # fn string(_: &String) -> String { String::new() }
//! # fn shape(&self) -> Shape { Shape::Object } fn has(&self, _: &str) -> bool { true }
//! # fn patch(&mut self, _: &Self, _: usize, _: bool) -> u32 { 0 }
//! # fn size(&self) -> usize { 0 } }
//! let config = Config::new(&Options::default(), Environment::default())?;
//! let mut client: Client<Json> = Client::new(config, 1);
//! client.subscribe(Now::default(), Request::new(Kind::Subscription))?;
//! loop {
//!     match client.poll_output() {
//!         Output::Open { .. } => { /* fetch, and report what comes as Input::News */ }
//!         Output::Wait(_deadline) => break, // arm one timer, then Input::Tick
//!         _ => {}
//!     }
//! }
//! # Ok::<(), graphql_lifeline::config::Refusal>(())
//! ```

#![cfg_attr(not(test), no_std)]

extern crate alloc;
// The standard library brings the messages of panics, which no page shows.
#[cfg(not(all(feature = "page", target_arch = "wasm32")))]
extern crate std;

pub mod backoff;
mod batch;
pub mod breaker;
pub mod budget;
pub mod ceiling;
pub mod client;
pub mod config;
pub mod continuity;
pub mod dialect;
pub mod document;
pub mod endpoints;
pub mod error;
pub mod forward;
pub mod hydration;
pub mod incremental;
pub mod io;
pub mod ladder;
#[cfg(all(feature = "page", target_arch = "wasm32"))]
mod page;
pub mod payload;
pub mod presence;
pub mod queue;
pub mod random;
pub mod reader;
pub mod renewal;
pub mod reservation;
pub mod response;
pub mod rhythm;
pub mod segments;
pub mod sizes;
pub mod socket;
pub mod sse;
pub mod subscription;
pub mod table;
pub mod text;
pub mod time;
pub mod watchdog;
#[cfg(target_arch = "wasm32")]
pub mod web;

#[cfg(all(target_arch = "wasm32", not(feature = "page")))]
pub use web::rust_client::{
    Client, Error, Event, Events, Execution, Operation, Settings, Subscription,
};
