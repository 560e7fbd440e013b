//! Falling back to WebSocket, and forward again: with hysteresis, one first, the others
//! as the budget allows.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use graphql_lifeline::config::{Options, Transport};
use graphql_lifeline::document::Kind;
use graphql_lifeline::io::{Attempt, Frame, Input, News, OpId, Output, Request, State};
use graphql_lifeline::presence::Page;
use graphql_lifeline::time::Span;
use support::driver::{Driver, ms, request, stream, subscription};
use support::json::Json;

/// A client with fetch above WebSocket, and a server that answers at once, or not at all.
struct World {
    driver: Driver,
    fetch_works: bool,
    socket_works: bool,
    /// Attempts by fetch, and at which second.
    fetches: Vec<(OpId, u64)>,
    open: Vec<Attempt>,
}

impl World {
    fn new(options: Options) -> Self {
        Self {
            driver: Driver::new(&Options {
                websocket: true,
                ..options
            }),
            fetch_works: true,
            socket_works: true,
            fetches: Vec::new(),
            open: Vec::new(),
        }
    }

    fn subscribe(&mut self, request: Request) -> OpId {
        let op = self.driver.subscribe(request);
        self.answer();
        op
    }

    fn input(&mut self, input: Input<'_, Json>) {
        self.driver.input(input);
        self.answer();
    }

    /// The server breaks every stream, and has no more.
    fn break_fetch(&mut self) {
        self.fetch_works = false;
        for attempt in std::mem::take(&mut self.open) {
            self.driver.late_news(attempt, News::Failed(None));
        }
        self.answer();
    }

    fn pass(&mut self, span: Span) {
        let mut rest = span;
        while let Some(wait) = self.driver.wait().filter(|wait| *wait <= rest) {
            rest = ms(rest.as_millis() - wait.as_millis());
            self.driver.advance(wait);
            self.answer();
        }
        self.driver.advance(rest);
        self.answer();
    }

    fn answer(&mut self) {
        loop {
            let outputs = self.driver.take_outputs();
            if outputs.is_empty() {
                return;
            }
            for output in outputs {
                self.react(&output);
            }
        }
    }

    fn react(&mut self, output: &Output<Json>) {
        match output {
            Output::Open { attempt, .. } => {
                let at = self.driver.now().monotonic.as_millis() / 1000;
                self.fetches.push((attempt.op, at));
                let news = if self.fetch_works {
                    self.open.push(*attempt);
                    News::Head(stream())
                } else {
                    News::Failed(None)
                };
                self.driver.late_news(*attempt, news);
            }
            Output::Close { attempt } => self.open.retain(|open| open != attempt),
            Output::OpenSocket { attempt } => {
                let news = if self.socket_works {
                    News::Open
                } else {
                    News::Failed(None)
                };
                self.driver.late_news(*attempt, news);
            }
            Output::Send { attempt, frame } => {
                let answer = match frame {
                    Frame::Init { .. } => "connection_ack",
                    Frame::Ping => "pong",
                    Frame::Pong | Frame::Subscribe(_) | Frame::Complete(_) => return,
                };
                let text = format!("{{\"type\":\"{answer}\"}}");
                let (name, bytes) = ("", text.len());
                let news = News::Event { name, text, bytes };
                self.driver.late_news(*attempt, news);
            }
            _ => {}
        }
    }

    fn transport(&self, op: OpId) -> Option<Transport> {
        let mut views = self.driver.client.operations();
        let view = views.find(|view| view.id == op)?;
        // A quiet stream without heartbeats is suspect, and no more.
        view.transport
            .filter(|_| matches!(view.state, State::Live | State::Suspect))
    }

    /// The attempts by fetch since the last time.
    fn take_fetches(&mut self) -> Vec<OpId> {
        let fetches = std::mem::take(&mut self.fetches);
        fetches.into_iter().map(|(op, _)| op).collect()
    }
}

/// Some operations that live on the socket, because fetch kept failing.
fn fallen(options: Options, count: usize) -> (World, Vec<OpId>) {
    let mut world = World::new(options);
    let ops: Vec<OpId> = (0..count)
        .map(|_| world.subscribe(subscription()))
        .collect();
    world.break_fetch();
    world.pass(ms(20_000));
    for &op in &ops {
        assert_eq!(world.transport(op), Some(Transport::WebSocket), "{op}");
    }
    world.take_fetches();
    (world, ops)
}

#[test]
fn what_fell_back_comes_back_one_first_and_the_others_behind_it() {
    let (mut world, ops) = fallen(Options::default(), 30);
    world.fetch_works = true;
    world.pass(ms(35_000));
    assert_eq!(world.take_fetches(), [0; 0], "too early");
    world.pass(ms(30_000));
    assert_eq!(world.fetches[0].0, ops[0]);
    world.pass(ms(60_000));
    for &op in &ops {
        assert_eq!(world.transport(op), Some(Transport::Fetch), "{op}");
    }
    // A full budget at once, then one a second.
    let mut times: Vec<u64> = world.fetches.iter().map(|&(_, at)| at).collect();
    times.dedup();
    assert!(times.len() >= 15, "{times:?}");
}

#[test]
fn only_the_oldest_tries_and_the_others_are_not_disturbed() {
    let (mut world, ops) = fallen(Options::default(), 5);
    world.pass(ms(70_000));
    assert_eq!(world.take_fetches(), [ops[0]]);
    for &op in &ops {
        assert_eq!(world.transport(op), Some(Transport::WebSocket), "{op}");
        assert!(op == ops[0] || world.driver.attempt(op) <= 5);
    }
}

#[test]
fn each_relapse_doubles_the_time_to_the_next_try_up_to_half_an_hour() {
    let (mut world, _) = fallen(Options::default(), 1);
    world.pass(ms(6 * 3_600_000));
    let times: Vec<u64> = world.fetches.iter().map(|&(_, at)| at).collect();
    let waits: Vec<u64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let expected = [120, 240, 480, 960, 1800, 1800];
    for (wait, expected) in waits.iter().zip(expected) {
        let slack = expected / 10 + 5;
        assert!((expected..=expected + slack).contains(wait), "{waits:?}");
    }
    assert!(waits.len() > 8, "it never gives up: {waits:?}");
}

#[test]
fn without_fall_forward_it_stays() {
    let options = Options {
        fall_forward: Some(false),
        ..Options::default()
    };
    let (mut world, ops) = fallen(options, 2);
    world.fetch_works = true;
    world.pass(ms(3_600_000));
    assert_eq!(world.take_fetches(), [0; 0]);
    assert_eq!(world.transport(ops[0]), Some(Transport::WebSocket));
}

#[test]
fn a_new_operation_goes_where_the_others_are_well() {
    let (mut world, _) = fallen(Options::default(), 1);
    world.pass(ms(20_000));
    let op = world.subscribe(subscription());
    assert_eq!(world.take_fetches(), [0; 0]);
    assert_eq!(world.transport(op), Some(Transport::WebSocket));
}

#[test]
fn what_may_not_be_sent_again_is_not_moved() {
    let (mut world, _) = fallen(Options::default(), 1);
    let still = world.subscribe(Request {
        resubscribe: Some(false),
        ..subscription()
    });
    let query = world.subscribe(request(Kind::Query));
    world.fetch_works = true;
    world.pass(ms(200_000));
    assert!(world.take_fetches().iter().all(|&op| op == 1));
    for op in [still, query] {
        assert_eq!(world.transport(op), Some(Transport::WebSocket));
    }
}

#[test]
fn the_transport_that_was_well_is_remembered_for_a_limited_time() {
    for (pause, expected) in [(60_000, Transport::WebSocket), (400_000, Transport::Fetch)] {
        let (mut world, ops) = fallen(Options::default(), 1);
        world.fetch_works = true;
        world.input(Input::Dispose(ops[0]));
        world.pass(ms(pause));
        let op = world.subscribe(subscription());
        assert_eq!(world.transport(op), Some(expected), "{pause}");
    }
}

#[test]
fn a_failure_of_everything_teaches_nothing_about_transports() {
    let mut world = World::new(Options::default());
    let op = world.subscribe(subscription());
    world.socket_works = false;
    world.break_fetch();
    world.pass(ms(60_000));
    assert_eq!(world.transport(op), None);
    (world.fetch_works, world.socket_works) = (true, true);
    world.pass(ms(60_000));
    world.input(Input::Dispose(op));
    world.pass(ms(10_000));
    world.take_fetches();
    let next = world.subscribe(subscription());
    assert_eq!(world.take_fetches(), [next], "the best is tried first");
}

#[test]
fn a_better_transport_that_is_reset_by_hand_is_tried_at_once() {
    let mut world = World::new(Options::default());
    world.input(Input::Isolate(Transport::Fetch));
    let op = world.subscribe(subscription());
    assert_eq!(world.transport(op), Some(Transport::WebSocket));
    world.pass(ms(3_600_000));
    assert_eq!(world.take_fetches(), [0; 0], "isolated is isolated");
    world.input(Input::ResetBreaker(Transport::Fetch));
    world.pass(ms(1));
    assert_eq!(world.take_fetches().len(), 1);
    // It is open, and brings as little as the other: it is as good, after a while.
    assert_eq!(world.transport(op), Some(Transport::WebSocket));
    world.pass(ms(5_000));
    assert_eq!(world.transport(op), Some(Transport::Fetch));
}

#[test]
fn while_nobody_looks_one_a_minute_follows_to_the_better_transport() {
    let (mut world, ops) = fallen(Options::default(), 5);
    world.fetch_works = true;
    while world.transport(ops[0]) != Some(Transport::Fetch) {
        world.pass(ms(100));
    }
    world.take_fetches();
    world.input(Input::Page(Page {
        visible: false,
        ..Page::default()
    }));
    world.pass(ms(59_000));
    assert_eq!(world.take_fetches(), [0; 0]);
    world.pass(ms(20_000));
    assert_eq!(world.take_fetches().len(), 1);
}
