//! Where a generator's decisions come from.

/// Decisions drawn from a seed, or read from bytes, as a fuzzer has them.
pub(crate) struct Numbers<'a> {
    state: u64,
    bytes: Option<&'a [u8]>,
}

impl<'a> Numbers<'a> {
    /// Numbers that follow from a seed (splitmix64).
    pub(crate) fn new(seed: u64) -> Numbers<'a> {
        Numbers {
            state: seed,
            bytes: None,
        }
    }

    /// Numbers read from bytes; 0 when there are none left.
    #[allow(dead_code, reason = "used by the fuzz targets")]
    pub(crate) fn from_bytes(bytes: &'a [u8]) -> Numbers<'a> {
        Numbers {
            state: 0,
            bytes: Some(bytes),
        }
    }

    /// The next number.
    pub(crate) fn next(&mut self) -> u64 {
        if let Some(bytes) = &mut self.bytes {
            let Some((first, rest)) = bytes.split_first() else {
                return 0;
            };
            *bytes = rest;
            return u64::from(*first);
        }
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// A number of a range.
    pub(crate) fn within(&mut self, low: i64, high: i64) -> i64 {
        low + (self.next() % (high - low + 1) as u64) as i64
    }

    /// True in `percent` of 100 cases; with no bytes left, never.
    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        99 - self.next() % 100 < percent
    }

    /// One of several.
    pub(crate) fn pick<'t, T>(&mut self, of: &'t [T]) -> &'t T {
        &of[self.below(of.len())]
    }
}
