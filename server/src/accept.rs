//! What a client wants to be answered in: its `Accept` headers.

use axum::http::{HeaderMap, HeaderValue, header};

const EVENT_STREAM: &str = "text/event-stream";
const JSON: &str = "application/json";
const GRAPHQL_JSON: &str = "application/graphql-response+json";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accept {
    EventStream,
    Json,
    GraphqlJson,
}

impl Accept {
    /// An event stream wins wherever it is listed: it is never listed by accident. Without it
    /// the better liked kind of JSON wins, the earlier one of two that are liked alike.
    pub fn of(headers: &HeaderMap) -> Self {
        let (mut json, mut graphql_json) = (0.0, 0.0);
        let ranges = headers
            .get_all(header::ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','));
        for (kind, quality) in ranges.filter_map(range) {
            if kind.eq_ignore_ascii_case(EVENT_STREAM) {
                return Self::EventStream;
            } else if kind.eq_ignore_ascii_case(GRAPHQL_JSON) && quality > json {
                graphql_json = quality;
            } else if kind.eq_ignore_ascii_case(JSON) && quality > json {
                json = quality;
            }
        }
        if graphql_json > 0.0 && graphql_json >= json {
            Self::GraphqlJson
        } else {
            Self::Json
        }
    }

    pub fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::EventStream => "text/event-stream; charset=utf-8",
            Self::Json => JSON,
            Self::GraphqlJson => GRAPHQL_JSON,
        })
    }
}

/// A media range and its weight; none for one that is not wanted (RFC 9110: "q=0").
fn range(text: &str) -> Option<(&str, f32)> {
    let mut parts = text.split(';').map(str::trim);
    let kind = parts.next()?;
    let quality = parts
        .filter_map(|part| part.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("q"))
        .map_or(1.0, |(_, value)| value.trim().parse().unwrap_or(1.0));
    (quality > 0.0).then_some((kind, quality))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accept(values: &[&'static str]) -> Accept {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::ACCEPT, HeaderValue::from_static(value));
        }
        Accept::of(&headers)
    }

    #[test]
    fn an_event_stream_is_found_in_any_list() {
        for value in [
            "text/event-stream",
            "text/event-stream, */*",
            "application/json;q=0.9,Text/Event-Stream ; charset=utf-8",
        ] {
            assert_eq!(accept(&[value]), Accept::EventStream, "{value}");
        }
        assert_eq!(
            accept(&["application/json", "text/event-stream"]),
            Accept::EventStream
        );
        assert_eq!(
            accept(&["text/event-stream;q=0, application/json"]),
            Accept::Json
        );
    }

    #[test]
    fn json_is_chosen_by_weight_and_then_by_order() {
        let both = "application/graphql-response+json, application/json";
        assert_eq!(accept(&[]), Accept::Json);
        assert_eq!(accept(&["*/*"]), Accept::Json);
        assert_eq!(accept(&[both]), Accept::GraphqlJson);
        assert_eq!(
            accept(&["application/json, application/graphql-response+json"]),
            Accept::Json
        );
        assert_eq!(
            accept(&["application/json;q=0.5, application/graphql-response+json"]),
            Accept::GraphqlJson
        );
        assert_eq!(
            accept(&["application/graphql-response+json;q=0.5, application/json"]),
            Accept::Json
        );
    }
}
