//! The texts that stand as string literals in files of Rust, such as the tests of rhai.

use proc_macro2::{TokenStream, TokenTree};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// The files of a folder and its folders whose names end so, in the order of their names.
pub(super) fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut all = Vec::new();
    let entries = std::fs::read_dir(folder).unwrap_or_else(|problem| panic!("{}: {problem}", folder.display()));
    for entry in entries {
        let path = entry.expect("a file").path();
        if path.is_dir() {
            all.extend(files(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            all.push(path);
        }
    }
    all.sort();
    all
}

/// The texts in the files of a folder, each once. A single word is none: that is a name that a test speaks of.
pub(super) fn within(folder: &Path) -> Vec<String> {
    let mut all = Vec::new();
    for path in files(folder, "rs") {
        let source = std::fs::read_to_string(&path).expect("a file of Rust");
        let tokens: Result<TokenStream, _> = source.parse();
        match tokens {
            Ok(tokens) => literals(tokens, &mut all),
            Err(problem) => panic!("{}: {problem}", path.display()),
        }
    }
    let word = |text: &str| text.chars().all(|c| c.is_alphanumeric() || c == '_');
    let mut seen = HashSet::new();
    all.retain(|text| !word(text) && seen.insert(text.clone()));
    all
}

/// Those among some tokens, except for those of attributes, which comments are, too.
fn literals(tokens: TokenStream, all: &mut Vec<String>) {
    let mut attribute = false;
    for token in tokens {
        match token {
            TokenTree::Group(group) if !attribute => literals(group.stream(), all),
            TokenTree::Literal(literal) => {
                if let syn::Lit::Str(text) = syn::Lit::new(literal) {
                    all.push(text.value());
                }
            }
            TokenTree::Punct(punct) if punct.as_char() == '#' || punct.as_char() == '!' && attribute => {
                attribute = true;
                continue;
            }
            _ => {}
        }
        attribute = false;
    }
}
