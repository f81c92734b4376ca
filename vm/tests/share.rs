//! How many of the fragments that programs have become bytecode: at least 95 of 100 distinct ones that read a variable, in the
//! conformance programs, the examples, and programs as textbooks have them (`tests/textbook`), each taken for itself.
#![cfg(feature = "compiler")]

use hydra_bytecode::{Module, Span};
use hydrac::{Fragments, Options};
use std::collections::BTreeMap;
use std::path::Path;

struct Files;

impl hydrac::load::Loader for Files {
    fn read(&mut self, path: &str) -> Result<Vec<u8>, String> {
        std::fs::read(path).map_err(|problem| problem.to_string())
    }
}

fn compiled(path: &Path, fragments: Fragments) -> Option<Module> {
    let options = Options {
        fragments,
        ..Options::default()
    };
    hydrac::compile(&path.to_string_lossy(), &mut Files, &options).module
}

fn text(module: &Module, span: Span) -> String {
    let source = &module.sources[span.file as usize];
    source.text[span.start as usize..span.end as usize].to_string()
}

/// The distinct fragments of a folder's programs that read a variable, and why one is left to rhai, if it is.
fn fragments(folder: &Path) -> BTreeMap<String, Option<String>> {
    let mut all = BTreeMap::new();
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "csp"))
        .collect();
    paths.sort();
    for path in paths {
        let (Some(rhai), Some(lowered)) = (compiled(&path, Fragments::Rhai), compiled(&path, Fragments::Lowered))
        else {
            continue;
        };
        for fragment in &rhai.fragments {
            if fragment.variables.iter().any(|variable| variable.reads) {
                let left = lowered.fragments.iter().find(|left| left.span == fragment.span);
                all.insert(text(&rhai, fragment.span), left.map(|left| left.why.clone()));
            }
        }
    }
    all
}

fn most_become_bytecode() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["tests/conformance", "../examples", "tests/textbook"] {
        let all = fragments(&here.join(folder));
        let left: Vec<_> = all
            .iter()
            .filter_map(|(text, why)| Some((text, why.as_ref()?)))
            .collect();
        println!("{folder}: {} of {} become bytecode", all.len() - left.len(), all.len());
        for (text, why) in &left {
            println!("    {{{text}}}: {why}");
        }
        assert!(left.len() * 20 <= all.len(), "{folder}: less than 95 of 100: {left:#?}");
    }
}

#[test]
fn most_fragments_become_bytecode() {
    // deeply nested programs are among them
    let thread = std::thread::Builder::new().stack_size(hydrac::STACK_BYTES);
    let work = thread.spawn(most_become_bytecode).expect("a thread");
    assert!(work.join().is_ok(), "see above");
}
