//! Tokens that expire: what is open ends, and what opens must show the new one.

use serde_json::json;

use super::start;
use crate::client::{End, MESSAGES, Running, SSE};
use crate::socket::{End as SocketEnd, Socket};

async fn current(server: Running) -> String {
    let reply = server.get("/token", &[]).await.json().await;
    reply["token"].as_str().unwrap().to_owned()
}

async fn expire(server: Running) -> String {
    let old = current(server).await;
    server.fault(json!({ "profile": "token-expires" })).await;
    assert_ne!(current(server).await, old);
    old
}

async fn status(server: Running, header: &str) -> u16 {
    let body = json!({ "query": MESSAGES });
    let reply = server.post("/graphql", &[SSE, header], &body).await;
    reply.status
}

#[tokio::test]
async fn open_streams_are_cut_and_new_ones_need_the_new_token() {
    let server = start().await;
    let mut stream = server.subscribe(MESSAGES).await;
    let old = expire(server).await;
    assert_eq!(stream.rest().await.1, End::Broken);
    let refused = server.ask(MESSAGES).await;
    assert_eq!(refused.status, 401);
    assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
    assert_eq!(
        status(server, &format!("authorization: Bearer {old}")).await,
        401
    );
    let new = current(server).await;
    assert_eq!(
        status(server, &format!("authorization: bearer {new}")).await,
        200
    );
    let path = format!("/graphql?access_token={new}&query=subscription%7Bmessages%7Bid%7D%7D");
    assert_eq!(server.get(&path, &[SSE]).await.status, 200);
    server
        .counted(json!({ "faults": { "token-expires": 3 } }))
        .await;
    assert_eq!(server.execute("{ latest }").await["data"]["latest"], 0);
    server.fault(json!({ "profile": "none" })).await;
    assert_eq!(status(server, "x: y").await, 200);
}

#[tokio::test]
async fn reserving_a_stream_needs_it_too() {
    let server = start().await;
    expire(server).await;
    assert_eq!(
        server.request("PUT", "/graphql", &[], b"").await.status,
        401
    );
    let header = format!("authorization: Bearer {}", current(server).await);
    assert_eq!(
        server
            .request("PUT", "/graphql", &[&header], b"")
            .await
            .status,
        201
    );
}

#[tokio::test]
async fn sockets_are_closed_with_4403() {
    let server = start().await;
    let mut open = Socket::acknowledged(server).await;
    let old = expire(server).await;
    assert_eq!(open.last().await, SocketEnd::Closed(4403));
    let new = current(server).await;
    for payload in [
        json!(null),
        json!({ "token": old }),
        json!({ "authorization": new }),
    ] {
        let mut socket = Socket::greeted(server, payload).await;
        assert_eq!(socket.last().await, SocketEnd::Closed(4403));
    }
    for payload in [
        json!({ "token": new }),
        json!({ "authorization": format!("Bearer {new}") }),
    ] {
        let mut socket = Socket::greeted(server, payload).await;
        assert_eq!(socket.hear_json().await["type"], "connection_ack");
    }
    server
        .counted(json!({ "ws": { "opened": 6, "cut": 4 }, "faults": { "token-expires": 4 } }))
        .await;
}
