//! The frame: header and registers of a process in one allocation.
//!
//! ```text
//! Header (48 bytes) | references: 16 bytes each | scalars: 8 bytes each
//! ```
//!
//! This is an island of `unsafe`: the layout, and nothing else. A [`Process`] owns its allocation as a `Box` would.

#![allow(unsafe_code)]

use super::Wait;
use crate::chan::{ChoiceState, GroupRef, Name};
use crate::trace::Track;
use hydra_stdlib::value::Value;
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ptr::NonNull;

/// What every process has.
#[repr(C, align(8))]
pub(crate) struct Header {
    /// The parallel command it belongs to.
    pub(crate) group: GroupRef,
    /// What few processes need.
    pub(crate) extra: Option<Box<Extra>>,
    /// The scalar registers in use: behind the references, or those of the innermost instance in [`Extra`].
    window: NonNull<u64>,
    /// Why it does not run.
    pub(crate) wait: Wait,
    /// Which process of the group.
    pub(crate) member: u32,
    /// The next instruction.
    pub(crate) pc: u32,
    /// The routine it executes (index into the module's table).
    pub(crate) routine: u16,
    /// Registers of the frame.
    scalars: u16,
    references: u16,
    /// Registers behind `window`.
    length: u16,
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
    /// Its decisions, in a run that is recorded or repeated.
    pub(crate) track: Option<Box<Track>>,
}

/// An instance: where its window begins, and what is restored when it ends.
pub(crate) struct CallFrame {
    /// The caller's routine and the instruction to go on with.
    pub(crate) caller: u16,
    pub(crate) caller_pc: u32,
    /// First register of the window in [`Extra::scalars`].
    pub(crate) scalars: usize,
    /// First register of the window in [`Extra::references`].
    pub(crate) references: usize,
    /// The names of the instance.
    pub(crate) names: Vec<Name>,
}

/// Where the registers of a process are.
#[derive(Clone, Copy)]
pub(crate) struct Registers {
    pub(crate) s: *mut u64,
    pub(crate) scalars: usize,
    pub(crate) r: *mut Value,
    pub(crate) references: usize,
}

/// A process; owns its frame.
pub(crate) struct Process(NonNull<Header>);

// SAFETY: a `Process` is the only owner of its frame, whose parts are all `Send`.
unsafe impl Send for Process {}

const HEADER: usize = size_of::<Header>();
const _: () =
    assert!(HEADER == 48 && align_of::<Header>() == 8 && align_of::<Value>() == 8 && size_of::<Value>() == 16);

fn layout(scalars: u16, references: u16) -> Layout {
    // there is always a word of scalars, so that where they begin is in this allocation and no other
    let size = HEADER + 16 * usize::from(references) + 8 * usize::from(scalars.max(1));
    // the size is at most 48 + 24 * 65535, so this cannot fail
    Layout::from_size_align(size, 8).unwrap_or(Layout::new::<Header>())
}

/// Writes so many zeros.
///
/// # Safety
///
/// There is memory for them.
#[inline(always)]
unsafe fn zero(words: NonNull<u64>, count: usize) {
    /// So many are written one by one: a call of `memset` takes longer.
    const FEW: usize = 8;
    // SAFETY: as the caller promises.
    unsafe {
        if count > FEW {
            words.write_bytes(0, count);
        } else {
            for i in 0..count {
                words.add(i).write_volatile(0); // else the compiler makes it a `memset`
            }
        }
    }
}

impl Process {
    /// A process that begins its routine, with all registers 0 and `()`, in a frame of the store if it has one.
    #[inline(always)]
    pub(crate) fn new(
        group: GroupRef,
        member: u32,
        routine: u16,
        (scalars, references): (u16, u16),
        frames: &mut Frames,
    ) -> Process {
        let layout = layout(scalars, references);
        // SAFETY: the layout is not of size 0, and the frames of the store have it. All parts are written before the frame is
        // used: the header, then `references` values behind it, then `scalars` words, which is just the size the layout was
        // made for.
        unsafe {
            let frame = match frames.take(layout) {
                Some(frame) => frame,
                None => NonNull::new(alloc(layout).cast::<Header>()).unwrap_or_else(|| handle_alloc_error(layout)),
            };
            let values = frame.add(1).cast::<Value>();
            let words = values.add(usize::from(references)).cast::<u64>();
            frame.write(Header {
                group,
                extra: None,
                window: words,
                wait: Wait::Nothing,
                member,
                pc: 0,
                routine,
                scalars,
                references,
                length: scalars,
            });
            for i in 0..usize::from(references) {
                values.add(i).write(Value::Unit);
            }
            zero(words, usize::from(scalars));
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

    /// The scalar registers in use: those of the innermost instance, or of the process itself.
    #[inline(always)]
    pub(crate) fn s(&mut self) -> &mut [u64] {
        // SAFETY: `window` and `length` are set together, in `new` to the scalars of the frame, which it has initialized, and
        // by `enter` and `leave` to the end of `Extra::scalars`, which grows and shrinks there only. `&mut self` makes this the
        // only reference to them.
        unsafe { std::slice::from_raw_parts_mut(self.window.as_ptr(), usize::from(self.length)) }
    }

    /// The scalar and reference registers in use.
    #[inline(always)]
    pub(crate) fn window(&mut self) -> (&mut [u64], &mut [Value]) {
        let (window, length) = (self.window, usize::from(self.length));
        let r = if self.in_instance() {
            self.instance_references()
        } else {
            // SAFETY: the references are a part of the frame of their own, initialized by `new`, and `&mut self` makes this
            // the only reference to them.
            unsafe { std::slice::from_raw_parts_mut(self.values().as_ptr(), usize::from(self.references)) }
        };
        // SAFETY: as in `s`; scalars and references are disjoint.
        (unsafe { std::slice::from_raw_parts_mut(window.as_ptr(), length) }, r)
    }

    /// Where the scalar registers in use begin. Good until an instance begins or ends.
    #[inline(always)]
    pub(crate) fn first(&mut self) -> *mut u64 {
        self.window.as_ptr()
    }

    /// Where the references begin if it is in no instance.
    #[inline(always)]
    pub(crate) fn own_references(&mut self) -> *mut Value {
        self.values().as_ptr()
    }

    /// As [`window`](Self::window), without a borrow: where the scalar registers begin and how many there are, then the same
    /// of the references. Good until an instance begins or ends.
    #[inline(always)]
    pub(crate) fn registers(&mut self) -> Registers {
        let (references, count) = if self.in_instance() {
            let references = self.instance_references();
            (references.as_mut_ptr(), references.len())
        } else {
            (self.values().as_ptr(), usize::from(self.references))
        };
        Registers {
            s: self.window.as_ptr(),
            scalars: usize::from(self.length),
            r: references,
            references: count,
        }
    }

    #[inline(never)]
    fn instance_references(&mut self) -> &mut [Value] {
        match self.extra.as_deref_mut() {
            Some(Extra { calls, references, .. }) => {
                let first = calls.last().map_or(0, |call| call.references);
                &mut references[first..]
            }
            None => &mut [],
        }
    }

    /// The reference registers in use.
    #[inline(always)]
    pub(crate) fn r(&mut self) -> &mut [Value] {
        self.window().1
    }

    /// Whether an instance of a definition has not ended.
    #[inline(always)]
    pub(crate) fn in_instance(&self) -> bool {
        // the words of the frame are in its allocation, those of instances never are
        self.window != self.words()
    }

    /// The alternative or repetition it is in.
    #[inline(always)]
    pub(crate) fn choice(&mut self) -> Option<&mut ChoiceState> {
        self.extra.as_mut()?.choice.as_deref_mut()
    }

    /// The same, taken out.
    #[inline(always)]
    pub(crate) fn take_choice(&mut self) -> Option<Box<ChoiceState>> {
        self.extra.as_mut()?.choice.take()
    }

    /// The same, with the scalar registers in use.
    #[inline(always)]
    pub(crate) fn choice_and_s(&mut self) -> Option<(&mut ChoiceState, &mut [u64])> {
        let (window, length) = (self.window, usize::from(self.length));
        let state = self.extra.as_mut()?.choice.as_deref_mut()?;
        // SAFETY: as in `s`; the registers are in the frame or in the heap of `Extra::scalars`, the state in a box of its own.
        Some((state, unsafe {
            std::slice::from_raw_parts_mut(window.as_ptr(), length)
        }))
    }

    /// The same, with all registers in use.
    #[inline(always)]
    pub(crate) fn choice_and_window(&mut self) -> Option<(&mut ChoiceState, &mut [u64], &mut [Value])> {
        let registers = self.registers();
        let state = self.extra.as_mut()?.choice.as_deref_mut()?;
        // SAFETY: as in `choice_and_s`; the references are in the frame or in the heap of `Extra::references`.
        unsafe {
            let s = std::slice::from_raw_parts_mut(registers.s, registers.scalars);
            let r = std::slice::from_raw_parts_mut(registers.r, registers.references);
            Some((state, s, r))
        }
    }

    /// An instance begins: its arguments, then registers that are 0 and `()`, are the window.
    pub(crate) fn enter(&mut self, call: CallFrame, s: &[u64], r: &[Value], scalars: u16, references: u16) {
        let extra = self.extra.get_or_insert_default();
        extra.scalars.extend_from_slice(s);
        extra.scalars.resize(call.scalars + usize::from(scalars), 0);
        extra.references.extend_from_slice(r);
        extra
            .references
            .resize(call.references + usize::from(references), Value::Unit);
        extra.calls.push(call);
        if let Some(choice) = &mut extra.choice {
            choice.forget();
        }
        self.set_window();
    }

    /// The innermost instance ends.
    pub(crate) fn leave(&mut self) -> Option<CallFrame> {
        let extra = self.extra.as_mut()?;
        let call = extra.calls.pop()?;
        if let Some(choice) = &mut extra.choice {
            choice.forget();
        }
        extra.scalars.truncate(call.scalars);
        extra.references.truncate(call.references);
        self.set_window();
        Some(call)
    }

    fn set_window(&mut self) {
        let own = (self.words(), self.scalars);
        let Some(extra) = self.extra.as_mut() else { return };
        let (window, length) = match extra.calls.last() {
            None => own,
            Some(call) => {
                let window = &mut extra.scalars[call.scalars..];
                let length = window.len() as u16; // at most what a routine can have
                (NonNull::from(window).cast(), length)
            }
        };
        self.window = window;
        self.length = length;
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
        // SAFETY: the process is not used again; the memory is given back with the layout it was taken with.
        unsafe {
            self.drop_parts();
            dealloc(self.0.as_ptr().cast(), layout);
        }
    }
}

impl Process {
    /// Drops what is in the frame.
    ///
    /// # Safety
    ///
    /// The process must not be used again.
    unsafe fn drop_parts(&mut self) {
        let values = self.values();
        // SAFETY: the references were initialized by `new` and are dropped once, here; then the header.
        unsafe {
            for i in 0..usize::from(self.references) {
                values.add(i).drop_in_place();
            }
            if self.extra.is_some() {
                // of the header nothing else has to be dropped, and few have it
                self.0.drop_in_place();
            }
        }
    }
}

/// Frames of processes that have ended, for the next ones: as many as a worker keeps of each size.
#[derive(Default)]
pub(crate) struct Frames {
    /// By size in words beyond the header.
    sizes: Vec<Vec<NonNull<Header>>>,
    /// Words in all of them.
    words: usize,
}

// SAFETY: it owns the memory in it, which nobody else knows.
unsafe impl Send for Frames {}

/// Largest frame that is kept, in words beyond the header.
const KEPT_WORDS: usize = 64;
/// How many frames are kept, in words.
const KEPT: usize = 1 << 17;

impl Frames {
    fn class(layout: Layout) -> usize {
        (layout.size() - HEADER) / 8
    }

    fn take(&mut self, layout: Layout) -> Option<NonNull<Header>> {
        let frame = self.sizes.get_mut(Self::class(layout))?.pop()?;
        self.words -= layout.size() / 8;
        Some(frame)
    }

    /// Keeps the frame of a process that has ended.
    pub(crate) fn give(&mut self, process: Process) {
        let class = Self::class(layout(process.scalars, process.references));
        if class >= KEPT_WORDS {
            return;
        }
        if self.sizes.len() <= class {
            self.sizes.resize_with(class + 1, Vec::new);
        }
        let words = HEADER / 8 + class;
        if self.words + words <= KEPT {
            self.words += words;
            let mut process = std::mem::ManuallyDrop::new(process);
            // SAFETY: the process is not used again, and its memory is kept here, by its size.
            unsafe { process.drop_parts() };
            self.sizes[class].push(process.0);
        }
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        for (class, frames) in self.sizes.iter().enumerate() {
            let layout = Layout::from_size_align(HEADER + 8 * class, 8).unwrap_or(Layout::new::<Header>());
            for frame in frames {
                // SAFETY: it was taken with a layout of this size, and is in nobody's hands.
                unsafe { dealloc(frame.as_ptr().cast(), layout) };
            }
        }
    }
}
