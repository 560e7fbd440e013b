//! The server's token, and what the application does about it.

use std::collections::BTreeMap;

use graphql_lifeline::config::{HeadersSource, Transport};
use graphql_lifeline::io::{Attempt, Reason, SOCKET};
use graphql_lifeline::socket::APART;

use super::event::Event;
use super::sabotage::Sabotage;
use super::world::World;

/// Tokens are numbered; the server wants the current one.
#[derive(Default)]
pub struct Tokens {
    current: u32,
    /// What the application has.
    held: u32,
    /// The newest renewal of headers, and what it brought.
    renewal: u32,
    fresh: u32,
    /// What attempts show.
    shown: BTreeMap<Attempt, u32>,
}

impl World {
    pub fn has_tokens(&self) -> bool {
        self.plan.options.headers == HeadersSource::Function
    }

    /// The application is asked for headers, or for what goes with a socket's greeting.
    pub fn ask(&mut self, attempt: Attempt, reason: Reason) {
        let tokens = &mut self.tokens;
        let shown = match reason {
            Reason::Connect | Reason::Renew => tokens.held,
            Reason::Unauthorized(number) if attempt.op != SOCKET && number <= tokens.renewal => {
                tokens.fresh
            }
            Reason::Unauthorized(number) => {
                tokens.held = tokens.current;
                if attempt.op != SOCKET {
                    (tokens.renewal, tokens.fresh) = (number, tokens.held);
                }
                let times = 1 + u32::from(self.saboteur.is(Sabotage::Refreshes));
                self.oracle.renewed(way(attempt), times);
                tokens.held
            }
        };
        self.tokens.shown.insert(attempt, shown);
    }

    /// Does the server refuse what this one shows?
    pub fn is_refused(&self, attempt: Attempt) -> bool {
        self.has_tokens() && self.tokens.shown.get(&attempt) != Some(&self.tokens.current)
    }

    /// The current token is worth nothing any more: what is open ends.
    pub fn expire(&mut self) {
        self.tokens.current += 1;
        self.oracle.expiries += 1;
        for attempt in self.connections() {
            self.lose(attempt);
            let event = if attempt.op == SOCKET {
                Event::Closed(attempt, 4403)
            } else {
                Event::Failed(attempt)
            };
            self.at(self.now, event);
        }
    }

    /// A 401, which EventSource hides.
    pub fn refuse(&mut self, attempt: Attempt, transport: Transport) {
        if transport == Transport::EventSource {
            return self.soon(Event::Failed(attempt));
        }
        let at = self.now + 10;
        self.at(at, Event::Head(attempt, 401, "text/plain", None));
        self.at(at + 5, Event::Ended(attempt));
    }
}

/// By requests, by the shared socket, or by one that is for a suspect: each asks for itself.
fn way(attempt: Attempt) -> usize {
    match attempt {
        Attempt { op: SOCKET, number } if number > APART => 2,
        Attempt { op: SOCKET, .. } => 1,
        _ => 0,
    }
}
