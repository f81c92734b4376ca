//! Which variables each process mentions that are not its own, and with which subscripts.
//!
//! A captured variable has an index of its own in every routine that it goes through. Here each variable is named by one
//! number for the whole program (its [`Origin`]), so that mentions of nested processes can be handed to their enclosers
//! as they are. The number of a routine is its turn in the order of the text, enclosers first.

use super::apart::{ALL, Area, Interval};
use super::constant;
use crate::check::tree::*;
use hydra_bytecode::Span;
use rustc_hash::FxHashMap;

/// A variable, whatever routine mentions it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Origin(u32);

/// What is known of a variable.
#[derive(Debug)]
struct Known {
    /// the number of its routine
    routine: u32,
    name: String,
    /// how many subscripts an element has; 0 if it is not an array
    dimensions: usize,
    /// it does not change while a process within its routine runs: a subscript of a label, or a range variable
    fixed: bool,
    /// the values it may have
    values: Interval,
}

/// All variables of the program, and each routine's view of them.
#[derive(Debug, Default)]
pub(super) struct Variables {
    known: Vec<Known>,
    routines: Vec<Vec<Origin>>,
}

impl Variables {
    /// Enters a routine, the next in the order of the text; `outer` is the number of its encloser.
    pub(super) fn enter(&mut self, routine: &Routine, outer: Option<u32>) -> u32 {
        let number = self.routines.len() as u32;
        let mut origins = Vec::with_capacity(routine.vars.len());
        for var in &routine.vars {
            let from_outer = match var.kind {
                VarKind::Captured { outer: id, .. } => outer.and_then(|outer| self.origin(outer, id)),
                _ => None,
            };
            origins.push(from_outer.unwrap_or_else(|| {
                self.known.push(Known {
                    routine: number,
                    name: var.name.clone(),
                    dimensions: dimensions(&var.ty),
                    fixed: matches!(var.kind, VarKind::Label(_) | VarKind::Range),
                    values: ALL,
                });
                Origin(self.known.len() as u32 - 1)
            }));
        }
        self.routines.push(origins);
        number
    }

    /// The variable that a routine has under an index.
    pub(super) fn origin(&self, routine: u32, var: VarId) -> Option<Origin> {
        self.routines.get(routine as usize)?.get(var.0 as usize).copied()
    }

    /// All variables of a routine in the order of their indices.
    pub(super) fn of_routine(&self, routine: u32) -> &[Origin] {
        &self.routines[routine as usize]
    }

    /// Whether it is declared in this routine, not captured.
    pub(super) fn is_own(&self, origin: Origin, routine: u32) -> bool {
        self.known[origin.0 as usize].routine == routine
    }

    /// Its name.
    pub(super) fn name(&self, origin: Origin) -> &str {
        &self.known[origin.0 as usize].name
    }

    /// How many subscripts an element has; 0 if it is not an array.
    pub(super) fn dimensions(&self, origin: Origin) -> usize {
        self.known[origin.0 as usize].dimensions
    }

    /// The values that a subscript may have.
    pub(super) fn values(&self, subscript: Sub) -> Interval {
        match subscript {
            Sub::Constant(n) => (n, n),
            Sub::Var(origin) => self.known[origin.0 as usize].values,
            Sub::Other => ALL,
        }
    }

    /// Whether a subscript has one value for as long as a process runs: the process has these label variables, and is
    /// enclosed by routines with these numbers, in ascending order.
    pub(super) fn is_fixed(&self, subscript: Sub, label: &[Origin], enclosers: &[u32]) -> bool {
        match subscript {
            Sub::Constant(_) => true,
            Sub::Var(origin) => {
                let known = &self.known[origin.0 as usize];
                label.contains(&origin) || known.fixed && enclosers.binary_search(&known.routine).is_ok()
            }
            Sub::Other => false,
        }
    }

    /// The elements that a mention may mean; `None` if it cannot happen, a range being empty.
    pub(super) fn area(&self, owner: u32, subscripts: impl Iterator<Item = Option<Sub>>) -> Option<Area> {
        let sides: Vec<Interval> = subscripts.map(|sub| sub.map_or(ALL, |sub| self.values(sub))).collect();
        (!sides.iter().any(|(low, high)| low > high)).then_some(Area { owner, sides })
    }

    /// Notes the bounds of a range variable.
    fn set_range(&mut self, routine: u32, var: VarId, low: &Expr, high: &Expr) {
        if let (Some(origin), Some(low), Some(high)) = (self.origin(routine, var), constant(low), constant(high)) {
            self.known[origin.0 as usize].values = (low, high);
        }
    }
}

/// How many subscripts an element of a variable of this type has.
fn dimensions(ty: &Type) -> usize {
    match ty {
        Type::Array(dimensions, _) => usize::from(*dimensions),
        _ => 0,
    }
}

/// What disjointness knows of a subscript.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Sub {
    /// a constant
    Constant(i64),
    /// a variable
    Var(Origin),
    /// anything else
    Other,
}

/// A mention of a variable, or of an element of it.
#[derive(Clone, Debug)]
pub(super) struct Mention {
    /// as far as they are written
    pub(super) subs: Vec<Sub>,
    /// whether it may be changed here
    pub(super) writes: bool,
    /// where
    pub(super) span: Span,
}

/// The mentions in a process, and in those within it, of variables that are not its own.
pub(super) type Mentions = FxHashMap<Origin, Vec<Mention>>;

/// Keeps one of the mentions that say the same, the first in the text.
pub(super) fn tidy(mentions: &mut Mentions) {
    for list in mentions.values_mut() {
        list.sort_unstable_by(|a, b| (&a.subs, a.writes, a.span).cmp(&(&b.subs, b.writes, b.span)));
        list.dedup_by(|later, first| later.subs == first.subs && later.writes == first.writes);
    }
}

/// Collects the mentions of one routine.
pub(super) struct Collector<'a> {
    /// all variables
    pub(super) variables: &'a mut Variables,
    /// the routine
    pub(super) routine: &'a Routine,
    /// its number
    pub(super) number: u32,
    /// what was found
    pub(super) mentions: Mentions,
}

impl Collector<'_> {
    /// A mention with subscripts.
    fn mention(&mut self, var: VarId, subs: impl FnOnce(&Self, usize) -> Vec<Sub>, writes: bool, span: Span) {
        let Some(origin) = self.variables.origin(self.number, var) else {
            return;
        };
        if self.variables.is_own(origin, self.number) {
            return;
        }
        let subs = subs(self, self.variables.dimensions(origin));
        self.mentions
            .entry(origin)
            .or_default()
            .push(Mention { subs, writes, span });
    }

    /// What a subscript is.
    fn subscript(&self, expr: &Expr) -> Sub {
        match &expr.kind {
            ExprKind::Var(var) => self.variable(*var),
            _ => constant(expr).map_or(Sub::Other, Sub::Constant),
        }
    }

    fn variable(&self, var: VarId) -> Sub {
        self.variables.origin(self.number, var).map_or(Sub::Other, Sub::Var)
    }

    fn element(&mut self, var: VarId, subscripts: &[Expr], writes: bool, span: Span) {
        self.mention(
            var,
            |me, dimensions| {
                subscripts
                    .iter()
                    .take(dimensions)
                    .map(|expr| me.subscript(expr))
                    .collect()
            },
            writes,
            span,
        );
    }

    /// An expression is evaluated.
    pub(super) fn read(&mut self, expr: &Expr) {
        let mut rest = vec![expr];
        while let Some(expr) = rest.pop() {
            match &expr.kind {
                ExprKind::Const(_) | ExprKind::Param(_) => {}
                ExprKind::Var(var) => self.mention(*var, |_, _| Vec::new(), false, expr.span),
                ExprKind::Element(var, subscripts) => {
                    self.element(*var, subscripts, false, expr.span);
                    rest.extend(subscripts);
                }
                ExprKind::Struct(_, parts) => rest.extend(parts),
                ExprKind::Script(script) => rest.extend(script.parts()),
                ExprKind::Fragment(fragment) => self.fragment(fragment),
                ExprKind::Negate(inner) | ExprKind::Not(inner) => rest.push(inner),
                ExprKind::Arithmetic(_, left, right)
                | ExprKind::Compare(_, left, right)
                | ExprKind::And(left, right)
                | ExprKind::Or(left, right) => rest.extend([&**left, right]),
            }
        }
    }

    /// A target is assigned.
    pub(super) fn assign(&mut self, target: &Target) {
        let mut rest = vec![target];
        while let Some(target) = rest.pop() {
            match target {
                Target::Var(var, span) => self.mention(*var, |_, _| Vec::new(), true, *span),
                Target::Element(var, subscripts, span) => {
                    self.element(*var, subscripts, true, *span);
                    subscripts.iter().for_each(|expr| self.read(expr));
                }
                Target::Drop(_) => {}
                Target::Struct(_, parts, _) => rest.extend(parts),
            }
        }
    }

    /// A fragment is run.
    pub(super) fn fragment(&mut self, fragment: &Fragment) {
        let file = fragment.inner.file;
        for used in &fragment.vars {
            let name = self
                .routine
                .vars
                .get(used.var.0 as usize)
                .map_or(0, |var| var.name.len() as u32);
            for mention in &used.mentions {
                let end = mention
                    .subscripts
                    .last()
                    .map_or(mention.start + name, |last| last.close + 1);
                let span = Span::new(file, mention.start, end);
                let subs = |me: &Self, dimensions| {
                    let form = |form: &SubscriptForm| match form {
                        SubscriptForm::Constant(n) => Sub::Constant(*n),
                        SubscriptForm::Var(var) => me.variable(*var),
                        SubscriptForm::Other => Sub::Other,
                    };
                    mention
                        .subscripts
                        .iter()
                        .take(dimensions)
                        .map(|subscript| form(&subscript.form))
                        .collect()
                };
                self.mention(used.var, subs, mention.writes, span);
            }
            // what is not said of a single mention is said of the whole variable
            let written = used.writes && !used.mentions.iter().any(|mention| mention.writes);
            if written || used.mentions.is_empty() {
                let span = used
                    .mentions
                    .first()
                    .map_or(fragment.inner, |at| Span::new(file, at.start, at.start + name));
                self.mention(used.var, |_, _| Vec::new(), written, span);
            }
        }
    }

    /// Variables are declared: their bounds and first value are evaluated.
    pub(super) fn declare(&mut self, vars: &[VarId], value: Option<&Expr>) {
        let routine = self.routine;
        for bounds in vars
            .iter()
            .filter_map(|var| routine.vars.get(var.0 as usize))
            .map(|var| &var.bounds)
        {
            for (low, high) in bounds {
                self.read(low);
                self.read(high);
            }
        }
        if let Some(value) = value {
            self.read(value);
        }
    }

    /// A range of a guard or counted repetition.
    pub(super) fn range(&mut self, range: &Range) {
        self.read(&range.low);
        self.read(&range.high);
        self.variables
            .set_range(self.number, range.var, &range.low, &range.high);
    }

    /// Bounds and subscripts of a label, evaluated before the process starts; `process` is its number.
    pub(super) fn label(&mut self, label: &Label, process: u32) {
        for subscript in &label.subscripts {
            self.read(&subscript.low);
            if let Some(high) = &subscript.high {
                self.read(high);
                if let Some(var) = subscript.var {
                    self.variables.set_range(process, var, &subscript.low, high);
                }
            }
        }
    }

    /// The subscripts of a process name.
    pub(super) fn port(&mut self, port: &Port) {
        port.subscripts.iter().for_each(|expr| self.read(expr));
    }
}
