//! Process names: whom a communication means.

use super::scopes::{Key, Known, Named};
use super::text::count;
use super::{Resolver, types};
use crate::check::passes::streams;
pub(super) use crate::check::passes::streams::NAMES as STANDARD;
use crate::check::tree::{Expr, Partner, Port, Target};
use crate::syntax::ast;
use hydra_bytecode::{Bound, Span, report::Report};

/// Whom a name denotes, before its subscripts are looked at.
pub(super) struct Denoted {
    /// whom
    pub(super) partner: Partner,
    /// number of subscripts that it wants
    pub(super) dims: usize,
    /// known bounds of the subscripts, for formals and externs
    bounds: Vec<Known>,
    /// where it is declared
    pub(super) declared: Option<Span>,
    /// for a label: how deep the processes of its parallel command are
    level: u32,
}

impl<'a> Resolver<'a> {
    /// A process name with its subscripts; `None` if it surely names no process, which is then reported.
    pub(super) fn port(&mut self, name: &'a ast::Name, subscripts: &'a [ast::Expr], span: Span) -> Option<Port> {
        let found = self.denoted(name);
        let subscripts: Vec<Expr> = subscripts.iter().map(|e| self.integer(e, "a subscript")).collect();
        let found = found?;
        if subscripts.len() != found.dims {
            let message = format!(
                "`{}` is named with {} and has {}",
                name.text,
                count(subscripts.len(), "subscript"),
                if found.dims == 0 {
                    "none".into()
                } else {
                    found.dims.to_string()
                }
            );
            let mut report = Report::error("H0205", span, message);
            if let Some(declared) = found.declared {
                report = report.note(declared, "declared here");
            }
            self.report(report);
            return None;
        }
        let known: Vec<Option<i64>> = subscripts.iter().map(types::known).collect();
        let sound = match found.partner {
            Partner::Label { family, .. } => {
                self.exists(found.level, family, &known, span)
                    && self.other_than_self(found.level, family, &subscripts, span)
            }
            Partner::Formal(_) | Partner::Host(_) => self.inside(&found, &known, span),
        };
        sound.then(|| Port {
            partner: found.partner,
            name: name.text.clone(),
            subscripts,
            span,
        })
    }

    /// Whom a name denotes; an unknown one is reported.
    pub(super) fn denoted(&mut self, name: &ast::Name) -> Option<Denoted> {
        let text = name.text.as_str();
        match self.env.find_name(text) {
            Some(Named::Label { level, family }) => {
                let there = &self.siblings[level as usize - 1].families[family as usize];
                let depth = (self.env.here() - level) as u16;
                let declared = there.members.first().map(|member| member.span);
                let partner = Partner::Label { depth, family };
                return Some(Denoted {
                    partner,
                    dims: there.dims,
                    bounds: Vec::new(),
                    declared,
                    level,
                });
            }
            Some(Named::Formal(formal)) => {
                let dims = usize::from(self.env.frames[0].names[formal as usize].dims);
                let bounds = self.env.formal_bounds[formal as usize].clone();
                let partner = Partner::Formal(self.env.capture_name(formal));
                return Some(Denoted {
                    partner,
                    dims,
                    bounds,
                    declared: None,
                    level: 0,
                });
            }
            None => {}
        }
        if let Some(index) = STANDARD.iter().position(|&s| s == text) {
            let partner = Partner::Host(index as u16);
            return Some(Denoted {
                partner,
                dims: 0,
                bounds: Vec::new(),
                declared: None,
                level: 0,
            });
        }
        if let Some(host) = self
            .items
            .hosts
            .get(text)
            .filter(|host| self.items.sees(self.file, host.span))
        {
            let extern_ = &self.items.externs[usize::from(host.meaning) - 3];
            let known = |bound: &Bound| if let Bound::Constant(n) = bound { Some(*n) } else { None };
            let bounds: Vec<Known> = extern_
                .ranges
                .iter()
                .map(|(low, high)| (known(low), known(high)))
                .collect();
            let partner = Partner::Host(host.meaning);
            return Some(Denoted {
                partner,
                dims: bounds.len(),
                bounds,
                declared: Some(host.span),
                level: 0,
            });
        }
        self.no_process(name);
        None
    }

    /// Reports a name that no process has here.
    fn no_process(&mut self, name: &ast::Name) {
        let text = name.text.as_str();
        let report = Report::error("H0204", name.span, format!("there is no process `{text}` here"));
        let report = if let Some((label, encloser)) = self.hidden_label(text) {
            let inside = match encloser {
                Some(encloser) => format!("this `{text}` is inside the process `{encloser}`"),
                None => format!("this `{text}` belongs to another parallel command"),
            };
            report.note(label, format!("{inside} and not visible from here")).help(
                "a process can be named by its siblings and by what is inside them; to be reached from further out it needs \
                 its encloser as a go-between",
            )
        } else if self.items.hosts.contains_key(text) {
            report.help("externs of the program are not visible in an imported file; take the process as an argument")
        } else if let Some(binding) = self.env.find(text) {
            let declared = self.env.declaration(binding.origin).span;
            report
                .note(declared, "this is a variable")
                .help("values are exchanged with processes, named by their labels")
        } else if let Some(definition) = self.items.definitions.get(text) {
            report
                .note(definition.span, "this is a definition, not a process")
                .help("a label names a process: `name :: DEFINITION(…)`")
        } else {
            let names: Vec<String> = self
                .env
                .process_names()
                .chain(STANDARD)
                .chain(self.items.hosts.keys().copied())
                .take(10_000)
                .map(String::from)
                .collect();
            match self.guess(text, names.iter().map(String::as_str)) {
                Some(close) => report.help(format!("did you mean `{close}`?")),
                None => report,
            }
        };
        self.report(report);
    }

    /// Whether a family may have a process with these subscripts; reports if not.
    fn exists(&mut self, level: u32, family: u32, known: &[Option<i64>], span: Span) -> bool {
        let family = &mut self.siblings[level as usize - 1].families[family as usize];
        if family.may_exist(known) {
            return true;
        }
        let labels: Vec<Span> = family.members.iter().map(|member| member.span).take(4).collect();
        let message = format!("there is no process `{}`", self.text(span));
        let mut report = Report::error("H0215", span, message);
        for label in labels {
            report = report.note(label, "a label of this family");
        }
        self.report(report);
        false
    }

    /// Whether a name does not surely mean the process at hand or one that encloses it; reports if it does.
    fn other_than_self(&mut self, level: u32, family: u32, subscripts: &[Expr], span: Span) -> bool {
        let Some((own, keys)) = &self.env.frames[level as usize].label else {
            return true;
        };
        let same = *own == family
            && keys.iter().zip(subscripts).all(|((own, single), subscript)| {
                let named = self.key(subscript);
                (*own == named || *single == Some(named)) && !matches!(named, Key::Var(_) | Key::Unknown)
            });
        if !same {
            return true;
        }
        let text = self.text(span);
        let report = if level == self.env.here() {
            Report::error("H0206", span, format!("the process `{text}` names itself"))
                .help("a communication needs two processes")
        } else {
            Report::error(
                "H0206",
                span,
                format!("this names `{text}`, a process that encloses it"),
            )
            .help("what is inside a process acts in its name, and a communication needs two processes")
        };
        self.report(report);
        false
    }

    /// Whether subscripts are within the bounds of a formal or extern as far as is known; reports if not.
    fn inside(&mut self, found: &Denoted, known: &[Option<i64>], span: Span) -> bool {
        for (&(low, high), at) in found.bounds.iter().zip(known) {
            let Some(at) = at else { continue };
            if low.is_some_and(|low| *at < low) || high.is_some_and(|high| *at > high) {
                let message = format!("there is no process `{}`: {at} is outside the bounds", self.text(span));
                let mut report = Report::error("H0215", span, message);
                if let Some(declared) = found.declared {
                    report = report.note(declared, "declared here");
                }
                self.report(report);
                return false;
            }
        }
        true
    }

    // --- standard processes

    /// Checks an input if it is from a standard process.
    pub(super) fn input_from_host(&mut self, port: &Port, target: &Target, span: Span) {
        let Partner::Host(host @ 0..=2) = port.partner else {
            return;
        };
        let place = match target {
            _ if host > 0 => span,
            Target::Var(_, span) | Target::Element(_, _, span) | Target::Drop(span) | Target::Struct(_, _, span) => {
                *span
            }
        };
        if let Some(wrong) = streams::input(host, &self.target_type(target)) {
            self.report(wrong.report(place));
        }
    }

    /// Checks an output if it is to a standard process.
    pub(super) fn output_to_host(&mut self, port: &Port, value: &Expr) {
        let Partner::Host(host @ 0..=2) = port.partner else {
            return;
        };
        let place = if host == 0 { port.span } else { value.span };
        if let Some(wrong) = streams::output(host, &value.ty) {
            self.report(wrong.report(place));
        }
    }
}
