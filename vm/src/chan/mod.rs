//! Communication: parallel commands with their names, rendezvous, and choice.
//!
//! What is here decides and moves values; it never schedules. It returns the processes that may go on. See `README.md`
//! beside this file for the protocol.

mod choice;
mod edge;
mod group;
mod inbox;
mod offer;
mod order;
mod positions;
mod sharing;

pub(crate) use choice::{ArmedKind, Cell, ChoiceState, Found, Home, complete, complete_scalar};
pub(crate) use group::{Directory, FamilySource, Group, GroupRef, Name, NameFamily, Partner, Section, Spares};
pub(crate) use inbox::{Inbox, Member, NOBODY, Oldest, Place};
pub(crate) use offer::{Message, deliver, message_of, offer_fits, taker_fits};
pub(crate) use order::ShapeKey;
pub(crate) use sharing::Sharing;
