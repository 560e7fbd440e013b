//! What was done and delivered in a run: what the promise is held against (`verdict.rs`).

use std::collections::{BTreeMap, BTreeSet};

use graphql_lifeline::config::Transport;
use graphql_lifeline::document::Kind;
use graphql_lifeline::error::Code;
use graphql_lifeline::io::{Attempt, Delivery, GapReason, Limit, Notice, OpId, Request, State};

use super::room::Connection;
use super::support::json::Json;

/// What is on its way when a connection breaks was sent a little before.
pub const FLIGHT: u64 = 300;

#[derive(Clone, Copy, Debug)]
pub struct Gap {
    pub since: u64,
    pub told: u64,
    pub reason: GapReason,
    pub recovered: bool,
    /// Of the newest message that had been delivered.
    pub last: Option<u64>,
}

pub struct Op {
    pub request: Request,
    /// What the server has subscribed, and the newest message then.
    pub subscriptions: Vec<(u32, u64)>,
    /// The attempt that the application was first told of as connected.
    pub first_live: Option<u32>,
    pub delivered: Vec<u64>,
    pub gaps: Vec<Gap>,
    /// Left out by the server, without a sign.
    pub swallowed: BTreeSet<u64>,
    /// Held back by the server until then, by the wall clock.
    pub held_back: BTreeMap<u64, u64>,
    pub executions: u32,
    /// Results that are being fetched, or wait for those before them.
    pub hydrating: usize,
    /// Since then it waits for room, as the application was told.
    pub waits: Option<u64>,
    pub over: bool,
}

#[derive(Default)]
pub struct Oracle {
    pub ops: BTreeMap<OpId, Op>,
    /// When a message was sent, and when, by the wall clock, the client could first know of it:
    /// it may have been asleep.
    pub published: BTreeMap<u64, (u64, u64)>,
    pub opened: Vec<(u64, Transport)>,
    /// How often the server's token has expired.
    pub expiries: u32,
    /// How often the application was asked for new credentials: for requests, and for sockets.
    pub renewals: [u32; 3],
    /// How operations ended that nobody wanted ended, but for their credentials.
    pub ended: BTreeMap<OpId, String>,
    /// Operations that ended because nobody let them in.
    pub unauthorized: u32,
    /// While attempts are to be a minute apart: not before then.
    pub slow: Option<u64>,
    /// When an operation has left its connection, or has ended.
    pub left: u64,
    /// Of what was left on a reserved stream, the server was told this.
    pub stopped: BTreeSet<Attempt>,
    /// What was opened, by attempt.
    pub last: BTreeMap<Attempt, Transport>,
    /// What a sick rung answers.
    pub refusals: BTreeSet<u16>,
    /// What is wrong so far.
    pub faults: Vec<String>,
}

impl Oracle {
    pub fn began(&mut self, op: OpId, request: Request) {
        let op_of = Op {
            request,
            subscriptions: Vec::new(),
            first_live: None,
            delivered: Vec::new(),
            gaps: Vec::new(),
            swallowed: BTreeSet::new(),
            held_back: BTreeMap::new(),
            executions: 0,
            hydrating: 0,
            waits: None,
            over: false,
        };
        self.ops.insert(op, op_of);
    }

    pub fn is_sent_once(&self, op: OpId) -> bool {
        (self.ops.get(&op)).is_some_and(|it| it.request.kind != Kind::Subscription)
    }

    pub fn executed(&mut self, op: OpId) {
        if let Some(it) = self.ops.get_mut(&op) {
            it.executions += 1;
        }
    }

    pub fn opened(&mut self, it: Connection, now: u64) {
        if it.is_stream() {
            self.opened.push((now, it.transport));
        }
    }

    /// How many connections were opened before then.
    pub fn attempts(&self, until: u64) -> usize {
        self.opened.iter().filter(|(at, _)| *at < until).count()
    }

    pub fn subscribed(&mut self, attempt: Attempt, newest: u64) {
        if let Some(it) = self.ops.get_mut(&attempt.op) {
            it.subscriptions.push((attempt.number, newest));
        }
    }

    pub fn published(&mut self, n: u64, sent: u64, awake: u64) {
        self.published.insert(n, (sent, awake));
    }

    /// The client sleeps, from `wall` on; what is on its way arrives when it wakes.
    pub fn slept(&mut self, wall: u64, ms: u64) {
        let mut sent = self.published.values_mut().rev();
        while let Some((_, awake)) = sent.next().filter(|(_, awake)| *awake + FLIGHT >= wall) {
            *awake += ms;
        }
    }

    pub fn swallowed(&mut self, op: OpId, n: u64) {
        if let Some(it) = self.ops.get_mut(&op) {
            it.swallowed.insert(n);
        }
    }

    pub fn held_back(&mut self, op: OpId, n: u64, until: u64) {
        if let Some(it) = self.ops.get_mut(&op) {
            it.held_back.insert(n, until);
        }
    }

    /// How many results wait for a backfill, and how many are being fetched.
    pub fn held(&mut self, op: OpId, count: usize, hydrating: usize) {
        let Some(it) = self.ops.get_mut(&op) else {
            return;
        };
        it.hydrating = hydrating;
        if let Some(rules) = it.request.continuity.as_deref()
            && count > rules.max_waiting
        {
            self.faults.push(format!("{op}: {count} results wait"));
        }
    }

    pub fn disposed(&mut self, op: OpId) {
        if let Some(it) = self.ops.get_mut(&op) {
            it.over = true;
        }
    }

    pub fn asked(&mut self, op: OpId) {
        if self.ops.get(&op).is_none_or(|it| it.over) {
            self.faults.push(format!("{op}: a backfill behind the end"));
        }
    }

    /// A notification is to be hydrated, or is not any more.
    pub fn hydrates(&mut self, op: OpId, ticket: u32, begins: bool) {
        if self.ops.get(&op).is_none_or(|it| it.over) {
            self.faults
                .push(format!("{op}: ticket {ticket} behind the end: {begins}"));
        }
    }

    pub fn delivered(&mut self, delivery: &Delivery<Json>, now: u64) {
        let (Delivery::Next { op, .. }
        | Delivery::Complete { op }
        | Delivery::Error { op, .. }
        | Delivery::Thrown { op, .. }
        | Delivery::Backfill { op, .. }
        | Delivery::Notice { op, .. }) = delivery
        else {
            return;
        };
        let Some(it) = self.ops.get_mut(op) else {
            // Told within subscribe, before its number is known.
            return;
        };
        let closes = matches!(
            delivery,
            Delivery::Notice {
                notice: Notice::State(State::Closed),
                ..
            }
        );
        if it.over && !closes {
            self.faults
                .push(format!("{op}: {delivery:?} behind the end"));
        }
        match delivery {
            Delivery::Next { result, .. } => {
                if let Some(n) = result.0["data"]["n"].as_u64() {
                    it.delivered.push(n);
                }
            }
            Delivery::Complete { .. } | Delivery::Error { .. } | Delivery::Thrown { .. } => {
                if let Delivery::Error { error, .. } = delivery {
                    self.unauthorized += u32::from(error.code == Code::Unauthorized);
                    if error.code != Code::Unauthorized {
                        self.ended.insert(*op, error.message.clone());
                    }
                    // What is asked for is there, and asked for rightly.
                    let status = error.status.filter(|it| !self.refusals.contains(it));
                    if matches!(status, Some(400 | 404 | 405 | 409)) {
                        self.faults
                            .push(format!("{op}: refused with {:?}", error.status));
                    }
                    if error.code == Code::ConnectionLimit {
                        self.faults.extend(it.judge_limit(*op, now));
                    }
                }
                // The made-up server completes no subscription.
                let is_kept = it.request.kind == Kind::Subscription;
                if is_kept && matches!(delivery, Delivery::Complete { .. }) {
                    self.ended.insert(*op, "complete".to_owned());
                }
                it.over = true;
            }
            Delivery::Notice {
                notice: Notice::Connected { attempt, .. },
                ..
            } => {
                it.first_live.get_or_insert(*attempt);
                it.waits = None;
            }
            Delivery::Notice {
                notice: Notice::Limit(limit),
                ..
            } => it.waits = (*limit == Limit::Waits).then_some(now),
            Delivery::Notice {
                notice: Notice::Gap { report, .. },
                ..
            } => it.gaps.push(Gap {
                since: report.since.as_millis(),
                told: now,
                reason: report.reason,
                recovered: report.recovered,
                last: report
                    .last_key
                    .as_ref()
                    .and_then(|key| key[1..].parse().ok()),
            }),
            _ => {}
        }
    }
}
