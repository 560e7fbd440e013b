//! Both dialects on an event stream, and what becomes of a stream whose client goes away.

use std::time::Duration;

use lifeline_server::{Bounds, Options};
use serde_json::json;

use super::{start, start_with};
use crate::client::{End, MESSAGES};

const LATEST: &str = "/graphql?query=%7Blatest%7D";

#[tokio::test]
async fn messages_arrive_as_next_events() {
    let server = start().await;
    let mut stream = server.subscribe(MESSAGES).await;
    assert_eq!(
        stream.header("content-type"),
        Some("text/event-stream; charset=utf-8")
    );
    assert_eq!(stream.header("cache-control"), Some("no-cache"));
    assert_eq!(stream.header("x-accel-buffering"), Some("no"));
    assert_eq!(stream.block().await, ":");
    server.send("one\ntwo").await;
    assert_eq!(
        stream.block().await,
        r#"event: next
data: {"data":{"messages":{"id":1,"text":"one\ntwo"}}}"#
    );
    server.send("three").await;
    assert_eq!(stream.result().await["data"]["messages"]["id"], 2);
}

#[tokio::test]
async fn headers_received_means_subscribed() {
    let server = start().await;
    let mut streams = Vec::new();
    for n in 1..=20 {
        let stream = server.subscribe(MESSAGES).await;
        server.send("at once").await;
        streams.push((n, stream));
    }
    for (n, mut stream) in streams {
        assert_eq!(stream.result().await["data"]["messages"]["id"], n);
    }
}

#[tokio::test]
async fn queries_and_mutations_get_next_and_complete() {
    let server = start().await;
    let send = r#"mutation { send(author: " ann ", text: "hi") { id author } }"#;
    let mut stream = server.subscribe(send).await;
    let (text, end) = stream.rest().await;
    let next = r#"event: next
data: {"data":{"send":{"id":1,"author":"ann"}}}"#;
    assert_eq!(text, format!(":\n\n{next}\n\nevent: complete\ndata:\n\n"));
    assert_eq!(end, End::Clean);

    let accept = ["accept: text/event-stream, */*"];
    let mut stream = server.get(LATEST, &accept).await;
    assert_eq!(
        stream.event().await,
        "event: next\ndata: {\"data\":{\"latest\":1}}"
    );
    assert_eq!(stream.event().await, "event: complete\ndata:");
}

#[tokio::test]
async fn a_subscription_that_ends_completes() {
    let server = start().await;
    let ticks = "subscription { ticks(everyMs: 1, bytes: 3, count: 2) { n padding } }";
    let mut stream = server.subscribe(ticks).await;
    let first = stream.result().await;
    assert_eq!(first["data"]["ticks"], json!({ "n": 1, "padding": "xxx" }));
    assert_eq!(stream.result().await["data"]["ticks"]["n"], 2);
    assert_eq!(stream.event().await, "event: complete\ndata:");
    server.until("/sse/ended", 1).await;
}

#[tokio::test]
async fn padding_is_cut_between_characters() {
    let server = start().await;
    for (bytes, of, padding) in [
        (9, "aé漢", "aé漢aé"),
        (8, "aé漢", "aé漢a"),
        (2, "漢", ""),
        (3, "", ""),
    ] {
        let query = format!(
            "subscription {{ ticks(everyMs: 1, bytes: {bytes}, of: \"{of}\") {{ padding }} }}"
        );
        let mut stream = server.subscribe(&query).await;
        assert_eq!(stream.result().await["data"]["ticks"]["padding"], padding);
    }
}

#[tokio::test]
async fn get_reads_every_parameter() {
    let server = start().await;
    let path = "/graphql?query=query%20A%7Blatest%7D%20subscription%20B(%24n%3AInt)\
        %7Bticks(everyMs%3A1%2Cbytes%3A%24n)%7Bpadding%7D%7D\
        &operationName=B&variables=%7B%22n%22%3A2%7D&extensions=%7B%7D";
    let mut stream = server.get(path, &["accept: text/event-stream"]).await;
    assert_eq!(stream.result().await["data"]["ticks"]["padding"], "xx");
}

#[tokio::test]
async fn graphql_errors_are_results_on_the_stream() {
    let server = start().await;
    for (query, hint) in [
        ("{ nothing }", "nothing"),
        ("{ latest", "expected"),
        ("subscription { ticks(everyMs: 0) { n } }", "everyMs"),
        ("subscription { ticks(bytes: 67108865) { n } }", "bytes"),
        (
            "mutation { send(author: \"\", text: \"x\") { id } }",
            "author",
        ),
        ("{ history(last: -1) { id } }", "last"),
        ("{ history(last: 1001) { id } }", "last"),
    ] {
        let mut stream = server.subscribe(query).await;
        let result = stream.result().await;
        let message = result["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains(hint), "{query}: {message}");
        assert_eq!(stream.event().await, "event: complete\ndata:", "{query}");
    }
}

#[tokio::test]
async fn a_comment_comes_at_every_heartbeat() {
    let server = start_with(Options {
        heartbeat: Some(Duration::from_millis(5)),
        ..Options::default()
    })
    .await;
    let mut stream = server.subscribe(MESSAGES).await;
    for _ in 0..4 {
        assert_eq!(stream.block().await, ":");
    }
}

#[tokio::test]
async fn plain_sends_whole_results_with_ids_from_one() {
    let server = start().await;
    let path = "/graphql?dialect=plain&query=subscription%7Bmessages%7Bid%7D%7D";
    server.send("before").await;
    for connection in 0..2 {
        let mut stream = server.get(path, &["accept: text/event-stream"]).await;
        assert_eq!(stream.block().await, ":");
        for nth in 1..=2 {
            server.send("x").await;
            let id = 1 + 2 * connection + nth;
            assert_eq!(
                stream.block().await,
                format!("id: {nth}\ndata: {{\"data\":{{\"messages\":{{\"id\":{id}}}}}}}")
            );
        }
    }
    let path = "/graphql?dialect=plain&query=%7Blatest%7D";
    let mut stream = server.get(path, &["accept: text/event-stream"]).await;
    let (text, end) = stream.rest().await;
    assert!(!text.contains("complete"), "{text}");
    assert_eq!(end, End::Clean);
    let reply = server
        .get(
            "/graphql?dialect=klingon&query=%7Blatest%7D",
            &["accept: text/event-stream"],
        )
        .await;
    assert_eq!(reply.status, 400);
}

#[tokio::test]
async fn a_client_that_leaves_frees_everything_though_no_event_flows() {
    let server = start_with(Options {
        heartbeat: None,
        ..Options::default()
    })
    .await;
    let mut streams = Vec::new();
    for _ in 0..3 {
        let mut stream = server.subscribe(MESSAGES).await;
        assert_eq!(stream.block().await, ":");
        streams.push(stream);
    }
    server.until("/sse/live", 3).await;
    server.until("/operations/live", 3).await;
    drop(streams);
    server.until("/sse/live", 0).await;
    server.until("/operations/live", 0).await;
    let sse = json!({ "opened": 3, "live": 0, "ended": 3, "cut": 0 });
    server.counted(json!({ "sse": sse })).await;
}

#[tokio::test]
async fn a_reader_that_lags_is_ended_without_complete() {
    let server = start_with(Options {
        history: Bounds {
            messages: 1,
            bytes: 1 << 30,
        },
        ..Options::default()
    })
    .await;
    let mut stream = server.subscribe(MESSAGES).await;
    // Not read here: at some point the connection takes no more, and the history moves on.
    let text = "x".repeat(4 << 20);
    while server.stats().await["sse"]["live"] == 1 && server.stats().await["messages"] != 16 {
        server.send(&text).await;
    }
    let (text, end) = stream.rest().await;
    assert_eq!(end, End::Clean);
    assert!(!text.contains("complete"));
    assert_eq!(server.stats().await["lagged"], 1);
}

#[tokio::test]
async fn a_reset_empties_the_chat_and_keeps_connections() {
    let server = start().await;
    let mut stream = server.subscribe(MESSAGES).await;
    server.send("old").await;
    assert_eq!(stream.result().await["data"]["messages"]["id"], 1);
    let reply = server.request("POST", "/reset", &[], b"").await;
    assert_eq!(reply.status, 204);
    server
        .counted(json!({ "sse": { "opened": 0, "live": 1, "ended": 0, "cut": 0 } }))
        .await;
    assert_eq!(server.execute("{ latest }").await["data"]["latest"], 0);
    server.send("new").await;
    let expected = json!({ "id": 1, "text": "new" });
    assert_eq!(stream.result().await["data"]["messages"], expected);
}
