//! A worker's own queue of processes that may run: nobody else touches it, so it costs no atomic operation.

use super::Rng;
use crate::process::Process;
use std::collections::VecDeque;

/// Processes that may run, in order; one of them, which has just been woken by a rendezvous, comes first.
#[derive(Default)]
pub(crate) struct Queue {
    next: Option<Process>,
    others: VecDeque<Process>,
    /// What was to come next, for a moment.
    displaced: Option<Process>,
}

impl Queue {
    /// A process may run, after those that wait already.
    #[inline]
    pub(crate) fn push(&mut self, process: Process) {
        self.others.push_back(process);
    }

    /// A process has been woken by the one that runs: it comes next.
    #[inline]
    pub(crate) fn push_next(&mut self, process: Option<Process>) {
        if let Some(other) = std::mem::replace(&mut self.next, process) {
            self.others.push_back(other);
        }
    }

    /// As [`push_next`](Self::push_next), but leaves the rest to [`settle`](Self::settle), which must follow if it returns so.
    #[inline(always)]
    pub(crate) fn put_next(&mut self, process: Option<Process>) -> bool {
        let displaced = self.next.is_some();
        let other = std::mem::replace(&mut self.next, process);
        // in both cases there is nothing to drop
        std::mem::forget(if displaced {
            std::mem::replace(&mut self.displaced, other)
        } else {
            other
        });
        displaced
    }

    /// The process that was to come next before the last one waits like the others.
    #[inline(always)]
    pub(crate) fn settle(&mut self) {
        if let Some(other) = self.displaced.take() {
            self.others.push_back(other);
        }
    }

    /// The process that comes next.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<Process> {
        if self.next.is_some() {
            return self.next.take();
        }
        self.others.pop_front()
    }

    /// The turn is over: what was woken last waits like the others.
    #[inline]
    pub(crate) fn end_turn(&mut self) {
        self.others.extend(self.next.take());
    }

    /// Any of the processes, as the generator says.
    pub(crate) fn pop_random(&mut self, rng: &mut Rng) -> Option<Process> {
        if let Some(next) = self.next.take() {
            self.others.push_back(next);
        }
        if self.others.is_empty() {
            return None;
        }
        let last = self.others.len() - 1;
        self.others.swap(rng.below(last + 1), last);
        self.others.pop_back()
    }

    /// How many wait behind the next one.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.others.len()
    }

    /// The half that has waited longest (at least one), to be given away.
    pub(crate) fn take_half(&mut self) -> impl Iterator<Item = Process> {
        let half = self.others.len().div_ceil(2);
        self.others.drain(..half)
    }

    /// Processes that were given away.
    pub(crate) fn extend(&mut self, processes: impl IntoIterator<Item = Process>) {
        self.others.extend(processes);
    }
}
