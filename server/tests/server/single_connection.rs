//! graphql-sse's single connection mode: reserved by PUT, opened by GET, used by POST and DELETE.

use serde_json::{Value, json};

use super::start;
use crate::client::{End, MESSAGES, Reply, Running, SSE, TICKS};

/// A reserved stream, and who uses it.
struct Single {
    server: Running,
    token: String,
}

impl Single {
    async fn reserve(server: Running) -> Self {
        let mut reply = server.request("PUT", "/graphql", &[], b"").await;
        assert_eq!(reply.status, 201);
        assert!(
            reply
                .header("content-type")
                .unwrap()
                .starts_with("text/plain")
        );
        let (token, end) = reply.rest().await;
        assert_eq!(end, End::Clean);
        Self { server, token }
    }

    fn header(&self) -> String {
        format!("x-graphql-event-stream-token: {}", self.token)
    }

    async fn open(&self) -> Reply {
        self.server.get("/graphql", &[SSE, &self.header()]).await
    }

    async fn start(&self, id: &str, query: &str) -> u16 {
        let body = json!({ "query": query, "extensions": { "operationId": id } });
        let header = self.header();
        let reply = self.server.post("/graphql", &[&header], &body).await;
        reply.status
    }

    async fn stop(&self, id: &str) -> u16 {
        let path = format!("/graphql?a=1&operationId={id}");
        let header = self.header();
        let reply = self.server.request("DELETE", &path, &[&header], b"").await;
        reply.status
    }
}

async fn next(stream: &mut Reply) -> Value {
    stream.result().await
}

#[tokio::test]
async fn operations_share_the_reserved_stream() {
    let server = start().await;
    let single = Single::reserve(server).await;
    let mut stream = single.open().await;
    assert_eq!((stream.status, stream.block().await.as_str()), (200, ":"));
    assert_eq!(single.start("a", "{ latest }").await, 202);
    let event = stream.event().await;
    assert_eq!(
        event,
        "event: next\ndata: {\"id\":\"a\",\"payload\":{\"data\":{\"latest\":0}}}"
    );
    assert_eq!(
        stream.event().await,
        "event: complete\ndata: {\"id\":\"a\"}"
    );

    assert_eq!(single.start("b", MESSAGES).await, 202);
    assert_eq!(
        single.start("a", MESSAGES).await,
        202,
        "a name is free again"
    );
    server.send("to both").await;
    let mut ids = [next(&mut stream).await, next(&mut stream).await].map(|it| it["id"].clone());
    ids.sort_by_key(Value::to_string);
    assert_eq!(ids, ["a", "b"]);
    server
        .counted(json!({ "sse": { "opened": 1, "live": 1 }, "reservations": 1, "operations": { "live": 2 } }))
        .await;
}

#[tokio::test]
async fn what_comes_before_the_stream_is_open_waits_for_it() {
    let server = start().await;
    let single = Single::reserve(server).await;
    assert_eq!(single.start("a", MESSAGES).await, 202);
    server.send("early").await;
    let token = format!("/graphql?token={}", single.token);
    let mut stream = server.get(&token, &[SSE]).await;
    assert_eq!(
        next(&mut stream).await["payload"]["data"]["messages"]["text"],
        "early"
    );
}

#[tokio::test]
async fn an_operation_is_stopped_by_name() {
    let server = start().await;
    let single = Single::reserve(server).await;
    let mut stream = single.open().await;
    for id in ["a", "b"] {
        assert_eq!(single.start(id, MESSAGES).await, 202);
    }
    assert_eq!(single.stop("a").await, 200);
    server.until("/operations/live", 1).await;
    server.send("to b").await;
    assert_eq!(next(&mut stream).await["id"], "b");
    assert_eq!(single.stop("a").await, 200, "it is stopped already");
}

#[tokio::test]
async fn whoever_leaves_the_stream_leaves_all_that_ran_on_it() {
    let server = start().await;
    let single = Single::reserve(server).await;
    let stream = single.open().await;
    assert_eq!(single.start("a", TICKS).await, 202);
    drop(stream);
    server.until("/reservations", 0).await;
    server.until("/operations/live", 0).await;
    assert_eq!(single.start("b", TICKS).await, 404);
    assert_eq!(single.stop("a").await, 404);
    assert_eq!(single.open().await.status, 404);
}

#[tokio::test]
async fn what_is_wrong_is_refused() {
    let server = start().await;
    let single = Single::reserve(server).await;
    let _stream = single.open().await;
    assert_eq!(single.open().await.status, 409);
    assert_eq!(single.start("a", MESSAGES).await, 202);
    assert_eq!(single.start("a", MESSAGES).await, 409);
    let body = json!({ "query": MESSAGES });
    let nameless = server.post("/graphql", &[&single.header()], &body).await;
    assert_eq!(nameless.status, 400);
    let header = single.header();
    let nothing = server.request("DELETE", "/graphql", &[&header], b"").await;
    assert_eq!(nothing.status, 400);
    let nobody = server
        .request("DELETE", "/graphql?operationId=a", &[], b"")
        .await;
    assert_eq!(
        (nobody.status, nobody.header("allow")),
        (405, Some("GET, POST, PUT, DELETE"))
    );
    let mutation = "mutation { send(author: \"ann\", text: \"hi\") { id } }";
    let path = format!(
        "/graphql?query={}&extensions=%7B%22operationId%22%3A%22m%22%7D",
        mutation
            .replace(' ', "%20")
            .replace('"', "%22")
            .replace('{', "%7B")
            .replace('}', "%7D")
    );
    assert_eq!(server.get(&path, &[&single.header()]).await.status, 405);
}

#[tokio::test]
async fn faults_befall_a_reserved_stream_as_any_other() {
    let server = start().await;
    let single = Single::reserve(server).await;
    let mut stream = single.open().await;
    assert_eq!(single.start("a", MESSAGES).await, 202);
    server.fault(json!({ "profile": "cut" })).await;
    assert_eq!(stream.rest().await.1, End::Broken);
    server.until("/reservations", 0).await;
    assert_eq!(single.start("b", MESSAGES).await, 404);

    server.fault(json!({ "profile": "status-503" })).await;
    assert_eq!(
        server.request("PUT", "/graphql", &[], b"").await.status,
        503
    );
    let single = Single::reserve(server).await;
    let mut stream = single.open().await;
    server
        .fault(json!({ "profile": "large-crash", "bytes": 200 }))
        .await;
    assert_eq!(single.start("a", MESSAGES).await, 202);
    server.send(&"x".repeat(300)).await;
    server.send("the next").await;
    assert_eq!(stream.rest().await.1, End::Clean);
    server.counted(json!({ "zombies": 1 })).await;
}

#[tokio::test]
async fn behind_a_balancer_nobody_knows_the_token() {
    let server = start().await;
    let before = Single::reserve(server).await;
    let mut stream = before.open().await;
    server.fault(json!({ "profile": "balancer" })).await;
    assert_eq!(before.start("a", MESSAGES).await, 404);
    assert_eq!(before.stop("a").await, 404);
    let single = Single::reserve(server).await;
    assert_eq!(single.open().await.status, 404);
    server.counted(json!({ "faults": { "balancer": 3 } })).await;
    assert_eq!(
        server.subscribe(MESSAGES).await.status,
        200,
        "distinct connections go on"
    );
    server.fault(json!({ "profile": "none" })).await;
    assert_eq!(before.start("a", MESSAGES).await, 202);
    server.send("again").await;
    assert_eq!(next(&mut stream).await["id"], "a");
}
