//! Where a numbered result belongs.
//!
//! The numbers grow by one, until the server counts anew. What is known of them is one run:
//! all numbers of it were delivered, and what belongs behind it comes next.

/// A result's number, and in which of the server's countings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    counting: u32,
    number: u64,
}

#[derive(Clone, Copy, Debug)]
struct Run {
    from: u64,
    next: u64,
}

/// How far the numbers were delivered.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sequence {
    /// The counting that is being delivered.
    counting: u32,
    /// The newest counting that is known of.
    newest: u32,
    run: Option<Run>,
    /// No new number has come on this connection.
    is_fresh: bool,
    /// Numbers were left out.
    skipped: bool,
}

impl Sequence {
    /// Numbers come from another connection now.
    pub const fn reconnected(&mut self) {
        self.is_fresh = true;
    }

    /// A new result has come live. Behind a reconnect the first one tells whether the server
    /// counts anew: by then its number would have to be the next, or greater.
    pub fn arrived(&mut self, number: u64) -> Place {
        let is_first = core::mem::take(&mut self.is_fresh);
        if is_first && self.counting == self.newest && self.is_passed(number) {
            self.newest += 1;
        }
        Place {
            counting: self.newest,
            number,
        }
    }

    /// The server counts anew from somewhere within a backfill on.
    pub fn count_anew(&mut self) {
        self.newest = self.newest.max(self.counting + 1);
    }

    /// A number in a backfill, before or behind the place where the server counts anew.
    pub const fn recalled(&self, number: u64, anew: bool) -> Place {
        Place {
            counting: if anew { self.newest } else { self.counting },
            number,
        }
    }

    /// Was this number, or a greater one, delivered?
    pub fn is_passed(&self, number: u64) -> bool {
        self.run.is_some_and(|run| number < run.next)
    }

    /// Is it known to have been delivered?
    pub fn contains(&self, place: Place) -> bool {
        let in_run = |run: Run| run.from <= place.number && place.number < run.next;
        place.counting == self.counting && self.run.is_some_and(in_run)
    }

    /// Is nothing missing before it?
    pub fn is_due(&self, place: Place) -> bool {
        let continues = |run: Run| place.number <= run.next;
        place.counting != self.counting || self.run.is_none_or(continues)
    }

    /// It was delivered, or was found to have been.
    pub fn advance(&mut self, place: Place) {
        if place.counting < self.counting {
            return;
        }
        let next = place.number.saturating_add(1);
        let run = self.run.filter(|_| place.counting == self.counting);
        self.counting = place.counting;
        let from = match run {
            Some(run) if place.number < run.next => return,
            Some(run) if place.number == run.next => run.from,
            Some(_) => {
                self.skipped = true;
                place.number
            }
            None => place.number,
        };
        self.run = Some(Run { from, next });
    }

    /// What was delivered before has this number now.
    pub fn repeated(&mut self, number: u64) {
        let counting = self.counting;
        if self.run.is_some_and(|run| run.next == number) {
            self.advance(Place { counting, number });
        }
    }

    /// Were numbers left out since this was asked last?
    pub const fn take_skipped(&mut self) -> bool {
        core::mem::replace(&mut self.skipped, false)
    }
}
