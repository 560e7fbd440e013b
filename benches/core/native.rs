//! The benchmarks: event streams through the decoder and through the whole client, messages of a socket, keys.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput};
use graphql_lifeline::config::{Options, Transport};
use graphql_lifeline::continuity::{Continuity, Effect, Item as Keyed, Key, Settings};
use graphql_lifeline::io::{Attempt, Delivery, Frame, News, Output, Request};
use graphql_lifeline::sse::{Decoder, Item, Limits};
use graphql_lifeline::time::{Instant, Now, Wall};

use crate::support::driver::{Driver, default_client, subscription};

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;
const CHUNKS: [usize; 2] = [4 * KIB, 64 * KIB];
/// About as many bytes are read in each round.
const ENOUGH: usize = 4 * MIB;
const SAMPLES: usize = 20;
const MEASURE: Duration = Duration::from_secs(3);
const WARM_UP: Duration = Duration::from_secs(1);

/// By name, the bytes of one result.
const SIZES: [(&str, usize); 3] = [("200 B", 200), ("3 KB", 3_000), ("4 MB", ENOUGH)];

pub fn main() {
    let mut criterion = Criterion::default()
        .sample_size(SAMPLES)
        .measurement_time(MEASURE)
        .warm_up_time(WARM_UP)
        .configure_from_args();
    decode(&mut criterion);
    stream(&mut criterion);
    socket(&mut criterion);
    keys(&mut criterion);
    criterion.final_summary();
}

/// Bytes to events, and nothing more.
fn decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decoder");
    for (name, size) in SIZES {
        let bytes = events(size);
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        for chunk in CHUNKS {
            group.bench_function(BenchmarkId::new(name, cut(chunk)), |bencher| {
                bencher.iter(|| decoded(&bytes, chunk));
            });
        }
    }
    group.finish();
}

/// How many bytes of data the events held.
fn decoded(bytes: &[u8], chunk: usize) -> usize {
    let mut decoder = Decoder::new(Limits::default());
    let mut sum = 0;
    for mut input in bytes.chunks(chunk) {
        while let Some(item) = decoder.next(&mut input) {
            if let Item::Event { data, .. } = item {
                sum += black_box(data).len();
            }
        }
    }
    sum
}

/// Bytes to results through a client that tells them apart by key; `serde_json` parses them.
fn stream(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("stream");
    for (name, size) in SIZES {
        let bytes = events(size);
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        for chunk in CHUNKS {
            group.bench_function(BenchmarkId::new(name, cut(chunk)), |bencher| {
                bencher.iter(|| {
                    let mut driver = default_client();
                    let op = driver.subscribe(keyed());
                    driver.open(op);
                    driver.take_outputs();
                    let read = |input| {
                        driver.bytes(op, input);
                        results(&driver.take_outputs())
                    };
                    assert_eq!(bytes.chunks(chunk).map(read).sum::<usize>(), count(size));
                });
            });
        }
    }
    group.finish();
}

/// Messages of a shared socket to results, in turn for one subscription and for many.
fn socket(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("socket");
    const MESSAGES: usize = 2_000;
    group.throughput(Throughput::Elements(MESSAGES as u64));
    for subscriptions in [1, 1_000] {
        group.bench_function(
            BenchmarkId::new("200 B", format!("{subscriptions} live")),
            |bencher| {
                bencher.iter_batched_ref(
                    || Wire::open(subscriptions),
                    |wire| {
                        for n in 0..MESSAGES {
                            wire.next(n);
                        }
                        assert_eq!(results(&wire.driver.take_outputs()), MESSAGES);
                    },
                    criterion::BatchSize::PerIteration,
                );
            },
        );
    }
    group.finish();
}

/// What remembering keys costs, a result at a time.
fn keys(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("keys");
    const RESULTS: usize = 10_000;
    group.throughput(Throughput::Elements(RESULTS as u64));
    for remember in [1_024, 65_536] {
        let settings = Settings {
            key: Some(Key::Path("message.id".into())),
            remember,
            ..Settings::default()
        };
        group.bench_function(BenchmarkId::new("remember", remember), |bencher| {
            bencher.iter(|| assert_eq!(taken(settings.clone(), RESULTS), RESULTS));
        });
    }
    group.finish();
}

fn taken(settings: Settings, results: usize) -> usize {
    let now = Now {
        monotonic: Instant::from_millis(1_000),
        wall: Wall::from_millis(1_000_000),
    };
    let mut continuity = Continuity::new(settings, 7, now.wall);
    continuity.live(now);
    let mut count = 0;
    for n in 0..results {
        continuity.result(
            now,
            Keyed {
                key: Some(format!("message {n}")),
                number: None,
                payload: n,
            },
        );
        while let Some(effect) = continuity.poll() {
            count += usize::from(matches!(effect, Effect::Deliver(_)));
        }
    }
    count
}

/// A client with subscriptions that are live on one socket.
struct Wire {
    driver: Driver,
    socket: Attempt,
    /// The id of each subscription on the wire.
    names: Vec<String>,
}

impl Wire {
    fn open(subscriptions: usize) -> Self {
        let mut driver = Driver::new(&Options {
            transports: Some(vec![Transport::WebSocket]),
            websocket: true,
            ..Options::default()
        });
        for _ in 0..subscriptions {
            driver.subscribe(keyed());
        }
        let mut socket = None;
        let mut names = Vec::new();
        loop {
            let outputs = driver.take_outputs();
            if outputs.is_empty() {
                break;
            }
            for output in outputs {
                match output {
                    Output::OpenSocket { attempt } => {
                        socket = Some(attempt);
                        driver.late_news(attempt, News::Open);
                    }
                    Output::Send { attempt, frame } => match frame {
                        Frame::Init { .. } => {
                            say(&mut driver, attempt, "{\"type\":\"connection_ack\"}")
                        }
                        Frame::Ping => say(&mut driver, attempt, "{\"type\":\"pong\"}"),
                        Frame::Subscribe(Attempt { op, number }) => {
                            names.push(format!("{op}-{number}"))
                        }
                        Frame::Pong | Frame::Complete(_) => {}
                    },
                    _ => {}
                }
            }
        }
        assert_eq!(names.len(), subscriptions);
        let socket = socket.expect("a socket was opened");
        Self {
            driver,
            socket,
            names,
        }
    }

    /// The n-th result, for the next subscription in turn.
    fn next(&mut self, n: usize) {
        let name = &self.names[n % self.names.len()];
        let message = format!(
            "{{\"id\":\"{name}\",\"type\":\"next\",\"payload\":{}}}",
            json(n, 200)
        );
        say(&mut self.driver, self.socket, &message);
    }
}

fn say(driver: &mut Driver, attempt: Attempt, text: &str) {
    let text = text.to_owned();
    driver.late_news(
        attempt,
        News::Event {
            name: "",
            text,
            bytes: 0,
        },
    );
}

fn keyed() -> Request {
    let key = Some(Key::Path("message.id".into()));
    Request {
        continuity: Some(Box::new(Settings {
            key,
            ..Settings::default()
        })),
        ..subscription()
    }
}

fn results<P>(outputs: &[Output<P>]) -> usize {
    let is_result = |output: &&Output<P>| matches!(output, Output::Deliver(Delivery::Next { .. }));
    outputs.iter().filter(is_result).count()
}

/// How many results of that size there are in a stream.
fn count(size: usize) -> usize {
    (ENOUGH / size).max(1)
}

fn events(size: usize) -> Vec<u8> {
    let event = |n| format!("event: next\ndata: {}\n\n", json(n, size));
    (0..count(size)).map(event).collect::<String>().into_bytes()
}

fn json(n: usize, size: usize) -> String {
    let text = "lorem ipsum ".repeat(size / 12);
    format!("{{\"data\":{{\"message\":{{\"id\":\"{n:06}\",\"text\":\"{text}\"}}}}}}")
}

fn cut(chunk: usize) -> String {
    format!("chunks of {} KB", chunk / KIB)
}
