//! Engines and runs as things of an application: many of them, started, stepped, waited for, cancelled, and gone.
#![cfg(feature = "compiler")]

use hydra_vm::{Captured, Engine, ErrorKind, Limits, Program, Progress, Run, Status, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

fn program(text: &str) -> Program {
    Program::compile("test.csp", text).unwrap_or_else(|error| panic!("{error}"))
}

/// Tests that count the threads and the memory of the process come one after the other.
static ALONE: Mutex<()> = Mutex::new(());

/// Talks for ever, in a few processes, with time and rhai among what it does.
const BUSY: &str = r#"
    _include{ fn odd(v) { if type_of(v) == "i64" { v % 2 == 1 } else { false } } }
    [[ a :: v : any; i : integer; *[ true -> v := i; b ! i; i := {if odd(v) { i + 1 } else { i + 3 }} ]
    || b :: n : integer; *[ a ? n -> c ! n [] after 1 -> skip ]
    || c :: n : integer; *[ b ? n -> skip ]
    || d(i:1..5) :: *[ true -> after 1 ]
    ]]"#;

#[cfg(target_os = "linux")]
fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}

/// Bytes of memory that are the process's own.
#[cfg(target_os = "linux")]
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

/// Waits until something holds, for threads end shortly after what they worked for.
#[cfg(target_os = "linux")]
fn soon(holds: impl Fn() -> bool) -> bool {
    let until = Instant::now() + Duration::from_secs(20);
    while !holds() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(5));
    }
    holds()
}

#[cfg(target_os = "linux")]
#[test]
fn a_thousand_engines_leave_no_thread_and_no_memory() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let program = program(
        // what a module of rhai has of its run must not keep it
        r#"extern from, to;
        _include{ import "rand" as rand; import "time" as time; }
        [[ copy :: n : integer; *[ from ? n -> to ! n ]
        || late :: v : any; v := {#{a: rand::boolean(), b: time::now()}}; after 1
        || many(i:1..50) :: s : string; s := {"text " + i}
        ]]"#,
    );
    let one = |workers: usize| {
        let engine = Engine::new(workers).unwrap();
        let (numbers, from) = channel::<i64>();
        let (to, copies) = channel::<i64>();
        let running = Run::new(&program)
            .bind("from", from)
            .bind("to", to)
            .start_on(&engine)
            .unwrap();
        for n in 0..3 {
            numbers.send(n).unwrap();
            assert_eq!(copies.recv(), Ok(n));
        }
        match workers {
            // one in three is dropped in the middle
            3 => drop(running),
            _ => {
                drop(numbers);
                running.wait().finished().unwrap();
            }
        }
    };
    for n in 0..200 {
        one(1 + n % 3);
    }
    // tests that ran before may still have threads that end
    soon(|| threads() <= 6);
    let (threads_before, memory_before) = (threads(), memory());
    for n in 0..1000 {
        one(1 + n % 3);
    }
    assert!(
        soon(|| threads() <= threads_before),
        "{threads_before} threads became {}",
        threads()
    );
    let grown = memory().saturating_sub(memory_before);
    println!(
        "1000 engines: {threads_before} threads before and {} after, memory grew by {grown} bytes",
        threads()
    );
    assert!(grown < 4 << 20, "memory grew by {grown} bytes");
}

#[cfg(target_os = "linux")]
#[test]
fn cancelling_at_a_thousand_moments_leaves_nothing_running() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let program = program(BUSY);
    let engines = [Engine::new(1).unwrap(), Engine::new(2).unwrap()];
    // an xorshift generator, so that the moments are others in each run but not in each build
    let mut moment = std::process::id() | 1;
    let mut kinds = [0; 2];
    let mut before = 0;
    for n in 0..1000 {
        if n == 100 {
            before = threads();
        }
        moment ^= moment << 13;
        moment ^= moment >> 17;
        moment ^= moment << 5;
        let running = Run::new(&program).start_on(&engines[n % 2]).unwrap();
        let until = Instant::now() + Duration::from_micros(u64::from(moment % 2_000));
        while Instant::now() < until {
            std::thread::yield_now();
        }
        if moment & 64 == 0 {
            running.cancel();
            let outcome = running.wait();
            assert_eq!(outcome.status, Status::Cancelled);
            kinds[0] += 1;
        } else {
            drop(running);
            kinds[1] += 1;
        }
    }
    // nothing is left on the engines: what is started now ends, and no thread is busy
    for engine in &engines {
        Run::new(&self::program("{print(1)}"))
            .start_on(engine)
            .unwrap()
            .wait()
            .finished()
            .unwrap();
    }
    assert!(soon(|| threads() <= before), "{before} threads became {}", threads());
    let busy = cpu_time();
    std::thread::sleep(Duration::from_millis(100));
    let busy = cpu_time() - busy;
    println!(
        "cancelled {} and dropped {}; then {busy:?} of work in 100 ms",
        kinds[0], kinds[1]
    );
    assert!(busy < Duration::from_millis(50), "{busy:?} of work by nobody");
}

/// Time that the threads of this process have worked.
#[cfg(target_os = "linux")]
fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}

#[test]
fn many_programs_share_the_threads_of_one_engine() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let engine = Engine::new(2).unwrap();
    let busy = program(BUSY);
    let computes = program("i, sum : integer; *[ i < 200000 -> sum := sum + i; i := i + 1 ]; {print(sum)}");
    // programs that never end do not keep others from their turns
    let forever: Vec<_> = (0..4).map(|_| Run::new(&busy).start_on(&engine).unwrap()).collect();
    let printed: Vec<Captured> = (0..8).map(|_| Captured::default()).collect();
    let running: Vec<_> = printed
        .iter()
        .map(|printed| Run::new(&computes).stdout(printed.clone()).start_on(&engine).unwrap())
        .collect();
    for (running, printed) in running.into_iter().zip(printed) {
        running.wait().finished().unwrap();
        assert_eq!(printed.text(), "19999900000\n");
    }
    for mut running in forever {
        assert!(running.poll().is_none() && !running.has_ended());
        assert!(running.steps() > 0 && running.processes() == 9);
        running.cancel();
        assert!(running.wait_for(Duration::from_secs(20)).is_some());
        assert!(running.poll().is_none(), "the outcome is handed out once");
    }
}

#[test]
fn the_applications_own_pool() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let pool = Arc::new(rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap());
    let engine = Engine::builder().pool(pool.clone()).build().unwrap();
    assert_eq!(engine.workers(), 2);
    let program = program(
        r#"_include{ fn deep(n) { if n == 0 { [0][0] } else { deep(n - 1) + 1 } } }
        v : any; v := {deep(300)}; {print(v)};
        [[ a :: b ! 1 || b :: n : integer; a ? n; {print(n)} ]]"#,
    );
    let run = || {
        let printed = Captured::default();
        let running = Run::new(&program).stdout(printed.clone()).start_on(&engine).unwrap();
        running.wait().finished().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(printed.text(), "300\n1\n");
    };
    run();
    // a thread of the pool may wait for a run, even if it is the only one
    pool.install(run);
    let single = Arc::new(rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap());
    let engine = Engine::builder().pool(single.clone()).build().unwrap();
    single.install(|| {
        let mut running = Run::new(&program).start_on(&engine).unwrap();
        assert!(running.wait_for(Duration::from_secs(20)).is_some());
        Run::new(&program).start_on(&engine).unwrap().wait().finished().unwrap();
    });
    let error = Engine::builder().pool(single).workers(2).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
}

#[test]
fn limits_and_seed_of_an_engine() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let busy = program(BUSY);
    let limits = Limits {
        steps: Some(100_000),
        ..Limits::default()
    };
    let engine = Engine::builder().workers(1).limits(limits).build().unwrap();
    let outcome = Run::new(&busy).start_on(&engine).unwrap().wait();
    assert_eq!(outcome.status, Status::Limit);
    let mine = Limits {
        steps: Some(200_000),
        time: Some(Duration::from_secs(60)),
        ..Limits::default()
    };
    let outcome = Run::new(&busy).limits(mine).start_on(&engine).unwrap().wait();
    assert!(outcome.report.unwrap().message.contains("more than 200000 steps"));
    let race = program(
        r#"[[ w(i:1..6) :: *(k:1..3)[ out ! i ] || out :: n : integer; *[ (i:1..6) w(i) ? n -> {print(n)} ] ]]"#,
    );
    let print = |engine: &Engine| {
        let printed = Captured::default();
        Run::new(&race)
            .stdout(printed.clone())
            .start_on(engine)
            .unwrap()
            .wait()
            .finished()
            .unwrap();
        printed.text()
    };
    let seeded = Engine::builder().workers(2).seed(11).build().unwrap();
    assert_eq!(print(&seeded), print(&seeded));
    let printed = Captured::default();
    Run::new(&race)
        .seed(11)
        .stdout(printed.clone())
        .run()
        .unwrap()
        .finished()
        .unwrap();
    assert_eq!(print(&seeded), printed.text());
}

#[test]
fn a_run_is_stepped_from_outside() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let ticks = program(
        r#"extern frame;
        [[ counter :: i : integer; *[ i < 50000 -> i := i + 1 ]; {print("counted")}
        || ball :: n, x : integer; *[ frame ? n -> x := x + n; {print(`x = ${x}`)} ]
        ]]"#,
    );
    let (frames, frame) = channel::<i64>();
    let printed = Captured::default();
    let mut run = Run::new(&ticks)
        .bind("frame", frame)
        .stdout(printed.clone())
        .stepped()
        .unwrap();
    assert_eq!(run.run_for(0), Progress::Running);
    let mut slices = 0;
    while run.run_for(1000) == Progress::Running {
        slices += 1;
        assert!(slices < 200);
    }
    assert!(slices >= 45, "{slices} slices of 1000 steps for 50000 rounds");
    assert_eq!(
        run.run_for(1000),
        Progress::Waiting(None),
        "nothing happens without a frame"
    );
    std::thread::spawn(move || {
        for n in 1..=3 {
            frames.send(n).unwrap();
        }
    });
    run.wait(Duration::from_secs(20));
    run.finish().finished().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(printed.text(), "counted\nx = 1\nx = 3\nx = 6\n");

    // deadlock, failure, limits, time and cancelling are as elsewhere
    let dead = program("[[ a :: n : integer; b ? n; b ! 1 || b :: n : integer; a ? n; a ! 1 ]]");
    assert_eq!(Run::new(&dead).stepped().unwrap().finish().status, Status::Deadlock);
    let fails = program("n : integer; {print(1 / n)}");
    let error = Run::new(&fails).stepped().unwrap().finish().finished().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Failure);
    let busy = program(BUSY);
    let limits = Limits {
        time: Some(Duration::from_millis(20)),
        ..Limits::default()
    };
    let mut run = Run::new(&busy).limits(limits).stepped().unwrap();
    while run.run_for(100) != Progress::Ended {}
    assert_eq!(run.stop().status, Status::Limit);
    let mut run = Run::new(&busy).stepped().unwrap();
    assert_ne!(run.run_for(1_000), Progress::Ended);
    run.canceller().cancel();
    assert_eq!(run.run_for(1), Progress::Ended);
    assert_eq!(run.stop().status, Status::Cancelled);
    let waits = program("after 30; {print(2)}");
    let mut run = Run::new(&waits).stepped().unwrap();
    match run.run_for(100) {
        Progress::Waiting(Some(time)) => assert!(time <= Duration::from_millis(30)),
        other => panic!("{other:?}"),
    }
    assert_eq!(run.finish().status, Status::Done);
    // in virtual time nobody waits; and a run with a seed is the same however it is cut
    let texts: Vec<String> = [1, 7, 100, u64::MAX]
        .map(|steps| {
            let printed = Captured::default();
            let race = program(
                r#"[[ w(i:1..6) :: *(k:1..3)[ after 5; out ! i ]
                || out :: n : integer; *[ (i:1..6) w(i) ? n -> {print(n)} ] ]]"#,
            );
            let mut run = Run::new(&race).seed(5).stdout(printed.clone()).stepped().unwrap();
            while run.run_for(steps) == Progress::Running {}
            assert_eq!(run.stop().status, Status::Done);
            printed.text()
        })
        .to_vec();
    assert!(texts.iter().all(|text| *text == texts[0] && text.lines().count() == 18));
}
