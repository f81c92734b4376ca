//! Blocks of generated fragments, on as many threads as there are cores.

use crate::choices::Counts;
use crate::compare::{Both, Share};
use crate::text::Accepted;
use crate::{BLOCK, CASES, STACK_BYTES, cases, runner, strategy};
use proptest::test_runner::{TestCaseError, TestError};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How often it is told how far a long run is.
const TOLD: Duration = Duration::from_secs(30);

/// What all threads have found together.
#[derive(Default)]
struct Found {
    /// Blocks that somebody has begun.
    begun: usize,
    fragments: u64,
    /// A difference has been found.
    differs: bool,
    share: Share,
    counts: Counts,
    left: BTreeMap<String, usize>,
    differences: Vec<String>,
}

/// A number of the environment.
fn asked(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is a number, not {text:?}")),
    )
}

/// Compares all fragments that are asked for.
pub(crate) fn all() {
    let wanted = asked("HYDRA_CASES").map(|cases| cases as usize);
    let seed = asked("HYDRA_SEED").unwrap_or_else(|| match wanted {
        Some(_) => std::time::UNIX_EPOCH
            .elapsed()
            .map_or(0, |time| time.as_micros() as u64),
        None => 0,
    });
    let blocks = wanted.unwrap_or(CASES).div_ceil(BLOCK);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = asked("HYDRA_THREADS").map_or(cores, |threads| threads as usize).max(1);
    println!("HYDRA_SEED={seed}");
    let found = Mutex::new(Found::default());
    let (found, begin) = (&found, Instant::now());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let work = move || work(seed, blocks, found);
            let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
            thread.spawn_scoped(scope, work).expect("a thread");
        }
        let mut told = Instant::now();
        while wanted.is_some() && scope_is_busy(found, blocks) {
            std::thread::sleep(Duration::from_millis(100));
            if told.elapsed() > TOLD {
                told = Instant::now();
                let fragments = found.lock().unwrap().fragments;
                let each = fragments as f64 / begin.elapsed().as_secs_f64();
                eprintln!("{fragments} fragments, {each:.0} a second");
            }
        }
    });
    let found = found.lock().unwrap();
    let (lowered, all) = found.share;
    println!(
        "{} fragments, of which {all} are accepted and {lowered} became bytecode",
        found.fragments
    );
    for (why, count) in &found.left {
        println!("{count:>9} left to rhai: {why}");
    }
    for (construct, count) in &found.counts {
        println!("{count:>9} {construct}");
    }
    assert!(found.differences.is_empty(), "{}", found.differences.join("\n\n"));
}

/// Whether there are blocks that nobody has begun.
fn scope_is_busy(found: &Mutex<Found>, blocks: usize) -> bool {
    let found = found.lock().unwrap();
    found.begun < blocks && found.differences.is_empty()
}

/// One thread compares one block after the other, until there are no more or somebody has found a difference.
fn work(seed: u64, blocks: usize, found: &Mutex<Found>) {
    let both = Both::new();
    loop {
        let block = {
            let mut found = found.lock().unwrap();
            if found.begun >= blocks || !found.differences.is_empty() {
                return;
            }
            found.begun += 1;
            found.begun - 1
        };
        let one = RefCell::new(Found::default());
        let result = runner(seed, block).run(&strategy(), |numbers| {
            let mut one = one.borrow_mut();
            let cases = cases(&numbers, &mut one.counts);
            one.fragments += cases.len() as u64;
            let found = |difference: String| {
                // making it smaller can take minutes
                if !one.differs {
                    eprintln!("block {block}: {difference}");
                    one.differs = true;
                }
                TestCaseError::fail(difference)
            };
            let compared = Accepted::of(&cases).and_then(|accepted| {
                let share = both.compare(&accepted)?;
                if cases.len().is_multiple_of(4) {
                    both.paranoid(&accepted)?;
                }
                Ok(share)
            });
            let (lowered, all) = compared.map_err(found)?;
            one.share.0 += lowered;
            one.share.1 += all;
            Ok(())
        });
        let one = one.into_inner();
        let mut found = found.lock().unwrap();
        found.fragments += one.fragments;
        found.share.0 += one.share.0;
        found.share.1 += one.share.1;
        for (construct, count) in one.counts {
            *found.counts.entry(construct).or_default() += count;
        }
        for (why, count) in both.left.take() {
            *found.left.entry(why).or_default() += count;
        }
        match result {
            Ok(()) => {}
            Err(TestError::Fail(difference, _)) => found.differences.push(format!("block {block}: {difference}")),
            Err(TestError::Abort(reason)) => found.differences.push(reason.to_string()),
        }
    }
}
