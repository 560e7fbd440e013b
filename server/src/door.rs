//! What a request to `/graphql` meets before anyone looks into it.

use std::fmt;
use std::future::pending;
use std::ops::ControlFlow;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};

use crate::app::App;
use crate::faults::{Era, Faults};
use crate::problem::Problem;
use crate::queue::Turn;
use crate::request::{self, MAX_BODY_BYTES};
use crate::server::stopped;
use crate::verdict::{Answer, Visitor};

/// On a response: none is to be given.
#[derive(Clone, Copy, Debug)]
pub struct Unanswered;

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("broken off by a fault")
    }
}

impl std::error::Error for Unanswered {}

/// A server that is down does not answer preflights either. They are answered before the
/// endpoint.
pub async fn refuse_preflight(
    State(faults): State<Arc<Faults>>,
    request: Request,
    next: Next,
) -> Response {
    let preflight = request.method() == Method::OPTIONS && request.uri().path() == "/graphql";
    if preflight && faults.on_request(Visitor::Preflight) == Some(Answer::Break) {
        return broken();
    }
    next.run(request).await
}

/// Lets a request through, however long that takes, or answers it. One that was held is let
/// through when its turn has come, and keeps it until it is dropped.
pub async fn pass(
    app: &App,
    mut request: Request,
    visitor: Visitor,
) -> ControlFlow<Response, (Request, Option<Turn>)> {
    let mut turn = None;
    loop {
        match app.faults.on_request(visitor) {
            None => return ControlFlow::Continue((request, turn)),
            Some(Answer::Hold(era)) => match hold(app, era, request, turn).await {
                ControlFlow::Continue((back, its)) => (request, turn) = (back, Some(its)),
                ControlFlow::Break(response) => return ControlFlow::Break(response),
            },
            Some(Answer::Hang(era)) => {
                // Those behind it may be more fortunate.
                drop(turn);
                hang(app, era, request.into_body()).await;
                return ControlFlow::Break(broken());
            }
            Some(Answer::Status {
                status,
                retry_after,
            }) => return ControlFlow::Break(refusal(status, retry_after)),
            Some(Answer::Portal) => return ControlFlow::Break(portal()),
            Some(Answer::Other {
                status,
                content_type,
                body,
            }) => {
                let kind = [(header::CONTENT_TYPE, content_type)];
                return ControlFlow::Break((status, kind, body).into_response());
            }
            Some(Answer::Break) => return ControlFlow::Break(broken()),
        }
    }
}

/// Waits until the order is lifted, and all that came before are done. It ends sooner if the
/// client leaves. One that was held before goes to the end of the queue, as those behind it will.
async fn hold(
    app: &App,
    era: Era,
    request: Request,
    before: Option<Turn>,
) -> ControlFlow<Response, (Request, Turn)> {
    let (parts, body) = request.into_parts();
    // In full: whoever sends the rest of it slowly does not hold up the others later. And with a
    // body unread it would not be seen when the client leaves.
    let read = request::read(body).await;
    let queued = read.and_then(|bytes| match before {
        Some(mut turn) => {
            turn.step_back();
            Ok((bytes, turn))
        }
        None => Ok((bytes, app.held.join()?)),
    });
    let (bytes, turn) = match queued {
        Ok(both) => both,
        Err(problem) => return ControlFlow::Break(problem.into_response()),
    };
    let mut stopping = app.stopping.subscribe();
    let released = async {
        app.faults.lifted(era).await;
        turn.comes().await;
    };
    tokio::select! {
        () = released => {}
        () = stopped(&mut stopping) => return ControlFlow::Break(broken()),
    }
    ControlFlow::Continue((Request::from_parts(parts, Body::from(bytes)), turn))
}

fn refusal(status: StatusCode, retry_after: Option<HeaderValue>) -> Response {
    let problem = Problem::new(status, format!("fault: status {}", status.as_u16()));
    match retry_after {
        Some(value) => problem.with(header::RETRY_AFTER, value).into_response(),
        None => problem.into_response(),
    }
}

fn portal() -> Response {
    let page = "<!doctype html><title>Welcome</title><p>Sign in to use this network.";
    let mut response = Html(page).into_response();
    let no_store = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    response
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

/// No answer.
pub fn broken() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(Unanswered);
    response
}
