//! Small fragments made for the places where a construct is easily lowered wrongly: both sides of each boundary, extreme
//! values, and failures in more than one part, where the order decides which is met. All of them must become bytecode.

use crate::compare::Both;
use crate::generate::{Case, Context};
use crate::text::Accepted;

/// The integer from which 1 cannot be taken, and that to which 1 cannot be added, in variables.
const EXTREMES: &[&str] = &["least", "most", "(least + 1)", "(most - 1)", "(i - 5)", "j"];

/// Constants on both sides of what an instruction holds.
const CONSTANTS: &[&str] = &[
    "0", "1", "-1", "2", "-2", "32767", "-32767", "32768", "-32768", "32769", "-32769",
];

/// Constructs and their fragments.
fn tables() -> Vec<(&'static str, Vec<String>)> {
    vec![
        ("integer and constant", constants()),
        ("switch", switches()),
        ("range", ranges()),
        ("element assigned", elements()),
        ("part of a string", parts()),
        ("closure", closures()),
        ("throw within catch", thrown()),
    ]
}

/// Arithmetic with a constant, at the extremes: the message names operator and operands as written.
fn constants() -> Vec<String> {
    let mut all = Vec::new();
    for op in ["+", "-", "*", "/", "%"] {
        for x in EXTREMES {
            for c in CONSTANTS {
                all.push(format!("{x} {op} {c}"));
                all.push(format!("{c} {op} {x}"));
            }
            all.push(format!("i = {x}; i {op}= 1; i"));
            all.push(format!("i = {x}; i {op}= -1; i"));
            all.push(format!("{x} {op} least"));
            all.push(format!("{x} {op} most"));
        }
    }
    all.extend(["-least", "-most", "-(least + 1)"].map(String::from));
    all
}

/// Ranges of cases, met just before, at and just behind both ends.
fn switches() -> Vec<String> {
    let mut all = Vec::new();
    for (low, high) in [
        (2, 3),
        (-3, 1),
        (0, 15),
        (0, 16),
        (0, 17),
        (5, 100),
        (-50, -1),
        (-40, 40),
        (7, 7),
        (9, 2),
    ] {
        for range in ["..", "..="] {
            for x in [low - 1, low, low + 1, high - 1, high, high + 1] {
                // the value is not known when the program is compiled
                let x = format!("i - {}", 5 - x);
                all.push(format!("switch {x} {{ {low}{range}{high} => 1, _ => 2 }}"));
                all.push(format!(
                    "switch {x} {{ {low}{range}{high} if b => 1, {high}..={high} => 3, _ => 2 }}"
                ));
                all.push(format!(
                    "switch {x} {{ {low}{range}{high} => 1, -60..=60 => 3, _ => 2 }}"
                ));
            }
        }
    }
    let far = "-9223372036854775807";
    for x in ["least", "least + 1", "least + 2", "most", "most - 1", "i"] {
        for range in ["..", "..="] {
            all.push(format!("switch {x} {{ {far}{range}9223372036854775807 => 1, _ => 2 }}"));
            all.push(format!(
                "switch {x} {{ 9223372036854775000{range}9223372036854775807 => 1, _ => 2 }}"
            ));
            all.push(format!("switch {x} {{ {far}{range}0 => 1, _ => 2 }}"));
        }
    }
    all
}

/// Ranges of loops and of `in`.
fn ranges() -> Vec<String> {
    let mut all = Vec::new();
    for range in ["..", "..="] {
        for (low, high) in [
            ("i", "5"),
            ("i", "6"),
            ("i", "4"),
            ("j", "j + 2"),
            ("most - 2", "most"),
            ("least", "least + 2"),
            ("most", "most"),
            ("most", "least"),
        ] {
            all.push(format!(
                "let n = 0; for k in {low}{range}{high} {{ n += 1; print(k); }} n"
            ));
            all.push(format!(
                "let n = 0; for (k, at) in {low}{range}{high} {{ n += at; print(k); }} n"
            ));
            for x in [
                "i",
                "i - 1",
                "i + 1",
                "most",
                "most - 1",
                "least",
                "least + 1",
                "j",
                "j + 1",
                "j + 2",
                "j + 3",
            ] {
                all.push(format!("({x}) in {low}{range}{high}"));
            }
        }
    }
    all
}

/// Assignments of elements whose value and subscripts fail, in all combinations.
fn elements() -> Vec<String> {
    let value = ["7", "i", "1 % (i - 5)", "most + j + 4", "j + i"];
    let subscript = ["1", "2", "i - 4", "i", "1 / (i - 5)", "most * i", "0"];
    let mut all = Vec::new();
    for op in ["=", "+=", "-=", "*=", "/=", "%="] {
        for value in value {
            for one in subscript {
                all.push(format!("a[{one}] {op} {value}"));
                for other in subscript {
                    if value != "7" && (op == "=" || op == "-=") {
                        all.push(format!("m[{one}][{other}] {op} 0.5 + ({value})"));
                    }
                }
            }
        }
    }
    all
}

/// Characters and parts of strings from both ends.
fn parts() -> Vec<String> {
    let mut all = Vec::new();
    let places = [
        "0",
        "1",
        "2",
        "3",
        "4",
        "-1",
        "-2",
        "-3",
        "-4",
        "least",
        "most",
        "least + 1",
    ];
    for text in ["t", "s", "\"\"", "\"a\u{e9}\u{1f600}z\""] {
        for from in places {
            all.push(format!("{text}[{from}]"));
            all.push(format!("sub_string({text}, {from})"));
            for length in ["0", "1", "2", "3", "-1", "least", "most"] {
                all.push(format!("sub_string({text}, {from}, {length})"));
                all.push(format!("{text}[{from}..{length}]"));
                all.push(format!("{text}[{from}..={length}]"));
            }
            for range in [format!("{from}.."), format!("..{from}"), format!("..={from}")] {
                all.push(format!("{text}[{range}]"));
            }
        }
    }
    for from in places {
        for value in ["'c'", "c", "\"--\"", "s", "t", "i", "()"] {
            all.push(format!("t[{from}] = {value}; t"));
            all.push(format!("t[{from}..2] = {value}; t"));
            all.push(format!("t[0..={from}] += {value}; t"));
            all.push(format!("s = t; t[i - 5..{from}] = {value}; t + s"));
        }
    }
    all
}

/// What is thrown and thrown again, with and without something else before; `()` means what was caught.
fn thrown() -> Vec<String> {
    let mut all = Vec::new();
    let failures = [
        "throw 1;",
        "throw ();",
        "throw v;",
        "throw `of ${s}`;",
        "throw #{n: i};",
        "print(i / (i - 5));",
        "a[i] = 1;",
        "v -= true;",
        "",
    ];
    let handlers = [
        "throw e;",
        "throw 2;",
        "throw [e];",
        "i = 3; throw e;",
        "if e == 1 { throw e; } v = e;",
        "for k in 0..3 { if k == 1 { throw e; } }",
        "try { throw e; } catch (f) { throw f; }",
        "try { throw 3; } catch (f) { throw f; }",
        "try { throw e; } catch { v = 1; }",
        "e = [e]; v = e;",
    ];
    for failure in failures {
        for handler in handlers {
            all.push(format!("try {{ {failure} }} catch (e) {{ {handler} }} v"));
            all.push(format!(
                "try {{ try {{ {failure} }} catch (e) {{ {handler} }} }} catch (g) {{ v = [g, i]; }} v"
            ));
        }
    }
    all
}

/// Closures at the places where one can be called, over what each may fail with, in `try` and outside.
fn closures() -> Vec<String> {
    let mut all = Vec::new();
    let receivers = ["[1, 0, 2]", "[]", "a", "[\"t\", [1]]"];
    let methods = [
        "map", "filter", "some", "all", "find", "index_of", "find_map", "drain", "retain", "for_each",
    ];
    for receiver in receivers {
        for method in methods {
            // it is no array of rhai that could be changed
            if receiver == "a" && matches!(method, "drain" | "retain") {
                continue;
            }
            for made in [
                "this",
                "1 / this",
                "[this, i]",
                "throw this",
                "{ i += 1; this == 2 }",
                "i == 6",
            ] {
                all.push(format!("print({receiver}.{method}(|| {made})); i"));
            }
            if method == "for_each" {
                continue;
            }
            for made in [
                "e",
                "1 / e",
                "[e, n]",
                "throw n",
                "{ i += n; e == 2 }",
                "{ e = n; e != 1 }",
            ] {
                all.push(format!("let r = {receiver}.{method}(|e, n| {made}); [r, i]"));
                all.push(format!(
                    "let f = |e, n| {made}; let e = 7; print({receiver}.{method}(f)); f.call(1, 2)"
                ));
                all.push(format!(
                    "try {{ print({receiver}.{method}(|e, n| {made})) }} catch (w2) {{ print(w2) }} i"
                ));
                all.push(format!(
                    "let f = |e, n| {made}; try {{ f.call(i - 5, 1); print({receiver}.{method}(f)) }} catch (w2) {{ print(w2) }} i"
                ));
            }
        }
        for method in ["reduce", "reduce_rev"] {
            for made in ["s", "[s, e]", "s + e", "throw [s, n]", "{ i += 1; s = n; [s, i] }"] {
                for initial in ["", ", 0", ", \"s\"", ", i"] {
                    all.push(format!("{receiver}.{method}(|s, e, n| {made}{initial})"));
                    all.push(format!(
                        "let f = |s, e, n| {made}; try {{ print({receiver}.{method}(f{initial})) }} catch (w2) {{ print(w2) }} i"
                    ));
                }
            }
        }
    }
    for map in ["#{k: 1, l: 0}", "#{}", "#{k: \"t\"}"] {
        for method in ["map", "filter", "drain", "retain"] {
            for made in ["n", "1 / n", "[e, n]", "throw e", "{ i += 1; n == 1 }"] {
                all.push(format!("v = {map}; let r = v.{method}(|e, n| {made}); [r, v, i]"));
                all.push(format!(
                    "try {{ print({map}.{method}(|e, n| {made})) }} catch (w2) {{ print(w2) }} i"
                ));
            }
        }
    }
    for list in [
        "[3, 1, 2]",
        "[5, \"a\", 2, 'c', 3, ()]",
        "[]",
        "[2, 2, 1, 1, 2]",
        "[7, 3, 9, 1, 4, 4, 8, 2, 6, 5, 0, 11, 3, 7, 30, 21, 17, 16, 4, 2, 22, 19, 13, 12]",
    ] {
        for method in ["sort", "sort_by", "order", "order_by"] {
            for made in [
                "x - y",
                "x < y",
                "y % i - x % i",
                "{ print([x, y]); y - x }",
                "throw 1",
                "()",
                "{ y = x; x = 1; x - y }",
            ] {
                all.push(format!("v = {list}; let r = v.{method}(|x, y| {made}); [r, v]"));
                all.push(format!(
                    "let f = |x, y| {made}; let x = 7; let l = {list}; print(l.{method}(f)); [l, l.len()]"
                ));
            }
        }
    }
    // what closures see
    for (before, between) in [
        ("", ""),
        ("let k = 2; ", "k += 1; "),
        ("let k = 2; ", "let k = 9; "),
        ("", "let i = 9; "),
    ] {
        let seen = if before.is_empty() { "i" } else { "k" };
        for made in [
            format!("e + {seen}"),
            format!("{{ {seen} += e; {seen} }}"),
            format!("[e, {seen}]"),
        ] {
            all.push(format!(
                "{before}let f = |e| {made}; {between}[f.call(1), f.call({seen}), {seen}, i]"
            ));
            all.push(format!(
                "{before}let f = |e| {made}; {between}let g = |e| [f.call(e), {seen}]; [g.call(1), call(f, 2), i]"
            ));
            all.push(format!(
                "{before}let f = |e| {made}; {between}let g = f; for {seen} in 0..2 {{ print(g.call({seen})); }} i"
            ));
            all.push(format!(
                "{before}let f = |e| {made}; {between}[3, 4].map(f).contains({seen})"
            ));
        }
    }
    all
}

/// Compares all. The error names the difference, or a fragment that was left to rhai.
pub(crate) fn compare(both: &Both) -> Result<usize, String> {
    let mut count = 0;
    for (construct, texts) in tables() {
        let cases: Vec<Case> = texts.into_iter().map(case).collect();
        for some in cases.chunks(crate::TOGETHER) {
            let accepted = Accepted::of(some).map_err(|problem| format!("{construct}: {problem}"))?;
            let (lowered, all) = both
                .compare(&accepted)
                .map_err(|difference| format!("{construct}: {difference}"))?;
            if accepted.cases.len() < some.len() || lowered < all {
                let texts = some.iter().map(|case| case.text.as_str());
                let texts = texts.collect::<Vec<_>>().join("\n");
                let why = both.left.take();
                return Err(format!(
                    "{construct}: one is left to rhai, or rejected:\n{texts}\n{why:?}"
                ));
            }
        }
        println!("{:>9} directed: {construct}", cases.len());
        count += cases.len();
    }
    Ok(count)
}

fn case(text: String) -> Case {
    Case {
        context: Context::Any,
        text,
        functions: Vec::new(),
    }
}
