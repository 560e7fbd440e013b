//! What events mean in each dialect, and what a reader makes of whole streams.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use graphql_lifeline::dialect::{Dialect, Meaning};
use graphql_lifeline::io::GapReason;
use graphql_lifeline::reader::{Message, Reader, read_event};
use graphql_lifeline::sse::Limits;
use graphql_lifeline::time::Span;
use support::apart;
use support::driver::json;
use support::json::Json;
use support::streams::cut_in_two;

const GRAPHQL_SSE: Dialect = Dialect::GraphqlSse;
const PLAIN: Dialect = Dialect::Plain;

fn result(text: &str) -> Message<Json> {
    Message::Result(json(text))
}

fn read<'a>(dialect: Dialect, chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<Message<Json>> {
    let limits = Limits {
        event_bytes: 200,
        ..Limits::default()
    };
    apart::messages(Reader::new(dialect, limits, 1), chunks)
}

/// However the stream is cut, it says this.
fn assert_reads(dialect: Dialect, input: impl AsRef<[u8]>, messages: &[Message<Json>]) {
    let input = input.as_ref();
    let text = input.escape_ascii();
    assert_eq!(read(dialect, [input]), messages, "{text}");
    assert_eq!(read(dialect, input.chunks(1)), messages, "{text}");
    for chunks in cut_in_two(input) {
        assert_eq!(read(dialect, chunks), messages, "{chunks:?}");
    }
}

#[test]
fn names_have_a_meaning() {
    use Meaning::{Complete, Next, Segment, Unknown};
    for (name, graphql_sse, plain) in [
        ("next", Next, Unknown),
        ("complete", Complete, Unknown),
        ("", Unknown, Next),
        // HTML: an event without a name is called `message`
        ("message", Unknown, Next),
        ("segment", Segment, Segment),
        ("heartbeat", Unknown, Unknown),
        ("error", Unknown, Unknown),
        ("open", Unknown, Unknown),
        ("Next", Unknown, Unknown),
        ("COMPLETE", Unknown, Unknown),
        (" next", Unknown, Unknown),
        ("next ", Unknown, Unknown),
        ("nextcomplete", Unknown, Unknown),
        ("next\0", Unknown, Unknown),
    ] {
        assert_eq!(
            GRAPHQL_SSE.meaning(name.as_bytes()),
            graphql_sse,
            "{name:?}"
        );
        assert_eq!(PLAIN.meaning(name.as_bytes()), plain, "{name:?}");
    }
}

#[test]
fn only_complete_means_something_without_data() {
    for name in ["next", "", "message", "heartbeat", "error"] {
        assert_eq!(GRAPHQL_SSE.bare_meaning(name.as_bytes()), Meaning::Unknown);
    }
    assert_eq!(GRAPHQL_SSE.bare_meaning(b"complete"), Meaning::Complete);
    for name in ["complete", "next", "", "message"] {
        assert_eq!(PLAIN.bare_meaning(name.as_bytes()), Meaning::Unknown);
    }
}

#[test]
fn graphql_sse_is_the_default() {
    assert_eq!(Dialect::default(), GRAPHQL_SSE);
}

/// GraphQL over SSE, distinct connections mode: a comment first, then results, then completion.
#[test]
fn a_whole_operation_over_graphql_sse() {
    assert_reads(
        GRAPHQL_SSE,
        ":\n\nevent: next\ndata: {\"data\":{\"n\":1}}\n\n:\n\n\
         event: next\ndata: {\"data\":{\"n\":2}}\n\nevent: complete\ndata: \n\n",
        &[
            Message::Alive,
            result(r#"{"data":{"n":1}}"#),
            Message::Alive,
            result(r#"{"data":{"n":2}}"#),
            Message::Complete,
        ],
    );
}

#[test]
fn completion_is_taken_with_any_data_and_with_none() {
    for complete in [
        "event: complete\n\n",
        "event:complete\ndata\n\n",
        "event: complete\ndata:\n\n",
        "event: complete\ndata: {}\n\n",
        "event: complete\ndata: nonsense\n\n",
        "data: x\r\nevent: complete\r\n\r\n",
    ] {
        assert_reads(GRAPHQL_SSE, complete, &[Message::Complete]);
    }
}

#[test]
fn a_plain_stream_has_no_completion() {
    assert_reads(
        PLAIN,
        "event: complete\ndata: {}\n\nevent: complete\n\nevent: next\ndata: {}\n\n",
        &[Message::Unknown, Message::Unknown, Message::Unknown],
    );
}

#[test]
fn plain_results_need_no_name() {
    assert_reads(
        PLAIN,
        "id: 1\ndata: {\"data\":1}\n\nevent: message\ndata: {\"data\":2}\n\nevent:\ndata: {\"data\":3}\n\n",
        &[
            result(r#"{"data":1}"#),
            result(r#"{"data":2}"#),
            result(r#"{"data":3}"#),
        ],
    );
}

/// Seen in the field: heartbeats as events, and errors as events.
#[test]
fn unknown_events_end_nothing() {
    assert_reads(
        GRAPHQL_SSE,
        "event: heartbeat\ndata: {}\n\nevent: error\ndata: {\"data\":1}\n\ndata: {\"data\":1}\n\n\
         event: ping\n\nevent: next\ndata: {\"data\":1}\n\n",
        &[
            Message::Unknown,
            Message::Unknown,
            Message::Unknown,
            Message::Unknown,
            result(r#"{"data":1}"#),
        ],
    );
}

#[test]
fn what_is_no_json_object_is_malformed_and_costs_only_itself() {
    for data in [
        "{",
        "",
        "null",
        "true",
        "7",
        "\"text\"",
        "[]",
        "[{\"data\":1}]",
        "{\"data\":1}}",
        "undefined",
    ] {
        let stream = format!("data: {data}\n\ndata: {{\"data\":1}}\n\n");
        assert_reads(
            PLAIN,
            stream,
            &[Message::Lost(GapReason::Malformed), result(r#"{"data":1}"#)],
        );
        let stream = format!("event: next\ndata: {data}\n\n");
        assert_reads(GRAPHQL_SSE, stream, &[Message::Lost(GapReason::Malformed)]);
    }
}

#[test]
fn a_next_without_a_data_line_is_no_result() {
    assert_reads(GRAPHQL_SSE, "event: next\n\n", &[Message::Unknown]);
}

#[test]
fn json_over_several_lines_is_one_result() {
    assert_reads(
        PLAIN,
        "data: {\ndata:   \"data\":\r\ndata: {\"n\": 1}\rdata: }\n\n",
        &[result(r#"{"data":{"n":1}}"#)],
    );
}

/// HTML: an event stream is decoded as UTF-8, and what is broken becomes U+FFFD.
#[test]
fn broken_utf_8_is_replaced_and_whole_characters_survive() {
    assert_reads(
        PLAIN,
        b"data: {\"data\":\"\xF0\x9F\x98\x80 \xE4\xBD\xA0 \xC3\xA9\"}\n\n",
        &[result("{\"data\":\"\u{1F600} \u{4F60} \u{E9}\"}")],
    );
    assert_reads(
        PLAIN,
        b"data: {\"data\":\"a\xFFb\xE2\x82c\"}\n\n",
        &[result("{\"data\":\"a\u{FFFD}b\u{FFFD}c\"}")],
    );
}

#[test]
fn retries_and_comments_are_told() {
    assert_reads(
        PLAIN,
        ": hello\nretry: 250\nretry: soon\n\n",
        &[Message::Alive, Message::Retry(Span::from_millis(250))],
    );
}

#[test]
fn a_result_over_the_limit_costs_only_itself() {
    let large = "x".repeat(300);
    assert_reads(
        PLAIN,
        format!("data: {{\"data\":\"{large}\"}}\n\ndata: {{\"data\":1}}\n\n"),
        &[Message::Lost(GapReason::Oversize), result(r#"{"data":1}"#)],
    );
}

#[test]
fn half_a_result_is_none() {
    assert_reads(GRAPHQL_SSE, "event: next\ndata: {\"data\":1}\n", &[]);
    assert_reads(PLAIN, "data: {\"data\":1}", &[]);
}

#[test]
fn events_that_a_browser_decoded_read_the_same() {
    let event =
        |dialect, name, text: &str| read_event::<Json>(dialect, name, &text.to_owned(), true);
    let text = r#"{"data":1}"#;
    assert_eq!(event(GRAPHQL_SSE, "next", text), result(text));
    assert_eq!(
        event(GRAPHQL_SSE, "next", "{"),
        Message::Lost(GapReason::Malformed)
    );
    assert_eq!(
        event(GRAPHQL_SSE, "next", "[]"),
        Message::Lost(GapReason::Malformed)
    );
    assert_eq!(event(GRAPHQL_SSE, "complete", ""), Message::Complete);
    assert_eq!(event(GRAPHQL_SSE, "message", text), Message::Unknown);
    assert_eq!(event(PLAIN, "message", text), result(text));
    assert_eq!(event(PLAIN, "complete", text), Message::Unknown);
}
