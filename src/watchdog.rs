//! Judges silence on an open connection: alive, suspect, stalled.
//!
//! Silence alone proves little: a chat may be quiet for an hour. It makes a connection
//! suspect. Stalled it is only where silence is known to be wrong: a heartbeat whose rhythm
//! was learned has stopped, the application has said how long silence may last, or its
//! probe has answered no. What a rhythm is, and who inherits it, is in
//! [`rhythm`](crate::rhythm).
//!
//! Time that nobody was awake for proves nothing either. A page that was frozen, a laptop
//! that slept, a timer that was throttled: whoever looks late grants the connection one
//! more chance to speak, and judges after that.

use crate::rhythm::{Heritage, Rhythm};
use crate::time::{Instant, Now, Span, earliest};

/// Silence of this length is suspect where no rhythm is known.
pub const QUIET: Span = Span::from_secs(60);
/// Whoever looks this much after the deadline was not awake at it.
const LATE: Span = Span::from_secs(2);
/// A probe's no may overtake the very result that it misses: so long that one may still come.
const OVERTAKEN: Span = Span::from_secs(1);

/// What the application says about silence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// After this much silence a connection is stalled; `None`: as its rhythm says.
    pub silence: Option<Span>,
    /// Has the application a probe? It may take this long.
    pub probe: Option<Span>,
    /// A silent socket's pong may take this long; `None`: [`PONG_TIMEOUT`](crate::socket::PONG_TIMEOUT).
    pub pong: Option<Span>,
}

/// What is thought of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    Alive,
    Suspect,
    Stalled,
}

/// What a look at the connection comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing new.
    Same,
    /// Think this of it from now on.
    Turned(Judgement),
    /// Ask the application's probe, and tell what it says.
    Probe,
}

/// Watches one connection.
#[derive(Clone, Debug)]
pub struct Watchdog {
    limits: Limits,
    rhythm: Rhythm,
    /// The last sign of life.
    heard: Now,
    /// The last proof that results flow: a result, or a probe's yes.
    proved: Instant,
    judgement: Judgement,
    /// Set while a look came late: it is judged then, if nothing is heard before.
    chance: Option<Instant>,
    /// Until then the probe may answer, or a result belie its no.
    probing: Option<Instant>,
}

impl Watchdog {
    /// Begins with the connection.
    #[must_use]
    pub fn new(limits: Limits, now: Now) -> Self {
        Self::inherit(limits, Heritage::default(), now)
    }

    /// Begins with the connection, and knows of those before it.
    #[must_use]
    pub fn inherit(limits: Limits, heritage: Heritage, now: Now) -> Self {
        Self {
            limits,
            rhythm: Rhythm::new(heritage, now.monotonic),
            heard: now,
            proved: now.monotonic,
            judgement: Judgement::Alive,
            chance: None,
            probing: None,
        }
    }

    #[must_use]
    pub const fn judgement(&self) -> Judgement {
        self.judgement
    }

    #[must_use]
    pub const fn rhythm(&self) -> &Rhythm {
        &self.rhythm
    }

    /// A heartbeat: a comment, a ping, an event without a result.
    pub fn beat(&mut self, now: Now) -> Verdict {
        self.rhythm.beat(now.monotonic);
        self.sign(now)
    }

    /// A result.
    pub fn result(&mut self, now: Now) -> Verdict {
        self.proved = now.monotonic;
        self.probing = None;
        self.sign(now)
    }

    /// Any other sign of life, such as a piece of an event.
    pub fn sign(&mut self, now: Now) -> Verdict {
        self.rhythm.sign(now.monotonic);
        self.revive(now)
    }

    fn revive(&mut self, now: Now) -> Verdict {
        self.heard = now;
        self.chance = None;
        self.turn(Judgement::Alive)
    }

    /// The probe has answered; `None`: it could not run, which proves nothing.
    pub fn probed(&mut self, now: Now, answer: Option<bool>) -> Verdict {
        if self.probing.take().is_none() {
            return Verdict::Same;
        }
        self.proved = now.monotonic;
        match answer {
            // It came by another way, and is no part of the rhythm.
            Some(true) => self.revive(now),
            Some(false) => {
                self.probing = Some(now.monotonic + OVERTAKEN);
                Verdict::Same
            }
            None => Verdict::Same,
        }
    }

    /// When to look next.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        if self.judgement == Judgement::Stalled {
            return None;
        }
        if self.probing.is_some() {
            return self.probing;
        }
        let ask = self.proved + self.limits.silence.unwrap_or(QUIET);
        let probe = self.limits.probe.map(|_| ask);
        let silence = self.chance.or_else(|| self.next_turn());
        earliest(&[probe, silence])
    }

    /// Looks at the connection; the deadline may have come.
    pub fn look(&mut self, now: Now) -> Verdict {
        if self.judgement == Judgement::Stalled {
            return Verdict::Same;
        }
        match (self.limits.probe, self.probing) {
            // It had no chance to answer while nobody was awake.
            (Some(timeout), Some(until)) if now.monotonic.since(until) > LATE => {
                self.probe(now, timeout)
            }
            (_, Some(until)) if now.monotonic >= until => self.turn(Judgement::Stalled),
            // What it says counts for more than silence.
            (_, Some(_)) => Verdict::Same,
            (Some(timeout), None) if self.is_unproved(now) => self.probe(now, timeout),
            (_, None) => self.judge(now),
        }
    }

    /// Whoever watches was away and is back: the application's probe is asked at once.
    pub fn returned(&mut self, now: Now) -> Verdict {
        match (self.judgement, self.limits.probe, self.probing) {
            (Judgement::Alive | Judgement::Suspect, Some(timeout), None) => {
                self.probe(now, timeout)
            }
            _ => self.look(now),
        }
    }

    fn probe(&mut self, now: Now, timeout: Span) -> Verdict {
        self.probing = Some(now.monotonic + timeout);
        Verdict::Probe
    }

    fn judge(&mut self, now: Now) -> Verdict {
        if let Some(until) = self.chance {
            return match self.patience() {
                _ if now.monotonic < until => Verdict::Same,
                Some(_) => self.turn(Judgement::Stalled),
                None => {
                    self.chance = None;
                    Verdict::Same
                }
            };
        }
        let Some(turn) = self.next_turn() else {
            return Verdict::Same;
        };
        if self.slept(now, turn) {
            self.chance = Some(now.monotonic + self.patience().unwrap_or(QUIET));
            return self.turn(Judgement::Suspect);
        }
        if now.monotonic < turn {
            return Verdict::Same;
        }
        match self.judgement {
            Judgement::Alive => self.turn(Judgement::Suspect),
            Judgement::Suspect | Judgement::Stalled => self.turn(Judgement::Stalled),
        }
    }

    /// When silence makes it worse; `None`: it does not.
    fn next_turn(&self) -> Option<Instant> {
        let heard = self.heard.monotonic;
        match (self.judgement, self.patience()) {
            (Judgement::Alive, Some(patience)) => {
                Some(heard + Span::from_millis(patience.as_millis() / 3 * 2))
            }
            (Judgement::Alive, None) => Some(heard + QUIET),
            (Judgement::Suspect, Some(patience)) => Some(heard + patience),
            (Judgement::Suspect, None) | (Judgement::Stalled, _) => None,
        }
    }

    /// How long silence may last; `None`: for ever.
    fn patience(&self) -> Option<Span> {
        self.limits.silence.or_else(|| self.rhythm.patience())
    }

    fn is_unproved(&self, now: Now) -> bool {
        now.monotonic >= self.proved + self.limits.silence.unwrap_or(QUIET)
    }

    /// Was nobody awake when the deadline came? The monotonic clock shows it where it goes
    /// on in a sleep, the wall clock where it does not.
    fn slept(&self, now: Now, deadline: Instant) -> bool {
        let late = now.monotonic.since(deadline);
        let by_wall = self.heard.wall.until(now.wall);
        let by_monotonic = now.monotonic.since(self.heard.monotonic);
        late > LATE || by_wall > by_monotonic + LATE
    }

    fn turn(&mut self, judgement: Judgement) -> Verdict {
        if self.judgement == judgement {
            return Verdict::Same;
        }
        self.judgement = judgement;
        Verdict::Turned(judgement)
    }
}
