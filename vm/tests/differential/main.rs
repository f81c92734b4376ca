//! Random programs whose outcome does not depend on the schedule are run with 1, 2 and 8 workers, with seeds, and recorded and
//! repeated; all runs must end alike, and as the oracle does, if one is given:
//!
//! ```sh
//! cargo test --release -p hydra-vm --test differential -- --count 10000 --oracle FOLDER
//! ```
//!
//! `--first N` begins with another program, `--kind determined`, `racy` or `timed` takes those of one kind, and
//! `--show true` prints the first and runs nothing. Without any of these a slice is run.

mod generate;
mod judge;
#[path = "../support/numbers.rs"]
mod numbers;
mod oracle;
#[path = "../support/repeat.rs"]
mod repeat;

use generate::{Generated, Kind};
use judge::Judge;
use numbers::Numbers;
use oracle::Oracle;
use std::process::ExitCode;

/// How many programs of each kind the slice has.
const SLICE: u64 = 100;

/// What is to be done.
struct Wanted {
    first: u64,
    count: u64,
    kinds: Vec<Kind>,
    oracle: Option<Oracle>,
    show: bool,
}

/// Reads the arguments; `None` if the test is not meant.
fn wanted() -> Option<Wanted> {
    let mut wanted = Wanted {
        first: 1,
        count: SLICE,
        kinds: vec![Kind::Determined, Kind::Racy, Kind::Timed],
        oracle: None,
        show: false,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(word) = arguments.next() {
        let mut number = || arguments.next().and_then(|word| word.parse().ok()).expect("a number");
        match word.as_str() {
            "--first" => wanted.first = number(),
            "--count" => wanted.count = number(),
            "--kind" => {
                wanted.kinds = match arguments.next().as_deref() {
                    Some("determined") => vec![Kind::Determined],
                    Some("racy") => vec![Kind::Racy],
                    Some("timed") => vec![Kind::Timed],
                    _ => panic!("--kind determined, racy or timed"),
                }
            }
            "--oracle" => wanted.oracle = Some(Oracle::new(arguments.next().expect("a folder").into())),
            "--show" => wanted.show = arguments.next().is_some(),
            "--list" => return None,
            filter if !filter.starts_with('-') && !"differential".contains(filter) => return None,
            _ => {}
        }
    }
    Some(wanted)
}

/// The program with a number; those with the same number of two kinds have nothing in common.
fn program(number: u64, kind: Kind) -> Generated {
    generate::program(Numbers::new(number * 3 + kind as u64), kind)
}

fn main() -> ExitCode {
    let Some(wanted) = wanted() else {
        return ExitCode::SUCCESS;
    };
    let with_oracle = if wanted.oracle.is_some() { " and the oracle" } else { "" };
    let judge = Judge::new(wanted.oracle);
    let mut tried = 0;
    let mut wrong = 0;
    for kind in wanted.kinds {
        for number in wanted.first..wanted.first + wanted.count {
            let generated = program(number, kind);
            if wanted.show {
                print!("{}", generated.text);
                return ExitCode::SUCCESS;
            }
            tried += 1;
            if let Err(problem) = judge.check(&generated, number..number + 2) {
                wrong += 1;
                let kind = format!("{kind:?}").to_lowercase();
                println!("---- --kind {kind} --first {number} --count 1\n{problem}\n");
            }
            if tried % 1000 == 0 {
                println!("{tried} programs, {wrong} wrong");
            }
        }
    }
    println!(
        "differential: {tried} programs, {wrong} of them with a difference between 1, 2 and 8 workers, seeds{with_oracle}"
    );
    if wrong > 0 {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}
