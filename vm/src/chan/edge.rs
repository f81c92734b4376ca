//! What one speaker says to one name.

use super::NOBODY;
use crate::process::Process;

/// What one speaker says to one name: who waits on either side.
pub(crate) struct Edge {
    /// The process that has waited longest: the first output, or if there is none the first input. What it waits for says
    /// which it is.
    waiting: Option<Process>,
    /// Who speaks; [`NOBODY`]: not in use.
    pub(crate) speaker: u32,
    /// Which guard of a choice took from it last, so that guards that take the same outputs take turns.
    pub(crate) last_guard: u16,
    /// What keeps it from the quick path: [`Edge::CROWDED`], [`Edge::ORDERED`], [`Edge::SILENT`].
    pub(super) flags: u8,
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
            waiting: None,
            speaker,
            last_guard: 0,
            flags,
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
        if self.waiting.is_some() {
            self.waiting = None;
        }
    }

    #[inline(always)]
    fn has(&self, flags: u8) -> bool {
        self.flags & flags != 0
    }

    /// Whether further processes wait behind the first one.
    #[inline(always)]
    pub(crate) fn is_crowded(&self) -> bool {
        self.has(Self::CROWDED)
    }

    /// The speaker has ended: no input waits here any more.
    pub(crate) fn silence(&mut self) {
        self.flags |= Self::SILENT;
    }

    /// The process that has waited longest.
    pub(super) fn waiting(&mut self) -> Option<&mut Process> {
        self.waiting.as_mut()
    }

    /// The same, taken out.
    #[inline(always)]
    pub(super) fn take(&mut self) -> Option<Process> {
        self.waiting.take()
    }

    /// This process has waited longest now; who did before.
    #[inline(always)]
    pub(super) fn replace(&mut self, process: Option<Process>) -> Option<Process> {
        std::mem::replace(&mut self.waiting, process)
    }

    /// Nobody waits, or only behind others.
    #[inline(always)]
    pub(crate) fn is_free(&self) -> bool {
        self.waiting.is_none()
    }

    /// Whether an output waits.
    #[inline(always)]
    pub(crate) fn has_offer(&self) -> bool {
        self.waiting.as_ref().is_some_and(|process| process.wait.is_output())
    }

    /// The output that has waited longest.
    #[inline(always)]
    pub(crate) fn offer(&mut self) -> Option<&mut Process> {
        self.waiting.as_mut().filter(|process| process.wait.is_output())
    }

    /// The output that has waited longest, taken out.
    #[inline(always)]
    pub(super) fn take_offer(&mut self) -> Option<Process> {
        self.waiting.take_if(|process| process.wait.is_output())
    }

    /// The input that has waited longest, if no output waits.
    #[inline(always)]
    pub(super) fn taker(&mut self) -> Option<&mut Process> {
        self.waiting.as_mut().filter(|process| !process.wait.is_output())
    }

    /// The same, taken out.
    #[inline(always)]
    pub(super) fn take_taker(&mut self) -> Option<Process> {
        self.waiting.take_if(|process| !process.wait.is_output())
    }

    /// Where the only process waits, if one does, for an output that looks for an input. Nothing but the edge has to know
    /// when an input goes.
    #[inline(always)]
    pub(crate) fn quick_taker(&mut self) -> Option<&mut Option<Process>> {
        (!self.has(Self::CROWDED)).then_some(&mut self.waiting)
    }

    /// Where an output may wait, if nobody does. Nothing but the edge has to know of it.
    #[inline(always)]
    pub(crate) fn free_offer(&mut self) -> Option<&mut Option<Process>> {
        (!self.has(Self::CROWDED | Self::ORDERED) && self.waiting.is_none()).then_some(&mut self.waiting)
    }

    /// Where the only process waits, if one does, for an input that looks for an output. Nothing but the edge has to know
    /// when it goes.
    #[inline(always)]
    pub(crate) fn quick_offer(&mut self) -> Option<&mut Option<Process>> {
        (!self.has(Self::CROWDED | Self::ORDERED)).then_some(&mut self.waiting)
    }

    /// Where an input may wait, if nobody does and the speaker lives.
    #[inline(always)]
    pub(crate) fn free_taker(&mut self) -> Option<&mut Option<Process>> {
        (!self.has(Self::CROWDED | Self::SILENT) && self.waiting.is_none()).then_some(&mut self.waiting)
    }
}
