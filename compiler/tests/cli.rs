//! `hydrac` as its users start it: what it prints, what it writes, how it ends.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// A folder of its own for a test.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("cli_{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn hydrac(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_hydrac"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    (
        status.code().unwrap(),
        String::from_utf8(stdout).unwrap(),
        String::from_utf8(stderr).unwrap(),
    )
}

#[test]
fn an_error_names_its_place_and_nothing_is_written() {
    let folder = folder("error");
    fs::write(folder.join("bad.csp"), "x : integer;\nx := ;\nskip").unwrap();
    let (status, out, err) = hydrac(&folder, &["compile", "bad.csp"]);
    assert_eq!((status, out.as_str()), (1, ""));
    assert!(err.starts_with("bad.csp:2:6: error[H0101]: "), "{err}");
    assert!(!err.contains("skip"), "{err}");
    assert!(!folder.join("bad.hbc").exists());
    let (status, _, err) = hydrac(&folder, &["check", "bad.csp", "bad.csp"]);
    assert_eq!(status, 1);
    assert!(err.ends_with("2 files checked: 2 errors, no warnings\n"), "{err}");
}

#[test]
fn usage_and_unreadable_files_end_with_2() {
    let folder = folder("usage");
    fs::write(folder.join("prog.csp"), "skip").unwrap();
    for arguments in [
        &["compile"][..],
        &["frobnicate"],
        &["compile", "none.csp"],
        &["check", "none.csp"],
        &["dump", "none.csp"],
        &["dump", "none.hbc"],
        &["compile", "."],
        &["compile", "prog.csp", "-D", "N"],
        &["compile", "prog.csp", "-D", "N=1"],
        &["compile", "prog.csp", "-o", "prog.csp"],
        &["check", "--color", "blue", "prog.csp"],
        &["dump", "prog.csp", "--stage", "thought"],
    ] {
        let (status, out, err) = hydrac(&folder, arguments);
        assert_eq!((status, out.as_str()), (2, ""), "{arguments:?}: {err}");
        assert!(!err.is_empty(), "{arguments:?}");
    }
    assert_eq!(fs::read(folder.join("prog.csp")).unwrap(), b"skip");
}

#[test]
fn help_and_version_are_no_errors() {
    let folder = folder("help");
    let (status, out, _) = hydrac(&folder, &["--help"]);
    assert!(
        status == 0 && out.contains("Examples:") && out.contains("Exit status"),
        "{out}"
    );
    for command in ["compile", "check", "dump"] {
        let (status, out, _) = hydrac(&folder, &[command, "--help"]);
        assert!(status == 0 && out.contains("Examples:"), "{out}");
    }
    let (status, out, _) = hydrac(&folder, &["--version"]);
    assert!(status == 0 && out.starts_with("hydrac "), "{out}");
}

#[test]
fn text_that_is_not_utf8_is_an_error_with_its_offset() {
    let folder = folder("utf8");
    fs::write(folder.join("latin.csp"), b"skip;\nx := '\xE9'").unwrap();
    fs::write(folder.join("main.csp"), "import \"latin.csp\"; skip").unwrap();
    for program in ["latin.csp", "main.csp"] {
        let (status, _, err) = hydrac(&folder, &["check", program]);
        assert_eq!(status, 1);
        assert!(
            err.starts_with("latin.csp:2:7: error[H0401]: ") && err.contains("byte 12"),
            "{err}"
        );
    }
}

#[test]
fn reports_as_json_are_one_in_a_line() {
    let folder = folder("json");
    fs::write(folder.join("bad.csp"), "x := ;\ny := ;").unwrap();
    let (status, out, err) = hydrac(&folder, &["check", "--message-format", "json", "bad.csp"]);
    assert_eq!((status, out.as_str()), (1, ""));
    assert_eq!(err.lines().count(), 2, "{err}");
    for line in err.lines() {
        assert!(
            line.starts_with("{\"severity\":\"error\",\"code\":\"H0101\",") && line.ends_with('}'),
            "{line}"
        );
    }
}

#[test]
fn color_only_when_wanted() {
    let folder = folder("color");
    fs::write(folder.join("bad.csp"), "x := ;").unwrap();
    assert!(!hydrac(&folder, &["check", "bad.csp"]).2.contains('\u{1b}'));
    assert!(
        hydrac(&folder, &["check", "--color", "always", "bad.csp"])
            .2
            .contains('\u{1b}')
    );
}

#[test]
fn stages_are_listed() {
    let folder = folder("stages");
    fs::write(
        folder.join("prog.csp"),
        "x : integer;\nx := 1 + 2; -- note\n{ print(x) }\n",
    )
    .unwrap();
    let (status, out, err) = hydrac(&folder, &["dump", "prog.csp", "--stage", "tokens"]);
    assert_eq!((status, err.as_str()), (0, ""));
    assert!(
        out.contains("2:3      Assign         :=\n") && out.contains("3:1      Fragment       { print(x) }\n"),
        "{out}"
    );
    let (status, out, err) = hydrac(&folder, &["dump", "prog.csp", "--stage", "ast"]);
    assert_eq!((status, err.as_str()), (0, ""));
    assert!(
        out.contains("  :=\n    x\n    +\n      1\n      2\n  run { print(x) }\n"),
        "{out}"
    );
}

#[test]
fn a_reader_that_goes_away_ends_a_listing_quietly() {
    let folder = folder("pipe");
    fs::write(folder.join("long.csp"), "x := 1;\n".repeat(50_000)).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_hydrac"))
        .args(["dump", "long.csp", "--stage", "ast"])
        .current_dir(&folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}

#[test]
fn bytecode_is_written_whole_and_listed_again() {
    let folder = folder("compile");
    fs::write(
        folder.join("prog.csp"),
        "const N = 3;\nx : integer;\nx := N; { print(x) }\n",
    )
    .unwrap();
    let (status, out, err) = hydrac(&folder, &["compile", "prog.csp"]);
    assert_eq!((status, out.as_str(), err.as_str()), (0, "", ""));
    let first = fs::read(folder.join("prog.hbc")).unwrap();
    let (status, ..) = hydrac(&folder, &["compile", "prog.csp", "-o", "other.hbc", "-D", "N=4"]);
    assert_eq!(status, 0);
    assert_ne!(first, fs::read(folder.join("other.hbc")).unwrap());
    let (status, of_file, _) = hydrac(&folder, &["dump", "prog.hbc"]);
    assert_eq!(status, 0);
    assert_eq!(hydrac(&folder, &["dump", "prog.csp"]), (0, of_file, String::new()));
    let (status, checked, _) = hydrac(&folder, &["dump", "prog.csp", "--stage", "checked"]);
    assert!(status == 0 && !checked.is_empty());
    // nothing is left over
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 3);
    assert_eq!(hydrac(&folder, &["compile", "prog.csp", "-o", "none/prog.hbc"]).0, 2);
    fs::write(folder.join("broken.hbc"), &first[..first.len() / 2]).unwrap();
    let (status, out, err) = hydrac(&folder, &["dump", "broken.hbc"]);
    assert!(
        status == 2 && out.is_empty() && err.starts_with("error: broken.hbc: "),
        "{err}"
    );
}

#[cfg(unix)]
#[test]
fn a_device_is_written_to_and_not_replaced() {
    let folder = folder("device");
    fs::write(folder.join("prog.csp"), "skip").unwrap();
    assert_eq!(
        hydrac(&folder, &["compile", "prog.csp", "-o", "/dev/null"]),
        (0, String::new(), String::new())
    );
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[test]
fn a_library_is_checked_and_not_compiled() {
    let folder = folder("library");
    fs::write(folder.join("lib.csp"), "process P() :: skip end\n").unwrap();
    let (status, _, err) = hydrac(&folder, &["compile", "lib.csp"]);
    assert!(
        status == 1 && err.starts_with("lib.csp:1:1: error[H0407]: a library"),
        "{err}"
    );
    let (status, _, err) = hydrac(&folder, &["check", "lib.csp"]);
    assert_eq!((status, err.as_str()), (0, "1 file checked: no errors, no warnings\n"));
    fs::write(folder.join("empty.csp"), "").unwrap();
    assert_eq!(hydrac(&folder, &["compile", "empty.csp"]).0, 1);
}

/// The conformance programs, by their paths.
fn conformance() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vm/tests/conformance");
    let mut programs: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "csp"))
        .collect();
    programs.sort();
    assert!(programs.len() > 100);
    programs
}

#[test]
fn every_stage_of_every_program_is_listed() {
    let folder = folder("dump_all");
    for program in conformance() {
        let path = program.to_str().unwrap();
        let right = hydrac(&folder, &["check", path]).0 == 0;
        for stage in ["tokens", "ast", "checked", "bytecode"] {
            let (status, out, err) = hydrac(&folder, &["dump", path, "--stage", stage]);
            assert!(status == 0 || !right && status == 1, "{path} {stage}: {status} {err}");
            assert!(!out.is_empty() || !right, "{path} {stage}");
            assert!(!err.contains("panicked"), "{path} {stage}: {err}");
        }
    }
}

#[test]
fn a_report_as_json_is_an_object_whatever_the_text() {
    let folder = folder("json_all");
    // quotes, backslashes, control characters and other alphabets in names, places and messages
    let text = "x : string := \"a\\\"b\\q\u{1}\u{7f}\u{e9}\u{1f600}\";\ny := \"\\\";\t\u{202e}z := 'ab'";
    fs::write(folder.join("a \"b\\c.csp"), text).unwrap();
    let (status, _, err) = hydrac(&folder, &["check", "--message-format", "json", "a \"b\\c.csp"]);
    assert_eq!(status, 1);
    assert_eq!(err.lines().count(), 2, "{err}");
    for line in err.lines() {
        assert!(is_object(line), "{line}");
    }
    let programs = conformance();
    let paths: Vec<&str> = programs.iter().filter_map(|path| path.to_str()).collect();
    let arguments: Vec<&str> = ["check", "--message-format=json"].into_iter().chain(paths).collect();
    let (status, out, err) = hydrac(&folder, &arguments);
    assert_eq!((status, out.as_str()), (1, ""));
    assert!(err.lines().count() > 40);
    for line in err.lines() {
        assert!(is_object(line), "{line}");
    }
}

/// Whether a line is one JSON object; numbers in it are plain integers.
fn is_object(line: &str) -> bool {
    let bytes = line.as_bytes();
    value(bytes, 0).is_some_and(|end| end == bytes.len()) && bytes.first() == Some(&b'{')
}

/// The end of the JSON value that begins at `at`, without spaces in it.
fn value(bytes: &[u8], at: usize) -> Option<usize> {
    let literal = |word: &str| bytes[at..].starts_with(word.as_bytes()).then_some(at + word.len());
    match *bytes.get(at)? {
        b'{' | b'[' => {
            let (object, close) = (bytes[at] == b'{', if bytes[at] == b'{' { b'}' } else { b']' });
            let mut at = at + 1;
            if bytes.get(at) == Some(&close) {
                return Some(at + 1);
            }
            loop {
                if object {
                    at = string(bytes, at)?;
                    (bytes.get(at) == Some(&b':')).then_some(())?;
                    at += 1;
                }
                at = value(bytes, at)?;
                match *bytes.get(at)? {
                    b',' => at += 1,
                    end if end == close => return Some(at + 1),
                    _ => return None,
                }
            }
        }
        b'"' => string(bytes, at),
        b't' => literal("true"),
        b'f' => literal("false"),
        b'n' => literal("null"),
        _ => {
            let digits = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            (digits > 0).then_some(at + digits)
        }
    }
}

/// The end of a JSON string.
fn string(bytes: &[u8], at: usize) -> Option<usize> {
    (bytes.get(at) == Some(&b'"')).then_some(())?;
    let mut at = at + 1;
    loop {
        match *bytes.get(at)? {
            b'"' => return Some(at + 1),
            0..0x20 => return None,
            b'\\' => {
                at += match *bytes.get(at + 1)? {
                    b'u' => {
                        let digits = bytes.get(at + 2..at + 6)?;
                        digits.iter().all(u8::is_ascii_hexdigit).then_some(6)?
                    }
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
                    _ => return None,
                };
            }
            _ => at += 1,
        }
    }
}

#[test]
fn defines_change_constants_by_their_types() {
    let folder = folder("defines");
    let program = "const N = 3; const R = 1.5; const B = true; const S = \"s\"; const C = 'c';\n\
                   {print(`${N} ${R} ${B} ${S} ${C}`)}";
    fs::write(folder.join("p.csp"), program).unwrap();
    for (define, status) in [
        ("N=4", 0),
        ("N=-4", 0),
        ("R=2", 0),
        ("R=-2.5e3", 0),
        ("B=false", 0),
        ("S=", 0),
        ("S=two words = three", 0),
        ("C=x", 0),
        ("C=\u{e9}", 0),
        ("N=", 2),
        ("N=x", 2),
        ("N=1.5", 2),
        ("N=9223372036854775808", 2),
        ("R=nan", 2),
        ("B=1", 2),
        ("C=xy", 2),
        ("C=", 2),
        ("M=1", 2),
        ("=1", 2),
        ("N", 2),
    ] {
        let (found, _, err) = hydrac(&folder, &["compile", "p.csp", "-D", define]);
        assert_eq!(found, status, "{define}: {err}");
    }
    // the last one counts
    assert_eq!(hydrac(&folder, &["compile", "p.csp", "-D", "N=4", "-D", "N=5"]).0, 0);
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_or_written_ends_with_2() {
    let folder = folder("unreadable");
    fs::write(folder.join("p.csp"), "skip").unwrap();
    fs::create_dir(folder.join("d.csp")).unwrap();
    fs::create_dir(folder.join("d.hbc")).unwrap();
    for arguments in [
        &["check", "d.csp"][..],
        &["compile", "d.csp"],
        &["dump", "d.csp"],
        &["dump", "d.hbc"],
        &["dump", "p.csp", "p.csp"],
        &["compile", "p.csp", "-o", "d.hbc"],
        &["compile", "p.csp", "-o", "none/p.hbc"],
        &["compile", "p.csp", "-o", "p.csp/p.hbc"],
        &["compile", "p.csp", "-o", ""],
        &["compile", ""],
        &["check", "p.csp", "none.csp"],
        &["check"],
        &["check", "p.csp", "--message-format", "xml"],
    ] {
        let (status, out, err) = hydrac(&folder, arguments);
        assert_eq!((status, out.as_str()), (2, ""), "{arguments:?}: {err}");
        assert!(!err.is_empty() && !err.contains("panicked"), "{arguments:?}: {err}");
    }
    // bytecode by the name of a program is an error of the text, not of the compiler
    hydrac(&folder, &["compile", "p.csp", "-o", "q.hbc"]);
    fs::copy(folder.join("q.hbc"), folder.join("q.csp")).unwrap();
    let (status, _, err) = hydrac(&folder, &["check", "q.csp"]);
    assert!(status == 1 && err.starts_with("q.csp:"), "{status} {err}");
}

#[test]
fn shells_and_man_are_told_all_commands() {
    let folder = folder("shells");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (status, script, err) = hydrac(&folder, &["completions", shell]);
        assert_eq!((status, err.as_str()), (0, ""), "{shell}");
        assert!(
            script.contains("dump") && script.contains("define"),
            "{shell}: {script}"
        );
    }
    let (status, page, _) = hydrac(&folder, &["man"]);
    assert_eq!(status, 0);
    assert!(page.contains(".TH hydrac") && page.contains("Exit status"), "{page}");
    let (status, page, _) = hydrac(&folder, &["man", "dump"]);
    assert!(status == 0 && page.contains("stage"), "{page}");
    let (status, page, err) = hydrac(&folder, &["man", "fly"]);
    assert_eq!((status, page.as_str()), (2, ""));
    assert!(err.contains("there is no command fly"), "{err}");
}
