//! The event stream decoder against random streams and against a naive reading of
//! the standard.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use graphql_lifeline::sse::{Decoder, Limits};
use proptest::prelude::*;
use support::naive;
use support::streams::{cut, cuts, noise, stream};

/// Reads `bytes` cut there, and at each cut compares all that was said with the
/// naive reading of all that has arrived.
fn assert_agrees(bytes: &[u8], chunks: &[&[u8]], limits: Limits) {
    let mut decoder = Decoder::new(limits);
    let mut items = Vec::new();
    let mut arrived = 0;
    for chunk in chunks {
        naive::feed(&mut decoder, chunk, &mut items);
        arrived += chunk.len();
        let expected = naive::expect(&bytes[..arrived], limits);
        assert_eq!(items, expected.items);
        assert_eq!(decoder.last_event_id(), expected.last_event_id);
    }
    assert_eq!(arrived, bytes.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_stream_says_the_same_however_it_is_cut(bytes in stream(), at in cuts()) {
        let limits = Limits::default();
        let whole = naive::read(limits, [&bytes[..]]);
        prop_assert_eq!(&naive::read(limits, cut(&bytes, &at)), &whole);
        prop_assert_eq!(&naive::read(limits, bytes.chunks(1)), &whole);
    }

    #[test]
    fn a_stream_says_what_the_standard_says(bytes in stream(), at in cuts()) {
        assert_agrees(&bytes, &cut(&bytes, &at), Limits::default());
    }

    #[test]
    fn noise_says_what_the_standard_says(bytes in noise(), at in cuts()) {
        assert_agrees(&bytes, &cut(&bytes, &at), Limits::default());
    }

    #[test]
    fn an_event_limit_says_the_same_however_it_is_cut(
        bytes in stream(),
        at in cuts(),
        event_bytes in 0usize..40,
    ) {
        let limits = Limits { event_bytes, ..Limits::default() };
        assert_agrees(&bytes, &cut(&bytes, &at), limits);
    }

    #[test]
    fn any_bytes_and_any_limits_are_survived(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        at in cuts(),
        event_bytes in 0usize..20,
        field_bytes in 0usize..20,
    ) {
        let limits = Limits { event_bytes, field_bytes };
        let whole = naive::read(limits, [&bytes[..]]);
        prop_assert_eq!(naive::read(limits, cut(&bytes, &at)), whole);
    }
}
