//! Requests that are held: in which order they came, and whose turn it is.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::http::StatusCode;
use tokio::sync::watch;

use crate::problem::Problem;

/// One more is refused.
const MOST: usize = 1000;

#[derive(Debug, Default)]
struct Waiting {
    next: u64,
    turns: BTreeSet<u64>,
}

#[derive(Debug, Default)]
pub struct Queue(watch::Sender<Waiting>);

/// A place in the queue; dropping it, for whatever reason, lets the next one come up.
#[derive(Debug)]
pub struct Turn {
    number: u64,
    queue: Arc<Queue>,
}

impl Queue {
    /// A place behind all others.
    pub fn join(self: &Arc<Self>) -> Result<Turn, Problem> {
        let mut number = None;
        self.0.send_if_modified(|waiting| {
            if waiting.turns.len() < MOST {
                number = Some(waiting.next);
                waiting.turns.insert(waiting.next);
                waiting.next += 1;
            }
            // Nobody's turn comes sooner for it.
            false
        });
        let message = format!("{MOST} requests are held already");
        let number =
            number.ok_or_else(|| Problem::new(StatusCode::SERVICE_UNAVAILABLE, message))?;
        Ok(Turn {
            number,
            queue: Arc::clone(self),
        })
    }

    pub fn len(&self) -> usize {
        self.0.borrow().turns.len()
    }
}

impl Turn {
    /// Gives its place up for one behind all others.
    pub fn step_back(&mut self) {
        self.queue.0.send_modify(|waiting| {
            waiting.turns.remove(&self.number);
            self.number = waiting.next;
            waiting.turns.insert(waiting.next);
            waiting.next += 1;
        });
    }

    /// Waits until all that came before are done, or gone.
    pub async fn comes(&self) {
        let mut waiting = self.queue.0.subscribe();
        let first = |waiting: &Waiting| waiting.turns.first() == Some(&self.number);
        // An error would say that the queue is gone, and this holds it.
        let _ = waiting.wait_for(first).await;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.queue.0.send_modify(|waiting| {
            waiting.turns.remove(&self.number);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn each_waits_for_those_before_it() {
        let queue = Arc::new(Queue::default());
        let [mut third, first, second] = [(); 3].map(|()| queue.join().unwrap());
        assert!(first.comes().now_or_never().is_none());
        third.step_back();
        assert!(first.comes().now_or_never().is_some());
        assert!(second.comes().now_or_never().is_none());
        drop(second);
        assert!(third.comes().now_or_never().is_none());
        drop(first);
        assert!(third.comes().now_or_never().is_some());
        assert_eq!(queue.len(), 1);
    }

    #[test]
    fn it_is_bounded() {
        let queue = Arc::new(Queue::default());
        let turns: Vec<_> = (0..MOST).map(|_| queue.join().unwrap()).collect();
        assert!(queue.join().is_err());
        drop(turns);
        assert!(queue.join().is_ok());
    }
}
