//! A program with its expectations.

use super::tools::{Ran, Tools, run};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// How many workers each program is run with.
const WORKERS: [u32; 3] = [1, 2, 8];

/// What the header of a program says.
#[derive(Debug, Default)]
pub(crate) struct Case {
    path: PathBuf,
    exit: i32,
    sorted: bool,
    run: Vec<String>,
    compile: Vec<String>,
    stderr: Vec<String>,
    stderr_not: Vec<String>,
    stderr_line: Vec<String>,
    compile_error: Vec<String>,
    warning: Vec<String>,
    same: u32,
    seeds: Option<(u64, usize)>,
}

impl Case {
    /// Reads the comment lines that open a program.
    pub(crate) fn read(path: &Path) -> Result<Case, String> {
        let text = std::fs::read_to_string(path).map_err(|problem| problem.to_string())?;
        let mut case = Case {
            path: path.to_owned(),
            same: 1,
            ..Case::default()
        };
        for line in text.trim_start_matches('\u{feff}').lines() {
            let Some(line) = line.trim().strip_prefix("--") else {
                break;
            };
            let Some(directive) = line.trim().strip_prefix('@') else {
                continue;
            };
            let (key, value) = directive.split_once(':').unwrap_or((directive, ""));
            let value = value.trim().to_owned();
            let number = || value.parse().map_err(|_| format!("@{key}: a number expected"));
            match key.trim() {
                "about" => {}
                "exit" => case.exit = number()?,
                "sorted" => case.sorted = true,
                "run" => case.run = words(&value),
                "compile" => case.compile = words(&value),
                "stderr" => case.stderr.push(value),
                "stderr-not" => case.stderr_not.push(value),
                "stderr-line" => case.stderr_line.push(value),
                "compile-error" => case.compile_error.push(value),
                "warning" => case.warning.push(value),
                "same" => case.same = number()? as u32,
                "seeds" => {
                    let numbers: Vec<u64> = value.split_whitespace().filter_map(|word| word.parse().ok()).collect();
                    let [count, distinct] = numbers[..] else {
                        return Err("@seeds: two numbers expected".into());
                    };
                    case.seeds = Some((count, distinct as usize));
                }
                other => return Err(format!("unknown directive @{other}")),
            }
        }
        Ok(case)
    }

    fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    /// Compiles and runs it.
    pub(crate) fn check(&self, tools: &Tools) -> Result<(), String> {
        let unique = format!(
            "hydra-case-{}-{:?}.hbc",
            std::process::id(),
            std::thread::current().id()
        );
        let binary = std::env::temp_dir().join(unique);
        let result = self.check_with(tools, &binary);
        let _ = std::fs::remove_file(&binary);
        result
    }

    fn check_with(&self, tools: &Tools, binary: &Path) -> Result<(), String> {
        let mut arguments = vec!["compile".into(), self.name(), "-o".into(), binary.display().to_string()];
        arguments.extend(self.compile.clone());
        let compiled = run(&tools.hydrac, &arguments, self.folder(), b"")?;
        let said = format!("{}{}", String::from_utf8_lossy(&compiled.out), compiled.err);
        let wanted = i32::from(!self.compile_error.is_empty());
        if compiled.status != wanted {
            return Err(format!("hydrac: exit {}, expected {wanted}\n{said}", compiled.status));
        }
        for text in self.compile_error.iter().chain(&self.warning) {
            if !says(&said, text) {
                return Err(format!("hydrac does not say {text:?}\n{said}"));
            }
        }
        if wanted == 1 {
            return Ok(());
        }
        if let Some((count, distinct)) = self.seeds {
            return self.check_seeds(tools, binary, count, distinct);
        }
        let seeded = self.run.iter().any(|word| word == "--seed");
        for workers in if seeded { &WORKERS[..1] } else { &WORKERS } {
            let flags = if seeded {
                Vec::new()
            } else {
                vec!["--workers".into(), workers.to_string()]
            };
            let in_variant = |problem: String| format!("{workers} workers: {problem}");
            let mut first: Option<Vec<u8>> = None;
            for _ in 0..self.same {
                let out = self.run_once(tools, binary, flags.clone()).map_err(in_variant)?;
                if first.as_ref().is_some_and(|first| *first != out) {
                    return Err("a second run with the same seed printed something else".into());
                }
                first = Some(out);
            }
        }
        Ok(())
    }

    fn check_seeds(&self, tools: &Tools, binary: &Path, count: u64, distinct: usize) -> Result<(), String> {
        let mut seen = HashSet::new();
        for seed in 1..=count {
            let flags = || vec!["--seed".into(), seed.to_string()];
            let first = self.run_once(tools, binary, flags())?;
            if first != self.run_once(tools, binary, flags())? {
                return Err(format!("two runs with --seed {seed} printed different things"));
            }
            seen.insert(first);
        }
        if seen.len() < distinct {
            return Err(format!(
                "{count} seeds gave {} different outputs, at least {distinct} expected",
                seen.len()
            ));
        }
        Ok(())
    }

    /// One run, checked; its standard output.
    fn run_once(&self, tools: &Tools, binary: &Path, flags: Vec<String>) -> Result<Vec<u8>, String> {
        let beside = |suffix: &str| std::fs::read(self.path.with_extension(suffix)).ok();
        let mut arguments = vec!["run".into(), binary.display().to_string()];
        arguments.extend(flags);
        arguments.extend(self.run.clone());
        let Ran { status, out, err } = run(&tools.vm, &arguments, self.folder(), &beside("in").unwrap_or_default())?;
        if status != self.exit {
            return Err(format!("exit {status}, expected {}\n{err}", self.exit));
        }
        let wanted = beside("out");
        if wanted.is_some() || (self.same == 1 && self.seeds.is_none()) {
            self.check_output(&out, &wanted.unwrap_or_default())?;
        }
        for text in &self.stderr {
            if !says(&err, text) {
                return Err(format!("the error output lacks {text:?}\n{err}"));
            }
        }
        for text in &self.stderr_not {
            if err.contains(text) {
                return Err(format!("the error output must not hold {text:?}\n{err}"));
            }
        }
        for line in &self.stderr_line {
            let place = format!("{}:{line}:", self.name());
            let named = err.match_indices(&place).any(|(at, _)| {
                let before = err[..at]
                    .chars()
                    .next_back()
                    .is_none_or(|c| c.is_whitespace() || c == '/' || c == '(');
                before && err[at + place.len()..].starts_with(|c: char| c.is_ascii_digit())
            });
            if !named {
                return Err(format!("the error output does not name the place {place}COLUMN\n{err}"));
            }
        }
        Ok(out)
    }

    fn check_output(&self, out: &[u8], wanted: &[u8]) -> Result<(), String> {
        let lines = |bytes: &[u8]| {
            let mut lines: Vec<String> = String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        if out == wanted || self.sorted && lines(out) == lines(wanted) {
            return Ok(());
        }
        let (out, wanted) = (String::from_utf8_lossy(out), String::from_utf8_lossy(wanted));
        let differs = out.lines().zip(wanted.lines()).position(|(a, b)| a != b);
        let at = differs.unwrap_or(out.lines().count().min(wanted.lines().count()));
        let (found, expected) = (out.lines().nth(at), wanted.lines().nth(at));
        Err(format!(
            "the output differs in line {}: {found:?}, expected {expected:?}",
            at + 1
        ))
    }
}

/// Whether a message holds a text; `:LINE:` stands for a place in a program.
fn says(said: &str, text: &str) -> bool {
    let inner = text.strip_prefix(':').and_then(|rest| rest.strip_suffix(':'));
    match inner {
        Some(line) if !line.is_empty() && line.bytes().all(|b| b.is_ascii_digit()) => {
            said.contains(&format!(".csp{text}"))
        }
        _ => said.contains(text),
    }
}

/// The words of a line, as a shell takes them apart.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}
