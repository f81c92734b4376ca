//! Each limit is met by programs that try to get around it: by doing nothing that looks like a step, by starting processes a few
//! at a time, by needing memory where nobody counts, by writing where nobody looks.

#[allow(dead_code, reason = "only the running of a command is needed")]
#[path = "support/tools.rs"]
mod tools;

use std::path::Path;
use tools::run;

/// Runs programs that must end with this limit, on one worker, on two, and with a seed.
fn all_meet(limit: &str, value: &str, says: &str, input: &[u8], programs: &[&str]) {
    let folder = std::env::temp_dir().join(format!("hydra-limits-{}-{}", std::process::id(), &limit[2..]));
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    let mut wrong = Vec::new();
    for program in programs {
        std::fs::write(folder.join("p.csp"), program).expect("it can be written");
        for how in [["--workers", "1"], ["--workers", "2"], ["--seed", "1"]] {
            let mut arguments = vec!["run", "p.csp", limit, value, "--bind", "paper=paper.txt"];
            if !program.contains("extern paper") {
                arguments.truncate(4);
            }
            arguments.extend(how);
            let arguments: Vec<String> = arguments.into_iter().map(str::to_owned).collect();
            match run(Path::new(env!("CARGO_BIN_EXE_hydra-vm")), &arguments, &folder, input) {
                Ok(ran) if ran.status == 4 && ran.err.contains(says) => {}
                Ok(ran) => wrong.push(format!("{how:?} {program}\nexit {}: {}", ran.status, ran.err)),
                Err(problem) => wrong.push(format!("{how:?} {program}\n{problem}")),
            }
        }
    }
    let _ = std::fs::remove_dir_all(&folder);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn of_steps() {
    all_meet(
        "--max-steps",
        "100000",
        "--max-steps",
        b"",
        &[
            // nothing but starting and ending
            "*[ true -> [[ skip || skip ]] ]",
            // recursion instead of loops
            "process F(n : integer) :: n : integer; F(n) end F(1)",
            "process F(n : integer) :: [[ F(n) || skip ]] end F(1)",
            // nothing but communication
            "[[ a :: *[ true -> b ! 1 ] || b :: n : integer; *[ a ? n -> skip ] ]]",
            "[[ a(i:1..3) :: *[ true -> b ! 1 ] || b :: n : integer; *[ (i:1..3) a(i) ? n -> skip ] ]]",
            "[[ a :: *[ true -> b ! \"s\" ] || b :: s : string; n : integer; *[ a ? s -> skip [] a ? n -> skip ] ]]",
            // guards that fail, delays that are none
            "[[ x :: skip || n : integer; *[ x ? n -> skip [] else -> skip ] ]]",
            "*[ after 0 -> skip ]",
            "*[ true -> after 0 ]",
            // loops in braces, in functions of theirs, and in what these call
            "{loop {}}",
            "{let x = 0; while true { x += 1; }}",
            "_include{ fn f() { loop { let y = 1; } } } {f()}",
            "_include{ fn f(n) { g(n) } fn g(n) { let s = 0; for i in 0..n { s += i; } s } } {f(9000000000000)}",
            "{let a = []; a.pad(1000, 0); loop { a.map(|x| x + 1); }}",
            // a function of rhai that drops the errors of what it calls
            "{let a = []; for i in 0..20000 { a.push(i); } loop { a.sort(|x, y| (x * 7919) % 20011 - (y * 7919) % 20011); }}",
            // a very long count
            "*(i:1..9000000000000000000)[ skip ]",
            "[[ p(i:1..10) :: *(j:1..9000000000000)[ skip ] ]]",
        ],
    );
}

#[test]
fn of_time() {
    all_meet(
        "--timeout",
        "200ms",
        "--timeout",
        b"",
        &[
            "*[ true -> skip ]",
            "{loop {}}",
            "_include{ fn f() { loop { } } } {f()}",
            "*[ true -> [[ skip || skip ]] ]",
            "[[ a :: *[ true -> b ! 1 ] || b :: n : integer; *[ a ? n -> skip ] ]]",
            // a list that is sorted again and again, inside rhai
            "{let a = []; for i in 0..20000 { a.push(i * 7919 % 20011); } loop { let b = a; b.sort(|x, y| x - y); }}",
        ],
    );
}

#[test]
fn of_processes() {
    all_meet(
        "--max-processes",
        "1000",
        "limit reached",
        b"",
        &[
            "[[ p(i:1..1001) :: skip ]]",
            "[[ p(i:1..40, j:1..40) :: skip ]]",
            "[[ p(i:1..9000000000) :: skip ]]",
            // a few at a time, each waiting for the next
            "process F() :: [[ F() || skip ]] end F()",
            "process F() :: [[ p(i:1..10) :: F() ]] end F()",
            "[[ p(i:1..20) :: [[ q(j:1..20) :: [[ r(k:1..20) :: skip ]] ]] ]]",
        ],
    );
}

#[test]
fn of_output() {
    all_meet(
        "--max-output",
        "10K",
        "--max-output",
        b"",
        &[
            "*[ true -> {print(1)} ]",
            "*[ true -> {print(\"\")} ]",
            "*[ true -> stdout ! 'c' ]",
            "*[ true -> stderr ! \"line\" ]",
            "extern paper; *[ true -> paper ! \"line\" ]",
            "extern paper; *[ true -> paper ! 'c'; stdout ! 'd'; stderr ! 'e' ]",
            "{loop { print(\"x\") }}",
            "_include{ fn f() { loop { print(\"x\") } } } {f()}",
            "[[ a(i:1..10) :: *[ true -> {print(i)} ] ]]",
            // one line that is too long by itself
            "s : string; s := \"x\"; *[ true -> s := {s + s}; [ {s.len() > 20000} -> {print(s)} [] {s.len() <= 20000} -> skip ] ]",
        ],
    );
}

#[test]
fn of_memory() {
    // a line without an end
    let long = vec![b'x'; 200 << 20];
    all_meet(
        "--max-memory",
        "64M",
        "limit reached",
        &long,
        &["s : string; stdin ? s"],
    );
    all_meet(
        "--max-memory",
        "64M",
        "limit reached",
        b"",
        &[
            "s : string; s := \"x\"; *[ true -> s := {s + s} ]",
            "{let s = \"x\"; loop { s += s; }}",
            "{let a = [1]; loop { a += a; }}",
            "{let m = #{}; let i = 0; loop { m[\"k\" + i] = i; i += 1; }}",
            "{let a = []; a.pad(100000000, 0);}",
            "a : (1..10000, 1..10000) integer; a(1, 1) := 1",
            "x : any; x := 1; *[ true -> x := pair(x, x); x := {[x, x]} ]",
            // processes that wait, each with an array
            "[[ p(i:1..100000) :: a : (1..100) integer; a(1) := i; after 100000; {print(a[1])} ]]",
            // outputs that nobody takes
            "[[ x :: [[ p(i:1..2000000) :: y ! i ]] || y :: n : integer; after 100000; x ? n ]]",
            // registers of instances that do not end
            "process F(n : integer) :: a, b, c, d, e : integer; F(n + 1) end F(1)",
            "_include{ fn f(n) { 1 + f(n + 1) } } process G(n : integer) :: [[ G(n + 1) ]] end G(1)",
        ],
    );
}
