//! Events with the ids of their messages, and streams that go on behind one of them.

use super::start;
use crate::client::{Reply, Running, SSE};

const MESSAGES: &str = "/graphql?ids=true&query=subscription%7Bmessages%7Bid%7D%7D";

async fn get(server: Running, path: &str, last: Option<&str>) -> Reply {
    let last = last.map(|id| format!("last-event-id: {id}"));
    let headers: Vec<_> = [SSE].into_iter().chain(last.as_deref()).collect();
    server.get(path, &headers).await
}

#[tokio::test]
async fn events_carry_the_ids_of_their_messages() {
    let server = start().await;
    server.send("before").await;
    for (dialect, event) in [("", "event: next\n"), ("&dialect=plain", "")] {
        let mut stream = get(server, &format!("{MESSAGES}{dialect}"), None).await;
        let id = server.history(0).await.len() + 1;
        server.send("x").await;
        let expected =
            format!("{event}id: {id}\ndata: {{\"data\":{{\"messages\":{{\"id\":{id}}}}}}}");
        assert_eq!(stream.event().await, expected);
    }
    let mut reply = get(server, "/graphql?ids=true&query=%7Blatest%7D", None).await;
    assert!(!reply.event().await.contains("id: "));
}

#[tokio::test]
async fn a_stream_goes_on_behind_the_last_id() {
    // An id from before a reset, and none at all, say nothing.
    for (last, missed) in [
        ("1", &[2, 3][..]),
        ("2", &[3]),
        ("3", &[]),
        ("99", &[]),
        ("", &[]),
    ] {
        let server = start().await;
        for text in ["a", "b", "c"] {
            server.send(text).await;
        }
        let mut stream = get(server, MESSAGES, Some(last)).await;
        server.send("next").await;
        for id in missed.iter().chain(&[4]) {
            assert_eq!(stream.id().await, *id, "{last}");
        }
    }
}

#[tokio::test]
async fn a_last_id_that_is_none_is_refused() {
    let server = start().await;
    for last in ["x", "-1", "1.5", "18446744073709551616"] {
        assert_eq!(
            get(server, MESSAGES, Some(last)).await.status,
            400,
            "{last}"
        );
    }
    let path = MESSAGES.replace("ids=true", "ids=maybe");
    assert_eq!(get(server, &path, None).await.status, 400);
    // A counted id says nothing about messages.
    let path = MESSAGES.replace("ids=true&", "dialect=plain&");
    server.send("old").await;
    let mut stream = get(server, &path, Some("x")).await;
    server.send("new").await;
    assert_eq!(stream.id().await, 2);
}
