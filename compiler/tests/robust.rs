//! Whatever the text, the compiler answers with a module that verifies, or with errors: it never panics, hangs, or runs
//! out of stack. A slice of the damaged programs is tried; `HYDRA_ROBUST=all cargo test -p hydrac --test robust` tries all.

use hydra_bytecode::report::{Renderer, Report};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// What one text may take, on a machine that has other things to do.
const TEXT: Duration = Duration::from_secs(30);
/// What a slice may take.
const SLICE: Duration = Duration::from_secs(6);

/// Only the program itself can be read.
struct Alone<'a>(&'a [u8]);

impl hydrac::load::Loader for Alone<'_> {
    fn read(&mut self, path: &str) -> Result<Vec<u8>, String> {
        if path == "p.csp" {
            Ok(self.0.to_vec())
        } else {
            Err("no such file".into())
        }
    }
}

/// The errors of a program; empty if it was compiled.
fn compile(bytes: &[u8]) -> Vec<String> {
    let outcome = hydrac::compile("p.csp", &mut Alone(bytes), &hydrac::Options::default());
    // all reports must be shown, wherever they point
    let renderer = Renderer::new(&outcome.sources, false);
    let shown: Vec<String> = outcome.reports.iter().map(|report| renderer.render(report)).collect();
    for (report, text) in outcome.reports.iter().zip(&shown) {
        let shows = |file: &str| text.starts_with(file);
        // what an instance does that nobody meets stands in the file of the definition
        assert!(report.span.is_none() || shows("p.csp:") || shows("std/"), "{text}");
    }
    match outcome.module {
        Some(module) => {
            assert!(
                !outcome.reports.iter().any(Report::is_error),
                "a module in spite of errors: {shown:?}"
            );
            hydra_bytecode::verify(module).expect("what is compiled verifies");
            Vec::new()
        }
        None => {
            assert!(
                outcome.reports.iter().any(Report::is_error),
                "neither a module nor an error"
            );
            shown
        }
    }
}

/// Compiles on a thread of its own, to notice what hangs.
struct Compiler {
    texts: Sender<Vec<u8>>,
    answers: Receiver<Vec<String>>,
    tried: usize,
}

impl Compiler {
    fn start() -> Compiler {
        let (texts, received) = channel::<Vec<u8>>();
        let (sent, answers) = channel();
        let work = move || {
            for text in received {
                if sent.send(compile(&text)).is_err() {
                    return;
                }
            }
        };
        std::thread::Builder::new()
            .stack_size(hydrac::STACK_BYTES)
            .spawn(work)
            .expect("a thread");
        Compiler {
            texts,
            answers,
            tried: 0,
        }
    }

    /// The errors of a program.
    fn errors(&mut self, text: &[u8], name: &str) -> Vec<String> {
        self.tried += 1;
        self.texts.send(text.to_vec()).expect("the compiler listens");
        self.answers.recv_timeout(TEXT).unwrap_or_else(|problem| {
            let start = String::from_utf8_lossy(&text[..text.len().min(600)]).into_owned();
            panic!("{name}: a panic, or no answer ({problem}):\n{start}")
        })
    }
}

/// Numbers that look random and are always the same.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }
}

fn whole() -> bool {
    std::env::var("HYDRA_ROBUST").is_ok_and(|value| value == "all")
}

/// The programs that are compiled elsewhere, too.
fn programs() -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let mut programs = Vec::new();
    for folder in ["vm/tests/conformance", "vm/tests/regress", "examples"] {
        let Ok(entries) = std::fs::read_dir(root.join(folder)) else {
            continue;
        };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.extension().is_some_and(|extension| extension == "csp") {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                programs.push((name, std::fs::read(&path).expect("a file")));
            }
        }
    }
    programs.sort();
    assert!(programs.len() > 100, "{} programs", programs.len());
    programs
}

/// Words, numbers, signs and spaces of a text, comments left out.
fn tokens(text: &str) -> Vec<String> {
    const LONG: [&str; 12] = ["[[", "||", "::", ":=", "->", "<=", ">=", "<>", "!=", "..", "[]", "--"];
    let mut tokens = Vec::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with("--")) {
        let mut rest = line;
        while let Some(first) = rest.chars().next() {
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            let length = if is_word(first) {
                rest.find(|c| !is_word(c)).unwrap_or(rest.len())
            } else if let Some(long) = LONG.iter().find(|long| rest.starts_with(**long)) {
                long.len()
            } else {
                first.len_utf8()
            };
            tokens.push(rest[..length].to_owned());
            rest = &rest[length..];
        }
        tokens.push("\n".into());
    }
    tokens
}

#[test]
fn damaged_programs_have_an_answer() {
    let mut compiler = Compiler::start();
    let mut numbers = Numbers(0x5eed);
    let programs = programs();
    let start = Instant::now();
    for (name, text) in &programs {
        compiler.errors(text, name);
    }
    let split: Vec<(&str, Vec<String>)> = programs
        .iter()
        .map(|(name, text)| (name.as_str(), tokens(&String::from_utf8_lossy(text))))
        .collect();
    let all: Vec<&String> = split.iter().flat_map(|(_, tokens)| tokens).collect();
    let mut damage = |name: &str, tokens: &[String], kind: usize, at: usize| {
        let mut tokens = tokens.to_vec();
        match kind {
            0 => tokens.truncate(at),
            1 => drop(tokens.remove(at)),
            2 => tokens.insert(at, tokens[at].clone()),
            3 => {
                let other = numbers.below(tokens.len());
                tokens.swap(at, other);
            }
            4 => tokens[at] = all[numbers.below(all.len())].clone(),
            _ => {
                let other = numbers.below(tokens.len());
                let (from, to) = (at.min(other), at.max(other));
                tokens.drain(from..to);
            }
        }
        compiler.errors(tokens.concat().as_bytes(), name);
    };
    if whole() {
        for (name, tokens) in &split {
            for kind in 0..5 {
                for at in 0..tokens.len() {
                    damage(name, tokens, kind, at);
                }
            }
        }
    } else {
        let mut choose = Numbers(0xd1ce);
        while start.elapsed() < SLICE {
            let (name, tokens) = &split[choose.below(split.len())];
            let (kind, at) = (choose.below(6), choose.below(tokens.len()));
            damage(name, tokens, kind, at);
        }
    }
    println!("{} texts", compiler.tried);
}

#[test]
fn bytes_have_an_answer() {
    let mut compiler = Compiler::start();
    let mut numbers = Numbers(0xb17e);
    let programs = programs();
    let start = Instant::now();
    let time = if whole() { 20 * SLICE } else { SLICE / 3 };
    while start.elapsed() < time {
        let (name, text) = &programs[numbers.below(programs.len())];
        let mut text = text.clone();
        for _ in 0..=numbers.below(4) {
            let at = numbers.below(text.len());
            match numbers.below(4) {
                0 => text[at] = numbers.below(256) as u8,
                1 => text[at] ^= 1 << numbers.below(8),
                2 => text.insert(at, b"{}[]()\"'`\\$/*-;:=\0\x7f\xc3\xe2"[numbers.below(21)]),
                _ => drop(text.remove(at)),
            }
        }
        compiler.errors(&text, name);
    }
    println!("{} texts", compiler.tried);
}

#[test]
fn soups_of_tokens_have_an_answer() {
    const WORDS: [&str; 84] = [
        "skip",
        "pri",
        "after",
        "else",
        "and",
        "or",
        "not",
        "true",
        "integer",
        "real",
        "boolean",
        "character",
        "string",
        "any",
        "process",
        "end",
        "param",
        "const",
        "extern",
        "import",
        "_include",
        "x",
        "y",
        "P",
        "Q",
        "_",
        "f",
        "stdin",
        "stdout",
        "1",
        "0",
        "9223372036854775807",
        "9223372036854775808",
        "1.5",
        "1e400",
        "'c'",
        "\"text\"",
        "\"",
        "'",
        "{",
        "}",
        "{x}",
        "{x = 1}",
        "{print(x)}",
        "{`a ${x}`}",
        "(",
        ")",
        "[",
        "]",
        "[[",
        "]]",
        "||",
        "[]",
        "->",
        "::",
        ":=",
        ":",
        ";",
        ",",
        "..",
        "!",
        "?",
        "*",
        "*[",
        "*(i:1..2)[",
        "+",
        "-",
        "/",
        "%",
        "=",
        "<>",
        "<",
        "<=",
        ">=",
        "x :=",
        "x : integer;",
        "P :: skip",
        "X(i:1..3) ::",
        "Q ! x",
        "P ? x",
        "f(x)",
        "--",
        "→",
        "□",
    ];
    let mut compiler = Compiler::start();
    let mut numbers = Numbers(0x50f7);
    let start = Instant::now();
    let time = if whole() { 20 * SLICE } else { SLICE / 3 };
    while start.elapsed() < time {
        let mut text = String::new();
        for _ in 0..numbers.below(40) {
            text += WORDS[numbers.below(WORDS.len())];
            text += if numbers.below(12) == 0 { "\n" } else { " " };
        }
        compiler.errors(text.as_bytes(), "soup");
    }
    println!("{} texts", compiler.tried);
}

/// A construct in itself: what is before all, the opening, the middle, the closing, what is behind all.
const NESTED: [[&str; 5]; 43] = [
    ["", "[ true -> ", "skip", " ]", ""],
    ["", "*[ false -> ", "skip", " ]", ""],
    ["", "pri [ after 1 -> ", "skip", " ]", ""],
    ["", "[ false -> skip [] else -> ", "skip", " ]", ""],
    ["", "[[ ", "skip", " ]]", ""],
    ["", "[[ P :: ", "skip", " ]]", ""],
    ["", "[[ P(i:1..2) :: ", "skip", " || Q :: skip ]]", ""],
    ["", "[[ skip || ", "skip", " ]]", ""],
    ["", "*(i:1..1)[ ", "skip", " ]", ""],
    ["", "[ x : integer; x < 1 -> ", "skip", " ]", ""],
    ["x : integer; x := ", "(", "1", ")", ";{print(x)}"],
    ["x : integer; x := ", "- ", "1", "", ";{print(x)}"],
    ["x : boolean; x := ", "not ", "true", "", ";{print(x)}"],
    ["x : integer; x := ", "(1 + ", "1", ")", ";{print(x)}"],
    ["x : integer; x := ", "1 + ", "1", "", ";{print(x)}"],
    ["x : integer; x := 1", "", "", " - 1", ";{print(x)}"],
    ["x : integer; x := ", "x * ", "x", "", ";{print(x)}"],
    ["x : boolean; x := ", "x or ", "x", "", ";{print(x)}"],
    ["x : boolean; x := ", "(x and ", "x", ")", ";{print(x)}"],
    ["x : string; x := ", "\"a\" + ", "x", "", ";{print(x)}"],
    ["x : any; x := ", "f(", "1", ")", ";{print(x)}"],
    ["x : any; x := ", "(1, ", "1", ")", ";{print(x)}"],
    ["x, y : any; ", "f(", "x", ")", " := y;{print(x)}"],
    ["x, y : any; ", "f(_, ", "x", ")", " := y;{print(x)}"],
    ["x : any; ", "(", "x", ")", " := 1;{print(x)}"],
    [
        "a : (1..1) integer; x : integer; a(1) := 1; x := ",
        "a(",
        "1",
        ")",
        ";{print(x)}",
    ],
    ["a : (1..1) integer; ", "a(", "1", ")", " := 1;{print(a[1])}"],
    ["x : ", "p(", "integer", ")", ";{print(x)}"],
    ["x : ", "(1..1) p(", "integer", ")", ";{print(x)}"],
    ["x : ", "p((1..1) ", "integer", ")", ";{print(x)}"],
    ["x : integer; ", "{ ", "x = 1", " }", "; {print(x)}"],
    ["x : any; x := {", "(", "1", ")", "}; {print(x)}"],
    ["x : any; {x = ", "[", "1", "]", "}; {print(x)}"],
    ["x : any; {x = ", "#{a: ", "1", "}", "}; {print(x)}"],
    ["x : any; {x = ", "- ", "1", "", "}; {print(x)}"],
    ["x : any; {x = ", "1 + ", "1", "", "}; {print(x)}"],
    ["x : any; {x = ", "`${", "1", "}`", "}; {print(x)}"],
    ["x : any; {x = 1; ", "if x == 1 {", "x", "}", "}; {print(x)}"],
    ["{", "/* ", "", " */", "print(1)}"],
    ["{", "while false {", "print(1)", "}", "}"],
    ["{let f = ", "|| ", "1", "", ";}"],
    [
        "_include{ fn g(x) {x} } x : any; {x = ",
        "g(",
        "1",
        ")",
        "}; {print(x)}",
    ],
    ["const N = ", "(1 + ", "1", ")", "; {print(1)}"],
];

#[test]
fn deep_nesting_has_an_answer() {
    let (mut compiler, mut wrong) = (Compiler::start(), Vec::new());
    for [before, open, middle, close, after] in NESTED {
        for depth in [2, 300, 900, 3_000, 20_000, 100_000] {
            let text = format!("{before}{}{middle}{}{after}", open.repeat(depth), close.repeat(depth));
            let name = format!("{before}{open}…{close} {depth} deep");
            let errors = compiler.errors(text.as_bytes(), &name);
            let what = errors.first().map_or("", String::as_str);
            if depth <= 300 && !errors.is_empty() {
                wrong.push(format!("{name}: {what}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Many of a thing side by side: what is before all, one of them with `@` for its number, what is behind all.
const MANY: [[&str; 3]; 20] = [
    ["x : integer;", "x := @;", "{print(x)}"],
    ["", "x@ : integer; x@ := 1;", ""],
    ["x : integer := 1; [ ", "x = @ -> skip [] ", "x = 0 -> skip ]"],
    ["[[ ", "P@ :: skip || ", "Q :: skip ]]"],
    ["[[ ", "P(@) :: skip || ", "Q :: skip ]]"],
    ["[[ ", "P@ :: Q ! @ || ", "Q :: x : integer; P0 ? x ]]"],
    ["", "process P@() :: skip end ", "skip"],
    ["process P0() :: skip end ", "process Q@() :: P0() end ", "skip"],
    ["", "const C@ = @; ", "skip"],
    ["const C0 = 1; ", "const D@ = C0 + @; ", "skip"],
    ["", "param p@ : integer = 1; ", "skip"],
    ["x : any; x := f(", "@, ", "0); {print(x)}"],
    ["x : any; x := f(", "\"t@\", ", "0); {print(x)}"],
    ["x : any; {x = [", "@, ", "0]}; {print(x)}"],
    ["x : any; ", "x := c@(x); ", "{print(x)}"],
    ["x : integer;", "{x = @};", "{print(x)}"],
    ["", "x@, ", "y : integer; y := 1; {print(y)}"],
    ["", "[[ skip ]];", ""],
    ["x : integer := ", "(@ + ", "0"],
    ["", "--@\n", "skip"],
];

#[test]
fn long_programs_have_an_answer() {
    let mut compiler = Compiler::start();
    for [before, each, after] in MANY {
        for count in [10, 1_000, 70_000] {
            if count > 1_000 && !whole() {
                continue;
            }
            let mut text = before.to_string();
            for number in 0..count {
                text += &each.replace('@', &number.to_string());
                text.push('\n');
            }
            text += after;
            let start = Instant::now();
            let errors = compiler.errors(text.as_bytes(), &format!("{count} × {each}"));
            println!("{count} × {each}: {:?} {}", start.elapsed(), errors.len());
        }
    }
}

#[test]
fn chains_have_an_answer() {
    let mut compiler = Compiler::start();
    for count in [10, 300, 3_000, 60_000] {
        if count > 3_000 && !whole() {
            continue;
        }
        let mut definitions = String::new();
        let mut calls = String::new();
        let mut constants = String::from("const C0 = 1;");
        let mut senders = String::new();
        for number in 1..count {
            let next = number + 1;
            definitions += &format!("process P{number}() :: P{next}() end\n");
            senders += &format!("process S{number}(to : process) :: S{next}(to) end\n");
            constants += &format!("const C{number} = C{} + 1;\n", number - 1);
            calls += &format!("P{number}();\n");
        }
        definitions += &format!("process P{count}() :: skip end\n");
        senders += &format!("process S{count}(to : process) :: to ! 1 end\n");
        for (name, text) in [
            ("definitions", format!("{definitions} P1()")),
            ("all definitions", format!("{definitions} {calls}")),
            (
                "senders",
                format!("{senders} [[ a :: S1(b) || b :: x : integer; a ? x; {{print(x)}} ]]"),
            ),
            ("a circle", format!("{} P1()", definitions.replace("skip", "P1()"))),
            ("constants", format!("{constants} {{print(C{})}}", count - 1)),
        ] {
            let start = Instant::now();
            let errors = compiler.errors(text.as_bytes(), &format!("{count} {name}"));
            println!("{count} {name}: {:?} {:.200?}", start.elapsed(), errors.first());
            assert!(count > 300 || errors.is_empty(), "{count} {name}: {}", errors[0]);
        }
    }
}
