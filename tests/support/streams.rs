//! Streams cut into pieces, and streams made at random.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Every way to cut `bytes` in two.
pub fn cut_in_two(bytes: &[u8]) -> impl Iterator<Item = [&[u8]; 2]> {
    (0..=bytes.len()).map(|at| {
        let (left, right) = bytes.split_at(at);
        [left, right]
    })
}

/// Every way to cut `bytes` in three.
pub fn cut_in_three(bytes: &[u8]) -> impl Iterator<Item = [&[u8]; 3]> {
    cut_in_two(bytes).flat_map(|[left, right]| {
        cut_in_two(right).map(move |[middle, right]| [left, middle, right])
    })
}

/// `bytes` cut at these places.
pub fn cut<'a>(bytes: &'a [u8], at: &[Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = at.iter().map(|at| at.index(bytes.len() + 1)).collect();
    places.sort_unstable();
    places.push(bytes.len());
    let mut from = 0;
    places
        .into_iter()
        .map(|to| &bytes[std::mem::replace(&mut from, to)..to])
        .collect()
}

/// A few places to cut at.
pub fn cuts() -> impl Strategy<Value = Vec<Index>> {
    vec(any::<Index>(), 0..8)
}

const NAMES: [&[u8]; 14] = [
    b"data",
    b"event",
    b"id",
    b"retry",
    b"",
    b"Data",
    b"dat",
    b"dataa",
    b" data",
    b"\xEF\xBB\xBFdata",
    b"unknown",
    b"\0",
    "id\u{1F600}".as_bytes(),
    b"\xFF",
];
const COLONS: [&[u8]; 4] = [b"", b":", b": ", b":  "];
const VALUES: [&[u8]; 14] = [
    b"",
    b"x",
    b"next",
    b"complete",
    b"{\"data\":{}}",
    b"1000",
    b"10x",
    b"99999999999999999999999999",
    b"a:b: c",
    b"nul\0",
    "caf\u{E9} \u{4F60}\u{597D} \u{1F600}\u{1F468}\u{200D}\u{1F469}".as_bytes(),
    b"\xE2\x82",
    b"\xEF\xBB\xBF",
    b"a value that is a little longer than the others are",
];
const ENDINGS: [&[u8]; 3] = [b"\n", b"\r", b"\r\n"];

/// A stream built from lines: those that mean something, those that nearly do,
/// and blank ones, each with an ending of its own.
pub fn stream() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        4 => (select(&NAMES[..]), select(&COLONS[..]), select(&VALUES[..]))
            .prop_map(|(name, colon, value)| [name, colon, value].concat()),
        2 => Just(Vec::new()),
    ];
    let lines = vec((line, select(&ENDINGS[..])), 0..24);
    (any::<bool>(), lines, select(&VALUES[..])).prop_map(|(mark, lines, tail)| {
        let mut bytes = if mark {
            b"\xEF\xBB\xBF".to_vec()
        } else {
            Vec::new()
        };
        for (line, ending) in lines {
            bytes.extend_from_slice(&line);
            bytes.extend_from_slice(ending);
        }
        // The stream may stop in the middle of a line.
        bytes.extend_from_slice(tail);
        bytes
    })
}

/// Bytes of any kind, those with a meaning more often than the others.
pub fn noise() -> impl Strategy<Value = Vec<u8>> {
    vec(
        prop_oneof![
            3 => select(&b"dataeventidretry: \r\n\r\n\0\xEF\xBB\xBF"[..]),
            1 => any::<u8>(),
        ],
        0..200,
    )
}
