//! Programs that are small enough for Miri, which interprets the machine and sees what is undefined in it: together they come by all
//! files with `unsafe` code but the threaded one, which a build without optimisation goes through step by step.
//!
//! `MIRIFLAGS=-Zmiri-disable-isolation cargo +nightly miri test -p hydra-vm --no-default-features --features compiler --test small`

#![cfg(feature = "compiler")]

use hydra_vm::{Captured, Config, Engine, Status, compile};

/// A program: its name, its text, how it ends, and the lines that it prints, in any order.
type Small = (&'static str, &'static str, Status, &'static [&'static str]);

const PROGRAMS: &[Small] = &[
    (
        "rendezvous",
        "[[ a :: b ! 1; b ! \"x\" || b :: n : integer; s : string; a ? n; a ? s; {print(`${n}${s}`)} ]]",
        Status::Done,
        &["1x"],
    ),
    (
        "choice",
        "[[ a(i:1..3) :: *(j:1..2)[ b ! 10 * i + j ] || c :: s : string; s := \"end\"; b ! s
        || b :: n, sum : integer; s : string; *[ (i:1..3) a(i) ? n -> sum := sum + n [] c ? s -> skip ]; {print(`${s} ${sum}`)} ]]",
        Status::Done,
        &["end 129"],
    ),
    (
        "agents",
        "[[ crowd :: [[ one ! 1 || one ! 2 ]]
        || one :: [[ n : integer; crowd ? n; {print(n)} || n : integer; [ crowd ? n -> {print(n)} ] ]] ]]",
        Status::Done,
        &["1", "2"],
    ),
    (
        "nested",
        "n : integer; a : (1..4) integer; s : string; s := \"seen\";
         [[ p(i:1..4) :: a(i) := i * i || q :: n := 7; [[ x :: {print(s)} || y :: skip ]] ]]; {print(n)}; {print(a)}",
        Status::Done,
        &["seen", "7", "[1, 4, 9, 16]"],
    ),
    (
        "instances",
        "process PASS(from, to : process) :: n : integer; *[ from ? n -> to ! pair(n, n + 1) ] end
         [[ a :: b ! 1; b ! 2 || b :: PASS(a, c) || c :: n, m : integer; *[ b ? pair(n, m) -> {print(n * m)} ] ]]",
        Status::Done,
        &["2", "6"],
    ),
    (
        "delays",
        "[[ a :: after 300; b ! 1 || b :: n : integer; *[ n = 0 -> [ a ? n -> {print(n)} [] after 200 -> skip ] ] ]]",
        Status::Done,
        &["1"],
    ),
    (
        "failure",
        "[[ a(i:1..3) :: b ! i || b :: n : integer; *[ (i:1..3) a(i) ? n -> {print(6 / (n - n))} ] ]]",
        Status::Failure,
        &[],
    ),
    (
        "deadlock",
        "[[ a :: n : integer; b ? n; b ! 1 || b :: n : integer; a ? n; a ! 1 || c :: {print(\"c\")} ]]",
        Status::Deadlock,
        &["c"],
    ),
    (
        "stream",
        "[[ in :: s : string; *[ stdin ? s -> out ! s ] || out :: s : string; *[ in ? s -> stdout ! s ] ]]",
        Status::Done,
        &["one", "two"],
    ),
    (
        "values",
        "v : any; w : any; a : (0..2) integer;
         { v = #{k: [1], s: \"short\"}; for i in 0..3 { a[i] = i; v.k.push(a[i]); v.s += `, ${i}`; } w = v; w.k[0] += 6;
           for x in v.k { if v.s.len() > 3 && \"k\" in v { a[1] += 3 } } a[2] = 9; print(v); print(w.k); print(a) }",
        Status::Done,
        &["#{\"k\": [1, 0, 1, 2], \"s\": \"short, 0, 1, 2\"}", "[7, 0, 1, 2]", "[0, 13, 9]"],
    ),
];

#[test]
fn small_programs_do_what_they_should() {
    for (name, text, status, lines) in PROGRAMS {
        let module = compile(name, text).unwrap_or_else(|reports| panic!("{name}: {reports:?}"));
        for workers in [1, 2] {
            println!("{name}, {workers} workers");
            let printed = Captured::default();
            let config = Config {
                stdin: Box::new(&b"one\ntwo\n"[..]),
                stdout: Box::new(printed.clone()),
                ..Config::default()
            };
            let engine = Engine::new(workers).expect("threads");
            let outcome = engine.run(module.clone(), config).expect("it starts");
            assert_eq!(outcome.status, *status, "{name}: {:?}", outcome.report);
            let text = printed.text();
            let mut seen: Vec<&str> = text.lines().collect();
            let mut wanted = lines.to_vec();
            seen.sort_unstable();
            wanted.sort_unstable();
            assert_eq!(seen, wanted, "{name}");
        }
    }
}
