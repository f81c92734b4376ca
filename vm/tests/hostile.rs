//! Compiled programs with changed bytes: they are refused, or they run within limits. Never a panic, a hang, or memory
//! without bound. A slice of all changes is tried; `HYDRA_HOSTILE=all cargo test -p hydra-vm --test hostile` tries all of
//! them (some minutes).

use hydra_vm::bytecode::{Instr, Module, Op, VerifiedModule, encode, reseal, verify};
use hydra_vm::{Canceller, Config, Engine, Limits};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A changed program may loop for ever or wait: it is cancelled after this.
const RUN: Duration = Duration::from_millis(60);
/// What a run may take after it was cancelled, on a machine that has other things to do.
const ENDING: Duration = Duration::from_secs(10);
/// What the slice may take for one program.
const SLICE: Duration = Duration::from_secs(7);
/// What the whole test may need at one time.
#[cfg(target_os = "linux")]
const MEMORY_BYTES_MAX: usize = 3 << 30;

/// Families, arrays, structures, choices, instances, fragments, streams, delays.
const PROGRAMS: [&str; 4] = [
    r#"
_include{ fn double(x) { x * 2 } }
const N = 3;
param scale : integer = 2;
process COPY(west, east : process) ::
  c : integer;
  *[ west ? c -> east ! c + scale ]
end
process MERGE(from : (1..N) process; to : process; extra : any) ::
  *[ (i:1..N) c : integer; from(i) ? c -> to ! item(i, c)
  [] w : any; n : integer; n < 0; from(1) ? w -> {print(extra + w)} ]
end
m : (0..2, 1..N) integer;
[[ SOURCE(i:1..N) :: *(k:1..4)[ PIPE(i) ! k * i ]; m(0, i) := {double(i)}
|| PIPE(i:1..N) :: COPY(SOURCE(i), HUB)
|| HUB :: MERGE(PIPE, sink, "note")
|| sink :: total : integer; i, c : integer; v : any;
     *[ HUB ? item(i, c) -> total := total + c; v := {[total, "x"]}
     [] HUB ? stop() -> skip ];
     {print("total " + total)}
]];
{print(m[0][2])}
"#,
    r#"
x : integer; s : string; r : real := 1.5; b : boolean; ch : character := 'a';
p : pair(integer, string);
a : (1..4) pair(integer, real); t : (1..2) (0..1) string;
*(i:1..4, j:i..4)[ a(i) := pair(j, r * j); [ i = j -> t(1, 0) := "n" + i [] i < j -> s := s + ch [] else -> skip ] ];
p := pair(x + 7, s);
pair(x, s) := p;
t(2) := t(1);
{ for i in 1..4 { r += i.to_float(); } if b { print(ch) } x += 5 % 3; };
n : integer;
*[ n < 6 -> n := n + 1; pri [ n > 3 -> after 0 [] after 1 -> skip ] ];
stdout ! n; stdout ! t(1, 0);
*[ line : string; stdin ? line -> stderr ! line ];
{print(x + s + r + b + p.args[0] + a[4].args[1] + t[1][0])}
"#,
    r#"
a, z : (1..3, 1..2) integer; rows : (1..3) (1..2) any;
[[ M(i:1..3, 0) :: M(i, 1) ! V(); M(i, 1) ! z
|| M(i:1..3, j:1..2) :: k : integer := j; b : (1..3, 1..2) integer;
     [ j = 1 -> M(i, j - 1) ? V(); M(i, j - 1) ? b [] j > 1 -> after 1 ];
     a(i, j) := i * 10 + k; rows(i, j) := (i, "t")
|| W :: [[ inner :: W2 ! 'c' || other :: after 1; W2 ! 'd' ]]
|| W2 :: c : character; *[ W ? c -> {print(c)} [] after 50 -> after 1; {throw "late"} ]
]];
*(i:1..3)[ {print(a[i][1] + a[i][2])} ];
{print(rows[3][2])}
"#,
    // processes of the outside, of which only one is allowed
    r#"
import "std/environment"; import "std/files"; import "std/net";
[[ a :: ARGUMENTS(s) || b(i:1..2) :: *(k:1..2)[ [[ c :: ARGUMENTS(d) || d :: x : string; *[ c ? x -> s ! x ] ]] ]
|| s :: x : string; *[ a ? x -> {print(x)} [] (i:1..2) b(i) ? x -> {print(x)} ]
]];
[[ l :: LISTENER("127.0.0.1:0", 1, c) || c(i:1..1) :: n : integer; l ! more(); l ? n
|| w :: WRITE_LINES("no/such/folder/file", v) || v :: VARIABLE("PATH", w)
]]
"#,
];

/// Ends the run that goes on for too long.
#[derive(Clone, Default)]
struct Watch(Arc<Mutex<Option<(Instant, Canceller)>>>);

impl Watch {
    fn start() -> Watch {
        let watch = Watch::default();
        let own = watch.clone();
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(Duration::from_millis(5));
                let mut run = own.0.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some((_, canceller)) = run.take_if(|(end, _)| *end <= Instant::now()) {
                    canceller.cancel();
                }
            }
        });
        watch
    }

    fn set(&self, run: Option<(Instant, Canceller)>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = run;
    }
}

/// Tries programs.
struct Trial {
    engine: Engine,
    watch: Watch,
    tried: usize,
    ran: usize,
}

impl Trial {
    fn new(workers: usize) -> Trial {
        Trial {
            engine: Engine::new(workers).expect("threads"),
            watch: Watch::start(),
            tried: 0,
            ran: 0,
        }
    }

    /// The bytes are refused, or what they say is run.
    fn bytes(&mut self, bytes: &[u8], what: impl Fn() -> String) {
        self.tried += 1;
        let module = catch_unwind(|| hydra_vm::load(bytes)).unwrap_or_else(|_| panic!("{}: a panic", what()));
        if let Ok(module) = module
            && !wants_much(&module)
        {
            self.run(module, what);
        }
    }

    /// A module that was changed is refused, or run.
    fn module(&mut self, module: Module, what: impl Fn() -> String) {
        self.tried += 1;
        let module = catch_unwind(|| verify(module)).unwrap_or_else(|_| panic!("{}: a panic", what()));
        if let Ok(module) = module
            && !wants_much(&module)
        {
            self.run(module, what);
        }
    }

    fn run(&mut self, module: VerifiedModule, what: impl Fn() -> String) {
        self.ran += 1;
        let config = Config {
            seed: self.ran.is_multiple_of(3).then_some(self.ran as u64),
            limits: Limits {
                processes: Some(200_000),
                ..Limits::default()
            },
            arguments: vec!["one".into(), "two".into()],
            stdin: Box::new(&b"one\n2\nthree"[..]),
            ..Config::default()
        };
        let start = Instant::now();
        let run = AssertUnwindSafe(|| {
            self.engine.run_with(module, config, |canceller| {
                self.watch.set(Some((Instant::now() + RUN, canceller)));
            })
        });
        let outcome = catch_unwind(run).unwrap_or_else(|_| panic!("{}: a panic", what()));
        self.watch.set(None);
        assert!(start.elapsed() < ENDING, "{}: it took {:?}", what(), start.elapsed());
        if let Ok(outcome) = outcome
            && let Some(report) = outcome.report
        {
            // the report must be shown, wherever it points
            let shown = || hydra_vm::bytecode::report::render(&report, &outcome.sources, false);
            catch_unwind(AssertUnwindSafe(shown)).unwrap_or_else(|_| panic!("{}: a panic in its report", what()));
        }
    }
}

/// Whether an array may become so large that it is the machine's memory that is tried.
fn wants_much(module: &Module) -> bool {
    let declares = |code: &[Instr]| code.iter().any(|instr| instr.op == Op::Default);
    let large = |instr: &Instr| instr.op == Op::Imm && instr.wide_value().unsigned_abs() > 1 << 20;
    let mut routines = module.routines.iter();
    routines.any(|routine| declares(&routine.code) && routine.code.iter().any(large))
}

/// The one round of changed instructions to try: `HYDRA_HOSTILE=PROGRAM,ROUND`.
fn only() -> Option<(usize, usize)> {
    let text = std::env::var("HYDRA_HOSTILE").ok()?;
    let (program, round) = text.split_once(',')?;
    Some((program.parse().ok()?, round.parse().ok()?))
}

fn whole() -> bool {
    std::env::var("HYDRA_HOSTILE").is_ok_and(|value| value == "all")
}

/// Numbers that look random and are always the same.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

fn compiled(text: &str) -> VerifiedModule {
    hydra_vm::compile("hostile.csp", text).unwrap_or_else(|reports| panic!("{reports:?}"))
}

#[cfg(target_os = "linux")]
fn memory_is_bounded() {
    let status = std::fs::read_to_string("/proc/self/status").expect("linux has it");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .expect("linux has it");
    let peak = line.trim().trim_end_matches(" kB").parse::<usize>().expect("a number") * 1024;
    assert!(peak < MEMORY_BYTES_MAX, "{peak} bytes were needed");
}

#[cfg(not(target_os = "linux"))]
fn memory_is_bounded() {}

#[test]
fn the_programs_run() {
    for text in PROGRAMS {
        let mut trial = Trial::new(1);
        trial.run(compiled(text), || "unchanged".into());
    }
}

#[test]
fn every_prefix_is_refused() {
    for text in PROGRAMS {
        let good = encode(&compiled(text));
        for length in 0..good.len() {
            let mut bytes = good[..length].to_vec();
            assert!(hydra_vm::load(&bytes).is_err(), "{length} bytes");
            reseal(&mut bytes);
            assert!(
                hydra_vm::load(&bytes).is_err(),
                "{length} bytes with the right checksum"
            );
        }
    }
}

#[test]
fn changed_bytes_are_refused_or_run_within_limits() {
    for (number, text) in PROGRAMS.iter().enumerate() {
        let good = encode(&compiled(text));
        let mut trial = Trial::new(1);
        let mut numbers = Numbers(0x9e37_79b9 + number as u64);
        let start = Instant::now();
        let values: [fn(u8) -> u8; 8] = [
            |byte| byte.wrapping_add(1),
            |byte| byte.wrapping_sub(1),
            |_| 0,
            |_| 0xff,
            |byte| byte ^ 0x80,
            |byte| byte ^ 1,
            |_| 0x7f,
            |byte| byte ^ 0x10,
        ];
        let all = good.len() * values.len();
        for step in 0..all {
            if !whole() && start.elapsed() > SLICE {
                break;
            }
            let at = if whole() { step } else { numbers.below(all) };
            let (at, value) = (at / values.len(), values[at % values.len()]);
            let mut bytes = good.clone();
            bytes[at] = value(bytes[at]);
            if bytes[at] != good[at] {
                reseal(&mut bytes);
                trial.bytes(&bytes, || {
                    format!("program {number}: byte {at} is {:#x}", value(good[at]))
                });
            }
        }
        println!("program {number}: {} of {} ran", trial.ran, trial.tried);
    }
    memory_is_bounded();
}

#[test]
fn changed_instructions_are_refused_or_run_within_limits() {
    for (number, text) in PROGRAMS.iter().enumerate() {
        let good = compiled(text).into_module();
        let mut trial = Trial::new(2);
        let mut numbers = Numbers(0x1234_5678 + number as u64);
        let start = Instant::now();
        let rounds = if whole() { 30_000 } else { usize::MAX };
        for round in 0..rounds {
            if !whole() && start.elapsed() > SLICE {
                break;
            }
            let mut module = good.clone();
            for _ in 0..=numbers.below(3) {
                change(&mut module, &mut numbers);
            }
            if only().is_some_and(|only| only != (number, round)) {
                continue;
            }
            if only().is_some() {
                println!("{}", hydra_vm::bytecode::listing(&module));
            }
            trial.module(module, || format!("program {number}, round {round}"));
        }
        println!("program {number}: {} of {} ran", trial.ran, trial.tried);
    }
    memory_is_bounded();
}

/// Changes an instruction, a constant, or the order of instructions.
fn change(module: &mut Module, numbers: &mut Numbers) {
    const WORDS: [u64; 8] = [
        0,
        1,
        u64::MAX,
        i64::MAX as u64,
        i64::MIN as u64,
        2_000_000_000,
        0x7ff8_0000_0000_0000,
        3,
    ];
    let routine = numbers.below(module.routines.len());
    let code = &mut module.routines[routine].code;
    let at = numbers.below(code.len());
    match numbers.below(8) {
        0 => {
            let other = numbers.below(code.len());
            code.swap(at, other);
        }
        1 => code[at] = code[numbers.below(code.len())],
        2 => {
            code[at] = Instr {
                op: Op::Nop,
                a: 0,
                b: 0,
                c: 0,
                d: 0,
            }
        }
        3 => code[at].op = Op::from_u8(numbers.next() as u8).unwrap_or(Op::Nop),
        4 if !module.words.is_empty() => {
            let word = numbers.below(module.words.len());
            module.words[word] = WORDS[numbers.below(WORDS.len())];
        }
        5 => {
            // a number that a register gets
            let value = [i32::MAX, i32::MIN, -1, 0, 1, 100_000][numbers.below(6)];
            if let Some(instr) = code
                .iter_mut()
                .filter(|instr| instr.op == Op::Imm)
                .nth(numbers.below(8))
            {
                [instr.c, instr.d] = [value as u16, (value >> 16) as u16];
            }
        }
        _ => {
            let value = (numbers.next() % 24) as u16;
            match numbers.below(4) {
                0 => code[at].a = value as u8,
                1 => code[at].b = value,
                2 => code[at].c = value,
                _ => code[at].d = value,
            }
        }
    }
}
