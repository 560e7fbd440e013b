//! `/graphql`: finds out what a request wants, and has it done.

use std::ops::ControlFlow;
use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use async_graphql::{Executor, Request as GraphqlRequest};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{BoxStream, StreamExt};
use tokio::sync::Notify;

use crate::accept::Accept;
use crate::app::App;
use crate::connection::Switch;
use crate::course::{self, Outcome};
use crate::dialect::{Dialect, Ids};
use crate::door;
use crate::operation;
use crate::problem::Problem;
use crate::request::{self, Asked};
use crate::reservation::{self, Reserved};
use crate::socket;
use crate::source::Source;
use crate::sse::Line;
use crate::token;
use crate::transport::Transport;
use crate::verdict::Visitor;
use crate::wire::Wire;

pub async fn handle(State(app): State<Arc<App>>, request: Request) -> Response {
    app.stats.requests.add();
    let visitor = visitor(&app, &request);
    let (request, turn) = match door::pass(&app, request, visitor).await {
        ControlFlow::Continue(passed) => passed,
        ControlFlow::Break(response) => return response,
    };
    let response = match visitor {
        Visitor::For(Transport::Ws) => socket::upgrade(app, request).await,
        Visitor::For(Transport::Sse) | Visitor::Plain | Visitor::Preflight => {
            answer(&app, request, visitor)
                .await
                .unwrap_or_else(IntoResponse::into_response)
        }
    };
    // What it asked for was executed: now those that were held behind it.
    drop(turn);
    response
}

/// Who asks, counted if it is for a stream or a socket.
fn visitor(app: &App, request: &Request) -> Visitor {
    if socket::is_upgrade(request.headers()) {
        app.faults.ws.request();
        return Visitor::For(Transport::Ws);
    }
    if Accept::of(request.headers()) == Accept::EventStream {
        app.faults.sse.request();
        return Visitor::For(Transport::Sse);
    }
    if request.method() == Method::PUT
        || reservation::token(request.headers(), request.uri()).is_some()
    {
        Visitor::For(Transport::Sse)
    } else {
        Visitor::Plain
    }
}

async fn answer(app: &App, request: Request, visitor: Visitor) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let accept = Accept::of(&parts.headers);
    let token = reservation::token(&parts.headers, &parts.uri);
    let streams = accept == Accept::EventStream;
    let for_stream = visitor == Visitor::For(Transport::Sse);
    if for_stream && app.faults.refuses(token::shown(&parts).as_deref()) {
        let problem = Problem::new(
            StatusCode::UNAUTHORIZED,
            "the token is missing or has expired",
        );
        return Err(problem.with(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
    }
    if token.is_some() && app.faults.misleads() {
        return Err(reservation::unknown());
    }
    match (&parts.method, token) {
        (&Method::PUT, _) => {
            let token = app.reservations.reserve()?;
            Ok((StatusCode::CREATED, token).into_response())
        }
        (&Method::DELETE, Some(token)) => {
            let missing = || Problem::bad_request("the URL has no `operationId`");
            let operation = reservation::operation_id(&parts.uri).ok_or_else(missing)?;
            app.reservations.stop(&token, &operation)?;
            Ok(StatusCode::OK.into_response())
        }
        (&Method::GET, Some(token)) if streams => {
            Ok(reserved(app, app.reservations.open(token)?, &parts)
                .respond()
                .await)
        }
        (&Method::GET | &Method::POST, token) => {
            operate(app, parts, body, accept, token.as_deref()).await
        }
        _ => Err(Problem::method("GET, POST, PUT, DELETE")),
    }
}

/// One operation, answered here or on a reserved stream.
async fn operate(
    app: &App,
    parts: Parts,
    body: Body,
    accept: Accept,
    token: Option<&str>,
) -> Result<Response, Problem> {
    let Asked {
        mut request,
        operation_id,
        segment,
    } = if parts.method == Method::GET {
        request::from_url(&parts.uri)?
    } else {
        request::from_body(&parts.headers, body).await?
    };
    let kind = operation::kind(&mut request);
    // A link or an image must not be able to send a message.
    if kind == Some(OperationType::Mutation) && parts.method == Method::GET {
        return Err(Problem::method("POST"));
    }
    if let Some(token) = token {
        let missing = || Problem::bad_request("`extensions` has no `operationId`");
        let id = operation_id.ok_or_else(missing)?;
        app.reservations.start(token, &id, |lagged| {
            outcomes(app, request, wire(None, segment, lagged))
        })?;
        return Ok(StatusCode::ACCEPTED.into_response());
    }
    match accept {
        Accept::EventStream => Ok(stream(app, request, segment, &parts)?.respond().await),
        Accept::Json | Accept::GraphqlJson if kind == Some(OperationType::Subscription) => {
            let message = "a subscription needs `accept: text/event-stream`, or a WebSocket";
            Err(Problem::new(StatusCode::NOT_ACCEPTABLE, message))
        }
        Accept::Json | Accept::GraphqlJson => json(app, request, accept).await,
    }
}

/// Runs an operation. A subscription is in place when this returns.
fn outcomes(app: &App, mut request: GraphqlRequest, wire: Wire) -> BoxStream<'static, Outcome> {
    let wire = Arc::new(wire.named(operation::name(&mut request)));
    let results = app
        .operations
        .execute_stream(request.data(Arc::clone(&wire)), None);
    course::run(results, wire, Arc::clone(&app.faults), Transport::Sse).boxed()
}

fn wire(after: Option<u64>, segment: Option<usize>, lagged: Arc<Notify>) -> Wire {
    Wire::new(Transport::Sse, after, lagged).in_segments(segment)
}

fn stream(
    app: &App,
    request: GraphqlRequest,
    segment: Option<usize>,
    parts: &Parts,
) -> Result<Line, Problem> {
    let dialect = Dialect::of(&parts.uri).map_err(Problem::bad_request)?;
    let ids = Ids::of(&parts.uri).map_err(Problem::bad_request)?;
    let after = ids.last(&parts.headers).map_err(Problem::bad_request)?;
    let lagged = Arc::new(Notify::new());
    let open = || {
        let outcomes = outcomes(app, request, wire(after, segment, Arc::clone(&lagged)));
        Source::Operation(outcomes)
    };
    Ok(line(app, parts, (dialect, ids), Arc::clone(&lagged), open))
}

fn reserved(app: &App, reserved: Reserved, parts: &Parts) -> Line {
    let manner = (Dialect::GraphqlSse, Ids::Counted);
    let lagged = Arc::clone(&reserved.lagged);
    line(app, parts, manner, lagged, || Source::Reserved(reserved))
}

/// It counts as open before anything runs on it.
fn line(
    app: &App,
    parts: &Parts,
    (dialect, ids): (Dialect, Ids),
    lagged: Arc<Notify>,
    source: impl FnOnce() -> Source,
) -> Line {
    let (open, ticket) = app.faults.open(Transport::Sse);
    Line {
        dialect,
        ids,
        source: source(),
        lagged,
        open,
        ticket,
        faults: Arc::clone(&app.faults),
        heartbeat: app.heartbeat,
        stats: Arc::clone(&app.stats),
        stopping: app.stopping.subscribe(),
        switch: Switch::of(&parts.extensions),
    }
}

async fn json(app: &App, request: GraphqlRequest, accept: Accept) -> Result<Response, Problem> {
    let response = app.operations.execute(request).await;
    let body = serde_json::to_vec(&response)
        .map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    Ok(([(header::CONTENT_TYPE, accept.content_type())], body).into_response())
}
