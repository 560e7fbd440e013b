//! Ways in which a client could break the promise, to prove that breaking it is noticed.

use graphql_lifeline::io::{Delivery, Notice};
use graphql_lifeline::presence::Page;

use super::support::json::Json;

/// What a client does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sabotage {
    /// It loses a result now and then.
    Loses,
    /// It delivers a result twice now and then.
    Doubles,
    /// It delivers two results in the wrong order now and then.
    Swaps,
    /// It does not tell of gaps.
    Hushes,
    /// It connects ten times where once was right.
    Storms,
    /// It sends a mutation again.
    Repeats,
    /// It goes on after it was told to stop.
    GoesOn,
    /// Its timers never end.
    Sleeps,
    /// It keeps a connection open that nobody needs.
    Leaks,
    /// It asks for credentials twice where once is enough.
    Refreshes,
    /// It does not hear that its page is frozen.
    Wakes,
    /// It does not hear that its page is hidden or without a network.
    Hurries,
    /// It opens more streams than there is room for.
    Squeezes,
    /// It does not tell who waits for room.
    Conceals,
    /// It does not tell the server what it leaves on a reserved stream.
    Forgets,
}

impl Sabotage {
    /// All of them, and what has to be said of each.
    pub const ALL: [(Self, &str); 15] = [
        (Self::Loses, "is missing, and no gap says so"),
        (Self::Doubles, "came twice"),
        (Self::Swaps, "came behind"),
        (Self::Hushes, "is missing, and no gap says so"),
        (Self::Storms, "attempts from"),
        (Self::Repeats, "executed 2 times"),
        (Self::GoesOn, "behind the end"),
        (Self::Sleeps, "though all is well again"),
        (Self::Leaks, "left behind"),
        (Self::Refreshes, "asked for credentials"),
        (Self::Wakes, "at rest"),
        (Self::Hurries, "within a minute"),
        (Self::Squeezes, "streams at once"),
        (Self::Conceals, "waits for room, and was not told"),
        (Self::Forgets, "was never told to stop"),
    ];
}

/// What stands between the client and whoever listens.
#[derive(Default)]
pub struct Saboteur {
    pub sabotage: Option<Sabotage>,
    results: u32,
    held: Option<Delivery<Json>>,
}

impl Saboteur {
    pub fn is(&self, sabotage: Sabotage) -> bool {
        self.sabotage == Some(sabotage)
    }

    /// What the client hears of its page.
    pub fn hears(&self, page: Page) -> Option<Page> {
        match self.sabotage {
            Some(Sabotage::Wakes) if page.frozen => None,
            Some(Sabotage::Hurries) => None,
            _ => Some(page),
        }
    }

    /// What becomes of a delivery: how often it is made, and what is made behind it.
    pub fn spoil(&mut self, delivery: Delivery<Json>) -> Vec<Delivery<Json>> {
        let is_kept = |sabotage| match &delivery {
            Delivery::Notice { notice, .. } => match notice {
                Notice::Gap { .. } => sabotage == Sabotage::Hushes,
                Notice::Limit(_) => sabotage == Sabotage::Conceals,
                _ => false,
            },
            _ => false,
        };
        if self.sabotage.is_some_and(is_kept) {
            return Vec::new();
        }
        let Delivery::Next { op, ref result } = delivery else {
            return vec![delivery];
        };
        self.results += 1;
        let is_hit = self.results.is_multiple_of(20);
        match self.sabotage {
            Some(Sabotage::Loses) if is_hit => Vec::new(),
            Some(Sabotage::Doubles) if is_hit => {
                let result = result.clone();
                vec![Delivery::Next { op, result }, delivery]
            }
            Some(Sabotage::Swaps) if is_hit => self.held.replace(delivery).into_iter().collect(),
            _ => [Some(delivery), self.held.take()]
                .into_iter()
                .flatten()
                .collect(),
        }
    }
}
