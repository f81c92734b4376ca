//! From source to the bytes of an `.hbc` file, on one core, with the time of each step.

use hydrac::load::{self, Loader};
use hydrac::{Options, check, lower};
use serde::Serialize;
use std::time::Instant;

/// A program in memory.
pub struct Text<'t>(pub &'t str);

impl Loader for Text<'_> {
    fn read(&mut self, path: &str) -> Result<Vec<u8>, String> {
        if path == "program.csp" {
            Ok(self.0.into())
        } else {
            Err("there is only one file".into())
        }
    }
}

/// Seconds of each step.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Steps {
    /// Text to tree.
    pub parse: f64,
    /// Names, types, and the rules of processes.
    pub check: f64,
    /// To bytecode.
    pub lower: f64,
    /// To the bytes of a file.
    pub encode: f64,
    /// Bytes of the file.
    pub bytes: usize,
}

impl Steps {
    /// All of them.
    pub fn total(&self) -> f64 {
        self.parse + self.check + self.lower + self.encode
    }
}

/// Compiles a program again and again for about so many seconds; the means. The error is the first report.
pub fn compile(text: &str, seconds: f64) -> Result<Steps, String> {
    let clock = Clock::new();
    let start = clock.seconds();
    let (mut sum, mut times) = (Steps::default(), 0.0);
    loop {
        once(text, &clock, &mut sum)?;
        times += 1.0;
        if clock.seconds() - start >= seconds {
            break;
        }
    }
    for step in [&mut sum.parse, &mut sum.check, &mut sum.lower, &mut sum.encode] {
        *step /= times;
    }
    Ok(sum)
}

fn once(text: &str, clock: &Clock, sum: &mut Steps) -> Result<(), String> {
    let mut before = clock.seconds();
    let mut lap = |step: &mut f64| {
        let now = clock.seconds();
        *step += now - before;
        before = now;
    };
    let loaded = load::load("program.csp", &mut Text(text));
    lap(&mut sum.parse);
    if let Some(report) = loaded.reports.iter().find(|report| report.is_error()) {
        return Err(report.message.clone());
    }
    let checked = check::check(&loaded, &Options::default());
    lap(&mut sum.check);
    if let Some(report) = checked.reports.iter().find(|report| report.is_error()) {
        let line = report
            .span
            .map_or(0, |span| text[..span.start as usize].lines().count());
        return Err(format!("line {line}: {}", report.message));
    }
    let mut program = checked.program.ok_or("there is no program")?;
    let module = lower::lower(&mut program, &loaded.sources, &Options::default())
        .map_err(|limits| limits.first().map_or_else(String::new, |report| report.message.clone()))?;
    lap(&mut sum.lower);
    sum.bytes = hydra_bytecode::encode(&module).len();
    lap(&mut sum.encode);
    Ok(())
}

/// Processor time of this thread, which other work on the machine does not lengthen; where the system does not tell, the
/// time that passes.
struct Clock(Instant);

impl Clock {
    fn new() -> Clock {
        Clock(Instant::now())
    }

    fn seconds(&self) -> f64 {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
        let nanoseconds = text
            .split_whitespace()
            .next()
            .and_then(|first| first.parse::<f64>().ok());
        nanoseconds.map_or_else(|| self.0.elapsed().as_secs_f64(), |spent| spent / 1e9)
    }
}

/// Calls something on a thread that has the stack which the compiler may need.
pub fn with_stack<T: Send>(call: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .stack_size(hydrac::STACK_BYTES)
            .spawn_scoped(scope, call);
        let thread = thread.unwrap_or_else(|problem| panic!("no thread: {problem}"));
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
