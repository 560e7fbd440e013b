//! graphql-transport-ws.

use std::sync::Arc;

use async_graphql::Data;
use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::extract::FromRequestParts;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;

use crate::app::App;
use crate::request::MAX_BODY_BYTES;
use crate::server::stopped;
use crate::stats::Live;
use crate::wire::Wire;

const SUBPROTOCOL: &str = "graphql-transport-ws";

pub fn is_upgrade(headers: &HeaderMap) -> bool {
    headers
        .get(header::UPGRADE)
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

pub async fn upgrade(app: Arc<App>, mut parts: Parts) -> Response {
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    let protocol = GraphQLProtocol::from_request_parts(&mut parts, &())
        .await
        .ok();
    let upgrade = upgrade
        .protocols([SUBPROTOCOL])
        .max_message_size(MAX_BODY_BYTES)
        .max_frame_size(MAX_BODY_BYTES);
    upgrade.on_upgrade(move |socket| async move {
        let agreed = socket
            .protocol()
            .is_some_and(|agreed| agreed.as_bytes() == SUBPROTOCOL.as_bytes());
        match protocol.filter(|_| agreed) {
            Some(protocol) => serve(&app, socket, protocol).await,
            None => refuse(socket).await,
        }
    })
}

async fn serve(app: &App, socket: WebSocket, protocol: GraphQLProtocol) {
    app.stats.sockets_opened.add();
    let _live = Live::new(&app.stats.sockets_live);
    let wire = Arc::new(Wire::default());
    let mut data = Data::default();
    data.insert(Arc::clone(&wire));
    let mut stopping = app.stopping.subscribe();
    let served = GraphQLWebSocket::new(socket, app.operations.clone(), protocol).with_data(data);
    tokio::select! {
        // A subscription lost messages: the socket breaks, as `complete` would hide the loss.
        biased;
        () = wire.lagged() => {}
        () = stopped(&mut stopping) => {}
        () = served.serve() => {}
    }
}

/// graphql-transport-ws: "4406: Subprotocol not acceptable". A browser is shown no HTTP status,
/// so the socket is opened to say it.
async fn refuse(mut socket: WebSocket) {
    let close = CloseFrame {
        code: 4406,
        reason: "Subprotocol not acceptable".into(),
    };
    // The client may be gone already; then there is nobody left to tell.
    if socket.send(Message::Close(Some(close))).await.is_ok() {
        let _ = socket.next().await;
    }
}
