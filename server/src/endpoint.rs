//! `/graphql`: finds out what a request wants, and has it done.

use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use async_graphql::{Executor, Request as GraphqlRequest};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::accept::Accept;
use crate::app::App;
use crate::faults::Answer;
use crate::operation;
use crate::problem::Problem;
use crate::request;
use crate::socket;
use crate::sse::{Dialect, Line};
use crate::wire::Wire;

pub async fn handle(State(app): State<Arc<App>>, request: Request) -> Response {
    app.stats.requests.add();
    if socket::is_upgrade(request.headers()) {
        return socket::upgrade(app, request.into_parts().0).await;
    }
    answer(&app, request)
        .await
        .unwrap_or_else(IntoResponse::into_response)
}

async fn answer(app: &App, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    if parts.method != Method::GET && parts.method != Method::POST {
        return Err(Problem::method("GET, POST"));
    }
    let accept = Accept::of(&parts.headers);
    if accept == Accept::EventStream
        && let Some(answer) = app.faults.on_request()
    {
        return Ok(answer.into_response());
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
        Accept::EventStream => {
            let dialect = Dialect::of(&parts.uri).map_err(Problem::bad_request)?;
            Ok(stream(app, request, dialect).into_response())
        }
        Accept::Json | Accept::GraphqlJson if kind == Some(OperationType::Subscription) => {
            let message = "a subscription needs `accept: text/event-stream`, or a WebSocket";
            Err(Problem::new(StatusCode::NOT_ACCEPTABLE, message))
        }
        Accept::Json | Accept::GraphqlJson => json(app, request, accept).await,
    }
}

fn stream(app: &App, request: GraphqlRequest, dialect: Dialect) -> Line {
    let wire = Arc::new(Wire::default());
    let open = app.streams.open();
    let ticket = app.faults.on_open();
    let request = request.data(Arc::clone(&wire));
    Line {
        dialect,
        results: app.operations.execute_stream(request, None),
        wire,
        open,
        faults: Arc::clone(&app.faults),
        ticket,
        heartbeat: app.heartbeat,
        stopping: app.stopping.subscribe(),
    }
}

async fn json(app: &App, request: GraphqlRequest, accept: Accept) -> Result<Response, Problem> {
    let response = app.operations.execute(request).await;
    let body = serde_json::to_vec(&response)
        .map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    Ok(([(header::CONTENT_TYPE, accept.content_type())], body).into_response())
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        match self {
            Self::Status {
                status,
                retry_after,
            } => {
                let problem = Problem::new(status, format!("fault: status {}", status.as_u16()));
                match retry_after {
                    Some(value) => problem.with(header::RETRY_AFTER, value).into_response(),
                    None => problem.into_response(),
                }
            }
            Self::Portal => {
                let page = "<!doctype html><title>Welcome</title><p>Sign in to use this network.";
                let mut response = Html(page).into_response();
                let no_store = HeaderValue::from_static("no-store");
                response
                    .headers_mut()
                    .insert(header::CACHE_CONTROL, no_store);
                response
            }
        }
    }
}
