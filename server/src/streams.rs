//! The event streams that are open, and the orders that faults give them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tokio::sync::oneshot;

/// What an open stream is told to do; either way it is its last act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Send half an event, then break the connection.
    Cut,
    /// End the body properly, but without `complete`.
    End,
}

/// `opened = live + ended + cut`, unless a reset came between.
#[derive(Debug, Default, Serialize)]
pub struct StreamStats {
    opened: u64,
    live: usize,
    ended: u64,
    cut: u64,
}

#[derive(Debug, Default)]
struct Registry {
    next_id: u64,
    opened: u64,
    ended: u64,
    cut: u64,
    open: HashMap<u64, oneshot::Sender<Order>>,
}

impl Registry {
    fn count(&mut self, order: Order, streams: u64) {
        match order {
            Order::Cut => self.cut += streams,
            Order::End => self.ended += streams,
        }
    }
}

#[derive(Debug, Default)]
pub struct Streams(Mutex<Registry>);

impl Streams {
    pub fn open(self: &Arc<Self>) -> OpenStream {
        let (sender, orders) = oneshot::channel();
        let mut registry = self.lock();
        let id = registry.next_id;
        registry.next_id += 1;
        registry.opened += 1;
        registry.open.insert(id, sender);
        drop(registry);
        OpenStream {
            id,
            orders,
            streams: Arc::clone(self),
        }
    }

    /// Tells every open stream, and how many those were. They count as gone from now on.
    pub fn order(&self, order: Order) -> u64 {
        let mut registry = self.lock();
        let told = registry
            .open
            .drain()
            .filter_map(|(_, orders)| orders.send(order).ok())
            .count();
        let told = u64::try_from(told).unwrap_or(u64::MAX);
        registry.count(order, told);
        told
    }

    pub fn stats(&self) -> StreamStats {
        let registry = self.lock();
        StreamStats {
            opened: registry.opened,
            live: registry.open.len(),
            ended: registry.ended,
            cut: registry.cut,
        }
    }

    pub fn clear_stats(&self) {
        let mut registry = self.lock();
        registry.opened = 0;
        registry.ended = 0;
        registry.cut = 0;
    }

    /// Counts a stream out, unless an order has done so already.
    fn close(&self, id: u64, how: Order) {
        let mut registry = self.lock();
        if registry.open.remove(&id).is_some() {
            registry.count(how, 1);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Registry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One stream's place in the registry; dropping it, for whatever reason, gives the place up.
#[derive(Debug)]
pub struct OpenStream {
    id: u64,
    orders: oneshot::Receiver<Order>,
    streams: Arc<Streams>,
}

impl OpenStream {
    /// Waits for an order, for ever if none comes. Once one has come, the stream must end.
    pub async fn order(&mut self) -> Order {
        // The sender is dropped unsent only after this place was given up: nothing to go on for.
        (&mut self.orders).await.unwrap_or(Order::End)
    }

    /// Counts a cut that the stream makes without an order from outside.
    pub fn count_cut(&self) {
        self.streams.close(self.id, Order::Cut);
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.streams.close(self.id, Order::End);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_stream_is_counted_out_once() {
        let streams = Arc::new(Streams::default());
        let mut cut = streams.open();
        assert_eq!(streams.order(Order::Cut), 1);
        assert_eq!(cut.order().await, Order::Cut);
        let gone = streams.open();
        drop((cut, gone));
        let _open = streams.open();
        let stats = serde_json::to_value(streams.stats()).unwrap();
        let expected = serde_json::json!({ "opened": 3, "live": 1, "ended": 1, "cut": 1 });
        assert_eq!(stats, expected);
    }
}
