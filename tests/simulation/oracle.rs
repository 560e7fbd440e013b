//! The promise, held against what was delivered.

use std::collections::{BTreeMap, BTreeSet};

use graphql_lifeline::config::Transport;
use graphql_lifeline::document::Kind;
use graphql_lifeline::io::{Attempt, Delivery, GapReason, Notice, OpId, Request, State};
use graphql_lifeline::response::Want;

use super::fault::Fault;
use super::plan::{END, MESSAGES_END, Plan};
use super::support::json::Json;

/// What is on its way when a connection breaks was sent a little before.
const FLIGHT: u64 = 300;
/// A server may answer this long before it has subscribed.
pub const LAG: u64 = 1_500 + 100;
/// The budget is held to in every stretch of this length.
const WINDOW: u64 = 10_000;

#[derive(Clone, Copy, Debug)]
struct Gap {
    since: u64,
    told: u64,
    reason: GapReason,
    recovered: bool,
}

struct Op {
    request: Request,
    began: u64,
    /// What the server has subscribed, and the newest message then.
    subscriptions: Vec<(u32, u64)>,
    /// The attempt that the application was first told of as connected.
    first_live: Option<u32>,
    delivered: Vec<u64>,
    gaps: Vec<Gap>,
    /// Left out by the server, without a sign.
    swallowed: BTreeSet<u64>,
    /// Held back by the server until then, by the wall clock.
    held_back: BTreeMap<u64, u64>,
    executions: u32,
    over: bool,
}

#[derive(Default)]
pub struct Oracle {
    ops: BTreeMap<OpId, Op>,
    /// When a message was sent, and when, by the wall clock, the client could first know of it:
    /// it may have been asleep.
    published: BTreeMap<u64, (u64, u64)>,
    opened: Vec<(u64, Transport)>,
    /// What is wrong so far.
    pub faults: Vec<String>,
}

impl Oracle {
    pub fn began(&mut self, op: OpId, request: Request, now: u64) {
        let op_of = Op {
            request,
            began: now,
            subscriptions: Vec::new(),
            first_live: None,
            delivered: Vec::new(),
            gaps: Vec::new(),
            swallowed: BTreeSet::new(),
            held_back: BTreeMap::new(),
            executions: 0,
            over: false,
        };
        self.ops.insert(op, op_of);
    }

    pub fn is_mutation(&self, op: OpId) -> bool {
        (self.ops.get(&op)).is_some_and(|it| it.request.kind == Kind::Mutation)
    }

    pub fn executed(&mut self, op: OpId) {
        if let Some(it) = self.ops.get_mut(&op) {
            it.executions += 1;
        }
    }

    pub fn opened(&mut self, _: Attempt, transport: Transport, want: Want, now: u64) {
        if want == Want::Stream {
            self.opened.push((now, transport));
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

    /// How many results wait for a backfill.
    pub fn held(&mut self, op: OpId, count: usize) {
        if let Some(it) = self.ops.get(&op)
            && let Some(rules) = it.request.continuity.as_deref()
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
                it.over = true;
            }
            Delivery::Notice {
                notice: Notice::Connected { attempt, .. },
                ..
            } => {
                it.first_live.get_or_insert(*attempt);
            }
            Delivery::Notice {
                notice: Notice::Gap { report, .. },
                ..
            } => it.gaps.push(Gap {
                since: report.since.as_millis(),
                told: now,
                reason: report.reason,
                recovered: report.recovered,
            }),
            _ => {}
        }
    }

    /// Everything that is wrong at the end of a run; `states` are those of operations that
    /// still run.
    pub fn judge(&mut self, plan: &Plan, states: &BTreeMap<OpId, State>) -> Vec<String> {
        let mut wrong = std::mem::take(&mut self.faults);
        for (id, op) in &self.ops {
            let mut say = |what: String| wrong.push(format!("{id}: {what}"));
            if op.executions > 1 {
                say(format!("executed {} times", op.executions));
            }
            if op.request.kind != Kind::Subscription {
                continue;
            }
            self.judge_once(op, &mut say);
            Self::judge_order(op, plan, &mut say);
            if op.over {
                continue;
            }
            self.judge_whole(op, &mut say);
            let state = states.get(id);
            if !matches!(state, Some(State::Live | State::Suspect)) {
                say(format!("{state:?}, though all is well again"));
            }
        }
        self.judge_pace(plan, &mut wrong);
        wrong
    }

    fn judge_once(&self, op: &Op, say: &mut impl FnMut(String)) {
        if !op.has_key() {
            return;
        }
        let mut seen = BTreeSet::new();
        for n in &op.delivered {
            if !seen.insert(n) {
                say(format!("m{n} came twice"));
            }
        }
    }

    /// In the server's order, unless a report says that something was amiss.
    fn judge_order(op: &Op, plan: &Plan, say: &mut impl FnMut(String)) {
        let is_shuffled = plan
            .spells
            .iter()
            .any(|spell| matches!(spell.fault, Fault::Reorder));
        let is_excused = op
            .gaps
            .iter()
            .any(|gap| !gap.recovered || gap.reason == GapReason::Audit);
        let is_repaired = op.rules(|rules| rules.sequence.is_some());
        if !op.heals() || is_excused || (is_shuffled && !is_repaired) {
            return;
        }
        // Nobody can know where a message from before the subscription belongs, nor one that
        // was left out and is sent again later.
        let is_known =
            |n: &u64| Some(*n) > op.first() && (is_repaired || !op.swallowed.contains(n));
        let known: Vec<u64> = op.delivered.iter().copied().filter(is_known).collect();
        // Nor whether anything belongs before the very first number.
        let first = usize::from(is_shuffled);
        for pair in known.windows(2).skip(first) {
            if pair[0] > pair[1] {
                say(format!("m{} came behind m{}", pair[1], pair[0]));
            }
        }
    }

    /// Each message was delivered, or its loss was told, or could not be known.
    fn judge_whole(&self, op: &Op, say: &mut impl FnMut(String)) {
        let Some(first) = op.first() else {
            return;
        };
        let delivered: BTreeSet<u64> = op.delivered.iter().copied().collect();
        let last = delivered.last().copied().unwrap_or(0);
        let audits = op.rules(|rules| rules.audit.is_some());
        let anchor = if first == 0 {
            0
        } else {
            *op.delivered.first().unwrap_or(&u64::MAX)
        };
        let counts = op.rules(|rules| rules.sequence.is_some());
        for (&n, &(sent, awake)) in self.published.range(first + 1..) {
            let is_missing = !delivered.contains(&n) && sent < op.sent_before();
            // An audit asks for what is behind a key, and a number follows another.
            let is_known =
                n > anchor && (audits || counts && n < last) || !op.swallowed.contains(&n);
            // What is not healed is told when the connection is open, and open is not
            // subscribed.
            let awake = op.held_back.get(&n).copied().unwrap_or(awake);
            // The first gap begins where the application's own knowledge ended.
            let begins =
                |gap: &Gap| gap.reason == GapReason::Initial || gap.since <= awake + FLIGHT;
            let covers = |gap: &&Gap| begins(gap) && sent <= gap.told + LAG;
            let is_told = op
                .gaps
                .iter()
                .filter(|gap| !(op.heals() && gap.recovered))
                .any(|gap| covers(&gap));
            if is_missing && is_known && !is_told {
                say(format!(
                    "m{n} is missing, and no gap says so: {:?}",
                    op.gaps
                ));
            }
        }
    }

    /// No more attempts in any stretch than the budget allows, and those that are free.
    fn judge_pace(&self, plan: &Plan, wrong: &mut Vec<String>) {
        let allowance = plan.options.retry_budget.unwrap_or_default();
        let paid = f64::from(allowance.capacity) + allowance.per_second * WINDOW as f64 / 1000.0;
        for (at, &(from, _)) in self.opened.iter().enumerate() {
            let window: Vec<_> = self.opened[at..]
                .iter()
                .take_while(|(when, _)| *when < from + WINDOW)
                .collect();
            // A fetch that asks why an EventSource failed is free, and so are first attempts,
            // what the application wants, and the try to fall forward.
            let asks = window
                .iter()
                .filter(|(_, transport)| *transport == Transport::EventSource);
            let ops = self.ops.len() + 1;
            let free = asks.count() + ops * (1 + plan.reconnects.len()) + 1;
            if window.len() as f64 > paid + free as f64 {
                wrong.push(format!("{} attempts from {from} on", window.len()));
                return;
            }
        }
    }
}

impl Op {
    fn rules(&self, ask: impl Fn(&graphql_lifeline::continuity::Settings) -> bool) -> bool {
        self.request.continuity.as_deref().is_some_and(ask)
    }

    fn has_key(&self) -> bool {
        self.rules(|rules| rules.key.is_some())
    }

    /// Messages behind this one are promised: the newest when the server first subscribed it
    /// on a connection that the client came to know of.
    fn first(&self) -> Option<u64> {
        let live = self.first_live?;
        let known = self
            .subscriptions
            .iter()
            .find(|(attempt, _)| *attempt >= live);
        let has_start = self.rules(|rules| rules.start_after.is_some());
        known.map(|(_, newest)| if has_start { 0 } else { *newest })
    }

    fn heals(&self) -> bool {
        self.rules(|rules| rules.key.is_some() && rules.backfill)
    }

    /// Messages of the last moments may still be on their way.
    fn sent_before(&self) -> u64 {
        debug_assert!(self.began <= END);
        MESSAGES_END - 30_000
    }
}
