//! Every code has an entry in `ERRORS.md`, and the programs there do what the entries say.

use hydrac::explain::{Entry, entries, explain};
use hydrac::load::Loader;
use hydrac::{Options, compile};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A program, and files that it imports.
struct Files(BTreeMap<String, Vec<u8>>);

impl Loader for Files {
    fn read(&mut self, path: &str) -> Result<Vec<u8>, String> {
        self.0.get(path).cloned().ok_or_else(|| "no such file".to_string())
    }
}

/// The codes of what the compiler says to a program.
fn codes(mut files: BTreeMap<String, Vec<u8>>, program: impl Into<Vec<u8>>, defines: &[(&str, &str)]) -> Vec<String> {
    files.insert("program.csp".into(), program.into());
    let defines = defines
        .iter()
        .map(|&(name, value)| (name.into(), value.into()))
        .collect();
    let reports = compile(
        "program.csp",
        &mut Files(files),
        &Options {
            defines,
            ..Options::default()
        },
    )
    .reports;
    reports.iter().map(|report| report.code.to_string()).collect()
}

/// The programs of an entry; those with a name are files that the others import.
fn programs(entry: &Entry) -> (BTreeMap<String, Vec<u8>>, Vec<&'static str>) {
    let help = b"process HELP() :: {print(\"help\")} end".to_vec();
    let mut files = BTreeMap::from([("other.csp".to_string(), help)]);
    let mut programs = Vec::new();
    for block in entry.text.split("```csp").skip(1) {
        let (name, text) = block.split_once('\n').expect("a block has lines");
        let text = text.split("```").next().expect("a block ends");
        match name.trim() {
            "" => programs.push(text),
            name => drop(files.insert(name.to_string(), text.into())),
        }
    }
    (files, programs)
}

/// Codes in the compiler's sources, outside of tests.
fn used() -> BTreeSet<String> {
    fn collect(folder: &Path, into: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            let name = entry.file_name();
            if name == "tests" || name == "tests.rs" {
                continue;
            }
            if path.is_dir() {
                collect(&path, into);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                let codes = text.split("\"H0").skip(1).filter_map(|rest| rest.get(..4));
                let codes = codes.filter(|rest| rest.ends_with('"') && rest[..3].bytes().all(|b| b.is_ascii_digit()));
                into.extend(codes.map(|rest| format!("H0{}", &rest[..3])));
            }
        }
    }
    let mut codes = BTreeSet::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut codes);
    codes
}

#[test]
fn every_code_has_an_entry() {
    let listed: Vec<String> = entries().map(|entry| entry.code.to_string()).collect();
    let used: Vec<String> = used().into_iter().collect();
    assert!(used.len() > 60, "{} codes were found", used.len());
    assert_eq!(
        listed, used,
        "the entries, in order, and the codes that the compiler uses"
    );
    assert!(explain("h0501").is_some_and(|entry| entry.title == "a variable of two processes"));
    assert!(explain("H9999").is_none());
}

#[test]
fn wrong_programs_get_their_code_and_the_others_are_accepted() {
    let mut without = Vec::new();
    for entry in entries() {
        let (files, programs) = programs(&entry);
        let [wrong, mended] = programs[..] else {
            assert!(
                programs.is_empty() || entry.code == "H0406",
                "{}: two programs",
                entry.code
            );
            without.push(entry.code);
            continue;
        };
        let said = codes(files.clone(), wrong, &[]);
        assert!(
            !said.is_empty() && said.iter().all(|code| code == entry.code),
            "{}: {said:?}",
            entry.code
        );
        assert_eq!(codes(files, mended, &[]), [""; 0], "{}: the mended program", entry.code);
    }
    // those that a page cannot show
    assert_eq!(
        without,
        [
            "H0109", "H0313", "H0400", "H0401", "H0406", "H0413", "H0414", "H0490", "H0499"
        ]
    );
}

#[test]
fn codes_that_a_page_cannot_show() {
    let none = BTreeMap::new;
    let deep = format!("{}skip{}", "[ true -> ".repeat(5000), "]".repeat(5000));
    let large = format!("a : ({}1..2) integer; {{print(a)}}", "1..2, ".repeat(255));
    let texts: String = (0..70_000).map(|i| format!("stdout ! \"{i}\";\n")).collect();
    for (code, program) in [("H0109", deep), ("H0313", large), ("H0490", texts)] {
        let mut said = codes(none(), program, &[]);
        said.dedup();
        assert_eq!(said, [code]);
    }
    assert_eq!(codes(none(), b"{print(\"\xff\")}".to_vec(), &[]), ["H0401"]);
    let missing = compile("missing.csp", &mut Files(none()), &Options::default());
    assert_eq!(missing.reports[0].code, "H0400");
    let program = "const N = 3; {print(N)}";
    assert_eq!(codes(none(), program, &[("M", "1")]), ["H0413"]);
    assert_eq!(codes(none(), program, &[("N", "x")]), ["H0414"]);
    let (files, programs) = programs(&explain("H0406").expect("an entry"));
    assert_eq!(codes(files, programs[0], &[])[0], "H0406");
}
