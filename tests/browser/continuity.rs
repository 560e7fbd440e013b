//! The socket, and gaps that are healed, from Rust.

use futures_util::StreamExt;
use graphql_lifeline::config::{Options, Transport};
use graphql_lifeline::continuity::{self, Key};
use graphql_lifeline::io::{GapReason, Notice};
use graphql_lifeline::{Client, Event, Events, Operation, Settings};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::server::*;

fn socket() -> Client {
    let options = Options {
        websocket: true,
        ..over(Transport::WebSocket)
    };
    let settings = Settings::new(url()).websocket(url()).options(options);
    Client::new(settings.connection_params(parse(r#"{"token":"t"}"#))).unwrap()
}

/// Loads what the chat has, as the subscription would have brought it.
async fn history(client: &Client) -> Vec<JsValue> {
    let query = "{ history(last: 2) { id text } }";
    let result = within("history", client.execute(query)).await.unwrap();
    (0..2)
        .map(|n| {
            let text = |field| at(&result, &format!("data.history.{n}.{field}"));
            let id = text("id").as_f64().unwrap();
            let text = text("text").as_string().unwrap();
            parse(&format!(
                r#"{{"data":{{"messages":{{"id":{id},"text":"{text}"}}}}}}"#
            ))
        })
        .collect()
}

/// The texts up to the first gap that is healed; backfills are answered.
async fn until_healed(client: &Client, events: &mut Events) -> Vec<String> {
    let mut texts = Vec::new();
    let looking = async {
        loop {
            match events.next().await {
                Some(Ok(Event::Result(result))) => {
                    let text = at(&result, "data.messages.text");
                    texts.push(text.as_string().unwrap());
                }
                Some(Ok(Event::Backfill(ask))) => {
                    assert_eq!(ask.reason, GapReason::Reconnect);
                    let answer = history(client).await;
                    events.backfilled(ask.round, Ok(answer));
                }
                Some(Ok(Event::Notice(Notice::Gap { report, error }))) => {
                    assert!(report.recovered, "{error:?}");
                    return;
                }
                Some(Ok(Event::Notice(_))) => {}
                other => panic!("{other:?} instead of a gap"),
            }
        }
    };
    within("healing", looking).await;
    texts
}

#[wasm_bindgen_test]
async fn subscriptions_and_mutations_go_over_one_socket() {
    let client = socket();
    let mut messages = client.subscribe(MESSAGES);
    let mut ticks = client.subscribe("subscription { ticks(everyMs: 1, count: 3) { n } }");
    for _ in 0..3 {
        within("a tick", ticks.next()).await.unwrap().unwrap();
    }
    assert!(within("the end", ticks.next()).await.is_none());
    let text = unique("by the socket");
    let mutation = format!(r#"mutation {{ send(author: "test", text: "{text}") {{ id }} }}"#);
    let mut sending = client.subscribe(mutation.as_str());
    within("an answer", sending.next()).await.unwrap().unwrap();
    let message = within("a message", messages.next()).await.unwrap().unwrap();
    assert_eq!(at(&message, "data.messages.text"), JsValue::from(text));
    // Nothing of it went over HTTP.
    until_live(0).await;
}

#[wasm_bindgen_test]
async fn a_gap_is_healed_by_what_the_application_loads() {
    until_live(0).await;
    let client = client(Transport::Fetch);
    let operation = Operation::new(MESSAGES).continuity(continuity::Settings {
        key: Some(Key::Path("messages.id".into())),
        backfill: true,
        ..continuity::Settings::default()
    });
    let mut events = client.subscribe(operation).events();
    until_connected(|| events.state()).await;
    let (before, after) = (unique("before the cut"), unique("after the cut"));
    send(&client, &before).await;
    fault(r#"{"profile":"cut"}"#).await;
    send(&client, &after).await;
    assert_eq!(until_healed(&client, &mut events).await, [before, after]);
}
