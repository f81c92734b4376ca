//! Calls of functions: rhai's own, and those of includes, which are made as they are called.

use super::{ALL, Boolean, Character, Function, Generator, Integer, Local, Real, Text, Ty};

impl Generator<'_, '_> {
    /// A call of one of rhai's functions.
    pub(super) fn own_function(&mut self, ty: Ty) -> String {
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
                ("sub_string", &[Text, Integer]),
                ("sub_string", &[Text, Integer, Integer]),
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
        let mut args: Vec<String> = params.iter().map(|&param| self.expr(param)).collect();
        if name == "sub_string" {
            // most texts are short, and most places are far from them
            if self.choices.rarely(2) {
                args[0] = self
                    .choices
                    .one(&["t", "\"abcde\"", "\"\u{e9}\u{1f600}xyz\""])
                    .to_string();
                if !self.inside.is_empty() && args[0] == "t" {
                    args[0] = "\"xyz\"".into();
                }
            }
            for arg in args.iter_mut().skip(1) {
                if self.choices.rarely(2) {
                    *arg = self
                        .choices
                        .one(&["0", "1", "2", "-1", "-2", "-3", "-4", "3"])
                        .to_string();
                }
            }
        }
        match self.choices.below(3) {
            0 => format!("{name}({})", args.join(", ")),
            1 => format!("({}).{name}({})", args[0], args[1..].join(", ")),
            _ => {
                let on = match name {
                    "sub_string" => args[0].clone(),
                    _ => self.leaf(params[0]),
                };
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
    pub(super) fn call(&mut self, ty: Ty) -> String {
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

    pub(super) fn function(&mut self, value: Ty) -> Function {
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
                held: None,
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
}
