//! What is taken for a sign that an endpoint loses large results, and what is not.
#![cfg(not(target_arch = "wasm32"))]

use graphql_lifeline::ceiling::Ceiling;
use graphql_lifeline::sizes::Sizes;
use graphql_lifeline::time::{Instant, Now, Wall};

const LARGE: usize = 3_000;
/// One loss is no failure of the endpoint's; a second one makes both of them such.
const ALONE: u32 = 0;
const BOTH: u32 = 2;

fn at(seconds: u64) -> Now {
    Now {
        monotonic: Instant::from_millis(seconds * 1000),
        wall: Wall::from_millis(1_800_000_000_000 + seconds * 1000),
    }
}

struct Watched(Ceiling);

impl Watched {
    /// Small results have come.
    fn new() -> Self {
        let mut ceiling = Ceiling::default();
        ceiling.came(at(0).monotonic, 200);
        Self(ceiling)
    }

    fn came(&mut self, seconds: u64, bytes: usize) {
        self.0.came(at(seconds).monotonic, bytes);
    }

    /// Found at `seconds` of a gap that opened a second before.
    fn lost(&mut self, seconds: u64, bytes: usize) -> u32 {
        self.0.lost(at(seconds), bytes, at(seconds - 1).wall)
    }

    /// After two losses.
    fn suspected() -> Self {
        let mut watched = Self::new();
        assert_eq!(watched.lost(10, LARGE), ALONE);
        assert_eq!(watched.lost(20, LARGE), BOTH);
        watched
    }

    fn segments(&self, seconds: u64) -> Option<usize> {
        let bytes = self.0.segment_bytes(at(seconds).monotonic);
        Some(bytes).filter(|&it| it < usize::MAX)
    }
}

#[test]
fn two_losses_are_a_ceiling_at_the_smaller_one() {
    let mut watched = Watched::new();
    assert_eq!(watched.lost(10, 4_000), ALONE);
    assert_eq!((watched.0.bytes(), watched.segments(10)), (None, None));
    assert_eq!(watched.lost(20, 3_000), BOTH);
    assert_eq!(watched.0.bytes(), Some(3_000));
    assert_eq!(
        watched.lost(30, 5_000),
        1,
        "each further one counts as well"
    );
    assert_eq!(watched.0.bytes(), Some(3_000));
}

#[test]
fn one_large_loss_is_chance() {
    let mut watched = Watched::new();
    assert_eq!(watched.lost(10, 30_000_000), ALONE);
    assert_eq!(watched.0.bytes(), None);
}

#[test]
fn two_losses_count_together_within_five_minutes() {
    for (between, second) in [(299, BOTH), (300, ALONE)] {
        let mut watched = Watched::new();
        assert_eq!(watched.lost(10, LARGE), ALONE);
        assert_eq!(watched.lost(10 + between, LARGE), second, "{between} s");
    }
}

#[test]
fn what_is_no_larger_than_what_came_is_no_sign() {
    let mut watched = Watched::new();
    watched.came(5, LARGE);
    for seconds in [10, 20, 30] {
        assert_eq!(watched.lost(seconds, LARGE), ALONE);
    }
    assert_eq!(watched.0.bytes(), None);
    assert_eq!(watched.lost(40, LARGE + 1), ALONE);
    assert_eq!(watched.lost(50, LARGE + 1), BOTH);
}

#[test]
fn what_is_under_a_kibibyte_is_no_sign() {
    let mut watched = Watched::new();
    for seconds in [10, 20, 30] {
        assert_eq!(watched.lost(seconds, 1_023), ALONE);
    }
    assert_eq!(watched.lost(40, 1_024), ALONE);
    assert_eq!(watched.lost(50, 1_024), BOTH);
}

/// Two operations lose the same result, or one is seen arriving and then comes in the backfill.
#[test]
fn what_began_before_the_last_loss_was_known_is_the_same_occasion() {
    let mut watched = Watched::new();
    assert_eq!(watched.lost(10, LARGE), ALONE);
    let mut ceiling = watched.0;
    assert_eq!(ceiling.lost(at(12), LARGE, at(9).wall), ALONE);
    assert_eq!(ceiling.lost(at(12), LARGE, at(10).wall), ALONE);
    assert_eq!(ceiling.bytes(), None);
    assert_eq!(ceiling.lost(at(12), LARGE, at(11).wall), BOTH);
}

#[test]
fn it_is_forgotten_when_something_larger_comes() {
    let mut watched = Watched::suspected();
    watched.came(30, LARGE);
    assert_eq!(watched.0.bytes(), Some(LARGE), "as large is not larger");
    watched.came(30, LARGE + 1);
    assert_eq!((watched.0.bytes(), watched.segments(30)), (None, None));
    assert_eq!(watched.lost(40, LARGE), ALONE, "that has come by now");
}

#[test]
fn a_single_loss_is_forgotten_in_the_same_way() {
    let mut watched = Watched::new();
    assert_eq!(watched.lost(10, LARGE), ALONE);
    watched.came(15, LARGE + 1);
    assert_eq!(watched.lost(20, LARGE + 2), ALONE, "the first of its kind");
}

#[test]
fn it_is_forgotten_half_an_hour_after_the_last_loss() {
    let mut watched = Watched::suspected();
    assert_eq!(watched.lost(1_000, LARGE), 1);
    assert!(watched.segments(2_799).is_some());
    assert_eq!(watched.segments(2_800), None);
    watched.came(2_800, 200);
    assert_eq!(watched.0.bytes(), None);
    assert_eq!(watched.lost(2_900, LARGE), ALONE);
}

#[test]
fn segments_are_a_quarter_smaller_and_halved_by_each_further_loss() {
    let mut watched = Watched::suspected();
    assert_eq!(watched.segments(20), Some(2_250));
    for (seconds, expected) in [(30, 1_125), (40, 562), (50, 281), (60, 256), (70, 256)] {
        assert_eq!(watched.lost(seconds, LARGE), 1);
        assert_eq!(watched.segments(seconds), Some(expected));
    }
    for seconds in 80..200 {
        watched.lost(seconds, LARGE);
    }
    assert_eq!(watched.segments(200), Some(256), "however many there are");
}

#[test]
fn two_endpoints_are_apart() {
    let mut one = Watched::new();
    let mut other = Watched::new();
    assert_eq!((one.lost(10, LARGE), other.lost(20, LARGE)), (ALONE, ALONE));
    assert_eq!((one.0.bytes(), other.0.bytes()), (None, None));
}

#[test]
fn a_histogram_by_fours() {
    let mut sizes = Sizes::default();
    let edges = (0..9).map(|place| 256 << (2 * place));
    for (place, edge) in edges.enumerate() {
        for bytes in [edge - 1, edge] {
            sizes.came(Instant::default(), bytes);
        }
        assert_eq!(sizes.histogram[place], 1 + u32::from(place > 0), "{edge}");
    }
    sizes.came(Instant::default(), 0);
    sizes.came(Instant::default(), usize::MAX >> 20);
    assert_eq!(sizes.histogram, [2, 2, 2, 2, 2, 2, 2, 2, 2, 2]);
    assert_eq!(sizes.results(), 20);
    assert_eq!(sizes.ceiling.largest(), usize::MAX >> 20);
}

#[test]
fn bytes_are_added_up() {
    let mut sizes = Sizes::default();
    for bytes in [10, 300, 20] {
        sizes.came(Instant::default(), bytes);
    }
    assert_eq!((sizes.bytes, sizes.ceiling.largest()), (330, 300));
}
