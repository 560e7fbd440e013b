//! What came together, one by one.

use graphql_lifeline::io::Delivery;
use graphql_lifeline::payload::Payload;
use graphql_lifeline::reader::{Message, Reader};
use serde_json::Value;

use super::json::Json;

fn list(results: Json) -> impl Iterator<Item = Json> {
    let Value::Array(results) = results.0 else {
        panic!("{results:?} is no list");
    };
    results.into_iter().map(Json).filter(Payload::is_object)
}

pub fn deliveries(delivery: Delivery<Json>) -> Vec<Delivery<Json>> {
    match delivery {
        Delivery::Results { op, results } => list(results)
            .map(|result| Delivery::Next { op, result })
            .collect(),
        delivery => vec![delivery],
    }
}

/// Everything that a reader makes of these chunks.
pub fn messages<'a>(
    mut reader: Reader<Json>,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> Vec<Message<Json>> {
    let mut messages = Vec::new();
    for mut chunk in chunks {
        while let Some(message) = reader.next(&mut chunk) {
            match message {
                Message::Results(results, count) => {
                    let before = messages.len();
                    messages.extend(list(results).map(Message::Result));
                    assert_eq!(messages.len() - before, count);
                }
                message => messages.push(message),
            }
        }
    }
    messages
}
