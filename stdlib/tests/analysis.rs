//! What the compiler learns of fragments.

use hydra_bytecode::Const;
use hydra_stdlib::analysis::{Analysis, Form, Inferred, Problem, TextKind, analyze, analyze_with, is_known_function};
use hydra_stdlib::engine::Functions;

/// The constants of includes of a program without functions of an application.
fn include_constants(
    includes: &[&str],
    globals: &[(String, Const)],
    scripts: &[(String, String)],
) -> Result<Vec<(String, Const)>, (usize, Problem)> {
    hydra_stdlib::analysis::include_constants(includes, globals, scripts, &Functions::default())
}

fn types(name: &str) -> Inferred {
    match name {
        "n" | "i" | "j" => Inferred::Integer,
        "r" => Inferred::Real,
        "b" => Inferred::Boolean,
        "c" => Inferred::Character,
        "s" => Inferred::String,
        "a" => Inferred::Array(Box::new(Inferred::Integer)),
        "m" => Inferred::Array(Box::new(Inferred::Array(Box::new(Inferred::Real)))),
        _ => Inferred::Unknown,
    }
}

fn fragment(text: &str) -> Analysis {
    analyze(text, TextKind::Fragment, &types).unwrap_or_else(|problems| panic!("{text}: {problems:?}"))
}

/// Mentions as `name` with `r` and `w`, in order.
fn uses(text: &str) -> String {
    let found = fragment(text);
    for mention in &found.uses {
        assert!(text[mention.start..].starts_with(&mention.name), "{text}: {mention:?}");
    }
    let mode = |reads, writes| format!("{}{}", if reads { "r" } else { "" }, if writes { "w" } else { "" });
    found
        .uses
        .iter()
        .map(|u| format!("{}:{}", u.name, mode(u.reads, u.writes)))
        .collect::<Vec<_>>()
        .join(" ")
}

fn problems(text: &str, kind: TextKind) -> Vec<Problem> {
    analyze(text, kind, &types).expect_err(text)
}

/// The text that the first problem points at, and its message.
fn problem(text: &str) -> (&str, String) {
    let first = problems(text, TextKind::Fragment).remove(0);
    (&text[first.offset..first.end], first.message)
}

#[test]
fn free_variables() {
    assert_eq!(uses("n + r"), "n:r r:r");
    assert_eq!(uses("let n = i; n + j"), "i:r j:r");
    assert_eq!(uses("let n = n + 1; n"), "n:r");
    assert_eq!(uses("{ let n = 1; } n"), "n:r");
    assert_eq!(uses("for n in 0..i { print(n + j) } n"), "i:r j:r n:r");
    assert_eq!(uses("for (n, i) in a { n + i }"), "a:r");
    assert_eq!(uses("try { n } catch (e) { e + i }"), "n:r i:r");
    assert_eq!(
        uses("if b { n } else if c == 'x' { i } else { j }"),
        "b:r n:r c:r i:r j:r"
    );
    assert_eq!(
        uses("switch n { 1 if b => i, 2..5 => j, _ => r }"),
        "n:r b:r i:r j:r r:r"
    );
    assert_eq!(uses("`x ${n} y ${ `${s}` }`"), "n:r s:r");
    assert_eq!(uses("#{ n: n, \"i\": [j] }"), "n:r j:r");
    assert_eq!(uses("do { n } while b; loop { break i; }"), "n:r b:r i:r");
    assert_eq!(uses("v ?? n"), "v:r n:r");
    assert_eq!(uses("n in a && !(i in a)"), "n:r a:r i:r a:r");
    assert_eq!(uses("throw s"), "s:r");
    assert_eq!(uses("return n + 1;"), "n:r");
    assert_eq!(uses("fn f(n) { n + 1 } f(i)"), "i:r");
    assert_eq!(uses("clock::now() + n"), "n:r");
    assert_eq!(uses("// n\n/* i */ j"), "j:r");
    assert_eq!(uses("\u{e9}_".replace('\u{e9}', "'é'; ").trim_end_matches('_')), "");
    assert_eq!(uses("\"é\" + n + \"é\" + i"), "n:r i:r");
}

#[test]
fn changes_of_variables() {
    assert_eq!(uses("n = 1"), "n:w");
    assert_eq!(uses("n += i"), "n:rw i:r");
    assert_eq!(uses("a[n] = i"), "a:rw n:r i:r");
    assert_eq!(uses("m[i][j] += r"), "m:rw i:r j:r r:r");
    assert_eq!(uses("v.x = 1; v.y.z[n] = 2"), "v:rw v:rw n:r");
    assert_eq!(uses("a.push(n)"), "a:rw n:r");
    assert_eq!(uses("push(a, n)"), "a:rw n:r");
    assert_eq!(uses("v.list.sort()"), "v:rw");
    assert_eq!(uses("a.len() + s.len() + a.index_of(3)"), "a:r s:r a:r");
    assert_eq!(uses("s.split(\",\")"), "s:r");
    assert_eq!(uses("v.split(1)"), "v:rw");
    assert_eq!(uses("a.map(|x| x * n)"), "a:r n:r");
    assert_eq!(uses("a.for_each(|| print(this))"), "a:r");
    assert_eq!(uses("a.for_each(|| this += 1)"), "a:rw");
    assert_eq!(uses("let b = a; b.push(1); b = 2"), "a:r");
    assert_eq!(uses("v.anything()"), "v:rw");
    assert_eq!(uses("anything(v)"), "v:r");
    assert_eq!(uses("fn bump() { this += 1 } n.bump()"), "n:rw");
    assert_eq!(uses("fn sort(x) { x } sort(a)"), "a:r");
    assert_eq!(uses("fn f() { n } f!() + n"), "n:rw n:rw");
    let defined = |name: &str| (name == "area").then_some(false);
    let found = analyze_with("v.area()", TextKind::Fragment, &types, &defined).unwrap();
    assert!(!found.uses[0].writes);
}

#[test]
fn closures() {
    assert_eq!(uses("let f = |x| x + n; f.call(i)"), "n:r i:r");
    assert_eq!(uses("let f = || { n += 1; }; f.call(); n"), "n:rw n:r");
    assert_eq!(uses("let k = 3; let f = |x| x + k; f.call(1)"), "");
    assert_eq!(uses("[1].map(|x| [2].map(|y| x + y + n))"), "n:r");
    // two that are alike are still two
    assert_eq!(uses("[1].map(|x| x + a[1]) + [2].map(|x| x + a[1])"), "a:r a:r");
    let found = fragment("[1].map(|x| x + a[1]) + [2].map(|x| x + a[1])");
    assert!(found.uses.iter().all(|mention| mention.subscripts.len() == 1));
    assert!(found.functions.is_empty());
}

#[test]
fn subscripts() {
    let text = "m [n]\n[ -2 ] + a[i + 1] + a[1_0] + m[a[n]][k] + a[`${n}`]";
    let found = fragment(text);
    let forms = |index: usize| {
        found.uses[index]
            .subscripts
            .iter()
            .map(|s| s.form.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(found.uses[0].name, "m");
    assert_eq!(forms(0), [Form::Name("n".into()), Form::Constant(-2)]);
    for subscript in found.uses.iter().flat_map(|mention| &mention.subscripts) {
        assert_eq!(
            (
                &text[subscript.open..=subscript.open],
                &text[subscript.close..=subscript.close]
            ),
            ("[", "]")
        );
    }
    let by_name = |name: &str| {
        found
            .uses
            .iter()
            .filter(|u| u.name == name)
            .map(|u| &u.subscripts)
            .collect::<Vec<_>>()
    };
    assert_eq!(by_name("a")[0][0].form, Form::Other);
    assert_eq!(by_name("a")[1][0].form, Form::Constant(10));
    assert_eq!(by_name("a")[2][0].form, Form::Name("n".into()));
    assert_eq!(by_name("a")[3][0].form, Form::Other);
    assert_eq!(by_name("m")[1][1].form, Form::Name("k".into()));
    let local = fragment("for i in 1..3 { print(a[i]) }");
    assert_eq!(local.uses[0].subscripts[0].form, Form::Other);
}

#[test]
fn calls_and_functions() {
    let found = fragment("print(f(1, g()) + clock::now() + [1].map(|x| h(x)).len() + a.push(2))");
    let calls: Vec<String> = found
        .calls
        .iter()
        .map(|call| {
            let namespace = call.namespace.as_deref().unwrap_or("-");
            format!(
                "{namespace} {}/{}{}",
                call.name,
                call.args,
                if call.method { "m" } else { "" }
            )
        })
        .collect();
    assert_eq!(
        calls,
        [
            "- print/1",
            "- f/2",
            "- g/0",
            "clock now/0",
            "- map/1m",
            "- h/1",
            "- len/0m",
            "- push/1m"
        ]
    );
    let text = "fn one(x) { x } private fn two() { one(1) } fn int.three(a, b) { this += a }";
    let found = analyze(text, TextKind::Include, &types).unwrap();
    let functions: Vec<(&str, usize, bool)> = found
        .functions
        .iter()
        .map(|f| (f.name.as_str(), f.params.len(), f.changes_this))
        .collect();
    assert_eq!(functions, [("one", 1, false), ("two", 0, false), ("three", 2, true)]);
    for function in &found.functions {
        assert!(text[function.start..].starts_with(&function.name), "{function:?}");
    }
    assert!(is_known_function("sub_string", 2, true) && is_known_function("parse_int", 1, false));
}

#[test]
fn includes() {
    let text = "import \"time\" as clock; import \"lib/x\" as x;\nconst LIMIT = 4 * N; let y = 1; fn f(k) { k * global::LIMIT + clock::now() }";
    let found = analyze(text, TextKind::Include, &types).unwrap();
    assert_eq!(
        found.imports,
        [
            ("time".into(), Some("clock".into())),
            ("lib/x".into(), Some("x".into()))
        ]
    );
    assert_eq!(found.constants, [("LIMIT".into(), text.find("LIMIT").unwrap())]);
    assert_eq!(found.globals, [("LIMIT".into(), text.rfind("LIMIT").unwrap())]);
    assert_eq!(found.uses.iter().map(|u| u.name.as_str()).collect::<Vec<_>>(), ["N"]);
    let wrong = problems("fn f() { LIMIT }", TextKind::Include).remove(0);
    assert!(wrong.message.contains("global::LIMIT"), "{}", wrong.message);
}

#[test]
fn sure_types() {
    use Inferred::{Array, Boolean, Character, Integer, Real, String, Unit, Unknown};
    let array = |element| Array(Box::new(element));
    for (text, expected) in [
        ("", Unit),
        ("n", Integer),
        ("n + 1", Integer),
        ("n / 2 * r", Real),
        ("-r", Real),
        ("-n", Integer),
        ("n < v", Boolean),
        ("!v", Boolean),
        ("v && b", Boolean),
        ("n in a", Boolean),
        ("\"x\" + v", String),
        ("v + s", String),
        ("c + c", String),
        ("c", Character),
        ("`${n}`", String),
        ("v + 1", Unknown),
        ("n + s.len()", Integer),
        ("a[2]", Integer),
        ("m[1]", array(Real)),
        ("m[1][2]", Real),
        ("[n, 2]", array(Integer)),
        ("[n, r]", array(Unknown)),
        ("[1, 2]", array(Integer)),
        ("[]", array(Unknown)),
        ("if b { 1 } else { n }", Integer),
        ("if b { 1 } else { r }", Unknown),
        ("if b { 1 }", Unknown),
        ("if b { } else { }", Unit),
        ("{ let t = 1; t + n }", Integer),
        ("let t = 1; t += 1; t", Unknown),
        ("n = \"x\"; n", Unknown),
        ("a[1] = 5; a[1]", Unknown),
        ("n = 5", Unit),
        ("print(n)", Unit),
        ("return 1; \"x\"", Unknown),
        ("let f = |x| { return x }; 1", Integer),
        ("fn f() { return 1; } 2", Integer),
        ("for x in 0..3 { }", Unknown),
        ("fn len(x) { 1.5 } len(s)", Unknown),
        ("v.len()", Unknown),
        ("1 << 3", Integer),
        ("2.0 ** 3", Real),
        ("s - \"x\"", String),
        ("s[0]", Character),
        ("s[0..2]", Unknown),
    ] {
        assert_eq!(fragment(text).result, expected, "{text}");
    }
}

/// What is inferred is what rhai gives.
#[test]
fn inferred_types_are_true() {
    let engine = rhai::Engine::new();
    for text in [
        "1;",
        "{ 1; }",
        "let x = 5;",
        "let x = 5; x",
        "let x = 5; x;",
        "if true { 1; } else { 2 }",
        "{ { \"a\" } }",
        "{}",
        ";",
        "1; ;",
        "7 / 2",
        "7 / 2.0",
        "2 ** 3",
        "2 ** 3.0",
        "1 << 70",
        "true & false",
        "'a' + 'b'",
        "\"a\" + [1]",
        "[1] + \"a\"",
        "() + \"a\"",
        "[1] + [2]",
        "1 == \"a\"",
        "\"abc\".len()",
        "\"abc\".contains('a')",
        "\"7\".parse_int() + 1",
        "\"abc\"[1]",
        "5.to_string()",
        "print(1)",
        "\"abc\".to_upper()",
        "[1, 2].is_empty()",
        "let a = [1, 2]; a[0] = \"x\"; a",
        "let x = 1; { x = \"a\"; } x",
        "-(-5)",
        "!false",
        "const K = 2.5; K * 2",
        "let f = |x| x; f.call(1)",
        "`a`",
    ] {
        let value: rhai::Dynamic = engine.eval(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let sure = match fragment(text).result {
            Inferred::Integer => value.is_int(),
            Inferred::Real => value.is_float(),
            Inferred::Boolean => value.is_bool(),
            Inferred::Character => value.is_char(),
            Inferred::String => value.is_string(),
            Inferred::Unit => value.is_unit(),
            Inferred::Array(element) => {
                value.is_array()
                    && (*element != Inferred::Integer || value.into_array().unwrap().iter().all(|x| x.is_int()))
            }
            Inferred::Unknown => true,
        };
        assert!(sure, "{text}");
    }
}

#[test]
fn what_is_wrong() {
    assert_eq!(problem("n + 99999999999999999999").0, "99999999999999999999");
    assert_eq!(problem("`${ 9223372036854775808 }`").0, "9223372036854775808");
    assert_eq!(problem("n -9223372036854775808").0, "9223372036854775808");
    fragment("n + -9223372036854775808 + 9_223_372_036_854_775_807");
    fragment("\"99999999999999999999\" /* 99999999999999999999 */");
    fragment("99999999999999999999.0");
    assert_eq!(problem("eval(\"1\")").0, "eval");
    assert_eq!(problem("n; sleep(1)").0, "sleep");
    assert_eq!(problem("let shared = 1;").0, "shared");
    assert!(problem("in + 1").1.contains("in"), "{:?}", problem("in + 1"));
    assert!(problem("n + ").1.contains("ends too early"));
    assert_eq!(problem("n +\n  \"x").0, "\"");
    assert_eq!(problem("if n { 1; ").1, "`}` is missing to terminate this block");
    assert_eq!(problem("n i").1, "`;` is missing to terminate this statement");
    assert_eq!(problem("let x = ;").0, ";");
    assert_eq!(problem("fn f(x) { n } f(1)").0, "n");
    assert_eq!(
        problems("eval(1); sleep(2); 99999999999999999999", TextKind::Fragment).len(),
        3
    );
}

fn deep(text: String) -> Result<Analysis, Vec<Problem>> {
    let run = move || analyze(&text, TextKind::Fragment, &types);
    std::thread::Builder::new()
        .stack_size(64 << 20)
        .spawn(run)
        .unwrap()
        .join()
        .unwrap()
}

#[test]
fn deep_nesting_is_parsed_or_refused() {
    let forms = [
        ("(", ")"),
        ("{", "}"),
        ("[", "]"),
        ("#{x:", "}"),
        ("abs(", ")"),
        ("`${", "}`"),
        ("if b {", "}"),
        ("a[", "]"),
        ("!", ""),
        ("- ", ""),
        ("1 + ", ""),
        ("if b {1} else ", ""),
    ];
    for (open, close) in forms {
        let inner = if open.starts_with("if b {1}") { "{1}" } else { "n" };
        let text = |count: usize| format!("{}{inner}{}", open.repeat(count), close.repeat(count));
        let found = deep(text(300)).unwrap_or_else(|problems| panic!("{open}: {problems:?}"));
        assert!(
            inner != "n" || found.uses.iter().any(|mention| mention.name == "n"),
            "{open}"
        );
        assert!(deep(text(1000)).is_ok(), "{open}: {:?}", deep(text(1000)));
        for count in [5_000, 100_000] {
            let problems = deep(text(count)).expect_err(open);
            assert_eq!(problems.len(), 1, "{open}");
        }
    }
    assert!(deep(format!("n{}", ".abs()".repeat(100_000))).is_err());
    assert!(deep("|x| ".repeat(100_000)).is_err());
    assert!(deep("(".repeat(100_000)).is_err());
    assert!(
        deep(format!("{}n", "\n".repeat(70_000))).is_err(),
        "more lines than rhai counts"
    );
    assert!(
        deep(format!("{}n", " ".repeat(70_000))).is_err(),
        "more columns than rhai counts"
    );
}

#[test]
fn nothing_panics() {
    let pieces = [
        "n", "a[", "]", "{", "}", "(", ")", "`", "${", "\"", "'", "|x|", "#{", ":", "=", "+=", ".", "fn f", "let x",
        ";", "é", "/*", "//", "1e", "0x", "..", "switch", "=>", "import", "throw", "\\", "\n",
    ];
    let mut seed = 1_u64;
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..12 {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            text.push_str(pieces[(seed >> 33) as usize % pieces.len()]);
            text.push(if seed & 1 == 0 { ' ' } else { '\u{a0}' });
            if text.ends_with('\u{a0}') {
                text.pop();
            }
        }
        if let Err(problems) = analyze(&text, TextKind::Fragment, &types) {
            for problem in problems {
                assert!(text.get(problem.offset..problem.end).is_some(), "{text:?}: {problem:?}");
            }
        }
    }
}

#[test]
fn constants_of_includes() {
    let includes = [
        "const A = 2 * N; fn twice(x) { x * global::A }",
        "import \"lib\" as lib;\nconst B = twice(A) + lib::one(); const C = [A, #{k: 'x'}];",
    ];
    let globals = [("N".to_string(), Const::Integer(5))];
    let scripts = [("lib".to_string(), "fn one() { 1 }".to_string())];
    let constants = include_constants(&includes, &globals, &scripts).unwrap();
    let map = Const::Map(vec![("k".into(), Const::Character('x'))]);
    assert_eq!(
        constants,
        [
            ("A".into(), Const::Integer(10)),
            ("B".into(), Const::Integer(101)),
            ("C".into(), Const::Array(vec![Const::Integer(10), map])),
        ]
    );
    let (include, problem) = include_constants(&["const A = 1;", "\n const B = 1 / 0;"], &[], &[]).unwrap_err();
    assert_eq!((include, problem.message.as_str()), (1, "division by zero: 1 / 0"));
    assert_eq!(problem.offset, "\n const B = 1 ".len());
    let (_, problem) = include_constants(&["const A = { loop { } };"], &[], &[]).unwrap_err();
    assert!(problem.message.contains("too long"), "{}", problem.message);
    let endless = || include_constants(&["fn f(n) { 1 + f(n) } const A = f(1);"], &[], &[]);
    let thread = std::thread::Builder::new().stack_size(hydra_stdlib::limits::THREAD_STACK_BYTES);
    let (_, problem) = thread.spawn(endless).unwrap().join().unwrap().unwrap_err();
    assert!(problem.message.contains("too deep"), "{}", problem.message);
    let (_, problem) = include_constants(
        &["import \"a\" as a;"],
        &[],
        &[("a".into(), "import \"a\" as b;".into())],
    )
    .unwrap_err();
    assert!(problem.message.contains("imports itself"), "{}", problem.message);
}
