//! A mixed load that goes on while other runs suffer faults: readers that close their pipe or are killed, a full disk, writers
//! that die, signals that stop and end. Everything must be conserved, every run must end as it should, and the memory of the run
//! that goes on must not grow.
//!
//! `HYDRA_SOAK=1800 cargo test --release -p hydra-vm --test soak -- --nocapture` does it for 1,800 seconds and prints a table.

#![cfg(unix)]

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Longest a run with a fault may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Faults of a round: see [`Soak::faults`]. The full disk is two, where a small file system can be mounted.
const FAULTS: u64 = 6;

/// Copies lines and counts them, on the error output at the end.
const COPY: &str = "[[ in :: s : string; *[ stdin ? s -> out ! s ]
|| out :: s : string; n : integer; *[ in ? s -> {print(s)}; n := n + 1 ]; stderr ! n ]]";

/// Writes for ever.
const ENDLESS: &str = "[[ a(i:1..4) :: *[ true -> b ! i ] || b :: n : integer; *[ (i:1..4) a(i) ? n -> {print(n)} ] ]]";

/// As much comes out as goes in, whatever happens to time.
const CONSERVED: &str = "[[ a(i:1..8) :: *(j:1..2000)[ [ j % 500 = 0 -> after 1 [] j % 500 <> 0 -> skip ]; b ! 1 ]
|| b :: n, sum : integer; *[ (i:1..8) a(i) ? n -> sum := sum + n ]; {print(sum)} ]]";

/// Writes more than fits on the small file system.
const LONG: &str = "extern paper; *(i:1..20000)[ paper ! \"a line of some length that fills the disk\" ]";

struct Soak {
    folder: PathBuf,
    /// A small file system that is full soon, if one could be mounted.
    small: Option<PathBuf>,
    rounds: u64,
}

fn vm(folder: &Path, arguments: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hydra-vm"));
    command.current_dir(folder).arg("run").args(arguments);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().expect("it can be started")
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .args([&format!("-{name}"), &child.id().to_string()])
        .status();
    assert!(sent.expect("kill can be run").success(), "the run is still there");
}

/// Waits for the end: the status, and what came on the two outputs if nobody else reads them.
fn end(what: &str, mut child: Child) -> (i32, String, String) {
    drop(child.stdin.take());
    let out = child.stdout.take().map(reading);
    let err = child.stderr.take().map(reading);
    let begin = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            break status.code().unwrap_or(-1);
        }
        if begin.elapsed() > PATIENCE {
            let _ = child.kill();
            panic!("{what}: no end");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let text =
        |thread: Option<std::thread::JoinHandle<String>>| thread.map_or(String::new(), |t| t.join().expect("read"));
    (status, text(out), text(err))
}

fn reading(mut from: impl Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

impl Soak {
    fn new() -> Soak {
        let folder = std::env::temp_dir().join(format!("hydra-soak-{}", std::process::id()));
        let small = folder.join("small");
        std::fs::create_dir_all(&small).expect("a folder can be made");
        for (name, text) in [
            ("copy", COPY),
            ("endless", ENDLESS),
            ("conserved", CONSERVED),
            ("long", LONG),
        ] {
            std::fs::write(folder.join(name).with_extension("csp"), text).expect("it can be written");
        }
        let mounting = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=64k", "none"])
            .arg(&small)
            .stderr(Stdio::null())
            .status();
        let small = mounting.is_ok_and(|status| status.success()).then_some(small);
        Soak {
            folder,
            small,
            rounds: 0,
        }
    }

    fn start(&self, program: &str, arguments: &[&str]) -> Child {
        let mut all = vec![program];
        all.extend(arguments);
        vm(&self.folder, &all)
    }

    /// A reader that closes its end after some lines.
    fn closed_pipe(&self) {
        let mut child = self.start("endless.csp", &["--timeout", "50s"]);
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let count = 1 + self.rounds as usize % 50;
        assert_eq!(lines.by_ref().take(count).flatten().count(), count);
        drop(lines);
        let (status, _, err) = end("closed pipe", child);
        assert_eq!((status, err.as_str()), (0, ""), "nobody reads any more");
    }

    /// A reader that is killed.
    fn killed_reader(&self) {
        let mut child = self.start("endless.csp", &["--timeout", "50s"]);
        let mut reader = Command::new("cat")
            .stdin(child.stdout.take().expect("piped"))
            .stdout(Stdio::null())
            .spawn()
            .expect("cat can be run");
        std::thread::sleep(Duration::from_millis(10 + self.rounds % 40));
        reader.kill().expect("it is there");
        reader.wait().expect("it ends");
        let (status, _, err) = end("killed reader", child);
        assert_eq!((status, err.as_str()), (0, ""), "nobody reads any more");
    }

    /// A writer that dies in the middle of a line: all whole lines are copied, and the rest of the last.
    fn dead_writer(&self) {
        let mut child = self.start("copy.csp", &[]);
        let mut stdin = child.stdin.take().expect("piped");
        let lines = 100 + self.rounds % 400;
        for number in 0..lines {
            writeln!(stdin, "line {number}").expect("it reads");
        }
        write!(stdin, "half a li").expect("it reads");
        drop(stdin);
        let (status, out, err) = end("dead writer", child);
        assert_eq!(status, 0, "{err}");
        assert_eq!(out.lines().count() as u64, lines + 1);
        assert_eq!(err.trim(), (lines + 1).to_string());
    }

    /// A disk that is full, and a device that always is.
    fn full_disk(&self) {
        let mut files = Vec::from_iter(self.small.as_ref().map(|small| small.join("paper")));
        if Path::new("/dev/full").exists() {
            files.push("/dev/full".into());
        }
        for file in files {
            let bind = format!("paper={}", file.display());
            let (status, _, err) = end("full disk", self.start("long.csp", &["--bind", &bind]));
            assert_eq!(status, 1, "{}: {err}", file.display());
            assert!(err.contains("No space left"), "{err}");
            if file.starts_with(&self.folder) {
                std::fs::remove_file(&file).expect("it was written");
            }
        }
    }

    /// A run that is stopped and goes on, again and again.
    fn stopped(&self) {
        let child = self.start("conserved.csp", &[]);
        for _ in 0..3 {
            std::thread::sleep(Duration::from_millis(2 + self.rounds % 7));
            signal(&child, "STOP");
            std::thread::sleep(Duration::from_millis(5));
            signal(&child, "CONT");
        }
        let (status, out, err) = end("stopped", child);
        assert_eq!((status, out.trim()), (0, "16000"), "{err}");
    }

    /// A run that is told to end.
    fn ended(&self) {
        let mut child = self.start("endless.csp", &[]);
        let mut out = child.stdout.take().expect("piped");
        // it listens to signals as soon as it prints
        out.read_exact(&mut [0]).expect("it prints");
        let out = reading(out);
        let (name, wanted) = if self.rounds.is_multiple_of(2) {
            ("TERM", 143)
        } else {
            ("INT", 130)
        };
        signal(&child, name);
        let (status, _, err) = end("ended", child);
        assert_eq!(status, wanted, "{err}");
        assert!(out.join().expect("read").ends_with('\n'), "no line is cut");
    }

    fn faults(&mut self) {
        self.closed_pipe();
        self.killed_reader();
        self.dead_writer();
        self.full_disk();
        self.stopped();
        self.ended();
        self.rounds += 1;
    }
}

impl Drop for Soak {
    fn drop(&mut self) {
        if let Some(small) = &self.small {
            let _ = Command::new("umount").arg(small).status();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The resident memory of a process, in kilobytes.
fn memory(child: &Child) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[test]
fn a_mixed_load_goes_on_through_faults() {
    let seconds: u64 = std::env::var("HYDRA_SOAK").map_or(3, |text| text.parse().expect("seconds"));
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/soak");
    let mut soak = Soak::new();
    let mut mixed = vm(&here, &["mixed.csp", "--workers", "2"]);
    let rounds = Arc::new(AtomicU64::new(0));
    let counted = rounds.clone();
    let lines = BufReader::new(mixed.stdout.take().expect("piped")).lines();
    let counting = std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            let number = line.strip_prefix("round ").and_then(|number| number.parse().ok());
            let before = counted.swap(number.expect("a round"), Ordering::Relaxed);
            assert_eq!(number, Some(before + 50), "no line is lost");
        }
    });
    let begin = Instant::now();
    let (mut memories, mut next) = (Vec::new(), 0);
    println!("{:>8}{:>12}{:>10}{:>12}", "seconds", "rounds", "faults", "memory kB");
    while begin.elapsed() < Duration::from_secs(seconds) {
        soak.faults();
        let ended = mixed.try_wait().expect("it can be asked");
        assert!(ended.is_none(), "the mixed load has ended");
        let kilobytes = memory(&mixed).unwrap_or(0);
        memories.push(kilobytes);
        let now = begin.elapsed().as_secs();
        if now >= next {
            let (rounds, faults) = (rounds.load(Ordering::Relaxed), soak.rounds * FAULTS);
            println!("{now:>8}{rounds:>12}{faults:>10}{kilobytes:>12}");
            next = now + (seconds / 20).max(1);
        }
    }
    signal(&mixed, "TERM");
    let (status, _, err) = end("mixed", mixed);
    assert_eq!(status, 143, "{err}");
    counting.join().expect("every line was a round");
    assert!(rounds.load(Ordering::Relaxed) > 0, "it got somewhere");
    let most = |part: &[u64]| part.iter().max().copied().unwrap_or(0);
    let (early, late) = memories.split_at(memories.len() / 2);
    let (early, late) = (most(early), most(late));
    println!(
        "{} runs with faults; at most {early} kB in the first half, {late} kB in the second",
        soak.rounds * FAULTS
    );
    assert!(late <= early + early / 4 + 4096, "the memory grows");
}
