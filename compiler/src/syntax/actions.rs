//! What the rules of the grammar do: makes the tree, and says what the grammar alone cannot see to be wrong.

use super::{ast::*, literal};
use hydra_bytecode::{CmpOp, Span, report::Report};

/// Makes the tree of one file.
#[derive(Debug)]
pub(crate) struct Builder<'t> {
    file: u32,
    text: &'t str,
    /// Places of `_` that are not known to be targets yet, in the order of the text.
    drops: Vec<Span>,
    /// What is wrong.
    reports: Vec<Report>,
}

impl<'t> Builder<'t> {
    /// A builder for a file.
    pub(crate) fn new(file: u32, text: &'t str) -> Self {
        Builder {
            file,
            text,
            drops: Vec::new(),
            reports: Vec::new(),
        }
    }

    /// What was found wrong, when the whole file has been parsed.
    pub(crate) fn finish(mut self) -> Vec<Report> {
        self.reports.extend(self.drops.iter().map(|&span| {
            Report::error(
                "H0107",
                span,
                "`_` has no value; it can only be a target, to drop what arrives",
            )
            .help("`X ? _` inputs a value and drops it; `(x, _) := e` drops a component")
        }));
        self.reports
    }

    pub(crate) fn span(&self, start: u32, end: u32) -> Span {
        // an empty rule begins behind the blanks and ends before them
        Span::new(self.file, start.min(end), end)
    }

    fn text(&self, start: u32, end: u32) -> &'t str {
        self.text.get(start as usize..end as usize).unwrap_or("")
    }

    /// The text between the quotes.
    fn quoted(&self, start: u32, end: u32) -> Option<String> {
        literal::unescape(self.text(start + 1, end.saturating_sub(1))).ok()
    }

    pub(crate) fn name(&self, start: u32, end: u32) -> Name {
        Name {
            text: self.text(start, end).to_string(),
            span: self.span(start, end),
        }
    }

    pub(crate) fn fragment(&self, start: u32, end: u32) -> Fragment {
        Fragment {
            span: self.span(start, end),
            inner: self.span(start + 1, end.saturating_sub(1)),
        }
    }

    // --- items

    pub(crate) fn import(&self, start: u32, end: u32) -> Item {
        Item::Import {
            path: self.quoted(start, end).unwrap_or_default(),
            span: self.span(start, end),
        }
    }

    pub(crate) fn param(&mut self, name: Name, mut ty: Type, default: Option<Expr>) -> Item {
        if matches!(ty.kind, TypeKind::Any | TypeKind::Array(..) | TypeKind::Struct(..)) {
            self.reports.push(
                Report::error(
                    "H0112",
                    ty.span,
                    format!("the param `{}` needs a scalar type", name.text),
                )
                .help("integer, real, boolean, character or string"),
            );
            ty.kind = TypeKind::Error;
        }
        Item::Param { name, ty, default }
    }

    pub(crate) fn formals(&self, names: Vec<Name>, kind: FormalKind) -> Vec<Formal> {
        names
            .into_iter()
            .map(|name| Formal {
                name,
                kind: kind.clone(),
            })
            .collect()
    }

    pub(crate) fn unknown_type(&mut self, name: Name) -> Type {
        let meant = match name.text.as_str() {
            "int" | "Integer" | "INTEGER" | "i64" | "long" => Some("integer"),
            "float" | "double" | "Real" | "REAL" | "f64" => Some("real"),
            "bool" | "Boolean" | "BOOLEAN" => Some("boolean"),
            "char" | "Character" | "CHARACTER" => Some("character"),
            "str" | "String" | "STRING" | "text" => Some("string"),
            _ => None,
        };
        let help = match meant {
            Some(word) => format!("this type is called `{word}`"),
            None => format!(
                "a structured type has its components in parentheses: `{}(integer)`, or `{0}()`",
                name.text
            ),
        };
        self.reports
            .push(Report::error("H0112", name.span, format!("`{}` is no type", name.text)).help(help));
        Type {
            kind: TypeKind::Error,
            span: name.span,
        }
    }

    // --- commands

    pub(crate) fn assign(&mut self, target: Expr, value: Expr) -> CommandKind {
        CommandKind::Assign(self.target(target), value)
    }

    pub(crate) fn input(&mut self, from: ProcessName, target: Expr) -> CommandKind {
        CommandKind::Input(from, self.target(target))
    }

    /// An expression in the place of a command: an instance, a fragment, or a mistake.
    pub(crate) fn expression_command(&mut self, e: Expr) -> CommandKind {
        let help = match e.kind {
            // parentheses around it make it an expression
            ExprKind::Apply(name, actuals) if name.span.start == e.span.start => {
                return CommandKind::Instance(name, actuals);
            }
            ExprKind::Fragment(fragment) if fragment.span == e.span => return CommandKind::Fragment(fragment),
            ExprKind::Error => return CommandKind::Error,
            ExprKind::Binary(BinaryOp::Compare(CmpOp::Eq), ..) => "`=` compares; an assignment is written `x := 1`",
            ExprKind::Name(_) => {
                "a command is `x := e`, `P ! e`, `P ? x`, `skip`, an instance `DEFINITION(…)`, a fragment in braces, …"
            }
            _ => "write `x := e` to assign its value, `P ! e` to output it, or `{ … }` to run rhai for its effect",
        };
        let message = "a command expected, found an expression whose value is not used";
        self.reports.push(Report::error("H0111", e.span, message).help(help));
        CommandKind::Error
    }

    pub(crate) fn choose(&mut self, pri: bool, repeat: bool, guarded: Vec<Guarded>) -> CommandKind {
        let is_else = |g: &Guarded| matches!(g.guard, Guard::Else);
        if let Some((last, others)) = guarded.split_last() {
            let mut wrong = others.iter().filter(|g| is_else(g));
            if let Some(first) = wrong.next() {
                let report = if is_else(last) || wrong.next().is_some() {
                    let second = guarded.iter().filter(|g| is_else(g)).nth(1).unwrap_or(last);
                    Report::error("H0108", second.span, "`else` stands here a second time")
                        .note(first.span, "the first `else`")
                        .help("an alternative has one `else`, after all other guards")
                } else {
                    Report::error("H0108", first.span, "`else` must come last")
                        .note(last.span, "this guard comes after it")
                        .help("`else` is ready when all other guards have failed")
                };
                self.reports.push(report);
            }
        }
        CommandKind::Choose { pri, repeat, guarded }
    }

    pub(crate) fn guarded(
        &mut self,
        ranges: Option<Vec<Range>>,
        elements: Vec<GuardElement>,
        body: CommandList,
        start: u32,
        end: u32,
    ) -> Guarded {
        let count = elements.len();
        for (index, element) in elements.iter().enumerate() {
            let report = match element {
                GuardElement::Input(_, _, span) | GuardElement::After(_, span) if index + 1 < count => {
                    let what = if matches!(element, GuardElement::After(..)) {
                        "a delay"
                    } else {
                        "an input"
                    };
                    Report::error("H0110", *span, format!("{what} must be the last element of its guard"))
                        .help("conditions come before it; commands that follow it are written after `->`")
                }
                GuardElement::Declare(_, span) if index + 1 == count => {
                    Report::error("H0110", *span, "a guard cannot end with a declaration")
                        .help("a condition, an input or `after` must follow it")
                }
                _ => continue,
            };
            self.reports.push(report);
        }
        let span = self.span(start, end);
        Guarded {
            ranges: ranges.unwrap_or_default(),
            guard: Guard::Elements(elements),
            body,
            span,
        }
    }

    pub(crate) fn bad_guarded(&self, start: u32, end: u32) -> Guarded {
        let guard = Guard::Elements(vec![GuardElement::Condition(self.error_expr(start, end))]);
        Guarded {
            ranges: Vec::new(),
            guard,
            body: Vec::new(),
            span: self.span(start, end),
        }
    }

    pub(crate) fn guard_input(&mut self, from: ProcessName, target: Expr, start: u32, end: u32) -> GuardElement {
        GuardElement::Input(from, self.target(target), self.span(start, end))
    }

    pub(crate) fn label(&self, (name, values): (Name, Vec<Expr>), start: u32, end: u32) -> Label {
        let subscripts = values.into_iter().map(Subscript::Value).collect();
        Label {
            name,
            subscripts,
            span: self.span(start, end),
        }
    }

    pub(crate) fn subscripts(&self, values: Vec<Expr>, range: Range) -> Vec<Subscript> {
        values
            .into_iter()
            .map(Subscript::Value)
            .chain([Subscript::Range(range)])
            .collect()
    }

    // --- expressions

    pub(crate) fn error_expr(&self, start: u32, end: u32) -> Expr {
        Expr {
            kind: ExprKind::Error,
            span: self.span(start, end),
        }
    }

    pub(crate) fn binary(&self, op: BinaryOp, left: Expr, right: Expr) -> Expr {
        let span = left.span.to(right.span);
        Expr {
            kind: ExprKind::Binary(op, Box::new(left), Box::new(right)),
            span,
        }
    }

    /// A comparison; `not x = y` is `(not x) = y`, which is seldom meant.
    pub(crate) fn compared(&mut self, op: CmpOp, left: Expr, right: Expr) -> Expr {
        // in parentheses the place begins before the operator
        if matches!(left.kind, ExprKind::Unary(UnaryOp::Not, _))
            && self.text(left.span.start, left.span.end).starts_with("not")
        {
            let message = format!(
                "`not` binds tighter than `{}`: it negates only what stands before it",
                op.symbol()
            );
            let help = "write `not (x = y)` to negate the comparison, `(not x) = y` if this is meant";
            self.reports
                .push(Report::warning("H0910", left.span, message).help(help));
        }
        self.binary(BinaryOp::Compare(op), left, right)
    }

    pub(crate) fn unary(&self, op: UnaryOp, of: Expr, start: u32) -> Expr {
        let span = self.span(start, of.span.end);
        Expr {
            kind: ExprKind::Unary(op, Box::new(of)),
            span,
        }
    }

    /// `a < b < c`; the place is that of the second operator.
    pub(crate) fn chained(&mut self, left: Expr, right: Expr, second: Option<(u32, u32)>) -> Expr {
        let span = left.span.to(right.span);
        if let Some((start, end)) = second {
            let place = self.span(start, end);
            let help = match &left.kind {
                ExprKind::Binary(_, a, b) => {
                    let shown = |s: Span| self.text(s.start, s.end);
                    let (a_op_b, b, c) = (shown(a.span.to(b.span)), shown(b.span), shown(right.span));
                    let whole = format!("{a_op_b} and {b} {} {c}", self.text(start, end));
                    if whole.len() <= 80 && !whole.contains('\n') {
                        format!("write `{whole}`")
                    } else {
                        "write two comparisons joined by `and`".to_string()
                    }
                }
                _ => "write two comparisons joined by `and`".to_string(),
            };
            self.reports.push(
                Report::error("H0106", place, "comparisons do not chain")
                    .label("a second comparison")
                    .note(left.span, "the first comparison")
                    .help(help),
            );
        }
        Expr {
            kind: ExprKind::Error,
            span,
        }
    }

    // The lexer has reported what is wrong in a literal.

    pub(crate) fn integer(&self, start: u32, end: u32) -> ExprKind {
        literal::integer(self.text(start, end)).map_or(ExprKind::Error, ExprKind::Integer)
    }

    pub(crate) fn real(&self, start: u32, end: u32) -> ExprKind {
        literal::real(self.text(start, end)).map_or(ExprKind::Error, ExprKind::Real)
    }

    pub(crate) fn character(&self, start: u32, end: u32) -> ExprKind {
        let text = self.quoted(start, end).unwrap_or_default();
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            (Some(c), None) => ExprKind::Character(c),
            _ => ExprKind::Error,
        }
    }

    pub(crate) fn string(&self, start: u32, end: u32) -> ExprKind {
        self.quoted(start, end).map_or(ExprKind::Error, ExprKind::String)
    }

    pub(crate) fn drop_target(&mut self, start: u32, end: u32) -> ExprKind {
        let span = self.span(start, end);
        self.drops.push(span);
        ExprKind::Drop
    }

    // --- targets

    /// Checks that an expression can be a target.
    fn target(&mut self, e: Expr) -> Expr {
        match self.not_a_target(&e, true) {
            None => {
                let mut dropped = Vec::new();
                collect_drops(&e, &mut dropped);
                if !dropped.is_empty() {
                    // they are the last ones, but for those of the value; both lists are in the order of the text
                    let first = self.drops.partition_point(|span| span.start < e.span.start);
                    let mut known = dropped.into_iter().peekable();
                    for span in self.drops.split_off(first) {
                        while known.next_if(|d| d.end <= span.start).is_some() {}
                        if known.peek().is_none_or(|d| span.start < d.start || d.end < span.end) {
                            self.drops.push(span);
                        }
                    }
                }
                e
            }
            Some(report) => {
                self.drops
                    .retain(|span| span.start < e.span.start || span.end > e.span.end);
                self.reports.extend(report);
                Expr {
                    kind: ExprKind::Error,
                    span: e.span,
                }
            }
        }
    }

    /// What keeps an expression from being a target: nothing, or a report (none if it was made before).
    fn not_a_target(&self, e: &Expr, whole: bool) -> Option<Option<Report>> {
        let what = match &e.kind {
            // what the components of `NAME(…)` may be depends on what NAME is
            ExprKind::Name(_) | ExprKind::Drop | ExprKind::Apply(..) => return None,
            ExprKind::Tuple(parts) if !parts.is_empty() => {
                return parts.iter().find_map(|part| self.not_a_target(part, false));
            }
            ExprKind::Error => return Some(None),
            ExprKind::Tuple(_) => "`()`",
            ExprKind::Fragment(_) => "a fragment",
            ExprKind::Unary(..) | ExprKind::Binary(..) => "an expression with operators",
            ExprKind::Integer(_) | ExprKind::Real(_) | ExprKind::Boolean(_) => "a literal",
            ExprKind::Character(_) | ExprKind::String(_) => "a literal",
        };
        let help = match &e.kind {
            ExprKind::Tuple(_) => "a signal has a name: `stop()`",
            ExprKind::Fragment(_) => "a target is written without braces: `x`, `a(i)`, `insert(n)`, `(x, y)` or `_`",
            _ => {
                "a target is a variable, an element `a(i)`, a structured target such as `insert(n)` or `(x, y)`, or `_`"
            }
        };
        let part = if whole { "" } else { ", not even as a component" };
        Some(Some(
            Report::error("H0107", e.span, format!("{what} cannot be a target{part}")).help(help),
        ))
    }
}

/// The places of `_` that are components of a target.
fn collect_drops(target: &Expr, found: &mut Vec<Span>) {
    match &target.kind {
        // in parentheses the expression is wider than the `_`
        ExprKind::Drop => found.push(target.span),
        ExprKind::Apply(_, parts) | ExprKind::Tuple(parts) => parts.iter().for_each(|part| collect_drops(part, found)),
        _ => {}
    }
}
