//! On every path, a choice is armed and decided within its own round.
//!
//! Follows all paths from the first instruction. Wherever paths meet, the same round must be open, or none.

use crate::module::{Module, Routine};
use crate::ops::{Instr, Op, Role};
use std::collections::BTreeSet;

/// What is open when an instruction is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Round {
    /// No path that was followed has come here.
    Unreached,
    /// No round.
    Closed,
    /// A round of this choice.
    Open(u16),
}

/// Checks a routine whose operands have been checked; the error has its instruction.
pub(super) fn check(module: &Module, routine: &Routine) -> Result<(), (usize, String)> {
    let mut rounds = vec![Round::Unreached; routine.code.len()];
    let mut decided = BTreeSet::new();
    let mut open = vec![0];
    rounds[0] = Round::Closed;
    while let Some(pc) = open.pop() {
        let instr = routine.code[pc];
        let after = step(instr, rounds[pc]).map_err(|why| (pc, why))?;
        let mut reach = |target: usize| match rounds[target] {
            Round::Unreached => {
                rounds[target] = after;
                open.push(target);
                Ok(())
            }
            found if found == after => Ok(()),
            _ => Err((
                pc,
                format!("paths that meet at instruction {target} are in different rounds of choices"),
            )),
        };
        let handlers = routine.handlers.iter();
        for handler in handlers.filter(|handler| (handler.from..handler.to).contains(&(pc as u32))) {
            reach(handler.target as usize)?;
        }
        match instr.op {
            Op::End | Op::Ret | Op::RetS | Op::RetV | Op::Throw => {}
            Op::Select if !decided.insert(instr.d) => {}
            Op::Select => {
                let choice = &module.choices[usize::from(instr.d)];
                let targets = choice.guards.iter().map(|guard| guard.target).chain(choice.otherwise);
                targets.into_iter().try_for_each(|target| reach(target as usize))?;
            }
            op => {
                if let Some(distance) = distance(instr) {
                    reach((pc as i64 + 1 + distance) as usize)?;
                }
                if op != Op::Jmp {
                    reach(pc + 1)?;
                }
            }
        }
    }
    Ok(())
}

/// How far an instruction may jump.
fn distance(instr: Instr) -> Option<i64> {
    instr
        .op
        .operands()
        .iter()
        .find_map(|&(field, role)| match (role, field) {
            (Role::JumpWide, _) => Some(i64::from(instr.wide_value())),
            (Role::Jump16, 'c') => Some(i64::from(instr.c as i16)),
            (Role::Jump16, _) => Some(i64::from(instr.d as i16)),
            _ => None,
        })
}

/// The round after an instruction.
fn step(instr: Instr, round: Round) -> Result<Round, String> {
    let d = instr.d;
    match (instr.op, round) {
        (Op::Choose, Round::Open(other)) => Err(format!("it begins a round within a round of choice {other}")),
        (Op::Choose, _) => Ok(Round::Open(d)),
        (Op::Arm | Op::ArmAfter | Op::ArmAll, Round::Open(choice)) if choice == d => Ok(round),
        (Op::Select, Round::Open(choice)) if choice == d => Ok(Round::Closed),
        (Op::Arm | Op::ArmAfter | Op::ArmAll | Op::Select, _) => Err(format!("no round of choice {d} is open")),
        (
            Op::Par
            | Op::End
            | Op::Call
            | Op::Ret
            | Op::SendS
            | Op::SendV
            | Op::RecvS
            | Op::RecvV
            | Op::GuardS
            | Op::GuardV
            | Op::After,
            Round::Open(choice),
        ) => Err(format!("it stands in a round of choice {choice}, before its Select")),
        _ => Ok(round),
    }
}
