//! The two addresses of a server, and what it has said of itself there: how long it wants to be
//! left alone, and that it does not stream.

use crate::config::Transport;
use crate::ladder::{Obstacle, Rung};
use crate::time::Instant;

/// EventSource and fetch go to the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    Http,
    Socket,
}

impl Transport {
    /// Where it goes to.
    #[must_use]
    pub const fn address(self) -> Address {
        match self {
            Self::EventSource | Self::Fetch => Address::Http,
            Self::WebSocket => Address::Socket,
        }
    }
}

/// What is known of both, for all operations of a client.
#[derive(Clone, Copy, Debug, Default)]
pub struct Addresses {
    /// `Retry-After`; a socket cannot say so.
    not_before: Option<Instant>,
    http: Known,
    socket: Known,
}

#[derive(Clone, Copy, Debug, Default)]
struct Known {
    /// Results have come from there.
    has_streamed: bool,
    /// It refuses what another address streams.
    is_passed_over: bool,
    /// It did, and has streamed nothing since.
    was_passed_over: bool,
}

impl Addresses {
    /// The server wants no request before then.
    pub fn hold_back(&mut self, until: Instant) {
        self.not_before = self.not_before.max(Some(until));
    }

    /// When requests are wanted again, if that is still to come.
    #[must_use]
    pub fn not_before(&self, now: Instant) -> Option<Instant> {
        self.not_before.filter(|&at| at > now)
    }

    /// The application does not want to wait for that.
    pub const fn stop_waiting(&mut self) {
        self.not_before = None;
    }

    /// Results come from there. Had it been passed over?
    pub const fn stream(&mut self, address: Address) -> bool {
        let known = self.known_mut(address);
        known.has_streamed = true;
        core::mem::replace(&mut known.was_passed_over, false)
    }

    /// It refused what now streams elsewhere: others need not ask it first, unless it has
    /// streamed, so that it was one operation that it refused.
    pub const fn pass_over(&mut self, address: Address) {
        let known = self.known_mut(address);
        known.is_passed_over = !known.has_streamed;
        known.was_passed_over |= known.is_passed_over;
    }

    /// Is asked again by whoever comes next.
    pub const fn ask_again(&mut self) {
        self.http.is_passed_over = false;
        self.socket.is_passed_over = false;
    }

    /// Leaves out what is passed over, and lets in what is not any more. Never the last that
    /// could be used.
    pub fn mark(&self, rungs: &mut [Rung]) {
        for rung in rungs.iter_mut() {
            let is_passed_over = self.known(rung.transport.address()).is_passed_over;
            rung.obstacle = match rung.obstacle {
                None | Some(Obstacle::PassedOver) => is_passed_over.then_some(Obstacle::PassedOver),
                other => other,
            };
        }
        if rungs.iter().all(|rung| rung.obstacle.is_some()) {
            crate::ladder::let_in(rungs, Obstacle::PassedOver);
        }
    }

    const fn known(&self, address: Address) -> &Known {
        match address {
            Address::Http => &self.http,
            Address::Socket => &self.socket,
        }
    }

    const fn known_mut(&mut self, address: Address) -> &mut Known {
        match address {
            Address::Http => &mut self.http,
            Address::Socket => &mut self.socket,
        }
    }
}
