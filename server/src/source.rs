//! Where the events of a stream come from: its own operation, or all that run on a reserved one.

use std::sync::Arc;

use futures_util::stream::{BoxStream, StreamExt};

use crate::course::Outcome;
use crate::reservation::Reserved;

pub enum Source {
    Operation(BoxStream<'static, Outcome>),
    Reserved(Reserved),
}

/// What stands on a stream.
#[derive(Debug)]
pub struct Entry {
    /// Whose it is, on a reserved one.
    pub operation: Option<Arc<str>>,
    /// None: the operation is complete.
    pub outcome: Option<Outcome>,
}

impl Source {
    pub async fn next(&mut self) -> Option<Entry> {
        match self {
            Self::Operation(outcomes) => Some(Entry {
                operation: None,
                outcome: outcomes.next().await,
            }),
            Self::Reserved(reserved) => reserved.next().await,
        }
    }
}
