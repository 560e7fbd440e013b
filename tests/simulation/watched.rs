//! One operation for which some rung is sound, and how it fares from then on.

use super::soundness::Soundness;
use super::stretch::{Lapse, Stretch};

/// How an operation is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carried {
    /// A result published now would not arrive.
    Not {
        /// It is open and silent, and no rule says that this is wrong.
        hidden: bool,
    },
    /// It would, for now: the connection will not last.
    Doomed,
    Well,
}

#[derive(Debug)]
pub struct Watched {
    pub sound: Soundness,
    /// B when the rung became sound.
    pub bound: u64,
    carried: Carried,
    /// It has been well on some rung that lasts.
    is_settled: bool,
    stretch: Stretch,
    /// The one that came nearest to its bound.
    pub nearest: Stretch,
    pub lapse: Option<Lapse>,
    is_over: bool,
}

impl Watched {
    pub fn new(sound: Soundness, bound: u64, carried: Carried, now: u64) -> Self {
        Self {
            sound,
            bound,
            carried,
            is_settled: carried == Carried::Well,
            stretch: Stretch {
                since: now,
                bound,
                ..Stretch::default()
            },
            nearest: Stretch::default(),
            lapse: None,
            is_over: false,
        }
    }

    pub const fn is_over(&self) -> bool {
        self.is_over
    }

    /// So much time has passed since it was last looked at.
    pub fn pass(&mut self, ms: u64) {
        let is_charged = match self.carried {
            Carried::Well | Carried::Not { hidden: true } => false,
            Carried::Doomed | Carried::Not { hidden: false } => true,
        };
        if is_charged && !self.is_over {
            self.stretch.ms += ms;
        }
    }

    /// Does a stretch begin? Then whether it was well on a rung that lasts, and is now on none.
    pub fn begins(&self, carried: Carried) -> Option<bool> {
        let begins = self.carried == Carried::Well && carried != Carried::Well;
        let is_left = self.is_settled && carried != Carried::Doomed;
        begins.then_some(is_left)
    }

    /// It is carried so from now on; with the stretch that begins.
    pub fn turn(&mut self, carried: Carried, begun: Option<Stretch>) {
        self.carried = carried;
        self.measure();
        if let Some(stretch) = begun {
            self.stretch = stretch;
        } else if carried == Carried::Well {
            self.is_settled = true;
            self.stretch = Stretch::default();
        }
    }

    fn measure(&mut self) {
        if self.stretch.ms == 0 {
            return;
        }
        if self.stretch.ratio() > self.nearest.ratio() {
            self.nearest = self.stretch;
        }
        if self.stretch.is_too_long() {
            let lapse = if self.stretch.left {
                Lapse::Left
            } else {
                Lapse::Late
            };
            self.lapse.get_or_insert(lapse(self.stretch));
        }
    }

    /// It is over, by this error if nobody wanted it so.
    pub fn end(&mut self, error: Option<&String>) {
        self.is_over = true;
        if let Some(error) = error {
            self.lapse.get_or_insert(Lapse::Ended(error.clone()));
        }
    }
}
