//! What happens in the made-up world, each at its time.

use graphql_lifeline::config::Transport;
use graphql_lifeline::io::{Attempt, Frame, OpId};
use graphql_lifeline::response::Want;

use super::room::Connection;
use super::server::Link;
use super::sickness::Symptom;
use super::support::json::Json;

#[derive(Clone, Debug)]
pub enum Event {
    Subscribe(usize),
    Dispose(usize),
    Reconnect,
    Fault(usize),
    /// A rung falls sick.
    Sickness(usize),
    /// A connection that was not to last.
    Worsens(Attempt, Symptom),
    /// From now on some rung is sound; it is looked at behind every event.
    Sound,
    /// The page's life turns; which of its absences begins, if one does.
    Page(Option<usize>),
    /// Another tab takes a slot, or gives it back.
    Tab(usize, bool),
    /// A connection asks for a slot.
    Enter(Connection),
    /// It has waited for one, and there it is.
    Admitted(Connection),
    /// The application says how long a connection is to live.
    Lifetime(Attempt),
    /// The browser has the request in hand, or the socket's greeting.
    Sent(Attempt),
    /// The application returns headers, which EventSource cannot show.
    Unusable(Attempt),
    Publish,
    Heartbeat,
    /// A request has come to the server.
    Request(Attempt, Transport, Want),
    /// The server has reserved a stream.
    Reserved(Attempt),
    /// It is to be opened.
    Get(Attempt),
    /// An operation is to ride on it; whose token that is.
    Post(Attempt, Attempt),
    /// It is over.
    Stop(Attempt),
    /// The server has understood what is wanted.
    Subscribed(Attempt, Link),
    /// Something arrives at the client.
    Head(Attempt, u16, &'static str, Option<u64>),
    Open(Attempt),
    Bytes(Attempt, Vec<u8>),
    Text(Attempt, String),
    Failed(Attempt),
    Ended(Attempt),
    Closed(Attempt, u16),
    SocketRequest(Attempt),
    Frame(Attempt, Frame),
    Probe(Attempt),
    Backfill(OpId, u32, Option<String>),
    Hydrate(OpId, u32, Json),
}
