//! Communication: parallel commands with their names, rendezvous, and choice.
//!
//! What is here decides and moves values; it never schedules. It returns the processes that may go on. See `README.md`
//! beside this file for the protocol.

mod choice;
mod edge;
mod group;
mod inbox;
mod layout;
mod offer;
mod order;
mod positions;
mod sharing;
mod spares;

pub(crate) use choice::{ArmedKind, Cell, ChoiceState, Found, Home, complete, complete_scalar};
pub(crate) use group::{FamilySource, Group, GroupRef, Name, NameFamily, Partner};
pub(crate) use inbox::{Inbox, Member, NOBODY, Oldest, Place};
pub(crate) use layout::{Directory, Layout, Section};
pub(crate) use offer::{Message, deliver, message_of, offer_fits, taker_fits};
pub(crate) use order::ShapeKey;
pub(crate) use sharing::Sharing;
pub(crate) use spares::Spares;
