//! What is fuzzed, over the committed corpus and all programs with expectations: whatever the text, there is a module that
//! verifies, or there are errors that can be shown. `cargo test -p hydrac --test corpus -- --nocapture` lists which codes of
//! errors and warnings are reached.

#[path = "../fuzz/hostile.rs"]
mod hostile;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder can be read").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
    found.sort();
}

/// The codes that the sources name, `H0101` and the like.
fn codes(folder: &Path) -> BTreeSet<String> {
    let mut sources = Vec::new();
    files(folder, &mut sources);
    let mut codes = BTreeSet::new();
    for source in sources
        .iter()
        .filter(|path| path.extension().is_some_and(|e| e == "rs"))
    {
        let text = std::fs::read_to_string(source).expect("it can be read");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (at, _) in code.match_indices("\"H0") {
            codes.extend(
                code.get(at + 1..at + 6)
                    .filter(|_| code[at + 6..].starts_with('"'))
                    .map(str::to_owned),
            );
        }
    }
    codes
}

fn reached() -> (usize, BTreeSet<&'static str>) {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = Vec::new();
    for folder in [
        "fuzz/corpus/text",
        "../vm/tests/conformance",
        "../vm/tests/programs",
        "../vm/tests/regress",
    ] {
        files(&package.join(folder), &mut texts);
    }
    let mut reached = BTreeSet::new();
    for path in &texts {
        reached.extend(hostile::text(&std::fs::read(path).expect("it can be read")));
    }
    for text in by_hand() {
        reached.extend(hostile::text(text.as_bytes()));
    }
    (texts.len(), reached)
}

/// Codes that no text alone can have: a file that cannot be read, an imported file with something to run, `-D` on the command
/// line, and a mistake of the compiler.
const NOT_OF_A_TEXT: [&str; 5] = ["H0400", "H0404", "H0413", "H0414", "H0499"];

/// Texts that are too large for a file.
fn by_hand() -> Vec<String> {
    let variables: Vec<String> = (0..66_000).map(|number| format!("x{number}")).collect();
    vec![
        format!("x : integer; x := {}1{}", "(".repeat(5000), ")".repeat(5000)),
        format!("a : ({}1..1) integer; skip", "1..1, ".repeat(256)),
        format!("{} : integer; skip", variables.join(", ")),
    ]
}

#[test]
fn the_corpus_is_harmless() {
    let thread = std::thread::Builder::new()
        .stack_size(hydrac::STACK_BYTES)
        .spawn(reached);
    let (texts, reached) = thread.expect("a thread").join().expect("no panic");
    let known = codes(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    println!("{texts} texts; codes reached: {} of {}", reached.len(), known.len());
    for code in &known {
        println!(
            "  {}: {code}",
            if reached.contains(code.as_str()) {
                "reached"
            } else {
                "not reached"
            }
        );
    }
    assert!(texts > 200 && known.len() > 40, "texts and codes are found");
    let wanted = known.iter().map(String::as_str);
    let missed: Vec<&str> = wanted
        .filter(|code| !reached.contains(code) && !NOT_OF_A_TEXT.contains(code))
        .collect();
    assert!(missed.is_empty(), "codes that no text reaches: {missed:?}");
}
