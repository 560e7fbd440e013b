//! Runs the operations of one socket, with results as faults let them through.

use std::future::pending;
use std::sync::Arc;

use async_graphql::{Data, Executor, Request, Response, ServerError};
use async_stream::stream;
use futures_util::stream::{self, BoxStream, StreamExt};
use tokio::sync::{Notify, Semaphore};

use crate::course::{self, Fall};
use crate::faults::Faults;
use crate::operation::{self, Operations};
use crate::transport::Transport;
use crate::wire::Wire;

/// So many operations may run on one socket at a time: each of them costs memory.
const MAX_OPERATIONS: usize = 1000;

#[derive(Clone)]
pub struct Subscriber {
    operations: Operations,
    faults: Arc<Faults>,
    lagged: Arc<Notify>,
    cut: Arc<Notify>,
    thrown: Arc<Notify>,
    places: Arc<Semaphore>,
}

impl Subscriber {
    pub fn new(operations: Operations, faults: Arc<Faults>) -> Self {
        Self {
            operations,
            faults,
            lagged: Arc::default(),
            cut: Arc::default(),
            thrown: Arc::default(),
            places: Arc::new(Semaphore::new(MAX_OPERATIONS)),
        }
    }

    /// Notified when one of the operations has lost messages.
    pub fn lagged(&self) -> Arc<Notify> {
        Arc::clone(&self.lagged)
    }

    /// Notified when a result has come that the socket is to break instead of.
    pub fn cut(&self) -> Arc<Notify> {
        Arc::clone(&self.cut)
    }

    /// Notified when a resolver has thrown, and nothing caught it.
    pub fn thrown(&self) -> Arc<Notify> {
        Arc::clone(&self.thrown)
    }
}

impl Executor for Subscriber {
    async fn execute(&self, request: Request) -> Response {
        self.operations.execute(request).await
    }

    fn execute_stream(
        &self,
        mut request: Request,
        session: Option<Arc<Data>>,
    ) -> BoxStream<'static, Response> {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            let message = format!("at most {MAX_OPERATIONS} operations run on one socket");
            let refusal = Response::from_errors(vec![ServerError::new(message, None)]);
            return stream::once(async { refusal }).boxed();
        };
        let name = operation::name(&mut request);
        let wire = Arc::new(Wire::new(Transport::Ws, None, self.lagged()).named(name));
        let request = request.data(Arc::clone(&wire));
        let results = self.operations.execute_stream(request, session);
        let faults = Arc::clone(&self.faults);
        let mut outcomes = course::run(results, wire, faults, Transport::Ws).boxed();
        let (cut, thrown) = (self.cut(), self.thrown());
        stream! {
            let _place = place;
            while let Some(outcome) = outcomes.next().await {
                let end = match outcome.fall {
                    Some(Fall::Cut) => &cut,
                    Some(Fall::Break) => &thrown,
                    // A socket does not end with one of its operations.
                    Some(Fall::End) | None => {
                        yield outcome.result;
                        continue;
                    }
                };
                end.notify_one();
                pending::<()>().await;
            }
        }
        .boxed()
    }
}
