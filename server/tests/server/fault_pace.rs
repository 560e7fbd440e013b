//! Faults that pass bytes on late.

use std::time::{Duration, Instant};

use serde_json::json;

use super::start;
use crate::client::{MESSAGES, within};
use crate::socket::Socket;

/// 4000 bytes in pieces of 1000, which fall at 0, 50, 100, 150 ms.
const RATE: u32 = 20_000;
const TEXT: usize = 4000;
const STREAM: &str = "GET /graphql?query=subscription%7Bmessages%7Bid%7D%7D HTTP/1.1\r\n\
    host: x\r\naccept: text/event-stream\r\n\r\n";
const AT_LEAST: Duration = Duration::from_millis(150);

#[tokio::test]
async fn a_slow_stream_drips() {
    let server = start().await;
    let mut stream = server.subscribe(MESSAGES).await;
    assert_eq!(stream.block().await, ":");
    server
        .fault(json!({ "profile": "slow", "bytesPerSecond": RATE }))
        .await;
    let sent = Instant::now();
    server.send(&"x".repeat(TEXT)).await;
    for _ in 0..4 {
        assert_eq!(stream.piece().await, 1000);
    }
    assert_eq!(stream.id().await, 1);
    assert!(sent.elapsed() >= AT_LEAST);
    server.counted(json!({ "faults": { "slow": 1 } })).await;
    server.fault(json!({ "profile": "none" })).await;
    server.send(&"x".repeat(TEXT)).await;
    assert!(stream.piece().await > TEXT);
}

#[tokio::test]
async fn a_slow_socket_drips() {
    let server = start().await;
    let mut stream = server.subscribe(MESSAGES).await;
    assert_eq!(stream.block().await, ":");
    let mut socket = Socket::subscribed(server, MESSAGES).await;
    let order = json!({ "profile": "slow", "bytesPerSecond": RATE, "on": "ws" });
    server.fault(order).await;
    let sent = Instant::now();
    server.send(&"x".repeat(TEXT)).await;
    assert!(stream.piece().await > TEXT);
    assert_eq!(socket.id().await, 1);
    assert!(sent.elapsed() >= AT_LEAST);
    server.counted(json!({ "faults": { "slow": 1 } })).await;
    server.fault(json!({ "profile": "none" })).await;
    socket.ping().await;
}

#[tokio::test]
async fn a_slow_stream_can_be_cut() {
    let server = start().await;
    let mut stream = server.subscribe(MESSAGES).await;
    let mut socket = Socket::subscribed(server, MESSAGES).await;
    let order = json!({ "profile": "slow", "bytesPerSecond": 1, "on": "all" });
    server.fault(order).await;
    server.send("hi").await;
    server.until("/faults/slow", 2).await;
    let done = server.fault(json!({ "profile": "cut", "on": "all" })).await;
    assert_eq!(done["cut"], 2);
    assert!(!stream.rest().await.0.contains("hi"));
    assert_eq!(socket.end().await, crate::socket::End::Reset);
}

#[tokio::test]
async fn a_buffer_holds_64_kb_back() {
    let server = start().await;
    server.fault(json!({ "profile": "buffer" })).await;
    let mut stream = server.subscribe(MESSAGES).await;
    for n in 1..=4 {
        server.send(&"x".repeat(20_000)).await;
        server.until("/faults/buffer", n).await;
    }
    // All that has come together comes at once, the first comment with it.
    let all = stream.piece().await;
    assert!((80_000..82_000).contains(&all), "{all}");
    for id in 1..=4 {
        assert_eq!(stream.id().await, id);
    }
    server.send("held back").await;
    server.until("/faults/buffer", 5).await;
    server.fault(json!({ "profile": "none" })).await;
    assert_eq!(stream.id().await, 5);
}

#[tokio::test]
async fn what_a_buffer_holds_is_lost_with_a_cut() {
    let server = start().await;
    server
        .fault(json!({ "profile": "buffer", "bytes": 1000 }))
        .await;
    let mut stream = server.subscribe(MESSAGES).await;
    server.send("lost").await;
    server.until("/faults/buffer", 1).await;
    server.fault(json!({ "profile": "cut" })).await;
    assert_eq!(stream.rest().await.0, "");
    assert_eq!(server.history(0).await, [1]);
}

#[tokio::test]
async fn a_head_is_held_back_with_what_is_behind_it() {
    let server = start().await;
    let order = json!({ "profile": "buffer", "bytes": 2000, "head": true });
    server.fault(order).await;
    let mut waiting = tokio::spawn(server.subscribe(MESSAGES));
    server.until("/operations/live", 1).await;
    server.send("short").await;
    // Had it not been held back, its head would have come before this answer.
    server.until("/faults/buffer", 1).await;
    assert!(!waiting.is_finished());
    server.send(&"x".repeat(2000)).await;
    let mut stream = within("the head", &mut waiting).await.unwrap();
    assert_eq!((stream.id().await, stream.id().await), (1, 2));
    server.counted(json!({ "sse": { "live": 1 } })).await;
}

#[tokio::test]
async fn who_leaves_without_having_seen_a_head_is_gone_and_a_cut_shows_none() {
    let server = start().await;
    let order = json!({ "profile": "buffer", "head": true });
    server.fault(order).await;
    let left = tokio::spawn(server.subscribe(MESSAGES));
    let mut cut = server.say(STREAM).await;
    server.until("/sse/live", 2).await;
    left.abort();
    server.until("/sse/live", 1).await;
    assert!(cut.waits());
    server.fault(json!({ "profile": "cut" })).await;
    assert_eq!(cut.rest().await, "");
}
