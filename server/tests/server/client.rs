//! A server of one's own for each test, and an HTTP client that sees how a body ends.

use std::future::pending;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use lifeline_server::{Options, Server};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

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

/// A server on a free port, which lives as long as the test.
#[derive(Clone, Copy)]
pub struct Running(pub SocketAddr);

pub async fn start() -> Running {
    start_with(Options::default()).await
}

/// With heartbeats so quick that a test can wait for some of them.
pub async fn start_quick() -> Running {
    start_with(Options {
        heartbeat: Some(Duration::from_millis(5)),
        ..Options::default()
    })
    .await
}

pub async fn start_with(options: Options) -> Running {
    let server = Server::bind(Options { port: 0, ..options }).await.unwrap();
    let address = server.address();
    tokio::spawn(server.run(pending()));
    Running(address)
}

impl Running {
    pub async fn request(self, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Reply {
        within(path, Reply::of(self.0, method, path, headers, body)).await
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
        let mut stream = TcpStream::connect(self.0).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        Line(stream)
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

/// A connection below HTTP.
pub struct Line(TcpStream);

impl Line {
    /// Whether it is still open, and nothing has come so far.
    pub fn waits(&self) -> bool {
        let read = self.0.try_read(&mut [0]);
        read.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    }

    /// All that comes until it ends, in whatever way.
    pub async fn rest(mut self) -> String {
        let mut text = Vec::new();
        let _ = within("the end", self.0.read_to_end(&mut text)).await;
        String::from_utf8(text).unwrap()
    }
}

/// How a body ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With the last chunk, or at the promised length.
    Clean,
    /// The connection broke before that.
    Broken,
}

enum Framing {
    Chunked,
    Length(usize),
}

/// A response whose body is read as it comes.
pub struct Reply {
    pub status: u16,
    headers: Vec<(String, String)>,
    framing: Framing,
    reader: BufReader<TcpStream>,
    /// Read, but not yet handed out.
    text: Vec<u8>,
}

impl Reply {
    async fn of(to: SocketAddr, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Self {
        let mut stream = TcpStream::connect(to).await.unwrap();
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {to}\r\n");
        for header in headers {
            head += &format!("{header}\r\n");
        }
        head += &format!("content-length: {}\r\n\r\n", body.len());
        stream.write_all(head.as_bytes()).await.unwrap();
        // A refused request may be answered before its body has been read.
        let _ = stream.write_all(body).await;
        Self::read_head(BufReader::new(stream)).await
    }

    async fn read_head(mut reader: BufReader<TcpStream>) -> Self {
        let status_line = line(&mut reader).await.expect("a status line");
        let mut headers = Vec::new();
        while let Some((name, value)) = line(&mut reader).await.unwrap().split_once(": ") {
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let framing = match length {
            Some((_, length)) => Framing::Length(length.parse().unwrap()),
            None => Framing::Chunked,
        };
        Self {
            status: status_line.split(' ').nth(1).unwrap().parse().unwrap(),
            headers,
            framing,
            reader,
            text: Vec::new(),
        }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The next block of an event stream, up to and without its empty line.
    pub async fn block(&mut self) -> String {
        within("an event", async {
            loop {
                if let Some(end) = self.text.windows(2).position(|pair| pair == b"\n\n") {
                    let rest = self.text.split_off(end + 2);
                    let block = std::mem::replace(&mut self.text, rest);
                    return String::from_utf8(block[..end].to_vec()).unwrap();
                }
                let end = self.read_on().await;
                assert_eq!(end, None, "the stream ended: {:?}", self.text);
            }
        })
        .await
    }

    /// The next block that is not a comment.
    pub async fn event(&mut self) -> String {
        loop {
            let block = self.block().await;
            if block != ":" {
                return block;
            }
        }
    }

    /// The whole result in the next event.
    pub async fn result(&mut self) -> Value {
        let event = self.event().await;
        let (_, data) = event.split_once("data: ").unwrap();
        serde_json::from_str(data).unwrap()
    }

    /// All that is left, and how it ended.
    pub async fn rest(&mut self) -> (String, End) {
        within("the end", async {
            loop {
                if let Some(end) = self.read_on().await {
                    let text = String::from_utf8_lossy(&self.text).into_owned();
                    return (text, end);
                }
            }
        })
        .await
    }

    /// The size of the next piece, as the server passed it on.
    pub async fn piece(&mut self) -> usize {
        let before = self.text.len();
        let end = within("a piece", self.read_on()).await;
        assert_eq!(end, None, "the stream ended: {:?}", self.text);
        self.text.len() - before
    }

    /// The id of the next message.
    pub async fn id(&mut self) -> u64 {
        let result = self.result().await;
        result["data"]["messages"]["id"].as_u64().unwrap()
    }

    pub async fn json(mut self) -> Value {
        let (text, end) = self.rest().await;
        assert_eq!(end, End::Clean);
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("not JSON: {text}"))
    }

    /// Reads one more piece; tells the end when there is none.
    async fn read_on(&mut self) -> Option<End> {
        let (length, last) = match self.framing {
            Framing::Length(length) => (length, true),
            Framing::Chunked => match line(&mut self.reader).await {
                Some(size) => (usize::from_str_radix(&size, 16).unwrap(), size == "0"),
                None => return Some(End::Broken),
            },
        };
        let mut piece = vec![0; length];
        if self.reader.read_exact(&mut piece).await.is_err() {
            return Some(End::Broken);
        }
        self.text.extend(piece);
        if matches!(self.framing, Framing::Chunked) {
            line(&mut self.reader).await;
        }
        last.then_some(End::Clean)
    }
}

/// A line without its end; none where the connection breaks.
async fn line(reader: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    match reader.read_line(&mut line).await {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(line.trim_end().to_owned()),
    }
}
