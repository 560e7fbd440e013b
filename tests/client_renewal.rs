//! 401: credentials are asked for again, once for all operations.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use graphql_lifeline::config::{HeadersSource, Options};
use graphql_lifeline::document::Kind;
use graphql_lifeline::error::Code;
use support::driver::{Driver, execute, head, request, subscription, unhindered};

fn client(headers: HeadersSource) -> Driver {
    Driver::new(&Options {
        headers,
        ..unhindered()
    })
}

fn refuse(driver: &mut Driver, op: u32) {
    driver.head(op, head(401, "application/json"));
}

#[test]
fn all_operations_share_one_renewal() {
    let mut driver = client(HeadersSource::Function);
    let ops: Vec<u32> = (0..50).map(|_| driver.subscribe(subscription())).collect();
    driver.take();
    for &op in &ops {
        refuse(&mut driver, op);
        let lines = [
            format!("close {op}.1"),
            format!("open {op}.2 fetch POST with renewal 1"),
        ];
        assert_eq!(driver.told(), lines);
    }
    for &op in &ops {
        driver.open(op);
        assert_eq!(driver.retries(op), 0);
    }
}

#[test]
fn a_refusal_that_stays_is_the_end() {
    let mut driver = client(HeadersSource::Function);
    let op = driver.subscribe(subscription());
    refuse(&mut driver, op);
    refuse(&mut driver, op);
    driver.end(op);
    let error = driver.take_error();
    assert_eq!((error.code, error.status), (Code::Unauthorized, Some(401)));
    assert!(!error.retryable);
    driver.assert_empty();
}

#[test]
fn the_next_expiry_asks_again() {
    let mut driver = client(HeadersSource::Function);
    let op = driver.subscribe(subscription());
    refuse(&mut driver, op);
    driver.open(op);
    driver.end(op);
    driver.advance_to_deadline();
    driver.take();
    refuse(&mut driver, op);
    assert_eq!(
        driver.told(),
        ["close 1.3", "open 1.4 fetch POST with renewal 2"]
    );
}

#[test]
fn what_fails_otherwise_asks_for_headers_of_its_own() {
    let mut driver = client(HeadersSource::Function);
    let op = driver.subscribe(subscription());
    refuse(&mut driver, op);
    driver.fail(op);
    driver.take();
    driver.advance_to_deadline();
    let told = driver.told();
    assert!(told.contains(&"open 1.3 fetch POST".to_owned()), "{told:?}");
}

#[test]
fn nobody_can_be_asked_for_other_headers() {
    for headers in [HeadersSource::None, HeadersSource::Fixed] {
        let mut driver = client(headers);
        let op = driver.subscribe(subscription());
        refuse(&mut driver, op);
        driver.end(op);
        assert_eq!(driver.take_error().code, Code::Unauthorized);
        driver.assert_empty();
    }
}

#[test]
fn a_token_in_the_address_is_asked_for_again_too() {
    let mut driver = Driver::new(&Options {
        own_url: true,
        ..unhindered()
    });
    let op = driver.subscribe(subscription());
    driver.take();
    refuse(&mut driver, op);
    assert_eq!(
        driver.told(),
        ["close 1.1", "open 1.2 fetch POST with renewal 1"]
    );
}

/// Nothing was carried out.
#[test]
fn a_side_effect_is_sent_again_after_a_refusal() {
    let mut driver = client(HeadersSource::Function);
    for wish in [request(Kind::Mutation), execute(Kind::Mutation)] {
        let op = driver.subscribe(wish);
        driver.take();
        refuse(&mut driver, op);
        let told = driver.told();
        assert!(
            told.iter()
                .any(|line| line.starts_with(&format!("open {op}.2"))),
            "{told:?}"
        );
        driver.dispose(op);
        driver.take();
    }
}

#[test]
fn whoever_was_cut_with_them_does_not_ask_for_what_was_refused_already() {
    let mut driver = client(HeadersSource::Function);
    let (quick, slow) = (
        driver.subscribe(subscription()),
        driver.subscribe(subscription()),
    );
    driver.open(quick);
    driver.open(slow);
    driver.end(quick);
    driver.end(slow);
    driver.take();
    let (first, second) = loop {
        driver.advance_to_deadline();
        let told = driver.told();
        let opened = |op| told.contains(&format!("open {op}.2 fetch POST"));
        if opened(quick) {
            break (quick, slow);
        }
        if opened(slow) {
            break (slow, quick);
        }
    };
    refuse(&mut driver, first);
    refuse(&mut driver, first);
    driver.end(first);
    assert_eq!(driver.take_error().code, Code::Unauthorized);
    driver.take();
    while !driver
        .told()
        .contains(&format!("open {second}.2 fetch POST with renewal 1"))
    {
        driver.advance_to_deadline();
    }
    refuse(&mut driver, second);
    driver.end(second);
    assert_eq!(driver.take_error().code, Code::Unauthorized);
    // Somebody has logged in again.
    let new = driver.subscribe(subscription());
    assert_eq!(driver.told(), [format!("open {new}.1 fetch POST")]);
}
