//! Values of params, from a command line or an application.

use crate::config::Usage;
use crate::data::{Data, to_value};
use crate::program::Program;
use crate::trace::Scalar;
use hydra_bytecode::{Const, Kind, Module, Type};
use hydra_stdlib::value::{Value, convert, from_const};

/// The value of a param as it is written on a command line.
fn read_param(module: &Module, ty: u16, text: &str) -> Option<Value> {
    Some(match &module.types[usize::from(ty)] {
        Type::String => Value::String(text.into()),
        Type::Scalar(Kind::Integer) => Value::Integer(text.trim().parse().ok()?),
        Type::Scalar(Kind::Real) => Value::Real(text.trim().parse().ok().filter(|x: &f64| x.is_finite())?),
        Type::Scalar(Kind::Boolean) => Value::Boolean(text.trim().parse().ok()?),
        Type::Scalar(Kind::Character) => {
            let mut letters = text.chars();
            let only = letters.next().filter(|_| letters.next().is_none());
            Value::Character(only?)
        }
        _ => return None,
    })
}

fn type_name(module: &Module, ty: u16) -> &'static str {
    match &module.types[usize::from(ty)] {
        Type::Scalar(kind) => kind.name(),
        _ => "string",
    }
}

/// The value of each param.
pub(crate) fn params(
    program: &Program,
    given: &[(String, String)],
    values: &[(String, Data)],
) -> Result<Vec<Value>, Usage> {
    let module = &program.module;
    let names = given.iter().map(|(name, _)| name);
    for name in names.chain(values.iter().map(|(name, _)| name)) {
        if !module.params.iter().any(|param| &param.name == name) {
            let known: Vec<&str> = module.params.iter().map(|param| param.name.as_str()).collect();
            let known = if known.is_empty() {
                "it has none".into()
            } else {
                format!("it has {}", known.join(", "))
            };
            return Err(Usage(format!("the program has no param {name} ({known})")));
        }
    }
    let value = |param: &hydra_bytecode::Param| {
        let ty = type_name(module, param.ty);
        if let Some((name, data)) = values.iter().rev().find(|(name, _)| *name == param.name) {
            let value =
                to_value(data, &program.symbols).map_err(|problem| Usage(format!("param {name}: {problem}")))?;
            return convert(
                value,
                param.ty,
                &module.types,
                &mut std::iter::empty(),
                &program.symbols,
            )
            .map_err(|_| Usage(format!("param {name} is of type {ty}, and {data} is none")));
        }
        match given.iter().rev().find(|(name, _)| *name == param.name) {
            Some((name, text)) => read_param(module, param.ty, text)
                .ok_or_else(|| Usage(format!("param {name} is of type {ty}, and {text:?} is none"))),
            None => match &param.default {
                Some(Const::Integer(n)) if ty == "real" => Ok(Value::Real(*n as f64)),
                Some(default) => Ok(from_const(default)),
                None => Err(Usage(format!(
                    "param {} has no value; give one with --set {0}=VALUE ({ty})",
                    param.name
                ))),
            },
        }
    };
    module.params.iter().map(value).collect()
}

/// The values that the params had in a recorded run; `None` if it was not so.
pub(crate) fn again(module: &Module, given: &[Scalar]) -> Option<Vec<Value>> {
    let fits = |param: &hydra_bytecode::Param, scalar: &Scalar| {
        let kind = match &module.types[usize::from(param.ty)] {
            Type::Scalar(kind) => Some(*kind),
            _ => None,
        };
        kind == match scalar {
            Scalar::Integer(_) => Some(Kind::Integer),
            Scalar::Real(_) => Some(Kind::Real),
            Scalar::Boolean(_) => Some(Kind::Boolean),
            Scalar::Character(_) => Some(Kind::Character),
            Scalar::String(_) => None,
        }
    };
    let all =
        given.len() == module.params.len() && module.params.iter().zip(given).all(|(param, one)| fits(param, one));
    all.then(|| given.iter().map(Scalar::value).collect())
}
