//! Source text and what is said of it.

use crate::check::resolve::resolve;
use crate::load::{File, Loaded};
use crate::{Options, check::Checked, syntax};
use hydra_bytecode::Source;
use hydra_bytecode::report::Severity;

/// Resolves files that were given as text; the first is the program, and it imports all others.
fn resolved(texts: &[&str], defines: &[(&str, &str)]) -> (Checked, Vec<Source>) {
    let mut loaded = Loaded::default();
    for (index, text) in texts.iter().enumerate() {
        let path = if index == 0 {
            "main.csp".into()
        } else {
            format!("part{index}.csp")
        };
        let (program, reports) = syntax::parse(index as u32, text);
        loaded.reports.extend(reports);
        loaded.sources.push(Source {
            path,
            text: text.to_string(),
        });
        let imports = if index == 0 {
            (1..texts.len()).map(|i| Some(i as u32)).collect()
        } else {
            Vec::new()
        };
        loaded.files.push(File {
            program,
            imports,
            standard: false,
        });
    }
    assert!(loaded.reports.is_empty(), "{:?}", loaded.reports);
    let defines = defines.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect();
    (
        resolve(
            &loaded,
            &Options {
                defines,
                ..Options::default()
            },
        ),
        loaded.sources,
    )
}

/// The messages, each as `line:column word code message`.
fn messages(texts: &[&str], defines: &[(&str, &str)]) -> Vec<String> {
    let (checked, sources) = resolved(texts, defines);
    assert_eq!(checked.program.is_none(), checked.reports.iter().any(|r| r.is_error()));
    let show = |r: &hydra_bytecode::report::Report| {
        let place = r.span.map_or("-".to_string(), |span| {
            let (line, column) = sources[span.file as usize].line_column(span.start);
            let file = if span.file == 0 {
                String::new()
            } else {
                format!("part{}:", span.file)
            };
            format!("{file}{line}:{column}")
        });
        let word = if r.severity == Severity::Error {
            "error"
        } else {
            "warning"
        };
        format!("{place} {word} {} {}", r.code, r.message)
    };
    checked.reports.iter().map(show).collect()
}

/// The errors in a program.
fn errors(text: &str) -> Vec<String> {
    let all = messages(&[text], &[]).into_iter();
    all.filter_map(|m| m.contains(" error ").then(|| m.replace(" error", "")))
        .collect()
}

/// A program without errors, as a listing.
fn listing(text: &str) -> String {
    let (checked, _) = resolved(&[text], &[]);
    let program = checked.program.unwrap_or_else(|| panic!("{:?}", checked.reports));
    crate::check::print::listing(&program)
}

mod captures;
mod fragments;
mod items;
mod processes;
mod types;
mod variables;
