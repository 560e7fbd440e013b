//! What a resolver tells the transport under it, past GraphQL.
//!
//! A subscription can only yield results and end, and its end means `complete`. Two things must
//! be told otherwise: that messages were missed, and that a fault wants the next event cut.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

#[derive(Debug, Default)]
pub struct Wire {
    lagged: Notify,
    cut: AtomicBool,
}

impl Wire {
    /// Said by a resolver that lost messages: the transport is to end without `complete`.
    pub fn say_lagged(&self) {
        self.lagged.notify_one();
    }

    pub async fn lagged(&self) {
        self.lagged.notified().await;
    }

    /// Said by a resolver just before it yields the result whose event is to be cut.
    pub fn say_cut(&self) {
        self.cut.store(true, Ordering::Relaxed);
    }

    /// Whether the result that has just come is to be cut.
    pub fn take_cut(&self) -> bool {
        self.cut.swap(false, Ordering::Relaxed)
    }
}
