//! Events that the browser has decoded and that came together.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use graphql_lifeline::config::{Method, Options, Transport};
use graphql_lifeline::continuity::Settings;
use graphql_lifeline::io::{News, OpId, Request};
use support::driver::{Driver, keyed, subscription};
use support::json::Json;

/// An EventSource that is open.
fn open(options: Options, settings: Settings) -> (Driver, OpId) {
    let mut driver = Driver::new(&Options {
        method: Some(Method::Get),
        transports: Some(vec![Transport::EventSource]),
        ..options
    });
    let op = driver.subscribe(Request {
        continuity: Some(Box::new(settings)),
        ..subscription()
    });
    driver.news(op, News::Open);
    driver.take();
    (driver, op)
}

fn result(id: u32) -> String {
    format!("{{\"data\":{{\"id\":{id}}}}}")
}

fn together(driver: &mut Driver, op: OpId, name: &str, texts: &[String]) {
    let (count, texts) = (texts.len(), Json(texts.into()));
    driver.news(op, News::Events { name, texts, count });
}

fn next(op: OpId, id: u32) -> String {
    format!("next {op} {}", result(id))
}

#[test]
fn each_is_delivered_once_and_in_order() {
    let (mut driver, op) = open(Options::default(), keyed());
    together(&mut driver, op, "next", &[1, 2, 1, 3, 3].map(result));
    assert_eq!(driver.take(), [1, 2, 3].map(|id| next(op, id)));
    assert_eq!(driver.client.counters().results, 3);
    together(&mut driver, op, "next", &[2, 4].map(result));
    assert_eq!(driver.take(), [next(op, 4)]);
}

/// The application's path may lead nowhere, for some results or for all.
#[test]
fn those_without_a_key_are_delivered_in_their_place_and_stay_together() {
    let (mut driver, op) = open(Options::default(), keyed());
    let none = r#"{"data":{}}"#.to_owned();
    let texts = [result(1), none.clone(), result(1), none.clone(), result(2)];
    together(&mut driver, op, "next", &texts);
    let without = format!("next {op} {none}");
    let told = [next(op, 1), without.clone(), without.clone(), next(op, 2)];
    assert_eq!(driver.take(), told);
    together(&mut driver, op, "next", &[none.clone(), none]);
    assert_eq!(driver.take(), [without.clone(), without]);
    assert_eq!(driver.client.counters().results, 6);
}

/// What stands for "no key" may be one.
#[test]
fn a_key_of_one_nul_is_a_key_like_any_other() {
    let (mut driver, op) = open(Options::default(), keyed());
    let nul = r#"{"data":{"id":"\u0000"}}"#.to_owned();
    together(&mut driver, op, "next", &[nul.clone(), result(1), nul]);
    assert_eq!(driver.take().len(), 2);
    assert_eq!(driver.client.counters().results, 2);
}

#[test]
fn one_that_is_broken_costs_only_itself() {
    let (mut driver, op) = open(Options::default(), Settings::default());
    // Side by side these would be whole.
    let texts = ["{\"a\":[{}", "{}]}", "{},{}"].map(str::to_owned);
    let texts = [vec![result(1)], texts.to_vec(), vec![result(2)]].concat();
    together(&mut driver, op, "next", &texts);
    let told = driver.told();
    assert_eq!((&told[0], told.last()), (&next(op, 1), Some(&next(op, 2))));
    let gaps = told.iter().filter(|it| it.contains("malformed"));
    assert_eq!(gaps.count(), told.len() - 2);
    assert_eq!(driver.client.counters().results, 2);
}

#[test]
fn one_that_is_too_large_costs_only_itself() {
    let large = format!("{{\"data\":{{\"text\":\"{}\"}}}}", "x".repeat(100));
    let options = Options {
        max_bytes: Some(100),
        warn_bytes: Some(90),
        ..Options::default()
    };
    let (mut driver, op) = open(options, Settings::default());
    together(&mut driver, op, "next", &[result(1), large, result(2)]);
    let told = driver.told();
    assert_eq!((&told[0], told.last()), (&next(op, 1), Some(&next(op, 2))));
    assert!(told[1].starts_with("oversize 1 eventsource dropped"));
    let sizes = driver.client.sizes(Transport::EventSource);
    let bytes = sizes.map(|it| (it.results(), it.bytes));
    assert_eq!(bytes, Some((2, 2 * result(1).len() as u64)));
}

#[test]
fn the_size_of_each_is_counted() {
    let (mut driver, op) = open(Options::default(), Settings::default());
    let large = format!("{{\"data\":{{\"text\":\"{}\"}}}}", "x".repeat(300));
    together(&mut driver, op, "next", &[result(1), large.clone()]);
    let sizes = driver.client.sizes(Transport::EventSource);
    let sizes = sizes.expect("it is used");
    assert_eq!(sizes.bytes, (result(1).len() + large.len()) as u64);
    assert_eq!(sizes.histogram[..2], [1, 1]);
}

#[test]
fn behind_the_end_nothing_comes() {
    let (mut driver, op) = open(Options::default(), Settings::default());
    let texts = ["", ""].map(str::to_owned);
    together(&mut driver, op, "complete", &texts);
    let told = driver.told();
    let ends = told.iter().filter(|it| it.as_str() == "complete 1");
    assert_eq!(ends.count(), 1, "{told:?}");
    driver.assert_empty();
}

#[test]
fn what_is_no_event_of_the_dialect_is_counted() {
    let (mut driver, op) = open(Options::default(), Settings::default());
    together(&mut driver, op, "message", &[1, 2].map(result));
    assert_eq!(driver.take(), [""; 0]);
    assert_eq!(driver.client.counters().ignored, 2);
}
