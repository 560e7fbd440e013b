//! What is open on one transport, streams or sockets, and what they are told by faults.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tokio::sync::watch;

/// What something open is told. All but `Mute` is its last act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blow {
    /// A stream sends half an event first; then the connection breaks.
    Cut,
    /// A socket is closed for want of a right to it; a stream is cut.
    Expel,
    /// The connection breaks.
    Break,
    /// An end in due form, but without `complete`.
    End,
    /// Nothing is sent any more; the connection stays.
    Mute,
}

/// `opened = live + ended + cut`, unless a reset came between; zombies count as live.
#[derive(Debug, Default, Serialize)]
pub struct StreamStats {
    requests: u64,
    opened: u64,
    live: u64,
    ended: u64,
    cut: u64,
}

#[derive(Debug, Default)]
struct Registry {
    next_id: u64,
    requests: u64,
    opened: u64,
    ended: u64,
    cut: u64,
    zombies: u64,
    open: HashMap<u64, watch::Sender<Option<Blow>>>,
}

impl Registry {
    fn count(&mut self, blow: Blow, streams: u64) {
        match blow {
            Blow::Cut | Blow::Expel | Blow::Break => self.cut += streams,
            Blow::End => self.ended += streams,
            Blow::Mute => {}
        }
    }
}

#[derive(Debug, Default)]
pub struct Streams(Mutex<Registry>);

impl Streams {
    /// Counts a request for a stream, whatever becomes of it.
    pub fn request(&self) {
        self.lock().requests += 1;
    }

    pub fn open(self: &Arc<Self>) -> OpenStream {
        let sender = watch::Sender::new(None);
        let mut registry = self.lock();
        let id = registry.next_id;
        registry.next_id += 1;
        registry.opened += 1;
        let orders = Orders(sender.subscribe());
        registry.open.insert(id, sender);
        drop(registry);
        OpenStream {
            id,
            orders,
            streams: Arc::clone(self),
        }
    }

    /// Tells everything open, and how much that was. All that it ends counts as gone from now on.
    pub fn strike(&self, blow: Blow) -> u64 {
        let mut registry = self.lock();
        let told = registry
            .open
            .values()
            .filter(|orders| orders.send(Some(blow)).is_ok())
            .count();
        let told = u64::try_from(told).unwrap_or(u64::MAX);
        registry.count(blow, told);
        match blow {
            Blow::Cut | Blow::Expel | Blow::Break | Blow::End => registry.open.clear(),
            Blow::Mute => {}
        }
        told
    }

    /// The zombies have ended after all.
    pub fn bury(&self) {
        let mut registry = self.lock();
        registry.ended += std::mem::take(&mut registry.zombies);
    }

    pub fn zombies(&self) -> u64 {
        self.lock().zombies
    }

    pub fn stats(&self) -> StreamStats {
        let registry = self.lock();
        let open = u64::try_from(registry.open.len()).unwrap_or(u64::MAX);
        StreamStats {
            requests: registry.requests,
            opened: registry.opened,
            live: open.saturating_add(registry.zombies),
            ended: registry.ended,
            cut: registry.cut,
        }
    }

    pub fn clear_stats(&self) {
        let mut registry = self.lock();
        registry.requests = 0;
        registry.opened = 0;
        registry.ended = 0;
        registry.cut = 0;
    }

    /// Counts one out, unless an order has done so already.
    fn close(&self, id: u64, how: Blow) -> bool {
        let mut registry = self.lock();
        let was_open = registry.open.remove(&id).is_some();
        if was_open {
            registry.count(how, 1);
        }
        was_open
    }

    fn lock(&self) -> MutexGuard<'_, Registry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One stream's or socket's place in the registry; dropping it, for whatever reason, gives the
/// place up.
#[derive(Debug)]
pub struct OpenStream {
    id: u64,
    orders: Orders,
    streams: Arc<Streams>,
}

/// What one stream or socket is told.
#[derive(Clone, Debug)]
pub struct Orders(watch::Receiver<Option<Blow>>);

impl OpenStream {
    /// All that it is told, from the moment it opened.
    pub fn orders(&self) -> Orders {
        self.orders.clone()
    }

    /// Counts a break that is made without an order from outside. Says whether it was to be
    /// counted: an order may have come first.
    pub fn count_cut(&self) -> bool {
        self.streams.close(self.id, Blow::Break)
    }

    /// Ends, but goes on to be listed as live.
    pub fn haunt(&self) {
        let mut registry = self.streams.lock();
        if registry.open.remove(&self.id).is_some() {
            registry.zombies += 1;
        }
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.streams.close(self.id, Blow::End);
    }
}

impl Orders {
    /// Waits for the next one, for ever if none comes.
    pub async fn next(&mut self) -> Blow {
        // The sender is dropped unsent only after the place was given up: nothing to go on for.
        match self.0.changed().await {
            Ok(()) => self.0.borrow_and_update().unwrap_or(Blow::End),
            Err(_) => Blow::End,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_stream_is_counted_out_once() {
        let streams = Arc::new(Streams::default());
        let cut = streams.open();
        let mut orders = cut.orders();
        assert_eq!(streams.strike(Blow::Mute), 1);
        assert_eq!(orders.next().await, Blow::Mute);
        assert_eq!(streams.strike(Blow::Cut), 1);
        assert_eq!(orders.next().await, Blow::Cut);
        assert!(!cut.count_cut());
        let gone = streams.open();
        drop((cut, gone));
        let _open = streams.open();
        let stats = serde_json::to_value(streams.stats()).unwrap();
        let expected =
            serde_json::json!({ "requests": 0, "opened": 3, "live": 1, "ended": 1, "cut": 1 });
        assert_eq!(stats, expected);
    }

    #[test]
    fn a_zombie_is_live_until_it_is_buried() {
        let streams = Arc::new(Streams::default());
        let open = streams.open();
        open.haunt();
        drop(open);
        assert_eq!((streams.stats().live, streams.stats().ended), (1, 0));
        streams.bury();
        assert_eq!((streams.stats().live, streams.stats().ended), (0, 1));
    }
}
