//! Values whose types are not known: operations on them are texts of rhai, and so mean the same.

use super::chain::{Step, steps};
use super::expression::{is_range, is_simple, range_text};
use super::types::Ty;
use super::walk::{Typed, Walk, Walked, leave};
use crate::check::script::{Operation, Script};
use crate::check::tree::{Expr as Tree, ExprKind, Type, VarId};
use crate::lower::{fold, types};
use hydra_bytecode::{CmpOp, Const};
use hydra_stdlib::value::operations::{TRUTH, name};
use rhai::{Expr, Position};

/// Functions of rhai that do nothing but compute, whether they may change their first argument, and the type of what they
/// give, whatever they are called with.
const FUNCTIONS: &[(&str, bool, Ty)] = &[
    ("abs", false, Ty::Any),
    ("acos", false, Ty::Any),
    ("acosh", false, Ty::Any),
    ("append", true, Ty::Any),
    ("asin", false, Ty::Any),
    ("asinh", false, Ty::Any),
    ("atan", false, Ty::Any),
    ("atanh", false, Ty::Any),
    ("bytes", false, Ty::Any),
    ("ceiling", false, Ty::Any),
    ("chop", true, Ty::Any),
    ("clear", true, Ty::Any),
    ("contains", false, Ty::Boolean),
    ("cos", false, Ty::Any),
    ("cosh", false, Ty::Any),
    ("crop", true, Ty::Any),
    ("dedup", true, Ty::Any),
    ("drain", true, Ty::Any),
    ("ends_with", false, Ty::Boolean),
    ("exp", false, Ty::Any),
    ("extract", false, Ty::Any),
    ("fill_with", true, Ty::Any),
    ("floor", false, Ty::Any),
    ("fraction", false, Ty::Any),
    ("get", false, Ty::Any),
    ("get_bit", false, Ty::Any),
    ("get_bits", false, Ty::Any),
    ("hypot", false, Ty::Any),
    ("index_of", false, Ty::Any),
    ("insert", true, Ty::Any),
    ("int", false, Ty::Any),
    ("is_empty", false, Ty::Boolean),
    ("is_even", false, Ty::Any),
    ("is_finite", false, Ty::Any),
    ("is_infinite", false, Ty::Any),
    ("is_nan", false, Ty::Any),
    ("is_odd", false, Ty::Any),
    ("is_zero", false, Ty::Any),
    ("keys", false, Ty::Any),
    ("len", false, Ty::Integer),
    ("ln", false, Ty::Any),
    ("log", false, Ty::Any),
    ("make_lower", true, Ty::Any),
    ("make_upper", true, Ty::Any),
    ("max", false, Ty::Any),
    ("min", false, Ty::Any),
    ("mixin", true, Ty::Any),
    ("order", true, Ty::Any),
    ("order_desc", true, Ty::Any),
    ("pad", true, Ty::Any),
    ("parse_float", false, Ty::Any),
    ("parse_int", false, Ty::Any),
    ("pop", true, Ty::Any),
    ("push", true, Ty::Any),
    ("remove", true, Ty::Any),
    ("replace", true, Ty::Any),
    ("reverse", true, Ty::Any),
    ("round", false, Ty::Any),
    ("set", true, Ty::Any),
    ("set_bit", true, Ty::Any),
    ("set_bits", true, Ty::Any),
    ("shape", false, Ty::Any),
    ("shift", true, Ty::Any),
    ("sign", false, Ty::Any),
    ("sin", false, Ty::Any),
    ("sinh", false, Ty::Any),
    ("sort", true, Ty::Any),
    ("sort_desc", true, Ty::Any),
    ("splice", true, Ty::Any),
    ("split", true, Ty::Any),
    ("split_rev", true, Ty::Any),
    ("sqrt", false, Ty::Any),
    ("starts_with", false, Ty::Boolean),
    ("sub_string", false, Ty::Any),
    ("tan", false, Ty::Any),
    ("tanh", false, Ty::Any),
    ("to_binary", false, Ty::String),
    ("to_chars", false, Ty::Any),
    ("to_debug", false, Ty::String),
    ("to_degrees", false, Ty::Any),
    ("to_float", false, Ty::Any),
    ("to_hex", false, Ty::String),
    ("to_int", false, Ty::Any),
    ("to_json", false, Ty::Any),
    ("to_lower", false, Ty::Any),
    ("to_octal", false, Ty::String),
    ("to_radians", false, Ty::Any),
    ("to_string", false, Ty::String),
    ("to_upper", false, Ty::Any),
    ("trim", true, Ty::Any),
    ("truncate", true, Ty::Any),
    ("type_of", false, Ty::String),
    ("values", false, Ty::Any),
    ("zip", false, Ty::Any),
];

/// Functions that give an array when they are called with a value of this type.
const ARRAYS: &[(&str, Ty)] = &[
    ("split", Ty::String),
    ("to_chars", Ty::String),
    ("extract", Ty::Array),
    ("split", Ty::Array),
];

/// Properties that are not the same each time.
const UNSTEADY: &[&str] = &["elapsed"];

/// How many values an array or map that is written out may have.
const WRITTEN_MAX: usize = 100;

/// Whether a function does nothing but compute, and whether it may change its first argument.
pub(super) fn known(function: &str) -> Option<bool> {
    let found = FUNCTIONS.iter().find(|(name, ..)| *name == function);
    found.map(|(_, changes, _)| *changes)
}

fn given(function: &str, first: Ty) -> Ty {
    if ARRAYS.contains(&(function, first)) {
        return Ty::Array;
    }
    let found = FUNCTIONS.iter().find(|(name, ..)| *name == function);
    found.map_or(Ty::Any, |(.., ty)| *ty)
}

impl Walk<'_> {
    /// An operation that changes nothing.
    pub(super) fn operation(&self, text: impl Into<String>, values: Vec<Typed>, position: Position) -> Typed {
        let operation = Operation {
            text: text.into(),
            values: values.into_iter().map(|value| value.expr).collect(),
            changes: None,
            places: Vec::new(),
        };
        self.script(Script::Operation(Box::new(operation)), Ty::Any, position)
    }

    /// An operation that may change a variable, which is its first value.
    pub(super) fn changing(&self, text: String, var: VarId, others: Vec<Tree>, position: Position) -> Typed {
        let first = self.make(ExprKind::Var(var), Ty::Any, position).expr;
        let operation = Operation {
            text,
            values: [first].into_iter().chain(others).collect(),
            changes: Some(var),
            places: Vec::new(),
        };
        self.script(Script::Operation(Box::new(operation)), Ty::Any, position)
    }

    /// An operation whose failures are shown at other places, too.
    fn placed(&self, mut made: Typed, places: &[Position]) -> Typed {
        if let ExprKind::Script(script) = &mut made.expr.kind
            && let Script::Operation(operation) = &mut **script
        {
            operation.places = places.iter().map(|&place| self.span(place)).collect();
        }
        made
    }

    /// A value as one of a type that it surely has.
    pub(super) fn surely(&self, value: Typed, ty: Ty, position: Position) -> Typed {
        match ty {
            Ty::Any => value,
            Ty::Array => Typed { ty, ..value },
            _ => self.script(Script::Known(value.expr), ty, position),
        }
    }

    /// Whether a condition holds.
    pub(super) fn truth(&self, condition: &Expr, value: Typed) -> Walked<Tree> {
        if self.hides_its_type(condition) {
            return leave("a condition on a variable that a closure sees");
        }
        let position = condition.position();
        let held = self.operation(TRUTH, vec![value], position);
        Ok(self.surely(held, Ty::Boolean, position).expr)
    }

    /// `[…]`
    pub(super) fn array(&mut self, items: &[Expr], position: Position) -> Walked<Typed> {
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            values.push(self.item(item)?);
        }
        self.written(values.len())?;
        let before = self.in_order(&mut values);
        let made = self.operation("[]", values, position);
        let made = self.surely(made, Ty::Array, position);
        Ok(self.after(before, made, position))
    }

    /// `#{…}`
    pub(super) fn map<'e>(
        &mut self,
        items: impl Iterator<Item = (&'e str, &'e Expr)>,
        position: Position,
    ) -> Walked<Typed> {
        let mut values = Vec::new();
        for (key, item) in items {
            values.push(self.constant(Const::String(key.into()), Ty::String, position));
            values.push(self.item(item)?);
        }
        self.written(values.len())?;
        let before = self.in_order(&mut values);
        let made = self.operation("#{}", values, position);
        Ok(self.after(before, made, position))
    }

    fn written(&self, count: usize) -> Walked<()> {
        if count > WRITTEN_MAX {
            return leave("an array or object map with very many items");
        }
        Ok(())
    }

    fn item(&mut self, item: &Expr) -> Walked<Typed> {
        let item = self.viewed(item)?;
        if item.ty == Ty::Never {
            return leave("an item that has no value");
        }
        Ok(item)
    }

    /// Values of which one may assign what others are: the first list evaluates them one after the other.
    fn in_order(&mut self, values: &mut [Typed]) -> Vec<Tree> {
        let mut before = Vec::new();
        if values.iter().any(|value| fold::assigns_any(&value.expr)) {
            for value in values.iter_mut() {
                let unit = self.constant(Const::Unit, Ty::Unit, Position::NONE);
                let taken = std::mem::replace(value, unit);
                *value = self.kept_apart(taken, &mut before);
            }
        }
        before
    }

    /// `a ?? b`
    pub(super) fn coalesced(&mut self, parts: &[Expr], position: Position) -> Walked<Typed> {
        let [first, rest @ ..] = parts else {
            return leave("an operator without operands");
        };
        let value = self.expr(first)?;
        if rest.is_empty() || value.ty.is_scalar() || matches!(value.ty, Ty::String | Ty::Array | Ty::Never) {
            return Ok(value);
        }
        if value.ty == Ty::Unit {
            return leave("`??` of ()");
        }
        let (declared, mention) = self.hidden(value.expr, Ty::Any);
        let before = std::mem::take(&mut self.state);
        let (other, after) = self.perhaps(before.clone(), |walk| walk.coalesced(rest, position))?;
        self.state = before.merge(after);
        let unit = self.constant(Const::Unit, Ty::Unit, position).expr;
        let missing = ExprKind::Compare(CmpOp::Eq, mention.clone().into(), unit.into());
        let missing = self.make(missing, Ty::Boolean, position).expr;
        let chosen = self.script(
            Script::If(missing, other.joined(Ty::Any), Some(mention)),
            Ty::Any,
            position,
        );
        Ok(self.script(Script::Block(vec![declared, chosen.expr]), Ty::Any, position))
    }

    /// A call of one of rhai's functions with values of any types. `place` is the variable that the first is, and the steps to
    /// what is inside of it with their subscripts, if a change is seen. What is to be done before is added to a list.
    pub(super) fn any_function(
        &mut self,
        function: &str,
        method: bool,
        mut values: Vec<Typed>,
        place: Option<(VarId, Vec<Step<'_>>, Vec<Tree>)>,
        before: &mut Vec<Tree>,
        position: Position,
    ) -> Walked<Typed> {
        let types: Vec<_> = values.iter().map(|value| value.ty.name()).collect();
        let unknown = format!("`{function}` of ({})", types.join(", "));
        let Some(mut changes) = known(function) else {
            return leave(unknown);
        };
        // it takes apart an array, but not a string
        if matches!(function, "split" | "split_rev") && values.first().is_some_and(|first| first.ty == Ty::String) {
            changes = false;
        }
        if values.is_empty() || values.iter().any(|value| value.ty == Ty::Never) {
            return leave(unknown);
        }
        if values.iter().any(|value| fold::assigns_any(&value.expr)) {
            return leave("an argument that assigns");
        }
        let names: Vec<String> = (0..values.len()).map(name).collect();
        let text = match method {
            true => format!("a.{function}({})", names[1..].join(", ")),
            false => format!("{function}({})", names.join(", ")),
        };
        let ty = given(function, values[0].ty);
        let made = match place {
            Some((var, inside, subscripts)) if changes => {
                let first = values.remove(0);
                let others = values.into_iter().map(|value| value.expr).collect();
                if inside.is_empty() && first.ty == Ty::Character {
                    // a character becomes another one
                    let (declared, held) = self.hidden(boxed(first.expr), Ty::Any);
                    before.push(declared);
                    let ExprKind::Var(inner) = held.kind else {
                        return leave(unknown);
                    };
                    let result = self.changing(text, inner, others, position);
                    let (declared, result) = self.hidden(result.expr, Ty::Any);
                    before.push(declared);
                    let held = Typed {
                        expr: held,
                        ty: Ty::Any,
                    };
                    let new = self.surely(held, Ty::Character, position).expr;
                    self.assigned(var, Ty::Character)?;
                    before.push(self.script(Script::Assign(var, new), Ty::Unit, position).expr);
                    Typed {
                        expr: result,
                        ty: Ty::Any,
                    }
                } else if inside.is_empty() {
                    self.changeable(var)?;
                    self.changing(text, var, others, position)
                } else {
                    self.changeable(var)?;
                    // what fails on the way does so at its own place
                    self.looked_at(first.expr, before, position);
                    let count = subscripts.len();
                    let names: Vec<String> = (1..=others.len()).map(|number| name(number + count)).collect();
                    let text = format!("{}.{function}({})", path(&inside), names.join(", "));
                    let others = subscripts.into_iter().chain(others).collect();
                    self.changing(text, var, others, position)
                }
            }
            None if changes
                && matches!(
                    values[0].expr.kind,
                    ExprKind::Var(_) | ExprKind::Const(_) | ExprKind::Param(_) | ExprKind::Element(..)
                ) =>
            {
                return leave(unknown);
            }
            _ => self.operation(text, values, position),
        };
        Ok(self.surely(made, ty, position))
    }

    /// Evaluates what is inside of a variable, and does not keep it: it would be copied when it is changed.
    fn looked_at(&mut self, inside: Tree, list: &mut Vec<Tree>, position: Position) {
        let (declared, held) = self.hidden(inside, Ty::Any);
        list.push(declared);
        if let ExprKind::Var(held) = held.kind {
            let nothing = self.constant(Const::Unit, Ty::Unit, position).expr;
            list.push(self.script(Script::Assign(held, nothing), Ty::Unit, position).expr);
        }
    }

    /// Whether operations may change a variable in place.
    pub(super) fn changeable(&self, var: VarId) -> Walked<()> {
        let own = &self.vars[var.0 as usize].ty;
        match self.state.held.get(&var) {
            Some(Ty::Any | Ty::Array) if *own == Type::Any => Ok(()),
            Some(Ty::String) if matches!(own, Type::String) => Ok(()),
            _ => leave(format!(
                "it changes what is inside `{}`",
                self.vars[var.0 as usize].name
            )),
        }
    }

    /// The variable that an expression is, if it is one that may be assigned.
    pub(super) fn place(&self, expr: &Expr) -> Option<VarId> {
        let Expr::Variable(variable, ..) = expr else {
            return None;
        };
        if !variable.2.is_empty() {
            return None;
        }
        match self.local(&variable.1) {
            Some(local) if local.constant => None,
            Some(local) => Some(local.var),
            None => self.outer(&variable.1),
        }
    }

    /// `v[i].x = value`, or with an operator: `+=`.
    pub(super) fn assign_inside(
        &mut self,
        left: &Expr,
        op: Option<&str>,
        value: Typed,
        assignment: Position,
        list: &mut Vec<Tree>,
    ) -> Walked<Ty> {
        let Some((root, steps)) = steps(left) else {
            return leave("an assignment to a place of a kind that is left to rhai");
        };
        let Some(var) = self.place(root) else {
            return leave("an assignment to what is inside of a value that is no variable");
        };
        if types::dims(&self.vars[var.0 as usize].ty) > 0 {
            return leave("an assignment to what is inside of an element");
        }
        self.changeable(var)?;
        let text = self.state.held.get(&var) == Some(&Ty::String);
        let mut subscripts = Vec::new();
        let (mut at, mut bracket) = (left.position(), left.position());
        for step in &steps {
            match step {
                Step::Index(subscript, position) => {
                    (at, bracket) = (subscript.start_position(), *position);
                    if is_range(subscript) {
                        if !text || steps.len() > 1 {
                            return leave("an assignment to a range of a value that may be no string");
                        }
                        // a string has ranges, so only the bounds may fail, and do so at the dots
                        bracket = at;
                        let bounds = self.bounds(subscript)?;
                        if bounds.iter().any(|bound| fold::assigns_any(&bound.expr)) {
                            return leave("a subscript that assigns or has no value");
                        }
                        subscripts.extend(bounds);
                        continue;
                    }
                    let subscript = self.expr(subscript)?;
                    if subscript.ty == Ty::Never || fold::assigns_any(&subscript.expr) {
                        return leave("a subscript that assigns or has no value");
                    }
                    subscripts.push(subscript);
                }
                Step::Property(_, position) => (at, bracket) = (*position, *position),
                Step::Method(..) => return leave("an assignment to what a method gives"),
            }
        }
        // the value is evaluated first, then all subscripts
        let assigns = fold::assigns_any(&value.expr);
        let apart = assigns || subscripts.iter().any(|subscript| !is_simple(&subscript.expr));
        let value = if apart && !is_simple(&value.expr) {
            self.kept_apart(value, list)
        } else {
            value
        };
        let value = if steps.len() > 1 {
            self.kept_apart(value, list)
        } else {
            value
        };
        let mut others = Vec::new();
        for subscript in subscripts {
            others.push(if is_simple(&subscript.expr) {
                subscript
            } else {
                let ty = subscript.ty;
                let (declared, mention) = self.hidden(subscript.expr, ty);
                list.push(declared);
                Typed { expr: mention, ty }
            });
        }
        if steps.len() > 1 {
            // what fails on the way does so at its own place
            let left_position = left.position();
            let mut inner = self.variable(var, left_position)?;
            let mut left = others.iter();
            for step in &steps[..steps.len() - 1] {
                inner = match step {
                    Step::Index(subscript, bracket) => {
                        let Some(subscript_value) = left.next() else { break };
                        let copy = Typed {
                            expr: subscript_value.expr.clone(),
                            ty: subscript_value.ty,
                        };
                        let made = self.operation("a[b]", vec![inner, copy], subscript.start_position());
                        self.placed(made, &[*bracket])
                    }
                    Step::Property(name, position) => self.operation(format!("a.{name}"), vec![inner], *position),
                    Step::Method(..) => break,
                };
            }
            self.looked_at(inner.expr, list, left_position);
        }
        let text = format!("{} {}= {}", path(&steps), op.unwrap_or(""), name(others.len() + 1));
        let others = others.into_iter().chain([value]).map(|value| value.expr).collect();
        let made = self.changing(text, var, others, at);
        list.push(self.placed(made, &[bracket, assignment]).expr);
        list.push(self.constant(Const::Unit, Ty::Unit, at).expr);
        Ok(Ty::Unit)
    }

    /// `x += value` of a variable where not both types are known.
    pub(super) fn change(
        &mut self,
        var: VarId,
        op: &str,
        value: Typed,
        list: &mut Vec<Tree>,
        at: Position,
    ) -> Walked<Ty> {
        self.changeable(var)?;
        if self.state.held.get(&var) == Some(&Ty::String) {
            return leave("a string that is joined with a value of any type");
        }
        let text = format!("a {op}= b");
        list.push(self.changing(text, var, vec![value.expr], at).expr);
        list.push(self.constant(Const::Unit, Ty::Unit, at).expr);
        // what it holds now is not known
        self.hold(var, Ty::Any);
        Ok(Ty::Unit)
    }

    /// The value of a step.
    pub(super) fn step(
        &mut self,
        value: Typed,
        step: &Step<'_>,
        args: Vec<Typed>,
        place: Option<(VarId, Vec<Step<'_>>, Vec<Tree>)>,
        before: &mut Vec<Tree>,
    ) -> Walked<Typed> {
        match step {
            Step::Index(subscript, bracket) => {
                let position = subscript.start_position();
                let values = [value].into_iter().chain(args).collect();
                Ok(self.placed(self.operation("a[b]", values, position), &[*bracket]))
            }
            Step::Property(name, position) => {
                if value.ty != Ty::Any || UNSTEADY.contains(name) && self.world.steady {
                    return leave(format!("the property `{name}`"));
                }
                Ok(self.operation(format!("a.{name}"), vec![value], *position))
            }
            Step::Method(call, position) => {
                let values = [value].into_iter().chain(args).collect();
                self.any_function(call.name.as_str(), true, values, place, before, *position)
            }
        }
    }
}

/// A scalar as a value of any type.
fn boxed(e: Tree) -> Tree {
    let span = e.span;
    Tree {
        kind: ExprKind::Script(Box::new(Script::Dynamic(e))),
        ty: Type::Any,
        span,
    }
}

/// Steps as they are written in a text.
fn path(steps: &[Step<'_>]) -> String {
    let mut text = "a".to_string();
    let mut next = 1;
    for step in steps {
        match step {
            Step::Index(subscript, _) if let Some((range, bounds)) = range_text(subscript, next) => {
                text.push_str(&format!("[{range}]"));
                next += bounds;
            }
            Step::Index(..) => {
                text.push_str(&format!("[{}]", name(next)));
                next += 1;
            }
            Step::Property(property, _) => text.push_str(&format!(".{property}")),
            Step::Method(..) => {}
        }
    }
    text
}
