//! The outside of a program: streams that processes input from and output to.
//!
//! Everything that a program learns from outside itself comes through [`Streams::read`] (text: the standard streams and
//! files that externs are bound to; values: externs of an application, and the [processes of the outside](crate::outside)),
//! through [`Streams::write`] and [`Streams::write_value`] where they say how an output ended, and, in fragments, through the
//! clock and the random numbers of `sched/host.rs`.

mod bell;
mod input;
mod output;
mod streams;
mod values;

pub(crate) use bell::Rung;
pub(crate) use input::{Element, Input, Poll, Source};
pub(crate) use output::{Output, Written};
pub(crate) use streams::{ExternTable, OwnStream, StreamWaiter, Streams, Wanted, read_some};
pub(crate) use values::{Sent, Values};
