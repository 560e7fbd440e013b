//! Where an operation goes next.

use super::Endpoints;
use crate::breaker::Admission;
use crate::config::Transport;
use crate::endpoints::address::Address;
use crate::ladder::Rung;
use crate::time::{Instant, Span};

/// A wait that a server asks for and that is longer than this sends an operation elsewhere.
pub const LONG_WAIT: Span = Span::from_secs(4);

/// Where an operation goes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// There.
    Take(Transport),
    /// Nowhere before this moment: the server wants it so.
    Wait(Instant),
    /// Nowhere before this moment: no breaker lets it through.
    Later(Instant),
    /// Nowhere before a breaker is reset.
    Never,
    /// No transport can carry it.
    Nowhere,
}

/// The rungs that have failed since an operation's last pass over the ladder.
#[derive(Clone, Copy, Debug, Default)]
pub struct Failed(u32);

impl Failed {
    pub const fn add(&mut self, transport: Transport) {
        self.0 |= 1 << transport as u32;
    }

    pub fn extend(&mut self, transport: Option<Transport>) {
        if let Some(transport) = transport {
            self.add(transport);
        }
    }

    #[must_use]
    pub const fn has(self, transport: Transport) -> bool {
        self.0 & 1 << transport as u32 != 0
    }
}

/// The connections that operations share, and that one could join.
#[derive(Clone, Copy, Debug, Default)]
pub struct Up {
    pub socket: bool,
    pub stream: bool,
}

impl Up {
    const fn has(self, transport: Transport) -> bool {
        match transport {
            Transport::EventSource => false,
            Transport::Fetch => self.stream,
            Transport::WebSocket => self.socket,
        }
    }
}

/// What an operation can use, and what stands in its way.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    pub rungs: &'a [Rung],
    pub up: Up,
    /// `None`: it falls forward.
    pub failed: Option<Failed>,
    /// The server wants no request over HTTP before then.
    pub not_before: Option<Instant>,
}

impl Wish<'_> {
    fn wait(&self, transport: Transport, now: Instant) -> Option<Instant> {
        let is_held = transport.address() == Address::Http;
        self.not_before.filter(|&at| is_held && at > now)
    }
}

impl Endpoints {
    /// The first of the rungs whose breaker lets an attempt through. While a lower one is
    /// well, only the operation that falls forward, and so has no `failed`, tries one that has
    /// been failing; and nobody goes back to such a one before all others had their turn.
    ///
    /// What is up can be joined, whatever its breaker says, unless it is isolated. A wait that
    /// the server asks for is waited for if it is short; a long one is a reason to go elsewhere.
    pub fn choose(&mut self, wish: Wish<'_>, now: Instant, random: f64) -> Choice {
        let rungs = wish.rungs;
        let first = wish
            .failed
            .map_or(0, |failed| self.foothold(rungs, failed, now));
        let rungs = rungs.get(first..).unwrap_or_default();
        match self.first_of(Wish { rungs, ..wish }, now, random) {
            choice @ (Choice::Take(_) | Choice::Wait(_)) => choice,
            Choice::Later(_) | Choice::Never | Choice::Nowhere => self.first_of(wish, now, random),
        }
    }

    fn first_of(&mut self, wish: Wish<'_>, now: Instant, random: f64) -> Choice {
        let mut choice = Choice::Nowhere;
        for rung in wish.rungs.iter().filter(|rung| rung.obstacle.is_none()) {
            let Some(breaker) = self.breaker_mut(rung.transport) else {
                continue;
            };
            let joins = wish.up.has(rung.transport);
            let wait = wish.wait(rung.transport, now);
            let next = match (breaker.admission(now, random), wait) {
                (Admission::Never, _) => Choice::Never,
                (Admission::Yes, None) => return Choice::Take(rung.transport),
                (Admission::Later(_), _) if joins => return Choice::Take(rung.transport),
                (Admission::Yes, Some(at)) if at.since(now) <= LONG_WAIT => {
                    return Choice::Wait(at);
                }
                (Admission::Yes, Some(at)) => Choice::Wait(at),
                (Admission::Later(at), wait) => Choice::Later(wait.map_or(at, |wait| at.max(wait))),
            };
            choice = earlier(choice, next);
        }
        choice
    }
}

/// What comes to an end is better than what does not.
fn earlier(one: Choice, other: Choice) -> Choice {
    let end = |choice| match choice {
        Choice::Wait(at) | Choice::Later(at) => Some(at),
        Choice::Take(_) | Choice::Never | Choice::Nowhere => None,
    };
    match (end(one), end(other)) {
        (Some(a), Some(b)) if a <= b => one,
        (Some(_), None) => one,
        _ => other,
    }
}
