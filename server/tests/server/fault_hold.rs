//! Requests that wait for their answers until the order is lifted.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::task::JoinHandle;

use super::start;
use crate::client::{MESSAGES, Reply, Running, SSE, within};
use crate::socket::Socket;

const LATEST: &str = "/graphql?query=%7Blatest%7D";

/// Begins something, and waits until so many requests are held.
async fn begin<T, F>(server: Running, held: u64, what: F) -> JoinHandle<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let begun = tokio::spawn(what);
    server.until("/held", held).await;
    begun
}

async fn hold(server: Running, more: Value) {
    let mut order = json!({ "profile": "hold" });
    order
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    assert_eq!(server.fault(order).await, json!({ "profile": "hold" }));
}

async fn lift(server: Running) {
    server.fault(json!({ "profile": "none" })).await;
}

async fn done<T>(begun: JoinHandle<T>) -> T {
    within("what was held", begun).await.unwrap()
}

/// The id of the message that it sent.
async fn send(server: Running) -> u64 {
    let query = "mutation { send(author: \"ann\", text: \"x\") { id } }";
    server.execute(query).await["data"]["send"]["id"]
        .as_u64()
        .unwrap()
}

async fn latest(server: Running) -> u64 {
    let reply = server.get(LATEST, &[]).await.json().await;
    reply["data"]["latest"].as_u64().unwrap()
}

async fn subscribe(server: Running) -> Reply {
    server.subscribe(MESSAGES).await
}

/// With threads, which may overtake each other.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn everything_waits_and_is_then_answered_in_the_order_in_which_it_came() {
    let server = start().await;
    let mut older = server.subscribe(MESSAGES).await;
    assert_eq!(older.block().await, ":");
    hold(server, json!({})).await;
    let first = begin(server, 1, send(server)).await;
    let seen = begin(server, 2, latest(server)).await;
    let second = begin(server, 3, send(server)).await;
    let stream = begin(server, 4, subscribe(server)).await;
    let reserve = async move { server.request("PUT", "/graphql", &[], b"").await.status };
    let reserved = begin(server, 5, reserve).await;
    let third = begin(server, 6, send(server)).await;

    assert_eq!(server.get("/healthz", &[SSE]).await.status, 200);
    let preflight = [
        "origin: http://page.test",
        "access-control-request-method: POST",
    ];
    let preflight = server.request("OPTIONS", "/graphql", &preflight, b"").await;
    assert_eq!(preflight.status, 200);
    let none = json!({ "history": 0, "latest": 0, "send": 0, "messages": 1, "ticks": 0 });
    server
        .counted(json!({
            "profile": "hold",
            "faults": { "hold": 6 },
            "held": 6,
            "http": { "requests": 7 },
            "sse": { "requests": 2, "opened": 1 },
            "operations": { "mutation": 0, "query": 0, "executed": none },
            "reservations": 0,
        }))
        .await;
    assert!(
        ![&first, &second, &third]
            .iter()
            .any(|sent| sent.is_finished())
    );

    lift(server).await;
    assert_eq!(
        [done(first).await, done(second).await, done(third).await],
        [1, 2, 3]
    );
    assert_eq!(done(seen).await, 1);
    // It came behind two messages and before one.
    assert_eq!(done(stream).await.id().await, 3);
    assert_eq!(done(reserved).await, 201);
    for id in 1..=3 {
        assert_eq!(older.id().await, id);
    }
    server.until("/held", 0).await;
}

#[tokio::test]
async fn whoever_leaves_is_not_executed() {
    let server = start().await;
    hold(server, json!({})).await;
    let leaves = begin(server, 1, send(server)).await;
    let leaves_too = begin(server, 2, subscribe(server)).await;
    let stays = begin(server, 3, send(server)).await;
    leaves.abort();
    leaves_too.abort();
    server.until("/held", 1).await;
    lift(server).await;
    assert_eq!(done(stays).await, 1);
    server
        .counted(json!({
            "messages": 1,
            "sse": { "requests": 1, "opened": 0 },
            "operations": { "executed": { "send": 1, "messages": 0 } },
            "faults": { "hold": 3 },
        }))
        .await;
}

#[tokio::test]
async fn a_numbered_one_lets_the_next_through_and_goes_on_for_the_others() {
    let server = start().await;
    hold(server, json!({ "times": 2 })).await;
    let first = begin(server, 1, send(server)).await;
    let second = begin(server, 2, latest(server)).await;
    server.counted(json!({ "profile": "none" })).await;
    assert_eq!(send(server).await, 1);
    server
        .counted(json!({ "held": 2, "faults": { "hold": 2 } }))
        .await;
    lift(server).await;
    assert_eq!((done(first).await, done(second).await), (2, 2));
}

#[tokio::test]
async fn it_ends_when_its_time_is_up() {
    let server = start().await;
    let ordered = Instant::now();
    hold(server, json!({ "for": 100 })).await;
    assert_eq!(send(server).await, 1);
    assert!(ordered.elapsed() >= Duration::from_millis(100));
    server
        .counted(json!({ "profile": "none", "held": 0 }))
        .await;
}

#[tokio::test]
async fn upgrades_wait_if_it_is_on_sockets() {
    let server = start().await;
    hold(server, json!({})).await;
    Socket::subscribed(server, MESSAGES).await;
    hold(server, json!({ "on": "ws" })).await;
    let socket = begin(server, 1, Socket::subscribed(server, MESSAGES)).await;
    assert_eq!(send(server).await, 1);
    let _stream = server.subscribe(MESSAGES).await;
    server
        .counted(json!({ "held": 1, "ws": { "requests": 2, "opened": 1 } }))
        .await;
    lift(server).await;
    let mut socket = done(socket).await;
    assert_eq!(send(server).await, 2);
    assert_eq!(socket.id().await, 2);
}

#[tokio::test]
async fn what_is_released_meets_what_was_ordered_next() {
    let server = start().await;
    hold(server, json!({})).await;
    let ask = async move { server.ask(MESSAGES).await.status };
    let first = begin(server, 1, ask).await;
    let second = begin(server, 2, subscribe(server)).await;
    let third = begin(server, 3, send(server)).await;
    hold(server, json!({})).await;
    // All of them again, in their order.
    server.until("/faults/hold", 6).await;
    server.until("/held", 3).await;
    server
        .fault(json!({ "profile": "status-503", "times": 1 }))
        .await;
    assert_eq!(done(first).await, 503);
    assert_eq!(done(third).await, 1);
    assert_eq!(done(second).await.id().await, 1);
}

#[tokio::test]
async fn half_a_request_holds_up_nobody() {
    let server = start().await;
    hold(server, json!({})).await;
    let mut half = server.pipe().await;
    let head = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
        content-length: 100\r\n\r\n{";
    half.write_all(head).await.unwrap();
    half.flush().await.unwrap();
    server.until("/faults/hold", 1).await;
    let whole = begin(server, 1, send(server)).await;
    lift(server).await;
    assert_eq!(done(whole).await, 1);
}
