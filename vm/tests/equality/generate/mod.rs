//! Fragments of rhai over variables of the language, most of them well-typed.

mod closures;
mod dynamic;
mod functions;
mod further;
mod statements;

use crate::choices::Choices;

/// Types of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ty {
    Integer,
    Real,
    Boolean,
    Character,
    String,
}

use Ty::{Boolean, Character, Integer, Real, String as Text};

const ALL: [Ty; 5] = [Integer, Real, Boolean, Character, Text];

/// Where a fragment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Context {
    /// `v := {…}` with a variable of type `any`
    Any,
    /// `{…}`
    Command,
    /// `[ {…} -> … ]`
    Guard,
    /// `i := {…}` with a variable of the type
    Into(Ty),
}

/// A fragment and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) context: Context,
    pub(crate) text: String,
    /// Functions of an include that it calls; a name stands for itself and the number of the case (`@`).
    pub(crate) functions: Vec<String>,
}

const INTEGERS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "7",
    "-1",
    "-2",
    "10",
    "63",
    "64",
    "65",
    "-64",
    "100",
    "255",
    "32767",
    "32768",
    "-32768",
    "-32769",
    "65536",
    "2147483647",
    "2147483648",
    "-2147483649",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "-9223372036854775807",
    "(-9223372036854775807 - 1)",
];
const REALS: &[&str] = &[
    "0.0",
    "1.0",
    "0.1",
    "0.2",
    "0.3",
    "-0.5",
    "-0.0",
    "2.0",
    "3.5",
    "1e-9",
    "1e16",
    "9007199254740992.0",
    "1e308",
    "-1e308",
    "5e-324",
    "(1.0 / 0.0)",
    "(-1.0 / 0.0)",
    "(0.0 / 0.0)",
    "1.0000000000000002",
    "0.30000000000000004",
    "100.25",
    "1e15",
];
const CHARACTERS: &[&str] = &[
    "'a'",
    "'b'",
    "'z'",
    "'0'",
    "' '",
    "'\\n'",
    "'\u{e9}'",
    "'\u{1f600}'",
    "'\\x00'",
];
const TEXTS: &[&str] = &[
    "\"\"",
    "\"a\"",
    "\"b\"",
    "\"ab\"",
    "\"\u{e9}\u{1f600}\"",
    "\"x = \"",
    "\"a\\nb\"",
    "\"0\"",
    // long enough to be written in place
    "\"a string of more than sixty-four bytes, in which \u{e9} and \u{1f600} stand for others\"",
];

/// Ranges of a `switch`, and a value at or behind an end; rhai takes short ones apart.
const EDGES: &[(&str, &str)] = &[
    ("-40..2", "2"),
    ("5..100", "100"),
    ("-40..=2", "2"),
    ("-30..=-1", "-1"),
    ("1..=30", "30"),
    ("-40..2", "1"),
    ("5..100", "4"),
    ("5..=90", "91"),
];

/// A variable that the text declares.
#[derive(Clone)]
struct Local {
    name: String,
    ty: Ty,
    constant: bool,
    /// It holds a closure, which gives a value of the type.
    held: Option<closures::Held>,
}

pub(crate) struct Generator<'c, 'a> {
    choices: &'c mut Choices<'a>,
    locals: Vec<Local>,
    names: usize,
    loops: usize,
    depth: usize,
    functions: Vec<Function>,
    /// The functions that are being made, the outermost first; the text is in the innermost.
    inside: Vec<Function>,
    /// Whether `f` and `g` hold closures.
    held: bool,
}

/// A function of the include.
#[derive(Clone)]
struct Function {
    name: String,
    params: Vec<Ty>,
    value: Ty,
    text: String,
}

pub(crate) fn case(choices: &mut Choices) -> Case {
    let context = match choices.below(8) {
        0..=2 => Context::Any,
        3 | 4 => Context::Command,
        5 => Context::Guard,
        6 => Context::Into(choices.one(&ALL)),
        _ => Context::Any,
    };
    let mut generator = Generator {
        choices,
        locals: Vec::new(),
        names: 0,
        loops: 0,
        depth: 0,
        functions: Vec::new(),
        inside: Vec::new(),
        held: false,
    };
    let text = match context {
        Context::Any => {
            let ty = generator.choices.one(&ALL);
            if generator.choices.rarely(4) {
                generator.dynamic()
            } else if generator.choices.rarely(3) {
                generator.body(Some(ty))
            } else {
                generator.expr(ty)
            }
        }
        Context::Command => generator.body(None),
        Context::Guard => generator.expr(Boolean),
        Context::Into(ty) => {
            let from = if ty == Real && generator.choices.rarely(3) {
                Integer
            } else {
                ty
            };
            generator.expr(from)
        }
    };
    let functions = generator.functions.into_iter().map(|function| function.text).collect();
    Case {
        context,
        text,
        functions,
    }
}

impl Generator<'_, '_> {
    fn count(&mut self, construct: &'static str) {
        self.choices.count(construct);
    }

    /// An expression, most times of this type.
    fn expr(&mut self, ty: Ty) -> String {
        if self.depth > 6 || !self.choices.more() {
            return self.leaf(ty);
        }
        let ty = if self.choices.rarely(60) {
            self.count("another type");
            self.choices.one(&ALL)
        } else {
            ty
        };
        self.depth += 1;
        let held = self.locals.iter().any(|local| local.held.is_some());
        let made = match self.choices.below(12) {
            0..=2 => self.leaf(ty),
            6..=8 if held => self.call_held(ty).unwrap_or_else(|| self.operation(ty)),
            9 => self.structured(ty),
            11 => self.own_function(ty),
            10 if self.choices.rarely(2) => self.call(ty),
            10 if ty == Boolean && self.choices.rarely(3) => self.membership(),
            10 if self.choices.rarely(3) => self.of_module(ty),
            _ => self.operation(ty),
        };
        self.depth -= 1;
        made
    }

    fn leaf(&mut self, ty: Ty) -> String {
        let own: Vec<String> = self
            .locals
            .iter()
            .filter(|l| l.ty == ty && l.held.is_none())
            .map(|l| l.name.clone())
            .collect();
        if !own.is_empty() && self.choices.rarely(2) {
            self.count("local variable");
            return own[self.choices.below(own.len())].clone();
        }
        let inside = !self.inside.is_empty();
        if inside && ty == Integer && self.choices.rarely(6) {
            self.count("global::");
            return "global::N".into();
        }
        if inside || self.choices.rarely(3) || !self.choices.more() {
            self.count("literal");
            return match ty {
                Integer => self.choices.one(INTEGERS),
                Real => self.choices.one(REALS),
                Boolean => self.choices.one(&["true", "false"]),
                Character => self.choices.one(CHARACTERS),
                Text => self.choices.one(TEXTS),
            }
            .into();
        }
        self.count("variable");
        match ty {
            Integer => match self.choices.below(10) {
                8 => "least".into(),
                9 => "most".into(),
                0..=2 => "i".into(),
                3 | 4 => "j".into(),
                5 => "N".into(),
                6 => "p".into(),
                _ => {
                    self.count("element");
                    let subscript = self.subscript();
                    format!("a[{subscript}]")
                }
            },
            Real => match self.choices.below(5) {
                0 | 1 => "x".into(),
                2 => "y".into(),
                3 => "R".into(),
                _ => {
                    self.count("element of two dimensions");
                    let (one, two) = (self.subscript(), self.subscript());
                    format!("m[{one}][{two}]")
                }
            },
            Boolean => "b".into(),
            Character => "c".into(),
            Text => match self.choices.below(3) {
                0 => "s".into(),
                1 => "t".into(),
                _ => {
                    self.count("element that is a string");
                    let subscript = self.subscript();
                    format!("w[{subscript}]")
                }
            },
        }
    }

    fn subscript(&mut self) -> String {
        match self.choices.below(12) {
            0..=3 => "1".into(),
            4..=6 => "2".into(),
            7 => "3".into(),
            8 => "0".into(),
            9 => "-1".into(),
            10 => "i".into(),
            _ => self.expr(Integer),
        }
    }

    /// A range of integers, most times near to nothing.
    pub(super) fn part(&mut self) -> String {
        let dots = self.choices.one(&["..", "..="]);
        let mut bound = || match self.choices.below(6) {
            0 => format!("({})", self.expr(Integer)),
            1 => String::new(),
            _ => self.choices.one(&["0", "1", "2", "-1", "-2", "5"]).into(),
        };
        let (low, high) = (bound(), bound());
        match (low.is_empty(), high.is_empty()) {
            // rhai has none that ends nowhere and with its end
            (_, true) => format!("{low}.."),
            _ => format!("{low}{dots}{high}"),
        }
    }

    /// A range that may be assigned any number of times: rhai lets strings grow by their parts without a bound, and one that
    /// begins far behind its end doubles them.
    pub(super) fn assigned_part(&mut self) -> String {
        match self.choices.below(4) {
            0 => format!("({})..", self.expr(Integer)),
            1 => format!("..({})", self.expr(Integer)),
            _ => (self.choices)
                .one(&[
                    "0..1", "..", "1..", "..2", "0..=0", "-1..", "-2..", "..-1", "2..5", "2..1", "1..=1", "..=-2",
                ])
                .into(),
        }
    }

    fn operation(&mut self, ty: Ty) -> String {
        match ty {
            Integer => match self.choices.below(14) {
                0..=9 => {
                    let op = self
                        .choices
                        .one(&["+", "-", "*", "/", "%", "<<", ">>", "&", "|", "^", "**"]);
                    self.count(op);
                    if self.inside.is_empty() && self.choices.rarely(6) {
                        self.count("extreme integer and constant");
                        let x = self.choices.one(&["least", "most", "(least + 1)", "(i - 5)"]);
                        let constant = self.choices.one(&["1", "-1", "2", "32767", "-32768", "32768"]);
                        return format!("({x} {op} {constant})");
                    }
                    self.binary(op, Integer, Integer)
                }
                10 => {
                    self.count("-x");
                    format!("-({})", self.expr(Integer))
                }
                11 => {
                    self.count("+x");
                    format!("+({})", self.expr(Integer))
                }
                _ => self.binary_of("+", Integer),
            },
            Real => match self.choices.below(8) {
                0..=5 => {
                    let op = self.choices.one(&["+", "-", "*", "/", "%", "**"]);
                    self.count("operators on reals");
                    let (one, two) = self.choices.one(&[(Real, Real), (Real, Integer), (Integer, Real)]);
                    self.binary(op, one, two)
                }
                6 => format!("-({})", self.expr(Real)),
                _ => self.binary("-", Real, Real),
            },
            Boolean => match self.choices.below(10) {
                0..=4 => {
                    let op = self.choices.one(&["==", "!=", "<", "<=", ">", ">="]);
                    let one = self.choices.one(&ALL);
                    let two = match self.choices.below(6) {
                        0..=4 => one,
                        _ => self.choices.one(&ALL),
                    };
                    let two = match (one, self.choices.below(3)) {
                        (Integer, 2) => Real,
                        (Real, 2) => Integer,
                        (Text, 2) => Character,
                        _ => two,
                    };
                    self.count("comparison");
                    self.binary(op, one, two)
                }
                5 | 6 => {
                    let op = self.choices.one(&["&&", "||"]);
                    self.count(op);
                    self.binary(op, Boolean, Boolean)
                }
                7 => {
                    let op = self.choices.one(&["&", "|", "^"]);
                    self.count("bits of booleans");
                    self.binary(op, Boolean, Boolean)
                }
                _ => {
                    self.count("!");
                    format!("!({})", self.expr(Boolean))
                }
            },
            Character => self.structured(Character),
            Text => match self.choices.below(7) {
                0..=2 => {
                    self.count("string + anything");
                    let other = self.choices.one(&ALL);
                    if self.choices.rarely(2) {
                        self.binary("+", other, Text)
                    } else {
                        self.binary("+", Text, other)
                    }
                }
                3 => {
                    self.count("interpolation");
                    let one = self.choices.one(&ALL);
                    let two = self.choices.one(&ALL);
                    let (one, two) = (self.expr(one), self.expr(two));
                    format!("`<${{{one}}}-${{{two}}}>`")
                }
                4 => {
                    self.count("characters joined");
                    self.binary("+", Character, Character)
                }
                5 => {
                    self.count("range of a string");
                    let text = self.leaf(Text);
                    format!("{text}[{}]", self.part())
                }
                _ => {
                    self.count("string - string");
                    let other = self.choices.one(&[Text, Character]);
                    self.binary("-", Text, other)
                }
            },
        }
    }

    fn binary_of(&mut self, op: &'static str, ty: Ty) -> String {
        self.binary(op, ty, ty)
    }

    fn binary(&mut self, op: &str, one: Ty, two: Ty) -> String {
        let (left, right) = (self.expr(one), self.expr(two));
        if self.choices.rarely(2) {
            format!("{left} {op} {right}")
        } else {
            format!("({left} {op} {right})")
        }
    }

    /// An expression with statements in it.
    fn structured(&mut self, ty: Ty) -> String {
        match self.choices.below(6) {
            0 | 1 => {
                self.count("if as value");
                let (condition, yes) = (self.expr(Boolean), self.block(Some(ty)));
                let no = if self.choices.rarely(8) {
                    let other = self.choices.one(&ALL);
                    self.block(Some(other))
                } else {
                    self.block(Some(ty))
                };
                format!("if {condition} {yes} else {no}")
            }
            2 => self.switch(Some(ty)),
            3 => {
                self.count("block as value");
                self.block(Some(ty))
            }
            4 => self.loop_value(ty),
            _ => self.operation_or_leaf(ty),
        }
    }

    fn operation_or_leaf(&mut self, ty: Ty) -> String {
        if ty == Character {
            self.leaf(ty)
        } else {
            self.operation(ty)
        }
    }

    fn switch(&mut self, ty: Option<Ty>) -> String {
        self.count("switch");
        let subject_ty = self.choices.one(&[Integer, Integer, Integer, Boolean, Character, Text]);
        let mut subject = self.expr(subject_ty);
        let mut edge = None;
        if subject_ty == Integer && self.inside.is_empty() && self.choices.rarely(2) {
            self.count("switch at an end of a range");
            let (range, n) = self.choices.one(EDGES);
            subject = format!("(i - 5 + {n})");
            edge = Some(range);
        }
        if subject_ty == Integer && self.choices.rarely(2) {
            // small, so that cases are met
            subject = format!("({subject}) % 4");
        }
        let mut text = format!("switch {subject} {{ ");
        let cases = 1 + self.choices.below(3);
        let mut ranges = false;
        for _ in 0..cases {
            let label = match subject_ty {
                Integer if edge.is_some() => {
                    ranges = true;
                    edge.take().unwrap_or_default()
                }
                Integer if self.choices.rarely(2) || ranges => {
                    ranges = true;
                    self.choices.one(&[
                        "0..2", "-3..=1", "2..=3", "10..3", "5..100", "-40..=2", "-40..2", "-30..=-1", "1..=30",
                        "5..=90",
                    ])
                }
                Integer => self.choices.one(&["0", "1", "-1", "7", "1 | 2", "10 | 0"]),
                Boolean => self.choices.one(&["true", "false"]),
                Character => self.choices.one(&["'a'", "'b' | 'z'", "'0'"]),
                _ => self.choices.one(&["\"\"", "\"a\"", "\"ab\" | \"b\""]),
            };
            let condition = if self.choices.rarely(4) {
                format!(" if {}", self.expr(Boolean))
            } else {
                String::new()
            };
            let arm = self.arm(ty);
            text.push_str(&format!("{label}{condition} => {arm}, "));
        }
        if !self.choices.rarely(4) {
            let arm = self.arm(ty);
            text.push_str(&format!("_ => {arm} "));
        }
        text.push('}');
        text
    }

    fn arm(&mut self, ty: Option<Ty>) -> String {
        match ty {
            Some(ty) if self.choices.rarely(2) => self.block(Some(ty)),
            Some(ty) => self.expr(ty),
            None => self.block(None),
        }
    }
}
