//! Which routine is what, and who encloses whom.

use super::{At, Check, VerifyError, quoted};
use crate::module::Module;
use crate::ops::Op;

/// What a routine is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The first routine.
    Main,
    /// A process of a parallel command.
    Process { parallel: u16, process: u16 },
    /// Code of instances, also if nothing instantiates it.
    Definition,
    /// A function; whether its value is a scalar.
    Function { scalar: bool },
}

/// The places of all routines.
#[derive(Clone, Debug)]
pub(super) struct Structure {
    /// For each routine.
    pub(super) places: Vec<Place>,
    /// For each parallel command the routine that starts it.
    pub(super) starters: Vec<u16>,
    /// For each routine the parallel commands that it starts.
    starts: Vec<Vec<u16>>,
}

/// Finds the place of every routine. The tables have been checked.
pub(super) fn check(module: &Module) -> Result<Structure, VerifyError> {
    let places = places(module)?;
    let starters = starters(module)?;
    let ops = [Op::Choose, Op::Arm, Op::ArmAfter, Op::ArmAll, Op::Select];
    users(module, "choice", module.choices.len(), &ops)?;
    let mut starts = vec![Vec::new(); module.routines.len()];
    for (parallel, &starter) in starters.iter().enumerate() {
        starts[usize::from(starter)].push(parallel as u16);
    }
    let structure = Structure {
        places,
        starters,
        starts,
    };
    let mut reached = vec![false; module.routines.len()];
    structure.walk(module, |routine, _| {
        reached[usize::from(routine)] = true;
        Ok(())
    })?;
    match reached.iter().position(|reached| !reached) {
        Some(routine) => {
            Err("it is a process of a parallel command within itself".to_string()).at(|| routine_name(module, routine))
        }
        None => Ok(structure),
    }
}

fn places(module: &Module) -> Result<Vec<Place>, VerifyError> {
    let mut places = vec![Place::Definition; module.routines.len()];
    match places.first_mut() {
        Some(main) => *main = Place::Main,
        None => return Err("there is none, not even the main process".to_string()).at(|| "routines".to_string()),
    }
    let mut called = vec![false; places.len()];
    for (index, call) in module.calls.iter().enumerate() {
        if call.routine == 0 {
            return Err("it instantiates the main process".to_string()).at(|| format!("call {index}"));
        }
        called[usize::from(call.routine)] = true;
    }
    for (index, function) in module.functions.iter().enumerate() {
        let routine = usize::from(function.routine);
        let found: Check = match places[routine] {
            _ if called[routine] => Err(format!("routine {routine} is a definition that calls instantiate")),
            Place::Definition => Ok(()),
            Place::Main => Err("its routine is the main process".to_string()),
            _ => Err(format!("routine {routine} is another function")),
        };
        found.at(|| format!("function {index}"))?;
        places[routine] = Place::Function {
            scalar: function.scalar,
        };
    }
    for (parallel, entry) in module.parallels.iter().enumerate() {
        for (process, entry) in entry.processes.iter().enumerate() {
            let routine = usize::from(entry.routine);
            let found: Check = match places[routine] {
                _ if called[routine] => Err(format!("routine {routine} is a definition that calls instantiate")),
                Place::Definition => Ok(()),
                Place::Main => Err("its routine is the main process".to_string()),
                Place::Function { .. } => Err(format!("routine {routine} is a function")),
                Place::Process { parallel, process } => Err(format!(
                    "routine {routine} is process {process} of parallel {parallel} already"
                )),
            };
            found.at(|| format!("parallel {parallel}, process {process}"))?;
            places[routine] = Place::Process {
                parallel: parallel as u16,
                process: process as u16,
            };
        }
    }
    Ok(places)
}

/// For each entry of a table the only routine whose code names it with one of these opcodes.
fn users(module: &Module, what: &str, length: usize, ops: &[Op]) -> Result<Vec<Option<u16>>, VerifyError> {
    let mut users: Vec<Option<u16>> = vec![None; length];
    for (index, routine) in module.routines.iter().enumerate() {
        for (pc, instr) in routine
            .code
            .iter()
            .enumerate()
            .filter(|(_, instr)| ops.contains(&instr.op))
        {
            let found = match users.get_mut(usize::from(instr.d)) {
                None => Err(format!("there is no {what} {}", instr.d)),
                Some(Some(other)) if usize::from(*other) != index => {
                    Err(format!("{what} {} belongs to routine {other} already", instr.d))
                }
                Some(user) => {
                    *user = Some(index as u16);
                    Ok(())
                }
            };
            found.at(|| {
                format!(
                    "{}, instruction {pc} ({})",
                    routine_name(module, index),
                    instr.op.name()
                )
            })?;
        }
    }
    Ok(users)
}

/// The routine that starts each parallel command.
fn starters(module: &Module) -> Result<Vec<u16>, VerifyError> {
    let users = users(module, "parallel", module.parallels.len(), &[Op::Par])?
        .into_iter()
        .enumerate();
    users
        .map(|(i, user)| {
            user.ok_or_else(|| "no code starts it".to_string())
                .at(|| format!("parallel {i}"))
        })
        .collect()
}

impl Structure {
    /// Visits every routine that main or a definition encloses, these included, with the chain of parallel commands
    /// around it, the outermost first.
    pub(super) fn walk(
        &self,
        module: &Module,
        mut visit: impl FnMut(u16, &[u16]) -> Result<(), VerifyError>,
    ) -> Result<(), VerifyError> {
        enum Step {
            Routine(u16),
            Enter(u16),
            Leave,
        }
        let roots = self
            .places
            .iter()
            .enumerate()
            .filter(|(_, place)| !matches!(place, Place::Process { .. }));
        let mut open: Vec<Step> = roots.rev().map(|(routine, _)| Step::Routine(routine as u16)).collect();
        let mut chain = Vec::new();
        while let Some(step) = open.pop() {
            match step {
                Step::Routine(routine) => {
                    visit(routine, &chain)?;
                    open.extend(
                        self.starts[usize::from(routine)]
                            .iter()
                            .rev()
                            .map(|&parallel| Step::Enter(parallel)),
                    );
                }
                Step::Enter(parallel) => {
                    chain.push(parallel);
                    open.push(Step::Leave);
                    let processes = &module.parallels[usize::from(parallel)].processes;
                    open.extend(processes.iter().rev().map(|process| Step::Routine(process.routine)));
                }
                Step::Leave => {
                    chain.pop();
                }
            }
        }
        Ok(())
    }
}

/// A routine in a message.
pub(super) fn routine_name(module: &Module, routine: usize) -> String {
    format!("routine {routine}{}", quoted(&module.routines[routine].name))
}
