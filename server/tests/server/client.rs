//! A server of one's own for each test, and what a test asks of it.

use std::future::pending;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use h2::client::SendRequest;
use lifeline_server::{Options, Server};
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use tokio::time::timeout;

use crate::dial::{self, HTTP_1, Pipe};
use crate::line::Line;
pub use crate::reply::{End, Reply};

/// No test waits longer for anything.
const LIMIT: Duration = Duration::from_secs(20);

pub const MESSAGES: &str = "subscription { messages { id text } }";
pub const TICKS: &str = "subscription { ticks(everyMs: 1) { n } }";
pub const SSE: &str = "accept: text/event-stream";

pub async fn within<F: Future>(what: &str, future: F) -> F::Output {
    match timeout(LIMIT, future).await {
        Ok(output) => output,
        Err(_) => panic!("gave up waiting for {what}"),
    }
}

/// A connection that is made when it is first needed.
pub type Shared = OnceCell<SendRequest<Bytes>>;

/// How its clients speak to a server.
#[derive(Clone, Copy)]
pub enum Over {
    /// HTTP/1.1, a connection for each request.
    Http1,
    /// The same inside TLS.
    Tls,
    /// HTTP/2 inside TLS, all requests on one connection; sockets as above.
    Http2(&'static Shared),
}

impl Over {
    pub fn http2() -> Self {
        Self::Http2(Box::leak(Box::default()))
    }
}

/// A server on a free port, which lives as long as the test.
#[derive(Clone, Copy)]
pub struct Running {
    pub address: SocketAddr,
    pub over: Over,
}

pub async fn start_over(over: Over, options: Options) -> Running {
    let tls = match over {
        Over::Http1 => false,
        Over::Tls | Over::Http2(_) => true,
    };
    let options = Options {
        port: 0,
        tls,
        ..options
    };
    let server = Server::bind(options).await.unwrap();
    let address = server.address();
    tokio::spawn(server.run(pending()));
    Running { address, over }
}

/// Heartbeats so quick that a test can wait for some of them.
pub fn quick() -> Options {
    Options {
        heartbeat: Some(Duration::from_millis(5)),
        ..Options::default()
    }
}

impl Running {
    pub async fn request(self, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Reply {
        within(path, Reply::of(self, method, path, headers, body)).await
    }

    pub async fn get(self, path: &str, headers: &[&str]) -> Reply {
        self.request("GET", path, headers, b"").await
    }

    pub async fn post(self, path: &str, headers: &[&str], body: &Value) -> Reply {
        let headers = [&["content-type: application/json"], headers].concat();
        let body = body.to_string();
        self.request("POST", path, &headers, body.as_bytes()).await
    }

    /// A query or mutation over POST, as plain JSON.
    pub async fn execute(self, query: &str) -> Value {
        let reply = self.post("/graphql", &[], &json!({ "query": query })).await;
        assert_eq!(reply.status, 200);
        reply.json().await
    }

    pub async fn send(self, text: &str) {
        let query = "mutation($text: String!) { send(author: \"ann\", text: $text) { id } }";
        let body = json!({ "query": query, "variables": { "text": text } });
        let sent = self.post("/graphql", &[], &body).await.json().await;
        assert!(sent["data"]["send"]["id"].is_u64(), "{sent}");
    }

    /// Whatever the answer is.
    pub async fn ask(self, query: &str) -> Reply {
        self.post("/graphql", &[SSE], &json!({ "query": query }))
            .await
    }

    pub async fn subscribe(self, query: &str) -> Reply {
        let reply = self.ask(query).await;
        assert_eq!(reply.status, 200);
        reply
    }

    /// The ids of the messages that the history has after this one.
    pub async fn history(self, after: u64) -> Vec<u64> {
        let query = format!("{{ history(after: {after}) {{ id }} }}");
        let page = self.execute(&query).await;
        let messages = page["data"]["history"].as_array().unwrap();
        messages
            .iter()
            .map(|message| message["id"].as_u64().unwrap())
            .collect()
    }

    /// Sends this much of a request, and waits for nothing.
    pub async fn say(self, head: &str) -> Line {
        Line::say(self, head).await
    }

    /// A connection below HTTP/1.1.
    pub async fn pipe(self) -> Pipe {
        match self.over {
            Over::Http1 => Box::new(dial::tcp(self.address).await),
            Over::Tls | Over::Http2(_) => Box::new(dial::tls(self.address, &[HTTP_1]).await),
        }
    }

    pub async fn fault(self, fault: Value) -> Value {
        self.post("/faults", &[], &fault).await.json().await
    }

    pub async fn stats(self) -> Value {
        self.get("/stats", &[]).await.json().await
    }

    /// Whether the stats are these, as far as they are given.
    pub async fn counted(self, expected: Value) {
        let stats = self.stats().await;
        assert!(includes(&stats, &expected), "{expected} in {stats}");
    }

    /// Asks for the stats again and again until they are these, as far as they are given.
    pub async fn until_counted(self, expected: Value) {
        let what = expected.to_string();
        within(&what, async {
            while !includes(&self.stats().await, &expected) {}
        })
        .await;
    }

    /// Asks for the stats again and again until the value at the pointer is this one.
    pub async fn until(self, pointer: &str, expected: u64) {
        within(pointer, async {
            while self.stats().await.pointer(pointer) != Some(&json!(expected)) {}
        })
        .await;
    }
}

fn includes(actual: &Value, expected: &Value) -> bool {
    match (actual, expected) {
        (Value::Object(actual), Value::Object(expected)) => expected
            .iter()
            .all(|(name, value)| actual.get(name).is_some_and(|found| includes(found, value))),
        (actual, expected) => actual == expected,
    }
}
