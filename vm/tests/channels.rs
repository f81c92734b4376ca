//! Channels, async streams and sinks as externs: hand to hand, without threads that wait.
#![cfg(feature = "compiler")]

use futures::{SinkExt, StreamExt, executor::block_on};
use hydra_vm::{Binding, Captured, Engine, ErrorKind, Limits, Program, Run, channel};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

fn program(text: &str) -> Program {
    Program::compile("test.csp", text).unwrap_or_else(|error| panic!("{error}"))
}

/// On one worker, on two, and with a seed.
fn every_way(mut run: impl FnMut(&Engine)) {
    run(&Engine::new(1).unwrap());
    run(&Engine::new(2).unwrap());
    run(&Engine::builder().seed(3).build().unwrap());
}

#[test]
fn values_go_in_and_out_one_by_one() {
    let program = program("extern from, to; *[ n : integer; from ? n -> to ! n * n ]");
    every_way(|engine| {
        let (numbers, from) = channel::<i64>();
        let (to, squares) = channel::<i64>();
        let running = Run::new(&program)
            .bind("from", from)
            .bind("to", to)
            .start_on(engine)
            .unwrap();
        for n in 0..1000 {
            numbers.send(n).unwrap();
            assert_eq!(squares.recv(), Ok(n * n));
        }
        drop(numbers);
        running.wait().finished().unwrap_or_else(|error| panic!("{error}"));
        assert!(squares.recv().is_err());
    });
}

#[test]
fn a_send_returns_when_the_program_has_taken_the_value() {
    // the first value is looked at, but nobody wants it before the string has come from elsewhere
    let program = program("extern e, gate; n : integer; s : string; gate ? s; e ? n; {print(s + n)}");
    every_way(|engine| {
        let (numbers, e) = channel::<i64>();
        let (open, gate) = channel::<String>();
        let sent = Arc::new(AtomicBool::new(false));
        let printed = Captured::default();
        let running = Run::new(&program)
            .bind("e", e)
            .bind("gate", gate)
            .stdout(printed.clone())
            .start_on(engine)
            .unwrap();
        let says = sent.clone();
        let sender = std::thread::spawn(move || {
            numbers.send(5).unwrap();
            says.store(true, Ordering::SeqCst);
        });
        std::thread::sleep(Duration::from_millis(30));
        assert!(!sent.load(Ordering::SeqCst), "nobody has taken it");
        open.send("n = ".into()).unwrap();
        sender.join().unwrap();
        running.wait().finished().unwrap();
        assert_eq!(printed.text(), "n = 5\n");
    });
}

#[test]
fn what_is_not_taken_is_told() {
    let program = program("extern e, to; n : integer; e ? n; to ! n");
    every_way(|engine| {
        let (numbers, e) = channel::<i64>();
        let (to, results) = channel::<i64>();
        let running = Run::new(&program).bind("e", e).bind("to", to).start_on(engine).unwrap();
        let other = numbers.clone();
        let (one, two) = (
            std::thread::spawn(move || numbers.send(1)),
            std::thread::spawn(move || other.send(2)),
        );
        let got = results.recv().unwrap();
        running.wait().finished().unwrap();
        let sent = [one.join().unwrap(), two.join().unwrap()];
        assert_eq!(sent.iter().filter(|sent| sent.is_ok()).count(), 1);
        assert!(sent[usize::try_from(got - 1).unwrap()].is_ok());
    });
    // an extern whose receiver is gone has terminated
    let writes = self::program("extern e; e ! 1");
    every_way(|engine| {
        let (e, _) = channel::<i64>();
        let error = Run::new(&writes)
            .bind("e", e)
            .start_on(engine)
            .unwrap()
            .wait()
            .finished()
            .unwrap_err();
        assert!(
            error.to_string().contains("output to e, which has terminated"),
            "{error}"
        );
        let (e, _kept) = channel::<String>();
        let error = Run::new(&writes)
            .bind("e", e)
            .start_on(engine)
            .unwrap()
            .wait()
            .finished()
            .unwrap_err();
        assert!(
            error.to_string().contains("string is wanted, and this is integer 1"),
            "{error}"
        );
    });
}

#[test]
fn channels_connect_programs_on_one_engine() {
    let first = program("extern to; *(i:1..500)[ to ! i ]");
    let middle = program("extern from, to; *[ n : integer; from ? n -> to ! n + 1 ]");
    let last = program("extern from; n, sum : integer; *[ from ? n -> sum := sum + n ]; {print(sum)}");
    // even a single thread is enough, for a program that waits keeps none
    for workers in [1, 2, 3] {
        let engine = Engine::new(workers).unwrap();
        let (a, b) = channel::<i64>();
        let (c, d) = channel::<i64>();
        let printed = Captured::default();
        let running = [
            Run::new(&last)
                .bind("from", d)
                .stdout(printed.clone())
                .start_on(&engine)
                .unwrap(),
            Run::new(&middle)
                .bind("from", b)
                .bind("to", c)
                .start_on(&engine)
                .unwrap(),
            Run::new(&first).bind("to", a).start_on(&engine).unwrap(),
        ];
        for running in running {
            running.wait().finished().unwrap_or_else(|error| panic!("{error}"));
        }
        assert_eq!(printed.text(), format!("{}\n", 500 * 501 / 2 + 500));
    }
}

#[test]
fn guards_on_channels_are_fair_enough_and_end() {
    let program = program(
        r#"extern e(i:1..3), out;
        n : integer;
        *[ (i:1..3) e(i) ? n -> out ! (i, n) ]"#,
    );
    every_way(|engine| {
        let (out, got) = channel::<(i64, i64)>();
        let mut run = Run::new(&program).bind("out", out);
        let mut senders = Vec::new();
        for i in 1..=3 {
            let (numbers, e) = channel::<i64>();
            run = run.bind(&format!("e({i})"), e);
            senders.push(numbers);
        }
        let running = run.start_on(engine).unwrap();
        let threads: Vec<_> = senders
            .into_iter()
            .map(|numbers| {
                std::thread::spawn(move || {
                    for n in 0..100 {
                        numbers.send(n).unwrap();
                    }
                })
            })
            .collect();
        let mut next = [0; 4];
        for (i, n) in got.iter() {
            let i = usize::try_from(i).unwrap();
            assert_eq!(n, next[i], "in order from each");
            next[i] += 1;
        }
        assert_eq!(next, [0, 100, 100, 100]);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        running.wait().finished().unwrap();
    });
}

#[test]
fn async_streams_and_sinks() {
    let program = program("extern from, to; *[ n : integer; from ? n -> to ! 2 * n ]");
    every_way(|engine| {
        let (mut give, from) = futures::channel::mpsc::channel::<i64>(1);
        let (to, take) = futures::channel::mpsc::channel::<i64>(0);
        let running = Run::new(&program)
            .bind("from", Binding::stream(from))
            .bind("to", Binding::async_sink(to))
            .start_on(engine)
            .unwrap();
        let giving = async move {
            for n in 0..300 {
                give.send(n).await.unwrap();
            }
        };
        let (outcome, taken, ()) = block_on(async { futures::join!(running, take.collect::<Vec<i64>>(), giving) });
        outcome.finished().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(taken, (0..300).map(|n| 2 * n).collect::<Vec<i64>>());
    });
    // the ends of channels are futures, too
    every_way(|engine| {
        let (numbers, from) = channel::<i64>();
        let (to, mut doubled) = channel::<i64>();
        let running = Run::new(&program)
            .bind("from", from)
            .bind("to", to)
            .start_on(engine)
            .unwrap();
        block_on(async {
            for n in 0..50 {
                numbers.send_async(n).await.unwrap();
                assert_eq!(
                    if n % 2 == 0 {
                        doubled.recv_async().await.ok()
                    } else {
                        doubled.next().await
                    },
                    Some(2 * n)
                );
            }
            drop(numbers);
            assert_eq!(running.await.finished().unwrap().communications, 100);
        });
    });
}

/// A stream that wakes itself many times before it has something.
struct Busy(u32);

impl futures::Stream for Busy {
    type Item = i64;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<i64>> {
        self.0 += 1;
        match self.0 {
            1_000 => Poll::Ready(Some(7)),
            1_001 => panic!("enough"),
            _ => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }
}

#[test]
fn a_stream_that_wakes_itself_and_one_that_panics() {
    let program = program("extern e; n : integer; e ? n; {print(n)}; e ? n");
    every_way(|engine| {
        let printed = Captured::default();
        let run = Run::new(&program)
            .bind("e", Binding::stream(Busy(0)))
            .stdout(printed.clone());
        let error = run.start_on(engine).unwrap().wait().finished().unwrap_err();
        assert_eq!(printed.text(), "7\n");
        assert_eq!(error.kind(), ErrorKind::Failure);
        assert!(
            error.to_string().contains("e: its function panicked: enough"),
            "{error}"
        );
    });
}

#[test]
fn readers_and_writers() {
    let program = program("extern from, to; n : integer; *[ from ? n -> to ! n + 1 ]");
    every_way(|engine| {
        let written = Captured::default();
        let run = Run::new(&program)
            .bind("from", Binding::reader("1 2\n  3".as_bytes()))
            .bind("to", Binding::writer(written.clone()));
        run.start_on(engine).unwrap().wait().finished().unwrap();
        assert_eq!(written.text(), "2\n3\n4\n");
        let run = Run::new(&program)
            .bind("from", Binding::reader("1 x".as_bytes()))
            .bind("to", Binding::writer(std::io::sink()));
        let error = run.start_on(engine).unwrap().wait().finished().unwrap_err();
        assert!(
            error.to_string().contains("from, line 1: \"x\" is no integer"),
            "{error}"
        );
    });
    let shapes = self::program("extern e; e ! pair(1, 2)");
    let error = Run::new(&shapes)
        .bind("e", Binding::writer(std::io::sink()))
        .run()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
}

/// Threads of this process.
#[cfg(target_os = "linux")]
fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}

#[cfg(target_os = "linux")]
#[test]
fn ten_thousand_waiting_streams_cost_no_thread() {
    const STREAMS: usize = 10_000;
    let program = program(
        r#"extern e(i:1..10000);
        [[ P(i:1..10000) :: n : integer; *[ e(i) ? n -> all ! n ]
        || all :: n, sum : integer; *[ (i:1..10000) P(i) ? n -> sum := sum + n ]; {print(sum)}
        ]]"#,
    );
    let engine = Engine::new(2).unwrap();
    let before = threads();
    let printed = Captured::default();
    let mut run = Run::new(&program).stdout(printed.clone());
    let mut senders = Vec::new();
    for i in 1..=STREAMS {
        let (sender, stream) = futures::channel::mpsc::unbounded::<i64>();
        run = run.bind(&format!("e({i})"), Binding::stream(stream));
        senders.push(sender);
    }
    let running = run.start_on(&engine).unwrap();
    while running.processes() < STREAMS as u64 + 2 {
        std::thread::sleep(Duration::from_millis(1));
    }
    std::thread::sleep(Duration::from_millis(50));
    let during = threads();
    println!("{STREAMS} streams wait; {before} threads before, {during} now");
    // other tests of this file run beside it, but none has as many threads as there are streams
    assert!(during < before + 50, "{before} threads became {during}");
    for (n, sender) in senders.into_iter().enumerate() {
        sender.unbounded_send(n as i64).unwrap();
    }
    running.wait().finished().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(printed.text(), format!("{}\n", STREAMS * (STREAMS - 1) / 2));
}

#[test]
fn time_limits_and_cancelling_reach_runs_that_wait() {
    let program = program("extern e; n : integer; e ? n");
    every_way(|engine| {
        let (_kept, e) = channel::<i64>();
        let limits = Limits {
            time: Some(Duration::from_millis(20)),
            ..Limits::default()
        };
        let outcome = Run::new(&program)
            .bind("e", e)
            .limits(limits)
            .start_on(engine)
            .unwrap()
            .wait();
        assert_eq!(outcome.finished().unwrap_err().kind(), ErrorKind::Limit);
        let (kept, e) = channel::<i64>();
        let running = Run::new(&program).bind("e", e).start_on(engine).unwrap();
        drop(running);
        // the run is cancelled and drops its end; it may just have taken one value, but never two
        assert!(kept.send(1).and_then(|()| kept.send(2)).is_err());
    });
}

#[test]
fn many_threads_share_a_sender_and_a_receiver() {
    static SUM: AtomicUsize = AtomicUsize::new(0);
    let program = program("extern from, to; *[ n : integer; from ? n -> to ! n ]");
    every_way(|engine| {
        SUM.store(0, Ordering::SeqCst);
        let (numbers, from) = channel::<i64>();
        let (to, results) = channel::<i64>();
        let running = Run::new(&program)
            .bind("from", from)
            .bind("to", to)
            .start_on(engine)
            .unwrap();
        std::thread::scope(|scope| {
            for _ in 0..3 {
                let results = results.clone();
                scope.spawn(move || {
                    for n in results.iter() {
                        SUM.fetch_add(usize::try_from(n).unwrap(), Ordering::SeqCst);
                    }
                });
            }
            drop(results);
            for _ in 0..3 {
                let numbers = numbers.clone();
                scope.spawn(move || (1..=200).for_each(|n| numbers.send(n).unwrap()));
            }
            drop(numbers);
        });
        running.wait().finished().unwrap();
        assert_eq!(SUM.load(Ordering::SeqCst), 3 * 200 * 201 / 2);
    });
}
