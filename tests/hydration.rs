//! From notifications to whole results, in virtual time: order, tries, limits, the end.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::collections::BTreeMap;

use graphql_lifeline::budget::Allowance;
use graphql_lifeline::config::{Options, Stall};
use graphql_lifeline::continuity::{Key, Settings};
use graphql_lifeline::error::{Code, Error};
use graphql_lifeline::hydration::{PARALLEL, TRIES, failure};
use graphql_lifeline::io::{Delivery, Input, Notice, OpId, Output, Request};
use graphql_lifeline::presence::{Page, WhenHidden};
use graphql_lifeline::time::Span;
use proptest::prelude::*;
use support::describe::describe;
use support::driver::{Driver, WALL_START, json, ms, subscription, thrown, unhindered};
use support::json::Json;

const SECOND: Span = Span::from_secs(1);
const TIMEOUT: Span = Span::from_secs(10);
const LONG: Span = Span::from_secs(3600);

fn rules() -> Settings {
    Settings {
        key: Some(Key::Path("id".into())),
        hydrate: true,
        ..Settings::default()
    }
}

fn notification(n: u64) -> Json {
    json(&format!("{{\"data\":{{\"id\":\"m{n}\"}}}}"))
}

fn whole(n: u64) -> Json {
    json(&format!("{{\"data\":{{\"whole\":{n}}}}}"))
}

fn number(result: &Json) -> u64 {
    let id = result.0["data"]["id"].as_str().expect("a notification");
    id[1..].parse().expect("a number")
}

fn for_good(text: &str) -> Box<Error<Json>> {
    let mut error = failure(Some(thrown(text)));
    error.retryable = false;
    error
}

/// Of a gap: the newest key before it, since when, and why it was not healed.
type Told = (Option<String>, u64, Option<Box<Error<Json>>>);

/// An operation whose results are notifications.
struct Op {
    driver: Driver,
    id: OpId,
    /// What the application is to fetch, by ticket.
    asked: BTreeMap<u32, u64>,
    /// What was said but for `hydrate`: `3` is the whole of notification 3.
    said: Vec<String>,
    gaps: Vec<Told>,
}

impl Op {
    fn new(rules: Settings, options: Options) -> Self {
        let options = Options {
            stall: Some(Stall::Off),
            ..options
        };
        let mut driver = Driver::new(&options);
        let id = driver.subscribe(Request {
            continuity: Some(Box::new(rules)),
            ..subscription()
        });
        driver.open(id);
        let mut op = Self {
            driver,
            id,
            asked: BTreeMap::new(),
            said: vec![],
            gaps: vec![],
        };
        op.look();
        op.said.clear();
        op
    }

    fn default() -> Self {
        Self::new(rules(), unhindered())
    }

    /// With notifications 1 up to this one.
    fn with(count: u64) -> Self {
        let mut op = Self::default();
        op.come(1..=count);
        op
    }

    fn look(&mut self) {
        for output in self.driver.take_outputs() {
            match output {
                Output::Deliver(Delivery::Hydrate {
                    ticket,
                    notification: Some(it),
                    ..
                }) => {
                    let before = self.asked.insert(ticket, number(&it));
                    assert_eq!(before, None, "a ticket is of one try");
                }
                Output::Deliver(Delivery::Hydrate { ticket, .. }) => {
                    let number = self.asked.remove(&ticket).expect("it was asked");
                    self.said.push(format!("no more {number}"));
                }
                Output::Deliver(Delivery::Next { result, .. }) => {
                    let whole = &result.0["data"];
                    self.said.push(match whole["whole"].as_u64() {
                        Some(n) => n.to_string(),
                        None => whole["id"].as_str().expect("a result").to_owned(),
                    });
                }
                Output::Deliver(Delivery::Notice {
                    notice: Notice::Gap { report, error },
                    ..
                }) => {
                    let healed = if report.recovered { " healed" } else { "" };
                    self.said
                        .push(format!("gap {}{healed}", report.reason.as_str()));
                    let since = report.since.as_millis() - WALL_START;
                    self.gaps.push((report.last_key, since, error));
                }
                Output::Deliver(
                    Delivery::Complete { .. } | Delivery::Error { .. } | Delivery::Backfill { .. },
                ) => self.said.push(describe(&output)),
                _ => {}
            }
        }
    }

    fn said(&mut self) -> Vec<String> {
        self.look();
        std::mem::take(&mut self.said)
    }

    fn come(&mut self, numbers: impl IntoIterator<Item = u64>) {
        for n in numbers {
            let event = format!("event: next\ndata: {}\n\n", notification(n).0);
            self.driver.bytes(self.id, event);
        }
        self.look();
    }

    /// The notifications that the application is to fetch just now.
    fn open(&mut self) -> Vec<u64> {
        self.look();
        self.asked.values().copied().collect()
    }

    fn ticket(&mut self, n: u64) -> u32 {
        self.look();
        let ticket = self.asked.iter().find(|(_, asked)| **asked == n);
        let (&ticket, _) = ticket.unwrap_or_else(|| panic!("{n} is not asked for"));
        self.asked.remove(&ticket);
        ticket
    }

    fn answer(&mut self, n: u64) {
        self.answer_with(n, Ok(whole(n)));
    }

    fn fail(&mut self, n: u64) {
        self.answer_with(n, Err(failure(Some(thrown("busy")))));
    }

    fn answer_with(&mut self, n: u64, answer: Result<Json, Box<Error<Json>>>) {
        let (op, ticket) = (self.id, self.ticket(n));
        self.driver.input(Input::Hydrated { op, ticket, answer });
        self.look();
    }

    fn pass(&mut self, time: Span) {
        self.driver.advance(time);
        self.look();
    }

    fn page(&mut self, change: impl FnOnce(&mut Page)) {
        let mut page = Page::default();
        change(&mut page);
        self.driver.input(Input::Page(page));
        self.look();
    }

    fn complete(&mut self) {
        self.driver.bytes(self.id, "event: complete\n\n");
        self.look();
    }

    /// How long until the application is asked for this one again.
    fn wait_for(&mut self, n: u64) -> Span {
        let begin = self.driver.now().monotonic;
        while !self.open().contains(&n) {
            self.driver.advance_to_deadline();
            let waited = self.driver.now().monotonic.since(begin);
            assert!(waited < LONG, "{n} is not asked for any more");
        }
        self.driver.now().monotonic.since(begin)
    }

    fn hydrating(&self) -> usize {
        let mut views = self.driver.client.operations();
        views
            .find(|view| view.id == self.id)
            .map_or(0, |view| view.hydrating)
    }
}

// --- order ---

#[test]
fn the_whole_results_come_in_the_order_of_their_notifications() {
    let mut op = Op::with(3);
    assert_eq!(op.open(), [1, 2, 3]);
    op.answer(3);
    op.answer(2);
    assert_eq!(op.said(), [""; 0]);
    op.answer(1);
    assert_eq!(op.said(), ["1", "2", "3"]);
    assert_eq!(op.driver.client.counters().results, 3);
}

#[test]
fn what_is_not_hydrated_does_not_pass_through() {
    let plain = Settings {
        hydrate: false,
        ..rules()
    };
    let mut op = Op::new(plain, unhindered());
    op.come([1]);
    assert_eq!((op.open(), op.said()), (vec![], vec!["m1".to_owned()]));
    assert_eq!(op.hydrating(), 0);
}

#[test]
fn the_very_notification_may_be_the_answer() {
    let mut op = Op::with(1);
    op.answer_with(1, Ok(notification(1)));
    assert_eq!(op.said(), ["m1"]);
}

#[test]
fn what_is_sent_again_costs_no_query() {
    let mut op = Op::with(2);
    op.come([1, 2]);
    op.answer(1);
    op.come([1, 2]);
    assert_eq!(op.open(), [2]);
    op.answer(2);
    assert_eq!(op.said(), ["1", "2"]);
}

#[test]
fn a_few_at_a_time_and_no_more_wait_for_the_first_one() {
    let mut op = Op::with(10);
    assert_eq!(op.open(), [1, 2, 3, 4]);
    for n in [2, 3, 4] {
        op.answer(n);
    }
    assert_eq!(op.open(), [1], "the others stay small until it is there");
    op.answer(1);
    assert_eq!(op.said(), ["1", "2", "3", "4"]);
    assert_eq!(op.open(), [5, 6, 7, 8]);
}

#[derive(Clone, Debug)]
enum Happening {
    Come,
    /// Of those asked for, this one is answered.
    Answer(prop::sample::Index),
    Fail(prop::sample::Index, bool),
    Malformed,
    Offline,
    Frozen,
    Back,
    Pass(u64),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        5 => Just(Happening::Come),
        5 => any::<prop::sample::Index>().prop_map(Happening::Answer),
        2 => (any::<prop::sample::Index>(), any::<bool>())
            .prop_map(|(which, again)| Happening::Fail(which, again)),
        1 => Just(Happening::Malformed),
        1 => Just(Happening::Offline),
        1 => Just(Happening::Frozen),
        1 => Just(Happening::Back),
        2 => (1u64..15_000).prop_map(Happening::Pass),
    ]
}

impl Op {
    fn happen(&mut self, happening: &Happening, sent: &mut u64) {
        let pick = |which: &prop::sample::Index, open: &[u64]| {
            (!open.is_empty()).then(|| open[which.index(open.len())])
        };
        let open = self.open();
        match happening {
            Happening::Come => {
                *sent += 1;
                self.come([*sent]);
            }
            Happening::Answer(which) => {
                if let Some(n) = pick(which, &open) {
                    self.answer(n);
                }
            }
            Happening::Fail(which, again) => match pick(which, &open) {
                Some(n) if *again => self.fail(n),
                Some(n) => self.answer_with(n, Err(for_good("gone"))),
                None => {}
            },
            Happening::Malformed => self.driver.bytes(self.id, "event: next\ndata: {\n\n"),
            Happening::Offline => self.page(|page| page.online = false),
            Happening::Frozen => self.page(|page| page.frozen = true),
            Happening::Back => self.page(|_| {}),
            Happening::Pass(time) => self.pass(ms(*time)),
        }
    }
}

proptest! {
    /// Each notification becomes its result or a gap, in its place; no more are under way than may.
    #[test]
    fn each_is_told_once_and_in_order_whatever_happens(
        happenings in prop::collection::vec(happening(), 1..120)
    ) {
        let mut op = Op::new(rules(), Options {
            when_hidden: WhenHidden::Same,
            ..unhindered()
        });
        let mut sent = 0;
        for happening in &happenings {
            op.happen(happening, &mut sent);
            prop_assert!(op.open().len() <= PARALLEL);
            if op.driver.client.operation_state(op.id) != graphql_lifeline::io::State::Live {
                op.page(|_| {});
                while op.driver.client.operation_state(op.id) != graphql_lifeline::io::State::Live {
                    op.driver.open(op.id);
                    op.look();
                }
            }
        }
        op.page(|_| {});
        for _ in 0..1000 {
            let Some(&n) = op.open().first() else {
                if op.hydrating() == 0 { break }
                op.driver.advance_to_deadline();
                continue;
            };
            op.answer(n);
        }
        prop_assert_eq!(op.hydrating(), 0);
        let said = op.said();
        let results: Vec<u64> = said.iter().filter_map(|it| it.parse().ok()).collect();
        prop_assert!(results.is_sorted_by(|one, next| one < next), "{:?}", said);
        let lost = said.iter().filter(|it| *it == "gap hydrate").count() as u64;
        prop_assert_eq!(results.len() as u64 + lost, sent, "{:?}", said);
    }
}

// --- tries ---

#[test]
fn a_failure_is_repeated_and_costs_nothing_if_the_next_try_succeeds() {
    let mut op = Op::with(2);
    op.answer(2);
    op.fail(1);
    assert_eq!(op.open(), [0; 0]);
    assert!(op.wait_for(1) <= ms(500));
    op.fail(1);
    assert!(op.wait_for(1) <= SECOND);
    op.answer(1);
    assert_eq!(op.said(), ["1", "2"]);
}

#[test]
fn a_result_that_fails_three_times_is_a_gap_of_its_own() {
    let mut op = Op::with(2);
    op.answer(1);
    op.pass(SECOND);
    op.come([3]);
    for _ in 1..TRIES {
        op.fail(2);
        op.wait_for(2);
    }
    op.fail(2);
    op.answer(3);
    assert_eq!(op.said(), ["1", "gap hydrate", "3"]);
    let (last_key, since, error) = op.gaps.remove(0);
    assert_eq!((last_key.as_deref(), since), (Some("m1"), 0));
    let error = error.expect("why");
    assert_eq!((error.code, error.retryable), (Code::Backfill, true));
    assert_eq!(error.thrown, Some(thrown("busy")));
    assert_eq!(op.driver.client.counters().gaps, 1);
}

#[test]
fn what_is_no_result_counts_as_a_failure() {
    let mut op = Op::with(1);
    for _ in 1..TRIES {
        op.answer_with(1, Ok(json("[1]")));
        op.wait_for(1);
    }
    op.answer_with(1, Ok(thrown("text")));
    assert_eq!(op.said(), ["gap hydrate"]);
}

#[test]
fn what_cannot_succeed_is_not_tried_again() {
    let mut op = Op::with(2);
    op.answer_with(1, Err(for_good("forbidden")));
    op.answer(2);
    assert_eq!(op.said(), ["gap hydrate", "2"]);
    let (last_key, _, error) = op.gaps.remove(0);
    assert_eq!((last_key, error.expect("why").retryable), (None, false));
}

#[test]
fn the_gap_of_the_first_one_says_what_the_application_had() {
    let start = Settings {
        start_after: Some("m0".into()),
        backfill: true,
        ..rules()
    };
    let mut op = Op::new(start, unhindered());
    op.driver.input(Input::Backfilled {
        op: op.id,
        round: 1,
        answer: Ok(vec![notification(1)]),
    });
    op.answer_with(1, Err(for_good("gone")));
    assert_eq!(op.gaps[0].0.as_deref(), Some("m0"));
}

#[test]
fn a_try_has_its_time_and_a_late_answer_is_nobodys() {
    let mut op = Op::with(1);
    let late = op.ticket(1);
    op.asked.insert(late, 1);
    op.pass(ms(TIMEOUT.as_millis() - 1));
    assert_eq!(op.said(), [""; 0]);
    op.pass(ms(1));
    assert_eq!(op.said(), ["no more 1"]);
    op.wait_for(1);
    let answer = Err(for_good("late"));
    let input = Input::Hydrated {
        op: op.id,
        ticket: late,
        answer,
    };
    op.driver.input(input);
    op.answer(1);
    assert_eq!(op.said(), ["1"]);
}

#[test]
fn three_tries_that_take_too_long_are_a_gap() {
    let mut op = Op::with(1);
    op.pass(LONG);
    let expected = ["no more 1", "no more 1", "no more 1", "gap hydrate"];
    assert_eq!(op.said(), expected);
    assert_eq!(op.gaps[0].2.as_ref().expect("why").thrown, None);
    assert_eq!(op.hydrating(), 0);
}

#[test]
fn the_server_is_left_alone_as_long_as_it_wants() {
    let mut op = Op::with(1);
    let mut busy = failure(None);
    busy.retry_after = Some(Span::from_secs(7));
    op.answer_with(1, Err(busy));
    op.page(|page| page.visible = false);
    op.page(|_| {});
    assert!(op.wait_for(1) >= Span::from_secs(7));
}

#[test]
fn retries_are_paid_from_the_budget_that_all_share() {
    let patient = Settings {
        backfill_timeout: LONG,
        ..rules()
    };
    let budget = Allowance {
        capacity: 2,
        per_second: 0.1,
    };
    let mut op = Op::new(
        patient,
        Options {
            retry_budget: Some(budget),
            ..Options::default()
        },
    );
    op.come(1..=4);
    for n in 1..=4 {
        op.fail(n);
    }
    op.pass(SECOND);
    assert_eq!(op.open().len(), 2, "two tokens");
    // Somebody looks: that does not fill the budget.
    op.page(|page| page.visible = false);
    op.page(|_| {});
    assert_eq!(op.open().len(), 2);
    op.pass(Span::from_secs(10));
    assert_eq!(op.open().len(), 3, "a third");
    op.pass(Span::from_secs(10));
    assert_eq!(op.open().len(), 4, "and the last");
}

// --- the page's life ---

#[test]
fn while_offline_failures_do_not_count_and_tries_wait() {
    let mut op = Op::with(1);
    op.page(|page| page.online = false);
    for _ in 0..10 {
        op.fail(1);
        assert!(op.wait_for(1) >= Span::from_secs(50), "once a minute");
    }
    op.fail(1);
    op.page(|_| {});
    assert!(op.wait_for(1) <= ms(500));
    op.answer(1);
    assert_eq!(op.said(), ["1"]);
}

#[test]
fn a_network_that_works_though_there_is_said_to_be_none_is_used() {
    let mut op = Op::default();
    op.page(|page| page.online = false);
    op.come(1..=6);
    for n in 1..=4 {
        op.fail(n);
    }
    op.pass(Span::from_secs(30));
    assert_eq!(op.open(), [0; 0]);
    assert!(op.wait_for(1) >= Span::from_secs(29));
    op.answer(1);
    assert_eq!(op.said(), ["1"]);
    for n in [2, 3, 4, 5, 6] {
        assert_eq!(op.wait_for(n), Span::ZERO);
        op.answer(n);
    }
    assert_eq!(op.said(), ["2", "3", "4", "5", "6"]);
}

#[test]
fn a_frozen_page_asks_for_nothing_and_loses_nothing() {
    let mut op = Op::with(6);
    let frozen = |page: &mut Page| page.frozen = true;
    op.page(frozen);
    op.fail(1);
    op.answer(2);
    op.driver.skip(LONG);
    op.driver.input(Input::Tick);
    assert_eq!(op.open(), [3, 4], "nobody is late");
    op.page(|_| {});
    assert!(op.open().contains(&1));
    // Under way when the page froze: their failures do not count, nor were they late.
    for n in [3, 4] {
        for _ in 0..TRIES {
            op.fail(n);
            op.wait_for(n);
        }
        op.answer(n);
    }
    op.answer(1);
    op.answer(5);
    op.answer(6);
    assert_eq!(op.said(), ["1", "2", "3", "4", "5", "6"]);
}

// --- gaps and backfills ---

#[test]
fn a_gap_is_told_in_its_place() {
    let mut op = Op::with(1);
    op.driver.bytes(op.id, "event: next\ndata: {\n\n");
    op.come([2]);
    op.answer(2);
    assert_eq!(op.said(), [""; 0]);
    op.answer(1);
    assert_eq!(op.said(), ["1", "gap malformed", "2"]);
}

#[test]
fn what_a_backfill_brings_is_hydrated_and_told_healed_behind_it() {
    let heals = Settings {
        backfill: true,
        ..rules()
    };
    let mut op = Op::new(heals, unhindered());
    op.come([1]);
    op.driver.fail(op.id);
    op.pass(SECOND);
    op.driver.open(op.id);
    assert_eq!(op.said(), ["backfill 1 #1 reconnect after m1"]);
    op.come([4]);
    let backfilled = |round, numbers: &[u64]| Input::Backfilled {
        op: 1,
        round,
        answer: Ok(numbers.iter().map(|&n| notification(n)).collect()),
    };
    op.driver.input(backfilled(1, &[1, 2, 3]));
    assert_eq!(op.said(), ["backfill 1 #2 reconnect after m3"]);
    assert_eq!(op.open(), [1, 2, 3]);
    op.driver.input(backfilled(2, &[]));
    for n in [4, 3, 2] {
        op.answer(n);
    }
    assert_eq!(op.said(), [""; 0]);
    op.answer(1);
    assert_eq!(op.said(), ["1", "2", "3", "4", "gap reconnect healed"]);
}

#[test]
fn the_gap_of_what_a_backfill_brought_reaches_back_before_it_was_missed() {
    let heals = Settings {
        backfill: true,
        ..rules()
    };
    let mut op = Op::new(heals, unhindered());
    op.pass(SECOND);
    op.come([1]);
    op.answer(1);
    op.pass(Span::from_secs(60));
    op.driver.fail(op.id);
    op.pass(SECOND);
    op.driver.open(op.id);
    op.driver.input(Input::Backfilled {
        op: 1,
        round: 1,
        answer: Ok(vec![notification(2)]),
    });
    op.answer_with(2, Err(for_good("gone")));
    let (last_key, since, _) = &op.gaps[0];
    assert_eq!((last_key.as_deref(), *since), (Some("m1"), 1_000));
}

#[test]
fn a_backfill_may_bring_more_than_may_wait() {
    let heals = Settings {
        backfill: true,
        max_waiting: 5,
        start_after: Some("m0".into()),
        ..rules()
    };
    let mut op = Op::new(heals, unhindered());
    op.driver.input(Input::Backfilled {
        op: 1,
        round: 1,
        answer: Ok((1..=50).map(notification).collect()),
    });
    for n in 1..=50 {
        op.answer(n);
    }
    let expected: Vec<String> = (1..=50).map(|n| n.to_string()).collect();
    assert_eq!(op.said()[..50], expected);
}

// --- limits ---

#[test]
fn more_than_may_wait_are_one_gap_and_the_stream_goes_on() {
    let few = Settings {
        max_waiting: 6,
        ..rules()
    };
    let mut op = Op::new(few, unhindered());
    op.come(1..=6);
    op.pass(SECOND);
    op.come(7..=500);
    op.driver.bytes(op.id, "event: next\ndata: {\n\n");
    assert_eq!(op.hydrating(), 7, "the gap is in line as well");
    op.answer(1);
    op.answer(2);
    op.come([501]);
    for n in [3, 4, 5, 6, 501] {
        op.answer(n);
    }
    let said = op.said();
    assert_eq!(said, ["1", "2", "3", "4", "5", "6", "gap overflow", "501"]);
    assert_eq!(op.gaps[0].0.as_deref(), Some("m6"));
    assert_eq!(op.gaps[0].1, 0, "the sixth came then");
    assert_eq!(op.hydrating(), 0);
}

#[test]
fn an_overflow_behind_the_last_one_is_told_as_well() {
    let one = Settings {
        max_waiting: 1,
        ..rules()
    };
    let mut op = Op::new(one, unhindered());
    op.come(1..=9);
    op.answer(1);
    assert_eq!(op.said(), ["1", "gap overflow"]);
}

// --- the end ---

#[test]
fn completion_comes_behind_the_last_result() {
    let mut op = Op::with(6);
    op.complete();
    assert_eq!(op.said(), [""; 0]);
    for n in [4, 3, 2, 1, 6, 5] {
        op.answer(n);
    }
    let said = op.said();
    assert_eq!(said, ["1", "2", "3", "4", "5", "6", "complete 1"]);
    op.driver.assert_empty();
}

#[test]
fn completion_is_bounded_though_nobody_answers() {
    let mut op = Op::with(1);
    op.complete();
    op.pass(LONG);
    assert_eq!(op.said().last().map(String::as_str), Some("complete 1"));
    op.driver.assert_empty();
}

#[test]
fn with_nothing_under_way_completion_comes_at_once() {
    let mut op = Op::with(1);
    op.answer(1);
    op.complete();
    assert_eq!(op.said(), ["1", "complete 1"]);
    op.driver.assert_empty();
}

#[test]
fn nothing_disturbs_what_is_complete_but_for_its_last_results() {
    let mut op = Op::with(2);
    op.complete();
    op.driver.input(Input::Reconnect);
    op.page(|page| page.frozen = true);
    op.page(|_| {});
    let (id, round, answer) = (op.id, 0, Ok(vec![json("1")]));
    op.driver.input(Input::Backfilled {
        op: id,
        round,
        answer,
    });
    op.answer(2);
    op.answer(1);
    assert_eq!(op.said(), ["1", "2", "complete 1"]);
    op.driver.assert_empty();
}

#[test]
fn an_error_does_not_wait_and_names_what_was_under_way() {
    let mut op = Op::with(7);
    op.answer(1);
    op.answer(3);
    let refused = graphql_lifeline::response::Head {
        status: 404,
        content_type: None,
        retry_after: None,
    };
    op.driver.fail(op.id);
    op.driver.advance(SECOND);
    op.driver.head(op.id, refused);
    op.driver.end(op.id);
    let said = op.said();
    assert_eq!(said[..4], ["1", "gap hydrate", "3", "gap hydrate"]);
    assert!(
        said.last()
            .is_some_and(|last| last.starts_with("error 1 http 404"))
    );
    assert_eq!(op.gaps[0].0.as_deref(), Some("m1"));
    assert_eq!(op.gaps[1].0.as_deref(), Some("m3"));
    op.driver.assert_empty();
}

#[test]
fn dispose_ends_everything_at_any_time() {
    for completes in [false, true] {
        let mut op = Op::with(6);
        op.answer(2);
        if completes {
            op.complete();
        }
        op.driver.dispose(op.id);
        let (id, ticket) = (op.id, op.ticket(1));
        let answer = Ok(whole(1));
        op.driver.input(Input::Hydrated {
            op: id,
            ticket,
            answer,
        });
        assert_eq!(op.said(), [""; 0]);
        op.driver.assert_empty();
    }
}

#[test]
fn the_client_s_end_is_theirs() {
    let mut op = Op::with(6);
    op.complete();
    op.driver.input(Input::Close);
    assert_eq!(op.said(), [""; 0]);
    op.driver.assert_empty();
}
