//! From an HTTP request to a GraphQL request.

use std::time::Duration;

use async_graphql::{Request, Variables};
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::problem::Problem;
use crate::segments;

pub const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

/// A body that trickles in for longer is given up.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

type Extensions = serde_json::Map<String, serde_json::Value>;

/// The parameters of GraphQL over HTTP, from wherever they came.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    query: Option<String>,
    variables: Option<Variables>,
    operation_name: Option<String>,
    extensions: Option<Extensions>,
}

/// A request, and what its extensions say about its results.
#[derive(Debug)]
pub struct Asked {
    pub request: Request,
    /// The name that they go by on a reserved stream.
    pub operation_id: Option<String>,
    /// The most bytes of a slice; none: they are not to be sent in segments.
    pub segment: Option<usize>,
}

impl Parameters {
    fn into_asked(self) -> Result<Asked, Problem> {
        let query = self.query.filter(|query| !query.trim().is_empty());
        let query = query.ok_or_else(|| Problem::bad_request("the request has no `query`"))?;
        let mut request = Request::new(query).variables(self.variables.unwrap_or_default());
        request.operation_name = self.operation_name;
        let id = self
            .extensions
            .as_ref()
            .and_then(|all| all.get("operationId"));
        Ok(Asked {
            request,
            operation_id: id.and_then(|id| id.as_str()).map(String::from),
            segment: segments::asked(self.extensions.as_ref()),
        })
    }
}

/// GET: each parameter stands in the URL, the objects among them as JSON.
pub fn from_url(uri: &Uri) -> Result<Asked, Problem> {
    let mut parameters = Parameters::default();
    for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        match &*name {
            "query" => parameters.query = Some(value.into_owned()),
            "operationName" => {
                parameters.operation_name =
                    Some(value.into_owned()).filter(|name| !name.is_empty());
            }
            "variables" => parameters.variables = json("variables", &value)?,
            "extensions" => parameters.extensions = json("extensions", &value)?,
            _ => {}
        }
    }
    parameters.into_asked()
}

fn json<T: DeserializeOwned>(name: &str, value: &str) -> Result<Option<T>, Problem> {
    if value.is_empty() {
        return Ok(None);
    }
    serde_json::from_str(value)
        .map_err(|error| Problem::bad_request(format!("`{name}` is not a JSON object: {error}")))
}

/// POST: a JSON body.
pub async fn from_body(headers: &HeaderMap, body: Body) -> Result<Asked, Problem> {
    if !is_json(headers) {
        let message = "a POST needs `content-type: application/json`";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    }
    let bytes = read(body).await?;
    serde_json::from_slice::<Parameters>(&bytes)
        .map_err(|error| {
            Problem::bad_request(format!("the body is not a GraphQL request: {error}"))
        })?
        .into_asked()
}

/// A body in full, if it is not too large and does not take too long.
pub async fn read(body: Body) -> Result<Bytes, Problem> {
    match timeout(BODY_TIMEOUT, to_bytes(body, MAX_BODY_BYTES)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => {
            let message = format!("a body of up to {MAX_BODY_BYTES} bytes is read, in full");
            Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, message))
        }
        Err(_) => {
            let message = "the body took too long";
            Err(Problem::new(StatusCode::REQUEST_TIMEOUT, message))
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}
