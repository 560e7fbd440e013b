//! Results that arrive together are parsed together, and each is judged for itself all the same.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use graphql_lifeline::dialect::Dialect;
use graphql_lifeline::io::GapReason;
use graphql_lifeline::reader::{Message, Reader};
use graphql_lifeline::sse::Limits;
use proptest::prelude::*;
use serde_json::Value;
use support::driver::{default_client, json, subscription};
use support::json::Json;

/// What the reader makes of it: as it comes.
fn read(secret: u32, stream: &[u8]) -> Vec<Message<Json>> {
    let mut reader = Reader::new(Dialect::Plain, Limits::default(), secret);
    let mut input = stream;
    std::iter::from_fn(|| reader.next(&mut input)).collect()
}

fn stream(payloads: &[&str]) -> Vec<u8> {
    let event = |payload: &&str| {
        let lines = payload.lines().map(|line| format!("data: {line}\n"));
        lines.collect::<String>() + "\n"
    };
    let events: String = payloads.iter().map(event).collect();
    events.into_bytes()
}

/// What they are each for itself.
fn alone(payloads: &[&str]) -> Vec<Message<Json>> {
    let judge = |payload: &&str| match serde_json::from_str(payload) {
        Ok(value @ Value::Object(_)) => Message::Result(Json(value)),
        _ => Message::Lost(GapReason::Malformed),
    };
    payloads.iter().map(judge).collect()
}

#[test]
fn results_in_one_chunk_come_as_one_list() {
    let list = json(r#"[{"a":1},{"a":2},{"a":3}]"#);
    let input = stream(&[r#"{"a":1}"#, r#"{"a":2}"#, r#"{"a":3}"#]);
    assert_eq!(read(1, &input), [Message::Results(list, 3)]);
}

#[test]
fn one_result_is_no_list() {
    let input = stream(&[r#"{"a":1}"#]);
    assert_eq!(read(1, &input), [Message::Result(json(r#"{"a":1}"#))]);
}

#[test]
fn whatever_comes_between_keeps_its_place() {
    let input = b"data: {\"a\":1}\n\n: comment\ndata: {\"a\":2}\n\ndata: {\"a\":3}\n\nretry: 7\n\n";
    let pair = json(r#"[{"a":2},{"a":3}]"#);
    let messages = read(1, input);
    assert_eq!(messages[0], Message::Result(json(r#"{"a":1}"#)));
    assert_eq!(messages[1], Message::Alive);
    assert_eq!(messages[2], Message::Results(pair, 2));
    assert!(matches!(messages[3], Message::Retry(_)));
    assert_eq!(messages.len(), 4);
}

/// Joined they would be three whole values, and one of them is.
#[test]
fn payloads_that_are_broken_each_do_not_mend_each_other() {
    for payloads in [
        [r#"{"a":[{}"#, "{}]}", "{},{}"],
        [r#"{"a":["#, "{}]}", "{}"],
        [r#"{"a":""#, r#""}"#, "{}"],
        ["{}", "{},{}", "{}"],
        ["{}", "[]", "{}"],
        ["{}", "null", "{}"],
        ["{}", "{}]", "[{}"],
        ["{}", " ", "{}"],
        ["{}", "10000001", "{}"],
        ["{},10000001,{}", "{}", "{}"],
    ] {
        assert_eq!(
            read(1, &stream(&payloads)),
            alone(&payloads),
            "{payloads:?}"
        );
    }
}

/// The mark is made from the secret: who knows it could forge a list, and who does not cannot.
#[test]
fn a_mark_that_was_guessed_for_another_connection_is_of_no_use() {
    let forged = [r#"{"a":[{}"#, "{}]},10000007,{}", "{}"];
    for secret in [1, 2, 3, 90_000_000, u32::MAX] {
        assert_eq!(read(secret, &stream(&forged)), alone(&forged), "{secret}");
    }
}

#[test]
fn a_result_that_cannot_be_read_costs_itself_alone() {
    let mut driver = default_client();
    let op = driver.subscribe(subscription());
    driver.open(op);
    driver.take();
    let event = |data: &str| format!("event: next\ndata: {data}\n\n");
    driver.bytes(
        op,
        [r#"{"a":1}"#, r#"{"a":"#, r#"{"a":3}"#].map(event).concat(),
    );
    let told = driver.take();
    assert!(told[0].ends_with(r#"{"a":1}"#), "{told:?}");
    assert!(told[1].contains("malformed"), "{told:?}");
    assert!(told[2].ends_with(r#"{"a":3}"#), "{told:?}");
    assert_eq!(told.len(), 3);
}

proptest! {
    /// Pieces of JSON, whole and broken, in any order.
    #[test]
    fn they_are_what_they_are_each_for_itself(
        payloads in prop::collection::vec(
            prop::collection::vec(
                prop::sample::select(vec!["{", "}", "[", "]", "{}", ",", "\"a\"", "\"", ":", "1", "10000001", "\n", " "]),
                0..6,
            ).prop_map(|parts| parts.concat()),
            1..8,
        ),
        secret in 0..3_u32,
    ) {
        let payloads: Vec<&str> = payloads.iter().map(String::as_str).collect();
        // An event without a data line is none.
        let payloads: Vec<&str> = payloads.into_iter().filter(|it| it.lines().next().is_some()).collect();
        let mut apart = Vec::new();
        for message in read(secret, &stream(&payloads)) {
            match message {
                Message::Results(Json(list), count) => {
                    let list = list.as_array().cloned().unwrap_or_default();
                    prop_assert_eq!(list.len(), count);
                    apart.extend(list.into_iter().map(|result| Message::Result(Json(result))));
                }
                message => apart.push(message),
            }
        }
        prop_assert_eq!(apart, alone(&payloads));
    }
}
