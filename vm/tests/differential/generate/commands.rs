//! Commands of one process: expressions, assignments, alternatives, repetitions.

use super::{Generator, Scope, join};

impl Generator<'_> {
    /// An integer expression whose value is small.
    pub(super) fn expression(&mut self, scope: &Scope, depth: u32) -> String {
        let choice = self.numbers.below(if depth == 0 { 2 } else { 6 });
        match choice {
            1 | 2 if !scope.reads.is_empty() => self.numbers.pick(&scope.reads).0.clone(),
            0..=2 => self.numbers.within(0, 99).to_string(),
            3 => {
                let operator = *self.numbers.pick(&["+", "-", "*"]);
                let (left, right) = (self.expression(scope, depth - 1), self.expression(scope, depth - 1));
                format!("({left} {operator} {right}) % 9973")
            }
            4 => format!(
                "(-{} / {})",
                self.expression(scope, depth - 1),
                self.numbers.within(1, 9)
            ),
            _ => format!("{{{}}}", self.script(scope)),
        }
    }

    /// An integer expression of rhai.
    pub(super) fn script(&mut self, scope: &Scope) -> String {
        let mut one = || match scope.reads.is_empty() || self.numbers.chance(30) {
            true => self.numbers.within(0, 99).to_string(),
            false => self.numbers.pick(&scope.reads).1.clone(),
        };
        let (left, right) = (one(), one());
        match self.numbers.below(4) {
            0 => format!("({left} + {right}) % 9973"),
            1 => format!("mix({left}, {right})"),
            2 => format!("if {left} < {right} {{ {left} }} else {{ {right} }}"),
            _ => format!("let t = 0; for q in 0..3 {{ t += {left}; }} (t - {right}) % 9973"),
        }
    }

    /// An expression that is no fragment and not negative.
    pub(super) fn natural(&mut self, scope: &Scope) -> String {
        let value = self.expression(scope, 1);
        format!("({value}) * ({value}) % 997")
    }

    pub(super) fn condition(&mut self, scope: &Scope) -> String {
        let operator = *self.numbers.pick(&["=", "<>", "<", "<=", ">", ">="]);
        let (left, right) = (self.expression(scope, 1), self.expression(scope, 1));
        match self.numbers.below(4) {
            0 => format!("not ({left} {operator} {right})"),
            1 => format!("{left} {operator} {right} and {left} < 1000"),
            2 => format!("{left} {operator} {right} or {right} > 1000"),
            _ => format!("{left} {operator} {right}"),
        }
    }

    /// Prints a line: who prints, and some values.
    pub(super) fn print(&mut self, scope: &Scope) -> String {
        let mut line = scope.key.clone();
        for range in &scope.ranges {
            line.push_str(&format!(".${{{range}}}"));
        }
        line.push(' ');
        line.push_str(&self.name("at"));
        let values = 1 + self.numbers.below(3);
        for read in scope.reads.iter().rev().take(values) {
            line.push_str(&format!(" ${{{}}}", read.1));
        }
        format!("{{print(`{line}`)}}")
    }

    /// Prints a value.
    pub(super) fn print_value(&mut self, scope: &Scope, value: &str) -> String {
        let mut inner = scope.clone();
        inner.reads = vec![(value.to_owned(), value.to_owned())];
        self.print(&inner)
    }

    /// Some commands.
    pub(super) fn list(&mut self, scope: &mut Scope, most: usize) -> Vec<String> {
        let count = 1 + self.numbers.below(most);
        let mut list = Vec::new();
        for _ in 0..count {
            self.budget -= 1;
            list.extend(self.command(scope));
        }
        list
    }

    /// A list of its own, whose declarations end with it.
    pub(super) fn block(&mut self, scope: &Scope, most: usize) -> String {
        let mut inner = scope.clone();
        inner.depth += 1;
        let list = self.list(&mut inner, most);
        join(&list)
    }

    fn command(&mut self, scope: &mut Scope) -> Vec<String> {
        let simple = self.budget < 0 || scope.depth > 5;
        if scope.writes.is_empty() {
            return self.declare(scope);
        }
        match self.numbers.below(if simple { 8 } else { 16 }) {
            0 => self.declare(scope),
            1 => vec![self.print(scope)],
            2 => {
                let (target, value) = (self.target(scope), self.script(scope));
                vec![format!("{{ {target} = {{ {value} }} }}")]
            }
            3 => self.exchange(scope),
            4 => {
                let (target, value) = (self.target(scope), self.expression(scope, 2));
                vec![format!("{target} := {value}"), self.print(scope)]
            }
            5..=7 => {
                let (target, value) = (self.target(scope), self.expression(scope, 3));
                vec![format!("{target} := {value}")]
            }
            8 | 9 => vec![self.alternative(scope)],
            10 => {
                let counter = self.name("k");
                let mut inner = scope.clone();
                inner.can_read(&counter);
                let (rounds, body) = (self.numbers.within(0, 4), self.block(&inner, 2));
                vec![
                    format!("{counter} : integer"),
                    format!("*[ {counter} < {rounds} -> {counter} := {counter} + 1;\n{body} ]"),
                ]
            }
            11 => {
                let counter = self.name("i");
                let mut inner = scope.clone();
                inner.can_read(&counter);
                let (low, high) = (self.numbers.within(-1, 2), self.numbers.within(0, 4));
                let body = self.block(&inner, 2);
                vec![format!("*({counter}:{low}..{high})[ {body} ]")]
            }
            12 => self.array(scope),
            13 => self.other_types(scope),
            _ => self.parallel(scope),
        }
    }

    fn target(&mut self, scope: &Scope) -> String {
        self.numbers.pick(&scope.writes).clone()
    }

    fn declare(&mut self, scope: &mut Scope) -> Vec<String> {
        let name = self.name("v");
        let value = self.expression(scope, 2);
        scope.declared(&name);
        vec![format!("{name} : integer := {value}")]
    }

    /// Assigns to two variables at once.
    fn exchange(&mut self, scope: &mut Scope) -> Vec<String> {
        let mut list = self.declare(scope);
        let other = self.name("v");
        let first = scope.writes[scope.writes.len() - 1].clone();
        list.push(format!("{other} : integer := {}", self.expression(scope, 1)));
        scope.declared(&other);
        list.push(match self.numbers.below(3) {
            0 => format!("({first}, {other}) := ({other}, {first})"),
            1 => format!("m({first}, _) := m({}, {other})", self.expression(scope, 1)),
            _ => format!("m(n({first}), {other}) := m(n({other}), {first})"),
        });
        list
    }

    fn alternative(&mut self, scope: &Scope) -> String {
        let (left, right) = (self.expression(scope, 1), self.expression(scope, 1));
        let (one, other) = (self.block(scope, 2), self.block(scope, 2));
        match self.numbers.below(5) {
            0 => format!("[ {left} < {right} -> {one}\n[] {left} >= {right} -> {other} ]"),
            1 => format!("[ {} -> {one}\n[] else -> {other} ]", self.condition(scope)),
            2 => format!("pri [ {} -> {one}\n[] true -> {other} ]", self.condition(scope)),
            3 => {
                let local = self.name("g");
                format!("[ {local} : integer := {left}; {local} < {right} -> {one}\n[] else -> {other} ]")
            }
            _ => {
                let index = self.name("i");
                format!("pri [ ({index}:0..3) {index} * 30 > {left} -> {one}\n[] else -> {other} ]")
            }
        }
    }

    fn array(&mut self, scope: &mut Scope) -> Vec<String> {
        let (name, index) = (self.name("a"), self.name("i"));
        let (low, length) = (self.numbers.within(-2, 2), self.numbers.within(1, 4));
        let high = low + length - 1;
        let mut inner = scope.clone();
        inner.can_read(&index);
        let value = self.expression(&inner, 2);
        let at = self.numbers.within(low, high);
        if self.numbers.chance(50) {
            scope.reads.push((format!("{name}({at})"), format!("{name}[{at}]")));
            return vec![
                format!("{name} : ({low}..{high}) integer"),
                format!("*({index}:{low}..{high})[ {name}({index}) := {value} ]"),
                self.print_value(scope, &name),
            ];
        }
        scope
            .reads
            .push((format!("{name}({at}, 1)"), format!("{name}[{at}][1]")));
        vec![
            format!("{name} : ({low}..{high}, 0..1) integer"),
            format!("*({index}:{low}..{high})[ {name}({index}, 1) := {value} ]"),
            format!("{name}({high}) := {name}({low})"),
            self.print_value(scope, &name),
        ]
    }

    fn other_types(&mut self, scope: &mut Scope) -> Vec<String> {
        let name = self.name("u");
        let value = self.expression(scope, 1);
        let (declared, assigned) = match self.numbers.below(6) {
            0 => ("string", format!("{name} := \"s\" + {value}")),
            1 => ("real", format!("{name} := {value}; {name} := {name} / 4.0")),
            2 => ("boolean", format!("{name} := {}", self.condition(scope))),
            3 => ("any", format!("{name} := box({value}, \"t\", true)")),
            4 => ("pair(integer, string)", format!("{name} := pair({value}, \"q\")")),
            _ => (
                "(1..2) pair(integer, integer)",
                format!("{name}(2) := pair({value}, {value})"),
            ),
        };
        vec![format!("{name} : {declared}"), assigned, self.print_value(scope, &name)]
    }
}
