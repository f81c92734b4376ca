//! How time and memory grow: with processes, guards, workers, and lines of source.

use crate::contender::program;
use crate::measure::{Run, run};
use crate::source::Shape;
use crate::table::{markdown, number};
use std::path::Path;
use std::process::Command;

/// What grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Axis {
    /// 10 to 10,000,000 processes.
    Processes,
    /// 10 to 100,000 guards of one repetition.
    Guards,
    /// 1 to 64 workers.
    Workers,
    /// 1 to 100,000 lines of source.
    Source,
}

/// All of them.
pub const AXES: &[Axis] = &[Axis::Processes, Axis::Guards, Axis::Workers, Axis::Source];

/// The commands whose growth is measured.
pub struct Binaries<'a> {
    /// `hydra-vm`
    pub machine: &'a Path,
    /// `hydrac`
    pub compiler: &'a Path,
}

/// Runs of a load with its params.
struct Load<'a> {
    machine: &'a Path,
    program: &'a str,
    workers: usize,
}

impl Load<'_> {
    fn command(&self, set: &[(&str, u64)]) -> Command {
        let mut command = Command::new(self.machine);
        command
            .arg("run")
            .arg(program(self.program))
            .args(["--workers", &self.workers.to_string()]);
        for (name, value) in set {
            command.args(["--set", &format!("{name}={value}")]);
        }
        command
    }

    /// The least of several runs, each figure for itself.
    fn least(&self, rounds: usize, set: &[(&str, u64)]) -> Result<Run, String> {
        let mut best = run(self.command(set))?;
        for _ in 1..rounds {
            best = best.least(run(self.command(set))?);
        }
        Ok(best)
    }
}

/// The table of one axis. `most` bounds it.
pub fn table(axis: Axis, binaries: &Binaries, rounds: usize, most: u64, say: &dyn Fn(&str)) -> Result<String, String> {
    match axis {
        Axis::Processes => processes(binaries, rounds, most, say),
        Axis::Guards => guards(binaries, rounds, most, say),
        Axis::Workers => workers(binaries, rounds, most, say),
        Axis::Source => source(binaries, rounds, most, say),
    }
}

/// 10, 100, … up to a bound.
fn decades(first: u64, last: u64, most: u64) -> impl Iterator<Item = u64> {
    std::iter::successors(Some(first), |n| n.checked_mul(10)).take_while(move |&n| n <= last.min(most))
}

fn head(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Nanoseconds of one of so many operations between two runs.
fn each(large: f64, small: f64, operations: u64) -> String {
    number((large - small) * 1e9 / operations as f64)
}

fn processes(binaries: &Binaries, rounds: usize, most: u64, say: &dyn Fn(&str)) -> Result<String, String> {
    let load = |program, workers| Load {
        machine: binaries.machine,
        program,
        workers,
    };
    let empty = load("empty", 1).least(rounds.max(3), &[])?;
    let mut rows = Vec::new();
    for n in decades(10, 10_000_000, most) {
        say(&format!("{n} processes"));
        let mut row = vec![n.to_string()];
        // in the small ones a round is repeated until there are 100,000 processes
        let started = n.max(100_000).div_ceil(n) * n;
        for workers in [1, 2] {
            let start = load("start", workers).least(rounds, &[("n", started), ("k", n)])?;
            row.push(each(start.cpu, empty.cpu, started));
        }
        let waiting = load("waiting", 1).least(rounds, &[("n", n)])?;
        row.push(if n >= 1000 {
            number((waiting.bytes.saturating_sub(empty.bytes)) as f64 / n as f64)
        } else {
            String::new()
        });
        row.push(if n >= 10_000 {
            each(waiting.cpu, empty.cpu, n)
        } else {
            String::new()
        });
        // a ring of this size, one round or a million hops
        let hops = n.max(1_000_000).div_ceil(n) * n;
        let ring = |hops| load("ring", 1).least(rounds, &[("n", hops), ("p", n)]);
        row.push(each(ring(2 * hops)?.cpu, ring(hops)?.cpu, hops));
        rows.push(row);
    }
    let header = [
        "processes",
        "start and join, 1 worker, ns",
        "with 2",
        "waiting: bytes of each",
        "with 3 communications, ns",
        "ring of so many: hop, ns",
    ];
    Ok(markdown(&head(&header), &rows))
}

fn guards(binaries: &Binaries, rounds: usize, most: u64, say: &dyn Fn(&str)) -> Result<String, String> {
    let mut rows = Vec::new();
    for k in decades(10, 100_000, most) {
        say(&format!("{k} guards"));
        let mut row = vec![k.to_string()];
        for (program, messages) in [
            ("choice", k.max(500_000)),
            ("choice_one", k.max(200_000)),
            ("choice_closed", 0),
        ] {
            let load = Load {
                machine: binaries.machine,
                program,
                workers: 1,
            };
            let messages = match messages {
                // about 50 million conditions
                0 => (50_000_000 / k).clamp(50, 500_000),
                messages => messages.div_ceil(k) * k,
            };
            let large = load.least(rounds, &[("n", 2 * messages), ("k", k)])?;
            let small = load.least(rounds, &[("n", messages), ("k", k)])?;
            row.push(each(large.cpu, small.cpu, messages));
            if program == "choice_closed" {
                row.push(each(large.cpu, small.cpu, messages * k));
            }
        }
        rows.push(row);
    }
    let header = [
        "guards",
        "all ready: message, ns",
        "one ready: message, ns",
        "all closed beside one ready: message, ns",
        "each condition, ns",
    ];
    Ok(markdown(&head(&header), &rows))
}

fn workers(binaries: &Binaries, rounds: usize, most: u64, say: &dyn Fn(&str)) -> Result<String, String> {
    // program, operations, and a param
    let loads = [
        ("commstime", 1_000_000, None),
        ("ring", 4_024_000, Some(("p", 503))),
        ("mtring", 4_096_000, None),
        ("choice", 2_000_000, Some(("k", 100))),
        ("start", 2_000_000, Some(("k", 1000))),
        ("work", 200_000, Some(("k", 100))),
        ("busy", 5_000_000, Some(("k", 8))),
    ];
    let mut rows = Vec::new();
    for workers in [1, 2, 3, 4, 8, 16, 32, 64]
        .into_iter()
        .filter(|&workers| workers <= most)
    {
        say(&format!("{workers} workers"));
        let mut row = vec![workers.to_string()];
        for (program, n, set) in loads {
            let load = Load {
                machine: binaries.machine,
                program,
                workers: workers as usize,
            };
            let with = |n| -> Vec<(&str, u64)> { set.into_iter().chain([("n", n)]).collect() };
            let large = load.least(rounds, &with(2 * n))?;
            let small = load.least(rounds, &with(n))?;
            row.push(each(large.wall, small.wall, n));
        }
        rows.push(row);
    }
    let header = [
        "workers",
        "commstime: turn, ns",
        "ring of 503: hop",
        "mtring: hop",
        "choice of 100: message",
        "start and join",
        "work100: message",
        "busy8: turn",
    ];
    Ok(markdown(&head(&header), &rows))
}

fn source(binaries: &Binaries, rounds: usize, most: u64, say: &dyn Fn(&str)) -> Result<String, String> {
    let folder = std::env::temp_dir().join(format!("hydra-benches-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|problem| format!("{}: {problem}", folder.display()))?;
    let made = source_in(&folder, binaries, rounds, most, say);
    // what is left in the folder of temporary files does no harm
    let _ = std::fs::remove_dir_all(&folder);
    made
}

fn source_in(
    folder: &Path,
    binaries: &Binaries,
    rounds: usize,
    most: u64,
    say: &dyn Fn(&str),
) -> Result<String, String> {
    let (text, code) = (folder.join("program.csp"), folder.join("program.hbc"));
    let mut rows = Vec::new();
    for lines in decades(1, 100_000, most) {
        say(&format!("{lines} lines"));
        let program = if lines == 1 {
            "[[ a :: b ! 42 || b :: n : integer; a ? n; {print(n)} ]]\n".to_owned()
        } else {
            Shape::Examples.program(lines as usize)
        };
        std::fs::write(&text, &program).map_err(|problem| format!("{}: {problem}", text.display()))?;
        let compile = || {
            let mut command = Command::new(binaries.compiler);
            command.arg("compile").arg(&text).arg("-o").arg(&code);
            run(command)
        };
        let mut best = compile()?;
        for _ in 0..rounds.max(3) {
            best = best.least(compile()?);
        }
        let lines = program.lines().count();
        let size = std::fs::metadata(&code).map_or(0, |file| file.len());
        rows.push(vec![
            lines.to_string(),
            number(best.cpu * 1e3),
            format!("{:.0}", lines as f64 / best.cpu),
            number(best.bytes as f64 / f64::from(1 << 20)),
            number(size as f64 / lines as f64),
        ]);
    }
    let header = [
        "lines of source",
        "to `.hbc`, ms of one processor",
        "lines a second",
        "peak memory, MiB",
        "bytes of code a line",
    ];
    Ok(markdown(&head(&header), &rows))
}
