//! Faults that break event streams or refuse them, as a client meets them.

use serde_json::json;

use super::start;
use crate::client::{End, MESSAGES, TICKS};

#[tokio::test]
async fn a_cut_breaks_every_open_stream_inside_an_event() {
    let server = start().await;
    let mut streams = Vec::new();
    for _ in 0..3 {
        let mut stream = server.subscribe(MESSAGES).await;
        assert_eq!(stream.block().await, ":");
        streams.push(stream);
    }
    let done = server.fault(json!({ "profile": "cut" })).await;
    assert_eq!(done, json!({ "profile": "cut", "cut": 3 }));
    server
        .counted(json!({ "sse": { "opened": 3, "live": 0, "ended": 0, "cut": 3 } }))
        .await;
    for mut stream in streams {
        let (text, end) = stream.rest().await;
        assert_eq!(text, "event: next\ndata: {\"data\":{\"messa");
        assert_eq!(end, End::Broken);
    }
    let mut stream = server.subscribe(MESSAGES).await;
    server.send("after").await;
    assert_eq!(stream.result().await["data"]["messages"]["text"], "after");
}

#[tokio::test]
async fn an_armed_cut_strikes_the_next_message_on_every_stream() {
    let server = start().await;
    let mut stream = server.subscribe(MESSAGES).await;
    let plain = "/graphql?dialect=plain&query=subscription%7Bmessages%7Bid%20text%7D%7D";
    let mut plain = server.get(plain, &["accept: text/event-stream"]).await;
    let mut clock = server.subscribe(TICKS).await;
    server.send("before").await;
    let done = server
        .fault(json!({ "profile": "cut", "onNext": true }))
        .await;
    assert_eq!(done, json!({ "profile": "cut" }));
    assert_eq!(server.stats().await["profile"], "cut");
    server.send("the one").await;
    assert_eq!(server.stats().await["profile"], "none");
    let whole = "event: next\ndata: {\"data\":{\"messages\":{\"id\":2,\"text\":\"the one\"}}}\n\n";
    assert_eq!(stream.result().await["data"]["messages"]["id"], 1);
    let half = &whole[..whole.len() / 2];
    assert_eq!(stream.rest().await, (half.to_owned(), End::Broken));
    assert_eq!(plain.result().await["data"]["messages"]["id"], 1);
    assert_eq!(plain.rest().await.1, End::Broken);
    // A stream that carries no messages has no message to be cut in.
    clock.result().await;
    assert_eq!(server.stats().await["sse"]["cut"], 2);

    let mut stream = server.subscribe(MESSAGES).await;
    server.send("after").await;
    assert_eq!(stream.result().await["data"]["messages"]["id"], 3);
    let history = server.execute("{ history { id } }").await;
    let expected = json!([{ "id": 1 }, { "id": 2 }, { "id": 3 }]);
    assert_eq!(history["data"]["history"], expected);
}

#[tokio::test]
async fn a_large_event_is_cut_inside_too() {
    let server = start().await;
    let mut stream = server.subscribe(MESSAGES).await;
    server
        .fault(json!({ "profile": "cut", "onNext": true }))
        .await;
    server.send(&"x".repeat(4 << 20)).await;
    let (text, end) = stream.rest().await;
    assert_eq!(end, End::Broken);
    assert!(!text.trim_start_matches(":\n\n").contains("\n\n"));
}

#[tokio::test]
async fn a_clean_end_says_nothing() {
    let server = start().await;
    let mut stream = server.subscribe(MESSAGES).await;
    let done = server.fault(json!({ "profile": "clean-end" })).await;
    assert_eq!(done, json!({ "profile": "clean-end", "ended": 1 }));
    assert_eq!(stream.rest().await, (":\n\n".to_owned(), End::Clean));
    assert_eq!(server.stats().await["sse"]["ended"], 1);
}

#[tokio::test]
async fn stream_requests_get_a_status_so_many_times() {
    let server = start().await;
    let fault = json!({ "profile": "status", "status": 503, "retryAfter": "1", "times": 2 });
    assert_eq!(server.fault(fault).await, json!({ "profile": "status" }));
    let query = json!({ "query": MESSAGES });
    let sse = ["accept: text/event-stream"];
    for _ in 0..2 {
        assert_eq!(server.execute("{ latest }").await["data"]["latest"], 0);
        assert_eq!(server.stats().await["profile"], "status");
        let reply = server.post("/graphql", &sse, &query).await;
        assert_eq!(
            (reply.status, reply.header("retry-after")),
            (503, Some("1"))
        );
        assert_eq!(reply.header("content-type"), Some("application/json"));
        assert!(reply.json().await["errors"][0]["message"].is_string());
    }
    assert_eq!(server.stats().await["profile"], "none");
    let reply = server.post("/graphql", &sse, &query).await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn a_portal_answers_with_a_page() {
    let server = start().await;
    server.fault(json!({ "profile": "portal" })).await;
    let query = json!({ "query": MESSAGES });
    let sse = ["accept: text/event-stream"];
    let mut reply = server.post("/graphql", &sse, &query).await;
    assert_eq!(reply.status, 200);
    assert!(
        reply
            .header("content-type")
            .unwrap()
            .starts_with("text/html")
    );
    assert!(reply.rest().await.0.contains("<!doctype html>"));
    assert_eq!(server.stats().await["sse"]["opened"], 0);
}

#[tokio::test]
async fn flapping_breaks_each_new_stream_until_none() {
    let server = start().await;
    let mut older = server.subscribe(TICKS).await;
    server
        .fault(json!({ "profile": "flap", "events": 2 }))
        .await;
    for _ in 0..2 {
        let mut stream = server.subscribe(TICKS).await;
        assert_eq!(stream.result().await["data"]["ticks"]["n"], 1);
        assert_eq!(stream.result().await["data"]["ticks"]["n"], 2);
        assert_eq!(stream.rest().await, (String::new(), End::Broken));
    }
    server.fault(json!({ "profile": "none" })).await;
    let mut newer = server.subscribe(TICKS).await;
    for n in 1..=3 {
        assert_eq!(older.result().await["data"]["ticks"]["n"], n);
        assert_eq!(newer.result().await["data"]["ticks"]["n"], n);
    }
    assert_eq!(server.stats().await["sse"]["cut"], 2);
}

#[tokio::test]
async fn an_unknown_profile_is_refused_and_the_known_are_listed() {
    let server = start().await;
    let reply = server
        .post("/faults", &[], &json!({ "profile": "gremlins" }))
        .await;
    assert_eq!(reply.status, 400);
    let message = reply.json().await["errors"][0]["message"].to_string();
    for name in [
        "gremlins",
        "none",
        "cut",
        "clean-end",
        "status",
        "portal",
        "flap",
    ] {
        assert!(message.contains(name), "{message}");
    }
}

#[tokio::test]
async fn a_flapping_stream_may_say_when_to_come_back() {
    let server = start().await;
    let order = json!({ "profile": "flap", "events": 1, "retryMs": 60_000 });
    server.fault(order).await;
    let mut stream = server.subscribe(TICKS).await;
    assert_eq!(stream.block().await, ":");
    assert_eq!(stream.block().await, "retry: 60000");
    assert_eq!(stream.result().await["data"]["ticks"]["n"], 1);
    assert_eq!(stream.rest().await, (String::new(), End::Broken));
}
