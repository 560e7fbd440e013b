//! What lies between a result that was read and its delivery: each once, in the server's
//! order, and every gap that can be known of healed or reported.
//!
//! - The **key** decides whether a result is new, its **number** (if results are numbered)
//!   where it belongs. Numbers decide about repetitions only where there is no key.
//! - A **gap** is a stretch in which results may have been missed. The application's
//!   **backfill** heals it, in rounds: what one brings is delivered at once, and live
//!   results wait for the last one. A connection that is live need not be subscribed yet. So
//!   the last round is asked behind the first new result of the connection, which proves
//!   that it is, or when that has not come for a while.
//! - A gap that is not healed is reported. What turns up from it later (a result that comes
//!   very late, or is in another gap's backfill) is delivered late rather than never.
//! - An **audit** is a backfill without a gap. It finds what was lost without a sign.
//!
//! The caller reads key and number from a result, runs the backfill, and drains
//! [`Continuity::poll`] after each call. The answers' order is taken for the server's. How
//! long a key may be is limited where it is read.

mod answer;
mod audit;
mod delivery;
mod effect;
mod hash;
mod healing;
mod keys;
mod sequence;
mod settings;
mod waiting;

use alloc::vec::Vec;

use self::audit::{Audit, Mark};
pub use self::effect::{Ask, Effect, GapReport, Item, Reason};
use self::healing::{Gap, Step};
use self::keys::Keys;
use self::sequence::Sequence;
pub use self::settings::{Key, Settings};
use self::waiting::{Waiter, Waiting};
use crate::queue::Queue;
use crate::time::{Instant, Now, Wall, earliest};

#[derive(Debug)]
enum Phase<P> {
    /// No live connection: not yet, or no more. A gap stays open until there is one.
    Away(Option<Gap>),
    /// Results are delivered as they come.
    Flowing(Audit<P>),
    /// A gap is being healed, and live results wait.
    Healing { gap: Gap, step: Step },
}

/// The results of one operation.
#[derive(Debug)]
pub struct Continuity<P> {
    settings: Settings,
    phase: Phase<P>,
    /// What was delivered.
    delivered: Keys,
    sequence: Sequence,
    waiting: Waiting<P>,
    /// A new result has come on this connection: it is subscribed.
    is_proved: bool,
    /// The number of the last round.
    rounds: u32,
    /// One healing is not followed by the next before this.
    rested: Instant,
    /// When the last result came before which none is missing.
    heard: Wall,
    /// Audited until there.
    audited: Mark,
    /// Audits in a row that found something.
    findings: u32,
    effects: Queue<Effect<P>>,
}

impl<P> Continuity<P> {
    /// `seed` is random, and a secret: it keeps a server from choosing keys that slow the
    /// memory down. `since` is when the operation began.
    #[must_use]
    pub fn new(mut settings: Settings, seed: u64, since: Wall) -> Self {
        let mut delivered = Keys::new(settings.remember, seed);
        let gap = settings.start_after.take().map(|key| {
            delivered.insert(&key);
            Gap {
                reason: Reason::Initial,
                since,
                last_key: Some(key),
            }
        });
        Self {
            audited: Mark {
                last_key: delivered.newest().cloned(),
                since,
            },
            settings,
            phase: Phase::Away(gap),
            delivered,
            sequence: Sequence::default(),
            waiting: Waiting::new(),
            is_proved: false,
            rounds: 0,
            rested: Instant::default(),
            heard: since,
            findings: 0,
            effects: Queue::default(),
        }
    }

    /// How many results wait.
    #[must_use]
    pub fn held(&self) -> usize {
        self.waiting.len()
    }

    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What to do next; `None`: nothing, until [`Continuity::deadline`] or news.
    pub fn poll(&mut self) -> Option<Effect<P>> {
        self.effects.pop()
    }

    /// A connection is live, the first one or another.
    pub fn live(&mut self, now: Now) {
        self.is_proved = false;
        self.findings = 0;
        self.sequence.reconnected();
        match core::mem::replace(&mut self.phase, Phase::Away(None)) {
            Phase::Away(Some(gap)) | Phase::Healing { gap, .. } => self.heal(now, gap),
            Phase::Away(None) => self.flow(now),
            Phase::Flowing(audit) => self.phase = Phase::Flowing(audit),
        }
    }

    /// The live connection is gone, and with it perhaps what the server sent since then.
    pub fn cut(&mut self, reason: Reason, since: Wall) {
        let gap = match core::mem::replace(&mut self.phase, Phase::Away(None)) {
            Phase::Flowing(_) => Some(self.gap(reason, since)),
            Phase::Healing { gap, .. } => Some(gap),
            Phase::Away(gap) => gap,
        };
        self.phase = Phase::Away(gap);
    }

    /// Results have been missed since then, such as one that cannot be read; the connection
    /// lives on.
    pub fn lost(&mut self, now: Now, reason: Reason, since: Wall) {
        match &mut self.phase {
            Phase::Flowing(_) => {
                let gap = self.gap(reason, since);
                self.open(now, gap);
            }
            Phase::Healing { step, .. } => step.spoil(),
            Phase::Away(Some(_)) => {}
            Phase::Away(None) => self.phase = Phase::Away(Some(self.gap(reason, since))),
        }
    }

    /// A result has come.
    pub fn result(&mut self, now: Now, mut item: Item<P>) {
        item.key = item.key.filter(|_| self.settings.key.is_some());
        item.number = item.number.filter(|_| self.settings.sequence.is_some());
        if item.key.as_deref().is_some_and(|key| self.is_known(key)) {
            return self.on_repeated(&item);
        }
        let place = item.number.map(|number| self.sequence.arrived(number));
        if item.key.is_none() && place.is_some_and(|place| self.sequence.contains(place)) {
            return;
        }
        self.is_proved = true;
        self.waiting.push(Waiter {
            place,
            arrived: now.monotonic,
            item,
        });
        if !self.is_held() {
            self.release_due();
        }
        if self.waiting.len() > self.settings.max_waiting {
            self.overflow(now);
        } else if self.waiting.is_empty() {
            self.heard = now.wall;
        }
        self.on_proof(now);
    }

    /// A round of the backfill has its answer, the oldest result first.
    pub fn backfilled(&mut self, now: Now, round: u32, answer: Vec<Item<P>>) {
        if round != self.rounds {
            return;
        }
        match core::mem::replace(&mut self.phase, Phase::Away(None)) {
            Phase::Healing {
                gap,
                step: Step::Asked { then, .. },
            } => self.on_answer(now, gap, then, answer),
            Phase::Flowing(Audit::Asked { mark, .. }) => self.on_audited(now, mark, answer),
            phase => self.phase = phase,
        }
    }

    /// A round of the backfill has failed.
    pub fn backfill_failed(&mut self, now: Now, round: u32) {
        if round != self.rounds {
            return;
        }
        match core::mem::replace(&mut self.phase, Phase::Away(None)) {
            Phase::Healing {
                gap,
                step: Step::Asked { .. },
            } => self.give_up(now, gap),
            // It proves nothing.
            Phase::Flowing(Audit::Asked { .. }) => self.flow(now),
            phase => self.phase = phase,
        }
    }

    /// When to [`Continuity::tick`] next.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let phase = match &self.phase {
            Phase::Away(_) => None,
            Phase::Flowing(audit) => audit.deadline(),
            Phase::Healing { step, .. } => Some(step.deadline()),
        };
        let hole = self.waiting.longest().filter(|_| !self.is_held());
        let hole = hole.map(|since| since + self.settings.reorder);
        earliest(&[phase, hole])
    }

    /// The deadline may have come.
    pub fn tick(&mut self, now: Now) {
        if !self.is_held() {
            self.look_for_holes(now);
        }
        if self
            .deadline()
            .is_none_or(|deadline| now.monotonic < deadline)
        {
            return;
        }
        match core::mem::replace(&mut self.phase, Phase::Away(None)) {
            Phase::Healing { gap, step } => match step {
                Step::Asked { .. } => self.give_up(now, gap),
                Step::Settling { .. } => self.ask(now, gap),
            },
            Phase::Flowing(audit) => self.on_audit_due(now, audit),
            phase @ Phase::Away(_) => self.phase = phase,
        }
    }

    /// The operation is over: what waits is delivered, and what is not healed reported.
    pub fn finish(&mut self) {
        match core::mem::replace(&mut self.phase, Phase::Away(None)) {
            Phase::Healing { gap, .. } | Phase::Away(Some(gap)) => {
                self.release_all();
                self.report(gap, false);
            }
            Phase::Flowing(audit) => {
                if let Audit::Judging { mark, found, .. } = audit {
                    // There is no endpoint any more to be blamed.
                    let _ = self.judge(mark, found);
                }
                self.pass_holes(self.waiting.len());
            }
            Phase::Away(None) => {}
        }
    }

    /// Do results wait for a backfill?
    fn is_held(&self) -> bool {
        match self.phase {
            Phase::Healing { .. } => true,
            Phase::Away(Some(_)) => self.can_heal(),
            Phase::Away(None) | Phase::Flowing(_) => false,
        }
    }

    fn is_known(&self, key: &str) -> bool {
        self.delivered.contains(key) || self.waiting.has(key)
    }

    fn on_repeated(&mut self, item: &Item<P>) {
        if let Some(number) = item.number
            && !self.is_held()
        {
            self.sequence.repeated(number);
            self.release_due();
        }
    }
}
