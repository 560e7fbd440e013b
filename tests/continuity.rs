//! Between a result that was read and its delivery, one rule a test.
#![cfg(not(target_arch = "wasm32"))]

use graphql_lifeline::time::Span;

use graphql_lifeline::continuity::{
    Ask, Continuity, Effect, GapReport, Item, Key, Reason, Settings,
};
use graphql_lifeline::time::{Instant, Now, Wall};

const SECOND: Span = Span::from_secs(1);
const HOUR: Span = Span::from_secs(3600);

/// What an operation said, in short.
#[derive(Clone, Debug, PartialEq)]
enum Said {
    Got(u64),
    /// A round for this reason, for what is behind this key.
    Ask(Reason, Option<u64>),
    Healed(Reason),
    Unhealed(Reason),
    EndpointFailed,
}
use Reason::{Audit, Hole, Initial, Malformed, Overflow, Reconnect};
use Said::{EndpointFailed, Got, Healed, Unhealed};

/// An operation in virtual time. The key of result 7 is `m7`.
struct Op {
    continuity: Continuity<u64>,
    now: Now,
    log: Vec<Said>,
    asks: Vec<Ask>,
    gaps: Vec<GapReport>,
}

fn keyed() -> Settings {
    Settings {
        key: Some(Key::Path("id".into())),
        ..Settings::default()
    }
}

fn healing() -> Settings {
    Settings {
        backfill: true,
        ..keyed()
    }
}

fn numbered() -> Settings {
    Settings {
        sequence: Some("n".into()),
        ..Settings::default()
    }
}

fn item(n: u64) -> Item<u64> {
    Item {
        key: Some(format!("m{n}")),
        number: Some(n),
        payload: n,
    }
}

/// With the key of one result and the number of another.
fn renumbered(n: u64, number: u64) -> Item<u64> {
    Item {
        number: Some(number),
        ..item(n)
    }
}

fn got(numbers: impl IntoIterator<Item = u64>) -> Vec<Said> {
    numbers.into_iter().map(Got).collect()
}

impl Op {
    fn new(settings: Settings) -> Self {
        let now = Now {
            monotonic: Instant::from_millis(1_000),
            wall: Wall::from_millis(1_800_000_000_000),
        };
        Self {
            continuity: Continuity::new(settings, 7, now.wall),
            now,
            log: vec![],
            asks: vec![],
            gaps: vec![],
        }
    }

    /// Live, with these results delivered.
    fn flowing(settings: Settings, results: impl IntoIterator<Item = u64>) -> Self {
        let mut op = Self::new(settings);
        op.continuity.live(op.now);
        assert_eq!(op.said(), []);
        let results: Vec<u64> = results.into_iter().collect();
        op.come(results.iter().copied());
        assert_eq!(op.said(), got(results));
        op
    }

    fn said(&mut self) -> Vec<Said> {
        self.drain();
        std::mem::take(&mut self.log)
    }

    fn drain(&mut self) {
        while let Some(effect) = self.continuity.poll() {
            self.log.push(match effect {
                Effect::Deliver(n) => Got(n),
                Effect::Claim { .. } => panic!("nothing is to be hydrated here"),
                // For sizes; tests/ceiling.rs looks at what follows.
                Effect::Recovered(..) => continue,
                Effect::Ask(ask) => {
                    self.asks.push(ask.clone());
                    let key = ask.last_key.map(|key| key[1..].parse().expect("a key"));
                    Said::Ask(ask.reason, key)
                }
                Effect::Gap(gap) => {
                    self.gaps.push(gap.clone());
                    match gap.recovered {
                        true => Healed(gap.reason),
                        false => Unhealed(gap.reason),
                    }
                }
                Effect::EndpointFailed => EndpointFailed,
            });
        }
    }

    /// The number of the newest question.
    fn round(&mut self) -> u32 {
        self.drain();
        self.asks.last().expect("it has asked").round
    }

    fn come(&mut self, results: impl IntoIterator<Item = u64>) {
        for n in results {
            self.continuity.result(self.now, item(n));
        }
    }

    fn come_as(&mut self, item: Item<u64>) {
        self.continuity.result(self.now, item);
    }

    /// The newest question is answered.
    fn answer(&mut self, results: impl IntoIterator<Item = u64>) {
        self.answer_with(results.into_iter().map(item));
    }

    fn answer_with(&mut self, items: impl IntoIterator<Item = Item<u64>>) {
        let round = self.round();
        let items = items.into_iter().collect();
        self.continuity.backfilled(self.now, round, items);
    }

    fn fail(&mut self) {
        let round = self.round();
        self.continuity.backfill_failed(self.now, round);
    }

    fn cut(&mut self) {
        self.continuity.cut(Reconnect, self.now.wall);
    }

    fn live(&mut self) {
        self.continuity.live(self.now);
    }

    /// Cut, and live again.
    fn reconnect(&mut self) {
        self.cut();
        self.pass(SECOND);
        self.live();
    }

    fn lose(&mut self, reason: Reason) {
        self.continuity.lost(self.now, reason, self.now.wall);
    }

    fn pass(&mut self, duration: Span) {
        let until = self.now.monotonic + duration;
        let mut ticks = 0;
        while let Some(deadline) = self.continuity.deadline().filter(|&at| at <= until) {
            self.sleep(deadline.since(self.now.monotonic));
            self.continuity.tick(self.now);
            ticks += 1;
            assert!(ticks < 10_000, "it ticks and ticks and does nothing");
        }
        self.sleep(until.since(self.now.monotonic));
    }

    fn sleep(&mut self, duration: Span) {
        self.now.monotonic = self.now.monotonic + duration;
        self.now.wall = self.now.wall + duration;
    }
}

fn ask(reason: Reason, last: u64) -> Said {
    Said::Ask(reason, Some(last))
}

// --- keys ---

#[test]
fn without_a_key_results_are_delivered_as_they_come() {
    let mut op = Op::flowing(Settings::default(), []);
    op.come([1, 1, 3, 2, 1]);
    assert_eq!(op.said(), got([1, 1, 3, 2, 1]));
    assert_eq!(op.continuity.deadline(), None);
}

#[test]
fn a_key_that_was_delivered_is_dropped_in_silence() {
    let mut op = Op::flowing(keyed(), []);
    op.come([1, 2, 1, 2, 3, 1]);
    assert_eq!(op.said(), got([1, 2, 3]));
}

#[test]
fn as_many_keys_as_wished_are_remembered_and_no_more() {
    let settings = Settings {
        remember: 3,
        ..keyed()
    };
    let mut op = Op::flowing(settings, [1, 2, 3, 4]);
    op.come([2, 3, 4]);
    assert_eq!(op.said(), []);
    op.come([1, 4, 2]);
    assert_eq!(op.said(), got([1, 2]));
}

#[test]
fn a_result_without_its_key_is_delivered_each_time() {
    let mut op = Op::flowing(keyed(), []);
    for _ in 0..2 {
        op.come_as(Item {
            key: None,
            ..item(5)
        });
    }
    assert_eq!(op.said(), got([5, 5]));
}

// --- gaps without a backfill ---

#[test]
fn without_a_backfill_a_gap_is_reported_as_soon_as_the_connection_is_live() {
    for settings in [
        Settings::default(),
        keyed(),
        // Without a key nobody knows what a backfill brings twice.
        Settings {
            backfill: true,
            ..Settings::default()
        },
    ] {
        let mut op = Op::flowing(settings, [1]);
        op.cut();
        op.pass(HOUR);
        assert_eq!(op.said(), []);
        op.live();
        assert_eq!(op.said(), [Unhealed(Reconnect)]);
        op.lose(Malformed);
        assert_eq!(op.said(), [Unhealed(Malformed)]);
        op.come([2]);
        assert_eq!(op.said(), [Got(2)]);
    }
}

#[test]
fn a_gap_says_since_when_and_behind_which_key() {
    let mut op = Op::flowing(keyed(), [1, 2]);
    let since = op.now.wall;
    op.pass(SECOND);
    op.continuity.cut(Reason::Stalled, since);
    op.pass(SECOND);
    op.live();
    op.said();
    let expected = GapReport {
        reason: Reason::Stalled,
        since,
        last_key: Some("m2".into()),
        recovered: false,
        round: 0,
    };
    assert_eq!(op.gaps, [expected]);
}

// --- healing ---

#[test]
fn a_reconnect_is_healed_in_two_rounds_and_live_results_wait_for_the_second() {
    let mut op = Op::flowing(healing(), [1, 2]);
    op.reconnect();
    assert_eq!(op.said(), [ask(Reconnect, 2)]);
    op.answer([2, 3, 4]);
    assert_eq!(op.said(), got([3, 4]));
    op.come([7]);
    assert_eq!(op.said(), [ask(Reconnect, 4)], "it proves the subscription");
    op.come([8]);
    op.answer([5, 6, 7]);
    let mut expected = got([5, 6, 7, 8]);
    expected.push(Healed(Reconnect));
    assert_eq!(op.said(), expected);
    op.come([9]);
    assert_eq!(op.said(), [Got(9)]);
}

#[test]
fn the_second_round_runs_though_no_live_result_comes() {
    let mut op = Op::flowing(healing(), [1]);
    op.reconnect();
    op.answer([]);
    assert_eq!(op.said(), [ask(Reconnect, 1)]);
    op.pass(Span::from_millis(1_999));
    assert_eq!(op.said(), []);
    op.pass(Span::from_millis(1));
    assert_eq!(op.said(), [ask(Reconnect, 1)]);
    op.answer([2]);
    assert_eq!(op.said(), [Got(2), Healed(Reconnect)]);
    op.pass(HOUR);
    assert_eq!(op.said(), []);
}

#[test]
fn a_live_result_before_the_first_answer_does_not_spare_the_second_round() {
    let mut op = Op::flowing(healing(), [1]);
    op.reconnect();
    op.come([4]);
    // This round ran before the connection was subscribed: 3 is in neither.
    op.answer([2]);
    assert_eq!(
        op.said(),
        [ask(Reconnect, 1), Got(2), ask(Reconnect, 2)],
        "at once"
    );
    op.answer([3, 4]);
    assert_eq!(op.said(), [Got(3), Got(4), Healed(Reconnect)]);
}

#[test]
fn one_round_is_enough_on_a_connection_that_has_proved_itself() {
    let mut op = Op::flowing(healing(), [1]);
    op.lose(Malformed);
    assert_eq!(op.said(), [ask(Malformed, 1)], "at once");
    op.come([3]);
    op.answer([2, 3]);
    assert_eq!(op.said(), [Got(2), Got(3), Healed(Malformed)]);
}

/// A server may send what it sent last before it subscribes.
#[test]
fn a_repeated_result_proves_nothing() {
    let mut op = Op::flowing(healing(), [1, 2]);
    op.reconnect();
    op.answer([]);
    op.said();
    op.come([1, 2]);
    assert_eq!(op.said(), []);
    op.come([4]);
    assert_eq!(op.said(), [ask(Reconnect, 2)]);
}

#[test]
fn what_waits_and_is_backfilled_too_is_delivered_once_in_the_backfills_order() {
    let mut op = Op::flowing(healing(), [1]);
    op.reconnect();
    op.come([3, 5, 3]);
    op.answer([2, 3, 4]);
    op.said();
    op.answer([2, 3, 4, 5, 6]);
    op.come([6, 7]);
    let mut expected = got([5, 6]);
    expected.extend([Healed(Reconnect), Got(7)]);
    assert_eq!(op.said(), expected);
}

#[test]
fn a_backfill_that_fails_or_takes_too_long_leaves_the_gap_unhealed_and_nothing_waiting() {
    for timeout in [false, true] {
        let mut op = Op::flowing(healing(), [1]);
        op.reconnect();
        op.come([3]);
        op.said();
        if timeout {
            op.pass(SECOND * 9);
            assert_eq!(op.said(), []);
            op.pass(SECOND);
        } else {
            op.fail();
        }
        assert_eq!(op.said(), [Got(3), Unhealed(Reconnect)]);
        op.answer([2, 3]);
        assert_eq!(op.said(), [], "late answers are no answers");
        op.come([4]);
        assert_eq!(op.said(), [Got(4)]);
    }
}

#[test]
fn each_round_has_its_own_time() {
    let mut op = Op::flowing(healing(), [1]);
    op.reconnect();
    op.pass(SECOND * 9);
    op.answer([2]);
    op.come([3]);
    op.said();
    op.pass(SECOND * 9);
    assert_eq!(op.said(), []);
    op.pass(SECOND);
    assert_eq!(
        op.said(),
        [Got(3), Unhealed(Reconnect)],
        "2 stays delivered"
    );
}

#[test]
fn more_results_than_may_wait_are_an_overflow() {
    let settings = Settings {
        max_waiting: 3,
        ..healing()
    };
    let mut op = Op::flowing(settings, [1]);
    op.reconnect();
    op.come([3, 4, 5, 5, 5]);
    assert_eq!(op.said(), [ask(Reconnect, 1)]);
    op.come([6]);
    let mut expected = got([3, 4, 5, 6]);
    expected.push(Unhealed(Overflow));
    assert_eq!(op.said(), expected);
    op.answer([2, 3]);
    op.come([7]);
    assert_eq!(op.said(), [Got(7)], "2 would be out of order");
}

#[test]
fn lost_again_while_healing_the_gap_stays_open_and_healing_starts_over() {
    let mut op = Op::flowing(healing(), [1]);
    let since = op.now.wall;
    op.reconnect();
    op.come([3]);
    op.answer([2]);
    op.continuity.cut(Reason::Stalled, op.now.wall);
    op.said();
    op.answer([9]);
    op.pass(HOUR);
    assert_eq!(op.said(), [], "3 waits, and the round is void");
    op.live();
    assert_eq!(op.said(), [ask(Reconnect, 2)]);
    op.answer([3, 4]);
    assert_eq!(op.said(), got([3, 4]));
    op.pass(SECOND * 2);
    op.answer([]);
    assert_eq!(op.said(), [ask(Reconnect, 4), Healed(Reconnect)]);
    assert_eq!(op.gaps[0].since, since);
}

#[test]
fn what_is_lost_while_healing_is_asked_for_behind_it_and_reported_with_it() {
    let mut op = Op::flowing(healing(), [1]);
    op.reconnect();
    op.answer([]);
    op.come([2]);
    op.said();
    // 3 cannot be read; the round that runs may have been asked before it.
    op.lose(Malformed);
    op.come([4]);
    op.answer([2]);
    assert_eq!(op.said(), [Got(2)]);
    op.pass(SECOND * 2);
    assert_eq!(op.said(), [ask(Reconnect, 2)]);
    op.answer([3, 4]);
    assert_eq!(op.said(), [Got(3), Got(4), Healed(Reconnect)]);
}

#[test]
fn a_server_whose_results_cannot_be_read_does_not_cost_a_backfill_each() {
    let mut op = Op::flowing(healing(), [1]);
    for _ in 0..100 {
        op.lose(Malformed);
        op.said();
        if !op.asks.is_empty() {
            op.answer([]);
        }
        op.pass(Span::from_millis(100));
    }
    assert!((5..8).contains(&op.asks.len()), "{}", op.asks.len());
}

#[test]
fn an_answer_longer_than_the_memory_is_delivered_once_all_the_same() {
    let settings = Settings {
        remember: 10,
        ..healing()
    };
    let mut op = Op::flowing(settings, 1..=50);
    op.reconnect();
    op.said();
    op.answer(1..=90);
    assert_eq!(op.said(), got(51..=90), "1 to 40 are forgotten, not missed");
    op.pass(SECOND * 2);
    op.said();
    op.answer(1..=95);
    let mut expected = got(91..=95);
    expected.push(Healed(Reconnect));
    assert_eq!(op.said(), expected);
}

/// Completeness before order: it was reported, and turns up.
#[test]
fn what_an_unhealed_gap_swallowed_comes_late_rather_than_never() {
    let mut op = Op::flowing(healing(), [1]);
    op.reconnect();
    op.said();
    op.fail();
    op.come([3]);
    op.reconnect();
    op.said();
    op.answer([1, 2, 3, 4]);
    assert_eq!(op.said(), got([2, 4]));
}

#[test]
fn a_connection_that_was_never_live_has_missed_nothing() {
    let mut op = Op::new(healing());
    op.cut();
    op.live();
    op.come([1]);
    assert_eq!(op.said(), [Got(1)]);
}

#[test]
fn a_second_connection_before_the_first_is_gone_leaves_no_gap() {
    let mut op = Op::flowing(healing(), [1]);
    op.live();
    op.come([2, 2]);
    assert_eq!(op.said(), [Got(2)]);
}

// --- the seam ---

#[test]
fn what_came_between_the_application_and_the_stream_is_the_first_gap() {
    let settings = Settings {
        start_after: Some("m5".into()),
        ..healing()
    };
    let mut op = Op::new(settings);
    let since = op.now.wall;
    op.pass(SECOND);
    op.live();
    assert_eq!(op.said(), [ask(Initial, 5)]);
    op.come([5, 8]);
    op.answer([5, 6]);
    op.said();
    op.answer([7, 8]);
    assert_eq!(op.said(), [Got(7), Got(8), Healed(Initial)]);
    assert_eq!(op.gaps[0].since, since);
    assert_eq!(op.gaps[0].last_key, Some("m5".into()));
}

// --- audits ---

fn audited() -> Settings {
    Settings {
        audit: Some(SECOND * 60),
        ..healing()
    }
}

#[test]
fn an_audit_that_finds_nothing_says_nothing_and_holds_nothing_up() {
    let mut op = Op::flowing(audited(), [1, 2]);
    op.pass(SECOND * 60);
    assert_eq!(op.said(), [ask(Audit, 1)]);
    op.come([3]);
    assert_eq!(op.said(), [Got(3)]);
    op.answer([1, 2, 3, 4]);
    op.pass(SECOND);
    op.come([4]);
    op.pass(SECOND);
    assert_eq!(op.said(), [Got(4)], "it was on its way");
    op.pass(SECOND * 60);
    assert_eq!(op.said(), [ask(Audit, 2)], "audited until 2");
}

#[test]
fn what_an_audit_finds_is_delivered_late_and_twice_in_a_row_is_a_failure() {
    let mut op = Op::flowing(audited(), [1]);
    let since = op.now.wall;
    op.pass(SECOND * 60);
    op.come([3]);
    op.said();
    op.answer([2, 3]);
    op.pass(SECOND * 2);
    assert_eq!(op.said(), [Got(2), Healed(Audit)]);
    assert_eq!(op.gaps[0].since, since);
    op.pass(SECOND * 60);
    op.said();
    op.answer([2, 3, 4]);
    op.pass(SECOND * 2);
    assert_eq!(op.said(), [Got(4), Healed(Audit), EndpointFailed]);
}

#[test]
fn a_good_audit_in_between_makes_up_for_a_bad_one_and_a_failed_one_proves_nothing() {
    let mut op = Op::flowing(audited(), [1]);
    let bad_audit = |op: &mut Op, n| {
        op.pass(SECOND * 60);
        op.answer([n]);
        op.said();
        op.pass(SECOND * 2);
        op.said()
    };
    for n in [2, 3] {
        assert_eq!(bad_audit(&mut op, n), [Got(n), Healed(Audit)]);
        op.pass(SECOND * 60);
        op.answer([n]);
    }
    assert_eq!(bad_audit(&mut op, 4), [Got(4), Healed(Audit)]);
    op.pass(SECOND * 60);
    op.fail();
    let expected = [Got(5), Healed(Audit), EndpointFailed];
    assert_eq!(bad_audit(&mut op, 5), expected);
}

#[test]
fn a_connection_lost_during_an_audit_ends_it() {
    let mut op = Op::flowing(audited(), [1]);
    op.pass(SECOND * 60);
    op.said();
    op.cut();
    op.answer([2]);
    op.pass(HOUR);
    assert_eq!(op.said(), []);
    op.live();
    op.answer([2]);
    assert_eq!(op.said(), [ask(Reconnect, 1), Got(2)]);
}

#[test]
fn no_more_is_kept_of_an_audit_than_may_wait_and_the_next_finds_the_rest() {
    let settings = Settings {
        max_waiting: 2,
        ..audited()
    };
    let mut op = Op::flowing(settings, [1]);
    op.pass(SECOND * 60);
    op.answer([2, 3, 4]);
    op.said();
    op.pass(SECOND * 2);
    assert_eq!(op.said(), [Got(2), Got(3), Healed(Audit)]);
    op.pass(SECOND * 60);
    assert_eq!(op.said(), [ask(Audit, 1)]);
}

// --- numbers ---

#[test]
fn numbers_that_were_delivered_are_repetitions_also_without_a_key() {
    let mut op = Op::flowing(numbered(), [5, 6, 7]);
    op.come([7, 5, 6, 8]);
    assert_eq!(op.said(), [Got(8)]);
}

#[test]
fn results_out_of_order_wait_for_the_missing_ones() {
    let mut op = Op::flowing(numbered(), [1]);
    op.come([4, 3, 5]);
    assert_eq!(op.said(), []);
    op.pass(Span::from_millis(500));
    op.come([2]);
    assert_eq!(op.said(), got([2, 3, 4, 5]));
    assert_eq!(op.continuity.deadline(), None);
}

#[test]
fn a_hole_that_stays_is_reported_and_delivery_goes_on_behind_it() {
    let mut op = Op::flowing(numbered(), [1]);
    let since = op.now.wall;
    op.pass(SECOND);
    op.come([3]);
    op.pass(Span::from_millis(500));
    op.come([5]);
    op.pass(Span::from_millis(500));
    assert_eq!(op.said(), [Unhealed(Hole), Got(3)]);
    assert_eq!(op.gaps[0].since, since);
    op.pass(Span::from_millis(500));
    assert_eq!(op.said(), [Unhealed(Hole), Got(5)]);
    op.come([6]);
    assert_eq!(op.said(), [Got(6)]);
}

fn numbered_healing() -> Settings {
    Settings {
        sequence: Some("n".into()),
        ..healing()
    }
}

#[test]
fn a_hole_is_healed_by_the_backfill() {
    let mut op = Op::flowing(numbered_healing(), [1, 2]);
    op.come([5]);
    op.pass(SECOND);
    assert_eq!(op.said(), [ask(Hole, 2)]);
    op.come([6]);
    op.answer([3, 4]);
    let mut expected = got([3, 4, 5, 6]);
    expected.push(Healed(Hole));
    assert_eq!(op.said(), expected);
}

#[test]
fn a_hole_that_the_backfill_does_not_fill_is_reported_unhealed_and_never_asked_about_again() {
    let mut op = Op::flowing(numbered_healing(), [1]);
    op.come([4]);
    op.pass(SECOND);
    op.said();
    op.answer([2, 4]);
    assert_eq!(op.said(), [Got(2), Got(4), Unhealed(Hole)]);
    op.come([5]);
    op.pass(HOUR);
    assert_eq!(op.said(), [Got(5)]);
}

/// Such as one that has the last fifty results, after an outage of a hundred.
#[test]
fn a_backfill_that_leaves_numbers_out_has_not_healed() {
    let mut op = Op::flowing(numbered_healing(), [1]);
    op.reconnect();
    op.answer([51, 52]);
    op.pass(SECOND * 2);
    op.said();
    op.answer([51, 52]);
    assert_eq!(op.said(), [Unhealed(Reconnect)]);
}

#[test]
fn while_healing_results_are_ordered_by_number() {
    let mut op = Op::flowing(numbered_healing(), [1]);
    op.reconnect();
    op.come([6, 4]);
    op.said();
    op.answer([2]);
    op.said();
    op.answer([2, 3, 5]);
    let mut expected = got([3, 4, 5, 6]);
    expected.push(Healed(Reconnect));
    assert_eq!(op.said(), expected);
}

#[test]
fn what_is_on_its_way_when_the_backfill_is_through_gets_its_time() {
    let mut op = Op::flowing(numbered_healing(), [1]);
    op.reconnect();
    op.come([2]);
    op.answer([]);
    op.pass(SECOND * 5);
    op.come([4]);
    op.said();
    op.answer([2]);
    assert_eq!(op.said(), [Got(2), Healed(Reconnect)]);
    op.come([3]);
    assert_eq!(op.said(), got([3, 4]));
}

#[test]
fn waiting_for_numbers_is_bounded_too() {
    let settings = Settings {
        max_waiting: 3,
        ..numbered()
    };
    let mut op = Op::flowing(settings, [1]);
    op.come([5, 6, 3]);
    assert_eq!(op.said(), []);
    op.come([7]);
    let mut expected = got([3, 5, 6, 7]);
    expected.push(Unhealed(Overflow));
    assert_eq!(op.said(), expected);
    op.come([8]);
    assert_eq!(op.said(), [Got(8)]);
}

#[test]
fn a_connection_lost_over_a_hole_is_one_gap_that_began_with_the_hole() {
    let mut op = Op::flowing(numbered_healing(), [1]);
    let since = op.now.wall;
    op.pass(SECOND);
    op.come([3]);
    op.pass(Span::from_millis(500));
    op.reconnect();
    op.pass(Span::from_millis(500));
    assert_eq!(op.said(), [ask(Reconnect, 1)]);
    op.answer([2, 3]);
    op.pass(SECOND * 2);
    op.said();
    op.answer([4]);
    assert_eq!(op.said(), [Got(4), Healed(Reconnect)]);
    assert_eq!(op.gaps[0].since, since);
}

/// With a key it is no repetition.
#[test]
fn a_number_that_was_passed_comes_late_if_its_key_is_new() {
    let settings = Settings {
        sequence: Some("n".into()),
        ..keyed()
    };
    let mut op = Op::flowing(settings, [1]);
    op.come([3]);
    op.pass(SECOND);
    assert_eq!(op.said(), [Unhealed(Hole), Got(3)]);
    op.come([2, 4]);
    assert_eq!(op.said(), got([2, 4]));
}

#[test]
fn a_server_that_counts_anew_behind_a_reconnect_is_heard() {
    for settings in [
        numbered(),
        Settings {
            sequence: Some("n".into()),
            ..keyed()
        },
    ] {
        let mut op = Op::flowing(settings, 500..=510);
        op.reconnect();
        op.come_as(renumbered(1001, 1));
        op.come_as(renumbered(1003, 3));
        op.come_as(renumbered(1002, 2));
        let mut expected = vec![Unhealed(Reconnect)];
        expected.extend(got([1001, 1002, 1003]));
        assert_eq!(op.said(), expected);
    }
}

#[test]
fn a_server_that_counts_anew_without_a_reconnect_is_heard_where_there_is_a_key() {
    let settings = Settings {
        sequence: Some("n".into()),
        ..keyed()
    };
    let mut op = Op::flowing(settings, 500..=510);
    for n in 1..=3 {
        op.come_as(renumbered(1000 + n, n));
    }
    assert_eq!(op.said(), got([1001, 1002, 1003]));
}

#[test]
fn what_a_server_repeats_behind_a_reconnect_is_no_new_counting() {
    let settings = Settings {
        sequence: Some("n".into()),
        ..keyed()
    };
    let mut op = Op::flowing(settings, 1..=10);
    op.reconnect();
    op.come(5..=12);
    op.come([14, 13]);
    let mut expected = vec![Unhealed(Reconnect)];
    expected.extend(got(11..=14));
    assert_eq!(op.said(), expected);
}

#[test]
fn a_backfill_may_reach_over_the_place_where_the_server_counts_anew() {
    for live_first in [false, true] {
        let mut op = Op::flowing(numbered_healing(), 499..=500);
        op.reconnect();
        if live_first {
            op.come_as(renumbered(1003, 3));
        }
        op.said();
        let answer = [
            item(500),
            item(501),
            renumbered(1001, 1),
            renumbered(1002, 2),
        ];
        op.answer_with(answer.clone());
        if !live_first {
            op.come_as(renumbered(1003, 3));
        }
        let mut expected = got([501, 1001, 1002]);
        expected.push(ask(Reconnect, 1002));
        assert_eq!(op.said(), expected);
        op.answer_with(answer);
        op.come_as(renumbered(1004, 4));
        assert_eq!(op.said(), [Got(1003), Healed(Reconnect), Got(1004)]);
    }
}

#[test]
fn one_absurd_number_does_not_silence_what_follows() {
    let settings = Settings {
        sequence: Some("n".into()),
        ..keyed()
    };
    for absurd in [u64::MAX, 1 << 60] {
        let mut op = Op::flowing(settings.clone(), [1]);
        op.come_as(renumbered(2, absurd));
        op.pass(SECOND);
        op.come([3, 4]);
        assert_eq!(op.said(), [Unhealed(Hole), Got(2), Got(3), Got(4)]);
    }
}

// --- the end ---

#[test]
fn at_the_end_what_waits_is_delivered_and_the_open_gap_reported() {
    let mut op = Op::flowing(healing(), [1]);
    op.reconnect();
    op.come([3]);
    op.said();
    op.continuity.finish();
    assert_eq!(op.said(), [Got(3), Unhealed(Reconnect)]);
    op.answer([2]);
    op.pass(HOUR);
    assert_eq!(op.said(), []);

    let mut op = Op::flowing(numbered(), [1]);
    op.come([3]);
    op.continuity.finish();
    assert_eq!(op.said(), [Unhealed(Hole), Got(3)]);

    let mut op = Op::flowing(audited(), [1]);
    op.pass(SECOND * 60);
    op.said();
    op.answer([2, 3]);
    op.come([3]);
    op.continuity.finish();
    assert_eq!(op.said(), [Got(3), Got(2), Healed(Audit)]);

    let mut op = Op::flowing(healing(), [1]);
    op.continuity.finish();
    assert_eq!(op.said(), []);
}

#[test]
fn reasons_have_the_names_of_the_design() {
    let names: Vec<&str> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
    assert_eq!(
        names.join(" "),
        "initial reconnect stalled malformed oversize segment hydrate overflow hole audit"
    );
}
