//! What the server does, over TLS and HTTP/2, with all requests on one connection.

#![expect(
    clippy::duplicate_mod,
    reason = "the same tests over the other protocol"
)]

use lifeline_server::Options;

use crate::client::{Over, Running, quick, start_over};

#[path = "event_stream.rs"]
mod event_stream;
#[path = "fault_answers.rs"]
mod fault_answers;
#[path = "fault_hold.rs"]
mod fault_hold;
#[path = "fault_orders.rs"]
mod fault_orders;
#[path = "fault_pace.rs"]
mod fault_pace;
#[path = "fault_results.rs"]
mod fault_results;
#[path = "fault_silence.rs"]
mod fault_silence;
#[path = "fault_sockets.rs"]
mod fault_sockets;
#[path = "faults.rs"]
mod faults;
#[path = "json.rs"]
mod json;
#[path = "resume.rs"]
mod resume;
#[path = "segments.rs"]
mod segments;
#[path = "single_connection.rs"]
mod single_connection;
#[path = "site.rs"]
mod site;
#[path = "token.rs"]
mod token;
#[path = "web_socket.rs"]
mod web_socket;

pub async fn start() -> Running {
    start_with(Options::default()).await
}

pub async fn start_quick() -> Running {
    start_with(quick()).await
}

pub async fn start_with(options: Options) -> Running {
    start_over(Over::http2(), options).await
}
