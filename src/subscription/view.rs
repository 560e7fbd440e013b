//! What can be seen of an operation.

use super::{Life, Phase, Subscription, Wait};
use crate::config::Transport;
use crate::io::{Attempt, OpId, Request, State};
use crate::ladder::Rung;
use crate::payload::Payload;
use crate::presence::Pause;
use crate::time::{Instant, Wall, earliest};

impl<P: Payload> Subscription<P> {
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
            number: self.number,
        }
    }

    /// How many attempts there were.
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    pub const fn retries(&self) -> u32 {
        self.failures
    }

    pub const fn transport(&self) -> Option<Transport> {
        match self.life {
            Life::Connecting { transport, .. } => Some(transport),
            Life::Live(ref live) => Some(live.transport),
            Life::Idle | Life::Waiting(_) | Life::Suspended { .. } | Life::Done => None,
        }
    }

    pub const fn phase(&self) -> Phase {
        match self.life {
            Life::Idle => Phase::Idle,
            Life::Connecting { .. } => Phase::Connecting,
            Life::Live(_) => Phase::Live,
            Life::Waiting(_) => Phase::Waiting,
            Life::Suspended { .. } => Phase::Suspended,
            Life::Done => Phase::Done,
        }
    }

    pub fn state(&self) -> State {
        match self.life {
            Life::Idle => State::Idle,
            Life::Connecting { .. } => State::Connecting,
            Life::Live(ref live) if live.is_suspect() => State::Suspect,
            Life::Live(_) => State::Live,
            Life::Waiting(_) => State::Waiting,
            Life::Suspended { pause, .. } => match pause {
                Pause::Breaker => State::Suspended,
                Pause::Offline => State::Offline,
                Pause::Hidden => State::Hidden,
            },
            Life::Done => State::Closed,
        }
    }

    pub fn held(&self) -> usize {
        self.continuity.held()
    }

    /// How many results are on their way from notification to delivery.
    pub fn hydrating(&self) -> usize {
        self.hydration.as_ref().map_or(0, |it| it.held())
    }

    /// Is it there, even if it is over, because results are still to be fetched?
    pub const fn lingers(&self) -> bool {
        self.hydration.is_some()
    }

    pub fn deadline(&self) -> Option<Instant> {
        let trial = self.trial.as_ref().and_then(|trial| trial.deadline);
        earliest(&[
            self.life_deadline(),
            self.continuity.deadline(),
            trial,
            self.head_start,
            self.acquitted_at,
            self.hydration.as_ref().and_then(|it| it.deadline()),
        ])
    }

    pub(super) fn life_deadline(&self) -> Option<Instant> {
        match self.life {
            Life::Connecting { deadline, .. } => deadline,
            Life::Waiting(Wait::Until { at, .. }) => Some(at),
            Life::Waiting(Wait::Room { until, .. }) => until,
            Life::Suspended { until, .. } => until.map(|(at, _)| at),
            Life::Live(ref live) => live.deadline(),
            Life::Idle | Life::Waiting(Wait::Application { .. } | Wait::Turn) | Life::Done => None,
        }
    }

    /// When the wait ends, by the wall clock.
    pub const fn retry_at(&self) -> Option<Wall> {
        match self.life {
            Life::Waiting(Wait::Until { wall, .. })
            | Life::Suspended {
                until: Some((_, wall)),
                ..
            } => Some(wall),
            Life::Idle
            | Life::Connecting { .. }
            | Life::Live(_)
            | Life::Waiting(Wait::Application { .. } | Wait::Room { .. } | Wait::Turn)
            | Life::Suspended { until: None, .. }
            | Life::Done => None,
        }
    }
}
