//! What a client does not do while its page is away: held against each connection that it opens.

use graphql_lifeline::config::Transport;
use graphql_lifeline::document::Kind;
use graphql_lifeline::io::{Attempt, OpId, Reason, SOCKET, State};
use graphql_lifeline::presence::SLOW;
use graphql_lifeline::response::Want;

use super::oracle::Oracle;
use super::room::Connection;
use super::world::World;

impl Oracle {
    /// The page has turned: attempts are to be a minute apart from now on, or not.
    pub fn turned(&mut self, slows: bool, now: u64) {
        let next = now + SLOW.as_millis();
        self.slow = slows.then(|| self.slow.unwrap_or(next));
    }

    /// Whose effect is done, and whose answer is on its way.
    pub fn awaited(&self) -> Vec<OpId> {
        let ops = self.ops.iter();
        let awaited = ops.filter(|(_, it)| it.executions > 0 && !it.over);
        awaited.map(|(&op, _)| op).collect()
    }

    /// The page has turned: what has no second chance has not lost its only one.
    pub fn judge_answers(&mut self, awaited: &[OpId]) {
        for op in awaited.iter().filter(|op| self.ops[*op].over) {
            self.faults.push(format!("{op}: given up with its page"));
        }
    }

    pub fn renewed(&mut self, way: usize, times: u32) {
        self.renewals[way] += times;
    }

    fn attempted(&mut self, attempt: Attempt, now: u64) {
        let next = now + SLOW.as_millis();
        if let Some(slow) = self.slow.replace(next).filter(|slow| now < *slow) {
            let early = slow - now;
            self.faults
                .push(format!("{attempt:?} within a minute, {early} ms too early"));
        }
    }
}

impl World {
    pub fn judge_opening(&mut self, it: Connection) {
        let attempt = it.attempt;
        // What rides on a stream opens none.
        if it.want == Want::Accepted
            || self.reconnects
            || self.is_for_an_effect(it)
            || self.goes_on(it)
        {
            return;
        }
        if self.rests() {
            let what = format!("{attempt:?} at rest, at {}", self.now);
            self.oracle.faults.push(what);
        } else if self.oracle.slow.is_some() && !self.is_first(attempt) {
            self.oracle.attempted(attempt, self.now);
        }
    }

    /// What has an effect may not wait, nor its socket or stream; nor an answer that somebody
    /// waits for.
    fn is_for_an_effect(&self, Connection { attempt, want, .. }: Connection) -> bool {
        let is_shared = attempt.op == SOCKET || want == Want::Reserved;
        self.client
            .operations()
            .any(|it| it.request.kind != Kind::Subscription && (is_shared || attempt.op == it.id))
    }

    /// Another try with new credentials, and a fetch that asks why an EventSource has failed,
    /// are a part of the same attempt.
    fn goes_on(&self, it: Connection) -> bool {
        let first = Attempt {
            number: 0,
            ..it.attempt
        };
        // On the socket there may have been one in between.
        let before = self.oracle.last.range(first..it.attempt).next_back();
        let asks = it.attempt.op != SOCKET
            && before.is_some_and(|(_, transport)| *transport == Transport::EventSource)
            && it.transport == Transport::Fetch;
        asks || matches!(it.reason, Reason::Unauthorized(_))
    }

    /// First attempts are free.
    fn is_first(&self, attempt: Attempt) -> bool {
        if attempt.op == SOCKET {
            let is_first = |state, attempt| state == State::Connecting && attempt == 1;
            let mut all = self.client.operations();
            return all.any(|it| is_first(it.state, it.attempt));
        }
        attempt.number == 1
    }
}
