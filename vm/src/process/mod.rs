//! What a process is: a frame, owned by exactly one place at a time.
//!
//! A [`Process`] is moved like any other value: the worker that runs it has it, or a run queue, or what it waits for (an
//! edge, a choice's cell, a parallel command's join, a timer, a stream). So nobody can touch a process that another worker
//! runs, and who takes it out of where it waits may write into its registers.

mod frame;
mod wait;

pub(crate) use frame::{CallFrame, Frames, Process, Registers};
pub(crate) use wait::Wait;
