//! What comes from outside is in a trace, too: files by name, connections, the environment, and values of the application. A replay
//! needs none of these, and writes nothing outwards but its standard outputs.

#![cfg(unix)]

#[path = "support/traces.rs"]
mod traces;

use hydra_vm::{Binding, Captured, ErrorKind, Limits, Outcome, Permission, Program, Recording, Run, Status, Trace};
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use traces::{blocks, seal};

/// A folder of its own; gone when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("hydra-again-{}-{number}", std::process::id()));
        std::fs::create_dir_all(folder.join("there")).expect("a folder can be made");
        Folder(folder)
    }

    fn put(&self, name: &str, text: &str) {
        std::fs::write(self.0.join(name), text).expect("a file can be written");
    }

    /// The command, with an environment of its own.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hydra-vm"));
        command.args(arguments).current_dir(&self.0).env_clear();
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Repeats the recorded run where nothing is but the trace.
    fn replay(&self) -> Output {
        let files = std::fs::read_dir(&self.0).expect("it can be read").flatten();
        for file in files.filter(|file| file.file_name() != "t.hbt") {
            let path = file.path();
            let gone = std::fs::remove_file(&path).or_else(|_| std::fs::remove_dir_all(&path));
            gone.expect("it can be removed");
        }
        let again = self.command(&["replay", "t.hbt", "--timeout", "50s"]).output();
        let left: Vec<_> = (std::fs::read_dir(&self.0).expect("it can be read").flatten())
            .map(|file| file.file_name())
            .collect();
        assert_eq!(left, ["t.hbt"], "a replay writes no file");
        again.expect("it runs")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn assert_same(one: &Output, other: &Output) {
    let seen = |output: &Output| (output.status.code(), text(&output.stdout), text(&output.stderr));
    assert_eq!(seen(one), seen(other));
}

const FILES: &str = "
    import \"std/files\";
    [[ in :: READ_LINES(\"in.txt\", out) || blocks :: READ_BLOCKS(\"in.txt\", 3, show) || whole :: READ_WHOLE(\"none\", show)
    || numbers(i:1..3) :: READ_INTEGERS(\"numbers.txt\", show)
    || out :: line : string; *[ in ? line -> copy ! line; show ! line ]
    || copy :: WRITE_LINES(\"there/copy.txt\", out)
    || show :: line : string; block : any; why : string; n, sum : integer;
       *[ out ? line -> {print(line)}
       [] blocks ? block -> {print(block)}
       [] (i:1..3) numbers(i) ? n -> sum := sum + i * n; {print(`${i} ${n}`)}
       [] whole ? refused(why) -> {print(why)} [] whole ? value(line) -> {print(line)}
       ]; {print(sum)}
    ]]";

#[test]
fn files_are_read_again_when_they_are_gone() {
    for workers in ["1", "2", "8", "2"] {
        let folder = Folder::new();
        folder.put("p.csp", FILES);
        folder.put("in.txt", "one\ntwo √\n\nlast");
        folder.put("numbers.txt", "1 -2 300000000000");
        let arguments = [
            "run",
            "p.csp",
            "--allow",
            "fs",
            "--record",
            "t.hbt",
            "--workers",
            workers,
        ];
        let one = folder.command(&arguments).output().expect("it runs");
        assert_eq!(one.status.code(), Some(0), "{}", text(&one.stderr));
        assert!(text(&one.stdout).contains("cannot read none"), "{}", text(&one.stdout));
        let copy = std::fs::read_to_string(folder.0.join("there/copy.txt"));
        assert_eq!(copy.expect("it was written"), "one\ntwo √\n\nlast\n");
        assert_same(&one, &folder.replay());
    }
}

#[test]
fn failures_of_the_outside_are_repeated() {
    let read =
        "import \"std/files\"; [[ f :: READ_INTEGERS(\"in.txt\", s) || s :: n : integer; *[ f ? n -> {print(n)} ] ]]";
    let write = "import \"std/files\"; [[ f :: WRITE_LINES(\"nowhere/at/all\", s) || s :: *(i:1..9)[ {print(i)}; f ! \"x\" ] ]]";
    let cases: [(&str, &[&str], &str); 3] = [
        (read, &["--allow", "fs"], "is no integer"),
        (write, &["--allow", "fs"], "cannot write nowhere/at/all"),
        (read, &[], "files are not allowed for this program"),
    ];
    for (program, arguments, says) in cases {
        for workers in ["1", "2", "8"] {
            let folder = Folder::new();
            folder.put("p.csp", program);
            folder.put("in.txt", "1 two");
            let all = [&["run", "p.csp", "--record", "t.hbt", "--workers", workers], arguments].concat();
            let one = folder.command(&all).output().expect("it runs");
            assert_eq!(one.status.code(), Some(1));
            assert!(text(&one.stderr).contains(says), "{}", text(&one.stderr));
            assert_same(&one, &folder.replay());
        }
    }
}

#[test]
fn the_environment_alarms_and_chance_are_repeated() {
    let program = "
        import \"std/environment\"; import \"std/time\"; import \"std/random\";
        [[ v :: VARIABLE(\"GREETING\", s) || w :: VARIABLE(\"NOT_THERE\", s) || a :: ARGUMENTS(s)
        || alarm :: ALARM(30, s) || beat :: TICKER(7, 3, s) || chance :: DRAW(1, 1000000, draws)
        || draws :: n : integer; *(i:1..3)[ chance ! more(); chance ? n; s ! n ]
        || clock :: CLOCK(1, asks) || asks(i:1..1) :: ms : integer; clock ! now(); clock ? time(ms); s ! ms
        || s :: x : string; n : integer;
           *[ v ? x -> {print(x)} [] w ? x -> {print(\"no\")} [] a ? x -> {print(x)}
           [] alarm ? alarm() -> {print(\"late\")} [] beat ? tick(n) -> {print(`tick ${n}`)}
           [] draws ? n -> {print(n)}
           [] asks(1) ? n -> {print(n)} ]
        ]]";
    for workers in ["1", "2", "8"] {
        let folder = Folder::new();
        folder.put("p.csp", program);
        let arguments = [
            "run",
            "p.csp",
            "--allow",
            "env",
            "--record",
            "t.hbt",
            "--workers",
            workers,
            "--",
            "one",
            "two",
        ];
        let mut command = folder.command(&arguments);
        let one = command.env("GREETING", "hello, √").output().expect("it runs");
        let out = text(&one.stdout);
        assert_eq!(one.status.code(), Some(0), "{}", text(&one.stderr));
        assert!(
            out.contains("hello, √\n") && out.contains("two\n") && out.contains("late"),
            "{out}"
        );
        assert_same(&one, &folder.replay());
    }
}

fn connect(port: u16) -> TcpStream {
    for _ in 0..500 {
        if let Ok(stream) = TcpStream::connect(("127.0.0.1", port)) {
            let patience = Some(Duration::from_secs(60));
            stream.set_read_timeout(patience).expect("there can be one");
            return stream;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("nobody listens at {port}");
}

/// Echoes lines and prints them, in the order in which they come; `stop` ends it by a failure.
const SERVER: &str = "
    import \"std/net\"; param address : string;
    [[ listener :: LISTENER(address, 8, connection)
    || connection(i:1..8) :: socket : integer;
       *[ true -> listener ! more(); listener ? socket;
          [[ in :: RECEIVE_LINES(socket, echo) || out :: SEND_LINES(socket, echo)
          || echo :: line : string; *[ in ? line -> out ! line; log ! line ]
          ]]
       ]
    || log :: line : string; *[ (i:1..8) connection(i) ? line -> {print(line)}; [ line = \"stop\" -> {throw \"stopped\"} [] else -> skip ] ]
    ]]";

/// Several clients talk to a server at the same time; how it ended is its exit status.
fn serve(folder: &Folder, workers: &str, ends: impl FnOnce(u16, u32)) -> Output {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let port = port.expect("there are free ports").port();
    folder.put("p.csp", SERVER);
    let address = format!("address=127.0.0.1:{port}");
    let arguments = [
        "run",
        "p.csp",
        "--allow",
        "net",
        "--record",
        "t.hbt",
        "--workers",
        workers,
        "--set",
        &address,
    ];
    let server = folder.command(&arguments).spawn().expect("it starts");
    let talk = |client: u32| {
        let stream = connect(port);
        let mut lines = BufReader::new(&stream).lines();
        for number in 0..20 {
            writeln!(&stream, "client {client} says {number}").expect("it is there");
            let back = lines.next().expect("a line comes").expect("it is text");
            assert_eq!(back, format!("client {client} says {number}"));
        }
        if client == 2 {
            (&stream).write_all(b"without an end").expect("it is there");
            stream.shutdown(Shutdown::Write).expect("it can");
            assert_eq!(lines.next().map(Result::ok), Some(Some("without an end".into())));
        }
    };
    std::thread::scope(|scope| (0..5).for_each(|client| drop(scope.spawn(move || talk(client)))));
    ends(port, server.id());
    server.wait_with_output().expect("it ends")
}

#[test]
fn a_server_is_repeated_without_its_clients() {
    for workers in ["1", "2", "8"] {
        let folder = Folder::new();
        let one = serve(&folder, workers, |port, _| {
            writeln!(connect(port), "stop").expect("it is there");
        });
        assert_eq!(one.status.code(), Some(1), "{}", text(&one.stderr));
        assert!(text(&one.stderr).contains("stopped"));
        assert_eq!(text(&one.stdout).lines().count(), 102, "{}", text(&one.stdout));
        assert_same(&one, &folder.replay());
        // and by a signal
        let folder = Folder::new();
        let one = serve(&folder, workers, |_, server| {
            std::thread::sleep(Duration::from_millis(100));
            let sent = Command::new("kill").args(["-TERM", &server.to_string()]).status();
            assert!(sent.expect("kill can be run").success());
        });
        assert_eq!(text(&one.stdout).lines().count(), 101, "{}", text(&one.stdout));
        let again = folder.replay();
        assert_eq!(text(&one.stdout), text(&again.stdout));
        assert_eq!(text(&one.stderr), text(&again.stderr));
        assert_eq!(again.status.code(), Some(143));
    }
}

/// Runs a program with values of the application, and repeats it without; both must be the same.
fn again<'r>(program: &str, workers: usize, bind: impl FnOnce(Run<'r>) -> Run<'r>, of: &'r mut Option<Program>) -> Ran {
    let program = of.insert(Program::compile("program.csp", program).unwrap_or_else(|problem| panic!("{problem}")));
    let (trace, out, other) = (Captured::default(), Captured::default(), Captured::default());
    let recording = Recording::new(trace.clone());
    let run = bind(Run::new(program))
        .stdout(out.clone())
        .record(&recording)
        .workers(workers);
    let outcome = run.run().expect("it starts");
    assert_eq!(recording.problem(), None);
    let limits = Limits {
        time: Some(Duration::from_secs(50)),
        ..Limits::default()
    };
    let replay = Trace::read(&trace.bytes()).expect("it is whole").replay();
    let repeated = replay.stdout(other.clone()).limits(limits).run();
    let repeated = repeated.unwrap_or_else(|problem| panic!("{workers} workers: {problem}\n{outcome:?}"));
    assert_eq!(out.text(), other.text());
    assert_eq!((outcome.status, &outcome.report), (repeated.status, &repeated.report));
    if outcome.status == Status::Done {
        let counts = |outcome: &Outcome| (outcome.statistics.processes, outcome.statistics.communications);
        assert_eq!(counts(&outcome), counts(&repeated));
    }
    let trace = trace.bytes();
    let out = out.text();
    Ran { out, trace, outcome }
}

struct Ran {
    out: String,
    trace: Vec<u8>,
    outcome: Outcome,
}

/// Two share a source, one chooses between two more and a delay, and all that is heard goes out again.
const SHARED: &str = "
    extern words, numbers(i:1..2), slow, results;
    [[ a(i:1..2) :: w : string; *[ words ? w -> hub ! w ]
    || c :: n : integer; x : real; late : boolean;
       *[ numbers(1) ? n -> hub ! n [] numbers(2) ? pair(n, x) -> hub ! {`${n} ${x}`}
       [] slow ? n -> hub ! -n
       [] not late; after 3 -> late := true; hub ! \"late\" ]
    || hub :: s : any; *[ (i:1..2) a(i) ? s -> {print(s)}; results ! s [] c ? s -> {print(s)}; results ! s ]
    ]]";

#[test]
fn values_of_the_application_are_repeated() {
    for workers in [1, 2, 8].repeat(5) {
        let (mut place, sent) = (None, Captured::default());
        let mut results = sent.clone();
        let ran = again(
            SHARED,
            workers,
            |run| {
                let mut left = 20;
                let slow = Binding::blocking_source(move || {
                    std::thread::sleep(Duration::from_millis(1));
                    left -= 1;
                    (left > 0).then_some(left)
                });
                let pairs = (1..=50).map(|n: i64| hydra_vm::Data::shape("pair", [n.into(), (0.5 * n as f64).into()]));
                run.bind("words", Binding::iterator((1..=100).map(|n| format!("word {n}"))))
                    .bind("numbers(1)", Binding::stream(futures::stream::iter(1..=50)))
                    .bind("numbers(2)", Binding::iterator(pairs))
                    .bind("slow", slow)
                    .bind(
                        "results",
                        Binding::sink(move |data: hydra_vm::Data| writeln!(results, "{data}")),
                    )
            },
            &mut place,
        );
        assert_eq!(ran.outcome.status, Status::Done, "{:?}", ran.outcome.report);
        assert_eq!(ran.out.lines().count(), 100 + 50 + 50 + 19 + 1);
        assert_eq!(sent.text().lines().count(), 220);
    }
}

#[test]
fn what_a_sink_says_is_repeated() {
    let program = "extern e; [[ a(i:1..3) :: *(j:1..10)[ b ! j ] || b :: n : integer; *[ (i:1..3) a(i) ? n -> {print(n)}; e ! n ] ]]";
    for workers in [1, 2, 8] {
        for slow in [false, true] {
            let mut place = None;
            let mut left = 7;
            let mut take = move |n: i64| {
                left -= 1;
                if left > 0 {
                    Ok(())
                } else {
                    Err(format!("it does not like {n}"))
                }
            };
            let sink = match slow {
                true => Binding::blocking_sink(move |n: i64| take(n)),
                false => Binding::sink(move |n: i64| take(n)),
            };
            let ran = again(program, workers, |run| run.bind("e", sink), &mut place);
            assert_eq!(ran.outcome.status, Status::Failure);
            assert!(
                format!("{:?}", ran.outcome.report).contains("it does not like"),
                "{:?}",
                ran.outcome.report
            );
            assert_eq!(ran.out.lines().count(), 7);
        }
        // a sink that has gone
        let (sender, receiver) = std::sync::mpsc::sync_channel::<i64>(100);
        drop(receiver);
        let mut place = None;
        let ran = again(program, workers, |run| run.bind("e", sender), &mut place);
        let report = format!("{:?}", ran.outcome.report);
        assert!(report.contains("which has terminated"), "{report}");
    }
}

#[test]
fn what_a_source_says_is_repeated() {
    for workers in [1, 2, 8] {
        let fails = "extern e; n : integer; *[ e ? n -> {print(n)} ]";
        let chooses = "extern e, f; n : integer; *[ e ? n -> {print(n)} [] f ? n -> {print(-n)} ]";
        for (program, both) in [(fails, false), (chooses, true)] {
            let mut place = None;
            let ran = again(
                program,
                workers,
                |run| {
                    let mut left = 3;
                    let source = Binding::source(move || {
                        left -= 1;
                        if left == 0 {
                            panic!("no more");
                        }
                        Some(left)
                    });
                    let run = run.bind("e", source);
                    match both {
                        true => run.bind("f", Binding::iterator([1_i64])),
                        false => run,
                    }
                },
                &mut place,
            );
            let report = format!("{:?}", ran.outcome.report);
            assert!(report.contains("panicked: no more"), "{report}");
        }
    }
}

/// What a source offers that nobody takes is in the report of a deadlock.
#[test]
fn a_deadlock_beside_a_source_is_repeated() {
    let inputs = "e ? odd(n); e ? n";
    let chooses = "*[ e ? odd(n) -> skip [] e ? n -> skip ]";
    for (waits, workers) in [
        (inputs, 1),
        (inputs, 2),
        (inputs, 8),
        (chooses, 1),
        (chooses, 2),
        (chooses, 8),
    ] {
        let program = format!(
            "extern e; [[ a :: n : integer; {waits} || b :: n : integer; c ? n; e ? even(); d ! n
             || c :: n : integer; d ? n; b ! n || d :: n : integer; b ? n; c ! n ]]"
        );
        let offers = [
            hydra_vm::Data::shape("odd", [1.into()]),
            hydra_vm::Data::signal("even"),
            3.into(),
        ];
        let mut place = None;
        let ran = again(
            &program,
            workers,
            |run| run.bind("e", Binding::iterator(offers)),
            &mut place,
        );
        assert_eq!(ran.outcome.status, Status::Deadlock);
        let report = format!("{:?}", ran.outcome.report);
        assert!(
            report.contains("e offers even()") && report.contains("a waits for input"),
            "{report}"
        );
    }
}

#[test]
fn a_conversation_over_channels_is_repeated() {
    let program = "extern asks, told; [[ a(i:1..2) :: n : integer; *[ asks ? n -> told ! 2 * n ] ]]";
    for workers in [1, 2, 8] {
        let (questions, asks) = hydra_vm::channel::<i64>();
        let (told, answers) = hydra_vm::channel::<i64>();
        let talk = std::thread::spawn(move || {
            let talk = (1..=50).map(|n| {
                questions.send(n).expect("it runs");
                answers.recv().expect("it answers")
            });
            talk.sum::<i64>()
        });
        let mut place = None;
        let ran = again(
            program,
            workers,
            |run| run.bind("asks", asks).bind("told", told),
            &mut place,
        );
        assert_eq!(ran.outcome.status, Status::Done);
        assert_eq!(talk.join().expect("it ends"), 50 * 51);
    }
}

#[test]
fn a_replay_binds_no_values() {
    let mut place = None;
    let program = "extern e; n : integer; *[ e ? n -> {print(n)} ]";
    let ran = again(program, 2, |run| run.bind("e", Binding::iterator([1, 2])), &mut place);
    let replay = Trace::read(&ran.trace).expect("it is whole").replay();
    let error = replay
        .bind("e", Binding::iterator([1]))
        .run()
        .expect_err("it is refused");
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(
        error.to_string().contains("bound to values of the application"),
        "{error}"
    );
}

/// A value of another type than the input wants.
#[test]
fn a_value_that_does_not_fit_is_an_error() {
    let mut place = None;
    let program = "extern e; n : integer; e ? n; {print(n)}";
    let ran = again(program, 1, |run| run.bind("e", Binding::iterator([7])), &mut place);
    // its entry in the log: a value of two bytes, an integer, twice 7
    let entry = [0xf7, 2, 1, 14];
    for (changed, fits) in [
        ([0xf7, 2, 1, 16], true),
        ([0xf7, 2, 5, 97], false),
        ([0xf7, 2, 6, 0], false),
        ([0xf7, 2, 99, 0], false),
    ] {
        let mut trace = ran.trace.clone();
        let at = trace.windows(4).rposition(|bytes| bytes == entry).expect("it is there");
        trace[at..at + 4].copy_from_slice(&changed);
        let block = blocks(&trace)
            .into_iter()
            .find(|(begin, length)| (*begin..begin + 12 + length).contains(&at));
        seal(&mut trace, block.expect("it is in a block"));
        let printed = Captured::default();
        let replay = Trace::read(&trace).expect("it can be read").replay();
        match replay.stdout(printed.clone()).run() {
            Ok(_) => assert!(fits && printed.text() == "8\n", "{changed:?}: {}", printed.text()),
            Err(error) => assert!(!fits && error.to_string().contains("does not fit"), "{error}"),
        }
    }
}

/// A choice that learns that a stream cannot be read.
#[test]
fn an_input_that_fails_is_repeated() {
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("it is broken"))
        }
    }
    let chooses = "n : integer; c : character; [ stdin ? n -> skip [] stdin ? c -> skip ]";
    for program in [chooses, "n : integer; stdin ? n"] {
        for workers in [1, 2] {
            let mut place = None;
            let ran = again(program, workers, |run| run.stdin(Broken), &mut place);
            let report = format!("{:?}", ran.outcome.report);
            assert!(report.contains("it is broken"), "{report}");
        }
    }
}

/// Bytes of memory that are the process's own.
#[cfg(target_os = "linux")]
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("it can be read");
    let line = status
        .lines()
        .find(|line| line.starts_with("RssAnon:"))
        .expect("it is there");
    line.split_whitespace()
        .nth(1)
        .expect("a number")
        .parse::<u64>()
        .expect("a number")
        * 1024
}

/// Who waits to the end of a replay in a choice of streams only is found there, and freed.
#[cfg(target_os = "linux")]
#[test]
fn a_replay_leaves_no_memory() {
    struct Silent(std::sync::mpsc::Receiver<()>);
    impl std::io::Read for Silent {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            let _ = self.0.recv();
            Ok(0)
        }
    }
    let text =
        "extern e; [[ a :: t : (1..100000) integer; n : integer; c : character; t(1) := 1; SOURCES; n := t(1); {print(n)}
                || b :: after 5; {throw \"enough\"} ]]";
    for sources in [
        "[ stdin ? n -> skip [] stdin ? c -> skip ]",
        "[ e ? n -> skip [] e ? c -> skip ]",
    ] {
        let (end, ends) = std::sync::mpsc::channel();
        let (_sender, silent) = hydra_vm::channel::<i64>();
        let mut place = None;
        let program = text.replace("SOURCES", sources);
        let ran = again(&program, 2, |run| run.stdin(Silent(ends)).bind("e", silent), &mut place);
        assert_eq!(ran.outcome.status, Status::Failure, "{:?}", ran.outcome.report);
        drop(end);
        let before = memory();
        for _ in 0..200 {
            let replay = Trace::read(&ran.trace).expect("it is whole").replay();
            assert_eq!(replay.run().expect("it fits").status, Status::Failure);
        }
        let grown = memory().saturating_sub(before);
        assert!(grown < 60 << 20, "{sources}: memory grew by {grown} bytes");
    }
}

/// A trace that was cut is used as far as it goes, and one that was changed does no harm.
#[test]
fn damaged_traces_with_values_do_no_harm() {
    let folder = Folder::new();
    folder.put("in.txt", &"a line\n".repeat(50));
    folder.put("numbers.txt", "1 2 3 4 5 6 7 8");
    let program = FILES
        .replace("\"in.txt\"", "source")
        .replace("\"numbers.txt\"", "numbers_of");
    let program = program.replace("\"there/copy.txt\"", "to");
    let head = "import \"std/files\"; param source : string; param numbers_of : string; param to : string;";
    let program = Program::compile("p.csp", &program.replace("import \"std/files\";", head)).expect("it compiles");
    let path = |name: &str| folder.0.join(name).display().to_string();
    let trace = Captured::default();
    let recording = Recording::new(trace.clone());
    let run = Run::new(&program)
        .allow([Permission::Files])
        .workers(2)
        .record(&recording);
    let run = run
        .set("source", path("in.txt"))
        .set("numbers_of", path("numbers.txt"))
        .set("to", path("copy.txt"));
    let outcome = run.run().expect("it runs");
    assert_eq!(outcome.status, Status::Done, "{:?}", outcome.report);
    let trace = trace.bytes();
    let repeat = |trace: &[u8]| {
        let limits = Limits {
            time: Some(Duration::from_secs(20)),
            steps: Some(1_000_000),
            ..Limits::default()
        };
        Trace::read(trace)?.replay().limits(limits).run()
    };
    assert_eq!(repeat(&trace).expect("it fits").status, Status::Done);
    for length in (0..trace.len()).step_by(trace.len() / 400) {
        let error = repeat(&trace[..length]).expect_err("it is cut");
        assert_eq!(error.kind(), ErrorKind::Trace, "{length}: {error}");
    }
    let (all, mut next) = (blocks(&trace), 1_u64);
    let mut random = move |below: usize| {
        next = next
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (next >> 33) as usize % below
    };
    let mut wrong = 0;
    for _ in 0..600 {
        let mut changed = trace.clone();
        let block = all[1 + random(all.len() - 1)];
        for _ in 0..1 + random(3) {
            changed[block.0 + 12 + random(block.1)] = random(256) as u8;
        }
        seal(&mut changed, block);
        if let Err(error) = repeat(&changed) {
            assert_eq!(error.kind(), ErrorKind::Trace, "{error}");
            wrong += 1;
        }
    }
    println!("{wrong} of 600 did not fit");
    assert!(wrong > 100, "{wrong}");
}
