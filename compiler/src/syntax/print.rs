//! The tree as a listing for people: one node in a line, its parts indented below it.

use super::ast::*;

/// Lists a parsed file; `text` is its source.
pub fn listing(program: &Program, text: &str) -> String {
    let mut printer = Printer {
        out: String::new(),
        depth: 0,
        text,
    };
    program.items.iter().for_each(|item| printer.item(item));
    if !program.body.is_empty() {
        printer.node("main", |p| p.commands(&program.body));
    }
    printer.out
}

/// Indentation stops growing here, so that a deep tree has no listing of quadratic size.
const INDENT_MAX: usize = 60;

struct Printer<'t> {
    out: String,
    depth: usize,
    text: &'t str,
}

impl Printer<'_> {
    fn line(&mut self, text: &str) {
        for _ in 0..self.depth.min(INDENT_MAX) {
            self.out.push_str("  ");
        }
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn node(&mut self, title: &str, parts: impl FnOnce(&mut Self)) {
        self.line(title);
        self.depth += 1;
        parts(self);
        self.depth -= 1;
    }

    fn source(&self, fragment: &Fragment) -> String {
        let text = self
            .text
            .get(fragment.span.start as usize..fragment.span.end as usize)
            .unwrap_or("{…}");
        // one line, blanks joined
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Include(fragment) => self.line(&format!("_include {}", self.source(fragment))),
            Item::Import { path, .. } => self.line(&format!("import {path:?}")),
            Item::Const { name, value } => self.node(&format!("const {}", name.text), |p| p.expr(value)),
            Item::Param { name, ty, default } => self.node(&format!("param {}", name.text), |p| {
                p.ty(ty);
                default.iter().for_each(|e| p.expr(e));
            }),
            Item::Extern(list) => {
                for (name, ranges) in list {
                    self.node(&format!("extern {}", name.text), |p| {
                        ranges.iter().for_each(|r| p.range(r))
                    });
                }
            }
            Item::Process(definition) => self.node(&format!("process {}", definition.name.text), |p| {
                for formal in &definition.formals {
                    p.node(&format!("formal {}", formal.name.text), |p| match &formal.kind {
                        FormalKind::Value(ty) => p.ty(ty),
                        FormalKind::Process => p.line("process"),
                        FormalKind::Family(bounds) => p.node("processes", |p| p.bounds(bounds)),
                    });
                }
                p.node("body", |p| p.commands(&definition.body));
            }),
        }
    }

    fn bounds(&mut self, bounds: &[(Expr, Expr)]) {
        for (low, high) in bounds {
            self.node("..", |p| {
                p.expr(low);
                p.expr(high);
            });
        }
    }

    fn range(&mut self, range: &Range) {
        self.node(&format!("range {}", range.name.text), |p| {
            p.expr(&range.low);
            p.expr(&range.high);
        });
    }

    fn ty(&mut self, ty: &Type) {
        match &ty.kind {
            TypeKind::Integer => self.line("type integer"),
            TypeKind::Real => self.line("type real"),
            TypeKind::Boolean => self.line("type boolean"),
            TypeKind::Character => self.line("type character"),
            TypeKind::String => self.line("type string"),
            TypeKind::Any => self.line("type any"),
            TypeKind::Array(bounds, of) => self.node("type array", |p| {
                p.bounds(bounds);
                p.ty(of);
            }),
            TypeKind::Struct(name, parts) => {
                self.node(&format!("type {}(…)", name.text), |p| {
                    parts.iter().for_each(|part| p.ty(part))
                });
            }
            TypeKind::Error => self.line("type error"),
        }
    }

    fn declaration(&mut self, declaration: &Declaration) {
        let names: Vec<&str> = declaration.names.iter().map(|n| n.text.as_str()).collect();
        self.node(&format!("declare {}", names.join(", ")), |p| {
            p.ty(&declaration.ty);
            declaration.value.iter().for_each(|e| p.expr(e));
        });
    }

    fn commands(&mut self, list: &[Command]) {
        list.iter().for_each(|command| self.command(command));
    }

    fn process_name(&mut self, name: &ProcessName) {
        self.node(&format!("process {}", name.name.text), |p| p.exprs(&name.subscripts));
    }

    fn command(&mut self, command: &Command) {
        match &command.kind {
            CommandKind::Declare(declaration) => self.declaration(declaration),
            CommandKind::Skip => self.line("skip"),
            CommandKind::Assign(target, value) => self.node(":=", |p| {
                p.expr(target);
                p.expr(value);
            }),
            CommandKind::Fragment(fragment) => self.line(&format!("run {}", self.source(fragment))),
            CommandKind::Input(from, target) => self.node("input", |p| {
                p.process_name(from);
                p.expr(target);
            }),
            CommandKind::Output(to, value) => self.node("output", |p| {
                p.process_name(to);
                p.expr(value);
            }),
            CommandKind::Choose { pri, repeat, guarded } => {
                let title = if *repeat { "repetitive" } else { "alternative" };
                let title = if *pri {
                    format!("pri {title}")
                } else {
                    title.to_string()
                };
                self.node(&title, |p| guarded.iter().for_each(|g| p.guarded(g)));
            }
            CommandKind::Parallel(processes) => self.node("parallel", |p| {
                for process in processes {
                    let title = match &process.label {
                        Some(label) => format!("process {}", label.name.text),
                        None => "process".to_string(),
                    };
                    p.node(&title, |p| {
                        for subscript in process.label.iter().flat_map(|label| &label.subscripts) {
                            match subscript {
                                Subscript::Range(range) => p.range(range),
                                Subscript::Value(value) => p.node("subscript", |p| p.expr(value)),
                            }
                        }
                        p.commands(&process.body);
                    });
                }
            }),
            CommandKind::After(e) => self.node("after", |p| p.expr(e)),
            CommandKind::Count(ranges, body) => self.node("count", |p| {
                ranges.iter().for_each(|r| p.range(r));
                p.commands(body);
            }),
            CommandKind::Instance(name, actuals) => {
                self.node(&format!("instance {}", name.text), |p| p.exprs(actuals));
            }
            CommandKind::Error => self.line("error"),
        }
    }

    fn guarded(&mut self, guarded: &Guarded) {
        self.node("guard", |p| {
            guarded.ranges.iter().for_each(|r| p.range(r));
            match &guarded.guard {
                Guard::Else => p.line("else"),
                Guard::Elements(elements) => elements.iter().for_each(|element| match element {
                    GuardElement::Declare(declaration, _) => p.declaration(declaration),
                    GuardElement::Condition(e) => p.node("condition", |p| p.expr(e)),
                    GuardElement::Input(from, target, _) => p.node("input", |p| {
                        p.process_name(from);
                        p.expr(target);
                    }),
                    GuardElement::After(e, _) => p.node("after", |p| p.expr(e)),
                }),
            }
            p.node("->", |p| p.commands(&guarded.body));
        });
    }

    fn exprs(&mut self, list: &[Expr]) {
        list.iter().for_each(|e| self.expr(e));
    }

    fn expr(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Integer(value) => self.line(&value.to_string()),
            ExprKind::Real(value) => self.line(&format!("{value:?}")),
            ExprKind::Boolean(value) => self.line(&value.to_string()),
            ExprKind::Character(value) => self.line(&format!("{value:?}")),
            ExprKind::String(value) => self.line(&format!("{value:?}")),
            ExprKind::Fragment(fragment) => self.line(&self.source(fragment)),
            ExprKind::Name(name) => self.line(&name.text),
            ExprKind::Drop => self.line("_"),
            ExprKind::Apply(name, parts) => self.node(&format!("{}(…)", name.text), |p| p.exprs(parts)),
            ExprKind::Tuple(parts) => self.node("(…)", |p| p.exprs(parts)),
            ExprKind::Unary(op, of) => {
                let title = match op {
                    UnaryOp::Negate => "negate",
                    UnaryOp::Not => "not",
                };
                self.node(title, |p| p.expr(of));
            }
            ExprKind::Binary(op, left, right) => {
                let title = match op {
                    BinaryOp::Arithmetic(op) => op.symbol(),
                    BinaryOp::Compare(op) => op.symbol(),
                    BinaryOp::And => "and",
                    BinaryOp::Or => "or",
                };
                self.node(title, |p| {
                    p.expr(left);
                    p.expr(right);
                });
            }
            ExprKind::Error => self.line("error"),
        }
    }
}
