//! The built page, served as files; without one, a sentence.

use std::path::Path;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::get;
use tower_http::services::ServeDir;

const ABOUT: &str = "lifeline-server: a GraphQL chat at /graphql, over Server-Sent Events and WebSocket, with faults to order at /faults and counters at /stats.\n";

/// All that the page needs and nothing more; the module is WebAssembly, embedded in a script.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
    style-src 'self'; img-src 'self' data:; connect-src 'self'; worker-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub fn routes<S: Clone + Send + Sync + 'static>(directory: Option<&Path>) -> Router<S> {
    match directory {
        Some(directory) => Router::new()
            .fallback_service(ServeDir::new(directory))
            .layer(map_response(harden)),
        None => Router::new().route("/", get(ABOUT)),
    }
}

async fn harden(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let html = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if html {
        let policy = HeaderValue::from_static(POLICY);
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    let nosniff = HeaderValue::from_static("nosniff");
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
    // The page is rebuilt while it is worked on: ask each time whether it has changed.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
