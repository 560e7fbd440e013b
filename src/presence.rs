//! The page's life: its network, whether anybody looks at it, whether it is frozen; and what
//! that leaves for attempts.
//!
//! What the browser says of the network is a hint. Where it says that there is none, an
//! attempt a minute finds out when it is wrong: a server on the same machine, say.

use crate::time::{Instant, Now, Span};

/// Attempts are this far apart while nobody looks, or while there is said to be no network.
pub const SLOW: Span = Span::from_secs(60);

/// What a client does while nobody looks at its page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenHidden {
    /// Keeps what is open, and makes one attempt a minute.
    #[default]
    Slow,
    /// Closes the connections of subscriptions until somebody looks.
    Pause,
    /// The same as ever.
    Same,
}

/// How the page is, as the browser tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    pub online: bool,
    pub visible: bool,
    /// It is kept without running: a background tab, or a page that one can go back to.
    pub frozen: bool,
}

impl Default for Page {
    fn default() -> Self {
        Self {
            online: true,
            visible: true,
            frozen: false,
        }
    }
}

/// Why there is no attempt now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// No breaker lets one through.
    Breaker,
    Offline,
    Hidden,
}

/// What has become of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    Same,
    /// Subscriptions are to close their connections.
    Rest,
    /// What waited for this goes on, and what is open is looked at.
    Return,
}

/// The page, and the next attempt that it leaves.
#[derive(Debug)]
pub struct Presence {
    page: Page,
    when_hidden: WhenHidden,
    next: Instant,
}

impl Presence {
    #[must_use]
    pub fn new(when_hidden: WhenHidden) -> Self {
        Self {
            page: Page::default(),
            when_hidden,
            next: Instant::default(),
        }
    }

    /// The page is so from now on.
    pub fn turn(&mut self, page: Page, now: Now) -> Turn {
        let before = core::mem::replace(&mut self.page, page);
        let (rested, was_slow) = (self.rests(before), self.slows(before).is_some());
        let returns = page.online & !before.online
            || page.visible & !before.visible
            || before.frozen & !page.frozen;
        if self.slows(page).is_some() && !was_slow {
            self.next = now.monotonic + SLOW;
        }
        if self.rests(page) {
            // The application may have asked for connections meanwhile, which a page that is
            // frozen must not keep.
            if rested && (before.frozen || !page.frozen) {
                Turn::Same
            } else {
                Turn::Rest
            }
        } else if returns {
            Turn::Return
        } else {
            Turn::Same
        }
    }

    #[must_use]
    pub const fn is_online(&self) -> bool {
        self.page.online
    }

    /// Why an attempt may not begin now, and until when if a time is set; `None`: it may.
    #[must_use]
    pub fn pause(&self, now: Instant) -> Option<(Pause, Option<Instant>)> {
        if self.rests(self.page) {
            return Some((Pause::Hidden, None));
        }
        let pause = self.slows(self.page)?;
        (now < self.next).then_some((pause, Some(self.next)))
    }

    /// Does somebody look at the page, and has it a network?
    #[must_use]
    pub const fn is_looked_at(&self) -> bool {
        let Page {
            online,
            visible,
            frozen,
        } = self.page;
        online && visible && !frozen
    }

    /// May a connection that is open be given up for an attempt at another?
    #[must_use]
    pub fn leaves_room(&self, now: Instant) -> bool {
        self.page.online && self.pause(now).is_none()
    }

    /// Does the page rest?
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.rests(self.page)
    }

    /// An attempt begins.
    pub fn begin(&mut self, now: Instant) {
        self.next = now + SLOW;
    }

    fn rests(&self, page: Page) -> bool {
        page.frozen || !page.visible && self.when_hidden == WhenHidden::Pause
    }

    fn slows(&self, page: Page) -> Option<Pause> {
        if !page.online {
            Some(Pause::Offline)
        } else if !page.visible && self.when_hidden == WhenHidden::Slow {
            Some(Pause::Hidden)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Wall;

    fn at(ms: u64) -> Now {
        Now {
            monotonic: Instant::from_millis(ms),
            wall: Wall::from_millis(ms),
        }
    }

    const HIDDEN: Page = Page {
        online: true,
        visible: false,
        frozen: false,
    };
    const OFFLINE: Page = Page {
        online: false,
        visible: true,
        frozen: false,
    };

    #[test]
    fn one_attempt_a_minute_while_hidden() {
        let mut presence = Presence::new(WhenHidden::Slow);
        assert_eq!(presence.pause(at(0).monotonic), None);
        assert_eq!(presence.turn(HIDDEN, at(1_000)), Turn::Same);
        let next = at(61_000).monotonic;
        let pause = presence.pause(at(60_999).monotonic);
        assert_eq!(pause, Some((Pause::Hidden, Some(next))));
        assert_eq!(presence.pause(next), None);
        presence.begin(next);
        assert!(presence.pause(at(120_999).monotonic).is_some());
        assert_eq!(presence.turn(Page::default(), at(70_000)), Turn::Return);
        assert_eq!(presence.pause(at(70_000).monotonic), None);
    }

    #[test]
    fn offline_counts_for_more_than_hidden() {
        let mut presence = Presence::new(WhenHidden::Slow);
        presence.turn(OFFLINE, at(0));
        let both = Page {
            visible: false,
            ..OFFLINE
        };
        assert_eq!(presence.turn(both, at(30_000)), Turn::Same);
        let (pause, until) = presence.pause(at(30_000).monotonic).expect("offline");
        assert_eq!(pause, Pause::Offline);
        assert_eq!(until, Some(at(60_000).monotonic), "the minute goes on");
        assert_eq!(presence.turn(HIDDEN, at(40_000)), Turn::Return);
    }

    #[test]
    fn a_page_that_pauses_or_is_frozen_rests() {
        let mut presence = Presence::new(WhenHidden::Pause);
        assert_eq!(presence.turn(HIDDEN, at(0)), Turn::Rest);
        assert_eq!(
            presence.pause(at(1_000_000).monotonic),
            Some((Pause::Hidden, None))
        );
        let frozen = Page {
            frozen: true,
            ..HIDDEN
        };
        assert_eq!(presence.turn(frozen, at(10)), Turn::Rest);
        assert_eq!(presence.turn(HIDDEN, at(20)), Turn::Same);
        assert_eq!(presence.turn(Page::default(), at(30)), Turn::Return);

        let mut presence = Presence::new(WhenHidden::Same);
        assert_eq!(presence.turn(HIDDEN, at(0)), Turn::Same);
        assert_eq!(presence.pause(at(0).monotonic), None);
        assert_eq!(presence.turn(frozen, at(10)), Turn::Rest);
    }
}
