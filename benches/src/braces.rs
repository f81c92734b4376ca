//! Braces beside other languages: the same loads within rhai's engine, lowered to bytecode, as bare expressions of Hydra, in
//! Python, in Lua and in WebAssembly, interpreted by wasmi.

use crate::contender::{Contender, folder};
use crate::machine::{self, Setting};
use crate::measure;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A load: its name, its size, and whether it can be written without braces.
type Load = (&'static str, u64, bool);

const LOADS: &[Load] = &[
    ("condition", 1_000_000, true),
    ("expression", 1_000_000, true),
    ("loop", 1_000_000, true),
    ("fib", 24, false),
    ("text", 6_000, true),
    ("sum", 800, true),
    ("sort", 1_200, true),
    ("mandelbrot", 130, true),
    ("queens", 9, false),
    ("words", 4_000, false),
];

/// Loads that are not written in WebAssembly, which has no strings.
const STRINGS: &[&str] = &["text", "words"];

const COLUMNS: &[&str] = &[
    "rhai engine",
    "lowered",
    "bare",
    "python3",
    "lua5.4",
    "luajit -joff",
    "luajit",
    "wasmi",
];

/// The command of a column for a load.
fn command(binaries: &Binaries, column: &str, (name, n, bare): Load) -> Option<Command> {
    let hydra = |file: String| {
        let mut command = Command::new(binaries.machine);
        command.args(["run", "--workers", "1", "--set", &format!("n={n}")]);
        command.arg(binaries.compiled.join(file));
        command
    };
    let other = |program: &str, first: &[&str], text: &str| {
        let mut command = Command::new(program);
        command.args(first).arg(folder().join("braces").join(text));
        command.arg(name).arg(n.to_string());
        command
    };
    Some(match column {
        "rhai engine" => hydra(format!("{name}_rhai.hbc")),
        "lowered" => hydra(format!("{name}.hbc")),
        "bare" if bare => hydra(format!("{name}_bare.hbc")),
        "bare" => return None,
        "python3" => other("python3", &[], "bench.py"),
        "lua5.4" => other("lua5.4", &[], "bench.lua"),
        "luajit -joff" => other("luajit", &["-joff"], "bench.lua"),
        "wasmi" if STRINGS.contains(&name) => return None,
        "wasmi" => {
            // not by the script that builds it, which takes processor time
            let mut command = Command::new(binaries.wasmi.as_ref()?);
            command.args(["braces", name, &n.to_string()]);
            command
        }
        _ => other("luajit", &[], "bench.lua"),
    })
}

/// Where the commands of this repository are, and where compiled loads go.
pub struct Binaries<'a> {
    /// `hydrac`
    pub compiler: &'a Path,
    /// `hydra-vm`
    pub machine: &'a Path,
    /// A folder.
    pub compiled: PathBuf,
    /// What runs loads in wasmi, if it could be built.
    pub wasmi: Option<PathBuf>,
}

/// Builds what runs loads in wasmi. The error says why its column stays empty.
pub fn wasmi() -> Result<PathBuf, String> {
    Contender::peer("wasmi")?;
    let built = folder().join("../target/peers/compute/plain/release/interp");
    built
        .canonicalize()
        .map_err(|problem| format!("wasmi is left out: {}: {problem}", built.display()))
}

impl Binaries<'_> {
    fn compile(&self) -> Result<(), String> {
        std::fs::create_dir_all(&self.compiled).map_err(|problem| problem.to_string())?;
        for &(name, _, bare) in LOADS {
            let mut all = vec![(name.to_owned(), name.to_owned(), "lowered")];
            all.push((name.to_owned(), format!("{name}_rhai"), "rhai"));
            if bare {
                all.push((format!("{name}_bare"), format!("{name}_bare"), "lowered"));
            }
            for (source, made, fragments) in all {
                let mut command = Command::new(self.compiler);
                command.args(["compile", "--fragments", fragments, "-o"]);
                command.arg(self.compiled.join(made).with_extension("hbc"));
                command.arg(folder().join("braces").join(source).with_extension("csp"));
                measure::run(command)?;
            }
        }
        Ok(())
    }
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Runs all in turns and gives the table: medians of processor time, in milliseconds, without what a run of size 1 takes; and
/// how many times the lowered program's.
pub fn table(binaries: &Binaries, rounds: usize, say: &dyn Fn(&str)) -> Result<String, String> {
    binaries.compile()?;
    let mut loads = vec![machine::load()];
    let mut text = format!(
        "| load, n | {} |\n|---|{}\n",
        COLUMNS.join(" | "),
        "---:|".repeat(COLUMNS.len())
    );
    for &load in LOADS {
        let (name, n, bare) = load;
        say(name);
        let mut printed: Option<String> = None;
        let mut medians = Vec::new();
        let mut samples: Vec<Vec<f64>> = vec![Vec::new(); COLUMNS.len()];
        for round in 0..rounds.max(1) {
            for (column, samples) in COLUMNS.iter().zip(&mut samples) {
                let (Some(mut large), Some(small)) = (
                    command(binaries, column, load),
                    command(binaries, column, (name, 1, bare)),
                ) else {
                    continue;
                };
                if round == 0 {
                    let output = large.output().map_err(|problem| format!("{column}: {problem}"))?;
                    let said = String::from_utf8_lossy(&output.stdout).into_owned();
                    match &printed {
                        Some(other) if *other != said => {
                            return Err(format!("{name}: {column} prints {said:?}, another {other:?}"));
                        }
                        _ => printed = Some(said),
                    }
                    large = command(binaries, column, load).ok_or("no command")?;
                }
                samples.push(measure::run(large)?.cpu - measure::run(small)?.cpu);
            }
        }
        for samples in samples {
            medians.push((!samples.is_empty()).then(|| median(samples)));
        }
        let lowered = medians[1].unwrap_or(f64::NAN);
        let cells: Vec<String> = medians
            .iter()
            .map(|median| {
                median.map_or_else(String::new, |seconds| {
                    format!("{:.1} ({:.2})", seconds * 1e3, seconds / lowered)
                })
            })
            .collect();
        text += &format!("| {name}, {n} | {} |\n", cells.join(" | "));
        loads.push(machine::load());
    }
    Ok(format!("{text}\n{}\n", Setting::now().describe(&loads)))
}
