//! Where the breakers stand, and who is told.

use super::Client;
use crate::breaker::{Breaker, Position};
use crate::config::Transport;
use crate::endpoints::Endpoints;
use crate::io::{Delivery, Output};
use crate::payload::Payload;
use crate::time::{Now, Wall};

impl<P: Payload> Client<P> {
    /// Puts a breaker where it was before a reload: open until then.
    pub fn restore(&mut self, now: Now, transport: Transport, until: Wall, openings: u32) {
        let until = now.monotonic + now.wall.until(until).min(self.config.breaker.max_open);
        self.endpoints.restore(transport, until, openings);
    }

    /// Lets breakers move, and reports it.
    pub(super) fn change_endpoints(&mut self, now: Now, change: impl FnOnce(&mut Endpoints)) {
        let before = self.endpoints.positions();
        change(&mut self.endpoints);
        self.report_breakers(now, before);
    }

    pub(super) fn report_breakers(&mut self, now: Now, before: [Position; Transport::ALL.len()]) {
        let after = self.endpoints.positions();
        let moves = before.into_iter().zip(after).zip(Transport::ALL);
        for ((previous, position), transport) in moves {
            if previous != position {
                self.version += 1;
                let breaker = self.endpoints.breaker(transport);
                let until = breaker.and_then(Breaker::open_until);
                self.outputs.push(Output::Deliver(Delivery::Breaker {
                    transport,
                    position,
                    previous,
                    until: until.map(|at| now.wall + at.since(now.monotonic)),
                    openings: breaker.map_or(0, Breaker::openings),
                }));
            }
        }
    }
}
