//! Alternative and repetitive commands.

use super::Resolver;
use crate::check::tree::{Choose, Condition, GuardEnd, Guarded};
use crate::syntax::ast;
use hydra_bytecode::{Span, report::Report};

impl<'a> Resolver<'a> {
    /// `[ … ]` or `*[ … ]`
    pub(super) fn choose(&mut self, pri: bool, repeat: bool, list: &'a [ast::Guarded], span: Span) -> Choose {
        let mut choose = Choose {
            pri,
            repeat,
            guarded: Vec::with_capacity(list.len()),
            otherwise: None,
        };
        for guarded in list {
            match &guarded.guard {
                ast::Guard::Else => {
                    choose.otherwise = Some(self.list(&guarded.body));
                    if repeat {
                        let place = if guarded.span == Span::default() {
                            span
                        } else {
                            guarded.span
                        };
                        let message = "a repetition with `else` never ends by itself";
                        self.report(Report::warning("H0904", place, message).help(
                            "without `else` it ends when all guards have failed; `else` is then chosen instead, again and again",
                        ));
                    }
                }
                ast::Guard::Elements(elements) => {
                    let guarded = self.guarded(guarded, elements);
                    choose.guarded.push(guarded);
                }
            }
        }
        choose
    }

    /// The ranges enclose the guard, and what it declares encloses the command list.
    fn guarded(&mut self, guarded: &'a ast::Guarded, elements: &'a [ast::GuardElement]) -> Guarded {
        let outer = self.guard.replace(self.env.push_scope());
        let ranges = guarded.ranges.iter().map(|range| self.range(range)).collect();
        self.guard = Some(self.env.push_scope());
        let mut conditions = Vec::new();
        let mut last = GuardEnd::True;
        for element in elements {
            match element {
                ast::GuardElement::Declare(declaration, span) => {
                    let (ids, value) = self.declaration(declaration);
                    conditions.push(Condition::Declare(ids, value, *span));
                }
                ast::GuardElement::Condition(e) => conditions.push(Condition::Holds(self.condition(e))),
                ast::GuardElement::Input(partner, target, span) => {
                    if let (Some(port), target) = self.input(partner, target) {
                        last = GuardEnd::Input(port, target, *span);
                    }
                }
                ast::GuardElement::After(delay, span) => {
                    last = GuardEnd::After(self.integer(delay, "a delay in milliseconds"), *span);
                }
            }
        }
        self.guard = outer;
        let body = self.list(&guarded.body);
        self.end_scope();
        self.end_scope();
        Guarded {
            ranges,
            conditions,
            last,
            body,
            span: guarded.span,
        }
    }
}
