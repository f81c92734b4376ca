//! What passes between a process and the one that starts it: each side checks its own registers.

use super::Check;
use super::code::Context;
use super::tables::index;
use crate::module::{Capture, Fixed, HandBack, Parallel, Process, Reg};

/// The side of the routine that starts a parallel command.
pub(super) fn parent(context: &Context<'_>, parallel: u16) -> Check {
    let parallel = &context.module.parallels[usize::from(parallel)];
    for (i, process) in parallel.processes.iter().enumerate() {
        parent_of(context, parallel, process).map_err(|why| format!("process {i}: {why}"))?;
    }
    Ok(())
}

fn parent_of(context: &Context<'_>, parallel: &Parallel, process: &Process) -> Check {
    let registers = &context.registers;
    let dims = dims(parallel, process);
    if let Some(label) = &process.label {
        if label.variables.len() != dims {
            return Err(format!(
                "its label has {} subscripts, its family {dims}",
                label.variables.len()
            ));
        }
        registers
            .scalars(label.bounds, 2 * dims)
            .map_err(|why| format!("bounds of its label: {why}"))?;
    }
    for (i, capture) in process.captures.iter().enumerate() {
        match capture {
            Capture::Copy { from, to } => same_bank(*from, *to).and_then(|()| registers.reg(*from)),
            Capture::Take { from, .. } => registers.references(*from, 1),
            Capture::Name { from, .. } => registers.names(*from, 1),
            Capture::Part { from, at, bounds, .. } | Capture::Window { from, at, bounds, .. } => registers
                .references(*from, 1)
                .and_then(|()| part(context, dims, at.iter().map(Some), *bounds)),
        }
        .map_err(|why| format!("capture {i}: {why}"))?;
    }
    for (i, result) in process.results.iter().enumerate() {
        match result {
            HandBack::Copy { from, to } => same_bank(*from, *to).and_then(|()| registers.reg(*to)),
            HandBack::Part { to, at, bounds, .. } | HandBack::Window { to, at, bounds, .. } => registers
                .references(*to, 1)
                .and_then(|()| part(context, dims, at.iter().map(Some), *bounds)),
            HandBack::Slice { to, at, bounds, .. } => registers
                .references(*to, 1)
                .and_then(|()| part(context, dims, at.iter().map(Option::as_ref), *bounds)),
            HandBack::Changed { to, .. } => registers.references(*to, 1),
        }
        .map_err(|why| format!("result {i}: {why}"))?;
    }
    Ok(())
}

/// The side of the process.
pub(super) fn child(context: &Context<'_>, parallel: u16, process: u16) -> Check {
    let registers = &context.registers;
    let process = &context.module.parallels[usize::from(parallel)].processes[usize::from(process)];
    let variables = process
        .label
        .iter()
        .flat_map(|label| &label.variables)
        .filter(|&&variable| variable != u16::MAX);
    for &variable in variables {
        registers.scalars(variable, 1).map_err(|why| format!("label: {why}"))?;
    }
    for (i, capture) in process.captures.iter().enumerate() {
        match capture {
            Capture::Copy { to, .. } | Capture::Part { to, .. } => registers.reg(*to),
            Capture::Take { to, .. } => registers.references(*to, 1),
            Capture::Name { to, .. } => registers.names(*to, 1),
            Capture::Window { to, at, window, .. } => registers
                .references(*to, 1)
                .and_then(|()| registers.scalars(*window, 2 * at.len())),
        }
        .map_err(|why| format!("capture {i}: {why}"))?;
    }
    for (i, result) in process.results.iter().enumerate() {
        match result {
            HandBack::Copy { from, .. } | HandBack::Part { from, .. } => registers.reg(*from),
            HandBack::Slice { from, .. } | HandBack::Window { from, .. } => registers.references(*from, 1),
            HandBack::Changed { from, was, .. } => registers
                .references(*from, 1)
                .and_then(|()| registers.references(*was, 1)),
        }
        .map_err(|why| format!("result {i}: {why}"))?;
    }
    Ok(())
}

/// Number of subscripts of a process's label.
fn dims(parallel: &Parallel, process: &Process) -> usize {
    let family = process
        .label
        .as_ref()
        .map(|label| &parallel.families[usize::from(label.family)]);
    family.map_or(0, |family| usize::from(family.dims))
}

fn same_bank(from: Reg, to: Reg) -> Check {
    match (from, to) {
        (Reg::S(_), Reg::S(_)) | (Reg::R(_), Reg::R(_)) => Ok(()),
        _ => Err("a copy from one bank to another".to_string()),
    }
}

/// Subscripts of a part of an array.
fn part<'a>(
    context: &Context<'_>,
    dims: usize,
    at: impl ExactSizeIterator<Item = Option<&'a Fixed>>,
    bounds: u16,
) -> Check {
    let count = at.len();
    if !(1..=255).contains(&count) {
        return Err(format!("{count} subscripts, where 1 to 255 can be"));
    }
    context
        .registers
        .scalars(bounds, 2 * count)
        .map_err(|why| format!("bounds: {why}"))?;
    for fixed in at.flatten() {
        match *fixed {
            Fixed::Parent(register) => context.registers.scalars(register, 1)?,
            Fixed::Label(subscript) => index("subscript of its label", u16::from(subscript), dims)?,
            Fixed::Constant(_) => {}
        }
    }
    Ok(())
}
