//! Sizes within a client: what is counted, what is told, what is dropped, and what follows when an
//! endpoint loses large results.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use graphql_lifeline::breaker::Position;
use graphql_lifeline::config::{Method, Options, Transport};
use graphql_lifeline::continuity::{Key, Settings};
use graphql_lifeline::dialect::Dialect;
use graphql_lifeline::document::Kind;
use graphql_lifeline::io::{Delivery, Frame, Input, News, OpId, Output, Request};
use graphql_lifeline::presence::Page;
use support::describe::describe;
use support::driver::{Driver, execute, head, json, ms, subscription, unhindered};
use support::json::Json;
use support::socket::{frame, on_socket, socket_opens};

const LARGE: usize = 3_000;

/// A result with this id, of this many bytes as JSON.
fn result(id: u32, bytes: usize) -> String {
    let bare = format!("{{\"data\":{{\"id\":{id},\"text\":\"\"}}}}");
    let text = "x".repeat(bytes.saturating_sub(bare.len()));
    bare.replace("\"\"", &format!("\"{text}\""))
}

fn event(id: u32, bytes: usize) -> String {
    format!("event: next\ndata: {}\n\n", result(id, bytes))
}

fn keyed() -> Request {
    Request {
        continuity: Some(Box::new(Settings {
            key: Some(Key::Path("id".into())),
            backfill: true,
            ..Settings::default()
        })),
        ..subscription()
    }
}

/// A stream that is live, and has brought one small result.
fn live(options: &Options) -> (Driver, OpId) {
    let mut driver = Driver::new(options);
    let op = driver.subscribe(keyed());
    driver.open(op);
    driver.bytes(op, event(1, 100));
    driver.take();
    (driver, op)
}

fn connect(driver: &mut Driver, op: OpId) {
    while !driver
        .client
        .operations()
        .any(|it| it.id == op && it.transport.is_some())
    {
        driver.advance_to_deadline();
    }
    driver.open(op);
}

/// Answers what is asked: first with these, then with nothing. What was said, but for states and
/// the results themselves.
fn heal(driver: &mut Driver, brought: &[(u32, usize)]) -> Vec<String> {
    let mut brought: Vec<Json> = brought
        .iter()
        .map(|&(id, bytes)| json(&result(id, bytes)))
        .collect();
    let mut lines = Vec::new();
    loop {
        let outputs = driver.take_outputs();
        if outputs.is_empty() {
            return lines;
        }
        for output in outputs {
            let line = describe(&output);
            let kept = ["oversize ", "open ", "breaker ", "gap "];
            if kept.iter().any(|kept| line.starts_with(kept)) {
                lines.push(line);
            }
            if let Output::Deliver(Delivery::Backfill { op, ask }) = output {
                let answer = Ok(std::mem::take(&mut brought));
                let round = ask.round;
                driver.input(Input::Backfilled { op, round, answer });
            }
        }
        driver.advance(ms(2_500));
    }
}

/// A result is lost, and the one behind it too, which ends the stream; the next one has both in
/// its backfill.
fn crash(driver: &mut Driver, op: OpId, id: u32, bytes: usize) -> Vec<String> {
    driver.end(op);
    connect(driver, op);
    heal(driver, &[(id, bytes), (id + 1, 100)])
}

fn ceiling(driver: &Driver, transport: Transport) -> Option<usize> {
    driver.client.sizes(transport)?.ceiling.bytes()
}

fn oversize(lines: &[String]) -> Vec<&str> {
    let told = lines.iter().filter(|line| line.starts_with("oversize"));
    told.map(String::as_str).collect()
}

fn with_socket() -> Options {
    Options {
        websocket: true,
        ..Options::default()
    }
}

fn page(online: bool) -> Page {
    Page {
        online,
        visible: true,
        frozen: false,
    }
}

/// The founding bug. The streams live long enough to be healthy, so that nothing else tells.
#[test]
fn two_large_results_that_only_backfills_have_are_a_ceiling() {
    let (mut driver, op) = live(&unhindered());
    driver.advance(ms(10_000));
    assert_eq!(oversize(&crash(&mut driver, op, 2, LARGE)), [""; 0]);
    assert_eq!(ceiling(&driver, Transport::Fetch), None);
    driver.advance(ms(60_000));
    let told = crash(&mut driver, op, 4, LARGE + 500);
    assert_eq!(
        oversize(&told),
        ["oversize 1 fetch backfill 3500 under 3000"]
    );
    assert_eq!(ceiling(&driver, Transport::Fetch), Some(LARGE));
    // What is open does not know of it: it is replaced.
    assert!(
        told.contains(&"open 1.4 fetch POST to renew in segments of 2250".to_owned()),
        "{told:?}"
    );
    // The next one is lost all the same: smaller ones are tried.
    connect(&mut driver, op);
    heal(&mut driver, &[]);
    let told = crash(&mut driver, op, 6, LARGE);
    assert_eq!(
        oversize(&told),
        ["oversize 1 fetch backfill 3000 under 3000"]
    );
    connect(&mut driver, op);
    let told = heal(&mut driver, &[]);
    assert!(told.iter().all(|line| line.starts_with("gap ")), "{told:?}");
    driver.bytes(op, event(9, LARGE + 1));
    assert_eq!(ceiling(&driver, Transport::Fetch), None, "it did come");
}

/// With the default breaker, and streams that were healthy each time.
#[test]
fn both_losses_count_as_failures_of_the_endpoint_and_the_next_one_takes_over() {
    let (mut driver, op) = live(&with_socket());
    for (id, bytes) in [(2, LARGE), (4, LARGE)] {
        driver.advance(ms(10_000));
        let told = crash(&mut driver, op, id, bytes);
        let opens = told.contains(&"breaker fetch closed -> open".to_owned());
        assert_eq!(opens, id == 4, "{told:?}");
    }
    let view = driver.client.operations().next().expect("it runs");
    assert_eq!(view.transport, Some(Transport::WebSocket));
}

#[test]
fn where_there_is_no_other_way_what_is_open_stays_until_the_breaker_lets_through() {
    let (mut driver, op) = live(&Options::default());
    driver.advance(ms(10_000));
    crash(&mut driver, op, 2, LARGE);
    driver.advance(ms(10_000));
    driver.end(op);
    connect(&mut driver, op);
    let round = round(&driver.take_outputs());
    let answer = Ok(vec![json(&result(4, LARGE))]);
    driver.input(Input::Backfilled { op, round, answer });
    driver.advance(ms(1_000));
    let breaker = driver.client.breaker(Transport::Fetch).expect("it is used");
    assert_eq!(breaker.position(), Position::Open);
    let told = driver.told();
    assert!(
        !told.iter().any(|line| line.starts_with("close")),
        "{told:?}"
    );
    driver.advance(ms(120_000));
    let told = driver.told();
    let replaced = "open 1.4 fetch POST to renew in segments of 2250";
    assert!(told.contains(&replaced.to_owned()), "{told:?}");
}

#[test]
fn one_large_result_that_a_cut_took_is_no_sign() {
    let (mut driver, op) = live(&unhindered());
    assert_eq!(oversize(&crash(&mut driver, op, 2, LARGE)), [""; 0]);
    for id in [4, 6, 8] {
        assert_eq!(oversize(&crash(&mut driver, op, id, 150)), [""; 0]);
    }
    assert_eq!(ceiling(&driver, Transport::Fetch), None);
}

#[test]
fn cuts_with_small_backfills_are_no_sign() {
    let (mut driver, op) = live(&unhindered());
    for id in [2, 4, 6, 8] {
        assert_eq!(oversize(&crash(&mut driver, op, id, 1_000)), [""; 0]);
    }
    assert_eq!(ceiling(&driver, Transport::Fetch), None);
}

#[test]
fn large_results_that_do_come_live_are_none_either() {
    let (mut driver, op) = live(&unhindered());
    driver.bytes(op, event(2, LARGE));
    for id in [3, 5, 7] {
        assert_eq!(oversize(&crash(&mut driver, op, id, LARGE)), [""; 0]);
    }
    assert_eq!(ceiling(&driver, Transport::Fetch), None);
}

/// Only the first is known to be what the stream died of.
#[test]
fn a_large_result_behind_others_in_the_backfill_is_no_sign() {
    let (mut driver, op) = live(&unhindered());
    for id in [2, 4, 6] {
        driver.end(op);
        connect(&mut driver, op);
        let told = heal(&mut driver, &[(id, 100), (id + 1, LARGE)]);
        assert_eq!(oversize(&told), [""; 0]);
    }
}

#[test]
fn what_the_client_missed_by_its_own_doing_is_no_sign() {
    let (mut driver, op) = live(&unhindered());
    for id in [2, 4, 6] {
        driver.input(Input::Reconnect);
        connect(&mut driver, op);
        assert_eq!(oversize(&heal(&mut driver, &[(id, LARGE)])), [""; 0]);
        driver.input(Input::Page(page(false)));
        driver.fail(op);
        driver.input(Input::Page(page(true)));
        connect(&mut driver, op);
        assert_eq!(oversize(&heal(&mut driver, &[(id + 1, LARGE)])), [""; 0]);
    }
}

/// A server that leaves large results out, and whose stream lives on: the numbers tell.
#[test]
fn large_results_in_holes_are_a_ceiling() {
    let mut driver = Driver::new(&unhindered());
    let op = driver.subscribe(Request {
        continuity: Some(Box::new(Settings {
            key: Some(Key::Path("id".into())),
            sequence: Some("id".into()),
            backfill: true,
            ..Settings::default()
        })),
        ..subscription()
    });
    driver.open(op);
    driver.bytes(op, event(1, 100));
    driver.take();
    let mut lose = |id| {
        driver.bytes(op, event(id + 1, 100));
        driver.advance(ms(1_500));
        let told = heal(&mut driver, &[(id, LARGE)]);
        // Another one comes by itself: the next hole is another occasion.
        driver.advance(ms(10_000));
        driver.bytes(op, event(id + 2, 100));
        told
    };
    assert_eq!(oversize(&lose(2)), [""; 0]);
    assert_eq!(
        oversize(&lose(5)),
        ["oversize 1 fetch backfill 3000 under 3000"]
    );
}

/// A failed backfill closes the gap: what the next one brings was not lost in it.
#[test]
fn what_is_not_known_of_one_gap_is_not_taken_from_the_next() {
    let (mut driver, op) = live(&unhindered());
    for id in [2, 4, 6] {
        driver.end(op);
        connect(&mut driver, op);
        let round = round(&driver.take_outputs());
        let answer = Err(json("null"));
        driver.input(Input::Backfilled { op, round, answer });
        driver.input(Input::Reconnect);
        connect(&mut driver, op);
        assert_eq!(oversize(&heal(&mut driver, &[(id, LARGE)])), [""; 0]);
    }
}

/// Of the question among what was said.
fn round(told: &[Output<Json>]) -> u32 {
    let asked = told.iter().find_map(|output| match output {
        Output::Deliver(Delivery::Backfill { ask, .. }) => Some(ask.round),
        _ => None,
    });
    asked.expect("a backfill is asked for")
}

#[test]
fn two_operations_that_lose_the_same_result_are_one_loss() {
    let mut driver = Driver::new(&unhindered());
    let ops = [driver.subscribe(keyed()), driver.subscribe(keyed())];
    for op in ops {
        driver.open(op);
        driver.bytes(op, event(1, 100));
    }
    for (id, suspected) in [(2, false), (3, true)] {
        for op in ops {
            driver.end(op);
        }
        for op in ops {
            connect(&mut driver, op);
            // Both have asked before the first one's answer.
            let told = heal_both(&mut driver, (id, LARGE));
            assert!(suspected || oversize(&told).is_empty(), "{told:?}");
        }
        let is_suspected = ceiling(&driver, Transport::Fetch).is_some();
        assert_eq!(is_suspected, suspected);
    }
}

/// Every first question is answered with this.
fn heal_both(driver: &mut Driver, (id, bytes): (u32, usize)) -> Vec<String> {
    let mut lines = Vec::new();
    loop {
        let outputs = driver.take_outputs();
        if outputs.is_empty() {
            return lines;
        }
        for output in outputs {
            lines.push(describe(&output));
            if let Output::Deliver(Delivery::Backfill { op, ask }) = output {
                let answer = Ok(vec![json(&result(id, bytes))]);
                let round = ask.round;
                driver.input(Input::Backfilled { op, round, answer });
            }
        }
        driver.advance(ms(2_500));
    }
}

#[test]
fn two_connections_that_die_with_a_large_result_half_way_are_a_ceiling() {
    let (mut driver, op) = live(&unhindered());
    let half = &event(2, 20_000)[..10_000];
    let told: Vec<Vec<String>> = (0..3)
        .map(|_| {
            driver.bytes(op, half);
            driver.fail(op);
            connect(&mut driver, op);
            heal(&mut driver, &[])
        })
        .collect();
    // The name of its event and that of the field are no data.
    let arrived = 10_000 - "event: next\ndata: ".len();
    let second = format!("oversize 1 fetch cut {arrived} under {arrived}");
    assert_eq!(oversize(&told[0]), [""; 0]);
    assert_eq!(oversize(&told[1]), [second.as_str()]);
    let asked = arrived / 4 * 3;
    assert!(told[1].contains(&format!("open 1.3 fetch POST in segments of {asked}")));
    assert_eq!(oversize(&told[2]), [second.as_str()]);
    let sizes = driver.client.sizes(Transport::Fetch).expect("it is used");
    assert_eq!(sizes.unfinished, arrived);
}

#[test]
fn one_that_dies_so_and_its_backfill_are_one_loss() {
    let (mut driver, op) = live(&unhindered());
    driver.bytes(op, &event(2, 20_000)[..10_000]);
    driver.fail(op);
    connect(&mut driver, op);
    assert_eq!(oversize(&heal(&mut driver, &[(2, 20_000)])), [""; 0]);
    assert_eq!(ceiling(&driver, Transport::Fetch), None);
}

#[test]
fn sizes_are_counted_however_a_stream_is_cut() {
    let stream = [event(1, 100), event(2, 5_000), event(3, 300_000)].concat();
    for piece in [1_000, 7_777, stream.len()] {
        let mut driver = Driver::new(&Options::default());
        let op = driver.subscribe(subscription());
        driver.open(op);
        for bytes in stream.as_bytes().chunks(piece) {
            driver.bytes(op, bytes);
        }
        let sizes = driver.client.sizes(Transport::Fetch).expect("it is used");
        assert_eq!(sizes.histogram, [1, 0, 0, 1, 0, 0, 1, 0, 0, 0]);
        assert_eq!(sizes.bytes, 305_100);
        assert_eq!(sizes.ceiling.largest(), 300_000);
    }
}

#[test]
fn results_of_a_chunk_in_which_the_operation_ends_are_counted() {
    let mut driver = Driver::new(&Options::default());
    let op = driver.subscribe(subscription());
    driver.open(op);
    let stream = [event(1, 100), event(2, 100), "event: complete\n\n".into()];
    driver.bytes(op, stream.concat());
    let sizes = driver.client.sizes(Transport::Fetch).expect("it is used");
    assert_eq!(sizes.results(), 2);
}

/// The backfill's own query comes by the same endpoint, and shows nothing of its streams.
#[test]
fn answers_that_are_no_streams_are_not_counted() {
    let mut driver = Driver::new(&Options::default());
    let op = driver.subscribe(execute(Kind::Query));
    driver.head(op, head(200, "application/json"));
    driver.bytes(op, result(1, LARGE));
    driver.end(op);
    let sizes = driver.client.sizes(Transport::Fetch).expect("it is used");
    assert_eq!((sizes.results(), sizes.ceiling.largest()), (0, 0));
}

#[test]
fn a_result_of_warn_bytes_is_told_and_delivered() {
    let options = Options {
        warn_bytes: Some(500),
        ..Options::default()
    };
    let mut driver = Driver::new(&options);
    let op = driver.subscribe(subscription());
    driver.open(op);
    driver.take();
    let stream = [event(1, 499), event(2, 500), event(3, 600)];
    driver.bytes(op, stream.concat());
    let told = driver.told();
    assert_eq!(
        told[..2],
        ["oversize 1 fetch large 500", "oversize 1 fetch large 600"]
    );
    assert_eq!(told.len(), 5, "and three results");
}

#[test]
fn a_result_over_max_bytes_is_dropped_on_a_stream() {
    let options = Options {
        max_bytes: Some(1_000),
        ..Options::default()
    };
    let mut driver = Driver::new(&options);
    let op = driver.subscribe(subscription());
    driver.open(op);
    driver.take();
    driver.bytes(
        op,
        [event(1, 1_000), event(2, 1_001), event(3, 100)].concat(),
    );
    let told = driver.told();
    assert!(told[0].starts_with("next 1 {\"data\":{\"id\":1,"));
    assert_eq!(
        told[1..3],
        ["oversize 1 fetch dropped 1000", "gap 1 oversize since 0 ms"]
    );
    assert!(told[3].starts_with("next 1 {\"data\":{\"id\":3,"));
    let sizes = driver.client.sizes(Transport::Fetch).expect("it is used");
    assert_eq!(sizes.results(), 2);
    assert_eq!(driver.client.counters().oversize, 1);
}

#[test]
fn a_result_over_max_bytes_is_dropped_that_event_source_hands_over() {
    let options = Options {
        method: Some(Method::Get),
        dialect: Some(Dialect::Plain),
        max_bytes: Some(1_000),
        warn_bytes: Some(900),
        ..Options::default()
    };
    let mut driver = Driver::new(&options);
    let op = driver.subscribe(subscription());
    driver.news(op, News::Open);
    driver.take();
    // Of no event of the dialect nothing is lost.
    for (name, id, bytes) in [
        ("message", 1, 1_000),
        ("message", 2, 1_001),
        ("next", 3, 1_001),
    ] {
        let text = result(id, bytes);
        driver.news(op, News::Event { name, text, bytes });
    }
    let told = driver.told();
    assert_eq!(told[0], "oversize 1 eventsource large 1000");
    assert!(told[1].starts_with("next 1"));
    assert_eq!(
        told[2..],
        [
            "oversize 1 eventsource dropped 1000",
            "gap 1 oversize since 0 ms"
        ]
    );
    let sizes = driver.client.sizes(Transport::EventSource);
    assert_eq!(sizes.expect("it is used").bytes, 1_000);
}

#[test]
fn a_message_over_max_bytes_may_have_been_anybodys_on_the_socket() {
    let options = Options {
        transports: Some(vec![Transport::WebSocket]),
        websocket: true,
        max_bytes: Some(1_000),
        warn_bytes: Some(900),
        ..Options::default()
    };
    let mut driver = Driver::new(&options);
    let ops = [
        driver.subscribe(subscription()),
        driver.subscribe(subscription()),
    ];
    socket_opens(&mut driver, 1);
    driver.take();
    let next = |id: u32, bytes| {
        let payload = result(id, bytes);
        format!("{{\"id\":\"1-1\",\"type\":\"next\",\"payload\":{payload}}}")
    };
    let envelope = next(1, 100).len() - 100;
    frame(&mut driver, 1, &next(1, 1_000 - envelope));
    let told = driver.told();
    assert_eq!(told[0], "oversize 1 websocket large 1000");
    assert_eq!(told.len(), 2, "and the result");
    frame(&mut driver, 1, &next(2, 1_001 - envelope));
    let expected = ops.map(|op| {
        [
            format!("oversize {op} websocket dropped 1000"),
            format!("gap {op} oversize since 0 ms"),
        ]
    });
    assert_eq!(driver.told(), expected.concat());
    let sizes = driver.client.sizes(Transport::WebSocket);
    assert_eq!(sizes.expect("it is used").results(), 1);
}

#[test]
fn a_json_answer_over_max_bytes_is_an_error() {
    let options = Options {
        max_bytes: Some(1_000),
        ..Options::default()
    };
    for (bytes, is_delivered) in [(1_000, true), (1_001, false)] {
        let mut driver = Driver::new(&options);
        let op = driver.subscribe(execute(Kind::Query));
        driver.head(op, head(200, "application/json"));
        driver.bytes(op, result(1, bytes));
        driver.end(op);
        let told = driver.told();
        let was = told.iter().any(|line| line.starts_with("next 1"));
        assert_eq!(was, is_delivered, "{told:?}");
        let failed = told.iter().any(|line| line.starts_with("error 1 protocol"));
        assert_eq!(failed, !is_delivered, "{told:?}");
    }
}

#[test]
fn an_endpoint_keeps_its_own_ceiling() {
    let (mut driver, op) = live(&Options {
        websocket: true,
        ..unhindered()
    });
    crash(&mut driver, op, 2, LARGE);
    crash(&mut driver, op, 4, LARGE);
    assert_eq!(ceiling(&driver, Transport::Fetch), Some(LARGE));
    assert_eq!(ceiling(&driver, Transport::WebSocket), None);
    assert_eq!(ceiling(&driver, Transport::EventSource), None);
    // An answer is whole or not at all.
    let query = driver.subscribe(execute(Kind::Query));
    let asks = format!("open {query}.1 fetch POST for JSON");
    assert!(driver.told().contains(&asks));
}

/// There are no segments to ask for, so that nothing open is replaced.
#[test]
fn a_socket_has_a_ceiling_as_well() {
    let mut driver = Driver::new(&Options {
        transports: Some(vec![Transport::WebSocket]),
        websocket: true,
        ..unhindered()
    });
    driver.subscribe(keyed());
    let mut told = serve(&mut driver, 0, 100);
    for (socket, id) in [(1, 2), (2, 4)] {
        on_socket(&mut driver, socket, News::Closed(1006, None));
        told.extend(serve(&mut driver, id, LARGE));
    }
    assert_eq!(
        oversize(&told),
        ["oversize 1 websocket backfill 3000 under 3000"]
    );
    let sockets = told.iter().filter(|line| line.starts_with("socket "));
    assert_eq!(sockets.count(), 3);
    assert!(!told.iter().any(|line| line.contains(" complete ")));
}

/// A server of sockets, and a backfill that has this, for a minute.
fn serve(driver: &mut Driver, id: u32, bytes: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for _ in 0..60 {
        for output in driver.take_outputs() {
            lines.push(describe(&output));
            let (attempt, text) = match output {
                Output::OpenSocket { attempt } => {
                    driver.late_news(attempt, News::Open);
                    continue;
                }
                Output::Deliver(Delivery::Backfill { op, ask }) => {
                    let answer = Ok(vec![json(&result(id, bytes))]);
                    let round = ask.round;
                    driver.input(Input::Backfilled { op, round, answer });
                    continue;
                }
                Output::Send { attempt, frame } => match frame {
                    Frame::Init { .. } => (attempt, "{\"type\":\"connection_ack\"}"),
                    Frame::Ping => (attempt, "{\"type\":\"pong\"}"),
                    Frame::Pong | Frame::Subscribe(_) | Frame::Complete(_) => continue,
                },
                _ => continue,
            };
            let (name, bytes, text) = ("", text.len(), text.to_owned());
            driver.late_news(attempt, News::Event { name, text, bytes });
        }
        driver.advance(ms(1_000));
    }
    lines
}
