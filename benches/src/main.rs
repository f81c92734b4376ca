//! Measures the loads in `benches/loads`: `cargo run --release -p hydra-benches [-- LOAD…]`.
//!
//! The time of one operation is (time of 2N - time of N) / N of the whole process from outside, so that start and
//! compilation do not count. Each figure is the least and the median of several rounds, in which all loads take turns, so
//! that what else the machine does hits all alike. Build the machine first: `cargo build --release -p hydra-vm`.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

/// Rounds in which every load is run.
const ROUNDS: usize = 5;
/// Numbers of workers.
const WORKERS: [&str; 2] = ["1", "2"];

/// A load: its program, and how many operations there are.
struct Load {
    name: String,
    path: PathBuf,
    n: u64,
}

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let vm = root.join("../target/release/hydra-vm");
    if !vm.exists() {
        eprintln!("{} is missing: cargo build --release -p hydra-vm", vm.display());
        return ExitCode::FAILURE;
    }
    let mut loads = match loads(&root.join("loads")) {
        Ok(loads) => loads,
        Err(problem) => {
            eprintln!("the loads cannot be read: {problem}");
            return ExitCode::FAILURE;
        }
    };
    loads.retain(|load| wanted.is_empty() || wanted.contains(&load.name));
    let mut times = vec![vec![Vec::new(); WORKERS.len()]; loads.len()];
    for _ in 0..ROUNDS {
        for (load, times) in loads.iter().zip(&mut times) {
            for (workers, times) in WORKERS.iter().zip(times) {
                match (run(&vm, load, load.n, workers), run(&vm, load, 2 * load.n, workers)) {
                    (Some(once), Some(twice)) => times.push((twice - once) * 1e9 / load.n as f64),
                    _ => eprintln!("{} failed with {workers} workers", load.name),
                }
            }
        }
    }
    println!("ns per operation, least / median of {ROUNDS}");
    println!("{:<12} {:>22} {:>22}", "load", "1 worker", "2 workers");
    for (load, times) in loads.iter().zip(&mut times) {
        let cells: Vec<String> = times.iter_mut().map(|times| cell(times)).collect();
        println!("{:<12} {:>22} {:>22}", load.name, cells[0], cells[1]);
    }
    ExitCode::SUCCESS
}

fn cell(times: &mut [f64]) -> String {
    times.sort_by(f64::total_cmp);
    match times.first() {
        None => "-".into(),
        Some(least) => format!("{least:.1} / {:.1}", times[times.len() / 2]),
    }
}

fn loads(folder: &Path) -> std::io::Result<Vec<Load>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let text = std::fs::read_to_string(&path)?;
        let default = text.lines().find_map(|line| line.strip_prefix("param n : integer = "));
        let n = default.and_then(|value| value.trim_end_matches(';').parse().ok());
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        found.extend(n.map(|n| Load { name, path, n }));
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// Seconds that a run takes.
fn run(vm: &Path, load: &Load, n: u64, workers: &str) -> Option<f64> {
    let mut command = Command::new(vm);
    command
        .arg("run")
        .arg(&load.path)
        .args(["--workers", workers, "--set", &format!("n={n}")]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status().ok()?;
    status.success().then(|| start.elapsed().as_secs_f64())
}
