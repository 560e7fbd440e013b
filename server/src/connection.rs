//! A connection whose sending side can be made to fall silent or to drip, and its end to be a
//! reset: below HTTP and WebSocket, so that not even their libraries answer (a pong, say).

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::{Context, Poll, ready};

use axum::extract::ConnectInfo;
use axum::extract::connect_info::Connected;
use axum::http::Extensions;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Sleep, sleep};

use crate::drip;

#[derive(Debug, Default)]
struct State {
    muted: AtomicBool,
    resets: AtomicBool,
    /// Bytes a second; 0 is no limit.
    rate: AtomicU32,
}

/// Spoils one connection.
#[derive(Clone, Debug, Default)]
pub struct Switch(Arc<State>);

impl Switch {
    /// That of the connection which a request came on.
    pub fn of(extensions: &Extensions) -> Self {
        let info = extensions.get::<ConnectInfo<Self>>();
        info.map(|info| info.0.clone()).unwrap_or_default()
    }

    /// What is written from now on is gone, and nobody up there hears of it.
    pub fn mute(&self) {
        self.0.muted.store(true, Ordering::Relaxed);
    }

    /// Its end will be a reset.
    pub fn reset(&self) {
        self.0.resets.store(true, Ordering::Relaxed);
    }

    /// So many bytes a second; none: as many as there are.
    pub fn drip(&self, rate: Option<NonZeroU32>) {
        let rate = rate.map_or(0, NonZeroU32::get);
        self.0.rate.store(rate, Ordering::Relaxed);
    }

    fn is_muted(&self) -> bool {
        self.0.muted.load(Ordering::Relaxed)
    }

    fn resets(&self) -> bool {
        self.0.resets.load(Ordering::Relaxed)
    }

    fn rate(&self) -> Option<NonZeroU32> {
        NonZeroU32::new(self.0.rate.load(Ordering::Relaxed))
    }
}

impl Connected<IncomingStream<'_, Connections>> for Switch {
    fn connect_info(stream: IncomingStream<'_, Connections>) -> Self {
        stream.io().switch.clone()
    }
}

/// Accepts connections that have a switch.
#[derive(Debug)]
pub struct Connections(pub TcpListener);

impl Listener for Connections {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Events are small and awaited: no delay for fuller packets. A failure costs only time.
        let _ = stream.set_nodelay(true);
        let connection = Connection {
            stream,
            switch: Switch::default(),
            dries: None,
        };
        (connection, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    switch: Switch,
    /// Waits for the next drop.
    dries: Option<Pin<Box<Sleep>>>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.switch.resets() {
            // A failure leaves it an end like any other.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl Connection {
    fn poll_drip(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
        rate: NonZeroU32,
    ) -> Poll<io::Result<usize>> {
        if let Some(dries) = &mut self.dries {
            ready!(dries.as_mut().poll(cx));
            self.dries = None;
        }
        let piece = bytes.get(..drip::piece(rate)).unwrap_or(bytes);
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, piece));
        self.dries = Some(Box::pin(sleep(drip::pause(rate))));
        Poll::Ready(written)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.switch.is_muted() {
            return Poll::Ready(Ok(bytes.len()));
        }
        match self.switch.rate() {
            Some(rate) => self.poll_drip(cx, bytes, rate),
            None => Pin::new(&mut self.stream).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.switch.is_muted() {
            return Poll::Ready(Ok(slices.iter().map(|slice| slice.len()).sum()));
        }
        match self.switch.rate() {
            Some(rate) => {
                let first = slices.iter().find(|slice| !slice.is_empty());
                let bytes = first.map_or(&[][..], |slice| slice);
                self.poll_drip(cx, bytes, rate)
            }
            None => Pin::new(&mut self.stream).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.switch.is_muted() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
