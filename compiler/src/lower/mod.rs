//! Meaning to bytecode.
//!
//! | file | what it lowers |
//! | --- | --- |
//! | `routine` | one routine: its registers, and how it is put together |
//! | `code` | its instructions and jumps |
//! | `expr`, `fold` | expressions; what can be known of them |
//! | `target` | assignments, and where inputs go |
//! | `command` | declarations, communications, counted repetitions |
//! | `guard`, `exclusive` | alternatives and repetitions |
//! | `parallel`, `instance` | processes and definitions |
//! | `known`, `walk` | parts of arrays that surely exist |
//! | `rhai` | fragments that need no rhai, before all else |
//! | `script` | what rhai has beyond bare expressions |
//! | `fragment` | fragments that rhai evaluates |
//! | `constants`, `types` | tables, static types |
//!
//! Nothing here recurses but on the program's own nesting, which the parser bounds.

mod code;
mod command;
mod constants;
mod exclusive;
mod expr;
mod fold;
mod fragment;
mod guard;
mod instance;
mod known;
mod parallel;
mod rhai;
mod routine;
mod script;
mod target;
mod types;
mod walk;

use crate::check::tree::CheckedProgram;
use crate::{Fragments, Options};
use constants::Tables;
use fragment::source_text;
use hydra_bytecode::report::Report;
use hydra_bytecode::{Extern, Include, Module, Op, Param, Routine, ScriptModule, Source, Span};
use instance::Layout;
use rhai::Braces;
use routine::Unit;

/// Lowers a checked program, which has no errors; its fragments that need no rhai are replaced. The program may still be too large for the format.
pub fn lower(program: &mut CheckedProgram, sources: &[Source], options: &Options) -> Result<Module, Vec<Report>> {
    let braces = match options.fragments {
        Fragments::Lowered => rhai::replace(program, sources, &options.functions, false),
        Fragments::Rhai => Braces::default(),
        Fragments::Both => rhai::replace(program, sources, &options.functions, true),
    };
    let program = &*program;
    let mut lowering = Lowering {
        program,
        sources,
        braces,
        functions: Vec::new(),
        tables: Tables::default(),
        layouts: Vec::new(),
        variables: 0,
    };
    lowering.program();
    let lowered = std::mem::take(&mut lowering.braces.lowered);
    let Tables {
        mut module, reports, ..
    } = lowering.tables;
    if !reports.is_empty() {
        return Err(reports);
    }
    module.sources = sources.to_vec();
    module.lowered = lowered;
    if cfg!(debug_assertions)
        && let Err(error) = hydra_bytecode::verify(module.clone())
    {
        return Err(vec![mistake(program.main.span, &error.to_string())]);
    }
    Ok(module)
}

/// Something is wrong with the compiler itself.
fn mistake(span: Span, what: &str) -> Report {
    Report::error(
        "H0499",
        span,
        format!("this is a mistake of the compiler, not of the program: {what}"),
    )
}

/// What all routines share.
struct Lowering<'a> {
    program: &'a CheckedProgram,
    sources: &'a [Source],
    tables: Tables,
    braces: Braces,
    /// Functions of includes that are called, with their indices in the module's table.
    functions: Vec<(u32, u16)>,
    layouts: Vec<Layout>,
    /// How many variables have been given a number.
    variables: u32,
}

impl Lowering<'_> {
    fn program(&mut self) {
        let program = self.program;
        self.tables.symbol("", program.main.span);
        for (name, value) in &program.constants {
            let index = self.tables.value(value, program.main.span);
            self.tables.module.globals.push((name.clone(), index));
        }
        for param in &program.params {
            let ty = self.tables.ty(&param.ty, param.span);
            let made = Param {
                name: param.name.clone(),
                ty,
                default: param.default.clone(),
                span: param.span,
            };
            self.tables.module.params.push(made);
        }
        for each in &program.externs {
            let made = Extern {
                name: each.name.clone(),
                ranges: each.ranges.clone(),
                span: each.span,
            };
            self.tables.module.externs.push(made);
        }
        for &span in &program.includes {
            let text = self.text(span).to_string();
            self.tables.module.includes.push(Include { text, span });
        }
        for (path, text) in &program.scripts {
            self.tables.module.scripts.push(ScriptModule {
                path: path.clone(),
                text: text.clone(),
            });
        }

        let main = self.reserve(program.main.span);
        self.layouts = program
            .definitions
            .iter()
            .map(|definition| self.layout(definition))
            .collect();
        let mut unit = Unit::new(self, &program.main);
        unit.block(&program.main.body);
        unit.emit(Op::End, 0, 0, 0, 0);
        let made = unit.finish("main", [0; 3], program.main.span);
        self.routine(main, made);
        for (i, definition) in program.definitions.iter().enumerate() {
            self.definition(i, definition);
        }
        self.functions();
    }

    /// A place in the table of routines.
    fn reserve(&mut self, span: Span) -> u16 {
        let index = self
            .tables
            .next(self.tables.module.routines.len(), span, "processes and definitions");
        self.tables.module.routines.push(Routine::default());
        index
    }

    /// Puts a routine in its place.
    fn routine(&mut self, index: u16, routine: Routine) {
        if let Some(place) = self.tables.module.routines.get_mut(usize::from(index)) {
            *place = routine;
        }
    }

    /// A number for a variable that nobody assigns.
    fn number(&mut self) -> u32 {
        self.variables += 1;
        self.variables
    }

    /// Something is wrong with the compiler itself.
    fn internal(&mut self, span: Span, what: &str) {
        self.tables.reports.push(mistake(span, what));
    }

    /// A guard declares an array with bounds that differ from one value of its range variable to another.
    fn varying_bounds(&mut self, span: Span) {
        let message = "the bounds of an array that a guard declares cannot depend on the guard's range variables";
        let help = "receive into a variable of type `any`, and declare the array in the command list";
        self.tables
            .reports
            .push(Report::error("H0491", span, message).help(help));
    }
}
