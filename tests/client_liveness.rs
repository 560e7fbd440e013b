//! With default options: how long the way to a healthy transport takes when the first one is sick.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use graphql_lifeline::config::{Options, Transport};
use graphql_lifeline::io::{News, State};
use graphql_lifeline::response::Head;
use graphql_lifeline::time::Span;
use support::driver::{busy, head, ms, stream};
use support::sickness::{Ward, live_within};

const SECOND: Span = Span::from_secs(1);

#[test]
fn refused_it_goes_to_the_socket_at_once() {
    for status in [400, 403, 404, 405, 406, 410, 415, 501] {
        let refused = move |ward: &mut Ward, attempt| {
            let refusal = head(status, "application/json");
            ward.after(ms(10), attempt, move |_| News::Head(refusal.clone()));
            ward.after(ms(20), attempt, |_| News::End);
        };
        live_within(ms(2_000), refused);
    }
}

#[test]
fn answered_with_json_it_goes_to_the_socket_at_once() {
    live_within(ms(2_000), |ward, attempt| {
        ward.after(ms(10), attempt, |_| {
            News::Head(head(200, "application/json"))
        });
        let body = br#"{"data":null,"errors":[{"message":"no subscriptions here"}]}"#;
        ward.after(ms(20), attempt, move |_| News::Bytes(body));
        ward.after(ms(30), attempt, |_| News::End);
    });
}

#[test]
fn misdirected_it_tries_once_more_and_goes_to_the_socket() {
    live_within(ms(2_000), |ward, attempt| {
        ward.after(ms(10), attempt, |_| News::Head(head(421, "text/plain")));
        ward.after(ms(20), attempt, |_| News::End);
    });
}

#[test]
fn told_to_wait_for_ten_minutes_it_goes_to_the_socket_at_once() {
    live_within(ms(2_000), |ward, attempt| {
        ward.after(ms(10), attempt, |_| News::Head(busy(600)));
    });
    live_within(ms(2_000), |ward, attempt| {
        ward.after(ms(10), attempt, |_| News::Head(stream()));
        ward.after(ms(20), attempt, |_| News::Bytes(b"retry: 60000\n\n"));
        ward.after(ms(30), attempt, |_| News::End);
    });
}

#[test]
fn unreachable_or_failing_it_goes_to_the_socket_after_three_attempts() {
    live_within(SECOND * 4, move |ward, attempt| {
        ward.after(ms(10), attempt, |_| News::Failed(None));
    });
    for status in [500, 502, 503, 504, 429] {
        live_within(SECOND * 4, move |ward, attempt| {
            let sick = head(status, "text/plain");
            ward.after(ms(10), attempt, move |_| News::Head(sick.clone()));
        });
    }
}

#[test]
fn cut_young_it_goes_to_the_socket_after_three_attempts() {
    for age in [ms(100), SECOND, SECOND * 4] {
        live_within(age * 3 + SECOND * 4, move |ward, attempt| {
            ward.after(ms(10), attempt, |_| News::Head(stream()));
            ward.after(age, attempt, |_| News::End);
        });
    }
}

#[test]
fn silent_after_some_beats_it_goes_to_the_socket_after_two_stalls() {
    for beat in [SECOND, SECOND * 3, SECOND * 12] {
        let age = beat * 5;
        let silence = (beat * 3).max(SECOND * 10);
        live_within((age + silence) * 2 + SECOND * 4, move |ward, attempt| {
            ward.after(ms(10), attempt, |_| News::Head(stream()));
            for number in 1..=5 {
                ward.after(beat * number, attempt, |_| News::Bytes(b":\n\n"));
            }
        });
    }
}

/// As behind a proxy that holds everything back.
#[test]
fn without_a_head_it_goes_to_the_socket_after_the_head_start() {
    live_within(SECOND * 6, |_, _| {});
    // The head may come, when it is too late, and nothing behind it.
    live_within(SECOND * 6, |ward, attempt| {
        ward.after(ms(4_010), attempt, |_| News::Head(stream()));
    });
}

/// A socket as the first rung, and fetch as the next one.
#[test]
fn a_silent_socket_is_left_after_two_stalls() {
    let options = Options {
        transports: Some(vec![Transport::WebSocket, Transport::Fetch]),
        websocket: true,
        ..Options::default()
    };
    let mut ward = Ward::new(&options);
    ward.sick_socket_from = Some(Span::ZERO);
    let age = ms(60);
    let op = ward.subscribe();
    let took = ward.run_until(Span::from_secs(600), |ward| {
        ward.driver.client.operation_state(op) == State::Live
            && ward.driver.client.transport() == Some(Transport::Fetch)
    });
    assert!(took <= (SECOND * 15 + age) * 2 + SECOND * 4, "{took:?}");
}

/// What refuses an operation on both addresses refuses the operation: it ends, and the others
/// are not sent elsewhere.
#[test]
fn what_is_refused_everywhere_ends_with_the_answer_that_says_most() {
    let mut ward = Ward::first(|ward, attempt| {
        let body = br#"{"errors":[{"message":"the document is wrong"}]}"#;
        ward.after(ms(10), attempt, |_| {
            News::Head(Head {
                status: 400,
                ..head(400, "application/json")
            })
        });
        ward.after(ms(20), attempt, move |_| News::Bytes(body));
        ward.after(ms(30), attempt, |_| News::End);
    });
    ward.closes_with = Some(4406);
    let op = ward.subscribe();
    ward.run_until(SECOND * 5, |ward| {
        ward.driver.client.operation_state(op) == State::Closed
    });
    let ladder = ward.driver.client.ladder();
    assert!(ladder.iter().all(|rung| rung.obstacle.is_none()));
    assert_eq!(ward.errors, ["http 400 with response"]);
}
