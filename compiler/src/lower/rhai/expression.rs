//! Expressions of rhai.

use super::chain::native_of;
use super::operators::JOINED_MAX;
use super::types::{State, Ty};
use super::walk::{Typed, Walk, Walked, leave};
use crate::check::script::{BitOp, Script};
use crate::check::tree::{Expr as Tree, ExprKind, FragmentVar, Type, VarId};
use crate::lower::{fold, types};
use crate::plants::planted;
use hydra_bytecode::{Const, Span};
use hydra_stdlib::value::operations::name as letter;
use rhai::{ASTFlags, Expr, FnCallExpr, Position};

impl Walk<'_> {
    pub(super) fn expr(&mut self, expr: &Expr) -> Walked<Typed> {
        let position = expr.position();
        Ok(match expr {
            Expr::IntegerConstant(n, _) => self.constant(Const::Integer(*n), Ty::Integer, position),
            Expr::FloatConstant(x, _) => self.constant(Const::Real(**x), Ty::Real, position),
            Expr::BoolConstant(b, _) => self.constant(Const::Boolean(*b), Ty::Boolean, position),
            Expr::CharConstant(c, _) => self.constant(Const::Character(*c), Ty::Character, position),
            Expr::StringConstant(text, _) => self.constant(Const::String(text.to_string()), Ty::String, position),
            Expr::Unit(_) => self.constant(Const::Unit, Ty::Unit, position),
            Expr::InterpolatedString(parts, _) => {
                if parts.len() > JOINED_MAX {
                    return leave("an interpolated string with very many parts");
                }
                let mut list = Vec::with_capacity(parts.len());
                for part in parts {
                    let part = self.viewed(part)?;
                    if part.ty == Ty::Never {
                        return leave("a part of an interpolated string has no value");
                    }
                    list.push(part.expr);
                }
                self.script(Script::Join(list), Ty::String, position)
            }
            Expr::Variable(variable, ..) => {
                let (_, name, namespace, _) = &**variable;
                if namespace.is_empty() {
                    self.name(name, position)?
                } else if namespace.root() == "global" {
                    match self.world.constant(name) {
                        Some(value) => self.known(value.clone(), position)?,
                        None => return leave(format!("`global::{name}` is known to rhai alone")),
                    }
                } else {
                    return leave("it mentions a module");
                }
            }
            Expr::Stmt(block) => self.statements(block.statements())?,
            Expr::FnCall(call, _) => self.call(call, position)?,
            Expr::And(parts, _) => self.logic(parts, true, position)?,
            Expr::Or(parts, _) => self.logic(parts, false, position)?,
            Expr::Index(..) | Expr::Dot(..) => self.chain(expr)?,
            Expr::Array(items, _) => self.array(items, position)?,
            Expr::DynamicConstant(value, _) if value.is::<rhai::FnPtr>() => return leave("a closure as a value"),
            Expr::DynamicConstant(..) => return leave("a range as a value"),
            Expr::Map(items, _) => {
                let items = items.0.iter().map(|(key, item)| (key.name.as_str(), item));
                self.map(items, position)?
            }
            Expr::Coalesce(parts, _) => self.coalesced(parts, position)?,
            Expr::ThisPtr(_) => self.this(position)?,
            _ => return leave("an expression of a kind that is left to rhai"),
        })
    }

    /// A name by itself.
    pub(super) fn name(&mut self, name: &str, position: Position) -> Walked<Typed> {
        if let Some(local) = self.local(name) {
            return self.variable(local.var, position);
        }
        if let Some(var) = self.outer(name) {
            return self.variable(var, position);
        }
        if let Some((_, value)) = self.fragment.constants.iter().find(|(constant, _)| constant == name) {
            if self.world.constant(name) == Some(value) {
                return self.known(value.clone(), position);
            }
            return leave(format!("rhai works out the constant `{name}`"));
        }
        let mut params = self.fragment.params.iter();
        if let Some(&param) = params.find(|&&param| self.world.params[param as usize].0 == name)
            && let Some(ty) = Ty::of(&self.world.params[param as usize].1)
        {
            return Ok(self.make(ExprKind::Param(param), ty, position));
        }
        leave(format!("`{name}` is known to rhai alone"))
    }

    /// A constant of the program.
    fn known(&self, value: Const, position: Position) -> Walked<Typed> {
        let ty = match value {
            Const::Integer(_) => Ty::Integer,
            Const::Real(_) => Ty::Real,
            Const::Boolean(_) => Ty::Boolean,
            Const::Character(_) => Ty::Character,
            Const::String(_) => Ty::String,
            _ => return leave("a constant that is an array or structured value"),
        };
        Ok(self.constant(value, ty, position))
    }

    /// A call of a function or operator.
    pub(super) fn call(&mut self, call: &FnCallExpr, position: Position) -> Walked<Typed> {
        if call.op_token.is_some() {
            return match &call.args[..] {
                [one] => {
                    let one = self.expr(one)?;
                    self.unary(&call.name, one, position)
                }
                // which `in` calls
                _ if call.name == "contains" && self.world.defines("contains") => leave("it calls `contains`"),
                [range, x] if call.name == "contains" && is_range(range) => self.within(range, x, position),
                [left, right] if call.name == "contains" => {
                    let args = vec![self.viewed(left)?, self.viewed(right)?];
                    self.rhai_function("contains", args, position)
                }
                [left, right] => {
                    let text = call.name == "+";
                    let left = if text { self.viewed(left)? } else { self.expr(left)? };
                    let right = if text { self.viewed(right)? } else { self.expr(right)? };
                    self.binary(&call.name, left, right, position)
                }
                _ => leave("an operator of a kind that is left to rhai"),
            };
        }
        if !call.namespace.is_empty() {
            return self.module_function(call, position);
        }
        if call.capture_parent_scope {
            return leave(format!("it calls `{}` with its variables", call.name));
        }
        match (call.name.as_str(), &call.args[..]) {
            ("print", [value]) if !self.world.defines("print") => {
                let value = self.viewed(value)?;
                if value.ty == Ty::Never {
                    return leave("what is printed has no value");
                }
                let mut printed = self.script(Script::Print(value.expr), Ty::Unit, position);
                printed.expr.span = self.fragment.inner;
                Ok(printed)
            }
            (name, args) if self.world.defines(name) => self.script_function(name, args, position),
            _ if let Some(called) = self.call_function(call, position)? => Ok(called),
            ("contains", [range, x]) if is_range(range) => self.within(range, x, position),
            (name, [first, rest @ ..]) => {
                let mut args = vec![self.viewed(first)?];
                for arg in rest {
                    args.push(self.viewed(arg)?);
                }
                if let (Some(true), Some(var)) = (super::dynamic::known(name), self.place(first)) {
                    if self.hides_its_type(first) {
                        // rhai hands over a copy from where the closure is on
                        return leave(format!("`{name}` of a variable that a closure sees"));
                    }
                    let place = Some((var, Vec::new(), Vec::new()));
                    let mut before = Vec::new();
                    let made = self.any_function(name, false, args, place, &mut before, position)?;
                    return Ok(self.after(before, made, position));
                }
                self.rhai_function(name, args, position)
            }
            ("PI", []) if !self.world.defines("PI") => {
                Ok(self.constant(Const::Real(std::f64::consts::PI), Ty::Real, position))
            }
            ("E", []) if !self.world.defines("E") => {
                Ok(self.constant(Const::Real(std::f64::consts::E), Ty::Real, position))
            }
            (name, _) => leave(format!("it calls `{name}`")),
        }
    }

    /// A call of a function of a standard module.
    fn module_function(&mut self, call: &FnCallExpr, position: Position) -> Walked<Typed> {
        let name = call.name.as_str();
        let alias = match &call.namespace.path[..] {
            [alias] => alias.as_str(),
            _ => "",
        };
        let module = match self.world.modules.get(alias) {
            Some(Some(module)) if !call.capture_parent_scope => module.as_str(),
            _ => return leave(format!("it calls `{name}` of a module")),
        };
        if self.world.steady && matches!(module, "rand" | "time") {
            return leave(format!("it calls `{name}`, which gives something else each time"));
        }
        let mut args = Vec::with_capacity(call.args.len());
        for arg in &call.args {
            let arg = self.viewed(arg)?;
            if arg.ty == Ty::Never || fold::assigns_any(&arg.expr) {
                return leave("an argument that assigns or has no value");
            }
            args.push(arg);
        }
        // what fails in such a function has no place of its own for rhai: it is shown where a closure was called
        let inner = self.fragment.inner;
        let nowhere = match (self.inlined_at, self.function) {
            (Some(called), _) => self.span(called),
            (None, true) => Span::new(inner.file, inner.start, inner.start),
            (None, false) => inner,
        };
        if let Some(native) = native_of(&format!("{module}::{name}"), &args) {
            let mut made = self.applied(native, args, position);
            made.expr.span = nowhere;
            return Ok(made);
        }
        let names: Vec<String> = (0..args.len()).map(letter).collect();
        let text = format!("{alias}::{name}({})", names.join(", "));
        let mut made = self.operation(text, args, position);
        if let ExprKind::Script(script) = &mut made.expr.kind
            && let Script::Operation(operation) = &mut **script
        {
            operation.places = vec![nowhere];
        }
        Ok(made)
    }

    /// `a && b && …`, or with `||`.
    fn logic(&mut self, parts: &[Expr], and: bool, position: Position) -> Walked<Typed> {
        let mut made: Option<Tree> = None;
        for operand in parts {
            let before = self.state.clone();
            let part = self.expr(operand)?;
            let part = match part.ty {
                Ty::Any => Typed {
                    expr: self.truth(operand, part)?,
                    ty: Ty::Boolean,
                },
                _ => part,
            };
            if part.ty != Ty::Boolean {
                return leave(format!("an operand of `&&` or `||` is of type {}", part.ty.name()));
            }
            if made.is_some() {
                let after = std::mem::take(&mut self.state);
                self.state = before.merge(after);
            }
            made = Some(match made {
                None => part.expr,
                Some(left) if and => {
                    self.make(ExprKind::And(left.into(), part.expr.into()), Ty::Boolean, position)
                        .expr
                }
                Some(left) if planted(3) => {
                    self.script(Script::Bits(BitOp::Or, left, part.expr), Ty::Boolean, position)
                        .expr
                }
                Some(left) => {
                    self.make(ExprKind::Or(left.into(), part.expr.into()), Ty::Boolean, position)
                        .expr
                }
            });
        }
        match made {
            Some(expr) => Ok(Typed { expr, ty: Ty::Boolean }),
            None => leave("an operator without operands"),
        }
    }

    /// A value for which something is done before.
    pub(super) fn after(&self, mut before: Vec<Tree>, value: Typed, position: Position) -> Typed {
        if before.is_empty() {
            return value;
        }
        before.push(value.expr);
        self.script(Script::Block(before), value.ty, position)
    }

    /// Whether an expression names an element of an array of the language.
    pub(super) fn is_element(&self, expr: &Expr) -> bool {
        let Expr::Index(parts, ..) = expr else { return false };
        let Expr::Variable(variable, ..) = &parts.lhs else {
            return false;
        };
        let own = self.outer(&variable.1).filter(|_| self.local(&variable.1).is_none());
        own.is_some_and(|var| types::dims(&self.vars[var.0 as usize].ty) > 0)
    }

    /// The array and subscripts of an element of an array of the language.
    pub(super) fn element(&mut self, expr: &Expr) -> Walked<(VarId, Vec<Subscript>)> {
        let Expr::Index(parts, flags, _) = expr else {
            return leave("a method or property");
        };
        let Expr::Variable(variable, ..) = &parts.lhs else {
            return leave("subscripts of what is no variable");
        };
        let (_, name, namespace, _) = &**variable;
        if !namespace.is_empty() || self.local(name).is_some() {
            return leave(format!("subscripts of `{name}`, an array of rhai or a string"));
        }
        let Some(var) = self.outer(name) else {
            return leave(format!("subscripts of `{name}`"));
        };
        let mut brackets = Vec::new();
        let (mut flags, mut rest, mut at) = (*flags, &parts.rhs, expr.position());
        loop {
            let goes_on = !flags.intersects(ASTFlags::BREAK);
            match rest {
                _ if flags.intersects(ASTFlags::NEGATED) => return leave("subscripts `?[`"),
                Expr::Index(parts, next, position) if goes_on => {
                    brackets.push((&parts.lhs, at));
                    (flags, rest, at) = (*next, &parts.rhs, *position);
                }
                Expr::Dot(..) if goes_on => return leave("a method or property"),
                last => {
                    brackets.push((last, at));
                    break;
                }
            }
        }
        let subscripts = self.element_subscripts(var, &brackets)?;
        Ok((var, subscripts))
    }

    /// Subscripts of an array of the language, with the places of their brackets.
    pub(super) fn element_subscripts(&mut self, var: VarId, brackets: &[(&Expr, Position)]) -> Walked<Vec<Subscript>> {
        let dims = types::dims(&self.vars[var.0 as usize].ty);
        let mut subscripts: Vec<Subscript> = Vec::new();
        for &(subscript, bracket) in brackets {
            let subscript = self.expr(subscript)?;
            if subscript.ty != Ty::Integer {
                return leave(format!("a subscript of type {}", subscript.ty.name()));
            }
            subscripts.push(Subscript {
                value: subscript.expr,
                bracket: self.span(bracket),
            });
        }
        if dims == 0 || subscripts.len() != dims {
            let name = &self.vars[var.0 as usize].name;
            return leave(format!("`{name}` with {} subscripts", subscripts.len()));
        }
        if subscripts.iter().any(|subscript| fold::assigns_any(&subscript.value)) {
            return leave("a subscript that assigns");
        }
        // of an array that is also mentioned whole rhai checks each subscript before it evaluates the next one
        let rewritten = |seen: &FragmentVar| seen.var == var && self.is_rewritten(seen);
        if self.fragment.vars.iter().any(rewritten)
            && subscripts.iter().skip(1).any(|subscript| !is_simple(&subscript.value))
        {
            return leave("several subscripts of an array that is mentioned whole");
        }
        Ok(subscripts)
    }

    /// The value of an element.
    pub(super) fn element_value(
        &mut self,
        array: VarId,
        subscripts: Vec<Subscript>,
        position: Position,
    ) -> Walked<Typed> {
        let Type::Array(_, element) = &self.vars[array.0 as usize].ty else {
            return leave("subscripts of what is no array");
        };
        let Some(ty) = Ty::of(element) else {
            return leave("an array in an array");
        };
        self.read.push(array);
        let (before, mut subscripts) = self.simple(subscripts);
        if planted(13) {
            subscripts.reverse();
        }
        let value = self.make(ExprKind::Element(array, subscripts), ty, position);
        if before.is_empty() {
            return Ok(value);
        }
        let list = before.into_iter().chain([value.expr]).collect();
        Ok(self.script(Script::Block(list), ty, position))
    }

    /// rhai evaluates all subscripts before it looks at the first. Where one that is not the first may fail or do
    /// something, all are evaluated into variables, which the first list does.
    pub(super) fn simple(&mut self, subscripts: Vec<Subscript>) -> (Vec<Tree>, Vec<Tree>) {
        let hide = subscripts.iter().skip(1).any(|subscript| !is_simple(&subscript.value));
        self.subscripts(subscripts, |_| hide)
    }

    /// Subscripts where those that are to be hidden are evaluated into variables before; the first list does that.
    pub(super) fn subscripts(
        &mut self,
        subscripts: Vec<Subscript>,
        hide: impl Fn(&Tree) -> bool,
    ) -> (Vec<Tree>, Vec<Tree>) {
        let (mut before, mut made) = (Vec::new(), Vec::new());
        for Subscript { mut value, bracket } in subscripts {
            if hide(&value) {
                let declared;
                (declared, value) = self.hidden(value, Ty::Integer);
                before.push(declared);
            }
            // what fails is the subscript, not what is in it
            if is_simple(&value) {
                value.span = bracket;
            }
            made.push(value);
        }
        (before, made)
    }

    /// A value that is kept in a variable without a name: its declaration, and a mention.
    pub(super) fn hidden(&mut self, value: Tree, ty: Ty) -> (Tree, Tree) {
        let span = value.span;
        let var = self.bind("", ty, true);
        let declared = Tree {
            kind: ExprKind::Script(Box::new(Script::Let(var, Some(value)))),
            ty: Type::Any,
            span,
        };
        let mention = Tree {
            kind: ExprKind::Var(var),
            ty: ty.tree(),
            span,
        };
        (declared, mention)
    }

    /// Evaluates something that may not be evaluated; what is known afterwards is put together.
    pub(super) fn perhaps<T>(
        &mut self,
        before: State,
        walk: impl FnOnce(&mut Self) -> Walked<T>,
    ) -> Walked<(T, State)> {
        self.state = before;
        let made = walk(self)?;
        Ok((made, std::mem::take(&mut self.state)))
    }
}

/// A subscript and the place of its brackets, where a failure shows it.
#[derive(Clone, Debug)]
pub(super) struct Subscript {
    pub(super) value: Tree,
    pub(super) bracket: Span,
}

/// Whether nobody sees when it is evaluated.
pub(super) fn is_simple(e: &Tree) -> bool {
    matches!(e.kind, ExprKind::Var(_) | ExprKind::Const(_) | ExprKind::Param(_))
}

/// Whether an expression is a range that is written out.
pub(super) fn is_range(expr: &Expr) -> bool {
    match expr {
        Expr::FnCall(call, _) => call.op_token.is_some() && matches!(call.name.as_str(), ".." | "..="),
        Expr::DynamicConstant(value, _) => {
            value.is::<std::ops::Range<i64>>() || value.is::<std::ops::RangeInclusive<i64>>()
        }
        _ => false,
    }
}

/// How a range of which some bounds are evaluated is written, if an expression is one, and how many these are: `b..c`, `b..`.
pub(super) fn range_text(expr: &Expr, next: usize) -> Option<(String, usize)> {
    let (low, dots, high) = match expr {
        _ if !is_range(expr) => return None,
        Expr::FnCall(call, _) => {
            let there = |side: usize| call.args.get(side).is_some_and(|bound| !matches!(bound, Expr::Unit(_)));
            (there(0), call.name.as_str(), there(1))
        }
        Expr::DynamicConstant(value, _) if value.is::<std::ops::RangeInclusive<i64>>() => (true, "..=", true),
        _ => (true, "..", true),
    };
    let dots = if planted(22) { ".." } else { dots };
    let side = |there: bool, number: usize| if there { letter(number) } else { String::new() };
    let second = next + usize::from(low);
    let text = format!("{}{dots}{}", side(low, next), side(high, second));
    Some((text, usize::from(low) + usize::from(high)))
}
