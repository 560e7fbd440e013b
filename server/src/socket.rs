//! A WebSocket on `/graphql`: from the request to the subprotocol.

use std::sync::Arc;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts, Request};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::connection::Switch;
use crate::request::MAX_BODY_BYTES;
use crate::session;

const SUBPROTOCOL: &str = "graphql-transport-ws";

pub fn is_upgrade(headers: &HeaderMap) -> bool {
    headers
        .get(header::UPGRADE)
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

pub async fn upgrade(app: Arc<App>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    // It has its connection for itself: there is no WebSocket over HTTP/2 here.
    let switch = Switch::of(&parts.extensions).unwrap_or_default();
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
            session::serve(&app, socket, switch).await;
        } else {
            refuse(socket).await;
        }
    })
}

/// graphql-transport-ws: "4406: Subprotocol not acceptable". A browser is shown no HTTP status,
/// so the socket is opened to say it.
async fn refuse(mut socket: WebSocket) {
    let refusal = Message::Close(Some(CloseFrame {
        code: 4406,
        reason: "Subprotocol not acceptable".into(),
    }));
    // The client may be gone already; then there is nobody left to tell.
    if socket.send(refusal).await.is_ok() {
        let _ = socket.recv().await;
    }
}
