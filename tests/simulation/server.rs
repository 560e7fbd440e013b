//! The made-up server: a log of messages, who listens, and how it is said on the wire.

use std::collections::{BTreeMap, BTreeSet};

use graphql_lifeline::io::{Attempt, OpId};
use graphql_lifeline::random::Random;
use serde_json::{Value, json};

use super::support::json::Json;

/// How a listener is reached.
#[derive(Clone, Copy, Debug)]
pub enum Link {
    Stream,
    /// On this socket.
    Socket(Attempt),
    /// On this reserved stream.
    Reserved(Attempt),
}

/// A message on the wire: as text on a socket, else as bytes.
pub struct Sent {
    pub carrier: Attempt,
    pub bytes: Vec<u8>,
    pub text: Option<String>,
}

pub struct Server {
    /// Messages are numbered from 1; this is the newest.
    newest: u64,
    listeners: BTreeMap<Attempt, Link>,
    silent: BTreeSet<Attempt>,
    held: BTreeMap<Attempt, u64>,
    random: Random,
}

impl Server {
    pub fn new(seed: u64) -> Self {
        Self {
            newest: 0,
            listeners: BTreeMap::new(),
            silent: BTreeSet::new(),
            held: BTreeMap::new(),
            random: Random::new(seed),
        }
    }

    pub fn publish(&mut self) -> u64 {
        self.newest += 1;
        self.newest
    }

    pub const fn last(&self) -> u64 {
        self.newest
    }

    pub fn newest(&self, count: usize) -> Vec<u64> {
        let first = self.newest.saturating_sub(count as u64);
        (first + 1..=self.newest).collect()
    }

    /// What came behind a key; all of it, without one.
    pub fn history(&self, last_key: Option<&str>) -> Vec<Json> {
        let after = last_key.and_then(|key| key.strip_prefix('m')?.parse().ok());
        let first = after.unwrap_or(0) + 1;
        (first..=self.newest).map(|n| Json(result(n))).collect()
    }

    pub fn listeners(&self) -> Vec<Attempt> {
        self.listeners.keys().copied().collect()
    }

    /// Where an operation listens, and how it is reached there.
    pub fn of(&self, op: OpId) -> impl Iterator<Item = (Attempt, Link)> + '_ {
        let bound = |number| Attempt { op, number };
        let all = self.listeners.range(bound(0)..=bound(u32::MAX));
        all.map(|(&attempt, &link)| (attempt, link))
    }

    /// Those with a connection of their own.
    pub fn streams(&self) -> Vec<Attempt> {
        self.by(|link| matches!(link, Link::Stream))
    }

    /// Those on a reserved stream.
    pub fn riders(&self) -> Vec<Attempt> {
        self.by(|link| matches!(link, Link::Reserved(_)))
    }

    fn by(&self, is: impl Fn(&Link) -> bool) -> Vec<Attempt> {
        let all = self.listeners.iter().filter(|(_, link)| is(link));
        all.map(|(&attempt, _)| attempt).collect()
    }

    pub fn join(&mut self, attempt: Attempt, link: Link) {
        self.listeners.insert(attempt, link);
    }

    /// It is gone, with everybody who listens on it; what was held back for them is returned.
    pub fn lost(&mut self, carrier: Attempt) -> Vec<(Attempt, u64)> {
        let is_on = |attempt: &Attempt, link: &Link| {
            *attempt == carrier
                || matches!(link, Link::Socket(it) | Link::Reserved(it) if *it == carrier)
        };
        let listeners = self.listeners.iter();
        let gone: Vec<Attempt> = listeners
            .filter(|(attempt, link)| is_on(attempt, link))
            .map(|(&attempt, _)| attempt)
            .collect();
        for attempt in &gone {
            self.listeners.remove(attempt);
        }
        let held = |attempt| Some((attempt, self.held.remove(&attempt)?));
        gone.into_iter().filter_map(held).collect()
    }

    /// Nothing comes from this connection any more.
    pub fn silence(&mut self, attempt: Attempt) {
        self.silent.insert(attempt);
    }

    pub fn is_silent(&self, attempt: Attempt) -> bool {
        match self.listeners.get(&attempt) {
            Some(Link::Socket(it) | Link::Reserved(it)) => self.silent.contains(it),
            Some(Link::Stream) | None => self.silent.contains(&attempt),
        }
    }

    /// Do results come this way?
    pub fn flows(&self, attempt: Attempt) -> bool {
        self.listeners.contains_key(&attempt) && !self.is_silent(attempt)
    }

    /// Holds one back, and gives both in the wrong order with the next.
    pub fn reorder(&mut self, attempt: Attempt, n: u64) -> Option<(u64, u64)> {
        match self.held.remove(&attempt) {
            Some(held) => Some((n, held)),
            None => {
                self.held.insert(attempt, n);
                None
            }
        }
    }

    /// What was held back.
    pub fn held(&mut self, attempt: Attempt) -> Option<u64> {
        self.held.remove(&attempt)
    }

    pub fn encode(&mut self, attempt: Attempt, n: u64, garbled: bool) -> Option<Sent> {
        let link = *self.listeners.get(&attempt)?;
        let mut payload = result(n);
        payload["data"]["text"] = "x".repeat((self.random.unit() * 40.0) as usize).into();
        let json = if garbled {
            payload.to_string().replace('{', "[")
        } else {
            payload.to_string()
        };
        let id = format!("{}-{}", attempt.op, attempt.number);
        Some(match link {
            Link::Stream => Sent {
                carrier: attempt,
                bytes: format!("event: next\ndata: {json}\n\n").into_bytes(),
                text: None,
            },
            Link::Reserved(carrier) => Sent {
                carrier,
                bytes: format!("event: next\ndata: {{\"id\":\"{id}\",\"payload\":{json}}}\n\n")
                    .into_bytes(),
                text: None,
            },
            Link::Socket(carrier) => Sent {
                carrier,
                bytes: Vec::new(),
                text: Some(format!(
                    "{{\"id\":\"{id}\",\"type\":\"next\",\"payload\":{json}}}"
                )),
            },
        })
    }
}

fn result(n: u64) -> Value {
    json!({ "data": { "id": format!("m{n}"), "n": n } })
}
