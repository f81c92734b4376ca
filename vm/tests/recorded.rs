//! A run that was recorded, with any number of workers, is repeated to the byte: output, report and exit status, for every program
//! of `examples`, `vm/tests/conformance`, `vm/tests/programs`, `vm/tests/regress` and `vm/tests/std`.
//!
//! Each is recorded once with 1, 2 and 8 workers; `HYDRA_RECORDED=20 cargo test --release -p hydra-vm --test recorded` does so twenty
//! times.

#[path = "support/numbers.rs"]
#[allow(dead_code, reason = "only some of it is needed")]
mod numbers;
#[path = "support/tools.rs"]
mod tools;
#[path = "support/traces.rs"]
mod traces;

use hydra_vm::{Binding, Captured, ErrorKind, Limits, Program, Recording, Run, Status, Trace};
use numbers::Numbers;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tools::{Ran, Tools, run};
use traces::{blocks, seal};

/// How a program is compiled and run.
struct Case {
    path: PathBuf,
    compile: Vec<String>,
    run: Vec<String>,
    input: Vec<u8>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the package lies in the workspace")
}

fn words(header: &[&str], key: &str) -> Vec<String> {
    let line = header.iter().find_map(|line| line.strip_prefix(key));
    let words = line.unwrap_or_default().replace('\'', "");
    words.split_whitespace().map(str::to_owned).collect()
}

fn cases() -> Vec<Case> {
    let folders = [
        "examples",
        "vm/tests/conformance",
        "vm/tests/programs",
        "vm/tests/regress",
        "vm/tests/std",
    ];
    let entries = folders.iter().flat_map(|folder| {
        std::fs::read_dir(root().join(folder))
            .expect("the folder can be read")
            .flatten()
    });
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "csp"))
        .collect();
    found.sort();
    let case = |path: PathBuf| {
        let text = String::from_utf8_lossy(&std::fs::read(&path).expect("it can be read")).into_owned();
        let header: Vec<&str> = text
            .trim_start_matches('\u{feff}')
            .lines()
            .map_while(|line| line.trim().strip_prefix("--"))
            .map(str::trim)
            .collect();
        Case {
            compile: words(&header, "@compile:"),
            run: words(&header, "@run:"),
            input: std::fs::read(path.with_extension("in")).unwrap_or_default(),
            path,
        }
    };
    found.into_iter().map(case).collect()
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("hydra-recorded-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

fn seen(ran: Ran) -> (i32, String, String) {
    (ran.status, String::from_utf8_lossy(&ran.out).into_owned(), ran.err)
}

#[test]
fn a_recorded_run_is_repeated_to_the_byte() {
    let times: u64 = std::env::var("HYDRA_RECORDED").map_or(1, |text| text.parse().expect("a number"));
    let only = std::env::var("HYDRA_ONLY").unwrap_or_default();
    let tools = Tools::find(root());
    let folder = folder("all");
    let (trace, binary) = (folder.join("run.hbt"), folder.join("program.hbc"));
    let (trace_name, binary_name) = (trace.display().to_string(), binary.display().to_string());
    let (mut tried, mut wrong) = (0, Vec::new());
    for case in cases() {
        let own = case.path.parent().expect("it is in a folder");
        let name = case.path.display().to_string();
        if !name.contains(&only) {
            continue;
        }
        let mut compile = ["compile", &name, "-o", &binary_name].map(str::to_owned).to_vec();
        compile.extend(case.compile.clone());
        if run(&tools.hydrac, &compile, own, &[]).expect("it ends").status != 0 {
            continue; // a program that is an error
        }
        for workers in [1, 2, 8].repeat(times as usize) {
            let mut record = ["run", &binary_name, "--record", &trace_name]
                .map(str::to_owned)
                .to_vec();
            record.extend(case.run.clone());
            if !case.run.iter().any(|word| word == "--workers" || word == "--seed") {
                record.extend(["--workers".to_owned(), workers.to_string()]);
            }
            let mut recorded = seen(run(&tools.vm, &record, own, &case.input).expect("it ends"));
            if recorded.0 == 2 {
                break; // it cannot be run, and that is what is tested
            }
            if name.ends_with("examples/copy_file.csp") {
                // it writes to a file by name, which happens to be this output: that is not done again
                recorded.1.clear();
            }
            let again = ["replay", &trace_name].map(str::to_owned);
            tried += 1;
            match run(&tools.vm, &again, &folder, &[]).map(seen) {
                Ok(repeated) if repeated == recorded => {}
                Ok(repeated) => wrong.push(format!("{name}, {workers} workers:\n{recorded:?}\n{repeated:?}")),
                Err(problem) => wrong.push(format!("{name}, {workers} workers: {problem}")),
            }
        }
    }
    let _ = std::fs::remove_dir_all(&folder);
    println!("{tried} runs were repeated");
    assert!(tried >= 600 || !only.is_empty(), "the programs are found");
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
}

/// A program in which much is not determined: several speak in one name, who comes first, what is read, time and chance.
const MUCH: &str = "
    _include{ import \"rand\" as rand; import \"time\" as time; }
    [[ a(i:1..3) :: *(j:1..4)[ hub ! 10*i + j ]
    || crowd :: [[ *(j:1..4)[ hub ! 100 + j ] || *(j:1..4)[ hub ! 200 + j ] ]]
    || reader :: l : string; *[ stdin ? l -> {print(l)} ]
    || clock :: t : real; c : boolean; t := {timestamp().elapsed}; c := {rand::boolean()}; {print(`${t} ${c}`)};
                after 1; {print(time::now())}
    || hub :: n : integer; late : boolean;
       *[ (i:1..3) a(i) ? n -> {print(n)}
       [] crowd ? n -> {print(-n)}; stderr ! n
       [] not late; after 20 -> late := true; {print(\"late\")}
       ]
    ]]";

/// What a run printed, its trace, and how it ended.
struct Recorded {
    out: String,
    err: String,
    trace: Vec<u8>,
    status: Status,
    report: String,
}

fn record(text: &str, input: &'static str, workers: usize) -> Recorded {
    let program = Program::compile("program.csp", text).expect("it compiles");
    let (trace, out, err) = (Captured::default(), Captured::default(), Captured::default());
    let recording = Recording::new(trace.clone());
    let run = Run::new(&program)
        .stdin(input.as_bytes())
        .stdout(out.clone())
        .stderr(err.clone());
    let outcome = run.record(&recording).workers(workers).run().expect("it runs");
    assert_eq!(recording.problem(), None);
    Recorded {
        out: out.text(),
        err: err.text(),
        trace: trace.bytes(),
        status: outcome.status,
        report: format!("{:?}", outcome.report),
    }
}

/// Repeats a run, within limits, for a trace that was changed may be that of another program.
fn repeat(trace: &[u8]) -> Result<Recorded, hydra_vm::Error> {
    let limits = Limits {
        time: Some(Duration::from_secs(20)),
        ..Limits::default()
    };
    let (out, err) = (Captured::default(), Captured::default());
    let replay = Trace::read(trace)?.replay().limits(limits);
    let outcome = replay.stdout(out.clone()).stderr(err.clone()).run()?;
    Ok(Recorded {
        out: out.text(),
        err: err.text(),
        trace: Vec::new(),
        status: outcome.status,
        report: format!("{:?}", outcome.report),
    })
}

#[test]
fn all_that_is_not_determined_is_repeated() {
    for workers in [1, 2, 8] {
        for _ in 0..20 {
            let one = record(MUCH, "first\nsecond\nthird", workers);
            let other = repeat(&one.trace).expect("the trace fits");
            assert_eq!(one.status, Status::Done);
            assert!(one.out.contains("third"));
            assert_eq!((&one.out, &one.err), (&other.out, &other.err));
        }
    }
}

/// Several speak in one name, in an order that time has decided, which a replay does not have: there all come at once, and in
/// another order, so that whom each may meet must be told.
#[test]
fn who_met_whom_in_one_name_is_repeated() {
    let outputs = "[[ crowd :: [[ after 60; one ! 1 || after 30; one ! 2 || one ! 3 ]] || one :: n : integer; TAKES ]]";
    let inputs =
        "[[ crowd :: [[ n : integer; after 60; one ? n; {print(n)} || n : integer; after 30; one ? n; {print(n)}
                       || n : integer; one ? n; {print(n)} ]]
                  || one :: *(i:1..3)[ crowd ! i ] ]]";
    let chooses = inputs.replace(
        "one ? n; {print(n)}",
        "[ one ? n -> {print(n)} [] false; one ? n -> skip ]",
    );
    let both = "[[ crowd :: [[ after 60; one ! 1 || after 30; one ! 2 || one ! 3 ]]
                || one :: [[ n : integer; after 75; crowd ? n; {print(n)} || n : integer; after 45; crowd ? n; {print(10 * n)}
                          || n : integer; TAKES ]] ]]";
    let takes = "*(i:1..3)[ crowd ? n; {print(n)} ]";
    let choice = "*[ crowd ? n -> {print(n)} [] false; crowd ? n -> skip ]";
    let first = "crowd ? n; {print(100 * n)}";
    let programs = [
        outputs.replace("TAKES", takes),
        outputs.replace("TAKES", choice),
        inputs.to_owned(),
        chooses,
        both.replace("TAKES", first),
    ];
    for program in &programs {
        for workers in [1, 2, 8] {
            let one = record(program, "", workers);
            assert_eq!(one.status, Status::Done, "{program}: {}", one.report);
            let other = repeat(&one.trace).unwrap_or_else(|problem| panic!("{program}, {workers} workers: {problem}"));
            assert_eq!(one.out, other.out, "{program}, {workers} workers");
        }
    }
}

#[test]
fn failures_and_deadlocks_are_found_anew() {
    let fails =
        "[[ a(i:1..4) :: *(j:1..3)[ b ! j ]; b ! 0 || b :: n : integer; *[ (i:1..4) a(i) ? n -> {print(6 / n)} ] ]]";
    let dead =
        "[[ a(i:1..4) :: *(j:1..i)[ b ! j ] ; c ! 1 || b :: n : integer; *[ (i:1..4) a(i) ? n -> {print(n)} ]; c ! 1
                || c :: n : integer; a(1) ? n; b ? n; a(1) ? n ]]";
    for (text, status) in [(fails, Status::Failure), (dead, Status::Deadlock)] {
        for workers in [1, 2, 8, 2, 8] {
            let one = record(text, "", workers);
            let other = repeat(&one.trace).expect("the trace fits");
            assert_eq!((one.status, other.status), (status, status), "{}", one.report);
            assert_eq!((one.out, one.report), (other.out, other.report));
        }
    }
}

#[test]
fn a_trace_that_was_cut_is_used_as_far_as_it_goes() {
    let one = record(MUCH, "first\nsecond", 2);
    let mut beginnings = 0;
    for length in (0..one.trace.len()).step_by(7) {
        let error = repeat(&one.trace[..length]).err().expect("it is not whole");
        assert_eq!(error.kind(), ErrorKind::Trace, "{length}: {error}");
        beginnings += usize::from(error.to_string().contains("the trace ends here"));
    }
    assert!(beginnings > 0, "the run began");
    let last = *blocks(&one.trace).last().expect("it has blocks");
    let error = repeat(&one.trace[..last.0]).err().expect("it has no end");
    assert!(error.to_string().contains("was killed"), "{error}");
}

#[test]
fn a_trace_that_was_changed_is_an_error() {
    let one = record(MUCH, "first\nsecond", 2);
    for at in (0..one.trace.len()).step_by(11) {
        let mut trace = one.trace.clone();
        trace[at] ^= 0x10;
        let error = repeat(&trace).err().expect("it is damaged");
        assert_eq!(error.kind(), ErrorKind::Trace, "{at}: {error}");
    }
}

/// With the right checksum: whatever it says then, a replay ends, and does not panic.
#[test]
fn a_hostile_trace_does_no_harm() {
    let one = record(MUCH, "first\nsecond", 2);
    let all = blocks(&one.trace);
    let mut numbers = Numbers::new(1);
    let (mut fit, mut wrong) = (0, 0);
    for _ in 0..600 {
        let mut trace = one.trace.clone();
        // what follows the program and its params
        let block = all[1 + numbers.below(all.len() - 1)];
        for _ in 0..1 + numbers.below(3) {
            let at = block.0 + 12 + numbers.below(block.1);
            trace[at] = numbers.below(256) as u8;
        }
        seal(&mut trace, block);
        match repeat(&trace) {
            Ok(_) => fit += 1,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Trace, "{error}");
                wrong += 1;
            }
        }
    }
    println!("{fit} fit, {wrong} did not");
    assert!(wrong > 300, "{wrong}");
}

#[test]
fn a_decision_that_is_missing_is_found() {
    // one worker, so that the log of the hub is in one piece: as many bytes as the clients say
    let text = "[[ a(i:1..3) :: *(j:1..5)[ hub ! j ] || hub :: n : integer; *[ (i:1..3) a(i) ? n -> {print(n)} ] ]]";
    let one = record(text, "", 1);
    repeat(&one.trace)
        .expect("it fits")
        .out
        .contains('5')
        .then_some(())
        .expect("it is repeated");
    let mut found = 0;
    for block in blocks(&one.trace).into_iter().skip(1) {
        let records = &one.trace[block.0 + 12..block.0 + 12 + block.1];
        let logs = records.windows(15).enumerate();
        let logs = logs.filter(|(_, bytes)| bytes.iter().all(|byte| *byte < 3));
        for (at, _) in logs {
            for number in 0..3 {
                let mut trace = one.trace.clone();
                let changed = &mut trace[block.0 + 12 + at + 7];
                if *changed != number {
                    *changed = number;
                    seal(&mut trace, block);
                    let error = repeat(&trace).err().expect("another decision does not fit");
                    assert!(error.to_string().contains("does not fit"), "{error}");
                    found += 1;
                }
            }
        }
    }
    assert!(found > 0, "the log is there");
}

#[test]
fn a_recording_is_of_one_run() {
    let program =
        Program::compile("program.csp", "extern e; n : integer; *[ e ? n -> {print(n)} ]").expect("it compiles");
    let recording = Recording::new(std::io::sink());
    let reader = |recording: &Recording| {
        let run = Run::new(&program)
            .bind("e", Binding::reader("1 2".as_bytes()))
            .record(recording);
        run.run().map(|outcome| outcome.status)
    };
    assert_eq!(reader(&recording).expect("it runs"), Status::Done);
    let error = reader(&recording).expect_err("a recording is of one run");
    assert!(error.to_string().contains("one run only"), "{error}");
}
