//! Fragments of rhai over variables of the language, most of them well-typed.

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
];

/// A variable that the text declares.
#[derive(Clone)]
struct Local {
    name: String,
    ty: Ty,
    constant: bool,
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
    };
    let text = match context {
        Context::Any => {
            let ty = generator.choices.one(&ALL);
            if generator.choices.rarely(3) {
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
        let made = match self.choices.below(12) {
            0..=2 => self.leaf(ty),
            9 => self.structured(ty),
            11 => self.own_function(ty),
            10 if self.choices.rarely(2) => self.call(ty),
            _ => self.operation(ty),
        };
        self.depth -= 1;
        made
    }

    fn leaf(&mut self, ty: Ty) -> String {
        let own: Vec<String> = self
            .locals
            .iter()
            .filter(|l| l.ty == ty)
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
            Integer => match self.choices.below(8) {
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

    fn operation(&mut self, ty: Ty) -> String {
        match ty {
            Integer => match self.choices.below(14) {
                0..=9 => {
                    let op = self
                        .choices
                        .one(&["+", "-", "*", "/", "%", "<<", ">>", "&", "|", "^", "**"]);
                    self.count(op);
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
            Text => match self.choices.below(6) {
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

    /// A call of one of rhai's functions.
    fn own_function(&mut self, ty: Ty) -> String {
        let functions: &[(&'static str, &[Ty])] = match ty {
            Integer => &[
                ("abs", &[Integer]),
                ("sign", &[Integer]),
                ("max", &[Integer, Integer]),
                ("min", &[Integer, Integer]),
                ("to_int", &[Real]),
                ("parse_int", &[Text]),
                ("len", &[Text]),
                ("bytes", &[Text]),
                ("index_of", &[Text, Text]),
                ("index_of", &[Text, Character]),
            ],
            Real => &[
                ("abs", &[Real]),
                ("max", &[Real, Real]),
                ("min", &[Real, Real]),
                ("max", &[Real, Integer]),
                ("to_float", &[Integer]),
                ("floor", &[Real]),
                ("ceiling", &[Real]),
                ("round", &[Real]),
                ("int", &[Real]),
                ("fraction", &[Real]),
                ("sqrt", &[Real]),
                ("exp", &[Real]),
                ("ln", &[Real]),
                ("sin", &[Real]),
                ("cos", &[Real]),
                ("tan", &[Real]),
            ],
            Boolean => &[
                ("is_even", &[Integer]),
                ("is_odd", &[Integer]),
                ("is_zero", &[Integer]),
                ("is_zero", &[Real]),
                ("is_nan", &[Real]),
                ("is_finite", &[Real]),
                ("is_infinite", &[Real]),
                ("is_empty", &[Text]),
                ("contains", &[Text, Text]),
                ("contains", &[Text, Character]),
                ("starts_with", &[Text, Text]),
                ("starts_with", &[Text, Character]),
                ("ends_with", &[Text, Text]),
                ("ends_with", &[Text, Character]),
            ],
            Character => &[("to_upper", &[Character]), ("to_lower", &[Character])],
            Text => &[
                ("to_string", &[Integer]),
                ("to_string", &[Real]),
                ("to_string", &[Boolean]),
                ("to_string", &[Character]),
                ("to_string", &[Text]),
                ("sub_string", &[Text, Integer]),
                ("sub_string", &[Text, Integer, Integer]),
                ("to_upper", &[Text]),
                ("to_lower", &[Text]),
            ],
        };
        match (ty, self.choices.below(6)) {
            (Character, 0 | 1) => {
                self.count("[] of a string");
                let (text, subscript) = (self.leaf(Text), self.subscript());
                return format!("{text}[{subscript}]");
            }
            (Boolean, 0) => {
                self.count("in a range");
                let op = self.choices.one(&["in", "!in"]);
                let range = self.choices.one(&["0..5", "-3..=3", "5..1", "i..10", "0..=j"]);
                let range = if self.inside.is_empty() { range } else { "0..5" };
                return format!("({} {op} {range})", self.expr(Integer));
            }
            (Boolean, 1) => {
                self.count("in a string");
                let part = self.choices.one(&[Text, Character]);
                return format!("({} in {})", self.expr(part), self.expr(Text));
            }
            (Integer, 0) if self.inside.is_empty() => {
                self.count("len of an array");
                return self.choices.one(&["a.len()", "m.len", "len(w)", "w[1].len"]).into();
            }
            (Text, 0) if self.inside.is_empty() => {
                self.count("text of an array");
                return self
                    .choices
                    .one(&["`${a}`", "\"\" + w", "(m + \"!\")", "w[2].to_upper()"])
                    .into();
            }
            _ => {}
        }
        let (name, params) = functions[self.choices.below(functions.len())];
        self.count(name);
        let args: Vec<String> = params.iter().map(|&param| self.expr(param)).collect();
        match self.choices.below(3) {
            0 => format!("{name}({})", args.join(", ")),
            1 => format!("({}).{name}({})", args[0], args[1..].join(", ")),
            _ => {
                let on = self.leaf(params[0]);
                let on = if on.starts_with(['-', '(']) {
                    format!("({on})")
                } else {
                    on
                };
                format!("{on}.{name}({})", args[1..].join(", "))
            }
        }
    }

    /// A call of a function of an include, perhaps a new one.
    fn call(&mut self, ty: Ty) -> String {
        self.count("call");
        let own = self.inside.last().filter(|own| own.value == ty).cloned();
        if let Some(own) = own
            && self.choices.rarely(2)
        {
            self.count("recursion");
            // the first parameter says how deep
            let rest: Vec<String> = own.params.iter().skip(1).map(|&ty| self.expr(ty)).collect();
            let args: Vec<String> = ["depth - 1".to_string()].into_iter().chain(rest).collect();
            return format!("{}({})", own.name, args.join(", "));
        }
        let known: Vec<Function> = self
            .functions
            .iter()
            .filter(|other| other.value == ty)
            .cloned()
            .collect();
        let function = if !known.is_empty() && self.choices.rarely(2) {
            known[self.choices.below(known.len())].clone()
        } else if self.inside.len() < 2 && self.functions.len() < 4 {
            self.function(ty)
        } else {
            return self.leaf(ty);
        };
        let mut args = vec![self.choices.one(&["0", "1", "2", "3", "4"]).to_string()];
        for &param in function.params.iter().skip(1) {
            let ty = if self.choices.rarely(5) {
                self.choices.one(&ALL)
            } else {
                param
            };
            args.push(self.expr(ty));
        }
        format!("{}({})", function.name, args.join(", "))
    }

    fn function(&mut self, value: Ty) -> Function {
        self.count("function");
        let name = format!(
            "f{}_@",
            self.functions.len() + self.inside.len() + 10 * self.inside.len()
        );
        let mut params = vec![Integer];
        for _ in 0..self.choices.below(3) {
            params.push(self.choices.one(&ALL));
        }
        let mut function = Function {
            name: name.clone(),
            params: params.clone(),
            value,
            text: String::new(),
        };
        let outer = std::mem::take(&mut self.locals);
        let (loops, depth) = (std::mem::take(&mut self.loops), self.depth);
        self.depth = self.depth.min(3);
        let names: Vec<String> = (0..params.len())
            .map(|i| if i == 0 { "depth".into() } else { format!("q{i}") })
            .collect();
        for (name, &ty) in names.iter().zip(&params) {
            self.locals.push(Local {
                name: name.clone(),
                ty,
                constant: name == "depth",
            });
        }
        self.inside.push(function.clone());
        // no recursion where it shall end
        let last = self.leaf(value);
        let body = self.body(Some(value));
        self.inside.pop();
        self.locals = outer;
        (self.loops, self.depth) = (loops, depth);
        function.text = format!(
            "fn {name}({}) {{ if depth <= 0 {{ return {last}; }} {body} }}",
            names.join(", ")
        );
        self.functions.push(function.clone());
        function
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
        let subject = self.expr(subject_ty);
        let mut text = format!("switch {subject} {{ ");
        let cases = 1 + self.choices.below(3);
        let mut ranges = false;
        for _ in 0..cases {
            let label = match subject_ty {
                Integer if self.choices.rarely(3) || ranges => {
                    ranges = true;
                    self.choices.one(&["0..5", "-3..=1", "2..=2", "10..3", "5..100"])
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

    /// `{ …; e }`
    fn block(&mut self, ty: Option<Ty>) -> String {
        let locals = self.locals.len();
        let text = self.body(ty);
        self.locals.truncate(locals);
        format!("{{ {text} }}")
    }

    /// Statements, and a value.
    fn body(&mut self, ty: Option<Ty>) -> String {
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

    fn name(&mut self) -> String {
        self.names += 1;
        format!("l{}", self.names)
    }

    fn statement(&mut self) -> String {
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
                let subscript = self.subscript();
                let op = self.choices.one(&["=", "+=", "-=", "*=", "="]);
                match self.choices.below(4) {
                    0 | 1 => format!("a[{subscript}] {op} {}", self.expr(Integer)),
                    2 => {
                        let other = self.subscript();
                        let ty = self.choices.one(&[Real, Real, Integer]);
                        format!("m[{subscript}][{other}] {op} {}", self.expr(ty))
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

    fn assignment(&mut self) -> String {
        let ty = self.choices.one(&ALL);
        let own: Vec<String> = self
            .locals
            .iter()
            .filter(|l| l.ty == ty && !l.constant)
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
    fn repetition(&mut self) -> String {
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
        let body = format!("{name} -= 1; {body}");
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

    fn counted(&mut self) -> String {
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

    fn loop_value(&mut self, ty: Ty) -> String {
        self.count("loop with value");
        let name = self.name();
        let turns = self.choices.below(4);
        let locals = self.locals.len();
        self.locals.push(Local {
            name: name.clone(),
            ty: Integer,
            constant: true,
        });
        self.loops += 1;
        let body = self.body(None);
        self.loops -= 1;
        let value = self.expr(ty);
        self.locals.truncate(locals);
        format!("{{ let {name} = {turns}; loop {{ {name} -= 1; if {name} < 0 {{ break {value}; }} {body}; }} }}")
    }
}
