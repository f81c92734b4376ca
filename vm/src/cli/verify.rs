//! `hydra-vm verify`.

use super::Say;
use super::files::is_source;
use super::say::wrong;
use std::path::Path;
use std::process::ExitCode;

/// Checks a compiled program.
pub(super) fn verify(program: &Path, how: Say) -> ExitCode {
    if is_source(program) {
        return wrong(
            how,
            format!("{} is a program's text; `hydrac check` checks it", program.display()),
        );
    }
    let bytes = match std::fs::read(program) {
        Ok(bytes) => bytes,
        Err(problem) => return wrong(how, format!("cannot read {}: {problem}", program.display())),
    };
    match hydra_vm::load(&bytes) {
        Ok(module) => {
            let routines = module.routines.len();
            let code: usize = module.routines.iter().map(|routine| routine.code.len()).sum();
            println!(
                "{}: well formed, {routines} routines, {code} instructions",
                program.display()
            );
            ExitCode::SUCCESS
        }
        Err(problem) => wrong(how, format!("{}: {problem}", program.display())),
    }
}
