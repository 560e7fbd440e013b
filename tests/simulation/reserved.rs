//! Reserved streams, at the server and in the shell: graphql-sse's single connection mode.

use std::collections::BTreeMap;

use graphql_lifeline::config::{Method, Transport};
use graphql_lifeline::io::{Attempt, News, State};
use graphql_lifeline::response::Want;

use super::event::Event;
use super::fault::{Fault, below};
use super::plan::END;
use super::room::Connection;
use super::sabotage::Sabotage;
use super::server::Link;
use super::world::World;

/// A token is known by the attempt that asked for it.
#[derive(Default)]
pub struct Reservations {
    /// What the server has reserved, and whether it is open.
    known: BTreeMap<Attempt, bool>,
    /// What the shell sends requests with.
    token: Option<Attempt>,
    /// What was asked for in either way, if it is about a stream that is shared.
    wants: BTreeMap<Attempt, Want>,
}

impl Reservations {
    pub fn is_open(&self, token: Attempt) -> bool {
        self.known.get(&token) == Some(&true)
    }

    pub fn asked(&mut self, it: Connection) {
        if matches!(it.want, Want::Reserved | Want::Accepted) {
            self.wants.insert(it.attempt, it.want);
        }
    }

    /// Those that are open.
    pub fn open(&self) -> Vec<Attempt> {
        let open = self.known.iter().filter(|(_, is_open)| **is_open);
        open.map(|(&token, _)| token).collect()
    }

    /// Reservations are lost with their stream.
    pub fn lost(&mut self, token: Attempt) {
        self.known.remove(&token);
    }

    /// The server starts again.
    pub fn forget(&mut self) {
        self.known.clear();
    }

    pub fn has_token(&self, attempt: Attempt) -> bool {
        self.token == Some(attempt)
    }
}

impl World {
    /// PUT.
    pub fn reserve(&mut self, token: Attempt) {
        if !self.plan.reserves {
            return self.answer(token, 405);
        }
        self.reservations.known.insert(token, false);
        self.at(self.now + 10, Event::Reserved(token));
    }

    /// The shell has the token, and opens the stream.
    pub fn reserved(&mut self, token: Attempt) {
        if self.open.contains_key(&token) {
            self.reservations.token = Some(token);
            self.news(token, News::Open);
            self.soon(Event::Get(token));
        }
    }

    pub fn get(&mut self, token: Attempt) {
        if !self.is_let_in(token, Transport::Fetch) {
            return;
        }
        let elsewhere = self.is_elsewhere();
        let known = self.reservations.known.get_mut(&token);
        match known.filter(|_| !elsewhere) {
            None => self.answer(token, 404),
            Some(true) => self.answer(token, 409),
            Some(is_open) => {
                *is_open = true;
                let head = Event::Head(token, 200, "text/event-stream", None);
                self.at(self.now + 10, head);
            }
        }
    }

    /// The request of an operation that rides on a stream, with the stream's token.
    pub fn board(&mut self, attempt: Attempt, method: Method) {
        let token = self.reservations.token.expect("a stream is reserved");
        match method {
            Method::Post => self.soon(Event::Post(attempt, token)),
            // That would be another way to open the stream.
            Method::Get => self.soon(Event::Head(attempt, 400, "text/plain", None)),
        }
    }

    pub fn post(&mut self, attempt: Attempt, token: Attempt) {
        if !self.is_let_in(attempt, Transport::Fetch) {
            return;
        }
        if self.is_elsewhere() || !self.reservations.is_open(token) {
            return self.answer(attempt, 404);
        }
        self.execute(attempt);
        // Its results may overtake the answer.
        let lag = [0, 12, 400, 1_500][below(&mut self.random, 4) as usize];
        let subscribed = Event::Subscribed(attempt, Link::Reserved(token));
        self.at(self.now + lag, subscribed);
        self.answer(attempt, 202);
    }

    /// An operation has left: the server is told.
    pub fn stop(&mut self, attempt: Attempt) {
        if !self.saboteur.is(Sabotage::Forgets) {
            self.oracle.stopped.insert(attempt);
            self.soon(Event::Stop(attempt));
        }
    }

    /// DELETE. Where it does not arrive the operation ends with the stream.
    pub fn stopped_at_server(&mut self, attempt: Attempt) {
        let fails =
            |fault: &Fault| matches!(fault, Fault::Down | Fault::Hang | Fault::Refuse { .. });
        if !self.is_cut_off() && self.active(fails).is_none() && !self.is_elsewhere() {
            self.lose(attempt);
        }
    }

    /// An answer without a body that is of interest.
    fn answer(&mut self, attempt: Attempt, status: u16) {
        let at = self.now + 10;
        self.at(at, Event::Head(attempt, status, "text/plain", None));
        self.at(at + 5, Event::Ended(attempt));
    }

    /// Has the load balancer taken another server, which knows no such token?
    fn is_elsewhere(&mut self) -> bool {
        self.is_hit(|fault| match fault {
            Fault::Balancer { one_in } => Some(*one_in),
            _ => None,
        })
    }

    /// A stream on which nobody rides, nor waits to do so.
    pub fn judge_idling(&self) -> Option<String> {
        let wants = |it: &Attempt| self.reservations.wants.get(it);
        let open = |want| self.open.keys().find(|it| wants(it) == Some(&want));
        let is_kept = self.plan.options.lazy == Some(false);
        // Who leaves last leaves it open for a while.
        let lazy_close = self.plan.options.lazy_close.as_millis();
        let mut all = self.client.operations();
        let is_used = open(Want::Accepted).is_some()
            || self.oracle.left + lazy_close >= END
            || all.any(|it| it.state > State::Suspect);
        let idle = open(Want::Reserved).filter(|_| !is_kept && !is_used)?;
        Some(format!("{idle:?} is open for nobody"))
    }

    /// What still comes to nobody, though the server could have been told.
    pub fn judge_leavings(&self) -> Vec<String> {
        let riders = self.server.riders().into_iter();
        let is_left =
            |it: &Attempt| !self.open.contains_key(it) && !self.oracle.stopped.contains(it);
        riders
            .filter(is_left)
            .map(|it| format!("{it:?} was never told to stop"))
            .collect()
    }
}
