//! Reading programs.

use super::Say;
use super::say::{say, wrong};
use hydra_vm::bytecode::VerifiedModule;
use std::path::Path;
use std::process::ExitCode;

/// Whether a file is a program's text, by its name.
pub(super) fn is_source(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("csp"))
}

/// Reads a compiled program, or compiles its text.
pub(super) fn load(path: &Path, how: Say) -> Result<VerifiedModule, ExitCode> {
    if is_source(path) {
        return compile(path, how);
    }
    let shown = path.display();
    let bytes = std::fs::read(path).map_err(|problem| wrong(how, format!("cannot read {shown}: {problem}")))?;
    hydra_vm::load(&bytes).map_err(|problem| wrong(how, format!("{shown}: {problem}")))
}

#[cfg(feature = "compiler")]
fn compile(path: &Path, how: Say) -> Result<VerifiedModule, ExitCode> {
    if let Err(problem) = std::fs::File::open(path) {
        return Err(wrong(how, format!("cannot read {}: {problem}", path.display())));
    }
    let compiled = hydra_vm::compile_file(path);
    for report in &compiled.reports {
        say(how, report, &compiled.sources);
    }
    compiled.module.ok_or(ExitCode::from(2))
}

#[cfg(not(feature = "compiler"))]
fn compile(path: &Path, how: Say) -> Result<VerifiedModule, ExitCode> {
    let _ = say;
    Err(wrong(
        how,
        format!(
            "{}: this hydra-vm has no compiler; use `hydrac compile` first",
            path.display()
        ),
    ))
}
