//! Where and when something was measured.

use serde::Serialize;
use std::process::Command;

/// The machine, its load, and the state of the sources.
#[derive(Clone, Debug, Serialize)]
pub struct Setting {
    /// The processor's name and how many there are.
    pub processor: String,
    /// Number of processors that may be used.
    pub processors: usize,
    /// Memory in GiB.
    pub memory_gib: f64,
    /// The operating system's kernel.
    pub kernel: String,
    /// The commit, with `+` if there are changes.
    pub commit: String,
    /// The day, in UTC.
    pub date: String,
    /// The command.
    pub command: String,
}

impl Setting {
    /// Here and now.
    pub fn now() -> Setting {
        let text = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let after = |text: &str, key: &str| {
            let line = text.lines().find(|line| line.starts_with(key)).unwrap_or_default();
            line.split_once(':')
                .map_or_else(String::new, |(_, value)| value.trim().to_owned())
        };
        let memory = after(&text("/proc/meminfo"), "MemTotal");
        let kib: f64 = memory.trim_end_matches(" kB").parse().unwrap_or(0.0);
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let changed = !said("git", &["status", "--porcelain", "--untracked-files=no"]).is_empty();
        Setting {
            processor: after(&text("/proc/cpuinfo"), "model name"),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            memory_gib: kib / f64::from(1 << 20),
            kernel: text("/proc/sys/kernel/osrelease").trim().to_owned(),
            commit: format!(
                "{}{}",
                said("git", &["rev-parse", "--short", "HEAD"]),
                if changed { "+" } else { "" }
            ),
            date: said("date", &["-u", "+%Y-%m-%d"]),
            command: format!("cargo run --release -p hydra-benches -- {}", arguments.join(" ")),
        }
    }

    /// Two lines for people.
    pub fn describe(&self, loads: &[f64]) -> String {
        let least = loads.iter().copied().fold(f64::INFINITY, f64::min);
        let most = loads.iter().copied().fold(0.0, f64::max);
        format!(
            "{}, {} processors, {:.0} GiB, Linux {}. {}, commit {}, load average {least:.1} to {most:.1}.\n`{}`",
            self.processor, self.processors, self.memory_gib, self.kernel, self.date, self.commit, self.command
        )
    }
}

/// The load average of the last minute.
pub fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace()
        .next()
        .and_then(|first| first.parse().ok())
        .unwrap_or(0.0)
}

fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(crate::contender::folder())
        .output();
    output.map_or_else(
        |_| String::new(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}
