//! A fleet against a server that dies, and comes back able to admit so many a second.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use graphql_lifeline::random::Random;
use serde_json::json;

use super::member::{Member, Next, Rules};

/// All times are in milliseconds since the first connection.
pub struct Scene {
    pub clients: usize,
    /// Connections that the server admits in a second.
    pub admits: u64,
    pub dies: u64,
    pub returns: u64,
    pub ends: u64,
}

/// From the attempt to its answer.
const ANSWER: u64 = 20;

impl Scene {
    /// The server is away for 30 s, and 50 s are needed to admit all.
    pub const fn whole() -> Self {
        Self {
            clients: 100_000,
            admits: 2_000,
            dies: 60_000,
            returns: 90_000,
            ends: 660_000,
        }
    }

    pub const fn small() -> Self {
        let whole = Self::whole();
        Self {
            clients: whole.clients / 50,
            admits: whole.admits / 50,
            ..whole
        }
    }
}

/// What came of it.
#[derive(Debug)]
pub struct Race {
    rules: Rules,
    pub total: u64,
    away: u64,
    /// How long after the server's return 99 % were live again.
    pub whole_after: Option<u64>,
    pub given_up: usize,
    /// Attempts in each second since the server died.
    attempts: Vec<u64>,
    /// Live clients at the end of each second.
    live: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Dies,
    Wake(usize),
    Answer(usize),
}

struct Run<'a> {
    scene: &'a Scene,
    members: Vec<Member>,
    queue: BinaryHeap<Reverse<(u64, Event)>>,
    /// Wakes that have been overtaken are recognised by their time.
    wakes: Vec<Option<u64>>,
    is_live: Vec<bool>,
    random: Random,
    live: usize,
    /// Thousandths of a place that are free, and since when.
    places: (u64, u64),
    race: Race,
}

impl Race {
    pub fn run(scene: &Scene, rules: Rules) -> Self {
        let mut random = Random::new(1);
        let members = (0..scene.clients).map(|_| Member::new(rules, random.bits()));
        let members: Vec<Member> = members.collect();
        let seconds = ((scene.ends - scene.dies) / 1000) as usize;
        let mut run = Run {
            scene,
            members,
            queue: BinaryHeap::new(),
            wakes: vec![None; scene.clients],
            is_live: vec![false; scene.clients],
            random,
            live: 0,
            places: (0, 0),
            race: Self {
                rules,
                total: 0,
                away: scene.returns - scene.dies,
                whole_after: None,
                given_up: 0,
                attempts: vec![0; seconds],
                live: Vec::new(),
            },
        };
        run.go();
        run.race
    }

    pub fn to_json(&self) -> String {
        json!({
            "rules": self.rules.name(),
            "total": self.total,
            "awayS": self.away / 1000,
            "watchedS": self.attempts.len(),
            "wholeAfterMs": self.whole_after,
            "givenUp": self.given_up,
            "attempts": self.attempts,
            "live": self.live,
        })
        .to_string()
    }
}

impl Run<'_> {
    fn go(&mut self) {
        for n in 0..self.members.len() {
            let next = self.members[n].connected(0);
            self.up(n);
            self.follow(0, n, next);
        }
        self.at(self.scene.dies, Event::Dies);
        while let Some(Reverse((now, event))) = self.queue.pop() {
            if now >= self.scene.ends {
                break;
            }
            self.note(now);
            match event {
                Event::Dies => self.die(now),
                Event::Wake(n) if self.wakes[n] == Some(now) => {
                    self.wakes[n] = None;
                    let next = self.members[n].woken(now);
                    self.follow(now, n, next);
                }
                Event::Wake(_) => {}
                Event::Answer(n) => self.answer(now, n),
            }
        }
        self.note(self.scene.ends);
        self.race.total = self.race.attempts.iter().sum();
    }

    fn at(&mut self, at: u64, event: Event) {
        self.queue.push(Reverse((at, event)));
    }

    fn follow(&mut self, now: u64, n: usize, next: Next) {
        match next {
            Next::Connect => {
                self.wakes[n] = None;
                if let Some(second) = self.second(now) {
                    self.race.attempts[second] += 1;
                }
                self.at(now + ANSWER, Event::Answer(n));
            }
            Next::Wake(at) => {
                let at = at.max(now + 1);
                self.wakes[n] = Some(at);
                self.at(at, Event::Wake(n));
            }
            Next::Never if !self.is_live[n] => self.race.given_up += 1,
            Next::Never => {}
        }
    }

    fn die(&mut self, now: u64) {
        self.live = 0;
        self.is_live.fill(false);
        for n in 0..self.members.len() {
            let next = self.members[n].failed(now, &mut self.random);
            self.follow(now, n, next);
        }
    }

    fn answer(&mut self, now: u64, n: usize) {
        let next = if self.admits(now) {
            self.up(n);
            if self.live * 100 >= self.members.len() * 99 && self.race.whole_after.is_none() {
                self.race.whole_after = Some(now - self.scene.returns);
            }
            self.members[n].connected(now)
        } else {
            self.members[n].failed(now, &mut self.random)
        };
        self.follow(now, n, next);
    }

    fn up(&mut self, n: usize) {
        self.is_live[n] = true;
        self.live += 1;
    }

    /// As many as it admits in a second may be admitted at once.
    fn admits(&mut self, now: u64) -> bool {
        if now < self.scene.returns {
            return false;
        }
        let (free, since) = self.places;
        let free = (free + (now - since) * self.scene.admits).min(self.scene.admits * 1000);
        let admits = free >= 1000;
        self.places = (free - if admits { 1000 } else { 0 }, now);
        admits
    }

    /// Seconds are counted from the server's death.
    fn second(&self, now: u64) -> Option<usize> {
        let since = now.checked_sub(self.scene.dies)? / 1000;
        (since < self.race.attempts.len() as u64).then_some(since as usize)
    }

    /// How many were live in each second until now.
    fn note(&mut self, now: u64) {
        let second = self.second(now).unwrap_or(0);
        while self.race.live.len() < second {
            self.race.live.push(self.live);
        }
    }
}
