//! Programs inside an application: params, externs bound to values, errors.
#![cfg(feature = "compiler")]

use hydra_vm::{Binding, Captured, Data, Engine, ErrorKind, Limits, Program, Run, Severity};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

fn program(text: &str) -> Program {
    Program::compile("test.csp", text).unwrap_or_else(|error| panic!("{error}"))
}

/// Runs on one worker, on two, and with a seed.
fn every_way(mut run: impl FnMut(&dyn Fn(Run<'_>) -> Result<hydra_vm::Outcome, hydra_vm::Error>)) {
    run(&|settings| settings.workers(1).run());
    run(&|settings| settings.workers(2).run());
    run(&|settings| settings.seed(7).run());
}

fn collector() -> (Binding, Arc<Mutex<Vec<Data>>>) {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keep = kept.clone();
    let sink = Binding::sink(move |data: Data| keep.lock().unwrap().push(data));
    (sink, kept)
}

#[test]
fn every_type_goes_in_and_out() {
    let program = program(
        r#"extern input, output;
        *[ i : integer; input ? i -> output ! {i + 1}
        [] r : real; input ? r -> output ! {r * 2.0}
        [] b : boolean; input ? b -> output ! {!b}
        [] c : character; input ? c -> output ! c
        [] s : string; input ? s -> output ! {s + "!"}
        [] a : (1..2, 0..1) integer; input ? a -> output ! a(2, 0); output ! a
        [] input ? (i, s) -> output ! (s, i)
        [] input ? stop() -> output ! stopped()
        ]"#
        .replace("[] input ? (i, s)", "[] i : integer; s : string; input ? (i, s)")
        .as_str(),
    );
    let given = || -> Vec<Data> {
        vec![
            41.into(),
            1.5.into(),
            true.into(),
            'ß'.into(),
            "hey".into(),
            vec![vec![1, 2], vec![3, 4]].into(),
            (7, "seven").into(),
            Data::signal("stop"),
        ]
    };
    every_way(|run| {
        let (sink, kept) = collector();
        let settings = Run::new(&program)
            .bind("input", Binding::iterator(given()))
            .bind("output", sink);
        run(settings)
            .unwrap()
            .finished()
            .unwrap_or_else(|error| panic!("{error}"));
        let expected: Vec<Data> = vec![
            42.into(),
            3.0.into(),
            false.into(),
            'ß'.into(),
            "hey!".into(),
            3.into(),
            vec![vec![1, 2], vec![3, 4]].into(),
            ("seven", 7).into(),
            Data::signal("stopped"),
        ];
        assert_eq!(*kept.lock().unwrap(), expected);
    });
}

#[test]
fn params_by_type_and_by_text() {
    let program = program("param n : integer; param x : real; param s : string = \"-\"; {print(`${n} ${x} ${s}`)}");
    let printed = Captured::default();
    let settings = || Run::new(&program).stdout(printed.clone());
    settings()
        .set("n", 3)
        .set("x", 2)
        .set_text("s", "text")
        .run()
        .unwrap()
        .finished()
        .unwrap();
    assert_eq!(printed.text(), "3 2.0 text\n");
    for (run, expected) in [
        (settings().set("n", 3), "param x has no value"),
        (settings().set("n", "three").set("x", 1.0), "param n is of type integer"),
        (settings().set("m", 3), "no param m"),
        (
            settings().set("n", 1).set("x", 1.0).bind("e", Binding::Standard),
            "no extern e",
        ),
    ] {
        let error = run.run().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn blocking_ends_do_not_stop_other_processes() {
    let program = program(
        r#"extern slow, echo;
        [[ reader :: *[ n : integer; slow ? n -> echo ! n ]
        || other :: *(i:1..100)[ third ! i ]
        || third :: *[ n : integer; other ? n -> skip ]; {print("others are done")}
        ]]"#,
    );
    let (numbers, receiver) = mpsc::channel::<i64>();
    let (sender, echo) = mpsc::sync_channel::<i64>(0);
    let printed = Captured::default();
    let seen = printed.clone();
    let feeder = std::thread::spawn(move || {
        for n in 0..50 {
            if n == 1 {
                // the worker is free while it waits for the next number
                while seen.text().is_empty() {
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
            numbers.send(n).unwrap();
            assert_eq!(echo.recv(), Ok(n));
        }
    });
    Run::new(&program)
        .workers(1)
        .bind("slow", receiver)
        .bind("echo", sender)
        .stdout(printed)
        .run()
        .unwrap()
        .finished()
        .unwrap_or_else(|error| panic!("{error}"));
    feeder.join().unwrap();
}

#[test]
fn a_value_waits_for_an_input_that_wants_it() {
    let program = program(
        r#"extern mixed;
        [[ i :: *[ n : integer; mixed ? n -> {print("integer " + n)} ]
        || s :: *[ t : string; mixed ? t -> {print("string " + t)} ]
        ]]"#,
    );
    every_way(|run| {
        for blocking in [false, true] {
            let mut values: Vec<Data> = vec!["a".into(), 1.into(), 2.into(), "b".into(), 3.into()];
            values.reverse();
            let next = move || values.pop();
            let source = if blocking {
                Binding::blocking_source(next)
            } else {
                Binding::source(next)
            };
            let printed = Captured::default();
            let settings = Run::new(&program).bind("mixed", source).stdout(printed.clone());
            run(settings)
                .unwrap()
                .finished()
                .unwrap_or_else(|error| panic!("{error}"));
            let text = printed.text();
            let mut lines: Vec<&str> = text.lines().collect();
            lines.sort_unstable();
            assert_eq!(lines, ["integer 1", "integer 2", "integer 3", "string a", "string b"]);
        }
    });
}

#[test]
fn what_nobody_takes() {
    let never = program("extern e; *[ n : integer; e ? n -> skip [] e ? p() -> skip ]");
    every_way(|run| {
        let error = run(Run::new(&never).bind("e", Binding::iterator(["text"])));
        let error = error.unwrap().finished().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Failure);
        assert!(
            error.to_string().contains("e offers string \"text\", which no input"),
            "{error}"
        );
        assert_eq!(error.reports()[0].severity, Severity::Event("failure"));
    });
    let stuck = program("extern e; n : integer; s : string; e ? n; e ? s");
    every_way(|run| {
        let error = run(Run::new(&stuck).bind("e", Binding::iterator(["text"])));
        let error = error.unwrap().finished().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Deadlock);
        assert!(error.to_string().contains("e offers string \"text\""), "{error}");
    });
}

#[test]
fn closures_that_go_wrong_are_failures() {
    let reads = program("extern e; n : integer; e ? n");
    let writes = program("extern e; e ! 5");
    let wrong = |number: i64| -> Result<(), String> { Err(format!("{number} is bad")) };
    every_way(|run| {
        let cases: Vec<(&Program, Binding, &str)> = vec![
            (
                &reads,
                Binding::source(|| -> Option<i64> { panic!("oh") }),
                "panicked: oh",
            ),
            (
                &reads,
                Binding::blocking_source(|| -> Option<i64> { panic!("oh") }),
                "panicked: oh",
            ),
            (
                &reads,
                Binding::iterator(Vec::<i64>::new()),
                "input from e, which has terminated",
            ),
            (&reads, Binding::sink(|_: i64| {}), "e gives nothing"),
            (
                &writes,
                Binding::sink(|_: i64| -> Result<(), String> { panic!("oh") }),
                "panicked: oh",
            ),
            (
                &writes,
                Binding::blocking_sink(|_: i64| -> Result<(), String> { panic!("oh") }),
                "panicked: oh",
            ),
            (&writes, Binding::sink(wrong), "5 is bad"),
            (&writes, Binding::blocking_sink(wrong), "5 is bad"),
            (&writes, Binding::sink(|_: String| {}), "string is wanted"),
            (&writes, Binding::iterator([1]), "e takes no output"),
            (
                &writes,
                mpsc::channel::<i64>().0.into(),
                "output to e, which has terminated",
            ),
            (
                &writes,
                mpsc::sync_channel::<i64>(0).0.into(),
                "output to e, which has terminated",
            ),
        ];
        for (program, binding, expected) in cases {
            let error = run(Run::new(program).bind("e", binding))
                .unwrap()
                .finished()
                .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Failure, "{error}");
            assert!(error.to_string().contains(expected), "{expected}: {error}");
        }
    });
}

#[test]
fn many_writers_and_an_extern_that_answers() {
    let program = program(
        r#"extern server; extern out;
        [[ W(i:1..20) :: *(k:1..10)[ out ! (i, k) ]
        || asker :: *(i:1..5)[ n : integer; server ! i; server ? n; out ! n ]
        ]]"#,
    );
    every_way(|run| {
        let asked = Arc::new(Mutex::new(0));
        let answer = asked.clone();
        let server = Binding::source(move || Some(*answer.lock().unwrap() * 2))
            .with_sink(Binding::sink(move |n: i64| *asked.lock().unwrap() = n));
        let count = Arc::new(Mutex::new((0, Vec::new())));
        let counting = count.clone();
        let out = Binding::blocking_sink(move |data: Data| {
            let mut count = counting.lock().unwrap();
            match data {
                Data::Integer(n) => count.1.push(n),
                _ => count.0 += 1,
            }
        });
        let settings = Run::new(&program).bind("server", server).bind("out", out);
        run(settings)
            .unwrap()
            .finished()
            .unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(*count.lock().unwrap(), (200, vec![2, 4, 6, 8, 10]));
    });
}

#[test]
fn runs_end_while_the_application_is_silent() {
    let program = program("extern e; n : integer; e ? n");
    let (sender, receiver) = mpsc::channel::<i64>();
    let limits = Limits {
        time: Some(Duration::from_millis(50)),
        ..Limits::default()
    };
    let error = Run::new(&program).bind("e", receiver).limits(limits).run().unwrap();
    assert_eq!(error.finished().unwrap_err().kind(), ErrorKind::Limit);
    drop(sender);
    let engine = Engine::new(2).unwrap();
    let (sender, receiver) = mpsc::channel::<i64>();
    let settings = Run::new(&program).bind("e", receiver);
    let outcome = settings.run_on(&engine, |canceller| canceller.cancel()).unwrap();
    assert_eq!(outcome.finished().unwrap_err().kind(), ErrorKind::Cancelled);
    drop(sender);
    let (sender, receiver) = mpsc::channel::<i64>();
    sender.send(1).unwrap();
    Run::new(&program)
        .bind("e", receiver)
        .run_on(&engine, |_| {})
        .unwrap()
        .finished()
        .unwrap();
    assert!(sender.send(2).is_err(), "the run has dropped its end");
}

#[test]
fn a_program_runs_many_times_at_once() {
    let program = program("extern from, to; *[ n : integer; from ? n -> to ! n ]");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let (sender, receiver) = mpsc::channel::<i64>();
                let settings = Run::new(&program)
                    .bind("from", Binding::iterator(0..1000))
                    .bind("to", sender);
                settings.workers(2).run().unwrap().finished().unwrap();
                assert_eq!(receiver.iter().sum::<i64>(), 499_500);
            });
        }
    });
}

#[test]
fn the_clock_of_a_run_with_a_seed_is_virtual_altogether() {
    let program = program(
        r#"_include{ import "time" as clock; }
        {print(clock::millis())}; {print(clock::now())}; after 1500; {print(clock::millis())}; {print(clock::time())}"#,
    );
    let run = || {
        let printed = Captured::default();
        Run::new(&program)
            .seed(1)
            .stdout(printed.clone())
            .run()
            .unwrap()
            .finished()
            .unwrap();
        printed.text()
    };
    let first = run();
    std::thread::sleep(Duration::from_millis(3));
    assert_eq!(first, run());
    assert_eq!(first, "946684800000\n946684800.0\n946684801500\n946684801.5\n");
}
