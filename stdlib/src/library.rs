//! The standard library: definitions of processes that programs import as `"std/…"`. They lie in `stdlib/csp/`, and
//! are part of the compiler.
//!
//! The language has no generic definitions, so those that pass on values of their users are written for `any`. Most
//! have [`EDITIONS`] for one type, too, which are the same text with that type in its place: a scalar is exchanged
//! several times faster as what it is than as an `any`, and a value of another type is found by the compiler.

use std::borrow::Cow;

/// A file of the library.
#[derive(Debug)]
struct Library {
    /// The path that is imported, without `std/`.
    name: &'static str,
    text: &'static str,
    /// Whether it has editions.
    generic: bool,
}

macro_rules! libraries {
    ($($name:literal $generic:literal)*) => {
        &[$(Library {
            name: $name,
            text: include_str!(concat!("../csp/", $name, ".csp")),
            generic: $generic,
        }),*]
    };
}

/// All files, in the order of their names.
const LIBRARIES: &[Library] = libraries! {
    "array" false
    "buffer" true
    "environment" false
    "farm" true
    "files" false
    "flow" true
    "net" false
    "numbers" false
    "random" false
    "route" true
    "sort" true
    "sync" false
    "text" false
    "time" false
};

/// The types that have an edition of their own: `"std/integer/flow"` is `"std/flow"` for integers.
pub const EDITIONS: &[&str] = &["character", "integer", "real", "string"];

/// The type of the values in a generic file, as it stands there.
const GENERIC: &str = " any;";

/// The source of a library, if there is one of that path, which begins with `std/`.
pub fn standard_process_source(path: &str) -> Option<Cow<'static, str>> {
    let path = path.strip_prefix("std/")?;
    let (edition, name) = match path.split_once('/') {
        Some((edition, name)) => (Some(edition), name),
        None => (None, path),
    };
    let library = LIBRARIES.iter().find(|library| library.name == name)?;
    match edition {
        None => Some(Cow::Borrowed(library.text)),
        Some(edition) if library.generic && EDITIONS.contains(&edition) => {
            Some(Cow::Owned(library.text.replace(GENERIC, &format!(" {edition};"))))
        }
        Some(_) => None,
    }
}

/// The paths of all libraries, without the editions for one type.
pub fn standard_processes() -> impl Iterator<Item = String> {
    LIBRARIES.iter().map(|library| format!("std/{}", library.name))
}

/// The paths of the editions for one type.
pub fn standard_editions() -> impl Iterator<Item = String> {
    EDITIONS.iter().flat_map(|edition| {
        let generic = LIBRARIES.iter().filter(|library| library.generic);
        generic.map(move |library| format!("std/{edition}/{}", library.name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_has_a_text() {
        for path in standard_processes().chain(standard_editions()) {
            let text = standard_process_source(&path).expect("it is there");
            assert!(text.starts_with("-- ") && text.contains("\nprocess "), "{path}");
        }
        for path in [
            "flow",
            "std/",
            "std/flow.csp",
            "std/none",
            "std/integer/sync",
            "std/any/flow",
            "std/integer",
        ] {
            assert_eq!(standard_process_source(path), None, "{path}");
        }
    }

    #[test]
    fn an_edition_has_its_type_wherever_the_values_are() {
        for library in LIBRARIES {
            let code = library.text.lines().filter(|line| !line.trim_start().starts_with("--"));
            let any = code
                .flat_map(|line| line.split(|c: char| !c.is_alphanumeric()))
                .filter(|&word| word == "any");
            let values = library.text.matches(GENERIC).count();
            assert!(
                !library.generic || values > 0 && any.count() == values,
                "{}",
                library.name
            );
        }
        let text = standard_process_source("std/real/flow").expect("it is there");
        assert!(text.contains("process PREFIX(first : real; from, to : process) ::\n"));
    }
}
