//! A backfill without a gap, now and then: it finds what was lost without a sign.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Continuity, Effect, Item, Phase, Reason};
use crate::continuity::healing::Gap;
use crate::time::{Instant, Now, Wall};

/// As many audits in a row that find something, and the endpoint has failed.
const FINDINGS: u32 = 2;

/// How far results were audited: those behind are not.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    pub last_key: Option<String>,
    pub since: Wall,
}

#[derive(Debug)]
pub(super) enum Audit<P> {
    Off,
    Due(Instant),
    /// The question is out. If it is answered, everything is audited up to the mark.
    Asked {
        until: Instant,
        mark: Mark,
    },
    /// These were not there when the answer came. They may be on their way.
    Judging {
        until: Instant,
        mark: Mark,
        found: Vec<Item<P>>,
    },
}

impl<P> Audit<P> {
    pub const fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Off => None,
            Self::Due(at) => Some(*at),
            Self::Asked { until, .. } | Self::Judging { until, .. } => Some(*until),
        }
    }
}

impl<P> Continuity<P> {
    /// Results are delivered as they come, until the next audit or gap.
    pub(super) fn flow(&mut self, now: Now) {
        let period = self.settings.audit.filter(|_| self.can_heal());
        self.phase = Phase::Flowing(match period {
            Some(period) => Audit::Due(now.monotonic + period),
            None => Audit::Off,
        });
    }

    pub(super) fn on_audit_due(&mut self, now: Now, audit: Audit<P>) {
        match audit {
            Audit::Due(_) => {
                self.send(
                    Reason::Audit,
                    self.audited.last_key.clone(),
                    self.audited.since,
                );
                self.phase = Phase::Flowing(Audit::Asked {
                    until: now.monotonic + self.settings.backfill_timeout,
                    mark: Mark {
                        last_key: self.delivered.newest().cloned(),
                        since: now.wall,
                    },
                });
            }
            Audit::Off | Audit::Asked { .. } => self.flow(now),
            Audit::Judging { mark, found, .. } => {
                self.flow(now);
                self.judge_endpoint(mark, found);
            }
        }
    }

    pub(super) fn on_audited(&mut self, now: Now, mut mark: Mark, answer: Vec<Item<P>>) {
        let forgotten = self.forgotten(&answer);
        let mut found = self.unknown(answer, forgotten);
        if found.len() > self.settings.max_waiting {
            // The next audit, which begins at the same mark, finds the others.
            found.truncate(self.settings.max_waiting);
            mark = self.audited.clone();
        }
        if found.is_empty() {
            self.flow(now);
            return self.judge_endpoint(mark, found);
        }
        self.phase = Phase::Flowing(Audit::Judging {
            until: now.monotonic + self.settings.settle,
            mark,
            found,
        });
    }

    /// Those behind the first `skipped` that have not come.
    fn unknown(&self, items: Vec<Item<P>>, skipped: usize) -> Vec<Item<P>> {
        let mut unknown = Vec::new();
        for (at, item) in items.into_iter().enumerate() {
            if at >= skipped && item.key.as_deref().is_some_and(|key| !self.is_known(key)) {
                unknown.push(item);
            }
        }
        unknown
    }

    fn judge_endpoint(&mut self, mark: Mark, found: Vec<Item<P>>) {
        if self.judge(mark, found) {
            self.effects.push(Effect::EndpointFailed);
        }
    }

    /// What has not come by now was missed. It is delivered late: its order is lost. `true`:
    /// that has happened too often.
    pub(super) fn judge(&mut self, mark: Mark, found: Vec<Item<P>>) -> bool {
        let audited = core::mem::replace(&mut self.audited, mark);
        let found = self.unknown(found, 0);
        if found.is_empty() {
            self.findings = 0;
            return false;
        }
        self.heard = self.heard.min(audited.since);
        let since = audited.since;
        self.effects.push(Effect::Recovered(Reason::Audit, since));
        self.bring(found);
        self.release_due();
        let gap = Gap {
            reason: Reason::Audit,
            since: audited.since,
            last_key: audited.last_key,
        };
        self.report(gap, true);
        self.findings += 1;
        let is_failed = self.findings == FINDINGS;
        if is_failed {
            self.findings = 0;
        }
        is_failed
    }
}
