//! The life of an operation: the code and the diagram in ARCHITECTURE.md say the same.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeMap;

use graphql_lifeline::subscription::{Phase, Step, transition};

const ARCHITECTURE: &str = include_str!("../ARCHITECTURE.md");

const PHASES: [Phase; 6] = [
    Phase::Idle,
    Phase::Connecting,
    Phase::Live,
    Phase::Waiting,
    Phase::Suspended,
    Phase::Done,
];
const STEPS: [Step; 11] = [
    Step::Start,
    Step::Open,
    Step::Fail,
    Step::FallBack,
    Step::Renew,
    Step::Hold,
    Step::Suspend,
    Step::Due,
    Step::Replace,
    Step::Overtake,
    Step::End,
];

/// The lines of the document's only state diagram.
fn diagram() -> impl Iterator<Item = &'static str> {
    let mut blocks = ARCHITECTURE
        .split("```mermaid\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .filter(|block| block.trim_start().starts_with("stateDiagram-v2"));
    let block = blocks.next().expect("ARCHITECTURE.md draws the states");
    assert!(blocks.next().is_none(), "it draws them once");
    block.lines().skip(1).map(str::trim)
}

/// The arrows between two phases: from and step, to.
fn arrows() -> BTreeMap<(String, String), &'static str> {
    let mut arrows = BTreeMap::new();
    for line in diagram() {
        let Some((from, rest)) = line.split_once(" --> ") else {
            panic!("what is {line:?}?");
        };
        let Some((to, step)) = rest.split_once(": ") else {
            assert!(["[*] --> Idle", "Done --> [*]"].contains(&line), "{line}");
            continue;
        };
        let twice = arrows.insert((from.to_owned(), step.to_owned()), to);
        assert_eq!(twice, None, "{line}");
    }
    arrows
}

#[test]
fn the_diagram_shows_every_transition_and_no_other() {
    let mut arrows = arrows();
    for phase in PHASES {
        for step in STEPS {
            let arrow = (format!("{phase:?}"), format!("{step:?}"));
            let drawn = arrows.remove(&arrow);
            let to = transition(phase, step).map(|phase| format!("{phase:?}"));
            assert_eq!(drawn, to.as_deref(), "{arrow:?}");
        }
    }
    assert!(arrows.is_empty(), "unknown names: {arrows:?}");
}

#[test]
fn the_diagram_begins_and_ends() {
    let lines: Vec<&str> = diagram().collect();
    assert!(lines.contains(&"[*] --> Idle"));
    assert!(lines.contains(&"Done --> [*]"));
}

#[test]
fn nothing_follows_the_end_and_everything_else_can_end() {
    for phase in PHASES {
        let end = (phase != Phase::Done).then_some(Phase::Done);
        assert_eq!(transition(phase, Step::End), end);
    }
    for step in STEPS {
        assert_eq!(transition(Phase::Done, step), None);
    }
}
