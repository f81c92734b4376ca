//! Labels and process names.

use super::errors;

#[test]
fn unknown_names() {
    assert_eq!(
        errors("[[ worker :: nobody ! 1; wroker ! 1; worker ! 1 || b :: skip ]];\nworker ! 1"),
        [
            "1:14 H0204 there is no process `nobody` here",
            "1:26 H0204 there is no process `wroker` here",
            "1:38 H0206 the process `worker` names itself",
            "2:1 H0204 there is no process `worker` here"
        ]
    );
}

#[test]
fn inner_names_are_not_visible() {
    assert_eq!(
        errors("[[ outer :: [[ hidden :: other ! 1 || skip ]] || other :: hidden ! 1; outer ! 2 ]]"),
        ["1:59 H0204 there is no process `hidden` here"]
    );
    assert_eq!(
        errors("[[ a :: [[ a :: b ! 1 || b :: a ! 1 ]] || b :: a ! 1 ]]"),
        [""; 0]
    );
    assert_eq!(
        errors("[[ a :: [[ c :: a ! 1 || skip ]]; b ! 1 || b :: skip ]]"),
        ["1:17 H0206 this names `a`, a process that encloses it"]
    );
}

#[test]
fn subscripts() {
    assert_eq!(
        errors(
            "n : integer := 1;\n[[ worker(i:1..3) :: skip\n|| boss :: worker(4) ! 1; worker(n) ! 1; worker ! 1; worker(1, 2) ! 1; worker(1.5) ! 1 ]]"
        ),
        [
            "3:12 H0215 there is no process `worker(4)`",
            "3:42 H0205 `worker` is named with no subscripts and has 1",
            "3:54 H0205 `worker` is named with 2 subscripts and has 1",
            "3:79 H0305 type mismatch: a subscript is an integer, this is real"
        ]
    );
    assert_eq!(
        errors(
            "k : integer := 1; [[ M(i:1..2, 0) :: skip || M(0, j:1..2) :: skip || x :: M(k, 3) ! 1; M(0, 0) ! 1; M(1, 0) ! 1 ]]"
        ),
        [
            "1:75 H0215 there is no process `M(k, 3)`",
            "1:88 H0215 there is no process `M(0, 0)`"
        ]
    );
    assert_eq!(
        errors("[[ X(i:3..2) :: skip || y :: X(2) ! 1 ]]"),
        ["1:30 H0215 there is no process `X(2)`"]
    );
}

#[test]
fn the_same_name_twice() {
    assert_eq!(
        errors(
            "n : integer := 1;\n[[ w(1) :: skip || w(2) :: skip || w(1) :: skip || w(n) :: skip || w(n) :: skip ]];\n[[ a :: skip || a :: skip ]]"
        ),
        [
            "2:36 H0207 two processes of one parallel command are named `w(1)`",
            "2:68 H0207 two processes of one parallel command are named `w(n)`",
            "3:17 H0207 two processes of one parallel command are named `a`"
        ]
    );
    assert_eq!(
        errors(
            "const N = 3; [[ X(0) :: skip || X(i:1..N) :: skip || X(N) :: skip || Y(i:1..2) :: skip || Y(1, 2) :: skip ]]"
        ),
        [
            "1:54 H0207 two processes of one parallel command are named `X(3)`",
            "1:91 H0208 labels of one family have the same number of subscripts; here `Y` has 2 subscripts"
        ]
    );
}

#[test]
fn naming_oneself() {
    assert_eq!(
        errors(
            "param p : integer; k : integer := 2;\n[[ X(i:1..3) :: X(i) ! 1; X(i + 1) ! 1; X(2) ! 1; X(k) ! 1; [[ X(i) ! 2 || skip ]]; [ j : integer := i; X(j) ? j -> skip ]\n|| X(p + 4) :: skip || Y(p) :: Y(p) ! 1 || Y(1) :: Y(1) ! 1 || Z(k) :: Z(k) ! 1 || W(i:2..2) :: W(2) ! 1; W(i) ! 1 ]]"
        ),
        [
            "2:17 H0206 the process `X(i)` names itself",
            "2:64 H0206 this names `X(i)`, a process that encloses it",
            "3:32 H0206 the process `Y(p)` names itself",
            "3:52 H0206 the process `Y(1)` names itself",
            "3:97 H0206 the process `W(2)` names itself",
            "3:107 H0206 the process `W(i)` names itself"
        ]
    );
}

#[test]
fn labels_use_the_outside() {
    assert_eq!(
        errors("[[ X(i:1..2, j:1..i) :: skip || Y(n:1..m) :: skip ]]"),
        [
            "1:19 H0201 a bound or subscript in a label cannot use the label's own range variable `i`",
            "1:40 H0201 undeclared variable `m`"
        ]
    );
    assert_eq!(errors("i : integer := 1; [[ X(i:1..i) :: skip ]]"), [""; 0]);
}

#[test]
fn standard_processes() {
    assert_eq!(
        errors(
            "n : integer; v : any; p : pair(integer); c : (1..3) character; b : boolean;\n\
             stdin ? n; stdin ? c; stdin ? v;\nstdin ? _; stdin ? q(n);\nstdin ? p; stdin ? b;\nstdin ! 1; stdout ? n;\n\
             stdout ! pair(1); stderr ! v; stdout ! c; stdout(1) ! 1"
        ),
        [
            "2:31 H0310 what is input from `stdin` must have a known type, which says how it is read",
            "3:9 H0310 what is input from `stdin` must have a known type, which says how it is read",
            "3:20 H0310 a structured value cannot be input from `stdin`",
            "4:9 H0310 a structured value cannot be input from `stdin`",
            "4:20 H0310 boolean cannot be input from `stdin`",
            "5:1 H0310 `stdin` only gives values; nothing can be output to it",
            "5:12 H0310 `stdout` only takes values; there is nothing to input from it",
            "6:10 H0310 a structured value cannot be output to `stdout`",
            "6:43 H0205 `stdout` is named with 1 subscript and has none"
        ]
    );
    assert_eq!(errors("[[ stdin :: skip || a :: stdin ! p(1) ]]"), [""; 0]);
}

#[test]
fn many_labels_and_variables() {
    use std::fmt::Write;
    let mut text = String::from("x : integer;\n[[ start :: p0 ! 1; f(77) ! 2\n");
    for i in 0..20_000 {
        let _ = writeln!(
            text,
            "|| p{i} :: v{i} : integer; start ? v{i}; x := v{i}; f({i}) ! 1 || f({i}) :: skip"
        );
    }
    text += "]]";
    assert_eq!(errors(&text), [""; 0]);
}
