//! What is fuzzed, as functions that the fuzz targets and the ordinary tests call: nothing that they are given may make
//! them panic, hang, or take memory without bound.

use super::numbers::Numbers;
use super::sample;
use hydra_vm::bytecode::{
    BinOp, CmpOp, Instr, Kind, Module, Op, VerifiedModule, decode, encode, report::Renderer, reseal, verify,
};
use hydra_vm::{Captured, Config, Engine, Limits};
use std::time::Duration;

/// Steps of a run, which are looked at when a turn is over.
const STEPS_MAX: u64 = 100_000;
/// Processes of a run at once.
const PROCESSES_MAX: u64 = 2_000;
/// Bytes that a run may write.
const OUTPUT_BYTES_MAX: u64 = 1 << 16;
/// A run that is within the other limits has ended by then, on a busy machine, too.
const TIME_MAX: Duration = Duration::from_secs(120);

/// What became of a module.
pub(crate) struct Met {
    /// Why it was refused, if it was.
    pub(crate) refused: Option<String>,
    /// The opcodes in it, if it was not.
    #[allow(dead_code, reason = "for the listing")]
    pub(crate) ops: Vec<Op>,
}

/// Bytes as a file: as they are, and with the right checksum.
pub(crate) fn bytes(data: &[u8]) -> Vec<Met> {
    let mut sealed = data.to_vec();
    reseal(&mut sealed);
    [data, &sealed].map(file).into()
}

fn file(data: &[u8]) -> Met {
    match decode(data) {
        Err(problem) => Met {
            refused: Some(problem.to_string()),
            ops: Vec::new(),
        },
        Ok(module) => module_as_it_is(module),
    }
}

/// A module: it is refused, or it is the same after it was written and read, and can be listed.
fn module_as_it_is(module: Module) -> Met {
    match verify(module) {
        Err(problem) => Met {
            refused: Some(problem.to_string()),
            ops: Vec::new(),
        },
        Ok(module) => {
            let written = encode(&module);
            let again = decode(&written).expect("what was written can be read");
            assert_eq!(encode(&again), written, "it is the same after it was written and read");
            assert!(!hydra_vm::bytecode::listing(&module).is_empty());
            let ops = module
                .routines
                .iter()
                .flat_map(|routine| routine.code.iter().map(|instr| instr.op));
            Met {
                refused: None,
                ops: ops.collect(),
            }
        }
    }
}

/// A module made by changing one that verifies as the bytes say; if it still verifies, it is run within limits.
pub(crate) fn modules(data: &[u8], engine: &Engine) -> Met {
    let mut numbers = Numbers::from_bytes(data);
    let bases = sample::bases();
    let mut module = bases[numbers.below(bases.len())].clone();
    let changes = numbers.below(6);
    for _ in 0..changes {
        change(&mut module, &mut numbers);
    }
    let met = module_as_it_is(module.clone());
    if met.refused.is_none() {
        let module = verify(module).expect("it was verified");
        if !wants_much(&module) {
            run(module, engine, numbers.next());
        }
    }
    met
}

/// Whether an array may become so large that it is the machine's memory that is tried.
fn wants_much(module: &Module) -> bool {
    let declares = |code: &[Instr]| code.iter().any(|instr| instr.op == Op::Default);
    let large = |instr: &Instr| {
        instr.op == Op::Imm && instr.wide_value().unsigned_abs() > 1 << 12 || matches!(instr.op, Op::Mul | Op::MulI)
    };
    let mut routines = module.routines.iter();
    routines.any(|routine| declares(&routine.code)) && module.routines.iter().any(|one| one.code.iter().any(large))
}

fn run(module: VerifiedModule, engine: &Engine, seed: u64) {
    let printed = Captured::default();
    let config = Config {
        seed: Some(seed),
        stdin: Box::new(&b"one\n2\nthree 4.5\n"[..]),
        stdout: Box::new(printed.clone()),
        limits: Limits {
            processes: Some(PROCESSES_MAX),
            steps: Some(STEPS_MAX),
            output: Some(OUTPUT_BYTES_MAX),
            time: Some(TIME_MAX),
            ..Limits::default()
        },
        ..Config::default()
    };
    if let Ok(outcome) = engine.run(module, config)
        && let Some(report) = &outcome.report
    {
        assert!(
            !report.message.contains("--timeout"),
            "it does not end within its limits: {}",
            Renderer::new(&outcome.sources, false).render(report)
        );
        let _ = Renderer::new(&outcome.sources, false).render(report);
    }
    assert!(
        printed.text().len() as u64 <= OUTPUT_BYTES_MAX + 4096,
        "more output than allowed"
    );
}

/// Changes an instruction, the order of instructions, a constant, or an entry of a table.
fn change(module: &mut Module, numbers: &mut Numbers<'_>) {
    const WORDS: [u64; 6] = [0, 1, u64::MAX, i64::MAX as u64, i64::MIN as u64, 0x7ff8_0000_0000_0000];
    let routine = numbers.below(module.routines.len());
    let what = numbers.below(12);
    if what >= 9 {
        return change_table(module, routine, numbers);
    }
    let code = &mut module.routines[routine].code;
    if code.is_empty() {
        return;
    }
    let at = (numbers.below(256) * 256 + numbers.below(256)) % code.len();
    match what {
        0 => {
            let other = numbers.below(code.len());
            code.swap(at, other);
        }
        1 => code[at] = code[numbers.below(code.len())],
        2 => code[at] = Instr::new(Op::Nop, 0, 0, 0, 0),
        3 => {
            let op = *numbers.pick(Op::ALL);
            // operands that are likely to fit
            let like = module
                .routines
                .iter()
                .flat_map(|one| &one.code)
                .find(|instr| instr.op == op)
                .copied();
            module.routines[routine].code[at] = like.unwrap_or(Instr::new(op, 0, 0, 0, 0));
        }
        4 if !module.words.is_empty() => {
            let word = numbers.below(module.words.len());
            module.words[word] = *numbers.pick(&WORDS);
        }
        5 => {
            let value = *numbers.pick(&[-1, 0, 1, 3, 1000, i32::MAX, i32::MIN]);
            if let Some(instr) = code
                .iter_mut()
                .filter(|instr| instr.op == Op::Imm)
                .nth(numbers.below(8))
            {
                [instr.c, instr.d] = [value as u16, (value >> 16) as u16];
            }
        }
        6 => code[at].a = numbers.below(1 + Kind::ALL.len().max(CmpOp::ALL.len()).max(BinOp::ALL.len())) as u8,
        7 => {
            let value = numbers.within(-20, 40) as u16;
            match numbers.below(3) {
                0 => code[at].b = value,
                1 => code[at].c = value,
                _ => code[at].d = value,
            }
        }
        _ => {
            code.remove(at);
        }
    }
}

/// Changes what is not code.
fn change_table(module: &mut Module, routine: usize, numbers: &mut Numbers<'_>) {
    let value = numbers.below(48) as u16;
    match numbers.below(14) {
        0 => module.routines[routine].scalars = value,
        1 => module.routines[routine].references = value,
        2 => module.routines[routine].names = value,
        3 => module.routines[routine].args[numbers.below(3)] = value,
        4 => {
            if let Some(port) = pick(&mut module.ports, numbers) {
                match numbers.below(4) {
                    0 => port.ty = value,
                    1 => port.count = value as u8,
                    2 => port.bounds = value,
                    _ => port.cache = value,
                }
            }
        }
        5 => {
            if let Some(choice) = pick(&mut module.choices, numbers) {
                match numbers.below(4) {
                    0 => choice.pri = !choice.pri,
                    1 => choice.turns = value,
                    2 => choice.otherwise = Some(u32::from(value)),
                    _ => {
                        if let Some(guard) = pick(&mut choice.guards, numbers) {
                            guard.target = u32::from(value);
                        }
                    }
                }
            }
        }
        6 => {
            if let Some(parallel) = pick(&mut module.parallels, numbers) {
                match numbers.below(4) {
                    0 => drop(parallel.processes.pop()),
                    1 => parallel.processes.reverse(),
                    2 => parallel.families.reverse(),
                    _ => {
                        if let Some(process) = pick(&mut parallel.processes, numbers) {
                            match numbers.below(3) {
                                0 => process.routine = value,
                                1 => drop(process.captures.pop()),
                                _ => process.label = None,
                            }
                        }
                    }
                }
            }
        }
        7 => {
            if let Some(call) = pick(&mut module.calls, numbers) {
                call.args[numbers.below(3)] = value;
            }
        }
        8 => {
            if let Some(slot) = pick(&mut module.slots, numbers) {
                match numbers.below(2) {
                    0 => slot.ty = value,
                    _ => slot.bounds = value,
                }
            }
        }
        9 => drop(module.strings.pop()),
        10 => drop(module.types.pop()),
        11 => {
            if let Some(fragment) = pick(&mut module.fragments, numbers) {
                match numbers.below(3) {
                    0 => drop(fragment.variables.pop()),
                    1 => fragment.text.truncate(usize::from(value)),
                    _ => fragment.text.insert(0, ' '),
                }
            }
        }
        12 => {
            let other = usize::from(value) % module.routines.len();
            module.routines.swap(routine, other);
        }
        _ => {
            if let Some(param) = pick(&mut module.params, numbers) {
                param.ty = value;
            }
        }
    }
}

fn pick<'t, T>(table: &'t mut [T], numbers: &mut Numbers<'_>) -> Option<&'t mut T> {
    let at = numbers.below(table.len().max(1));
    table.get_mut(at)
}
