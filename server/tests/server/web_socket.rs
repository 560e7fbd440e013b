//! graphql-transport-ws.

use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use lifeline_server::{Bounds, Options};

use super::{start, start_with};
use crate::client::MESSAGES;
use crate::socket::{End, Socket, ack};

#[tokio::test]
async fn a_subscription_runs_over_a_socket_and_is_counted() {
    let server = start().await;
    let mut socket = Socket::open(server, Some("graphql-transport-ws")).await;
    socket.say(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.hear_json().await, ack());
    let payload = json!({ "query": "subscription { messages { id } }" });
    socket
        .say(json!({ "id": "a", "type": "subscribe", "payload": payload }))
        .await;
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(socket.hear_json().await["type"], "pong");
    server.send("hi").await;
    let payload = json!({ "data": { "messages": { "id": 1 } } });
    let next = json!({ "type": "next", "id": "a", "payload": payload });
    assert_eq!(socket.hear_json().await, next);

    let payload = json!({ "query": "{ latest }" });
    socket
        .say(json!({ "id": "b", "type": "subscribe", "payload": payload }))
        .await;
    assert_eq!(socket.hear_json().await["payload"]["data"]["latest"], 1);
    assert_eq!(
        socket.hear_json().await,
        json!({ "type": "complete", "id": "b" })
    );

    let operations = json!({ "query": 1, "mutation": 1, "subscription": 1, "live": 1 });
    let ws = json!({ "requests": 1, "opened": 1, "live": 1 });
    server
        .counted(json!({ "ws": ws, "operations": operations }))
        .await;
    drop(socket);
    server.until("/ws/live", 0).await;
    server.until("/operations/live", 0).await;
}

#[tokio::test]
async fn a_socket_without_the_subprotocol_is_refused_by_its_code() {
    let server = start().await;
    let mut socket = Socket::open(server, None).await;
    match socket.hear().await {
        Message::Close(Some(frame)) => assert_eq!(u16::from(frame.code), 4406),
        other => panic!("{other:?}"),
    }
    server
        .counted(json!({ "ws": { "opened": 0, "live": 0 } }))
        .await;
}

#[tokio::test]
async fn breaches_of_the_protocol_have_their_codes() {
    let server = start().await;
    let init = json!({ "type": "connection_init" });
    let subscribe = json!({ "id": "a", "type": "subscribe", "payload": { "query": MESSAGES } });
    for (first, then, code) in [
        (&init, json!({ "type": "x".repeat(1000) }), 4400),
        (&init, json!([]), 4400),
        (&init, init.clone(), 4429),
        (&json!({ "type": "pong" }), subscribe, 4401),
    ] {
        let mut socket = Socket::open(server, Some("graphql-transport-ws")).await;
        socket.say(first.clone()).await;
        socket.say(then).await;
        assert_eq!(socket.last().await, End::Closed(code));
    }
    server
        .until_counted(json!({ "ws": { "opened": 4, "live": 0, "ended": 4 } }))
        .await;
}

#[tokio::test]
async fn a_socket_has_room_for_so_many_operations() {
    let server = start().await;
    let mut socket = Socket::acknowledged(server).await;
    for n in 0..1000 {
        socket.subscribe(&n.to_string(), MESSAGES).await;
    }
    socket.subscribe("one more", "{ latest }").await;
    let errors = socket.result().await["errors"].take();
    assert!(errors[0]["message"].as_str().unwrap().contains("1000"));
    let complete = json!({ "type": "complete", "id": "one more" });
    assert_eq!(socket.hear_json().await, complete);
    server.until("/operations/live", 1000).await;
    socket.say(json!({ "type": "complete", "id": "7" })).await;
    assert_eq!(socket.hear_json().await["id"], "7");
    socket.subscribe("again", "{ latest }").await;
    assert_eq!(socket.result().await["data"]["latest"], 0);
}

#[tokio::test]
async fn a_socket_whose_reader_lags_breaks() {
    let server = start_with(Options {
        history: Bounds {
            messages: 1,
            bytes: 1 << 30,
        },
        ..Options::default()
    })
    .await;
    let mut socket = Socket::subscribed(server, MESSAGES).await;
    // Not read here: at some point the connection takes no more, and the history moves on.
    let text = "x".repeat(4 << 20);
    while server.stats().await["ws"]["live"] == 1 && server.stats().await["messages"] != 16 {
        server.send(&text).await;
    }
    assert_eq!(socket.last().await, End::Reset);
    server
        .counted(json!({ "lagged": 1, "ws": { "live": 0, "cut": 1 } }))
        .await;
}
