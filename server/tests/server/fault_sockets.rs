//! Faults that break or end what is open, on sockets.

use serde_json::json;

use super::start;
use crate::client::{MESSAGES, TICKS};
use crate::socket::{End, Socket};

#[tokio::test]
async fn a_cut_resets_sockets_without_a_close_frame() {
    let server = start().await;
    let mut stream = server.subscribe(MESSAGES).await;
    let mut socket = Socket::subscribed(server, MESSAGES).await;
    let done = server.fault(json!({ "profile": "cut", "on": "ws" })).await;
    assert_eq!(done, json!({ "profile": "cut", "cut": 1 }));
    assert_eq!(socket.end().await, End::Reset);
    server
        .counted(json!({
            "ws": { "requests": 1, "opened": 1, "live": 0, "ended": 0, "cut": 1 },
            "sse": { "live": 1 },
            "faults": { "cut": 1 },
        }))
        .await;
    server.until("/operations/live", 1).await;
    server.send("after").await;
    assert_eq!(stream.id().await, 1);
    let mut socket = Socket::subscribed(server, MESSAGES).await;
    let done = server.fault(json!({ "profile": "cut", "on": "all" })).await;
    assert_eq!(done, json!({ "profile": "cut", "cut": 2 }));
    assert_eq!(socket.end().await, End::Reset);
}

#[tokio::test]
async fn an_armed_cut_resets_the_sockets_that_carry_the_message() {
    let server = start().await;
    let mut stream = server.subscribe(MESSAGES).await;
    let mut socket = Socket::subscribed(server, MESSAGES).await;
    let mut clock = Socket::acknowledged(server).await;
    let armed = json!({ "profile": "cut", "onNext": true, "on": "ws" });
    assert_eq!(server.fault(armed).await, json!({ "profile": "cut" }));
    server.send("the one").await;
    assert_eq!(socket.end().await, End::Reset);
    assert_eq!(stream.id().await, 1);
    clock.ping().await;
    let ws = json!({ "opened": 2, "live": 1, "cut": 1 });
    server
        .until_counted(json!({ "ws": ws, "faults": { "cut": 1 }, "profile": "none" }))
        .await;
    assert_eq!(server.history(0).await, [1]);
}

#[tokio::test]
async fn a_clean_end_closes_sockets_with_1001() {
    let server = start().await;
    let mut socket = Socket::subscribed(server, MESSAGES).await;
    let done = server
        .fault(json!({ "profile": "clean-end", "on": "ws" }))
        .await;
    assert_eq!(done, json!({ "profile": "clean-end", "ended": 1 }));
    assert_eq!(socket.end().await, End::Closed(1001));
    let ws = json!({ "opened": 1, "live": 0, "ended": 1, "cut": 0 });
    server
        .counted(json!({ "ws": ws, "faults": { "clean-end": 1 } }))
        .await;
}

#[tokio::test]
async fn a_socket_flaps_after_so_many_results() {
    let server = start().await;
    let mut older = Socket::subscribed(server, MESSAGES).await;
    let flap = json!({ "profile": "flap", "events": 2, "on": "ws" });
    server.fault(flap).await;
    for _ in 0..2 {
        let mut socket = Socket::acknowledged(server).await;
        socket.subscribe("a", TICKS).await;
        assert_eq!(socket.result().await["data"]["ticks"]["n"], 1);
        assert_eq!(socket.result().await["data"]["ticks"]["n"], 2);
        assert_eq!(socket.end().await, End::Reset);
    }
    older.ping().await;
    let ws = json!({ "live": 1, "cut": 2 });
    server
        .until_counted(json!({ "ws": ws, "faults": { "flap": 2 }, "profile": "flap" }))
        .await;
}

#[tokio::test]
async fn a_socket_flaps_after_so_many_milliseconds() {
    let server = start().await;
    let flap = json!({ "profile": "flap", "ms": 20, "on": "ws", "times": 1 });
    server.fault(flap).await;
    let mut socket = Socket::acknowledged(server).await;
    assert_eq!(socket.end().await, End::Reset);
    server
        .counted(json!({ "ws": { "cut": 1 }, "faults": { "flap": 1 }, "profile": "none" }))
        .await;
    let mut socket = Socket::subscribed(server, MESSAGES).await;
    server.send("hi").await;
    assert_eq!(socket.id().await, 1);
}

const POISON: &str = "subscription Poison { messages { id } }";

#[tokio::test]
async fn a_socket_is_closed_right_after_one_operations_subscribe() {
    let server = start().await;
    let mut older = Socket::subscribed(server, MESSAGES).await;
    let mut stream = server.subscribe(MESSAGES).await;
    let order = json!({ "profile": "closes", "code": 1009, "operation": "Poison" });
    let done = server.fault(order).await;
    assert_eq!(done, json!({ "profile": "closes" }));
    for _ in 0..2 {
        let mut socket = Socket::subscribed(server, MESSAGES).await;
        socket.subscribe("b", POISON).await;
        assert_eq!(socket.end().await, End::Closed(1009));
    }
    older.ping().await;
    server.send("hi").await;
    assert_eq!((older.id().await, stream.id().await), (1, 1));
    server
        .counted(json!({
            "ws": { "opened": 3, "live": 1, "cut": 2 },
            "operations": { "executed": { "messages": 4 } },
            "faults": { "closes": 2 },
        }))
        .await;
}

#[tokio::test]
async fn a_socket_is_closed_right_after_any_subscribe_so_many_times() {
    let server = start().await;
    let order = json!({ "profile": "closes", "code": 4400, "reason": "no", "times": 1 });
    server.fault(order).await;
    let mut socket = Socket::acknowledged(server).await;
    // What was sent behind it is not looked at.
    socket.subscribe("a", MESSAGES).await;
    socket.subscribe("b", MESSAGES).await;
    assert_eq!(socket.end().await, End::Closed(4400));
    server
        .counted(json!({ "faults": { "closes": 1 }, "profile": "none" }))
        .await;
    let mut socket = Socket::subscribed(server, MESSAGES).await;
    server.send("hi").await;
    assert_eq!(socket.id().await, 1);
}

#[tokio::test]
async fn a_socket_is_closed_before_it_is_acknowledged() {
    let server = start().await;
    for code in [4406, 1000] {
        let order = json!({ "profile": "closes", "code": code, "when": "greeting" });
        server.fault(order).await;
        let mut socket = Socket::start(server).await;
        assert_eq!(socket.end().await, End::Closed(code));
    }
    // A close frame that says nothing.
    let order = json!({ "profile": "closes", "code": 1005, "when": "greeting" });
    server.fault(order).await;
    let mut socket = Socket::start(server).await;
    assert_eq!(socket.end().await, End::Wordless);
    server
        .counted(json!({ "ws": { "opened": 3, "cut": 3 }, "faults": { "closes": 3 } }))
        .await;
}
