//! Files by name, the environment, and what is allowed: the processes of the outside that need no network.

use hydra_vm::{Captured, Engine, ErrorKind, Outcome, Permission, Program, Run, Status};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder of its own; gone when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("hydra-files-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        Folder(folder)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    fn with(self, name: &str, bytes: impl AsRef<[u8]>) -> Folder {
        std::fs::write(self.0.join(name), bytes).expect("a file can be written");
        self
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.0.join(name)).expect("it can be read")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn program(text: &str) -> Program {
    let text = format!(
        "import \"std/files\"; import \"std/environment\"; param a : string = \"\"; param b : string = \"\";\n{text}"
    );
    Program::compile("files.csp", &text).unwrap_or_else(|problem| panic!("{problem}"))
}

/// Runs a program with two paths, in each of the ways.
fn everywhere(text: &str, a: &str, b: &str, check: impl Fn(&str)) {
    let program = program(text);
    for (workers, seed) in [(1, None), (2, None), (8, None), (1, Some(3))] {
        let printed = Captured::default();
        let mut run = Run::new(&program)
            .set("a", a)
            .set("b", b)
            .allow([Permission::Files])
            .workers(workers);
        if let Some(seed) = seed {
            run = run.seed(seed);
        }
        let outcome = run.stdout(printed.clone()).run().expect("it starts");
        outcome.finished().unwrap_or_else(|problem| panic!("{problem}"));
        check(&printed.text());
    }
}

fn fails(text: &str, a: &str) -> String {
    let program = program(text);
    let outcome = Run::new(&program)
        .set("a", a)
        .allow([Permission::Files])
        .run()
        .expect("it starts");
    assert_eq!(outcome.status, Status::Failure);
    outcome.finished().expect_err("it fails").to_string()
}

#[test]
fn what_is_written_is_read_again() {
    let folder = Folder::new();
    let path = folder.path("lines.txt");
    everywhere(
        "[[ w :: WRITE_LINES(a, s) || s :: *(k:1..3000)[ w ! \"line \" + k ] ]];
         [[ w :: APPEND_LINES(a, s) || s :: w ! \"the last\" ]];
         [[ r :: READ_LINES(a, t) || t :: l, last : string; n : integer; *[ r ? l -> n := n + 1; last := l ]; {print(n + last)} ]];
         [[ r :: READ_CHARACTERS(a, t) || t :: c : character; n : integer; *[ r ? c -> n := n + 1 ]; {print(n)} ]]",
        &path,
        "",
        |printed| {
            let length: usize = (1..=3000).map(|k| format!("line {k}\n").len()).sum();
            assert_eq!(printed, format!("3001the last\n{}\n", length + "the last\n".len()));
        },
    );
    everywhere(
        "[[ w :: WRITE_CHARACTERS(a, s) || s :: w ! 'h'; w ! 'ö'; w ! '\\n' ]];
         [[ r :: READ_WHOLE(a, t) || t :: s : string; [ r ? value(s) -> {print(s)} [] r ? refused(s) -> {throw s} ] ]]",
        &path,
        "",
        |printed| assert_eq!(printed, "hö\n\n"),
    );
}

#[test]
fn a_copy_is_the_same_to_the_byte() {
    let bytes: Vec<u8> = (0..300_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 23) as u8)
        .collect();
    let folder = Folder::new()
        .with("a", &bytes)
        .with("b", "what was there before, and is longer".repeat(100_000));
    let (a, b) = (folder.path("a"), folder.path("b"));
    everywhere(
        "[[ r :: READ_BLOCKS(a, 1000, w) || w :: WRITE_BLOCKS(b, r) ]]",
        &a,
        &b,
        |_| {
            assert!(folder.bytes("b") == bytes);
        },
    );
}

#[test]
fn numbers_are_read_as_an_extern_reads_them() {
    let folder = Folder::new().with("n", "1 2\n-3").with("x", "1.5 2e3\n4");
    let (a, b) = (folder.path("n"), folder.path("x"));
    everywhere(
        "[[ n :: READ_INTEGERS(a, sum) || x :: READ_REALS(b, sum)
         || sum :: i, j : integer; *[ n ? i -> j := j + i ]; {print(j)}; r, s : real; *[ x ? r -> s := s + r ]; {print(s)} ]]",
        &a,
        &b,
        |printed| assert_eq!(printed, "0\n2005.5\n"),
    );
    let wrong = Folder::new().with("n", "1\n2 x");
    let said = fails(
        "[[ n :: READ_INTEGERS(a, s) || s :: i : integer; *[ n ? i -> skip ] ]]",
        &wrong.path("n"),
    );
    assert!(said.contains("n, line 2: \"x\" is no integer"), "{said}");
}

#[test]
fn what_cannot_be_read_or_written_is_a_failure_that_names_it() {
    let folder = Folder::new().with("latin", b"caf\xe9\n");
    let reads = "[[ r :: READ_LINES(a, s) || s :: l : string; *[ r ? l -> skip ] ]]";
    let missing = folder.path("missing");
    let said = fails(reads, &missing);
    assert!(said.contains(&format!("cannot read {missing}: No such file")), "{said}");
    assert!(
        said.contains("files.csp:2:9: note: in this instance of READ_LINES"),
        "{said}"
    );
    assert!(fails(reads, &folder.path("")).contains("is a directory"));
    assert!(fails(reads, &folder.path("latin")).contains("latin: not UTF-8 at offset 3"));
    let writes = "[[ w :: WRITE_LINES(a, s) || s :: w ! \"text\" ]]";
    let said = fails(writes, &folder.path("no/such/folder"));
    assert!(
        said.contains("cannot write ") && said.contains("No such file"),
        "{said}"
    );
    let bytes = "[[ w :: WRITE_BLOCKS(a, s) || s :: w ! {[1, 256]} ]]";
    assert!(fails(bytes, &folder.path("b")).contains("256 is no byte"));
    if cfg!(target_os = "linux") {
        // a full disk is found at the latest when all should be written
        assert!(fails(writes, "/dev/full").contains("cannot write /dev/full: No space left"));
        let much = "[[ w :: WRITE_LINES(a, s) || s :: *(k:1..1000000)[ w ! \"text\" ] ]]";
        assert!(fails(much, "/dev/full").contains("cannot write /dev/full: No space left"));
    }
}

/// What a program had output before it failed is in the file.
#[test]
fn a_failure_elsewhere_loses_nothing_that_was_written() {
    let folder = Folder::new();
    let path = folder.path("log");
    let said = fails(
        "[[ w :: WRITE_LINES(a, s) || s :: *(k:1..1000)[ w ! \"entry \" + k ]; {throw \"enough\"} ]]",
        &path,
    );
    assert!(said.contains("enough"), "{said}");
    let log = String::from_utf8(folder.bytes("log")).expect("it is text");
    // the last one may still have been in the hands of WRITE_LINES
    assert!(log.lines().count() >= 999, "{} lines", log.lines().count());
}

/// Each instance has a file of its own, also where one definition has many at the same time, and leaves nothing behind.
#[test]
fn many_files_are_open_at_the_same_time_and_none_afterwards() {
    let folder = Folder::new();
    for number in 0..100 {
        std::fs::write(folder.0.join(format!("f{number}")), format!("{number}\n").repeat(100))
            .expect("it can be written");
    }
    let open = || std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    let engine = Engine::new(2).expect("it starts");
    let program = program(
        "[[ file(i:0..99) :: *(k:1..20)[ [[ r :: READ_INTEGERS(a + i, t)
         || t :: n, m : integer; *[ r ? n -> [ n = i -> m := m + 1 ] ]; [ m = 100 -> skip ] ]] ] ]]",
    );
    let run = || Run::new(&program).set("a", folder.path("f")).allow([Permission::Files]);
    run()
        .run_on(&engine, |_| {})
        .expect("it starts")
        .finished()
        .expect("it ends");
    let before = open();
    for _ in 0..5 {
        run()
            .run_on(&engine, |_| {})
            .expect("it starts")
            .finished()
            .expect("it ends");
    }
    // other tests of this process have files, too
    assert!(open() < before + 100, "{before} files were open, and now {}", open());
}

/// A pipe that nobody writes to holds up neither the other processes nor the end of the run, and its reader is not dead.
#[cfg(unix)]
#[test]
fn a_pipe_is_waited_for_without_a_worker() {
    let folder = Folder::new();
    let pipe = folder.path("pipe");
    let made = std::process::Command::new("mkfifo")
        .arg(&pipe)
        .status()
        .expect("mkfifo runs");
    assert!(made.success());
    let text = "[[ r :: READ_LINES(a, s) || s :: l : string; *[ r ? l -> {print(l)} ] || other :: after 50; {print(\"other\")} ]]";
    let program = program(text);
    let printed = Captured::default();
    let run = || {
        Run::new(&program)
            .set("a", pipe.as_str())
            .allow([Permission::Files])
            .workers(1)
    };
    let running = run().stdout(printed.clone()).start().expect("it starts");
    while printed.text().is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    std::fs::write(&pipe, "hello\n").expect("somebody reads it");
    running.wait().finished().expect("it ends");
    assert_eq!(printed.text(), "other\nhello\n");
    let running = run().start().expect("it starts");
    running.cancel();
    assert_eq!(running.wait().status, Status::Cancelled);
}

/// A program that has a file and can never go on is dead all the same.
#[test]
fn an_open_file_does_not_hide_a_deadlock() {
    let folder = Folder::new().with("f", "one\ntwo\n");
    let text = "[[ r :: READ_LINES(a, s) || s :: l : string; r ? l; t ? l; t ! l || t :: l : string; s ? l; s ! l ]]";
    let program = program(text);
    for workers in [1, 2] {
        let run = Run::new(&program)
            .set("a", folder.path("f"))
            .allow([Permission::Files])
            .workers(workers);
        let outcome = run.run().expect("it starts");
        assert_eq!(outcome.status, Status::Deadlock);
    }
}

#[test]
fn nothing_is_allowed_that_was_not_allowed() {
    let refused = |text: &str, allowed: &[Permission]| -> Outcome {
        let program = Program::compile("outside.csp", text).unwrap_or_else(|problem| panic!("{problem}"));
        // what counts is the bytecode, whoever has made it
        let loaded = Program::load(&program.bytes()).expect("it can be loaded");
        Run::new(&loaded)
            .allow(allowed.iter().copied())
            .run()
            .expect("it starts")
    };
    let texts = [
        (
            Permission::Files,
            "import \"std/files\"; [[ r :: READ_WHOLE(\"f\", s) || s :: x : any; r ? x ]]",
            "files are",
        ),
        (
            Permission::Files,
            "import \"std/files\"; [[ w :: WRITE_LINES(\"f\", s) || s :: skip ]]",
            "files are",
        ),
        (
            Permission::Network,
            "import \"std/net\"; [[ c :: TRY_CONNECT(\"127.0.0.1:1\", s) || s :: x : any; c ? x ]]",
            "the network is",
        ),
        (Permission::Network, "import \"std/net\"; HANG_UP(1)", "the network is"),
        (
            Permission::Environment,
            "import \"std/environment\"; [[ v :: VARIABLE(\"PATH\", s) || s :: x : string; *[ v ? x -> skip ] ]]",
            "the environment is",
        ),
    ];
    for (needed, text, what) in texts {
        let others: Vec<Permission> = Permission::ALL.into_iter().filter(|one| *one != needed).collect();
        let error = refused(text, &others).finished().expect_err("it is not allowed");
        assert_eq!(error.kind(), ErrorKind::Failure);
        let said = error.to_string();
        let wanted = format!("{what} not allowed for this program: allow it with --allow {needed}");
        assert!(said.contains(&wanted), "{said}");
        assert!(!std::path::Path::new("f").exists());
    }
}

#[test]
fn an_engine_allows_for_all_its_runs() {
    let program = program("[[ v :: VARIABLE(\"PATH\", s) || s :: x : string; *[ v ? x -> {print(x)} ] ]]");
    let engine = Engine::builder()
        .workers(1)
        .allow([Permission::Environment])
        .build()
        .expect("it starts");
    let printed = Captured::default();
    let run = Run::new(&program).stdout(printed.clone());
    run.start_on(&engine)
        .expect("it starts")
        .wait()
        .finished()
        .expect("it is allowed");
    assert_eq!(printed.text().trim_end(), std::env::var("PATH").expect("there is one"));
}

#[test]
fn arguments_come_one_by_one_and_a_variable_that_is_not_there_is_no_value() {
    let program = program(
        "[[ a :: ARGUMENTS(s) || v :: VARIABLE(\"HYDRA_HAS_NO_SUCH=\", s)
         || s :: x : string; n : integer; *[ a ? x -> n := n + 1; {print(`${n} ${x}`)} ]; *[ v ? x -> {print(x)} ] ]]",
    );
    let printed = Captured::default();
    let run = Run::new(&program)
        .arguments(["one", "two words"])
        .allow([Permission::Environment]);
    run.stdout(printed.clone())
        .run()
        .expect("it starts")
        .finished()
        .expect("it ends");
    assert_eq!(printed.text(), "1 one\n2 two words\n");
}

/// A run that is stepped has nobody else who could wait for its files.
#[test]
fn a_stepped_run_reads_files() {
    let folder = Folder::new().with("f", "1 2 3");
    let program =
        program("[[ r :: READ_INTEGERS(a, s) || s :: n, m : integer; *[ r ? n -> m := m + n ]; {print(m)} ]]");
    let printed = Captured::default();
    let run = Run::new(&program)
        .set("a", folder.path("f"))
        .allow([Permission::Files])
        .stdout(printed.clone());
    let stepper = run.stepped().expect("it starts");
    stepper.finish().finished().expect("it ends");
    assert_eq!(printed.text(), "6\n");
}
