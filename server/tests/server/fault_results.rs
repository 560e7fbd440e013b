//! Faults that change which results come, and in which order.

use serde_json::json;

use super::start;
use crate::client::{End, MESSAGES, Running, TICKS};
use crate::socket::{self, Socket};

async fn send_many(server: Running, count: usize) {
    for _ in 0..count {
        server.send("x").await;
    }
}

#[tokio::test]
async fn a_replay_begins_with_the_last_ones() {
    let server = start().await;
    send_many(server, 4).await;
    let mut older = server.subscribe(MESSAGES).await;
    let order = json!({ "profile": "replay", "last": 2, "on": "all", "times": 2 });
    server.fault(order).await;
    let mut stream = server.subscribe(MESSAGES).await;
    let mut socket = Socket::acknowledged(server).await;
    socket.subscribe("a", MESSAGES).await;
    for id in [3, 4] {
        assert_eq!(stream.id().await, id);
        assert_eq!(socket.id().await, id);
    }
    server.send("new").await;
    assert_eq!(stream.id().await, 5);
    assert_eq!(socket.id().await, 5);
    assert_eq!(older.id().await, 5);
    let counted = json!({ "faults": { "replay": 4 }, "profile": "none" });
    server.counted(counted).await;
}

#[tokio::test]
async fn reordered_results_change_places_two_by_two() {
    let server = start().await;
    let mut stream = server.subscribe(MESSAGES).await;
    let mut socket = Socket::subscribed(server, MESSAGES).await;
    server
        .fault(json!({ "profile": "reorder", "on": "all" }))
        .await;
    send_many(server, 5).await;
    // The last one waits for another one in vain.
    for id in [2, 1, 4, 3, 5] {
        assert_eq!(stream.id().await, id);
        assert_eq!(socket.id().await, id);
    }
    assert_eq!(server.history(0).await, [1, 2, 3, 4, 5]);
    server.counted(json!({ "faults": { "reorder": 4 } })).await;
}

#[tokio::test]
async fn dropped_results_are_left_out() {
    for on in ["sse", "ws"] {
        let server = start().await;
        let mut stream = server.subscribe(MESSAGES).await;
        let mut socket = Socket::subscribed(server, MESSAGES).await;
        let order = json!({ "profile": "drop", "every": 2, "on": on, "times": 2 });
        server.fault(order).await;
        send_many(server, 6).await;
        let (all, thinned) = ([1, 2, 3, 4, 5, 6], [1, 3, 5, 6]);
        for id in if on == "sse" { &thinned[..] } else { &all } {
            assert_eq!(stream.id().await, *id);
        }
        for id in if on == "ws" { &thinned[..] } else { &all } {
            assert_eq!(socket.id().await, *id);
        }
        assert_eq!(server.history(2).await, [3, 4, 5, 6]);
        let counted = json!({ "faults": { "drop": 2 }, "profile": "none" });
        server.counted(counted).await;
    }
}

#[tokio::test]
async fn a_large_event_takes_the_next_and_its_stream_with_it() {
    let server = start().await;
    let mut stream = server.subscribe(MESSAGES).await;
    let mut socket = Socket::subscribed(server, MESSAGES).await;
    let order = json!({ "profile": "large-crash", "bytes": 2048 });
    server.fault(order).await;
    server.send("small").await;
    assert_eq!(stream.id().await, 1);
    server.send(&"x".repeat(2048)).await;
    // The stream stays open, and its session is fine.
    let counted = json!({ "sse": { "live": 1 }, "faults": { "large-crash": 1 }, "zombies": 0 });
    server.until_counted(counted).await;
    server.send("small again").await;
    assert_eq!(stream.rest().await, (String::new(), End::Clean));
    drop(stream);
    let zombie = json!({ "opened": 1, "live": 1, "ended": 0, "cut": 0 });
    let counted = json!({ "sse": zombie, "faults": { "large-crash": 2 }, "zombies": 1 });
    server.counted(counted).await;
    server.until("/operations/live", 1).await;

    for id in 1..=3 {
        assert_eq!(socket.id().await, id);
    }
    assert_eq!(server.history(1).await, [2, 3]);
    let mut stream = server.subscribe(MESSAGES).await;
    server.send("after").await;
    assert_eq!(stream.id().await, 4);
    server.fault(json!({ "profile": "none" })).await;
    server
        .counted(json!({ "sse": { "live": 1, "ended": 1 }, "zombies": 0 }))
        .await;
}

#[tokio::test]
async fn a_large_result_takes_its_complete_with_it() {
    let server = start().await;
    server.send(&"x".repeat(3000)).await;
    server.fault(json!({ "profile": "large-crash" })).await;
    let mut stream = server.subscribe("{ history { text } }").await;
    assert_eq!(stream.rest().await, (":\n\n".to_owned(), End::Clean));
    server
        .counted(json!({ "faults": { "large-crash": 2 }, "zombies": 1 }))
        .await;
    assert_eq!(server.history(0).await, [1]);
}

#[tokio::test]
async fn a_numbered_crash_spares_the_next_stream() {
    let server = start().await;
    let order = json!({ "profile": "large-crash", "bytes": 500, "times": 1 });
    server.fault(order).await;
    let mut stream = server.subscribe(MESSAGES).await;
    server.send(&"x".repeat(500)).await;
    server.until("/faults/large-crash", 1).await;
    let mut next = server.subscribe(MESSAGES).await;
    server.send(&"x".repeat(500)).await;
    assert_eq!(stream.rest().await.1, End::Clean);
    assert_eq!(next.id().await, 2);
    server
        .counted(json!({ "profile": "none", "zombies": 1 }))
        .await;
}

const DOOMED: &str = "subscription Doomed { ticks(everyMs: 1) { n } }";

#[tokio::test]
async fn a_resolver_throws_each_time_and_spares_other_operations() {
    let server = start().await;
    let mut well = server.subscribe(TICKS).await;
    let order = json!({ "profile": "throws", "operation": "Doomed", "events": 2 });
    server.fault(order).await;
    for _ in 0..2 {
        let mut doomed = server.subscribe(DOOMED).await;
        assert_eq!(doomed.result().await["data"]["ticks"]["n"], 1);
        assert_eq!(doomed.result().await["data"]["ticks"]["n"], 2);
        assert_eq!(doomed.rest().await, (String::new(), End::Broken));
    }
    for n in 1..=5 {
        assert_eq!(well.result().await["data"]["ticks"]["n"], n);
    }
    server
        .counted(json!({ "sse": { "live": 1, "cut": 2 }, "faults": { "throws": 2 } }))
        .await;
    // On a socket it is about nobody: `on` says event streams if nothing is said.
    let mut socket = Socket::acknowledged(server).await;
    socket.subscribe("a", DOOMED).await;
    for n in 1..=5 {
        assert_eq!(socket.result().await["data"]["ticks"]["n"], n);
    }
}

#[tokio::test]
async fn a_resolver_that_throws_may_be_told_by_an_error_and_then_the_end() {
    let server = start().await;
    let order = json!({ "profile": "throws", "events": 0, "how": "error", "times": 1 });
    server.fault(order).await;
    let mut doomed = server.subscribe(MESSAGES).await;
    server.send("lost").await;
    let result = doomed.result().await;
    assert_eq!(result["data"], json!(null));
    assert!(result["errors"][0]["message"].is_string());
    assert_eq!(doomed.rest().await, (String::new(), End::Clean));
    server
        .counted(json!({ "sse": { "ended": 1 }, "faults": { "throws": 1 }, "profile": "none" }))
        .await;
}

#[tokio::test]
async fn on_a_socket_a_resolver_that_throws_closes_it_or_ends_its_operation() {
    let server = start().await;
    let order = json!({ "profile": "throws", "operation": "Doomed", "events": 1, "on": "ws" });
    server.fault(order).await;
    let mut socket = Socket::subscribed(server, MESSAGES).await;
    socket.subscribe("b", DOOMED).await;
    assert_eq!(socket.result().await["data"]["ticks"]["n"], 1);
    assert_eq!(socket.end().await, socket::End::Closed(4500));
    let order = json!({ "profile": "throws", "events": 0, "how": "error", "on": "ws" });
    server.fault(order).await;
    let mut socket = Socket::acknowledged(server).await;
    socket.subscribe("b", DOOMED).await;
    assert!(socket.result().await["errors"][0]["message"].is_string());
    let complete = json!({ "type": "complete", "id": "b" });
    assert_eq!(socket.hear_json().await, complete);
    socket.ping().await;
    server
        .counted(json!({ "ws": { "live": 1, "cut": 1 }, "faults": { "throws": 2 } }))
        .await;
}
