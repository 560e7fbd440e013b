//! The health of each transport, for all operations of a client: which one an attempt may
//! take, and when.

mod address;
mod choice;

pub use self::address::{Address, Addresses};
pub use self::choice::{Choice, Failed, LONG_WAIT, Up, Wish};
use crate::breaker::{Admission, Breaker, Limits, Position, Ticket};
use crate::budget::{Allowance, Budget};
use crate::config::Transport;
use crate::ladder::Rung;
use crate::time::{Instant, Span};

/// A transport that was well is preferred to a better one that failed for this long.
const REMEMBERED: Span = Span::from_secs(5 * 60);

/// A breaker for each transport, and the budget.
#[derive(Debug)]
pub struct Endpoints {
    breakers: [Breaker; Transport::ALL.len()],
    budget: Budget,
    /// How long an attempt may take that a half-open breaker has let through.
    timeout: Span,
    freed: bool,
    /// How many operations live on each transport.
    live: [u32; Transport::ALL.len()],
    /// The transport that was well last, and how long that is remembered.
    good: Option<(Transport, Instant)>,
    /// Everything failed at once, and not everything is well again.
    is_outage: bool,
    /// There is no network: nothing is learned.
    pub(crate) is_offline: bool,
    pub(crate) addresses: Addresses,
    /// Is it on the ladder?
    is_used: [bool; Transport::ALL.len()],
}

impl Endpoints {
    #[must_use]
    pub fn new(limits: Limits, allowance: Allowance, timeout: Span, ladder: &[Rung]) -> Self {
        let mut is_used = [false; Transport::ALL.len()];
        for rung in ladder.iter().filter(|rung| rung.obstacle.is_none()) {
            if let Some(is_used) = is_used.get_mut(rung.transport as usize) {
                *is_used = true;
            }
        }
        Self {
            breakers: core::array::from_fn(|_| Breaker::new(limits)),
            budget: Budget::new(allowance),
            timeout,
            freed: false,
            live: [0; Transport::ALL.len()],
            good: None,
            is_outage: false,
            is_offline: false,
            addresses: Addresses::default(),
            is_used,
        }
    }

    #[must_use]
    pub fn breaker(&self, transport: Transport) -> Option<&Breaker> {
        self.breakers.get(transport as usize)
    }

    fn breaker_mut(&mut self, transport: Transport) -> Option<&mut Breaker> {
        self.breakers.get_mut(transport as usize)
    }

    /// The breakers of the ladder.
    fn used(&self) -> impl Iterator<Item = &Breaker> {
        let all = self.breakers.iter().zip(self.is_used);
        all.filter(|(_, is_used)| *is_used)
            .map(|(breaker, _)| breaker)
    }

    /// Puts a breaker where it was before a reload.
    pub fn restore(&mut self, transport: Transport, until: Instant, openings: u32) {
        if let Some(breaker) = self.breakers.get_mut(transport as usize) {
            *breaker = Breaker::restored(breaker.limits(), until, openings);
        }
    }

    /// The positions of all breakers.
    #[must_use]
    pub fn positions(&self) -> [Position; Transport::ALL.len()] {
        let [first, second, third] = &self.breakers;
        [first.position(), second.position(), third.position()]
    }

    /// The first rung to look at: the first that is in good standing, if something lives on
    /// it, or has been well on it lately, or if those above have failed in this pass.
    fn foothold(&self, rungs: &[Rung], failed: Failed, now: Instant) -> usize {
        let is_well = |rung: &Rung| {
            let lives = self.live.get(rung.transport as usize) > Some(&0);
            let was_good = self
                .good
                .is_some_and(|(good, until)| good == rung.transport && now < until);
            rung.obstacle.is_none() && (lives || was_good)
        };
        let mut first = 0;
        let mut is_turn = true;
        for (at, rung) in rungs.iter().enumerate() {
            match (rung.obstacle, self.is_closed(rung.transport)) {
                (None, true) if is_well(rung) || is_turn => return at,
                (None, true) => return first,
                (None, false) => {
                    is_turn &= failed.has(rung.transport);
                    if is_well(rung) {
                        first = at;
                    }
                }
                (Some(_), _) => {}
            }
        }
        first
    }

    /// Does no operation live on any transport?
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.live.iter().all(|&count| count == 0)
    }

    /// Has every rung that can be used failed, or is not let through?
    #[must_use]
    pub fn is_pass(&self, rungs: &[Rung], failed: Failed) -> bool {
        let mut usable = rungs.iter().filter(|rung| rung.obstacle.is_none());
        usable.all(|rung| failed.has(rung.transport) || !self.is_closed(rung.transport))
    }

    /// An operation lives on a transport now, or does no more.
    pub fn count(&mut self, transport: Transport, lives: bool) {
        if let Some(count) = self.live.get_mut(transport as usize) {
            *count = if lives {
                count.saturating_add(1)
            } else {
                count.saturating_sub(1)
            };
        }
    }

    /// Is this transport in good standing?
    #[must_use]
    pub fn is_closed(&self, transport: Transport) -> bool {
        self.breaker(transport)
            .is_some_and(|breaker| breaker.position() == Position::Closed)
    }

    /// May an attempt on this transport begin?
    pub fn admits(&mut self, transport: Transport, now: Instant, random: f64) -> bool {
        self.breaker_mut(transport)
            .is_some_and(|breaker| breaker.admission(now, random) == Admission::Yes)
    }

    /// The attempt's connection has proved healthy.
    pub fn succeed(&mut self, transport: Transport, ticket: Ticket, now: Instant) {
        self.change(transport, |breaker| breaker.succeed(ticket, now));
        let is_well = self
            .used()
            .all(|breaker| breaker.position() == Position::Closed);
        self.is_outage &= !is_well;
        if !self.is_outage {
            self.good = Some((transport, now + REMEMBERED));
        }
    }

    /// The attempt has failed, or its connection died young.
    pub fn fail(&mut self, transport: Transport, ticket: Ticket, now: Instant, random: f64) {
        if self.is_offline {
            return self.abandon(transport, ticket);
        }
        self.change(transport, |breaker| breaker.fail(ticket, now, random));
        self.look_for_outage();
    }

    /// The attempt's connection is open and silent, however long it has lived.
    pub fn stall(&mut self, transport: Transport, ticket: Ticket, now: Instant, random: f64) {
        if self.is_offline {
            return self.abandon(transport, ticket);
        }
        self.change(transport, |breaker| breaker.stall(ticket, now, random));
        self.look_for_outage();
    }

    /// Where everything fails, it is the network, and says nothing about transports.
    fn look_for_outage(&mut self) {
        if self
            .used()
            .all(|breaker| breaker.position() != Position::Closed)
        {
            self.is_outage = true;
            self.good = None;
        }
    }

    /// The attempt has ended without saying anything about the endpoint.
    pub fn abandon(&mut self, transport: Transport, ticket: Ticket) {
        self.change(transport, |breaker| breaker.abandon(ticket));
    }

    /// Results come from this address. Others have gone elsewhere if none did.
    pub fn stream(&mut self, address: Address) {
        self.freed |= self.addresses.stream(address);
    }

    /// Opens a breaker until it is reset.
    pub fn isolate(&mut self, transport: Transport) {
        self.change(transport, Breaker::isolate);
    }

    /// Closes a breaker.
    pub fn reset(&mut self, transport: Transport) {
        self.change(transport, Breaker::reset);
    }

    /// Ends the time of every open breaker: the next attempt tries it.
    pub fn hurry(&mut self) {
        for transport in Transport::ALL {
            self.change(transport, Breaker::hurry);
        }
    }

    /// Has a transport become free, since this was last asked?
    pub fn take_freed(&mut self) -> bool {
        core::mem::take(&mut self.freed)
    }

    fn change(&mut self, transport: Transport, change: impl FnOnce(&mut Breaker)) {
        if let Some(breaker) = self.breakers.get_mut(transport as usize) {
            let before = breaker.is_free();
            change(breaker);
            self.freed |= !before && breaker.is_free();
        }
    }

    /// An attempt on this transport begins.
    pub fn begin(&mut self, transport: Transport, now: Instant) -> Option<Ticket> {
        let timeout = self.timeout;
        Some(self.breaker_mut(transport)?.begin(now, timeout))
    }

    /// When the next attempt that is not an operation's first may begin.
    pub fn take_token(&mut self, now: Instant) -> Instant {
        self.budget.take(now)
    }
}
