//! A verified module prepared for running; shared by all workers.

use hydra_bytecode::{Type, VerifiedModule};
use hydra_stdlib::engine::ScriptProgram;
use hydra_stdlib::value::{self, Symbols, Value};
use std::sync::Arc;

/// What all runs of a program share.
pub(crate) struct Program {
    pub(crate) module: VerifiedModule,
    /// Constants that do not fit in a word.
    pub(crate) values: Vec<Value>,
    /// Names of constructors.
    pub(crate) symbols: Arc<Symbols>,
    /// rhai, compiled when first needed.
    pub(crate) scripts: Arc<ScriptProgram>,
    /// For each port, whether its type has arrays, so that lengths must be checked when two meet.
    pub(crate) ports_with_bounds: Vec<bool>,
    /// For each type, how many pairs of bounds it has.
    pub(crate) bounds_of: Vec<usize>,
}

impl Program {
    /// Prepares a module.
    pub(crate) fn new(module: VerifiedModule) -> Program {
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
            scripts: Arc::new(ScriptProgram::new(&module)),
            ports_with_bounds: module
                .ports
                .iter()
                .map(|port| bounds_of[usize::from(port.ty)] > 0)
                .collect(),
            bounds_of,
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
