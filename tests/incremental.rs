//! Results that come in parts: what is delivered of them, and when.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use graphql_lifeline::config::{Options, Transport};
use graphql_lifeline::continuity::{Key, Settings};
use graphql_lifeline::document::Kind;
use graphql_lifeline::incremental::{Assembly, Mode, Put};
use graphql_lifeline::io::{Attempt, GapReason, Input, News, OpId, Request};
use graphql_lifeline::reservation::Sharing;
use support::driver::{Driver, execute, head, json, keyed, stream, subscription, unhindered};
use support::json::Json;

const MALFORMED: &str = "gap 1 malformed since 0 ms";

/// The same twice: with paths, and with ids.
const FORMS: [[&str; 3]; 2] = [
    [
        r#"{"data":{"id":"a","list":[1]},"hasNext":true}"#,
        r#"{"incremental":[{"path":[],"data":{"late":2}},{"path":["list",1],"items":[2]}],"hasNext":true}"#,
        r#"{"incremental":[{"path":["list",2],"items":[3]}],"hasNext":false}"#,
    ],
    [
        r#"{"data":{"id":"a","list":[1]},"pending":[{"id":"0","path":[]},{"id":"1","path":["list"]}],"hasNext":true}"#,
        r#"{"incremental":[{"id":"0","data":{"late":2}},{"id":"1","items":[2]}],"completed":[{"id":"0"}],"hasNext":true}"#,
        r#"{"incremental":[{"id":"1","items":[3]}],"completed":[{"id":"1"}],"hasNext":false}"#,
    ],
];
/// What they are when they have grown so far.
const GROWN: [&str; 3] = [
    r#"next 1 {"data":{"id":"a","list":[1]},"hasNext":true}"#,
    r#"next 1 {"data":{"id":"a","late":2,"list":[1,2]},"hasNext":true}"#,
    r#"next 1 {"data":{"id":"a","late":2,"list":[1,2,3]}}"#,
];
const PLAIN: &str = r#"{"data":{"id":"b"}}"#;
const PLAIN_NEXT: &str = r#"next 1 {"data":{"id":"b"}}"#;

fn options(incremental: Mode) -> Options {
    Options {
        incremental,
        ..unhindered()
    }
}

/// Live, over a stream of its own, with these rules.
fn live(incremental: Mode, rules: Settings) -> (Driver, OpId) {
    let mut driver = Driver::new(&options(incremental));
    let op = driver.subscribe(Request {
        continuity: Some(Box::new(rules)),
        ..subscription()
    });
    driver.open(op);
    driver.take();
    (driver, op)
}

fn say(driver: &mut Driver, op: OpId, results: &[&str]) {
    for result in results {
        driver.bytes(op, format!("event: next\ndata: {result}\n\n"));
    }
}

/// What is told of these.
fn told(incremental: Mode, rules: Settings, results: &[&str]) -> Vec<String> {
    let (mut driver, op) = live(incremental, rules);
    say(&mut driver, op, results);
    driver.told()
}

#[test]
fn it_is_delivered_as_it_grows() {
    for form in FORMS {
        for rules in [Settings::default(), keyed()] {
            assert_eq!(told(Mode::Merge, rules, &form), GROWN);
        }
    }
}

#[test]
fn it_is_delivered_when_it_is_whole() {
    for form in FORMS {
        for rules in [Settings::default(), keyed()] {
            assert_eq!(told(Mode::Final, rules, &form), GROWN[2..]);
        }
    }
}

#[test]
fn it_is_delivered_as_it_comes() {
    for form in FORMS {
        let parts = form.map(|part| format!("next 1 {}", json(part).0));
        assert_eq!(told(Mode::Raw, Settings::default(), &form), parts);
    }
}

/// As the very first servers sent it: the part itself has the path.
#[test]
fn a_part_may_have_the_path_itself() {
    let parts = [
        r#"{"data":{"list":[{}]},"hasNext":true}"#,
        r#"{"path":["list",1],"data":{},"hasNext":true}"#,
        r#"{"path":["list",1],"data":{"a":1},"errors":[{"message":"no"}],"extensions":{"x":1},"hasNext":true}"#,
        r#"{"path":["list",0],"data":null,"errors":[{"message":"nor"}],"extensions":{"y":2},"hasNext":true}"#,
        r#"{"hasNext":false}"#,
    ];
    let whole = r#"next 1 {"data":{"list":[{},{"a":1}]},"errors":[{"message":"no"},{"message":"nor"}],"extensions":{"x":1,"y":2}}"#;
    assert_eq!(told(Mode::Final, Settings::default(), &parts), [whole]);
}

#[test]
fn one_that_is_whole_at_once_does_not_say_that_nothing_follows() {
    for part in [
        r#"{"data":{"id":"b"},"hasNext":false}"#,
        r#"{"data":{"id":"b"},"pending":[],"hasNext":false}"#,
        r#"{"data":{"id":"b"},"pending":[]}"#,
    ] {
        for mode in [Mode::Merge, Mode::Final] {
            assert_eq!(told(mode, keyed(), &[part, PLAIN]), [PLAIN_NEXT]);
        }
    }
    let failed = r#"{"errors":[{"message":"no"}],"hasNext":false}"#;
    assert_eq!(
        told(Mode::Final, keyed(), &[failed]),
        [r#"next 1 {"errors":[{"message":"no"}]}"#]
    );
}

#[test]
fn a_part_that_does_not_fit_costs_its_result_alone_and_is_told_once() {
    for bad in [
        r#"{"incremental":[{"path":["nowhere"],"data":{}}],"hasNext":true}"#,
        r#"{"incremental":[{"path":["list",7],"items":[1]}],"hasNext":true}"#,
        r#"{"incremental":[{"path":["list",4294967295],"items":[1]}],"hasNext":true}"#,
        r#"{"incremental":[{"path":["id"],"data":{}}],"hasNext":true}"#,
        r#"{"incremental":[{"id":"7","data":{}}],"hasNext":true}"#,
    ] {
        let [first, next, last] = FORMS[0];
        let results = [first, bad, next, next, last, PLAIN, first, next, last];
        let expected = [MALFORMED, PLAIN_NEXT, GROWN[2]];
        assert_eq!(told(Mode::Final, Settings::default(), &results), expected);
    }
}

#[test]
fn the_last_part_may_be_the_one_that_does_not_fit() {
    let bad = r#"{"incremental":[{"path":["nowhere"],"data":{}}],"hasNext":false}"#;
    let [first, next, last] = FORMS[0];
    let results = [first, bad, next, last, first, next, last];
    let expected = [MALFORMED, MALFORMED, GROWN[2]];
    assert_eq!(
        told(Mode::Final, Settings::default(), &results),
        expected,
        "what follows the end is another one without a beginning"
    );
}

#[test]
fn another_beginning_gives_up_what_is_under_way() {
    let [first, next, last] = FORMS[1];
    let results = [first, first, next, last];
    let expected = [MALFORMED, GROWN[2]];
    assert_eq!(told(Mode::Final, Settings::default(), &results), expected);
    let results = [first, PLAIN, next];
    let expected = [MALFORMED, PLAIN_NEXT, MALFORMED];
    assert_eq!(told(Mode::Final, Settings::default(), &results), expected);
}

#[test]
fn errors_alone_end_what_is_under_way() {
    let failed = r#"{"errors":[{"message":"no"}]}"#;
    let expected = r#"next 1 {"data":{"id":"a","list":[1]},"errors":[{"message":"no"}]}"#;
    let results = [FORMS[0][0], failed];
    assert_eq!(told(Mode::Final, Settings::default(), &results), [expected]);
}

#[test]
fn completion_gives_up_what_is_not_whole() {
    for (mode, grown) in [(Mode::Merge, &GROWN[..1]), (Mode::Final, &[])] {
        let (mut driver, op) = live(mode, Settings::default());
        say(&mut driver, op, &FORMS[0][..1]);
        driver.bytes(op, "event: complete\ndata:\n\n");
        let mut expected = grown.to_vec();
        expected.extend([MALFORMED, "close 1.1", "complete 1"]);
        assert_eq!(driver.told(), expected);
    }
}

#[test]
fn a_cut_gives_up_what_is_not_whole() {
    let (mut driver, op) = live(Mode::Final, Settings::default());
    let [first, next, last] = FORMS[0];
    say(&mut driver, op, &[first]);
    driver.end(op);
    driver.advance_to_deadline();
    driver.open(op);
    driver.take();
    say(&mut driver, op, &[next, last, PLAIN]);
    let lines = driver.told();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].starts_with("gap 1 malformed"), "{lines:?}");
    assert_eq!(lines[1], PLAIN_NEXT);
}

#[test]
fn what_has_come_before_does_not_grow_either() {
    for form in FORMS {
        let [first, next, last] = form;
        let results = [first, next, last, first, next, last, PLAIN];
        let mut expected = GROWN.to_vec();
        expected.push(PLAIN_NEXT);
        assert_eq!(told(Mode::Merge, keyed(), &results), expected);
        let expected = [GROWN[2], PLAIN_NEXT];
        assert_eq!(told(Mode::Final, keyed(), &results), expected);
    }
}

#[test]
fn it_is_not_shown_before_its_key_is_there() {
    let rules = || Settings {
        key: Some(Key::Path("late".into())),
        ..Settings::default()
    };
    for (mode, expected) in [(Mode::Merge, &GROWN[1..]), (Mode::Final, &GROWN[2..])] {
        let [first, next, last] = FORMS[0];
        let results = [first, next, last, first, next, last];
        assert_eq!(told(mode, rules(), &results), expected);
    }
}

#[test]
fn where_results_are_numbered_only_whole_ones_are_shown() {
    let rules = Settings {
        sequence: Some("late".into()),
        ..Settings::default()
    };
    assert_eq!(told(Mode::Merge, rules, &FORMS[0]), GROWN[2..]);
}

/// What is not whole was never delivered, as far as keys go: the backfill is asked for it, and
/// brings it.
#[test]
fn what_a_cut_left_half_delivered_is_backfilled() {
    let (mut driver, op) = live(
        Mode::Merge,
        Settings {
            backfill: true,
            ..keyed()
        },
    );
    say(&mut driver, op, &[PLAIN, FORMS[0][0]]);
    assert_eq!(driver.told(), [PLAIN_NEXT, GROWN[0]]);
    driver.end(op);
    driver.advance_to_deadline();
    driver.open(op);
    assert!(
        driver
            .told()
            .contains(&"backfill 1 #1 reconnect after b".to_owned())
    );
    // While it heals, what grows is left out; what has become whole waits.
    let other = [
        r#"{"data":{"id":"c"},"hasNext":true}"#,
        r#"{"incremental":[{"path":[],"data":{"x":1}}],"hasNext":false}"#,
    ];
    say(&mut driver, op, &other);
    assert_eq!(driver.told(), [""; 0]);
    for round in [1, 2] {
        let answer = Ok(vec![json(r#"{"data":{"id":"a","whole":true}}"#)]);
        driver.input(Input::Backfilled { op, round, answer });
    }
    let lines = driver.told();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let expected = [
        r#"next 1 {"data":{"id":"a","whole":true}}"#,
        "backfill 1 #2 reconnect after a",
        r#"next 1 {"data":{"id":"c","x":1}}"#,
    ];
    assert_eq!(lines[..3], expected);
    assert!(lines[3].ends_with("healed"), "{lines:?}");
}

#[test]
fn over_a_socket() {
    let mut driver = Driver::new(&Options {
        transports: Some(vec![Transport::WebSocket]),
        websocket: true,
        ..options(Mode::Merge)
    });
    let op = driver.subscribe(subscription());
    let socket = Attempt { op: 0, number: 1 };
    let frame = |driver: &mut Driver, text: String| {
        driver.late_news(
            socket,
            News::Event {
                name: "",
                text,
                bytes: 0,
            },
        );
    };
    driver.late_news(socket, News::Open);
    frame(&mut driver, r#"{"type":"connection_ack"}"#.into());
    driver.take();
    for part in FORMS[1] {
        let text = format!(r#"{{"id":"{op}-1","type":"next","payload":{part}}}"#);
        frame(&mut driver, text);
    }
    let mut lines = driver.told();
    lines.retain(|line| line.starts_with("next"));
    assert_eq!(lines, GROWN);
}

#[test]
fn on_a_reserved_stream() {
    let mut driver = Driver::new(&Options {
        sharing: Sharing::Always,
        ..options(Mode::Merge)
    });
    let op = driver.subscribe(subscription());
    let shared = Attempt { op: 2, number: 1 };
    driver.late_news(shared, News::Open);
    driver.late_news(shared, News::Head(stream()));
    driver.head(op, head(202, "text/plain"));
    driver.take();
    for part in FORMS[1] {
        // The message around it may say what it likes.
        let text =
            format!("event: next\ndata: {{\"id\":\"1-1\",\"payload\":{part},\"hasNext\":1}}\n\n");
        driver.late_news(shared, News::Bytes(text.as_bytes()));
    }
    assert_eq!(driver.told(), GROWN);
}

#[test]
fn an_answer_that_is_no_stream_is_taken_as_it_is() {
    for request in [subscription(), execute(Kind::Query)] {
        let mut driver = Driver::new(&options(Mode::Final));
        let op = driver.subscribe(request);
        driver.head(op, head(200, "application/json"));
        driver.bytes(op, FORMS[0][0]);
        driver.end(op);
        let lines = driver.told();
        assert!(lines.contains(&GROWN[0].to_owned()), "{lines:?}");
        assert!(lines.contains(&"complete 1".to_owned()), "{lines:?}");
    }
}

fn put(assembly: &mut Assembly<Json>, part: &str, limit: usize) -> Put<Json> {
    assembly.put(&json(part), false, limit)
}

#[test]
fn too_much_of_it_is_a_gap_of_its_own() {
    let mut assembly = Assembly::new();
    let nothing = |lost| Put {
        lost,
        result: None,
        is_whole: false,
    };
    let [first, next, last] = FORMS[0];
    let limit = first.len() + next.len() - 1;
    assert_eq!(put(&mut assembly, first, limit), nothing(None));
    let large = nothing(Some(GapReason::Oversize));
    assert_eq!(put(&mut assembly, next, limit), large);
    assert!(assembly.is_idle());
    assert_eq!(put(&mut assembly, next, limit), nothing(None));
    assert_eq!(put(&mut assembly, last, limit).lost, None);
    assert_eq!(put(&mut assembly, first, 10), large, "the first one too");
    assert_eq!(put(&mut assembly, first, first.len()), nothing(None));
    assert!(assembly.leave());
    assert!(!assembly.leave());
}

#[test]
fn a_gap_does_not_hide_what_comes_with_it() {
    let mut assembly = Assembly::new();
    put(&mut assembly, FORMS[0][0], 1_000);
    assert!(!assembly.is_idle());
    let put = put(&mut assembly, PLAIN, 1_000);
    assert_eq!(put.lost, Some(GapReason::Malformed));
    assert_eq!((put.result, put.is_whole), (Some(json(PLAIN)), true));
}
