//! The same program with the same input and seed runs the same way: output and report are equal to the byte, for every
//! program of `examples`, `vm/tests/conformance`, `vm/tests/programs` and `vm/tests/regress`.
//!
//! One seed is tried; `HYDRA_REPLAY=100 cargo test --release -p hydra-vm --test replay` tries a hundred.

#[allow(dead_code, reason = "only the running of a command is needed")]
#[path = "support/tools.rs"]
mod tools;

use std::path::{Path, PathBuf};
use tools::{Ran, run};

/// Ends by a delay that virtual time never reaches, as another process always runs.
const ENDLESS: &str = "instance_turn_ends.csp";

/// Arguments of the run that the header of a program asks for; `None` if it must be compiled in a special way.
fn arguments(text: &str) -> Option<Vec<String>> {
    let header: Vec<&str> = text
        .trim_start_matches('\u{feff}')
        .lines()
        .map_while(|line| line.trim().strip_prefix("--"))
        .map(str::trim)
        .collect();
    if header.iter().any(|line| line.starts_with("@compile:")) {
        return None;
    }
    let line = header.iter().find_map(|line| line.strip_prefix("@run:"));
    let words = line.unwrap_or_default().replace('\'', "");
    Some(words.split_whitespace().map(str::to_owned).collect())
}

fn programs() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the package lies in the workspace");
    let mut found = Vec::new();
    for folder in [
        "examples",
        "vm/tests/conformance",
        "vm/tests/programs",
        "vm/tests/regress",
    ] {
        let entries = std::fs::read_dir(root.join(folder)).expect("the folder can be read");
        found.extend(
            entries
                .flatten()
                .map(|entry| entry.path())
                .filter(|path| path.extension().is_some_and(|e| e == "csp")),
        );
    }
    found.sort();
    found
}

#[test]
fn a_seed_repeats_a_run_to_the_byte() {
    let seeds: u64 = std::env::var("HYDRA_REPLAY").map_or(1, |text| text.parse().expect("a number"));
    let mut tried = 0;
    let mut wrong = Vec::new();
    for program in programs() {
        let text = String::from_utf8_lossy(&std::fs::read(&program).expect("it can be read")).into_owned();
        let Some(wanted) = arguments(&text) else { continue };
        if program.ends_with(ENDLESS) {
            continue;
        }
        let folder = program.parent().expect("it is in a folder");
        let input = std::fs::read(program.with_extension("in")).unwrap_or_default();
        let name = program
            .file_name()
            .expect("it has a name")
            .to_string_lossy()
            .into_owned();
        for seed in 1..=seeds {
            let mut arguments = vec!["run".to_owned(), name.clone()];
            arguments.extend(wanted.clone());
            if !wanted.iter().any(|word| word == "--seed") {
                arguments.extend(["--seed".to_owned(), seed.to_string()]);
            }
            let once = || run(Path::new(env!("CARGO_BIN_EXE_hydra-vm")), &arguments, folder, &input);
            let (one, other) = (once().expect("it ends"), once().expect("it ends"));
            let parts = |ran: Ran| (ran.status, ran.out, ran.err);
            let (one, other) = (parts(one), parts(other));
            tried += 1;
            if one != other {
                wrong.push(format!("{} --seed {seed}:\n{one:?}\n{other:?}", program.display()));
            }
        }
    }
    println!("{tried} runs were repeated");
    assert!(tried >= 200 * seeds.min(2) as usize, "the programs are found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
