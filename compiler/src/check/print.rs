//! The checked tree as text, for `hydrac dump --stage checked`.

use super::resolve::text::type_name;
use super::tree::{
    Actual, CaptureMode, CheckedProgram, Choose, Command, CommandKind, Condition, Definition, Expr, ExprKind, Formal,
    Fragment, GuardEnd, Guarded, Parallel, Partner, Port, Process, Range, Routine, Subscript, Target, Var, VarId,
    VarKind,
};
use hydra_bytecode::{Bound, Const};
use std::fmt::Write;

/// A program as an indented listing: each routine with its variables and where they come from, then its commands.
pub fn listing(program: &CheckedProgram) -> String {
    let mut out = Listing {
        text: String::new(),
        indent: 0,
        program,
    };
    for (name, value) in &program.constants {
        out.line(format_args!("const {name} = {}", constant(value)));
    }
    for param in &program.params {
        let default = param
            .default
            .as_ref()
            .map_or(String::new(), |value| format!(" = {}", constant(value)));
        out.line(format_args!("param {} : {}{default}", param.name, type_name(&param.ty)));
    }
    for (index, host) in program.externs.iter().enumerate() {
        let ranges: Vec<String> = host
            .ranges
            .iter()
            .map(|(l, h)| format!("{}..{}", out.bound(l), out.bound(h)))
            .collect();
        out.line(format_args!(
            "extern {}{} as host {}",
            host.name,
            in_parentheses(&ranges),
            index + 3
        ));
    }
    for (path, source) in &program.scripts {
        let kind = if source.is_empty() { "standard" } else { "rhai file" };
        out.line(format_args!("module \"{path}\" ({kind})"));
    }
    for include in &program.includes {
        out.line(format_args!(
            "_include at {}:{}..{}",
            include.file, include.start, include.end
        ));
    }
    for definition in &program.definitions {
        out.definition(definition);
    }
    out.routine("", &program.main);
    out.text
}

struct Listing<'p> {
    text: String,
    indent: usize,
    program: &'p CheckedProgram,
}

impl Listing<'_> {
    fn line(&mut self, text: std::fmt::Arguments<'_>) {
        // Deep nesting would make a listing of spaces.
        let indent = 2 * self.indent.min(60);
        let _ = writeln!(self.text, "{:indent$}{text}", "");
    }

    fn within(&mut self, inner: impl FnOnce(&mut Self)) {
        self.indent += 1;
        inner(self);
        self.indent -= 1;
    }

    fn bound(&self, bound: &Bound) -> String {
        match bound {
            Bound::Constant(n) => n.to_string(),
            Bound::Param(index) => self.param(u32::from(*index)),
        }
    }

    fn param(&self, index: u32) -> String {
        self.program
            .params
            .get(index as usize)
            .map_or(format!("param {index}"), |param| param.name.clone())
    }

    fn definition(&mut self, definition: &Definition) {
        let routine = &definition.routine;
        let formals: Vec<String> = definition
            .formals
            .iter()
            .map(|formal| match formal {
                Formal::Value(id) => self.var(routine, *id),
                Formal::Process(index) => format!("{} : process", name(routine, *index)),
                Formal::Family(index, bounds) => {
                    format!("{} : ({}) process", name(routine, *index), self.pairs(routine, bounds))
                }
            })
            .collect();
        let outsides = definition
            .outsides
            .iter()
            .map(|(_, outside)| format!(" own {}", outside.name()));
        let outsides: String = outsides.collect();
        self.routine(&format!("process ({}){outsides} ", formals.join("; ")), routine);
    }

    fn routine(&mut self, before: &str, routine: &Routine) {
        let title = if routine.name.is_empty() {
            "(anonymous)"
        } else {
            &routine.name
        };
        self.line(format_args!("{before}{title} ::"));
        self.within(|out| {
            for (index, var) in routine.vars.iter().enumerate() {
                out.variable(routine, VarId(index as u32), var);
            }
            for (index, name) in routine.names.iter().enumerate() {
                let from = name.captured.map_or("formal".to_string(), |outer| {
                    format!("captured from outer name {outer}")
                });
                let dims = if name.dims > 0 {
                    format!(", {} subscripts", name.dims)
                } else {
                    String::new()
                };
                out.line(format_args!("name {index} {}: {from}{dims}", name.name));
            }
            out.commands(routine, &routine.body);
        });
    }

    fn variable(&mut self, routine: &Routine, id: VarId, var: &Var) {
        let from = match &var.kind {
            VarKind::Local => "local".to_string(),
            VarKind::Formal => "formal".to_string(),
            VarKind::Range => "range".to_string(),
            VarKind::Label(index) => format!("subscript {index} of the label"),
            VarKind::Captured { outer, mode } => format!("captured from outer v{}, {}", outer.0, capture(mode)),
        };
        let bounds = if var.bounds.is_empty() {
            String::new()
        } else {
            format!(", bounds ({})", self.pairs(routine, &var.bounds))
        };
        let assigned = if var.assigned { ", assigned" } else { "" };
        self.line(format_args!(
            "v{} {} : {}; {from}{assigned}{bounds}",
            id.0,
            var.name,
            type_name(&var.ty)
        ));
    }

    fn commands(&mut self, routine: &Routine, list: &[Command]) {
        for command in list {
            self.command(routine, command);
        }
    }

    fn command(&mut self, routine: &Routine, command: &Command) {
        match &command.kind {
            CommandKind::Skip => self.line(format_args!("skip")),
            CommandKind::Declare(ids, value) => {
                let text = self.declare(routine, ids, value.as_ref());
                self.line(format_args!("{text}"));
            }
            CommandKind::Assign(target, value) => {
                let text = format!("{} := {}", self.target(routine, target), self.expr(routine, value));
                self.line(format_args!("{text}"));
            }
            CommandKind::Fragment(fragment) => {
                let text = self.fragment(routine, fragment);
                self.line(format_args!("{text}"));
            }
            // made after this listing
            CommandKind::Script(_) => {}
            CommandKind::Input(port, target) => {
                let text = format!("{} ? {}", self.port(routine, port), self.target(routine, target));
                self.line(format_args!("{text}"));
            }
            CommandKind::Output(port, value) => {
                let text = format!("{} ! {}", self.port(routine, port), self.expr(routine, value));
                self.line(format_args!("{text}"));
            }
            CommandKind::Choose(choose) => self.choose(routine, choose),
            CommandKind::Parallel(parallel) => self.parallel(routine, parallel),
            CommandKind::After(delay) => {
                let text = self.expr(routine, delay);
                self.line(format_args!("after {text}"));
            }
            CommandKind::Count(ranges, body) => {
                let text = self.ranges(routine, ranges);
                self.line(format_args!("*{text}["));
                self.within(|out| out.commands(routine, body));
                self.line(format_args!("]"));
            }
            CommandKind::Instance(definition, actuals) => {
                let name = self
                    .program
                    .definitions
                    .get(definition.0 as usize)
                    .map_or("", |d| &d.name);
                let actuals: Vec<String> = actuals
                    .iter()
                    .map(|actual| match actual {
                        Actual::Value(value) => self.expr(routine, value),
                        Actual::Process(port) => format!("process {}", self.port(routine, port)),
                        Actual::Family(port) => format!("family {}", self.port(routine, port)),
                    })
                    .collect();
                self.line(format_args!(
                    "instance of {name} #{}({})",
                    definition.0,
                    actuals.join(", ")
                ));
            }
        }
    }

    fn declare(&self, routine: &Routine, ids: &[VarId], value: Option<&Expr>) -> String {
        let names: Vec<String> = ids.iter().map(|&id| self.var(routine, id)).collect();
        let value = value.map_or(String::new(), |value| format!(" := {}", self.expr(routine, value)));
        format!("declare {}{value}", names.join(", "))
    }

    fn choose(&mut self, routine: &Routine, choose: &Choose) {
        let pri = if choose.pri { "pri " } else { "" };
        let star = if choose.repeat { "*" } else { "" };
        self.line(format_args!("{pri}{star}["));
        for guarded in &choose.guarded {
            self.guarded(routine, guarded);
        }
        if let Some(body) = &choose.otherwise {
            self.line(format_args!("[] else ->"));
            self.within(|out| out.commands(routine, body));
        }
        self.line(format_args!("]"));
    }

    fn guarded(&mut self, routine: &Routine, guarded: &Guarded) {
        let mut elements: Vec<String> = guarded
            .conditions
            .iter()
            .map(|condition| match condition {
                Condition::Declare(ids, value, _) => self.declare(routine, ids, value.as_ref()),
                Condition::Holds(e) => self.expr(routine, e),
            })
            .collect();
        match &guarded.last {
            GuardEnd::True => {}
            GuardEnd::Input(port, target, _) => {
                elements.push(format!(
                    "{} ? {}",
                    self.port(routine, port),
                    self.target(routine, target)
                ));
            }
            GuardEnd::After(delay, _) => elements.push(format!("after {}", self.expr(routine, delay))),
        }
        let ranges = self.ranges(routine, &guarded.ranges);
        self.line(format_args!("[] {ranges}{} ->", elements.join("; ")));
        self.within(|out| out.commands(routine, &guarded.body));
    }

    fn parallel(&mut self, routine: &Routine, parallel: &Parallel) {
        self.line(format_args!("[["));
        for (index, (name, dims)) in parallel.families.iter().enumerate() {
            self.line(format_args!("family {index} {name}/{dims}"));
        }
        for process in &parallel.processes {
            self.process(routine, parallel, process);
        }
        self.line(format_args!("]]"));
    }

    fn process(&mut self, outer: &Routine, parallel: &Parallel, process: &Process) {
        let before = process.label.as_ref().map_or(String::new(), |label| {
            let subscripts: Vec<String> = label
                .subscripts
                .iter()
                .map(|s| {
                    let own = s
                        .var
                        .map_or(String::new(), |id| format!("{}:", self.var(&process.routine, id)));
                    let high = s
                        .high
                        .as_ref()
                        .map_or(String::new(), |high| format!("..{}", self.expr(outer, high)));
                    format!("{own}{}{high}", self.expr(outer, &s.low))
                })
                .collect();
            let family = parallel
                .families
                .get(label.family as usize)
                .map_or("", |(name, _)| name);
            format!("[{family}#{}{}] ", label.family, in_parentheses(&subscripts))
        });
        self.routine(&format!("|| {before}"), &process.routine);
    }

    fn ranges(&self, routine: &Routine, ranges: &[Range]) -> String {
        let ranges: Vec<String> = ranges
            .iter()
            .map(|r| {
                format!(
                    "{}:{}..{}",
                    self.var(routine, r.var),
                    self.expr(routine, &r.low),
                    self.expr(routine, &r.high)
                )
            })
            .collect();
        if ranges.is_empty() {
            String::new()
        } else {
            in_parentheses(&ranges) + " "
        }
    }

    fn pairs(&self, routine: &Routine, pairs: &[(Expr, Expr)]) -> String {
        let pairs: Vec<String> = pairs
            .iter()
            .map(|(l, h)| format!("{}..{}", self.expr(routine, l), self.expr(routine, h)))
            .collect();
        pairs.join(", ")
    }

    fn port(&self, routine: &Routine, port: &Port) -> String {
        let subscripts: Vec<String> = port.subscripts.iter().map(|e| self.expr(routine, e)).collect();
        let partner = match port.partner {
            Partner::Label { depth, family } => format!("depth {depth} family {family}"),
            Partner::Formal(index) => format!("name {index}"),
            Partner::Host(index) => format!("host {index}"),
        };
        format!("{}{}<{partner}>", port.name, in_parentheses(&subscripts))
    }

    fn var(&self, routine: &Routine, id: VarId) -> String {
        routine
            .vars
            .get(id.0 as usize)
            .map_or(format!("v{}", id.0), |var| format!("{}.v{}", var.name, id.0))
    }

    fn target(&self, routine: &Routine, target: &Target) -> String {
        match target {
            Target::Var(id, _) => self.var(routine, *id),
            Target::Element(id, subscripts, _) => {
                let subscripts: Vec<String> = subscripts.iter().map(|e| self.expr(routine, e)).collect();
                format!("{}{}", self.var(routine, *id), in_parentheses(&subscripts))
            }
            Target::Drop(_) => "_".into(),
            Target::Struct(name, parts, _) => {
                let parts: Vec<String> = parts.iter().map(|part| self.target(routine, part)).collect();
                format!("{name}({})", parts.join(", "))
            }
        }
    }

    fn expr(&self, routine: &Routine, e: &Expr) -> String {
        match &e.kind {
            ExprKind::Const(value) => constant(value),
            ExprKind::Param(index) => self.param(*index),
            ExprKind::Var(id) => self.var(routine, *id),
            ExprKind::Element(id, subscripts) => {
                let subscripts: Vec<String> = subscripts.iter().map(|e| self.expr(routine, e)).collect();
                format!("{}{}", self.var(routine, *id), in_parentheses(&subscripts))
            }
            ExprKind::Struct(name, parts) => {
                let parts: Vec<String> = parts.iter().map(|part| self.expr(routine, part)).collect();
                format!("{name}({})", parts.join(", "))
            }
            ExprKind::Fragment(fragment) => format!("{}:{}", self.fragment(routine, fragment), type_name(&e.ty)),
            ExprKind::Script(_) => "{…}".into(),
            ExprKind::Negate(operand) => format!("-({})", self.expr(routine, operand)),
            ExprKind::Not(operand) => format!("not ({})", self.expr(routine, operand)),
            ExprKind::Arithmetic(op, a, b) => self.operator(routine, op.symbol(), a, b),
            ExprKind::Compare(op, a, b) => self.operator(routine, op.symbol(), a, b),
            ExprKind::And(a, b) => self.operator(routine, "and", a, b),
            ExprKind::Or(a, b) => self.operator(routine, "or", a, b),
        }
    }

    fn operator(&self, routine: &Routine, op: &str, a: &Expr, b: &Expr) -> String {
        format!("({} {op} {})", self.expr(routine, a), self.expr(routine, b))
    }

    /// The text of a fragment is in the source; here is what it mentions.
    fn fragment(&self, routine: &Routine, fragment: &Fragment) -> String {
        let mut mentions: Vec<String> = fragment
            .vars
            .iter()
            .map(|var| {
                let how = match (var.reads, var.writes) {
                    (true, true) => "reads, writes",
                    (false, true) => "writes",
                    _ => "reads",
                };
                format!("{how} {}", self.var(routine, var.var))
            })
            .collect();
        mentions.extend(
            fragment
                .constants
                .iter()
                .map(|(name, value)| format!("{name} = {}", constant(value))),
        );
        mentions.extend(
            fragment
                .params
                .iter()
                .map(|&index| format!("param {}", self.param(index))),
        );
        let place = fragment.inner;
        format!(
            "{{rhai at {}:{}..{}; {}}}",
            place.file,
            place.start,
            place.end,
            mentions.join("; ")
        )
    }
}

fn name(routine: &Routine, index: u32) -> String {
    routine
        .names
        .get(index as usize)
        .map_or(format!("name {index}"), |name| name.name.clone())
}

fn in_parentheses(list: &[String]) -> String {
    if list.is_empty() {
        String::new()
    } else {
        format!("({})", list.join(", "))
    }
}

fn capture(mode: &CaptureMode) -> String {
    match mode {
        CaptureMode::Whole => "whole".into(),
        CaptureMode::Part(at) => format!("part {}", in_parentheses(&at.iter().map(subscript).collect::<Vec<_>>())),
        CaptureMode::Slice(at) => {
            let at: Vec<String> = at.iter().map(|s| s.as_ref().map_or("all".into(), subscript)).collect();
            format!("slice {}", in_parentheses(&at))
        }
        CaptureMode::Changed => "changed".into(),
    }
}

fn subscript(subscript: &Subscript) -> String {
    match subscript {
        Subscript::Constant(n) => n.to_string(),
        Subscript::Label(index) => format!("label {index}"),
        Subscript::Outer(id) => format!("outer v{}", id.0),
    }
}

fn constant(value: &Const) -> String {
    match value {
        Const::Unit => "()".into(),
        Const::Integer(n) => n.to_string(),
        Const::Real(x) => format!("{x:?}"),
        Const::Boolean(b) => b.to_string(),
        Const::Character(c) => format!("{c:?}"),
        Const::String(s) => format!("{s:?}"),
        Const::Array(items) => format!("[{}]", items.iter().map(constant).collect::<Vec<_>>().join(", ")),
        Const::Struct(constructor, parts) => {
            format!(
                "#{constructor}({})",
                parts.iter().map(constant).collect::<Vec<_>>().join(", ")
            )
        }
        Const::Map(entries) => {
            let entries: Vec<String> = entries.iter().map(|(k, v)| format!("{k:?}: {}", constant(v))).collect();
            format!("#{{{}}}", entries.join(", "))
        }
    }
}
