//! Values whose types are not known: arrays, object maps, and variables that hold one thing after another.

use super::{ALL, Generator, Integer};

/// Methods that change nothing, with what stands in their parentheses: `x` is any value, `n` a small number.
const METHODS: &[&str] = &[
    "len()",
    "len()",
    "is_empty()",
    "contains(x)",
    "index_of(x)",
    "extract(n)",
    "extract(n, n)",
    "keys()",
    "values()",
    "to_string()",
    "type_of()",
    "get(n)",
    "get(k)",
    "split(s)",
    "to_chars()",
    "to_upper()",
    "to_lower()",
    "sub_string(n)",
    "sub_string(n, n)",
    "starts_with(s)",
    "ends_with(s)",
    "abs()",
    "sign()",
    "floor()",
    "to_int()",
    "to_float()",
    "parse_int()",
    "is_odd()",
    "is_zero()",
    "bytes()",
];

/// Methods that may change what they are called on.
const CHANGES: &[&str] = &[
    "push(x)",
    "push(x)",
    "push(x)",
    "pop()",
    "shift()",
    "insert(n, x)",
    "remove(n)",
    "remove(k)",
    "append(x)",
    "clear()",
    "truncate(n)",
    "chop(n)",
    "reverse()",
    "sort()",
    "dedup()",
    "pad(5, x)",
    "splice(n, n, x)",
    "drain(n, n)",
    "split(n)",
    "mixin(x)",
    "fill_with(x)",
    "set(n, x)",
    "set(k, x)",
    "trim()",
    "crop(n)",
    "crop(n, n)",
    "replace(s, s)",
    "make_upper()",
    "make_lower()",
];

impl Generator<'_, '_> {
    /// Statements over values of any type, and a value.
    pub(super) fn dynamic(&mut self) -> String {
        let mut text = String::new();
        let l = self
            .choices
            .one(&["[1, 2, 3]", "[]", "[\"a\", [1], 'c', i]", "[0.5, x]", "v"]);
        let d = self.choices.one(&[
            "\"text\"",
            "\"a text that is so long that it is written in place when it grows, is it\"",
            "7",
            "[[1, 2], [3]]",
            "()",
            "#{k: [1]}",
            "s",
        ]);
        let q = self
            .choices
            .one(&["#{k: 1, m: [i, 2]}", "#{}", "#{k: #{k: 3}, n: \"t\"}"]);
        let v = self
            .choices
            .one(&["[3, 1, 2]", "#{k: [1], m: 'c'}", "\"any\"", "5", "[]"]);
        text.push_str(&format!("let l = {l}; let d = {d}; let q = {q}; v = {v}; "));
        self.depth = 3;
        if self.choices.rarely(4) {
            text.push_str(&self.hold_closures());
        }
        for _ in 0..1 + self.choices.below(5) {
            text.push_str(&self.change());
            text.push_str("; ");
        }
        text.push_str(&self.anything());
        (self.depth, self.held) = (0, false);
        text.push_str("; [v, l, d, q]");
        text
    }

    pub(super) fn array(&mut self) -> String {
        self.count("[…]");
        let items: Vec<_> = (0..self.choices.below(4)).map(|_| self.anything()).collect();
        format!("[{}]", items.join(", "))
    }

    fn map(&mut self) -> String {
        self.count("#{…}");
        let items: Vec<_> = ["k", "m", "n"][..self.choices.below(4)]
            .iter()
            .map(|key| format!("{key}: {}", self.anything()))
            .collect();
        format!("#{{{}}}", items.join(", "))
    }

    /// A number near 0, most times.
    fn near(&mut self) -> String {
        match self.choices.below(10) {
            0..=7 => self.choices.one(&["0", "1", "2", "-1", "-2", "3", "-3", "i"]).into(),
            8 => self.expr(Integer),
            _ => self.anything(),
        }
    }

    pub(super) fn place(&mut self) -> String {
        let root = self.choices.one(&["v", "l", "d", "q"]);
        let mut place = root.to_string();
        for _ in 0..self.choices.below(3) {
            let step = self.inside(root);
            place.push_str(&step);
        }
        place
    }

    fn inside(&mut self, root: &str) -> String {
        match self.choices.below(6) {
            0 if root != "q" => format!("[{}]", self.near()),
            1 | 2 if root != "q" => self.choices.one(&["[0]", "[1]", "[-1]"]).into(),
            3 => self.choices.one(&["[\"k\"]", "[\"z\"]"]).into(),
            _ => self.choices.one(&[".k", ".m", ".n", ".z"]).into(),
        }
    }

    fn parentheses(&mut self, method: &'static str) -> String {
        self.count(method);
        let (name, args) = method.split_once('(').unwrap_or((method, ")"));
        let args: Vec<String> = args
            .trim_end_matches(')')
            .split(", ")
            .map(|arg| match arg {
                "x" => self.anything(),
                "n" => self.near(),
                "k" => self.choices.one(&["\"k\"", "\"z\""]).into(),
                "s" => self.choices.one(&["\"\"", "\"a\"", "'a'", "\"x\""]).into(),
                other => other.into(),
            })
            .collect();
        format!("{name}({})", args.join(", "))
    }

    /// A value of any type.
    pub(super) fn anything(&mut self) -> String {
        if self.depth > 5 || !self.choices.more() {
            return self
                .choices
                .one(&["1", "v", "\"ab\"", "'c'", "0.5", "()", "true", "i", "s"])
                .into();
        }
        self.depth += 1;
        let made = match self.choices.below(19) {
            16 | 17 => self.with_closure(),
            18 => self.switch_any(),
            0 | 1 => self.array(),
            2 => self.map(),
            3 | 4 => {
                let ty = self.choices.one(&ALL);
                self.expr(ty)
            }
            5..=7 => {
                self.count("what is inside");
                self.place()
            }
            8 | 9 => {
                let method = self.choices.one(METHODS);
                let place = self.place();
                format!("{place}.{}", self.parentheses(method))
            }
            10 => {
                let method = self.choices.one(METHODS);
                let value = self.array();
                format!("{value}.{}", self.parentheses(method))
            }
            11 | 12 => {
                self.count("operator on values of any type");
                let op = self.choices.one(&[
                    "+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "**", "<<", "&", "|", "^", "in", "??",
                ]);
                let (one, two) = (self.anything(), self.anything());
                format!("({one} {op} {two})")
            }
            13 => {
                self.count("logic on values of any type");
                let op = self.choices.one(&["&&", "||"]);
                let (one, two) = (self.anything(), self.anything());
                format!("({one} {op} {two})")
            }
            14 => {
                let op = self.choices.one(&["-", "!", "+"]);
                let value = self.anything();
                format!("{op}({value})")
            }
            _ => {
                let place = self.place();
                format!("{}({place})", self.choices.one(&["len", "type_of", "to_string"]))
            }
        };
        self.depth -= 1;
        made
    }

    pub(super) fn change(&mut self) -> String {
        self.depth += 1;
        let made = match self.choices.below(18) {
            14 => self.attempt(),
            15 => self.for_any(),
            16 => self.switch_any(),
            17 => self.whole_array(),
            0 | 1 => {
                self.count("variable of any type assigned");
                let var = self.choices.one(&["v", "l", "d", "i", "x", "b", "c", "s"]);
                format!("{var} = {}", self.anything())
            }
            2..=4 => {
                self.count("what is inside assigned");
                let (root, value) = (self.choices.one(&["v", "l", "d", "q"]), self.anything());
                let (one, two) = (self.inside(root), self.inside(root));
                let op = self.choices.one(&["=", "=", "=", "+=", "-=", "*="]);
                if self.choices.rarely(3) {
                    format!("{root}{one}{two} {op} {value}")
                } else {
                    format!("{root}{one} {op} {value}")
                }
            }
            5 => {
                self.count("variable of any type changed");
                let var = self.choices.one(&["v", "l", "d", "i", "x"]);
                let op = self.choices.one(&["+=", "-=", "*=", "/=", "%="]);
                format!("{var} {op} {}", self.anything())
            }
            6..=9 => {
                let method = self.choices.one(CHANGES);
                let place = self.place();
                let call = format!("{place}.{}", self.parentheses(method));
                if self.choices.rarely(2) {
                    format!("print({call})")
                } else {
                    call
                }
            }
            10 => {
                self.count("if of a value of any type");
                let (condition, then) = (self.anything(), self.change());
                format!("if {condition} {{ {then} }}")
            }
            11 => {
                self.count("for over an array");
                let array = match self.choices.below(3) {
                    0 => "a".into(),
                    1 => self.choices.one(&["s", "t", "\"h\u{e9}!\""]).into(),
                    _ => self.array(),
                };
                let then = self.change();
                if self.choices.rarely(2) {
                    format!("for (e, at) in {array} {{ print(`${{at}} ${{e}}`); {then} }}")
                } else {
                    format!("for e in {array} {{ print(e); if e == 2 {{ continue; }} {then} }}")
                }
            }
            12 => {
                self.count("whole array read");
                format!("let w2 = a; w2[1] = 5; print(w2); print({})", self.anything())
            }
            _ => format!("print({})", self.anything()),
        };
        self.depth -= 1;
        made
    }
}
