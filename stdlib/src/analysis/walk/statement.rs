//! Statements of rhai.

use super::Walk;
use crate::analysis::{Inferred, TextKind};
use rhai::{ASTFlags, Expr, Stmt};

impl Walk<'_> {
    pub(super) fn statements<'s>(&mut self, statements: impl IntoIterator<Item = &'s Stmt>) -> Inferred {
        self.scoped(|walk| {
            let mut result = Inferred::Unit;
            for statement in statements {
                result = walk.statement(statement);
            }
            result
        })
    }

    /// Walks a statement; the type of its value.
    pub(super) fn statement(&mut self, statement: &Stmt) -> Inferred {
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
}
