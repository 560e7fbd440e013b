//! Room for streams: so many at once for all tabs together, as src/web/slots.js counts them.

use std::collections::{BTreeMap, BTreeSet};

use graphql_lifeline::config::{Method, Transport};
use graphql_lifeline::io::{Attempt, News, OpId, Reason};
use graphql_lifeline::random::Random;
use graphql_lifeline::reservation::Sharing;
use graphql_lifeline::response::Want;

use super::event::Event;
use super::fault::below;
use super::plan::{END, FAULTS_END, Plan};
use super::sabotage::Sabotage;
use super::world::World;

/// What the client wants opened.
#[derive(Clone, Copy, Debug)]
pub struct Connection {
    pub attempt: Attempt,
    pub transport: Transport,
    pub method: Method,
    pub want: Want,
    pub reason: Reason,
}

impl Connection {
    /// Requests that are answered at once find room anyway.
    pub fn is_stream(&self) -> bool {
        matches!(self.want, Want::Stream | Want::Reserved)
    }
}

/// Another tab has a stream open.
#[derive(Clone, Copy, Debug)]
pub struct Tab {
    pub from: u64,
    pub until: u64,
    /// One that its operations share.
    pub shares: bool,
}

pub fn draw(random: &mut Random) -> Vec<Tab> {
    (0..below(random, 3))
        .map(|_| {
            let from = below(random, FAULTS_END);
            let stays = below(random, 3) == 0;
            Tab {
                from,
                until: if stays {
                    END + 1
                } else {
                    (from + 1 + below(random, 60_000)).min(FAULTS_END)
                },
                shares: below(random, 2) == 0,
            }
        })
        .collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holder {
    Stream(Attempt),
    Tab(usize),
}

pub struct Room {
    /// How many slots there are, if streams need one.
    slots: Option<usize>,
    /// As many are left for streams that operations share.
    spare: usize,
    taken: BTreeMap<usize, Holder>,
    /// Those that have not gone on to the network yet.
    coming: BTreeSet<Attempt>,
    /// The first to come is the first to go.
    waiting: Vec<Connection>,
    /// What is on the network.
    streams: BTreeSet<Attempt>,
}

impl Room {
    pub fn new(plan: &Plan) -> Self {
        Self {
            slots: plan.slots,
            spare: usize::from(plan.options.sharing == Sharing::WhenCrowded),
            taken: BTreeMap::new(),
            coming: BTreeSet::new(),
            waiting: Vec::new(),
            streams: BTreeSet::new(),
        }
    }

    fn take(&mut self, holder: Holder, shares: bool) -> bool {
        let first = if shares { 0 } else { self.spare };
        let mut slots = first..self.slots.unwrap_or_default();
        let Some(free) = slots.find(|slot| !self.taken.contains_key(slot)) else {
            return false;
        };
        self.taken.insert(free, holder);
        true
    }

    fn take_for(&mut self, it: &Connection) -> bool {
        self.take(Holder::Stream(it.attempt), it.want == Want::Reserved)
    }

    fn give_back(&mut self, holder: Holder) {
        self.taken.retain(|_, it| *it != holder);
    }

    pub fn comes(&mut self, attempt: Attempt) {
        self.coming.insert(attempt);
    }

    /// It is closed, or does not wait any more.
    fn leave(&mut self, attempt: Attempt) {
        self.coming.remove(&attempt);
        self.streams.remove(&attempt);
        self.waiting.retain(|it| it.attempt != attempt);
        self.give_back(Holder::Stream(attempt));
    }

    /// The first that waits and finds a slot now.
    fn admit(&mut self) -> Option<Connection> {
        let waiting = self.waiting.clone();
        let at = waiting.iter().position(|it| self.take_for(it))?;
        Some(self.waiting.remove(at))
    }

    /// Is there really no room for this operation, nor for a stream that it would share?
    pub fn is_waited_for(&self, op: OpId) -> bool {
        let waits = |it: &Connection| it.attempt.op == op || it.want == Want::Reserved;
        self.waiting.iter().any(waits)
    }

    /// More are open than there is room for.
    fn excess(&self) -> Option<String> {
        let slots = self.slots?;
        let is_tab = |holder: &&Holder| matches!(holder, Holder::Tab(_));
        let elsewhere = self.taken.values().filter(is_tab).count();
        let open = self.streams.len() + elsewhere;
        (open > slots).then(|| format!("{open} streams at once, with room for {slots}"))
    }
}

impl World {
    /// Streams take a slot before anything is sent.
    pub fn enter(&mut self, it: Connection) {
        if !self.open.contains_key(&it.attempt) {
            return;
        }
        if self.saboteur.is(Sabotage::Squeezes) || self.room.take_for(&it) {
            return self.begin(it);
        }
        self.room.waiting.push(it);
        self.news(it.attempt, News::Crowded);
    }

    pub fn admitted(&mut self, it: Connection) {
        if self.open.contains_key(&it.attempt) {
            self.news(it.attempt, News::Admitted);
            self.begin(it);
        }
    }

    /// What can break.
    pub fn connections(&self) -> Vec<Attempt> {
        let all = self.open.keys().copied();
        all.filter(|it| !self.room.coming.contains(it)).collect()
    }

    /// On the network from now on.
    pub fn flow(&mut self, it: Connection) {
        self.room.coming.remove(&it.attempt);
        if it.is_stream() {
            self.room.streams.insert(it.attempt);
            self.oracle.faults.extend(self.room.excess());
        }
    }

    /// A connection is closed: its slot is for the next one.
    pub fn closed(&mut self, attempt: Attempt) {
        self.open.remove(&attempt);
        self.room.leave(attempt);
        self.admit();
    }

    pub fn tab(&mut self, n: usize, begins: bool) {
        if begins {
            // One that finds no room does not wait here.
            let shares = self.plan.tabs[n].shares;
            self.room.take(Holder::Tab(n), shares);
        } else {
            self.room.give_back(Holder::Tab(n));
            self.admit();
        }
    }

    fn admit(&mut self) {
        while let Some(it) = self.room.admit() {
            self.at(self.now + 1, Event::Admitted(it));
        }
    }
}
