//! Integers between threads of Rust and a program: bound channels and iterators, beside channels of crossbeam.
//!
//! ```sh
//! cargo bench -p hydra-benches --bench embedding              # 10,000,000 of each
//! cargo bench -p hydra-benches --bench embedding -- 100000    # fewer
//! ```
//!
//! Each prints the time and the processor time of one exchange, and checks that nothing was lost.

use hydra_vm::{Binding, Engine, Program, Run, channel};
use std::time::{Duration, Instant};

const READS: &str =
    "extern e; n, sum, count : integer; *[ e ? n -> sum := sum + n; count := count + 1 ]; {print(sum)}; {print(count)}";
const WRITES: &str = "param most : integer; extern e; n : integer; *[ n < most -> n := n + 1; e ! n ]";

/// Processor time of this process.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
    Duration::from_millis((ticks(11) + ticks(12)) * 10)
}

fn measure(name: &str, n: i64, exchange: impl FnOnce() -> i64) {
    let (cpu_before, start) = (cpu(), Instant::now());
    let sum = exchange();
    let (time, work) = (start.elapsed(), cpu() - cpu_before);
    assert_eq!(sum, n * (n + 1) / 2, "{name}: something was lost");
    let each = |time: Duration| time.as_nanos() as f64 / n as f64;
    println!("{name:<44}{:>9.1} ns{:>9.1} ns", each(time), each(work));
}

/// What the program printed first.
fn printed_sum(text: &hydra_vm::Captured) -> i64 {
    text.text()
        .lines()
        .next()
        .and_then(|line| line.parse().ok())
        .unwrap_or(0)
}

fn main() {
    let asked = std::env::args().skip(1).find_map(|word| word.parse().ok());
    let n: i64 = asked.unwrap_or(10_000_000);
    let reads = Program::compile("reads.csp", READS).expect("it compiles");
    let writes = Program::compile("writes.csp", WRITES).expect("it compiles");
    println!("{n} integers each{:>36}{:>12}", "time", "processor");
    measure("crossbeam bounded(0)", n, || {
        let (sender, receiver) = crossbeam_channel::bounded(0);
        let thread = std::thread::spawn(move || (1..=n).for_each(|i| sender.send(i).expect("it is open")));
        let sum = receiver.iter().sum();
        thread.join().expect("it ends");
        sum
    });
    measure("crossbeam bounded(64)", n, || {
        let (sender, receiver) = crossbeam_channel::bounded(64);
        let thread = std::thread::spawn(move || (1..=n).for_each(|i| sender.send(i).expect("it is open")));
        let sum = receiver.iter().sum();
        thread.join().expect("it ends");
        sum
    });
    let printed = hydra_vm::Captured::default();
    measure("an iterator, input by a program", n, || {
        let run = Run::new(&reads)
            .bind("e", Binding::iterator(1..=n))
            .stdout(printed.clone());
        run.run().expect("it starts").finished().expect("it ends");
        printed_sum(&printed)
    });
    for workers in [1, 2] {
        let engine = Engine::new(workers).expect("threads");
        let printed = hydra_vm::Captured::default();
        measure(&format!("a thread sends to a program, {workers} workers"), n, || {
            let (sender, receiver) = channel::<i64>();
            let run = Run::new(&reads).bind("e", receiver).stdout(printed.clone());
            let running = run.start_on(&engine).expect("it starts");
            (1..=n).for_each(|i| sender.send(i).expect("it is taken"));
            drop(sender);
            running.wait().finished().expect("it ends");
            printed_sum(&printed)
        });
        measure(
            &format!("a thread receives from a program, {workers} workers"),
            n,
            || {
                let (sender, receiver) = channel::<i64>();
                let running = Run::new(&writes)
                    .set("most", n)
                    .bind("e", sender)
                    .start_on(&engine)
                    .expect("it starts");
                let sum = receiver.iter().sum();
                running.wait().finished().expect("it ends");
                sum
            },
        );
    }
}
