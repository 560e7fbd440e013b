//! What requests, streams, sockets, messages and events are told when they ask what befalls them.

use std::num::NonZeroU32;

use axum::http::{HeaderValue, StatusCode};

use crate::effect::{Door, Opening, Pace, Results};
use crate::faults::{Faults, Standing};
use crate::streams::OpenStream;
use crate::transport::{On, Transport};

/// What a request gets instead of what it asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    Status {
        status: StatusCode,
        retry_after: Option<HeaderValue>,
    },
    Portal,
    /// Nothing, until the profile of that time no longer stands.
    Hang {
        generation: u64,
    },
    /// Nothing: its connection breaks.
    Break,
}

/// What a stream or a socket met when it opened.
#[derive(Clone, Copy, Debug)]
pub struct Ticket {
    pub generation: u64,
    pub name: &'static str,
    pub opening: Opening,
}

/// What is in force for the results on a transport.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    pub generation: u64,
    pub name: &'static str,
    pub results: Results,
    pub pace: Pace,
}

/// What becomes of an event that is ready to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Write,
    Lose,
    /// Lost, and its stream ends, though the statistics do not notice.
    Crash,
}

impl Faults {
    /// Asked once for each request; without a transport it is asked what befalls all of them.
    pub fn on_request(&self, transport: Option<Transport>) -> Option<Answer> {
        let mut standing = self.lock();
        let concerned = transport.is_some_and(|transport| standing.on.includes(transport));
        let answer = match &standing.effect.door {
            Door::Down => Answer::Break,
            Door::Hang if concerned && transport == Some(Transport::Sse) => Answer::Hang {
                generation: standing.generation,
            },
            Door::Portal { .. } if concerned => Answer::Portal,
            Door::Refuse {
                status,
                retry_after,
                ..
            } if concerned => Answer::Status {
                status: *status,
                retry_after: retry_after.clone(),
            },
            Door::Open | Door::Hang | Door::Portal { .. } | Door::Refuse { .. } => return None,
        };
        self.tally.count(standing.name, 1);
        self.use_up(&mut standing);
        Some(answer)
    }

    fn use_up(&self, standing: &mut Standing) {
        let Some(left) = standing.left else {
            return;
        };
        standing.left = NonZeroU32::new(left.get() - 1);
        if standing.left.is_none() {
            self.retire(standing);
        }
    }

    /// Asked once for each stream and socket: lets it in, and says under which circumstances.
    pub fn open(&self, transport: Transport) -> (OpenStream, Ticket) {
        // Under one lock: an order comes either before it opens or after.
        let standing = self.lock();
        let ticket = standing.ticket(transport);
        (self.streams(transport).open(), ticket)
    }

    /// What an operation meets that begins now, on a connection that is open already.
    pub fn ticket(&self, transport: Transport) -> Ticket {
        self.lock().ticket(transport)
    }

    /// Asked once for each message sent: where its event is to be cut, if anywhere. Disarms.
    pub fn on_message(&self) -> Option<On> {
        let mut standing = self.lock();
        let on = standing.effect.cuts_message.then_some(standing.on);
        if on.is_some() {
            self.retire(&mut standing);
        }
        on
    }

    pub fn rule(&self, transport: Transport) -> Rule {
        self.lock().rule(transport)
    }

    /// Asked once for each event of so many bytes on an event stream; `crash` is the stream's
    /// memory of having lost one.
    pub fn on_event(&self, open: &OpenStream, bytes: usize, crash: &mut Option<u64>) -> Fate {
        let standing = self.lock();
        let rule = standing.rule(Transport::Sse);
        let limit = match rule.results {
            Results::Limited(limit) => usize::try_from(limit.get()).unwrap_or(usize::MAX),
            Results::Flow | Results::Lost | Results::Swapped | Results::Thinned(_) => {
                return Fate::Write;
            }
        };
        if *crash == Some(rule.generation) {
            // Still under the lock: the profile that keeps it in the books has not ended.
            open.haunt();
            self.tally.count(rule.name, 1);
            Fate::Crash
        } else if bytes > limit {
            *crash = Some(rule.generation);
            self.tally.count(rule.name, 1);
            Fate::Lose
        } else {
            Fate::Write
        }
    }
}

impl Ticket {
    /// With how many of the last messages an operation begins.
    pub fn replay(&self) -> u64 {
        match self.opening {
            Opening::Replay(last) => u64::from(last.get()),
            Opening::Normal
            | Opening::Stall
            | Opening::Unacknowledged
            | Opening::HeadOnly
            | Opening::Flap(_) => 0,
        }
    }
}

impl Standing {
    fn ticket(&self, transport: Transport) -> Ticket {
        let concerned = self.on.includes(transport);
        Ticket {
            generation: self.generation,
            name: self.name,
            opening: concerned.then_some(self.effect.opening).unwrap_or_default(),
        }
    }

    fn rule(&self, transport: Transport) -> Rule {
        let concerned = self.on.includes(transport);
        Rule {
            generation: self.generation,
            name: self.name,
            results: concerned.then_some(self.effect.results).unwrap_or_default(),
            pace: concerned.then_some(self.effect.pace).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::Order;
    use std::sync::Arc;

    fn faults(json: &str) -> Arc<Faults> {
        let faults = Arc::<Faults>::default();
        faults.order(Order::parse(json.as_bytes()).unwrap());
        faults
    }

    #[test]
    fn requests_are_answered_so_many_times() {
        let faults = faults(r#"{"profile":"portal","times":2}"#);
        let ask = || faults.on_request(Some(Transport::Sse));
        assert_eq!(faults.on_request(Some(Transport::Ws)), None);
        assert_eq!(faults.on_request(None), None);
        assert_eq!(ask(), Some(Answer::Portal));
        assert_eq!(faults.name(), "portal");
        assert_eq!(ask(), Some(Answer::Portal));
        assert_eq!(faults.name(), "none");
        assert_eq!(ask(), None);
    }

    #[test]
    fn an_armed_cut_strikes_one_message() {
        let faults = faults(r#"{"profile":"cut","onNext":true,"on":"all"}"#);
        assert_eq!(faults.on_message(), Some(On::All));
        assert_eq!(faults.on_message(), None);
    }

    #[test]
    fn a_crash_takes_two_events_and_leaves_a_zombie() {
        let faults = faults(r#"{"profile":"large-crash","bytes":10}"#);
        let (open, _) = faults.open(Transport::Sse);
        let mut crash = None;
        assert_eq!(faults.on_event(&open, 10, &mut crash), Fate::Write);
        assert_eq!(faults.on_event(&open, 11, &mut crash), Fate::Lose);
        assert_eq!(faults.on_event(&open, 1, &mut crash), Fate::Crash);
        drop(open);
        assert_eq!(faults.sse.zombies(), 1);
        faults.order(Order::parse(br#"{"profile":"none"}"#).unwrap());
        assert_eq!(faults.sse.zombies(), 0);
    }

    #[test]
    fn what_opens_meets_only_what_concerns_it() {
        let faults = faults(r#"{"profile":"stall","on":"ws"}"#);
        assert_eq!(faults.open(Transport::Ws).1.opening, Opening::Stall);
        assert_eq!(faults.open(Transport::Sse).1.opening, Opening::Normal);
        assert_eq!(faults.ticket(Transport::Ws).replay(), 0);
    }
}
