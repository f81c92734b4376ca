//! The tree the parser makes: what is written, with its places, and nothing resolved.
//!
//! For the grammar `NAME(…)` is one form ([`ExprKind::Apply`]); what it is (an element, a structured value or target, a
//! process name, a label or an instance) is decided by the check, from what follows it and what is in scope.

use hydra_bytecode::Span;

/// A name with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The identifier.
    pub text: String,
    /// Its place.
    pub span: Span,
}

/// rhai in braces; its text is that of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// With the braces.
    pub span: Span,
    /// Between the braces.
    pub inner: Span,
}

/// A source file.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// What stands before the command list.
    pub items: Vec<Item>,
    /// The main process; empty in a library.
    pub body: CommandList,
}

/// A declaration of the program.
#[derive(Clone, Debug)]
pub enum Item {
    /// `_include{ … }`
    Include(Fragment),
    /// `import "path";`
    Import {
        /// the path, escapes resolved
        path: String,
        /// the string literal
        span: Span,
    },
    /// `const NAME = constant;`
    Const {
        /// its name
        name: Name,
        /// its value
        value: Expr,
    },
    /// `param NAME : type = default;`
    Param {
        /// its name
        name: Name,
        /// its type
        ty: Type,
        /// its default
        default: Option<Expr>,
    },
    /// `extern NAME(ranges), …;`
    Extern(Vec<(Name, Vec<Range>)>),
    /// `process NAME(formals) :: … end`
    Process(Definition),
}

/// A process definition.
#[derive(Clone, Debug)]
pub struct Definition {
    /// its name
    pub name: Name,
    /// its formals, in order, one for each name
    pub formals: Vec<Formal>,
    /// what it does
    pub body: CommandList,
    /// all of it
    pub span: Span,
}

/// A formal of a definition.
#[derive(Clone, Debug)]
pub struct Formal {
    /// its name
    pub name: Name,
    /// what it takes
    pub kind: FormalKind,
}

/// What a formal takes.
#[derive(Clone, Debug)]
pub enum FormalKind {
    /// a value
    Value(Type),
    /// one process
    Process,
    /// a family of processes with these bounds
    Family(Vec<(Expr, Expr)>),
}

/// `NAME : low .. high`
#[derive(Clone, Debug)]
pub struct Range {
    /// the range variable
    pub name: Name,
    /// first value
    pub low: Expr,
    /// last value
    pub high: Expr,
}

/// A type as written.
#[derive(Clone, Debug)]
pub struct Type {
    /// what it is
    pub kind: TypeKind,
    /// its place
    pub span: Span,
}

/// The forms of a type.
#[derive(Clone, Debug)]
pub enum TypeKind {
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
    /// `any`
    Any,
    /// `(a..b, …) T`; `T` may be an array again
    Array(Vec<(Expr, Expr)>, Box<Type>),
    /// `NAME(T, …)`
    Struct(Name, Vec<Type>),
    /// what could not be parsed; an error was reported
    Error,
}

/// Commands and declarations in order.
pub type CommandList = Vec<Command>;

/// A command, or a declaration among them.
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
    /// `x, y : T := e`
    Declare(Declaration),
    /// `skip`
    Skip,
    /// `target := e`
    Assign(Expr, Expr),
    /// a fragment run for its effect
    Fragment(Fragment),
    /// `P ? target`
    Input(ProcessName, Expr),
    /// `P ! e`
    Output(ProcessName, Expr),
    /// `[ … ]` or `*[ … ]`
    Choose {
        /// `pri`
        pri: bool,
        /// `*`
        repeat: bool,
        /// the guarded commands
        guarded: Vec<Guarded>,
    },
    /// `[[ … ]]`
    Parallel(Vec<Process>),
    /// `after e`
    After(Expr),
    /// `*(ranges)[ … ]`
    Count(Vec<Range>, CommandList),
    /// `NAME(actuals)`
    Instance(Name, Vec<Expr>),
    /// what could not be parsed; an error was reported
    Error,
}

/// `x, y : T := e`
#[derive(Clone, Debug)]
pub struct Declaration {
    /// the names
    pub names: Vec<Name>,
    /// their type
    pub ty: Type,
    /// what all of them get
    pub value: Option<Expr>,
}

/// A process name in a communication.
#[derive(Clone, Debug)]
pub struct ProcessName {
    /// the name
    pub name: Name,
    /// its subscripts
    pub subscripts: Vec<Expr>,
    /// all of it
    pub span: Span,
}

/// A guarded command.
#[derive(Clone, Debug)]
pub struct Guarded {
    /// the ranges before it
    pub ranges: Vec<Range>,
    /// its elements
    pub guard: Guard,
    /// what follows `->`
    pub body: CommandList,
    /// from the ranges to the end of the guard
    pub span: Span,
}

/// A guard.
#[derive(Clone, Debug)]
pub enum Guard {
    /// `else`
    Else,
    /// declarations and conditions, then perhaps an input or a delay
    Elements(Vec<GuardElement>),
}

/// An element of a guard; an input or delay is the last one.
#[derive(Clone, Debug)]
pub enum GuardElement {
    /// a declaration
    Declare(Declaration, Span),
    /// a condition
    Condition(Expr),
    /// an input
    Input(ProcessName, Expr, Span),
    /// `after e`
    After(Expr, Span),
}

/// A process of a parallel command.
#[derive(Clone, Debug)]
pub struct Process {
    /// its label
    pub label: Option<Label>,
    /// what it does
    pub body: CommandList,
    /// all of it; the label alone if there is one
    pub span: Span,
}

/// `NAME(subscripts) ::`
#[derive(Clone, Debug)]
pub struct Label {
    /// the name
    pub name: Name,
    /// its subscripts
    pub subscripts: Vec<Subscript>,
    /// without the `::`
    pub span: Span,
}

/// A subscript of a label.
#[derive(Clone, Debug)]
pub enum Subscript {
    /// `i : a .. b`
    Range(Range),
    /// one value
    Value(Expr),
}

/// An expression, or a target (which has the same forms).
#[derive(Clone, Debug)]
pub struct Expr {
    /// what it is
    pub kind: ExprKind,
    /// its place
    pub span: Span,
}

/// The forms of an expression.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// an integer
    Integer(i64),
    /// a real
    Real(f64),
    /// `true`, `false`
    Boolean(bool),
    /// a character, escapes resolved
    Character(char),
    /// a string, escapes resolved
    String(String),
    /// rhai
    Fragment(Fragment),
    /// a variable or constant; as a target also a variable
    Name(Name),
    /// `_`, only as a target
    Drop,
    /// `NAME(…)`
    Apply(Name, Vec<Expr>),
    /// `(…)` with two components or more, or none (rhai's unit); `(e)` is `e`
    Tuple(Vec<Expr>),
    /// `-e`, `not e`
    Unary(UnaryOp, Box<Expr>),
    /// `e op e`
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// what could not be parsed; an error was reported
    Error,
}

/// `-` and `not`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-`
    Negate,
    /// `not`
    Not,
}

/// Operators with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    /// `+ - * / %`
    Arithmetic(hydra_bytecode::BinOp),
    /// `= <> < <= > >=`
    Compare(hydra_bytecode::CmpOp),
    /// `and`
    And,
    /// `or`
    Or,
}
