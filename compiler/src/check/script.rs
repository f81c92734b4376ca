//! What rhai in braces has beyond bare expressions.
//!
//! A fragment whose meaning can be kept becomes an expression of this kind before it is lowered (`lower/rhai`). Types of
//! values are known in it; where a variable holds something else than its own type for a while, the mention says what.

use super::tree::{Expr, Fragment, VarId};
use hydra_bytecode::{Kind, Native, Span};

/// An operation of rhai. Its type is that of the expression it stands in; where it has no value that is `any`, and the
/// value `()`.
#[derive(Clone, Debug)]
pub enum Script {
    /// A fragment: its value is that of the expression, and then the variables in the list, which hold integers, hold
    /// reals as their types say, and those in the other list get what another holds, if their types
    /// take it, which is at a place.
    /// A [`Script::Return`] in it leads to its end.
    Whole(Expr, Vec<VarId>, Vec<(VarId, VarId, Span)>),
    /// A fragment that rhai evaluates, too, and what it became.
    Checked(Box<(Fragment, Expr)>),
    /// A value of a known type where the static type is `any`.
    Dynamic(Expr),
    /// An expression that never has a value, because it leaves for somewhere else.
    Never(Expr),
    /// Statements; the value is that of the last.
    Block(Vec<Expr>),
    /// Declares a variable of the script.
    Let(VarId, Option<Expr>),
    /// Assigns a variable.
    Assign(VarId, Expr),
    /// Assigns an element: the value is evaluated first, then the subscripts.
    SetElement(VarId, Vec<Expr>, Expr),
    /// Condition, and what is evaluated if it holds and if not.
    If(Expr, Expr, Option<Expr>),
    /// `switch`
    Switch(Box<Switch>),
    /// A loop, with its number.
    Loop(u32, Box<Loop>),
    /// Leaves a loop, with a value.
    Break(u32, Option<Expr>),
    /// Goes on with the next turn of a loop.
    Continue(u32),
    /// Ends the fragment with a value.
    Return(Option<Expr>),
    /// Operators on integers, or booleans where they do not shift.
    Bits(BitOp, Expr, Expr),
    /// `x ** y` of integers, or of reals
    Power(Expr, Expr),
    /// Texts of values joined.
    Join(Vec<Expr>),
    /// A call of a function of an include: which, in the order in which they were found.
    Call(u32, Vec<Expr>),
    /// An operation on values whose types are not known.
    Operation(Box<Operation>),
    /// The value of an expression of type `any`, which is known to be of the type of this one, or must be.
    Known(Expr),
    /// A call of one of rhai's functions that the VM has itself.
    Native(Native, Vec<Expr>),
    /// `try`: what is evaluated, the variable that gets what was thrown, and what is evaluated then
    Try(Expr, Option<VarId>, Expr),
    /// What functions do that have no frame, the innermost first: their names, and where they are called.
    Inlined(Vec<(String, Span)>, Expr),
    /// `print`
    Print(Expr),
    /// `throw`
    Throw(Expr),
}

/// An operation of rhai on values of any types, as [`hydra_stdlib::value::operations`] has it.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The text.
    pub text: String,
    /// The values, in the order of their names in the text.
    pub values: Vec<Expr>,
    /// The variable that the first one is, if it may change.
    pub changes: Option<VarId>,
    /// Where failures are shown that rhai does not show at the place of the operation: at the bracket or dot of the last
    /// step, at the operator of an assignment.
    pub places: Vec<Span>,
}

/// Operators on bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BitOp {
    /// `<<`
    Left,
    /// `>>`
    Right,
    /// `&`
    And,
    /// `|`
    Or,
    /// `^`
    Xor,
}

/// A `switch`.
#[derive(Clone, Debug)]
pub struct Switch {
    /// A variable with the value that is looked at.
    pub subject: Expr,
    /// Tests in order: a condition that the subject must meet, a further condition, and the arm that is taken.
    pub tests: Vec<(Test, Option<Expr>, usize)>,
    /// What is evaluated.
    pub arms: Vec<Expr>,
    /// The arm if no test holds.
    pub default: Option<usize>,
}

/// A test of a `switch`.
#[derive(Clone, Debug)]
pub enum Test {
    /// the subject is equal to a constant
    Is(Expr),
    /// a condition holds
    Holds(Expr),
    /// the subject is an integer between two constants
    Within(i64, i64),
}

/// A loop.
#[derive(Clone, Debug)]
pub enum Loop {
    /// `while`, or `loop` without a condition
    While(Option<Expr>, Expr),
    /// `do … while`, or `do … until` if the condition ends it when it is true
    Do(Expr, Expr, bool),
    /// `for`
    For(For),
    /// `for` over the elements of an array
    Each(Each),
}

/// A `for` over integers.
#[derive(Clone, Debug)]
pub struct For {
    /// Its variable.
    pub var: VarId,
    /// Its second variable, which counts the turns from 0.
    pub counter: Option<VarId>,
    /// First value.
    pub low: Expr,
    /// Last value, or the one behind it.
    pub high: Expr,
    /// Whether `high` is the last value itself.
    pub inclusive: bool,
    /// Whether the variables may be assigned in the body.
    pub assigned: bool,
    /// What is repeated.
    pub body: Expr,
}

/// A `for` over the elements of an array.
#[derive(Clone, Debug)]
pub struct Each {
    /// Its variable.
    pub var: VarId,
    /// Its second variable, which counts the turns from 0.
    pub counter: Option<VarId>,
    /// The array.
    pub array: Expr,
    /// The kind of the elements, if the array surely has scalars of one kind, in one dimension.
    pub kind: Option<Kind>,
    /// What is repeated.
    pub body: Expr,
}

impl Script {
    /// The expressions in it, in no order.
    pub fn parts(&self) -> Vec<&Expr> {
        match self {
            Script::Continue(_) => Vec::new(),
            Script::Whole(e, ..) | Script::Known(e) | Script::Dynamic(e) | Script::Never(e) | Script::Assign(_, e) => {
                vec![e]
            }
            Script::Print(e) | Script::Throw(e) | Script::Inlined(_, e) => vec![e],
            Script::Let(_, e) | Script::Break(_, e) | Script::Return(e) => e.iter().collect(),
            Script::Block(list) | Script::Join(list) | Script::Call(_, list) | Script::Native(_, list) => {
                list.iter().collect()
            }
            Script::Checked(both) => vec![&both.1],
            Script::Operation(operation) => operation.values.iter().collect(),
            Script::SetElement(_, subscripts, e) => subscripts.iter().chain([e]).collect(),
            Script::If(condition, yes, no) => [condition, yes].into_iter().chain(no).collect(),
            Script::Bits(_, left, right) | Script::Power(left, right) | Script::Try(left, _, right) => {
                vec![left, right]
            }
            Script::Switch(switch) => {
                let conditions = switch.tests.iter().flat_map(|(test, condition, _)| {
                    let test = match test {
                        Test::Holds(test) => Some(test),
                        Test::Is(_) | Test::Within(..) => None,
                    };
                    test.into_iter().chain(condition)
                });
                [&switch.subject]
                    .into_iter()
                    .chain(conditions)
                    .chain(&switch.arms)
                    .collect()
            }
            Script::Loop(_, each) => match &**each {
                Loop::While(condition, body) => condition.iter().chain([body]).collect(),
                Loop::Do(body, condition, _) => vec![body, condition],
                Loop::For(each) => vec![&each.low, &each.high, &each.body],
                Loop::Each(each) => vec![&each.array, &each.body],
            },
        }
    }

    /// The variables that it assigns itself; those that it declares are not seen outside of it.
    pub fn assigned(&self) -> &[VarId] {
        match self {
            Script::Assign(var, _) | Script::SetElement(var, ..) => std::slice::from_ref(var),
            Script::Whole(_, list, _) => list,
            Script::Operation(operation) => operation.changes.as_slice(),
            _ => &[],
        }
    }
}
