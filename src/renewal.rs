//! Credentials that a server refused are asked for again: once, whoever was refused with them.
//! And when a connection is replaced, so that the server does not have to cut it.

use crate::time::{Instant, Span};

/// A connection lives for this long at least, whatever the application says.
const LEAST_LIFETIME: Span = Span::from_secs(1);
/// Looked at again after this, if it cannot be replaced when its time has come.
pub const AGAIN: Span = Span::from_secs(10);

/// When a connection that opens now is replaced: up to a tenth early, so that many that were
/// opened together are not replaced together. `random` is from 0 to 1.
#[must_use]
pub fn renewal(now: Instant, lifetime: Span, random: f64) -> Instant {
    let lifetime = lifetime.max(LEAST_LIFETIME);
    let early = (lifetime.as_millis() as f64 * random / 10.0) as u64;
    now + Span::from_millis(lifetime.as_millis() - early)
}

/// How often that was, and whether the answer is still out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Renewals {
    newest: u32,
    /// Nobody has been let in with the newest yet: who begins now takes it as well.
    pending: bool,
    /// The server did not want the newest either: whoever was refused or cut with what was
    /// before it need not ask again. Somebody new does: there may be a new login by then.
    refused: bool,
}

impl Renewals {
    /// Somebody was let in, or was until now: who comes next asks for itself.
    pub const fn forgive(&mut self) {
        self.refused = false;
    }
}

/// An operation's part in it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Renewal {
    /// The newest one when its attempt began.
    number: u32,
    /// Does the attempt take that one's headers, or ask for its own?
    takes: bool,
    /// Is there an attempt before this one?
    is_old: bool,
}

impl Renewal {
    /// An attempt begins.
    pub const fn begin(&mut self, all: Renewals) {
        if !self.takes {
            let is_behind = self.is_old && self.number < all.newest;
            self.takes = all.pending || all.refused && is_behind;
            self.number = all.newest;
        }
        self.is_old = true;
    }

    /// Its connection is open, or has failed for another reason, or is not wanted any more.
    pub const fn settle(&mut self, all: &mut Renewals) {
        if self.takes && self.number == all.newest {
            all.pending = false;
        }
        self.takes = false;
    }

    /// Its credentials were refused; `false` if they were fresh ones. Whoever began before the
    /// newest renewal takes that one.
    pub const fn refuse(&mut self, all: &mut Renewals) -> bool {
        if self.number == all.newest {
            if self.takes {
                all.refused = true;
                return false;
            }
            all.newest = all.newest.saturating_add(1);
            all.pending = true;
            all.refused = false;
        }
        self.takes = true;
        self.number = all.newest;
        true
    }

    /// The renewal whose headers the attempt takes; 0: none.
    #[must_use]
    pub const fn taken(self) -> u32 {
        if self.takes { self.number } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_who_are_refused_at_once_share_one_renewal() {
        let mut all = Renewals::default();
        let mut each = [Renewal::default(); 50];
        for one in &mut each {
            one.begin(all);
        }
        for one in &mut each {
            assert!(one.refuse(&mut all));
            one.begin(all);
            assert_eq!(one.taken(), 1);
        }
    }

    #[test]
    fn who_is_refused_with_fresh_credentials_gives_up() {
        let mut all = Renewals::default();
        let mut one = Renewal::default();
        assert!(one.refuse(&mut all));
        assert!(!one.refuse(&mut all));
    }

    #[test]
    fn who_was_cut_with_the_others_does_not_ask_when_they_were_refused_twice() {
        let mut all = Renewals::default();
        let (mut quick, mut slow) = (Renewal::default(), Renewal::default());
        quick.begin(all);
        slow.begin(all);
        slow.settle(&mut all);
        assert!(quick.refuse(&mut all));
        quick.begin(all);
        assert!(!quick.refuse(&mut all));
        quick.settle(&mut all);
        slow.begin(all);
        assert_eq!(slow.taken(), 1);
        assert!(!slow.refuse(&mut all));
        // Somebody has logged in again.
        let mut new = Renewal::default();
        new.begin(all);
        assert_eq!(new.taken(), 0);
        assert!(new.refuse(&mut all));
        assert_eq!(new.taken(), 2);
    }

    #[test]
    fn somebody_who_is_let_in_with_credentials_of_its_own_lets_the_others_ask_again() {
        let mut all = Renewals::default();
        let (mut refused, mut waiting) = (Renewal::default(), Renewal::default());
        refused.begin(all);
        waiting.begin(all);
        waiting.settle(&mut all);
        assert!(refused.refuse(&mut all));
        assert!(!refused.refuse(&mut all));
        refused.settle(&mut all);
        let mut new = Renewal::default();
        new.begin(all);
        new.settle(&mut all);
        all.forgive();
        waiting.begin(all);
        assert_eq!(waiting.taken(), 0);
    }

    #[test]
    fn a_connection_in_between_earns_another_one() {
        let mut all = Renewals::default();
        let mut one = Renewal::default();
        assert!(one.refuse(&mut all));
        one.settle(&mut all);
        one.begin(all);
        assert_eq!(one.taken(), 0);
        assert!(one.refuse(&mut all));
        assert_eq!(one.taken(), 2);
    }

    #[test]
    fn who_begins_while_the_answer_is_out_waits_for_it() {
        let mut all = Renewals::default();
        let (mut first, mut second, mut third) = Default::default();
        assert!(Renewal::refuse(&mut first, &mut all));
        Renewal::begin(&mut second, all);
        assert_eq!(second.taken(), 1);
        first.settle(&mut all);
        Renewal::begin(&mut third, all);
        assert_eq!(third.taken(), 0);
        assert!(!second.refuse(&mut all), "these were fresh");
    }

    #[test]
    fn who_comes_late_takes_the_newest() {
        let mut all = Renewals::default();
        let (mut slow, mut quick) = (Renewal::default(), Renewal::default());
        assert!(quick.refuse(&mut all));
        quick.settle(&mut all);
        quick.begin(all);
        assert!(quick.refuse(&mut all));
        assert!(slow.refuse(&mut all));
        assert_eq!((quick.taken(), slow.taken()), (2, 2));
    }
}
