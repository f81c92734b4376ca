//! The outside of a program: streams that processes input from and output to.

mod bell;
mod input;
mod output;
mod streams;
mod values;

pub(crate) use bell::Rung;
pub(crate) use input::{Element, Input, Poll, Source};
pub(crate) use output::{Output, Written};
pub(crate) use streams::{ExternTable, StreamWaiter, Streams, Wanted};
pub(crate) use values::{Sent, Values};
