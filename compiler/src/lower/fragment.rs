//! Fragments: the text that rhai evaluates, and what it sees of the variables.
//!
//! The text is that of the program, except for arrays. Where a process has only a part of an array, the subscripts that
//! name the part are blanked (`a[i]` becomes `a   `). Where an array is also mentioned whole, so that rhai has to see it as
//! an array of its own, `a[e]` becomes `a[hydra_at(e, hydra_bounds_a, 0)]`.

use super::routine::Unit;
use super::types;
use crate::check::tree::{self, Mention};
use hydra_bytecode::{Edit, Fragment, FragmentVariable, Source, Span};

/// Text to be put in, before the character at an offset of the source.
struct Insertion {
    offset: u32,
    text: String,
}

/// What is done to the text.
#[derive(Default)]
struct Changes {
    insertions: Vec<Insertion>,
    /// From the first offset to before the second.
    blanks: Vec<(u32, u32)>,
}

impl Unit<'_, '_> {
    /// Adds a fragment to the module's table.
    pub(super) fn fragment(&mut self, fragment: &tree::Fragment) -> u16 {
        let span = fragment.inner;
        let mut changes = Changes::default();
        let mut variables = Vec::with_capacity(fragment.vars.len());
        for seen in &fragment.vars {
            let place = self.var(seen.var);
            let holds = &place.holds;
            let dims = types::dims(&holds.ty);
            let whole = seen
                .mentions
                .iter()
                .any(|mention| mention.subscripts.len() <= place.taken);
            for mention in &seen.mentions {
                changes.blank(mention, place.taken);
                if whole {
                    changes.bound(mention, place.taken, dims, &holds.name);
                }
            }
            variables.push(FragmentVariable {
                name: holds.name.clone(),
                reg: place.reg,
                slot: self.low.tables.slot(&holds.ty, holds.bounds, &holds.name, span),
                reads: seen.reads,
                writes: seen.writes,
                indexed: dims > 0 && !whole,
            });
        }
        let (text, edits) = changes.apply(self.low.text(span), span.start);
        let tables = &mut self.low.tables;
        let constants = fragment
            .constants
            .iter()
            .map(|(name, value)| (name.clone(), tables.value(value, span)))
            .collect();
        let params = fragment.params.iter().map(|&param| param as u16).collect();
        let index = tables.next(tables.module.fragments.len(), span, "expressions in braces");
        let why = self.low.braces.left.get(&(span.file, span.start)).cloned();
        let tables = &mut self.low.tables;
        tables.module.fragments.push(Fragment {
            text,
            span,
            why: why.unwrap_or_default(),
            edits,
            variables,
            constants,
            params,
        });
        index
    }
}

impl Changes {
    /// Blanks the first subscripts of a mention.
    fn blank(&mut self, mention: &Mention, count: usize) {
        let groups = mention.subscripts.iter().take(count);
        self.blanks
            .extend(groups.map(|group| (group.open, group.close.saturating_add(1))));
    }

    /// Puts the subscripts that follow into calls that know the bounds.
    fn bound(&mut self, mention: &Mention, from: usize, dims: usize, name: &str) {
        for (dimension, group) in mention.subscripts.iter().skip(from).take(dims).enumerate() {
            let text = "hydra_at(".to_string();
            self.insertions.push(Insertion {
                offset: group.open.saturating_add(1),
                text,
            });
            let text = format!(", hydra_bounds_{name}, {dimension})");
            self.insertions.push(Insertion {
                offset: group.close,
                text,
            });
        }
    }

    /// The text with the changes. A blank has as many characters as what it hides, and keeps the lines.
    fn apply(mut self, text: &str, start: u32) -> (String, Vec<Edit>) {
        self.insertions.sort_by_key(|insertion| insertion.offset);
        let mut insertions = self.insertions.into_iter().peekable();
        let (mut made, mut edits) = (String::with_capacity(text.len()), Vec::new());
        let (mut line, mut column) = (1, 1);
        for (at, c) in text.char_indices() {
            let offset = start.saturating_add(at as u32);
            while let Some(insertion) = insertions.next_if(|insertion| insertion.offset <= offset) {
                let length = insertion.text.chars().count() as u32;
                edits.push(Edit { line, column, length });
                column += length;
                made.push_str(&insertion.text);
            }
            let hidden = self.blanks.iter().any(|&(from, to)| (from..to).contains(&offset));
            made.push(if hidden && c != '\n' { ' ' } else { c });
            if c == '\n' {
                (line, column) = (line + 1, 1);
            } else {
                column += 1;
            }
        }
        (made, edits)
    }
}

impl super::Lowering<'_> {
    /// The text at a place.
    pub(super) fn text(&self, span: Span) -> &str {
        source_text(self.sources, span)
    }
}

/// The text at a place.
pub(super) fn source_text(sources: &[Source], span: Span) -> &str {
    let source = sources.get(span.file as usize);
    source
        .and_then(|source| source.text.get(span.start as usize..span.end as usize))
        .unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::tree::{MentionSubscript, SubscriptForm};

    /// A mention in a text, with the places of its brackets.
    fn mention(brackets: &[(u32, u32)]) -> Mention {
        let group = |&(open, close)| MentionSubscript {
            open,
            close,
            form: SubscriptForm::Other,
        };
        Mention {
            start: 0,
            writes: false,
            subscripts: brackets.iter().map(group).collect(),
        }
    }

    #[test]
    fn subscripts_of_an_array_that_is_mentioned_whole_know_its_bounds() {
        // a[a[1]]; é
        let mut changes = Changes::default();
        changes.bound(&mention(&[(101, 106)]), 0, 1, "a");
        changes.bound(&mention(&[(103, 105)]), 0, 1, "a");
        let (text, edits) = changes.apply("a[a[1]]; \u{e9}", 100);
        assert_eq!(
            text,
            "a[hydra_at(a[hydra_at(1, hydra_bounds_a, 0)], hydra_bounds_a, 0)]; \u{e9}"
        );
        let edits: Vec<_> = edits.iter().map(|edit| (edit.line, edit.column, edit.length)).collect();
        assert_eq!(edits, [(1, 3, 9), (1, 14, 9), (1, 24, 20), (1, 45, 20)]);
    }

    #[test]
    fn edits_are_found_by_line_and_column_of_the_text() {
        let mut changes = Changes::default();
        changes.bound(&mention(&[(8, 10), (11, 13), (14, 16)]), 1, 1, "m");
        let (text, edits) = changes.apply("\u{fc};\n   m[i][j][k]", 0);
        assert_eq!(text, "\u{fc};\n   m[i][hydra_at(j, hydra_bounds_m, 0)][k]");
        let edits: Vec<_> = edits.iter().map(|edit| (edit.line, edit.column, edit.length)).collect();
        assert_eq!(edits, [(2, 9, 9), (2, 19, 20)]);
    }

    #[test]
    fn blanks_keep_characters_and_lines() {
        let mut changes = Changes::default();
        changes.blank(&mention(&[(1, 10), (11, 13)]), 1);
        let (text, edits) = changes.apply("m[/*\u{e9}\n*/i][1]", 0);
        assert_eq!((text.as_str(), edits.len()), ("m    \n    [1]", 0));
    }
}
