//! Accepts connections, over TLS or without, and has HTTP spoken on each: HTTP/2 where TLS has
//! agreed on it, HTTP/1.1 everywhere else.

use std::io;
use std::pin::pin;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::connection::{Connection, Switch};
use crate::door::Unanswered;
use crate::pipe::Pipe;
use crate::server::stopped;
use crate::tls::{self, Tls};

pub struct Listener {
    pub tcp: TcpListener,
    pub tls: Option<Tls>,
    pub routes: Router,
    pub stopping: watch::Receiver<bool>,
}

impl Listener {
    /// Serves until the server stops, and then until every connection has ended.
    pub async fn run(mut self) {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                () = stopped(&mut self.stopping) => break,
                (stream, _) = axum::serve::Listener::accept(&mut self.tcp) => {
                    let line = Line {
                        tls: self.tls.clone(),
                        routes: self.routes.clone(),
                        stopping: self.stopping.clone(),
                    };
                    connections.spawn(line.serve(stream));
                }
                // Those that have ended are forgotten.
                Some(_) = connections.join_next() => {}
            }
        }
        drop(self.tcp);
        while connections.join_next().await.is_some() {}
    }
}

/// One connection.
struct Line {
    tls: Option<Tls>,
    routes: Router,
    stopping: watch::Receiver<bool>,
}

impl Line {
    async fn serve(mut self, stream: TcpStream) {
        // Events are small and awaited: no delay for fuller packets. A failure costs only time.
        let _ = stream.set_nodelay(true);
        let opened = tokio::select! {
            opened = open(self.tls.as_ref(), stream) => opened,
            () = stopped(&mut self.stopping) => return,
        };
        // Nobody to tell: a client that does not trust the certificate leaves here.
        let Ok((pipe, http2)) = opened else {
            return;
        };
        let switch = Switch::default();
        // One stream of many must not have what befalls it befall them all.
        let own = (!http2).then(|| switch.clone());
        let routes = TowerToHyperService::new(self.routes);
        let service = service_fn(move |request| answer(routes.clone(), own.clone(), request));
        // Without WebSocket over HTTP/2, which nobody here speaks: browsers then open it over
        // HTTP/1.1, on a connection that breaks alone.
        let builder = Builder::new(TokioExecutor::new());
        let builder = if http2 {
            builder.http2_only()
        } else {
            builder.http1_only()
        };
        let io = TokioIo::new(Connection::new(pipe, switch));
        let mut connection = pin!(builder.serve_connection_with_upgrades(io, service));
        tokio::select! {
            _ = connection.as_mut() => return,
            () = stopped(&mut self.stopping) => connection.as_mut().graceful_shutdown(),
        }
        // An error is a client's that has left.
        let _ = connection.await;
    }
}

/// The way the bytes go, and whether they are HTTP/2.
async fn open(tls: Option<&Tls>, stream: TcpStream) -> io::Result<(Pipe, bool)> {
    let Some(tls) = tls else {
        return Ok((Pipe::Plain(stream), false));
    };
    let stream = tls.accept(stream).await?;
    let http2 = tls::speaks_http2(&stream);
    Ok((Pipe::Tls(stream), http2))
}

/// An error breaks off the request without a byte: on HTTP/1.1 its connection, on HTTP/2 its
/// stream.
async fn answer(
    routes: TowerToHyperService<Router>,
    own: Option<Switch>,
    request: Request<Incoming>,
) -> Result<Response, Unanswered> {
    let mut request = request.map(Body::new);
    if let Some(switch) = own {
        request.extensions_mut().insert(switch);
    }
    let response = match routes.call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    match response.extensions().get() {
        Some(unanswered) => Err(*unanswered),
        None => Ok(response),
    }
}
