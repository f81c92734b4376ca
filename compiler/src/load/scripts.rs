//! The rhai modules that `_include` items import: found in the text, read, and kept with the program.

use super::{Loaded, Loader, beside, decode};
use crate::syntax::{
    ast,
    rhai_text::{Piece, Scanner},
};
use hydra_bytecode::{Span, report::Report};
use hydra_stdlib::engine::STANDARD_MODULES;

/// An `import` in rhai text.
struct Import {
    /// The path as written; `None` if it is not a plain string.
    path: Option<String>,
    /// Its place in the text.
    start: usize,
    end: usize,
}

/// Reads what all `_include` items import, and what that imports.
pub(super) fn load(program: &str, loader: &mut dyn Loader, loaded: &mut Loaded) {
    // paths to read, each with the place that first asks for it
    let mut wanted: Vec<(Import, Span)> = Vec::new();
    for file in &loaded.files {
        for item in &file.program.items {
            let ast::Item::Include(fragment) = item else { continue };
            let text = &loaded.sources[fragment.span.file as usize].text;
            let text = text.get(..fragment.inner.end as usize).unwrap_or("");
            for import in imports(text, fragment.inner.start as usize) {
                let span = Span::new(fragment.span.file, import.start as u32, import.end as u32);
                wanted.push((import, span));
            }
        }
    }
    wanted.reverse();
    while let Some((import, span)) = wanted.pop() {
        let Some(path) = import.path else {
            loaded.reports.push(
                Report::error("H0405", span, "the path of an imported module must be a plain string")
                    .help("it is read when compiling: `import \"tools.rhai\" as tools;`"),
            );
            continue;
        };
        if loaded.scripts.iter().any(|(known, _)| *known == path) {
            continue;
        }
        if STANDARD_MODULES.contains(&path.as_str()) {
            loaded.scripts.push((path, String::new()));
            continue;
        }
        match read(program, &path, loader) {
            Ok(text) => {
                // what is wrong in it is shown where it is imported
                wanted.extend(imports(&text, 0).into_iter().map(|import| (import, span)));
                loaded.scripts.push((path, text));
            }
            Err(problem) => {
                let known = STANDARD_MODULES.join("`, `");
                loaded.reports.push(
                    Report::error("H0406", span, format!("cannot import the module {path}: {problem}")).help(format!(
                        "a module is one of the standard ones (`{known}`) or a rhai file by its path relative to the program"
                    )),
                );
                // once is enough
                loaded.scripts.push((path, String::new()));
            }
        }
    }
}

/// The text of a module: the file of that path, or with `.rhai` behind it as rhai has it.
fn read(program: &str, path: &str, loader: &mut dyn Loader) -> Result<String, String> {
    let file = beside(program, path);
    let bytes = loader.read(&file).or_else(|problem| {
        let has_extension = std::path::Path::new(path).extension().is_some();
        if has_extension {
            Err(problem)
        } else {
            loader.read(&format!("{file}.rhai")).map_err(|_| problem)
        }
    })?;
    match decode(bytes) {
        (text, None) => Ok(text),
        (_, Some(at)) => Err(format!("{file} is not UTF-8: byte {at} is wrong")),
    }
}

/// The imports of a rhai text from an offset on.
fn imports(text: &str, at: usize) -> Vec<Import> {
    let mut found = Vec::new();
    let mut pieces = Scanner::new(text.as_bytes(), at).peekable();
    let mut before = Piece::Other(b';');
    while let Some(piece) = pieces.next() {
        let statement = matches!(piece, Piece::Word { start, end } if &text[start..end] == "import")
            // a property of that name
            && !matches!(before, Piece::Other(b'.'));
        before = piece;
        if !statement {
            continue;
        }
        match pieces.next() {
            Some(path @ Piece::String { start, end }) => {
                before = path;
                // more than a string: an operator or a call
                let plain = match pieces.peek() {
                    Some(Piece::Word { start, end }) => &text[*start..*end] == "as",
                    Some(Piece::Other(b';') | Piece::CloseBrace) | None => true,
                    _ => false,
                };
                let path = crate::syntax::string_value(&text[start..end]).filter(|_| plain);
                found.push(Import { path, start, end });
            }
            Some(Piece::Word { start, end }) => found.push(Import { path: None, start, end }),
            Some(other) => before = other,
            None => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<Option<String>> {
        imports(text, 0).into_iter().map(|i| i.path).collect()
    }

    #[test]
    fn imports_are_found_in_code_only() {
        let text = r##"
            // import "comment" as a;
            import "time" as clock; let s = "import \"string\" as b"; /* import "block" as c; */
            import "dir/tools.rhai" as tools;
            let t = `import "text" as d ${ import "inside" }`; let u = #"import "raw""#; x.import;
        "##;
        let some = |s: &str| Some(s.to_string());
        assert_eq!(paths(text), [some("time"), some("dir/tools.rhai"), some("inside")]);
        assert_eq!(paths("import name as x; import \"a\" + b as y;"), [None, None]);
    }
}
