//! Where the edge of each speaker is.

use super::NOBODY;
use rustc_hash::FxHashMap;

/// Positions by speaker: in a table as far as speakers lie close together, as those of a family do, else hashed.
#[derive(Default)]
pub(super) struct Positions {
    /// By speaker; [`NOBODY`]: not here.
    close: Vec<u32>,
    far: FxHashMap<u32, u32>,
}

/// A table is no longer than so many times what is in it, but for a short one.
const SPREAD: usize = 2;

impl Positions {
    pub(super) fn get(&self, speaker: u32) -> Option<u32> {
        match self.close.get(speaker as usize) {
            Some(&at) if at != NOBODY => Some(at),
            _ => self.far.get(&speaker).copied(),
        }
    }

    /// The speaker, who has no position yet, is at `at`: that many are known with it.
    pub(super) fn insert(&mut self, speaker: u32, at: u32) {
        let number = speaker as usize;
        if number < self.close.len() || number < SPREAD * (at as usize + 1) {
            if number >= self.close.len() {
                self.close.resize(number + 1, NOBODY);
            }
            self.close[number] = at;
        } else {
            self.far.insert(speaker, at);
        }
    }
}
