//! The health of each transport, for all operations of a client: which one an attempt may
//! take, and when.

use core::time::Duration;

use crate::breaker::{Admission, Breaker, Limits, Position, Ticket};
use crate::budget::{Allowance, Budget};
use crate::config::Transport;
use crate::ladder::Rung;
use crate::random::Random;
use crate::time::Instant;

/// Where an operation goes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// There.
    Take(Transport),
    /// Nowhere before this moment.
    Later(Instant),
    /// Nowhere before a breaker is reset.
    Never,
    /// No transport can carry it.
    Nowhere,
}

/// A breaker for each transport, and the budget.
#[derive(Debug)]
pub struct Endpoints {
    breakers: [Breaker; Transport::ALL.len()],
    budget: Budget,
    /// How long an attempt may take that a half-open breaker has let through.
    timeout: Duration,
}

impl Endpoints {
    #[must_use]
    pub fn new(limits: Limits, allowance: Allowance, timeout: Duration) -> Self {
        Self {
            breakers: [Breaker::new(limits); Transport::ALL.len()],
            budget: Budget::new(allowance),
            timeout,
        }
    }

    #[must_use]
    pub fn breaker(&self, transport: Transport) -> Option<&Breaker> {
        self.breakers.get(transport as usize)
    }

    pub fn breaker_mut(&mut self, transport: Transport) -> Option<&mut Breaker> {
        self.breakers.get_mut(transport as usize)
    }

    /// The positions of all breakers.
    #[must_use]
    pub fn positions(&self) -> [Position; Transport::ALL.len()] {
        self.breakers.each_ref().map(Breaker::position)
    }

    /// The first of the rungs whose breaker lets an attempt through.
    pub fn choose(&mut self, rungs: &[Rung], now: Instant, random: &mut Random) -> Choice {
        let mut choice = Choice::Nowhere;
        for rung in rungs.iter().filter(|rung| rung.obstacle.is_none()) {
            let Some(breaker) = self.breaker_mut(rung.transport) else {
                continue;
            };
            choice = match (breaker.admission(now, random.unit()), choice) {
                (Admission::Yes, _) => return Choice::Take(rung.transport),
                (Admission::Later(at), Choice::Later(earlier)) => Choice::Later(at.min(earlier)),
                (Admission::Later(at), _) => Choice::Later(at),
                (Admission::Never, Choice::Later(at)) => Choice::Later(at),
                (Admission::Never, _) => Choice::Never,
            };
        }
        choice
    }

    /// An attempt on this transport begins.
    pub fn begin(&mut self, transport: Transport, now: Instant) -> Option<Ticket> {
        let timeout = self.timeout;
        Some(self.breaker_mut(transport)?.begin(now, timeout))
    }

    /// When the next attempt that is not an operation's first may begin.
    pub fn take_token(&mut self, now: Instant) -> Instant {
        self.budget.take(now)
    }
}
