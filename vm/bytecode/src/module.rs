//! A compiled program: everything the VM needs, and nothing outside it.

use crate::ops::Instr;
use crate::span::{Source, Span};
use serde::{Deserialize, Serialize};

/// Kinds of scalars, as the 8-byte registers hold them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum Kind {
    /// `i64`
    Integer,
    /// bits of an `f64`
    Real,
    /// 0 or 1
    Boolean,
    /// a Unicode scalar value
    Character,
}

impl Kind {
    /// All, in the order of their numbers.
    pub const ALL: [Kind; 4] = [Kind::Integer, Kind::Real, Kind::Boolean, Kind::Character];

    /// The name of the type in a program.
    pub fn name(self) -> &'static str {
        ["integer", "real", "boolean", "character"][self as usize]
    }
}

/// A type, which is also the shape of a message. Equal types have equal indices in [`Module::types`]; components come
/// before what they are part of.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Type {
    /// A scalar in an 8-byte register.
    Scalar(Kind),
    /// Immutable text.
    String,
    /// Whatever a variable of type `any` holds; as a shape, it takes every value.
    Any,
    /// An array; how long it is belongs to the variable (or value), not to the type.
    Array {
        /// Number of dimensions, at least 1.
        dims: u8,
        /// Type of an element; not an array.
        element: u16,
    },
    /// A structured value.
    Struct {
        /// Constructor, index into [`Module::strings`]; 0 for a nameless tuple.
        constructor: u16,
        /// Types of the components.
        parts: Vec<u16>,
    },
}

/// What a variable (or another place that converts what it takes) can hold: its type, and where its bounds are.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Slot {
    /// Index into [`Module::types`].
    pub ty: u16,
    /// First of the scalar registers that hold the bounds, lower and upper, of each dimension of each array in the type,
    /// in the order in which the type is written. Not used (0) if there is no array in it.
    pub bounds: u16,
    /// The name of the variable, for messages; may be empty.
    pub name: String,
}

/// A constant that does not fit in a word.
#[derive(Clone, Debug, PartialEq)]
pub enum Const {
    /// `()`
    Unit,
    /// an integer
    Integer(i64),
    /// a real
    Real(f64),
    /// a boolean
    Boolean(bool),
    /// a character
    Character(char),
    /// text
    String(String),
    /// an array as rhai has it
    Array(Vec<Const>),
    /// a structured value: constructor (index into [`Module::strings`]) and components
    Struct(u16, Vec<Const>),
    /// an object map
    Map(Vec<(String, Const)>),
}

/// A unit of code with registers of its own: the main process, a process of a parallel command, or a definition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Routine {
    /// `main`, the label without subscripts, the definition's name, or empty for an anonymous process.
    pub name: String,
    /// Number of scalar registers.
    pub scalars: u16,
    /// Number of reference registers.
    pub references: u16,
    /// Number of name registers.
    pub names: u16,
    /// For a definition: how many of the first registers of each bank are arguments. Else 0.
    pub args: [u16; 3],
    /// Instructions; the last one is `End`, `Ret`, `Select` or a jump.
    #[serde(with = "crate::format::code")]
    pub code: Vec<Instr>,
    /// For reports: the span that applies from an instruction on, in ascending order, the first at 0.
    pub spans: Vec<(u32, Span)>,
    /// What catches failures of its instructions, those inside of others first.
    pub handlers: Vec<Handler>,
    /// What its instructions do for functions that have no frame, those inside of others first.
    pub inlined: Vec<Inlined>,
}

/// A `try` of rhai: where a failure leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handler {
    /// The first instruction whose failure it catches.
    pub from: u32,
    /// The one behind the last.
    pub to: u32,
    /// Where it leads.
    pub target: u32,
    /// The reference register that gets what was thrown.
    pub value: Option<u16>,
}

/// Instructions that a function of rhai stands for, such as a closure or a method that one is handed to. A failure of theirs
/// leaves it on its way to a `try`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inlined {
    /// The first one.
    pub from: u32,
    /// The one behind the last.
    pub to: u32,
    /// The name of the function.
    pub function: String,
    /// Where it is called.
    pub span: Span,
}

impl Routine {
    /// What catches a failure of an instruction.
    pub fn handler(&self, pc: u32) -> Option<&Handler> {
        self.handlers
            .iter()
            .find(|handler| (handler.from..handler.to).contains(&pc))
    }

    /// The source of an instruction.
    pub fn span(&self, pc: u32) -> Span {
        let after = self.spans.partition_point(|&(from, _)| from <= pc);
        after.checked_sub(1).map_or(Span::default(), |i| self.spans[i].1)
    }
}

/// An instance of a definition: where the caller's arguments are. Named by [`crate::Op::Call`].
///
/// The arguments are the formals in their order, each array followed by the registers with its bounds. The caller's code
/// A function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// Its code, whose arguments are in its first registers.
    pub routine: u16,
    /// Whether its value is a scalar.
    pub scalar: bool,
}

/// has filled them all, converted values and checked families (`Within`), so a failure there is one at the instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Index into [`Module::routines`].
    pub routine: u16,
    /// First scalar, reference and name register of the caller that is handed over; the numbers are the routine's `args`.
    pub args: [u16; 3],
}

/// How code names a process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// A label. `depth` 0 is the parallel command the process itself belongs to, 1 the one its parent belongs to, and so on.
    Label {
        /// How many processes further out the label's parallel command is.
        depth: u16,
        /// Index into [`Parallel::families`] of that parallel command.
        family: u16,
    },
    /// What a name register is bound to: one process, or a whole family if there are subscripts.
    Formal(u16),
    /// A stream of the host: 0 `stdin`, 1 `stdout`, 2 `stderr`, 3 and on: [`Module::externs`].
    Host(u16),
}

/// A place in the program that names a process, mostly to communicate with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Port {
    /// Whom it names.
    pub target: Target,
    /// The name as it is written, for messages.
    pub name: String,
    /// First of the scalar registers with the subscripts.
    pub subscripts: u16,
    /// How many there are.
    pub count: u8,
    /// Type of what is sent as far as known, or of the target; index into [`Module::types`].
    pub ty: u16,
    /// Bounds of the target where its type has arrays, as in [`Slot::bounds`].
    pub bounds: u16,
    /// Whether the subscripts are the same every time in one process or instance, so that it always names the same process.
    pub fixed: bool,
    /// The first of [`Port::cached`] scalar registers that no other port uses, 0 at first, where the VM remembers what it
    /// found.
    pub cache: u16,
}

impl Port {
    /// How many registers the VM has for itself to remember what it found: one, and one for the subscripts it was found by.
    pub fn cached(&self) -> usize {
        if self.count == 0 || self.fixed { 1 } else { 2 }
    }
}

/// A subscript in a label, as pairs of bounds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Index into [`Parallel::families`].
    pub family: u16,
    /// The parent's scalar register with the lower bound of the first subscript; then its upper bound, and so on. A
    /// subscript that is one value has equal bounds.
    pub bounds: u16,
    /// For each subscript the child's scalar register that gets its value, or `u16::MAX`.
    pub variables: Vec<u16>,
}

/// A register of the banks that hold values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Reg {
    /// scalar
    S(u16),
    /// reference
    R(u16),
}

/// The value of a subscript that is the same in all mentions within a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fixed {
    /// A scalar register of the parent.
    Parent(u16),
    /// The value of this subscript of the process's label.
    Label(u8),
    /// A constant.
    Constant(i64),
}

/// What a process gets from its parent at its start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Capture {
    /// A copy of a register, in the same bank.
    Copy {
        /// the parent's
        from: Reg,
        /// the child's
        to: Reg,
    },
    /// A reference moved out of the parent, which gets it back by a [`HandBack::Copy`]: nobody else mentions it.
    Take {
        /// the parent's
        from: u16,
        /// the child's
        to: u16,
    },
    /// What a name register is bound to.
    Name {
        /// the parent's
        from: u16,
        /// the child's
        to: u16,
    },
    /// The element or row of the array `from` at the leading subscripts `at`.
    Part {
        /// the parent's reference register with an array
        from: u16,
        /// the child's
        to: Reg,
        /// one for each leading dimension
        at: Vec<Fixed>,
        /// the parent's first bounds register of the array
        bounds: u16,
    },
    /// An array with nothing but the element or row of the array `from` at the leading subscripts `at`, which are its
    /// bounds. If they are outside the bounds of `from`, a copy of it, where a mention of the part fails.
    Window {
        /// the parent's reference register with an array
        from: u16,
        /// the child's reference register
        to: u16,
        /// one for each leading dimension
        at: Vec<Fixed>,
        /// the parent's first bounds register of the array
        bounds: u16,
        /// the child's first bounds register, where an earlier capture has copied the bounds of `from`
        window: u16,
    },
}

/// What a process gives back to its parent when all have ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HandBack {
    /// A register, in the same bank.
    Copy {
        /// the child's
        from: Reg,
        /// the parent's
        to: Reg,
    },
    /// The element or row of the parent's array `to` at the leading subscripts `at`.
    Part {
        /// the child's
        from: Reg,
        /// the parent's reference register
        to: u16,
        /// one for each leading dimension
        at: Vec<Fixed>,
        /// the parent's first bounds register of the array
        bounds: u16,
    },
    /// The element or row that is all that the process has of the parent's array, as [`Capture::Window`] has made it.
    Window {
        /// the child's reference register
        from: u16,
        /// the parent's reference register
        to: u16,
        /// one for each leading dimension
        at: Vec<Fixed>,
        /// the parent's first bounds register of the array
        bounds: u16,
    },
    /// Those elements of an array whose subscripts have the given values in some dimensions.
    Slice {
        /// the child's reference register, an array of the same lengths as the parent's
        from: u16,
        /// the parent's reference register
        to: u16,
        /// one for each dimension; `None` for all its values
        at: Vec<Option<Fixed>>,
        /// the parent's first bounds register of the array
        bounds: u16,
    },
    /// Those elements of an array that the process has changed, for other processes assign others.
    Changed {
        /// the child's reference register, an array of the same lengths as the parent's
        from: u16,
        /// the child's reference register with a copy of what `from` held at the start, which no code touches
        was: u16,
        /// the parent's reference register
        to: u16,
    },
}

/// A process (or, with ranges in its label, many) of a parallel command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// `None` if it is anonymous.
    pub label: Option<Label>,
    /// Index into [`Module::routines`].
    pub routine: u16,
    /// What it gets.
    pub captures: Vec<Capture>,
    /// What it gives back.
    pub results: Vec<HandBack>,
    /// Its label, or its first command, for reports.
    pub span: Span,
}

/// A name in a parallel command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Family {
    /// The name.
    pub name: String,
    /// Number of subscripts.
    pub dims: u8,
}

/// A parallel command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parallel {
    /// Its processes in the order of the text.
    pub processes: Vec<Process>,
    /// The names that can be spoken to.
    pub families: Vec<Family>,
    /// The command.
    pub span: Span,
}

/// A guarded command of a choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// Where its command list begins, an index into the routine's code.
    pub target: u32,
    /// Its input: index into [`Module::ports`], and where the value goes. A scalar register takes a scalar of the
    /// port's type.
    pub input: Option<(u16, Reg)>,
    /// Scalar registers of its range variables, restored when it is chosen.
    pub ranges: Vec<u16>,
    /// For [`crate::Op::ArmAll`]: which subscript of the port is the range variable.
    pub varying: u8,
    /// The guard, for reports.
    pub span: Span,
}

/// An alternative or repetitive command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Takes the first ready guard in the order of the text.
    pub pri: bool,
    /// In the order of the text, without `else`.
    pub guards: Vec<Guard>,
    /// Where to go when all guards have failed: the end of a repetition, or `else`; `None`: the process fails.
    pub otherwise: Option<u32>,
    /// First of as many scalar registers as there are guards, 0 at first, where the VM keeps which was chosen last.
    pub turns: u16,
    /// No output can be taken by two of the guards.
    pub distinct: bool,
    /// The command.
    pub span: Span,
}

/// Text that was put into a fragment when it was compiled, so that places can be found again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// Line in the fragment, from 1.
    pub line: u32,
    /// Column in the stored text where the insertion begins, from 1, in characters.
    pub column: u32,
    /// Its length in characters.
    pub length: u32,
}

/// How a variable is seen by a fragment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FragmentVariable {
    /// Its name.
    pub name: String,
    /// Its register.
    pub reg: Reg,
    /// Its type and bounds, index into [`Module::slots`].
    pub slot: u16,
    /// Whether the fragment may read it.
    pub reads: bool,
    /// Whether the fragment may assign to it (elements and changing methods included).
    pub writes: bool,
    /// For an array: it is only mentioned as `a[…]` with subscripts, so no copy is needed; else the text has
    /// `a[hydra_at(subscript, hydra_bounds_a, dimension)]` for each such subscript, where `hydra_bounds_a` is a constant of
    /// the scope that stands for the bounds of the slot, and dimensions count from 0.
    pub indexed: bool,
}

/// rhai source from braces.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fragment {
    /// The text that is evaluated.
    pub text: String,
    /// The place of the text between the braces.
    pub span: Span,
    /// Why rhai evaluates it, in a few words for listings.
    pub why: String,
    /// How `text` differs from it.
    pub edits: Vec<Edit>,
    /// The variables it mentions.
    pub variables: Vec<FragmentVariable>,
    /// Constants it mentions, with their values (index into [`Module::values`]).
    pub constants: Vec<(String, u16)>,
    /// Params it mentions (index into [`Module::params`]).
    pub params: Vec<u16>,
}

/// A text of `_include{ … }` items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Include {
    /// rhai source.
    pub text: String,
    /// The place of the text between the braces.
    pub span: Span,
}

/// A rhai module that an `_include` imports, or one imported by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptModule {
    /// The path as it is written in the `import`.
    pub path: String,
    /// rhai source; empty for a standard module.
    pub text: String,
}

/// A param.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// Its type, a scalar or string.
    pub ty: u16,
    /// Its value when none is given.
    pub default: Option<Const>,
    /// Where it is declared.
    pub span: Span,
}

/// A process that the host supplies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extern {
    /// Its name.
    pub name: String,
    /// Bounds of its subscripts: each a constant, or a param (index into [`Module::params`]).
    pub ranges: Vec<(Bound, Bound)>,
    /// Where it is declared.
    pub span: Span,
}

/// A bound that is known when the program starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bound {
    /// known to the compiler
    Constant(i64),
    /// index into [`Module::params`], an integer
    Param(u16),
}

/// A compiled program, not yet verified.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Module {
    /// Source files; spans index it.
    pub sources: Vec<Source>,
    /// Names of constructors; the first is empty.
    pub strings: Vec<String>,
    /// Scalar constants.
    pub words: Vec<u64>,
    /// Other constants.
    pub values: Vec<Const>,
    /// Types and shapes.
    pub types: Vec<Type>,
    /// Variables and other converting places.
    pub slots: Vec<Slot>,
    /// Code; the first is the main process.
    pub routines: Vec<Routine>,
    /// Instances.
    pub calls: Vec<Call>,
    /// Functions of includes that became bytecode.
    pub functions: Vec<Function>,
    /// Places that name a process.
    pub ports: Vec<Port>,
    /// Parallel commands.
    pub parallels: Vec<Parallel>,
    /// Alternative and repetitive commands.
    pub choices: Vec<Choice>,
    /// rhai in braces.
    pub fragments: Vec<Fragment>,
    /// Texts in braces that became instructions, for listings.
    pub lowered: Vec<Span>,
    /// `_include` items.
    pub includes: Vec<Include>,
    /// Named constants of the program, which functions of the includes see as `global::NAME`.
    pub globals: Vec<(String, u16)>,
    /// rhai modules.
    pub scripts: Vec<ScriptModule>,
    /// Params.
    pub params: Vec<Param>,
    /// External processes.
    pub externs: Vec<Extern>,
}
