//! What a worker keeps of parallel commands that have ended.

use super::{Group, GroupRef, Layout};
use std::sync::Arc;

/// Parallel commands that have ended, kept by a worker for the next time they begin.
#[derive(Default)]
pub(crate) struct Spares {
    /// By the parallel command.
    groups: Vec<Vec<Arc<Group>>>,
    /// Members of all of them.
    members: usize,
    /// The last layout of each parallel command.
    layouts: Vec<Option<Arc<Layout>>>,
}

/// How many members a worker keeps in parallel commands that have ended.
const SPARE_MEMBERS: usize = 4096;

impl Spares {
    /// One that has the same `bounds` of its labels, in the order of the text, ready to begin.
    #[inline]
    pub(crate) fn take(
        &mut self,
        parallel: u16,
        parent: (GroupRef, u32),
        bounds: impl Iterator<Item = (i64, i64)>,
    ) -> Option<Arc<Group>> {
        let mut group = self.groups.get_mut(usize::from(parallel))?.pop()?;
        self.members -= group.members.len();
        if !group.layout.has_bounds(bounds) {
            return None;
        }
        Arc::get_mut(&mut group)?.reopen(parent);
        Some(group)
    }

    /// Keeps one that has ended.
    #[inline]
    pub(crate) fn give(&mut self, group: Arc<Group>) {
        let parallel = usize::from(group.parallel);
        if self.members + group.members.len() > SPARE_MEMBERS {
            return;
        }
        if self.groups.len() <= parallel {
            self.groups.resize_with(parallel + 1, Vec::new);
        }
        self.members += group.members.len();
        self.groups[parallel].push(group);
    }

    /// How the members of a parallel command were laid out, if it had the same bounds the last time.
    pub(crate) fn layout(&self, parallel: u16, bounds: impl Iterator<Item = (i64, i64)>) -> Option<Arc<Layout>> {
        let last = self.layouts.get(usize::from(parallel))?.as_ref();
        last.filter(|layout| layout.has_bounds(bounds)).cloned()
    }

    /// Keeps a layout for the next time.
    pub(crate) fn keep_layout(&mut self, parallel: u16, layout: &Arc<Layout>) {
        let parallel = usize::from(parallel);
        if self.layouts.len() <= parallel {
            self.layouts.resize_with(parallel + 1, || None);
        }
        self.layouts[parallel] = Some(layout.clone());
    }
}
