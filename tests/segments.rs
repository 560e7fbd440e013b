//! Results that a server splits are put together again, and what is wrong with one costs itself
//! alone.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use graphql_lifeline::config::{Method, Options, Transport};
use graphql_lifeline::io::{Attempt, Delivery, Frame, News, OpId, Output, SOCKET};
use graphql_lifeline::reservation::Sharing;
use graphql_lifeline::time::Span;
use proptest::collection::vec;
use proptest::prelude::*;
use support::driver::{
    Driver, default_client, get_client, head, json, ms, plain_client, stream, subscription,
};
use support::json::Json;
use support::segments::{Slice, crc32, split};
use support::streams::cut_in_two;

const RESULT: &str = r#"{"data":{"text":"café 😀, and then some more of it"}}"#;
const OTHER: &str = r#"{"data":{"text":"other"}}"#;
const PATIENCE: Span = Span::from_secs(30);

fn next(payload: &str) -> String {
    format!("event: next\ndata: {payload}\n\n")
}

/// What is told of results and of gaps.
fn flow(driver: &mut Driver) -> Vec<String> {
    let mut lines = driver.told();
    lines.retain(|line| line.starts_with("next ") || line.starts_with("gap "));
    lines
}

/// What is told of a result.
fn told(op: OpId, payload: &str) -> String {
    format!("next {op} {}", json(payload).0)
}

fn live(mut driver: Driver) -> (Driver, OpId) {
    let op = driver.subscribe(subscription());
    driver.open(op);
    driver.take();
    (driver, op)
}

/// What a fresh client says of these slices.
fn said(slices: &[Slice]) -> Vec<String> {
    let (mut driver, op) = live(default_client());
    driver.bytes(op, slices.iter().map(Slice::event).collect::<String>());
    driver.told()
}

fn gap(reason: &str) -> String {
    format!("gap 1 {reason} since 0 ms")
}

#[test]
fn the_checksum_is_zlibs() {
    assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
}

/// Written by hand, with zlib's checksum.
#[test]
fn a_result_in_two_segments() {
    let stream = "event: segment\n\
        data: {\"r\":7,\"i\":0,\"n\":2,\"b\":30,\"c\":3881268022}\n\
        data: {\"data\":{\"text\n\
        \n\
        data: {\"c\":3881268022,\"n\":2,\"r\":7,\"b\":30,\"i\":1, \"more\":null}\n\
        event:segment\n\
        data:\":\"café 😀\"}}\n\
        \n";
    let (mut driver, op) = live(default_client());
    driver.bytes(op, stream);
    let whole = r#"{"data":{"text":"café 😀"}}"#;
    assert_eq!(driver.told(), [told(op, whole)]);
    assert_eq!(driver.client.counters().ignored, 0);
}

#[test]
fn it_is_the_same_however_the_stream_is_cut() {
    for most in [1, 4, 7, 100] {
        let slices = split(3, RESULT, most);
        let (first, rest) = slices.split_at(1);
        let stream = [
            next(r#"{"data":1}"#),
            first.iter().map(Slice::event).collect(),
            ": comment\n".to_owned(),
            next(r#"{"data":2}"#),
            rest.iter().map(Slice::event).collect(),
            next(r#"{"data":3}"#),
        ]
        .concat();
        let of = |chunks: &mut dyn Iterator<Item = &[u8]>| {
            let (mut driver, op) = live(default_client());
            for chunk in chunks {
                driver.bytes(op, chunk);
            }
            driver.told()
        };
        let mut expected = vec![
            told(1, r#"{"data":1}"#),
            told(1, r#"{"data":2}"#),
            told(1, RESULT),
            told(1, r#"{"data":3}"#),
        ];
        if slices.len() == 1 {
            expected.swap(1, 2);
        }
        assert_eq!(of(&mut [stream.as_bytes()].into_iter()), expected);
        assert_eq!(of(&mut stream.as_bytes().chunks(1)), expected);
        if most > 4 {
            for chunks in cut_in_two(stream.as_bytes()) {
                assert_eq!(of(&mut chunks.into_iter()), expected, "{chunks:?}");
            }
        }
    }
}

#[test]
fn results_may_be_interleaved() {
    let (one, other) = (split(0, RESULT, 20), split(u32::MAX, OTHER, 20));
    let mixed = [&one[..1], &other[..1], &one[1..2], &other[1..], &one[2..]].concat();
    assert_eq!(said(&mixed), [told(1, OTHER), told(1, RESULT)]);
}

#[test]
fn a_result_that_is_wrong_costs_itself_alone() {
    let sound = split(5, RESULT, 16);
    let last = sound.len() - 1;
    assert_eq!(last, 3);
    let changed = |at: usize, change: fn(&mut Slice)| {
        let mut slices = sound.clone();
        change(&mut slices[at]);
        slices
    };
    let shorter = |slice: &mut Slice| slice.text.truncate(slice.text.len() - 1);
    let longer = |slice: &mut Slice| slice.text.push(' ');
    let all = |change: fn(&mut Slice)| {
        let mut slices = sound.clone();
        slices.iter_mut().for_each(change);
        slices
    };
    let order = |order: &[usize]| order.iter().map(|&at| sound[at].clone()).collect();
    for (what, wrong) in [
        ("another count", changed(1, |it| it.count += 1)),
        ("another size", changed(2, |it| it.bytes += 1)),
        ("another checksum", changed(1, |it| it.checksum ^= 1)),
        ("the wrong checksum", all(|it| it.checksum ^= 1)),
        ("too few bytes", changed(last, shorter)),
        ("too few bytes before", changed(0, shorter)),
        ("too many bytes", changed(last, longer)),
        ("too many bytes before", changed(1, longer)),
        ("a larger size", all(|it| it.bytes += 1)),
        (
            "other bytes",
            changed(2, |it| it.text.make_ascii_uppercase()),
        ),
        ("one is missing", order(&[0, 1, 3])),
        ("the first is missing", order(&[1, 2, 3])),
        ("only the last", order(&[3])),
        ("twice", order(&[0, 1, 1, 2, 3])),
        ("the first twice", order(&[0, 0, 1, 2, 3])),
        ("out of order", order(&[0, 2, 1, 3])),
        ("backwards", order(&[3, 2, 1])),
    ] {
        let around = split(6, OTHER, 9);
        let slices = [&around[..1], &wrong, &around[1..], &split(7, RESULT, 16)].concat();
        let expected = [gap("segment"), told(1, OTHER), told(1, RESULT)];
        assert_eq!(said(&slices), expected, "{what}");
    }
}

/// A server that begins anew under a name that was dropped means another result.
#[test]
fn a_name_may_be_used_again() {
    let slices = split(5, RESULT, 16);
    let again = [
        &slices[..],
        &slices,
        &slices[1..],
        &slices[..2],
        &slices[..],
        &slices,
    ]
    .concat();
    assert_eq!(
        said(&again),
        [
            told(1, RESULT),
            told(1, RESULT),
            gap("segment"),
            // begun, and begun again
            gap("segment"),
            told(1, RESULT),
        ]
    );
}

#[test]
fn names_of_dropped_results_are_forgotten_some_time() {
    let late = |result: u32| split(result, RESULT, 16).swap_remove(2);
    let many: Vec<Slice> = (0..64).chain(0..64).map(late).collect();
    assert_eq!(said(&many), vec![gap("segment"); 64]);
    let more: Vec<Slice> = (0..65).chain(0..1).map(late).collect();
    assert_eq!(said(&more), vec![gap("segment"); 66]);
}

#[test]
fn whole_json_that_is_no_object_is_malformed() {
    for text in ["[1,2,3]", "{\"data\":", "", "7"] {
        assert_eq!(said(&split(0, text, 4)), [gap("malformed")], "{text}");
    }
}

#[test]
fn a_header_that_cannot_be_read_is_malformed() {
    let whole = "{\"r\":0,\"i\":0,\"n\":1,\"b\":2,\"c\":0}";
    let mut heads = vec![
        "".to_owned(),
        "{".to_owned(),
        "[0,0,1,2,0]".to_owned(),
        "{}".to_owned(),
        // An index beyond the count.
        whole.replace("\"n\":1", "\"n\":0"),
        whole.replace("\"i\":0", "\"i\":1"),
    ];
    for key in ["r", "i", "n", "b", "c"] {
        heads.push(whole.replace(key, "x"));
        for value in ["-1", "4294967296", "1.5", "\"1\"", "null", "[1]", "1e99"] {
            let (before, after) = whole.split_once(key).expect("it has each");
            let end = after.find([',', '}']).expect("and ends");
            heads.push(format!("{before}{key}\":{value}{}", &after[end..]));
        }
    }
    let datas = heads
        .iter()
        .map(|head| format!("data: {head}\ndata: {{}}\n"));
    let lines = ["data: {\"r\":0,\"i\":0,\"n\":1,\"b\":2,\"c\":0}\n".to_owned()];
    let more = [format!("data: {whole}\ndata: {{}}\ndata\n")];
    for data in datas.chain(lines).chain(more) {
        let (mut driver, op) = live(default_client());
        driver.bytes(op, format!("event: segment\n{data}\n{}", next(OTHER)));
        assert_eq!(driver.told(), [gap("malformed"), told(op, OTHER)], "{data}");
    }
}

#[test]
fn an_event_that_is_larger_than_a_slice_may_be_is_malformed() {
    let large = format!("{{\"data\":\"{}\"}}", "x".repeat(200_000));
    let fits = split(0, &large, 65_000);
    let (mut driver, op) = live(default_client());
    driver.bytes(op, fits.iter().map(Slice::event).collect::<String>());
    assert_eq!(driver.told(), [told(op, &large)]);
    let slices = split(1, &large, 66_000);
    for slice in &slices {
        for chunk in slice.event().as_bytes().chunks(10_000) {
            driver.bytes(op, chunk);
        }
    }
    // The last one is small enough to be read.
    assert_eq!(slices.len(), 4);
    let malformed = || gap("malformed");
    assert_eq!(
        driver.told(),
        [malformed(), malformed(), malformed(), gap("segment")]
    );
}

#[test]
fn a_result_that_is_not_whole_in_time_is_dropped() {
    let (mut driver, op) = live(default_client());
    let slices = split(0, RESULT, 16);
    driver.bytes(op, slices[0].event());
    driver.advance(ms(29_999));
    driver.bytes(op, slices[1].event());
    driver.advance(ms(29_999));
    assert_eq!(flow(&mut driver), [""; 0], "the time begins anew");
    driver.advance(ms(1));
    assert_eq!(flow(&mut driver), ["gap 1 segment since 29999 ms"]);
    driver.bytes(op, slices[2].event());
    driver.bytes(op, slices[3].event());
    assert_eq!(flow(&mut driver), [""; 0]);
    driver.bytes(
        op,
        split(1, RESULT, 16)
            .iter()
            .map(Slice::event)
            .collect::<String>(),
    );
    assert_eq!(flow(&mut driver), [told(op, RESULT)]);
}

#[test]
fn each_has_its_own_time() {
    let (mut driver, op) = live(default_client());
    let begin = |driver: &mut Driver, result| {
        let slices = split(result, RESULT, 16);
        driver.bytes(op, slices[0].event());
        slices
    };
    begin(&mut driver, 0);
    driver.advance(ms(10_000));
    let second = begin(&mut driver, 1);
    begin(&mut driver, 2);
    driver.advance(ms(19_999));
    assert_eq!(flow(&mut driver), [""; 0]);
    driver.advance(ms(1));
    assert_eq!(flow(&mut driver), ["gap 1 segment since 0 ms"]);
    driver.bytes(op, second[1..].iter().map(Slice::event).collect::<String>());
    assert_eq!(flow(&mut driver), [told(op, RESULT)]);
    driver.advance(ms(10_000));
    assert_eq!(flow(&mut driver), ["gap 1 segment since 10000 ms"]);
    driver.advance(ms(600_000));
    assert_eq!(flow(&mut driver), [""; 0]);
}

#[test]
fn what_is_not_whole_when_the_operation_is_complete_is_told() {
    let (mut driver, op) = live(default_client());
    driver.bytes(op, split(0, RESULT, 16)[0].event());
    driver.bytes(op, "event: complete\n\n");
    let told = driver.told();
    assert!(told.contains(&gap("segment")), "{told:?}");
    assert!(told.contains(&"complete 1".to_owned()), "{told:?}");
}

/// A result was larger than allowed.
fn dropped() -> [String; 2] {
    let told = "oversize 1 fetch dropped 33554432";
    [told.to_owned(), gap("oversize")]
}

/// The first slice of a result that claims this size.
fn claim(result: u32, mebibytes: u32) -> String {
    let mut slice = split(result, RESULT, 16).swap_remove(0);
    slice.bytes = mebibytes << 20;
    slice.event()
}

#[test]
fn a_result_over_the_limit_is_oversize() {
    let (mut driver, op) = live(default_client());
    driver.bytes(op, claim(0, 33));
    assert_eq!(driver.told(), dropped());
    let rest = split(0, RESULT, 16).split_off(1);
    driver.bytes(op, rest.iter().map(Slice::event).collect::<String>());
    assert_eq!(driver.told(), [""; 0], "its rest is left out");
    driver.bytes(op, claim(1, 32));
    assert_eq!(driver.told(), [""; 0]);
}

/// A slice of one byte takes more than a byte.
#[test]
fn a_result_in_too_many_slices_is_oversize() {
    let (mut driver, op) = live(default_client());
    let mut slice = split(0, RESULT, 16).swap_remove(0);
    slice.count = (32 << 20) / 64 + 1;
    driver.bytes(op, slice.event());
    assert_eq!(driver.told(), dropped());
    slice.count -= 1;
    driver.bytes(op, slice.event());
    assert_eq!(driver.told(), [""; 0]);
}

#[test]
fn there_are_so_many_in_assembly_at_most() {
    let (mut driver, op) = live(default_client());
    let first = |result| split(result, RESULT, 16)[0].event();
    driver.bytes(op, (0..64).map(first).collect::<String>());
    assert_eq!(driver.told(), [""; 0]);
    driver.bytes(op, first(64));
    assert_eq!(driver.told(), dropped());
    driver.bytes(
        op,
        split(7, RESULT, 16)[1..]
            .iter()
            .map(Slice::event)
            .collect::<String>(),
    );
    driver.bytes(op, first(65));
    assert_eq!(driver.told(), [told(op, RESULT)], "there is a place again");
}

/// Room for 32 MiB is that of all operations together, and given back by whatever ends a result.
#[test]
fn all_results_in_assembly_share_the_limit() {
    let (mut driver, first) = live(default_client());
    let second = driver.subscribe(subscription());
    driver.open(second);
    driver.take();
    let is_full = |driver: &mut Driver| {
        driver.bytes(second, claim(99, 32));
        let is_full = !driver.told().is_empty();
        if !is_full {
            // Twice, so that it is dropped.
            driver.bytes(second, claim(99, 32));
            driver.told();
        }
        is_full
    };
    assert!(!is_full(&mut driver));

    driver.bytes(first, claim(0, 1));
    assert!(is_full(&mut driver), "another operation has some");
    driver.bytes(first, split(0, RESULT, 16)[2].event());
    assert_eq!(driver.told(), [gap("segment")]);
    assert!(!is_full(&mut driver), "it was dropped");

    let slices = split(1, RESULT, 16);
    driver.bytes(first, slices[0].event());
    assert!(is_full(&mut driver));
    driver.bytes(
        first,
        slices[1..].iter().map(Slice::event).collect::<String>(),
    );
    assert_eq!(driver.told(), [told(first, RESULT)]);
    assert!(!is_full(&mut driver), "it is whole");

    driver.bytes(first, claim(2, 1));
    driver.advance(PATIENCE);
    driver.told();
    assert!(!is_full(&mut driver), "it was late");

    driver.bytes(first, claim(3, 1));
    driver.fail(first);
    driver.told();
    assert!(!is_full(&mut driver), "its connection broke");
    driver.advance_to_deadline();
    driver.open(first);
    driver.told();

    driver.bytes(first, claim(4, 1));
    assert!(is_full(&mut driver));
    driver.dispose(first);
    driver.told();
    assert!(!is_full(&mut driver), "its operation was disposed of");
}

#[test]
fn a_reconnect_drops_what_is_half_assembled() {
    let (mut driver, op) = live(default_client());
    let slices = split(0, RESULT, 16);
    driver.bytes(op, slices[..2].iter().map(Slice::event).collect::<String>());
    driver.fail(op);
    driver.advance_to_deadline();
    driver.told();
    driver.open(op);
    let said = driver.told();
    assert!(said.iter().any(|line| line.starts_with("gap 1 reconnect")));
    driver.bytes(op, slices.iter().map(Slice::event).collect::<String>());
    assert_eq!(driver.told(), [told(op, RESULT)], "from the beginning");
}

#[test]
fn in_the_dialect_plain() {
    let (mut driver, op) = live(plain_client());
    driver.bytes(
        op,
        split(0, RESULT, 5)
            .iter()
            .map(Slice::event)
            .collect::<String>(),
    );
    assert_eq!(driver.told(), [told(op, RESULT)]);
}

#[test]
fn over_event_source() {
    let mut driver = get_client();
    let op = driver.subscribe(subscription());
    driver.news(op, News::Open);
    driver.take();
    let name = "segment";
    for slice in split(0, RESULT, 5) {
        let text = slice.data();
        driver.news(
            op,
            News::Event {
                name,
                text,
                bytes: 0,
            },
        );
    }
    assert_eq!(driver.told(), [told(op, RESULT)]);
    for text in ["", "{}", "{}\n{}", "{\n{}\n"] {
        let text = text.to_owned();
        driver.news(
            op,
            News::Event {
                name,
                text,
                bytes: 0,
            },
        );
    }
    assert_eq!(driver.told(), vec![gap("malformed"); 4]);
}

/// Two subscriptions, 1 and 3, live on the reserved stream, 2.
#[test]
fn on_a_reserved_stream() {
    let mut driver = Driver::new(&Options {
        sharing: Sharing::Always,
        ..Options::default()
    });
    let reserved = Attempt { op: 2, number: 1 };
    driver.subscribe(subscription());
    driver.late_news(reserved, News::Open);
    driver.late_news(reserved, News::Head(stream()));
    driver.subscribe(subscription());
    for op in [1, 3] {
        driver.head(op, head(202, "text/plain"));
    }
    driver.take();
    let named = |result, id: &str| {
        let mut slices = split(result, RESULT, 16);
        for slice in &mut slices {
            slice.id = Some(id.to_owned());
        }
        slices
    };
    let (one, three, nobody) = (named(0, "1-1"), named(1, "3-1"), named(2, "4-1"));
    let mixed = [&one[..2], &nobody[..1], &three[..], &one[2..], &nobody[1..]].concat();
    let say = |driver: &mut Driver, slices: &[Slice]| {
        let text: String = slices.iter().map(Slice::event).collect();
        driver.late_news(reserved, News::Bytes(text.as_bytes()));
    };
    say(&mut driver, &mixed);
    assert_eq!(driver.told(), [told(3, RESULT), told(1, RESULT)]);

    say(&mut driver, &named(3, "3-1")[1..]);
    assert_eq!(driver.told(), ["gap 3 segment since 0 ms"], "its own loss");
    say(&mut driver, &named(4, "1-1")[..1]);
    driver.advance(PATIENCE);
    assert_eq!(driver.told(), ["gap 1 segment since 0 ms"], "its own time");
    let broken = b"event: segment\ndata: {\n\n";
    driver.late_news(reserved, News::Bytes(broken));
    let malformed = "malformed since 30000 ms";
    assert_eq!(
        driver.told(),
        [1, 3].map(|op| format!("gap {op} {malformed}"))
    );
}

/// A subscription over a socket that was acknowledged so.
fn on_socket(acknowledgement: &str) -> (Driver, OpId) {
    let mut driver = Driver::new(&Options {
        transports: Some(vec![Transport::WebSocket]),
        websocket: true,
        ..Options::default()
    });
    let op = driver.subscribe(subscription());
    let attempt = SOCKET_ATTEMPT;
    driver.late_news(attempt, News::Open);
    say(&mut driver, acknowledgement);
    let outputs = driver.take_outputs();
    let subscribe = Output::Send {
        attempt,
        frame: Frame::Subscribe(Attempt { op, number: 1 }),
    };
    assert!(outputs.contains(&subscribe), "{outputs:?}");
    say(&mut driver, "{\"type\":\"pong\"}");
    driver.take();
    (driver, op)
}

const SOCKET_ATTEMPT: Attempt = Attempt {
    op: SOCKET,
    number: 1,
};

fn say(driver: &mut Driver, text: &str) {
    let text = text.to_owned();
    driver.late_news(
        SOCKET_ATTEMPT,
        News::Event {
            name: "",
            text,
            bytes: 0,
        },
    );
}

const KNOWS: &str = r#"{"type":"connection_ack","payload":{"lifeline":{"segments":true}}}"#;

#[test]
fn on_a_socket_whose_server_says_that_it_knows_them() {
    let (mut driver, op) = on_socket(KNOWS);
    for slice in split(0, RESULT, 16) {
        say(&mut driver, &slice.frame("1-1"));
        say(&mut driver, &slice.frame("2-1"));
    }
    assert_eq!(driver.told(), [told(op, RESULT)], "nobody is there for 2-1");
    say(&mut driver, &split(1, RESULT, 16)[1].frame("1-1"));
    assert_eq!(driver.told(), [gap("segment")]);
    for payload in ["7", "null", "{}", "{\"s\":\"{}\"}"] {
        let frame = format!("{{\"id\":\"1-1\",\"type\":\"segment\",\"payload\":{payload}}}");
        say(&mut driver, &frame);
        assert_eq!(driver.told(), [gap("malformed")], "{payload}");
    }
    say(&mut driver, "{\"id\":\"1-1\",\"type\":\"segment\"}");
    assert_eq!(driver.told(), [gap("malformed")]);
    assert_eq!(driver.client.counters().ignored, 0);
}

#[test]
fn on_any_other_socket_they_are_unknown_messages() {
    for payload in [
        "null",
        "{}",
        r#"{"lifeline":true}"#,
        r#"{"lifeline":{"segments":false}}"#,
        r#"{"lifeline":{"segments":"true"}}"#,
        r#"{"lifeline":{"segments":0}}"#,
        r#"{"segments":true}"#,
    ] {
        let (mut driver, _) = on_socket(&format!(
            "{{\"type\":\"connection_ack\",\"payload\":{payload}}}"
        ));
        for slice in split(0, RESULT, 100) {
            say(&mut driver, &slice.frame("1-1"));
        }
        assert_eq!(driver.told(), [""; 0], "{payload}");
        assert_eq!(driver.client.counters().ignored, 1);
    }
}

#[test]
fn by_get_and_fetch() {
    let (mut driver, op) = live(Driver::new(&Options {
        method: Some(Method::Get),
        transports: Some(vec![Transport::Fetch]),
        ..Options::default()
    }));
    driver.bytes(
        op,
        split(0, RESULT, 16)
            .iter()
            .map(Slice::event)
            .collect::<String>(),
    );
    assert_eq!(driver.told(), [told(op, RESULT)]);
}

fn delivered(driver: &mut Driver) -> Vec<Json> {
    let results = driver.take_outputs().into_iter();
    results
        .filter_map(|output| match output {
            Output::Deliver(Delivery::Next { result, .. }) => Some(result),
            _ => None,
        })
        .collect()
}

/// Were the work on a slice to grow with what has come before, this would take hours.
#[test]
fn many_small_slices_are_no_more_work_than_a_few_large_ones() {
    let (mut driver, op) = live(default_client());
    let text = format!("{{\"data\":\"{}\"}}", "x".repeat(1 << 20));
    let results: Vec<Vec<Slice>> = (0..4).map(|result| split(result, &text, 256)).collect();
    for at in 0..results[0].len() {
        let round = results.iter().map(|slices| slices[at].event());
        driver.bytes(op, round.collect::<String>());
    }
    let whole = json(&text);
    let delivered = delivered(&mut driver);
    assert_eq!(delivered.len(), results.len());
    assert!(delivered.iter().all(|result| *result == whole));
}

fn payload() -> impl Strategy<Value = String> {
    "[a-z \\\\\"\n\u{e9}\u{20ac}\u{1f600}]{0,60}"
        .prop_map(|text| serde_json::json!({ "data": { "text": text } }).to_string())
}

proptest! {
    /// Each comes when its last slice does, and once.
    #[test]
    fn whatever_is_split_and_mixed_comes_whole(
        results in vec((payload(), 1_usize..40), 1..6),
        turns in vec(any::<prop::sample::Index>(), 0..200),
        cuts in support::streams::cuts(),
    ) {
        let mut waiting: Vec<_> = results
            .iter()
            .zip(0..)
            .map(|((text, most), name)| (text, split(name, text, *most).into_iter()))
            .collect();
        let (mut stream, mut expected) = (String::new(), Vec::new());
        let mut turns = turns.iter();
        while !waiting.is_empty() {
            let at = turns.next().map_or(0, |turn| turn.index(waiting.len()));
            match waiting[at].1.next() {
                Some(slice) => stream += &slice.event(),
                None => drop(waiting.remove(at)),
            }
            if waiting.get(at).is_some_and(|(_, slices)| slices.len() == 0) {
                expected.push(json(waiting.remove(at).0));
            }
        }
        let (mut driver, op) = live(default_client());
        for chunk in support::streams::cut(stream.as_bytes(), &cuts) {
            driver.bytes(op, chunk);
        }
        prop_assert_eq!(delivered(&mut driver), expected);
    }

    /// Slices in any order, some of them changed: what is delivered is what was sent.
    #[test]
    fn nothing_comes_that_was_not_sent(
        results in vec((payload(), 1_usize..40), 1..4),
        picks in vec((any::<prop::sample::Index>(), 0..12_u8), 0..60),
    ) {
        let slices: Vec<Slice> = results
            .iter()
            .zip(0..)
            .flat_map(|((text, most), name)| split(name, text, *most))
            .collect();
        let (mut driver, op) = live(default_client());
        for (pick, change) in picks {
            // Often in order, so that some come whole.
            let at = pick.index(slices.len());
            for slice in slices.iter().skip(at).take(if change < 6 { 5 } else { 1 }) {
                let mut slice = slice.clone();
                match change {
                    7 => slice.result ^= 1,
                    8 => slice.index += 1,
                    9 => slice.bytes += 1,
                    10 => slice.checksum ^= 4,
                    11 => slice.text.push(' '),
                    _ => {}
                }
                driver.bytes(op, slice.event());
            }
        }
        let sent: Vec<Json> = results.iter().map(|(text, _)| json(text)).collect();
        for result in delivered(&mut driver) {
            prop_assert!(sent.contains(&result), "{:?}", result);
        }
    }
}
