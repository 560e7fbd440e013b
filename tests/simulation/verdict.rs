//! The promise, held against what was delivered.

use std::collections::{BTreeMap, BTreeSet};

use graphql_lifeline::config::{CONNECT_TIMEOUT, Transport};
use graphql_lifeline::document::Kind;
use graphql_lifeline::io::{GapReason, OpId, State};
use graphql_lifeline::reservation::Sharing;

use super::fault::Fault;
use super::oracle::{FLIGHT, Gap, Op, Oracle};
use super::plan::{MESSAGES_END, Plan};
use super::room::Room;

/// A server may answer this long before it has subscribed.
const LAG: u64 = 1_500 + 100;
/// Later messages may still be on their way at the end.
const SETTLED: u64 = MESSAGES_END - 30_000;
/// The budget is held to in every stretch of this length.
const WINDOW: u64 = 10_000;

impl Oracle {
    /// Everything that is wrong at the end of a run; `states` are those of operations that
    /// still run.
    pub fn judge(
        &mut self,
        plan: &Plan,
        states: &BTreeMap<OpId, State>,
        room: &Room,
    ) -> Vec<String> {
        let mut wrong = std::mem::take(&mut self.faults);
        for (id, op) in &self.ops {
            let mut say = |what: String| wrong.push(format!("{id}: {what}"));
            if op.executions > 1 {
                say(format!("executed {} times", op.executions));
            }
            let state = states.get(id);
            if op.request.kind != Kind::Subscription {
                // What may be sent once waits for a rung that may never be well.
                if !op.over && plan.sicknesses.is_empty() {
                    say(format!("{state:?}, and no answer"));
                }
                continue;
            }
            self.judge_once(op, &mut say);
            Self::judge_order(op, plan, &mut say);
            if op.over {
                continue;
            }
            let waits = matches!(state, Some(State::Waiting | State::Connecting));
            if waits && room.is_waited_for(*id) && !plan.has_socket() {
                if op.waits.is_none() {
                    say("it waits for room, and was not told".to_owned());
                }
                continue;
            }
            let is_live = matches!(state, Some(State::Live | State::Suspect));
            // Where a rung is sick the bound says how soon another is found; and what is missed
            // is told by the connection that comes next.
            if !is_live && !plan.sicknesses.is_empty() {
                continue;
            }
            self.judge_whole(op, &mut say);
            if !is_live {
                say(format!("{state:?}, though all is well again"));
            }
        }
        self.judge_renewals(&mut wrong);
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
            let is_missing = !delivered.contains(&n) && sent < SETTLED;
            // An audit asks for what is behind a key, and a number follows another.
            let is_known =
                n > anchor && (audits || counts && n < last) || !op.swallowed.contains(&n);
            let is_told = op.tells_of(n, sent, awake);
            let is_coming = n > last && op.hydrating > 0;
            if is_missing && is_known && !is_told && !is_coming {
                say(format!(
                    "m{n} is missing, and no gap says so: {:?}",
                    op.gaps
                ));
            }
        }
    }

    /// Credentials are asked for once for each time they expire, and that is enough.
    fn judge_renewals(&self, wrong: &mut Vec<String>) {
        if self.renewals.iter().any(|times| *times > self.expiries) {
            wrong.push(format!(
                "asked for credentials {:?} times, which expired {} times",
                self.renewals, self.expiries
            ));
        }
        // The next ones may have expired before they were shown.
        if self.unauthorized > 0 && self.expiries < 2 {
            wrong.push("unauthorized, with credentials that are good".to_owned());
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
            let shares = plan.options.sharing != Sharing::Never;
            let ops = self.ops.len() + 1 + usize::from(shares);
            let renewed = plan.lifetime.map_or(0, |ms| 2 + WINDOW * 10 / (ms * 9)) as usize;
            // Each leaves a stream that it shared once, and whoever waited for room goes later.
            let moves = usize::from(shares) + usize::from(plan.slots.is_some());
            let wishes = plan.reconnects.len() + self.expiries as usize + renewed + moves;
            let free = asks.count() + ops * (1 + wishes) + 1;
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

    /// Somebody waits for the one answer, so that there is an end to the wait for room.
    pub fn judge_limit(&self, op: OpId, now: u64) -> Option<String> {
        let waited = self.waits.map(|since| now - since);
        let is_right = self.request.kind != Kind::Subscription
            && waited.is_some_and(|ms| ms >= CONNECT_TIMEOUT.as_millis());
        (!is_right).then(|| format!("{op}: no room after {waited:?} ms"))
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

    /// Does a report cover this message?
    fn tells_of(&self, n: u64, sent: u64, awake: u64) -> bool {
        let awake = self.held_back.get(&n).copied().unwrap_or(awake);
        // The first gap begins where the application's own knowledge ended.
        // What could not be fetched lies behind a key, however long ago it was sent.
        let is_behind = |gap: &Gap| gap.reason == GapReason::Hydrate && gap.last < Some(n);
        let begins = |gap: &Gap| {
            gap.reason == GapReason::Initial || gap.since <= awake + FLIGHT || is_behind(gap)
        };
        // What is not healed is told when the connection is open, and open is not subscribed.
        let covers = |gap: &Gap| begins(gap) && sent <= gap.told + LAG;
        let is_open = |gap: &Gap| !(self.heals() && gap.recovered);
        self.gaps.iter().any(|gap| is_open(gap) && covers(gap))
    }
}
