//! `try`, `switch` and `for` over values of any type, functions of modules, whole arrays.

use super::{ALL, Boolean, Generator, Integer, Real, Text, Ty};

/// What fails in several ways, or does not.
const TRIED: &[&str] = &[
    "1 / (i - 5)",
    "a[i]",
    "a[i - 4]",
    "t[i]",
    "most + i",
    "-least",
    "parse_int(s)",
    "s - i",
    "1 % (j + 3)",
    "m[1][i]",
    "2 ** j",
    "abs(least)",
    "[1][i]",
    "s.foo",
    "(i + 1).len()",
];

impl Generator<'_, '_> {
    /// `try { … } catch { … }`
    pub(super) fn attempt(&mut self) -> String {
        self.count("try");
        self.depth += 1;
        let mut tried = String::new();
        for _ in 0..1 + self.choices.below(2) {
            tried.push_str(&self.statement());
            tried.push_str("; ");
        }
        match self.choices.below(5) {
            0 => tried.push_str(&self.statement()),
            4 if self.inside.is_empty() => {
                self.count("closure within try");
                tried.push_str(&self.closure_tried());
            }
            1 => {
                let ty = self.choices.one(&ALL);
                tried.push_str(&format!("throw {}", self.expr(ty)));
            }
            2 if self.inside.is_empty() => {
                let value = self.choices.one(TRIED);
                tried.push_str(&format!("print({value})"));
            }
            _ => {
                let ty = self.choices.one(&ALL);
                tried.push_str(&format!("print({})", self.own_function(ty)));
            }
        }
        let mut handled = self.statement();
        if self.choices.rarely(5) {
            self.count("throw within catch");
            handled.push_str(&format!("; if {} {{ throw {}; }}", self.expr(Boolean), self.anything()));
        }
        self.depth -= 1;
        match self.choices.below(3) {
            0 => format!("try {{ {tried}; }} catch {{ {handled}; }}"),
            1 => {
                self.count("catch with a value");
                let name = self.name();
                format!("try {{ {tried}; }} catch ({name}) {{ print({name}); {handled}; }}")
            }
            _ => {
                self.count("catch with a value");
                let name = self.name();
                format!("try {{ {tried}; }} catch ({name}) {{ {handled}; throw {name}; }}")
            }
        }
    }

    /// `switch` over a value of any type.
    pub(super) fn switch_any(&mut self) -> String {
        self.count("switch over any");
        let subject = self.anything();
        let mut text = format!("switch {subject} {{ ");
        for _ in 0..1 + self.choices.below(3) {
            let label = self.choices.one(&[
                "1",
                "2 | 3",
                "\"a\"",
                "'c'",
                "true",
                "()",
                "\"text\" | \"ab\"",
                "5",
                "0 | 1",
            ]);
            text.push_str(&format!("{label} => {}, ", self.anything()));
        }
        if self.choices.rarely(2) {
            let range = self.choices.one(&["0..4", "-3..=1", "5..100", "-40..=2"]);
            text.push_str(&format!("{range} => {}, ", self.anything()));
        }
        if !self.choices.rarely(3) {
            text.push_str(&format!("_ => {} ", self.anything()));
        }
        text.push('}');
        text
    }

    /// `for` over a value of any type.
    pub(super) fn for_any(&mut self) -> String {
        self.count("for over any");
        let (items, then) = (self.anything(), self.change());
        if self.choices.rarely(2) {
            format!("for (e, at) in {items} {{ print(`${{at}} ${{e}}`); {then} }}")
        } else {
            format!("for e in {items} {{ print(e); if e == 2 {{ break; }} {then} }}")
        }
    }

    /// Whole arrays of the language are assigned.
    pub(super) fn whole_array(&mut self) -> String {
        self.count("whole array assigned");
        match self.choices.below(5) {
            0 => format!("a = [{}, 2, i]", self.expr(Integer)),
            1 => "w = [s, t]".into(),
            2 => format!("w = {}", self.anything()),
            3 => "let h = a; a = h; a = [j, i, j]".into(),
            _ => format!("a = {}", self.anything()),
        }
    }

    /// A function of a module.
    pub(super) fn of_module(&mut self, ty: Ty) -> String {
        self.count("function of a module");
        match ty {
            Integer => {
                let function = self.choices.one(&[
                    "math::gcd(n, n)",
                    "math::lcm(n, n)",
                    "math::isqrt(n)",
                    "math::clamp(n, n, n)",
                    "math::pow_mod(n, n, n)",
                    "bits::count(n)",
                    "bits::leading_zeros(n)",
                    "bits::trailing_zeros(n)",
                    "bits::reverse(n)",
                    "bits::rotate_left(n, n)",
                    "bits::rotate_right(n, n)",
                    "bits::shift_right(n, n)",
                    "text::count(t, t)",
                    "array::sum([n, n])",
                    "math::gcd(t, n)",
                ]);
                self.filled(function)
            }
            Real => {
                let function = self.choices.one(&[
                    "math::atan2(x, x)",
                    "math::cbrt(x)",
                    "math::clamp(x, x, x)",
                    "math::log10(x)",
                    "math::log2(x)",
                    "array::mean([n, n])",
                ]);
                self.filled(function)
            }
            Text => {
                let function = self.choices.one(&[
                    "text::pad_left(t, l, c)",
                    "text::pad_right(t, l, c)",
                    "text::repeat(t, l)",
                    "text::reverse(t)",
                    "text::join([n, t], t)",
                ]);
                self.filled(function)
            }
            _ => self.expr(ty),
        }
    }

    /// With arguments for the letters between the parentheses.
    fn filled(&mut self, function: &str) -> String {
        let (name, args) = function.split_once('(').unwrap_or((function, ")"));
        let mut text = format!("{name}(");
        for letter in args.chars() {
            match letter {
                'n' => text.push_str(&self.expr(Integer)),
                'l' => text.push_str(self.choices.one(&["0", "3", "-1", "(i % 9)"])),
                'x' => text.push_str(&self.expr(Real)),
                't' => text.push_str(&self.expr(Text)),
                'c' => text.push_str("'.'"),
                other => text.push(other),
            }
        }
        text
    }

    /// `x in y`
    pub(super) fn membership(&mut self) -> String {
        self.count("in a value of any type");
        let (x, y) = (self.expr(Boolean), self.array());
        match self.choices.below(3) {
            0 => format!("({x} in {y})"),
            1 => format!("(i !in [1, 5, {x}])"),
            _ => format!("({x} !in {y})"),
        }
    }
}
