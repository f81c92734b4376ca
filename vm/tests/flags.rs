//! `hydra-vm` as its users start it: flags, good and bad, and how it ends.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A folder of its own for a test.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("vm_cli_{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hydra-vm"));
    command.args(arguments).current_dir(folder);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn vm(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command(folder, arguments).output().unwrap();
    (
        status.code().unwrap_or(-1),
        String::from_utf8(stdout).unwrap(),
        String::from_utf8(stderr).unwrap(),
    )
}

#[test]
fn wrong_usage_and_unreadable_programs_end_with_2() {
    let folder = folder("usage");
    fs::write(folder.join("p.csp"), "{print(1)}").unwrap();
    fs::write(folder.join("text.hbc"), "{print(1)}").unwrap();
    fs::write(folder.join("empty.hbc"), "").unwrap();
    fs::write(folder.join("zip.hbc"), b"PK\x03\x04\0\0\xff").unwrap();
    fs::create_dir(folder.join("d.csp")).unwrap();
    fs::create_dir(folder.join("d.hbc")).unwrap();
    for arguments in [
        &["run"][..],
        &["walk", "p.csp"],
        &["run", ""],
        &["run", "none.csp"],
        &["run", "none.hbc"],
        &["run", "d.csp"],
        &["run", "d.hbc"],
        &["run", "text.hbc"],
        &["run", "empty.hbc"],
        &["run", "zip.hbc"],
        &["verify", "text.hbc"],
        &["verify", "none.hbc"],
        &["verify"],
        &["run", "p.csp", "--workers", "0"],
        &["run", "p.csp", "--workers", "many"],
        &["run", "p.csp", "--seed", "-1"],
        &["run", "p.csp", "--seed", "1", "--workers", "2"],
        &["run", "p.csp", "--set", "n=1"],
        &["run", "p.csp", "--set", "n"],
        &["run", "p.csp", "--set", "=1"],
        &["run", "p.csp", "--bind", "e=p.csp"],
        &["run", "p.csp", "--bind", "e"],
        &["run", "p.csp", "--color", "blue"],
        &["run", "p.csp", "--message-format", "xml"],
        &["run", "p.csp", "--max-memory", "much"],
        &["run", "p.csp", "--max-processes", "-1"],
        &["run", "p.csp", "--timeout", "soon"],
        &["run", "p.csp", "q.csp"],
        &["run", "p.csp", "--frobnicate"],
    ] {
        let (status, out, err) = vm(&folder, arguments);
        assert_eq!((status, out.as_str()), (2, ""), "{arguments:?}: {err}");
        assert!(!err.is_empty() && !err.contains("panicked"), "{arguments:?}: {err}");
    }
}

#[test]
fn help_and_version_are_no_errors() {
    let folder = folder("help");
    for arguments in [
        &["--help"][..],
        &["run", "--help"],
        &["verify", "--help"],
        &["--version"],
    ] {
        let (status, out, err) = vm(&folder, arguments);
        assert!(status == 0 && !out.is_empty() && err.is_empty(), "{arguments:?}: {err}");
    }
    assert!(vm(&folder, &["--help"]).1.contains("Exit status"));
}

#[test]
fn params_are_read_by_their_types() {
    let folder = folder("params");
    let program = "param n : integer; param r : real = 2; param b : boolean = true;\n\
                   param s : string = \"text\"; param c : character = 'c';\n\
                   {print(n + \"|\" + r + \"|\" + b + \"|\" + s + \"|\" + c)}";
    fs::write(folder.join("p.csp"), program).unwrap();
    let run = |sets: &[&str]| {
        let mut arguments = vec!["run", "p.csp"];
        arguments.extend(sets.iter().flat_map(|set| ["--set", set]));
        vm(&folder, &arguments)
    };
    assert_eq!(run(&["n=1"]), (0, "1|2.0|true|text|c\n".into(), String::new()));
    assert_eq!(run(&["n=1", "n=-2"]).1, "-2|2.0|true|text|c\n");
    let all = ["n=0", "r=-1.5e2", "b=false", "s= a=b ", "c=\u{e9}"];
    assert_eq!(run(&all).1, "0|-150.0|false| a=b |\u{e9}\n");
    assert_eq!(run(&["n=0", "s="]).1, "0|2.0|true||c\n");
    assert_eq!(run(&["n=0", "c= "]).1, "0|2.0|true|text| \n");
    for wrong in [
        &[][..],
        &["n=x"],
        &["n="],
        &["n=1.5"],
        &["n=9223372036854775808"],
        &["n=1", "r=inf"],
        &["n=1", "r=x"],
        &["n=1", "b=1"],
        &["n=1", "c=ab"],
        &["n=1", "c="],
        &["n=1", "m=1"],
    ] {
        let (status, out, err) = run(wrong);
        assert_eq!((status, out.as_str()), (2, ""), "{wrong:?}: {err}");
        assert!(err.starts_with("error: "), "{wrong:?}: {err}");
    }
}

#[test]
fn externs_are_bound_or_it_is_wrong_usage() {
    let folder = folder("externs");
    let program = "extern input(i:1..2), output;\n*(i:1..2)[ *[ s : string; input(i) ? s -> output ! s ] ]";
    fs::write(folder.join("p.csp"), program).unwrap();
    fs::write(folder.join("a.txt"), "one\r\ntwo").unwrap();
    fs::write(folder.join("b.txt"), "three\n").unwrap();
    let both = ["--bind", "input(1)=a.txt", "--bind", "input(2)=b.txt"];
    let run = |binds: &[&str]| {
        let mut arguments = vec!["run", "p.csp"];
        arguments.extend(binds);
        vm(&folder, &arguments)
    };
    let (status, out, err) = run(&[&both[..], &["--bind", "output=-"]].concat());
    assert_eq!((status, out.as_str()), (0, "one\ntwo\nthree\n"), "{err}");
    assert_eq!(run(&[&both[..], &["--bind", "output=out.txt"]].concat()).0, 0);
    assert_eq!(fs::read_to_string(folder.join("out.txt")).unwrap(), "one\ntwo\nthree\n");
    for wrong in [
        &both[..],
        &[&both[..], &["--bind", "output=none/out.txt"]].concat(),
        &[&both[..], &["--bind", "output=-", "--bind", "input(3)=a.txt"]].concat(),
        &[
            "--bind",
            "input(1)=none.txt",
            "--bind",
            "input(2)=b.txt",
            "--bind",
            "output=-",
        ],
        &["--bind", "input(1)=.", "--bind", "input(2)=b.txt", "--bind", "output=-"],
        &["--bind", "input=a.txt", "--bind", "output=-"],
    ] {
        let (status, _, err) = run(wrong);
        assert_eq!(status, 2, "{wrong:?}: {err}");
        assert!(err.starts_with("error: "), "{wrong:?}: {err}");
    }
}

#[test]
fn each_ending_has_its_status() {
    let folder = folder("endings");
    for (name, program, flags, status) in [
        ("done", "{print(1)}", &[][..], 0),
        ("failure", "{throw \"x\"}", &[], 1),
        ("wrong", "x := 1", &[], 2),
        ("library", "process P() :: skip end", &[], 2),
        ("deadlock", "[[ a :: b ! 1; b ? _ || b :: a ! 1; a ? _ ]]", &[], 3),
        ("steps", "*[ true -> skip ]", &["--max-steps", "1000"], 4),
        ("processes", "[[ p(i:1..1000) :: skip ]]", &["--max-processes", "10"], 4),
        ("output", "*[ true -> {print(1)} ]", &["--max-output", "1K"], 4),
        ("time", "after 60000", &["--timeout", "100ms"], 4),
        (
            "memory",
            "a : (1..1000000000) any; {print(a[1])}",
            &["--max-memory", "64M"],
            4,
        ),
    ] {
        fs::write(folder.join("p.csp"), program).unwrap();
        let mut arguments = vec!["run", "p.csp"];
        arguments.extend(flags);
        let (found, _, err) = vm(&folder, &arguments);
        assert_eq!(found, status, "{name}: {err}");
        arguments.extend(["--message-format", "json", "--seed", "1"]);
        if name != "wrong" {
            let (again, _, json) = vm(&folder, &arguments);
            assert_eq!(
                again,
                if name == "time" { 0 } else { status },
                "{name} with a seed: {json}"
            );
            let object = |line: &str| line.starts_with("{\"severity\":") && line.ends_with('}');
            // what is said when memory runs out is said without taking any
            let mut reports = json.lines().filter(|_| name != "memory");
            assert!(reports.all(object), "{name}: {json}");
        }
    }
}

#[test]
fn color_only_when_wanted() {
    let folder = folder("color");
    fs::write(folder.join("p.csp"), "{throw \"x\"}").unwrap();
    for (color, colored) in [("auto", false), ("never", false), ("always", true)] {
        let (_, _, err) = vm(&folder, &["run", "p.csp", "--color", color]);
        assert_eq!(err.contains('\u{1b}'), colored, "{color}: {err:?}");
    }
}

#[test]
fn a_reader_that_goes_away_ends_the_run_quietly() {
    let folder = folder("pipe");
    fs::write(
        folder.join("p.csp"),
        "n : integer; *[ n >= 0 -> n := n + 1; {print(n)} ]",
    )
    .unwrap();
    let mut child = command(&folder, &["run", "p.csp"]).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), err.as_ref()), (Some(0), ""));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_failure() {
    let folder = folder("full");
    fs::write(
        folder.join("p.csp"),
        "n : integer; *[ n < 100000 -> n := n + 1; {print(n)} ]",
    )
    .unwrap();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = command(&folder, &["run", "p.csp"]).stdout(full).output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.contains("cannot write"), "{err}");
}

#[test]
fn input_that_is_not_text_is_a_failure() {
    let folder = folder("input");
    fs::write(folder.join("p.csp"), "*[ s : string; stdin ? s -> {print(s)} ]").unwrap();
    let mut child = command(&folder, &["run", "p.csp"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"one\n\xff\xfe\n").unwrap();
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(
        err.starts_with("p.csp:1:16: failure: ") && err.contains("offset 4"),
        "{err}"
    );
    assert_eq!(output.stdout, b"one\n");
}

const BRACES: &str = "n : integer; s : string; v : any; n := 4; s := \"x\";\n\
                      { n += 3; print(s + n) }; v := {[n, s]}; { v.push(n * 2); print(v.len()) }; n := {v[0] - 1}; {print(n)}\n";

#[test]
fn paranoid_runs_do_everything_once_if_there_is_no_difference() {
    let folder = folder("paranoid");
    fs::write(folder.join("p.csp"), BRACES).unwrap();
    let (status, out, err) = vm(&folder, &["run", "p.csp", "--paranoid"]);
    assert_eq!((status, out.as_str(), err.as_str()), (0, "x7\n3\n6\n", ""));
    // a failure is the same failure
    fs::write(
        folder.join("f.csp"),
        "n : integer; n := 3; { print(1); n = 7 / (n - 3) }",
    )
    .unwrap();
    let (status, out, err) = vm(&folder, &["run", "f.csp", "--paranoid"]);
    assert_eq!((status, out.as_str()), (1, "1\n"), "{err}");
    assert!(err.contains("failure: division by zero: 7 / 0"), "{err}");
}

/// What `hydrac compile --fragments` makes of a program.
fn compiled(text: &'static str, fragments: hydrac::Fragments) -> hydra_bytecode::Module {
    struct Alone(&'static str);
    impl hydrac::load::Loader for Alone {
        fn read(&mut self, _: &str) -> Result<Vec<u8>, String> {
            Ok(self.0.into())
        }
    }
    let options = hydrac::Options {
        fragments,
        ..hydrac::Options::default()
    };
    hydrac::compile("p.csp", &mut Alone(text), &options).module.unwrap()
}

#[test]
fn paranoid_runs_need_both_and_show_the_first_difference() {
    let folder = folder("paranoid_hbc");
    let write = |name: &str, module: &hydra_bytecode::Module| {
        fs::write(folder.join(name), hydra_bytecode::encode(module)).unwrap();
    };
    write("one.hbc", &compiled(BRACES, hydrac::Fragments::Lowered));
    let (status, _, err) = vm(&folder, &["run", "one.hbc", "--paranoid"]);
    assert_eq!(status, 2, "{err}");
    assert!(err.contains("hydrac compile --fragments both"), "{err}");
    let mut both = compiled(BRACES, hydrac::Fragments::Both);
    write("both.hbc", &both);
    let (status, out, err) = vm(&folder, &["run", "both.hbc", "--paranoid"]);
    assert_eq!((status, out.as_str(), err.as_str()), (0, "x7\n3\n6\n", ""));
    // `n += 3` becomes `n += 5` in the bytecode
    let wrong = both.routines.iter_mut().flat_map(|routine| &mut routine.code);
    let mut wrong = wrong.filter(|instr| instr.op == hydra_bytecode::Op::AddI && instr.d == 3);
    wrong.next().expect("the sum").d = 5;
    write("wrong.hbc", &both);
    let (status, out, err) = vm(&folder, &["run", "wrong.hbc", "--paranoid"]);
    assert_eq!((status, out.as_str()), (1, "x9\n"), "{err}");
    for line in [
        "p.csp:2:2: difference: the bytecode of these braces does not mean what they mean in rhai",
        "note: with n = integer 4, s = string \"x\"",
        "note: as bytecode: n = integer 9, printed [\"x9\"]",
        "note: in rhai: n = integer 7, printed [\"x7\"]",
    ] {
        assert!(err.contains(line), "{line}\n{err}");
    }
}

/// A failure of the bytecode is compared, too, also one within a function.
#[test]
fn paranoid_runs_judge_failures_of_functions() {
    let folder = folder("paranoid_function");
    let text = "_include{ fn f(n) { 12 / (n + 4) } }\nn : integer; n := 3; {n = f(n)}; {print(n)}";
    let mut both = compiled(text, hydrac::Fragments::Both);
    // `n + 4` becomes `n - 3`, by which nothing can be divided
    let wrong = both.routines.iter_mut().flat_map(|routine| &mut routine.code);
    let mut wrong = wrong.filter(|instr| instr.op == hydra_bytecode::Op::AddI && instr.d == 4);
    wrong.next().expect("the sum").d = (-3_i16) as u16;
    fs::write(folder.join("wrong.hbc"), hydra_bytecode::encode(&both)).unwrap();
    let (status, out, err) = vm(&folder, &["run", "wrong.hbc", "--paranoid"]);
    assert_eq!((status, out.as_str()), (1, ""), "{err}");
    assert!(err.contains("difference: the bytecode of these braces"), "{err}");
    assert!(err.contains("note: in rhai: "), "{err}");
}
