//! Gaps: how they open, and what heals them.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Ask, Continuity, Effect, GapReport, Item, Phase, Reason};
use crate::time::{Instant, Now, Wall};

/// A gap that is open.
#[derive(Clone, Debug)]
pub(super) struct Gap {
    pub reason: Reason,
    pub since: Wall,
    pub last_key: Option<String>,
}

/// What a healing waits for.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub(super) enum Step {
    /// An answer.
    Asked { until: Instant, then: Then },
    /// The time for the next round; if `proof` will do, also the first new result.
    Settling { until: Instant, proof: bool },
}

/// What follows a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// The gap is healed: the connection was subscribed before this round was asked.
    Healed,
    /// Another round, once the connection is known to be subscribed.
    Proof,
    /// Another round, but not at once: more was lost after this one was asked.
    Rest,
}

impl Step {
    pub const fn deadline(&self) -> Instant {
        match *self {
            Self::Asked { until, .. } | Self::Settling { until, .. } => until,
        }
    }

    /// More was lost. A round that is yet to be asked brings it, one that was asked may not.
    pub const fn spoil(&mut self) {
        match self {
            Self::Asked { then, .. } => *then = Then::Rest,
            Self::Settling { .. } => {}
        }
    }
}

impl<P> Continuity<P> {
    /// A gap that opens. If something waits, what it waits for is missing for longer.
    pub(super) fn gap(&self, reason: Reason, since: Wall) -> Gap {
        Gap {
            reason,
            since: if self.waiting.is_empty() {
                since
            } else {
                since.min(self.heard)
            },
            last_key: self.delivered.newest().cloned(),
        }
    }

    pub(super) fn report(&mut self, gap: Gap, recovered: bool) {
        // Numbers that were left out are told with it.
        self.sequence.take_skipped();
        self.effects.push(Effect::Gap(GapReport {
            reason: gap.reason,
            since: gap.since,
            last_key: gap.last_key,
            recovered,
            round: self.rounds,
        }));
    }

    pub(super) const fn can_heal(&self) -> bool {
        self.settings.key.is_some() && self.settings.backfill
    }

    /// A gap opens while the connection is live. One behind the other would have the
    /// backfill run without a pause: between two there is a rest.
    pub(super) fn open(&mut self, now: Now, gap: Gap) {
        if self.can_heal() && now.monotonic < self.rested {
            let step = Step::Settling {
                until: self.rested,
                proof: false,
            };
            self.phase = Phase::Healing { gap, step };
        } else {
            self.heal(now, gap);
        }
    }

    /// A gap is open, and the connection live.
    pub(super) fn heal(&mut self, now: Now, gap: Gap) {
        if self.can_heal() {
            let then = if self.is_proved {
                Then::Healed
            } else {
                Then::Proof
            };
            self.ask_and(now, gap, then);
        } else {
            self.report(gap, false);
            self.flow(now);
        }
    }

    /// Asks for the round that heals.
    pub(super) fn ask(&mut self, now: Now, gap: Gap) {
        self.ask_and(now, gap, Then::Healed);
    }

    fn ask_and(&mut self, now: Now, gap: Gap, then: Then) {
        let last_key = self.delivered.newest().cloned();
        self.send(gap.reason, last_key, gap.since);
        let step = Step::Asked {
            until: now.monotonic + self.settings.backfill_timeout,
            then,
        };
        self.phase = Phase::Healing { gap, step };
    }

    /// Sends a question of its own number.
    pub(super) fn send(&mut self, reason: Reason, last_key: Option<String>, since: Wall) {
        self.rounds = self.rounds.wrapping_add(1);
        self.effects.push(Effect::Ask(Ask {
            round: self.rounds,
            reason,
            last_key,
            since,
        }));
    }

    /// A new result proves that the connection is subscribed. What came before it must be
    /// in a backfill that runs from now on.
    pub(super) fn on_proof(&mut self, now: Now) {
        match core::mem::replace(&mut self.phase, Phase::Away(None)) {
            Phase::Healing {
                gap,
                step: Step::Settling { proof: true, .. },
            } => self.ask(now, gap),
            phase => self.phase = phase,
        }
    }

    pub(super) fn on_answer(&mut self, now: Now, gap: Gap, then: Then, answer: Vec<Item<P>>) {
        self.effects.push(Effect::Recovered(gap.reason, gap.since));
        self.bring(answer);
        let proof = match then {
            Then::Healed => return self.healed(now, gap),
            Then::Proof if self.is_proved => return self.ask(now, gap),
            Then::Proof => true,
            Then::Rest => false,
        };
        let step = Step::Settling {
            until: now.monotonic + self.settings.settle,
            proof,
        };
        self.phase = Phase::Healing { gap, step };
    }

    /// The last round is there: now the results that waited.
    fn healed(&mut self, now: Now, gap: Gap) {
        self.release_due();
        // What the backfill does not have will not come, but for what may be on its way.
        let overdue = self.waiting.overdue(now.monotonic, self.settings.reorder);
        self.release(overdue);
        self.release_due();
        let recovered = !self.sequence.take_skipped();
        self.close(now, gap, recovered);
    }

    /// The backfill does not heal it.
    pub(super) fn give_up(&mut self, now: Now, gap: Gap) {
        self.release_all();
        self.close(now, gap, false);
    }

    fn close(&mut self, now: Now, gap: Gap, recovered: bool) {
        self.report(gap, recovered);
        self.rested = now.monotonic + self.settings.settle;
        self.flow(now);
    }

    /// More results wait than may.
    pub(super) fn overflow(&mut self, now: Now) {
        match core::mem::replace(&mut self.phase, Phase::Away(None)) {
            Phase::Healing { mut gap, .. } => {
                gap.reason = Reason::Overflow;
                self.give_up(now, gap);
            }
            phase => {
                // A hole that could not wait any longer.
                self.phase = phase;
                let gap = self.gap(Reason::Overflow, self.heard);
                self.release_all();
                self.report(gap, false);
            }
        }
    }

    /// Has something waited too long for lower numbers?
    pub(super) fn look_for_holes(&mut self, now: Now) {
        let overdue = self.waiting.overdue(now.monotonic, self.settings.reorder);
        if overdue == 0 {
            return;
        }
        if self.can_heal() && matches!(self.phase, Phase::Flowing(_)) {
            let gap = self.gap(Reason::Hole, self.heard);
            self.open(now, gap);
        } else {
            self.pass_holes(overdue);
        }
    }

    /// Goes on behind holes that nothing fills.
    pub(super) fn pass_holes(&mut self, count: usize) {
        if count > 0 {
            let gap = self.gap(Reason::Hole, self.heard);
            self.report(gap, false);
            self.release(count);
            self.release_due();
            self.sequence.take_skipped();
        }
    }
}
