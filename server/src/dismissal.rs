//! Sockets that are closed because of what comes on them.

use serde::Deserialize;

use crate::farewell::Farewell;
use crate::faults::Faults;

/// At what a socket is closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// Before the acknowledgement.
    Greeting,
    /// Before anything comes for the operation.
    #[default]
    Subscribe,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dismissal {
    when: When,
    farewell: Farewell,
}

impl Dismissal {
    pub fn new(code: u16, reason: &str, when: When) -> Self {
        let farewell = Farewell::saying(code, reason);
        Self { when, farewell }
    }
}

impl Faults {
    /// Asked once for each greeting on a socket: what the socket is closed with, if it is.
    pub fn on_greeting(&self) -> Option<Farewell> {
        self.dismiss(When::Greeting, || None)
    }

    /// Asked once for each operation that is sent on a socket. Its name is asked for if it matters.
    pub fn on_sent(&self, name: impl FnOnce() -> Option<String>) -> Option<Farewell> {
        self.dismiss(When::Subscribe, name)
    }

    fn dismiss(&self, now: When, name: impl FnOnce() -> Option<String>) -> Option<Farewell> {
        let mut standing = self.lock();
        let dismissal = standing.effect.dismissal.clone();
        let Dismissal { farewell, .. } = dismissal.filter(|its| its.when == now)?;
        if now == When::Subscribe && !standing.effect.means(name().as_deref()) {
            return None;
        }
        self.use_up(&mut standing);
        Some(farewell)
    }
}
