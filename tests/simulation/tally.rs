//! What many runs came to: how near operations came to their bounds, and which lapsed.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::bound::RESUMES;
use super::plan::Plan;
use super::stretch::{Lapse, Stretch};
use super::world::World;

/// Is it a verdict when results do not keep coming? Until the client has the rules for which the
/// bound is made it is only counted.
pub const LIVENESS_IS_PROMISED: bool = false;

/// Seeds of one kind that are named.
const NAMED: usize = 5;

/// How one run's operations fared.
#[derive(Default)]
pub struct Fared {
    nearest: Stretch,
    /// What was wrong, each with what was sick.
    lapses: Vec<String>,
    /// How many operations were watched.
    watched: u64,
}

impl Fared {
    pub fn of(world: &World) -> Self {
        let mut found = Self::default();
        for it in world.liveness.watched.values() {
            found.watched += 1;
            // How soon a sound rung takes an attempt is the made-up server's, not the client's.
            let tells = it.lapse.is_none() && it.nearest.bound > RESUMES;
            if tells && it.nearest.ratio() > found.nearest.ratio() {
                found.nearest = it.nearest;
            }
            let lapse = it.lapse.as_ref();
            found.lapses.extend(lapse.map(|it| kind(&world.plan, it)));
        }
        found
    }
}

/// What was sick, and what was wrong with that.
fn kind(plan: &Plan, lapse: &Lapse) -> String {
    let all = plan.sicknesses.iter().map(|it| {
        let whose = it.op.map_or("", |_| " for one operation");
        format!("{}{whose}, on {:?}", it.symptom.name(), it.transports)
    });
    let mut names: Vec<String> = all.collect();
    if !plan.is_calm() {
        names.push("other faults".to_owned());
    }
    format!("{}: {}", names.join(" and "), lapse.name())
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
    pub fn add(&mut self, seed: u64, run: &Fared) {
        self.watched += run.watched;
        if run.nearest.ratio() > self.nearest.ratio() {
            (self.nearest, self.nearest_seed) = (run.nearest, seed);
        }
        self.lapsed += u64::from(!run.lapses.is_empty());
        for kind in &run.lapses {
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
