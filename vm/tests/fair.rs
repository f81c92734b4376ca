//! Random servers, each of which chooses over and over among many that always have something to say: each guard must be chosen
//! so many times before the server ends. A guard that is passed over for ever is found, for then the server does not end; and on one
//! worker it may not take many more rounds than there is to take.
//!
//! `HYDRA_FAIR=1000 cargo test --release -p hydra-vm --test fair` tries more of them.

#[path = "support/numbers.rs"]
#[allow(dead_code, reason = "only some of it is needed")]
mod numbers;

use hydra_vm::{Captured, Limits, Program, Run, Status};
use numbers::Numbers;
use std::fmt::Write;

/// How often each guard must be chosen.
const GOAL: usize = 20;

/// A program, and how many counts its server keeps.
struct Server {
    text: String,
    counts: usize,
    /// It has a guard that is ready without anybody, which it may take while others are on their way.
    alone: bool,
}

/// A server that chooses among families, several who speak in one name, some of them in two guards or in every other round only,
/// and perhaps nothing at all.
fn server(numbers: &mut Numbers<'_>) -> Server {
    let (mut speakers, mut guards) = (String::new(), Vec::new());
    let mut counts = 0;
    let mut guard = |range: &str, when: &str, input: &str, count: String| {
        guards.push(format!(
            "{range} left > 0{when}{input} -> rounds := rounds + 1; at := {count}; seen(at) := seen(at) + 1;
               [ seen(at) = {GOAL} -> left := left - 1 [] seen(at) <> {GOAL} -> skip ]"
        ));
    };
    let sources = 1 + numbers.below(4);
    for source in 0..sources {
        let twice = 1 + usize::from(numbers.below(3) == 0);
        let when = if numbers.below(4) == 0 {
            " and rounds % 2 = 0"
        } else {
            ""
        };
        if numbers.below(2) == 0 {
            let count = 1 + numbers.below(6);
            let _ = writeln!(speakers, "|| one{source}(i:1..{count}) :: *[ true -> server ! i ]");
            for _ in 0..twice {
                let range = format!("(i:1..{count})");
                guard(&range, when, &format!("; one{source}(i) ? n"), format!("i + {counts}"));
                counts += count;
            }
        } else {
            let agents = vec!["*[ true -> server ! 1 ]"; 2 + numbers.below(3)].join(" || ");
            let _ = writeln!(speakers, "|| crowd{source} :: [[ {agents} ]]");
            for _ in 0..twice {
                counts += 1;
                guard("", when, &format!("; crowd{source} ? n"), counts.to_string());
            }
        }
    }
    let alone = numbers.below(5) == 0;
    if alone {
        counts += 1;
        guard("", "", "", counts.to_string());
    }
    for at in (1..guards.len()).rev() {
        guards.swap(at, numbers.below(at + 1));
    }
    let text = format!(
        "[[ server :: n, at, rounds, left : integer; seen : (1..{counts}) integer; left := {counts};
           *[ {} ]; {{print(rounds)}}
         {speakers}]]",
        guards.join("\n           [] ")
    );
    Server { text, counts, alone }
}

/// Runs it; how many rounds it took, if it has ended.
fn rounds(server: &Server, workers: usize, seed: Option<u64>) -> Result<usize, String> {
    let program = Program::compile("server.csp", &server.text).map_err(|error| format!("{error}\n{}", server.text))?;
    let printed = Captured::default();
    let limits = Limits {
        steps: Some(20_000_000),
        ..Limits::default()
    };
    let mut run = Run::new(&program)
        .stdout(printed.clone())
        .limits(limits)
        .workers(workers);
    if let Some(seed) = seed {
        run = run.seed(seed);
    }
    let outcome = run.run().map_err(|error| error.to_string())?;
    match (outcome.status, printed.text().trim().parse()) {
        // those who still speak to it fail
        (Status::Failure | Status::Done, Ok(rounds)) => Ok(rounds),
        (status, _) => Err(format!("{status:?}: {:?}", outcome.report.map(|report| report.message))),
    }
}

#[test]
fn no_ready_guard_is_passed_over_for_ever() {
    let tries = std::env::var("HYDRA_FAIR").map_or(60, |text| text.parse().expect("a number"));
    let mut worst = 0.0_f64;
    for number in 0..tries {
        let server = server(&mut Numbers::new(number));
        for (workers, seed) in [(1, None), (2, None), (4, None), (1, Some(number))] {
            let way = format!("server {number}, {workers} workers, seed {seed:?}");
            let rounds =
                rounds(&server, workers, seed).unwrap_or_else(|problem| panic!("{way}: {problem}\n{}", server.text));
            let least = server.counts * GOAL;
            if workers == 1 && !server.alone {
                let more = rounds as f64 / least as f64;
                worst = worst.max(more);
                assert!(
                    more < 12.0,
                    "{way}: {rounds} rounds where {least} would do\n{}",
                    server.text
                );
            }
        }
    }
    println!("{tries} servers; on one worker at most {worst:.1} times the rounds that would do");
}
