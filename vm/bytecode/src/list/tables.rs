//! Tables in a listing.

use super::List;
use super::code::word_text;
use super::text::{Names, fixed, joined, quoted, reg, short};
use crate::module::{Capture, Choice, Fixed, Fragment, HandBack, Label, Parallel, Port};
use std::fmt::Write as _;

impl List<'_> {
    /// All tables that have entries.
    pub(super) fn tables(&self, out: &mut String) {
        let (module, names) = (self.module, Names(self.module));
        table(out, "ports", &module.ports, |port| self.port(port));
        table(out, "calls", &module.calls, |call| {
            let [s, r, n] = call.args;
            format!("{}; arguments from s{s}, r{r}, n{n} on", names.routine(call.routine))
        });
        table(out, "functions", &module.functions, |function| {
            let value = if function.scalar { "a scalar" } else { "a value" };
            format!("{}: {value}", names.routine(function.routine))
        });
        table(out, "parallels", &module.parallels, |parallel| self.parallel(parallel));
        table(out, "choices", &module.choices, |choice| self.choice(choice));
        if !module.lowered.is_empty() || !module.fragments.is_empty() {
            let (lowered, rhai) = (module.lowered.len(), module.fragments.len());
            let _ = writeln!(out, "braces: {lowered} of {} need no rhai", lowered + rhai);
        }
        table(out, "without rhai", &module.lowered, |&span| {
            format!("{}  {}", self.place(span), quoted(self.source(span).trim()))
        });
        table(out, "fragments", &module.fragments, |fragment| self.fragment(fragment));
        table(out, "slots", &module.slots, |slot| names.slot_text(slot));
        table(out, "types", 0..module.types.len(), |index| {
            names.ty(index.min(usize::from(u16::MAX)) as u16)
        });
        table(out, "strings", &module.strings, |string| quoted(string));
        table(out, "words", &module.words, |&word| word_text(word));
        table(out, "values", &module.values, |value| names.constant(value));
        table(out, "globals", &module.globals, |(name, value)| {
            format!("{} = {}", short(name), names.value(*value))
        });
        table(out, "params", &module.params, |param| {
            let default = param
                .default
                .as_ref()
                .map_or(String::new(), |value| format!(" = {}", names.constant(value)));
            format!("{} : {}{default}", short(&param.name), names.ty(param.ty))
        });
        table(out, "externs", &module.externs, |external| {
            let ranges = joined(&external.ranges, |&(low, high)| {
                format!("{}..{}", names.bound(low), names.bound(high))
            });
            if ranges.is_empty() {
                external.name.clone()
            } else {
                format!("{}({ranges})", external.name)
            }
        });
        table(out, "includes", &module.includes, |include| {
            format!("{}{}", self.place(include.span), block(&include.text))
        });
        table(out, "scripts", &module.scripts, |script| {
            format!("{}{}", quoted(&script.path), block(&script.text))
        });
        table(out, "sources", &module.sources, |source| short(&source.path));
    }

    fn port(&self, port: &Port) -> String {
        let names = Names(self.module);
        let cache = if port.cache == u16::MAX {
            String::new()
        } else {
            format!("; cache s{}", port.cache)
        };
        format!(
            "{} : {}{}; {}{}{cache}",
            names.port_text(port),
            names.ty(port.ty),
            names.bounds(port.ty, port.bounds),
            names.target(&port.target),
            if port.fixed { "; fixed" } else { "" },
        )
    }

    fn parallel(&self, parallel: &Parallel) -> String {
        let names = Names(self.module);
        let mut out = self.place(parallel.span);
        if !parallel.families.is_empty() {
            let families = joined(&parallel.families, |family| match family.dims {
                0 => short(&family.name),
                dims => format!("{}({})", short(&family.name), joined(0..dims, |_| "_".to_string())),
            });
            let _ = write!(out, "; families {families}");
        }
        for (i, process) in parallel.processes.iter().enumerate() {
            let label = process
                .label
                .as_ref()
                .map_or(String::new(), |label| self.label(parallel, label));
            let _ = write!(out, "\n         process {i}: {label}{}", names.routine(process.routine));
            for capture in &process.captures {
                let _ = write!(out, "\n           gets {}", self::capture(capture));
            }
            for result in &process.results {
                let _ = write!(out, "\n           gives {}", self::result(result));
            }
        }
        out
    }

    fn label(&self, parallel: &Parallel, label: &Label) -> String {
        let name = parallel
            .families
            .get(usize::from(label.family))
            .map_or("?", |family| &family.name);
        let mut bounds = usize::from(label.bounds);
        let subscripts = joined(&label.variables, |&variable| {
            let range = format!("s{bounds}..s{}", bounds + 1);
            bounds += 2;
            if variable == u16::MAX {
                range
            } else {
                format!("{range} to s{variable}")
            }
        });
        if subscripts.is_empty() {
            format!("{name} :: ")
        } else {
            format!("{name}({subscripts}) :: ")
        }
    }

    fn choice(&self, choice: &Choice) -> String {
        let names = Names(self.module);
        let mut out = self.place(choice.span);
        out.push_str(if choice.pri { "; pri" } else { "" });
        out.push_str(if choice.distinct { "; distinct" } else { "" });
        let _ = write!(out, "; turns s{}", choice.turns);
        for (i, guard) in choice.guards.iter().enumerate() {
            let _ = write!(out, "\n         guard {i} -> {}", guard.target);
            if let Some((port, to)) = guard.input {
                let _ = write!(out, "; {} ? {} (port {port})", names.port(port), reg(to));
            }
            if !guard.ranges.is_empty() {
                let ranges = joined(&guard.ranges, |range| format!("s{range}"));
                let _ = write!(out, "; ranges {ranges}, subscript {}", guard.varying);
            }
            let _ = write!(out, "; {}", self.place(guard.span));
        }
        match choice.otherwise {
            Some(target) => {
                let _ = write!(out, "\n         all failed -> {target}");
            }
            None => out.push_str("\n         all failed: a failure"),
        }
        out
    }

    fn fragment(&self, fragment: &Fragment) -> String {
        let names = Names(self.module);
        let mut out = self.place(fragment.span);
        if !fragment.why.is_empty() {
            let _ = write!(out, ", left to rhai: {}", short(&fragment.why));
        }
        for variable in &fragment.variables {
            let access = match (variable.reads, variable.writes) {
                (true, true) => "reads and writes",
                (false, true) => "writes",
                _ => "reads",
            };
            let indexed = if variable.indexed { " elements of" } else { "" };
            let (name, register, slot) = (short(&variable.name), reg(variable.reg), names.slot(variable.slot));
            let _ = write!(
                out,
                "\n         {access}{indexed} {name} in {register}, slot {}: {slot}",
                variable.slot
            );
        }
        for (name, value) in &fragment.constants {
            let _ = write!(out, "\n         constant {} = {}", short(name), names.value(*value));
        }
        for &param in &fragment.params {
            let _ = write!(out, "\n         param {}", names.param(param));
        }
        out.push_str(&block(&fragment.text));
        out
    }
}

fn table<T>(out: &mut String, name: &str, items: impl IntoIterator<Item = T>, text: impl Fn(T) -> String) {
    let mut items = items.into_iter().enumerate().peekable();
    if items.peek().is_none() {
        return;
    }
    let _ = writeln!(out, "{name}");
    for (i, item) in items {
        let _ = writeln!(out, "{}", format!("{i:5}  {}", text(item)).trim_end());
    }
    out.push('\n');
}

/// Lines of rhai below an entry.
fn block(text: &str) -> String {
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| format!("\n         | {}", line.trim_end()))
        .collect()
}

fn part(array: u16, at: String, bounds: u16) -> String {
    format!("r{array}({at}) bounds s{bounds}..")
}

fn capture(capture: &Capture) -> String {
    match capture {
        Capture::Copy { from, to } => format!("{} to {}", reg(*from), reg(*to)),
        Capture::Take { from, to } => format!("r{from}, taken, to r{to}"),
        Capture::Name { from, to } => format!("n{from} to n{to}"),
        Capture::Part { from, to, at, bounds } => {
            format!("{} to {}", part(*from, joined(at, |&at| fixed(at)), *bounds), reg(*to))
        }
        Capture::Window {
            from,
            to,
            at,
            bounds,
            window,
        } => {
            let part = part(*from, joined(at, |&at| fixed(at)), *bounds);
            format!("{part} to r{to}, bounds s{window}..")
        }
    }
}

fn result(result: &HandBack) -> String {
    let all = |at: &Option<Fixed>| at.map_or_else(|| "*".to_string(), fixed);
    match result {
        HandBack::Copy { from, to } => format!("{} to {}", reg(*from), reg(*to)),
        HandBack::Part { from, to, at, bounds } => {
            format!("{} to {}", reg(*from), part(*to, joined(at, |&at| fixed(at)), *bounds))
        }
        HandBack::Window { from, to, at, bounds } => {
            format!("all of r{from} to {}", part(*to, joined(at, |&at| fixed(at)), *bounds))
        }
        HandBack::Slice { from, to, at, bounds } => {
            format!("r{from} at {}", part(*to, joined(at, all), *bounds))
        }
        HandBack::Changed { from, was, to } => format!("r{from} where it is no longer r{was} to r{to}"),
    }
}
