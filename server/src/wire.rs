//! What a resolver and the transport under it tell each other, past GraphQL.
//!
//! A subscription can only yield results and end, and its end means `complete`. The rest must be
//! told otherwise: that messages were missed, which message a result is, that a fault wants its
//! event cut; and to the resolver, where to begin.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use crate::transport::{On, Transport};

/// What is to be known about one result.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tag {
    /// The message's id.
    pub id: Option<u64>,
    /// Where its event is to be cut.
    pub cut: Option<On>,
}

/// One operation's; `lagged` may be shared by all on a connection.
#[derive(Debug, Default)]
pub struct Wire {
    /// None if it leads nowhere: no fault concerns it then.
    pub transport: Option<Transport>,
    /// The last message that the client has, if it said so.
    pub after: Option<u64>,
    /// The most bytes of a slice, if results may be sent in segments.
    pub segment: Option<usize>,
    /// The operation's name, if it has one.
    pub operation: Option<String>,
    lagged: Arc<Notify>,
    tag: Mutex<Tag>,
}

impl Wire {
    pub fn new(transport: Transport, after: Option<u64>, lagged: Arc<Notify>) -> Self {
        Self {
            transport: Some(transport),
            after,
            segment: None,
            operation: None,
            lagged,
            tag: Mutex::default(),
        }
    }

    /// Its results may be sent in segments, in slices of so many bytes at most.
    pub fn in_segments(mut self, of: Option<usize>) -> Self {
        self.segment = of;
        self
    }

    pub fn named(mut self, operation: Option<String>) -> Self {
        self.operation = operation;
        self
    }

    /// Said by a resolver that lost messages: the transport is to end without `complete`.
    pub fn say_lagged(&self) {
        self.lagged.notify_one();
    }

    /// Said by a resolver just before it yields the result that this is about.
    pub fn say(&self, tag: Tag) {
        *self.tag.lock().unwrap_or_else(PoisonError::into_inner) = tag;
    }

    /// About the result that has just come.
    pub fn take(&self) -> Tag {
        std::mem::take(&mut *self.tag.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
