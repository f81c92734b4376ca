//! Statements of rhai, all but loops.

use super::expression::{Subscript, is_simple};
use super::types::{State, Ty};
use super::walk::{Catch, Typed, Walk, Walked, Why, leave};
use crate::check::script::{Script, Switch, Test};
use crate::check::tree::{Expr as Tree, ExprKind, Type, VarId};
use crate::lower::fold;
use crate::plants::planted;
use hydra_bytecode::{Const, Span};
use hydra_stdlib::value::operations::{IS, within};
use rhai::{ASTFlags, Dynamic, Expr, FlowControl, OpAssignment, Position, RangeCase, Stmt, SwitchCasesCollection};

impl Walk<'_> {
    /// A block: its value is that of its last statement.
    pub(super) fn statements(&mut self, statements: &[Stmt]) -> Walked<Typed> {
        let position = statements.first().map_or(Position::NONE, Stmt::position);
        self.scopes.push(Vec::new());
        let (scopes, loops) = (self.scopes.len(), self.loops.len());
        let (tries, catches) = (self.tries.len(), self.catches.len());
        let mut list = Vec::with_capacity(statements.len());
        let mut ty = Ty::Unit;
        for statement in statements {
            ty = match self.statement(statement, &mut list) {
                Ok(ty) => ty,
                // what is known of the function is known without this way
                Err(Why::Guess) => {
                    self.loops.truncate(loops);
                    self.scopes.truncate(scopes);
                    self.tries.truncate(tries);
                    self.catches.truncate(catches);
                    let nothing = self.constant(Const::Unit, Ty::Unit, position).expr;
                    list.push(self.never(Script::Throw(nothing), position).expr);
                    Ty::Never
                }
                Err(why) => return Err(why),
            };
            if ty == Ty::Never {
                break;
            }
        }
        self.scopes.pop();
        let declares = |e: &Tree| matches!(&e.kind, ExprKind::Script(script) if matches!(**script, Script::Let(..)));
        let made = match list.len() {
            0 => return Ok(self.constant(Const::Unit, Ty::Unit, position)),
            1 if !declares(&list[0]) => list.remove(0),
            _ => self.script(Script::Block(list), ty, position).expr,
        };
        if ty == Ty::Never && !matches!(&made.kind, ExprKind::Script(script) if matches!(**script, Script::Never(_))) {
            return Ok(self.script(Script::Never(made), ty, position));
        }
        Ok(Typed { expr: made, ty })
    }

    /// A statement, added to a list. Gives the type of its value, which is that of the last in the list.
    fn statement(&mut self, statement: &Stmt, list: &mut Vec<Tree>) -> Walked<Ty> {
        let position = statement.position();
        let made = match statement {
            Stmt::Noop(_) => self.constant(Const::Unit, Ty::Unit, position),
            Stmt::Expr(expr) => self.expr(expr)?,
            Stmt::FnCall(call, _) => self.call(call, position)?,
            Stmt::Block(block) => self.statements(block.statements())?,
            Stmt::If(parts, _) => self.condition(parts, position)?,
            Stmt::Switch(parts, _) => self.switch(&parts.0, &parts.1, position)?,
            Stmt::While(parts, _) => self.repeat_while(parts, position)?,
            Stmt::Do(parts, flags, _) => self.repeat_do(parts, flags.intersects(ASTFlags::NEGATED), position)?,
            Stmt::For(parts, _) => self.repeat_for(
                &parts.0.name,
                parts.1.as_ref().map(|c| c.name.as_str()),
                &parts.2,
                position,
            )?,
            Stmt::Var(parts, flags, _) => {
                let (name, value, _) = &**parts;
                if flags.intersects(ASTFlags::EXPORTED) {
                    return leave("an exported variable");
                }
                if let Some(closure) = self.closure(value) {
                    self.declare_closure(name.as_str(), closure);
                    list.push(self.constant(Const::Unit, Ty::Unit, position).expr);
                    return Ok(Ty::Unit);
                }
                let value = self.viewed(value)?;
                return self.declare(
                    name.as_str(),
                    value,
                    flags.intersects(ASTFlags::CONSTANT),
                    list,
                    position,
                );
            }
            Stmt::Assignment(parts) => {
                let (operator, sides) = &**parts;
                return self.assignment(operator, &sides.lhs, &sides.rhs, list);
            }
            Stmt::BreakLoop(value, flags, _) => {
                let Some(number) = self.loops.last().map(|around| around.number) else {
                    return leave("a `break` outside of a loop");
                };
                if self.loops.last().is_some_and(|around| around.asking) {
                    return leave("a condition that leaves the loop around it");
                }
                if flags.intersects(ASTFlags::BREAK) {
                    self.leave_loop(number, value.as_deref(), position)?
                } else {
                    let state = self.state.clone();
                    if let Some(around) = self.loops.last_mut() {
                        around.continued = std::mem::take(&mut around.continued).merge(state);
                    }
                    if planted(9) {
                        return Ok({
                            let made = self.never(Script::Break(number, None), position);
                            list.push(made.expr);
                            made.ty
                        });
                    }
                    self.never(Script::Continue(number), position)
                }
            }
            Stmt::Return(value, flags, _) => {
                let value = match value {
                    Some(value) => self.expr(value)?,
                    None => self.constant(Const::Unit, Ty::Unit, position),
                };
                if value.ty == Ty::Never {
                    return leave("what is returned or thrown has no value");
                }
                if flags.intersects(ASTFlags::BREAK) {
                    self.thrown(&value)?;
                    self.never(Script::Throw(value.expr), position)
                } else {
                    self.returns = true;
                    self.value = self.value.or(value.ty);
                    let state = std::mem::take(&mut self.state);
                    self.returned = std::mem::take(&mut self.returned).merge(state);
                    self.never(Script::Return(Some(value.expr)), position)
                }
            }
            Stmt::TryCatch(parts, _) => self.attempt(parts, position)?,
            Stmt::Share(..) => return leave("a closure as a value that sees variables"),
            Stmt::Import(..) | Stmt::Export(..) => return leave("`import` or `export`"),
            _ => return leave("a statement of a kind that is left to rhai"),
        };
        list.push(made.expr);
        Ok(made.ty)
    }

    /// What is thrown within `catch`: if it is `()`, rhai throws the failure again that was caught.
    fn thrown(&mut self, value: &Typed) -> Walked<()> {
        if let (Some(catch), Ty::Unit | Ty::Any) = (self.catches.last_mut(), value.ty) {
            match value.expr.kind {
                ExprKind::Var(var) if catch.var == Some(var) => catch.thrown = true,
                _ if planted(23) => {}
                _ => return leave("`throw` within `catch`, which may be of what was caught"),
            }
        }
        Ok(())
    }

    /// `try`
    fn attempt(&mut self, parts: &FlowControl, position: Position) -> Walked<Typed> {
        if self.fragment.vars.iter().any(|seen| self.is_rewritten(seen)) {
            return leave("`try` beside an array that is mentioned whole");
        }
        self.tries.push(self.state.clone());
        let body = self.statements(parts.body.statements())?;
        let caught = self.tries.pop().unwrap_or_default();
        let after = std::mem::replace(&mut self.state, caught);
        self.scopes.push(Vec::new());
        let var = match &parts.expr {
            Expr::Variable(variable, ..) => Some(self.bind(&variable.1, Ty::Any, false)),
            _ => None,
        };
        self.catches.push(Catch { var, thrown: false });
        let handled = self.statements(parts.branch.statements())?;
        let thrown = self.catches.pop().is_some_and(|catch| catch.thrown);
        if thrown && var.is_some_and(|var| fold::assigns(&handled.expr, var)) {
            return leave("`throw` of what was caught, which is assigned");
        }
        // thrown again, the failure would still tell of the function
        if thrown && self.world.throws_unit && fold::calls(&body.expr) {
            return leave("`throw` of what was caught, which may be () of a function");
        }
        self.scopes.pop();
        let caught = std::mem::take(&mut self.state);
        self.state = after.merge(caught);
        let ty = match handled.ty {
            Ty::Never => body.ty,
            // the value of what handles a failure is dropped
            _ => body.ty.or(Ty::Unit),
        };
        let var = var.filter(|_| !planted(20));
        let made = self.script(Script::Try(body.joined(ty), var, handled.expr), ty, position);
        Ok(self.marked(made, position))
    }

    /// `let` or `const`
    fn declare(
        &mut self,
        name: &str,
        value: Typed,
        constant: bool,
        list: &mut Vec<Tree>,
        position: Position,
    ) -> Walked<Ty> {
        if value.ty == Ty::Never {
            return leave("a variable gets no value");
        }
        let key = format!("{name} at {position}");
        let ty = if self.boxes.contains(&key) { Ty::Any } else { value.ty };
        let var = self.bind(name, ty, constant);
        self.keys.insert(var, key);
        let stored = if ty == Ty::Unit {
            list.push(value.expr);
            None
        } else {
            Some(value.expr)
        };
        list.push(self.script(Script::Let(var, stored), Ty::Unit, position).expr);
        Ok(Ty::Unit)
    }

    fn assignment(&mut self, operator: &OpAssignment, left: &Expr, right: &Expr, list: &mut Vec<Tree>) -> Walked<Ty> {
        let value = self.viewed(right)?;
        if value.ty == Ty::Never {
            return leave("a variable gets no value");
        }
        let op = operator.get_op_assignment_info().map(|(.., op)| op);
        let at = operator.position();
        match left {
            Expr::Variable(variable, _, position) if variable.2.is_empty() => {
                let name = variable.1.as_str();
                let var = match self.local(name) {
                    Some(local) if local.constant => return leave("a constant is assigned"),
                    Some(local) => local.var,
                    None => match self.outer(name) {
                        Some(var) => var,
                        None => return leave(format!("it assigns `{name}`")),
                    },
                };
                let value = match op {
                    None => value,
                    Some(_) if fold::assigns(&value.expr, var) => {
                        return leave("the right side assigns the variable of the left");
                    }
                    Some(op)
                        if matches!(value.ty, Ty::Any | Ty::Array)
                            || self
                                .state
                                .held
                                .get(&var)
                                .is_some_and(|ty| matches!(ty, Ty::Any | Ty::Array)) =>
                    {
                        self.boxed(var, "is of any type")?;
                        return self.change(var, op, value, list, at);
                    }
                    Some(op) => {
                        let old = self.variable(var, *position)?;
                        let (old, value) = if planted(11) && op == "-" {
                            (value, old)
                        } else {
                            (old, value)
                        };
                        self.binary(op, old, value, at)?
                    }
                };
                self.assigned(var, value.ty)?;
                // only what surely holds `()` has no register
                if self.state.held.get(&var) == Some(&Ty::Unit) {
                    list.push(value.expr);
                    list.push(self.constant(Const::Unit, Ty::Unit, *position).expr);
                } else {
                    list.push(self.script(Script::Assign(var, value.expr), Ty::Unit, *position).expr);
                }
                Ok(Ty::Unit)
            }
            Expr::Index(..) if self.is_element(left) => {
                let (array, subscripts) = self.element(left)?;
                let (mut before, subscripts, value) = match op {
                    None => {
                        let (before, subscripts) = self.simple(subscripts);
                        // the value comes first
                        let value = if before.is_empty() {
                            value
                        } else {
                            self.kept_apart(value, list)
                        };
                        (before, subscripts, value)
                    }
                    Some(op) => {
                        let value = if is_simple(&value.expr) {
                            value
                        } else {
                            self.kept_apart(value, list)
                        };
                        let brackets: Vec<Span> = subscripts.iter().map(|subscript| subscript.bracket).collect();
                        let (before, mentions) = self.subscripts(subscripts, |value| !is_simple(value));
                        let again = mentions.iter().cloned().zip(brackets);
                        let again = again.map(|(value, bracket)| Subscript { value, bracket }).collect();
                        let old = self.element_value(array, again, left.position())?;
                        (before, mentions, self.binary(op, old, value, at)?)
                    }
                };
                list.append(&mut before);
                list.push(self.set_element(array, subscripts, value, left.position())?);
                Ok(Ty::Unit)
            }
            _ => self.assign_inside(left, op, value, at, list),
        }
    }

    /// A value that is evaluated here and used later.
    pub(super) fn kept_apart(&mut self, value: Typed, list: &mut Vec<Tree>) -> Typed {
        if value.ty == Ty::Unit {
            let unit = Tree {
                kind: ExprKind::Const(Const::Unit),
                ty: value.expr.ty.clone(),
                span: value.expr.span,
            };
            if !is_simple(&value.expr) {
                list.push(value.expr);
            }
            return Typed { expr: unit, ..value };
        }
        let (declared, mention) = self.hidden(value.expr, value.ty);
        list.push(declared);
        Typed {
            expr: mention,
            ty: value.ty,
        }
    }

    fn set_element(&mut self, array: VarId, subscripts: Vec<Tree>, value: Typed, at: Position) -> Walked<Tree> {
        let Type::Array(_, element) = &self.vars[array.0 as usize].ty else {
            return leave("subscripts of what is no array");
        };
        match (&**element, value.ty) {
            (Type::Any, _) => {}
            (own, ty) if Ty::of(own) == Some(ty) && ty != Ty::Any => {}
            (Type::Real, Ty::Integer) => self.mixed.push(array),
            (_, ty) => return leave(format!("an element gets a value of type {}", ty.name())),
        }
        Ok(self
            .script(Script::SetElement(array, subscripts, value.expr), Ty::Unit, at)
            .expr)
    }

    fn condition(&mut self, parts: &FlowControl, position: Position) -> Walked<Typed> {
        let condition = self.boolean(&parts.expr)?;
        let before = std::mem::take(&mut self.state);
        let (yes, after_yes) = self.perhaps(before.clone(), |walk| walk.statements(parts.body.statements()))?;
        let (no, after_no) = self.perhaps(before, |walk| walk.statements(parts.branch.statements()))?;
        self.state = after_yes.merge(after_no);
        let ty = yes.ty.or(no.ty);
        let empty = parts.branch.is_empty();
        let (mut yes, mut no) = (yes.joined(ty), no.joined(ty));
        if planted(4) && ty.is_scalar() && !empty {
            std::mem::swap(&mut yes, &mut no);
        }
        // a branch that is not there has no value that anybody sees
        let no = (!empty || ty != Ty::Unit).then_some(no);
        let made = self.script(Script::If(condition, yes, no), ty, position);
        Ok(self.marked(made, position))
    }

    /// What has no value is known as such.
    pub(super) fn marked(&self, made: Typed, position: Position) -> Typed {
        if made.ty == Ty::Never {
            return self.script(Script::Never(made.expr), Ty::Never, position);
        }
        made
    }

    pub(super) fn boolean(&mut self, expr: &Expr) -> Walked<Tree> {
        let condition = self.expr(expr)?;
        match condition.ty {
            Ty::Boolean => Ok(condition.expr),
            Ty::Any => self.truth(expr, condition),
            ty => leave(format!("a condition of type {}", ty.name())),
        }
    }

    fn switch(&mut self, subject: &Expr, cases: &SwitchCasesCollection, position: Position) -> Walked<Typed> {
        let subject = self.expr(subject)?;
        if !subject.ty.is_scalar() && !matches!(subject.ty, Ty::String | Ty::Any) {
            return leave(format!("a `switch` over {}", subject.ty.name()));
        }
        let (declared, subject) = {
            let (declared, expr) = self.hidden(subject.expr, subject.ty);
            let ty = if subject.ty == Ty::Real { Ty::Any } else { subject.ty };
            (declared, Typed { expr, ty })
        };
        let mut tests: Vec<(Test, usize)> = Vec::new();
        let mut values: Vec<(usize, &Dynamic, &[usize])> = Vec::new();
        for case in cases.cases.values() {
            let Some(&first) = case.blocks.first() else { continue };
            values.push((first, &case.value, &case.blocks));
        }
        for (_, value, blocks) in &values {
            let test = match (subject.ty, constant(value)) {
                // with its whole range below
                (_, None) if is_range(value) => continue,
                (Ty::Integer | Ty::Any, Some(Const::Real(_))) | (Ty::Any, None) => {
                    return leave("a case of another type in a `switch`");
                }
                (_, None) => continue,
                (Ty::Any, Some(value)) => {
                    let ty = self.known_type(&value);
                    let value = self.constant(value, ty, position);
                    let subject = Typed {
                        expr: subject.expr.clone(),
                        ty: Ty::Any,
                    };
                    let is = self.operation(IS, vec![subject, value], position);
                    self.surely(is, Ty::Boolean, position).expr
                }
                (ty, Some(value)) => {
                    let known = self.known_type(&value);
                    if known != ty {
                        continue;
                    }
                    self.constant(value, ty, position).expr
                }
            };
            let test = match subject.ty {
                Ty::Any => Test::Holds(test),
                _ => Test::Is(test),
            };
            tests.extend(blocks.iter().map(|&block| (test.clone(), block)));
        }
        // the order of a hash map says nothing: of cases that exclude each other, any order means the same
        tests.sort_by_key(|(test, block)| (*block, order(test)));
        if subject.ty == Ty::Any {
            for range in &cases.ranges {
                let (text, index) = match range {
                    RangeCase::ExclusiveInt(range, index) => (within(range.start, range.end, false), *index),
                    RangeCase::InclusiveInt(range, index) => (within(*range.start(), *range.end(), true), *index),
                };
                let value = Typed {
                    expr: subject.expr.clone(),
                    ty: Ty::Any,
                };
                let holds = self.operation(text, vec![value], position);
                tests.push((Test::Holds(self.surely(holds, Ty::Boolean, position).expr), index));
            }
        }
        if subject.ty == Ty::Integer {
            for range in &cases.ranges {
                let (low, high, index) = match range {
                    RangeCase::ExclusiveInt(range, index) if planted(5) => (range.start, Some(range.end), *index),
                    RangeCase::ExclusiveInt(range, index) => (range.start, range.end.checked_sub(1), *index),
                    RangeCase::InclusiveInt(range, index) => (*range.start(), Some(*range.end()), *index),
                };
                if let Some(high) = high.filter(|&high| low <= high) {
                    tests.push((Test::Within(low, high), index));
                }
            }
        }
        self.arms(declared, subject, tests, cases, position)
    }

    fn known_type(&self, value: &Const) -> Ty {
        match value {
            Const::Integer(_) => Ty::Integer,
            Const::Real(_) => Ty::Real,
            Const::Boolean(_) => Ty::Boolean,
            Const::Character(_) => Ty::Character,
            Const::String(_) => Ty::String,
            _ => Ty::Any,
        }
    }

    fn arms(
        &mut self,
        declared: Tree,
        subject: Typed,
        tests: Vec<(Test, usize)>,
        cases: &SwitchCasesCollection,
        position: Position,
    ) -> Walked<Typed> {
        let mut made = Vec::with_capacity(tests.len());
        let mut used: Vec<(usize, State)> = Vec::new();
        for (test, block) in tests {
            let condition = match &cases.expressions[block].lhs {
                Expr::BoolConstant(true, _) => None,
                condition => {
                    let before = self.state.clone();
                    let condition = self.boolean(condition)?;
                    if self.state != before {
                        return leave("a condition in a `switch` that assigns");
                    }
                    Some(condition)
                }
            };
            if !used.iter().any(|(other, _)| *other == block) {
                used.push((block, self.state.clone()));
            }
            made.push((test, condition, block));
        }
        if let Some(block) = cases.def_case
            && !used.iter().any(|(other, _)| *other == block)
        {
            used.push((block, self.state.clone()));
        }
        let mut after = match cases.def_case {
            Some(_) => State::nowhere(),
            None => self.state.clone(),
        };
        let mut ty = match cases.def_case {
            Some(_) => Ty::Never,
            None => Ty::Unit,
        };
        let mut arms = Vec::with_capacity(used.len());
        for (block, before) in &used {
            let (arm, state) = self.perhaps(before.clone(), |walk| walk.expr(&cases.expressions[*block].rhs))?;
            after = after.merge(state);
            ty = ty.or(arm.ty);
            arms.push(arm);
        }
        self.state = after;
        let number = |block: usize| used.iter().position(|(other, _)| *other == block).unwrap_or_default();
        let switch = Switch {
            subject: subject.expr,
            tests: made
                .into_iter()
                .map(|(test, condition, block)| (test, condition, number(block)))
                .collect(),
            arms: arms.into_iter().map(|arm| arm.joined(ty)).collect(),
            default: cases.def_case.map(number),
        };
        let switch = self.script(Script::Switch(Box::new(switch)), ty, position);
        let made = self.script(Script::Block(vec![declared, switch.expr]), ty, position);
        Ok(self.marked(made, position))
    }
}

/// Whether a literal of a `switch` is a range.
fn is_range(value: &Dynamic) -> bool {
    value.is::<std::ops::Range<i64>>() || value.is::<std::ops::RangeInclusive<i64>>()
}

/// A literal of a `switch`.
fn constant(value: &Dynamic) -> Option<Const> {
    if let Ok(n) = value.as_int() {
        return Some(Const::Integer(n));
    }
    if let Ok(x) = value.as_float() {
        return Some(Const::Real(x));
    }
    if let Ok(b) = value.as_bool() {
        return Some(Const::Boolean(b));
    }
    if let Ok(c) = value.as_char() {
        return Some(Const::Character(c));
    }
    if value.is_unit() {
        return Some(Const::Unit);
    }
    value
        .as_immutable_string_ref()
        .ok()
        .map(|text| Const::String(text.to_string()))
}

/// Something to sort tests by.
fn order(test: &Test) -> String {
    match test {
        Test::Is(value) | Test::Holds(value) => format!("{:?}", value.kind),
        Test::Within(..) => String::new(),
    }
}
