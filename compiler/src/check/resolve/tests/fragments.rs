//! Fragments and includes.

use super::{errors, listing, messages};

#[test]
fn unknown_names() {
    assert_eq!(
        errors(
            "x : integer;\n{ let y = x;\n  print(y + unknwon)\n};\nx := { no_such(x) + print(1, 2) };\n{ x.no_method() }"
        ),
        [
            "3:13 H0702 unknown variable `unknwon` in a fragment",
            "5:8 H0703 unknown function `no_such`",
            "5:21 H0703 `print` cannot be called with 2 arguments",
            "6:5 H0703 unknown function `no_method`"
        ]
    );
    assert_eq!(
        errors("{ eval(\"1\") }; { sleep(1) }; { time::now() }"),
        [
            "1:3 H0701 `eval` is not allowed: a program is known before it runs",
            "1:18 H0701 `sleep` is not allowed in a fragment: the command `after` waits",
            "1:38 H0706 unknown module `time`"
        ]
    );
}

#[test]
fn names_that_rhai_binds_are_no_variables() {
    let text = "n : integer := 1; { let a = 1; for i in 0..n { let b = |c| a + c + i; print(b.call(1)) } }";
    assert_eq!(messages(&[text], &[]), [""; 0]);
}

#[test]
fn reserved_names() {
    assert_eq!(
        errors("shared, in, x : integer;\nshared := in + x;\nx := {shared + 1};\nx := {x + in}"),
        [
            "3:7 H0705 the variable `shared` cannot be mentioned in a fragment: rhai reserves the name",
            "4:11 H0705 the variable `in` cannot be mentioned in a fragment: rhai reserves the name"
        ]
    );
}

#[test]
fn what_rhai_says() {
    let found = errors("x : integer;\nx := { 1 +\n * 2 };\nx := { 99999999999999999999 }");
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("3:2 H0701 "), "{found:?}");
    assert!(found[1].starts_with("4:8 H0701 "), "{found:?}");
}

#[test]
fn constants_are_not_assigned() {
    assert_eq!(
        errors("const N = 1; param p : integer;\n{ N = 2 }; { p += 1 }; *(i:1..2)[ {i = 3} ]"),
        [
            "2:3 H0203 `N` is a constant and cannot be assigned",
            "2:14 H0203 `p` is a param and cannot be assigned",
            "2:36 H0203 `i` is a constant here and cannot be assigned"
        ]
    );
}

#[test]
fn guards_assign_only_their_own() {
    assert_eq!(
        errors(
            "n, t : integer;\n[ k : integer; {k = n; k == 0} -> {t = 1} [] {t = n; true} -> skip ];\n\
             [ j : integer := {n = 1; 2}; j = 1 -> skip [] (i:1..{t = 1; 2}) true -> skip ]; [ after {t = 2; 1} -> n := t ]"
        ),
        [
            "2:47 H0704 a fragment in a guard cannot assign `t`, which the guard does not declare",
            "3:19 H0704 a fragment in a guard cannot assign `n`, which the guard does not declare",
            "3:54 H0704 a fragment in a guard cannot assign `t`, which the guard does not declare",
            "3:90 H0704 a fragment in a guard cannot assign `t`, which the guard does not declare"
        ]
    );
}

#[test]
fn types_are_inferred() {
    assert_eq!(
        errors(
            "n : integer; s : string; r : real; a : (1..2) real;\nn := {\"text\"};\ns := {n + 1};\nr := {n + 1}; n := {n / 2.0};\nn := {print(1)};\n[ {n} -> skip ];\na := {[1, 2]}; a := {[\"x\"]}; s := {n} + \"\""
        ),
        [
            "2:6 H0301 type mismatch: `n` is integer, the value is string",
            "3:6 H0301 type mismatch: `s` is string, the value is integer",
            "4:20 H0301 type mismatch: `n` is integer, the value is real",
            "5:6 H0301 type mismatch: `n` is integer, the value is nothing: `()`",
            "6:3 H0304 type mismatch: a guard is a boolean, this is integer",
            "7:21 H0301 type mismatch: `a` is an array of real, the value is an array of string"
        ]
    );
    assert_eq!(
        errors("n : integer; b : boolean; n := {if b {1} else {\"x\"}}; n := {let t = n; t}"),
        [""; 0]
    );
}

#[test]
fn subscripts() {
    assert_eq!(
        errors("a : (1..3) integer; v : any; n : integer;\n{ a[0] = 1; n = a[3]; v = [1]; v[7] = a[1][9] }"),
        ["2:4 H0307 the subscript 0 is outside the bounds 1..3 of `a`"]
    );
}

#[test]
fn includes() {
    let text = "const N = 2;\n_include{ const LIMIT = N + 2; const L = MISSING; fn f(x) { x + global::N + global::LIMIT } }\n\
                _include{\n  fn h() { f() + missing() + global::M }\n  fn f(y) { y }\n}\n{ f(1); h(); f(1, 2); print(LIMIT) }";
    assert_eq!(
        errors(text),
        [
            "2:42 H0702 unknown variable `MISSING` in an include",
            "4:12 H0703 `f` takes 1 argument, and is called with none",
            "4:18 H0703 unknown function `missing`",
            "4:38 H0702 unknown constant `global::M`",
            "5:6 H0214 the function `f` with 1 parameter is defined twice",
            "7:14 H0703 `f` takes 1 argument, and is called with 2"
        ]
    );
}

#[test]
fn an_include_that_is_wrong_is_reported_alone() {
    let found = errors("const N = 1;\n_include{\n  fn f(x) { x + N }\n  const K = 1;\n}\n{ print(f(K) + L) }");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("3:17 H0701 `N` is not known here"), "{found:?}");
}

#[test]
fn modules() {
    assert_eq!(
        errors(
            "_include{ import \"time\" as clock; }\nt : real;\n{ clock::now(); clock::later(); { import \"time\" as t; t::time() }; }; { { import \"x\" as y; y::f() } }"
        ),
        [
            "3:24 H0703 the module \"time\" has no function `later`",
            "3:82 H0706 the module \"x\" is not known; a rhai file is imported in an include"
        ]
    );
}

#[test]
fn includes_of_other_files() {
    let part = "_include{ const K = 3; fn f(x) { x } } process P(to : process) :: to ! {f(K)}; to ! {g(1)} end";
    let main = "import \"part1.csp\"; _include{ fn g(x) { x + global::K } } [[ a :: P(b) || b :: x : integer; a ? x; {print(g(x) + K)} ]]";
    assert_eq!(
        messages(&[main, part], &[]),
        ["part1:1:86 error H0703 unknown function `g`"]
    );
}

#[test]
fn a_function_is_no_constructor() {
    assert_eq!(
        messages(&["_include{ fn f(x) { x } } v : any := f(1); _ := v; f(1)"], &[]),
        [
            "1:38 warning H0903 `f(…)` makes a structured value, and `f` is also the name of a variable or function",
            "1:52 error H0209 there is no process definition `f`"
        ]
    );
}

#[test]
fn mentions() {
    let text = "const N = 2; param p : integer; a : (1..3) integer; n : integer;\n{ a[n] = N + p; n += 1; a[1] }";
    let found = listing(text);
    assert!(
        found.contains("writes a.v0; reads, writes n.v1; N = 2; param p}"),
        "{found}"
    );
}
