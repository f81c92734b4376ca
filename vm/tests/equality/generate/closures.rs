//! Closures: handed to methods, kept in variables, called.

use super::{ALL, Generator, Local, Ty};

/// What a closure makes of `e`, and of `n`, which is its number.
const MADE: &[&str] = &[
    "e",
    "e == 2",
    "e != n",
    "[e, n]",
    "type_of(e)",
    "e + n",
    "e == i",
    "`${e}`",
    "if n == 1 { return e; } b",
    "{ i += 1; e }",
    "{ let k = e; k == 2 || k == \"a\" }",
    "throw e",
    "1 / (n - 1)",
    "print(e)",
    "{ e += 1; print(e); e }",
    "{ e = \"t\"; e }",
    "if e == 1 { n }",
];

/// What one makes of `this`, and of `n`.
const OF_THIS: &[&str] = &["this", "this == 2", "[this, n]", "print(this)", "{ i += 1; `${this}` }"];

/// Methods that take a closure and nothing else.
const METHODS: &[&str] = &[
    "map", "filter", "some", "all", "find", "index_of", "find_map", "for_each", "retain", "drain",
];

/// A closure that a variable holds.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) params: Vec<Ty>,
    pub(super) value: Ty,
}

impl Generator<'_, '_> {
    /// A method with a closure.
    pub(super) fn with_closure(&mut self) -> String {
        self.count("closure");
        if self.held && self.choices.rarely(3) {
            return self.held_called();
        }
        let receiver = match self.choices.below(4) {
            0 => self.place(),
            1 => "a".into(),
            _ => self.array(),
        };
        if self.held && self.choices.rarely(3) {
            self.count("closure of a variable handed over");
            let method = self.choices.one(METHODS);
            return format!("{receiver}.{method}({})", self.choices.one(&["f", "g"]));
        }
        if self.choices.rarely(5) {
            let (way, more) = (self.choices.one(&["reduce", "reduce_rev"]), self.choices.below(4));
            let made = self
                .choices
                .one(&["n + e", "if e == 2 { n } else { e }", "[n, e]", "throw n", "n - e"]);
            return match more {
                0 => format!("{receiver}.{way}(|n, e| {made})"),
                1 => format!(
                    "{receiver}.{way}(|n, e, at| {{ print(at); {made} }}, {})",
                    self.anything()
                ),
                2 => format!("{receiver}.{way}(|n, e| {made}, 0)"),
                _ => format!("{receiver}.{way}(|n, e| {made}, {})", self.anything()),
            };
        }
        let method = self.choices.one(METHODS);
        self.count(method);
        if self.choices.rarely(6) || method == "for_each" {
            let made = self.choices.one(OF_THIS);
            let params = match method {
                "for_each" if made.contains("[this, n]") => "|n|",
                _ => "||",
            };
            return format!("{receiver}.{method}({params} {made})");
        }
        format!("{receiver}.{method}({})", self.closure_of_any())
    }

    fn closure_of_any(&mut self) -> String {
        let made = self.choices.one(MADE);
        let made = match made.starts_with('{') || made.contains("return") {
            true => format!("{{ {made} }}"),
            false => made.to_string(),
        };
        if made.contains('n') {
            format!("|e, n| {made}")
        } else {
            format!("|e| {made}")
        }
    }

    /// Declares the variables `f` and `g`, which hold closures; the second may call the first.
    pub(super) fn hold_closures(&mut self) -> String {
        self.count("closures in variables");
        let f = self.closure_of_any();
        let g = match self.choices.below(6) {
            0 => "f".into(),
            1 => "|e| { d = f.call(e); [d, e] }".into(),
            2 => "|e| [e, e].map(f)".into(),
            3 => "|e, n| { i += n; f.call(e) }".into(),
            _ => self.closure_of_any(),
        };
        self.held = true;
        let again = self.choices.one(&["", "", "let i = 2; ", "let l = 0; "]);
        format!("let f = {f}; let g = {g}; {again}")
    }

    /// `f.call(…)`
    fn held_called(&mut self) -> String {
        self.count("closure of a variable called");
        let name = self.choices.one(&["f", "g"]);
        let one = self.anything();
        let args = match self.choices.below(4) {
            0 => format!("{one}, {}", self.anything()),
            1 => format!("{one}, i"),
            _ => one,
        };
        let called = match self.choices.rarely(5) {
            true => format!("call({name}, {args})"),
            false => format!("{name}.call({args})"),
        };
        match self.choices.below(6) {
            0 => format!("{called}.len()"),
            1 => format!("[{called}, i]"),
            _ => called,
        }
    }

    /// A statement with a closure that may fail.
    pub(super) fn closure_tried(&mut self) -> String {
        let array = self.choices.one(&["a", "[i, \"t\", 2]", "[0, [1]]", "w", "[]"]);
        let made = self.choices.one(&[
            "1 / (e - 5)",
            "throw e",
            "e.foo()",
            "[e].map(|k| k % 0)",
            "{ i += 1; most + i }",
            "parse_int(e)",
            "[1, 0].find(|k| 1 / k == 2)",
            "{ try { 1 / (i - 5) } catch (w2) { throw w2 } }",
            "{ try { print(e) } catch {} [2].all(|k| e < k && k.foo) }",
        ]);
        match self.choices.below(5) {
            0 => {
                let name = self.name();
                format!("let {name} = |e| {made}; print({name}.call(i))")
            }
            1 => {
                let name = self.name();
                format!("let {name} = |e| {made}; print({array}.map({name}))")
            }
            2 => format!(
                "print({array}.reduce(|n, e| {made}, {}))",
                self.choices.one(&["0", "s"])
            ),
            _ => {
                let method = self
                    .choices
                    .one(&["map", "filter", "some", "find_map", "drain", "index_of"]);
                format!("print({array}.{method}(|e| {made}))")
            }
        }
    }

    /// Declares a variable that holds a closure of types.
    pub(super) fn let_closure(&mut self) -> String {
        self.count("let with a closure");
        let (name, value) = (self.name(), self.choices.one(&ALL));
        let params: Vec<Ty> = (0..self.choices.below(3)).map(|_| self.choices.one(&ALL)).collect();
        let locals = self.locals.len();
        let loops = std::mem::take(&mut self.loops);
        let mut names = Vec::new();
        for &ty in &params {
            let param = match self.choices.rarely(6) {
                true if !names.contains(&"i".to_string()) => "i".into(),
                _ => self.name(),
            };
            names.push(param.clone());
            self.locals.push(Local {
                name: param,
                ty,
                constant: false,
                held: None,
            });
        }
        let made = match self.choices.below(3) {
            0 => self.block(Some(value)),
            _ => self.expr(value),
        };
        self.locals.truncate(locals);
        self.loops = loops;
        self.locals.push(Local {
            name: name.clone(),
            ty: value,
            constant: true,
            held: Some(Held { params, value }),
        });
        format!("let {name} = |{}| {made}", names.join(", "))
    }

    /// A call of a closure that a variable holds, if there is one.
    pub(super) fn call_held(&mut self, ty: Ty) -> Option<String> {
        let held = |local: &&Local| local.held.as_ref().is_some_and(|held| held.value == ty);
        let known: Vec<Local> = self.locals.iter().filter(held).cloned().collect();
        if known.is_empty() {
            return None;
        }
        self.count("call of a closure");
        let local = known[self.choices.below(known.len())].clone();
        let mut args = Vec::new();
        for param in local.held.map(|held| held.params).unwrap_or_default() {
            let ty = if self.choices.rarely(8) {
                self.choices.one(&ALL)
            } else {
                param
            };
            args.push(self.expr(ty));
        }
        Some(format!("{}.call({})", local.name, args.join(", ")))
    }
}
