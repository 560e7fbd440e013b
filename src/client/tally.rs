//! How many streams are in each state, and what follows for the client.

use crate::io::State;

/// By state; `Closed` ones are gone.
#[derive(Default)]
pub(super) struct Tally([usize; State::ALL.len() - 1]);

impl Tally {
    pub fn add(&mut self, state: State) {
        if let Some(count) = self.0.get_mut(state as usize) {
            *count += 1;
        }
    }

    pub fn remove(&mut self, state: State) {
        if let Some(count) = self.0.get_mut(state as usize) {
            *count = count.saturating_sub(1);
        }
    }

    /// The least healthy state of all.
    pub fn overall(&self) -> State {
        State::ALL
            .into_iter()
            .zip(self.0)
            .filter(|&(_, count)| count > 0)
            .map(|(state, _)| state)
            .max()
            .unwrap_or(State::Idle)
    }
}
