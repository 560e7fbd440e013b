//! The socket that all operations share: is the other end there?
#![cfg(not(target_arch = "wasm32"))]

use graphql_lifeline::socket::{Look, Patience, Socket};
use graphql_lifeline::time::{Instant, Span};

const AT: fn(u64) -> Instant = Instant::from_millis;

fn ready() -> Socket {
    let mut socket = Socket::new(Some(Patience {
        ping_after: Span::from_millis(600),
        pong_timeout: Span::from_millis(5_000),
    }));
    socket.open(None, None);
    assert!(socket.acknowledge(AT(0), AT(5_000)));
    socket
}

/// The other end answers the first ping, dies, and is found out after one silence and one
/// wait: the wait for the first ping's answer is over with the answer.
#[test]
fn silence_counts_from_the_last_answer() {
    let mut socket = ready();
    socket.mark();
    assert!(socket.take_ping(AT(0)));
    socket.hear(AT(10));
    socket.pong();
    assert_eq!(socket.deadline(), Some(AT(610)));
    assert_eq!(socket.look(AT(610)), Look::Ping);
    assert!(socket.take_ping(AT(610)));
    assert_eq!(socket.deadline(), Some(AT(5_610)));
    assert_eq!(socket.look(AT(5_609)), Look::Same);
    assert_eq!(socket.look(AT(5_610)), Look::Silent);
}

#[test]
fn whoever_talks_is_not_asked() {
    let mut socket = ready();
    for n in 1..20 {
        socket.hear(AT(n * 500));
        let deadline = socket.deadline().filter(|&at| at <= AT(n * 500));
        assert!(deadline.is_none_or(|at| socket.look(at) == Look::Same));
    }
    assert!(!socket.take_ping(AT(9_500)));
}

/// A page that was frozen asks again before it judges.
#[test]
fn an_answer_that_nobody_was_awake_for_is_asked_for_again() {
    let mut socket = ready();
    assert_eq!(socket.look(AT(600)), Look::Ping);
    assert!(socket.take_ping(AT(600)));
    assert_eq!(socket.look(AT(60_000)), Look::Ping);
    assert!(socket.take_ping(AT(60_000)));
    assert_eq!(socket.look(AT(65_000)), Look::Silent);
}
