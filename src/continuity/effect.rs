//! What comes out: deliveries, questions and reports.

use alloc::string::String;

pub use crate::io::GapReason as Reason;
use crate::time::Wall;

/// A result with what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item<P> {
    pub key: Option<String>,
    pub number: Option<u64>,
    pub payload: P,
}

/// What the caller has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Effect<P> {
    /// Give it to the application.
    Deliver(P),
    /// It is a notification: fetch the whole, and give that to the application. The key is
    /// the newest with it; what came before then was not it.
    Claim {
        key: Option<String>,
        since: Wall,
        notification: P,
    },
    /// What is delivered next, if anything is, was missed first in the gap since then.
    Recovered(Reason, Wall),
    /// Run the application's backfill, and tell what came of it.
    Ask(Ask),
    /// Tell the application. What was healed is told behind what the backfill brought.
    Gap(GapReport),
    /// Two audits in a row have found something: this endpoint loses results.
    EndpointFailed,
}

/// A round of the backfill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Goes with the answer; no other round of the operation has it.
    pub round: u32,
    pub reason: Reason,
    /// Everything behind this one is wanted: the newest that was delivered; for an audit,
    /// the newest at the audit before.
    pub last_key: Option<String>,
    pub since: Wall,
}

/// A gap, healed or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GapReport {
    pub reason: Reason,
    /// Results may have been missed since then.
    pub since: Wall,
    /// The newest that had been delivered.
    pub last_key: Option<String>,
    pub recovered: bool,
    /// The newest round before it: answers up to that one are of no more use. 0: none was asked.
    pub round: u32,
}
