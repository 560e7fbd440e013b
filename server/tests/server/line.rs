//! A request of which nothing is read but whether an answer comes.

use futures_util::FutureExt;
use h2::client::ResponseFuture;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::client::{Over, Running, within};
use crate::dial::Pipe;
use crate::reply::{self, Http2};

pub enum Line {
    /// A connection below HTTP.
    Pipe(Pipe),
    /// A stream of HTTP/2.
    Stream(ResponseFuture),
}

impl Line {
    /// Sends this much of a request. Over HTTP/2 it must be all of it, and an upgrade, which that
    /// does not have, goes over TLS alone.
    pub async fn say(server: Running, head: &str) -> Self {
        match server.over {
            Over::Http2(connection) if !head.contains("upgrade:") => {
                let mut lines = head.trim_end().split("\r\n");
                let mut words = lines.next().unwrap().split(' ');
                let (method, path) = (words.next().unwrap(), words.next().unwrap());
                let headers: Vec<_> = lines.filter(|line| !line.starts_with("host:")).collect();
                let connection = Http2 { server, connection };
                let (answer, body) = connection.ask(method, path, &headers, true).await;
                assert!(body.is_none());
                Self::Stream(answer)
            }
            _ => {
                let mut pipe = server.pipe().await;
                pipe.write_all(head.as_bytes()).await.unwrap();
                pipe.flush().await.unwrap();
                Self::Pipe(pipe)
            }
        }
    }

    /// Whether it is still open, and nothing has come so far.
    pub fn waits(&mut self) -> bool {
        match self {
            Self::Pipe(pipe) => pipe.read_u8().now_or_never().is_none(),
            Self::Stream(answer) => answer.now_or_never().is_none(),
        }
    }

    /// All that comes until it ends, in whatever way.
    pub async fn rest(self) -> String {
        match self {
            Self::Pipe(mut pipe) => {
                let mut text = Vec::new();
                let _ = within("the end", pipe.read_to_end(&mut text)).await;
                String::from_utf8(text).unwrap()
            }
            Self::Stream(answer) => match within("the end", answer).await {
                Ok(answer) => reply::Reply::from_http2(answer).rest().await.0,
                Err(_) => String::new(),
            },
        }
    }
}
