//! What many runs came to: how near operations came to their bounds, and which lapsed.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::bound::RESUMES;
use super::liveness::{Stretch, Watched};
use super::plan::Plan;
use super::world::World;

/// Is it a verdict when results do not keep coming? Until the client has the rules for which the
/// bound is made it is only counted.
pub const LIVENESS_IS_PROMISED: bool = false;

/// Seeds of one kind that are named.
const NAMED: usize = 5;

/// How one run's operations fared.
#[derive(Default)]
pub struct Liveness {
    pub nearest: Stretch,
    /// What was wrong, and what was sick.
    pub lapses: Vec<(String, String)>,
    /// How many operations were watched.
    watched: u64,
}

impl Liveness {
    pub fn of(world: &World) -> Self {
        let mut found = Self::default();
        for (op, it) in &world.liveness.watched {
            found.watched += 1;
            // How soon a sound rung takes an attempt is the made-up server's, not the client's.
            let tells = it.wrong.is_none() && it.nearest.bound > RESUMES;
            if tells && it.nearest.ratio() > found.nearest.ratio() {
                found.nearest = it.nearest;
            }
            let kind = || kind(&world.plan, it);
            let lapse = it.wrong.as_ref();
            found
                .lapses
                .extend(lapse.map(|what| (format!("{op}: {what}"), kind())));
        }
        found
    }
}

/// What was sick, and what was wrong with that.
fn kind(plan: &Plan, it: &Watched) -> String {
    let sicknesses = plan.sicknesses.iter().map(|sickness| {
        let whose = if sickness.op.is_some() {
            " for one operation"
        } else {
            ""
        };
        let rungs = &sickness.transports;
        format!("{}{whose}, on {rungs:?}", sickness.symptom.name())
    });
    let names: Vec<String> = sicknesses.collect();
    let rest = if plan.is_calm() {
        ""
    } else {
        ", with other faults"
    };
    let all = if names.is_empty() {
        "nothing of its own".to_owned()
    } else {
        names.join(" and ")
    };
    let is_over = it
        .wrong
        .as_ref()
        .is_some_and(|what| what.starts_with("ended"));
    let end = if is_over { "ended" } else { "too long" };
    format!("{all}{rest}: {end}")
}

#[derive(Default)]
pub struct Tally {
    watched: u64,
    nearest: Stretch,
    nearest_seed: u64,
    lapsed: u64,
    kinds: BTreeMap<String, (u64, Vec<u64>)>,
}

impl Tally {
    pub fn add(&mut self, seed: u64, run: &Liveness) {
        self.watched += run.watched;
        if run.nearest.ratio() > self.nearest.ratio() {
            (self.nearest, self.nearest_seed) = (run.nearest, seed);
        }
        self.lapsed += u64::from(!run.lapses.is_empty());
        for (_, kind) in &run.lapses {
            let (count, seeds) = self.kinds.entry(kind.clone()).or_default();
            *count += 1;
            seeds.push(seed);
            // Whichever worker came first, the smallest are named.
            seeds.sort_unstable();
            seeds.truncate(NAMED);
        }
    }

    pub fn tell(&self) -> String {
        let Stretch { ms, bound, .. } = self.nearest;
        let mut told = format!(
            "{} operations were to be well within a bound; the nearest miss: {ms} of {bound} ms, of seed {}",
            self.watched, self.nearest_seed
        );
        if !LIVENESS_IS_PROMISED {
            let _ = write!(told, "\n{} seeds are not well in time:", self.lapsed);
            for (kind, (count, seeds)) in &self.kinds {
                let _ = write!(told, "\n{count:>6} {kind}, as in {seeds:?}");
            }
        }
        told
    }
}
