//! Parallel commands: labels, and a routine for each process.

use super::labels::{Member, Siblings};
use super::scopes::{Frame, Key, Known, Named, Origin};
use super::text::count;
use super::{Resolver, types};
use crate::check::tree::{Expr, Label, LabelSubscript, Parallel, Process, VarKind};
use crate::syntax::ast;
use hydra_bytecode::{Span, report::Report};

/// A label whose bounds have been evaluated where the parallel command stands.
struct Evaluated {
    family: u32,
    subscripts: Vec<(Expr, Option<Expr>)>,
}

impl<'a> Resolver<'a> {
    /// `[[ … ]]`
    pub(super) fn parallel(&mut self, processes: &'a [ast::Process]) -> Parallel {
        let mut siblings = Siblings::default();
        let labels: Vec<Option<Evaluated>> = processes
            .iter()
            .map(|process| process.label.as_ref().map(|label| self.label(label, &mut siblings)))
            .collect();
        for family in &siblings.families {
            for clash in family.clashes() {
                let (first, second) = (family.members[clash.first].span, family.members[clash.second].span);
                self.same_process(family.name, clash.at, first, second);
            }
        }
        let families = siblings
            .families
            .iter()
            .map(|f| (f.name.to_string(), f.dims.min(255) as u8))
            .collect();
        self.env.push_scope();
        let level = self.env.frames.len() as u32;
        for (index, family) in siblings.families.iter().enumerate() {
            self.env.name(
                family.name,
                Named::Label {
                    level,
                    family: index as u32,
                },
            );
        }
        self.siblings.push(siblings);
        let guard = self.guard.take();
        let processes = processes
            .iter()
            .zip(labels)
            .map(|(process, label)| self.process(process, label))
            .collect();
        self.guard = guard;
        self.siblings.pop();
        self.end_scope();
        Parallel { families, processes }
    }

    /// Evaluates a label in the enclosing routine.
    fn label(&mut self, label: &'a ast::Label, siblings: &mut Siblings<'a>) -> Evaluated {
        let own = label.subscripts.iter().filter_map(|s| match s {
            ast::Subscript::Range(range) => Some(range.name.text.as_str()),
            ast::Subscript::Value(_) => None,
        });
        self.label_variables = own.collect();
        let mut subscripts = Vec::with_capacity(label.subscripts.len());
        let mut pattern = Vec::with_capacity(label.subscripts.len());
        let mut keys = Vec::with_capacity(label.subscripts.len());
        for subscript in &label.subscripts {
            match subscript {
                ast::Subscript::Range(range) => {
                    let low = self.integer(&range.low, "a bound");
                    let high = self.integer(&range.high, "a bound");
                    let known = (types::known(&low), types::known(&high));
                    pattern.push(known);
                    keys.push(
                        known
                            .0
                            .filter(|_| known.0 == known.1)
                            .map_or(Key::Unknown, Key::Constant),
                    );
                    subscripts.push((low, Some(high)));
                }
                ast::Subscript::Value(e) => {
                    let value = self.integer(e, "a subscript");
                    let known = types::known(&value);
                    pattern.push((known, known));
                    keys.push(self.key(&value));
                    subscripts.push((value, None));
                }
            }
        }
        self.label_variables.clear();
        let family = self.join(label, siblings, pattern, keys);
        Evaluated { family, subscripts }
    }

    /// Puts a label into its family.
    fn join(&mut self, label: &'a ast::Label, siblings: &mut Siblings<'a>, pattern: Vec<Known>, keys: Vec<Key>) -> u32 {
        let name = label.name.text.as_str();
        let index = siblings.family(name, keys.len());
        let family = &mut siblings.families[index as usize];
        if keys.len() > 255 {
            let message = format!(
                "a label cannot have more than 255 subscripts; this one has {}",
                keys.len()
            );
            self.report(Report::error("H0208", label.span, message));
        }
        if keys.len() != family.dims {
            let message = format!(
                "labels of one family have the same number of subscripts; here `{name}` has {}",
                count(keys.len(), "subscript")
            );
            let mut report = Report::error("H0208", label.span, message);
            if let Some(first) = family.members.first() {
                report = report.note(first.span, format!("here it has {}", count(family.dims, "subscript")));
            }
            self.report(report);
            return index;
        }
        let at = keys
            .iter()
            .map(|key| if let Key::Constant(n) = key { Some(*n) } else { None })
            .collect();
        if let Some(first) = family.add(Member {
            pattern,
            keys,
            span: label.span,
        }) {
            let first = family.members[first].span;
            self.same_process(name, at, first, label.span);
        }
        index
    }

    /// Reports two processes with the same name and subscripts.
    fn same_process(&mut self, name: &str, at: Option<Vec<i64>>, first: Span, second: Span) {
        let full = match at {
            Some(at) if !at.is_empty() => {
                format!(
                    "{name}({})",
                    at.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")
                )
            }
            Some(_) => name.to_string(),
            None => self.text(second).to_string(),
        };
        let message = format!("two processes of one parallel command are named `{full}`");
        self.report(Report::error("H0207", second, message).note(first, "the first one"));
    }

    fn process(&mut self, process: &'a ast::Process, label: Option<Evaluated>) -> Process {
        self.env.frames.push(Frame::default());
        self.env.push_scope();
        let label = label
            .zip(process.label.as_ref())
            .map(|(evaluated, written)| self.enter(written, evaluated));
        let name = process
            .label
            .as_ref()
            .map_or(String::new(), |label| label.name.text.clone());
        let span = match &process.label {
            Some(label) => label.span,
            None => self.first_place(&process.body, process.span),
        };
        let body = self.list(&process.body);
        self.end_scope();
        let frame = self.env.frames.pop().unwrap_or_default();
        Process {
            label,
            routine: frame.finish(name, body, span),
        }
    }

    /// Declares the range variables of a label in its process.
    fn enter(&mut self, written: &'a ast::Label, evaluated: Evaluated) -> Label {
        let frame = self.env.here();
        let mut keys = Vec::with_capacity(written.subscripts.len());
        let mut subscripts = Vec::with_capacity(written.subscripts.len());
        for (index, (subscript, (low, high))) in written.subscripts.iter().zip(evaluated.subscripts).enumerate() {
            let mut own = None;
            match subscript {
                ast::Subscript::Range(range) => {
                    let var = self.range_variable(&range.name, VarKind::Label(index.min(255) as u8));
                    let single =
                        types::known(&low).filter(|_| types::known(&low) == high.as_ref().and_then(types::known));
                    keys.push((Key::Fixed(Origin { frame, var }), single.map(Key::Constant)));
                    own = Some(var);
                }
                ast::Subscript::Value(_) => {
                    // The value was evaluated outside: a variable may have changed since, a constant has not.
                    keys.push((self.outer_key(&low), None));
                }
            }
            subscripts.push(LabelSubscript { low, high, var: own });
        }
        self.env.frame().label = Some((evaluated.family, keys));
        Label {
            family: evaluated.family,
            subscripts,
            span: written.span,
        }
    }

    /// What is known of the value of an expression of the enclosing routine.
    fn outer_key(&mut self, e: &Expr) -> Key {
        let inner = self.env.frames.pop();
        let key = self.key(e);
        self.env.frames.extend(inner);
        key
    }
}
