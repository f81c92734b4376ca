//! Plug-ins that nobody trusts: each is a program of its own with limits, and none can harm the application or the others.
//!
//! ```sh
//! cargo run -p hydra-vm --example sandbox
//! ```

use hydra_vm::{Captured, Compiler, Engine, ErrorKind, Functions, Limits, Run};
use std::time::Duration;

/// A plug-in, and how it must end.
const PLUG_INS: &[(&str, &str, Option<ErrorKind>)] = &[
    ("greets", r#"{print("hello, " + user())}"#, None),
    ("loops", "*[ true -> skip ]", Some(ErrorKind::Limit)),
    ("loops_in_braces", "{loop { }}", Some(ErrorKind::Limit)),
    (
        "prints",
        r#"*[ true -> {print("spam spam spam spam spam spam spam spam")} ]"#,
        Some(ErrorKind::Limit),
    ),
    (
        "multiplies",
        "process P() :: [[ P() || P() ]] end P()",
        Some(ErrorKind::Limit),
    ),
    ("sleeps", "after 1000000", Some(ErrorKind::Limit)),
    (
        "recurses",
        "_include{ fn f(n) { f(n + 1) + 1 } } v : any; v := {f(0)}",
        Some(ErrorKind::Failure),
    ),
    (
        "grows",
        "_include{ fn g() { let a = [1]; loop { a += a; } } } v : any; v := {g()}",
        Some(ErrorKind::Limit),
    ),
    (
        "waits",
        "[[ a :: n : integer; b ? n; b ! n || b :: n : integer; a ? n; a ! n ]]",
        Some(ErrorKind::Deadlock),
    ),
    ("calls", "{user_of_another_plug_in()}", Some(ErrorKind::Compile)),
    ("evaluates", r#"{eval("1")}"#, Some(ErrorKind::Compile)),
    ("explodes", "{divide(1, 0)}", Some(ErrorKind::Failure)),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut functions = Functions::new();
    functions
        .register_fn("user", || "Tony".to_owned())
        // a function of the application with a bug: it panics, and only the plug-in that called it fails
        .register_fn("divide", |a: i64, b: i64| a / b);
    let compiler = Compiler::new().functions(&functions);
    let limits = Limits {
        processes: Some(1_000),
        steps: Some(300_000),
        output: Some(64 << 10),
        time: Some(Duration::from_secs(2)),
        ..Limits::default()
    };
    let engine = Engine::builder().workers(2).limits(limits).build()?;
    std::panic::set_hook(Box::new(|_| {})); // what panics is told by the report

    // all at once, on the same two threads
    let mut started = Vec::new();
    for &(name, text, expected) in PLUG_INS {
        let printed = Captured::default();
        let running = compiler
            .compile(name, text)
            .and_then(|program| Run::new(&program).stdout(printed.clone()).start_on(&engine));
        started.push((name, expected, printed, running));
    }
    for (name, expected, printed, running) in started {
        let ended = running.and_then(|running| running.wait().finished());
        let kind = ended.as_ref().err().map(hydra_vm::Error::kind);
        match &ended {
            Ok(_) => println!("{name}: {}", printed.text().trim_end()),
            Err(error) => println!("{name}: {:?}: {}", error.kind(), error.reports()[0].message),
        }
        assert_eq!(kind, expected, "{name}");
    }
    drop(std::panic::take_hook());
    Ok(())
}

#[test]
fn it_runs() {
    main().unwrap_or_else(|error| panic!("{error}"));
}
