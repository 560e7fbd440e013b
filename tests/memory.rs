//! What is kept, and what is not: limits in bytes, counted where memory is given out.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use graphql_lifeline::sse::{Decoder, Item, Limits};
use graphql_lifeline::time::Span;
use support::driver::{default_client, head, subscription};
use support::segments::{Slice, split};

/// Counts what each thread holds: every test has a thread of its own.
struct Counting;

thread_local! {
    static HELD: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
}

fn count(given: usize, taken: usize) {
    // A thread that ends has no counters any more.
    let _ = HELD.try_with(|held| {
        held.set((held.get() + given).saturating_sub(taken));
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(held.get())));
    });
}

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(0, layout.size());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// The bytes that this thread holds beyond those it held when this was made.
struct Meter(usize);

impl Meter {
    fn new() -> Self {
        let held = HELD.get();
        PEAK.set(held);
        Self(held)
    }

    fn held(&self) -> usize {
        HELD.get().saturating_sub(self.0)
    }

    fn peak(&self) -> usize {
        PEAK.get().saturating_sub(self.0)
    }
}

/// Feeds `bytes` that say nothing.
fn feed_silent(decoder: &mut Decoder, mut bytes: &[u8]) {
    assert_eq!(decoder.next(&mut bytes), None);
}

/// Feeds `bytes` of data, and lets go of the pieces; how large they were.
fn feed_data(decoder: &mut Decoder, mut bytes: &[u8]) -> usize {
    let mut gone = 0;
    while let Some(item) = decoder.next(&mut bytes) {
        let Item::Piece(piece) = item else {
            panic!("{item:?} is no piece");
        };
        gone += piece.len();
    }
    gone
}

#[test]
fn the_meter_counts() {
    let meter = Meter::new();
    let bytes = vec![0u8; MIB];
    assert!(meter.held() >= MIB);
    drop(bytes);
    assert!(meter.held() < KIB && meter.peak() >= MIB);
}

#[test]
fn what_has_no_meaning_and_no_end_takes_no_memory() {
    let part = vec![b'x'; 16 * KIB];
    for begin in [
        ": comment",
        "unknown: field",
        "unknown field without a colon",
        "event: name",
        "id: number",
        "retry: 1",
        "\u{feff}\u{feff}",
    ] {
        let meter = Meter::new();
        let mut decoder = Decoder::new(Limits::default());
        feed_silent(&mut decoder, begin.as_bytes());
        for _ in 0..256 {
            feed_silent(&mut decoder, &part);
        }
        assert!(meter.peak() < 8 * KIB, "{begin}: {}", meter.peak());
    }
}

#[test]
fn many_comments_and_blank_lines_take_no_memory() {
    let part = ":\n\nunknown\n\r\n".repeat(1000);
    let meter = Meter::new();
    let mut decoder = Decoder::new(Limits::default());
    for _ in 0..100 {
        let mut input = part.as_bytes();
        while let Some(item) = decoder.next(&mut input) {
            assert_eq!(item, Item::Comment);
        }
    }
    assert!(meter.peak() < KIB, "{}", meter.peak());
}

#[test]
fn an_event_over_the_limit_gives_its_memory_back_at_once() {
    let limits = Limits {
        event_bytes: MIB,
        ..Limits::default()
    };
    let part = vec![b'x'; 16 * KIB];
    let meter = Meter::new();
    let mut decoder = Decoder::new(limits);
    feed_silent(&mut decoder, b"data: ");
    let pieces: usize = (0..64).map(|_| feed_data(&mut decoder, &part)).sum();
    assert_eq!(pieces, MIB);
    assert_eq!(decoder.next(&mut &b"x"[..]), Some(Item::Oversize));
    assert!(meter.held() < KIB, "{}", meter.held());
    for _ in 0..256 {
        feed_silent(&mut decoder, &part);
        feed_silent(&mut decoder, b"\ndata: ");
    }
    assert!(meter.held() < KIB, "{}", meter.held());
    assert!(meter.peak() < 256 * KIB, "{}", meter.peak());
    let mut next = &b"\n\ndata: next\n\n"[..];
    let item = decoder.next(&mut next);
    let (name, data, bytes) = (&b""[..], &b"next"[..], 4);
    assert_eq!(item, Some(Item::Event { name, data, bytes }));
}

#[test]
fn a_large_event_is_handed_out_in_pieces_and_takes_no_memory() {
    let meter = Meter::new();
    let mut decoder = Decoder::new(Limits::default());
    let part = vec![b'x'; 60 * KIB];
    feed_silent(&mut decoder, b"data: ");
    let pieces: usize = (0..128).map(|_| feed_data(&mut decoder, &part)).sum();
    let mut end = &b"\n\n"[..];
    let Some(Item::Event { data, bytes, .. }) = decoder.next(&mut end) else {
        panic!("the event has ended");
    };
    assert_eq!(pieces + data.len(), 128 * part.len());
    assert_eq!(bytes, 128 * part.len());
    assert!(meter.peak() < 512 * KIB, "{}", meter.peak());
    drop(part);
    feed_silent(&mut decoder, b":");
    assert!(meter.held() < 300 * KIB, "{}", meter.held());
}

/// A response goes to the application unread, so that its copy is all that is kept.
#[test]
fn a_refusals_endless_body_takes_bounded_memory() {
    let part = vec![b'x'; 16 * KIB];
    let meter = Meter::new();
    let mut driver = default_client();
    let op = driver.subscribe(subscription());
    driver.head(op, head(400, "text/html"));
    for _ in 0..1000 {
        driver.bytes(op, &part);
    }
    driver.assert_empty();
    // Besides the bytes there is their text, in which each may become three.
    assert!(meter.peak() < 8 * MIB, "{}", meter.peak());
}

/// Of results that never come whole as much is kept as may be, and of their names a few.
#[test]
fn half_assembled_results_take_bounded_memory() {
    let text = format!("{{\"data\":\"{}\"}}", "x".repeat(MIB));
    let slices: Vec<Slice> = split(0, &text, 16 * KIB);
    let mut driver = default_client();
    let op = driver.subscribe(subscription());
    driver.open(op);
    driver.take();
    let meter = Meter::new();
    for result in 0..40 {
        for slice in &slices[..slices.len() - 1] {
            let result = slice.with(result);
            driver.bytes(op, result.event());
        }
        driver.take();
    }
    // The text of a payload grows by doubling here.
    assert!(meter.held() > 24 * MIB, "{}", meter.held());
    assert!(meter.peak() < 66 * MIB, "{}", meter.peak());
    driver.advance(Span::from_secs(30));
    driver.take();
    assert!(meter.held() < 300 * KIB, "{}", meter.held());
}

#[test]
fn names_of_dropped_results_take_no_memory() {
    let slices: Vec<Slice> = split(0, "{\"data\":1}", 4);
    let mut driver = default_client();
    let op = driver.subscribe(subscription());
    driver.open(op);
    let mut cycle = |results: std::ops::Range<u32>| {
        for result in results {
            for at in [0, 0, 1, 2] {
                let slice = slices[at].with(result);
                driver.bytes(op, slice.event());
            }
            driver.take();
        }
    };
    cycle(0..1_000);
    let meter = Meter::new();
    cycle(1_000..20_000);
    assert!(meter.held() < KIB, "{}", meter.held());
}

/// Seen in the field: three kilobytes for each subscribe and dispose, never freed.
#[test]
fn operations_that_are_over_take_no_memory() {
    let mut driver = default_client();
    let mut cycle = |times: usize| {
        for n in 0..times {
            let op = driver.subscribe(subscription());
            match n % 4 {
                0 => {}
                1 => driver.open(op),
                2 => driver.fail(op),
                _ => {
                    driver.open(op);
                    driver.bytes(op, "id: 1\nevent: next\ndata: {\"data\":1}\n\ndata: half");
                }
            }
            driver.dispose(op);
            driver.take();
        }
    };
    cycle(1000);
    let meter = Meter::new();
    cycle(10_000);
    assert!(meter.held() < KIB, "{}", meter.held());
}

#[test]
fn a_long_life_takes_no_memory() {
    let mut driver = default_client();
    let op = driver.subscribe(subscription());
    let mut live = |times: usize| {
        for _ in 0..times {
            driver.open(op);
            driver.bytes(op, "id: 7\nevent: next\ndata: {\"data\":1}\n\nretry: 0\n");
            driver.fail(op);
            driver.advance_to_deadline();
            driver.take();
        }
    };
    live(500);
    let meter = Meter::new();
    live(5_000);
    assert!(meter.held() < KIB, "{}", meter.held());
}
