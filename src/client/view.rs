//! What can be seen of a client.

use alloc::vec::Vec;

use super::{Client, Counters};
use crate::breaker::Breaker;
use crate::config::Transport;
use crate::io::{OpId, Request, State};
use crate::ladder::Rung;
use crate::payload::Payload;
use crate::sizes::Sizes;
use crate::subscription::Subscription;
use crate::time::Wall;

impl<P: Payload> Client<P> {
    /// Grows with every change, so that a picture can be kept until it is out of date.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    /// The state of an operation; `Closed` once it is gone.
    #[must_use]
    pub fn operation_state(&self, op: OpId) -> State {
        self.operations
            .get(op)
            .map_or(State::Closed, Subscription::state)
    }

    /// The transports in order of preference, and why one is left out for all operations.
    #[must_use]
    pub fn ladder(&self) -> Vec<Rung> {
        let mut rungs = self.config.ladder.clone();
        self.endpoints.addresses.mark(&mut rungs);
        rungs
    }

    /// The breaker of a transport.
    #[must_use]
    pub fn breaker(&self, transport: Transport) -> Option<&Breaker> {
        self.endpoints.breaker(transport)
    }

    /// How large a transport's results are.
    #[must_use]
    pub fn sizes(&self, transport: Transport) -> Option<&Sizes> {
        self.sizes.get(transport as usize)
    }

    /// The transport of the newest live connection.
    #[must_use]
    pub fn transport(&self) -> Option<Transport> {
        self.operations
            .values()
            .rev()
            .find(|subscription| matches!(subscription.state(), State::Live | State::Suspect))
            .and_then(Subscription::transport)
    }

    /// A picture of each operation, the oldest first.
    pub fn operations(&self) -> impl Iterator<Item = OperationView<'_>> {
        let own = self.operations.values().filter(|it| !it.is_reserved());
        own.map(|subscription| OperationView {
            id: subscription.id(),
            request: subscription.request(),
            state: subscription.state(),
            transport: subscription.transport(),
            attempt: subscription.attempts(),
            retries: subscription.retries(),
            retry_at: subscription.retry_at(),
            rungs: subscription.rungs(),
            held: subscription.held(),
            hydrating: subscription.hydrating(),
        })
    }
}

/// A picture of one operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationView<'a> {
    pub id: OpId,
    pub request: &'a Request,
    pub state: State,
    pub transport: Option<Transport>,
    pub attempt: u32,
    pub retries: u32,
    /// When the next attempt begins, if a time is set.
    pub retry_at: Option<Wall>,
    pub rungs: &'a [Rung],
    /// How many results wait for a backfill.
    pub held: usize,
    /// How many are on their way from notification to whole result.
    pub hydrating: usize,
}
