//! Constants, params, externs, imports, definitions.

use super::{errors, messages};

#[test]
fn constants() {
    assert_eq!(
        errors(
            "const A = 2 * 3;\nconst B = C;\nconst C = 1 / 0;\nconst D = f(1);\nconst E = {1};\nparam p : integer = A;\nconst F = p;\nconst A = 1;\nskip"
        ),
        [
            "2:11 H0201 undeclared constant `C`",
            "3:11 H0412 this has no value: a number or a text is too large, or something is divided by zero",
            "4:11 H0411 a constant is a bare expression over literals and other constants",
            "5:11 H0411 a constant is a bare expression over literals and other constants",
            "7:11 H0411 `p` is a param, whose value is known only when the program is started",
            "8:7 H0214 `A` is defined twice"
        ]
    );
}

#[test]
fn defines() {
    let text = "const N = 100; const NAME = \"n\"; const HALF = 0.5; const STAR = '*'; const ON = true;\na : (1..N) integer; a(4) := 1; a(5) := 2";
    let given = [
        ("N", "4"),
        ("NAME", "x y"),
        ("HALF", "1"),
        ("STAR", "é"),
        ("ON", "false"),
    ];
    assert_eq!(
        messages(&[text], &given),
        ["2:34 error H0307 the subscript 5 is outside the bounds 1..4 of `a`"]
    );
    assert_eq!(
        messages(&[text], &[("N", "four"), ("M", "1"), ("STAR", "**"), ("HALF", "x")]),
        [
            "- error H0413 -D M: the program has no constant of that name",
            "- error H0414 -D N=four: the constant is integer, and this is none",
            "- error H0414 -D HALF=x: the constant is real, and this is none",
            "- error H0414 -D STAR=**: the constant is character, and this is none"
        ]
    );
}

#[test]
fn params() {
    assert_eq!(
        errors("param a : real = 1;\nparam b : integer = 1.5;\nskip"),
        ["2:21 H0301 type mismatch: the param `b` is integer, its default is real"]
    );
}

#[test]
fn externs() {
    assert_eq!(
        errors(
            "param n : integer; const N = 3; extern a, b(i:1..N, j:0..n), stdin, c(i:1..n + 1), a;\na ! 1; b(4, n) ! 2; b(1) ! 3; b(1, 2) ! p(1); c(1) ! 1"
        ),
        [
            "1:62 H0214 `stdin` is always there and cannot be an extern",
            "1:76 H0418 a bound of an extern must be an integer that is known when the program starts",
            "1:84 H0214 `a` is defined twice",
            "2:8 H0215 there is no process `b(4, n)`: 4 is outside the bounds",
            "2:21 H0205 `b` is named with 1 subscript and has 2"
        ]
    );
}

#[test]
fn imports() {
    let part = "const TWO = 2; process P(to : process) :: x : integer := TWO; to ! x; out ! ONE; Q() end";
    let main = "import \"part1.csp\"; extern out; const ONE = 1; process Q() :: P(out) end out ! TWO; P(out)";
    assert_eq!(
        messages(&[main, part], &[]),
        [
            "part1:1:71 error H0204 there is no process `out` here",
            "part1:1:77 error H0201 undeclared variable `ONE`",
            "part1:1:82 error H0209 there is no process definition `Q`"
        ]
    );
    let twice = [
        "import \"part1.csp\"; import \"part2.csp\"; skip",
        "const A = 1;",
        "const A = 2;",
    ];
    assert_eq!(
        messages(&twice, &[]),
        ["part2:1:7 error H0214 `A` is defined by two files"]
    );
}

#[test]
fn instances() {
    let defined = "process P(n : integer; r : real; to : process; all : (1..n) process) :: to ! n + r; all(1) ! n; all(1, 2) ! n end\n";
    let text = "[[ a :: P(1, 2, b, c); P(1); P(1.5, 1, b(1), c(1)); P(b, 1, 1, d); R(1) || b :: skip || c(i:1..3) :: skip || d :: x : integer := 1; P(x, x, x, e) ]]";
    assert_eq!(
        errors(&format!("{defined}{text}")),
        [
            "1:97 H0205 `all` is named with 2 subscripts and has 1",
            "2:24 H0210 `P` takes 4 arguments, and gets 1",
            "2:32 H0301 type mismatch: `n` of `P` is integer, the value is real",
            "2:40 H0205 `b` is named with 1 subscript and has none",
            "2:46 H0211 `all` of `P` takes the name of a family of processes, without subscripts",
            "2:55 H0211 `n` of `P` takes a value, and `b` is a process",
            "2:61 H0211 `to` of `P` takes a process name, and this is a value",
            "2:64 H0205 `all` of `P` takes a family with 1 subscript, and `d` has none",
            "2:68 H0209 there is no process definition `R`",
            "2:141 H0204 there is no process `x` here",
            "2:144 H0204 there is no process `e` here"
        ]
    );
}

#[test]
fn a_definition_sees_nothing_of_its_instance() {
    assert_eq!(
        errors("process P() :: y := 1; other ! 1 end\ny : integer := 1; [[ a :: P() || other :: skip ]]; _ := y"),
        [
            "1:16 H0201 undeclared variable `y`",
            "1:24 H0204 there is no process `other` here"
        ]
    );
    assert_eq!(
        errors("process P(a, a : integer; b, b : process; a : process) :: a ! 1 end\nskip"),
        [
            "1:14 H0202 `a` is declared twice in one command list",
            "1:30 H0202 two formals of kind `process` are named `b`"
        ]
    );
}
