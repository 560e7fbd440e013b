//! How often each field of the schema was executed, whether it succeeded or not.

use serde_json::{Value, json};

use crate::stats::Counter;

#[derive(Debug, Default)]
pub struct Executions {
    pub history: Counter,
    pub latest: Counter,
    pub send: Counter,
    pub messages: Counter,
    pub ticks: Counter,
}

impl Executions {
    pub fn report(&self) -> Value {
        json!({
            "history": self.history.get(),
            "latest": self.latest.get(),
            "send": self.send.get(),
            "messages": self.messages.get(),
            "ticks": self.ticks.get(),
        })
    }

    pub fn clear(&self) {
        for counter in [
            &self.history,
            &self.latest,
            &self.send,
            &self.messages,
            &self.ticks,
        ] {
            counter.clear();
        }
    }
}
