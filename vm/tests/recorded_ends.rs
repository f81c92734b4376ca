//! However a recorded run ends, its replay ends so: signals, limits, readers that go away, and runs that are killed.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder of its own with a program; gone when dropped.
struct Place(PathBuf);

impl Place {
    fn new(program: &str) -> Place {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("hydra-ends-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        std::fs::write(folder.join("p.csp"), program).expect("a file can be written");
        Place(folder)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hydra-vm"));
        command.args(arguments).current_dir(&self.0);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("it runs")
    }

    fn start(&self) -> Child {
        let arguments = ["run", "p.csp", "--workers", "2", "--record", "t.hbt"];
        self.command(&arguments).spawn().expect("it starts")
    }

    fn replay(&self) -> Output {
        self.run(&["replay", "t.hbt", "--timeout", "50s"])
    }

    /// Records a run with these arguments, and repeats it; the run's exit status and errors.
    fn is_repeated(&self, arguments: &[&str]) -> (i32, String) {
        let all = [&["run", "p.csp", "--workers", "2", "--record", "t.hbt"], arguments].concat();
        let (one, other) = (self.run(&all), self.replay());
        assert_same(&one, &other);
        let err = String::from_utf8_lossy(&one.stderr).into_owned();
        (one.status.code().expect("it ends"), err)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn assert_same(one: &Output, other: &Output) {
    let text = |output: &Output| {
        let texts = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        (output.status.code(), texts)
    };
    assert_eq!(text(one), text(other));
}

/// It says how to repeat a run that failed.
fn says_how(err: &str) -> bool {
    err.contains("this run is repeated by: hydra-vm replay t.hbt")
}

/// Counts for ever: one process prints, another one is asked by three.
const FOR_EVER: &str = "
    [[ a(i:1..3) :: n : integer; *[ true -> n := n + 1; b ! n ]
    || b :: n : integer; *[ (i:1..3) a(i) ? n -> {print(`${i} ${n}`)} ]
    ]]";

/// A run that goes on for ever, stopped after some lines. What it printed.
fn stopped(place: &Place, signal: &str) -> (Output, Vec<u8>) {
    let mut child = place.start();
    let mut out = BufReader::new(child.stdout.take().expect("piped"));
    let mut printed = Vec::new();
    for _ in 0..500 {
        out.read_until(b'\n', &mut printed).expect("it prints");
    }
    let kill = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(kill.expect("kill runs").success());
    out.read_to_end(&mut printed).expect("it ends");
    (child.wait_with_output().expect("it ends"), printed)
}

#[cfg(unix)]
#[test]
fn a_run_that_a_signal_ends_is_repeated() {
    for (signal, status) in [("-INT", 130), ("-TERM", 143)] {
        let place = Place::new(FOR_EVER);
        let (mut one, printed) = stopped(&place, signal);
        one.stdout = printed;
        assert_eq!(one.status.code(), Some(status));
        assert!(says_how(&String::from_utf8_lossy(&one.stderr)));
        assert_same(&one, &place.replay());
    }
}

#[cfg(unix)]
#[test]
fn of_a_run_that_was_killed_the_beginning_is_repeated() {
    let place = Place::new(FOR_EVER);
    let (_, printed) = stopped(&place, "-KILL");
    let other = place.replay();
    let err = String::from_utf8_lossy(&other.stderr).into_owned();
    assert_eq!(other.status.code(), Some(2), "{err}");
    assert!(err.contains("t.hbt: the trace ends here"), "{err}");
    let common = printed.len().min(other.stdout.len());
    assert_eq!(&printed[..common], &other.stdout[..common], "as far as both go");
}

#[test]
fn a_run_that_reaches_a_limit_is_repeated() {
    let limits = [
        (FOR_EVER, "--timeout", "300ms"),
        (FOR_EVER, "--max-steps", "50000"),
        (FOR_EVER, "--max-output", "5000"),
        ("n : integer; {print(1)}; *[ true -> n := n + 1 ]", "--timeout", "300ms"),
        (
            "n : integer; *[ true -> n := n + 1; [[ a(i:1..n) :: {print(n)} ]] ]",
            "--max-processes",
            "9",
        ),
    ];
    for (text, flag, limit) in limits {
        let place = Place::new(text);
        let (status, err) = place.is_repeated(&[flag, limit]);
        assert_eq!(status, 4, "{flag}: {err}");
        assert!(says_how(&err), "{err}");
    }
}

#[test]
fn failures_and_deadlocks_say_how_they_are_repeated() {
    let fails =
        "[[ a(i:1..9) :: b ! i || b :: n, k : integer; k := 3; *[ (i:1..9) a(i) ? n -> k := k - 1; {print(n / k)} ] ]]";
    let dead = "[[ a(i:1..9) :: b ! i || b :: n, k : integer; *[ (i:1..9) k < 5; a(i) ? n -> k := k + 1; {print(n)} ]; c ? n; c ! n || c :: n : integer; b ? n; b ! n ]]";
    for (text, wanted) in [(fails, 1), (dead, 3)] {
        let (status, err) = Place::new(text).is_repeated(&[]);
        assert_eq!(status, wanted, "{err}");
        assert!(says_how(&err), "{err}");
    }
}

#[test]
fn what_was_read_is_in_the_trace_and_files_are_written_if_they_are_named() {
    let place = Place::new(
        "extern cards; extern printer; param times : integer = 1;
         [[ a :: c : (1..5) character; *[ cards ? c -> b ! c ]
         || b :: c : (1..5) character; *[ a ? c -> *(i:1..times)[ printer ! c; {print(c)} ] ]
         ]]",
    );
    std::fs::write(place.0.join("in.txt"), "one\ntwo\nthree\n").expect("a file can be written");
    let (status, err) = place.is_repeated(&[
        "--bind",
        "cards=in.txt",
        "--bind",
        "printer=out.txt",
        "--set",
        "times=2",
    ]);
    assert_eq!(status, 0, "{err}");
    let written = std::fs::read(place.0.join("out.txt")).expect("it is there");
    for file in ["in.txt", "out.txt", "p.csp"] {
        std::fs::remove_file(place.0.join(file)).expect("it is there");
    }
    let other = place.run(&["replay", "t.hbt"]);
    assert_eq!(other.status.code(), Some(0));
    assert!(
        !place.0.join("out.txt").exists(),
        "no file is written that was not named"
    );
    let other = place.run(&["replay", "t.hbt", "--bind", "printer=again.txt"]);
    assert_eq!(other.status.code(), Some(0));
    assert_eq!(std::fs::read(place.0.join("again.txt")).expect("it is there"), written);
    for wrong in ["cards=t.hbt", "other=t.hbt"] {
        let other = place.run(&["replay", "t.hbt", "--bind", wrong]);
        assert_eq!(other.status.code(), Some(2), "{wrong}");
    }
    assert_eq!(
        place.run(&["replay", "t.hbt"]).status.code(),
        Some(0),
        "the trace was not touched"
    );
}

#[test]
fn wrong_usage_is_an_error() {
    let place = Place::new("{print(1)}");
    std::fs::write(place.0.join("other"), "text").expect("a file can be written");
    for (arguments, says) in [
        (&["replay", "missing.hbt"][..], "cannot read missing.hbt"),
        (&["replay", "other"], "other: this is no trace of a run"),
        (&["run", "p.csp", "--record", "no/t.hbt"], "cannot write no/t.hbt"),
        (
            &["run", "p.csp", "--record", "t.hbt", "--paranoid"],
            "cannot be used with",
        ),
    ] {
        let output = place.run(arguments);
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {err}");
        assert!(err.contains(says), "{err}");
    }
    // an old trace is not lost where no run begins
    let trace = place.0.join("t.hbt");
    std::fs::write(&trace, "old").expect("a file can be written");
    let refused = place.run(&["run", "p.csp", "--record", "t.hbt", "--set", "x=1"]);
    assert_eq!(refused.status.code(), Some(2));
    assert_eq!(std::fs::read(&trace).expect("it is there"), b"old");
    let done = place.run(&["run", "p.csp", "--record", "t.hbt"]);
    assert_eq!(done.status.code(), Some(0));
    assert_same(&done, &place.replay());
}

/// With a seed, too: then the trace has the input, and nothing else is needed.
#[test]
fn a_run_with_a_seed_is_repeated() {
    let text = "[[ a(i:1..9) :: after i; b ! i || b :: n : integer; *[ (i:1..9) a(i) ? n -> {print(n)} ] ]]";
    let place = Place::new(text);
    let one = place.run(&["run", "p.csp", "--seed", "7", "--record", "t.hbt"]);
    assert_eq!(one.status.code(), Some(0));
    assert_same(&one, &place.replay());
}
