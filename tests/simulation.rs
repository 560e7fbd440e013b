//! The real core against a network and a server that are made up, in virtual time, with
//! faults drawn from a seed; after each run the promise is held against what was delivered.
//!
//! `npm run simulate` runs a million seeds, `npm run simulate -- 4711` tells one's story.
#![cfg(not(target_arch = "wasm32"))]

#[path = "simulation/bound.rs"]
mod bound;
#[path = "simulation/constitution.rs"]
mod constitution;
#[path = "simulation/event.rs"]
mod event;
#[path = "simulation/fault.rs"]
mod fault;
#[path = "simulation/figures.rs"]
mod figures;
#[path = "simulation/liveness.rs"]
mod liveness;
#[path = "simulation/oracle.rs"]
mod oracle;
#[path = "simulation/page.rs"]
mod page;
#[path = "simulation/plan.rs"]
mod plan;
#[path = "simulation/requests.rs"]
mod requests;
#[path = "simulation/reserved.rs"]
mod reserved;
#[path = "simulation/restraint.rs"]
mod restraint;
#[path = "simulation/room.rs"]
mod room;
#[path = "simulation/sabotage.rs"]
mod sabotage;
#[path = "simulation/server.rs"]
mod server;
#[path = "simulation/shell.rs"]
mod shell;
#[path = "simulation/sickness.rs"]
mod sickness;
#[path = "simulation/soundness.rs"]
mod soundness;
#[path = "simulation/stretch.rs"]
mod stretch;
mod support;
#[path = "simulation/tally.rs"]
mod tally;
#[path = "simulation/token.rs"]
mod token;
#[path = "simulation/traffic.rs"]
mod traffic;
#[path = "simulation/verdict.rs"]
mod verdict;
#[path = "simulation/watched.rs"]
mod watched;
#[path = "simulation/world.rs"]
mod world;

use std::collections::BTreeSet;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use graphql_lifeline::budget::Allowance;
use graphql_lifeline::config::Transport;
use graphql_lifeline::random::Random;
use plan::{FAULTS_END, Plan};
use sabotage::Sabotage;
use tally::{Fared, Tally};
use world::World;

/// What a run came to.
struct Run {
    wrong: Vec<String>,
    fared: Fared,
    /// If it is wanted.
    story: Vec<String>,
}

fn run(seed: u64, tells: bool, sabotage: Option<Sabotage>) -> Run {
    let mut world = World::new(seed, tells);
    world.saboteur.sabotage = sabotage;
    let done = catch_unwind(AssertUnwindSafe(|| {
        world.run();
        world.judge()
    }));
    let wrong = done.unwrap_or_else(|_| vec!["it panicked".to_owned()]);
    Run {
        wrong,
        fared: Fared::of(&world),
        story: world.story.unwrap_or_default(),
    }
}

/// `SEEDS=0..10000`, or one of them.
fn seeds() -> Range<u64> {
    let given = std::env::var("SEEDS").unwrap_or_else(|_| "0..10000".to_owned());
    let number = |text: &str| {
        text.parse()
            .expect("SEEDS is a number, or two with .. between")
    };
    match given.split_once("..") {
        Some((from, to)) => number(from)..number(to),
        None => number(&given)..number(&given) + 1,
    }
}

/// Tells now and then how far a long run has come.
struct Progress {
    first: u64,
    count: u64,
    began: Instant,
}

impl Progress {
    const STEPS: u64 = 100;

    fn new(seeds: &Range<u64>) -> Self {
        Self {
            first: seeds.start,
            count: seeds.end - seeds.start,
            began: Instant::now(),
        }
    }

    fn tell(&self, next: u64) {
        let done = next - self.first;
        let step = self.count.div_ceil(Self::STEPS);
        if self.count >= 100_000 && done.is_multiple_of(step) {
            let seconds = self.began.elapsed().as_secs();
            let left = seconds * (self.count - done) / done;
            println!(
                "{done} of {} seeds, {seconds} s, about {left} s left",
                self.count
            );
        }
    }
}

/// Seeds that broke the promise, until there are too many to look at; and how near others came.
fn failures(seeds: &Range<u64>) -> (BTreeSet<u64>, Tally) {
    const ENOUGH: usize = 10;
    let (next, failed) = (AtomicU64::new(seeds.start), Mutex::new(BTreeSet::new()));
    let tally = Mutex::new(Tally::default());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let progress = Progress::new(seeds);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end || failed.lock().unwrap().len() >= ENOUGH {
                        return;
                    }
                    let run = run(seed, false, None);
                    tally.lock().unwrap().add(seed, &run.fared);
                    if !run.wrong.is_empty() {
                        failed.lock().unwrap().insert(seed);
                    }
                    progress.tell(seed + 1);
                }
            });
        }
    });
    (failed.into_inner().unwrap(), tally.into_inner().unwrap())
}

#[test]
#[ignore = "slow unless it is optimised: npm test -- simulation"]
fn the_promise_holds_whatever_happens() {
    let seeds = seeds();
    let (failed, tally) = failures(&seeds);
    let tells = std::env::var_os("STORY").map(|_| seeds.start);
    let Some(seed) = tells.or(failed.first().copied()) else {
        println!("{} seeds keep the promise", seeds.end - seeds.start);
        println!("{}", tally.tell());
        return;
    };
    let Run { wrong, story, .. } = run(seed, true, None);
    println!("{}", story.join("\n"));
    assert!(
        wrong.is_empty(),
        "seed {seed}: {wrong:#?}\nof these that failed: {failed:?}\nagain: npm run simulate -- {seed}"
    );
}

/// A test that cannot fail proves nothing: a client that breaks the promise is found out.
#[test]
fn each_way_of_breaking_the_promise_is_noticed() {
    for (sabotage, told) in Sabotage::ALL {
        let is_noticed = |seed| {
            let run = run(seed, false, Some(sabotage));
            run.wrong.iter().any(|what| what.contains(told))
        };
        assert!((0..100).any(is_noticed), "{sabotage:?}");
    }
}

/// On streams each pays for itself; on a socket the one who opens it does.
#[test]
fn fifty_operations_do_not_make_fifty_storms() {
    for (transport, first) in [(Transport::Fetch, 50), (Transport::WebSocket, 1)] {
        let mut world = World::of(Plan::flapping(transport), Random::new(1), false);
        world.run();
        let attempts = world.oracle.attempts(FAULTS_END);
        let budget = Allowance::default();
        let tokens = budget.per_second * FAULTS_END as f64 / 1000.0;
        let allowed = first + budget.capacity as usize + tokens as usize;
        assert!(
            attempts <= allowed,
            "{transport:?}: {attempts} of {allowed}"
        );
        assert_eq!(world.judge(), Vec::<String>::new());
    }
}
