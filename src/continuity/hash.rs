//! A hash whose collisions nobody can choose who does not know its seed.

type State = (u64, u64, u64, u64);

/// SipHash-1-3, as the standard library's maps use it.
pub(super) fn sip_hash(keys: (u64, u64), bytes: &[u8]) -> u64 {
    let mut state = (
        keys.0 ^ 0x736f_6d65_7073_6575,
        keys.1 ^ 0x646f_7261_6e64_6f6d,
        keys.0 ^ 0x6c79_6765_6e65_7261,
        keys.1 ^ 0x7465_6462_7974_6573,
    );
    let (words, rest) = bytes.as_chunks::<8>();
    for &word in words {
        absorb(&mut state, u64::from_le_bytes(word));
    }
    let mut last = (bytes.len() as u64) << 56;
    for (at, &byte) in rest.iter().enumerate() {
        last |= u64::from(byte) << (8 * at);
    }
    absorb(&mut state, last);
    state.2 ^= 0xff;
    for _ in 0..3 {
        round(&mut state);
    }
    state.0 ^ state.1 ^ state.2 ^ state.3
}

const fn absorb(state: &mut State, word: u64) {
    state.3 ^= word;
    round(state);
    state.0 ^= word;
}

const fn round(state: &mut State) {
    let (mut a, mut b, mut c, mut d) = *state;
    a = a.wrapping_add(b);
    c = c.wrapping_add(d);
    b = b.rotate_left(13) ^ a;
    d = d.rotate_left(16) ^ c;
    a = a.rotate_left(32).wrapping_add(d);
    c = c.wrapping_add(b);
    d = d.rotate_left(21) ^ a;
    b = b.rotate_left(17) ^ c;
    c = c.rotate_left(32);
    *state = (a, b, c, d);
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use core::hash::Hasher;

    #[test]
    fn it_is_the_hash_of_the_standard_library() {
        for length in 0..100 {
            let bytes: Vec<u8> = (0..length).map(|n: u8| n.wrapping_mul(37)).collect();
            let mut theirs = std::collections::hash_map::DefaultHasher::new();
            theirs.write(&bytes);
            assert_eq!(sip_hash((0, 0), &bytes), theirs.finish());
        }
    }

    #[test]
    fn both_keys_matter() {
        let hashes = [(0, 0), (1, 0), (0, 1), (1, 1)].map(|keys| sip_hash(keys, b"m1"));
        for (at, hash) in hashes.iter().enumerate() {
            assert!(!hashes[..at].contains(hash));
        }
    }
}
