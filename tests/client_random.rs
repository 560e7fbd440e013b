//! Random things happen to a client with several operations, in random order. Some
//! promises hold all the same.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use graphql_lifeline::config::{HeadersSource, Method, Options, Transport};
use graphql_lifeline::dialect::Dialect;
use graphql_lifeline::document::Kind;
use graphql_lifeline::io::{Attempt, Delivery, Input, News, Notice, OpId, Output, Request, State};
use graphql_lifeline::ladder::Obstacle;
use graphql_lifeline::response::{Head, Want};
use proptest::prelude::*;
use proptest::sample::select;
use support::driver::{Driver, busy, execute, head, ms, request, stream, subscription, thrown};
use support::json::Json;

/// What an operation may have open and say.
#[derive(Default)]
struct Track {
    /// The newest attempt.
    attempt: u32,
    /// Its connections that are open, or being opened: one, and another beside it for a while.
    open: BTreeSet<u32>,
    /// The attempt behind which the application was asked when to go on.
    asked: u32,
    /// Completed, failed or disposed of.
    over: bool,
}

/// Holds every output against the promises.
#[derive(Default)]
struct Ledger(BTreeMap<OpId, Track>);

impl Ledger {
    fn enter(&mut self, output: &Output<Json>) {
        match output {
            Output::Open { attempt, .. } => {
                let track = self.0.entry(attempt.op).or_default();
                assert!(!track.over, "opened behind the end");
                assert!(track.open.len() < 2, "opened three times");
                assert_eq!(attempt.number, track.attempt + 1);
                track.attempt = attempt.number;
                track.open.insert(attempt.number);
            }
            Output::Read { attempt, .. } => {
                let track = self.running(attempt.op);
                assert!(track.open.contains(&attempt.number));
            }
            // To close what is closed does no harm.
            Output::Close { attempt } => {
                let track = self.0.get_mut(&attempt.op).expect("it was opened before");
                track.open.remove(&attempt.number);
            }
            Output::Stop { .. } => panic!("nothing is shared"),
            Output::AskRetry { attempt, .. } => {
                let track = self.running(attempt.op);
                assert!(track.open.is_empty());
                track.asked = attempt.number;
            }
            Output::AskProbe { attempt } => {
                let track = self.running(attempt.op);
                assert!(track.open.contains(&attempt.number));
            }
            Output::OpenSocket { .. }
            | Output::Send { .. }
            | Output::Deliver(Delivery::Backfill { .. } | Delivery::Hydrate { .. }) => {
                panic!("there is no socket and no backfill here")
            }
            Output::Deliver(Delivery::Next { op, .. } | Delivery::Results { op, .. }) => {
                assert!(!self.running(*op).open.is_empty());
            }
            Output::Deliver(Delivery::Complete { op } | Delivery::Thrown { op, .. }) => {
                self.end(*op, None)
            }
            Output::Deliver(Delivery::Error { op, response, .. }) => self.end(*op, *response),
            // The state is told first, the reason behind it.
            Output::Deliver(Delivery::Notice {
                notice: Notice::State(State::Closed),
                ..
            }) => {}
            Output::Deliver(Delivery::Notice { op, notice }) => {
                let track = self.0.entry(*op).or_default();
                assert!(!track.over, "{notice:?} behind the end");
            }
            Output::Deliver(Delivery::State { .. } | Delivery::Breaker { .. })
            | Output::Wait(_) => {}
        }
    }

    fn running(&mut self, op: OpId) -> &mut Track {
        let track = self.0.get_mut(&op).expect("it was opened before");
        assert!(!track.over, "operation {op} is over");
        track
    }

    /// Only a response that goes to the application is left open.
    fn end(&mut self, op: OpId, response: Option<Attempt>) {
        let track = self.0.entry(op).or_default();
        assert!(!track.over, "operation {op} ends twice");
        let left_open: Vec<u32> = track.open.iter().copied().collect();
        let response: Vec<u32> = response.iter().map(|attempt| attempt.number).collect();
        assert_eq!(left_open, response);
        track.open.clear();
        track.over = true;
    }

    /// What the client shows is what it said.
    fn compare(&self, driver: &Driver) {
        let running: Vec<OpId> = (self.0.iter())
            .filter(|(_, track)| !track.over)
            .map(|(op, _)| *op)
            .collect();
        let shown: Vec<OpId> = driver.client.operations().map(|view| view.id).collect();
        assert_eq!(running, shown);
        for view in driver.client.operations() {
            let open = matches!(view.state, State::Connecting | State::Live | State::Suspect);
            assert_eq!(open, !self.0[&view.id].open.is_empty(), "{view:?}");
            assert_eq!(view.attempt, self.0[&view.id].attempt);
            if view.retry_at.is_some() {
                assert!(driver.wait().is_some(), "nothing ends the wait of {view:?}");
            }
        }
    }
}

/// Something that happens.
#[derive(Clone, Debug)]
enum Act {
    Subscribe(Request),
    Dispose(usize),
    Close,
    Reconnect,
    Pass(u64),
    /// Time passes beyond the next deadline: a browser's timer is never early, and often late.
    PassDeadline(u64),
    /// News of an operation's running attempt, or of the one that many before it.
    News(usize, u32, Say),
}

/// What an attempt says.
#[derive(Clone, Debug)]
enum Say {
    Unprepared,
    Unusable,
    Head(Head),
    Open,
    Bytes(Vec<u8>),
    Event(&'static str, &'static str),
    End,
    Failed,
    RetryReady,
    RetryFailed,
}

fn say() -> impl Strategy<Value = Say> {
    let head = select(vec![
        stream(),
        stream(),
        stream(),
        head(200, "application/json"),
        head(200, "text/html"),
        head(400, "application/graphql-response+json"),
        head(401, "application/json"),
        head(204, ""),
        busy(2),
    ]);
    let bytes = select(vec![
        &b"event: next\ndata: {\"data\":1}\n\n"[..],
        b"data: {\"data\":2}\n\n",
        b"event: complete\n\n",
        b"event: next\ndata: {\"da",
        b"ta\":3}\n\n",
        b"{\"data\":4}",
        b"{\"errors\":[]}",
        b"retry: 1000\n",
        b":\n\n",
        b"data: [\n\nevent: x\ndata\n\n",
        b"\xEF\xBB\xBF\xFF\r",
    ]);
    let name = select(vec!["next", "complete", "message", "x"]);
    let text = select(vec!["{\"data\":5}", "{}", "", "["]);
    prop_oneof![
        1 => Just(Say::Unprepared),
        1 => Just(Say::Unusable),
        6 => head.prop_map(Say::Head),
        3 => Just(Say::Open),
        8 => bytes.prop_map(|bytes| Say::Bytes(bytes.to_vec())),
        4 => (name, text).prop_map(|(name, text)| Say::Event(name, text)),
        2 => Just(Say::End),
        3 => Just(Say::Failed),
        3 => Just(Say::RetryReady),
        1 => Just(Say::RetryFailed),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    let resubscribe = |resubscribe| Request {
        resubscribe,
        ..subscription()
    };
    let request = select(vec![
        subscription(),
        subscription(),
        resubscribe(Some(false)),
        request(Kind::Query),
        request(Kind::Mutation),
        request(Kind::Unknown),
        execute(Kind::Mutation),
        Request {
            url_bytes: 9_000,
            ..subscription()
        },
    ]);
    let stale = prop_oneof![4 => Just(0u32), 1 => 1u32..3];
    prop_oneof![
        3 => request.prop_map(Act::Subscribe),
        1 => any::<usize>().prop_map(Act::Dispose),
        1 => Just(Act::Reconnect),
        2 => (0u64..20_000).prop_map(Act::Pass),
        5 => (1u64..100).prop_map(Act::PassDeadline),
        20 => (any::<usize>(), stale, say()).prop_map(|(op, stale, say)| Act::News(op, stale, say)),
    ]
}

fn options() -> impl Strategy<Value = Options> {
    let get = Options {
        method: Some(Method::Get),
        ..Options::default()
    };
    select(vec![
        Options::default(),
        get.clone(),
        Options {
            dialect: Some(Dialect::Plain),
            ..Options::default()
        },
        Options {
            transports: Some(vec![Transport::EventSource]),
            headers: HeadersSource::Function,
            ..get.clone()
        },
        Options {
            own_retry: true,
            ..get
        },
        Options {
            retry_attempts: Some(2),
            connect_timeout: Some(ms(50)),
            ..Options::default()
        },
        Options {
            resubscribe: Some(true),
            retry_attempts: Some(0),
            ..Options::default()
        },
    ])
}

/// A client, what happens to it, and what is held against it.
struct World {
    driver: Driver,
    ledger: Ledger,
    ops: Vec<OpId>,
}

impl World {
    fn new(options: &Options, seed: u64) -> Self {
        Self {
            driver: Driver::with_seed(options, seed),
            ledger: Ledger::default(),
            ops: Vec::new(),
        }
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Subscribe(request) => {
                let op = self.driver.subscribe(request);
                self.ops.push(op);
            }
            Act::Dispose(pick) => {
                if let Some(op) = self.pick(pick) {
                    self.driver.dispose(op);
                    self.ledger.0.entry(op).or_default().over = true;
                }
            }
            Act::Close => {
                self.driver.input(Input::Close);
                for track in self.ledger.0.values_mut() {
                    track.over = true;
                }
            }
            Act::Reconnect => self.driver.input(Input::Reconnect),
            Act::Pass(time) => self.pass(time),
            Act::PassDeadline(late) => {
                if let Some(wait) = self.driver.wait() {
                    self.driver.skip(wait + ms(late));
                    self.driver.input(Input::Tick);
                }
            }
            Act::News(pick, stale, say) => {
                if let Some(op) = self.pick(pick) {
                    self.news(op, stale, say);
                }
            }
        }
        self.settle();
    }

    /// Time passes, but not to the next deadline.
    fn pass(&mut self, time: u64) {
        let room = self.driver.wait().unwrap_or(ms(time));
        if room.is_zero() {
            return;
        }
        self.driver.skip(ms(time).min(ms(room.as_millis() / 2)));
        self.driver.input(Input::Tick);
        assert_eq!(self.driver.take(), [""; 0], "nothing is due");
    }

    fn news(&mut self, op: OpId, stale: u32, say: Say) {
        let newest = self.ledger.0.get(&op).map_or(0, |track| track.attempt);
        let number = newest.wrapping_sub(stale);
        let late = self
            .ledger
            .0
            .get(&op)
            .is_none_or(|track| track.over || stale > 0 && !track.open.contains(&number));
        let news = match &say {
            Say::Unprepared => News::Unprepared(thrown("thrown")),
            Say::Unusable => News::Unusable(Obstacle::HeadersFunction),
            Say::Head(head) => News::Head(head.clone()),
            Say::Open => News::Open,
            Say::Bytes(bytes) => News::Bytes(bytes),
            Say::Event(name, text) => News::Event {
                name,
                text: (*text).to_owned(),
                bytes: text.len(),
            },
            Say::End => News::End,
            Say::Failed => News::Failed(None),
            Say::RetryReady => News::RetryReady,
            Say::RetryFailed => News::RetryFailed(thrown("thrown")),
        };
        self.driver.late_news(Attempt { op, number }, news);
        if late {
            assert_eq!(self.driver.take(), [""; 0], "late news are dropped");
        }
    }

    fn settle(&mut self) {
        for output in self.driver.take_outputs() {
            self.ledger.enter(&output);
        }
        self.ledger.compare(&self.driver);
    }

    fn pick(&self, pick: usize) -> Option<OpId> {
        let at = pick.checked_rem(self.ops.len())?;
        self.ops.get(at).copied()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn promises_hold_whatever_happens(
        options in options(),
        seed in any::<u64>(),
        acts in prop::collection::vec(act(), 0..80),
        close in any::<bool>(),
    ) {
        let mut world = World::new(&options, seed);
        for act in acts {
            world.act(act);
        }
        if close {
            world.act(Act::Close);
        }
        for op in 0..world.ops.len() {
            world.act(Act::Dispose(op));
        }
        world.driver.assert_empty();
        prop_assert!(world.ledger.0.values().all(|track| track.over && track.open.is_empty()));
    }

    /// Once the server is well again, every subscription is live again, unless it has ended.
    #[test]
    fn what_has_not_ended_comes_back(
        options in options(),
        seed in any::<u64>(),
        acts in prop::collection::vec(act(), 0..60),
    ) {
        let mut world = World::new(&options, seed);
        for act in acts {
            world.act(act);
        }
        // Budget and breakers may make it wait: as long as they allow, and no longer.
        for _ in 0..400 {
            world.recover();
        }
        let stuck = world
            .driver
            .client
            .operations()
            .find(|view| view.request.want == Want::Stream && !is_live(view.state))
            .map(|view| (view.id, view.state));
        prop_assert_eq!(stuck, None);
    }
}

fn is_live(state: State) -> bool {
    matches!(state, State::Live | State::Suspect)
}

impl World {
    /// The server answers everything that is asked of it, and time passes.
    fn recover(&mut self) {
        let waits: Vec<(OpId, State)> = (self.driver.client.operations())
            .map(|view| (view.id, view.state))
            .collect();
        for (op, state) in waits {
            if state == State::Waiting {
                let number = self.ledger.0[&op].asked;
                self.driver
                    .late_news(Attempt { op, number }, News::RetryReady);
                self.settle();
            }
        }
        let hindered = [State::Waiting, State::Suspended];
        if hindered.contains(&self.driver.client.state()) && self.driver.wait().is_some() {
            self.act(Act::PassDeadline(1));
        }
        for at in 0..self.ops.len() {
            self.act(Act::News(at, 0, Say::Head(stream())));
            // A body that was being read comes to its end.
            if self.driver.client.operation_state(self.ops[at]) == State::Connecting {
                self.act(Act::News(at, 0, Say::End));
            }
        }
    }
}
