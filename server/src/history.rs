//! The messages that are kept: the last ones, with consecutive ids.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::message::Message;

/// How much the history keeps; the oldest messages make room for new ones.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub messages: usize,
    pub bytes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            messages: 10_000,
            bytes: 64 * 1024 * 1024,
        }
    }
}

#[derive(Debug)]
pub struct History {
    bounds: Bounds,
    /// Grows with each reset, so that a follower sees that the numbers began anew.
    epoch: u64,
    last_id: u64,
    bytes: usize,
    messages: VecDeque<Arc<Message>>,
}

impl History {
    pub fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            epoch: 0,
            last_id: 0,
            bytes: 0,
            messages: VecDeque::new(),
        }
    }

    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The id of the last message, 0 if there is none.
    pub fn last_id(&self) -> u64 {
        self.last_id
    }

    /// The id of the last message that is no longer kept.
    pub fn gone(&self) -> u64 {
        self.messages
            .front()
            .map_or(self.last_id, |oldest| oldest.id.saturating_sub(1))
    }

    pub fn push(&mut self, message: Arc<Message>) {
        self.last_id = message.id;
        self.bytes += message.cost();
        self.messages.push_back(message);
        while self.messages.len() > self.bounds.messages || self.bytes > self.bounds.bytes {
            let Some(oldest) = self.messages.pop_front() else {
                break;
            };
            self.bytes -= oldest.cost();
        }
    }

    pub fn get(&self, id: u64) -> Option<&Arc<Message>> {
        self.messages
            .get(self.place(id))
            .filter(|message| message.id == id)
    }

    /// The last `count` of the messages with an id lower than `before`; with `after`, the first
    /// of those with a higher one. Oldest first either way.
    pub fn page(&self, count: usize, before: Option<u64>, after: Option<u64>) -> Vec<Arc<Message>> {
        let end = before
            .map_or(usize::MAX, |id| self.place(id))
            .min(self.messages.len());
        let (start, end) = match after {
            None => (end.saturating_sub(count), end),
            Some(id) => {
                let start = self.place(id.saturating_add(1)).min(end);
                (start, start.saturating_add(count).min(end))
            }
        };
        self.messages.range(start..end).cloned().collect()
    }

    /// Forgets everything; the next message has the id 1 again.
    pub fn clear(&mut self) {
        self.epoch += 1;
        self.last_id = 0;
        self.bytes = 0;
        self.messages.clear();
    }

    /// The place of the first message whose id is at least `id`: ids are consecutive.
    fn place(&self, id: u64) -> usize {
        let first = self.messages.front().map_or(id, |message| message.id);
        usize::try_from(id.saturating_sub(first)).unwrap_or(usize::MAX)
    }
}
