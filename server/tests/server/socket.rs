//! A client of graphql-transport-ws that sees how a socket ends.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::client::{Running, within};
use crate::dial::Pipe;

const SUBPROTOCOL: &str = "graphql-transport-ws";

/// What a socket is acknowledged with.
pub fn ack() -> Value {
    let payload = json!({ "lifeline": { "segments": true } });
    json!({ "type": "connection_ack", "payload": payload })
}

/// How a socket ended.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    Closed(u16),
    /// With a close frame that has no code.
    Wordless,
    /// The connection was reset, without a close frame.
    Reset,
}

pub struct Socket(WebSocketStream<Pipe>);

impl Socket {
    pub async fn open(server: Running, subprotocol: Option<&str>) -> Self {
        Self::try_open(server, subprotocol).await.unwrap()
    }

    async fn try_open(server: Running, subprotocol: Option<&str>) -> Result<Self, Error> {
        let mut request = format!("ws://{}/graphql", server.address)
            .into_client_request()
            .unwrap();
        if let Some(name) = subprotocol {
            let headers = request.headers_mut();
            headers.insert("sec-websocket-protocol", name.parse().unwrap());
        }
        let stream = server.pipe().await;
        let opened = within("the upgrade", client_async(request, stream)).await?;
        Ok(Self(opened.0))
    }

    /// The status and `retry-after` that it is refused with.
    pub async fn refused(server: Running) -> (u16, Option<String>) {
        match Self::try_open(server, Some(SUBPROTOCOL)).await {
            Err(Error::Http(answer)) => {
                let wait = answer.headers().get("retry-after");
                let wait = wait.map(|value| value.to_str().unwrap().to_owned());
                (answer.status().as_u16(), wait)
            }
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("it was opened"),
        }
    }

    /// As far as `connection_init`.
    pub async fn start(server: Running) -> Self {
        Self::greeted(server, Value::Null).await
    }

    /// The same with what is to prove a right to it.
    pub async fn greeted(server: Running, payload: Value) -> Self {
        let mut socket = Self::open(server, Some(SUBPROTOCOL)).await;
        let init = json!({ "type": "connection_init", "payload": payload });
        socket.say(init).await;
        socket
    }

    pub async fn acknowledged(server: Running) -> Self {
        let mut socket = Self::start(server).await;
        assert_eq!(socket.hear_json().await, ack());
        socket
    }

    /// With one operation that is in place.
    pub async fn subscribed(server: Running, query: &str) -> Self {
        let mut socket = Self::acknowledged(server).await;
        socket.subscribe("a", query).await;
        socket.ping().await;
        socket
    }

    pub async fn subscribe(&mut self, id: &str, query: &str) {
        let payload = json!({ "query": query });
        self.say(json!({ "id": id, "type": "subscribe", "payload": payload }))
            .await;
    }

    /// Waits for the pong: what was said before it has been heard.
    pub async fn ping(&mut self) {
        self.say(json!({ "type": "ping" })).await;
        assert_eq!(self.hear_json().await["type"], "pong");
    }

    pub async fn say(&mut self, message: Value) {
        self.0
            .send(Message::text(message.to_string()))
            .await
            .unwrap();
    }

    pub async fn hear(&mut self) -> Message {
        within("a frame", self.0.next()).await.unwrap().unwrap()
    }

    pub async fn hear_json(&mut self) -> Value {
        serde_json::from_str(self.hear().await.to_text().unwrap()).unwrap()
    }

    pub async fn result(&mut self) -> Value {
        let mut next = self.hear_json().await;
        assert_eq!(next["type"], "next", "{next}");
        next["payload"].take()
    }

    /// The id of the next message.
    pub async fn id(&mut self) -> u64 {
        let result = self.result().await;
        result["data"]["messages"]["id"].as_u64().unwrap()
    }

    /// Reads on, whatever comes, until it ends.
    pub async fn last(&mut self) -> End {
        loop {
            match within("the end", self.0.next()).await {
                Some(Ok(Message::Close(Some(frame)))) => return End::Closed(frame.code.into()),
                Some(Ok(_)) => {}
                Some(Err(Error::Io(_))) => return End::Reset,
                other => panic!("{other:?}"),
            }
        }
    }

    /// Reads on until it is reset: how many results came.
    pub async fn results(&mut self) -> usize {
        let mut results = 0;
        loop {
            match within("the end", self.0.next()).await {
                Some(Ok(frame)) => {
                    let frame: Value = serde_json::from_str(frame.to_text().unwrap()).unwrap();
                    results += usize::from(frame["type"] == "next");
                }
                Some(Err(Error::Io(_))) => return results,
                other => panic!("{other:?}"),
            }
        }
    }

    /// The next thing that comes is its end.
    pub async fn end(&mut self) -> End {
        match within("the end", self.0.next()).await {
            Some(Ok(Message::Close(Some(frame)))) => End::Closed(frame.code.into()),
            Some(Ok(Message::Close(None))) => End::Wordless,
            Some(Err(Error::Io(_))) => End::Reset,
            other => panic!("{other:?}"),
        }
    }
}
