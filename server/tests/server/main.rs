//! The server over real sockets. One test binary: linking it is what takes time.
//! Nothing here sleeps: every wait is for a condition, with a limit.

mod client;
mod event_stream;
mod faults;
mod json;
mod process;
mod site;
mod web_socket;
