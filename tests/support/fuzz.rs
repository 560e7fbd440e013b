//! What is done with bytes of any kind: by the fuzzer's targets in `fuzz/`, and by
//! `tests/fuzz.rs` on a stable compiler.
//!
//! The first byte of an input says how the stream behind it is cut.

#[path = "apart.rs"]
mod apart;
#[path = "json.rs"]
mod json;
#[path = "naive.rs"]
mod naive;

use graphql_lifeline::client::Client;
use graphql_lifeline::config::{Config, Environment, Options};
use graphql_lifeline::dialect::Dialect;
use graphql_lifeline::document::Kind;
use graphql_lifeline::incremental::Mode;
use graphql_lifeline::io::{Attempt, Delivery, Input, News, Output, Request};
use graphql_lifeline::reader::{Message, Reader};
use graphql_lifeline::response::Head;
use graphql_lifeline::sse::Limits;
use graphql_lifeline::time::Now;
use json::Json;

/// The decoder says what a naive reading of the standard says, whole and in pieces.
pub fn sse(input: &[u8]) {
    let Some((size, stream)) = cut(input) else {
        return;
    };
    let small = Limits {
        event_bytes: 16,
        ..Limits::default()
    };
    for limits in [Limits::default(), small] {
        let expected = naive::expect(stream, limits);
        assert_eq!(naive::read(limits, [stream]), expected);
        assert_eq!(naive::read(limits, stream.chunks(size)), expected);
    }
}

/// A reader says the same however the stream is cut, and a client delivers just that.
pub fn dialects(input: &[u8]) {
    let Some((size, stream)) = cut(input) else {
        return;
    };
    for dialect in [Dialect::GraphqlSse, Dialect::Plain] {
        let messages = messages(dialect, [stream]);
        assert_eq!(messages, self::messages(dialect, stream.chunks(size)));
        let complete = messages.iter().position(|it| *it == Message::Complete);
        let end = complete.unwrap_or(messages.len());
        let results: Vec<Json> = (messages.into_iter().take(end))
            .filter_map(|message| match message {
                Message::Result(result) | Message::Part(result) => Some(result),
                _ => None,
            })
            .collect();
        let delivered = deliver(dialect, Mode::Raw, stream.chunks(size));
        assert_eq!(delivered, (results, complete.is_some()));
        for mode in [Mode::Merge, Mode::Final] {
            let whole = deliver(dialect, mode, [stream]);
            assert_eq!(deliver(dialect, mode, stream.chunks(size)), whole);
        }
    }
}

fn cut(input: &[u8]) -> Option<(usize, &[u8])> {
    let (&size, stream) = input.split_first()?;
    Some((usize::from(size % 32) + 1, stream))
}

fn messages<'a>(
    dialect: Dialect,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> Vec<Message<Json>> {
    let reader = Reader::new(dialect, Limits::default(), 1);
    apart::messages(reader, chunks)
}

/// What a client delivers of this stream: the results, and whether it completes.
fn deliver<'a>(
    dialect: Dialect,
    incremental: Mode,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Json>, bool) {
    let options = Options {
        incremental,
        dialect: Some(dialect),
        ..Options::default()
    };
    let nowhere = Environment {
        event_source: false,
        web_socket: false,
    };
    let config = Config::new(&options, nowhere).expect("the options are right");
    let mut client: Client<Json> = Client::new(config, 1);
    let request = Request::new(Kind::Subscription);
    let now = Now::default();
    let op = client.subscribe(now, request).expect("so is the request");
    let attempt = Attempt { op, number: 1 };
    let head = Head {
        status: 200,
        content_type: Some("text/event-stream".to_owned()),
        retry_after: None,
    };
    let mut all = vec![News::Head(head)];
    all.extend(chunks.into_iter().map(News::Bytes));
    let (mut results, mut completions) = (Vec::new(), 0);
    for news in all {
        client.handle_input(now, Input::News { attempt, news });
        loop {
            let delivery = match client.poll_output() {
                Output::Wait(_) => break,
                Output::Deliver(delivery) => delivery,
                _ => continue,
            };
            for delivery in apart::deliveries(delivery) {
                match delivery {
                    Delivery::Next { result, .. } => {
                        assert_eq!(completions, 0, "nothing follows completion");
                        results.push(result);
                    }
                    Delivery::Complete { .. } => completions += 1,
                    Delivery::Error { error, .. } => panic!("no bytes end a stream: {error}"),
                    _ => {}
                }
            }
        }
    }
    assert!(completions <= 1);
    (results, completions == 1)
}
