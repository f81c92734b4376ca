//! The programs of the guide and of the README do what the text says: each block of `csp` is run, and what it prints is
//! compared with the `text` below it, what is reported with the `report` below it.

#[allow(dead_code, reason = "another test needs the rest")]
mod support;

use std::path::{Path, PathBuf};
use support::tools::{Tools, run};

/// A program, and what the page says comes of it.
struct Sample {
    /// Where it begins.
    line: usize,
    program: String,
    /// Whether it ends with a report instead of an output.
    fails: bool,
    expected: String,
}

/// Blocks between fences: the word behind the first fence, its line, and what is between them.
fn blocks(page: &str) -> Vec<(String, usize, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, usize, String)> = None;
    for (number, line) in page.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(kind)) => open = Some((kind.to_owned(), number + 1, String::new())),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some((.., text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    blocks
}

fn samples(page: &str) -> Vec<Sample> {
    let blocks = blocks(page);
    let mut samples = Vec::new();
    for (at, (kind, line, program)) in blocks.iter().enumerate() {
        if kind != "csp" {
            continue;
        }
        let (kind, _, expected) = blocks
            .get(at + 1)
            .unwrap_or_else(|| panic!("line {line}: nothing follows"));
        assert!(
            kind == "text" || kind == "report",
            "line {line}: the output of the program is wanted below it, not {kind:?}"
        );
        samples.push(Sample {
            line: *line,
            program: program.clone(),
            fails: kind == "report",
            expected: expected.clone(),
        });
    }
    samples
}

/// Runs all programs of a page; how many they are.
fn check(page: &str) -> usize {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the package lies in the workspace")
        .to_owned();
    let text = std::fs::read_to_string(root.join(page)).expect("the page can be read");
    let tools = Tools::find(&root);
    let folder: PathBuf = std::env::temp_dir().join(format!(
        "hydra-{}-{}",
        page.replace(['/', '.'], "-"),
        std::process::id()
    ));
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    let samples = samples(&text);
    let mut wrong = Vec::new();
    for sample in &samples {
        std::fs::write(folder.join("program.csp"), &sample.program).expect("a program can be written");
        let mut arguments = vec!["run".to_string(), "program.csp".to_string()];
        if sample.program.contains("after ") {
            // in virtual time it does not matter how busy the machine is
            arguments.extend(["--seed".to_string(), "1".to_string()]);
        }
        let ran = run(&tools.vm, &arguments, &folder, b"").unwrap_or_else(|problem| panic!("{problem}"));
        let out = String::from_utf8_lossy(&ran.out).into_owned();
        let found = if sample.fails { &ran.err } else { &out };
        let clean = sample.fails == (ran.status != 0) && (sample.fails || ran.err.is_empty());
        if *found != sample.expected || !clean {
            let (line, status) = (sample.line, ran.status);
            wrong.push(format!(
                "{page}:{line}: exit {status}\n{out}{}\nnot\n{}",
                ran.err, sample.expected
            ));
        }
    }
    let _ = std::fs::remove_dir_all(&folder);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    samples.len()
}

#[test]
fn the_guide_tells_the_truth() {
    assert!(check("compiler/GUIDE.md") >= 15, "the guide has programs");
}

#[test]
fn the_readme_tells_the_truth() {
    assert!(check("README.md") >= 2, "the README has programs");
}
