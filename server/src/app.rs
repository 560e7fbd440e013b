//! What the handlers share, and the routes that lead to them.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router, http::header};
use serde_json::{Value, json};
use tokio::sync::watch;
use tower_http::cors::{AllowHeaders, AllowMethods, AllowOrigin, CorsLayer};

use crate::chat::Chat;
use crate::faults::Faults;
use crate::operation::Operations;
use crate::order::Order;
use crate::problem::Problem;
use crate::queue::Queue;
use crate::reservation::Reservations;
use crate::stats::Stats;
use crate::{Options, door, endpoint, schema, site};

const MAX_FAULT_BYTES: usize = 64 * 1024;

pub struct App {
    pub chat: Arc<Chat>,
    pub operations: Operations,
    pub faults: Arc<Faults>,
    pub stats: Arc<Stats>,
    pub reservations: Arc<Reservations>,
    /// Requests that wait for their answers.
    pub held: Arc<Queue>,
    pub heartbeat: Option<Duration>,
    /// Becomes true when the server stops; streams and sockets end then.
    pub stopping: watch::Sender<bool>,
}

impl App {
    pub fn new(options: &Options) -> Self {
        let chat = Arc::new(Chat::new(options.history));
        let faults = Arc::<Faults>::default();
        let stats = Arc::new(Stats::default());
        let schema = schema::build(Arc::clone(&chat), Arc::clone(&faults), Arc::clone(&stats));
        Self {
            chat,
            operations: Operations::new(schema, Arc::clone(&stats)),
            faults,
            stats,
            reservations: Arc::default(),
            held: Arc::default(),
            heartbeat: options.heartbeat,
            stopping: watch::Sender::new(false),
        }
    }
}

pub fn routes(app: Arc<App>, options: &Options) -> Router {
    let down = Arc::clone(&app.faults);
    Router::new()
        .route("/graphql", any(endpoint::handle))
        .route("/healthz", get("ok"))
        .route("/faults", post(order_fault))
        .route("/stats", get(report))
        .route("/token", get(give_token))
        .route("/reset", post(reset))
        .with_state(app)
        .merge(site::routes(options.static_dir.as_deref()))
        .layer(cors())
        .layer(map_response(show_protocol))
        .layer(from_fn_with_state(down, door::refuse_preflight))
}

/// Resource Timing: pages of other origins may see that they came over HTTP/2.
async fn show_protocol(mut response: Response) -> Response {
    let anyone = HeaderValue::from_static("*");
    response
        .headers_mut()
        .insert(HeaderName::from_static("timing-allow-origin"), anyone);
    response
}

/// Any page may use this server, with credentials: it has nothing to protect but its loopback.
fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AllowOrigin::mirror_request())
        .allow_methods(AllowMethods::mirror_request())
        .allow_headers(AllowHeaders::mirror_request())
        .allow_credentials(true)
        .expose_headers([header::RETRY_AFTER])
}

async fn order_fault(State(app): State<Arc<App>>, body: Body) -> Result<Response, Problem> {
    let bytes = to_bytes(body, MAX_FAULT_BYTES).await.map_err(|_| {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "a fault is a short JSON object",
        )
    })?;
    let order = Order::parse(&bytes).map_err(Problem::bad_request)?;
    Ok(Json(app.faults.order(order)).into_response())
}

async fn report(State(app): State<Arc<App>>) -> Json<Value> {
    let (stats, faults) = (&app.stats, &app.faults);
    let mut report = json!({
        "sse": faults.sse.stats(),
        "ws": faults.ws.stats(),
        "http": { "requests": stats.requests.get() },
        "operations": {
            "query": stats.queries.get(),
            "mutation": stats.mutations.get(),
            "subscription": stats.subscriptions.get(),
            "live": stats.operations_live.get(),
            "executed": stats.executed.report(),
        },
        "messages": stats.messages.get(),
        "lagged": stats.lagged.get(),
        "heartbeats": stats.heartbeats.get(),
        "segments": { "results": stats.segmented.get(), "slices": stats.slices.get() },
        "reservations": app.reservations.count(),
        "held": app.held.len(),
        "profile": faults.name(),
        "faults": faults.tally.report(),
        "zombies": faults.sse.zombies(),
    });
    if let (Some(script), Some(report)) = (faults.script(), report.as_object_mut()) {
        report.insert("script".into(), script);
    }
    Json(report)
}

/// What `token-expires` demands at present.
async fn give_token(State(app): State<Arc<App>>) -> Json<Value> {
    Json(json!({ "token": app.faults.tokens.current() }))
}

/// For tests: an empty chat and counters at zero. Connections stay, and so do faults.
async fn reset(State(app): State<Arc<App>>) -> StatusCode {
    app.chat.clear();
    app.stats.clear();
    app.faults.sse.clear_stats();
    app.faults.ws.clear_stats();
    app.faults.tally.clear();
    StatusCode::NO_CONTENT
}
