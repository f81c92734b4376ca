//! Reads and parses the program and the files it imports.

mod scripts;

use crate::syntax::{self, ast};
use hydra_bytecode::{Source, Span, report::Report};
use hydra_stdlib::library;
use rustc_hash::FxHashMap;

/// Where files come from.
pub trait Loader {
    /// The bytes of a file; `path` is as given, or relative to the importing file's folder. The error is for a message.
    fn read(&mut self, path: &str) -> Result<Vec<u8>, String>;
}

/// A parsed file.
#[derive(Debug, Default)]
pub struct File {
    /// Its tree.
    pub program: ast::Program,
    /// The file (index) that each `import` item brings in, in their order; `None` where it could not be read.
    pub imports: Vec<Option<u32>>,
    /// It is of the standard library, and may name processes of the outside.
    pub standard: bool,
}

/// The program with all it imports.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Texts; the first is the program itself.
    pub sources: Vec<Source>,
    /// Trees, in the same order.
    pub files: Vec<File>,
    /// rhai modules that `_include` items import, by path as written: source (empty for a standard module).
    pub scripts: Vec<(String, String)>,
    /// What was wrong.
    pub reports: Vec<Report>,
}

impl Loaded {
    /// Whether a place is a guard of the standard library that takes whatever comes, `… ? _`.
    pub(crate) fn drains(&self, place: Span) -> bool {
        let source = &self.sources[place.file as usize];
        let text = source.text.get(place.start as usize..place.end as usize);
        is_standard(&source.path) && text.is_some_and(|text| text.ends_with("? _"))
    }
}

/// Reads a program. Cycles of imports are errors; a file imported twice is read once.
pub fn load(path: &str, loader: &mut dyn Loader) -> Loaded {
    let mut reading = Reading {
        loader,
        loaded: Loaded::default(),
        known: FxHashMap::default(),
        open: Vec::new(),
    };
    reading.program(path);
    scripts::load(path, reading.loader, &mut reading.loaded);
    reading.loaded
}

/// Whether a path names a file of the standard library.
fn is_standard(path: &str) -> bool {
    path.starts_with("std/")
}

/// What the standard library has, where the path of an import is not in it.
fn libraries(path: &str) -> String {
    let name = path.strip_suffix(".csp").unwrap_or(path);
    if library::standard_process_source(name).is_some() {
        return format!("write \"{name}\"");
    }
    let all: Vec<String> = library::standard_processes().collect();
    let editions: Vec<String> = library::standard_editions()
        .filter(|edition| edition.starts_with("std/integer/"))
        .collect();
    format!(
        "it has {}; for values of one type {}, and the same for {}",
        all.join(", "),
        editions.join(", "),
        library::EDITIONS
            .iter()
            .filter(|&&edition| edition != "integer")
            .copied()
            .collect::<Vec<_>>()
            .join(", ")
    )
}

/// A file whose imports are being read.
struct Open {
    file: u32,
    /// Its imports, the next one last.
    imports: Vec<(String, Span)>,
}

struct Reading<'l> {
    loader: &'l mut dyn Loader,
    loaded: Loaded,
    /// Files by their path without `.` and `..`.
    known: FxHashMap<String, u32>,
    /// The way from the program to the file that is being read.
    open: Vec<Open>,
}

impl Reading<'_> {
    /// Reads the program, then what it imports, each file before the next import of the one that imports it. The way is
    /// kept in a list, so that a long chain of imports needs no stack.
    fn program(&mut self, path: &str) {
        match self.loader.read(path).and_then(|bytes| self.file(path, bytes)) {
            Ok(file) => self.enter(file),
            Err(problem) => {
                self.loaded.sources.push(Source {
                    path: path.to_string(),
                    text: String::new(),
                });
                self.loaded.files.push(File::default());
                self.loaded.reports.push(Report::new(
                    hydra_bytecode::report::Severity::Error,
                    "H0400",
                    None,
                    format!("cannot read {path}: {problem}"),
                ));
            }
        }
        while let Some(open) = self.open.last_mut() {
            let importer = open.file;
            match open.imports.pop() {
                Some((path, span)) => {
                    let file = self.import(importer, &path, span);
                    self.loaded.files[importer as usize].imports.push(file);
                }
                None => drop(self.open.pop()),
            }
        }
    }

    /// Parses a file that was read.
    fn file(&mut self, path: &str, bytes: Vec<u8>) -> Result<u32, String> {
        if u32::try_from(bytes.len()).is_err() {
            return Err("the file is larger than 4 GB".into());
        }
        let file = self.loaded.sources.len() as u32;
        let (text, problem) = decode(bytes);
        self.loaded.sources.push(Source {
            path: path.to_string(),
            text,
        });
        self.known.insert(normal(path), file);
        if let Some(at) = problem {
            let text = &self.loaded.sources[file as usize].text;
            let end = text.len() as u32;
            let report = Report::error(
                "H0401",
                Span::new(file, end, end),
                format!("{path} is not UTF-8: byte {at} is wrong"),
            )
            .help("save the file as UTF-8");
            self.loaded.reports.push(report);
            self.loaded.files.push(File::default());
        } else {
            let (program, reports) = syntax::parse(file, &self.loaded.sources[file as usize].text);
            self.loaded.reports.extend(reports);
            self.loaded.files.push(File {
                program,
                imports: Vec::new(),
                standard: false,
            });
        }
        Ok(file)
    }

    /// Begins with the imports of a file.
    fn enter(&mut self, file: u32) {
        let items = self.loaded.files[file as usize].program.items.iter().rev();
        let imports = items.filter_map(|item| match item {
            ast::Item::Import { path, span } => Some((path.clone(), *span)),
            _ => None,
        });
        self.open.push(Open {
            file,
            imports: imports.collect(),
        });
    }

    /// The file that an import brings in.
    fn import(&mut self, importer: u32, written: &str, span: Span) -> Option<u32> {
        let standard = is_standard(written);
        let path = if standard {
            written.to_string()
        } else {
            beside(&self.loaded.sources[importer as usize].path, written)
        };
        if let Some(&file) = self.known.get(&normal(&path)) {
            if let Some(at) = self.open.iter().position(|open| open.file == file) {
                self.cycle(at, span);
                return None;
            }
            return Some(file);
        }
        if standard && let Some(file) = self.other_edition(&path, span) {
            return Some(file);
        }
        let bytes = match (standard, library::standard_process_source(&path)) {
            (true, Some(text)) => Ok(text.into_owned().into_bytes()),
            (true, None) => Err("the standard library has no such file".to_string()),
            _ if written.is_empty() => Err("the path is empty".to_string()),
            _ => self.loader.read(&path),
        };
        match bytes.and_then(|bytes| self.file(&path, bytes)) {
            Ok(file) => {
                self.loaded.files[file as usize].standard = standard;
                self.only_definitions(file, span);
                self.enter(file);
                Some(file)
            }
            Err(problem) => {
                let report = Report::error("H0402", span, format!("cannot import {path}: {problem}"));
                self.loaded.reports.push(match standard {
                    true => report.help(libraries(&path)),
                    false => report,
                });
                None
            }
        }
    }

    /// Another edition of a file of the standard library that was read already, which is reported: both define the same names.
    fn other_edition(&mut self, path: &str, span: Span) -> Option<u32> {
        library::standard_process_source(path)?;
        let name = |path: &str| path.rsplit('/').next().map(str::to_owned);
        let same =
            |file: &usize| self.loaded.files[*file].standard && name(&self.loaded.sources[*file].path) == name(path);
        let other = (0..self.loaded.files.len()).find(same)?;
        let message = format!(
            "\"{}\" and \"{path}\" are editions of one file, and define the same names",
            self.loaded.sources[other].path
        );
        let any = name(path).unwrap_or_default();
        let report = Report::error("H0214", span, message);
        let help = format!("import \"std/{any}\" only, which takes values of every type");
        self.loaded.reports.push(report.help(help));
        Some(other as u32)
    }

    /// An import that leads back to a file on the way to it.
    fn cycle(&mut self, first: usize, span: Span) {
        let name = |open: &Open| self.loaded.sources[open.file as usize].path.clone();
        let mut way: Vec<String> = self.open[first..].iter().map(name).collect();
        way.extend(way.first().cloned());
        let mut report = Report::error("H0403", span, format!("cycle of imports: {}", way.join(" imports ")))
            .help("move what the files share to a file of its own");
        for pair in self.open[first..].windows(2) {
            // the import that is being read was taken last
            let file = &self.loaded.files[pair[0].file as usize];
            let imports = file.program.items.iter().filter_map(|item| match item {
                ast::Item::Import { span, .. } => Some(*span),
                _ => None,
            });
            if let Some(place) = file
                .imports
                .len()
                .checked_sub(1)
                .and_then(|last| imports.into_iter().nth(last))
            {
                report = report.note(place, format!("{} is imported here", name(&pair[1])));
            }
        }
        self.loaded.reports.push(report);
    }

    /// Reports what an imported file must not hold.
    fn only_definitions(&mut self, file: u32, import: Span) {
        let File { program, standard, .. } = &self.loaded.files[file as usize];
        let mut wrong: Vec<(Span, &str)> = Vec::new();
        for item in &program.items {
            match item {
                ast::Item::Param { name, .. } => wrong.push((name.span, "a param")),
                ast::Item::Extern(_) if *standard => {} // a process of the outside
                ast::Item::Extern(list) => wrong.extend(list.iter().take(1).map(|(name, _)| (name.span, "an extern"))),
                _ => {}
            }
        }
        // an error in it was reported
        let written = program
            .body
            .iter()
            .find(|command| !matches!(command.kind, ast::CommandKind::Error));
        wrong.extend(written.map(|command| (command.span, "a command list")));
        for (span, what) in wrong {
            let report = Report::error("H0404", span, format!("an imported file cannot have {what} of its own"))
                .note(import, "it is imported here")
                .help("import brings in `process`, `const` and `_include` items");
            self.loaded.reports.push(report);
        }
    }
}

/// Text without its byte-order mark, lines ended by `\n`; and where the first byte is that is not UTF-8, with the text
/// up to it.
fn decode(bytes: Vec<u8>) -> (String, Option<usize>) {
    let (mut text, problem) = match String::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let mut bytes = error.into_bytes();
            bytes.truncate(at);
            (String::from_utf8(bytes).unwrap_or_default(), Some(at))
        }
    };
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    if text.contains('\r') {
        text = text.replace("\r\n", "\n");
    }
    (text, problem)
}

/// The path of a file that another names relative to its folder.
fn beside(importer: &str, written: &str) -> String {
    let folder = importer
        .rfind(['/', std::path::MAIN_SEPARATOR])
        .map_or("", |at| &importer[..=at]);
    if std::path::Path::new(written).is_absolute() {
        written.to_string()
    } else {
        simple(&format!("{folder}{written}"))
    }
}

/// A path without `.` and with `..` only where it begins.
fn simple(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." if parts.last().is_some_and(|&last| last != "..") => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    format!("{}{}", if path.starts_with('/') { "/" } else { "" }, parts.join("/"))
}

/// What two paths of one file have in common. The standard library is a place of its own.
fn normal(path: &str) -> String {
    if is_standard(path) {
        format!("<{path}>")
    } else {
        simple(path)
    }
}

#[cfg(test)]
mod tests;
