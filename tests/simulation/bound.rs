//! How long an operation may be without results once some rung is sound: the bound B.
//!
//! Where something cannot be told exactly from outside, it is taken as the worst that the rules
//! allow; each such place says so.

use graphql_lifeline::breaker::Position;
use graphql_lifeline::config::{CONNECT_TIMEOUT, Transport};
use graphql_lifeline::io::OpId;
use graphql_lifeline::socket::{PING_AFTER, PONG_TIMEOUT};
use graphql_lifeline::watchdog::QUIET;

use super::sickness::{Sickness, Symptom, is_refusal};
use super::soundness::{RHYTHM, Soundness};
use super::world::World;

/// H: a sound rung accepts within this. The server may subscribe 1.5 s behind its head.
const ACCEPTED: u64 = 1_700;
/// L: and brings results within this.
const ARRIVES: u64 = 100;
/// H + L.
pub const RESUMES: u64 = ACCEPTED + ARRIVES;
/// A refusal, or a failure, is there within this.
const ANSWERED: u64 = 300;
/// An attempt without a sign of life for so long has another beside it: `headStartMs`.
pub const HEAD_START: u64 = 4_000;
/// A wait that the server asks for is waited for, up to this.
pub const WAITED_FOR: u64 = 4_000;
/// The least patience with a rhythm.
pub const LEAST_PATIENCE: u64 = 10_000;

impl World {
    /// B, for a stretch that begins now.
    pub fn bound(&self, op: OpId, n: usize, sound: Soundness) -> u64 {
        let mut retries = u64::from(self.retries(op));
        let mut bound = RESUMES + self.owed(sound) + self.underway(&mut retries);
        let mut attempts = 1;
        // The sound rung itself may have an idle limit.
        for &rung in &self.ladder()[..=sound.above] {
            let Some(sickness) = self.worst(n, rung) else {
                continue;
            };
            // What was open when the rung fell sick has failed as well.
            let failures = self.failures(sickness, rung, sound.rung) + u64::from(sickness.from > 0);
            let floor = asked_wait(sickness.symptom);
            bound += failures * (self.known(sickness.symptom, rung, sound.rung) + floor);
            for _ in 0..failures {
                bound += self.backoff_cap(retries);
                retries += 1;
            }
            attempts += failures;
        }
        bound += self.budget_wait(attempts);
        let is_first = self.now == sound.from;
        let figure = self.plan.figure(sound).filter(|_| is_first);
        figure.map_or(bound, |figure| figure.min(bound))
    }

    /// The transports that operations can use, the best first.
    pub fn ladder(&self) -> Vec<Transport> {
        let rungs = self.client.config().ladder.iter();
        let usable = rungs.filter(|it| it.obstacle.is_none());
        // With tokens EventSource is left out at each attempt.
        usable
            .map(|it| it.transport)
            .filter(|it| !(self.has_tokens() && *it == Transport::EventSource))
            .collect()
    }

    fn retries(&self, op: OpId) -> u32 {
        let view = self.client.operations().find(|it| it.id == op);
        view.map_or(0, |it| it.retries)
    }

    /// What is still to befall this rung, the slowest to be known.
    fn worst(&self, n: usize, rung: Transport) -> Option<&Sickness> {
        let all = self.plan.sicknesses.iter();
        let coming = all.filter(|it| it.hits(rung, n) && it.until > self.now);
        coming.max_by_key(|it| self.known(it.symptom, rung, rung))
    }

    /// How many failures it takes until operations leave the rung. How many outcomes are in its
    /// breaker's window cannot be seen: with a life before, it may be full of successes.
    fn failures(&self, sickness: &Sickness, rung: Transport, sound: Transport) -> u64 {
        let limits = self.plan.breaker();
        let had_life = sickness.from > 0 || !self.plan.is_calm();
        let opens = if had_life {
            (f64::from(limits.window) * limits.failure_rate).ceil() as u64
        } else {
            u64::from(limits.min_calls)
        };
        match sickness.symptom {
            // Whoever asked to be left alone for long is left at once.
            Symptom::Refused {
                retry_after: Some(seconds),
                ..
            } if seconds * 1_000 > WAITED_FOR => 1,
            Symptom::AsksToWait { .. } if rung == Transport::Fetch => 1,
            Symptom::Refused { status: 421, .. } => 2,
            Symptom::Refused { status, .. } if is_refusal(status) => 1,
            Symptom::Json => 1,
            Symptom::ClosesEarly {
                code: 4400 | 4406 | 4429,
            } => 1,
            Symptom::NoHead if is_elsewhere(rung, sound) => 1,
            Symptom::IdleLimit { .. } => 2,
            // A stall weighs two.
            Symptom::Silent { .. } => opens.div_ceil(2).max(2),
            Symptom::Refused { .. }
            | Symptom::NoHead
            | Symptom::Unreachable
            | Symptom::Cut { .. }
            | Symptom::AsksToWait { .. }
            | Symptom::Throws { .. }
            | Symptom::ClosesEarly { .. }
            | Symptom::Closes { .. } => opens,
        }
    }

    /// How long it takes to know, from the beginning of an attempt.
    fn known(&self, symptom: Symptom, rung: Transport, sound: Transport) -> u64 {
        match symptom {
            Symptom::NoHead if is_elsewhere(rung, sound) => HEAD_START,
            Symptom::NoHead => CONNECT_TIMEOUT.as_millis(),
            Symptom::Silent { age } => ANSWERED + age + self.patience(rung, age),
            Symptom::Cut { age } | Symptom::AsksToWait { age } | Symptom::Throws { age } => {
                ANSWERED + age
            }
            // Results do come until then.
            Symptom::IdleLimit { .. }
            | Symptom::Refused { .. }
            | Symptom::Json
            | Symptom::Unreachable
            | Symptom::ClosesEarly { .. }
            | Symptom::Closes { .. } => ANSWERED,
        }
    }

    /// How long silence lasts on a connection that showed signs of life for so long.
    fn patience(&self, rung: Transport, age: u64) -> u64 {
        let limits = self.plan.stall().unwrap_or_default();
        if rung == Transport::WebSocket {
            return (PING_AFTER + limits.pong.unwrap_or(PONG_TIMEOUT)).as_millis();
        }
        // A probe's no is given a second, in which a result may belie it.
        let probe = limits.probe.map(|it| (QUIET + it).as_millis() + 1_000);
        let beat = self.plan.heartbeat;
        let rhythm = (3 * beat).max(LEAST_PATIENCE) + beat;
        let learned = rung == Transport::Fetch && age >= RHYTHM * beat;
        let rhythm = learned.then_some(rhythm);
        probe.into_iter().chain(rhythm).min().unwrap_or(0)
    }

    fn backoff_cap(&self, retries: u64) -> u64 {
        let backoff = self.plan.options.backoff.unwrap_or_default();
        let retries = u32::try_from(retries).unwrap_or(u32::MAX);
        backoff
            .delay(retries, graphql_lifeline::time::Span::ZERO, 1.0)
            .as_millis()
    }

    /// What was begun before the rung was sound, and comes to nothing: an attempt that hangs or a
    /// connection that is silent, and the wait that follows. Where nothing but a better rung is
    /// sick there is none.
    fn underway(&self, retries: &mut u64) -> u64 {
        if self.plan.is_calm() && self.plan.sicknesses.iter().all(|it| it.until > self.now) {
            return 0;
        }
        let all = self.ladder().into_iter();
        let patience = all.map(|rung| self.patience(rung, u64::MAX)).max();
        // Another wait may have begun just before.
        let waits = 2 * self.backoff_cap(*retries + 1);
        *retries += 2;
        CONNECT_TIMEOUT.as_millis().max(patience.unwrap_or(0)) + waits + WAITED_FOR
    }

    /// What the sound rung's breaker owes from before. An operation that fails there for itself
    /// owes others nothing.
    fn owed(&self, sound: Soundness) -> u64 {
        let limits = self.plan.breaker();
        let proof = limits.min_healthy.as_millis() + RESUMES;
        let Some(breaker) = self.client.breaker(sound.rung) else {
            return 0;
        };
        let of_others = |it: &Sickness| it.op.is_some() && it.transports.contains(&sound.rung);
        let was_sick =
            !self.plan.is_calm() || self.plan.sicknesses.iter().any(|it| it.until <= self.now);
        if !was_sick && self.plan.sicknesses.iter().any(of_others) {
            return 0;
        }
        // What is underway may open it once more, for longer.
        let again =
            (limits.open * 2u32.saturating_pow(breaker.openings() + 1)).min(limits.max_open);
        let again = if was_sick { again.as_millis() } else { 0 };
        let trial = CONNECT_TIMEOUT.as_millis() + limits.min_healthy.as_millis();
        match (breaker.position(), breaker.open_until()) {
            (Position::Closed, _) if !was_sick => 0,
            (Position::Closed, _) => again + proof,
            (Position::HalfOpen, _) => trial + again + proof,
            (Position::Open, None) => 0,
            (Position::Open, Some(until)) => {
                let left = until.as_millis().saturating_sub(self.now);
                left.max(again) + proof
            }
        }
    }

    /// How long the budget holds back so many attempts, and as many of each other operation.
    /// What is left of it cannot be seen: where much went wrong before, nothing is, and each
    /// operation has borrowed.
    fn budget_wait(&self, attempts: u64) -> u64 {
        let allowance = self.plan.options.retry_budget.unwrap_or_default();
        let ops = self.plan.operations.len() as u64;
        let calm = self.plan.is_calm();
        let there = if calm {
            u64::from(allowance.capacity)
        } else {
            0
        };
        let owed = ops * (attempts + u64::from(!calm));
        (owed.saturating_sub(there) as f64 / allowance.per_second * 1_000.0) as u64
    }
}

/// Do they lead to different addresses?
fn is_elsewhere(one: Transport, other: Transport) -> bool {
    (one == Transport::WebSocket) != (other == Transport::WebSocket)
}

/// A short wait is waited for each time.
fn asked_wait(symptom: Symptom) -> u64 {
    match symptom {
        Symptom::Refused {
            retry_after: Some(seconds),
            ..
        } if seconds * 1_000 <= WAITED_FOR => seconds * 1_000,
        _ => 0,
    }
}
