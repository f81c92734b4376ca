//! The walk through the syntax tree of one fragment.

use super::World;
use super::closures::Closure;
use super::types::{State, Ty};
use crate::check::script::Script;
use crate::check::tree::{Expr, ExprKind, Fragment, FragmentVar, Type, Var, VarId, VarKind};
use crate::lower::types;
use crate::plants::planted;
use hydra_bytecode::{Const, Span};
use hydra_stdlib::analysis::{self, Body, Places};
use rhai::{AST, Position, Stmt};
use rustc_hash::{FxHashMap, FxHashSet};
use std::rc::Rc;

/// Why a walk ends early.
#[derive(Debug)]
pub(super) enum Why {
    /// The fragment is left to rhai, for a reason in a few words.
    Left(String),
    /// It comes to a call of a function that is being walked through and of whose value nothing is known yet.
    Guess,
    /// It can be walked through if this variable holds values of any type.
    Boxed(String),
}

pub(super) type Walked<T> = Result<T, Why>;

/// Leaves the fragment to rhai.
pub(super) fn leave<T>(why: impl Into<String>) -> Walked<T> {
    Err(Why::Left(why.into()))
}

/// An expression, and what is known of its value.
#[derive(Debug)]
pub(super) struct Typed {
    pub(super) expr: Expr,
    pub(super) ty: Ty,
}

impl Typed {
    /// With this type where values of several kinds meet, or where there is no value.
    pub(super) fn joined(mut self, ty: Ty) -> Expr {
        if self.ty == Ty::Never {
            self.expr.ty = ty.tree();
        }
        self.expr
    }
}

/// A name that the text binds.
#[derive(Clone, Debug)]
pub(super) struct Local {
    pub(super) name: String,
    pub(super) var: VarId,
    pub(super) constant: bool,
}

/// A loop around the place.
pub(super) struct Around {
    pub(super) number: u32,
    /// What is known where a `break` leads, and where a `continue` leads.
    pub(super) broken: State,
    pub(super) continued: State,
    /// The type of the values with which it is left.
    pub(super) value: Ty,
    /// Its condition is looked at: what leaves a loop there is not in it.
    pub(super) asking: bool,
}

/// A `catch` around the place.
#[derive(Clone, Copy)]
pub(super) struct Catch {
    /// The variable of what was caught.
    pub(super) var: Option<VarId>,
    /// That variable is thrown as if it were what was caught, which is so unless it is assigned.
    pub(super) thrown: bool,
}

pub(super) struct Walk<'w> {
    pub(super) world: &'w World,
    pub(super) fragment: &'w Fragment,
    /// It is a function of an include: its text is that of the include.
    pub(super) function: bool,
    /// Where the closure was called in which the text stands.
    pub(super) inlined_at: Option<Position>,
    pub(super) text: &'w str,
    pub(super) places: Places<'w>,
    /// All variables of the routine.
    pub(super) vars: &'w mut Vec<Var>,
    pub(super) scopes: Vec<Vec<Local>>,
    /// Variables of the text of which it is known in which bank they live.
    pub(super) decided: FxHashSet<VarId>,
    pub(super) state: State,
    pub(super) loops: Vec<Around>,
    /// For each `try` around the place what is known where its failures lead.
    pub(super) tries: Vec<State>,
    /// Each `catch` around the place.
    pub(super) catches: Vec<Catch>,
    /// How many loops have had a number.
    pub(super) numbers: u32,
    /// Where a `return` leads, and with what.
    pub(super) returned: State,
    pub(super) value: Ty,
    pub(super) returns: bool,
    /// Arrays of reals into which integers are put, and arrays that are read.
    pub(super) mixed: Vec<VarId>,
    pub(super) read: Vec<VarId>,
    /// Variables that hold values of any type, and how each variable is called here.
    pub(super) boxes: FxHashSet<String>,
    pub(super) keys: FxHashMap<VarId, String>,
    /// The closures of the text.
    pub(super) closures: FxHashMap<String, Rc<Body>>,
    /// Names of the variables that one of them sees.
    pub(super) seen: FxHashSet<String>,
    /// The closures that variables hold.
    pub(super) held: FxHashMap<VarId, Closure>,
    /// What `this` is.
    pub(super) this: Option<VarId>,
    /// How many closures have been put in where they are called.
    pub(super) calls: usize,
    /// Variables of the language and what stands for them in the text, as it may hold values of other types than theirs.
    stand_ins: Vec<(VarId, VarId)>,
}

impl<'w> Walk<'w> {
    /// For the text of a fragment.
    pub(super) fn new(world: &'w World, fragment: &'w Fragment, text: &'w str, vars: &'w mut Vec<Var>) -> Self {
        Walk {
            world,
            fragment,
            function: false,
            inlined_at: None,
            text,
            places: Places::new(text),
            vars,
            scopes: vec![Vec::new()],
            decided: FxHashSet::default(),
            state: State::default(),
            loops: Vec::new(),
            tries: Vec::new(),
            catches: Vec::new(),
            numbers: 0,
            returned: State::nowhere(),
            value: Ty::Never,
            returns: false,
            mixed: Vec::new(),
            read: Vec::new(),
            boxes: FxHashSet::default(),
            keys: FxHashMap::default(),
            closures: world.closures.clone(),
            seen: FxHashSet::default(),
            held: FxHashMap::default(),
            this: None,
            calls: 0,
            stand_ins: Vec::new(),
        }
    }

    /// The whole fragment.
    pub(super) fn whole(mut self, ast: &AST) -> Walked<Typed> {
        if !analysis::functions(ast).is_empty() {
            return leave("it defines a function");
        }
        self.closures = analysis::closures(ast)
            .into_iter()
            .map(|body| (body.name.clone(), Rc::new(body)))
            .collect();
        for seen in &self.fragment.vars {
            if let Some(ty) = self.vars.get(seen.var.0 as usize).and_then(|var| Ty::of(&var.ty)) {
                self.state.held.insert(seen.var, ty);
            }
        }
        self.stand_in();
        self.ended(ast.statements())
    }

    /// All of a text, to its end.
    pub(super) fn ended(&mut self, statements: &[Stmt]) -> Walked<Typed> {
        self.seen = super::closures::seen(statements, self.closures.values());
        let body = self.statements(statements)?;
        let end = std::mem::replace(&mut self.state, State::nowhere())
            .merge(std::mem::replace(&mut self.returned, State::nowhere()));
        if let Some(&array) = self.mixed.iter().find(|array| self.read.contains(array)) {
            let name = &self.vars[array.0 as usize].name;
            return leave(format!("it reads `{name}` and puts integers into it, which hold reals"));
        }
        let keep = self.kept(&end)?;
        let ty = body.ty.or(self.value);
        if keep.is_empty() && self.stand_ins.is_empty() && !self.returns {
            return Ok(body);
        }
        let span = body.expr.span;
        let mut body = body.joined(ty);
        if !self.stand_ins.is_empty() {
            let copies = self.stand_ins.iter().map(|&(var, other)| {
                let own = self.vars[var.0 as usize].ty.clone();
                let value = Expr {
                    kind: ExprKind::Var(var),
                    ty: own,
                    span,
                };
                Expr {
                    kind: ExprKind::Script(Box::new(Script::Assign(other, value))),
                    ty: Type::Any,
                    span,
                }
            });
            let list = copies.chain([body]).collect();
            body = Expr {
                kind: ExprKind::Script(Box::new(Script::Block(list))),
                ty: ty.tree(),
                span,
            };
        }
        let inner = self.fragment.inner;
        let outer = Span::new(inner.file, inner.start.saturating_sub(1), inner.end + 1);
        let given = self
            .stand_ins
            .drain(..)
            .map(|(var, other)| (var, other, outer))
            .collect();
        Ok(Typed {
            expr: Expr {
                kind: ExprKind::Script(Box::new(Script::Whole(body, keep, given))),
                ty: ty.tree(),
                span,
            },
            ty,
        })
    }

    /// Binds what stands for variables of the language.
    fn stand_in(&mut self) {
        for seen in &self.fragment.vars {
            let name = self.vars[seen.var.0 as usize].name.clone();
            if self.boxes.contains(&name) && (self.state.held.contains_key(&seen.var) || self.is_whole(seen.var)) {
                let other = self.bind(&name, Ty::Any, false);
                self.stand_ins.push((seen.var, other));
            }
        }
    }

    /// Whether a variable is an array of the language that is mentioned without subscripts only.
    fn is_whole(&self, var: VarId) -> bool {
        let mut seen = self.fragment.vars.iter().filter(|seen| seen.var == var);
        types::dims(&self.vars[var.0 as usize].ty) > 0
            && seen.all(|seen| seen.mentions.iter().all(|mention| mention.subscripts.is_empty()))
    }

    /// Whether places in the text that rhai evaluates are other ones because of a variable.
    pub(super) fn is_rewritten(&self, seen: &FragmentVar) -> bool {
        let mut subscripts = seen.mentions.iter().map(|mention| mention.subscripts.len());
        types::dims(&self.vars[seen.var.0 as usize].ty) > 0
            && subscripts.clone().any(|count| count == 0)
            && subscripts.any(|count| count > 0)
    }

    /// Leaves the fragment to rhai unless the variable may hold values of any type: then it is walked through again.
    pub(super) fn boxed(&self, var: VarId, why: &str) -> Walked<()> {
        let name = &self.vars[var.0 as usize].name;
        let outer = self.fragment.vars.iter().any(|seen| seen.var == var);
        let key = if outer { Some(name) } else { self.keys.get(&var) };
        let any = self.vars[var.0 as usize].ty == Type::Any;
        match key {
            _ if any && !outer => Ok(()),
            _ if any => Ok(()),
            Some(key) if !self.boxes.contains(key) => Err(Why::Boxed(key.clone())),
            _ => leave(format!("`{name}` {why}")),
        }
    }

    /// Variables that hold integers at the end where their types say real. All others hold what their types say.
    fn kept(&self, end: &State) -> Walked<Vec<VarId>> {
        let mut keep = Vec::new();
        if end.unreachable {
            return Ok(keep);
        }
        for seen in self.fragment.vars.iter().filter(|seen| seen.writes) {
            let var = &self.vars[seen.var.0 as usize];
            let Some(own) = Ty::of(&var.ty) else { continue };
            match end.held.get(&seen.var) {
                Some(&ty) if ty == own => {}
                Some(Ty::Integer) if own == Ty::Real && planted(12) => {}
                Some(Ty::Integer) if own == Ty::Real => keep.push(seen.var),
                _ => self.boxed(seen.var, "may hold another type at the end")?,
            }
        }
        Ok(keep)
    }

    // --- places

    /// What a failure at a place shows.
    pub(super) fn span(&self, position: Position) -> Span {
        let inner = self.fragment.inner;
        let Some(start) = self.places.offset(position) else {
            return inner;
        };
        let end = analysis::shown_end(self.text, &self.places, start);
        Span::new(inner.file, inner.start + start as u32, inner.start + end as u32)
    }

    pub(super) fn make(&self, kind: ExprKind, ty: Ty, position: Position) -> Typed {
        let expr = Expr {
            kind,
            ty: ty.tree(),
            span: self.span(position),
        };
        Typed { expr, ty }
    }

    pub(super) fn script(&self, script: Script, ty: Ty, position: Position) -> Typed {
        self.make(ExprKind::Script(Box::new(script)), ty, position)
    }

    /// Something that leaves for somewhere else.
    pub(super) fn never(&mut self, script: Script, position: Position) -> Typed {
        self.state = State::nowhere();
        let leaving = self.script(script, Ty::Never, position).expr;
        self.script(Script::Never(leaving), Ty::Never, position)
    }

    pub(super) fn constant(&self, value: Const, ty: Ty, position: Position) -> Typed {
        self.make(ExprKind::Const(value), ty, position)
    }

    // --- names

    pub(super) fn local(&self, name: &str) -> Option<&Local> {
        let mut all = self.scopes.iter().rev().flat_map(|scope| scope.iter().rev());
        all.find(|local| local.name == name)
    }

    /// A variable of the language that the fragment mentions.
    pub(super) fn outer(&self, name: &str) -> Option<VarId> {
        let mut seen = self.fragment.vars.iter().map(|seen| seen.var);
        seen.find(|var| self.vars.get(var.0 as usize).is_some_and(|var| var.name == name))
    }

    /// A new variable of the text.
    pub(super) fn bind(&mut self, name: &str, ty: Ty, constant: bool) -> VarId {
        let var = VarId(self.vars.len() as u32);
        self.held.remove(&var);
        self.vars.push(Var {
            name: name.into(),
            ty: ty.tree(),
            span: self.fragment.inner,
            kind: VarKind::Local,
            bounds: Vec::new(),
            assigned: true,
        });
        self.state.held.insert(var, ty);
        if ty == Ty::Unit {
            self.decided.remove(&var);
        } else {
            self.decided.insert(var);
        }
        if let Some(scope) = self.scopes.last_mut() {
            let name = name.into();
            scope.push(Local { name, var, constant });
        }
        var
    }

    /// What a variable holds here.
    pub(super) fn variable(&self, var: VarId, position: Position) -> Walked<Typed> {
        if self.held.contains_key(&var) {
            return leave("a closure as a value");
        }
        let Some(&ty) = self.state.held.get(&var) else {
            return leave("it mentions a whole array");
        };
        match ty {
            Ty::Mixed => {
                let name = &self.vars[var.0 as usize].name;
                match self.keys.get(&var).or(Some(name)) {
                    Some(key) if !self.boxes.contains(key) => Err(Why::Boxed(key.clone())),
                    _ => leave(format!("`{name}` may hold values of different types")),
                }
            }
            Ty::Unit => Ok(self.constant(Const::Unit, Ty::Unit, position)),
            _ => Ok(self.make(ExprKind::Var(var), ty, position)),
        }
    }

    /// Notes that a variable is assigned a value of a type; whether it can be.
    pub(super) fn assigned(&mut self, var: VarId, ty: Ty) -> Walked<()> {
        let outer = self.fragment.vars.iter().any(|seen| seen.var == var);
        if !self.state.held.contains_key(&var) {
            let name = &self.vars[var.0 as usize].name;
            if self.is_whole(var) && !self.boxes.contains(name) {
                return Err(Why::Boxed(name.clone()));
            }
            return leave("it assigns a whole array");
        }
        let refused = format!("gets a value of type {}", ty.name());
        let key = self.keys.get(&var);
        let held = if outer {
            match (&self.vars[var.0 as usize].ty, ty) {
                (Type::Any, _) => Ty::Any,
                (Type::String, Ty::String) => Ty::String,
                (own, ty) if ty.is_scalar() && Ty::of(own).is_some_and(Ty::is_scalar) => ty,
                _ => {
                    self.boxed(var, &refused)?;
                    return leave(refused);
                }
            }
        } else if key.is_some_and(|key| self.boxes.contains(key))
            || self.stand_ins.iter().any(|&(_, other)| other == var)
        {
            Ty::Any
        } else if ty == Ty::Unit {
            Ty::Unit
        } else {
            // the first value decides in which bank the variable lives
            if self.decided.insert(var) {
                self.vars[var.0 as usize].ty = ty.tree();
            }
            if Ty::of(&self.vars[var.0 as usize].ty).is_some_and(Ty::is_scalar) != ty.is_scalar() {
                return match key {
                    Some(key) if !self.boxes.contains(key) => Err(Why::Boxed(key.clone())),
                    _ => leave(format!("`{}` {refused}", self.vars[var.0 as usize].name)),
                };
            }
            ty
        };
        self.hold(var, held);
        Ok(())
    }

    /// A variable holds a value of a type from here on. What comes next may fail.
    pub(super) fn hold(&mut self, var: VarId, ty: Ty) {
        self.state.held.insert(var, ty);
        for caught in &mut self.tries {
            if let Some(held) = caught.held.get_mut(&var) {
                *held = held.held(ty);
            }
        }
    }
}
