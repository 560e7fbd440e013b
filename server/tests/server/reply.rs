//! An HTTP client that sees how a body ends.

use axum::http::{Request, Response};
use bytes::Bytes;
use h2::client::ResponseFuture;
use h2::{RecvStream, SendStream};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

use crate::client::{Over, Running, Shared, within};
use crate::dial::{self, Pipe, STREAM_WINDOW};

/// How a body ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With the last chunk, or at the promised length.
    Clean,
    /// The connection broke before that.
    Broken,
}

enum Body {
    Chunked(BufReader<Pipe>),
    Length(BufReader<Pipe>, usize),
    Http2(RecvStream),
}

/// The connection that a server's requests share.
#[derive(Clone, Copy)]
pub struct Http2 {
    pub server: Running,
    pub connection: &'static Shared,
}

impl Http2 {
    /// Sends the head of a request, which is all if `ends`.
    pub async fn ask(
        self,
        method: &str,
        path: &str,
        headers: &[&str],
        ends: bool,
    ) -> (ResponseFuture, Option<SendStream<Bytes>>) {
        let to = self.server.address;
        let mut request = Request::builder()
            .method(method)
            .uri(format!("https://{to}{path}"));
        for header in headers {
            let (name, value) = header.split_once(": ").unwrap();
            request = request.header(name, value);
        }
        let requests = self
            .connection
            .get_or_init(|| dial::http2(to, STREAM_WINDOW))
            .await;
        let mut requests = requests.clone().ready().await.unwrap();
        let request = request.body(()).unwrap();
        let (answer, body) = requests.send_request(request, ends).unwrap();
        (answer, (!ends).then_some(body))
    }
}

/// A response whose body is read as it comes.
pub struct Reply {
    pub status: u16,
    headers: Vec<(String, String)>,
    body: Body,
    /// Read, but not yet handed out.
    text: Vec<u8>,
}

impl Reply {
    pub async fn of(
        server: Running,
        method: &str,
        path: &str,
        headers: &[&str],
        body: &[u8],
    ) -> Self {
        if let Over::Http2(connection) = server.over {
            let connection = Http2 { server, connection };
            return Self::over_http2(connection, method, path, headers, body).await;
        }
        let mut pipe = server.pipe().await;
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\n", server.address);
        for header in headers {
            head += &format!("{header}\r\n");
        }
        head += &format!("content-length: {}\r\n\r\n", body.len());
        pipe.write_all(head.as_bytes()).await.unwrap();
        // A refused request may be answered before its body has been read.
        let _ = pipe.write_all(body).await;
        let _ = pipe.flush().await;
        Self::read_head(BufReader::new(pipe)).await
    }

    async fn over_http2(
        connection: Http2,
        method: &str,
        path: &str,
        headers: &[&str],
        body: &[u8],
    ) -> Self {
        let (answer, rest) = connection.ask(method, path, headers, body.is_empty()).await;
        if let Some(mut rest) = rest {
            let _ = rest.send_data(Bytes::copy_from_slice(body), true);
        }
        Self::from_http2(answer.await.unwrap())
    }

    pub fn from_http2(answer: Response<RecvStream>) -> Self {
        let headers = answer.headers().iter();
        let headers = headers.map(|(name, value)| {
            let value = value.to_str().unwrap().to_owned();
            (name.as_str().to_owned(), value)
        });
        Self {
            status: answer.status().as_u16(),
            headers: headers.collect(),
            body: Body::Http2(answer.into_body()),
            text: Vec::new(),
        }
    }

    async fn read_head(mut reader: BufReader<Pipe>) -> Self {
        let status_line = line(&mut reader).await.expect("a status line");
        let mut headers = Vec::new();
        while let Some((name, value)) = line(&mut reader).await.unwrap().split_once(": ") {
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let body = match length {
            Some((_, length)) => Body::Length(reader, length.parse().unwrap()),
            None => Body::Chunked(reader),
        };
        Self {
            status: status_line.split(' ').nth(1).unwrap().parse().unwrap(),
            headers,
            body,
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
        // As a whole: heartbeats must not put the limit off.
        within("an event that is no comment", async {
            loop {
                let block = self.block().await;
                if block != ":" {
                    return block;
                }
            }
        })
        .await
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
        let (reader, length, chunk) = match &mut self.body {
            Body::Http2(stream) => return read_http2(stream, &mut self.text).await,
            Body::Length(reader, length) => (reader, *length, None),
            Body::Chunked(reader) => match line(reader).await {
                Some(size) => {
                    let length = usize::from_str_radix(&size, 16).unwrap();
                    (reader, length, Some(length))
                }
                None => return Some(End::Broken),
            },
        };
        let mut piece = vec![0; length];
        if reader.read_exact(&mut piece).await.is_err() {
            return Some(End::Broken);
        }
        self.text.extend(piece);
        if chunk.is_some() {
            line(reader).await;
        }
        chunk.is_none_or(|length| length == 0).then_some(End::Clean)
    }
}

async fn read_http2(stream: &mut RecvStream, text: &mut Vec<u8>) -> Option<End> {
    match stream.data().await {
        Some(Ok(piece)) => {
            let _ = stream.flow_control().release_capacity(piece.len());
            text.extend(piece);
            None
        }
        Some(Err(_)) => Some(End::Broken),
        None => Some(End::Clean),
    }
}

/// A line without its end; none where the connection breaks.
async fn line(reader: &mut BufReader<Pipe>) -> Option<String> {
    let mut line = String::new();
    match reader.read_line(&mut line).await {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(line.trim_end().to_owned()),
    }
}
