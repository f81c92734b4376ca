//! What only the text shows: subscripts behind a name, and where a function is defined.

use crate::analysis::scan::{Kind, Token, Tokens};
use crate::analysis::{Form, UseSubscript};
use rustc_hash::{FxHashMap, FxHashSet};

/// The `[…]` behind a name.
pub(super) fn subscripts(tokens: &Tokens, start: usize, free: &FxHashSet<usize>) -> Vec<UseSubscript> {
    let mut found = Vec::new();
    let Some(mut index) = tokens.at(start) else {
        return found;
    };
    while let Some(close) = tokens.subscript(index + 1) {
        let open = index + 1;
        let form = form(tokens, open, close, free);
        found.push(UseSubscript {
            open: tokens.list[open].start,
            close: tokens.list[close].start,
            form,
        });
        index = close;
    }
    found
}

fn form(tokens: &Tokens, open: usize, close: usize, free: &FxHashSet<usize>) -> Form {
    let inside: &[Token] = &tokens.list[open + 1..close];
    let number = |index: usize| tokens.word(index).replace('_', "").parse::<i64>().ok();
    match inside {
        [one] if one.kind == Kind::Number => number(open + 1).map_or(Form::Other, Form::Constant),
        [sign, one] if one.kind == Kind::Number && tokens.word(open + 1) == "-" && sign.kind == Kind::Sign => {
            number(open + 2)
                .and_then(i64::checked_neg)
                .map_or(Form::Other, Form::Constant)
        }
        [one] if one.kind == Kind::Name && free.contains(&one.start) => Form::Name(tokens.word(open + 1).into()),
        _ => Form::Other,
    }
}

/// The tokens that are names, by name.
pub(super) fn names<'a>(tokens: &Tokens<'a>) -> FxHashMap<&'a str, Vec<usize>> {
    let mut names: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    for i in (0..tokens.list.len()).filter(|&i| tokens.kind(i) == Some(Kind::Name)) {
        names.entry(tokens.word(i)).or_default().push(i);
    }
    names
}

/// The offset of the name where a function is defined; `names` are the tokens that are its name.
pub(super) fn definition(tokens: &Tokens, names: &[usize], params: usize) -> Option<usize> {
    let defines = |&i: &usize| {
        // `fn name(` or `fn type.name(`
        let keyword = if i >= 1 && tokens.word(i - 1) == "." {
            i.checked_sub(3)
        } else {
            i.checked_sub(1)
        };
        let Some(open) = tokens.list.get(i + 1) else {
            return false;
        };
        let commas = (i + 2..open.partner).filter(|&at| tokens.word(at) == ",").count();
        let count = if open.partner <= i + 2 { 0 } else { commas + 1 };
        keyword.is_some_and(|k| tokens.word(k) == "fn") && tokens.word(i + 1) == "(" && count == params
    };
    let found = names.iter().copied().find(defines);
    found.or(names.first().copied()).map(|i| tokens.list[i].start)
}
