//! The server over real sockets. One test binary: linking it is what takes time.
//! Nothing here sleeps: every wait is for a condition, with a limit.

mod client;
mod dial;
mod line;
mod over_http1;
mod over_http2;
mod process;
mod reply;
mod socket;
mod tls;
