//! The keys of what was delivered last.
//!
//! A ring of the keys themselves, and a table of where they stand in it: open addressing
//! with linear probing, never more than half full. The maps of the standard library do the
//! same, and cost a page several kilobytes.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::hash::sip_hash;

/// The table's size to begin with; a power of two, like each after it.
const SLOTS: usize = 16;

#[derive(Debug)]
struct Entry {
    hash: u64,
    key: String,
}

/// Remembers a number of keys, and forgets the oldest for the newest.
#[derive(Debug)]
pub(super) struct Keys {
    seed: u64,
    capacity: usize,
    ring: Vec<Entry>,
    /// Where in the ring the next one goes; once the ring is full, the oldest stands there.
    next: usize,
    /// One more than a place in the ring; 0 where there is none.
    slots: Vec<u32>,
    has_forgotten: bool,
}

impl Keys {
    /// Remembers `capacity` keys, one at least.
    pub fn new(capacity: usize, seed: u64) -> Self {
        Self {
            seed,
            // A slot holds 32 bits.
            capacity: capacity.clamp(1, 1 << 30),
            ring: Vec::new(),
            next: 0,
            slots: vec![0; SLOTS],
            has_forgotten: false,
        }
    }

    pub fn contains(&self, key: &str) -> bool {
        self.find(self.hash(key), key)
    }

    /// `false` if it was there already.
    pub fn insert(&mut self, key: String) -> bool {
        let hash = self.hash(&key);
        if self.find(hash, &key) {
            return false;
        }
        let entry = Entry { hash, key };
        let at = self.next;
        if self.ring.len() < self.capacity {
            self.ring.push(entry);
            if self.ring.len() * 2 > self.slots.len() {
                self.grow();
            } else {
                self.settle(hash, at);
            }
        } else {
            self.has_forgotten = true;
            self.remove(at);
            if let Some(oldest) = self.ring.get_mut(at) {
                *oldest = entry;
            }
            self.settle(hash, at);
        }
        self.next = if at + 1 == self.capacity { 0 } else { at + 1 };
        true
    }

    /// The key inserted last.
    pub fn newest(&self) -> Option<&String> {
        let at = self.next.checked_sub(1).unwrap_or(self.capacity - 1);
        self.ring.get(at).map(|entry| &entry.key)
    }

    /// The oldest key, once older ones have been forgotten.
    pub fn horizon(&self) -> Option<&String> {
        let oldest = self.ring.get(self.next).map(|entry| &entry.key);
        oldest.filter(|_| self.has_forgotten)
    }

    fn hash(&self, key: &str) -> u64 {
        sip_hash((self.seed, !self.seed), key.as_bytes())
    }

    fn find(&self, hash: u64, key: &str) -> bool {
        let mut slot = self.home(hash);
        while let Some(entry) = self.entry(slot) {
            if entry.hash == hash && entry.key == key {
                return true;
            }
            slot = self.following(slot);
        }
        false
    }

    /// Notes where in the ring a new one stands.
    fn settle(&mut self, hash: u64, at: usize) {
        let mut slot = self.home(hash);
        while self.entry(slot).is_some() {
            slot = self.following(slot);
        }
        self.write(slot, at as u32 + 1);
    }

    /// Takes a place in the ring out of the table.
    fn remove(&mut self, at: usize) {
        let Some(entry) = self.ring.get(at) else {
            return;
        };
        let mut slot = self.home(entry.hash);
        while self.slots.get(slot).is_some_and(|&it| it != at as u32 + 1) {
            slot = self.following(slot);
        }
        // Whatever was pushed beyond this slot moves back, or it would not be found.
        let mut hole = slot;
        loop {
            slot = self.following(slot);
            let Some(entry) = self.entry(slot) else {
                break;
            };
            let from_home = slot.wrapping_sub(self.home(entry.hash)) & self.mask();
            let from_hole = slot.wrapping_sub(hole) & self.mask();
            if from_home >= from_hole {
                self.write(hole, self.slots.get(slot).copied().unwrap_or_default());
                hole = slot;
            }
        }
        self.write(hole, 0);
    }

    fn grow(&mut self) {
        self.slots = vec![0; self.slots.len() * 2];
        for at in 0..self.ring.len() {
            let hash = self.ring.get(at).map_or(0, |entry| entry.hash);
            self.settle(hash, at);
        }
    }

    fn entry(&self, slot: usize) -> Option<&Entry> {
        let at = (*self.slots.get(slot)? as usize).checked_sub(1)?;
        self.ring.get(at)
    }

    fn write(&mut self, slot: usize, value: u32) {
        if let Some(slot) = self.slots.get_mut(slot) {
            *slot = value;
        }
    }

    const fn home(&self, hash: u64) -> usize {
        hash as usize & self.mask()
    }

    const fn following(&self, slot: usize) -> usize {
        (slot + 1) & self.mask()
    }

    const fn mask(&self) -> usize {
        self.slots.len() - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use alloc::collections::VecDeque;
    use alloc::format;

    /// Random keys, as many different ones as make for plenty of repetitions and of forgetting.
    #[test]
    fn it_remembers_what_a_list_remembers() {
        let mut random = Random::new(11);
        for capacity in [1, 2, 3, 7, 8, 9, 64, 100] {
            let mut keys = Keys::new(capacity, capacity as u64);
            let mut list: VecDeque<String> = VecDeque::new();
            let mut forgotten = false;
            for _ in 0..5_000 {
                let key = format!("{}", (random.unit() * capacity as f64 * 2.5) as u32);
                assert_eq!(
                    keys.contains(&key),
                    list.contains(&key),
                    "{key} in {list:?}"
                );
                let is_new = !list.contains(&key);
                if is_new {
                    list.push_back(key.clone());
                }
                if list.len() > capacity {
                    list.pop_front();
                    forgotten = true;
                }
                assert_eq!(keys.insert(key), is_new);
                assert_eq!(keys.newest(), list.back());
                assert_eq!(keys.horizon(), list.front().filter(|_| forgotten));
            }
            assert!(list.iter().all(|key| keys.contains(key)));
            let taken = keys.slots.iter().filter(|&&slot| slot != 0).count();
            assert_eq!(taken, list.len());
            assert!(keys.ring.len() <= capacity && keys.slots.len() <= (4 * capacity).max(SLOTS));
        }
    }

    #[test]
    fn one_hash_for_two_keys_does_not_make_them_one() {
        let mut keys = Keys::new(8, 1);
        keys.insert("a".into());
        let hash = keys.hash("a");
        assert!(keys.find(hash, "a"));
        assert!(!keys.find(hash, "b"));
    }

    #[test]
    fn nothing_remembered_is_nothing_found() {
        let keys = Keys::new(0, 1);
        assert!(!keys.contains(""));
        assert_eq!(keys.newest(), None);
        assert_eq!(keys.horizon(), None);
    }
}
