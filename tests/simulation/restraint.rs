//! What a client does not do while its page is away: held against each connection that it opens.

use graphql_lifeline::config::Transport;
use graphql_lifeline::document::Kind;
use graphql_lifeline::io::{Attempt, Reason, SOCKET, State};
use graphql_lifeline::presence::SLOW;

use super::oracle::Oracle;
use super::world::World;

impl Oracle {
    /// The page has turned: attempts are to be a minute apart from now on, or not.
    pub fn turned(&mut self, slows: bool, now: u64) {
        let next = now + SLOW.as_millis();
        self.slow = slows.then(|| self.slow.unwrap_or(next));
    }

    pub fn renewed(&mut self, socket: bool, times: u32) {
        self.renewals[usize::from(socket)] += times;
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
    pub fn judge_opening(&mut self, attempt: Attempt, transport: Transport, reason: Reason) {
        if self.reconnects
            || self.is_for_an_effect(attempt)
            || self.goes_on(attempt, transport, reason)
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

    /// What has an effect may not wait, nor its socket.
    fn is_for_an_effect(&self, attempt: Attempt) -> bool {
        self.client.operations().any(|it| {
            it.request.kind == Kind::Mutation && (attempt.op == SOCKET || attempt.op == it.id)
        })
    }

    /// Another try with new credentials, and a fetch that asks why an EventSource has failed,
    /// are a part of the same attempt.
    fn goes_on(&self, attempt: Attempt, transport: Transport, reason: Reason) -> bool {
        let number = attempt.number - 1;
        let last = self.oracle.last.get(&Attempt { number, ..attempt });
        let asks = attempt.op != SOCKET
            && last == Some(&Transport::EventSource)
            && transport == Transport::Fetch;
        asks || matches!(reason, Reason::Unauthorized(_))
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
