//! A running parallel command, and names as running processes know them.
//!
//! This is an island of `unsafe`: [`GroupRef`], and the door to locks without an atomic exchange.

#![allow(unsafe_code)]

use super::inbox::Visits;
use super::{Inbox, Layout, Member};
use crate::host::OwnStream;
use crate::process::Process;
use crate::sync::{AtomicBool, AtomicUsize, Bug, Guard, Lock, Ordering, is_planted};
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::Arc;

/// A running parallel command: its processes' names and who waits for its end.
pub(crate) struct Group {
    /// One for each process, in the order of the text, the last subscript of a label fastest.
    pub(crate) members: Box<[Member]>,
    /// Which process entry of the parallel command made which of them.
    pub(crate) layout: Arc<Layout>,
    /// The parallel command (index into the module's table), or `u16::MAX` for the group of the main process.
    pub(crate) parallel: u16,
    /// Its number, by which a trace knows it; 0 in a run that is neither recorded nor repeated.
    pub(crate) number: u64,
    /// The process that started it, by its group and member.
    pub(crate) parent: Option<(GroupRef, u32)>,
    /// Processes that have not ended.
    pub(crate) remaining: AtomicUsize,
    /// The process that started it, while it waits for the end.
    pub(crate) join: Lock<Option<Process>>,
    /// Whether more than one thread may have processes of it, or of groups within it.
    shared: AtomicBool,
    /// Whether processes of it may wait in names of groups around it.
    outwards: AtomicBool,
    /// The thread that has it while it is private.
    #[cfg(any(debug_assertions, hydra_model))]
    owner: AtomicUsize,
}

/// A group as its own processes, and those within it, know it: without a count. The group belongs to the process that has
/// started it (see [`Inbox::set_child`]), or to the engine, until the last of its processes has ended; and nobody else knows
/// it: names of processes, which lead to groups, are handed to nested processes only.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct GroupRef(NonNull<Group>);

// SAFETY: it is no more than a `&Group`, and a `Group` is `Sync`.
unsafe impl Send for GroupRef {}
// SAFETY: as above.
unsafe impl Sync for GroupRef {}
const _: fn() = || {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Group>();
};

impl GroupRef {
    /// The group, for what does not outlive it: its processes, those within it, and who looks at them while they wait.
    pub(crate) fn of(group: &Arc<Group>) -> GroupRef {
        // SAFETY: the pointer of an `Arc` is not null.
        GroupRef(unsafe { NonNull::new_unchecked(Arc::as_ptr(group).cast_mut()) })
    }

    /// A count, for who looks at the group when it may have ended.
    pub(crate) fn keep(self) -> Arc<Group> {
        // SAFETY: the pointer comes from an `Arc`, of which there is one as long as the group can be known.
        unsafe {
            Arc::increment_strong_count(self.0.as_ptr());
            Arc::from_raw(self.0.as_ptr())
        }
    }
}

impl Deref for GroupRef {
    type Target = Group;
    #[inline(always)]
    fn deref(&self) -> &Group {
        // SAFETY: who has it is a process of the group or within it, or holds one up; see above.
        unsafe { self.0.as_ref() }
    }
}

impl Group {
    /// A parallel command that begins, started by `parent`.
    pub(crate) fn new(parallel: u16, layout: Arc<Layout>, parent: Option<(GroupRef, u32)>) -> Arc<Group> {
        let members = layout.members as usize;
        Arc::new(Group {
            members: (0..members).map(|_| Member::new()).collect(),
            layout,
            parallel,
            number: 0,
            parent,
            remaining: AtomicUsize::new(members),
            join: Lock::new(None),
            shared: AtomicBool::new(false),
            outwards: AtomicBool::new(false),
            #[cfg(any(debug_assertions, hydra_model))]
            owner: AtomicUsize::new(0),
        })
    }

    /// A parallel command that has ended begins again, started by `parent`.
    pub(super) fn reopen(&mut self, parent: (GroupRef, u32)) {
        for member in &mut self.members {
            member.reopen();
        }
        self.parent = Some(parent);
        self.remaining = AtomicUsize::new(self.members.len());
        self.shared = AtomicBool::new(false);
        self.outwards = AtomicBool::new(false);
        #[cfg(any(debug_assertions, hydra_model))]
        {
            self.owner = AtomicUsize::new(0);
        }
    }

    /// Where the process waits that has started it, locked.
    #[inline(always)]
    pub(crate) fn join(&self) -> Guard<'_, Option<Process>> {
        // SAFETY: as for `inbox`: it is locked by the process that starts the group, and by processes of it that end.
        unsafe { self.join.lock_alone(self.is_private()) }
    }

    /// Whether only one worker has processes of it and of all groups within it.
    #[inline(always)]
    pub(crate) fn is_private(&self) -> bool {
        let private = !self.shared.load(Ordering::Relaxed);
        #[cfg(any(debug_assertions, hydra_model))]
        if private {
            self.check_owner();
        }
        private
    }

    /// Only one worker asks whether a group is private while it is.
    #[cfg(any(debug_assertions, hydra_model))]
    fn check_owner(&self) {
        let here = crate::sync::here();
        let owner = match self
            .owner
            .compare_exchange(0, here, Ordering::Relaxed, Ordering::Relaxed)
        {
            Ok(_) => here,
            Err(owner) => owner,
        };
        assert!(owner == here, "a private group is known to two workers");
    }

    /// Says whether it is private.
    pub(super) fn set_private(&self, private: bool) {
        #[cfg(any(debug_assertions, hydra_model))]
        if private {
            self.owner.store(0, Ordering::Relaxed);
        }
        self.shared.store(!private, Ordering::Relaxed);
    }

    /// Processes of it may wait in names of groups around it.
    pub(super) fn speaks_outwards(&self) {
        if !self.has_spoken_outwards() {
            self.outwards.store(true, Ordering::Relaxed);
        }
    }

    /// Whether processes of it may wait in names of groups around it.
    pub(super) fn has_spoken_outwards(&self) -> bool {
        self.outwards.load(Ordering::Relaxed)
    }

    /// The inbox of a member, locked. That of a private group needs no atomic exchange.
    #[inline(always)]
    pub(crate) fn inbox(&self, member: u32) -> Guard<'_, Inbox> {
        // SAFETY: inboxes are locked by workers only, and by the thread that started the run when all of them have
        // returned. A worker locks inboxes of the groups that a process it runs belongs to, however far out. All
        // processes of a private group, and of groups within it, are with one worker: there their parent started them,
        // and whoever hands a process, or the cell in which it waits, to where others may take it from (the pool, a
        // timer, a stream) calls `Sharing::share` first, which covers the groups around it. The hand-over synchronizes, so
        // the other sees that the group is not private. It becomes so again (`Sharing::renew`) when one worker has all
        // processes, and none of them is where others may take it from, and that worker has no lock.
        unsafe { self.members[member as usize].inbox.lock_alone(self.is_private()) }
    }

    /// The inbox of a member of a private group, without a lock.
    ///
    /// # Safety
    ///
    /// The caller has no guard of this inbox while it uses the reference.
    #[inline(always)]
    #[allow(clippy::mut_from_ref, reason = "that nobody else has it is the caller's promise")]
    pub(crate) unsafe fn private_inbox(&self, member: u32) -> Option<&mut Inbox> {
        let member = self.members.get(member as usize)?;
        // SAFETY: no other thread locks inboxes of a private group, see `inbox`; this one does not, as the caller promises.
        self.is_private().then(|| unsafe { member.inbox.alone() })
    }

    /// A process has ended: marks its member so, and returns the outputs that wait for it, and whom to visit because they
    /// may wait for it.
    pub(crate) fn end(&self, member: u32) -> (Vec<Process>, Visits) {
        let mut inbox = self.inbox(member);
        if !is_planted(Bug::LostReceiver) {
            inbox.mark();
        }
        inbox.end()
    }

    /// As [`end`](Self::end), if nobody waits for it and nobody is to be visited. Whether it was so.
    #[inline]
    pub(crate) fn end_unheard(&self, member: u32) -> bool {
        let mut inbox = self.inbox(member);
        if !inbox.end_unheard() {
            return false;
        }
        if !is_planted(Bug::LostReceiver) {
            inbox.mark();
        }
        true
    }

    /// Notes that `receiver` wants to know when `speaker` ends. Does nothing if it has ended.
    pub(crate) fn heard_by(&self, speaker: u32, receiver: u32) {
        self.inbox(speaker).heard_by(receiver);
    }

    /// Frees a group and all groups in it after a run that was cut short. Waiting processes and groups hold each other,
    /// and may be nested deeply, so they are taken apart one by one, the innermost first.
    pub(crate) fn dismantle(root: Arc<Group>) {
        let mut groups = vec![root];
        let mut processes = Vec::new();
        let mut at = 0;
        while at < groups.len() {
            let group = groups[at].clone();
            at += 1;
            processes.extend(group.join.lock().take());
            for member in &group.members {
                let (waiting, child) = member.inbox.lock().dismantle();
                processes.extend(waiting);
                groups.extend(child);
            }
        }
        drop(processes);
        while let Some(group) = groups.pop() {
            drop(group);
        }
    }

    /// A process has ended; whether it was the last.
    pub(crate) fn one_ended(&self) -> bool {
        if self.is_private() || is_planted(Bug::LostCount) {
            // only processes of this worker count here
            let before = self.remaining.load(Ordering::Relaxed);
            self.remaining.store(before - 1, Ordering::Relaxed);
            return before == 1;
        }
        self.remaining.fetch_sub(1, Ordering::AcqRel) == 1
    }
}

/// What a formal of kind `process` is bound to.
#[derive(Clone)]
pub(crate) enum Name {
    /// Nothing yet.
    None,
    /// One process, and in whose name it is spoken to.
    One(Partner),
    /// A whole family.
    Family(Arc<NameFamily>),
    /// A process of the outside, which ends with the last such name.
    Outside(Arc<OwnStream>),
}

/// A partner with the speaker.
#[derive(Clone)]
pub(crate) enum Partner {
    /// A process of a parallel command.
    Member {
        group: GroupRef,
        speaker: u32,
        partner: u32,
    },
    /// A stream of the host, as the engine numbers them.
    Stream(u32),
}

/// A family that was handed over.
pub(crate) struct NameFamily {
    /// Where it comes from.
    pub(crate) source: FamilySource,
    /// The bounds it was handed over with; outside them no process is named. Empty: all.
    pub(crate) bounds: Vec<(i64, i64)>,
    /// Its name where it was declared, for messages.
    pub(crate) name: String,
}

/// Where a family comes from.
#[derive(Clone)]
pub(crate) enum FamilySource {
    /// A family of a parallel command.
    Group { group: GroupRef, speaker: u32, family: u16 },
    /// A family of externs.
    Host(u16),
}
