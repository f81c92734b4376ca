//! The outside of programs: streams, files, limits and signals. What is tested is what a program prints, what it says,
//! and its exit status; how long a run takes decides nothing.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder of its own with a program and its files; gone when dropped.
struct Place(PathBuf);

/// What came of a run.
#[derive(Debug)]
struct Ran {
    status: i32,
    out: String,
    err: String,
}

impl Place {
    fn new(program: &str) -> Place {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("hydra-outside-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        let place = Place(folder);
        place.with("p.csp", program)
    }

    fn with(self, name: &str, bytes: impl AsRef<[u8]>) -> Place {
        std::fs::write(self.0.join(name), bytes).expect("a file can be written");
        self
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).expect("the file is there")
    }

    fn start(&self, arguments: &[&str]) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hydra-vm"));
        command.args(["run", "p.csp"]).args(arguments).current_dir(&self.0);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.spawn().expect("hydra-vm starts")
    }

    /// Runs it with pieces of input that are written one by one.
    fn run(&self, arguments: &[&str], pieces: &[&[u8]]) -> Ran {
        let mut child = self.start(arguments);
        let mut stdin = child.stdin.take().expect("piped");
        for piece in pieces {
            // a program need not read all of its input
            let _ = stdin.write_all(piece).and_then(|()| stdin.flush());
            std::thread::yield_now();
        }
        drop(stdin);
        ended(child)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn ended(child: Child) -> Ran {
    let output = child.wait_with_output().expect("it ends");
    Ran {
        status: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Runs a program with an input on one and on two workers, and with a seed.
fn each_way(program: &str, pieces: &[&[u8]], status: i32, out: &str, says: &[&str]) {
    let place = Place::new(program);
    for how in [["--workers", "1"], ["--workers", "2"], ["--seed", "1"]] {
        let ran = place.run(&how, pieces);
        assert_eq!(
            (ran.status, ran.out.as_str()),
            (status, out),
            "{how:?} {program}\n{}",
            ran.err
        );
        for text in says {
            assert!(
                ran.err.contains(text),
                "{how:?} {program}\n{text:?} is not in\n{}",
                ran.err
            );
        }
    }
}

/// Echoes the elements of a type between bars.
fn echo(ty: &str) -> String {
    format!("x : {ty}; *[ stdin ? x -> {{print(`|${{x}}|`)}} ]")
}

#[test]
fn lines_characters_and_numbers() {
    let lines = echo("string");
    each_way(&lines, &[b""], 0, "", &[]);
    each_way(&lines, &[b"\n"], 0, "||\n", &[]);
    each_way(&lines, &[b"a\r\nb\n\nc"], 0, "|a|\n|b|\n||\n|c|\n", &[]);
    each_way(&lines, &[b"\xef", b"\xbb\xbfa\r", b"\nb\r"], 0, "|a|\n|b\r|\n", &[]);
    each_way(
        &lines,
        &[b"\xc3", b"\xa4\xe2\x82", b"\xac\n"],
        0,
        "|\u{e4}\u{20ac}|\n",
        &[],
    );
    each_way(
        &lines,
        &[b"ok\nab\xff\n"],
        1,
        "|ok|\n",
        &["not UTF-8 at offset 5", "stdin"],
    );
    let characters = echo("character");
    each_way(&characters, &[b"a\r", b"\nb"], 0, "|a|\n|\n|\n|b|\n", &[]);
    each_way(&characters, &[b"\xf0\x9f\x90", b"\x8d"], 0, "|\u{1f40d}|\n", &[]);
    each_way(&characters, &[b"a\xe2\x82"], 1, "|a|\n", &["not UTF-8 at offset 1"]);
    let numbers = echo("integer");
    each_way(&numbers, &[b" \n\t\n"], 0, "", &[]);
    each_way(&numbers, &[b"1 -2\r\n\r\n+3", b"4\n "], 0, "|1|\n|-2|\n|34|\n", &[]);
    each_way(&numbers, &[b"1\n2\n\n x7\n"], 1, "|1|\n|2|\n", &["stdin, line 4", "x7"]);
    each_way(&numbers, &[b"9223372036854775808"], 1, "", &["9223372036854775808"]);
    let reals = echo("real");
    each_way(&reals, &[b"1 2.5e3\n-.5"], 0, "|1.0|\n|2500.0|\n|-0.5|\n", &[]);
    each_way(&reals, &[b"nan"], 1, "", &["line 1", "nan"]);
    let cards = "c : (1..4) character; *[ stdin ? c -> stdout ! c; stdout ! '|' ]";
    each_way(cards, &[b"ab\r\n\nabcd"], 0, "ab  \n|    \n|abcd\n|", &[]);
    each_way(
        cards,
        &[b"ab\nabcde\n"],
        1,
        "ab  \n|",
        &["stdin, line 2", "5 characters"],
    );
    let mixed = "n : integer; s : string; c : character; \
                 stdin ? n; stdin ? s; stdin ? c; stdin ? n; stdin ? s; {print(`${n}${s}${c}`)}";
    each_way(mixed, &[b"1 rest\nx\n  5", b"6 end\n"], 0, "56 endx\n", &[]);
}

#[test]
fn every_type_goes_out() {
    let program = "c : (1..3) character; s : string; *[ stdin ? c -> skip ]; \
                   stdout ! 1; stdout ! 2.0; stdout ! true; stdout ! 'a'; stdout ! \"b\"; stdout ! c; stdout ! 'x'; {print(\"y\")}";
    each_way(program, &[b"q"], 0, "1\n2.0\ntrue\nab\nq  \nxy\n", &[]);
}

#[test]
fn several_readers_share_one_position() {
    let program = "[[ R(i:1..3) :: n : integer; *[ stdin ? n -> sum ! n ] \
                   || sum :: t, n : integer; *[ (i:1..3) R(i) ? n -> t := t + n ]; {print(t)} ]]";
    each_way(program, &[b"1 2 3 4", b"5 6\n7 ", b"8"], 0, "72\n", &[]);
}

#[test]
fn guards_on_streams_among_others() {
    let program = "[[ a :: after 1; b ! 5 || b :: n, t : integer; s : string; \
                   *[ a ? n -> t := t + n [] stdin ? s -> t := t + 100 ]; {print(t)} ]]";
    each_way(program, &[b"x\n", b"y"], 0, "205\n", &[]);
    // a guard at the end of its input has failed, and the timer decides
    each_way(
        "s : string; *[ stdin ? s -> {print(s)} ]; [ stdin ? s -> skip [] after 1 -> {print(\"late\")} ]",
        &[b"x"],
        0,
        "x\nlate\n",
        &[],
    );
    each_way("s : string; [ stdin ? s -> skip ]", &[b""], 1, "", &["stdin"]);
}

#[test]
fn bound_files() {
    let program = "extern f(i:1..2); extern g; s : string; \
                   *[ f(1) ? s -> g ! s ]; *[ f(2) ? s -> g ! s ]";
    let place = Place::new(program)
        .with("a.txt", "\u{feff}one\r\ntwo")
        .with("b.txt", "");
    let bind =
        |one: &'static str, out: &'static str| place.run(&["--bind", one, "--bind", "f(2)=b.txt", "--bind", out], &[]);
    assert_eq!(bind("f( 1 )=a.txt", "g=out.txt").status, 0);
    assert_eq!(place.text("out.txt"), "one\ntwo\n");
    // nothing is emptied before all is known to be right
    for (one, out, says) in [
        ("f(1)=missing.txt", "g=out.txt", "missing.txt"),
        ("f(1)=.", "g=out.txt", "directory"),
        ("f(3)=a.txt", "g=out.txt", "f(1)"),
        ("f(1)=a.txt", "g=.", "directory"),
        ("f(1)=a.txt", "g=a.txt", "overwrite"),
        ("f(1)=a.txt", "g=./b.txt", "overwrite"),
        ("f(1)=a.txt", "h=out.txt", "g is not bound"),
    ] {
        let ran = bind(one, out);
        assert!(ran.status == 2 && ran.err.contains(says), "{one} {out} {ran:?}");
    }
    assert_eq!(place.text("out.txt"), "one\ntwo\n");
    assert!(place.text("a.txt").ends_with("two"));
}

#[test]
fn bounds_of_an_extern_come_from_params() {
    let program = "param n : integer = 1; extern f(i:1..n); s : string; *(i:1..n)[ f(i) ? s; {print(s)} ]";
    let place = Place::new(program).with("a.txt", "x\n");
    let ran = place.run(&["--set", "n=2", "--bind", "f(1)=a.txt", "--bind", "f(2)=a.txt"], &[]);
    assert_eq!((ran.status, ran.out.as_str()), (0, "x\nx\n"), "{}", ran.err);
    let ran = place.run(&["--set", "n=2", "--bind", "f(1)=a.txt"], &[]);
    assert!(ran.status == 2 && ran.err.contains("f(2)"), "{ran:?}");
}

#[test]
fn one_file_with_two_names() {
    let place = Place::new("extern f, g; *(i:1..3)[ f ! i; g ! \"and\" ]");
    let ran = place.run(&["--bind", "f=o.txt", "--bind", "g=o.txt"], &[]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert_eq!(place.text("o.txt"), "1\nand\n2\nand\n3\nand\n");
}

#[test]
fn files_that_only_definitions_use() {
    let program = "extern f, g; process COPY(a, b : process) :: s : string; *[ a ? s -> b ! s ] end COPY(f, g)";
    let place = Place::new(program).with("a.txt", "1\n2\n").with("o.txt", "old");
    let ran = place.run(&["--bind", "f=a.txt", "--bind", "g=o.txt"], &[]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert_eq!(place.text("o.txt"), "1\n2\n");
}

#[test]
fn what_a_file_cannot_carry_is_wrong_usage() {
    for (program, says) in [
        ("extern f; n : integer; f ? card(n); {print(n)}", "structured"),
        ("extern f; v : any; f ? v; {print(v)}", "not known"),
        ("extern f; f ? _", "not known"),
        ("extern f; b : boolean; f ? b; {print(b)}", "booleans"),
        ("extern f; a : (1..2) integer; f ? a; {print(a[1])}", "arrays"),
        ("extern f; f ! pair(1, 2)", "structured"),
        (
            "extern f; n : integer; *[ f ? in_(n) -> {print(n)} [] f ? out() -> skip ]",
            "structured",
        ),
    ] {
        let ran = Place::new(
            &format!("{{print(\"began\")}}; {program}")
                .replace("{print(\"began\")}; extern f;", "extern f; {print(\"began\")};"),
        )
        .with("a.txt", "1\n")
        .run(&["--bind", "f=a.txt"], &[]);
        assert!(
            ran.status == 2 && ran.out.is_empty() && ran.err.contains(says),
            "{program}\n{ran:?}"
        );
    }
}

#[test]
fn a_long_line_in_many_pieces() {
    let place = Place::new("s : string; n : integer; *[ stdin ? s -> n := {n + s.len()} ]; {print(n)}");
    let piece = vec![b'x'; 1 << 16];
    let pieces: Vec<&[u8]> = (0..256).map(|_| piece.as_slice()).collect();
    let ran = place.run(&[], &pieces);
    assert_eq!((ran.status, ran.out.as_str()), (0, "16777216\n"), "{}", ran.err);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_failure() {
    for program in [
        "{print(1)}",
        "stdout ! 'c'",
        "*(i:1..100000)[ stdout ! \"some text\" ]",
        "[[ *(i:1..100000)[ {print(i)} ] || *(i:1..100000)[ stdout ! i ] ]]",
    ] {
        let place = Place::new(program);
        let full = std::fs::File::create("/dev/full").expect("it is there");
        let mut command = Command::new(env!("CARGO_BIN_EXE_hydra-vm"));
        command
            .args(["run", "p.csp"])
            .current_dir(&place.0)
            .stdin(Stdio::null());
        let child = command.stdout(full).stderr(Stdio::piped()).spawn().expect("it starts");
        let ran = ended(child);
        assert!(
            ran.status == 1 && ran.err.contains("stdout") && ran.err.contains("space"),
            "{program}\n{ran:?}"
        );
    }
    let ran = Place::new("extern f; f ! 1").run(&["--bind", "f=/dev/full"], &[]);
    assert!(ran.status == 1 && ran.err.contains("/dev/full"), "{ran:?}");
}

#[test]
fn a_reader_that_goes_away_ends_the_run_quietly() {
    for program in [
        "n : integer; *[ true -> n := n + 1; stdout ! n ]",
        "{ let n = 0; loop { n += 1; print(n) } }",
    ] {
        let place = Place::new(program);
        let mut child = place.start(&[]);
        let mut first = [0; 4];
        let mut out = child.stdout.take().expect("piped");
        out.read_exact(&mut first).expect("there is output");
        drop(out);
        let ran = ended(child);
        assert!(ran.status == 0 && ran.err.is_empty(), "{program}\n{ran:?}");
        assert_eq!(&first, b"1\n2\n");
    }
}

#[test]
fn what_was_printed_appears_however_the_run_ends() {
    for (program, arguments, status) in [
        ("{print(\"p\")}; {throw \"t\"}", &[][..], 1),
        (
            "{print(\"p\")}; [[ a :: b ! 1 || b :: n : integer; a ? n; a ? n ]]",
            &[],
            1,
        ),
        (
            "{print(\"p\")}; [[ a :: n : integer; b ? n; b ! n || b :: n : integer; a ? n; a ! n ]]",
            &[],
            3,
        ),
        ("{print(\"p\")}; *[ true -> skip ]", &["--max-steps", "100000"], 4),
        ("{print(\"p\")}; {loop {}}", &["--max-steps", "100000"], 4),
        ("{print(\"p\")}; *[ true -> skip ]", &["--timeout", "50ms"], 4),
        ("{print(\"p\")}; {loop {}}", &["--timeout", "50ms"], 4),
        ("{print(\"p\")}; s : string; stdin ? s; stdin ? s", &[], 1),
        (
            "{print(\"p\")}; *[ true -> after 1; stdout ! \"0123456789\" ]",
            &["--max-output", "10"],
            4,
        ),
    ] {
        let ran = Place::new(program).run(arguments, &[b"x"]);
        assert_eq!(
            (ran.status, ran.out.as_str()),
            (status, "p\n"),
            "{program}\n{}",
            ran.err
        );
        assert!(!ran.err.is_empty(), "{program}");
    }
}

/// Programs that want more memory than they may have.
const GREEDY: [&str; 9] = [
    "s : string := \"0123456789\"; *[ true -> s := s + s ]",
    "s : any; {s = []; let t = \"x\"; t.pad(100000, 'x'); loop { s.push(t + s.len()) }}",
    "{let s = \"0123456789\"; loop { s += s }}",
    "a : (1..10000, 1..10000) integer; a(1, 1) := 1; {print(a[1][1])}",
    "v : any := {[0]}; *[ true -> v := {[v, v, 1]} ]",
    "process P(n : integer) :: a : (1..1000) integer; a(1) := n; [[ P(n + 1) || {let b = a[1];} ]]; {print(a[1])} end P(0)",
    "[[ P(i:1..100000000) :: after 100000; {print(i)} ]]",
    "process P(n : integer) :: [[ P(n + 1) || P(n + 1) ]] end P(0)",
    "process P(n : integer) :: P(n + 1); {print(n)} end P(0)",
];

#[test]
fn memory_is_limited() {
    for program in GREEDY {
        let place = Place::new(
            &format!("{{print(\"before\")}}; {program}")
                .replace("{print(\"before\")}; process P(n : integer)", "process P(n : integer)"),
        );
        let ran = place.run(&["--max-memory", "64M"], &[]);
        assert_eq!(ran.status, 4, "{program}\n{}", ran.err);
        assert!(ran.err.contains("limit reached"), "{program}\n{}", ran.err);
        assert!(
            ran.out == "before\n" || program.starts_with("process"),
            "{program}\n{ran:?}"
        );
    }
}

#[test]
fn processes_and_steps_are_limited() {
    for (program, limit, says) in [
        (
            "[[ P(i:1..1000) :: after 1 ]]",
            ["--max-processes", "100"],
            "--max-processes",
        ),
        (
            "process P(n : integer) :: [[ P(n + 1) || skip ]] end P(0)",
            ["--max-processes", "100"],
            "--max-processes",
        ),
        (
            "[[ a :: *[ true -> b ! 1 ] || b :: *[ a ? _ -> skip ] ]]",
            ["--max-steps", "10000"],
            "--max-steps",
        ),
        (
            "{let n = 0; while true { n += 1 }}",
            ["--max-steps", "1000000"],
            "p.csp:1:",
        ),
        ("*[ true -> stdout ! 'c' ]", ["--max-output", "1K"], "--max-output"),
        ("{loop { print(\"c\") }}", ["--max-output", "1K"], "--max-output"),
    ] {
        let ran = Place::new(program).run(&limit, &[]);
        assert!(ran.status == 4 && ran.err.contains(says), "{program}\n{ran:?}");
    }
}

#[test]
fn deep_recursion_in_braces_is_a_failure() {
    let ran = Place::new("_include{ fn f(n) { 1 + f(n + 1) } } {print(f(0))}").run(&[], &[]);
    assert!(ran.status == 1 && ran.err.contains("nested too deep"), "{ran:?}");
}

#[test]
fn a_time_limit_ends_a_run_that_hangs_in_a_write() {
    // nobody reads, and nobody closes: the pipe is full soon
    let place = Place::new("*[ true -> {print(\"a line that nobody reads\")} ]");
    let mut child = place.start(&["--timeout", "100ms"]);
    let out = child.stdout.take();
    assert_eq!(ended(child).status, 4);
    drop(out);
}

#[cfg(unix)]
mod signals {
    use super::{Place, ended};
    use std::io::Read;
    use std::process::Command;

    /// Signals a program once it has printed that it is ready.
    fn signalled(program: &str, arguments: &[&str], signal: &str) -> super::Ran {
        let place = Place::new(program);
        let mut child = place.start(arguments);
        // kept open: who reads it waits
        let _stdin = child.stdin.take();
        let mut out = child.stdout.take().expect("piped");
        let mut ready = [0; 6];
        // on the error output each line is seen at once, on the other before the program waits
        let read = match (program.contains("stderr"), child.stderr.as_mut()) {
            (true, Some(err)) => err.read_exact(&mut ready),
            _ => out.read_exact(&mut ready),
        };
        read.expect("it says that it is ready");
        assert_eq!(&ready, b"ready\n", "{program}");
        let kill = Command::new("kill").args([signal, &child.id().to_string()]).status();
        assert!(kill.expect("there is kill").success());
        let mut rest = String::new();
        let _ = out.read_to_string(&mut rest);
        let mut ran = ended(child);
        ran.out = rest;
        ran
    }

    const READY: &str = "stdout ! \"printed\"; stderr ! \"ready\";";

    #[test]
    fn end_a_run_with_a_report() {
        for (signal, status) in [("-TERM", 143), ("-INT", 130)] {
            for program in [
                "s : string; stdin ? s; {print(s)}",
                "after 10000000",
                "[[ a :: b ! 1 || b :: after 10000000; a ? _ ]]",
                "[[ *[ true -> skip ] || *[ true -> skip ] || *[ true -> skip ] ]]",
                "[[ {loop {}} || {loop {}} ]]",
                // each waits for the other
                "[[ a :: n : integer; b ? n; b ! n || b :: n : integer; a ? n; a ! n || after 10000000 ]]",
            ] {
                let program = format!("{READY} {program}");
                let ran = signalled(&program, &["--workers", "2"], signal);
                let printed = (ran.status, ran.out.as_str());
                assert_eq!(printed, (status, "printed\n"), "{program}\n{}", ran.err);
                // who waits for whom depends on how far it had come
                assert!(ran.err.contains("interrupted"), "{program}\n{}", ran.err);
            }
        }
    }

    #[test]
    fn end_a_run_with_a_seed_that_waits_for_input() {
        let program = "s : string; stdout ! \"ready\"; stdin ? s; {print(s)}";
        let ran = signalled(program, &["--seed", "1"], "-TERM");
        assert!(ran.status == 143 && ran.err.contains("stdin"), "{ran:?}");
        let program = "s : string; stdout ! \"ready\"; [ stdin ? s -> {print(s)} [] after 1 -> skip ]";
        let ran = signalled(program, &["--seed", "1"], "-TERM");
        assert_eq!(ran.status, 143, "{}", ran.err);
    }

    #[test]
    fn a_line_is_seen_before_the_program_waits_while_another_computes() {
        let program = "[[ s : string; stdout ! \"ready\"; stdin ? s || *[ true -> skip ] ]]";
        let ran = signalled(program, &["--workers", "2"], "-TERM");
        assert_eq!(ran.status, 143, "{}", ran.err);
    }
}

/// A pipe that nobody writes to yet holds up the input from it, and neither the start of the run nor the other processes.
#[cfg(unix)]
#[test]
fn a_bound_pipe_is_opened_by_who_waits_for_it() {
    let place = Place::new(
        "extern pipe;
         [[ a :: line : string; *[ pipe ? line -> {print(line)} ] || b :: {print(\"meanwhile\")} ]]",
    );
    let made = Command::new("mkfifo")
        .arg(place.0.join("pipe"))
        .status()
        .expect("mkfifo runs");
    assert!(made.success());
    let mut child = place.start(&["--bind", "pipe=pipe", "--workers", "1"]);
    let mut out = std::io::BufReader::new(child.stdout.take().expect("piped"));
    let mut line = String::new();
    // it is flushed, for the program waits for the outside
    std::io::BufRead::read_line(&mut out, &mut line).expect("it prints");
    assert_eq!(line, "meanwhile\n");
    std::fs::write(place.0.join("pipe"), "hello\n").expect("somebody reads it");
    let mut rest = String::new();
    out.read_to_string(&mut rest).expect("it prints");
    assert_eq!(rest, "hello\n");
    assert!(child.wait().expect("it ends").success());
}

/// What is allowed and the arguments belong to the command that repeats a run.
#[test]
fn what_is_allowed_is_named_and_repeated() {
    let place = Place::new(
        "import \"std/files\"; import \"std/environment\";
         [[ a :: ARGUMENTS(s) || s :: path : string; *[ a ? path -> {print(path)} ]; after 1; {throw \"enough\"} ]]",
    );
    let ran = place.run(
        &["--seed", "7", "--allow", "fs,env", "--", "one", "two words", "--seed"],
        &[],
    );
    assert_eq!((ran.status, ran.out.as_str()), (1, "one\ntwo words\n--seed\n"));
    let command = "hydra-vm run p.csp --seed 7 --allow fs,env -- one 'two words' --seed";
    assert!(
        ran.err.contains(&format!("this run is repeated by: {command}\n")),
        "{}",
        ran.err
    );
    let ran = place.run(&["--allow", "fs,everything"], &[]);
    assert_eq!(ran.status, 2);
    assert!(
        ran.err
            .contains("there is no `everything`; fs (files), net (the network) and env"),
        "{}",
        ran.err
    );
    let ran = place.run(&["one"], &[]);
    assert_eq!(ran.status, 2, "an argument without -- is none");
    // each flag alone allows what it names
    let place = Place::new("import \"std/files\"; [[ w :: WRITE_LINES(\"made\", s) || s :: w ! \"text\" ]]");
    let ran = place.run(&["--allow", "net", "--allow", "env"], &[]);
    assert_eq!(ran.status, 1);
    assert!(
        ran.err
            .contains("files are not allowed for this program: allow it with --allow fs"),
        "{}",
        ran.err
    );
    assert!(!place.0.join("made").exists());
    assert_eq!(place.run(&["--allow", "net", "--allow", "fs"], &[]).status, 0);
    assert_eq!(place.text("made"), "text\n");
}
