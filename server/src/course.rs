//! The results of one operation, as faults let them through: on both transports alike.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::Response as GraphqlResponse;
use async_graphql::ServerError;
use async_stream::stream;
use futures_util::stream::{BoxStream, Stream, StreamExt};
use serde::Deserialize;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::effect::Results;
use crate::faults::{Era, Faults};
use crate::rule::Rule;
use crate::transport::Transport;
use crate::wire::Wire;

/// A result that waits for the one after it waits no longer.
const ALONE: Duration = Duration::from_millis(500);

#[derive(Debug)]
pub struct Outcome {
    pub result: GraphqlResponse,
    /// The id of the message in it.
    pub id: Option<u64>,
    pub fall: Option<Fall>,
    /// The most bytes of a slice, if it may be sent in segments.
    pub segment: Option<usize>,
}

/// How a connection ends with a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fall {
    /// In the middle of its event.
    Cut,
    /// In place of it, as servers do whose resolver has thrown.
    Break,
    /// Behind it, in due form, but without `complete`.
    End,
}

/// What a server makes of a resolver that throws.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Throw {
    #[default]
    Break,
    /// A result with GraphQL errors, and the end.
    Error,
}

pub fn run(
    results: BoxStream<'static, GraphqlResponse>,
    wire: Arc<Wire>,
    faults: Arc<Faults>,
    transport: Transport,
) -> impl Stream<Item = Outcome> + Send + 'static {
    let mut course = Course {
        results: Some(results),
        changes: faults.changes(),
        rule: faults.rule_of(transport, wire.operation.as_deref()),
        wire,
        faults,
        transport,
        nth: 0,
        held: None,
        ready: VecDeque::new(),
    };
    stream! {
        while let Some(outcome) = course.next().await {
            yield outcome;
        }
    }
}

struct Course {
    /// None once they have ended.
    results: Option<BoxStream<'static, GraphqlResponse>>,
    wire: Arc<Wire>,
    faults: Arc<Faults>,
    transport: Transport,
    changes: watch::Receiver<Era>,
    /// As it was when last looked at.
    rule: Rule,
    /// Counts the results under this rule.
    nth: u64,
    /// Waits for the one after it.
    held: Option<(Outcome, Instant)>,
    /// Two at most.
    ready: VecDeque<Outcome>,
}

impl Course {
    async fn next(&mut self) -> Option<Outcome> {
        loop {
            if let Some(outcome) = self.ready.pop_front() {
                return Some(outcome);
            }
            if self.results.is_none() && self.rule.results != Results::Lost {
                return None;
            }
            let alone = self.held.as_ref().map(|(_, until)| *until);
            tokio::select! {
                biased;
                _ = self.changes.changed() => self.look(),
                () = wait_until(alone) => self.release(),
                result = next(&mut self.results) => self.take(result),
            }
        }
    }

    /// Follows another rule, if there is one.
    fn look(&mut self) {
        let operation = self.wire.operation.as_deref();
        let rule = self.faults.rule_of(self.transport, operation);
        if rule.era.generation != self.rule.era.generation {
            self.nth = 0;
            self.release();
        }
        self.rule = rule;
    }

    fn release(&mut self) {
        self.ready.extend(self.held.take().map(|(held, _)| held));
    }

    fn take(&mut self, result: Option<GraphqlResponse>) {
        self.look();
        let Some(result) = result else {
            self.results = None;
            self.release();
            return;
        };
        let tag = self.wire.take();
        let outcome = Outcome {
            result,
            id: tag.id,
            fall: tag
                .cut
                .is_some_and(|on| on.includes(self.transport))
                .then_some(Fall::Cut),
            segment: self.wire.segment,
        };
        self.nth += 1;
        match self.rule.results {
            Results::Flow | Results::Limited(_) => self.ready.push_back(outcome),
            Results::Lost if self.is_befallen() => {}
            Results::Thinned(every)
                if self.nth.is_multiple_of(every.get().into()) && self.is_befallen() => {}
            Results::Thrown { after, how } if self.nth > after.into() && self.is_befallen() => {
                self.throw(outcome, how);
            }
            Results::Lost | Results::Thinned(_) | Results::Thrown { .. } => {
                self.ready.push_back(outcome);
            }
            Results::Swapped => match self.held.take() {
                None => self.held = Some((outcome, Instant::now() + ALONE)),
                Some((first, _)) if self.is_befallen() => self.ready.extend([outcome, first]),
                Some((first, _)) => self.ready.extend([first, outcome]),
            },
        }
    }

    /// In place of this result, and it is the last.
    fn throw(&mut self, mut outcome: Outcome, how: Throw) {
        let error = ServerError::new("fault: the resolver has thrown", None);
        outcome.result = GraphqlResponse::from_errors(vec![error]);
        outcome.fall = Some(match how {
            Throw::Break => Fall::Break,
            Throw::Error => Fall::End,
        });
        self.results = None;
        self.ready.push_back(outcome);
    }

    fn is_befallen(&self) -> bool {
        self.faults.befalls(self.rule.era)
    }
}

/// The next result, or their end, once; nothing after that.
async fn next(
    results: &mut Option<BoxStream<'static, GraphqlResponse>>,
) -> Option<GraphqlResponse> {
    match results {
        Some(results) => results.next().await,
        None => pending().await,
    }
}

pub async fn wait_until(until: Option<Instant>) {
    match until {
        Some(until) => sleep_until(until).await,
        None => pending().await,
    }
}
