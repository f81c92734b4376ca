//! Functions of rhai that the VM has itself.

use crate::module::Kind;

/// A type in the signature of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NativeType {
    /// integer
    Integer,
    /// real
    Real,
    /// boolean
    Boolean,
    /// character
    Character,
    /// string
    String,
    /// an array of the language
    Array,
}

impl NativeType {
    /// The kind of scalar that it is.
    pub fn kind(self) -> Option<Kind> {
        match self {
            NativeType::Integer => Some(Kind::Integer),
            NativeType::Real => Some(Kind::Real),
            NativeType::Boolean => Some(Kind::Boolean),
            NativeType::Character => Some(Kind::Character),
            NativeType::String | NativeType::Array => None,
        }
    }
}

macro_rules! natives {
    ($( $native:ident = $name:literal ($($arg:ident),*) -> $value:ident, )+) => {
        /// A function of rhai, for one combination of argument types.
        #[allow(missing_docs, reason = "each is named after its function and its arguments")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Native { $($native,)+ }

        impl Native {
            /// All in the order of their numbers.
            pub const ALL: &'static [Native] = &[$(Native::$native),+];

            /// Its name in rhai; of a function of a standard module, behind the module's.
            pub fn name(self) -> &'static str {
                match self { $(Native::$native => $name),+ }
            }

            /// The types of its arguments.
            pub fn args(self) -> &'static [NativeType] {
                match self { $(Native::$native => &[$(NativeType::$arg),*]),+ }
            }

            /// The type of its value.
            pub fn value(self) -> NativeType {
                match self { $(Native::$native => NativeType::$value),+ }
            }
        }
    };
}

natives! {
    AbsInteger = "abs" (Integer) -> Integer,
    AbsReal = "abs" (Real) -> Real,
    SignInteger = "sign" (Integer) -> Integer,
    IsEven = "is_even" (Integer) -> Boolean,
    IsOdd = "is_odd" (Integer) -> Boolean,
    IsZeroInteger = "is_zero" (Integer) -> Boolean,
    IsZeroReal = "is_zero" (Real) -> Boolean,
    MaxInteger = "max" (Integer, Integer) -> Integer,
    MinInteger = "min" (Integer, Integer) -> Integer,
    MaxReal = "max" (Real, Real) -> Real,
    MinReal = "min" (Real, Real) -> Real,
    ToFloat = "to_float" (Integer) -> Real,
    ToInt = "to_int" (Real) -> Integer,
    Floor = "floor" (Real) -> Real,
    Ceiling = "ceiling" (Real) -> Real,
    Round = "round" (Real) -> Real,
    Int = "int" (Real) -> Real,
    Fraction = "fraction" (Real) -> Real,
    IsNan = "is_nan" (Real) -> Boolean,
    IsFinite = "is_finite" (Real) -> Boolean,
    IsInfinite = "is_infinite" (Real) -> Boolean,
    Sqrt = "sqrt" (Real) -> Real,
    Exp = "exp" (Real) -> Real,
    Ln = "ln" (Real) -> Real,
    Sin = "sin" (Real) -> Real,
    Cos = "cos" (Real) -> Real,
    Tan = "tan" (Real) -> Real,
    TextOfInteger = "to_string" (Integer) -> String,
    TextOfReal = "to_string" (Real) -> String,
    TextOfBoolean = "to_string" (Boolean) -> String,
    TextOfCharacter = "to_string" (Character) -> String,
    Text = "to_string" (String) -> String,
    ParseInt = "parse_int" (String) -> Integer,
    Len = "len" (String) -> Integer,
    Bytes = "bytes" (String) -> Integer,
    IsEmpty = "is_empty" (String) -> Boolean,
    Contains = "contains" (String, String) -> Boolean,
    ContainsCharacter = "contains" (String, Character) -> Boolean,
    StartsWith = "starts_with" (String, String) -> Boolean,
    StartsWithCharacter = "starts_with" (String, Character) -> Boolean,
    EndsWith = "ends_with" (String, String) -> Boolean,
    EndsWithCharacter = "ends_with" (String, Character) -> Boolean,
    IndexOf = "index_of" (String, String) -> Integer,
    IndexOfCharacter = "index_of" (String, Character) -> Integer,
    SubString = "sub_string" (String, Integer, Integer) -> String,
    SubStringFrom = "sub_string" (String, Integer) -> String,
    ToUpper = "to_upper" (String) -> String,
    ToLower = "to_lower" (String) -> String,
    ToUpperCharacter = "to_upper" (Character) -> Character,
    ToLowerCharacter = "to_lower" (Character) -> Character,
    CharacterAt = "[]" (String, Integer) -> Character,
    LenOfArray = "len" (Array) -> Integer,
    IsEmptyArray = "is_empty" (Array) -> Boolean,
    Atan2 = "math::atan2" (Real, Real) -> Real,
    Cbrt = "math::cbrt" (Real) -> Real,
    Clamp = "math::clamp" (Integer, Integer, Integer) -> Integer,
    ClampReal = "math::clamp" (Real, Real, Real) -> Real,
    Gcd = "math::gcd" (Integer, Integer) -> Integer,
    Isqrt = "math::isqrt" (Integer) -> Integer,
    Lcm = "math::lcm" (Integer, Integer) -> Integer,
    Log10 = "math::log10" (Real) -> Real,
    Log2 = "math::log2" (Real) -> Real,
    PowMod = "math::pow_mod" (Integer, Integer, Integer) -> Integer,
    CountOnes = "bits::count" (Integer) -> Integer,
    LeadingZeros = "bits::leading_zeros" (Integer) -> Integer,
    ReverseBits = "bits::reverse" (Integer) -> Integer,
    RotateLeft = "bits::rotate_left" (Integer, Integer) -> Integer,
    RotateRight = "bits::rotate_right" (Integer, Integer) -> Integer,
    ShiftRight = "bits::shift_right" (Integer, Integer) -> Integer,
    TrailingZeros = "bits::trailing_zeros" (Integer) -> Integer,
    CountParts = "text::count" (String, String) -> Integer,
    PadLeft = "text::pad_left" (String, Integer, Character) -> String,
    PadRight = "text::pad_right" (String, Integer, Character) -> String,
    Repeat = "text::repeat" (String, Integer) -> String,
    ReverseText = "text::reverse" (String) -> String,
}

impl Native {
    /// Those whose property rhai has as well: `x.floor` for `x.floor()`.
    pub fn is_property(self) -> bool {
        use Native::*;
        matches!(
            self,
            IsEven
                | IsOdd
                | IsZeroInteger
                | IsZeroReal
                | Floor
                | Ceiling
                | Round
                | Int
                | Fraction
                | IsNan
                | IsFinite
                | IsInfinite
                | Len
                | Bytes
                | IsEmpty
                | LenOfArray
                | IsEmptyArray
        )
    }
}
