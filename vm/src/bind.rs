//! Binds the externs of a program to the streams of a run.

use crate::binding::{Binding, Ends, Text};
use crate::config::Usage;
use crate::host::{ExternTable, Input, Output, Source, Streams, Values};
use crate::trace::Contents;
use hydra_bytecode::{Bound, Kind, Module, Op, Port, Target, Type};
use hydra_stdlib::value::Value;
use std::collections::HashMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// The standard streams.
pub(crate) struct Standard {
    pub(crate) stdin: Box<dyn Read + Send>,
    pub(crate) stdout: Box<dyn Write + Send>,
    pub(crate) stderr: Box<dyn Write + Send>,
    /// Whether somebody reads standard output line by line.
    pub(crate) by_line: bool,
}

/// Opens all that the program is bound to. Nothing is opened, and no file emptied, before all bindings are known to be
/// right.
pub(crate) fn streams(
    module: &Module,
    params: &[Value],
    bindings: Vec<(String, Binding)>,
    standard: Standard,
) -> Result<Streams, Usage> {
    let mut streams = Streams::default();
    streams.add(Some(Input::new("stdin", Source::Slow(standard.stdin))), None);
    streams.add(None, Some(Output::new("stdout", standard.stdout, standard.by_line)));
    streams.add(None, Some(Output::new("stderr", standard.stderr, true)));
    let mut members = members(module, params, bindings)?;
    let mut files = Files::default();
    // inputs first: a file that is missing shall not cost another its contents
    for member in &mut members {
        if let Some(path) = &member.path
            && member.use_ == Use::Input
        {
            member.stream = Some(files.input(&mut streams, &member.name, path)?);
        }
    }
    let mut tables: Vec<ExternTable> = (module.externs.iter())
        .map(|entry| ExternTable {
            ranges: ranges(&entry.ranges, params),
            streams: Vec::new(),
        })
        .collect();
    for member in members {
        if let Some(ends) = member.values {
            let types = input_types(module, member.table as u16 + 3);
            let stream = streams.add_values(Values::new(&member.name, ends, types));
            tables[member.table].streams.push(stream);
            continue;
        }
        if let Some(Text(reader, writer)) = member.text {
            let input = reader.map(|reader| Input::new(&member.name, Source::Slow(reader)));
            let output = writer.map(|writer| Output::new(&member.name, writer, false));
            let stream = streams.add(input, output);
            tables[member.table].streams.push(stream);
            continue;
        }
        let stream = match (member.stream, member.path, member.use_) {
            (Some(stream), ..) => stream,
            (None, None, _) => streams.standard(),
            (None, Some(path), Use::Output) => files.output(&mut streams, &member.name, &path)?,
            (None, Some(path), _) => streams.unopened(path),
        };
        tables[member.table].streams.push(stream);
    }
    streams.externs = tables;
    Ok(streams)
}

/// What a program does with an extern.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Input,
    Output,
    /// It is handed to definitions, or both: what is done first counts.
    Unknown,
}

/// A member of an extern, with what it is bound to.
struct Member {
    table: usize,
    name: String,
    path: Option<PathBuf>,
    /// What the application binds it to.
    values: Option<Ends>,
    text: Option<Text>,
    use_: Use,
    stream: Option<u32>,
}

fn ranges(ranges: &[(Bound, Bound)], params: &[Value]) -> Vec<(i64, i64)> {
    let bound = |bound: Bound| match bound {
        Bound::Constant(value) => value,
        Bound::Param(param) => match params.get(usize::from(param)) {
            Some(Value::Integer(value)) => *value,
            _ => 0,
        },
    };
    ranges.iter().map(|&(low, high)| (bound(low), bound(high))).collect()
}

/// The names of all members of an extern, the last subscript fastest.
fn names(name: &str, ranges: Vec<(i64, i64)>) -> impl Iterator<Item = String> {
    let none = ranges.iter().any(|(low, high)| low > high);
    let mut next: Option<Vec<i64>> = (!none).then(|| ranges.iter().map(|range| range.0).collect());
    std::iter::from_fn(move || {
        let mut subscripts = next.take()?;
        let texts: Vec<String> = subscripts.iter().map(i64::to_string).collect();
        for at in (0..subscripts.len()).rev() {
            if subscripts[at] < ranges[at].1 {
                subscripts[at] += 1;
                next = Some(subscripts);
                break;
            }
            subscripts[at] = ranges[at].0;
        }
        Some(match texts.as_slice() {
            [] => name.to_owned(),
            texts => format!("{name}({})", texts.join(",")),
        })
    })
}

/// The streams of a run that is repeated. What goes to externs goes where the bindings say, and else nowhere.
pub(crate) fn streams_again(
    contents: &mut Contents,
    params: &[Value],
    bindings: Vec<(String, Binding)>,
    standard: Standard,
) -> Result<Streams, Usage> {
    let externs = std::mem::take(&mut contents.start.externs);
    let damaged = || Usage("this trace is damaged (its externs)".into());
    let mut bound: HashMap<String, Binding> = bindings.into_iter().collect();
    let mut outputs: HashMap<u32, Output> = HashMap::new();
    let mut tables = Vec::new();
    if externs.len() != contents.module.externs.len() {
        return Err(damaged());
    }
    for (entry, recorded) in contents.module.externs.iter().zip(externs) {
        let ranges = ranges(&entry.ranges, params);
        let length = |&(low, high): &(i64, i64)| u64::try_from(i128::from(high) - i128::from(low) + 1).unwrap_or(0);
        let members = ranges
            .iter()
            .try_fold(1_u64, |all, range| all.checked_mul(length(range)));
        if members != Some(recorded.streams.len() as u64) {
            return Err(damaged());
        }
        for (name, &stream) in names(&entry.name, ranges.clone()).zip(&recorded.streams) {
            let Some(binding) = bound.remove(&name) else { continue };
            let own = &mut contents.start.streams[stream as usize];
            if own.values {
                return Err(Usage(format!(
                    "extern {name} was bound to values of the application: what it gave is in the trace, and a replay outputs nothing to it"
                )));
            }
            let late = contents.opened.get(stream as usize) == Some(&Some(false));
            if own.output.is_none() && !late {
                return Err(Usage(format!("extern {name}: nothing was written to it")));
            }
            match binding {
                Binding::Standard => own.stands_for.1 = 1,
                Binding::File(path) => {
                    let output = Output::create(&path).map_err(|problem| cannot(&name, "write", &path, &problem))?;
                    outputs.insert(stream, output);
                }
                Binding::Text(Text(_, Some(writer))) => {
                    outputs.insert(stream, Output::new(&name, writer, false));
                }
                Binding::Text(_) | Binding::Values(_) => {
                    return Err(Usage(format!(
                        "extern {name}: what it was bound to was text that is written"
                    )));
                }
            }
        }
        tables.push(ExternTable {
            ranges,
            streams: recorded.streams,
        });
    }
    if let Some(name) = bound.keys().next() {
        return Err(Usage(format!("the program has no extern {name}")));
    }
    outputs.insert(1, Output::new("stdout", standard.stdout, standard.by_line));
    outputs.insert(2, Output::new("stderr", standard.stderr, true));
    let nowhere = |name: &str| Output::new(name, Box::new(std::io::sink()), false);
    Ok(Streams::again(contents, tables, |number, name| {
        outputs.remove(&number).unwrap_or_else(|| nowhere(name))
    }))
}

/// All members of all externs in order, each bound.
fn members(module: &Module, params: &[Value], bindings: Vec<(String, Binding)>) -> Result<Vec<Member>, Usage> {
    // the last binding of a name counts
    let mut bound: HashMap<String, Binding> = HashMap::new();
    let mut given: Vec<String> = Vec::new();
    for (name, binding) in bindings {
        let name = name.replace(' ', "");
        given.push(name.clone());
        bound.insert(name, binding);
    }
    let mut members = Vec::new();
    for (table, entry) in module.externs.iter().enumerate() {
        let host = table as u16 + 3;
        let use_ = of_ports(module, host);
        for name in names(&entry.name, ranges(&entry.ranges, params)) {
            let (path, values, text) = match bound.remove(&name) {
                Some(Binding::File(path)) => (Some(path), None, None),
                Some(Binding::Standard) => (None, None, None),
                Some(Binding::Values(ends)) => (None, Some(ends), None),
                Some(Binding::Text(text)) => (None, None, Some(text)),
                None => {
                    return Err(Usage(format!(
                        "extern {name} is not bound; bind it with --bind '{name}=FILE'"
                    )));
                }
            };
            if path.is_some() || text.is_some() {
                check_types(module, host, &name)?;
            }
            let stream = None;
            members.push(Member {
                table,
                name,
                path,
                values,
                text,
                use_,
                stream,
            });
        }
    }
    match given.iter().find(|name| bound.contains_key(*name)) {
        Some(name) => Err(Usage(format!("the program has no extern {name}"))),
        None => Ok(members),
    }
}

/// Types of what the program may input from an extern.
fn input_types(module: &Module, host: u16) -> Vec<u16> {
    let code = module.routines.iter().flat_map(|routine| &routine.code);
    let inputs = code.filter(|instr| matches!(instr.op, Op::RecvS | Op::RecvV | Op::GuardS | Op::GuardV));
    let guards = module.choices.iter().flat_map(|choice| &choice.guards);
    let ports = (inputs.map(|instr| instr.d)).chain(guards.filter_map(|guard| guard.input.map(|(port, _)| port)));
    let ports = ports.map(|port| &module.ports[usize::from(port)]);
    let may = |target: &Target| matches!(target, Target::Formal(_)) || *target == Target::Host(host);
    let mut types: Vec<u16> = ports.filter(|port| may(&port.target)).map(|port| port.ty).collect();
    types.sort_unstable();
    types.dedup();
    types
}

/// Ports of an extern that the program inputs from, and that it outputs to.
fn ports(module: &Module, host: u16) -> (Vec<&Port>, Vec<&Port>) {
    let of_host = |port: u16| {
        let port = &module.ports[usize::from(port)];
        (port.target == Target::Host(host)).then_some(port)
    };
    let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
    for instr in module.routines.iter().flat_map(|routine| &routine.code) {
        match instr.op {
            Op::SendS | Op::SendV => outputs.extend(of_host(instr.d)),
            Op::RecvS | Op::RecvV | Op::GuardS | Op::GuardV => inputs.extend(of_host(instr.d)),
            _ => {}
        }
    }
    let guards = module.choices.iter().flat_map(|choice| &choice.guards);
    inputs.extend(guards.filter_map(|guard| of_host(guard.input?.0)));
    (inputs, outputs)
}

fn of_ports(module: &Module, host: u16) -> Use {
    let (inputs, outputs) = ports(module, host);
    match (inputs.is_empty(), outputs.is_empty()) {
        (false, true) => Use::Input,
        (true, false) => Use::Output,
        _ => Use::Unknown,
    }
}

/// A file carries characters, strings, numbers and lines of characters, and the type of what is input must be known.
fn check_types(module: &Module, host: u16, name: &str) -> Result<(), Usage> {
    let (inputs, outputs) = ports(module, host);
    for port in inputs {
        let what = match carried(module, port.ty) {
            Carried::Text | Carried::Number => continue,
            Carried::Boolean => "booleans",
            Carried::Unknown => "something whose type is not known",
            Carried::Other(what) => what,
        };
        return Err(Usage(format!(
            "extern {name}: the program inputs {what} from it, and a file gives only characters, strings, numbers and \
             arrays of characters"
        )));
    }
    for port in outputs {
        if let Carried::Other(what) = carried(module, port.ty) {
            return Err(Usage(format!(
                "extern {name}: the program outputs {what} to it, and a file takes only characters, strings, numbers, \
                 booleans and arrays of characters"
            )));
        }
    }
    Ok(())
}

/// What values of a type are for a file.
enum Carried {
    Text,
    Number,
    Boolean,
    Unknown,
    Other(&'static str),
}

fn carried(module: &Module, ty: u16) -> Carried {
    match &module.types[usize::from(ty)] {
        Type::Scalar(Kind::Character) | Type::String => Carried::Text,
        Type::Scalar(Kind::Boolean) => Carried::Boolean,
        Type::Scalar(_) => Carried::Number,
        Type::Any => Carried::Unknown,
        Type::Struct { .. } => Carried::Other("structured values"),
        Type::Array { dims: 1, element } => match module.types[usize::from(*element)] {
            Type::Scalar(Kind::Character) => Carried::Text,
            Type::Any => Carried::Unknown,
            _ => Carried::Other("arrays of other things than characters"),
        },
        Type::Array { .. } => Carried::Other("arrays of several dimensions"),
    }
}

/// The files that are open, so that none is emptied while it is read, and two names for one file write to one stream.
#[derive(Default)]
struct Files {
    read: HashMap<PathBuf, String>,
    written: HashMap<PathBuf, u32>,
}

impl Files {
    fn input(&mut self, streams: &mut Streams, name: &str, path: &Path) -> Result<u32, Usage> {
        let input = Input::open(path).map_err(|problem| cannot(name, "read", path, &problem))?;
        if let Some(file) = regular(path) {
            self.read.insert(file, name.to_owned());
        }
        Ok(streams.add(Some(input), None))
    }

    fn output(&mut self, streams: &mut Streams, name: &str, path: &Path) -> Result<u32, Usage> {
        if let Some(file) = regular(path) {
            if let Some(&stream) = self.written.get(&file) {
                return Ok(streams.same(stream));
            }
            if let Some(reader) = self.read.get(&file) {
                let shown = path.display();
                return Err(Usage(format!(
                    "extern {name}: writing to {shown} would overwrite what extern {reader} reads"
                )));
            }
        }
        let output = Output::create(path).map_err(|problem| cannot(name, "write", path, &problem))?;
        let stream = streams.add(None, Some(output));
        if let Some(file) = regular(path) {
            self.written.insert(file, stream);
        }
        Ok(stream)
    }
}

/// The one name of a file that is no device.
fn regular(path: &Path) -> Option<PathBuf> {
    path.is_file().then(|| path.canonicalize().ok()).flatten()
}

fn cannot(name: &str, what: &str, path: &Path, problem: &std::io::Error) -> Usage {
    Usage(format!("extern {name}: cannot {what} {}: {problem}", path.display()))
}
