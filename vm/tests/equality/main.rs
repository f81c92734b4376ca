//! Fragments that became bytecode mean what they mean in rhai: value, type, effects, and the message and place of a failure.
//!
//! Fragments are generated, most of them well-typed, with extreme values, and run both ways. What differs is made smaller
//! until nothing can be left out. Beside them are [directed](directed) ones, for boundaries that are seldom met by chance.
//! `HYDRA_CASES=1000000 cargo test --release -p hydra-vm --test equality -- --nocapture`
//! runs as many, with other ones in each run, and prints how often each construct was among them.
//!
//! A quarter of the programs is also run as `hydra-vm run --paranoid` does. With `--features plants` each of the wrong lowerings
//! in `compiler/src/plants.rs` is planted in turn, and must be found both ways among the fragments of a run of all tests.
#![cfg(feature = "compiler")]

mod choices;
mod compare;
mod directed;
mod generate;

use choices::{Choices, Counts};
use compare::Both;
use generate::Case;
use proptest::collection::vec;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use std::cell::RefCell;

/// Fragments of one program.
const TOGETHER: usize = 20;

/// Fragments in a run of all tests.
const CASES: usize = 6_000;

/// Stack for the compiler, and for rhai in debug builds.
const STACK_BYTES: usize = 256 << 20;

// what is planted is wrong everywhere
#[cfg(not(feature = "plants"))]
#[test]
fn lowered_fragments_mean_what_rhai_says() {
    with_stack(all);
}

#[cfg(not(feature = "plants"))]
#[test]
fn directed_fragments_are_lowered_and_mean_what_rhai_says() {
    with_stack(|| {
        if let Err(difference) = directed::compare(&Both::new()) {
            panic!("{difference}");
        }
    });
}

fn with_stack(test: fn()) {
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(test);
    thread.expect("a thread").join().expect("no difference");
}

/// Each wrong lowering that can be planted is found by comparing whole runs, and by a run that compares each fragment.
#[cfg(feature = "plants")]
#[test]
fn planted_errors_are_found_both_ways() {
    with_stack(planted);
}

#[cfg(feature = "plants")]
fn planted() {
    let mut missed = Vec::new();
    for (number, what) in hydrac::plants::ALL.iter().enumerate() {
        hydrac::plants::plant(Some(number));
        let found = first_difference(&|both, cases| both.compare(cases).is_err());
        let paranoid = first_difference(&|both, cases| both.paranoid(cases).is_err());
        let told = |found: Option<usize>| found.map_or("NOT FOUND".into(), |cases| format!("after {cases} fragments"));
        println!("{what}: whole runs {}, --paranoid {}", told(found), told(paranoid));
        if found.is_none() || paranoid.is_none() {
            missed.push(*what);
        }
    }
    hydrac::plants::plant(None);
    assert!(missed.is_empty(), "not found: {missed:?}");
}

/// How many fragments of those that all tests run are needed until there is a difference.
#[cfg(feature = "plants")]
fn first_difference(differs: &dyn Fn(&Both, &[Case]) -> bool) -> Option<usize> {
    use proptest::strategy::{Strategy, ValueTree};
    let config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let (both, mut counts, mut run) = (Both::new(), Counts::default(), 0);
    while run < CASES {
        let numbers = strategy().new_tree(&mut runner).expect("numbers").current();
        let cases: Vec<Case> = numbers
            .iter()
            .map(|numbers| generate::case(&mut Choices::new(numbers, &mut counts)))
            .collect();
        run += cases.len();
        if differs(&both, &cases) {
            return Some(run);
        }
    }
    None
}

/// Programs of fragments, as the numbers that decide them.
fn strategy() -> impl proptest::strategy::Strategy<Value = Vec<Vec<u32>>> {
    vec(vec(0..5040_u32, 0..120), 1..=TOGETHER)
}

#[cfg(not(feature = "plants"))]
fn all() {
    let asked = std::env::var("HYDRA_CASES")
        .ok()
        .and_then(|text| text.parse::<usize>().ok());
    let cases = asked.unwrap_or(CASES);
    let config = Config {
        // a program has half of the most fragments on average
        cases: cases.div_ceil(TOGETHER / 2) as u32,
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..Config::default()
    };
    let mut runner = match asked {
        Some(_) => TestRunner::new(config),
        None => TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
    };
    let both = Both::new();
    let counts = RefCell::new(Counts::default());
    let share = RefCell::new((0, 0));
    let result = runner.run(&strategy(), |numbers| {
        let mut counts = counts.borrow_mut();
        let cases: Vec<Case> = numbers
            .iter()
            .map(|numbers| generate::case(&mut Choices::new(numbers, &mut counts)))
            .collect();
        let compared = both.compare(&cases);
        let compared = compared.and_then(|share| match cases.len() % 4 {
            0 => both.paranoid(&cases).map(|()| share),
            _ => Ok(share),
        });
        match compared {
            Ok((lowered, all)) => {
                let mut share = share.borrow_mut();
                share.0 += lowered;
                share.1 += all;
                Ok(())
            }
            Err(difference) => Err(TestCaseError::fail(difference)),
        }
    });
    let (lowered, all) = share.into_inner();
    println!("{lowered} of {all} fragments became bytecode");
    for (why, count) in both.left.take() {
        println!("{count:>9} left to rhai: {why}");
    }
    for (construct, count) in counts.into_inner() {
        println!("{count:>9} {construct}");
    }
    match result {
        Ok(()) => {}
        Err(TestError::Fail(difference, _)) => panic!("{difference}"),
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
}
