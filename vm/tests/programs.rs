//! Programs that carry their expectations: every `.csp` file of `vm/tests/conformance`, `vm/tests/regress`,
//! `vm/tests/programs`, `vm/tests/std` and `examples` is compiled by `hydrac` and run by `hydra-vm` with 1, 2 and 8 workers; what they
//! print and say is compared.
//! `vm/tests/conformance/README.md` describes the header of such a program.

mod support;

use libtest_mimic::{Arguments, Failed, Trial};
use std::path::{Path, PathBuf};
use support::case::Case;
use support::tools::Tools;

/// Each folder with the least number of programs that must be found in it.
const FOLDERS: [(&str, usize); 5] = [
    ("vm/tests/conformance", 150),
    ("vm/tests/regress", 10),
    ("vm/tests/programs", 40),
    ("vm/tests/std", 40),
    ("examples", 28),
];

fn main() {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the package lies in the workspace")
        .to_owned();
    let tools = Tools::find(&root);
    let mut trials = Vec::new();
    for (folder, least) in FOLDERS {
        let programs = programs(&root.join(folder));
        let found = programs.len();
        trials.push(Trial::test(format!("{folder}: there are programs"), move || {
            if found < least {
                Err(format!("{found} programs, at least {least} expected").into())
            } else {
                Ok(())
            }
        }));
        for program in programs {
            let tools = tools.clone();
            let name = format!("{folder}/{}", program.file_stem().unwrap_or_default().to_string_lossy());
            trials.push(Trial::test(name, move || check(&program, &tools)));
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn check(program: &Path, tools: &Tools) -> Result<(), Failed> {
    let case = Case::read(program)?;
    case.check(tools).map_err(Failed::from)
}

fn programs(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .map(|e| e.path())
        .filter(|p| p.extension().is_some_and(|e| e == "csp"))
        .collect();
    found.sort();
    found
}
