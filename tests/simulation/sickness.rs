//! What is wrong with one rung of the ladder, for all operations or for one, while another
//! rung is well; and what a connection there comes to.

use std::collections::BTreeMap;

use graphql_lifeline::config::Transport;
use graphql_lifeline::io::{Attempt, OpId, SOCKET};

use super::event::Event;
use super::world::World;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Symptom {
    /// Answered with a status; with what `Retry-After` says, in seconds.
    Refused {
        status: u16,
        retry_after: Option<u64>,
    },
    /// Answered with a result of errors instead of a stream.
    Json,
    /// Taken, and nothing comes: no head, and on a socket no `open`.
    NoHead,
    /// The connection fails.
    Unreachable,
    /// Open for so many milliseconds, and silent from then on.
    Silent { age: u64 },
    /// Broken off after so many milliseconds.
    Cut { age: u64 },
    /// The same, by a stream that asks to be left alone for a minute.
    AsksToWait { age: u64 },
    /// The resolver throws after so many milliseconds, which ends the stream.
    Throws { age: u64 },
    /// Broken off by a proxy after so many milliseconds without a byte.
    IdleLimit { limit: u64 },
    /// The socket is closed instead of acknowledged.
    ClosesEarly { code: u16 },
    /// The socket is closed for what is subscribed on it.
    Closes { code: u16 },
}

impl Symptom {
    pub const fn is_idle_limit(self) -> bool {
        matches!(self, Self::IdleLimit { .. })
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Refused {
                retry_after: Some(_),
                ..
            } => "refused, Retry-After",
            Self::Refused { status, .. } if is_refusal(status) => "refused for good",
            Self::Refused { .. } => "refused for now",
            Self::Json => "JSON",
            Self::NoHead => "no head",
            Self::Unreachable => "unreachable",
            Self::Silent { .. } => "silent",
            Self::Cut { .. } => "cut young",
            Self::AsksToWait { .. } => "retry: 60000",
            Self::Throws { .. } => "throws",
            Self::IdleLimit { .. } => "cut when idle",
            Self::ClosesEarly { .. } => "closed before the acknowledgement",
            Self::Closes { .. } => "closed for a subscribe",
        }
    }
}

/// Does this status say that the rung does not stream, rather than that it fails just now?
pub const fn is_refusal(status: u16) -> bool {
    status == 501 || status < 500 && !matches!(status, 401 | 204 | 205 | 408 | 425 | 429)
}

/// A symptom, its place and its time.
#[derive(Clone, Debug)]
pub struct Sickness {
    pub transports: Vec<Transport>,
    /// Of this operation of the plan alone.
    pub op: Option<usize>,
    pub from: u64,
    /// [`NEVER`]: it stays.
    pub until: u64,
    pub symptom: Symptom,
}

pub const NEVER: u64 = u64::MAX;

impl Sickness {
    pub fn hits(&self, transport: Transport, n: usize) -> bool {
        self.transports.contains(&transport) && self.op.is_none_or(|op| op == n)
    }
}

impl World {
    /// Which operation of the plan that is.
    pub fn planned(&self, op: OpId) -> Option<usize> {
        let mut all = self.ops.iter();
        all.find(|(_, it)| **it == op).map(|(&n, _)| n)
    }

    fn concerns(&self, sickness: &Sickness, transport: Transport, op: OpId) -> bool {
        let is_theirs = sickness.op.is_none() || sickness.op == self.planned(op);
        is_theirs && sickness.transports.contains(&transport)
    }

    /// What befalls this operation over this transport just now.
    pub fn symptom(&self, transport: Transport, op: OpId) -> Option<Symptom> {
        let mut all = self.plan.sicknesses.iter();
        let is_now = |it: &&Sickness| it.from <= self.now && self.now < it.until;
        all.find(|it| is_now(it) && self.concerns(it, transport, op))
            .map(|it| it.symptom)
    }

    /// Is a request let in all the same? What befalls the connection later is set going.
    pub fn is_let_in_by(&mut self, attempt: Attempt, transport: Transport) -> bool {
        let Some(symptom) = self.symptom(transport, attempt.op) else {
            return true;
        };
        match symptom {
            Symptom::Refused {
                status,
                retry_after,
            } if transport != Transport::EventSource => {
                self.oracle.refusals.insert(status);
                let at = self.now + 10;
                let head = Event::Head(attempt, status, "text/plain", retry_after);
                self.at(at, head);
                self.at(at + 5, Event::Ended(attempt));
            }
            Symptom::Json if transport != Transport::EventSource => {
                let at = self.now + 10;
                let body = b"{\"data\":null,\"errors\":[{\"message\":\"no streams here\"}]}";
                self.at(at, Event::Head(attempt, 200, "application/json", None));
                self.at(at + 5, Event::Bytes(attempt, body.to_vec()));
                self.at(at + 10, Event::Ended(attempt));
            }
            Symptom::Refused { .. } | Symptom::Json | Symptom::Unreachable => {
                self.soon(Event::Failed(attempt));
            }
            Symptom::NoHead => {}
            Symptom::Silent { .. }
            | Symptom::Cut { .. }
            | Symptom::AsksToWait { .. }
            | Symptom::Throws { .. }
            | Symptom::IdleLimit { .. } => {
                self.doom(attempt, symptom);
                return true;
            }
            Symptom::ClosesEarly { .. } | Symptom::Closes { .. } => return true,
        }
        false
    }

    /// A connection opens that will not last.
    pub fn doom(&mut self, attempt: Attempt, symptom: Symptom) {
        let open = self.now + 20;
        let (Symptom::Silent { age }
        | Symptom::Cut { age }
        | Symptom::AsksToWait { age }
        | Symptom::Throws { age }) = symptom
        else {
            // As long as something comes it stays.
            self.sends(attempt);
            return self.at(open, Event::Worsens(attempt, symptom));
        };
        self.liveness.doomed.insert(attempt);
        let asks = matches!(symptom, Symptom::AsksToWait { .. });
        if asks && self.open.get(&attempt) == Some(&Transport::Fetch) {
            self.at(open, Event::Bytes(attempt, b"retry: 60000\n\n".to_vec()));
        }
        self.at(open + age, Event::Worsens(attempt, symptom));
    }

    /// What had to come of a connection comes.
    pub fn worsen(&mut self, attempt: Attempt, symptom: Symptom) {
        if !self.open.contains_key(&attempt) {
            return;
        }
        match symptom {
            Symptom::Silent { .. } => return self.server.silence(attempt),
            Symptom::IdleLimit { limit } if !self.idles(attempt, limit, symptom) => return,
            _ => {}
        }
        self.lose(attempt);
        let event = match symptom {
            _ if attempt.op == SOCKET => Event::Closed(attempt, 1006),
            Symptom::Throws { .. } => Event::Ended(attempt),
            _ => Event::Failed(attempt),
        };
        self.at(self.now, event);
    }

    /// A rung falls sick: it lets go of what is open there, or falls silent.
    pub fn sicken(&mut self, n: usize) {
        let sickness = self.plan.sicknesses[n].clone();
        // What begins with the run has nothing to let go of.
        let open = if sickness.from == 0 {
            BTreeMap::new()
        } else {
            self.open.clone()
        };
        let hit = |(attempt, transport): &(Attempt, Transport)| {
            self.concerns(&sickness, *transport, attempt.op)
        };
        let hit: Vec<_> = open.into_iter().filter(hit).collect();
        for (attempt, _) in hit {
            self.worsen(attempt, sickness.symptom);
        }
    }

    /// What a sick socket does with an operation's request. Is it taken?
    pub fn is_subscribed_by(&mut self, socket: Attempt, attempt: Attempt) -> bool {
        let symptom = self.symptom(Transport::WebSocket, attempt.op);
        let Some(Symptom::Closes { code }) = symptom else {
            return true;
        };
        self.lose(socket);
        self.soon(Event::Closed(socket, code));
        false
    }
}
