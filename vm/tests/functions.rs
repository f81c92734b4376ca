//! Functions and types of the application in fragments.
#![cfg(feature = "compiler")]

use hydra_vm::{Captured, Compiler, Engine, ErrorKind, Functions, Program, Run};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

#[derive(Clone, Debug, PartialEq)]
struct Account {
    owner: String,
    cents: i64,
}

fn functions() -> Functions {
    let mut functions = Functions::new();
    functions
        .register_fn("account", |owner: &str| Account {
            owner: owner.to_owned(),
            cents: 0,
        })
        .register_fn("pay", |account: &mut Account, cents: i64| account.cents += cents)
        .register_fn("cents", |account: Account| account.cents)
        .register_fn("double", |n: i64| 2 * n)
        .register_fn("half", |n: i64| n as f64 / 2.0)
        .register_fn("checked", |n: i64| -> Result<i64, Box<hydra_vm::rhai::EvalAltResult>> {
            if n < 0 {
                Err("a number below zero".into())
            } else {
                Ok(n)
            }
        })
        .register_fn("explode", |n: i64| -> i64 { panic!("{n} is too much") })
        .register(|rhai| {
            rhai.register_type_with_name::<Account>("Account")
                .register_get("owner", |account: &mut Account| account.owner.clone())
                .register_fn("to_string", |account: &mut Account| {
                    format!("{}: {}", account.owner, account.cents)
                })
                .register_fn("triple", |n: i64| 3 * n);
        });
    functions
}

fn run(text: &str) -> Result<String, hydra_vm::Error> {
    let program = Compiler::new().functions(&functions()).compile("test.csp", text)?;
    let mut outputs = Vec::new();
    for workers in [1, 2] {
        let printed = Captured::default();
        Run::new(&program)
            .workers(workers)
            .stdout(printed.clone())
            .run()?
            .finished()?;
        outputs.push(printed.text());
    }
    assert_eq!(outputs[0], outputs[1]);
    Ok(outputs.remove(0))
}

#[test]
fn functions_and_types_are_used_in_fragments() {
    let text = r#"
        _include{ fn twice(x) { double(double(x)) } }
        [[ bank :: a : any; a := {account("Ada")}; {a.pay(150)}; {pay(a, 50)}; shop ! a; {print(cents(a))}
        || shop :: a : any; n : integer; bank ? a; {a.pay(1)}; n := {cents(a)}; {print(`${a.owner} has ${n}`)}
        ]];
        n : integer; x : real; v : any := "y";
        n := {double(3)}; x := {half(n)}; n := {twice(n) + triple(1)};
        {print(`${n} ${x} ${checked(1)}`)}"#;
    let output = run(text).unwrap_or_else(|error| panic!("{error}"));
    let mut lines: Vec<&str> = output.lines().collect();
    lines[..2].sort_unstable();
    assert_eq!(lines, ["200", "Ada has 201", "27 3.0 1"]);
}

#[test]
fn the_compiler_knows_names_types_and_what_they_change() {
    let error = |text: &str| run(text).unwrap_err();
    let found = error("n : integer; n := {dubble(3)}");
    assert_eq!(found.kind(), ErrorKind::Compile);
    assert!(found.to_string().contains("did you mean `double`?"), "{found}");
    let found = error("n : integer; n := {double(3, 4)}");
    assert!(
        found.to_string().contains("unknown function `double`") || found.to_string().contains("cannot be called"),
        "{found}"
    );
    let found = error("n : integer; n := {half(3)}");
    assert_eq!(found.kind(), ErrorKind::Compile);
    assert!(found.reports()[0].code.starts_with("H03"), "{found}");
    // what a method changes is no one else's
    let found = error("a : any; a := {account(\"x\")}; [[ {a.pay(1)} || {print(a.owner)} ]]");
    assert!(found.reports()[0].code.starts_with("H05"), "{found}");
    // and what it does not change may be read by all
    let both = run(
        "a : any; n : integer; a := {account(\"x\")}; [[ {print(cents(a))} || {print(cents(a))} ]]; n := {triple(n)}",
    );
    assert_eq!(both.unwrap_or_else(|error| panic!("{error}")), "0\n0\n");
    // without the functions the names are not known
    let alone = Program::compile("test.csp", "{print(double(2))}").unwrap_err();
    assert!(alone.to_string().contains("unknown function `double`"), "{alone}");
}

#[test]
fn what_goes_wrong_in_them_is_a_failure_of_the_program_alone() {
    let engine = Engine::new(2).unwrap();
    let compiler = Compiler::new().functions(&functions());
    let compile = |text: &str| {
        compiler
            .compile("test.csp", text)
            .unwrap_or_else(|error| panic!("{error}"))
    };
    let (bad, good) = (
        compile("n : integer := 7; after 5; n := {explode(n)}"),
        compile("after 30; {print(double(4))}"),
    );
    let printed = Captured::default();
    let running = Run::new(&good).stdout(printed.clone()).start_on(&engine).unwrap();
    let error = Run::new(&bad).start_on(&engine).unwrap().wait().finished().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Failure);
    assert!(
        error
            .to_string()
            .contains("a function that rhai calls has panicked: 7 is too much"),
        "{error}"
    );
    assert!(error.to_string().starts_with("test.csp:1:"), "{error}");
    running.wait().finished().unwrap();
    assert_eq!(printed.text(), "8\n");
    let error = Run::new(&compile("{print(checked(-1))}"))
        .run()
        .unwrap()
        .finished()
        .unwrap_err();
    assert!(error.to_string().contains("a number below zero"), "{error}");
}

#[test]
fn a_loaded_program_is_given_its_functions() {
    let bytes = Compiler::new()
        .functions(&functions())
        .compile("test.csp", "{print(double(4))}")
        .unwrap()
        .bytes();
    let printed = Captured::default();
    let program = Program::load(&bytes).unwrap().with_functions(&functions());
    Run::new(&program)
        .stdout(printed.clone())
        .run()
        .unwrap()
        .finished()
        .unwrap();
    assert_eq!(printed.text(), "8\n");
    let error = Run::new(&Program::load(&bytes).unwrap())
        .run()
        .unwrap()
        .finished()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Failure);
    assert!(error.to_string().contains("double"), "{error}");
}

#[test]
fn one_that_has_the_name_of_rhais_own_is_the_one_that_counts() {
    let mut functions = Functions::new();
    let calls = Arc::new(AtomicI64::new(0));
    let count = calls.clone();
    functions.register_fn("sqrt", move |x: f64| {
        count.fetch_add(1, Ordering::Relaxed);
        x + 1000.0
    });
    let program = Compiler::new()
        .functions(&functions)
        .compile(
            "test.csp",
            "x : real := 4.0; x := {sqrt(x)}; {print(x)}; {print(abs(-x))}",
        )
        .unwrap_or_else(|error| panic!("{error}"));
    let printed = Captured::default();
    Run::new(&program)
        .stdout(printed.clone())
        .run()
        .unwrap()
        .finished()
        .unwrap();
    assert_eq!(
        (printed.text().as_str(), calls.load(Ordering::Relaxed)),
        ("1004.0\n1004.0\n", 1)
    );
}
