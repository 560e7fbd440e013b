//! What requests, streams, sockets, messages and events are told when they ask what befalls them.

use axum::http::{HeaderValue, StatusCode};

use crate::effect::{Door, Opening, Results};
use crate::faults::{Era, Faults};
use crate::profile;
use crate::streams::OpenStream;
use crate::transport::{On, Transport};

/// Who asks for something on `/graphql`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visitor {
    /// A browser that asks whether it may ask.
    Preflight,
    /// Someone who wants neither a stream nor a socket.
    Plain,
    For(Transport),
}

/// What a request gets instead of what it asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    Status {
        status: StatusCode,
        retry_after: Option<HeaderValue>,
    },
    Portal,
    Other {
        status: StatusCode,
        content_type: HeaderValue,
        body: String,
    },
    /// Nothing, until the order of that era is lifted.
    Hang(Era),
    /// What it asked for, but not before the order of that era is lifted.
    Hold(Era),
    /// Nothing: its connection breaks.
    Break,
}

/// What a stream or a socket met when it opened.
#[derive(Clone, Copy, Debug)]
pub struct Ticket {
    pub era: Era,
    pub opening: Opening,
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
    /// Asked once for each request, and again when one was held.
    pub fn on_request(&self, visitor: Visitor) -> Option<Answer> {
        let mut standing = self.lock();
        let on = standing.on;
        let (concerned, held) = match visitor {
            Visitor::Preflight => (false, false),
            // It takes a connection as a stream does.
            Visitor::Plain => (false, on.includes(Transport::Sse)),
            Visitor::For(transport) => (on.includes(transport), on.includes(transport)),
        };
        let answer = match &standing.effect.door {
            Door::Down => Answer::Break,
            Door::Hang if concerned => Answer::Hang(standing.era),
            Door::Hold if held => Answer::Hold(standing.era),
            Door::Portal if concerned => Answer::Portal,
            Door::Other {
                status,
                content_type,
                body,
            } if concerned => Answer::Other {
                status: *status,
                content_type: content_type.clone(),
                body: body.clone(),
            },
            Door::Refuse {
                status,
                retry_after,
            } if concerned => Answer::Status {
                status: *status,
                retry_after: retry_after.clone(),
            },
            Door::Open
            | Door::Hang
            | Door::Hold
            | Door::Portal
            | Door::Other { .. }
            | Door::Refuse { .. }
            | Door::Elsewhere
            | Door::Token => {
                return None;
            }
        };
        self.use_up(&mut standing);
        Some(answer)
    }

    /// Asked once for each stream and socket: lets it in, and says under which circumstances.
    pub fn open(&self, transport: Transport) -> (OpenStream, Ticket) {
        // Under one lock: an order comes either before it opens or after.
        let mut standing = self.lock();
        let opening = if standing.on.includes(transport) {
            standing.effect.opening
        } else {
            Opening::Normal
        };
        let ticket = Ticket {
            era: standing.era,
            opening,
        };
        match ticket.opening {
            Opening::Normal | Opening::HeldHead | Opening::Flap(_) => {}
            Opening::Stall(_) | Opening::HeadOnly => self.use_up(&mut standing),
        }
        (self.streams(transport).open(), ticket)
    }

    /// Asked once for each request that names a reserved stream: has it come to another server?
    pub fn misleads(&self) -> bool {
        let mut standing = self.lock();
        let misleads = standing.effect.door == Door::Elsewhere;
        if misleads {
            self.use_up(&mut standing);
        }
        misleads
    }

    /// Asked once for each subscription to `messages`: with how many of the last it begins.
    pub fn on_subscribe(&self, transport: Transport) -> u64 {
        let mut standing = self.lock();
        let replay = standing.effect.replay;
        match replay.filter(|_| standing.on.includes(transport)) {
            Some(last) => {
                // Counted by the message: there may be none to begin with.
                self.spend(&mut standing);
                last.get().into()
            }
            None => 0,
        }
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

    /// Whether what was in force in that era still is, and so befalls somebody now.
    pub fn befalls(&self, era: Era) -> bool {
        let mut standing = self.lock();
        let stands = standing.era == era;
        if stands {
            self.use_up(&mut standing);
        }
        stands
    }

    /// Whether this one, which has had its time, is to break now: nothing else has happened yet.
    pub fn flaps(&self, open: &OpenStream, ticket: Ticket) -> bool {
        let mut standing = self.lock();
        let breaks = standing.era == ticket.era && open.count_cut();
        if breaks {
            self.use_up(&mut standing);
        }
        breaks
    }

    /// Whether this one is to break now, because of a message that is to be cut.
    pub fn cuts(&self, open: &OpenStream) -> bool {
        let breaks = open.count_cut();
        if breaks {
            self.tally.count(profile::CUT, 1);
        }
        breaks
    }

    /// Asked once for each event of so many bytes on an event stream; `crash` is the stream's
    /// memory of having lost one.
    pub fn on_event(&self, open: &OpenStream, bytes: usize, crash: &mut Option<Era>) -> Fate {
        let mut standing = self.lock();
        if crash.is_some_and(|era| era.order == standing.era.order) {
            // Still under the lock: the order that keeps it in the books was not lifted.
            open.haunt();
            self.tally.count(profile::LARGE_CRASH, 1);
            return Fate::Crash;
        }
        match standing.effect.results {
            Results::Limited(limit) if bytes > usize::try_from(limit.get()).unwrap_or(bytes) => {
                *crash = Some(standing.era);
                self.use_up(&mut standing);
                Fate::Lose
            }
            Results::Limited(_)
            | Results::Flow
            | Results::Lost
            | Results::Swapped
            | Results::Thinned(_)
            | Results::Thrown { .. } => Fate::Write,
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
        let ask = || faults.on_request(Visitor::For(Transport::Sse));
        assert_eq!(faults.on_request(Visitor::For(Transport::Ws)), None);
        assert_eq!(faults.on_request(Visitor::Plain), None);
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
    fn what_is_used_up_is_not_lifted() {
        let faults = faults(r#"{"profile":"large-crash","bytes":10,"times":1}"#);
        let (open, _) = faults.open(Transport::Sse);
        let mut crash = None;
        assert_eq!(faults.on_event(&open, 11, &mut crash), Fate::Lose);
        assert_eq!(faults.name(), "none");
        assert_eq!(faults.on_event(&open, 11, &mut None), Fate::Write);
        assert_eq!(faults.on_event(&open, 1, &mut crash), Fate::Crash);
        assert_eq!(faults.sse.zombies(), 1);
        let before = faults.rule(Transport::Sse).era;
        faults.order(Order::parse(br#"{"profile":"drop","times":1}"#).unwrap());
        assert_eq!(faults.sse.zombies(), 0);
        let rule = faults.rule(Transport::Sse);
        assert!(!faults.befalls(before) && faults.befalls(rule.era));
        assert!(!faults.befalls(rule.era));
    }

    #[test]
    fn what_opens_meets_only_what_concerns_it() {
        let faults = faults(r#"{"profile":"stall","on":"ws"}"#);
        assert_eq!(faults.open(Transport::Ws).1.opening, Opening::Stall(None));
        assert_eq!(faults.open(Transport::Sse).1.opening, Opening::Normal);
        assert_eq!(faults.on_subscribe(Transport::Ws), 0);
    }
}
