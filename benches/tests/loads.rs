//! Every load computes what it should, with a small size, and communicates as often as it says. Time is never judged here.

use hydra_benches::rows::ROWS;
use hydra_vm::{Captured, Program, Run, Status};
use std::collections::BTreeSet;
use std::path::Path;

/// A load in small.
struct Small {
    program: &'static str,
    set: Vec<(&'static str, i64)>,
    /// What it prints.
    prints: String,
    /// Communications at least, which `--stats` would show.
    communications: u64,
}

fn small(program: &'static str, set: &[(&'static str, i64)], prints: impl ToString, communications: u64) -> Small {
    Small {
        program,
        set: set.to_vec(),
        prints: prints.to_string(),
        communications,
    }
}

/// The small computation of `work`, `busy` and `farm`.
fn turns(mut x: i64, turns: u32) -> i64 {
    for _ in 0..turns {
        x = (x * 1_103_515_245 + 12_345) % 2_147_483_648;
    }
    x
}

fn sum(upto: i64) -> i64 {
    (1..=upto).sum()
}

fn prime(nth: usize) -> u32 {
    let mut primes: Vec<u32> = Vec::new();
    let mut next = 2;
    while primes.len() < nth {
        if primes.iter().all(|prime| next % prime != 0) {
            primes.push(next);
        }
        next += 1;
    }
    primes[nth - 1]
}

/// The sum of what comes out of the array of `matrix`.
fn matrix(rows: i64, k: i64) -> i64 {
    let column = |j: i64| (1..=k).map(|i| 1 + (i + j) % 2).sum::<i64>();
    (1..=rows).map(|row| row % 3 * (1..=k).map(column).sum::<i64>()).sum()
}

/// Iterations on the Mandelbrot set of n times n points.
fn mandel(n: i32) -> i32 {
    let size = f64::from(n);
    let point = |x: i32, y: i32| {
        let (ci, cr) = (2.0 * f64::from(y) / size - 1.0, 3.0 * f64::from(x) / size - 2.0);
        let (mut zr, mut zi, mut it) = (0.0_f64, 0.0_f64, 0);
        while it < 200 && zr * zr + zi * zi <= 4.0 {
            (zr, zi) = (zr * zr - zi * zi + cr, 2.0 * zr * zi + ci);
            it += 1;
        }
        it
    };
    (0..n).map(|y| (0..n).map(|x| point(x, y)).sum::<i32>()).sum()
}

fn loads() -> Vec<Small> {
    let sum7 = |n: i64| (1..=n).map(|i| i * i % 7).sum::<i64>();
    vec![
        small("commstime", &[("n", 50)], 50, 4 * 50),
        small("ring", &[("n", 60), ("p", 6)], 60, 60),
        small("ring", &[("n", 6), ("p", 3)], 6, 6),
        small("mtring", &[("n", 160), ("p", 8), ("tokens", 5)], 160, 160 + 40),
        small("prodcons", &[("n", 100)], sum(100), 100),
        small("choice", &[("n", 60), ("k", 6)], 6 * sum(10), 60),
        small("choice_one", &[("n", 60), ("k", 10)], sum(60), 120),
        small("choice_closed", &[("n", 30), ("k", 9)], sum(30) + sum(9), 39),
        small("start", &[("n", 60), ("k", 20)], 60, 0),
        small("start_one", &[("n", 60)], 60, 0),
        small("waiting", &[("n", 60)], sum(60), 180),
        small("sieve", &[("n", 25)], prime(25), 25),
        small(
            "work",
            &[("n", 20), ("k", 4), ("turns", 7)],
            (1..=4)
                .map(|i| (1..=5).map(|j| turns(i, 7 * j)).sum::<i64>())
                .sum::<i64>(),
            20,
        ),
        small(
            "busy",
            &[("n", 50), ("k", 3)],
            (1..=3).map(|i| turns(i, 50)).sum::<i64>(),
            3,
        ),
        small(
            "agents",
            &[("n", 120), ("agents", 6)],
            "120 moves, 0 agents left behind",
            3 * 120,
        ),
        small("matrix", &[("n", 70), ("k", 3)], matrix(70 / 9, 3), 2 * 63),
        small(
            "farm",
            &[("n", 30), ("k", 4), ("turns", 9)],
            (1..=30).map(|job| turns(job, 9)).sum::<i64>(),
            90,
        ),
        small("sum7", &[("n", 100)], sum7(100), 0),
        small("sum7_fragment", &[("n", 100)], sum7(100), 0),
        small("sum7_function", &[("n", 100)], sum7(100), 0),
        small("mandel", &[("n", 12), ("k", 2)], mandel(12), 2),
        small("fib", &[("n", 12)], 144, 0),
        // 27 comes to 1 in 111 steps
        small("fragment", &[("n", 111)], 1, 0),
        small("text", &[("n", 12)], 9 * 6 + 3 * 7, 12),
        small("print", &[("n", 3)], "line 1\nline 2\nline 3", 0),
        small("array", &[("n", 20), ("k", 5)], 20, 20),
        small("structured", &[("n", 50)], sum(50) + 50, 50),
        small("any", &[("n", 50)], sum(50) + 50, 50),
        small("instance", &[("n", 50)], sum(50), 50),
        small("recursion", &[("n", 20)], 20, 21),
        small("empty", &[("n", 0)], 0, 0),
    ]
}

#[test]
fn loads_compute_what_they_should() {
    for load in loads() {
        let path = hydra_benches::contender::program(load.program);
        let program = Program::compile_file(&path).unwrap_or_else(|error| panic!("{}: {error}", load.program));
        assert!(
            program.warnings().is_empty(),
            "{}: {:?}",
            load.program,
            program.warnings()
        );
        for workers in [1, 2, 8] {
            let printed = Captured::default();
            let mut run = Run::new(&program).stdout(printed.clone()).workers(workers);
            for (name, value) in &load.set {
                run = run.set(name, *value);
            }
            let outcome = run.run().unwrap_or_else(|error| panic!("{}: {error}", load.program));
            assert_eq!(
                outcome.status,
                Status::Done,
                "{} with {workers}: {:?}",
                load.program,
                outcome.report
            );
            assert_eq!(
                printed.text().trim_end(),
                load.prints,
                "{} with {workers} workers",
                load.program
            );
            let happened = outcome.statistics.communications;
            assert!(
                happened >= load.communications,
                "{}: {happened} communications",
                load.program
            );
        }
    }
}

#[test]
fn every_load_is_tested_and_measured() {
    let tested: BTreeSet<String> = loads().iter().map(|load| load.program.to_owned()).collect();
    let measured: BTreeSet<String> = ROWS.iter().map(|row| row.program.to_owned()).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("loads");
    let there: BTreeSet<String> = std::fs::read_dir(folder)
        .expect("the folder can be read")
        .flatten()
        .filter_map(|entry| Some(entry.path().file_stem()?.to_string_lossy().into_owned()))
        .collect();
    assert_eq!(tested, there);
    assert_eq!(measured, there);
}

#[test]
fn names_of_rows_are_different_and_peers_exist() {
    let names: BTreeSet<&str> = ROWS.iter().map(|row| row.name).collect();
    assert_eq!(names.len(), ROWS.len());
    let peers = hydra_benches::contender::peer_names();
    for row in ROWS {
        for load in row.peers {
            assert!(peers.contains(&load.peer), "{}: {}", row.name, load.peer);
        }
    }
}

#[test]
fn the_page_has_every_load() {
    let page = include_str!("../README.md");
    for row in ROWS {
        let line = format!("| {} | {} |", row.name, row.operation);
        assert!(
            page.contains(&line),
            "benches/README.md has no line `{line}`: `list` prints them"
        );
    }
}
