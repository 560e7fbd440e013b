//! Results in segments, and what faults make of them.

use serde_json::{Value, json};

use super::start;
use crate::client::{End, MESSAGES, Reply, Running, SSE};
use crate::socket::Socket;

/// A text of which no two slices are alike.
fn large() -> String {
    (0..3000).map(|n| format!("{n} é漢😀 \"\\\n")).collect()
}

fn asking(query: &str, most: usize) -> Value {
    json!({ "query": query, "extensions": { "lifeline": { "maxSegmentBytes": most } } })
}

async fn subscribe(server: Running, path: &str, most: usize) -> Reply {
    let reply = server.post(path, &[SSE], &asking(MESSAGES, most)).await;
    assert_eq!(reply.status, 200);
    reply
}

async fn subscribed(server: Running, most: usize) -> Socket {
    let mut socket = Socket::acknowledged(server).await;
    let payload = asking(MESSAGES, most);
    socket
        .say(json!({ "id": "a", "type": "subscribe", "payload": payload }))
        .await;
    socket.ping().await;
    socket
}

struct Slice {
    header: Value,
    text: String,
    /// The id of its event.
    id: Option<String>,
}

impl Slice {
    fn index(&self) -> u64 {
        self.header["i"].as_u64().unwrap()
    }

    fn count(&self) -> u64 {
        self.header["n"].as_u64().unwrap()
    }

    async fn of_stream(stream: &mut Reply) -> Self {
        let event = stream.event().await;
        let mut lines = event.lines();
        assert_eq!(lines.next(), Some("event:segment"));
        let mut line = lines.next().unwrap();
        let id = line.strip_prefix("id: ").map(String::from);
        if id.is_some() {
            line = lines.next().unwrap();
        }
        let header = serde_json::from_str(line.strip_prefix("data:").unwrap()).unwrap();
        let text = lines.next().unwrap().strip_prefix("data: ").unwrap().into();
        assert_eq!(lines.next(), None);
        Self { header, text, id }
    }

    async fn of_socket(socket: &mut Socket) -> Self {
        let mut frame = socket.hear_json().await;
        assert_eq!(
            (&frame["type"], &frame["id"]),
            (&json!("segment"), &json!("a"))
        );
        let mut header = frame["payload"].take();
        let text = header.as_object_mut().unwrap().remove("s").unwrap();
        let text = text.as_str().unwrap().into();
        Self {
            header,
            text,
            id: None,
        }
    }
}

/// CRC-32, bit by bit.
fn crc32(text: &str) -> u32 {
    !text.bytes().fold(!0, |crc: u32, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 * (crc & 1))
        })
    })
}

/// The result, if its slices are all there, in order, undamaged.
fn whole(slices: &[Slice]) -> Option<Value> {
    let first = slices.first()?;
    for (index, slice) in (0..).zip(slices) {
        let mut expected = first.header.clone();
        expected["i"] = json!(index);
        if slice.header != expected {
            return None;
        }
    }
    let text: String = slices.iter().map(|slice| &*slice.text).collect();
    let complete = first.count() == u64::try_from(slices.len()).unwrap();
    let sound = first.header["b"] == text.len() && first.header["c"] == crc32(&text);
    (complete && sound).then(|| serde_json::from_str(&text).unwrap())
}

async fn all(stream: &mut Reply) -> Vec<Slice> {
    let mut slices = vec![Slice::of_stream(stream).await];
    while slices.last().unwrap().index() + 1 < slices[0].count() {
        slices.push(Slice::of_stream(stream).await);
    }
    slices
}

#[tokio::test]
async fn a_large_result_comes_in_slices_for_who_asks() {
    let server = start().await;
    let mut asking = subscribe(server, "/graphql", 1000).await;
    let mut other = server.subscribe(MESSAGES).await;
    let mut deaf = subscribe(server, "/graphql", 255).await;
    let text = large();
    server.send(&text).await;
    server.send("small").await;
    let slices = all(&mut asking).await;
    assert!(slices.iter().all(|slice| slice.text.len() <= 1000));
    let result = json!({ "data": { "messages": { "id": 1, "text": text } } });
    assert_eq!(whole(&slices), Some(result.clone()));
    for stream in [&mut other, &mut deaf] {
        assert_eq!(stream.result().await, result);
    }
    for stream in [&mut asking, &mut other, &mut deaf] {
        assert_eq!(stream.id().await, 2);
    }
    let counted = json!({ "results": 1, "slices": slices.len() });
    server.counted(json!({ "segments": counted })).await;
}

#[tokio::test]
async fn results_are_numbered_and_a_get_may_ask_too() {
    let server = start().await;
    let path = "/graphql?dialect=plain&query=subscription%7Bticks(everyMs%3A1%2Cbytes%3A600%2Ccount%3A3)%7Bn%20padding%7D%7D\
        &extensions=%7B%22lifeline%22%3A%7B%22maxSegmentBytes%22%3A256%7D%7D";
    let mut stream = server.get(path, &[SSE]).await;
    for n in 0..3 {
        let slices = all(&mut stream).await;
        assert_eq!(slices[0].header["r"], n);
        let ids = slices.iter().map(|slice| slice.id.as_deref());
        // Only a whole result moves the last id on.
        assert_eq!(
            ids.collect::<Vec<_>>(),
            [None, None, Some(&*(n + 1).to_string())]
        );
        assert_eq!(whole(&slices).unwrap()["data"]["ticks"]["n"], n + 1);
    }
}

#[tokio::test]
async fn on_a_reserved_stream_each_operation_has_what_it_asked_for() {
    let server = start().await;
    let (token, _) = server
        .request("PUT", "/graphql", &[], b"")
        .await
        .rest()
        .await;
    let header = format!("x-graphql-event-stream-token: {token}");
    let mut stream = server.get("/graphql", &[SSE, &header]).await;
    for (id, most) in [("7-1", 300), ("7-2", 0)] {
        let mut body = asking(MESSAGES, most);
        body["extensions"]["operationId"] = json!(id);
        let reply = server.post("/graphql", &[&header], &body).await;
        assert_eq!(reply.status, 202);
    }
    server.send(&"x".repeat(400)).await;
    let mut slices = Vec::new();
    while slices.len() < 2 {
        let event = stream.event().await;
        if event.starts_with("event: next\n") {
            assert!(event.contains("\"id\":\"7-2\""));
            continue;
        }
        let mut lines = event.lines().skip(1);
        let header: Value = serde_json::from_str(&lines.next().unwrap()[5..]).unwrap();
        assert_eq!(header["id"], "7-1");
        let text = lines.next().unwrap()[6..].into();
        slices.push(Slice {
            header,
            text,
            id: None,
        });
    }
    // The payload alone.
    assert_eq!(whole(&slices).unwrap()["data"]["messages"]["id"], 1);
}

#[tokio::test]
async fn a_socket_has_the_same_in_frames() {
    let server = start().await;
    let mut socket = subscribed(server, 1000).await;
    let mut other = Socket::subscribed(server, MESSAGES).await;
    let text = large();
    let result = |id| json!({ "data": { "messages": { "id": id, "text": text } } });
    for n in 0..2 {
        server.send(&text).await;
        let mut slices = vec![Slice::of_socket(&mut socket).await];
        while slices.last().unwrap().index() + 1 < slices[0].count() {
            slices.push(Slice::of_socket(&mut socket).await);
        }
        assert!(slices.iter().all(|slice| slice.text.len() <= 1000));
        assert_eq!(slices[0].header["r"], n);
        assert_eq!(whole(&slices), Some(result(n + 1)));
        assert_eq!(other.result().await, result(n + 1));
    }
    server.send("small").await;
    assert_eq!(socket.id().await, 3);
    // The same name again, without the wish.
    socket.say(json!({ "id": "a", "type": "complete" })).await;
    assert_eq!(socket.hear_json().await["type"], "complete");
    socket.subscribe("a", MESSAGES).await;
    socket.ping().await;
    server.send(&text).await;
    assert_eq!(socket.id().await, 4);
}

#[tokio::test]
async fn faults_strike_a_slice_of_each_result() {
    for (fault, indices) in [
        ("segment-lost", &[0, 2, 3][..]),
        ("segment-swapped", &[0, 2, 1, 3]),
        ("segment-twice", &[0, 1, 1, 2, 3]),
        ("segment-damaged", &[0, 1, 2, 3]),
        ("segment-stuck", &[0, 1, 2]),
    ] {
        let server = start().await;
        let mut stream = subscribe(server, "/graphql", 256).await;
        let mut socket = subscribed(server, 256).await;
        let mut plain = server.subscribe(MESSAGES).await;
        let order = json!({ "profile": fault, "on": "all", "times": 4 });
        server.fault(order).await;
        for id in 1..=2 {
            server.send(&"x".repeat(900)).await;
            let (mut streamed, mut framed) = (Vec::new(), Vec::new());
            for _ in indices {
                streamed.push(Slice::of_stream(&mut stream).await);
                framed.push(Slice::of_socket(&mut socket).await);
            }
            for slices in [&streamed, &framed] {
                let found: Vec<_> = slices.iter().map(Slice::index).collect();
                assert_eq!(found, indices, "{fault}");
                assert_eq!(whole(slices), None, "{fault}");
            }
            assert_eq!(plain.id().await, id);
        }
        let slices = 4 * indices.len();
        let counted = json!({ "results": 4, "slices": slices });
        let befallen = json!({ fault: 4 });
        server
            .counted(json!({ "segments": counted, "faults": befallen, "profile": "none" }))
            .await;
        server.send(&"x".repeat(900)).await;
        assert!(whole(&all(&mut stream).await).is_some());
    }
}

#[tokio::test]
async fn a_cut_and_a_crash_find_segments_too() {
    let server = start().await;
    let mut stream = subscribe(server, "/graphql", 256).await;
    server.fault(json!({ "profile": "large-crash" })).await;
    server.send(&"x".repeat(9000)).await;
    // Each event is small enough.
    assert!(whole(&all(&mut stream).await).is_some());
    let order = json!({ "profile": "large-crash", "bytes": 200 });
    server.fault(order).await;
    server.send(&"x".repeat(900)).await;
    assert_eq!(stream.rest().await, (String::new(), End::Clean));
    server.fault(json!({ "profile": "none" })).await;

    let mut stream = subscribe(server, "/graphql", 256).await;
    server
        .fault(json!({ "profile": "cut", "onNext": true }))
        .await;
    server.send(&"x".repeat(900)).await;
    let (text, end) = stream.rest().await;
    assert_eq!(
        (text.matches("event:segment").count(), end),
        (3, End::Broken)
    );
    assert!(!text.ends_with("\n\n"));
}

#[tokio::test]
async fn megabytes_arrive() {
    let server = start().await;
    let query =
        "subscription { ticks(everyMs: 1, bytes: 16777216, count: 1, of: \"añ😀\") { padding } }";
    let body = asking(query, 1 << 20);
    let mut stream = server.post("/graphql", &[SSE], &body).await;
    let (text, end) = stream.rest().await;
    assert_eq!(end, End::Clean);
    assert_eq!(text.matches("event:segment").count(), 17);
    assert!(text.len() > 16 << 20 && text.ends_with("event: complete\ndata:\n\n"));
}
