//! The tables on their own: what does not depend on the routine that uses an entry.

use super::{At, Check, VerifyError, quoted};
use crate::constant::CONST_DEPTH_MAX;
use crate::module::{Bound, Const, Kind, Module, Routine, Type};
use crate::ops::Op;
use crate::span::Span;
use std::collections::HashSet;
use std::hash::Hash;

/// How deep types may nest.
pub const TYPE_DEPTH_MAX: u32 = 1000;

/// How many types one type may consist of, counted as it is written in a program.
pub const TYPE_SIZE_MAX: u32 = 65_536;

/// Checks all tables; gives for each type how many pairs of bounds a variable of it has.
pub(super) fn check(module: &Module) -> Result<Vec<u16>, VerifyError> {
    let lengths = [
        ("strings", module.strings.len()),
        ("words", module.words.len()),
        ("values", module.values.len()),
        ("types", module.types.len()),
        ("slots", module.slots.len()),
        ("routines", module.routines.len()),
        ("calls", module.calls.len()),
        ("functions", module.functions.len()),
        ("ports", module.ports.len()),
        ("parallels", module.parallels.len()),
        ("choices", module.choices.len()),
        ("fragments", module.fragments.len()),
        ("params", module.params.len()),
        ("externs", module.externs.len()),
    ];
    for (name, length) in lengths {
        if length > 0x1_0000 {
            return Err(format!("{length} entries are more than 65536")).at(|| name.to_string());
        }
    }
    strings(module).at(|| "strings".to_string())?;
    let bounds = types(module)?;
    for (i, value) in module.values.iter().enumerate() {
        constant(module, value).at(|| format!("value {i}"))?;
    }
    for (i, slot) in module.slots.iter().enumerate() {
        index("type", slot.ty, module.types.len()).at(|| format!("slot {i}{}", quoted(&slot.name)))?;
    }
    for (i, item) in module.routines.iter().enumerate() {
        routine(module, item).at(|| format!("routine {i}{}", quoted(&item.name)))?;
    }
    for (i, call) in module.calls.iter().enumerate() {
        index("routine", call.routine, module.routines.len()).at(|| format!("call {i}"))?;
    }
    for (i, function) in module.functions.iter().enumerate() {
        index("routine", function.routine, module.routines.len()).at(|| format!("function {i}"))?;
    }
    for (i, port) in module.ports.iter().enumerate() {
        index("type", port.ty, module.types.len()).at(|| format!("port {i}{}", quoted(&port.name)))?;
    }
    processes(module)?;
    choices(module)?;
    for (i, &lowered) in module.lowered.iter().enumerate() {
        span(module, lowered).at(|| format!("lowered fragment {i}"))?;
    }
    for (i, fragment) in module.fragments.iter().enumerate() {
        self::fragment(module, fragment).at(|| format!("fragment {i}"))?;
    }
    host(module)?;
    Ok(bounds)
}

/// An index into a table of this length.
pub(super) fn index(what: &str, index: u16, length: usize) -> Check {
    if usize::from(index) < length {
        Ok(())
    } else {
        Err(format!("there is no {what} {index} (there are {length})"))
    }
}

/// A span that is in a file of the module, or is that of nothing.
fn span(module: &Module, span: Span) -> Check {
    if span.start > span.end {
        return Err(format!(
            "a span ends at {} before it begins at {}",
            span.end, span.start
        ));
    }
    if span != Span::default() && span.file as usize >= module.sources.len() {
        return Err(format!(
            "a span is in file {}, but there are {}",
            span.file,
            module.sources.len()
        ));
    }
    Ok(())
}

fn unique<T: Hash + Eq>(items: impl Iterator<Item = T>) -> Check<()> {
    let mut seen = HashSet::new();
    for (i, item) in items.enumerate() {
        if !seen.insert(item) {
            return Err(format!("entry {i} is there twice"));
        }
    }
    Ok(())
}

fn strings(module: &Module) -> Check {
    if module.strings.first().is_some_and(|first| !first.is_empty()) {
        return Err("the first must be empty, for nameless tuples".to_string());
    }
    unique(module.strings.iter())
}

/// A type as it is written: pairs of bounds, depth, number of types.
#[derive(Clone, Copy)]
struct Shape {
    pairs: u32,
    depth: u32,
    size: u32,
}

fn types(module: &Module) -> Result<Vec<u16>, VerifyError> {
    let mut shapes: Vec<Shape> = Vec::with_capacity(module.types.len());
    for (i, ty) in module.types.iter().enumerate() {
        let found = shape(module, &shapes, ty).at(|| format!("type {i}"))?;
        shapes.push(found);
    }
    unique(module.types.iter()).at(|| "types".to_string())?;
    Ok(shapes.iter().map(|shape| shape.pairs as u16).collect())
}

fn shape(module: &Module, before: &[Shape], ty: &Type) -> Check<Shape> {
    let mut shape = Shape {
        pairs: 0,
        depth: 1,
        size: 1,
    };
    let mut part = |part: u16| {
        let found = before
            .get(usize::from(part))
            .ok_or_else(|| format!("its part, type {part}, is not before it"))?;
        shape.pairs = shape.pairs.saturating_add(found.pairs);
        shape.depth = shape.depth.max(found.depth.saturating_add(1));
        shape.size = shape.size.saturating_add(found.size);
        Ok::<_, String>(())
    };
    match ty {
        Type::Scalar(_) | Type::String | Type::Any => {}
        Type::Array { dims, element } => {
            part(*element)?;
            if *dims == 0 {
                return Err("an array of no dimensions".to_string());
            }
            if matches!(module.types[usize::from(*element)], Type::Array { .. }) {
                return Err("an array whose elements are arrays; it must be one of more dimensions".to_string());
            }
            shape.pairs = shape.pairs.saturating_add(u32::from(*dims));
        }
        Type::Struct { constructor, parts } => {
            index("string", *constructor, module.strings.len())?;
            parts.iter().try_for_each(|&ty| part(ty))?;
        }
    }
    if shape.depth > TYPE_DEPTH_MAX {
        return Err(format!("it nests deeper than {TYPE_DEPTH_MAX}"));
    }
    if shape.size > TYPE_SIZE_MAX {
        return Err(format!("it consists of more than {TYPE_SIZE_MAX} types"));
    }
    if shape.pairs > u32::from(u16::MAX / 2) {
        return Err("it has more bounds than there can be registers".to_string());
    }
    Ok(shape)
}

fn constant(module: &Module, value: &Const) -> Check {
    let mut open = vec![(value, 1)];
    while let Some((value, depth)) = open.pop() {
        if depth > CONST_DEPTH_MAX {
            return Err(format!("it nests deeper than {CONST_DEPTH_MAX}"));
        }
        match value {
            Const::Struct(constructor, parts) => {
                index("string", *constructor, module.strings.len())?;
                open.extend(parts.iter().map(|part| (part, depth + 1)));
            }
            Const::Array(parts) => open.extend(parts.iter().map(|part| (part, depth + 1))),
            Const::Map(entries) => open.extend(entries.iter().map(|(_, part)| (part, depth + 1))),
            Const::Unit | Const::Integer(_) | Const::Real(_) => {}
            Const::Boolean(_) | Const::Character(_) | Const::String(_) => {}
        }
    }
    Ok(())
}

fn routine(module: &Module, routine: &Routine) -> Check {
    let banks = [
        ("scalar", routine.scalars),
        ("reference", routine.references),
        ("name", routine.names),
    ];
    for ((bank, count), args) in banks.into_iter().zip(routine.args) {
        if args > count {
            return Err(format!("{args} arguments do not fit its {count} {bank} registers"));
        }
    }
    if routine.spans.first().is_some_and(|&(pc, _)| pc != 0) {
        return Err("its first span does not begin at instruction 0".to_string());
    }
    if !routine.spans.is_sorted_by(|(a, _), (b, _)| a < b) {
        return Err("its spans do not ascend".to_string());
    }
    if let Some(&(pc, _)) = routine
        .spans
        .last()
        .filter(|&&(pc, _)| pc as usize >= routine.code.len())
    {
        return Err(format!("a span begins at instruction {pc}, behind its code"));
    }
    routine.spans.iter().try_for_each(|&(_, place)| span(module, place))?;
    let code = routine.code.len() as u32;
    for handler in &routine.handlers {
        let within = handler.from < handler.to && handler.to <= code && handler.target < code;
        if !within {
            return Err("what catches failures is not within its code".to_string());
        }
        if let Some(value) = handler.value.filter(|&value| value >= routine.references) {
            return Err(format!(
                "what is caught is put into r{value}, and there is no such register"
            ));
        }
        let caught = &routine.code[handler.from as usize..handler.to as usize];
        if let Some(other) = caught.iter().find(|instr| !fails_alone(instr.op)) {
            return Err(format!("a failure of {} cannot be caught", other.op.name()));
        }
        // else failures that are caught could go on for ever, without a jump backwards
        if handler.target < handler.to {
            return Err("what catches failures is not within its code".to_string());
        }
    }
    for inlined in &routine.inlined {
        if inlined.from >= inlined.to || inlined.to > code {
            return Err("a function without a frame is not within its code".to_string());
        }
        span(module, inlined.span)?;
    }
    Ok(())
}

/// Whether nothing is open when the instruction fails that its process would have to put in order.
fn fails_alone(op: Op) -> bool {
    use Op::{
        After, Arm, ArmAfter, ArmAll, Call, Check, Checked, Choose, End, Family, Frag, FragDo, FragS, GuardS, GuardV,
        Name, Outside, Par, RecvS, RecvV, Ret, Select, SendS, SendV, Within,
    };
    !matches!(
        op,
        After
            | Arm
            | ArmAfter
            | ArmAll
            | Call
            | Check
            | Checked
            | Choose
            | End
            | Family
            | Frag
            | FragDo
            | FragS
            | GuardS
            | GuardV
            | Name
            | Outside
            | Par
            | RecvS
            | RecvV
            | Ret
            | Select
            | SendS
            | SendV
            | Within
    )
}

fn processes(module: &Module) -> Result<(), VerifyError> {
    for (i, parallel) in module.parallels.iter().enumerate() {
        span(module, parallel.span).at(|| format!("parallel {i}"))?;
        if parallel.processes.len().max(parallel.families.len()) > 0x1_0000 {
            return Err("more than 65536 processes or families".to_string()).at(|| format!("parallel {i}"));
        }
        for (j, process) in parallel.processes.iter().enumerate() {
            index("routine", process.routine, module.routines.len())
                .and_then(|()| span(module, process.span))
                .and_then(|()| match &process.label {
                    Some(label) => index("family", label.family, parallel.families.len()),
                    None => Ok(()),
                })
                .at(|| format!("parallel {i}, process {j}"))?;
        }
    }
    Ok(())
}

fn choices(module: &Module) -> Result<(), VerifyError> {
    for (i, choice) in module.choices.iter().enumerate() {
        span(module, choice.span).at(|| format!("choice {i}"))?;
        for (j, guard) in choice.guards.iter().enumerate() {
            span(module, guard.span)
                .and_then(|()| match guard.input {
                    Some((port, _)) => index("port", port, module.ports.len()),
                    None => Ok(()),
                })
                .at(|| format!("choice {i}, guard {j}"))?;
        }
    }
    Ok(())
}

fn fragment(module: &Module, fragment: &crate::Fragment) -> Check {
    span(module, fragment.span)?;
    if fragment.edits.iter().any(|edit| edit.line == 0 || edit.column == 0) {
        return Err("lines and columns of edits count from 1".to_string());
    }
    fragment
        .variables
        .iter()
        .try_for_each(|variable| index("slot", variable.slot, module.slots.len()))?;
    fragment
        .constants
        .iter()
        .try_for_each(|&(_, value)| index("value", value, module.values.len()))?;
    fragment
        .params
        .iter()
        .try_for_each(|&param| index("param", param, module.params.len()))
}

/// Includes, globals, params, externs.
fn host(module: &Module) -> Result<(), VerifyError> {
    for (i, include) in module.includes.iter().enumerate() {
        span(module, include.span).at(|| format!("include {i}"))?;
    }
    for (name, value) in &module.globals {
        index("value", *value, module.values.len()).at(|| format!("global{}", quoted(name)))?;
    }
    for (i, param) in module.params.iter().enumerate() {
        self::param(module, param).at(|| format!("param {i}{}", quoted(&param.name)))?;
    }
    unique(module.params.iter().map(|param| &param.name)).at(|| "params".to_string())?;
    for (i, external) in module.externs.iter().enumerate() {
        let range = |&(low, high): &(Bound, Bound)| [low, high].into_iter().try_for_each(|end| bound(module, end));
        span(module, external.span)
            .and_then(|()| external.ranges.iter().try_for_each(range))
            .at(|| format!("extern {i}{}", quoted(&external.name)))?;
    }
    unique(module.externs.iter().map(|external| &external.name)).at(|| "externs".to_string())
}

fn param(module: &Module, param: &crate::Param) -> Check {
    span(module, param.span)?;
    index("type", param.ty, module.types.len())?;
    let fits = match (&module.types[usize::from(param.ty)], &param.default) {
        (Type::Scalar(_) | Type::String, None) => true,
        (Type::Scalar(Kind::Integer), Some(Const::Integer(_))) => true,
        (Type::Scalar(Kind::Real), Some(Const::Real(_))) => true,
        (Type::Scalar(Kind::Boolean), Some(Const::Boolean(_))) => true,
        (Type::Scalar(Kind::Character), Some(Const::Character(_))) => true,
        (Type::String, Some(Const::String(_))) => true,
        (Type::Scalar(_) | Type::String, Some(_)) => false,
        _ => return Err("its type is neither a scalar nor a string".to_string()),
    };
    if fits {
        Ok(())
    } else {
        Err("its default is not of its type".to_string())
    }
}

fn bound(module: &Module, bound: Bound) -> Check {
    let Bound::Param(param) = bound else { return Ok(()) };
    index("param", param, module.params.len())?;
    match module.types[usize::from(module.params[usize::from(param)].ty)] {
        Type::Scalar(Kind::Integer) => Ok(()),
        _ => Err(format!("a bound is param {param}, which is no integer")),
    }
}
