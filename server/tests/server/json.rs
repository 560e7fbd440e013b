//! Plain JSON, and requests that are refused before GraphQL sees them.

use serde_json::json;

use super::start;
use crate::client::{MESSAGES, TICKS};

const SSE: &str = "accept: text/event-stream";
const JSON: &str = "content-type: application/json";

#[tokio::test]
async fn queries_and_mutations_are_answered_in_the_type_that_is_preferred() {
    let server = start().await;
    let sent = server
        .execute(r#"mutation { send(author: "ann", text: "hi") { id author text sentAt } }"#)
        .await;
    let at = sent["data"]["send"]["sentAt"].as_str().unwrap();
    assert!(at.len() == 24 && at.ends_with('Z'), "{at}");
    assert_eq!(sent["data"]["send"]["id"], 1);

    let reply = server.get("/graphql?query=%7Blatest%7D", &[]).await;
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.json().await, json!({ "data": { "latest": 1 } }));

    let accept = "accept: application/graphql-response+json, application/json;q=0.9";
    let reply = server
        .post("/graphql", &[accept], &json!({ "query": "{ latest }" }))
        .await;
    let preferred = Some("application/graphql-response+json");
    assert_eq!(reply.header("content-type"), preferred);
}

#[tokio::test]
async fn history_is_paged_backwards() {
    let server = start().await;
    for text in ["a", "b", "c"] {
        server.send(text).await;
    }
    let page = server
        .execute("{ history(last: 2, before: 3) { id text } }")
        .await;
    let expected = json!([{ "id": 1, "text": "a" }, { "id": 2, "text": "b" }]);
    assert_eq!(page["data"]["history"], expected);
}

#[tokio::test]
async fn malformed_requests_get_400_and_a_reason() {
    let server = start().await;
    for path in [
        "/graphql",
        "/graphql?query=",
        "/graphql?query=%7Blatest%7D&variables=%7B",
        "/graphql?query=%7Blatest%7D&variables=1",
        "/graphql?query=%7Blatest%7D&extensions=1",
    ] {
        for headers in [&[][..], &[SSE]] {
            let reply = server.get(path, headers).await;
            assert_eq!(reply.status, 400, "{path}");
            assert!(reply.json().await["errors"][0]["message"].is_string());
        }
    }
    for body in [
        "",
        "{",
        "[]",
        "{}",
        r#"{"query":1}"#,
        r#"{"query":"{latest}","variables":1}"#,
    ] {
        let reply = server
            .request("POST", "/graphql", &[JSON, SSE], body.as_bytes())
            .await;
        assert_eq!(reply.status, 400, "{body}");
        assert!(reply.json().await["errors"][0]["message"].is_string());
    }
    let nulls = json!({ "query": "{latest}", "variables": null, "operationName": null, "extensions": null });
    assert_eq!(server.post("/graphql", &[], &nulls).await.status, 200);
}

#[tokio::test]
async fn methods_types_and_sizes_are_checked() {
    let server = start().await;
    for method in ["DELETE", "HEAD"] {
        let reply = server.request(method, "/graphql", &[SSE], b"").await;
        assert_eq!(
            (reply.status, reply.header("allow")),
            (405, Some("GET, POST, PUT, DELETE"))
        );
    }
    let send = "/graphql?query=mutation%7Bsend(author%3A%22a%22%2Ctext%3A%22b%22)%7Bid%7D%7D";
    for headers in [&[][..], &[SSE]] {
        let reply = server.get(send, headers).await;
        assert_eq!((reply.status, reply.header("allow")), (405, Some("POST")));
    }
    assert_eq!(server.stats().await["messages"], 0);
    let text = ["content-type: text/plain"];
    let reply = server
        .request("POST", "/graphql", &text, b"{\"query\":\"{latest}\"}")
        .await;
    assert_eq!(reply.status, 415);
    let reply = server
        .post("/graphql", &[], &json!({ "query": MESSAGES }))
        .await;
    assert_eq!(reply.status, 406);
    let large = vec![b' '; 16 * 1024 * 1024 + 1];
    let reply = server.request("POST", "/graphql", &[JSON], &large).await;
    assert_eq!(reply.status, 413);
}

#[tokio::test]
async fn explosive_documents_are_refused() {
    let server = start().await;
    let mut query = String::from("{ ...F0 }");
    for n in 0..60 {
        let next = n + 1;
        query += &format!("fragment F{n} on Query {{ ...F{next} ...F{next} }}");
    }
    query += "fragment F60 on Query { latest }";
    let refused = server.execute(&query).await;
    assert!(
        refused["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("fragments")
    );
    let deep = format!("{}latest", "{a".repeat(100_000));
    assert!(server.execute(&deep).await["errors"].is_array());
    let pages: String = (0..5).map(|n| format!("a{n}: history {{ id }} ")).collect();
    let refused = server.execute(&format!("{{ {pages} }}")).await;
    assert!(refused["errors"].is_array(), "{refused}");
}

#[tokio::test]
async fn operations_and_requests_are_counted() {
    let server = start().await;
    server.send("one").await;
    server.execute("{ latest }").await;
    server.execute("{ nonsense").await;
    let mut stream = server.subscribe(MESSAGES).await;
    assert_eq!(stream.block().await, ":");
    let stats = server.stats().await;
    let faults = stats["faults"].as_object().unwrap();
    assert_eq!(faults.len(), 32);
    assert!(faults.values().all(|count| count == 0), "{faults:?}");
    let executed = json!({ "history": 0, "latest": 1, "send": 1, "messages": 1, "ticks": 0 });
    let expected = json!({
        "sse": { "requests": 1, "opened": 1, "live": 1, "ended": 0, "cut": 0 },
        "ws": { "requests": 0, "opened": 0, "live": 0, "ended": 0, "cut": 0 },
        "http": { "requests": 4 },
        "operations": {
            "query": 1, "mutation": 1, "subscription": 1, "live": 1, "executed": executed,
        },
        "messages": 1,
        "lagged": 0,
        "heartbeats": 0,
        "segments": { "results": 0, "slices": 0 },
        "reservations": 0,
        "held": 0,
        "profile": "none",
        "faults": faults,
        "zombies": 0,
    });
    assert_eq!(stats, expected);
}

#[tokio::test]
async fn each_field_is_counted_as_often_as_it_is_executed() {
    let server = start().await;
    server
        .execute("{ a: history { id } b: history { id } latest }")
        .await;
    server.execute("{ latest nothing }").await;
    // What fails was executed all the same; what is refused was not.
    server.execute("{ history(last: -1) { id } }").await;
    server
        .execute(r#"mutation { send(author: "", text: "x") { id } }"#)
        .await;
    let pages: String = (0..5).map(|n| format!("a{n}: history {{ id }} ")).collect();
    server.execute(&format!("{{ {pages} }}")).await;
    let mut clock = server.subscribe(TICKS).await;
    clock.result().await;
    clock.result().await;
    let executed = |executed| json!({ "operations": { "executed": executed } });
    server
        .counted(executed(
            json!({ "history": 3, "latest": 1, "send": 1, "messages": 0, "ticks": 1 }),
        ))
        .await;
    // Each execution that succeeds adds a message: what was sent twice is there twice.
    for text in ["once", "twice", "twice"] {
        server.send(text).await;
    }
    let history = server.execute("{ history { text } }").await;
    let expected = json!([{ "text": "once" }, { "text": "twice" }, { "text": "twice" }]);
    assert_eq!(history["data"]["history"], expected);
    assert_eq!(server.request("POST", "/reset", &[], b"").await.status, 204);
    server
        .counted(executed(
            json!({ "history": 0, "latest": 0, "send": 0, "messages": 0, "ticks": 0 }),
        ))
        .await;
}
