//! Fragments that became bytecode mean what they mean in rhai: value, type, effects, and the message and place of a failure.
//!
//! Fragments are generated, most of them well-typed, with extreme values, and run both ways. What differs is made smaller
//! until nothing can be left out. Beside them are [directed](directed) ones, for boundaries that are seldom met by chance.
//! A run of all tests always has the same fragments, fewer in a build without optimisation.
//! `HYDRA_CASES=10000000 cargo test --release -p hydra-vm --test equality -- --nocapture`
//! runs as many on all cores, with other ones in each run, tells how far it is, and prints how often each construct was
//! among them; `HYDRA_SEED=…` repeats a run, `HYDRA_THREADS=…` says how many cores it takes.
//!
//! `HYDRA_SNIPPETS=…` and `HYDRA_SCRIPTS=…` name [other texts of rhai](published/README.md#others) to be compared.
//!
//! A quarter of the programs is also run as `hydra-vm run --paranoid` does. With `--features plants` each of the wrong lowerings
//! in `compiler/src/plants.rs` is planted in turn, and must be found both ways among the fragments of a run of all tests.
#![cfg(feature = "compiler")]

#[cfg(not(feature = "plants"))]
mod blocks;
mod choices;
mod compare;
#[cfg(not(feature = "plants"))]
mod directed;
mod generate;
#[cfg(not(feature = "plants"))]
mod published;
mod text;

use choices::{Choices, Counts};
use compare::Both;
use generate::Case;
use proptest::collection::vec;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
#[cfg(feature = "plants")]
use text::Accepted;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Fragments of one program.
const TOGETHER: usize = 60;

/// Fragments in a run of all tests.
const CASES: usize = if cfg!(debug_assertions) { 6_000 } else { 50_000 };

/// Fragments are made in blocks of about as many, each from a seed of its own, so that threads share the work and a run
/// can be repeated whatever their number is.
const BLOCK: usize = 2_000;

/// Stack for the compiler, and for rhai in debug builds.
const STACK_BYTES: usize = 256 << 20;

// what is planted is wrong everywhere
#[cfg(not(feature = "plants"))]
#[test]
fn lowered_fragments_mean_what_rhai_says() {
    blocks::all();
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

#[cfg(not(feature = "plants"))]
#[test]
fn fragments_of_tests_of_rhai_mean_what_rhai_says() {
    with_stack(published::snippets);
}

#[cfg(not(feature = "plants"))]
#[test]
fn scripts_of_rhai_mean_what_rhai_says() {
    with_stack(published::scripts);
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
        let found = first_difference(&|both, accepted| both.compare(accepted).is_err());
        let paranoid = first_difference(&|both, accepted| both.paranoid(accepted).is_err());
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
fn first_difference(differs: &dyn Fn(&Both, &Accepted) -> bool) -> Option<usize> {
    use proptest::strategy::{Strategy, ValueTree};
    let (both, mut counts, mut run) = (Both::new(), Counts::default(), 0);
    for block in 0..CASES.div_ceil(BLOCK) {
        let mut runner = runner(0, block);
        for _ in 0..programs(BLOCK) {
            let numbers = strategy().new_tree(&mut runner).expect("numbers").current();
            let cases = cases(&numbers, &mut counts);
            run += cases.len();
            if differs(&both, &Accepted::of(&cases).expect("errors of fragments only")) {
                return Some(run);
            }
        }
    }
    None
}

/// Programs of fragments, as the numbers that decide them.
fn strategy() -> impl proptest::strategy::Strategy<Value = Vec<Vec<u32>>> {
    vec(vec(0..5040_u32, 0..120), 1..=TOGETHER)
}

/// The fragments that numbers decide.
fn cases(numbers: &[Vec<u32>], counts: &mut Counts) -> Vec<Case> {
    let one = |numbers: &Vec<u32>| generate::case(&mut Choices::new(numbers, counts));
    numbers.iter().map(one).collect()
}

/// How many programs have about as many fragments.
fn programs(cases: usize) -> u32 {
    // a program has half of the most fragments on average
    cases.div_ceil(TOGETHER / 2) as u32
}

/// What makes a block of fragments.
fn runner(seed: u64, block: usize) -> TestRunner {
    let config = Config {
        cases: programs(BLOCK),
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..Config::default()
    };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&(block as u64).to_le_bytes());
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}
