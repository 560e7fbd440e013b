//! Faults that answer requests with something else, or with nothing.

use serde_json::json;

use super::start;
use crate::client::{End, MESSAGES, Running, SSE};
use crate::socket::{self, Socket};

const STREAM: &str = "GET /graphql?query=subscription%7Bmessages%7Bid%7D%7D HTTP/1.1\r\n\
    host: x\r\naccept: text/event-stream\r\n\r\n";
const QUERY: &str = "GET /graphql?query=%7Blatest%7D HTTP/1.1\r\nhost: x\r\n\r\n";
const PREFLIGHT: &str = "OPTIONS /graphql HTTP/1.1\r\nhost: x\r\norigin: http://page.test\r\n\
    access-control-request-method: POST\r\n\r\n";
const UPGRADE: &str = "GET /graphql HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\n\
    upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: MTIzNDU2Nzg5MDEyMzQ1Ng==\r\n\
    sec-websocket-protocol: graphql-transport-ws\r\n\r\n";

async fn is_well(server: Running) {
    let mut stream = server.subscribe(MESSAGES).await;
    let mut socket = Socket::subscribed(server, MESSAGES).await;
    server.send("well").await;
    assert_eq!(stream.id().await, socket.id().await);
}

#[tokio::test]
async fn each_status_has_its_own_profile() {
    for (name, status, wait) in [
        ("status-401", 401, None),
        ("status-429", 429, Some("1")),
        ("status-503", 503, Some("1")),
    ] {
        let server = start().await;
        let mut open = Socket::subscribed(server, MESSAGES).await;
        let order = json!({ "profile": name, "on": "all", "times": 3 });
        assert_eq!(server.fault(order).await, json!({ "profile": name }));
        for _ in 0..2 {
            let reply = server.ask(MESSAGES).await;
            assert_eq!((reply.status, reply.header("retry-after")), (status, wait));
            assert!(reply.json().await["errors"][0]["message"].is_string());
        }
        assert_eq!(server.stats().await["profile"], name);
        let wait = wait.map(String::from);
        assert_eq!(Socket::refused(server).await, (status, wait));
        server
            .counted(json!({
                "sse": { "requests": 2, "opened": 0 },
                "ws": { "requests": 2, "opened": 1, "live": 1 },
                "faults": { name: 3 },
                "profile": "none",
            }))
            .await;
        open.ping().await;
        is_well(server).await;
    }
}

#[tokio::test]
async fn a_status_may_be_for_sockets_alone_and_say_when() {
    let server = start().await;
    let order = json!({ "profile": "status-503", "on": "ws", "retryAfter": "7" });
    server.fault(order).await;
    let _stream = server.subscribe(MESSAGES).await;
    assert_eq!(Socket::refused(server).await, (503, Some("7".into())));
    let order = json!({ "profile": "status", "status": 418, "on": "ws" });
    server.fault(order).await;
    assert_eq!(Socket::refused(server).await, (418, None));
    server
        .counted(json!({ "faults": { "status-503": 1, "status": 1 } }))
        .await;
    is_well(server).await;
}

#[tokio::test]
async fn a_portal_answers_upgrades_too() {
    let server = start().await;
    let order = json!({ "profile": "portal", "on": "all", "times": 2 });
    server.fault(order).await;
    assert_eq!(Socket::refused(server).await, (200, None));
    let mut reply = server.ask(MESSAGES).await;
    assert_eq!(
        reply.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert!(reply.rest().await.0.contains("<!doctype html>"));
    server.counted(json!({ "faults": { "portal": 2 } })).await;
    is_well(server).await;
}

#[tokio::test]
async fn half_open_answers_nothing_until_it_is_lifted() {
    for (on, request) in [("sse", STREAM), ("ws", UPGRADE)] {
        let server = start().await;
        server
            .fault(json!({ "profile": "half-open", "on": on }))
            .await;
        let mut waiting = server.say(request).await;
        let counted = json!({
            on: { "requests": 1, "opened": 0 },
            "faults": { "half-open": 1 },
            "profile": "half-open",
        });
        server.until_counted(counted).await;
        server.send("meanwhile").await;
        assert_eq!(server.history(0).await, [1]);
        assert!(waiting.waits());
        server.fault(json!({ "profile": "none" })).await;
        assert_eq!(waiting.rest().await, "", "{on}");
        is_well(server).await;
    }
}

#[tokio::test]
async fn a_numbered_half_open_goes_on_for_those_it_befell() {
    let server = start().await;
    let order = json!({ "profile": "half-open", "on": "all", "times": 2 });
    server.fault(order).await;
    let mut stream = server.say(STREAM).await;
    let mut socket = server.say(UPGRADE).await;
    let counted = json!({ "faults": { "half-open": 2 }, "profile": "none" });
    server.until_counted(counted).await;
    is_well(server).await;
    assert!(stream.waits() && socket.waits());
    server.fault(json!({ "profile": "none" })).await;
    assert_eq!(stream.rest().await, "");
    assert_eq!(socket.rest().await, "");
    server.counted(json!({ "sse": { "opened": 1 } })).await;
}

#[tokio::test]
async fn ws_down_leaves_event_streams_alone() {
    let server = start().await;
    let mut stream = server.subscribe(MESSAGES).await;
    let mut socket = Socket::subscribed(server, MESSAGES).await;
    let done = server.fault(json!({ "profile": "ws-down" })).await;
    assert_eq!(done, json!({ "profile": "ws-down" }));
    assert_eq!(socket.end().await, socket::End::Reset);
    for _ in 0..2 {
        assert_eq!(Socket::refused(server).await, (503, None));
    }
    server.send("hi").await;
    assert_eq!(stream.id().await, 1);
    server
        .counted(json!({
            "ws": { "requests": 3, "opened": 1, "live": 0, "cut": 1 },
            "sse": { "live": 1 },
            "faults": { "ws-down": 3 },
        }))
        .await;
    server.fault(json!({ "profile": "none" })).await;
    is_well(server).await;
}

#[tokio::test]
async fn all_down_breaks_everything_without_a_word() {
    let server = start().await;
    let mut stream = server.subscribe(MESSAGES).await;
    assert_eq!(stream.block().await, ":");
    let mut socket = Socket::subscribed(server, MESSAGES).await;
    server.fault(json!({ "profile": "all-down" })).await;
    assert_eq!(stream.rest().await, (String::new(), End::Broken));
    assert_eq!(socket.end().await, socket::End::Reset);
    for request in [STREAM, QUERY, PREFLIGHT, UPGRADE] {
        assert_eq!(server.say(request).await.rest().await, "", "{request}");
    }
    server
        .counted(json!({
            "sse": { "requests": 2, "live": 0, "cut": 1 },
            "ws": { "requests": 2, "live": 0, "cut": 1 },
            "operations": { "query": 0 },
            "faults": { "all-down": 6 },
        }))
        .await;
    assert_eq!(server.get("/healthz", &[SSE]).await.status, 200);
    server.fault(json!({ "profile": "none" })).await;
    is_well(server).await;
}

#[tokio::test]
async fn a_server_that_does_not_stream_answers_with_json_and_serves_sockets() {
    let server = start().await;
    let done = server.fault(json!({ "profile": "no-stream" })).await;
    assert_eq!(done, json!({ "profile": "no-stream" }));
    for _ in 0..2 {
        let reply = server.ask(MESSAGES).await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("content-type"), Some("application/json"));
        let answer = reply.json().await;
        assert_eq!(answer["data"], json!(null));
        assert!(answer["errors"][0]["message"].is_string());
    }
    let mut socket = Socket::subscribed(server, MESSAGES).await;
    server.send("hi").await;
    assert_eq!(socket.id().await, 1);
    server
        .counted(json!({
            "sse": { "requests": 2, "opened": 0 },
            "ws": { "live": 1 },
            "faults": { "no-stream": 2 },
            "profile": "no-stream",
        }))
        .await;
    server.fault(json!({ "profile": "none" })).await;
    is_well(server).await;
}

#[tokio::test]
async fn what_does_not_stream_says_so_in_the_words_that_were_ordered() {
    let server = start().await;
    let order = json!({
        "profile": "no-stream", "times": 1,
        "status": 406, "contentType": "text/plain", "body": "POST only",
    });
    server.fault(order).await;
    let mut reply = server.ask(MESSAGES).await;
    assert_eq!(reply.status, 406);
    assert_eq!(reply.header("content-type"), Some("text/plain"));
    assert_eq!(reply.rest().await.0, "POST only");
    is_well(server).await;
}
