//! An ordered map for keys that only grow, such as operation numbers.
//!
//! A `BTreeMap` does the same and more, and costs a web page 4 KB for each type
//! that is kept in one.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem;

/// Values by number. New numbers must be greater than all before.
#[derive(Debug)]
pub struct Table<V> {
    /// In the order of their numbers; `None` where a value was removed.
    /// Boxed: the code to move them is the same for every type then.
    slots: Vec<(u32, Option<Box<V>>)>,
    removed: usize,
}

impl<V> Default for Table<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V> Table<V> {
    /// An empty table.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            slots: Vec::new(),
            removed: 0,
        }
    }

    /// Adds a value under a number greater than all before.
    pub fn push(&mut self, number: u32, value: V) {
        debug_assert!(self.slots.last().is_none_or(|&(last, _)| last < number));
        self.slots.push((number, Some(Box::new(value))));
    }

    #[must_use]
    pub fn get(&self, number: u32) -> Option<&V> {
        let at = self.find(number)?;
        self.slots.get(at)?.1.as_deref()
    }

    pub fn get_mut(&mut self, number: u32) -> Option<&mut V> {
        let at = self.find(number)?;
        self.slots.get_mut(at)?.1.as_deref_mut()
    }

    /// Takes a value out.
    pub fn remove(&mut self, number: u32) -> Option<V> {
        let at = self.find(number)?;
        let value = self.slots.get_mut(at)?.1.take()?;
        self.removed += 1;
        // Half of the slots are empty: moving the rest costs no more than filling them did.
        if self.removed * 2 > self.slots.len() {
            for slot in mem::take(&mut self.slots) {
                if slot.1.is_some() {
                    self.slots.push(slot);
                }
            }
            self.removed = 0;
        }
        Some(*value)
    }

    /// All values, in the order of their numbers.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.slots.iter().filter_map(|(_, value)| value.as_deref())
    }

    /// All numbers, in order.
    #[must_use]
    pub fn numbers(&self) -> Vec<u32> {
        let present = self.slots.iter().filter(|(_, value)| value.is_some());
        present.map(|&(number, _)| number).collect()
    }

    fn find(&self, number: u32) -> Option<usize> {
        self.slots
            .binary_search_by_key(&number, |&(number, _)| number)
            .ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_until_they_are_removed_whatever_goes_between() {
        let mut table = Table::default();
        for number in 1..=1000 {
            table.push(number, number * 2);
            if number % 3 != 0 {
                assert_eq!(table.remove(number), Some(number * 2));
                assert_eq!(table.remove(number), None);
            }
        }
        assert_eq!(table.get(999), Some(&1998));
        assert_eq!(table.get(998), None);
        let threes: Vec<u32> = (1..=333).map(|n| n * 3).collect();
        assert_eq!(table.numbers(), threes);
        assert!(table.values().copied().eq(threes.iter().map(|n| n * 2)));
        assert!(table.slots.len() <= 2 * 333);
    }
}
