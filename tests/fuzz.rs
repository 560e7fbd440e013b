//! The fuzzer's targets on a stable compiler: over its corpus, and over inputs made
//! from that at random.
#![cfg(not(target_arch = "wasm32"))]

#[path = "support/fuzz.rs"]
mod targets;

use std::path::Path;

use graphql_lifeline::random::Random;

const ROUNDS: usize = 4_000;
/// Inputs are mutated up to this length.
const MAX_BYTES: usize = 512;

/// What a mutation may put in.
const PIECES: [&[u8]; 23] = [
    b"\n",
    b"\r",
    b"\r\n",
    b"\n\n",
    b"data:",
    b"data: {\"data\":1}\n\n",
    b"event: next\n",
    b"event: complete\n",
    b"event: segment\n",
    b"data: {\"r\":1,\"i\":0,\"n\":1,\"b\":10,\"c\":3347794374}\n",
    b"data: {\"data\":1}\n",
    b"id: 1\n",
    b"retry: 100\n",
    b":",
    b" ",
    b"\0",
    b"\xEF\xBB\xBF",
    b"\xEF\xBB",
    b"{\"data\":",
    b"}",
    b"\xF0\x9F\x98\x80",
    b"\xF0\x9F",
    b"xxxxxxxxxxxxxxxx",
];

/// The files of a target's corpus.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("the corpus is there")
        .map(|entry| entry.expect("it can be listed").path())
        .collect();
    // The same inputs on every machine.
    paths.sort();
    let read = |path| std::fs::read(path).expect("it can be read");
    paths.into_iter().map(read).collect()
}

/// A number under `end`.
fn under(random: &mut Random, end: usize) -> usize {
    (random.unit() * end as f64) as usize
}

fn mutate(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let at = under(random, bytes.len() + 1);
    match under(random, 6) {
        0 => bytes.truncate(at),
        1 if at < bytes.len() => bytes[at] = under(random, 256) as u8,
        2 if at < bytes.len() => {
            bytes.remove(at);
        }
        3 => {
            let from = under(random, other.len() + 1);
            bytes.truncate(at);
            bytes.extend_from_slice(&other[from..]);
        }
        _ => {
            let piece = PIECES[under(random, PIECES.len())];
            bytes.splice(at..at, piece.iter().copied());
        }
    }
    bytes.truncate(MAX_BYTES);
}

/// Runs a target over its corpus and what can be made of it.
fn run(target: fn(&[u8]), name: &str, seed: u64) {
    let corpus = corpus(name);
    assert!(corpus.len() >= 12, "{name} has too few seeds");
    for input in &corpus {
        target(input);
    }
    let mut random = Random::new(seed);
    let mut input = Vec::new();
    for round in 0..ROUNDS {
        // A few mutations upon each other, then a fresh start.
        if round % 8 == 0 {
            input.clone_from(&corpus[under(&mut random, corpus.len())]);
        }
        let other = &corpus[under(&mut random, corpus.len())];
        mutate(&mut input, other, &mut random);
        target(&input);
    }
}

#[test]
fn sse_over_the_corpus_and_mutations() {
    run(targets::sse, "sse", 1);
}

#[test]
fn dialects_over_the_corpus_and_mutations() {
    run(targets::dialects, "dialects", 2);
}

#[test]
fn random_bytes_are_survived() {
    let mut random = Random::new(3);
    for _ in 0..ROUNDS {
        let length = under(&mut random, 200);
        let input: Vec<u8> = (0..length).map(|_| under(&mut random, 256) as u8).collect();
        targets::sse(&input);
        targets::dialects(&input);
    }
}
