//! What is fuzzed, over the committed corpus: no input makes the decoder, the verifier or a run panic or hang.
//!
//! `cargo test -p hydra-vm --test corpus -- --nocapture` lists the opcodes that the corpus reaches and does not, and the
//! errors of the verifier and of the format that it reaches and does not; the errors are found in their sources.
//! `HYDRA_GROW=60 cargo test --release -p hydra-vm --test corpus` tries random changes for 60 seconds and adds those that
//! reach something new.

#[path = "../bytecode/tests/common/mod.rs"]
mod common;
#[path = "../fuzz/hostile.rs"]
mod hostile;
#[path = "support/numbers.rs"]
mod numbers;
#[path = "../fuzz/sample.rs"]
mod sample;

use hydra_vm::Engine;
use hydra_vm::bytecode::{Bound, Capture, Const, Function, Handler, Instr, Module, Op, Reg, Routine, Type, encode};
use numbers::Numbers;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The sources whose texts of errors must be reached.
const SOURCES: [&str; 7] = [
    include_str!("../bytecode/src/verify/code.rs"),
    include_str!("../bytecode/src/verify/parallels.rs"),
    include_str!("../bytecode/src/verify/registers.rs"),
    include_str!("../bytecode/src/verify/rounds.rs"),
    include_str!("../bytecode/src/verify/structure.rs"),
    include_str!("../bytecode/src/verify/tables.rs"),
    include_str!("../bytecode/src/format.rs"),
];

/// The texts of errors in a source, as the pieces between what is filled in. A text is an error's if it stands in an
/// `Err(…)`, in `damaged(…)`, or in what makes an error's message.
fn errors() -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for source in SOURCES {
        // what documents and what tests is no error
        let code: String = source
            .split("#[cfg(test)]")
            .next()
            .unwrap_or_default()
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect::<Vec<&str>>()
            .join("\n");
        let mut rest = code.as_str();
        while let Some(at) = rest.find('"') {
            let before = rest[..at].trim_end();
            let text = &rest[at + 1..];
            let end = text.find('"').unwrap_or(text.len());
            let literal = &text[..end];
            let is_error = [
                "Err(format!(",
                "Err(",
                "damaged(",
                "ok_or_else(|| format!(",
                "write!(\n                    f,",
            ]
            .iter()
            .any(|opening| {
                before.ends_with(opening)
                    || before
                        .replace([' ', '\n'], "")
                        .ends_with(&opening.replace([' ', '\n'], ""))
            });
            if is_error {
                found.push(pieces(literal));
            }
            rest = text.get(end + 1..).unwrap_or_default();
        }
    }
    found.sort();
    found.dedup();
    found
}

/// What stands between the braces of a format.
fn pieces(literal: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    // up to where it goes on in the next line of the source
    let mut rest = literal.split("\\\n").next().unwrap_or_default();
    while let Some((before, behind)) = rest.split_once('{') {
        pieces.push(before.to_owned());
        rest = behind.split_once('}').map_or("", |(_, rest)| rest);
    }
    pieces.push(rest.to_owned());
    pieces.retain(|piece| !piece.trim().is_empty());
    pieces
}

fn is_said(message: &str, pieces: &[String]) -> bool {
    let mut rest = message;
    pieces.iter().all(|piece| match rest.find(piece.as_str()) {
        Some(at) => {
            rest = &rest[at + piece.len()..];
            true
        }
        None => false,
    })
}

/// What inputs reach.
struct Reached {
    errors: Vec<Vec<String>>,
    said: BTreeSet<usize>,
    ops: BTreeSet<u8>,
    engine: Engine,
}

impl Reached {
    fn new() -> Reached {
        Reached {
            errors: errors(),
            said: BTreeSet::new(),
            ops: BTreeSet::new(),
            engine: Engine::new(1).expect("a thread"),
        }
    }

    /// Tries an input of a target; whether it reached something new.
    fn try_input(&mut self, target: &str, data: &[u8]) -> bool {
        let met = match target {
            "bytes" => hostile::bytes(data),
            _ => vec![hostile::modules(data, &self.engine)],
        };
        let before = (self.said.len(), self.ops.len());
        for one in met {
            if let Some(message) = &one.refused {
                let said = self
                    .errors
                    .iter()
                    .enumerate()
                    .filter(|(_, pieces)| is_said(message, pieces));
                self.said.extend(said.map(|(number, _)| number));
            }
            self.ops.extend(one.ops.iter().map(|op| *op as u8));
        }
        (self.said.len(), self.ops.len()) != before
    }

    fn list(&self) {
        let ops = Op::ALL.iter().filter(|op| !self.ops.contains(&(**op as u8)));
        println!("opcodes reached: {} of {}", self.ops.len(), Op::ALL.len());
        ops.for_each(|op| println!("  not reached: {}", op.name()));
        println!("errors reached: {} of {}", self.said.len(), self.errors.len());
        for (number, pieces) in self.errors.iter().enumerate() {
            let mark = if self.said.contains(&number) {
                "reached"
            } else {
                "not reached"
            };
            println!("  {mark}: {}", pieces.join("…"));
        }
    }
}

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target)
}

/// The files of the corpus and the findings of a target.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder(target))
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    files.sort();
    files
        .iter()
        .map(|path| std::fs::read(path).expect("it can be read"))
        .collect()
}

#[test]
fn the_corpus_is_harmless_and_reaches_what_it_should() {
    let mut reached = Reached::new();
    for target in ["bytes", "modules"] {
        let files = corpus(target);
        for data in &files {
            reached.try_input(target, data);
        }
        println!("{target}: {} files", files.len());
    }
    for module in by_hand() {
        reached.try_input("bytes", &encode(&module));
    }
    if let Ok(seconds) = std::env::var("HYDRA_GROW") {
        grow(&mut reached, Duration::from_secs(seconds.parse().expect("seconds")));
    }
    reached.list();
    assert_eq!(
        reached.ops.len(),
        Op::ALL.len(),
        "every opcode is in a module that verifies"
    );
    let not_reached: Vec<String> = (reached.errors.iter().enumerate())
        .filter(|(number, _)| !reached.said.contains(number))
        .map(|(_, pieces)| pieces.join("…"))
        .collect();
    assert!(not_reached.is_empty(), "errors that nothing reaches: {not_reached:#?}");
    assert!(reached.errors.len() >= 70, "the errors are found in the sources");
}

/// Modules that are too large for a file, or that no small change leads to.
fn by_hand() -> Vec<Module> {
    let changed = |change: fn(&mut Module)| {
        let mut module = common::sample();
        change(&mut module);
        module
    };
    let nested = |depth: usize| (0..depth).fold(Const::Unit, |inner, _| Const::Array(vec![inner]));
    let mut deep = common::sample();
    deep.values.push(nested(hydra_vm::bytecode::CONST_DEPTH_MAX + 1));
    vec![
        deep,
        Module::default(),
        Module {
            routines: vec![Routine::default()],
            ..Module::default()
        },
        changed(|module| module.strings[0] = "x".into()),
        changed(|module| {
            let wrong = Instr {
                op: Op::Checked,
                a: 2,
                b: 0,
                c: 0,
                d: 0,
            };
            let routine = module.routines.iter_mut().find(|routine| routine.references > 0);
            routine.expect("a routine with references").code[0] = wrong;
        }),
        changed(|module| module.words = vec![0; 65_537]),
        changed(|module| {
            // each type is a pair of the one before
            for _ in 0..20 {
                let last = module.types.len() as u16 - 1;
                let parts = vec![last, last];
                module.types.push(Type::Struct { constructor: 1, parts });
            }
        }),
        changed(|module| {
            for _ in 0..1100 {
                let last = module.types.len() as u16 - 1;
                module.types.push(Type::Struct {
                    constructor: 1,
                    parts: vec![last],
                });
            }
        }),
        changed(|module| {
            module.types.push(Type::Array { dims: 255, element: 0 });
            let wide = module.types.len() as u16 - 1;
            module.types.push(Type::Struct {
                constructor: 1,
                parts: vec![wide; 200],
            });
        }),
        changed(|module| {
            let family = module.parallels[0].families[0].clone();
            module.parallels[0].families = vec![family; 65_537];
        }),
        changed(|module| module.externs[0].ranges[0].0 = Bound::Param(1)),
        changed(|module| module.choices[0].guards[1].input = Some((0, Reg::S(6)))),
        changed(|module| module.choices[0].guards[2].input = None),
        changed(|module| module.types[6] = Type::Array { dims: 0, element: 0 }),
        changed(|module| module.types.push(Type::Array { dims: 1, element: 6 })),
        changed(|module| module.calls[0].routine = 0),
        changed(|module| module.fragments[0].edits[0].line = 0),
        changed(|module| {
            for variable in &mut module.fragments[0].variables {
                variable.indexed = true;
            }
        }),
        changed(|module| {
            for instr in &mut module.routines[0].code {
                if instr.op == Op::ParamS {
                    instr.c = 1;
                }
            }
        }),
        changed(|module| {
            let (routine, scalar) = (module.calls[0].routine, true);
            module.functions.push(Function { routine, scalar });
        }),
        changed(|module| module.routines[0].handlers.push(handler(1, 1, 0, None))),
        changed(|module| module.routines[0].handlers.push(handler(0, 1, 0, Some(u16::MAX)))),
        changed(|module| {
            let length = module.routines[0].code.len() as u32;
            module.routines[0].handlers.push(handler(0, length, 0, None));
        }),
        changed(|module| {
            // two functions with the same code
            let routine = module.routines.len() as u16;
            let code = vec![Instr::new(Op::RetS, 0, 0, 0, 0)];
            let name = "f".into();
            let scalars = 1;
            module.routines.push(Routine {
                name,
                scalars,
                code,
                ..Routine::default()
            });
            for _ in 0..2 {
                module.functions.push(Function { routine, scalar: true });
            }
        }),
        changed(|module| {
            for process in &mut module.parallels[0].processes {
                for capture in &mut process.captures {
                    if let Capture::Part { at, .. } = capture {
                        at.clear();
                    }
                }
            }
        }),
    ]
}

fn handler(from: u32, to: u32, target: u32, value: Option<u16>) -> Handler {
    Handler {
        from,
        to,
        target,
        value,
    }
}

/// Adds inputs that reach something new.
fn grow(reached: &mut Reached, time: Duration) {
    let begin = Instant::now();
    let mut numbers = Numbers::new(begin.elapsed().as_nanos() as u64 + std::process::id() as u64);
    let mut tried = 0;
    let bases: Vec<Vec<u8>> = sample::bases().iter().map(encode).collect();
    let mut add = |target: &str, data: &[u8], reached: &mut Reached| {
        tried += 1;
        if reached.try_input(target, data) {
            std::fs::create_dir_all(folder(target)).expect("a folder");
            let name = format!(
                "{:016x}",
                data.iter()
                    .fold(5381u64, |sum, byte| sum.wrapping_mul(33) ^ u64::from(*byte))
            );
            std::fs::write(folder(target).join(name), data).expect("it can be written");
        }
    };
    for base in &bases {
        add("bytes", base, reached);
    }
    for text in [&b""[..], b"x := 1", b"\x00\x01", &bases[0][..8]] {
        add("bytes", text, reached);
    }
    while begin.elapsed() < time {
        let length = 4 + numbers.below(28);
        let data: Vec<u8> = (0..length).map(|_| numbers.next() as u8).collect();
        add("modules", &data, reached);
        let mut bytes = numbers.pick(&bases).clone();
        for _ in 0..=numbers.below(3) {
            let at = numbers.below(bytes.len());
            bytes[at] = match numbers.below(3) {
                0 => numbers.next() as u8,
                1 => bytes[at].wrapping_add(1),
                _ => bytes[at] ^ 1 << numbers.below(8),
            };
        }
        if numbers.chance(5) {
            bytes.truncate(numbers.below(bytes.len()));
        }
        add("bytes", &bytes, reached);
    }
    println!("{tried} inputs were tried");
}
