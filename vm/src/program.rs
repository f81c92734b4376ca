//! A verified module prepared for running; shared by all workers.

use crate::chan::ShapeKey;
use hydra_bytecode::{Choice, Instr, Module, Op, Port, Process, Reg, Target, Type, VerifiedModule};
use hydra_stdlib::engine::ScriptProgram;
use hydra_stdlib::value::operations::Operation;
use hydra_stdlib::value::{self, Symbols, Value};
use std::sync::Arc;

/// What all runs of a program share.
pub(crate) struct Program {
    pub(crate) module: VerifiedModule,
    /// Constants that do not fit in a word.
    pub(crate) values: Vec<Value>,
    /// Names of constructors.
    pub(crate) symbols: Arc<Symbols>,
    /// For each of the module's strings, what it does as the text of an operation.
    pub(crate) operations: Vec<Operation>,
    /// rhai, compiled when first needed.
    pub(crate) scripts: Arc<ScriptProgram>,
    /// The code of each routine as the executor reads it: instructions that communicate scalars have the register of the
    /// port's cache in `c`. Their `a` is more than a kind (4 or more) where the port has subscripts that may differ. Those of a
    /// choice that is a [`Server`] have 1 in `a`.
    pub(crate) code: Vec<Box<[Instr]>>,
    /// What the quick path of a communication needs of each port.
    pub(crate) quick: Vec<QuickPort>,
    /// Functions of includes as the executor reads them.
    pub(crate) functions: Vec<FunctionCode>,
    /// What a round of each choice needs that has a single guard, an input of a scalar with one range.
    pub(crate) servers: Vec<Option<Server>>,
    /// For each parallel command, whether none of its labels has subscripts.
    pub(crate) plain: Vec<bool>,
    /// For each parallel command, whether one of its processes hands something back when it ends.
    pub(crate) hands_back: Vec<bool>,
    /// For each port, whether its type has arrays, so that lengths must be checked when two meet.
    pub(crate) ports_with_bounds: Vec<bool>,
    /// For each type, what kinds of shape a target of it takes.
    pub(crate) keys: Vec<ShapeKey>,
    /// For each type, how many pairs of bounds it has.
    pub(crate) bounds_of: Vec<usize>,
    /// Whether failures are caught anywhere.
    pub(crate) catches: bool,
}

/// A function of an include.
pub(crate) struct FunctionCode {
    /// Its code.
    pub(crate) code: Box<[Instr]>,
    /// How many registers it has.
    pub(crate) scalars: u16,
    pub(crate) references: u16,
    /// Its routine in the module's table.
    pub(crate) routine: u16,
}

/// What the quick path of a communication needs of a port, close together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QuickPort {
    /// [`Port::cache`].
    pub(crate) cache: u16,
    /// [`Port::subscripts`]; not used without subscripts.
    pub(crate) subscripts: u16,
    /// How many subscripts that may differ: none, one, or two, or [`QuickPort::MANY`].
    pub(crate) count: u8,
    /// The family of the process's own group that it names, if it does so with one subscript that may differ; else
    /// [`QuickPort::FAR`].
    pub(crate) family: u16,
}

/// What a round of a choice needs that has a single guard, an input of a scalar with one range: `*[ (i:1..n) C(i) ? x -> … ]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Server {
    /// Kind of the scalar, as number.
    pub(crate) kind: u8,
    /// Where it goes.
    pub(crate) reg: u16,
    /// The register of the range variable.
    pub(crate) range: u16,
    /// [`Choice::turns`].
    pub(crate) turns: u16,
    /// Where the command list begins.
    pub(crate) target: u32,
}

impl Server {
    fn new(module: &Module, choice: &Choice) -> Option<Server> {
        let [guard] = &choice.guards[..] else { return None };
        let (Some((port, Reg::S(reg))), [range], false) = (guard.input, &guard.ranges[..], choice.pri) else {
            return None;
        };
        let Type::Scalar(kind) = module.types[usize::from(module.ports[usize::from(port)].ty)] else {
            return None;
        };
        Some(Server {
            kind: kind as u8,
            reg,
            range: *range,
            turns: choice.turns,
            target: guard.target,
        })
    }

    /// The round is over: the member `number` of the range, whose first value is `low`, has said a scalar.
    #[inline(always)]
    pub(crate) fn complete(&self, s: &mut [u64], clock: u64, (low, number): (i64, u32), word: u64) {
        s[usize::from(self.turns)] = clock;
        s[usize::from(self.range)] = (low + i64::from(number)) as u64;
        s[usize::from(self.reg)] = word;
    }
}

impl QuickPort {
    /// So many subscripts that what was found is not remembered.
    pub(crate) const MANY: u8 = 3;
    /// No family of the process's own group.
    pub(crate) const FAR: u16 = u16::MAX;

    fn new(port: &Port) -> QuickPort {
        let count = if port.fixed { 0 } else { port.count.min(Self::MANY) };
        let family = match port.target {
            Target::Label { depth: 0, family } if count == 1 => family,
            _ => Self::FAR,
        };
        QuickPort {
            cache: port.cache,
            subscripts: port.subscripts,
            count,
            family,
        }
    }

    /// The subscripts as one word, if they can be: what is remembered is only good for these.
    #[inline(always)]
    pub(crate) fn key(&self, s: &[u64]) -> Option<u64> {
        let at = usize::from(self.subscripts);
        match self.count {
            0 => Some(0),
            1 => s.get(at).copied(),
            2 => {
                let (i, j) = (*s.get(at)? as i64, *s.get(at + 1)? as i64);
                let (i, j) = (i32::try_from(i).ok()?, i32::try_from(j).ok()?);
                Some((i as u32 as u64) << 32 | u64::from(j as u32))
            }
            _ => None,
        }
    }
}

fn prepare(module: &Module, code: &[Instr]) -> Box<[Instr]> {
    let prepared = |&instr: &Instr| match instr.op {
        Op::SendS | Op::RecvS | Op::GuardS => {
            let port = &module.ports[usize::from(instr.d)];
            match port.cache {
                // not for the quick path: the executor looks up what it is when it is left to the slow one
                u16::MAX => Instr { op: Op::SendV, ..instr },
                cache => Instr {
                    a: instr.a | u8::from(port.cached() > 1) << 2,
                    c: cache,
                    ..instr
                },
            }
        }
        Op::Choose | Op::ArmAll | Op::Select
            if Server::new(module, &module.choices[usize::from(instr.d)]).is_some() =>
        {
            Instr { a: 1, ..instr }
        }
        _ => instr,
    };
    code.iter().map(prepared).collect()
}

impl Program {
    /// Prepares a module.
    pub(crate) fn new(module: VerifiedModule, scripts: Option<&ScriptProgram>) -> Program {
        let mut bounds_of: Vec<usize> = Vec::with_capacity(module.types.len());
        for ty in &module.types {
            bounds_of.push(match ty {
                Type::Array { dims, element } => usize::from(*dims) + bounds_of[usize::from(*element)],
                Type::Struct { parts, .. } => parts.iter().map(|&part| bounds_of[usize::from(part)]).sum(),
                _ => 0,
            });
        }
        let symbols = Arc::new(Symbols::new(&module.strings));
        Program {
            values: module.values.iter().map(value::from_const).collect(),
            symbols,
            operations: module.strings.iter().map(|text| Operation::of(text)).collect(),
            scripts: Arc::new(scripts.map_or_else(|| ScriptProgram::new(&module), ScriptProgram::again)),
            code: module
                .routines
                .iter()
                .map(|routine| prepare(&module, &routine.code))
                .collect(),
            servers: module
                .choices
                .iter()
                .map(|choice| Server::new(&module, choice))
                .collect(),
            plain: (module.parallels.iter())
                .map(|parallel| {
                    let subscripts =
                        |process: &Process| process.label.as_ref().map_or(0, |label| label.variables.len());
                    parallel.processes.iter().all(|process| subscripts(process) == 0)
                })
                .collect(),
            hands_back: (module.parallels.iter())
                .map(|parallel| parallel.processes.iter().any(|process| !process.results.is_empty()))
                .collect(),
            quick: module.ports.iter().map(QuickPort::new).collect(),
            functions: module
                .functions
                .iter()
                .map(|function| {
                    let routine = &module.routines[usize::from(function.routine)];
                    FunctionCode {
                        code: routine.code.clone().into(),
                        scalars: routine.scalars,
                        references: routine.references,
                        routine: function.routine,
                    }
                })
                .collect(),
            ports_with_bounds: module
                .ports
                .iter()
                .map(|port| bounds_of[usize::from(port.ty)] > 0)
                .collect(),
            keys: module.types.iter().map(ShapeKey::of_type).collect(),
            bounds_of,
            catches: module.routines.iter().any(|routine| !routine.handlers.is_empty()),
            module,
        }
    }

    /// Pairs of bounds from consecutive registers.
    pub(crate) fn bounds(&self, ty: u16, first: u16, s: &[u64]) -> impl Iterator<Item = (i64, i64)> {
        let count = 2 * self.bounds_of[usize::from(ty)];
        let pairs = s.get(usize::from(first)..usize::from(first) + count).unwrap_or(&[]);
        pairs.chunks_exact(2).map(|pair| (pair[0] as i64, pair[1] as i64))
    }

    /// A value as a variable of this type and these bounds holds it.
    pub(crate) fn convert(&self, value: Value, ty: u16, first: u16, s: &[u64]) -> Result<Value, String> {
        value::convert(
            value,
            ty,
            &self.module.types,
            &mut self.bounds(ty, first, s),
            &self.symbols,
        )
    }

    /// A value as `print` writes it.
    pub(crate) fn show(&self, value: &Value) -> String {
        value::show(value, &self.symbols)
    }
}
