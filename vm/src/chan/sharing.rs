//! Which groups of a run are shared, so that they can become private again.
//!
//! A group is private as long as one worker has all its processes, and those of the groups within it; see
//! [the page on communication](README.md#private-groups).

use super::GroupRef;
use crate::sync::{AtomicBool, Bug, Mutex, Ordering, is_planted};
use rustc_hash::FxHashSet;

/// The groups of a run that are shared and have not ended.
#[derive(Default)]
pub(crate) struct Sharing {
    groups: Mutex<FxHashSet<GroupRef>>,
    /// Whether there may be such as can become private.
    used: AtomicBool,
}

impl Sharing {
    /// A process of the group, or a cell of one, is about to be put where another thread may take it from. So may then be
    /// what it names: members of this group and of those around it.
    pub(crate) fn share(&self, group: GroupRef) {
        if !group.is_private() || is_planted(Bug::SecretShare) {
            return;
        }
        let mut groups = self.groups.lock();
        let mut at = Some(group);
        while let Some(group) = at
            && group.is_private()
        {
            group.set_private(false);
            groups.insert(group);
            at = group.parent.map(|(parent, _)| parent);
        }
        self.used.store(true, Ordering::Relaxed);
    }

    /// A process of the group waits in a name of a group around it, where a worker may find it that has no other process of its
    /// group. So it stays shared.
    pub(crate) fn share_outwards(&self, group: GroupRef) {
        group.speaks_outwards();
        self.share(group);
    }

    /// Whether there may be groups that can become private.
    #[inline]
    pub(crate) fn is_used(&self) -> bool {
        self.used.load(Ordering::Relaxed)
    }

    /// All processes of a group have ended.
    #[inline]
    pub(crate) fn ended(&self, group: GroupRef) {
        if !group.is_private() {
            self.groups.lock().remove(&group);
        }
    }

    /// The caller has all processes, and none of their locks, and whoever gets one of them later gets it by way of a lock that
    /// the caller holds now: groups are private again, but for those with processes that may wait in groups around
    /// them, and these.
    pub(crate) fn renew(&self) {
        let mut groups = self.groups.lock();
        let mut stay = FxHashSet::default();
        for group in groups
            .iter()
            .filter(|group| group.has_spoken_outwards() && !is_planted(Bug::LonePart))
        {
            let mut at = Some(*group);
            while let Some(group) = at
                && stay.insert(group)
            {
                at = group.parent.map(|(parent, _)| parent);
            }
        }
        groups.retain(|group| {
            let stays = stay.contains(group);
            if !stays {
                group.set_private(true);
            }
            stays
        });
        self.used.store(false, Ordering::Relaxed);
    }
}
