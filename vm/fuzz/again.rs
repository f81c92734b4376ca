//! Traces as they are fuzzed, by the fuzz target and by the ordinary tests: nothing that a trace says may make a replay panic, hang, or
//! take memory without bound.

use super::numbers::Numbers;
use super::traces::{HEAD, add, blocks};
use hydra_vm::{Binding, Captured, Data, ErrorKind, Limits, Program, Recording, Run, Trace};
use std::sync::OnceLock;
use std::time::Duration;

/// Steps of a replay, which are looked at when a turn is over.
const STEPS_MAX: u64 = 100_000;
/// Processes of a replay at once.
const PROCESSES_MAX: u64 = 2_000;
/// A replay that is within the other limits has ended by then, on a busy machine, too.
const TIME_MAX: Duration = Duration::from_secs(120);

/// Programs whose runs are recorded, with steps after which they are ended.
const PROGRAMS: [(&str, u64); 4] = [
    (
        "_include{ import \"rand\" as rand; }
         [[ a(i:1..3) :: *(j:1..2)[ hub ! 10 * i + j ]
         || crowd :: [[ hub ! 100 || hub ! 200 ]]
         || hears :: [[ n : integer; tells ? n; {print(n)} || n : integer; [ tells ? n -> {print(-n)} ] ]]
         || tells :: hears ! 1; hears ! 2
         || reader :: l : string; *[ stdin ? l -> {print(l)} ]; {print(rand::boolean())}; {print(timestamp().elapsed)}
         || hub :: n : integer; late : boolean;
            *[ (i:1..3) a(i) ? n -> {print(n)} [] crowd ? n -> stderr ! n [] not late; after 20 -> late := true ]
         ]]",
        0,
    ),
    (
        "extern words, things, results;
         [[ a(i:1..2) :: w : string; *[ words ? w -> hub ! w ]
         || c :: n : integer; x : real; block : (1..3) integer;
            *[ things ? n -> hub ! n [] things ? pair(n, x) -> hub ! x [] things ? block -> hub ! block(2) ]
         || hub :: s : any; *[ (i:1..2) a(i) ? s -> {print(s)}; results ! s [] c ? s -> results ! s ]; results ! last()
         ]]",
        0,
    ),
    (
        "[[ a :: b ! 1; c ! 2 || b :: n : integer; [ a ? n -> skip [] c ? n -> skip ]; c ? n; c ! n || c :: n : integer; b ? n; b ! n; a ? n ]]",
        0,
    ),
    (
        "param p : integer = 3; param q : string = \"q\"; [[ a(i:1..p) :: *[ true -> b ! i ] || b :: n : integer; *[ (i:1..p) a(i) ? n -> {print(n)} ] ]]",
        300,
    ),
];

/// The traces of runs of these, with a seed, so that they are the same each time.
fn bases() -> &'static [Vec<u8>] {
    static BASES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    BASES.get_or_init(|| {
        let recorded = PROGRAMS.iter().map(|(text, steps)| {
            let program = Program::compile("p.csp", text).unwrap_or_else(|problem| panic!("{problem}"));
            let trace = Captured::default();
            let recording = Recording::new(trace.clone());
            let steps = (*steps > 0).then_some(*steps);
            let limits = Limits {
                steps,
                ..Limits::default()
            };
            let mut run = Run::new(&program).seed(1).limits(limits).record(&recording);
            run = run.stdin("one\ntwo".as_bytes());
            if text.starts_with("extern") {
                let things = [
                    Data::from(7),
                    Data::shape("pair", [1.into(), 0.5.into()]),
                    vec![1, 255, 0].into(),
                ];
                let take = |data: Data| {
                    if data == Data::signal("last") {
                        Err("no more")
                    } else {
                        Ok(())
                    }
                };
                run = run.bind("words", Binding::iterator(["first", "second"]));
                run = run
                    .bind("things", Binding::iterator(things))
                    .bind("results", Binding::sink(take));
            }
            run.run().unwrap_or_else(|problem| panic!("{problem}"));
            trace.bytes()
        });
        recorded.collect()
    })
}

/// A trace as the bytes say: these themselves, or records of theirs behind the beginning of a good trace, or a good trace that is changed.
/// What came of it: an error, or how the run ended.
pub(crate) fn traces(data: &[u8]) -> String {
    let Some((&first, rest)) = data.split_first() else {
        return replay(&[]);
    };
    let base = &bases()[usize::from(first / 4) % bases().len()];
    let mut parts: Vec<Vec<u8>> = (blocks(base).iter())
        .map(|&(at, length)| base[at + 12..at + 12 + length].to_vec())
        .collect();
    match first % 4 {
        0 => return replay(rest),
        1 => {
            parts.truncate(1);
            parts.push(rest.to_vec());
        }
        _ => {
            let mut numbers = Numbers::from_bytes(rest);
            for _ in 0..numbers.below(8) {
                change(&mut parts, &mut numbers);
            }
        }
    }
    let mut trace = base[..HEAD].to_vec();
    parts.iter().for_each(|part| add(&mut trace, part));
    replay(&trace)
}

/// Changes the records of a block, or the order of blocks.
fn change(parts: &mut Vec<Vec<u8>>, numbers: &mut Numbers<'_>) {
    let count = parts.len();
    if count == 0 {
        return;
    }
    let (what, which) = (numbers.below(12), numbers.below(count));
    let other = numbers.below(count);
    let part = &mut parts[which];
    if part.is_empty() || what >= 9 {
        return match what {
            10 => drop(parts.remove(which)),
            11 => parts.swap(which, other),
            _ => {
                let part = parts[which].clone();
                parts.insert(other, part);
            }
        };
    }
    let place = (numbers.below(256) * 256 + numbers.below(256)) % part.len();
    // the first block is the program for the most part, which others fuzz: what follows it stands at the end
    let at = if which == 0 {
        part.len() - 1 - place % part.len().min(96)
    } else {
        place
    };
    match what {
        0..=3 => part[at] = numbers.next() as u8,
        4 => part[at] ^= 1 << numbers.below(8),
        5 => part.insert(at, numbers.next() as u8),
        6 => drop(part.remove(at)),
        7 => {
            let end = part.len().min(at + 1 + numbers.below(16));
            let piece = part[at..end].to_vec();
            let to = numbers.below(256) % part.len();
            part.splice(to..to, piece);
        }
        _ => part.truncate(at),
    }
}

fn replay(trace: &[u8]) -> String {
    let limits = Limits {
        processes: Some(PROCESSES_MAX),
        steps: Some(STEPS_MAX),
        time: Some(TIME_MAX),
        ..Limits::default()
    };
    let replay = Trace::read(trace).and_then(|trace| trace.replay().limits(limits).run());
    match replay {
        Ok(outcome) => {
            let message = outcome.report.map(|report| report.message).unwrap_or_default();
            assert!(!message.contains("--timeout"), "it does not end within its limits");
            format!("{:?}: {message}", outcome.status)
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Trace, "{error}");
            error.to_string()
        }
    }
}
