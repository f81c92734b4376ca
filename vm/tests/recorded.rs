//! A run that was recorded, with any number of workers, is repeated to the byte: output, report and exit status, for every program
//! of `examples`, `vm/tests/conformance`, `vm/tests/programs`, `vm/tests/regress` and `vm/tests/std`.
//!
//! Each is recorded once with 1, 2 and 8 workers; `HYDRA_RECORDED=20 cargo test --release -p hydra-vm --test recorded` does so twenty
//! times.

#[path = "support/numbers.rs"]
#[allow(dead_code, reason = "only some of it is needed")]
mod numbers;
#[path = "support/tools.rs"]
mod tools;

use hydra_vm::{Captured, Program, Recording, Run, Trace};
use std::path::{Path, PathBuf};
use tools::{Ran, Tools, run};

/// How a program is compiled and run.
struct Case {
    path: PathBuf,
    compile: Vec<String>,
    run: Vec<String>,
    input: Vec<u8>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the package lies in the workspace")
}

fn words(header: &[&str], key: &str) -> Vec<String> {
    let line = header.iter().find_map(|line| line.strip_prefix(key));
    let words = line.unwrap_or_default().replace('\'', "");
    words.split_whitespace().map(str::to_owned).collect()
}

fn cases() -> Vec<Case> {
    let folders = [
        "examples",
        "vm/tests/conformance",
        "vm/tests/programs",
        "vm/tests/regress",
        "vm/tests/std",
    ];
    let entries = folders.iter().flat_map(|folder| {
        std::fs::read_dir(root().join(folder))
            .expect("the folder can be read")
            .flatten()
    });
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "csp"))
        .collect();
    found.sort();
    let case = |path: PathBuf| {
        let text = String::from_utf8_lossy(&std::fs::read(&path).expect("it can be read")).into_owned();
        let header: Vec<&str> = text
            .trim_start_matches('\u{feff}')
            .lines()
            .map_while(|line| line.trim().strip_prefix("--"))
            .map(str::trim)
            .collect();
        Case {
            compile: words(&header, "@compile:"),
            run: words(&header, "@run:"),
            input: std::fs::read(path.with_extension("in")).unwrap_or_default(),
            path,
        }
    };
    found.into_iter().map(case).collect()
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("hydra-recorded-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

fn seen(ran: Ran) -> (i32, String, String) {
    (ran.status, String::from_utf8_lossy(&ran.out).into_owned(), ran.err)
}

#[test]
fn a_recorded_run_is_repeated_to_the_byte() {
    let times: u64 = std::env::var("HYDRA_RECORDED").map_or(1, |text| text.parse().expect("a number"));
    let only = std::env::var("HYDRA_ONLY").unwrap_or_default();
    let tools = Tools::find(root());
    let folder = folder("all");
    let (trace, binary) = (folder.join("run.hbt"), folder.join("program.hbc"));
    let (trace_name, binary_name) = (trace.display().to_string(), binary.display().to_string());
    let (mut tried, mut wrong) = (0, Vec::new());
    for case in cases() {
        let own = case.path.parent().expect("it is in a folder");
        let name = case.path.display().to_string();
        if !name.contains(&only) {
            continue;
        }
        let mut compile = ["compile", &name, "-o", &binary_name].map(str::to_owned).to_vec();
        compile.extend(case.compile.clone());
        if run(&tools.hydrac, &compile, own, &[]).expect("it ends").status != 0 {
            continue; // a program that is an error
        }
        for workers in [1, 2, 8].repeat(times as usize) {
            let mut record = ["run", &binary_name, "--record", &trace_name]
                .map(str::to_owned)
                .to_vec();
            record.extend(case.run.clone());
            if !case.run.iter().any(|word| word == "--workers" || word == "--seed") {
                record.extend(["--workers".to_owned(), workers.to_string()]);
            }
            let recorded = seen(run(&tools.vm, &record, own, &case.input).expect("it ends"));
            if recorded.0 == 2 {
                break; // it cannot be run, and that is what is tested
            }
            let again = ["replay", &trace_name].map(str::to_owned);
            tried += 1;
            match run(&tools.vm, &again, &folder, &[]).map(seen) {
                Ok(repeated) if repeated == recorded => {}
                Ok(repeated) => wrong.push(format!("{name}, {workers} workers:\n{recorded:?}\n{repeated:?}")),
                Err(problem) => wrong.push(format!("{name}, {workers} workers: {problem}")),
            }
        }
    }
    let _ = std::fs::remove_dir_all(&folder);
    println!("{tried} runs were repeated");
    assert!(tried >= 600 || !only.is_empty(), "the programs are found");
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
}
