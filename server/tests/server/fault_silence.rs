//! Faults under which something open says nothing, or not what it should.

use futures_util::FutureExt;
use serde_json::json;

use super::{start, start_quick};
use crate::client::{End, MESSAGES, Reply, Running};
use crate::socket::{self, Socket};

/// Reads so many heartbeats: time enough for others to have said something.
async fn beats(stream: &mut Reply) {
    for _ in 0..8 {
        assert_eq!(stream.block().await, ":");
    }
}

/// Has the server run a query on this socket, whatever becomes of the answer.
async fn hears(server: Running, socket: &mut Socket, queries: u64) {
    socket.say(json!({ "type": "ping" })).await;
    socket.subscribe("q", "{ latest }").await;
    server.until("/operations/query", queries).await;
}

#[tokio::test]
async fn stalled_streams_say_nothing_more() {
    let server = start_quick().await;
    let mut old = server.subscribe(MESSAGES).await;
    assert_eq!(old.block().await, ":");
    let done = server.fault(json!({ "profile": "stall" })).await;
    assert_eq!(done, json!({ "profile": "stall" }));
    let mut new = server.subscribe(MESSAGES).await;
    assert_eq!(new.block().await, ":");
    server.send("lost").await;
    server
        .counted(json!({ "sse": { "opened": 2, "live": 2 }, "faults": { "stall": 2 } }))
        .await;
    server.fault(json!({ "profile": "none" })).await;
    let mut well = server.subscribe(MESSAGES).await;
    beats(&mut well).await;
    server.send("seen").await;
    assert_eq!(well.id().await, 2);
    let done = server.fault(json!({ "profile": "cut" })).await;
    assert_eq!(done["cut"], 3);
    assert_eq!(new.rest().await, (String::new(), End::Broken));
    let (text, end) = old.rest().await;
    assert!(!text.contains("data"), "{text}");
    assert_eq!(end, End::Broken);
}

#[tokio::test]
async fn a_stalled_stream_whose_client_leaves_is_gone() {
    let server = start_quick().await;
    server
        .fault(json!({ "profile": "stall", "times": 1 }))
        .await;
    let mut stalled = server.subscribe(MESSAGES).await;
    assert_eq!(stalled.block().await, ":");
    let mut well = server.subscribe(MESSAGES).await;
    beats(&mut well).await;
    server
        .counted(json!({ "sse": { "live": 2 }, "faults": { "stall": 1 }, "profile": "none" }))
        .await;
    drop(stalled);
    server.until("/sse/live", 1).await;
    server.until("/operations/live", 1).await;
}

#[tokio::test]
async fn a_stalled_stream_does_not_even_end() {
    let server = start_quick().await;
    server
        .fault(json!({ "profile": "stall", "times": 1 }))
        .await;
    let query = "subscription { ticks(everyMs: 1, count: 1) { n } }";
    let mut stalled = server.subscribe(query).await;
    assert_eq!(stalled.block().await, ":");
    server.until("/sse/ended", 1).await;
    let mut well = server.subscribe(MESSAGES).await;
    beats(&mut well).await;
    assert_eq!(stalled.rest().now_or_never(), None);
}

#[tokio::test]
async fn stalled_sockets_answer_no_ping() {
    let server = start().await;
    let mut old = Socket::subscribed(server, MESSAGES).await;
    server
        .fault(json!({ "profile": "stall", "on": "ws" }))
        .await;
    let mut new = Socket::acknowledged(server).await;
    hears(server, &mut old, 1).await;
    hears(server, &mut new, 2).await;
    server.send("lost").await;
    server
        .counted(json!({ "ws": { "opened": 2, "live": 2 }, "faults": { "stall": 2 } }))
        .await;
    let mut stream = server.subscribe(MESSAGES).await;
    server.send("seen").await;
    assert_eq!(stream.id().await, 2);
    server.fault(json!({ "profile": "cut", "on": "ws" })).await;
    assert_eq!(old.end().await, socket::End::Reset);
    assert_eq!(new.end().await, socket::End::Reset);
}

#[tokio::test]
async fn with_a_stalled_source_heartbeats_go_on() {
    let server = start_quick().await;
    let mut stream = server.subscribe(MESSAGES).await;
    server.fault(json!({ "profile": "stall-source" })).await;
    let mut ended = server.subscribe("{ latest }").await;
    server.send("lost").await;
    let counted = json!({ "faults": { "stall-source": 2 }, "sse": { "live": 2 } });
    server.until_counted(counted).await;
    beats(&mut stream).await;
    assert_eq!(server.history(0).await, [1]);
    server.fault(json!({ "profile": "none" })).await;
    server.send("seen").await;
    assert_eq!(stream.id().await, 2);
    // Its result was lost, and its end was held back for as long.
    assert_eq!(ended.event().await, "event: complete\ndata:");
}

#[tokio::test]
async fn with_a_stalled_source_pings_are_answered() {
    let server = start().await;
    let mut socket = Socket::subscribed(server, MESSAGES).await;
    let order = json!({ "profile": "stall-source", "on": "ws", "times": 2 });
    server.fault(order).await;
    for n in 1..=2 {
        server.send("lost").await;
        server.until("/faults/stall-source", n).await;
        socket.ping().await;
    }
    assert_eq!(server.stats().await["profile"], "none");
    server.send("seen").await;
    assert_eq!(socket.id().await, 3);
}

#[tokio::test]
async fn headers_only_until_the_first_result() {
    let server = start_quick().await;
    let mut other = server.subscribe(MESSAGES).await;
    server.fault(json!({ "profile": "headers-only" })).await;
    let mut quiet = server.subscribe(MESSAGES).await;
    server
        .counted(json!({ "sse": { "live": 2 }, "faults": { "headers-only": 1 } }))
        .await;
    beats(&mut other).await;
    server.send("first").await;
    assert!(quiet.block().await.starts_with("event: next"));
    assert_eq!(quiet.block().await, ":");
}

#[tokio::test]
async fn sockets_are_upgraded_but_never_acknowledged() {
    let server = start().await;
    let order = json!({ "profile": "headers-only", "on": "ws", "times": 1 });
    server.fault(order).await;
    let mut quiet = Socket::start(server).await;
    server
        .until_counted(json!({
            "ws": { "opened": 1, "live": 1 },
            "faults": { "headers-only": 1 },
            "profile": "none",
        }))
        .await;
    let mut well = Socket::subscribed(server, MESSAGES).await;
    hears(server, &mut quiet, 1).await;
    server.send("seen").await;
    assert_eq!(well.id().await, 1);
    server.fault(json!({ "profile": "none" })).await;
    assert_eq!(quiet.end().await, socket::End::Reset);
    well.ping().await;
    server
        .until_counted(json!({ "ws": { "live": 1, "cut": 1 } }))
        .await;
}

/// Ticks every 10 ms, for a second.
const SECOND: &str = "subscription { ticks(everyMs: 10, count: 100) { n } }";
const ENDLESS: &str = "subscription { ticks(everyMs: 10) { n } }";

/// What had come over a stream or a socket when it was cut after a second: some of it, not all.
fn assert_some(ticks: usize) {
    assert!((1..100).contains(&ticks), "{ticks}");
}

#[tokio::test]
async fn a_stream_speaks_for_a_while_before_it_stalls() {
    let server = start_quick().await;
    let order = json!({ "profile": "stall", "ms": 500, "times": 1 });
    server.fault(order).await;
    let mut stalled = server.subscribe(ENDLESS).await;
    server.subscribe(SECOND).await.rest().await;
    server
        .counted(json!({ "sse": { "live": 1 }, "faults": { "stall": 1 }, "profile": "none" }))
        .await;
    server.fault(json!({ "profile": "cut" })).await;
    let (text, end) = stalled.rest().await;
    assert_some(text.matches("event: next").count());
    assert!(text.contains(":\n\n"), "{text}");
    assert_eq!(end, End::Broken);
}

#[tokio::test]
async fn a_socket_answers_for_a_while_before_it_stalls() {
    let server = start().await;
    let order = json!({ "profile": "stall", "ms": 500, "on": "ws" });
    server.fault(order).await;
    let mut socket = Socket::acknowledged(server).await;
    socket.subscribe("a", ENDLESS).await;
    server.subscribe(SECOND).await.rest().await;
    server.fault(json!({ "profile": "cut", "on": "ws" })).await;
    assert_some(socket.results().await);
}

#[tokio::test]
async fn another_order_spares_those_that_have_not_stalled_yet() {
    let server = start().await;
    let order = json!({ "profile": "stall", "ms": 60_000, "on": "all" });
    server.fault(order).await;
    let mut stream = server.subscribe(MESSAGES).await;
    let mut socket = Socket::subscribed(server, MESSAGES).await;
    server.fault(json!({ "profile": "none" })).await;
    server.send("seen").await;
    assert_eq!((stream.id().await, socket.id().await), (1, 1));
}
