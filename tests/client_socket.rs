//! What becomes of the shared socket when its operations leave it.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use graphql_lifeline::backoff::Backoff;
use graphql_lifeline::config::{Options, Stall, Transport};
use graphql_lifeline::continuity::{Key, Settings};
use graphql_lifeline::document::Kind;
use graphql_lifeline::io::{Attempt, Delivery, Frame, Input, News, Output, Request, SOCKET};
use graphql_lifeline::time::Span;
use support::driver::{Driver, json, ms, request, subscription, unhindered};
use support::socket::on_socket;

fn result(key: u32) -> String {
    format!("{{\"data\":{{\"id\":\"{key}\"}}}}")
}

/// Answers as a healthy server does, and backfills with all up to `latest`; how often a socket
/// was opened.
fn answer(driver: &mut Driver, latest: u32) -> usize {
    let mut opened = 0;
    loop {
        let outputs = driver.take_outputs();
        if outputs.is_empty() {
            return opened;
        }
        for output in outputs {
            match output {
                Output::OpenSocket { attempt } => {
                    opened += 1;
                    driver.late_news(attempt, News::Open);
                }
                Output::Send { attempt, frame } => match frame {
                    Frame::Init { .. } => say(driver, attempt, "{\"type\":\"connection_ack\"}"),
                    Frame::Ping => say(driver, attempt, "{\"type\":\"pong\"}"),
                    Frame::Pong | Frame::Subscribe(_) | Frame::Complete(_) => {}
                },
                Output::Deliver(Delivery::Backfill { op, ask }) => {
                    let answer = Ok((1..=latest).map(|key| json(&result(key))).collect());
                    let round = ask.round;
                    driver.input(Input::Backfilled { op, round, answer });
                }
                _ => {}
            }
        }
    }
}

fn say(driver: &mut Driver, attempt: Attempt, text: &str) {
    let text = text.to_owned();
    let bytes = text.len();
    let name = "";
    driver.late_news(attempt, News::Event { name, text, bytes });
}

/// Twice in a row audits find what the socket has swallowed. The retry is due at once, in the
/// same tick, and still does not find the socket that it left.
#[test]
fn a_socket_that_swallows_results_is_not_joined_again_by_the_only_one_on_it() {
    let mut driver = Driver::new(&Options {
        transports: Some(vec![Transport::WebSocket]),
        websocket: true,
        stall: Some(Stall::Off),
        backoff: Some(Backoff {
            initial: ms(1),
            max: ms(1),
            factor: 1.0,
        }),
        ..unhindered()
    });
    let op = driver.subscribe(Request {
        continuity: Some(Box::new(Settings {
            key: Some(Key::Path("id".into())),
            backfill: true,
            audit: Some(Span::from_secs(60)),
            ..Settings::default()
        })),
        ..subscription()
    });
    assert_eq!(answer(&mut driver, 0), 1);
    let number = driver.attempt(op);
    let next = format!(
        "{{\"id\":\"{op}-{number}\",\"type\":\"next\",\"payload\":{}}}",
        result(1)
    );
    say(
        &mut driver,
        Attempt {
            op: SOCKET,
            number: 1,
        },
        &next,
    );
    // Healthy after a while; then each audit, and what it judges two seconds later.
    let opened: Vec<usize> = [1, 2, 2, 3, 3]
        .into_iter()
        .map(|latest| {
            driver.advance_to_deadline();
            answer(&mut driver, latest)
        })
        .collect();
    assert_eq!(driver.attempt(op), number + 1);
    assert_eq!(opened, [0, 0, 0, 0, 1]);
}

/// The socket had let it in: whether it was executed before the credentials expired is unknown.
#[test]
fn what_was_sent_before_the_socket_is_closed_for_its_credentials_is_cut() {
    let mut driver = Driver::new(&Options {
        transports: Some(vec![Transport::WebSocket]),
        websocket: true,
        ..unhindered()
    });
    driver.subscribe(request(Kind::Mutation));
    answer(&mut driver, 0);
    on_socket(&mut driver, 1, News::Closed(4403, None));
    assert_eq!(driver.take_error().code.as_str(), "cut");
}
