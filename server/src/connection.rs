//! A connection whose sending side can be made to fall silent or to drip, and its end to be a
//! reset: below HTTP and WebSocket, so that not even their libraries answer (a pong, say), and
//! above TLS, so that what drips can be read as it falls.

use std::io::{self, IoSlice};
use std::num::NonZeroU32;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::{Context, Poll, ready};

use axum::http::Extensions;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use crate::drip;
use crate::pipe::Pipe;

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
    /// That of the connection which a request came on; none if it came on one that it shares
    /// with others (HTTP/2).
    pub fn of(extensions: &Extensions) -> Option<Self> {
        extensions.get().cloned()
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

#[derive(Debug)]
pub struct Connection {
    pipe: Pipe,
    switch: Switch,
    /// Waits for the next drop.
    dries: Option<Pin<Box<Sleep>>>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.switch.resets() {
            self.pipe.reset();
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_read(cx, buffer)
    }
}

impl Connection {
    pub fn new(pipe: Pipe, switch: Switch) -> Self {
        Self {
            pipe,
            switch,
            dries: None,
        }
    }

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
        let written = ready!(Pin::new(&mut self.pipe).poll_write(cx, piece));
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
            None => Pin::new(&mut self.pipe).poll_write(cx, bytes),
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
            None => Pin::new(&mut self.pipe).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.pipe.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.switch.is_muted() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.pipe).poll_shutdown(cx)
    }
}
