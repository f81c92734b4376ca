//! What is noted while a run is recorded, by whoever has the process in its hands.

use crate::chan::GroupRef;
use crate::process::Process;
use crate::trace::{Entry, Ident, Log, Recorder};
use std::sync::Arc;

/// Whether, and where, it is recorded.
type Where<'r> = Option<&'r Arc<Recorder>>;

/// The only guard that a choice had armed took what a member of its range said.
#[inline(always)]
pub(super) fn note_served(recorder: Where<'_>, process: &mut Process, number: u32) {
    if !Log::serve(process, number) {
        note_first_served(recorder, process, number);
    }
}

#[inline(never)]
fn note_first_served(recorder: Where<'_>, process: &mut Process, number: u32) {
    note(recorder, process, Entry::Took(0, Some(number)));
}

/// A process met another one, which may not be the only one to speak in its name.
#[inline(never)]
pub(super) fn note_partner(recorder: Where<'_>, process: &mut Process, partner: &Process) {
    note(recorder, process, Entry::Partner(Ident::of(partner)));
}

/// Something was decided for a process.
pub(super) fn note(recorder: Where<'_>, process: &mut Process, entry: Entry) {
    if let Some(log) = recorder.and_then(|recorder| Log::of(recorder, process)) {
        log.add(entry);
    }
}

/// A choice took an armed guard, and of a range what this one of its members said; `sender` output it to a name of `group`.
pub(super) fn note_took(
    recorder: Where<'_>,
    group: &GroupRef,
    chooser: &mut Process,
    (armed, number): (u32, Option<u32>),
    sender: Option<&mut Process>,
) {
    note(recorder, chooser, Entry::Took(armed, number));
    if let Some(sender) = sender {
        note_meeting(recorder, group, chooser, sender);
    }
}

/// As [`note_took`], for a choice that has waited, and a speaker by its number.
pub(super) fn note_taken(
    recorder: Where<'_>,
    group: &GroupRef,
    chooser: &mut Process,
    (armed, speaker): (u32, u32),
    sender: Option<&mut Process>,
) {
    let number = chooser.choice().and_then(|state| state.offset(armed, speaker));
    note_took(recorder, group, chooser, (armed, number), sender);
}

/// Two have met at a name of `group`. Who is of that group is the only one that speaks in its name now.
pub(super) fn note_meeting(recorder: Where<'_>, group: &GroupRef, receiver: &mut Process, sender: &mut Process) {
    if sender.group != *group {
        note_partner(recorder, receiver, sender);
    }
    if receiver.group != *group {
        note_partner(recorder, sender, receiver);
    }
}
