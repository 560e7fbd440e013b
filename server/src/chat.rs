//! The chat: its history in memory, and followers that read it as it grows.
//!
//! Live delivery reads the same history by position, instead of a queue for each subscriber.
//! So a subscriber that does not read costs nothing, memory has one bound, and whoever falls out
//! of the history knows it: [`Follower::next`] says so instead of skipping.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use tokio::sync::watch;

use crate::history::{Bounds, History};
use crate::message::{Draft, Message, Refusal};
use crate::transport::On;

pub const MAX_PAGE: i64 = 1000;

/// Where a follower begins, if not with the next message.
#[derive(Clone, Copy, Debug, Default)]
pub struct Start {
    /// The last message that the client has.
    pub after: Option<u64>,
    /// So many of the last ones come again.
    pub replay: u64,
}

#[derive(Debug)]
pub struct Chat {
    history: Mutex<History>,
    /// Only wakes followers; what there is to read stands in the history.
    news: watch::Sender<()>,
}

impl Chat {
    pub fn new(bounds: Bounds) -> Self {
        Self {
            history: Mutex::new(History::new(bounds)),
            news: watch::Sender::new(()),
        }
    }

    pub fn send(&self, draft: Draft, cut: Option<On>) -> Arc<Message> {
        let sent_at = humantime::format_rfc3339_millis(SystemTime::now()).to_string();
        let mut history = self.lock();
        let message = Arc::new(Message {
            id: history.last_id() + 1,
            author: draft.author,
            text: draft.text,
            sent_at,
            cut,
        });
        history.push(Arc::clone(&message));
        drop(history);
        self.news.send_replace(());
        message
    }

    /// The last `last` of the messages with an id lower than `before`; with `after`, the first
    /// of those with a higher one. Oldest first either way.
    pub fn page(
        &self,
        last: i64,
        before: Option<i64>,
        after: Option<i64>,
    ) -> Result<Vec<Arc<Message>>, Refusal> {
        let count = usize::try_from(last).ok().filter(|_| last <= MAX_PAGE);
        let count = count
            .ok_or_else(|| Refusal::new(format!("last: 0 to {MAX_PAGE} is allowed, not {last}")))?;
        let before = before.map(|id| id_of("before", id)).transpose()?;
        let after = after.map(|id| id_of("after", id)).transpose()?;
        Ok(self.lock().page(count, before, after))
    }

    /// The id of the last message, 0 if there is none.
    pub fn latest(&self) -> u64 {
        self.lock().last_id()
    }

    /// Follows the messages that are sent from now on, or from an earlier one that the history
    /// still has. Says also how many of those the client is known to have.
    pub fn follow(self: &Arc<Self>, start: Start) -> (Follower, u64) {
        let news = self.news.subscribe();
        let history = self.lock();
        let last = history.last_id();
        // An id that was never given is from before a reset, and says nothing.
        let known = start.after.map_or(last, |id| id.min(last));
        let seen = known
            .min(last.saturating_sub(start.replay))
            .max(history.gone());
        let follower = Follower {
            epoch: history.epoch(),
            seen,
            chat: Arc::clone(self),
            news,
        };
        (follower, known.saturating_sub(seen))
    }

    /// Forgets everything; the next message has the id 1 again.
    pub fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn id_of(name: &str, id: i64) -> Result<u64, Refusal> {
    u64::try_from(id)
        .map_err(|_| Refusal::new(format!("{name}: a message id is not negative: {id}")))
}

/// The follower read too slowly: its next message is out of the history.
#[derive(Debug, PartialEq, Eq)]
pub struct Lagged;

#[derive(Debug)]
pub struct Follower {
    epoch: u64,
    seen: u64,
    chat: Arc<Chat>,
    news: watch::Receiver<()>,
}

impl Follower {
    /// The next message, however long that takes.
    pub async fn next(&mut self) -> Result<Arc<Message>, Lagged> {
        loop {
            // Marked before reading: what is sent after the look into the history wakes us.
            self.news.mark_unchanged();
            if let Some(message) = self.read()? {
                return Ok(message);
            }
            if self.news.changed().await.is_err() {
                // The sender lives in the chat, which this follower holds: it never goes first.
                return Err(Lagged);
            }
        }
    }

    fn read(&mut self) -> Result<Option<Arc<Message>>, Lagged> {
        let history = self.chat.lock();
        if self.epoch != history.epoch() {
            self.epoch = history.epoch();
            self.seen = 0;
        }
        if self.seen >= history.last_id() {
            return Ok(None);
        }
        let message = history.get(self.seen + 1).cloned().ok_or(Lagged)?;
        self.seen = message.id;
        Ok(Some(message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chat(messages: usize, bytes: usize) -> Arc<Chat> {
        Arc::new(Chat::new(Bounds { messages, bytes }))
    }

    fn send(chat: &Chat, text: &str) -> u64 {
        chat.send(Draft::new("ann", text.into()).unwrap(), None).id
    }

    fn ids(page: Result<Vec<Arc<Message>>, Refusal>) -> Vec<u64> {
        page.unwrap().iter().map(|message| message.id).collect()
    }

    #[test]
    fn pages_are_oldest_first_and_end_before() {
        let chat = chat(4, 1 << 20);
        for text in ["a", "b", "c", "d", "e", "f"] {
            send(&chat, text);
        }
        let page = |last, before, after| chat.page(last, before, after);
        assert_eq!(ids(page(50, None, None)), [3, 4, 5, 6]);
        assert_eq!(ids(page(2, None, None)), [5, 6]);
        assert_eq!(ids(page(2, Some(5), None)), [3, 4]);
        assert_eq!(ids(page(9, Some(99), None)), [3, 4, 5, 6]);
        assert_eq!(ids(page(9, Some(1), None)), [0; 0]);
        assert_eq!(ids(page(0, None, None)), [0; 0]);
        for (last, before, after) in [
            (-1, None, None),
            (1001, None, None),
            (1, Some(-1), None),
            (1, None, Some(-1)),
        ] {
            assert!(page(last, before, after).is_err());
        }
    }

    #[test]
    fn pages_after_an_id_begin_with_the_oldest() {
        let chat = chat(4, 1 << 20);
        assert_eq!(ids(chat.page(9, None, Some(0))), [0; 0]);
        for text in ["a", "b", "c", "d", "e", "f"] {
            send(&chat, text);
        }
        let page = |last, before, after| ids(chat.page(last, before, Some(after)));
        assert_eq!(page(2, None, 3), [4, 5]);
        assert_eq!(page(9, None, 4), [5, 6]);
        assert_eq!(page(9, None, 0), [3, 4, 5, 6]);
        assert_eq!(page(9, None, 6), [0; 0]);
        assert_eq!(page(9, None, i64::MAX), [0; 0]);
        assert_eq!(page(9, Some(6), 3), [4, 5]);
        assert_eq!(page(1, Some(6), 3), [4]);
        assert_eq!(page(9, Some(3), 5), [0; 0]);
        assert_eq!(page(0, None, 3), [0; 0]);
    }

    #[tokio::test]
    async fn a_follower_may_begin_earlier() {
        for (after, replay, first, again) in [
            (None, 2, 5, 2),
            (None, 9, 3, 4),
            (Some(4), 0, 5, 0),
            (Some(1), 0, 3, 0),
            (Some(5), 3, 4, 2),
            (Some(4), 1, 5, 0),
            (Some(99), 0, 7, 0),
        ] {
            let chat = chat(4, 1 << 20);
            for text in ["a", "b", "c", "d", "e", "f"] {
                send(&chat, text);
            }
            let (mut follower, known) = chat.follow(Start { after, replay });
            if first == 7 {
                send(&chat, "g");
            }
            let next = follower.next().await.unwrap().id;
            assert_eq!((next, known), (first, again), "{after:?} {replay}");
        }
    }

    #[test]
    fn bytes_are_bounded_too() {
        let chat = chat(100, 1000);
        for _ in 0..10 {
            send(&chat, &"x".repeat(300));
        }
        assert_eq!(ids(chat.page(50, None, None)), [9, 10]);
        assert_eq!(chat.latest(), 10);
    }

    #[tokio::test]
    async fn a_follower_sees_each_message_once_and_knows_when_it_lags() {
        let chat = chat(3, 1 << 20);
        send(&chat, "before");
        let mut follower = chat.follow(Start::default()).0;
        send(&chat, "one");
        send(&chat, "two");
        assert_eq!(follower.next().await.unwrap().id, 2);
        assert_eq!(follower.next().await.unwrap().id, 3);
        for _ in 0..4 {
            send(&chat, "more");
        }
        assert_eq!(follower.next().await.unwrap_err(), Lagged);
    }

    #[tokio::test]
    async fn a_follower_starts_anew_after_a_reset() {
        let chat = chat(3, 1 << 20);
        send(&chat, "old");
        let mut follower = chat.follow(Start::default()).0;
        chat.clear();
        assert_eq!(send(&chat, "new"), 1);
        assert_eq!(&*follower.next().await.unwrap().text, "new");
    }
}
