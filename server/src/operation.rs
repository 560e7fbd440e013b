//! Running operations, whatever the transport: counted, and started at once.

use std::sync::Arc;

use async_graphql::parser::types::{DocumentOperations, OperationType};
use async_graphql::{Data, Executor, Request, Response, ServerError};
use futures_util::FutureExt;
use futures_util::stream::{self, BoxStream, StreamExt};

use crate::extent;
use crate::schema::ChatSchema;
use crate::stats::{Live, Stats};

/// The kind of the operation that a request asks for; none if that cannot be told.
pub fn kind(request: &mut Request) -> Option<OperationType> {
    let name = request.operation_name.clone();
    let document = request.parsed_query().ok()?;
    let operation = match (&document.operations, name) {
        (DocumentOperations::Single(operation), _) => operation,
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name.as_str())?,
        (DocumentOperations::Multiple(operations), None) => {
            let mut all = operations.values();
            let only = all.next()?;
            if all.next().is_some() {
                return None;
            }
            only
        }
    };
    Some(operation.node.ty)
}

/// The name of the operation that a request asks for, if it has one.
pub fn name(request: &mut Request) -> Option<String> {
    if request.operation_name.is_some() {
        return request.operation_name.clone();
    }
    match &request.parsed_query().ok()?.operations {
        DocumentOperations::Single(_) => None,
        DocumentOperations::Multiple(operations) => {
            let mut names = operations.keys();
            let only = names.next()?;
            names.next().is_none().then(|| only.to_string())
        }
    }
}

#[derive(Clone)]
pub struct Operations {
    schema: ChatSchema,
    stats: Arc<Stats>,
}

impl Operations {
    pub fn new(schema: ChatSchema, stats: Arc<Stats>) -> Self {
        Self { schema, stats }
    }

    /// Refuses what is too much to look at, and counts the rest, as live until the answer is
    /// dropped. A request of no kind is not counted: the schema tells it what is wrong with it.
    fn admit(&self, request: &mut Request) -> Result<Option<Live>, String> {
        if let Ok(document) = request.parsed_query() {
            extent::check(document)?;
        }
        Ok(kind(request).map(|kind| {
            self.stats.operation(kind).add();
            Live::new(&self.stats.operations_live)
        }))
    }
}

impl Executor for Operations {
    async fn execute(&self, mut request: Request) -> Response {
        match self.admit(&mut request) {
            Ok(live) => {
                let response = self.schema.execute(request).await;
                drop(live);
                response
            }
            Err(message) => refusal(message),
        }
    }

    fn execute_stream(
        &self,
        mut request: Request,
        session: Option<Arc<Data>>,
    ) -> BoxStream<'static, Response> {
        let live = match self.admit(&mut request) {
            Ok(live) => live,
            Err(message) => return stream::once(async { refusal(message) }).boxed(),
        };
        let session = session.unwrap_or_default();
        let mut results = self
            .schema
            .execute_stream_with_session_data(request, session);
        // Polled once here, so that a subscription is in place before its transport answers:
        // headers received, or a ping answered, means subscribed. No resolver waits before that.
        let first = results.next().now_or_never();
        let results = match first {
            Some(Some(response)) => stream::once(async { response }).chain(results).boxed(),
            Some(None) => stream::empty().boxed(),
            None => results,
        };
        results
            .inspect(move |_| {
                let _ = &live;
            })
            .boxed()
    }
}

fn refusal(message: String) -> Response {
    Response::from_errors(vec![ServerError::new(message, None)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Chat;
    use crate::history::Bounds;
    use crate::{faults::Faults, message::Draft, schema};

    fn kind_of(query: &str, name: Option<&str>) -> Option<OperationType> {
        let mut request = Request::new(query);
        request.operation_name = name.map(String::from);
        kind(&mut request)
    }

    #[test]
    fn the_kind_is_that_of_the_operation_that_will_run() {
        let two = "query A { latest } mutation B { send }";
        assert_eq!(kind_of(two, Some("A")), Some(OperationType::Query));
        assert_eq!(kind_of(two, Some("B")), Some(OperationType::Mutation));
        assert_eq!(kind_of(two, Some("C")), None);
        assert_eq!(kind_of(two, None), None);
        let one = "subscription A { messages { id } }";
        assert_eq!(kind_of(one, None), Some(OperationType::Subscription));
        assert_eq!(kind_of("{ latest", None), None);
    }

    #[test]
    fn the_name_is_that_of_the_operation_that_will_run() {
        let named = |query: &str, given: Option<&str>| {
            let mut request = Request::new(query);
            request.operation_name = given.map(String::from);
            name(&mut request)
        };
        let two = "query A { latest } query B { latest }";
        assert_eq!(named(two, Some("A")).as_deref(), Some("A"));
        assert_eq!(named(two, None), None);
        assert_eq!(named("query A { latest }", None).as_deref(), Some("A"));
        assert_eq!(named("{ latest }", None), None);
        assert_eq!(named("{ latest", None), None);
    }

    #[tokio::test]
    async fn a_subscription_is_in_place_before_anyone_polls_it() {
        let chat = Arc::new(Chat::new(Bounds::default()));
        let stats = Arc::new(Stats::default());
        let faults = Arc::<Faults>::default();
        let schema = schema::build(Arc::clone(&chat), faults, Arc::clone(&stats));
        let operations = Operations::new(schema, Arc::clone(&stats));
        let request = Request::new("subscription { messages { id } }");
        let mut results = operations.execute_stream(request, None);
        chat.send(Draft::new("ann", "hi".into()).unwrap(), None);
        let result = serde_json::to_string(&results.next().await).unwrap();
        assert_eq!(result, r#"{"data":{"messages":{"id":1}}}"#);
        assert_eq!(stats.operations_live.get(), 1);
        drop(results);
        assert_eq!(stats.operations_live.get(), 0);
    }
}
