//! What is in force for results: asked again whenever something else is ordered.

use crate::effect::{Pace, Results, Slices};
use crate::faults::{Era, Faults, Standing};
use crate::transport::Transport;

/// What is in force for the results on a transport.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    pub era: Era,
    pub results: Results,
    pub pace: Pace,
    pub slices: Slices,
}

impl Faults {
    pub fn rule(&self, transport: Transport) -> Rule {
        self.lock().rule(transport)
    }

    /// The same for the results of one operation, by its name.
    pub fn rule_of(&self, transport: Transport, operation: Option<&str>) -> Rule {
        let standing = self.lock();
        let mut rule = standing.rule(transport);
        if !standing.effect.means(operation) {
            rule.results = Results::Flow;
        }
        rule
    }
}

impl Standing {
    fn rule(&self, transport: Transport) -> Rule {
        let effect = &self.effect;
        let (results, pace, slices) = if self.on.includes(transport) {
            (effect.results, effect.pace, effect.slices)
        } else {
            Default::default()
        };
        Rule {
            era: self.era,
            results,
            pace,
            slices,
        }
    }
}
