//! Statements.

use super::{ALL, Boolean, Character, Generator, Integer, Local, Real, Text, Ty};

impl Generator<'_, '_> {
    /// `{ …; e }`
    pub(super) fn block(&mut self, ty: Option<Ty>) -> String {
        let locals = self.locals.len();
        let text = self.body(ty);
        self.locals.truncate(locals);
        format!("{{ {text} }}")
    }

    /// Statements, and a value.
    pub(super) fn body(&mut self, ty: Option<Ty>) -> String {
        let mut text = String::new();
        let most = if self.depth > 4 { 1 } else { 4 };
        for _ in 0..self.choices.below(most + 1) {
            text.push_str(&self.statement());
            text.push_str("; ");
        }
        match ty {
            Some(ty) => text.push_str(&self.expr(ty)),
            None => text.push_str(&self.statement()),
        }
        text
    }

    pub(super) fn name(&mut self) -> String {
        self.names += 1;
        format!("l{}", self.names)
    }

    pub(super) fn statement(&mut self) -> String {
        if self.depth > 6 {
            return if self.inside.is_empty() { "i += 1" } else { "0" }.into();
        }
        self.depth += 1;
        let made = match self.choices.below(20) {
            0..=2 => {
                self.count("let");
                let ty = self.choices.one(&ALL);
                let constant = self.choices.rarely(5);
                let value = self.expr(ty);
                let name = if self.choices.rarely(8) {
                    self.choices.one(&["i", "x", "s"]).to_string()
                } else {
                    self.name()
                };
                self.locals.push(Local {
                    name: name.clone(),
                    ty,
                    constant,
                    held: None,
                });
                format!("{} {name} = {value}", if constant { "const" } else { "let" })
            }
            3..=6 => self.assignment(),
            7 => {
                self.count("if");
                let (condition, yes) = (self.expr(Boolean), self.block(None));
                if self.choices.rarely(2) {
                    format!("if {condition} {yes} else {}", self.block(None))
                } else {
                    format!("if {condition} {yes}")
                }
            }
            8 => self.repetition(),
            9 => self.counted(),
            10 => self.counted(),
            11 => {
                self.count("print");
                let ty = self.choices.one(&ALL);
                format!("print({})", self.expr(ty))
            }
            12 if self.inside.is_empty() => {
                self.count("element assigned");
                let subscript = match self.choices.below(4) {
                    3 => "1 / (i - 5)".into(),
                    _ => self.subscript(),
                };
                let op = self.choices.one(&["=", "+=", "-=", "*=", "="]);
                match self.choices.below(4) {
                    0 | 1 => format!("a[{subscript}] {op} {}", self.expr(Integer)),
                    2 => {
                        let other = match self.choices.below(4) {
                            0 | 1 => self.subscript(),
                            2 => "1 / (i - 5)".into(),
                            _ => self.expr(Integer),
                        };
                        let ty = self.choices.one(&[Real, Real, Integer]);
                        let value = if self.choices.rarely(4) {
                            "1 % (i - 5)".into()
                        } else {
                            self.expr(ty)
                        };
                        format!("m[{subscript}][{other}] {op} {value}")
                    }
                    _ => format!("w[{subscript}] = {}", self.expr(Text)),
                }
            }
            13 => self.switch(None),
            14 if self.choices.rarely(4) => {
                self.count("throw");
                let ty = self.choices.one(&ALL);
                format!("throw {}", self.expr(ty))
            }
            15 if self.choices.rarely(3) => {
                self.count("return");
                let ty = self.choices.one(&ALL);
                match self.choices.below(3) {
                    0 => "return".into(),
                    _ => format!("return {}", self.expr(ty)),
                }
            }
            16 if self.loops > 0 => {
                self.count("break or continue");
                let way = self.choices.one(&["break", "continue"]);
                format!("if {} {{ {way}; }}", self.expr(Boolean))
            }
            18 if self.choices.rarely(2) => self.attempt(),
            19 if self.choices.rarely(2) => self.let_closure(),
            17 => {
                self.count("block");
                self.block(None)
            }
            _ => {
                let ty = self.choices.one(&ALL);
                self.count("expression as statement");
                format!("({})", self.expr(ty))
            }
        };
        self.depth -= 1;
        made
    }

    pub(super) fn assignment(&mut self) -> String {
        let ty = self.choices.one(&ALL);
        let own: Vec<String> = self
            .locals
            .iter()
            .filter(|l| l.ty == ty && !l.constant && l.held.is_none())
            .map(|l| l.name.clone())
            .collect();
        let target = if !own.is_empty() && self.choices.rarely(2) {
            own[self.choices.below(own.len())].clone()
        } else if !self.inside.is_empty() {
            return self.expr(ty);
        } else {
            match ty {
                Integer => self.choices.one(&["i", "j"]),
                Real => self.choices.one(&["x", "y"]),
                Boolean => "b",
                Character => "c",
                Text => self.choices.one(&["s", "t"]),
            }
            .into()
        };
        if self.inside.is_empty() && self.choices.rarely(12) {
            self.count("any assigned");
            return format!("v = {}", self.expr(ty));
        }
        match ty {
            Integer if self.choices.rarely(2) => {
                self.count("integer op=");
                let op = self
                    .choices
                    .one(&["+=", "-=", "*=", "/=", "%=", "**=", "<<=", ">>=", "&=", "|=", "^="]);
                format!("{target} {op} {}", self.expr(Integer))
            }
            Real if self.choices.rarely(2) => {
                self.count("real op=");
                let op = self.choices.one(&["+=", "-=", "*=", "/=", "%=", "**="]);
                let from = self.choices.one(&[Real, Real, Integer]);
                format!("{target} {op} {}", self.expr(from))
            }
            Real if self.choices.rarely(4) => {
                self.count("integer into real");
                format!("{target} = {}", self.expr(Integer))
            }
            Boolean if self.choices.rarely(3) => {
                self.count("boolean op=");
                let op = self.choices.one(&["&=", "|=", "^="]);
                format!("{target} {op} {}", self.expr(Boolean))
            }
            Text if self.choices.rarely(4) => {
                self.count("part of a string assigned");
                let (part, from) = if self.choices.rarely(2) {
                    (
                        self.assigned_part(),
                        self.choices.one(&[Text, Text, Character, Integer]),
                    )
                } else {
                    let place = self.choices.one(&["0", "1", "-1", "i", "2"]);
                    (place.into(), self.choices.one(&[Character, Character, Text]))
                };
                let op = self.choices.one(&["=", "=", "+="]);
                // what is made of the string itself would grow fast, too
                let literals = match from {
                    Character => super::CHARACTERS,
                    Integer => super::INTEGERS,
                    _ => super::TEXTS,
                };
                format!("{target}[{part}] {op} {}", self.choices.one(literals))
            }
            Text if self.choices.rarely(2) => {
                self.count("string +=");
                let from = self.choices.one(&ALL);
                format!("{target} += {}", self.expr(from))
            }
            _ => {
                self.count("=");
                format!("{target} = {}", self.expr(ty))
            }
        }
    }

    /// A loop that ends for certain.
    pub(super) fn repetition(&mut self) -> String {
        let name = self.name();
        let turns = 1 + self.choices.below(4);
        let condition = if self.choices.rarely(2) {
            format!(" && {}", self.expr(Boolean))
        } else {
            String::new()
        };
        self.loops += 1;
        let locals = self.locals.len();
        let body = self.body(None);
        self.locals.truncate(locals);
        self.loops -= 1;
        // most turns leave a trace, whatever becomes of the rest of the body
        let trace = match self.choices.below(3) {
            0 => format!("print({name}); "),
            1 => format!("if {name} == 2 {{ continue; }} print({name}); "),
            _ => String::new(),
        };
        let body = format!("{name} -= 1; {trace}{body}");
        match self.choices.below(4) {
            0 | 1 => {
                self.count("while");
                format!("let {name} = {turns}; while {name} > 0{condition} {{ {body} }}")
            }
            2 => {
                self.count("do while");
                format!("let {name} = {turns}; do {{ {body} }} while {name} > 0{condition}")
            }
            _ => {
                self.count("do until");
                format!("let {name} = {turns}; do {{ {body} }} until {name} <= 0 || !(true{condition})")
            }
        }
    }

    pub(super) fn counted(&mut self) -> String {
        self.count("for");
        let name = self.name();
        let range = match self.choices.below(8) {
            0 | 1 => "0..3".into(),
            2 => "1..=3".into(),
            3 => "3..1".into(),
            4 => "9223372036854775805..=9223372036854775807".into(),
            5 if self.inside.is_empty() => "i..i + 3".into(),
            6 => "-2..=0".to_string(),
            _ => format!("0..({}) % 5", self.expr(Integer)),
        };
        let locals = self.locals.len();
        let local = |name: &str| Local {
            name: name.into(),
            ty: Integer,
            constant: false,
            held: None,
        };
        self.locals.push(local(&name));
        let counter = self.choices.rarely(3).then(|| self.name());
        if let Some(counter) = &counter {
            self.count("for with counter");
            self.locals.push(local(counter));
        }
        self.loops += 1;
        let body = self.block(None);
        self.loops -= 1;
        self.locals.truncate(locals);
        match counter {
            Some(counter) => format!("for ({name}, {counter}) in {range} {body}"),
            None => format!("for {name} in {range} {body}"),
        }
    }

    pub(super) fn loop_value(&mut self, ty: Ty) -> String {
        self.count("loop with value");
        let name = self.name();
        let turns = self.choices.below(4);
        let locals = self.locals.len();
        self.locals.push(Local {
            name: name.clone(),
            ty: Integer,
            constant: true,
            held: None,
        });
        self.loops += 1;
        let body = self.body(None);
        self.loops -= 1;
        let value = self.expr(ty);
        self.locals.truncate(locals);
        format!("{{ let {name} = {turns}; loop {{ {name} -= 1; if {name} < 0 {{ break {value}; }} {body}; }} }}")
    }
}
