//! The WebSocket that all operations of a client share: opening, greeting, ready.
//!
//! A socket says by itself whether the other end is there: whoever has been silent is asked
//! with a ping, and one that does not answer is dead. A pong also tells that everything sent
//! before its ping has arrived, such as a subscription.

use crate::breaker::Ticket;
use crate::io::{Attempt, SOCKET};
use crate::time::{Instant, Span, earliest};

/// After this much silence the other end is asked, unless set.
pub const PING_AFTER: Span = Span::from_secs(10);
/// It may take this long to answer, unless set.
pub const PONG_TIMEOUT: Span = Span::from_secs(5);
/// A server that acknowledges and then refuses, so often in a row, does not want this client.
const MOST_REFUSALS: u8 = 3;
/// The numbers of sockets apart are above this one: no page opens as many.
pub const APART: u32 = 1 << 20;
/// Whoever looks this much after a deadline was not awake at it.
const LATE: Span = Span::from_secs(2);

#[derive(Clone, Copy, Debug)]
#[repr(u8)]
enum Life {
    Closed,
    /// Until it is open; then, until the greeting is acknowledged.
    Opening {
        ticket: Option<Ticket>,
        deadline: Option<Instant>,
    },
    Ready {
        ticket: Option<Ticket>,
        /// Until it has proved healthy: when it will have.
        proves: Option<Instant>,
        /// When it is replaced, before the server cuts it.
        renews: Option<Instant>,
        pulse: Option<Pulse>,
        pings: u32,
        pongs: u32,
    },
}

/// Is the other end there?
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
enum Pulse {
    /// Look again then.
    Quiet { at: Instant },
    /// Asked; something has to be heard by then.
    Asked { until: Instant },
}

/// What a look at the socket comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    Same,
    /// It has lived for as long as the application wants.
    Old,
    /// Ask whether the other end is there.
    Ping,
    /// It did not open, or the greeting was not acknowledged, in time.
    Late,
    /// It does not answer.
    Silent,
}

/// How a ready socket is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    pub ping_after: Span,
    pub pong_timeout: Span,
}

/// The shared socket.
#[derive(Debug)]
pub struct Socket {
    life: Life,
    /// Counts the sockets from 1.
    number: u32,
    patience: Option<Patience>,
    heard: Instant,
    ping_due: bool,
    /// An operation has left since this was last looked at.
    pub(crate) was_left: bool,
    /// An operation has begun to wait for a socket of its own since this was last looked at.
    pub(crate) has_suspects: bool,
    /// The server wanted other credentials, and has not acknowledged any since.
    is_refused: bool,
    /// How often it did since a socket has proved healthy.
    refusals: u8,
    /// The next greeting asks for other ones.
    pub(crate) wants_others: bool,
    /// Does it replace a healthy one?
    pub(crate) renews: bool,
    /// Has the browser what is sent next, and not the application?
    pub(crate) is_sent: bool,
    /// When it is looked at, as the timers have it.
    pub(crate) watched: Option<Instant>,
    /// How long it is to live once it is ready, if the application says.
    pub(crate) lifetime: Option<Span>,
    /// Does the server know of segments?
    pub(crate) has_segments: bool,
}

impl Socket {
    /// `patience` is `None` where silence is not watched.
    #[must_use]
    pub fn new(patience: Option<Patience>) -> Self {
        Self {
            life: Life::Closed,
            number: 0,
            patience,
            heard: Instant::default(),
            ping_due: false,
            was_left: false,
            has_suspects: false,
            is_refused: false,
            refusals: 0,
            wants_others: false,
            renews: false,
            is_sent: false,
            watched: None,
            lifetime: None,
            has_segments: false,
        }
    }

    /// One for operations that may be why another one was closed. Its numbers are apart from those.
    #[must_use]
    pub fn apart(patience: Option<Patience>) -> Self {
        Self {
            number: APART,
            ..Self::new(patience)
        }
    }

    /// Who news of it come from.
    #[must_use]
    pub const fn attempt(&self) -> Attempt {
        Attempt {
            op: SOCKET,
            number: self.number,
        }
    }

    /// Can an operation join it, now or soon?
    #[must_use]
    pub const fn is_up(&self) -> bool {
        !matches!(self.life, Life::Closed)
    }

    /// Can operations be sent?
    #[must_use]
    pub const fn is_ready(&self) -> bool {
        matches!(self.life, Life::Ready { .. })
    }

    /// Begins the next one.
    pub const fn open(&mut self, ticket: Option<Ticket>, deadline: Option<Instant>) -> Attempt {
        self.number = self.number.wrapping_add(1);
        self.life = Life::Opening { ticket, deadline };
        self.ping_due = false;
        self.is_sent = false;
        self.lifetime = None;
        self.attempt()
    }

    /// It is open: the greeting has as long as the opening had.
    pub const fn greet(&mut self, until: Option<Instant>) {
        if let Life::Opening { deadline, .. } = &mut self.life {
            *deadline = until;
        }
    }

    /// The greeting is acknowledged. `false`: nobody waits for that.
    pub fn acknowledge(&mut self, now: Instant, healthy: Instant) -> bool {
        let Life::Opening { ticket, .. } = self.life else {
            return false;
        };
        self.heard = now;
        // An acknowledgement proves the credentials: if the socket is closed for them later,
        // they have expired since, and it is worth asking for others again.
        self.is_refused = false;
        self.life = Life::Ready {
            ticket,
            proves: ticket.and(Some(healthy)),
            renews: None,
            pulse: self.patience.map(|patience| Pulse::Quiet {
                at: now + patience.ping_after,
            }),
            pings: 0,
            pongs: 0,
        };
        true
    }

    /// The server wants other credentials. Is it worth asking for some? Not if it wanted others
    /// just now, whether it said so instead of an acknowledgement or, again and again, after it.
    pub const fn refuse(&mut self) -> bool {
        let again = !self.is_refused && self.refusals < MOST_REFUSALS;
        self.is_refused = true;
        self.wants_others = true;
        self.refusals = self.refusals.saturating_add(1);
        again
    }

    /// Are other credentials wanted still, where the application could give none?
    pub const fn want_others(&mut self) {
        self.wants_others = self.is_refused;
    }

    /// Is it the server's turn to speak?
    pub(crate) const fn is_sent(&self) -> bool {
        self.is_sent && matches!(self.life, Life::Opening { .. })
    }

    /// It is to be replaced then.
    pub const fn renew_at(&mut self, at: Instant) {
        if let Life::Ready { renews, .. } = &mut self.life {
            *renews = Some(at);
        }
    }

    /// Anything was heard. Whoever was asked has answered by that.
    pub fn hear(&mut self, now: Instant) {
        self.heard = now;
        if let Life::Ready { pulse, .. } = &mut self.life
            && let Some(Pulse::Asked { .. }) = pulse
        {
            *pulse = self.patience.map(|patience| Pulse::Quiet {
                at: now + patience.ping_after,
            });
        }
    }

    /// Is the other end there? Asked at once, if it is to be watched.
    pub const fn ask(&mut self) {
        if let Life::Ready { pulse: Some(_), .. } = self.life {
            self.ping_due = true;
        }
    }

    /// A ping is to follow; it will have this number.
    pub const fn mark(&mut self) -> u32 {
        self.ping_due = true;
        match self.life {
            Life::Ready { pings, .. } => pings + 1,
            Life::Closed | Life::Opening { .. } => 0,
        }
    }

    /// Is a ping to be sent? If so, it is taken for sent.
    pub fn take_ping(&mut self, now: Instant) -> bool {
        let due = core::mem::take(&mut self.ping_due);
        if due && let Life::Ready { pings, pulse, .. } = &mut self.life {
            *pings = pings.wrapping_add(1);
            *pulse = self.patience.map(|patience| Pulse::Asked {
                until: now + patience.pong_timeout,
            });
        }
        due
    }

    /// A pong has come: everything up to the ping of this number has arrived.
    pub fn pong(&mut self) -> u32 {
        match &mut self.life {
            Life::Ready { pings, pongs, .. } => {
                // Pongs may come unasked.
                *pongs = pongs.wrapping_add(1).min(*pings);
                *pongs
            }
            Life::Closed | Life::Opening { .. } => 0,
        }
    }

    /// When to look.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        match self.life {
            Life::Closed => None,
            Life::Opening { deadline, .. } => deadline,
            Life::Ready {
                proves,
                renews,
                pulse,
                ..
            } => {
                let pulse = pulse.map(|pulse| match pulse {
                    Pulse::Quiet { at } => at,
                    Pulse::Asked { until } => until,
                });
                earliest(&[proves, renews, pulse])
            }
        }
    }

    /// Looks at it; the deadline may have come.
    pub fn look(&mut self, now: Instant) -> Look {
        match &mut self.life {
            Life::Opening {
                deadline: Some(deadline),
                ..
            } if *deadline <= now => Look::Late,
            Life::Ready {
                renews: renews @ Some(_),
                ..
            } if *renews <= Some(now) => {
                *renews = None;
                Look::Old
            }
            Life::Ready {
                pulse: Some(pulse), ..
            } => {
                let patience = self.patience.map_or(PING_AFTER, |it| it.ping_after);
                let look = feel(pulse, now, self.heard, patience);
                self.ping_due |= look == Look::Ping;
                look
            }
            Life::Closed | Life::Opening { .. } | Life::Ready { pulse: None, .. } => Look::Same,
        }
    }

    /// The ticket, if it has been healthy for long enough by now.
    pub fn take_proof(&mut self, now: Instant) -> Option<Ticket> {
        let Life::Ready { ticket, proves, .. } = &mut self.life else {
            return None;
        };
        proves.take_if(|at| *at <= now)?;
        self.refusals = 0;
        *ticket
    }

    /// The ticket, if its outcome is open.
    pub fn take_ticket(&mut self) -> Option<Ticket> {
        match &mut self.life {
            Life::Closed => None,
            Life::Opening { ticket, .. } => ticket.take(),
            Life::Ready { ticket, proves, .. } => proves.take().and(ticket.take()),
        }
    }

    /// The ticket, proved or not: its outcome is another.
    pub const fn take_back_ticket(&mut self) -> Option<Ticket> {
        match &mut self.life {
            Life::Closed | Life::Opening { .. } => None,
            Life::Ready { ticket, proves, .. } => {
                *proves = None;
                ticket.take()
            }
        }
    }

    /// It is gone; with the ticket, if its outcome is open.
    pub fn close(&mut self) -> Option<Ticket> {
        let ticket = self.take_ticket();
        self.was_left = false;
        self.ping_due = false;
        self.life = Life::Closed;
        ticket
    }
}

fn feel(pulse: &mut Pulse, now: Instant, heard: Instant, patience: Span) -> Look {
    match *pulse {
        Pulse::Quiet { at } if now < at => Look::Same,
        Pulse::Quiet { .. } if now < heard + patience => {
            *pulse = Pulse::Quiet {
                at: heard + patience,
            };
            Look::Same
        }
        Pulse::Quiet { .. } => Look::Ping,
        Pulse::Asked { until } if now < until => Look::Same,
        // It had no chance to answer while nobody was awake.
        Pulse::Asked { until } if now.since(until) > LATE => Look::Ping,
        Pulse::Asked { .. } => Look::Silent,
    }
}
