//! First in, first out.
//!
//! A `VecDeque` does the same and more, and takes more of a page's bytes for each type that
//! is kept in one.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem;

/// Items are boxed, so that the code to move them is the same for every type; each is moved
/// once on its way.
#[derive(Debug)]
pub struct Queue<T> {
    arriving: Vec<Box<T>>,
    /// The next one last.
    leaving: Vec<Box<T>>,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self {
            arriving: Vec::new(),
            leaving: Vec::new(),
        }
    }
}

impl<T> Queue<T> {
    /// Adds an item behind all others.
    pub fn push(&mut self, item: T) {
        self.arriving.push(Box::new(item));
    }

    /// Takes out the item that is longest in it.
    pub fn pop(&mut self) -> Option<T> {
        if self.leaving.is_empty() {
            mem::swap(&mut self.arriving, &mut self.leaving);
            self.leaving.reverse();
        }
        let item = self.leaving.pop()?;
        Some(*item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_come_out_in_the_order_in_which_they_went_in() {
        let mut queue = Queue::default();
        let mut expected = 0;
        for n in 0..1000 {
            queue.push(n);
            if n % 3 == 0 {
                assert_eq!(queue.pop(), Some(expected));
                expected += 1;
            }
        }
        while let Some(n) = queue.pop() {
            assert_eq!(n, expected);
            expected += 1;
        }
        assert_eq!(expected, 1000);
        assert_eq!(queue.pop(), None);
    }
}
