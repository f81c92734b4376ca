//! Every schedule that takes the processor from a thread that could go on at most so many times. Where a thread waits or
//! gives way, every other one is tried, and that is not counted.

use shuttle::scheduler::{Schedule, Scheduler, Task, TaskId};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What a search has done so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress {
    /// Schedules that were run, or begun.
    pub(crate) schedules: Arc<AtomicU64>,
    /// All of them were.
    pub(crate) complete: Arc<AtomicBool>,
}

/// A depth-first search.
#[derive(Debug)]
pub(crate) struct Bounded {
    most: usize,
    runs: u64,
    progress: Progress,
    /// Where there was a choice: what could be done, and which of it is.
    levels: Vec<(Vec<usize>, usize)>,
    step: usize,
    preempted: usize,
}

impl Bounded {
    /// At most `most` preemptions in a schedule; after `runs` schedules it gives up.
    pub(crate) fn new(most: usize, runs: u64, progress: Progress) -> Bounded {
        Bounded {
            most,
            runs,
            progress,
            levels: Vec::new(),
            step: 0,
            preempted: 0,
        }
    }

    fn options(&self, ready: &[usize], current: Option<usize>, yields: bool) -> Vec<usize> {
        let Some(current) = current.filter(|current| ready.contains(current)) else {
            return ready.to_vec();
        };
        let others = ready.iter().copied().filter(|&other| other != current);
        if yields {
            let others: Vec<usize> = others.collect();
            return if others.is_empty() { vec![current] } else { others };
        }
        if self.preempted >= self.most {
            return vec![current];
        }
        std::iter::once(current).chain(others).collect()
    }
}

impl Scheduler for Bounded {
    fn new_execution(&mut self) -> Option<Schedule> {
        let begun = self.progress.schedules.load(Ordering::Relaxed);
        if begun > 0 {
            while let Some((options, at)) = self.levels.last_mut() {
                *at += 1;
                if *at < options.len() {
                    break;
                }
                self.levels.pop();
            }
            if self.levels.is_empty() {
                self.progress.complete.store(true, Ordering::Relaxed);
                return None;
            }
        }
        if begun >= self.runs {
            return None;
        }
        self.progress.schedules.store(begun + 1, Ordering::Relaxed);
        (self.step, self.preempted) = (0, 0);
        Some(Schedule::new(0))
    }

    fn next_task(&mut self, ready: &[&Task], current: Option<TaskId>, yields: bool) -> Option<TaskId> {
        let ids: Vec<usize> = ready.iter().map(|task| usize::from(task.id())).collect();
        let current = current.map(usize::from);
        let options = self.options(&ids, current, yields);
        let chosen = if options.len() == 1 {
            options[0]
        } else {
            if self.step == self.levels.len() {
                self.levels.push((options, 0));
            }
            let (options, at) = &self.levels[self.step];
            self.step += 1;
            options[*at]
        };
        let goes_on = current.is_some_and(|current| ids.contains(&current)) && !yields;
        if goes_on && current != Some(chosen) {
            self.preempted += 1;
        }
        let task = ready.iter().find(|task| usize::from(task.id()) == chosen);
        Some(task.expect("the same schedule comes the same way").id())
    }

    fn next_u64(&mut self) -> u64 {
        0
    }
}
