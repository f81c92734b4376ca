//! Traces that are fuzzed, over the committed corpus: whatever a trace says, a replay ends with an error or as a run does.
//!
//! `cargo test -p hydra-vm --test corpus_traces -- --nocapture` lists what the corpus reaches: how traces are refused, do not fit, and end.
//! `HYDRA_GROW=60 cargo test --release -p hydra-vm --test corpus_traces` tries random ones for 60 seconds and adds those that reach
//! something new.

#[path = "../fuzz/again.rs"]
mod again;
#[path = "support/numbers.rs"]
mod numbers;
#[path = "support/traces.rs"]
mod traces;

use numbers::Numbers;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What is said of a trace, and how a replay ends: all of it must be reached.
const SAID: [&str; 21] = [
    "this is no trace of a run",
    "this trace has format",
    "damaged (it is cut)",
    "damaged (its checksum)",
    "damaged (its streams)",
    "damaged (its params)",
    "damaged (a record in it)",
    "damaged (the order of its records)",
    "damaged (it has no beginning)",
    "damaged (it begins twice)",
    "damaged (a stream in it)",
    "the program in the trace",
    "the trace ends here",
    "comes next in the log of",
    "which does something else",
    "reads what was not read",
    "the program ends before all has happened",
    "the run ends with",
    "no process can go on, but more has happened",
    "Done",
    "Deadlock",
];

/// Which of these an input reaches.
fn reaches(data: &[u8]) -> Vec<usize> {
    let said = again::traces(data);
    let at = SAID.iter().enumerate().filter(|(_, piece)| said.contains(**piece));
    at.map(|(number, _)| number).collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/traces")
}

fn corpus() -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(folder()).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.sort();
    let read = |path: PathBuf| std::fs::read(path).expect("it can be read");
    files.into_iter().map(read).collect()
}

#[test]
fn the_corpus_of_traces_is_harmless_and_reaches_what_it_should() {
    let (mut reached, files) = ([0; SAID.len()], corpus());
    for data in &files {
        reaches(data).into_iter().for_each(|number| reached[number] += 1);
    }
    if let Ok(seconds) = std::env::var("HYDRA_GROW") {
        grow(
            &mut reached,
            Duration::from_secs(seconds.parse().expect("seconds")),
            files.clone(),
        );
    }
    println!("{} files", files.len());
    for (piece, count) in SAID.iter().zip(reached) {
        println!("  {count:4} {piece}");
    }
    let missing: Vec<&str> = (SAID.iter().zip(reached))
        .filter(|(_, count)| *count == 0)
        .map(|(piece, _)| *piece)
        .collect();
    assert!(missing.is_empty(), "nothing reaches: {missing:#?}");
}

/// Adds inputs that reach something new: random ones, and those that were added, with a byte changed.
fn grow(reached: &mut [usize; SAID.len()], time: Duration, mut known: Vec<Vec<u8>>) {
    let begin = Instant::now();
    let mut numbers = Numbers::new(begin.elapsed().as_nanos() as u64 + std::process::id() as u64);
    let mut tried = 0;
    while begin.elapsed() < time {
        let mut data: Vec<u8> = (0..2 + numbers.below(40)).map(|_| numbers.next() as u8).collect();
        if numbers.chance(50) && !known.is_empty() {
            data.clone_from(numbers.pick(&known));
            let at = numbers.below(data.len());
            data[at] = numbers.next() as u8;
        } else if numbers.chance(70) {
            data[0] |= 2; // a good trace that is changed
        }
        tried += 1;
        let found = reaches(&data);
        if found.iter().any(|&number| reached[number] == 0) {
            let sum = |sum: u64, byte: &u8| sum.wrapping_mul(33) ^ u64::from(*byte);
            std::fs::create_dir_all(folder()).expect("a folder");
            let name = format!("{:016x}", data.iter().fold(5381, sum));
            std::fs::write(folder().join(name), &data).expect("it can be written");
            known.push(data);
        }
        found.into_iter().for_each(|number| reached[number] += 1);
    }
    println!("{tried} inputs were tried");
}
