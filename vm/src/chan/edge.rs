//! What one speaker says to one name.

use super::NOBODY;
use crate::process::Process;

/// What one speaker says to one name: who waits on either side.
pub(crate) struct Edge {
    /// Who speaks; [`NOBODY`]: not in use.
    pub(crate) speaker: u32,
    /// Which guard of a choice took from it last, so that guards that take the same outputs take turns.
    pub(crate) last_guard: u16,
    /// What keeps it from the quick path: [`Edge::CROWDED`], [`Edge::ORDERED`], [`Edge::SILENT`].
    pub(super) flags: u8,
    /// When its first output arrived, by the inbox's clock, if it is ordered.
    pub(crate) stamp: u64,
    /// The output that has waited longest.
    pub(super) offer: Option<Process>,
    /// The input that has waited longest.
    pub(super) taker: Option<Process>,
}

impl Edge {
    /// There are, or were, further processes in the inbox's queues.
    pub(super) const CROWDED: u8 = 1;
    /// Its outputs are put into the order of arrival among those of other speakers; or the receiver has ended.
    pub(super) const ORDERED: u8 = 2;
    /// The speaker has ended.
    pub(super) const SILENT: u8 = 4;

    pub(super) fn new(speaker: u32, flags: u8) -> Edge {
        Edge {
            speaker,
            last_guard: 0,
            flags,
            stamp: 0,
            offer: None,
            taker: None,
        }
    }

    /// An edge that is not in use.
    pub(super) fn unused() -> Edge {
        Edge::new(NOBODY, 0)
    }

    /// As new.
    #[inline(always)]
    pub(super) fn reopen(&mut self) {
        self.speaker = NOBODY;
        self.last_guard = 0;
        self.flags = 0;
        self.stamp = 0;
        if self.offer.is_some() {
            self.offer = None;
        }
        if self.taker.is_some() {
            self.taker = None;
        }
    }

    #[inline(always)]
    fn has(&self, flags: u8) -> bool {
        self.flags & flags != 0
    }

    /// Whether further processes wait behind the first ones.
    #[inline(always)]
    pub(crate) fn is_crowded(&self) -> bool {
        self.has(Self::CROWDED)
    }

    /// The speaker has ended: no input waits here any more.
    pub(crate) fn silence(&mut self) {
        self.flags |= Self::SILENT;
    }

    /// Whether an output waits.
    #[inline(always)]
    pub(crate) fn has_offer(&self) -> bool {
        self.offer.is_some()
    }

    /// The output that has waited longest.
    #[inline(always)]
    pub(crate) fn offer(&mut self) -> Option<&mut Process> {
        self.offer.as_mut()
    }

    /// Where the only process waits that inputs, if one does. Nothing but the edge has to know when it goes.
    #[inline(always)]
    pub(crate) fn quick_taker(&mut self) -> Option<&mut Option<Process>> {
        (!self.has(Self::CROWDED)).then_some(&mut self.taker)
    }

    /// Where an output may wait, if none does. Nothing but the edge has to know of it.
    #[inline(always)]
    pub(crate) fn free_offer(&mut self) -> Option<&mut Option<Process>> {
        (!self.has(Self::CROWDED | Self::ORDERED) && self.offer.is_none()).then_some(&mut self.offer)
    }

    /// Where the only process waits that outputs, if one does. Nothing but the edge has to know when it goes.
    #[inline(always)]
    pub(crate) fn quick_offer(&mut self) -> Option<&mut Option<Process>> {
        (!self.has(Self::CROWDED | Self::ORDERED)).then_some(&mut self.offer)
    }

    /// Where an input may wait, if none does and the speaker lives.
    #[inline(always)]
    pub(crate) fn free_taker(&mut self) -> Option<&mut Option<Process>> {
        (!self.has(Self::CROWDED | Self::SILENT) && self.taker.is_none()).then_some(&mut self.taker)
    }
}
