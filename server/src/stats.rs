//! The counters behind `GET /stats`, except those of streams and sockets, which `streams` keeps,
//! and those of faults, which `tally` keeps.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_graphql::parser::types::OperationType;

use crate::executions::Executions;

/// Counts what has been, or what is.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    pub fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub fn add_many(&self, times: u64) {
        self.0.fetch_add(times, Ordering::Relaxed);
    }

    fn subtract(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    pub fn clear(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

#[derive(Debug, Default)]
pub struct Stats {
    pub requests: Counter,
    pub queries: Counter,
    pub mutations: Counter,
    pub subscriptions: Counter,
    pub operations_live: Arc<Counter>,
    pub executed: Executions,
    pub messages: Counter,
    pub lagged: Counter,
    pub heartbeats: Counter,
    pub segmented: Counter,
    pub slices: Counter,
}

impl Stats {
    pub fn operation(&self, kind: OperationType) -> &Counter {
        match kind {
            OperationType::Query => &self.queries,
            OperationType::Mutation => &self.mutations,
            OperationType::Subscription => &self.subscriptions,
        }
    }

    /// A result is sent in so many slices.
    pub fn segments(&self, slices: usize) {
        self.segmented.add();
        self.slices
            .add_many(u64::try_from(slices).unwrap_or(u64::MAX));
    }

    /// Clears what has been; what lives now goes on to be counted.
    pub fn clear(&self) {
        for counter in [
            &self.requests,
            &self.queries,
            &self.mutations,
            &self.subscriptions,
            &self.messages,
            &self.lagged,
            &self.heartbeats,
            &self.segmented,
            &self.slices,
        ] {
            counter.clear();
        }
        self.executed.clear();
    }
}

/// Counts one live thing for as long as it is held.
#[derive(Debug)]
pub struct Live(Arc<Counter>);

impl Live {
    pub fn new(counter: &Arc<Counter>) -> Self {
        counter.add();
        Self(Arc::clone(counter))
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.0.subtract();
    }
}
