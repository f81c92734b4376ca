//! Random networks of processes, of which another checker knows every way in which they can end: done, with a failure, or
//! dead, and who waits then. They are run with seeds and with 1, 2 and 8 workers; with processes that wait for time, and with
//! one that waits for the outside, beside which dead groups must be named.
//!
//! ```sh
//! cargo test --release -p hydra-vm --test networks -- --count 10000
//! ```
//!
//! `--first N` begins with another network, `--show true` prints the first and what the model says of it. Without any of
//! these a slice is run.

mod judge;
mod model;
mod network;
#[path = "../support/numbers.rs"]
mod numbers;
#[path = "../support/repeat.rs"]
mod repeat;
mod text;

use judge::Judge;
use network::Network;
use numbers::Numbers;
use std::process::ExitCode;

/// How many networks the slice has.
const SLICE: u64 = 300;

fn main() -> ExitCode {
    let (mut first, mut count, mut show) = (1, SLICE, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(word) = arguments.next() {
        let mut number = || arguments.next().and_then(|word| word.parse().ok()).expect("a number");
        match word.as_str() {
            "--first" => first = number(),
            "--count" => count = number(),
            "--show" => show = arguments.next().is_some(),
            "--list" => return ExitCode::SUCCESS,
            filter if !filter.starts_with('-') && !"networks".contains(filter) => return ExitCode::SUCCESS,
            _ => {}
        }
    }
    let mut judge = Judge::new();
    let mut wrong = 0;
    for number in first..first + count {
        let network = Network::new(&mut Numbers::new(number));
        if show {
            println!("{}", text::program(&network, false));
            return ExitCode::SUCCESS;
        }
        if let Err(problem) = judge.check(&network, number..number + 3) {
            wrong += 1;
            println!("---- --first {number} --count 1\n{problem}\n");
        }
    }
    println!("networks: {wrong} wrong; {:?}", judge.tally);
    if wrong > 0 {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}
