//! Reading programs.

use super::Say;
use super::say::{say, wrong};
use hydra_vm::bytecode::{Op, VerifiedModule};
use std::path::Path;
use std::process::ExitCode;

/// Whether a file is a program's text, by its name.
pub(super) fn is_source(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("csp"))
}

/// Reads a compiled program, or compiles its text; `paranoid`: so that braces are evaluated both ways.
pub(super) fn load(path: &Path, paranoid: bool, how: Say) -> Result<VerifiedModule, ExitCode> {
    if is_source(path) {
        return compile(path, paranoid, how);
    }
    let shown = path.display();
    let bytes = std::fs::read(path).map_err(|problem| wrong(how, format!("cannot read {shown}: {problem}")))?;
    let module = hydra_vm::load(&bytes).map_err(|problem| wrong(how, format!("{shown}: {problem}")))?;
    let checks = module.routines.iter().flat_map(|routine| &routine.code);
    if paranoid && !module.lowered.is_empty() && !checks.into_iter().any(|instr| instr.op == Op::Check) {
        let problem =
            "its braces became bytecode alone; for --paranoid, compile it with `hydrac compile --fragments both`";
        return Err(wrong(how, format!("{shown}: {problem}")));
    }
    Ok(module)
}

#[cfg(feature = "compiler")]
fn compile(path: &Path, paranoid: bool, how: Say) -> Result<VerifiedModule, ExitCode> {
    if let Err(problem) = std::fs::File::open(path) {
        return Err(wrong(how, format!("cannot read {}: {problem}", path.display())));
    }
    let compiled = match paranoid {
        true => hydra_vm::compile_file_paranoid(path),
        false => hydra_vm::compile_file(path),
    };
    for report in &compiled.reports {
        say(how, report, &compiled.sources);
    }
    compiled.module.ok_or(ExitCode::from(2))
}

#[cfg(not(feature = "compiler"))]
fn compile(path: &Path, _: bool, how: Say) -> Result<VerifiedModule, ExitCode> {
    let _ = say;
    Err(wrong(
        how,
        format!(
            "{}: this hydra-vm has no compiler; use `hydrac compile` first",
            path.display()
        ),
    ))
}
