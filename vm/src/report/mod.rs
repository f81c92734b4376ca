//! Reports of a run: failures, deadlocks, dead groups. Each shows the failing place of the processes it names.

mod deadlock;
mod failure;
mod waiting;

pub(crate) use deadlock::{dead_group, deadlock, interrupted, late};
pub(crate) use failure::failure;

use crate::chan::Group;
use hydra_bytecode::Module;

/// A member as the program names it: `SIEVE(3)`, or `a process without a label`.
pub(crate) fn member_name(module: &Module, group: &Group, member: u32) -> String {
    let Some(parallel) = module.parallels.get(usize::from(group.parallel)) else {
        return "main".into();
    };
    let Some((entry, number)) = group.layout.section_of(member) else {
        return "?".into();
    };
    let Some(label) = parallel.processes.get(entry).and_then(|process| process.label.as_ref()) else {
        return "(anonymous)".into();
    };
    let name = &parallel.families[usize::from(label.family)].name;
    let subscripts = group.layout.sections[entry].subscripts(number);
    if subscripts.is_empty() {
        return name.clone();
    }
    let subscripts: Vec<String> = subscripts.iter().map(i64::to_string).collect();
    format!("{name}({})", subscripts.join(", "))
}

/// A process with those that enclose it: `outer/middle(2)/inner`. A long path shows its ends.
pub(crate) fn path(module: &Module, group: &Group, member: u32) -> String {
    let mut names = Vec::new();
    let mut at = Some((group, member));
    while let Some((group, member)) = at {
        if group.parent.is_some() || names.is_empty() {
            names.push((group, member));
        }
        at = group.parent.as_ref().map(|(group, member)| (&**group, *member));
    }
    names.reverse();
    let shown = |part: &[(&Group, u32)]| {
        part.iter()
            .map(|(group, member)| member_name(module, group, *member))
            .collect::<Vec<String>>()
            .join("/")
    };
    if names.len() <= 12 {
        return shown(&names);
    }
    let (begin, end) = (&names[..4], &names[names.len() - 4..]);
    format!("{}/… {} more …/{}", shown(begin), names.len() - 8, shown(end))
}
