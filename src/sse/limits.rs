//! What is too large.

/// How much of one event is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// All data lines of one event together, in bytes.
    pub event_bytes: usize,
    /// One `event`, `id` or `retry` value, in bytes.
    pub field_bytes: usize,
}

/// As large may an event be, unless set.
pub const EVENT_BYTES: u32 = 32 << 20;

impl Default for Limits {
    /// 32 MiB for an event, 1 KiB for a field.
    fn default() -> Self {
        Self {
            event_bytes: EVENT_BYTES as usize,
            field_bytes: 1 << 10,
        }
    }
}
