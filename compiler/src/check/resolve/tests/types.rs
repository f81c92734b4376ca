//! Types of expressions, what fits where, constants.

use super::errors;

#[test]
fn assignments() {
    let declared = "n : integer; r : real; s : string; c : character; b : boolean;\n";
    let errors = |text: &str| errors(&format!("{declared}{text}"));
    assert_eq!(
        errors("n := \"text\""),
        ["2:6 H0301 type mismatch: `n` is integer, the value is string"]
    );
    assert_eq!(
        errors("n := 1.5"),
        ["2:6 H0301 type mismatch: `n` is integer, the value is real"]
    );
    assert_eq!(
        errors("c := \"c\""),
        ["2:6 H0301 type mismatch: `c` is character, the value is string"]
    );
    assert_eq!(
        errors("n := ()"),
        ["2:6 H0301 type mismatch: `n` is integer, the value is nothing: `()`"]
    );
    assert_eq!(
        errors("r := 1; r := n; s := \"a\" + n + r + c + b; b := n = r"),
        [""; 0]
    );
    assert_eq!(errors("(n, r) := (1, 2)"), [""; 0]);
    assert_eq!(
        errors("(n, s) := (1, 2)"),
        ["2:15 H0301 type mismatch: `s` is string, the value is integer"]
    );
    assert_eq!(
        errors("(n, s) := (1, \"a\", 2)"),
        [
            "2:11 H0309 the target takes a nameless tuple of 2 components and the value is a nameless tuple of 3 components"
        ]
    );
    assert_eq!(
        errors("p(n) := q(1)"),
        ["2:9 H0309 the target takes `p` with 1 component and the value is `q` with 1 component"]
    );
    assert_eq!(
        errors("p(n) := 1"),
        ["2:9 H0309 the target takes `p` with 1 component and the value is integer"]
    );
}

#[test]
fn structured_variables() {
    assert_eq!(
        errors("spot : at(real, string);\nspot := at(1, \"a\");\nspot := at(1, 2)"),
        ["3:9 H0301 type mismatch: `spot` is at(real, string), the value is at(integer, integer)"]
    );
}

#[test]
fn operators() {
    assert_eq!(
        errors(
            "n : integer; b : boolean; a : (1..2) integer;\n_ := n + b;\n_ := -\"a\";\n_ := not n;\n_ := b and 1;\n_ := a + a"
        ),
        [
            "2:6 H0302 type mismatch: `+` cannot be applied to integer and boolean",
            "3:7 H0302 type mismatch: `-` takes an integer or a real, this is string",
            "4:10 H0302 type mismatch: `not` takes a boolean, this is integer",
            "5:12 H0302 type mismatch: `and` takes booleans, this is integer"
        ]
    );
    assert_eq!(
        errors(
            "_ := 1 = \"1\";\n_ := p(1) = p(2.0);\n_ := p(1) = q(1);\n_ := p(1) < p(2);\n_ := 'a' < \"b\";\n_ := 1 < 2.0"
        ),
        [
            "1:6 H0303 type mismatch: integer is compared with string",
            "3:6 H0303 type mismatch: p(integer) is compared with q(integer)",
            "4:6 H0303 type mismatch: p(integer) has no order; only `=` and `<>` compare it",
            "5:6 H0303 type mismatch: character is compared with string"
        ]
    );
}

#[test]
fn guards_delays_and_bounds() {
    assert_eq!(
        errors(
            "x : integer;\n[ x + 1 -> skip ];\nafter \"a\";\n*(i:1..2.5)[ ];\na : (1..true) integer; a := a; x := 1"
        ),
        [
            "2:3 H0304 type mismatch: a guard is a boolean, this is integer",
            "3:7 H0305 type mismatch: a delay in milliseconds is an integer, this is string",
            "4:8 H0305 type mismatch: a bound is an integer, this is real",
            "5:9 H0305 type mismatch: a bound is an integer, this is boolean"
        ]
    );
}

#[test]
fn elements() {
    let declared = "const N = 3; a : (1..N) integer; m : (0..1, 1..2) real; w : (0..1) (1..3) real; n : integer;\n";
    let errors = |text: &str| errors(&format!("{declared}{text}"));
    assert_eq!(
        errors("a(n) := 1; m(n, 2) := 1; m(n) := w(n); a(N - 1) := n"),
        ["2:34 H0308 a row of `m` has 2 elements, the value has 3"]
    );
    assert_eq!(
        errors("a(0) := 1"),
        ["2:3 H0307 the subscript 0 is outside the bounds 1..3 of `a`"]
    );
    assert_eq!(
        errors("n := a(N + 1)"),
        ["2:8 H0307 the subscript 4 is outside the bounds 1..3 of `a`"]
    );
    assert_eq!(
        errors("m(n, n, n) := 1"),
        ["2:1 H0306 the array `m` has 2 dimensions, and is used with 3 subscripts"]
    );
    assert_eq!(
        errors("n := a()"),
        ["2:6 H0306 the array `a` has 1 dimension, and is used with no subscripts"]
    );
    assert_eq!(
        errors("n := a"),
        ["2:6 H0301 type mismatch: `n` is integer, the value is an array of integer"]
    );
    assert_eq!(errors("m := w"), ["2:6 H0308 `m` has 2 elements, the value has 3"]);
    assert_eq!(
        errors("a(1.0) := 1"),
        ["2:3 H0305 type mismatch: a subscript is an integer, this is real"]
    );
    assert_eq!(
        errors("a(\"x\") := true"),
        [
            "2:3 H0305 type mismatch: a subscript is an integer, this is string",
            "2:11 H0301 type mismatch: an element of `a` is integer, the value is boolean"
        ]
    );
}

#[test]
fn long_chains() {
    let sum = vec!["1"; 1_500].join(" + ");
    assert_eq!(errors(&format!("x : integer := {sum}; _ := x")), [""; 0]);
}
