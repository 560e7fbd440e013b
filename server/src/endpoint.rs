//! `/graphql`: finds out what a request wants, and has it done.

use std::future::pending;
use std::io;
use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use async_graphql::{Executor, Request as GraphqlRequest};
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use bytes::Bytes;
use futures_util::StreamExt;
use tokio::sync::Notify;

use crate::accept::Accept;
use crate::app::App;
use crate::connection::Switch;
use crate::course;
use crate::dialect::{Dialect, Ids};
use crate::faults::{Era, Faults};
use crate::operation;
use crate::problem::Problem;
use crate::request::{self, MAX_BODY_BYTES};
use crate::server::stopped;
use crate::socket;
use crate::sse::Line;
use crate::transport::Transport;
use crate::verdict::Answer;
use crate::wire::Wire;

pub async fn handle(State(app): State<Arc<App>>, request: Request) -> Response {
    app.stats.requests.add();
    if socket::is_upgrade(request.headers()) {
        app.faults.ws.request();
        if let Some(answer) = app.faults.on_request(Some(Transport::Ws)) {
            return give(&app, answer, request.into_body()).await;
        }
        return socket::upgrade(app, request).await;
    }
    answer(&app, request)
        .await
        .unwrap_or_else(IntoResponse::into_response)
}

/// A server that is down does not answer preflights either. They are answered before `handle`.
pub async fn refuse_preflight(
    State(faults): State<Arc<Faults>>,
    request: Request,
    next: Next,
) -> Response {
    let preflight = request.method() == Method::OPTIONS && request.uri().path() == "/graphql";
    if preflight && faults.on_request(None) == Some(Answer::Break) {
        return broken();
    }
    next.run(request).await
}

async fn answer(app: &App, request: Request) -> Result<Response, Problem> {
    let accept = Accept::of(request.headers());
    let transport = (accept == Accept::EventStream).then_some(Transport::Sse);
    if transport.is_some() {
        app.faults.sse.request();
    }
    let (parts, body) = request.into_parts();
    if let Some(answer) = app.faults.on_request(None) {
        return Ok(give(app, answer, body).await);
    }
    if parts.method != Method::GET && parts.method != Method::POST {
        return Err(Problem::method("GET, POST"));
    }
    if let Some(answer) = transport.and_then(|_| app.faults.on_request(transport)) {
        return Ok(give(app, answer, body).await);
    }
    let mut request = if parts.method == Method::GET {
        request::from_url(&parts.uri)?
    } else {
        request::from_body(&parts.headers, body).await?
    };
    let kind = operation::kind(&mut request);
    // A link or an image must not be able to send a message.
    if kind == Some(OperationType::Mutation) && parts.method == Method::GET {
        return Err(Problem::method("POST"));
    }
    match accept {
        Accept::EventStream => Ok(stream(app, request, &parts)?.into_response()),
        Accept::Json | Accept::GraphqlJson if kind == Some(OperationType::Subscription) => {
            let message = "a subscription needs `accept: text/event-stream`, or a WebSocket";
            Err(Problem::new(StatusCode::NOT_ACCEPTABLE, message))
        }
        Accept::Json | Accept::GraphqlJson => json(app, request, accept).await,
    }
}

fn stream(app: &App, request: GraphqlRequest, parts: &Parts) -> Result<Line, Problem> {
    let dialect = Dialect::of(&parts.uri).map_err(Problem::bad_request)?;
    let ids = Ids::of(&parts.uri).map_err(Problem::bad_request)?;
    let after = ids.last(&parts.headers).map_err(Problem::bad_request)?;
    let (open, ticket) = app.faults.open(Transport::Sse);
    let lagged = Arc::new(Notify::new());
    let wire = Arc::new(Wire::new(Transport::Sse, after, Arc::clone(&lagged)));
    let results = app
        .operations
        .execute_stream(request.data(Arc::clone(&wire)), None);
    let faults = Arc::clone(&app.faults);
    Ok(Line {
        dialect,
        ids,
        outcomes: course::run(results, wire, Arc::clone(&faults), Transport::Sse).boxed(),
        lagged,
        open,
        ticket,
        faults,
        heartbeat: app.heartbeat,
        stats: Arc::clone(&app.stats),
        stopping: app.stopping.subscribe(),
        switch: Switch::of(&parts.extensions),
    })
}

async fn json(app: &App, request: GraphqlRequest, accept: Accept) -> Result<Response, Problem> {
    let response = app.operations.execute(request).await;
    let body = serde_json::to_vec(&response)
        .map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    Ok(([(header::CONTENT_TYPE, accept.content_type())], body).into_response())
}

async fn give(app: &App, answer: Answer, body: Body) -> Response {
    match answer {
        Answer::Status {
            status,
            retry_after,
        } => {
            let problem = Problem::new(status, format!("fault: status {}", status.as_u16()));
            match retry_after {
                Some(value) => problem.with(header::RETRY_AFTER, value).into_response(),
                None => problem.into_response(),
            }
        }
        Answer::Portal => {
            let page = "<!doctype html><title>Welcome</title><p>Sign in to use this network.";
            let mut response = Html(page).into_response();
            let no_store = HeaderValue::from_static("no-store");
            response
                .headers_mut()
                .insert(header::CACHE_CONTROL, no_store);
            response
        }
        Answer::Hang(era) => {
            hang(app, era, body).await;
            broken()
        }
        Answer::Break => broken(),
    }
}

/// Waits until the order is lifted. It ends sooner if the client leaves.
async fn hang(app: &App, era: Era, body: Body) {
    let mut stopping = app.stopping.subscribe();
    let reading = async {
        // With a body unread it would not be seen when the client leaves.
        let _ = to_bytes(body, MAX_BODY_BYTES).await;
        pending().await
    };
    tokio::select! {
        () = reading => {}
        () = app.faults.lifted(era) => {}
        () = stopped(&mut stopping) => {}
    }
}

/// No answer: hyper writes no head if the body fails before there is any of it.
fn broken() -> Response {
    let failure = io::Error::from(io::ErrorKind::ConnectionReset);
    let body = futures_util::stream::once(async { Err::<Bytes, _>(failure) });
    Response::new(Body::from_stream(body))
}
