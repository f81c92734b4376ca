//! Programs of several files, held in memory.

use super::*;
use std::collections::BTreeMap;

#[derive(Default)]
struct Memory {
    files: BTreeMap<String, Vec<u8>>,
    read: Vec<String>,
}

impl Loader for Memory {
    fn read(&mut self, path: &str) -> Result<Vec<u8>, String> {
        self.read.push(path.to_string());
        self.files.get(path).cloned().ok_or_else(|| "no such file".to_string())
    }
}

fn memory(files: &[(&str, &str)]) -> Memory {
    let files = files
        .iter()
        .map(|(path, text)| (path.to_string(), text.as_bytes().to_vec()))
        .collect();
    Memory {
        files,
        read: Vec::new(),
    }
}

fn messages(loaded: &Loaded) -> Vec<String> {
    loaded
        .reports
        .iter()
        .map(|r| format!("{} {}", r.code, r.message))
        .collect()
}

#[test]
fn a_file_is_read_once_and_paths_are_relative_to_the_importer() {
    let mut memory = memory(&[
        ("dir/main.csp", "import \"parts/a.csp\"; import \"./parts/b.csp\"; skip"),
        ("dir/parts/a.csp", "const A = 1;"),
        (
            "dir/parts/b.csp",
            "import \"a.csp\"; import \"../parts/./a.csp\"; const B = 1;",
        ),
    ]);
    let loaded = load("dir/main.csp", &mut memory);
    assert_eq!(messages(&loaded), [""; 0]);
    assert_eq!(memory.read, ["dir/main.csp", "dir/parts/a.csp", "dir/parts/b.csp"]);
    assert_eq!(loaded.files[0].imports, [Some(1), Some(2)]);
    assert_eq!(loaded.files[2].imports, [Some(1), Some(1)]);
}

#[test]
fn a_cycle_names_its_files() {
    let mut memory = memory(&[
        ("main.csp", "import \"a.csp\"; skip"),
        ("a.csp", "import \"b.csp\";"),
        ("b.csp", "import \"a.csp\";"),
    ]);
    let loaded = load("main.csp", &mut memory);
    assert_eq!(
        messages(&loaded),
        ["H0403 cycle of imports: a.csp imports b.csp imports a.csp"]
    );
    let report = &loaded.reports[0];
    assert_eq!(report.span.map(|s| s.file), Some(2));
    assert_eq!(
        report.notes.iter().map(|n| n.span.map(|s| s.file)).collect::<Vec<_>>(),
        [Some(1)]
    );
    let loaded = load("m.csp", &mut self::memory(&[("m.csp", "import \"./m.csp\"; skip")]));
    assert_eq!(messages(&loaded), ["H0403 cycle of imports: m.csp imports m.csp"]);
}

#[test]
fn an_imported_file_only_defines() {
    let mut memory = memory(&[
        ("main.csp", "import \"a.csp\"; skip"),
        ("a.csp", "param n : integer = 1; extern card, tape; x : integer; skip"),
    ]);
    let found = messages(&load("main.csp", &mut memory));
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found.iter().all(|m| m.starts_with("H0404")), "{found:?}");
}

#[test]
fn a_file_that_is_missing_is_an_error_where_it_is_imported() {
    let mut memory = memory(&[("main.csp", "import \"none.csp\"; import \"std/none.csp\"; skip")]);
    let loaded = load("main.csp", &mut memory);
    assert_eq!(
        messages(&loaded),
        [
            "H0402 cannot import none.csp: no such file",
            "H0402 cannot import std/none.csp: the standard library has no such file"
        ]
    );
    let help = |report: &Report| report.help.clone().unwrap_or_default();
    assert_eq!(help(&loaded.reports[0]), "");
    assert!(
        help(&loaded.reports[1]).starts_with("it has std/array, std/buffer, "),
        "{}",
        help(&loaded.reports[1])
    );
    assert_eq!(loaded.files[0].imports, [None, None]);
    let loaded = load(
        "main.csp",
        &mut self::memory(&[("main.csp", "import \"std/real/flow.csp\"; skip")]),
    );
    assert_eq!(help(&loaded.reports[0]), "write \"std/real/flow\"");
    let loaded = load("gone.csp", &mut memory);
    assert_eq!(messages(&loaded), ["H0400 cannot read gone.csp: no such file"]);
    assert_eq!((loaded.sources.len(), loaded.files.len()), (1, 1));
}

#[test]
fn text_is_utf8_without_mark_and_carriage_returns() {
    let mut memory = Memory::default();
    memory
        .files
        .insert("a.csp".into(), b"\xEF\xBB\xBFskip;\r\nskip\r\n".to_vec());
    memory.files.insert("b.csp".into(), b"skip;\r\n'\xFF'".to_vec());
    let loaded = load("a.csp", &mut memory);
    assert_eq!(messages(&loaded), [""; 0]);
    assert_eq!(loaded.sources[0].text, "skip;\nskip\n");
    let loaded = load("b.csp", &mut memory);
    assert_eq!(messages(&loaded), ["H0401 b.csp is not UTF-8: byte 8 is wrong"]);
    assert_eq!(
        loaded.sources[0].line_column(loaded.reports[0].span.map_or(0, |s| s.start)),
        (2, 2)
    );
}

#[test]
fn modules_are_read_relative_to_the_program() {
    let mut memory = memory(&[
        (
            "dir/main.csp",
            "import \"sub/a.csp\"; _include{ import \"time\" as clock; import \"x.rhai\" as x; } skip",
        ),
        (
            "dir/sub/a.csp",
            "_include{ import \"tools\" as t; import \"none\" as n; }",
        ),
        ("dir/x.rhai", "import \"y.rhai\" as y; fn f() { 1 }"),
        ("dir/y.rhai", "import \"x.rhai\" as x;"),
        ("dir/tools.rhai", "fn g() { 1 }\r\n"),
    ]);
    let loaded = load("dir/main.csp", &mut memory);
    assert_eq!(messages(&loaded), ["H0406 cannot import the module none: no such file"]);
    let paths: Vec<&str> = loaded.scripts.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, ["time", "x.rhai", "y.rhai", "tools", "none"]);
    assert_eq!(loaded.scripts[3].1, "fn g() { 1 }\n");
}
