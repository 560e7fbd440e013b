//! A fleet of clients that lose their server at the same moment, in virtual time: how hard
//! they run against it, and how soon they are back.
//!
//! `npm run simulate -- fleet` runs it with 100,000 clients, and draws what comes out.
#![cfg(not(target_arch = "wasm32"))]

#[path = "fleet/member.rs"]
mod member;
#[path = "fleet/race.rs"]
mod race;
mod support;

use member::Rules;
use race::{Race, Scene};

/// A tenth of the clients and of the places, lest `npm test` takes long.
#[test]
fn a_fleet_comes_back_and_does_not_storm() {
    let scene = Scene::small();
    let ours = Race::run(&scene, Rules::Lifeline);
    assert_eq!(ours.given_up, 0);
    assert!(ours.whole_after.is_some(), "{ours:?}");
    let every_second = Race::run(&scene, Rules::FetchEventSource);
    assert!(ours.total < every_second.total, "{ours:?} {every_second:?}");
}

/// Prints one line of JSON for each of the rules.
#[test]
#[ignore = "takes minutes: npm run simulate -- fleet"]
fn the_fleet() {
    for rules in Rules::ALL {
        println!("{}", Race::run(&Scene::whole(), rules).to_json());
    }
}
