//! The last stretch of an event stream: what is written waits here until it is passed on.

use std::collections::VecDeque;
use std::future::pending;
use std::num::NonZeroU32;

use bytes::{Bytes, BytesMut};
use tokio::time::{Instant, sleep_until};

use crate::drip;
use crate::effect::Pace;

#[derive(Debug)]
pub struct Passage {
    pace: Pace,
    queue: VecDeque<Bytes>,
    /// The bytes in the queue.
    held: usize,
    /// When the next drop may fall.
    due: Instant,
    /// No more will come: what is short of a batch is passed on too.
    finished: bool,
    /// The rest is passed on at once, whatever the pace.
    hurried: bool,
}

impl Passage {
    pub fn new(pace: Pace) -> Self {
        Self {
            pace,
            queue: VecDeque::new(),
            held: 0,
            due: Instant::now(),
            finished: false,
            hurried: false,
        }
    }

    pub fn set_pace(&mut self, pace: Pace) {
        if !self.hurried {
            self.pace = pace;
        }
    }

    pub fn put(&mut self, bytes: Bytes) {
        self.held += bytes.len();
        self.queue.push_back(bytes);
    }

    pub fn finish(&mut self) {
        self.finished = true;
    }

    pub fn hurry(&mut self) {
        self.pace = Pace::AtOnce;
        self.hurried = true;
    }

    pub fn clear(&mut self) {
        self.queue.clear();
        self.held = 0;
    }

    /// Whether it is in the middle of something.
    pub fn drips(&self) -> bool {
        match self.pace {
            Pace::Drip(_) => !self.is_empty(),
            Pace::AtOnce | Pace::Batch(_) => false,
        }
    }

    pub fn holds_back(&self) -> bool {
        match self.pace {
            Pace::Drip(_) | Pace::Batch(_) => !self.is_empty(),
            Pace::AtOnce => false,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Whether there is room for more. This is what bounds it: to a batch and one event.
    pub fn accepts(&self) -> bool {
        match self.pace {
            Pace::AtOnce | Pace::Drip(_) => self.is_empty(),
            Pace::Batch(bytes) => self.held < size(bytes.get()),
        }
    }

    /// The next piece to pass on, once it may be. What is dropped while it waits loses nothing.
    pub async fn piece(&mut self) -> Bytes {
        if self.is_empty() {
            return pending().await;
        }
        match self.pace {
            Pace::AtOnce => {}
            Pace::Batch(bytes) if self.finished || self.held >= size(bytes.get()) => {}
            Pace::Batch(_) => return pending().await,
            Pace::Drip(rate) => {
                sleep_until(self.due).await;
                return self.drip(rate);
            }
        }
        self.all()
    }

    fn all(&mut self) -> Bytes {
        self.held = 0;
        // A single one, which may be large, is not copied.
        if self.queue.len() == 1 {
            return self.queue.pop_front().unwrap_or_default();
        }
        let mut all = BytesMut::new();
        for bytes in self.queue.drain(..) {
            all.extend_from_slice(&bytes);
        }
        all.freeze()
    }

    fn drip(&mut self, rate: NonZeroU32) -> Bytes {
        let length = drip::piece(rate);
        self.due = Instant::now() + drip::pause(rate);
        let Some(mut first) = self.queue.pop_front() else {
            return Bytes::new();
        };
        if first.len() > length {
            let rest = first.split_off(length);
            self.queue.push_front(rest);
        }
        self.held = self.held.saturating_sub(first.len());
        first
    }
}

fn size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use std::time::Duration;

    fn passage(pace: impl Fn(NonZeroU32) -> Pace, number: u32) -> Passage {
        Passage::new(pace(NonZeroU32::new(number).unwrap()))
    }

    fn now(passage: &mut Passage) -> Option<Bytes> {
        passage.piece().now_or_never()
    }

    #[test]
    fn a_batch_waits_until_it_is_full_or_the_last() {
        let mut passage = passage(Pace::Batch, 5);
        passage.put("abc".into());
        assert!(now(&mut passage).is_none() && passage.accepts());
        passage.put("def".into());
        assert!(!passage.accepts());
        assert_eq!(now(&mut passage).unwrap(), "abcdef");
        passage.put("g".into());
        passage.finish();
        assert_eq!(now(&mut passage).unwrap(), "g");
    }

    #[tokio::test]
    async fn drops_are_small_and_in_order() {
        let mut passage = passage(Pace::Drip, 60);
        passage.put("abcdefg".into());
        let first = Instant::now();
        assert_eq!(passage.piece().await, "abc");
        assert!(now(&mut passage).is_none() && !passage.accepts());
        assert_eq!(passage.piece().await, "def");
        assert_eq!(passage.piece().await, "g");
        assert!(first.elapsed() >= Duration::from_millis(100));
        assert!(passage.is_empty());
    }

    #[test]
    fn another_pace_passes_on_what_was_held() {
        let mut passage = passage(Pace::Batch, 9);
        passage.put("a".into());
        passage.put("b".into());
        passage.set_pace(Pace::AtOnce);
        assert_eq!(now(&mut passage).unwrap(), "ab");
    }
}
