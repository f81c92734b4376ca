//! Goes through rhai's syntax tree and notes what it mentions.
//!
//! It goes twice: the first time to learn which names are changed anywhere, since only the type of a variable that is
//! never changed is sure.

use super::infer::{self, Inferred};
use super::scan::{Kind, Token, Tokens};
use super::{Analysis, FnCall, FnDef, Form, Places, Problem, TextKind, Use, UseSubscript, known};
use rhai::{AST, ASTFlags, ASTNode, Dynamic, Expr, FnCallExpr, Position, Stmt};
use rustc_hash::{FxHashMap, FxHashSet};

/// Functions and closures by name and number of parameters.
type Bodies = FxHashMap<(String, usize), Body>;

struct Body {
    params: Vec<String>,
    statements: Vec<Stmt>,
}

/// Prefix of the names that rhai gives to closures.
const CLOSURE: &str = "anon$";

pub(super) fn walk(
    ast: &AST,
    kind: TextKind,
    places: &Places,
    tokens: &Tokens,
    types: &dyn Fn(&str) -> Inferred,
    defined: &dyn Fn(&str) -> Option<bool>,
) -> (Analysis, Vec<Problem>) {
    let bodies = bodies(ast);
    let nothing = Walk {
        kind,
        places,
        tokens,
        types,
        defined,
        bodies: &bodies,
        changed: None,
        scopes: vec![Vec::new()],
        in_function: false,
        writes: FxHashSet::default(),
        this_writes: 0,
        returns: false,
        captures: false,
        found: Analysis::default(),
        problems: Vec::new(),
    };
    let Walk { writes, captures, .. } = nothing.clone().all(ast);
    Walk {
        changed: Some(&writes),
        captures,
        ..nothing
    }
    .all(ast)
    .finish()
}

/// Copies of the statements of all functions. The tree gives them only through a walk over everything.
fn bodies(ast: &AST) -> Bodies {
    let mut bodies = Bodies::default();
    for function in ast.iter_functions() {
        let (name, count) = (function.name, function.params.len());
        let mut single = ast.clone();
        single.clear_statements();
        single.retain_functions(|_, _, other, params| other == name && params == count);
        let mut statements = Vec::new();
        single.walk(&mut |path: &[ASTNode]| {
            if let [ASTNode::Stmt(statement)] = path {
                statements.push((*statement).clone());
            }
            true
        });
        let params = function.params.iter().map(|name| name.to_string()).collect();
        bodies.insert((name.to_string(), count), Body { params, statements });
    }
    bodies
}

/// A name that the text binds.
#[derive(Clone)]
struct Local {
    name: String,
    ty: Inferred,
}

#[derive(Clone)]
struct Walk<'a> {
    kind: TextKind,
    places: &'a Places<'a>,
    tokens: &'a Tokens<'a>,
    types: &'a dyn Fn(&str) -> Inferred,
    defined: &'a dyn Fn(&str) -> Option<bool>,
    bodies: &'a Bodies,
    /// Names that are changed somewhere; `None` while they are collected.
    changed: Option<&'a FxHashSet<String>>,
    /// Names bound inside the text, by block.
    scopes: Vec<Vec<Local>>,
    /// Inside a named function, which does not see the variables around it.
    in_function: bool,
    writes: FxHashSet<String>,
    /// How often `this` is changed.
    this_writes: usize,
    /// A `return` or `exit` may end the text early.
    returns: bool,
    /// A call `f!(…)` gives a function all variables.
    captures: bool,
    found: Analysis,
    problems: Vec<Problem>,
}

impl Walk<'_> {
    /// Goes through all of a text.
    fn all(mut self, ast: &AST) -> Self {
        let mut result = Inferred::Unit;
        for statement in ast.statements() {
            result = self.statement(statement);
        }
        self.found.result = if self.returns { Inferred::Unknown } else { result };
        self.functions(ast);
        self
    }

    /// Puts results in order and adds what only the text shows.
    fn finish(mut self) -> (Analysis, Vec<Problem>) {
        let mut found = self.found;
        found.uses.sort_by_key(|mention| mention.start);
        found.calls.sort_by_key(|call| call.start);
        found.functions.sort_by_key(|function| function.start);
        found.globals.sort_by_key(|mention| mention.1);
        let free: FxHashSet<usize> = found.uses.iter().map(|mention| mention.start).collect();
        for mention in &mut found.uses {
            mention.subscripts = subscripts(self.tokens, mention.start, &free);
            if self.captures {
                mention.reads = true;
                mention.writes = true;
            }
        }
        self.problems.sort_by_key(|problem| problem.offset);
        self.problems.dedup();
        (found, self.problems)
    }

    fn problem(&mut self, position: Position, message: String) {
        let offset = self.places.offset(position).unwrap_or(0);
        self.problems.push(Problem {
            offset,
            end: self.places.word_end(offset),
            message,
        });
    }

    // --- names

    fn bind(&mut self, name: &str, ty: Inferred) {
        let sure = self.changed.is_some_and(|changed| !changed.contains(name));
        let ty = if sure { ty } else { Inferred::Unknown };
        if let Some(scope) = self.scopes.last_mut() {
            scope.push(Local { name: name.into(), ty });
        }
    }

    fn scoped<T>(&mut self, inside: impl FnOnce(&mut Self) -> T) -> T {
        self.scopes.push(Vec::new());
        let result = inside(self);
        self.scopes.pop();
        result
    }

    fn local(&self, name: &str) -> Option<&Local> {
        self.scopes
            .iter()
            .rev()
            .flat_map(|scope| scope.iter().rev())
            .find(|local| local.name == name)
    }

    /// A mention of a variable.
    fn variable(&mut self, expr: &Expr, reads: bool, writes: bool) -> Inferred {
        let Expr::Variable(variable, _, position) = expr else {
            return Inferred::Unknown;
        };
        let (_, name, namespace, _) = &**variable;
        if !namespace.is_empty() {
            let offset = self.places.offset(*position).unwrap_or(0);
            if namespace.root() == "global" {
                let start = self.tokens.text[offset..]
                    .find(name.as_str())
                    .map_or(offset, |i| offset + i);
                self.found.globals.push((name.to_string(), start));
            }
            return Inferred::Unknown;
        }
        if writes {
            self.writes.insert(name.to_string());
        }
        if let Some(local) = self.local(name) {
            return local.ty.clone();
        }
        if self.is_defined(name) {
            return Inferred::Unknown;
        }
        if self.in_function {
            let message = format!(
                "`{name}` is not known here: a function sees its own variables only; a constant is written `global::{name}`"
            );
            self.problem(*position, message);
            return Inferred::Unknown;
        }
        let Some(start) = self.places.offset(*position) else {
            return Inferred::Unknown;
        };
        let mention = Use {
            name: name.to_string(),
            start,
            reads,
            writes,
            subscripts: Vec::new(),
        };
        self.found.uses.push(mention);
        let sure = self.changed.is_some_and(|changed| !changed.contains(name.as_str()));
        if sure { (self.types)(name) } else { Inferred::Unknown }
    }

    // --- functions

    /// Functions with a name: each sees nothing of the text around it.
    fn functions(&mut self, ast: &AST) {
        for function in ast
            .iter_functions()
            .filter(|function| !function.name.starts_with(CLOSURE))
        {
            let params: Vec<String> = function.params.iter().map(|name| name.to_string()).collect();
            let scopes = std::mem::replace(&mut self.scopes, vec![Vec::new()]);
            for name in &params {
                self.bind(name, Inferred::Unknown);
            }
            let (returns, this_writes) = (self.returns, self.this_writes);
            self.in_function = !self.captures;
            self.body(function.name, params.len());
            self.in_function = false;
            self.returns = returns;
            self.scopes = scopes;
            let start = definition(self.tokens, function.name, params.len()).unwrap_or(0);
            let changes_this = self.this_writes > this_writes;
            self.found.functions.push(FnDef {
                name: function.name.to_string(),
                params,
                start,
                changes_this,
            });
        }
    }

    fn body(&mut self, name: &str, params: usize) {
        let bodies = self.bodies;
        for statement in bodies
            .get(&(name.to_string(), params))
            .into_iter()
            .flat_map(|body| &body.statements)
        {
            self.statement(statement);
        }
    }

    /// The body of a closure, which sees the variables around it. Returns whether the value is a closure.
    fn closure(&mut self, value: &Dynamic, captured: usize) -> bool {
        let Some(pointer) = value.read_lock::<rhai::FnPtr>() else {
            return false;
        };
        let name = pointer.fn_name();
        let bodies = self.bodies;
        let Some((_, body)) = bodies.iter().find(|((other, _), _)| other == name) else {
            return false;
        };
        let returns = self.returns;
        self.scoped(|walk| {
            for param in body.params.iter().skip(captured) {
                walk.bind(param, Inferred::Unknown);
            }
            for statement in &body.statements {
                walk.statement(statement);
            }
        });
        self.returns = returns;
        true
    }

    /// Notes a call.
    fn call(&mut self, call: &FnCallExpr, position: Position, method: bool) {
        let Some(start) = self.places.offset(position) else {
            return;
        };
        let namespace = (!call.namespace.is_empty()).then(|| call.namespace.root().to_string());
        // the position of a qualified call is that of its namespace
        let start = match &namespace {
            Some(_) => self.tokens.text[start..]
                .find(call.name.as_str())
                .map_or(start, |i| start + i),
            None => start,
        };
        let name = call.name.to_string();
        let token = self
            .tokens
            .at(start)
            .filter(|&index| self.tokens.kind(index) == Some(Kind::Name));
        if token.is_none_or(|index| self.tokens.word(index) != name) {
            return;
        }
        if namespace.is_none() {
            match name.as_str() {
                "eval" => self.problem(
                    position,
                    "`eval` is not allowed: a program is known before it runs".into(),
                ),
                "sleep" => {
                    self.problem(
                        position,
                        "`sleep` is not allowed in a fragment: the command `after` waits".into(),
                    );
                }
                "exit" => self.returns = true,
                _ => {}
            }
        }
        self.captures |= call.capture_parent_scope;
        self.found.calls.push(FnCall {
            name,
            namespace,
            args: call.args.len(),
            method,
            start,
        });
    }

    /// Whether a method changes its receiver; `this_written` if a closure among its arguments changes `this`.
    fn changes_receiver(&self, name: &str, receiver: &Inferred, this_written: bool) -> bool {
        if self.is_defined(name) {
            return true;
        }
        if let Some(changes) = (self.defined)(name) {
            return changes;
        }
        match name {
            "split" if *receiver == Inferred::String => false,
            "call" => true,
            _ if this_written => true,
            _ if known::is_own(name) => known::changes(name),
            _ => true,
        }
    }

    // --- statements

    fn statements<'s>(&mut self, statements: impl IntoIterator<Item = &'s Stmt>) -> Inferred {
        self.scoped(|walk| {
            let mut result = Inferred::Unit;
            for statement in statements {
                result = walk.statement(statement);
            }
            result
        })
    }

    /// Walks a statement; the type of its value.
    fn statement(&mut self, statement: &Stmt) -> Inferred {
        match statement {
            Stmt::Noop(_) => Inferred::Unit,
            Stmt::Expr(expr) => self.expr(expr),
            Stmt::FnCall(call, position) => self.function_call(call, *position),
            Stmt::Block(block) => self.statements(block.iter()),
            Stmt::If(parts, _) => {
                self.expr(&parts.expr);
                let yes = self.statements(parts.body.iter());
                let no = self.statements(parts.branch.iter());
                yes.or(no)
            }
            Stmt::Switch(parts, _) => {
                let (subject, cases) = &**parts;
                self.expr(subject);
                for case in &cases.expressions {
                    self.expr(&case.lhs);
                    self.expr(&case.rhs);
                }
                Inferred::Unknown
            }
            Stmt::While(parts, _) | Stmt::Do(parts, ..) => {
                self.expr(&parts.expr);
                self.statements(parts.body.iter());
                Inferred::Unknown
            }
            Stmt::For(parts, _) => {
                let (variable, counter, flow) = &**parts;
                let element = self.expr(&flow.expr).element();
                self.scoped(|walk| {
                    walk.bind(&variable.name, element);
                    if let Some(counter) = counter {
                        walk.bind(&counter.name, Inferred::Integer);
                    }
                    walk.statements(flow.body.iter());
                });
                Inferred::Unknown
            }
            Stmt::Var(parts, flags, _) => {
                let (name, value, _) = &**parts;
                let ty = self.expr(value);
                if self.kind == TextKind::Include
                    && self.scopes.len() == 1
                    && !self.in_function
                    && flags.intersects(ASTFlags::CONSTANT)
                {
                    let offset = self.places.offset(name.pos).unwrap_or(0);
                    self.found.constants.push((name.name.to_string(), offset));
                }
                self.bind(&name.name, ty);
                Inferred::Unit
            }
            Stmt::Assignment(parts) => {
                let (operator, sides) = &**parts;
                self.expr(&sides.rhs);
                match &sides.lhs {
                    target @ Expr::Variable(..) => {
                        self.variable(target, operator.is_op_assignment(), true);
                    }
                    Expr::ThisPtr(_) => self.this_writes += 1,
                    target => {
                        self.chain(target, true);
                    }
                }
                Inferred::Unit
            }
            Stmt::TryCatch(parts, _) => {
                self.statements(parts.body.iter());
                self.scoped(|walk| {
                    if let Expr::Variable(variable, ..) = &parts.expr {
                        walk.bind(&variable.1, Inferred::Unknown);
                    }
                    walk.statements(parts.branch.iter());
                });
                Inferred::Unknown
            }
            Stmt::BreakLoop(value, ..) => {
                if let Some(value) = value {
                    self.expr(value);
                }
                Inferred::Unknown
            }
            Stmt::Return(value, flags, _) => {
                if let Some(value) = value {
                    self.expr(value);
                }
                self.returns |= !flags.intersects(ASTFlags::BREAK);
                Inferred::Unknown
            }
            Stmt::Import(parts, position) => {
                let (path, alias) = &**parts;
                match path {
                    Expr::StringConstant(path, _) => {
                        let alias = (!alias.name.is_empty()).then(|| alias.name.to_string());
                        self.found.imports.push((path.to_string(), alias));
                    }
                    _ => self.problem(*position, "the path of an `import` must be a string written out".into()),
                }
                Inferred::Unit
            }
            _ => Inferred::Unknown,
        }
    }

    // --- expressions

    /// Walks an expression; the type of its value.
    fn expr(&mut self, expr: &Expr) -> Inferred {
        match expr {
            Expr::IntegerConstant(..) => Inferred::Integer,
            Expr::FloatConstant(..) => Inferred::Real,
            Expr::BoolConstant(..) => Inferred::Boolean,
            Expr::CharConstant(..) => Inferred::Character,
            Expr::StringConstant(..) => Inferred::String,
            Expr::Unit(_) => Inferred::Unit,
            Expr::DynamicConstant(value, _) => {
                if self.closure(value, 0) {
                    Inferred::Unknown
                } else {
                    constant(value)
                }
            }
            Expr::InterpolatedString(parts, _) => {
                for part in parts {
                    self.expr(part);
                }
                Inferred::String
            }
            Expr::Array(items, _) => {
                let types: Vec<Inferred> = items.iter().map(|item| self.expr(item)).collect();
                let element = types.into_iter().reduce(Inferred::or).unwrap_or_default();
                Inferred::Array(Box::new(element))
            }
            Expr::Map(parts, _) => {
                for (_, value) in &parts.0 {
                    self.expr(value);
                }
                Inferred::Unknown
            }
            Expr::Variable(..) => self.variable(expr, true, false),
            Expr::Stmt(block) => self.block(block),
            Expr::FnCall(call, position) => self.function_call(call, *position),
            Expr::Index(..) | Expr::Dot(..) => self.chain(expr, false),
            Expr::And(parts, _) | Expr::Or(parts, _) => {
                for part in parts.iter() {
                    self.expr(part);
                }
                Inferred::Boolean
            }
            Expr::Coalesce(parts, _) => {
                for part in parts.iter() {
                    self.expr(part);
                }
                Inferred::Unknown
            }
            _ => Inferred::Unknown,
        }
    }

    /// A block as an expression. A closure that captures variables looks like one: it shares them, then calls `curry`.
    fn block(&mut self, block: &rhai::StmtBlock) -> Inferred {
        if let [Stmt::Share(_), Stmt::Expr(inner)] = block.statements()
            && let Expr::FnCall(curry, _) = &**inner
            && let Some(Expr::DynamicConstant(value, _)) = curry.args.first()
            && self.closure(value, curry.args.len() - 1)
        {
            return Inferred::Unknown;
        }
        self.statements(block.iter())
    }

    /// A function called by its name, or an operator.
    fn function_call(&mut self, call: &FnCallExpr, position: Position) -> Inferred {
        let this_writes = self.this_writes;
        let rest: Vec<Inferred> = call.args.iter().skip(1).map(|arg| self.expr(arg)).collect();
        let operator = call.op_token.is_some();
        let own = !operator
            && call.namespace.is_empty()
            && !self.is_defined(&call.name)
            && (self.defined)(&call.name).is_none();
        let first = match call.args.first() {
            // rhai's own functions get a variable itself as their first argument
            Some(first @ Expr::Variable(..)) if own => {
                let ty = self.peek(first);
                let split = call.name == "split" && ty == Inferred::String;
                let writes = known::changes(&call.name) && !split || self.this_writes > this_writes;
                self.variable(first, true, writes)
            }
            Some(first) => self.expr(first),
            None => Inferred::Unknown,
        };
        self.call(call, position, false);
        match (operator, rest.as_slice()) {
            (true, [second]) => infer::binary(&call.name, &first, second),
            (true, []) => infer::unary(&call.name, &first),
            (false, [_]) if own && self.is_in(position) => Inferred::Boolean,
            _ if own => infer::function(&call.name, call.args.len(), &first),
            _ => Inferred::Unknown,
        }
    }

    /// Whether the operator `in`, which rhai has as a call of `contains`, stands at a place.
    fn is_in(&self, position: Position) -> bool {
        self.places
            .offset(position)
            .is_some_and(|start| self.tokens.text[start..].starts_with("in"))
    }

    fn is_defined(&self, name: &str) -> bool {
        self.bodies.keys().any(|(function, _)| function == name)
    }

    /// The type of a variable, without noting the mention.
    fn peek(&self, expr: &Expr) -> Inferred {
        let Expr::Variable(variable, ..) = expr else {
            return Inferred::Unknown;
        };
        match self.local(&variable.1) {
            Some(local) => local.ty.clone(),
            None => (self.types)(&variable.1),
        }
    }

    /// `a[i].b.c(d)…`, which the tree has nested to the right; `assigned` if it is the target of an assignment.
    fn chain(&mut self, expr: &Expr, assigned: bool) -> Inferred {
        let (Expr::Index(parts, flags, _) | Expr::Dot(parts, flags, _)) = expr else {
            return self.expr(expr);
        };
        let root = &parts.lhs;
        let mut ty = match root {
            Expr::Variable(..) => self.peek(root),
            Expr::ThisPtr(_) => Inferred::Unknown,
            other => self.expr(other),
        };
        let mut changes = assigned;
        let (mut indexing, mut flags, mut rest) = (matches!(expr, Expr::Index(..)), *flags, &parts.rhs);
        loop {
            // one step, and the chain that goes on behind it
            let (step, next) = match rest {
                Expr::Index(parts, next, _) if !flags.intersects(ASTFlags::BREAK) => {
                    (&parts.lhs, Some((true, *next, &parts.rhs)))
                }
                Expr::Dot(parts, next, _) if !flags.intersects(ASTFlags::BREAK) => {
                    (&parts.lhs, Some((false, *next, &parts.rhs)))
                }
                last => (last, None),
            };
            ty = if indexing {
                let index = self.expr(step);
                if ty == Inferred::String && index != Inferred::Integer {
                    Inferred::Unknown
                } else {
                    ty.element()
                }
            } else {
                self.member(step, &ty, &mut changes)
            };
            match next {
                Some(next) => (indexing, flags, rest) = next,
                None => break,
            }
        }
        match root {
            Expr::Variable(..) => {
                let sure = self.variable(root, true, changes) != Inferred::Unknown;
                if sure { ty } else { Inferred::Unknown }
            }
            Expr::ThisPtr(_) => {
                self.this_writes += usize::from(changes);
                Inferred::Unknown
            }
            _ => ty,
        }
    }

    /// A property or method of a value of type `on`.
    fn member(&mut self, step: &Expr, on: &Inferred, changes: &mut bool) -> Inferred {
        match step {
            Expr::MethodCall(call, position) => {
                let this_writes = self.this_writes;
                for arg in &call.args {
                    self.expr(arg);
                }
                let this_written = self.this_writes > this_writes;
                *changes |= self.changes_receiver(&call.name, on, this_written);
                self.call(call, *position, true);
                if self.is_defined(&call.name) || (self.defined)(&call.name).is_some() {
                    Inferred::Unknown
                } else {
                    infer::function(&call.name, call.args.len() + 1, on)
                }
            }
            Expr::Property(..) => Inferred::Unknown,
            other => {
                self.expr(other);
                Inferred::Unknown
            }
        }
    }
}

/// The type of a literal that rhai has folded.
fn constant(value: &Dynamic) -> Inferred {
    if let Ok(items) = value.as_array_ref() {
        return Inferred::Array(Box::new(
            items.iter().map(constant).reduce(Inferred::or).unwrap_or_default(),
        ));
    }
    match value {
        value if value.is_int() => Inferred::Integer,
        value if value.is_float() => Inferred::Real,
        value if value.is_bool() => Inferred::Boolean,
        value if value.is_char() => Inferred::Character,
        value if value.is_string() => Inferred::String,
        _ => Inferred::Unknown,
    }
}

/// The `[…]` behind a name.
fn subscripts(tokens: &Tokens, start: usize, free: &FxHashSet<usize>) -> Vec<UseSubscript> {
    let mut found = Vec::new();
    let Some(mut index) = tokens.at(start) else {
        return found;
    };
    while let Some(close) = tokens.subscript(index + 1) {
        let open = index + 1;
        let form = form(tokens, open, close, free);
        found.push(UseSubscript {
            open: tokens.list[open].start,
            close: tokens.list[close].start,
            form,
        });
        index = close;
    }
    found
}

fn form(tokens: &Tokens, open: usize, close: usize, free: &FxHashSet<usize>) -> Form {
    let inside: &[Token] = &tokens.list[open + 1..close];
    let number = |index: usize| tokens.word(index).replace('_', "").parse::<i64>().ok();
    match inside {
        [one] if one.kind == Kind::Number => number(open + 1).map_or(Form::Other, Form::Constant),
        [sign, one] if one.kind == Kind::Number && tokens.word(open + 1) == "-" && sign.kind == Kind::Sign => {
            number(open + 2)
                .and_then(i64::checked_neg)
                .map_or(Form::Other, Form::Constant)
        }
        [one] if one.kind == Kind::Name && free.contains(&one.start) => Form::Name(tokens.word(open + 1).into()),
        _ => Form::Other,
    }
}

/// The offset of the name where a function is defined.
fn definition(tokens: &Tokens, name: &str, params: usize) -> Option<usize> {
    let names = (0..tokens.list.len()).filter(|&i| tokens.kind(i) == Some(Kind::Name) && tokens.word(i) == name);
    let defines = |&i: &usize| {
        // `fn name(` or `fn type.name(`
        let keyword = if i >= 1 && tokens.word(i - 1) == "." {
            i.checked_sub(3)
        } else {
            i.checked_sub(1)
        };
        let Some(open) = tokens.list.get(i + 1) else {
            return false;
        };
        let commas = (i + 2..open.partner).filter(|&at| tokens.word(at) == ",").count();
        let count = if open.partner <= i + 2 { 0 } else { commas + 1 };
        keyword.is_some_and(|k| tokens.word(k) == "fn") && tokens.word(i + 1) == "(" && count == params
    };
    names
        .clone()
        .find(defines)
        .or_else(|| names.clone().next())
        .map(|i| tokens.list[i].start)
}
