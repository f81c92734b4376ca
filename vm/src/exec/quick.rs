//! The quick path of a rendezvous: a scalar between two processes of one parallel command, each the only agent of its
//! name on this edge. All that is not so simple is left to [`communicate`](super::communicate), which means the same.

use crate::chan::{Group, NOBODY};
use crate::process::{Process, Wait};
use crate::sched::Worker;
use hydra_bytecode::{Instr, Op, Port, Target};
use std::sync::Arc;

/// How far the quick path came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quick {
    /// The communication has happened; the process goes on.
    Done,
    /// The process waits.
    Parked,
    /// Nothing was done.
    No,
}

/// The partner of a port that names a sibling, and the position where its edge was last time.
#[inline(always)]
fn partner(group: &Group, process: &mut Process, port: &Port) -> Option<(u32, u32)> {
    let Target::Label { depth: 0, family } = port.target else {
        return None;
    };
    let s = process.s();
    let known = *s.get(usize::from(port.cache))?;
    let hint = (known as u32).wrapping_sub(1);
    if hint == NOBODY {
        return None;
    }
    if port.count == 0 {
        return Some(((known >> 32) as u32, hint));
    }
    if port.count == 1 {
        let subscript = *s.get(usize::from(port.subscripts))?;
        return Some((group.families.get(usize::from(family))?.single(subscript as i64)?, hint));
    }
    None
}

impl Worker<'_> {
    /// `SendS`.
    #[inline(always)]
    pub(super) fn quick_send(&mut self, slot: &mut Option<Process>, group: &Arc<Group>, instr: Instr) -> Quick {
        let Some(process) = slot.as_mut() else {
            return Quick::No;
        };
        let port = &self.shared.program.module.ports[usize::from(instr.d)];
        let me = process.member;
        let Some((partner, hint)) = partner(group, process, port) else {
            return Quick::No;
        };
        let Some(member) = group.members.get(partner as usize) else {
            return Quick::No;
        };
        let mut inbox = member.inbox_of(&self.workers);
        let Some(edge) = inbox.quick(me, hint) else {
            return Quick::No;
        };
        match &mut edge.taker {
            Some(taker) => {
                let Wait::TakeScalar { kind, reg, .. } = taker.wait else {
                    return Quick::No;
                };
                if kind != instr.a {
                    return Quick::No;
                }
                let Some(mut taker) = edge.taker.take() else {
                    return Quick::No;
                };
                drop(inbox);
                taker.wait = Wait::Nothing;
                taker.s()[usize::from(reg)] = process.s()[usize::from(instr.b)];
                self.wake(taker);
                Quick::Done
            }
            None => {
                if edge.offer.is_some() || inbox.is_chosen_from() || member.has_ended() {
                    return Quick::No;
                }
                process.wait = Wait::OfferScalar {
                    kind: instr.a,
                    reg: instr.b,
                    port: instr.d,
                };
                if let Some(process) = slot.take() {
                    inbox.wait_offer(hint, process);
                }
                Quick::Parked
            }
        }
    }

    /// `RecvS` and `GuardS`.
    #[inline(always)]
    pub(super) fn quick_receive(&mut self, slot: &mut Option<Process>, group: &Arc<Group>, instr: Instr) -> Quick {
        let Some(process) = slot.as_mut() else {
            return Quick::No;
        };
        let port = &self.shared.program.module.ports[usize::from(instr.d)];
        let me = process.member;
        let Some((partner, hint)) = partner(group, process, port) else {
            return Quick::No;
        };
        let mut inbox = group.members[me as usize].inbox_of(&self.workers);
        let Some(edge) = inbox.quick(partner, hint) else {
            return Quick::No;
        };
        match &mut edge.offer {
            Some(offer) => {
                let Wait::OfferScalar { kind, reg, .. } = offer.wait else {
                    return Quick::No;
                };
                if kind != instr.a {
                    return Quick::No;
                }
                let Some(mut sender) = edge.offer.take() else {
                    return Quick::No;
                };
                drop(inbox);
                sender.wait = Wait::Nothing;
                process.s()[usize::from(instr.b)] = sender.s()[usize::from(reg)];
                self.wake(sender);
                Quick::Done
            }
            None => {
                let source = group.members.get(partner as usize);
                if edge.taker.is_some() || source.is_none_or(|source| source.has_ended()) {
                    return Quick::No;
                }
                let guard = instr.op == Op::GuardS;
                process.wait = Wait::TakeScalar {
                    kind: instr.a,
                    guard,
                    reg: instr.b,
                    port: instr.d,
                };
                edge.taker = slot.take();
                Quick::Parked
            }
        }
    }
}
