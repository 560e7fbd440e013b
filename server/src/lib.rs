//! The demo and fault server of graphql-lifeline, as a library, so that tests can start it.
//!
//! A GraphQL chat over Server-Sent Events and WebSocket, on the loopback, that can be made to
//! fail in the ways real servers do. `README.md` beside this crate lists endpoints and faults.

#![cfg_attr(
    not(test),
    deny(
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used
    )
)]

mod accept;
mod app;
pub mod args;
mod chat;
mod connection;
mod course;
mod dialect;
mod dismissal;
mod door;
mod drip;
mod effect;
mod endpoint;
mod executions;
mod extent;
mod farewell;
mod faults;
mod frame;
mod history;
mod limits;
mod listener;
mod message;
mod operation;
mod order;
mod parcel;
mod passage;
mod pipe;
mod player;
mod problem;
mod profile;
mod queue;
mod request;
mod reservation;
mod rule;
mod schema;
mod script;
mod segments;
mod server;
mod session;
mod site;
mod socket;
mod source;
mod sse;
mod stats;
mod streams;
mod subscriber;
mod tally;
mod tls;
mod token;
mod transport;
mod verdict;
mod wire;
mod writer;

pub use history::Bounds;
pub use server::{Options, Server, StartError};
