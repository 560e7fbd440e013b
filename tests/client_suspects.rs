//! A socket that is closed for what one operation has sent: the others go on.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use graphql_lifeline::config::{Options, Transport};
use graphql_lifeline::io::{Attempt, Delivery, Frame, News, OpId, Output, State};
use support::driver::{Driver, head, ms, subscription};
use support::socket::{frame, on_socket};

/// A server that closes each socket on which one of these operations subscribes.
struct World {
    driver: Driver,
    guilty: Vec<OpId>,
    /// The socket on which one of them was sent.
    offended: Option<u32>,
    code: u16,
    opened: Vec<u32>,
    ended: Vec<String>,
    http: u16,
}

impl World {
    fn new(transports: &[Transport], code: u16) -> Self {
        Self {
            driver: Driver::new(&Options {
                transports: Some(transports.to_vec()),
                websocket: true,
                ..Options::default()
            }),
            guilty: Vec::new(),
            offended: None,
            code,
            opened: Vec::new(),
            ended: Vec::new(),
            http: 200,
        }
    }

    /// All of them join the socket that is being opened.
    fn subscribe(&mut self, count: usize) -> Vec<OpId> {
        (0..count)
            .map(|_| self.driver.subscribe(subscription()))
            .collect()
    }

    fn run(&mut self, seconds: u64) {
        self.answer();
        let end = self.driver.now().monotonic + ms(seconds * 1000);
        while let Some(wait) = self.driver.wait() {
            if self.driver.now().monotonic + wait > end {
                break;
            }
            self.driver.advance(wait);
            self.answer();
        }
    }

    fn answer(&mut self) {
        loop {
            let outputs = self.driver.take_outputs();
            if outputs.is_empty() {
                let Some(socket) = self.offended.take() else {
                    return;
                };
                let reason = Some("Syntax Error".to_owned());
                on_socket(&mut self.driver, socket, News::Closed(self.code, reason));
            }
            for output in outputs {
                self.hear(output);
            }
        }
    }

    fn hear(&mut self, output: Output<support::json::Json>) {
        match output {
            Output::OpenSocket { attempt } => {
                self.opened.push(attempt.number);
                on_socket(&mut self.driver, attempt.number, News::Open);
            }
            Output::Send { attempt, frame } => self.on_frame(attempt.number, frame),
            Output::Open { attempt, .. } => {
                let answer = if self.http == 200 {
                    support::driver::stream()
                } else {
                    head(self.http, "text/plain")
                };
                self.driver.late_news(attempt, News::Head(answer));
                if self.http != 200 {
                    self.driver.late_news(attempt, News::End);
                }
            }
            Output::Deliver(Delivery::Error { op, error, .. }) => {
                self.ended
                    .push(format!("{op} {}: {}", error.code.as_str(), error.message));
            }
            _ => {}
        }
    }

    fn on_frame(&mut self, socket: u32, said: Frame) {
        match said {
            Frame::Init { .. } => frame(&mut self.driver, socket, r#"{"type":"connection_ack"}"#),
            Frame::Subscribe(Attempt { op, .. }) if self.guilty.contains(&op) => {
                self.offended = Some(socket);
            }
            // It is still reading what was sent before.
            Frame::Ping => frame(&mut self.driver, socket, r#"{"type":"pong"}"#),
            Frame::Pong | Frame::Complete(_) => {}
            Frame::Subscribe(attempt) => {
                let next = format!(
                    r#"{{"id":"{}-{}","type":"next","payload":{{"data":1}}}}"#,
                    attempt.op, attempt.number
                );
                frame(&mut self.driver, socket, &next);
            }
        }
    }

    fn states(&self, operations: &[OpId]) -> Vec<State> {
        let state = |op: &OpId| self.driver.client.operation_state(*op);
        operations.iter().map(state).collect()
    }
}

#[test]
fn with_no_other_way_it_ends_after_three_sockets_of_its_own_and_the_others_go_on() {
    for code in [1002, 1003, 1007, 1009, 4400, 4409, 4500] {
        let mut world = World::new(&[Transport::WebSocket], code);
        let others = world.subscribe(3);
        world.run(1);
        let bad = world.subscribe(1);
        world.guilty.clone_from(&bad);
        world.run(20);
        assert_eq!(world.states(&others), [State::Live; 3], "{code}");
        assert_eq!(world.states(&bad), [State::Closed]);
        assert_eq!(world.ended.len(), 1);
        let message = &world.ended[0];
        assert!(message.contains("protocol"), "{message}");
        assert!(message.contains(&code.to_string()), "{message}");
        assert!(message.contains("Syntax Error"), "{message}");
        // The one that all were on, another for the others, and three of its own.
        assert_eq!(world.opened.len(), 5, "{code}: {:?}", world.opened);
    }
}

#[test]
fn many_suspects_are_tried_one_at_a_time_and_only_the_guilty_end() {
    let mut world = World::new(&[Transport::WebSocket], 4500);
    let all = world.subscribe(10);
    world.guilty = vec![all[3], all[7]];
    world.run(60);
    let states = world.states(&all);
    let live = states.iter().filter(|state| **state == State::Live).count();
    assert_eq!((live, world.ended.len()), (8, 2), "{states:?}");
}

#[test]
fn with_another_way_it_goes_there_and_ends_on_no_code() {
    for code in [1002, 1008, 1009, 1011, 4400, 4409, 4500] {
        let mut world = World::new(&[Transport::WebSocket, Transport::Fetch], code);
        let others = world.subscribe(2);
        world.run(1);
        let bad = world.subscribe(1);
        world.guilty.clone_from(&bad);
        world.run(30);
        assert_eq!(world.states(&others), [State::Live; 2], "{code}");
        assert_eq!(world.states(&bad), [State::Live], "{code}");
        assert_eq!(world.ended, [""; 0]);
    }
}

#[test]
fn refused_by_the_other_way_as_well_it_ends() {
    let mut world = World::new(&[Transport::WebSocket, Transport::Fetch], 4500);
    world.http = 400;
    let others = world.subscribe(2);
    world.run(1);
    let bad = world.subscribe(1);
    world.guilty.clone_from(&bad);
    world.run(30);
    assert_eq!(world.states(&others), [State::Live; 2]);
    assert_eq!(world.states(&bad), [State::Closed]);
    assert_eq!(world.ended.len(), 1);
}

/// Nothing closes the socket but the server's own trouble.
#[test]
fn a_code_for_the_whole_socket_is_followed_by_another_for_all() {
    let mut world = World::new(&[Transport::WebSocket], 1011);
    let all = world.subscribe(3);
    world.run(1);
    on_socket(&mut world.driver, 1, News::Closed(1011, None));
    world.run(20);
    assert_eq!(world.states(&all), [State::Live; 3]);
    assert_eq!(world.opened.len(), 2);
}

/// It proves nothing, so that the operation is tried on and on, at its own pace.
#[test]
fn a_code_for_the_servers_own_failure_ends_nobody_and_costs_the_others_one_socket() {
    let mut world = World::new(&[Transport::WebSocket], 1011);
    let others = world.subscribe(2);
    world.run(1);
    let bad = world.subscribe(1);
    world.guilty.clone_from(&bad);
    world.run(60);
    assert_eq!(world.states(&others), [State::Live; 2]);
    assert_eq!(world.ended, [""; 0]);
    let shared = world.opened.iter().filter(|&&number| number < 1 << 20);
    assert_eq!(shared.count(), 2, "{:?}", world.opened);
    world.guilty.clear();
    world.run(60);
    assert_eq!(world.states(&bad), [State::Live]);
}
