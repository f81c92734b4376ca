//! Which table entries the code of a routine uses.

use crate::module::{Module, Routine};
use crate::ops::{Op, Role};
use std::collections::BTreeSet;

/// The entries that the code of a routine names, whether or not they exist; ports of guards included.
#[derive(Default)]
pub(super) struct Uses {
    pub(super) ports: BTreeSet<u16>,
    pub(super) parallels: BTreeSet<u16>,
    pub(super) choices: BTreeSet<u16>,
    pub(super) fragments: BTreeSet<u16>,
}

impl Uses {
    /// Collects them.
    pub(super) fn new(module: &Module, routine: &Routine) -> Self {
        let mut uses = Uses::default();
        for instr in &routine.code {
            let table = match role_of_d(instr.op) {
                Some(Role::Port) => &mut uses.ports,
                Some(Role::Parallel) => &mut uses.parallels,
                Some(Role::Choice) => &mut uses.choices,
                Some(Role::Fragment) => &mut uses.fragments,
                _ => continue,
            };
            table.insert(instr.d);
        }
        for choice in uses
            .choices
            .iter()
            .filter_map(|&choice| module.choices.get(usize::from(choice)))
        {
            uses.ports.extend(
                choice
                    .guards
                    .iter()
                    .filter_map(|guard| guard.input)
                    .map(|(port, _)| port),
            );
        }
        uses
    }
}

/// Ports, parallels, choices and fragments are always the last operand.
fn role_of_d(op: Op) -> Option<Role> {
    op.operands()
        .last()
        .filter(|(field, _)| *field == 'd')
        .map(|&(_, role)| role)
}

#[cfg(test)]
#[test]
fn tables_are_in_d() {
    for op in Op::ALL {
        for &(field, role) in op.operands() {
            let table = matches!(
                role,
                Role::Port | Role::Parallel | Role::Choice | Role::Fragment | Role::Call | Role::Function
            );
            assert!(
                !table || (field == 'd' && role_of_d(*op) == Some(role)),
                "{}",
                op.name()
            );
        }
    }
}
