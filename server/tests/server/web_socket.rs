//! graphql-transport-ws.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::client::{Running, start, within};

struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    async fn open(server: Running, subprotocol: Option<&str>) -> Self {
        let mut request = format!("ws://{}/graphql", server.0)
            .into_client_request()
            .unwrap();
        if let Some(name) = subprotocol {
            let headers = request.headers_mut();
            headers.insert("sec-websocket-protocol", name.parse().unwrap());
        }
        let stream = TcpStream::connect(server.0).await.unwrap();
        Self(client_async(request, stream).await.unwrap().0)
    }

    async fn say(&mut self, message: Value) {
        self.0
            .send(Message::text(message.to_string()))
            .await
            .unwrap();
    }

    async fn hear(&mut self) -> Message {
        within("a frame", self.0.next()).await.unwrap().unwrap()
    }

    async fn hear_json(&mut self) -> Value {
        serde_json::from_str(self.hear().await.to_text().unwrap()).unwrap()
    }
}

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
