//! TLS: who is trusted, what is spoken inside, and what HTTP/2 is there for.

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use lifeline_server::Options;

use crate::client::{End, MESSAGES, Over, Running, Shared, TICKS, start_over, within};
use crate::dial::{self, HTTP_1, HTTP_2};
use crate::socket::{self, Socket};

async fn start_http2() -> (Running, &'static Shared) {
    let connection: &'static Shared = Box::leak(Box::default());
    let server = start_over(Over::Http2(connection), Options::default()).await;
    (server, connection)
}

async fn start_tls() -> Running {
    start_over(Over::Tls, Options::default()).await
}

#[tokio::test]
async fn the_certificate_is_for_the_loopback_and_new_each_time() {
    let mut certificates = Vec::new();
    for _ in 0..2 {
        let server = start_tls().await;
        let stream = dial::tls(server.address, &[]).await;
        let (_, session) = stream.get_ref();
        let shown = session.peer_certificates().unwrap();
        assert_eq!(shown.len(), 1);
        let certificate = shown[0].clone().into_owned();
        for name in ["localhost", "127.0.0.1", "::1"] {
            let trusted = dial::tls_trusting(server.address, certificate.clone(), name).await;
            assert!(trusted.is_ok(), "{name}: {trusted:?}");
        }
        let stranger = dial::tls_trusting(server.address, certificate.clone(), "page.test").await;
        assert!(stranger.is_err());
        certificates.push(certificate);
    }
    assert_ne!(certificates[0], certificates[1]);
}

#[tokio::test]
async fn http2_is_liked_better_and_http1_goes_on() {
    let server = start_tls().await;
    for (offered, agreed) in [
        (&[HTTP_1, HTTP_2][..], Some(HTTP_2)),
        (&[HTTP_1], Some(HTTP_1)),
        (&[], None),
    ] {
        let mut stream = dial::tls(server.address, offered).await;
        assert_eq!(dial::protocol(&stream), agreed);
        if agreed == Some(HTTP_2) {
            continue;
        }
        let request = b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        stream.write_all(request).await.unwrap();
        let mut answer = String::new();
        within("the answer", stream.read_to_string(&mut answer))
            .await
            .unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    }
}

#[tokio::test]
async fn a_client_that_agrees_on_nothing_holds_up_nobody() {
    let server = start_tls().await;
    let _silent = dial::tcp(server.address).await;
    let mut plain = dial::tcp(server.address).await;
    plain
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    let _ = within("the end", plain.read_to_end(&mut answer)).await;
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    assert_eq!(server.get("/healthz", &[]).await.status, 200);
}

#[tokio::test]
async fn streams_and_sockets_break_over_http1_too() {
    let server = start_tls().await;
    let mut stream = server.subscribe(MESSAGES).await;
    let mut socket = Socket::subscribed(server, MESSAGES).await;
    server.send("hi").await;
    assert_eq!((stream.id().await, socket.id().await), (1, 1));
    let done = server.fault(json!({ "profile": "cut", "on": "all" })).await;
    assert_eq!(done["cut"], 2);
    let half = "event: next\ndata: {\"data\":{\"messa".to_owned();
    assert_eq!(stream.rest().await, (half, End::Broken));
    assert_eq!(socket.end().await, socket::End::Reset);
}

/// With threads, as the program has them: what writes is not what is written for.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_streams_share_a_connection_and_it_outlives_their_cut() {
    let (server, _) = start_http2().await;
    let mut clock = server.subscribe(TICKS).await;
    for round in 0..5 {
        let mut streams = Vec::new();
        for _ in 0..30 {
            streams.push(server.subscribe(MESSAGES).await);
        }
        server.send("whole").await;
        let armed = json!({ "profile": "cut", "onNext": true });
        server.fault(armed).await;
        server.send("half").await;
        let (whole, half) = (2 * round + 1, 2 * round + 2);
        let event = format!(
            "event: next\ndata: {{\"data\":{{\"messages\":{{\"id\":{half},\"text\":\"half\"}}}}}}\n\n"
        );
        for stream in &mut streams {
            assert_eq!(stream.id().await, whole);
            let half = event[..event.len() / 2].to_owned();
            assert_eq!(stream.rest().await, (half, End::Broken));
        }
        clock.result().await;
    }
    server
        .counted(json!({ "sse": { "opened": 151, "live": 1, "cut": 150 } }))
        .await;
}

/// A reset overtakes what was not written yet, so it has to wait for that.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_large_half_comes_before_the_reset() {
    const LENGTH: usize = 1 << 20;
    let (server, _) = start_http2().await;
    let mut stream = server.subscribe(MESSAGES).await;
    assert_eq!(stream.block().await, ":");
    server
        .fault(json!({ "profile": "cut", "onNext": true }))
        .await;
    server.send(&"x".repeat(LENGTH)).await;
    let (text, end) = stream.rest().await;
    assert_eq!((text.len() / (LENGTH / 2), end), (1, End::Broken));
}

#[tokio::test]
async fn a_client_that_does_not_read_is_reset_all_the_same() {
    let (server, connection) = start_http2().await;
    let narrow = dial::http2(server.address, 65_535).await;
    connection.set(narrow).unwrap();
    let mut stream = server.subscribe(MESSAGES).await;
    assert_eq!(stream.block().await, ":");
    server
        .fault(json!({ "profile": "cut", "onNext": true }))
        .await;
    // Half of it is more than there is room for.
    server.send(&"x".repeat(1 << 20)).await;
    server.until("/operations/live", 0).await;
    let (text, end) = stream.rest().await;
    assert!((1..=65_535).contains(&text.len()), "{}", text.len());
    assert_eq!(end, End::Broken);
}

#[tokio::test]
async fn sockets_are_not_offered_over_http2() {
    let (server, connection) = start_http2().await;
    assert_eq!(server.get("/healthz", &[]).await.status, 200);
    let requests = connection.get().unwrap();
    assert!(!requests.is_extended_connect_protocol_enabled());
}
