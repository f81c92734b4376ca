//! Static types as registers see them.

use crate::check::tree::Type;
use hydra_bytecode::Kind;

/// The kind of a type that is held in a scalar register.
pub(super) fn kind(ty: &Type) -> Option<Kind> {
    match ty {
        Type::Integer => Some(Kind::Integer),
        Type::Real => Some(Kind::Real),
        Type::Boolean => Some(Kind::Boolean),
        Type::Character => Some(Kind::Character),
        Type::String | Type::Any | Type::Array(..) | Type::Struct(..) => None,
    }
}

/// How many pairs of bounds a variable of this type has: one for each dimension of each array in it.
pub(super) fn bounds(ty: &Type) -> usize {
    match ty {
        Type::Array(dims, element) => usize::from(*dims) + bounds(element),
        Type::Struct(_, parts) => parts.iter().map(bounds).sum(),
        _ => 0,
    }
}

/// The number of dimensions of an array; 0 for everything else.
pub(super) fn dims(ty: &Type) -> usize {
    match ty {
        Type::Array(dims, _) => usize::from(*dims),
        _ => 0,
    }
}

/// What remains of a type after so many subscripts.
pub(super) fn after(ty: &Type, subscripts: usize) -> Type {
    match ty {
        Type::Array(dims, element) if subscripts >= usize::from(*dims) => (**element).clone(),
        Type::Array(dims, element) => Type::Array(dims - subscripts as u8, element.clone()),
        _ => ty.clone(),
    }
}

/// Whether no value is of both types (lengths aside). An empty array agrees with every array, so arrays never disagree.
pub(super) fn disagree(one: &Type, other: &Type) -> bool {
    match (one, other) {
        (Type::Any, _) | (_, Type::Any) | (Type::Array(..), Type::Array(..)) => false,
        (Type::Struct(name, parts), Type::Struct(other, others)) => {
            name != other || parts.len() != others.len() || parts.iter().zip(others).any(|(a, b)| disagree(a, b))
        }
        _ => one != other,
    }
}
