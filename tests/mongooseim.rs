//! The bytes of a real MongooseIM 6.2.1, see `vectors/mongooseim/README.md`.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::path::Path;

use graphql_lifeline::dialect::Dialect;
use graphql_lifeline::error::{Code, Error};
use graphql_lifeline::io::News;
use graphql_lifeline::reader::{Message, Reader};
use graphql_lifeline::response::{Verdict, Want};
use graphql_lifeline::sse::Limits;
use serde_json::Value;
use support::apart;
use support::driver::{plain_client, subscription};
use support::http::{Answer, End, answer};
use support::json::Json;

fn file(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/vectors/mongooseim")
        .join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn verdict(answer: &Answer) -> Verdict<Json> {
    answer.head.judge(Want::Stream)
}

fn messages<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<Message<Json>> {
    let reader = Reader::new(Dialect::Plain, Limits::default(), 1);
    apart::messages(reader, chunks)
}

/// The message of a result, the size of its JSON on the wire, the length of its body.
fn stanza(message: &Message<Json>) -> (&str, usize, usize) {
    let Message::Result(Json(result)) = message else {
        panic!("{message:?} is no result");
    };
    let fields = &result["data"]["stanza"]["subscribeForMessages"];
    let text = |name: &str| fields[name].as_str().unwrap_or_default();
    let body = text("stanza");
    let body = body.split_once("<body>").map_or("", |(_, body)| body);
    let body = body.split_once("</body>").map_or("", |(body, _)| body);
    let size = serde_json::to_string(result).expect("it was parsed").len();
    (text("stanza_id"), size, body.chars().count())
}

struct Stream {
    file: &'static str,
    end: End,
    /// The id, the bytes and the characters of the body of each message, in order.
    stanzas: &'static [(&'static str, usize, usize)],
}

/// Every stream. After the crash the end is clean: only the missing completion, which
/// this dialect never has, could tell it from a server that is done.
const STREAMS: [Stream; 11] = [
    Stream {
        file: "crash-after-large.raw",
        end: End::Whole,
        stanzas: &[
            ("c92015fca8287b99", 284, 20),
            ("5c56d87d86e6d11b", 1264, 1000),
        ],
    },
    Stream {
        file: "crash-before-first-result.raw",
        end: End::Whole,
        stanzas: &[],
    },
    Stream {
        file: "crash-http10.raw",
        end: End::Closed,
        stanzas: &[("bb36e5b3e7e02174", 284, 20)],
    },
    Stream {
        file: "reconnect-after-crash.raw",
        end: End::Cut,
        stanzas: &[("3318dd1e51f42437", 284, 20), ("158862f371ae97e7", 284, 20)],
    },
    Stream {
        file: "unicode-and-large.raw",
        end: End::Cut,
        stanzas: &[
            ("191a19c6e078bf9d", 328, 55),
            ("1c1d32226254f3f5", 2364, 2100),
            ("221c37db3901259e", 284, 20),
        ],
    },
    Stream {
        file: "idle-cut-after-300s.raw",
        end: End::Cut,
        stanzas: &[
            ("191a19c6e078bf9d", 328, 55),
            ("1c1d32226254f3f5", 2364, 2100),
            ("221c37db3901259e", 284, 20),
        ],
    },
    Stream {
        file: "event-every-60s.raw",
        end: End::Cut,
        stanzas: &[
            ("1e227504c11f9e75", 271, 5),
            ("b7182b0468853603", 271, 5),
            ("8c161b44df890af2", 275, 9),
            ("e4f47e848985881f", 271, 5),
        ],
    },
    Stream {
        file: "cut-by-age.raw",
        end: End::Cut,
        stanzas: &[("a510ba71672f695f", 269, 5), ("044d577810429b0d", 269, 5)],
    },
    Stream {
        file: "sigterm.raw",
        end: End::Cut,
        stanzas: &[("0470a164e192202f", 269, 5)],
    },
    Stream {
        file: "sigkill.raw",
        end: End::Cut,
        stanzas: &[],
    },
    Stream {
        file: "admin-subscription.raw",
        end: End::Cut,
        stanzas: &[("8c161b44df890af2", 104, 0)],
    },
];

#[test]
fn streams_deliver_every_message_once_and_in_order() {
    for stream in STREAMS {
        let answer = answer(&file(stream.file));
        assert_eq!(verdict(&answer), Verdict::Stream, "{}", stream.file);
        assert_eq!(answer.end, stream.end, "{}", stream.file);
        let messages = messages([&answer.body[..]]);
        let stanzas: Vec<_> = messages.iter().map(stanza).collect();
        assert_eq!(stanzas, stream.stanzas, "{}", stream.file);
    }
}

#[test]
fn streams_say_the_same_however_they_are_cut() {
    for stream in STREAMS {
        let body = answer(&file(stream.file)).body;
        let whole = messages([&body[..]]);
        for size in [1, 2, 3, 7, 64, 1460] {
            assert_eq!(
                messages(body.chunks(size)),
                whole,
                "{}, {size}",
                stream.file
            );
        }
    }
}

#[test]
fn the_body_over_http_2_is_the_same_stream() {
    let messages = messages([&file("crash-http2.body")[..]]);
    let stanzas: Vec<_> = messages.iter().map(stanza).collect();
    assert_eq!(stanzas, [("a68b55e4481bab86", 217, 20)]);
}

#[test]
fn text_comes_through_unharmed() {
    let body = answer(&file("unicode-and-large.raw")).body;
    let Message::Result(Json(result)) = &messages(body.chunks(1))[0] else {
        panic!("the first message is a result");
    };
    let stanza = &result["data"]["stanza"]["subscribeForMessages"]["stanza"];
    let text = stanza.as_str().expect("a stanza is text");
    for part in [
        "line1\nline2 ",
        "&lt;b&gt;",
        "\u{E9}",
        "\u{20AC}",
        "\u{1F600}",
    ] {
        assert!(text.contains(part), "{part:?} in {text}");
    }
}

/// What befalls an operation whose connection says this and then ends.
fn life_of(raw: &[u8]) -> Vec<String> {
    let answer = answer(raw);
    let mut driver = plain_client();
    let op = driver.subscribe(subscription());
    // The server wants a header, so that EventSource is refused; fetch is what remains.
    driver.fail(op);
    driver.told();
    driver.head(op, answer.head);
    driver.bytes(op, &answer.body);
    match answer.end {
        End::Whole | End::Closed => driver.end(op),
        End::Cut => driver.fail(op),
    }
    let mut told = driver.told();
    for line in &mut told {
        // The payloads are another test's matter.
        line.truncate(line.find(" {").unwrap_or(line.len()));
    }
    told
}

#[test]
fn the_crash_is_a_cut_and_the_client_comes_back() {
    assert_eq!(
        life_of(&file("crash-after-large.raw")),
        [
            "read 1.2",
            "connected 1.2 fetch",
            "next 1",
            "next 1",
            "close 1.2",
            "retry 1 #0 cut",
        ]
    );
    let none = life_of(&file("crash-before-first-result.raw"));
    assert_eq!(
        none,
        [
            "read 1.2",
            "connected 1.2 fetch",
            "close 1.2",
            "retry 1 #0 cut"
        ]
    );
}

#[test]
fn every_end_of_a_stream_is_a_cut() {
    for stream in STREAMS {
        let told = life_of(&file(stream.file));
        let (retry, rest) = told.split_last().expect("something is told");
        assert_eq!(retry, "retry 1 #0 cut", "{}", stream.file);
        let results = rest.iter().filter(|line| *line == "next 1").count();
        assert_eq!(results, stream.stanzas.len(), "{}", stream.file);
    }
}

/// Resolver errors and documents that start no stream: status 200, and no type.
#[test]
fn an_untyped_answer_of_200_is_a_result() {
    for (name, key) in [
        ("200-unknown-user.raw", "errors"),
        ("200-two-aliases.raw", "data"),
        ("200-typename.raw", "data"),
    ] {
        let answer = answer(&file(name));
        assert_eq!(answer.head.content_type, None, "{name}");
        assert!(matches!(verdict(&answer), Verdict::Result(_)), "{name}");
        let body: Value = serde_json::from_slice(&answer.body).expect("it is JSON");
        assert!(body.get(key).is_some(), "{name}");
        let told = life_of(&file(name));
        assert_eq!(
            told,
            ["read 1.2 a copy", "next 1", "close 1.2", "complete 1"],
            "{name}"
        );
    }
}

/// The error that ends an operation which is answered so, and the code of the
/// GraphQL error within.
fn refusal(name: &str) -> (Error<Json>, String) {
    let answer = answer(&file(name));
    assert!(matches!(verdict(&answer), Verdict::Refusal(_)), "{name}");
    let mut driver = plain_client();
    let op = driver.subscribe(subscription());
    driver.fail(op);
    driver.head(op, answer.head);
    if !answer.body.is_empty() {
        driver.news(op, News::Bytes(&answer.body));
    }
    driver.end(op);
    let error = driver.take_error();
    let body = error.body.as_ref().map_or(&Value::Null, |body| &body.0);
    let code = &body["errors"][0]["extensions"]["code"];
    let code = code.as_str().unwrap_or_default().to_owned();
    (error, code)
}

#[test]
fn refusals_are_not_retried_and_carry_their_errors() {
    for (name, code, status, graphql) in [
        (
            "401-no-credentials.raw",
            Code::Unauthorized,
            401,
            "no_permissions",
        ),
        ("401-bearer.raw", Code::Unauthorized, 401, "no_permissions"),
        (
            "401-malformed-header.raw",
            Code::Unauthorized,
            401,
            "request_error",
        ),
        (
            "401-wrong-password.raw",
            Code::Unauthorized,
            401,
            "wrong_credentials",
        ),
        (
            "401-unknown-user.raw",
            Code::Unauthorized,
            401,
            "wrong_credentials",
        ),
        (
            "401-unknown-domain.raw",
            Code::Unauthorized,
            401,
            "wrong_credentials",
        ),
        (
            "400-query-string.raw",
            Code::Http,
            400,
            "invalid_query_parameters",
        ),
        (
            "400-variables.raw",
            Code::Http,
            400,
            "variables_invalid_json",
        ),
        (
            "400-missing-query.raw",
            Code::Http,
            400,
            "no_query_supplied",
        ),
        (
            "400-query-not-subscription.raw",
            Code::Http,
            400,
            "unsupported_operation",
        ),
        (
            "400-subscription-on-plain-endpoint.raw",
            Code::Http,
            400,
            "unsupported_operation",
        ),
        ("400-syntax-error.raw", Code::Http, 400, "parser_error"),
        ("400-unknown-field.raw", Code::Http, 400, "unknown_field"),
        (
            "400-operation-name.raw",
            Code::Http,
            400,
            "operation_not_found",
        ),
        ("405-post.raw", Code::Http, 405, ""),
        ("406-accept-on-plain-endpoint.raw", Code::Http, 406, ""),
    ] {
        let (error, found) = refusal(name);
        assert_eq!(
            (error.code, error.status, error.retryable, &found[..]),
            (code, Some(status), false, graphql),
            "{name}"
        );
    }
}

/// No capture lies about unread.
#[test]
fn every_vector_is_used() {
    let source = include_str!("mongooseim.rs");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/mongooseim");
    for entry in std::fs::read_dir(folder).expect("the vectors are there") {
        let name = entry.expect("it can be listed").file_name();
        let name = name.to_str().expect("the names are ASCII");
        let capture = name.ends_with(".raw") || name.ends_with(".body");
        assert!(
            !capture || source.contains(&format!("\"{name}\"")),
            "{name}"
        );
    }
}
