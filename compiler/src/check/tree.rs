//! The checked program: every name resolved, every expression typed, every process closed over what it uses.
//!
//! A *routine* is a unit of code with variables of its own: the main process, each process of a parallel command, each
//! definition. A routine mentions only its own variables: a process that mentions one of its encloser's has a variable of
//! its own for it ([`VarKind::Captured`]).

pub use super::script::Script;
use hydra_bytecode::{BinOp, CmpOp, Const, Span};

/// Index into [`Routine::vars`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VarId(pub u32);

/// Index into [`CheckedProgram::definitions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DefId(pub u32);

/// A static type. Bounds belong to variables.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// `integer`
    Integer,
    /// `real`
    Real,
    /// `boolean`
    Boolean,
    /// `character`
    Character,
    /// `string`
    String,
    /// Not known before the program runs, or `any`.
    Any,
    /// dimensions and element type (never an array itself)
    Array(u8, Box<Type>),
    /// constructor (empty: a nameless tuple) and components
    Struct(String, Vec<Type>),
}

/// The checked program.
#[derive(Clone, Debug, Default)]
pub struct CheckedProgram {
    /// The main process.
    pub main: Routine,
    /// The definitions that are used or may be used, imported ones included.
    pub definitions: Vec<Definition>,
    /// Named constants of the program with folded values, imported ones included.
    pub constants: Vec<(String, Const)>,
    /// Params in order.
    pub params: Vec<Param>,
    /// Externs in order.
    pub externs: Vec<Extern>,
    /// `_include` texts in order, imported ones first: the span between the braces.
    pub includes: Vec<Span>,
    /// rhai modules that includes import: path as written, source (empty for a standard module).
    pub scripts: Vec<(String, String)>,
}

/// A param.
#[derive(Clone, Debug)]
pub struct Param {
    /// its name
    pub name: String,
    /// its type
    pub ty: Type,
    /// its default, of exactly that type
    pub default: Option<Const>,
    /// its name's place
    pub span: Span,
}

/// An external process.
#[derive(Clone, Debug)]
pub struct Extern {
    /// its name
    pub name: String,
    /// bounds of its subscripts: constants or params
    pub ranges: Vec<(hydra_bytecode::Bound, hydra_bytecode::Bound)>,
    /// its name's place
    pub span: Span,
}

/// A process definition.
#[derive(Clone, Debug)]
pub struct Definition {
    /// its name
    pub name: String,
    /// its formals in order
    pub formals: Vec<Formal>,
    /// processes of the outside that each instance has for itself, the last of [`Routine::names`] that are not captured
    pub outsides: Vec<(u32, hydra_bytecode::Outside)>,
    /// its code; formals of value types are variables of it
    pub routine: Routine,
    /// its name's place
    pub span: Span,
}

/// A formal of a definition.
#[derive(Clone, Debug)]
pub enum Formal {
    /// a variable of the routine
    Value(VarId),
    /// one process: index into [`Routine::names`]
    Process(u32),
    /// a family with these bounds (over the formals before it): index into [`Routine::names`]
    Family(u32, Vec<(Expr, Expr)>),
}

/// A unit of code with variables of its own.
#[derive(Clone, Debug, Default)]
pub struct Routine {
    /// `main`, the label's name, the definition's name, or empty for an anonymous process
    pub name: String,
    /// all variables, whatever block they are declared in
    pub vars: Vec<Var>,
    /// formals of kind `process`, own or captured
    pub names: Vec<FormalName>,
    /// what it does
    pub body: Vec<Command>,
    /// its label, or its first command
    pub span: Span,
}

/// A formal of kind `process` as a routine sees it.
#[derive(Clone, Debug)]
pub struct FormalName {
    /// the name
    pub name: String,
    /// number of subscripts, 0 for one process
    pub dims: u8,
    /// index into the names of the enclosing routine, if it is captured
    pub captured: Option<u32>,
}

/// A variable.
#[derive(Clone, Debug)]
pub struct Var {
    /// its name
    pub name: String,
    /// its type
    pub ty: Type,
    /// its declaration
    pub span: Span,
    /// where it comes from
    pub kind: VarKind,
    /// Bounds of each dimension of each array in its type, in the order in which the type is written. Evaluated at the
    /// declaration in the routine that declares it; a captured variable has an empty list and the bounds of its original.
    pub bounds: Vec<(Expr, Expr)>,
    /// Whether this routine, or one within it, assigns it.
    pub assigned: bool,
}

/// Where a variable comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VarKind {
    /// declared in this routine
    Local,
    /// a formal of a value type
    Formal,
    /// range variable of a guard or counted repetition: a constant
    Range,
    /// range variable of this process's own label: a constant; which subscript
    Label(u8),
    /// a variable of the encloser
    Captured {
        /// in the enclosing routine
        outer: VarId,
        /// how it is taken and handed back; set by the disjointness pass
        mode: CaptureMode,
    },
}

/// How a process takes an outer variable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CaptureMode {
    /// A copy; if assigned, handed back whole.
    #[default]
    Whole,
    /// Only the part of the array at its first subscripts: every mention has exactly these. Counted from the first
    /// dimension of the array as declared, so an encloser that has taken a part itself has a prefix of this list.
    Part(Vec<Subscript>),
    /// A copy; handed back where some dimensions have these subscripts (`None`: all values), counted from the first
    /// dimension as declared.
    Slice(Vec<Option<Subscript>>),
    /// A copy; only the elements that have changed since the start are handed back, for other processes assign others.
    Changed,
}

/// A subscript that does not change within a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subscript {
    /// a constant
    Constant(i64),
    /// this subscript of the process's own label
    Label(u8),
    /// a range variable, of the enclosing routine, that is a constant there (a label's)
    Outer(VarId),
}

/// A command.
#[derive(Clone, Debug)]
pub struct Command {
    /// what it is
    pub kind: CommandKind,
    /// its place
    pub span: Span,
}

/// The forms of a command.
#[derive(Clone, Debug)]
pub enum CommandKind {
    /// Evaluates bounds; each variable gets the value, or its default.
    Declare(Vec<VarId>, Option<Expr>),
    /// `skip`
    Skip,
    /// `target := e`
    Assign(Target, Expr),
    /// a fragment run for its effect
    Fragment(Fragment),
    /// the same where it was found that rhai is not needed
    Script(Expr),
    /// `P ? target`
    Input(Port, Target),
    /// `P ! e`
    Output(Port, Expr),
    /// `[ … ]` or `*[ … ]`
    Choose(Choose),
    /// `[[ … ]]`
    Parallel(Parallel),
    /// `after e`
    After(Expr),
    /// `*(ranges)[ … ]`
    Count(Vec<Range>, Vec<Command>),
    /// an instance
    Instance(DefId, Vec<Actual>),
}

/// An alternative or repetitive command.
#[derive(Clone, Debug)]
pub struct Choose {
    /// `pri`
    pub pri: bool,
    /// `*`
    pub repeat: bool,
    /// in the order of the text, without `else`
    pub guarded: Vec<Guarded>,
    /// `else`
    pub otherwise: Option<Vec<Command>>,
}

/// A guarded command.
#[derive(Clone, Debug)]
pub struct Guarded {
    /// the ranges before it
    pub ranges: Vec<Range>,
    /// declarations and conditions in order
    pub conditions: Vec<Condition>,
    /// what it waits for
    pub last: GuardEnd,
    /// what follows `->`
    pub body: Vec<Command>,
    /// from the ranges to the end of the guard
    pub span: Span,
}

/// A declaration or condition of a guard.
#[derive(Clone, Debug)]
pub enum Condition {
    /// a declaration
    Declare(Vec<VarId>, Option<Expr>, Span),
    /// a boolean (or `any`)
    Holds(Expr),
}

/// The last element of a guard.
#[derive(Clone, Debug)]
pub enum GuardEnd {
    /// conditions only
    True,
    /// an input
    Input(Port, Target, Span),
    /// a delay
    After(Expr, Span),
}

/// A range; the variable is a constant of the routine.
#[derive(Clone, Debug)]
pub struct Range {
    /// its variable
    pub var: VarId,
    /// first value
    pub low: Expr,
    /// last value
    pub high: Expr,
    /// all of it
    pub span: Span,
}

/// A parallel command.
#[derive(Clone, Debug)]
pub struct Parallel {
    /// names that can be spoken to: name and number of subscripts
    pub families: Vec<(String, u8)>,
    /// in the order of the text
    pub processes: Vec<Process>,
}

/// A process of a parallel command.
#[derive(Clone, Debug)]
pub struct Process {
    /// its label
    pub label: Option<Label>,
    /// its code
    pub routine: Routine,
}

/// A label; its bounds are evaluated in the enclosing routine.
#[derive(Clone, Debug)]
pub struct Label {
    /// index into [`Parallel::families`]
    pub family: u32,
    /// lower and upper bound, and the process's own variable for a range; one value has `high` = `None`
    pub subscripts: Vec<LabelSubscript>,
    /// without the `::`
    pub span: Span,
}

/// A subscript of a label.
#[derive(Clone, Debug)]
pub struct LabelSubscript {
    /// first or only value
    pub low: Expr,
    /// last value
    pub high: Option<Expr>,
    /// the process's variable for a range
    pub var: Option<VarId>,
}

/// A process name in a communication or handed to an instance.
#[derive(Clone, Debug)]
pub struct Port {
    /// whom it names
    pub partner: Partner,
    /// the name as written
    pub name: String,
    /// its subscripts
    pub subscripts: Vec<Expr>,
    /// all of it
    pub span: Span,
}

/// Whom a process name means.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Partner {
    /// A label: how many processes further out its parallel command is (0: the one this process belongs to), and which
    /// family of it.
    Label {
        /// 0 for siblings
        depth: u16,
        /// index into [`Parallel::families`]
        family: u32,
    },
    /// index into [`Routine::names`]
    Formal(u32),
    /// `stdin` (0), `stdout` (1), `stderr` (2), externs from 3
    Host(u16),
}

/// What an instance hands over.
#[derive(Clone, Debug)]
pub enum Actual {
    /// a value, of the formal's type or one that converts to it when it happens
    Value(Expr),
    /// one process
    Process(Port),
    /// a whole family; the port has no subscripts
    Family(Port),
}

/// What takes a value.
#[derive(Clone, Debug)]
pub enum Target {
    /// a variable
    Var(VarId, Span),
    /// an element or row: all subscripts as written
    Element(VarId, Vec<Expr>, Span),
    /// `_`
    Drop(Span),
    /// constructor (empty: nameless) and components
    Struct(String, Vec<Target>, Span),
}

/// An expression with its type.
#[derive(Clone, Debug)]
pub struct Expr {
    /// what it is
    pub kind: ExprKind,
    /// its type as far as known
    pub ty: Type,
    /// its place
    pub span: Span,
}

/// The forms of an expression.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// a literal, or a named constant
    Const(Const),
    /// index into [`CheckedProgram::params`]
    Param(u32),
    /// a variable
    Var(VarId),
    /// an element or row: all subscripts as written
    Element(VarId, Vec<Expr>),
    /// constructor (empty: nameless) and components
    Struct(String, Vec<Expr>),
    /// rhai
    Fragment(Fragment),
    /// what was found in rhai that bare expressions do not have
    Script(Box<Script>),
    /// `-e`
    Negate(Box<Expr>),
    /// `not e`
    Not(Box<Expr>),
    /// `+ - * / %`
    Arithmetic(BinOp, Box<Expr>, Box<Expr>),
    /// `= <> < <= > >=`
    Compare(CmpOp, Box<Expr>, Box<Expr>),
    /// `and`
    And(Box<Expr>, Box<Expr>),
    /// `or`
    Or(Box<Expr>, Box<Expr>),
}

/// rhai in braces.
#[derive(Clone, Debug, Default)]
pub struct Fragment {
    /// The place of the text between the braces.
    pub inner: Span,
    /// Variables of the routine that it mentions.
    pub vars: Vec<FragmentVar>,
    /// Constants it mentions: of the program, or of an `_include`.
    pub constants: Vec<(String, Const)>,
    /// Params it mentions (index into [`CheckedProgram::params`]).
    pub params: Vec<u32>,
}

/// A variable as a fragment mentions it.
#[derive(Clone, Debug)]
pub struct FragmentVar {
    /// the variable
    pub var: VarId,
    /// whether its value may be read
    pub reads: bool,
    /// whether it, or a part of it, may be changed
    pub writes: bool,
    /// each place where it is mentioned
    pub mentions: Vec<Mention>,
}

/// A mention of a variable in a fragment.
#[derive(Clone, Debug)]
pub struct Mention {
    /// the name's offset in the source file
    pub start: u32,
    /// whether this mention changes it
    pub writes: bool,
    /// the `[…]` that follow it directly
    pub subscripts: Vec<MentionSubscript>,
}

/// A `[…]` after a variable in a fragment.
#[derive(Clone, Debug)]
pub struct MentionSubscript {
    /// offset of the `[` in the source file
    pub open: u32,
    /// offset of the `]`
    pub close: u32,
    /// what is between them, where it is simple
    pub form: SubscriptForm,
}

/// What disjointness has to know of a subscript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubscriptForm {
    /// a constant
    Constant(i64),
    /// a variable of the routine
    Var(VarId),
    /// anything else
    Other,
}
