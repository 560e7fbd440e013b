//! graphql-transport-ws, and what faults make of it: between the protocol and the wire.

use std::future::{pending, ready};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::http::{WebSocket as Protocol, WebSocketProtocols, WsMessage};
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts, Request};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::{Stream, StreamExt};
use futures_util::{Sink, SinkExt};
use serde::Deserialize;
use tokio::time::{sleep, timeout};

use crate::app::App;
use crate::connection::Switch;
use crate::effect::{Flap, Opening};
use crate::profile;
use crate::request::MAX_BODY_BYTES;
use crate::server::stopped;
use crate::streams::Blow;
use crate::subscriber::Subscriber;
use crate::transport::Transport;
use crate::verdict::Ticket;

const SUBPROTOCOL: &str = "graphql-transport-ws";

/// How long a client may take to answer a close frame.
const CLOSING: Duration = Duration::from_secs(1);

pub fn is_upgrade(headers: &HeaderMap) -> bool {
    headers
        .get(header::UPGRADE)
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

pub async fn upgrade(app: Arc<App>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    let switch = Switch::of(&parts.extensions);
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    let upgrade = upgrade
        .protocols([SUBPROTOCOL])
        .max_message_size(MAX_BODY_BYTES)
        .max_frame_size(MAX_BODY_BYTES);
    upgrade.on_upgrade(move |socket| async move {
        let agreed = socket
            .protocol()
            .is_some_and(|agreed| agreed.as_bytes() == SUBPROTOCOL.as_bytes());
        if agreed {
            serve(&app, socket, switch).await;
        } else {
            refuse(socket).await;
        }
    })
}

/// How a socket is left. To break it, it is let go of without a close frame.
enum Leave {
    /// The client has left, or an order has counted it out.
    Gone,
    Close,
    /// By the fault of this name, which is counted, or has been.
    Break(Option<&'static str>),
}

async fn serve(app: &App, socket: WebSocket, switch: Switch) {
    let (mut open, ticket) = app.faults.open(Transport::Ws);
    let subscriber = Subscriber::new(app.operations.clone(), Arc::clone(&app.faults));
    let (lagged, cut) = (subscriber.lagged(), subscriber.cut());
    let (mut sink, input) = socket.split();
    let input = input
        .take_while(|message| ready(message.is_ok()))
        .filter_map(|message| ready(message.ok().and_then(content)));
    let mut frames = pin!(Protocol::new(
        subscriber,
        input,
        WebSocketProtocols::GraphQLWS
    ));
    let mut stopping = app.stopping.subscribe();
    let leave = {
        let mut speaking = pin!(speak(app, ticket, &switch, frames.as_mut(), &mut sink));
        let mut doom = pin!(doom(app, ticket));
        loop {
            tokio::select! {
                biased;
                blow = open.order() => match blow {
                    Blow::Mute => switch.mute(),
                    Blow::Cut | Blow::Break => break Leave::Gone,
                    Blow::End => break Leave::Close,
                },
                // A subscription lost messages: the socket breaks, as `complete` would hide it.
                () = lagged.notified() => break Leave::Gone,
                () = stopped(&mut stopping) => break Leave::Gone,
                () = cut.notified() => break Leave::Break(Some(profile::CUT)),
                leave = &mut doom => break leave,
                leave = &mut speaking => break leave,
            }
        }
    };
    match leave {
        Leave::Gone => {}
        Leave::Close => close(frames, sink).await,
        Leave::Break(name) => {
            if open.count_cut() {
                app.faults.tally.count(name.unwrap_or_default(), 1);
            }
        }
    }
}

fn content(message: Message) -> Option<Bytes> {
    match message {
        Message::Text(text) => Some(text.into()),
        Message::Binary(bytes) => Some(bytes),
        Message::Ping(_) | Message::Pong(_) | Message::Close(_) => None,
    }
}

/// Sends what the protocol says, as far as the profile that the socket opened under lets it.
async fn speak(
    app: &App,
    ticket: Ticket,
    switch: &Switch,
    mut frames: impl Stream<Item = WsMessage> + Unpin,
    sink: &mut (impl Sink<Message> + Unpin),
) -> Leave {
    let count = || app.faults.tally.count(ticket.name, 1);
    let mut results = 0;
    while let Some(frame) = frames.next().await {
        let kind = Kind::of(&frame);
        if kind == Kind::Ack && ticket.opening == Opening::Unacknowledged {
            count();
            continue;
        }
        if sink.send(message(frame)).await.is_err() {
            break;
        }
        results += u64::from(kind == Kind::Next);
        match ticket.opening {
            Opening::Stall if kind == Kind::Ack => {
                switch.mute();
                count();
            }
            Opening::Flap(Flap {
                results: Some(most),
                ..
            }) if results >= most.get().into() && app.faults.stands(ticket.generation) => {
                return Leave::Break(Some(ticket.name));
            }
            Opening::Normal
            | Opening::Stall
            | Opening::Unacknowledged
            | Opening::HeadOnly
            | Opening::Flap(_)
            | Opening::Replay(_) => {}
        }
    }
    Leave::Gone
}

/// Waits for what breaks a socket though nothing is said on it.
async fn doom(app: &App, ticket: Ticket) -> Leave {
    match ticket.opening {
        Opening::Unacknowledged => {
            // An error says that the faults are gone, and the server with them.
            let mut changes = app.faults.changes();
            let _ = changes.wait_for(|now| *now != ticket.generation).await;
            Leave::Break(None)
        }
        Opening::Flap(Flap { ms: Some(ms), .. }) => {
            sleep(Duration::from_millis(ms.get().into())).await;
            if app.faults.stands(ticket.generation) {
                return Leave::Break(Some(ticket.name));
            }
            pending().await
        }
        Opening::Normal
        | Opening::Stall
        | Opening::HeadOnly
        | Opening::Flap(_)
        | Opening::Replay(_) => pending().await,
    }
}

/// What faults must know of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Ack,
    Next,
    Other,
}

#[derive(Deserialize)]
struct Typed<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
}

impl Kind {
    fn of(frame: &WsMessage) -> Self {
        let WsMessage::Text(text) = frame else {
            return Self::Other;
        };
        match serde_json::from_str::<Typed<'_>>(text).map(|typed| typed.kind) {
            Ok("connection_ack") => Self::Ack,
            Ok("next") => Self::Next,
            Ok(_) | Err(_) => Self::Other,
        }
    }
}

fn message(frame: WsMessage) -> Message {
    match frame {
        WsMessage::Text(text) => Message::Text(text.into()),
        WsMessage::Close(code, reason) => Message::Close(Some(CloseFrame {
            code,
            reason: reason.into(),
        })),
    }
}

/// Ends it properly, but without a `complete`. The answer is waited for: a connection that is
/// let go of with something unread takes the close frame with it.
async fn close(
    mut frames: impl Stream<Item = WsMessage> + Unpin,
    mut sink: impl Sink<Message> + Unpin,
) {
    let farewell = async {
        let normal = message(WsMessage::Close(1000, String::new()));
        if sink.send(normal).await.is_ok() {
            while frames.next().await.is_some() {}
        }
    };
    // Whoever does not answer is left without.
    let _ = timeout(CLOSING, farewell).await;
}

/// graphql-transport-ws: "4406: Subprotocol not acceptable". A browser is shown no HTTP status,
/// so the socket is opened to say it.
async fn refuse(mut socket: WebSocket) {
    let reason = "Subprotocol not acceptable".into();
    // The client may be gone already; then there is nobody left to tell.
    let refusal = message(WsMessage::Close(4406, reason));
    if socket.send(refusal).await.is_ok() {
        let _ = socket.next().await;
    }
}
