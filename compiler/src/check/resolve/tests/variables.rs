//! Declarations, scopes, targets, warnings.

use super::{errors, messages};

#[test]
fn undeclared() {
    assert_eq!(
        errors("counter : integer;\ncounter := conter + 1;\ncount := 1;\n_ := zzz"),
        [
            "2:12 H0201 undeclared variable `conter`",
            "3:1 H0201 undeclared variable `count`",
            "4:6 H0201 undeclared variable `zzz`"
        ]
    );
}

#[test]
fn a_declaration_begins_after_its_semicolon() {
    assert_eq!(
        errors("x : integer := x + 1; _ := x"),
        ["1:16 H0201 undeclared variable `x`"]
    );
    assert_eq!(
        errors("x : integer := 1; [ true -> x : string := \"a\" + x; _ := x ]"),
        [""; 0]
    );
    assert_eq!(
        errors("[ true -> y : integer; y := 1 ]; y := 2"),
        ["1:34 H0201 undeclared variable `y`"]
    );
}

#[test]
fn declared_twice() {
    assert_eq!(
        errors("x : integer;\ny, x : string;\nx := \"a\"; y := x"),
        ["2:4 H0202 `x` is declared twice in one command list"]
    );
    assert_eq!(
        errors("*(i:1..2, i:1..3)[ ]"),
        ["1:11 H0202 the range variable `i` stands here twice"]
    );
    assert_eq!(
        errors("[[ X(i:1..2, i:1..3) :: skip ]]"),
        ["1:14 H0202 the range variable `i` stands here twice"]
    );
    assert_eq!(errors("*(i:1..2)[ i : string; i := \"a\" ]"), [""; 0]);
    assert_eq!(
        errors("[ (k:1..2) k : boolean := true; k -> k : real; k := 1.5 ]"),
        [""; 0]
    );
    assert_eq!(errors("[[ X(i:1..2) :: i : string; i := \"a\" ]]"), [""; 0]);
}

#[test]
fn constants_are_not_assigned() {
    assert_eq!(
        errors("const N = 1;\nparam p : integer;\nN := 2;\np := 3;\n*(i:1..2)[ i := 1 ];\n[[ X(k:1..2) :: k := 1 ]]"),
        [
            "3:1 H0203 `N` is a constant and cannot be assigned",
            "4:1 H0203 `p` is a param and cannot be assigned",
            "5:12 H0203 `i` is a constant here and cannot be assigned",
            "6:17 H0203 `k` is a constant here and cannot be assigned"
        ]
    );
    let inside = "*(i:1..2)[ [[ i := 1 || skip ]] ]";
    assert_eq!(
        errors(inside),
        ["1:15 H0203 `i` is a constant here and cannot be assigned"]
    );
}

#[test]
fn targets() {
    assert_eq!(
        errors("x, y : integer; a : (1..2) integer;\n(x, pair(y, x)) := (1, pair(2, 3));\n(a(1), a(1)) := (1, 2)"),
        ["2:13 H0212 `x` stands twice in one target"]
    );
}

#[test]
fn warnings() {
    let text = "a, b, c, _d : integer;\nb := b + 1;\n[[ c := 1 || skip ]];\n[ e : integer; a = 1 -> skip ]";
    assert_eq!(
        messages(&[text], &[]),
        [
            "1:1 warning H0902 the variable `a` is read and never assigned",
            "4:3 warning H0901 the variable `e` is never used"
        ]
    );
    assert_eq!(
        messages(&["*[ true -> skip [] else -> skip ]"], &[]),
        ["1:20 warning H0904 a repetition with `else` never ends by itself"]
    );
    let text = "v : any;\nv := v(1);\nv(_) := v";
    let warning = "warning H0903 `v(…)` makes a structured value, and `v` is also the name of a variable or function";
    assert_eq!(
        messages(&[text], &[]),
        [format!("2:6 {warning}"), format!("3:1 {warning}")]
    );
}

#[test]
fn unused_is_not_said_while_there_are_errors() {
    assert_eq!(
        messages(&["a : integer; b := 1"], &[]),
        ["1:14 error H0201 undeclared variable `b`"]
    );
}
