//! From when on some rung is sound for an operation, while those above it are sound or are
//! known to be sick: the moment T of the bound.

use graphql_lifeline::config::Transport;
use graphql_lifeline::watchdog;
use graphql_lifeline::{breaker, config};

use super::fault::{Fault, Spell};
use super::plan::{END, FAULTS_END, Plan};
use super::sickness::{Sickness, Symptom};

/// So many beats are a rhythm, whichever way it is reckoned.
pub const RHYTHM: u64 = 5;

#[derive(Clone, Copy, Debug)]
pub struct Soundness {
    /// From then on,
    pub from: u64,
    /// this rung,
    pub rung: Transport,
    /// which has so many above it.
    pub above: usize,
}

impl Soundness {
    /// Of the first rung that is sound for good while all above are known to be sick, if one
    /// ever is.
    pub fn of(plan: &Plan, n: usize, ladder: &[Transport]) -> Option<Self> {
        let soundest = |(above, &rung): (usize, &Transport)| {
            let sound = plan.sound_from(n, rung)?;
            let known = plan.known_from(n, &ladder[..above])?;
            let from = sound.max(known).max(plan.operations[n].start);
            (from < END).then_some(Self { from, rung, above })
        };
        let all = ladder.iter().enumerate().filter_map(soundest);
        all.min_by_key(|it| it.from)
    }
}

impl Plan {
    /// Every attempt that begins after this is accepted, and stays.
    fn sound_from(&self, n: usize, rung: Transport) -> Option<u64> {
        // A client that has recognised an idle limit is not cut by it any more.
        let lasts = |it: &&Sickness| it.hits(rung, n) && !it.symptom.is_idle_limit();
        let all = self.sicknesses.iter().filter(lasts);
        let healed = all.map(|it| it.until).max().unwrap_or(0);
        let spells = self.spells.iter().filter(|it| touches(it, rung));
        let over = spells.map(ends).max().unwrap_or(0);
        // What befalls the page is not charged; what it owes on its return is hard to tell from
        // what the rung does, so that the bound is asked for behind all of it.
        let back = self.aways.iter().map(|it| it.until).max().unwrap_or(0);
        let sound = healed.max(over).max(back);
        (sound < END).then_some(sound)
    }

    /// From then on nothing befalls these rungs that the client cannot know of.
    fn known_from(&self, n: usize, better: &[Transport]) -> Option<u64> {
        let befalls = |it: &&Sickness| {
            let mut rungs = better.iter().filter(|&&rung| it.hits(rung, n));
            rungs.any(|&rung| !self.is_known(it.symptom, rung))
        };
        let hidden = self.sicknesses.iter().filter(befalls);
        let until = hidden.map(|it| it.until).max().unwrap_or(0);
        (until < END).then_some(until)
    }

    fn is_known(&self, symptom: Symptom, rung: Transport) -> bool {
        let healthy = self.breaker().min_healthy.as_millis();
        match symptom {
            Symptom::Refused { .. }
            | Symptom::Json
            | Symptom::NoHead
            | Symptom::Unreachable
            | Symptom::IdleLimit { .. }
            | Symptom::ClosesEarly { .. }
            | Symptom::Closes { .. } => true,
            Symptom::Cut { age } | Symptom::AsksToWait { age } | Symptom::Throws { age } => {
                age < healthy
            }
            Symptom::Silent { age } => match rung {
                Transport::WebSocket => self.stall().is_some(),
                Transport::Fetch => self.has_probe() || age >= RHYTHM * self.heartbeat,
                // It shows no comments.
                Transport::EventSource => self.has_probe(),
            },
        }
    }

    pub fn stall(&self) -> Option<watchdog::Limits> {
        match self.options.stall {
            Some(config::Stall::Off) => None,
            Some(config::Stall::Watch(limits)) => Some(limits),
            None => Some(watchdog::Limits::default()),
        }
    }

    pub fn has_probe(&self) -> bool {
        self.stall().is_some_and(|it| it.probe.is_some())
    }

    pub fn breaker(&self) -> breaker::Limits {
        self.options.breaker.unwrap_or_default()
    }
}

fn touches(spell: &Spell, rung: Transport) -> bool {
    match spell.fault {
        Fault::SocketDown => rung == Transport::WebSocket,
        Fault::Replay { .. } => false,
        _ => true,
    }
}

/// A sleep lasts as long as it lasts.
fn ends(spell: &Spell) -> u64 {
    match spell.fault {
        Fault::Sleep { ms } => spell.until.max((spell.from + ms).min(FAULTS_END)),
        _ => spell.until,
    }
}
