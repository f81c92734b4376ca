//! `cargo run --release -p hydra-benches -- loads`: the command line.

use clap::{Parser, Subcommand, ValueEnum};
use hydra_benches::contender::{Contender, folder, peer_names};
use hydra_benches::grow::{self, Axis, Binaries};
use hydra_benches::machine::{self, Setting};
use hydra_benches::measure::Clock;
use hydra_benches::results::{Plan, Results};
use hydra_benches::rows::{self, Group};
use hydra_benches::source::Shape;
use hydra_benches::{braces, compile, page, table};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

/// Measures Hydra on small concurrent loads, beside other languages and runtimes.
#[derive(Parser)]
#[command(name = "hydra-benches")]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Runs the loads, ours and the peers' in turns, and prints the table.
    Loads(Loads),
    /// Shows how time and memory grow.
    Grow(Grow),
    /// Shows what braces cost: in rhai's engine, lowered, as bare expressions, and beside Python, Lua and wasmi, in processor time.
    Braces {
        /// Rounds; each runs everything once.
        #[arg(long, default_value_t = 5)]
        rounds: usize,
        /// Writes the table into benches/README.md, too.
        #[arg(long)]
        write: bool,
    },
    /// Shows what single commands cost, with one worker, in processor time.
    Costs {
        /// Rounds; each runs everything once.
        #[arg(long, default_value_t = 5)]
        rounds: usize,
        /// Writes the table into benches/README.md, too.
        #[arg(long)]
        write: bool,
    },
    /// Prints a program of about so many lines.
    Source {
        /// What it is made of.
        #[arg(value_enum)]
        shape: Shape,
        /// How many lines.
        lines: usize,
        /// Compiles it instead, and prints the seconds of each step.
        #[arg(long)]
        compile: bool,
        /// Compiles it again and again for about so many seconds.
        #[arg(long, default_value_t = 0.5)]
        seconds: f64,
    },
    /// Lists the loads and what one operation of each is.
    List,
}

#[derive(clap::Args)]
struct Loads {
    /// Loads to run, by their names or how these begin; all without one.
    loads: Vec<String>,
    /// Only loads of this group; may be repeated.
    #[arg(long, value_enum)]
    group: Vec<Group>,
    /// Numbers of workers.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 2])]
    workers: Vec<usize>,
    /// Rounds; each runs everything once.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Milliseconds by which a run of 2N should take longer than one of N.
    #[arg(long, default_value_t = 200)]
    target: u64,
    /// Which time the tables show.
    #[arg(long, value_enum, default_value_t = Clock::Wall)]
    clock: Clock,
    /// Peers to run beside, `none`, or by default all that are installed.
    #[arg(long, value_delimiter = ',')]
    peers: Vec<String>,
    /// Another build of the machine to compare: its name in the table and its path; may be repeated. The first one takes the
    /// place of this repository's.
    #[arg(long, value_name = "NAME=PATH")]
    vm: Vec<String>,
    /// Prints everything that was measured as JSON.
    #[arg(long)]
    json: bool,
    /// Writes the tables into benches/README.md, too.
    #[arg(long)]
    write: bool,
}

#[derive(clap::Args)]
struct Grow {
    /// What grows; without one, all.
    #[arg(value_enum)]
    axes: Vec<Axis>,
    /// How often each is run; the least counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// The largest size.
    #[arg(long, default_value_t = u64::MAX)]
    most: u64,
    /// Writes the tables into benches/README.md, too.
    #[arg(long)]
    write: bool,
}

fn main() -> ExitCode {
    let done = match Cli::parse().what {
        What::Loads(loads) => run(&loads),
        What::Grow(grow) => growth(&grow),
        What::Braces { rounds, write } => in_braces(rounds, write),
        What::Costs { rounds, write } => costs(rounds, write),
        What::Source {
            shape,
            lines,
            compile,
            seconds,
        } => source(shape, lines, compile.then_some(seconds)),
        What::List => {
            print!("{}", table::legend(&rows::ROWS.iter().collect::<Vec<_>>()));
            Ok(())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn source(shape: Shape, lines: usize, seconds: Option<f64>) -> Result<(), String> {
    let text = shape.program(lines);
    let Some(seconds) = seconds else {
        print!("{text}");
        return Ok(());
    };
    let steps = compile::with_stack(|| compile::compile(&text, seconds))?;
    let per_second = text.lines().count() as f64 / steps.total();
    println!("{steps:?}: {per_second:.0} lines a second");
    Ok(())
}

fn run(asked: &Loads) -> Result<(), String> {
    let rows = rows::select(&asked.loads, &asked.group)?;
    let mut contenders = Vec::new();
    for vm in &asked.vm {
        let (name, path) = vm
            .split_once('=')
            .ok_or_else(|| format!("--vm {vm}: NAME=PATH is wanted"))?;
        contenders.push(Contender::hydra(name, Path::new(path)));
    }
    if contenders.is_empty() {
        contenders.push(Contender::hydra("hydra", &build()?));
    }
    let mut missing = Vec::new();
    let wanted: Vec<&str> = match &asked.peers[..] {
        [] => peer_names(),
        [none] if none == "none" => Vec::new(),
        some => some.iter().map(String::as_str).collect(),
    };
    for name in wanted {
        if !rows.iter().any(|row| row.peers.iter().any(|load| load.peer == name)) && asked.peers.is_empty() {
            continue;
        }
        eprintln!("peer {name}");
        match Contender::peer(name) {
            Ok(peer) => contenders.push(peer),
            Err(why) => missing.push(why),
        }
    }
    let plan = Plan {
        workers: asked.workers.clone(),
        rounds: asked.rounds.max(1),
        target: Duration::from_millis(asked.target.max(1)),
        clock: asked.clock,
    };
    let mut results = Results::measure(&rows, &contenders, &plan, |what| eprintln!("{what}"));
    results.notes.extend(missing);
    let text = describe(&results);
    if asked.json {
        let json = serde_json::to_string_pretty(&results).map_err(|problem| problem.to_string())?;
        println!("{json}");
    } else {
        print!("{text}");
    }
    if asked.write {
        page::write(&folder().join("README.md"), "loads", &text)?;
    }
    Ok(())
}

fn growth(asked: &Grow) -> Result<(), String> {
    let machine = build()?;
    let binaries = Binaries {
        compiler: &machine.with_file_name("hydrac"),
        machine: &machine,
    };
    let setting = Setting::now();
    let axes = if asked.axes.is_empty() { grow::AXES } else { &asked.axes };
    for &axis in axes {
        let mut loads = vec![machine::load()];
        let table = grow::table(axis, &binaries, asked.rounds.max(1), asked.most, &|what| {
            eprintln!("{what}")
        })?;
        loads.push(machine::load());
        let text = format!("{table}\n{}\n", setting.describe(&loads));
        println!("{text}");
        if asked.write {
            let name = axis
                .to_possible_value()
                .map_or_else(String::new, |value| value.get_name().to_owned());
            page::write(&folder().join("README.md"), &name, &text)?;
        }
    }
    Ok(())
}

fn in_braces(rounds: usize, write: bool) -> Result<(), String> {
    let machine = build()?;
    let binaries = braces::Binaries {
        compiler: &machine.with_file_name("hydrac"),
        machine: &machine,
        compiled: machine.with_file_name("braces"),
        wasmi: braces::wasmi().map_err(|why| eprintln!("{why}")).ok(),
    };
    let text = braces::table(&binaries, rounds, &|what| eprintln!("{what}"))?;
    print!("{text}");
    if write {
        page::write(&folder().join("README.md"), "braces", &text)?;
    }
    Ok(())
}

fn costs(rounds: usize, write: bool) -> Result<(), String> {
    let rows = rows::costs();
    let contenders = [Contender::hydra("hydra", &build()?)];
    let plan = Plan {
        workers: vec![1],
        rounds: rounds.max(1),
        target: Duration::from_millis(200),
        clock: Clock::Cpu,
    };
    let results = Results::measure(&rows, &contenders, &plan, |what| eprintln!("{what}"));
    let setting = results.setting.describe(&results.loads);
    let text = format!("{}\n{setting}\n", table::costs(&results));
    print!("{text}");
    for note in &results.notes {
        eprintln!("{note}");
    }
    if write {
        page::write(&folder().join("README.md"), "costs", &text)?;
    }
    Ok(())
}

/// The whole report: the setting, the tables, the notes.
fn describe(results: &Results) -> String {
    let mut text = format!(
        "{}\n\nLeast / median of {} rounds (how many times the first column), {}.\n\n{}",
        results.setting.describe(&results.loads),
        results
            .entries
            .iter()
            .map(|entry| entry.samples.len())
            .max()
            .unwrap_or(0),
        match results.clock {
            Clock::Wall => "time that passed",
            Clock::Cpu => "processor time",
        },
        table::figures(results)
    );
    // processor time gains nothing by more workers
    if results.clock == Clock::Wall
        && let Some(speedups) = table::speedups(results)
    {
        text += &format!("\nWhat more workers gain, by the least and by the medians:\n\n{speedups}");
    }
    if !results.notes.is_empty() {
        text += "\n";
        for note in &results.notes {
            text += &format!("- {note}\n");
        }
    }
    text
}

/// Builds the machine and the compiler, and says where the machine is.
fn build() -> Result<PathBuf, String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--quiet", "--release", "-p", "hydra-vm", "-p", "hydrac"])
        .current_dir(folder())
        .status();
    match built {
        Ok(status) if status.success() => {}
        _ => return Err("hydra-vm and hydrac were not built".into()),
    }
    // the runner itself lies in the same folder, unless it was built without --release
    let own = std::env::current_exe().map_err(|problem| problem.to_string())?;
    let target = own.ancestors().nth(2).ok_or("the runner's own folder is not known")?;
    Ok(target.join("release").join("hydra-vm"))
}
