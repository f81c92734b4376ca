//! What is known of the values of rhai.

use crate::check::tree::{Type, VarId};
use hydra_bytecode::{Kind, NativeType};
use rustc_hash::FxHashMap;

/// The type that a value surely has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Ty {
    Integer,
    Real,
    Boolean,
    Character,
    String,
    Unit,
    /// An array of the language as a whole; it is only looked at.
    Array,
    /// One of several, or not known: what can be done with every value can be done with it.
    Any,
    /// There never is a value.
    Never,
    /// Of a variable: it holds what cannot be kept in one register, so it must not be read before it is assigned.
    Mixed,
}

impl Ty {
    /// The type of a variable of the language; `None` for arrays.
    pub(super) fn of(ty: &Type) -> Option<Ty> {
        Some(match ty {
            Type::Integer => Ty::Integer,
            Type::Real => Ty::Real,
            Type::Boolean => Ty::Boolean,
            Type::Character => Ty::Character,
            Type::String => Ty::String,
            Type::Any | Type::Struct(..) => Ty::Any,
            Type::Array(..) => return None,
        })
    }

    /// As the signature of one of rhai's functions has it.
    pub(super) fn native(self) -> Option<NativeType> {
        Some(match self {
            Ty::Integer => NativeType::Integer,
            Ty::Real => NativeType::Real,
            Ty::Boolean => NativeType::Boolean,
            Ty::Character => NativeType::Character,
            Ty::String => NativeType::String,
            Ty::Array => NativeType::Array,
            Ty::Unit | Ty::Any | Ty::Never | Ty::Mixed => return None,
        })
    }

    /// The type of what one of rhai's functions gives.
    pub(super) fn of_native(ty: NativeType) -> Ty {
        match ty {
            NativeType::Integer => Ty::Integer,
            NativeType::Real => Ty::Real,
            NativeType::Boolean => Ty::Boolean,
            NativeType::Character => Ty::Character,
            NativeType::String => Ty::String,
            NativeType::Array => Ty::Array,
        }
    }

    /// Of an element of an array whose elements are of a kind, if they are.
    pub(super) fn of_kind(kind: Option<Kind>) -> Ty {
        match kind {
            Some(Kind::Integer) => Ty::Integer,
            Some(Kind::Real) => Ty::Real,
            Some(Kind::Boolean) => Ty::Boolean,
            Some(Kind::Character) => Ty::Character,
            None => Ty::Any,
        }
    }

    /// As expressions have it.
    pub(super) fn tree(self) -> Type {
        match self {
            Ty::Integer => Type::Integer,
            Ty::Real => Type::Real,
            Ty::Boolean => Type::Boolean,
            Ty::Character => Type::Character,
            Ty::String => Type::String,
            Ty::Unit | Ty::Array | Ty::Any | Ty::Never | Ty::Mixed => Type::Any,
        }
    }

    /// Whether it is kept in a scalar register.
    pub(super) fn is_scalar(self) -> bool {
        matches!(self, Ty::Integer | Ty::Real | Ty::Boolean | Ty::Character)
    }

    pub(super) fn is_number(self) -> bool {
        matches!(self, Ty::Integer | Ty::Real)
    }

    /// Of a value that comes from one of two places.
    pub(super) fn or(self, other: Ty) -> Ty {
        match (self, other) {
            (Ty::Never, ty) | (ty, Ty::Never) => ty,
            (one, other) if one == other => one,
            _ => Ty::Any,
        }
    }

    /// Of what a variable holds after one of two ways.
    pub(super) fn held(self, other: Ty) -> Ty {
        match (self, other) {
            (one, other) if one == other => one,
            (Ty::String | Ty::Array | Ty::Any, Ty::String | Ty::Array | Ty::Any) => Ty::Any,
            _ => Ty::Mixed,
        }
    }

    /// In messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Ty::Integer => "integer",
            Ty::Real => "real",
            Ty::Boolean => "boolean",
            Ty::Character => "character",
            Ty::String => "string",
            Ty::Unit => "()",
            Ty::Array => "array",
            Ty::Any | Ty::Never | Ty::Mixed => "any",
        }
    }
}

/// What variables hold at a place of the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    /// Nothing comes here.
    pub(super) unreachable: bool,
    pub(super) held: FxHashMap<VarId, Ty>,
}

impl State {
    /// Where two ways meet. Variables that only one of them has are gone.
    pub(super) fn merge(self, other: State) -> State {
        if self.unreachable {
            return other;
        }
        if other.unreachable {
            return self;
        }
        let held = self
            .held
            .into_iter()
            .filter_map(|(var, ty)| Some((var, ty.held(*other.held.get(&var)?))))
            .collect();
        State {
            unreachable: false,
            held,
        }
    }

    /// A place that nothing comes to.
    pub(super) fn nowhere() -> State {
        State {
            unreachable: true,
            held: FxHashMap::default(),
        }
    }
}
