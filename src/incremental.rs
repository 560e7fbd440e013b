//! Results that come in parts, for `@defer` and `@stream`: what belongs together, and what is
//! delivered of it. The values themselves are put together by [`Payload::patch`].
//!
//! A connection has one result under way at a time. Its parts are applied as they come; a part
//! that does not fit, or too much of them, costs this result and no other. The next result
//! begins anew, whatever became of the one before.

use crate::io::GapReason;
use crate::payload::{Payload, fact};

/// What is made of results that come in parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// They are delivered as they grow, each time as a new value, and in the end whole.
    #[default]
    Merge,
    /// They are delivered when they are whole.
    Final,
    /// The parts are delivered as they come.
    Raw,
}

/// What follows from a part.
#[derive(Debug, PartialEq)]
pub struct Put<P> {
    /// A result is lost: the one that the part was for, or the one before.
    pub lost: Option<GapReason>,
    /// What is to be delivered, behind the gap.
    pub result: Option<P>,
    /// Is that all of it?
    pub is_whole: bool,
}

/// What has come of a result.
#[derive(Debug)]
pub struct Assembly<P> {
    under_way: Option<P>,
    /// What still comes belongs to one that was given up, and of which it has been told.
    is_told: bool,
}

impl<P: Payload> Assembly<P> {
    #[must_use]
    pub const fn new() -> Self {
        Self {
            under_way: None,
            is_told: false,
        }
    }

    /// Is nothing under way? Then a whole result need not be [`put`](Self::put).
    #[must_use]
    pub const fn is_idle(&self) -> bool {
        self.under_way.is_none()
    }

    /// Nothing more comes to it; `true` if that leaves something that is not whole.
    pub fn leave(&mut self) -> bool {
        self.is_told = false;
        self.under_way.take().is_some()
    }

    /// A result has come, in part or whole; if it `grows`, it is delivered as it stands. No
    /// more than `limit` characters of JSON are kept.
    pub fn put(&mut self, part: &P, grows: bool, limit: usize) -> Put<P> {
        let was_idle = self.is_idle();
        let mut facts = fact::BAD;
        let mut result = None;
        if was_idle {
            self.under_way = P::from_bytes(b"{}");
        }
        if let Some(state) = &mut self.under_way {
            facts = state.patch(part, limit, grows);
            result = state.field("result");
        }
        let is = |fact| facts & fact != 0;
        let is_bad = is(fact::BAD | fact::LARGE);
        if is_bad || !is(fact::MORE) {
            self.under_way = None;
        }
        let is_lost = if is(fact::FIRST) {
            is_bad || !was_idle
        } else {
            is_bad && !self.is_told
        };
        self.is_told = is_bad && is(fact::MORE);
        let reason = if is(fact::LARGE) {
            GapReason::Oversize
        } else {
            GapReason::Malformed
        };
        Put {
            lost: is_lost.then_some(reason),
            result,
            is_whole: !is(fact::MORE),
        }
    }
}

impl<P: Payload> Default for Assembly<P> {
    fn default() -> Self {
        Self::new()
    }
}
