//! The program: its one line, its errors, its end.

use std::net::TcpListener;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::client::{End, MESSAGES, Over, Running, within};

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lifeline-server"));
    command
        .args(arguments)
        .env_remove("PORT")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

async fn output(arguments: &[&str]) -> Output {
    within("the program", program(arguments).output())
        .await
        .unwrap()
}

/// Starts it on a free port and waits for its line.
async fn start(over: Over) -> (Child, Running) {
    let (arguments, scheme): (&[_], _) = match over {
        Over::Http1 => (&["--port", "0"], "http://"),
        Over::Tls | Over::Http2(_) => (&["--port", "0", "--tls"], "https://"),
    };
    let mut child = program(arguments).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = within("the line", lines.next_line())
        .await
        .unwrap()
        .unwrap();
    let url = line.strip_prefix("listening on ").unwrap();
    let address = url.strip_prefix(scheme).unwrap().parse().unwrap();
    (child, Running { address, over })
}

#[tokio::test]
async fn signals_end_it_cleanly_though_streams_are_open() {
    for (signal, over) in [
        ("-TERM", Over::Http1),
        ("-INT", Over::Http1),
        ("-TERM", Over::Tls),
        ("-TERM", Over::http2()),
    ] {
        let (mut child, server) = start(over).await;
        let mut stream = server.subscribe(MESSAGES).await;
        assert_eq!(stream.block().await, ":");
        // This one is never read, so its connection cannot end by itself.
        let unread = "subscription { ticks(everyMs: 1, bytes: 4000000) { padding } }";
        let _unread = server.subscribe(unread).await;
        server.fault(json!({ "profile": "hold" })).await;
        let held = server
            .say("GET /graphql?query=%7Blatest%7D HTTP/1.1\r\nhost: x\r\n\r\n")
            .await;
        server.until("/held", 1).await;
        let id = child.id().unwrap().to_string();
        let asked = Instant::now();
        let sent = Command::new("kill").args([signal, &id]).status().await;
        assert!(sent.unwrap().success());
        let status = within("the exit", child.wait()).await.unwrap();
        assert_eq!(status.code(), Some(0));
        // A second is promised; a machine that is busy with other tests gets more.
        assert!(asked.elapsed() < Duration::from_secs(3));
        assert_eq!(stream.rest().await, (String::new(), End::Clean));
        assert_eq!(held.rest().await, "");
    }
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let output = output(&["--port", &port.to_string()]).await;
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        format!(
            "port {port} is taken: stop the program that uses it, or choose another with --port\n"
        )
    );
    assert!(output.stdout.is_empty());
}

#[tokio::test]
async fn help_version_and_mistakes() {
    let help = output(&["--help"]).await;
    assert!(help.status.success());
    assert!(
        String::from_utf8(help.stdout)
            .unwrap()
            .contains("--heartbeat-ms")
    );
    let version = output(&["--version"]).await;
    let expected = concat!("lifeline-server ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(String::from_utf8(version.stdout).unwrap(), expected);
    let mistake = output(&["--port", "x"]).await;
    assert_eq!(mistake.status.code(), Some(2));
    assert!(
        String::from_utf8(mistake.stderr)
            .unwrap()
            .contains("--port x")
    );
}
