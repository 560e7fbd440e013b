//! The keys of what was delivered last.
//!
//! A ring of the keys themselves, and for the keys of each bucket a chain through it, from the
//! newest to the oldest. What the ring has overwritten is behind all that it still holds, so a
//! chain ends there, and nothing has ever to be taken out of one. The maps of the standard
//! library do the same, and cost a page several kilobytes.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::hash::sip_hash;

/// How many buckets to begin with; a power of two, like each number after it.
const BUCKETS: usize = 16;

#[derive(Debug)]
struct Entry {
    hash: u64,
    key: String,
    /// The one before it in its chain.
    older: u64,
}

/// Remembers a number of keys, and forgets the oldest for the newest.
#[derive(Debug)]
pub(super) struct Keys {
    seed: u64,
    capacity: u64,
    /// Keys are numbered from 1 on; each stands at one less than its number, modulo the length of
    /// the ring, a power of two: a division takes longer than all the rest.
    ring: Vec<Entry>,
    newest: u64,
    /// The newest of each chain, or 0.
    buckets: Vec<u64>,
}

impl Keys {
    /// Remembers `capacity` keys, one at least.
    pub fn new(capacity: usize, seed: u64) -> Self {
        Self {
            seed,
            capacity: capacity.max(1) as u64,
            ring: Vec::new(),
            newest: 0,
            buckets: vec![0; BUCKETS],
        }
    }

    pub fn contains(&self, key: &str) -> bool {
        self.find(self.hash(key), key)
    }

    /// `false` if it was there already.
    pub fn insert(&mut self, key: &str) -> bool {
        let hash = self.hash(key);
        if self.find(hash, key) {
            return false;
        }
        let at = self.place(self.newest + 1);
        match self.ring.get_mut(at) {
            // The oldest key leaves its memory to the newest.
            Some(entry) => {
                entry.hash = hash;
                entry.key.clear();
                entry.key.push_str(key);
            }
            None => self.ring.push(Entry {
                hash,
                key: key.into(),
                older: 0,
            }),
        }
        self.newest += 1;
        self.link(self.newest);
        if self.ring.len() > self.buckets.len() {
            self.grow();
        }
        true
    }

    /// The key inserted last.
    pub fn newest(&self) -> Option<&String> {
        self.entry(self.newest).map(|entry| &entry.key)
    }

    /// The oldest key, once older ones have been forgotten.
    pub fn horizon(&self) -> Option<&String> {
        let forgotten = self.newest.checked_sub(self.capacity)?;
        let oldest = self.entry(forgotten + 1).map(|entry| &entry.key);
        oldest.filter(|_| forgotten > 0)
    }

    fn hash(&self, key: &str) -> u64 {
        sip_hash((self.seed, !self.seed), key.as_bytes())
    }

    fn find(&self, hash: u64, key: &str) -> bool {
        let bucket = self.buckets.get(self.bucket(hash));
        let mut number = bucket.copied().unwrap_or(0);
        while let Some(entry) = self.entry(number) {
            if entry.key == key {
                return true;
            }
            number = entry.older;
        }
        false
    }

    /// Puts one at the head of its chain.
    fn link(&mut self, number: u64) {
        let at = self.place(number);
        let hash = self.ring.get(at).map_or(0, |entry| entry.hash);
        let bucket = self.bucket(hash);
        if let (Some(head), Some(entry)) = (self.buckets.get_mut(bucket), self.ring.get_mut(at)) {
            entry.older = core::mem::replace(head, number);
        }
    }

    /// Nothing has been forgotten yet when the ring grows.
    fn grow(&mut self) {
        self.buckets = vec![0; self.buckets.len() * 2];
        for number in 1..=self.newest {
            self.link(number);
        }
    }

    /// `None` if it has been overwritten, and for 0.
    fn entry(&self, number: u64) -> Option<&Entry> {
        let age = self.newest - number;
        let entry = self.ring.get(self.place(number));
        entry.filter(|_| number > 0 && age < self.capacity)
    }

    const fn place(&self, number: u64) -> usize {
        (number.wrapping_sub(1) & (self.capacity.next_power_of_two() - 1)) as usize
    }

    const fn bucket(&self, hash: u64) -> usize {
        hash as usize & (self.buckets.len() - 1)
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
                assert_eq!(keys.insert(&key), is_new);
                assert_eq!(keys.newest(), list.back());
                assert_eq!(keys.horizon(), list.front().filter(|_| forgotten));
            }
            assert!(list.iter().all(|key| keys.contains(key)));
            let chained = (1..=keys.newest)
                .filter(|&number| keys.entry(number).is_some())
                .count();
            assert_eq!(chained, list.len());
            assert!(
                keys.ring.len() <= capacity.next_power_of_two()
                    && keys.buckets.len() <= (2 * capacity.next_power_of_two()).max(BUCKETS)
            );
        }
    }

    #[test]
    fn one_hash_for_two_keys_does_not_make_them_one() {
        let mut keys = Keys::new(8, 1);
        keys.insert("a");
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
