//! Messages on their way to the client, and what befalls them.

use graphql_lifeline::config::Transport;
use graphql_lifeline::io::{Attempt, SOCKET};

use super::event::Event;
use super::fault::{Fault, below};
use super::plan::{FAULTS_END, MESSAGES_END};
use super::server::Sent;
use super::world::World;

impl World {
    /// A message for everybody.
    pub fn publish(&mut self) {
        let n = self.server.publish();
        // A page that does not run hears of it when it goes on.
        let stopped = self.stopped().map_or(0, |until| until - self.now);
        let awake = self.clock().wall.as_millis() + stopped;
        self.oracle.published(n, self.due, awake);
        for attempt in self.server.listeners() {
            self.send(attempt, n);
        }
        let next = self.now + 1 + below(&mut self.random, self.plan.pace * 2);
        if next < MESSAGES_END {
            self.at(next, Event::Publish);
        }
    }

    /// A message for one, and what befalls it.
    pub fn send(&mut self, attempt: Attempt, n: u64) {
        if self.server.is_silent(attempt) {
            for n in self.server.held(attempt).into_iter().chain([n]) {
                self.oracle.swallowed(attempt.op, n);
            }
            return;
        }
        if self.is_hit(|fault| match fault {
            Fault::Drop { one_in } => Some(*one_in),
            _ => None,
        }) {
            return self.oracle.swallowed(attempt.op, n);
        }
        if self
            .active(|fault| matches!(fault, Fault::Reorder))
            .is_some()
        {
            if let Some((first, held)) = self.server.reorder(attempt, n) {
                self.carry(attempt, first);
                self.carry_late(attempt, held);
            }
            return;
        }
        if let Some(held) = self.server.held(attempt) {
            self.carry_late(attempt, held);
        }
        self.carry(attempt, n);
    }

    /// What was held back so long that no break explains its loss.
    pub fn carry_late(&mut self, attempt: Attempt, n: u64) {
        let now = self.clock().wall.as_millis();
        self.oracle.held_back(attempt.op, n, now);
        if !self.carry(attempt, n) {
            self.oracle.swallowed(attempt.op, n);
        }
    }

    /// A connection is gone.
    pub fn lose(&mut self, carrier: Attempt) {
        self.reservations.lost(carrier);
        for (attempt, n) in self.server.lost(carrier) {
            self.oracle.swallowed(attempt.op, n);
        }
    }

    /// Did it go through?
    pub fn carry(&mut self, attempt: Attempt, n: u64) -> bool {
        let cuts = self.is_hit(|fault| match fault {
            Fault::Cut { one_in } => Some(*one_in),
            _ => None,
        });
        let ends = self.is_hit(|fault| match fault {
            Fault::End { one_in } => Some(*one_in),
            _ => None,
        });
        let garbles = self.is_hit(|fault| match fault {
            Fault::Garble { one_in } => Some(*one_in),
            _ => None,
        });
        let Some(Sent {
            carrier,
            bytes,
            text,
        }) = self.server.encode(attempt, n, garbles)
        else {
            return false;
        };
        self.sends(carrier);
        // One behind the other, on one connection.
        let at = self.now + 15;
        match (cuts || ends, text) {
            (false, Some(text)) => self.at(at, Event::Text(carrier, text)),
            (false, None) => self.split(at, carrier, bytes),
            (true, Some(_)) => {
                self.at(at, Event::Closed(carrier, if cuts { 1006 } else { 1001 }));
                self.lose(carrier);
            }
            (true, None) => {
                let part = below(&mut self.random, bytes.len() as u64) as usize;
                self.at(at, Event::Bytes(carrier, bytes[..part].to_vec()));
                let end = if cuts {
                    Event::Failed(carrier)
                } else {
                    Event::Ended(carrier)
                };
                self.at(at, end);
                self.lose(carrier);
            }
        }
        !(cuts || ends || garbles)
    }

    /// Bytes come cut anywhere.
    pub fn split(&mut self, at: u64, carrier: Attempt, bytes: Vec<u8>) {
        if self.open.get(&carrier) == Some(&Transport::EventSource) {
            return self.at(at, Event::Bytes(carrier, bytes));
        }
        let (first, second) = bytes.split_at(below(&mut self.random, bytes.len() as u64) as usize);
        let (first, second) = (first.to_vec(), second.to_vec());
        self.at(at, Event::Bytes(carrier, first));
        self.at(at, Event::Bytes(carrier, second));
    }

    pub fn beat(&mut self) {
        let reserved = self.reservations.open();
        for attempt in self.server.streams().into_iter().chain(reserved) {
            let streams = self.open.get(&attempt) == Some(&Transport::Fetch);
            if streams && !self.server.is_silent(attempt) {
                self.sends(attempt);
                *self.liveness.beats.entry(attempt).or_default() += 1;
                self.at(self.now + 15, Event::Bytes(attempt, b":\n\n".to_vec()));
            }
        }
        self.at(self.now + self.plan.heartbeat, Event::Heartbeat);
    }

    /// What a fault does at once.
    pub fn strike(&mut self, fault: Fault) {
        match fault {
            Fault::Down | Fault::Restart => {
                self.break_all();
                self.reservations.forget();
            }
            Fault::SocketDown => {
                for (&attempt, _) in self.open.clone().iter().filter(|(it, _)| it.op == SOCKET) {
                    self.lose(attempt);
                    self.at(self.now, Event::Closed(attempt, 1006));
                }
            }
            Fault::Silence => {
                for &attempt in self.open.keys() {
                    self.server.silence(attempt);
                }
            }
            Fault::Sleep { ms } => self.sleep(ms),
            Fault::Expire => self.expire(),
            _ => {}
        }
    }

    pub fn break_all(&mut self) {
        for attempt in self.connections() {
            self.lose(attempt);
            let event = if attempt.op == SOCKET {
                Event::Closed(attempt, 1006)
            } else {
                Event::Failed(attempt)
            };
            self.at(self.now, event);
        }
    }

    /// Half of all sleeps stop the monotonic clock as well; in the others it goes on, and
    /// everything comes late.
    pub fn sleep(&mut self, ms: u64) {
        let longest = FAULTS_END - self.now.min(FAULTS_END);
        if below(&mut self.random, 2) == 0 {
            self.oracle.slept(self.clock().wall.as_millis(), ms);
            self.asleep += ms;
        } else {
            self.now += ms.min(longest);
        }
    }
}
