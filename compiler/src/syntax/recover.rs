//! What to leave out after a syntax error, so that the rest can be parsed.
//!
//! The parser stops at the first wrong token. Then the smallest unit around it (a command, an element of a guard, a
//! label, an item) is replaced by one [`Token::Bad`], which the grammar takes in the place of such a unit, and the
//! tokens are parsed again. Brackets are paired beforehand, so that a unit holds whole brackets and nothing follows
//! from what was left out.

use super::lexer::{Lexeme, Token};
use std::ops::Range;

/// A stretch of tokens and what the parser sees in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edit {
    /// Indices of tokens; may be empty.
    pub(crate) range: Range<usize>,
    /// What stands for them; nothing if they are passed over.
    pub(crate) with: Option<Token>,
}

/// The tokens of a file with their brackets paired.
pub(crate) struct Recovery<'t> {
    tokens: &'t [Lexeme],
    /// For each opening bracket the index of the token that closes it, and the other way round.
    partner: Vec<usize>,
    edits: Vec<Edit>,
}

/// Nothing closes it, or it closes nothing.
const ALONE: usize = usize::MAX;

/// What encloses a place, and where a unit of it ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Program,
    Definition,
    Choose,
    Count,
    Parallel,
}

impl<'t> Recovery<'t> {
    /// Pairs the brackets.
    pub(crate) fn new(tokens: &'t [Lexeme]) -> Self {
        let mut recovery = Recovery {
            tokens,
            partner: vec![ALONE; tokens.len()],
            edits: Vec::new(),
        };
        recovery.pair();
        recovery
    }

    /// What was left out until now, in order.
    pub(crate) fn edits(&self) -> &[Edit] {
        &self.edits
    }

    fn token(&self, index: usize) -> Option<Token> {
        self.tokens.get(index).map(|l| l.token)
    }

    /// Whether a `process` begins an item; in formals no name follows it.
    fn begins_item(&self, index: usize) -> bool {
        match self.token(index) {
            Some(Token::Process) => self.token(index + 1) == Some(Token::Name),
            Some(token) => token.begins_item() || token == Token::BadItem,
            None => false,
        }
    }

    fn pair(&mut self) {
        // open brackets and how many tokens still have to close them
        let mut open: Vec<(usize, u8)> = Vec::new();
        let mut squares = 0usize;
        for (index, lexeme) in self.tokens.iter().enumerate() {
            match lexeme.token {
                Token::OpenParen => open.push((index, 1)),
                Token::Open | Token::OpenParallel => {
                    squares += 1;
                    open.push((index, if lexeme.token == Token::Open { 1 } else { 2 }));
                }
                Token::CloseParen => {
                    if let Some(&(begin, _)) = open.last()
                        && self.tokens[begin].token == Token::OpenParen
                    {
                        open.pop();
                        self.join(begin, index);
                    }
                }
                Token::Close if squares > 0 => {
                    while let Some((begin, missing)) = open.pop() {
                        if self.tokens[begin].token == Token::OpenParen {
                            continue;
                        }
                        if missing == 2 {
                            // the first of two: it only ends what the bracket holds
                            open.push((begin, 1));
                            self.partner[index] = begin;
                        } else {
                            squares -= 1;
                            self.join(begin, index);
                        }
                        break;
                    }
                }
                Token::End => {
                    let definition = open
                        .iter()
                        .position(|&(begin, _)| self.tokens[begin].token == Token::Process);
                    if let Some(at) = definition {
                        self.join(open[at].0, index);
                    }
                    open.clear();
                    squares = 0;
                }
                // none of these stands between parentheses
                Token::Assign | Token::Arrow | Token::Box | Token::Bars | Token::Query | Token::Shriek => {
                    while open
                        .last()
                        .is_some_and(|&(begin, _)| self.tokens[begin].token == Token::OpenParen)
                    {
                        open.pop();
                    }
                }
                _ if self.begins_item(index) => {
                    open.clear();
                    squares = 0;
                    if lexeme.token == Token::Process {
                        open.push((index, 1));
                    }
                }
                _ => {}
            }
        }
    }

    fn join(&mut self, begin: usize, end: usize) {
        self.partner[begin] = end;
        self.partner[end] = begin;
    }

    fn level(&self, begin: usize) -> Option<Level> {
        match self.token(begin)? {
            Token::OpenParallel => Some(Level::Parallel),
            Token::Process => Some(Level::Definition),
            Token::Open if begin > 0 && self.token(begin - 1) == Some(Token::CloseParen) => Some(Level::Count),
            Token::Open => Some(Level::Choose),
            _ => None,
        }
    }

    /// The closed brackets around a token, from the outside in, each with its level.
    fn enclosing(&self, at: usize) -> Vec<(usize, Level)> {
        let mut found = Vec::new();
        for index in 0..at.min(self.tokens.len()) {
            if let (partner, Some(level)) = (self.partner[index], self.level(index))
                && partner != ALONE
                && partner >= at
            {
                found.push((index, level));
            }
        }
        found
    }

    /// The bracket that was opened last and is still open at a token, as the parser sees it.
    pub(crate) fn open_bracket(&self, at: usize) -> Option<usize> {
        let mut open: Vec<(usize, u8)> = Vec::new();
        let mut edits = self.edits.iter().peekable();
        let mut index = 0;
        while index < at.min(self.tokens.len()) {
            if let Some(edit) = edits.next_if(|e| e.range.start <= index) {
                index = edit.range.end.max(index);
                continue;
            }
            match self.tokens[index].token {
                Token::OpenParen | Token::Open => open.push((index, 1)),
                Token::OpenParallel => open.push((index, 2)),
                Token::Process if self.begins_item(index) => open.push((index, 1)),
                Token::CloseParen | Token::Close | Token::End => match open.last_mut() {
                    Some((_, missing)) if *missing > 1 => *missing -= 1,
                    _ => drop(open.pop()),
                },
                _ => {}
            }
            index += 1;
        }
        open.last().map(|&(index, _)| index)
    }

    /// Leaves out the unit around a wrong token. False if nothing more can be done.
    pub(crate) fn leave_out(&mut self, at: usize) -> bool {
        if self.item_among_commands(at)
            || self.closes_nothing(at)
                && self.add(Edit {
                    range: at..at + 1,
                    with: None,
                })
        {
            return true;
        }
        let mut enclosing = self.enclosing(at);
        loop {
            let level = enclosing.pop();
            let edit = self.unit(at, level);
            if self.add(edit) {
                return true;
            }
            if level.is_none() {
                return false;
            }
        }
    }

    /// Whether a closing token has no opening one.
    pub(crate) fn closes_nothing(&self, at: usize) -> bool {
        matches!(self.token(at), Some(Token::Close | Token::CloseParen | Token::End)) && self.partner[at] == ALONE
    }

    /// An item behind the first command: only the item is left out.
    fn item_among_commands(&mut self, at: usize) -> bool {
        if !self.begins_item(at) {
            return false;
        }
        let mut end = at + 1;
        if self.token(at) == Some(Token::Process) && self.partner[at] != ALONE {
            end = self.partner[at] + 1;
            end += usize::from(self.token(end) == Some(Token::Semicolon));
        } else {
            while end < self.tokens.len() && !self.begins_item(end) && self.token(end - 1) != Some(Token::Semicolon) {
                end += 1;
            }
        }
        self.add(Edit {
            range: at..end,
            with: None,
        })
    }

    /// The unit around a token within a bracket, or within the program.
    fn unit(&self, at: usize, level: Option<(usize, Level)>) -> Edit {
        let (first, last, level) = match level {
            Some((begin, level)) => (begin + 1, self.partner[begin], level),
            None => (0, self.tokens.len(), Level::Program),
        };
        let mut start = first;
        // where a guard or label may still end, and whether an item has begun
        let mut head = matches!(level, Level::Choose | Level::Parallel | Level::Definition);
        let mut item = false;
        let mut unclosed = false;
        let mut index = first;
        while index < at {
            if level == Level::Program && self.begins_item(index) {
                (start, item, unclosed) = (index, true, false);
            }
            match self.token(index) {
                _ if self.partner[index] != ALONE && self.partner[index] > index => {
                    let end = self.partner[index];
                    if end >= at {
                        break;
                    }
                    index = end;
                    if self.token(index) == Some(Token::End) {
                        (start, item) = (index + 1, false);
                    }
                }
                // what a bracket without an end holds cannot be told from what follows it
                Some(Token::Open | Token::OpenParallel) => unclosed = true,
                _ if unclosed => {}
                Some(Token::Semicolon) => {
                    if !(level == Level::Definition && head) {
                        start = index + 1;
                    }
                    item = false;
                    head &= level != Level::Parallel;
                }
                Some(Token::Box) if level == Level::Choose => (start, head) = (index + 1, true),
                Some(Token::Bars) if level == Level::Parallel => (start, head) = (index + 1, true),
                Some(Token::Arrow) if level == Level::Choose && head => (start, head) = (index + 1, false),
                Some(Token::DoubleColon) if head && level != Level::Choose => (start, head) = (index + 1, false),
                _ => {}
            }
            index += 1;
        }
        if level == Level::Definition && head {
            // the header is wrong: the whole definition
            let end = last + 1 + usize::from(self.token(last + 1) == Some(Token::Semicolon));
            return Edit {
                range: first - 1..end,
                with: Some(Token::BadItem),
            };
        }
        let mut end = index.max(start);
        while end < last {
            let stops = match self.token(end) {
                _ if self.partner[end] != ALONE && self.partner[end] > end && !self.begins_item(end) => {
                    end = self.partner[end] + 1;
                    continue;
                }
                Some(Token::Semicolon) => true,
                Some(Token::Close) => self.partner[end] != ALONE && self.partner[end] + 1 == first,
                Some(Token::Box) => level == Level::Choose,
                Some(Token::Arrow) => level == Level::Choose && head,
                Some(Token::Bars) => level == Level::Parallel,
                Some(Token::DoubleColon) => level == Level::Parallel && head,
                _ => end > start && self.begins_item(end),
            };
            if stops {
                break;
            }
            end += 1;
        }
        if item {
            end += usize::from(self.token(end) == Some(Token::Semicolon));
            return Edit {
                range: start..end,
                with: Some(Token::BadItem),
            };
        }
        Edit {
            range: start..end,
            with: Some(Token::Bad),
        }
    }

    /// Adds an edit, which swallows those it covers. False if it changes nothing.
    fn add(&mut self, mut edit: Edit) -> bool {
        let touches = |e: &Edit| e.range.start < edit.range.end && edit.range.start < e.range.end;
        if self.edits.contains(&edit) {
            return false;
        }
        let old: Vec<Range<usize>> = self
            .edits
            .iter()
            .filter(|e| touches(e))
            .map(|e| e.range.clone())
            .collect();
        for range in old {
            edit.range = edit.range.start.min(range.start)..edit.range.end.max(range.end);
        }
        // an empty one covers nothing but its like
        let covered = |e: &Edit| edit.range.start <= e.range.start && e.range.end <= edit.range.end;
        if self.edits.contains(&edit) {
            return false;
        }
        self.edits.retain(|e| !covered(e));
        let place = self.edits.partition_point(|e| e.range.start < edit.range.start);
        self.edits.insert(place, edit);
        true
    }
}
