//! What the head of an HTTP answer means for the attempt.

use alloc::boxed::Box;
use alloc::string::String;

use crate::error::{Code, Error};
use crate::text::{concat, digits};
use crate::time::Span;

/// The head of an HTTP answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    pub status: u16,
    /// The `Content-Type` field, whole.
    pub content_type: Option<String>,
    /// What `Retry-After` asks for, a date turned into a wait.
    pub retry_after: Option<Span>,
}

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// An event stream.
    Stream,
    /// One JSON answer.
    Json,
    /// A reserved stream for operations to share.
    Reserved,
    /// Nothing but that an operation is accepted: its results come on the reserved stream.
    Accepted,
}

/// What to do with the body.
#[derive(Debug, PartialEq)]
#[repr(u8)]
pub enum Verdict<P> {
    /// It is the event stream.
    Stream,
    /// It is a GraphQL response; if it turns out not to be one, this is the error.
    Result(Box<Error<P>>),
    /// It is a refusal; its GraphQL errors belong to this error.
    Refusal(Box<Error<P>>),
    /// It is of no interest.
    Failure(Box<Error<P>>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Media {
    EventStream,
    /// `application/graphql-response+json`: a GraphQL response whatever the status.
    GraphqlResponse,
    Json,
    /// MongooseIM sends its JSON without a type.
    Missing,
    Other,
}

impl Head {
    /// Judges the answer.
    #[must_use]
    pub fn judge<P>(&self, want: Want) -> Verdict<P> {
        match (want, self.status) {
            // HTML: 204 tells the client to stop
            (Want::Stream | Want::Reserved, 204 | 205) => {
                Verdict::Failure(self.refused(Code::Http))
            }
            (Want::Accepted, 202 | 204) => Verdict::Stream,
            (_, 200..=299) => self.judge_success(want),
            (Want::Json, _) if self.media() == Media::GraphqlResponse => {
                Verdict::Result(self.refused(Code::Http))
            }
            (_, 401) => Verdict::Refusal(self.refused(Code::Unauthorized)),
            (Want::Stream | Want::Reserved | Want::Accepted, _) if self.is_temporary() => {
                Verdict::Failure(self.refused(Code::Http))
            }
            _ => Verdict::Refusal(self.refused(Code::Http)),
        }
    }

    fn judge_success<P>(&self, want: Want) -> Verdict<P> {
        let error = |code, message: &str| {
            let mut error = Error::new(code, want != Want::Json, message);
            error.status = Some(self.status);
            error
        };
        match (want, self.media()) {
            (Want::Stream | Want::Reserved, Media::EventStream) => Verdict::Stream,
            (
                Want::Stream | Want::Json | Want::Accepted,
                Media::GraphqlResponse | Media::Json | Media::Missing,
            ) => Verdict::Result(error(
                Code::Protocol,
                "the server's answer is no GraphQL response: is the URL right?",
            )),
            (Want::Json | Want::Accepted, Media::EventStream) | (_, _) => Verdict::Failure(error(
                Code::ContentType,
                "the answer is neither an event stream nor JSON: a login page or proxy may stand in the way, or the URL is wrong",
            )),
        }
    }

    fn refused<P>(&self, code: Code) -> Box<Error<P>> {
        let advice = match code {
            Code::Unauthorized => "the credentials are missing, wrong or expired",
            _ if self.is_temporary() => "the server or a proxy is overloaded or down",
            _ => "the server refuses this request, and would again",
        };
        let message = concat(&["the server answered ", &digits(self.status), ": ", advice]);
        let mut error = Error::new(code, self.is_temporary(), message);
        error.status = Some(self.status);
        error.retry_after = self.retry_after;
        error
    }

    const fn is_temporary(&self) -> bool {
        matches!(self.status, 408 | 425 | 429 | 500..=599)
    }

    fn media(&self) -> Media {
        let Some(content_type) = &self.content_type else {
            return Media::Missing;
        };
        let bytes = content_type.as_bytes();
        let end = bytes.iter().position(|&byte| byte == b';');
        let essence = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
        let essence = essence.trim_ascii();
        let is = |name: &str| essence.eq_ignore_ascii_case(name.as_bytes());
        if essence.is_empty() {
            Media::Missing
        } else if is("text/event-stream") {
            Media::EventStream
        } else if is("application/graphql-response+json") {
            Media::GraphqlResponse
        } else if is("application/json") || is("application/graphql+json") {
            Media::Json
        } else {
            Media::Other
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(
        want: Want,
        status: u16,
        content_type: Option<&str>,
    ) -> (&'static str, Option<Code>, bool) {
        let head = Head {
            status,
            content_type: content_type.map(str::to_owned),
            retry_after: None,
        };
        match head.judge::<()>(want) {
            Verdict::Stream => ("stream", None, false),
            Verdict::Result(e) => ("result", Some(e.code), e.retryable),
            Verdict::Refusal(e) => ("refusal", Some(e.code), e.retryable),
            Verdict::Failure(e) => ("failure", Some(e.code), e.retryable),
        }
    }

    #[test]
    fn streams_are_judged_as_the_failure_table_says() {
        let (sse, json, html) = ("text/event-stream", "application/json", "text/html");
        let stream = |status, media| verdict(Want::Stream, status, media);
        assert_eq!(stream(200, Some(sse)), ("stream", None, false));
        assert_eq!(
            stream(200, Some("Text/Event-Stream ; charset=utf-8")),
            ("stream", None, false)
        );
        assert_eq!(
            stream(200, Some(json)),
            ("result", Some(Code::Protocol), true)
        );
        assert_eq!(stream(200, None), ("result", Some(Code::Protocol), true));
        assert_eq!(
            stream(200, Some(html)),
            ("failure", Some(Code::ContentType), true)
        );
        assert_eq!(stream(204, None), ("failure", Some(Code::Http), false));
        assert_eq!(
            stream(401, Some(json)),
            ("refusal", Some(Code::Unauthorized), false)
        );
        for status in [400, 403, 404, 405, 406, 415, 301] {
            assert_eq!(
                stream(status, Some(json)),
                ("refusal", Some(Code::Http), false)
            );
        }
        for status in [408, 425, 429, 500, 502, 503, 504, 599] {
            assert_eq!(
                stream(status, Some(sse)),
                ("failure", Some(Code::Http), true)
            );
        }
    }

    #[test]
    fn one_answer_is_judged_by_status_and_type() {
        let answer = |status, media| verdict(Want::Json, status, media);
        let (json, graphql) = (
            "application/json; charset=utf-8",
            "application/graphql-response+json",
        );
        assert_eq!(
            answer(200, Some(json)),
            ("result", Some(Code::Protocol), false)
        );
        assert_eq!(
            answer(400, Some(graphql)),
            ("result", Some(Code::Http), false)
        );
        assert_eq!(
            answer(400, Some(json)),
            ("refusal", Some(Code::Http), false)
        );
        assert_eq!(answer(503, Some(json)), ("refusal", Some(Code::Http), true));
        assert_eq!(
            answer(200, Some("text/event-stream")),
            ("failure", Some(Code::ContentType), false)
        );
    }
}
