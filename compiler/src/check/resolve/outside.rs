//! Labels that exist somewhere else in the program, for messages about names that are not visible.

use super::Resolver;
use crate::syntax::ast;
use hydra_bytecode::Span;
use rustc_hash::FxHashMap;

/// All labels by name: the first of that name, and the label that encloses it.
pub(super) type Labels<'a> = FxHashMap<&'a str, (Span, Option<&'a str>)>;

impl<'a> Resolver<'a> {
    /// A label of this name that is not visible at hand, and the name of the process it is inside.
    pub(super) fn hidden_label(&mut self, name: &str) -> Option<(Span, Option<&'a str>)> {
        if self.hints.is_none() {
            let mut labels = Labels::default();
            let loaded = self.loaded;
            for file in &loaded.files {
                collect(&file.program.body, None, &mut labels);
                for item in &file.program.items {
                    if let ast::Item::Process(definition) = item {
                        collect(&definition.body, None, &mut labels);
                    }
                }
            }
            self.hints = Some(labels);
        }
        self.hints.as_ref()?.get(name).copied()
    }
}

fn collect<'a>(list: &'a [ast::Command], encloser: Option<&'a str>, labels: &mut Labels<'a>) {
    for command in list {
        match &command.kind {
            ast::CommandKind::Choose { guarded, .. } => {
                for guarded in guarded {
                    collect(&guarded.body, encloser, labels);
                }
            }
            ast::CommandKind::Count(_, body) => collect(body, encloser, labels),
            ast::CommandKind::Parallel(processes) => {
                for process in processes {
                    let mut inner = encloser;
                    if let Some(label) = &process.label {
                        labels.entry(&label.name.text).or_insert((label.span, encloser));
                        inner = Some(&label.name.text);
                    }
                    collect(&process.body, inner, labels);
                }
            }
            _ => {}
        }
    }
}
