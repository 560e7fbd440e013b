//! graphql-transport-ws.

use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::client::start;
use crate::socket::Socket;

#[tokio::test]
async fn a_subscription_runs_over_a_socket_and_is_counted() {
    let server = start().await;
    let mut socket = Socket::open(server, Some("graphql-transport-ws")).await;
    socket.say(json!({ "type": "connection_init" })).await;
    assert_eq!(
        socket.hear_json().await,
        json!({ "type": "connection_ack" })
    );
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
