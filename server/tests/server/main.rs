//! The server over real sockets. One test binary: linking it is what takes time.
//! Nothing here sleeps: every wait is for a condition, with a limit.

mod client;
mod event_stream;
mod fault_answers;
mod fault_orders;
mod fault_pace;
mod fault_results;
mod fault_silence;
mod fault_sockets;
mod faults;
mod json;
mod process;
mod resume;
mod single_connection;
mod site;
mod socket;
mod token;
mod web_socket;
