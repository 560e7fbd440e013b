//! The page's life: without a network, hidden, frozen.

use graphql_lifeline::io::Input;
use graphql_lifeline::presence::{Page, WhenHidden};
use graphql_lifeline::random::Random;

use super::event::Event;
use super::fault::below;
use super::world::World;

/// What befalls the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// The browser says that there is no network, and may be wrong.
    Offline {
        really: bool,
    },
    Hidden,
    /// Nothing of the page runs; or it does for a while still, as when it is left.
    Frozen {
        stops: bool,
    },
}

#[derive(Clone, Copy, Debug)]
pub struct Away {
    pub from: u64,
    pub until: u64,
    pub absence: Absence,
}

/// In half of all runs nothing befalls the page.
pub fn draw(random: &mut Random, until: u64) -> Vec<Away> {
    let count = below(random, 2) * (1 + below(random, 4));
    (0..count)
        .map(|_| {
            let from = below(random, until);
            let length = [1_000, 20_000, 120_000][below(random, 3) as usize];
            Away {
                from,
                until: (from + 1 + below(random, length)).min(until),
                absence: absence(random),
            }
        })
        .collect()
}

fn absence(random: &mut Random) -> Absence {
    let even = below(random, 2) == 0;
    match below(random, 4) {
        0 => Absence::Offline { really: even },
        1 => Absence::Frozen { stops: even },
        _ => Absence::Hidden,
    }
}

pub fn when_hidden(random: &mut Random) -> WhenHidden {
    use WhenHidden::{Pause, Same, Slow};
    [Slow, Slow, Pause, Same][below(random, 4) as usize]
}

impl World {
    fn befalls(&self, is: impl Fn(Absence) -> bool) -> Option<&Away> {
        let mut all = self.plan.aways.iter();
        all.find(|it| it.from <= self.now && self.now < it.until && is(it.absence))
    }

    /// Is there really no network?
    pub fn is_cut_off(&self) -> bool {
        self.befalls(|it| it == Absence::Offline { really: true })
            .is_some()
    }

    /// Nothing of the page runs until then.
    pub fn stopped(&self) -> Option<u64> {
        self.befalls(|it| it == Absence::Frozen { stops: true })
            .map(|it| it.until)
    }

    /// Something has begun or is over.
    pub fn turn(&mut self, begins: Option<usize>) {
        if begins.is_some() && self.is_cut_off() {
            self.break_all();
        }
        let frozen = self.befalls(|it| matches!(it, Absence::Frozen { .. }));
        let frozen = frozen.is_some();
        let hidden = self.befalls(|it| it == Absence::Hidden).is_some();
        let offline = self.befalls(|it| matches!(it, Absence::Offline { .. }));
        let page = Page {
            online: offline.is_none(),
            visible: !hidden && !frozen,
            frozen,
        };
        if page == self.page {
            return;
        }
        self.page = page;
        self.oracle.turned(self.slows(), self.now);
        if let Some(page) = self.saboteur.hears(page) {
            let answers = self.oracle.awaited();
            self.input(Input::Page(page));
            self.oracle.judge_answers(&answers);
        }
    }

    /// Does the client promise to open nothing?
    pub fn rests(&self) -> bool {
        self.page.frozen || !self.page.visible && self.plan.options.when_hidden == WhenHidden::Pause
    }

    /// Does it promise an attempt a minute?
    fn slows(&self) -> bool {
        !self.page.online || !self.page.visible && self.plan.options.when_hidden == WhenHidden::Slow
    }

    /// What a page that does not run cannot take part in waits for it.
    pub fn waits(&self, event: &Event) -> bool {
        use Event::{Fault, Frame, Get, Heartbeat, Page, Post, Publish, Request};
        use Event::{Sickness, SocketRequest, Sound, Stop, Subscribed, Tab, Worsens};
        !matches!(
            event,
            Fault(_)
                | Sickness(_)
                | Worsens(..)
                | Sound
                | Page(_)
                | Publish
                | Heartbeat
                | Tab(..)
                | Request(..)
                | Get(_)
                | Post(..)
                | Stop(_)
                | Subscribed(..)
                | SocketRequest(_)
                | Frame(..)
        )
    }
}
