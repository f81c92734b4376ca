//! The programs of the guide and of the README do what the text says: each block of `csp` is run, and what it prints is
//! compared with the `text` below it, what is reported with the `report` below it. So do those of the page of the standard
//! library, on which what is written to the standard error stands in a `stderr` behind the `text`, and which has an entry
//! for every definition.

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
    /// What else it writes to the standard error.
    noted: String,
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
        let noted = blocks.get(at + 2).filter(|(kind, ..)| kind == "stderr");
        samples.push(Sample {
            line: *line,
            program: program.clone(),
            fails: kind == "report",
            expected: expected.clone(),
            noted: noted.map(|(.., text)| text.clone()).unwrap_or_default(),
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
        if ["after ", "std/time"].iter().any(|word| sample.program.contains(word)) {
            // in virtual time it does not matter how busy the machine is
            arguments.extend(["--seed".to_string(), "1".to_string()]);
        }
        if ["std/files", "std/net", "std/environment"]
            .iter()
            .any(|word| sample.program.contains(word))
        {
            arguments.extend(["--allow".to_string(), "fs,net,env".to_string()]);
        }
        if sample.program.contains("param port : integer;") {
            let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
            let port = free.expect("there are free ports").port();
            arguments.extend(["--set".to_string(), format!("port={port}")]);
        }
        let ran = run(&tools.vm, &arguments, &folder, b"").unwrap_or_else(|problem| panic!("{problem}"));
        let out = String::from_utf8_lossy(&ran.out).into_owned();
        let found = if sample.fails { &ran.err } else { &out };
        let clean = sample.fails == (ran.status != 0) && (sample.fails || ran.err == sample.noted);
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

#[test]
fn the_page_of_the_library_tells_the_truth() {
    assert!(check("stdlib/README.md") >= 30, "the page has programs");
}

/// The definitions of the standard library, as they begin, each with the comment above it.
fn definitions() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for path in hydra_stdlib::library::standard_processes() {
        let text = hydra_stdlib::library::standard_process_source(&path).expect("it is listed");
        let mut above = "";
        for line in text.lines() {
            if line.starts_with("process ") {
                let head = line.strip_suffix(" ::").expect("a definition begins on one line");
                found.push((head.to_owned(), above.to_owned()));
            }
            above = line;
        }
    }
    found
}

#[test]
fn every_definition_of_the_library_is_described() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../stdlib/README.md");
    let page = std::fs::read_to_string(page).expect("the page can be read");
    let definitions = definitions();
    assert!(definitions.len() >= 30, "the definitions are found");
    for (head, comment) in &definitions {
        assert!(comment.starts_with("-- "), "{head}: no comment above it");
        let name = head["process ".len()..].split('(').next().unwrap_or_default();
        let entry = format!("\n### {name}\n\n```\n{head}\n\n");
        let Some((_, entry)) = page.split_once(&entry) else {
            panic!("stdlib/README.md has no entry that begins{entry}");
        };
        let entry = entry.split("\n#").next().unwrap_or_default();
        assert!(
            entry.contains(name) && entry.contains("```csp\nimport \"std/"),
            "{name}: no program"
        );
        let ends = |word: &str| word.trim_end_matches([',', '.', ';']).eq_ignore_ascii_case("ends");
        assert!(entry.split_whitespace().any(ends), "{name}: when does it end?");
        assert!(
            page.split("\n## How")
                .next()
                .unwrap_or_default()
                .contains(&format!("`{name}`")),
            "{name}: not in the table"
        );
    }
    assert_eq!(
        page.matches("\n### ").count(),
        definitions.len(),
        "each definition has one entry"
    );
}
