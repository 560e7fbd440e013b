//! Orders that end by themselves, scripts, and the history under every fault.

use serde_json::{Value, json};

use super::start;
use crate::client::{End, MESSAGES};
use crate::socket::Socket;

#[tokio::test]
async fn an_order_ends_when_its_time_is_up() {
    let server = start().await;
    let mut stream = server.subscribe(MESSAGES).await;
    server
        .fault(json!({ "profile": "all-down", "for": 30 }))
        .await;
    assert_eq!(stream.rest().await.1, End::Broken);
    server.until_counted(json!({ "profile": "none" })).await;
    let mut stream = server.subscribe(MESSAGES).await;
    server.send("well").await;
    assert_eq!(stream.id().await, 1);
}

#[tokio::test]
async fn a_script_plays_its_steps() {
    let server = start().await;
    let mut stream = server.subscribe(MESSAGES).await;
    let mut socket = Socket::subscribed(server, MESSAGES).await;
    let script = json!({ "profile": "script", "steps": [
        { "afterMs": 0, "profile": "status-503", "on": "all", "times": 2 },
        { "afterMs": 5, "profile": "cut", "on": "all" },
    ] });
    assert_eq!(server.fault(script).await, json!({ "profile": "script" }));
    assert_eq!(stream.rest().await.1, End::Broken);
    assert_eq!(socket.end().await, crate::socket::End::Reset);
    assert_eq!(server.ask(MESSAGES).await.status, 503);
    assert_eq!(Socket::refused(server).await.0, 503);
    let counted = json!({ "script": 2, "status-503": 2, "cut": 2 });
    let stats = server.stats().await;
    server
        .counted(json!({ "faults": counted, "profile": "none" }))
        .await;
    assert_eq!(stats.get("script"), None);
}

#[tokio::test]
async fn a_script_repeats_and_ends_with_the_next_order() {
    let server = start().await;
    let script = json!({ "profile": "script", "repeat": 2, "steps": [
        { "afterMs": 1, "profile": "drop", "every": 1, "for": 600_000 },
        { "afterMs": 1, "profile": "none" },
    ] });
    server.fault(script).await;
    server
        .until_counted(json!({ "faults": { "script": 4 }, "profile": "none" }))
        .await;
    let script = json!({ "profile": "script", "steps": [
        { "afterMs": 0, "profile": "flap" },
        { "afterMs": 600_000, "profile": "all-down" },
    ] });
    server.fault(script).await;
    server
        .until_counted(json!({ "script": { "step": 1, "steps": 2 }, "profile": "flap" }))
        .await;
    server.fault(json!({ "profile": "none" })).await;
    let stats = server.stats().await;
    assert_eq!(
        (stats.get("script"), &stats["profile"]),
        (None, &json!("none"))
    );
}

#[tokio::test]
async fn wrong_orders_change_nothing() {
    let server = start().await;
    server.fault(json!({ "profile": "stall" })).await;
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    for body in [
        r#"{"profile":"drop","on":"smoke"}"#,
        r#"{"profile":"drop","times":0}"#,
        r#"{"profile":"drop","for":1e99}"#,
        r#"{"profile":"script","steps":[{"afterMs":0,"profile":"script","steps":[]}]}"#,
        &deep,
        "\u{0}",
    ] {
        let reply = server
            .request("POST", "/faults", &[], body.as_bytes())
            .await;
        assert_eq!(reply.status, 400, "{body}");
    }
    let large = vec![b' '; 64 * 1024 + 1];
    let reply = server.request("POST", "/faults", &[], &large).await;
    assert_eq!(reply.status, 413);
    assert_eq!(server.stats().await["profile"], "stall");
}

/// Everything that leaves JSON alone, and that is everything but `all-down`.
fn orders() -> Vec<Value> {
    let all = |profile: &str| json!({ "profile": profile, "on": "all" });
    let mut orders: Vec<_> = [
        "cut",
        "clean-end",
        "stall",
        "stall-source",
        "half-open",
        "headers-only",
        "flap",
        "slow",
        "status-401",
        "status-429",
        "status-503",
        "portal",
        "replay",
        "reorder",
        "drop",
        "throws",
    ]
    .map(all)
    .into();
    orders.extend([
        json!({ "profile": "none" }),
        json!({ "profile": "cut", "onNext": true, "on": "all" }),
        json!({ "profile": "status", "status": 500, "on": "all" }),
        json!({ "profile": "buffer" }),
        json!({ "profile": "no-stream" }),
        json!({ "profile": "closes", "code": 1011 }),
        json!({ "profile": "large-crash", "bytes": 1 }),
        json!({ "profile": "ws-down" }),
        json!({ "profile": "script", "steps": [{ "afterMs": 0, "profile": "stall-source" }] }),
    ]);
    orders
}

#[tokio::test]
async fn the_history_is_right_under_every_fault() {
    for order in orders() {
        let server = start().await;
        server.send("before").await;
        let _stream = server.subscribe(MESSAGES).await;
        let _socket = Socket::subscribed(server, MESSAGES).await;
        let done = server.fault(order.clone()).await;
        assert_eq!(done["profile"], order["profile"]);
        for _ in 0..3 {
            server.send("during").await;
        }
        assert_eq!(server.history(0).await, [1, 2, 3, 4], "{order}");
        assert_eq!(server.history(2).await, [3, 4], "{order}");
        assert_eq!(server.history(4).await, [0; 0], "{order}");
        let operations = json!({ "mutation": 4, "executed": { "send": 4 } });
        server
            .counted(json!({ "operations": operations, "messages": 4 }))
            .await;
    }
}
