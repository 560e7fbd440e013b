//! What can be seen of an operation.

use super::{Life, Phase, Subscription, Wait};
use crate::config::Transport;
use crate::io::{Attempt, OpId, Request, State};
use crate::ladder::Rung;
use crate::time::{Instant, Wall};

impl<P> Subscription<P> {
    pub const fn id(&self) -> OpId {
        self.id
    }

    pub const fn request(&self) -> &Request {
        &self.request
    }

    pub fn rungs(&self) -> &[Rung] {
        &self.rungs
    }

    pub const fn attempt(&self) -> Attempt {
        Attempt {
            op: self.id,
            number: self.attempts,
        }
    }

    pub const fn retries(&self) -> u32 {
        self.retries
    }

    pub const fn transport(&self) -> Option<Transport> {
        match self.life {
            Life::Connecting { transport, .. } | Life::Live { transport, .. } => Some(transport),
            Life::Idle | Life::Waiting(_) | Life::Done => None,
        }
    }

    pub const fn phase(&self) -> Phase {
        match self.life {
            Life::Idle => Phase::Idle,
            Life::Connecting { .. } => Phase::Connecting,
            Life::Live { .. } => Phase::Live,
            Life::Waiting(_) => Phase::Waiting,
            Life::Done => Phase::Done,
        }
    }

    pub const fn state(&self) -> State {
        match self.life {
            Life::Idle => State::Idle,
            Life::Connecting { .. } => State::Connecting,
            Life::Live { .. } => State::Live,
            Life::Waiting(_) => State::Waiting,
            Life::Done => State::Closed,
        }
    }

    pub const fn deadline(&self) -> Option<Instant> {
        match self.life {
            Life::Connecting { deadline, .. } => deadline,
            Life::Waiting(Wait::Until { at, .. }) => Some(at),
            Life::Idle
            | Life::Live { .. }
            | Life::Waiting(Wait::Application { .. })
            | Life::Done => None,
        }
    }

    /// When the wait ends, by the wall clock.
    pub const fn retry_at(&self) -> Option<Wall> {
        match self.life {
            Life::Waiting(Wait::Until { wall, .. }) => Some(wall),
            Life::Idle
            | Life::Connecting { .. }
            | Life::Live { .. }
            | Life::Waiting(Wait::Application { .. })
            | Life::Done => None,
        }
    }
}
