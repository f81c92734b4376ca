//! Decisions of the generator, drawn from a list of numbers. The list can be made shorter and its numbers smaller: 0 is the
//! simplest decision, and what is behind the end is 0.

use std::collections::BTreeMap;

/// How often each construct was made.
pub(crate) type Counts = BTreeMap<&'static str, u64>;

pub(crate) struct Choices<'a> {
    numbers: &'a [u32],
    at: usize,
    pub(crate) counts: &'a mut Counts,
}

impl<'a> Choices<'a> {
    pub(crate) fn new(numbers: &'a [u32], counts: &'a mut Counts) -> Self {
        Choices { numbers, at: 0, counts }
    }

    pub(crate) fn next(&mut self) -> u32 {
        let number = self.numbers.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        number
    }

    /// Less than `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.next() as usize % n.max(1)
    }

    pub(crate) fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// One time in `n`; never at the end of the list.
    pub(crate) fn rarely(&mut self, n: usize) -> bool {
        self.below(n) == n - 1
    }

    /// Whether there are numbers left.
    pub(crate) fn more(&self) -> bool {
        self.at < self.numbers.len()
    }

    pub(crate) fn count(&mut self, construct: &'static str) {
        *self.counts.entry(construct).or_default() += 1;
    }
}
