//! What is fuzzed, as a function that the fuzz target and the ordinary tests call: whatever the text, the compiler answers
//! with a module that verifies, or with errors that can be shown.

use hydra_bytecode::report::{Renderer, Report};

/// Only the program itself can be read.
struct Alone<'a>(&'a [u8]);

impl hydrac::load::Loader for Alone<'_> {
    fn read(&mut self, path: &str) -> Result<Vec<u8>, String> {
        if path == "p.csp" {
            Ok(self.0.to_vec())
        } else {
            Err("no such file".into())
        }
    }
}

/// Compiles a text; the codes of its errors and warnings.
pub(crate) fn text(data: &[u8]) -> Vec<&'static str> {
    let outcome = hydrac::compile("p.csp", &mut Alone(data), &hydrac::Options::default());
    let renderer = Renderer::new(&outcome.sources, false);
    for report in &outcome.reports {
        let shown = renderer.render(report);
        assert!(report.span.is_none() || shown.starts_with("p.csp:"), "{shown}");
    }
    let errors = outcome.reports.iter().any(Report::is_error);
    assert!(
        outcome.module.is_some() != errors,
        "a module or errors, not both and not neither"
    );
    if let Some(module) = outcome.module {
        hydra_bytecode::verify(module).expect("what is compiled verifies");
    }
    outcome.reports.iter().map(|report| report.code).collect()
}
