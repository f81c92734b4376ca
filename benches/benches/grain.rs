//! rhai's tree walker beside its own bytecode, Grain, on texts of the kinds that fragments have: which of both should evaluate what
//! Hydra does not lower.
//!
//! ```sh
//! cargo bench -p hydra-benches --bench grain
//! ```
//!
//! Prints the least time of a text each way, and checks that both give the same.

use rhai::grain::{Compiler, Vm};
use rhai::{Dynamic, Engine, Scope};
use std::time::{Duration, Instant};

/// A name, a text, and how many times it is evaluated together.
const TEXTS: &[(&str, &str, u32)] = &[
    ("a sum of constants", "let x = 1; x + 2", 10_000),
    ("a value of a map", "let m = #{a: 1, b: 2}; m.a + m.b", 10_000),
    ("text put together", "let n = 7; `${n} of ${n + 1}`", 10_000),
    (
        "a condition in a loop",
        "let x = 0; let y = 0; while x < 100000 { x += 1; if x <= 10000 { y += 1; } } x + y",
        1,
    ),
    (
        "calls",
        "fn fib(k) { if k < 2 { k } else { fib(k - 1) + fib(k - 2) } } fib(18)",
        1,
    ),
    (
        "elements",
        "let a = []; for i in 0..1000 { a.push(i * 7 % 13); } let s = 0; for k in 0..50 { for i in 0..1000 { s += a[i]; } } s",
        1,
    ),
    (
        "words",
        "let m = #{}; for k in 0..1000 { for w in \"the quick brown fox jumps\".split(\" \") { if w in m { m[w] += 1; } else { m[w] = 1; } } } m.len()",
        1,
    ),
    (
        "closures in an array",
        "let f = [|x| x + 1]; let s = 0; for i in 0..20000 { s += f[0].call(i); } s",
        1,
    ),
];

const ROUNDS: usize = 9;

fn least(times: u32, evaluate: &dyn Fn() -> Dynamic) -> (Duration, String) {
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..times {
            drop(std::hint::black_box(evaluate()));
        }
        best = best.min(start.elapsed() / times);
    }
    (best, evaluate().to_string())
}

fn main() {
    let mut engine = Engine::new();
    // as where fragments run: what they do is counted
    engine.on_progress(|_| None);
    for &(name, text, times) in TEXTS {
        let ast = engine.compile(text).expect("it is rhai");
        let program = Compiler::new().compile(&ast);
        let walk = || {
            engine
                .eval_ast_with_scope::<Dynamic>(&mut Scope::new(), &ast)
                .expect("a value")
        };
        let run = || {
            Vm::new(&engine)
                .eval_with_scope(&mut Scope::new(), &program)
                .expect("a value")
        };
        let (walked, first) = least(times, &walk);
        let (ran, second) = least(times, &run);
        assert_eq!(first, second, "{name}");
        let ratio = walked.as_secs_f64() / ran.as_secs_f64();
        println!("{name:<24} tree {walked:>12.2?}  grain {ran:>12.2?}  {ratio:.2}");
    }
}
