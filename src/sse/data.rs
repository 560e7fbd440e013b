//! The data of one event as it arrives.

use alloc::vec::Vec;

/// Data beyond this is handed out in pieces: what waits for its end is not for this memory, which
/// never shrinks on a page.
pub(super) const PIECE: usize = 64 << 10;
/// A buffer that grew beyond this is not kept.
const KEEP_CAPACITY: usize = 4 * PIECE;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DataState {
    None,
    Some,
    Oversize,
}

#[derive(Debug)]
pub(super) struct Data {
    pub bytes: Vec<u8>,
    pub state: DataState,
    /// As many bytes of the event were handed out before.
    pub gone: usize,
}

impl Data {
    /// HTML: each data line but the first is preceded by a line feed.
    pub fn begin_line(&mut self) {
        match self.state {
            DataState::None => self.state = DataState::Some,
            // Counted by the push that follows, so at most one byte over the limit.
            DataState::Some => self.bytes.push(b'\n'),
            DataState::Oversize => {}
        }
    }

    /// `false` when the limit is passed with these bytes.
    pub fn push(&mut self, part: &[u8], limit: usize) -> bool {
        if self.state == DataState::Oversize {
            return true;
        }
        if self.gone + self.bytes.len() + part.len() > limit {
            self.bytes = Vec::new();
            self.state = DataState::Oversize;
            return false;
        }
        self.bytes.extend_from_slice(part);
        true
    }

    pub fn clear(&mut self) {
        self.state = DataState::None;
        self.gone = 0;
        self.drop_bytes();
    }

    /// The piece was handed out.
    pub fn cut(&mut self) {
        self.gone += self.bytes.len();
        self.drop_bytes();
    }

    fn drop_bytes(&mut self) {
        if self.bytes.capacity() > KEEP_CAPACITY {
            self.bytes = Vec::new();
        }
        self.bytes.clear();
    }
}
