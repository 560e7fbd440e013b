//! What the core says, as short lines that a test can be read by.

use std::fmt::Write;

use graphql_lifeline::config::Method;
use graphql_lifeline::error::Error;
use graphql_lifeline::io::{Attempt, Delivery, Frame, Notice, Output, Reason};
use graphql_lifeline::response::Want;
use graphql_lifeline::time::Wall;

use super::driver::WALL_START;
use super::json::Json;

/// One line for one output: first what, then whose (`1.2` is the second attempt of
/// operation 1), then the rest.
pub fn describe(output: &Output<Json>) -> String {
    match output {
        Output::Open {
            attempt,
            transport,
            method,
            want,
            last_event_id,
            reason,
            segment_bytes,
        } => {
            let method = match method {
                Method::Get => "GET",
                Method::Post => "POST",
            };
            let want = match want {
                Want::Stream => "",
                Want::Json => " for JSON",
                Want::Reserved => " to share",
                Want::Accepted => " on the shared one",
            };
            let after = match last_event_id {
                Some(id) => format!(" after {id}"),
                None => String::new(),
            };
            let with = match reason {
                Reason::Connect => String::new(),
                Reason::Renew => " to renew".to_owned(),
                Reason::Unauthorized(number) => format!(" with renewal {number}"),
            };
            let segments = match segment_bytes {
                Some(bytes) => format!(" in segments of {bytes}"),
                None => String::new(),
            };
            format!(
                "open {} {} {method}{want}{after}{with}{segments}",
                own(attempt),
                transport.as_str()
            )
        }
        Output::Read { attempt, keep } => {
            let copy = if *keep { " a copy" } else { "" };
            format!("read {}{copy}", own(attempt))
        }
        Output::Stop { attempt } => format!("stop {}", own(attempt)),
        Output::Close { attempt } => format!("close {}", own(attempt)),
        Output::AskRetry { attempt, retries } => format!("ask {} #{retries}", own(attempt)),
        Output::OpenSocket { attempt } => format!("socket {}", attempt.number),
        Output::Send { attempt, frame } => {
            let frame = match frame {
                Frame::Init { reason } => match reason {
                    Reason::Connect => "init".to_owned(),
                    Reason::Renew => "init to renew".to_owned(),
                    Reason::Unauthorized(_) => "init refused".to_owned(),
                },
                Frame::Ping => "ping".to_owned(),
                Frame::Pong => "pong".to_owned(),
                Frame::Subscribe(attempt) => format!("subscribe {}", own(attempt)),
                Frame::Complete(attempt) => format!("complete {}", own(attempt)),
            };
            format!("send {} {frame}", attempt.number)
        }
        Output::AskProbe { attempt } => format!("probe {}", own(attempt)),
        Output::Deliver(delivery) => describe_delivery(delivery),
        Output::Wait(_) => "wait".to_owned(),
    }
}

fn describe_delivery(delivery: &Delivery<Json>) -> String {
    match delivery {
        Delivery::Next { op, result } => format!("next {op} {}", result.0),
        Delivery::Results { op, results } => format!("results {op} {}", results.0),
        Delivery::Complete { op } => format!("complete {op}"),
        Delivery::Error {
            op,
            error,
            response,
        } => {
            let mut line = format!("error {op} {}", describe_error(error));
            if let Some(attempt) = response {
                write!(line, " with response {}", own(attempt)).expect("memory is there");
            }
            line
        }
        Delivery::Thrown { op, value } => format!("thrown {op} {}", value.0),
        Delivery::Backfill { op, ask } => {
            let after = ask.last_key.as_deref().unwrap_or("nothing");
            format!(
                "backfill {op} #{} {} after {after}",
                ask.round,
                ask.reason.as_str()
            )
        }
        Delivery::Hydrate {
            op,
            ticket,
            notification,
        } => match notification {
            Some(notification) => format!("hydrate {op} #{ticket} {}", notification.0),
            None => format!("hydrate {op} no more #{ticket}"),
        },
        Delivery::Notice { op, notice } => describe_notice(*op, notice),
        Delivery::State { state, previous } => {
            format!("client {} -> {}", previous.as_str(), state.as_str())
        }
        Delivery::Breaker {
            transport,
            position,
            previous,
            ..
        } => format!(
            "breaker {} {} -> {}",
            transport.as_str(),
            previous.as_str(),
            position.as_str()
        ),
    }
}

fn describe_notice(op: u32, notice: &Notice<Json>) -> String {
    let again = |again: &bool| if *again { " again" } else { "" };
    match notice {
        Notice::Connecting { again: a } => format!("connecting {op}{}", again(a)),
        Notice::Connected {
            again: a,
            transport,
            attempt,
        } => format!(
            "connected {op}.{attempt} {}{}",
            transport.as_str(),
            again(a)
        ),
        // The delay is jittered; tests that care for it look at the output itself.
        Notice::Retry { retries, error, .. } => {
            format!("retry {op} #{retries} {}", describe_error(error))
        }
        Notice::Gap { report, error } => {
            let healed = if report.recovered { " healed" } else { "" };
            let why = error.as_ref().map_or("", |error| error.code.as_str());
            let since = clock(report.since);
            format!(
                "gap {op} {} since {since}{healed}{why}",
                report.reason.as_str()
            )
        }
        Notice::Stall { judgement, since } => {
            format!("stall {op} {judgement:?} since {}", clock(*since)).to_lowercase()
        }
        Notice::Limit(limit) => format!("limit {op} {limit:?}").to_lowercase(),
        Notice::Oversize {
            transport,
            excess,
            bytes,
            ceiling,
        } => {
            let under = ceiling.map_or(String::new(), |ceiling| format!(" under {ceiling}"));
            let (transport, excess) = (transport.as_str(), excess.as_str());
            format!("oversize {op} {transport} {excess} {bytes}{under}")
        }
        Notice::State(state) => format!("state {op} {}", state.as_str()),
    }
}

/// The code, the status if one came, and the cause if there is one.
fn describe_error(error: &Error<Json>) -> String {
    let mut line = error.code.as_str().to_owned();
    if let Some(status) = error.status {
        write!(line, " {status}").expect("memory is there");
    }
    if let Some(cause) = &error.cause {
        write!(line, " ({})", cause.code.as_str()).expect("memory is there");
    }
    line
}

/// Milliseconds since the test began.
fn clock(wall: Wall) -> String {
    format!("{} ms", wall.as_millis() - WALL_START)
}

fn own(attempt: &Attempt) -> String {
    format!("{}.{}", attempt.op, attempt.number)
}
