//! The frame: header and registers of a process in one allocation.
//!
//! ```text
//! Header (48 bytes) | references: 16 bytes each | scalars: 8 bytes each
//! ```
//!
//! This is an island of `unsafe`: the layout, and nothing else. A [`Process`] owns its allocation as a `Box` would.

#![allow(unsafe_code)]

use super::Wait;
use crate::chan::{ChoiceState, Group, Name};
use hydra_stdlib::value::Value;
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ptr::NonNull;
use std::sync::Arc;

/// What every process has.
#[repr(C, align(16))]
pub(crate) struct Header {
    /// The parallel command it belongs to.
    pub(crate) group: Arc<Group>,
    /// Which process of it.
    pub(crate) member: u32,
    /// The routine it executes (index into the module's table).
    pub(crate) routine: u32,
    /// The next instruction.
    pub(crate) pc: u32,
    scalars: u16,
    references: u16,
    /// Why it does not run.
    pub(crate) wait: Wait,
    /// What few processes need.
    pub(crate) extra: Option<Box<Extra>>,
}

/// What only processes have that instantiate definitions, hold names, or choose.
#[derive(Default)]
pub(crate) struct Extra {
    /// Names that the process itself has captured.
    pub(crate) names: Vec<Name>,
    /// Instances that have not ended, the innermost last.
    pub(crate) calls: Vec<CallFrame>,
    /// Scalars of all instances.
    pub(crate) scalars: Vec<u64>,
    /// References of all instances.
    pub(crate) references: Vec<Value>,
    /// The alternative or repetition it is in.
    pub(crate) choice: Option<Box<ChoiceState>>,
}

/// An instance: where its window begins, and what is restored when it ends.
pub(crate) struct CallFrame {
    /// The caller's routine and the instruction to go on with.
    pub(crate) caller: u32,
    pub(crate) caller_pc: u32,
    /// First register of the window in [`Extra::scalars`].
    pub(crate) scalars: usize,
    /// First register of the window in [`Extra::references`].
    pub(crate) references: usize,
    /// The names of the instance.
    pub(crate) names: Vec<Name>,
}

/// A process; owns its frame.
pub(crate) struct Process(NonNull<Header>);

// SAFETY: a `Process` is the only owner of its frame, whose parts are all `Send`.
unsafe impl Send for Process {}

const HEADER: usize = size_of::<Header>();
const _: () = assert!(HEADER.is_multiple_of(16) && align_of::<Header>() <= 16 && size_of::<Value>() == 16);

fn layout(scalars: u16, references: u16) -> Layout {
    let size = HEADER + 16 * usize::from(references) + 8 * usize::from(scalars);
    // the size is at most 48 + 24 * 65535, so this cannot fail
    Layout::from_size_align(size, 16).unwrap_or(Layout::new::<Header>())
}

impl Process {
    /// A process that begins its routine, with all registers 0 and `()`.
    pub(crate) fn new(group: Arc<Group>, member: u32, routine: u32, scalars: u16, references: u16) -> Process {
        let layout = layout(scalars, references);
        // SAFETY: the layout is not of size 0. All parts are written before the frame is used: the header, then
        // `references` values behind it, then `scalars` words, which is just the size the layout was made for.
        unsafe {
            let Some(frame) = NonNull::new(alloc(layout).cast::<Header>()) else {
                handle_alloc_error(layout)
            };
            let wait = Wait::Nothing;
            frame.write(Header {
                group,
                member,
                routine,
                pc: 0,
                scalars,
                references,
                wait,
                extra: None,
            });
            let values = frame.add(1).cast::<Value>();
            for i in 0..usize::from(references) {
                values.add(i).write(Value::Unit);
            }
            values
                .add(usize::from(references))
                .cast::<u64>()
                .write_bytes(0, usize::from(scalars));
            Process(frame)
        }
    }

    #[inline(always)]
    fn values(&self) -> NonNull<Value> {
        // SAFETY: the references begin right behind the header, inside the allocation.
        unsafe { self.0.add(1).cast() }
    }

    #[inline(always)]
    fn words(&self) -> NonNull<u64> {
        // SAFETY: the scalars begin behind the references, inside (or at the end of) the allocation.
        unsafe { self.values().add(usize::from(self.references)).cast() }
    }

    /// The scalar and reference registers of the innermost instance (or of the process itself).
    #[inline(always)]
    pub(crate) fn window(&mut self) -> (&mut [u64], &mut [Value]) {
        if self.extra.as_ref().is_some_and(|extra| !extra.calls.is_empty()) {
            return self.instance_window();
        }
        let (words, values) = (self.words(), self.values());
        // SAFETY: scalars and references are disjoint parts of the frame, initialized by `new`, and `&mut self` makes
        // these the only references to it.
        unsafe {
            (
                std::slice::from_raw_parts_mut(words.as_ptr(), usize::from(self.scalars)),
                std::slice::from_raw_parts_mut(values.as_ptr(), usize::from(self.references)),
            )
        }
    }

    #[inline(never)]
    fn instance_window(&mut self) -> (&mut [u64], &mut [Value]) {
        match self.extra.as_deref_mut() {
            Some(Extra {
                calls,
                scalars,
                references,
                ..
            }) if !calls.is_empty() => {
                let at = &calls[calls.len() - 1];
                (&mut scalars[at.scalars..], &mut references[at.references..])
            }
            _ => (&mut [], &mut []),
        }
    }

    /// The scalar registers in use.
    #[inline(always)]
    pub(crate) fn s(&mut self) -> &mut [u64] {
        self.window().0
    }

    /// The reference registers in use.
    #[inline(always)]
    pub(crate) fn r(&mut self) -> &mut [Value] {
        self.window().1
    }

    /// The extra part, made when first needed.
    pub(crate) fn extra_mut(&mut self) -> &mut Extra {
        self.extra.get_or_insert_default()
    }

    /// The names in use.
    pub(crate) fn names(&mut self) -> &mut Vec<Name> {
        let extra = self.extra.get_or_insert_default();
        match extra.calls.last_mut() {
            Some(call) => &mut call.names,
            None => &mut extra.names,
        }
    }
}

impl std::ops::Deref for Process {
    type Target = Header;
    #[inline(always)]
    fn deref(&self) -> &Header {
        // SAFETY: the frame is initialized and owned by `self`.
        unsafe { self.0.as_ref() }
    }
}

impl std::ops::DerefMut for Process {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut Header {
        // SAFETY: as above, and `&mut self` is exclusive.
        unsafe { self.0.as_mut() }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let layout = layout(self.scalars, self.references);
        let values = self.values();
        // SAFETY: the references were initialized by `new` and are dropped once, here; then the header; then the memory
        // is given back with the layout it was taken with.
        unsafe {
            for i in 0..usize::from(self.references) {
                values.add(i).drop_in_place();
            }
            self.0.drop_in_place();
            dealloc(self.0.as_ptr().cast(), layout);
        }
    }
}
