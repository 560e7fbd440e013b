//! How often each profile befell something.

use serde_json::{Map, Value};

use crate::profile::Profile;
use crate::stats::Counter;

#[derive(Debug)]
pub struct Tally([(&'static str, Counter); Profile::NAMES.len()]);

impl Default for Tally {
    fn default() -> Self {
        Self(Profile::NAMES.map(|name| (name, Counter::default())))
    }
}

impl Tally {
    pub fn count(&self, name: &str, times: u64) {
        if let Some((_, counter)) = self.0.iter().find(|(known, _)| *known == name) {
            counter.add_many(times);
        }
    }

    /// All but `none`, which does nothing.
    pub fn report(&self) -> Map<String, Value> {
        let counted = self.0.iter().filter(|(name, _)| *name != "none");
        counted
            .map(|(name, counter)| ((*name).into(), counter.get().into()))
            .collect()
    }

    pub fn clear(&self) {
        for (_, counter) in &self.0 {
            counter.clear();
        }
    }
}
