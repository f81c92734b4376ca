//! Programs in, trees and reports out.

use super::*;
use hydra_bytecode::Source;

/// `LINE:COLUMN code message` of each report.
fn errors(text: &str) -> Vec<String> {
    let source = Source {
        path: String::new(),
        text: text.to_string(),
    };
    let reports = parse(0, text).1;
    let place = |r: &Report| r.span.map_or((0, 0), |s| source.line_column(s.start));
    reports
        .iter()
        .map(|r| format!("{}:{} {} {}", place(r).0, place(r).1, r.code, r.message))
        .collect()
}

fn tree(text: &str) -> String {
    assert_eq!(errors(text), [""; 0], "{text}");
    print::listing(&parse(0, text).0, text)
}

fn places(text: &str) -> Vec<String> {
    errors(text)
        .iter()
        .map(|e| e.split(' ').take(2).collect::<Vec<_>>().join(" "))
        .collect()
}

#[test]
fn a_missing_expression() {
    let text = "x : integer;\nx := ;\nskip";
    assert_eq!(errors(text), ["2:6 H0101 an expression expected after `:=`, found `;`"]);
}

#[test]
fn several_errors_and_none_that_follows() {
    assert_eq!(
        places("x := ;\ny := 1 2;\nz := 3;\n[ a -> b := ] ; c ! ;\nd ? 1"),
        ["1:6 H0101", "2:8 H0101", "4:13 H0101", "4:21 H0101", "5:5 H0107"]
    );
    assert_eq!(
        places("[[ a :: x := ( || b :: y := ) || c :: z := 1 2 ]]; w := ;"),
        ["1:16 H0101", "1:29 H0101", "1:46 H0101", "1:57 H0101"]
    );
    assert_eq!(
        places("*[ x = -> skip [] y ! 1 -> skip [] (i:1..) a -> z := []  else -> w := ]; q :="),
        [
            "1:8 H0101",
            "1:21 H0101",
            "1:42 H0101",
            "1:54 H0101",
            "1:71 H0101",
            "1:78 H0101"
        ]
    );
    assert_eq!(
        places("const A = ; const B : 1; process P(x integer) :: y := ; skip end process Q() :: z := end w := "),
        ["1:11 H0101", "1:21 H0101", "1:38 H0101", "1:86 H0101", "1:94 H0101"]
    );
}

#[test]
fn brackets_that_do_not_match() {
    assert_eq!(
        places("x := 1;\n[[ a :: y := 1 || b :: z := 2;\n w := 3"),
        ["3:8 H0101"]
    );
    assert_eq!(places("x := f(1;\ny := 2"), ["1:9 H0101"]);
    assert_eq!(places("x := 1 ];\ny := 2"), ["1:8 H0101"]);
    assert_eq!(
        places("process P() :: [ a -> b := 1 end\nx := ;"),
        ["1:30 H0101", "2:6 H0101"]
    );
    let (_, reports) = parse(0, "[ a -> b := 1; c := 2");
    assert_eq!(reports[0].notes[0].text, "`[` opened here");
    let (_, reports) = parse(0, "x := (1 + 2; y := 3");
    assert_eq!(reports[0].message, "`,` or `)` expected after `2`, found `;`");
    assert_eq!(reports[0].notes[0].text, "`(` opened here");
}

#[test]
fn what_the_lexer_reports_is_reported_once() {
    assert_eq!(
        places("x := §; y := 1 & 2; z := 99999999999999999999; { a\n b"),
        ["1:6 H0102", "1:16 H0102", "1:26 H0105", "1:48 H0103"]
    );
    assert_eq!(places("x := \"abc;\ny := ;"), ["1:6 H0103", "2:6 H0101"]);
    assert_eq!(
        places("{ print(\"abc) };\ny := ;\n{ 'x };\n z := ;"),
        ["1:9 H0103", "2:6 H0101", "3:3 H0103", "4:7 H0101"]
    );
}

#[test]
fn comparisons_do_not_chain() {
    assert_eq!(errors("[ 1 < x < 3 -> skip ]"), ["1:9 H0106 comparisons do not chain"]);
    assert_eq!(
        places("b := 1 = 2 = 3 = 4; c := (1 < 2) = true; d := 1 < 2 and 2 < 3"),
        ["1:12 H0106"]
    );
    let (_, reports) = parse(0, "[ 1 < x < 3 -> skip ]");
    assert_eq!(reports[0].help.as_deref(), Some("write `1 < x and x < 3`"));
}

#[test]
fn not_before_a_comparison_gets_a_hint() {
    assert_eq!(
        places("b := not x = y; c := (not x) = y; d := not (x = y); e := not x and y = z"),
        ["1:6 H0910"]
    );
    assert!(!parse(0, "b := not x = y").1[0].is_error());
}

#[test]
fn targets() {
    for good in [
        "x := 1",
        "a(i, j + 1) := 1",
        "(x, y) := (y, x)",
        "p(_, (x, _)) := v",
        "_ := 1",
        "((x)) := 1",
        "(_) := 1",
        "V() := x",
        "X ? _",
        "X ? (a, p(_))",
        "[ X ? _ -> skip ]",
    ] {
        assert_eq!(errors(good), [""; 0], "{good}");
    }
    for bad in [
        "1 := x",
        "a + b := 2",
        "{x} := 1",
        "() := 1",
        "(x, 1) := y",
        "not x := 1",
        "X ? ()",
        "X ? a = b",
        "\"s\" := x",
        "true := x",
        "(a, ()) := x",
        "[ X ? 1 -> skip ]",
    ] {
        assert_eq!(errors(bad).len(), 1, "{bad}");
        assert!(errors(bad)[0].contains("H0107"), "{bad}");
    }
    assert_eq!(places("x := _"), ["1:6 H0107"]);
    assert_eq!(places("(_, x) := (_, 1)"), ["1:12 H0107"]);
    assert_eq!(
        places("P(_); Y ! _; [ _ -> skip ]; a(_ + 1) := 2"),
        ["1:3 H0107", "1:11 H0107", "1:16 H0107", "1:31 H0107"]
    );
}

#[test]
fn else_is_last_and_once() {
    assert_eq!(
        errors("[ else -> skip [] a -> skip ]"),
        ["1:3 H0108 `else` must come last"]
    );
    assert_eq!(
        errors("[ a -> skip [] else -> skip [] else -> skip ]"),
        ["1:32 H0108 `else` stands here a second time"]
    );
    assert_eq!(errors("[ a -> skip [] else -> skip ]"), [""; 0]);
}

#[test]
fn guards_end_with_what_can_be_ready() {
    assert_eq!(
        places("[ X ? a; b -> skip [] after 1; c -> skip [] d : integer -> skip ]"),
        ["1:3 H0110", "1:23 H0110", "1:45 H0110"]
    );
    assert_eq!(
        errors("[ d : integer; d = 0; e : real := 1.0; X ? d -> skip ]"),
        [""; 0]
    );
}

#[test]
fn commands_that_are_none() {
    assert_eq!(
        places("x = 1; x; 1 + 2; (P(x)); P(x); {x}; ({x})"),
        ["1:1 H0111", "1:8 H0111", "1:11 H0111", "1:18 H0111", "1:37 H0111"]
    );
}

#[test]
fn help_for_what_other_languages_write() {
    let help = |text| {
        parse(0, text)
            .1
            .first()
            .and_then(|r| r.help.clone())
            .unwrap_or_default()
    };
    assert!(help("x := 1; // note").contains("`--`"));
    assert!(help("x = 1").contains(":="));
    assert!(help("x : integer = 1; skip").contains(":="));
    assert!(help("*(i:1..3)[]").contains("`[ ]`"));
    assert!(help("[ Y ! 1 -> skip ]").contains("output"));
    assert!(help("x : int; skip").contains("`integer`"));
    assert!(help("b := x && y").contains("`and`"));
    assert!(help("[ a :: skip || b :: skip ]").contains("[["));
    assert!(help("x := 1\ny := 2").contains("`;`"));
}

#[test]
fn precedence() {
    let flat = |text: &str| {
        tree(&format!("x := {text}"))
            .split_whitespace()
            .skip(3)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(flat("1 + 2 * 3 - 4"), "- + 1 * 2 3 4");
    assert_eq!(flat("(not a) = b and c or d"), "or and = not a b c d");
    assert_eq!(flat("-a * - -b % c"), "% * negate a negate negate b c");
    assert_eq!(flat("a < b + 1 and c >= d"), "and < a + b 1 >= c d");
    assert_eq!(flat("f(1, (2, 3), (4), ())"), "f(…) 1 (…) 2 3 4 (…)");
    assert_eq!(flat("a <> b or a != b or a == b"), "or or <> a b <> a b = a b");
}

#[test]
fn labels_and_ranges() {
    let text =
        "[[ a :: skip || X(0) :: skip || X(i:1..n, 0, j:1..2) :: skip || X(0, k:1..2, 3) :: skip || P(1) || skip ]]";
    let tree = tree(text);
    assert_eq!(tree.matches("process").count(), 6);
    assert_eq!(tree.matches("range").count(), 3);
    assert_eq!(tree.matches("instance P").count(), 1);
}

#[test]
fn items_and_types() {
    let text = "_include{ fn f() {} }; _include{}\nimport \"a.csp\"; const A = 1; param p : integer; param q : string = \"x\";\n\
        extern a, b(i:1..2, j:3..4);\nprocess P(a, b : integer; c : (1..a) (0..1, 2..3) real; d : process; e : (1..b) process; \
        f : at(integer, any)) :: skip end\nprocess Q() :: end;";
    let tree = tree(text);
    assert_eq!(tree.matches("formal").count(), 6);
    assert!(parse(0, text).0.body.is_empty());
    assert_eq!(
        places("param p : any; param q : (1..2) integer; skip"),
        ["1:11 H0112", "1:26 H0112"]
    );
}

#[test]
fn deep_nesting_is_an_error_and_never_a_crash() {
    let repeat =
        |open: &str, middle: &str, close: &str, n: usize| format!("{}{middle}{}", open.repeat(n), close.repeat(n));
    let programs = |n: usize| {
        [
            format!("x := {}", repeat("(", "1", ")", n)),
            format!("x := {}", repeat("f(", "1", ")", n)),
            format!("x := {}", repeat("- ", "1", "", n)),
            format!("x := {}", repeat("not ", "b", "", n)),
            format!("x := {}", repeat("1 + ", "1", "", n)),
            format!("x := {}", repeat("a and b or ", "1", "", n)),
            format!("x := {}", repeat("-(", "1", ")", n)),
            repeat("[ a -> ", "skip", " ]", n),
            repeat("*(i:1..2)[ ", "skip", " ]", n),
            repeat("[[ ", "skip", " ] ]", n),
            format!("x : {}; skip", repeat("(1..2) ", "integer", "", n)),
            format!("x : {}; skip", repeat("p(", "integer", ")", n)),
            format!("{}x := 1", "(".repeat(n)),
            format!("x := 1{}", ")".repeat(n)),
        ]
    };
    for program in &programs(300)[..12] {
        assert_eq!(errors(program), [""; 0]);
    }
    for program in programs(100_000) {
        let found = errors(&program);
        assert!(!found.is_empty() && found.len() < 3, "{found:?}");
    }
    // long, but not deep
    let long = "x := x + 1;\n".repeat(20_000);
    assert_eq!(errors(&long), [""; 0]);
    assert_eq!(errors(&format!("x := f({})", "a + 1, ".repeat(20_000) + "1")), [""; 0]);
    let fragment = format!("{}x{}", "{".repeat(100_000), "}".repeat(100_000));
    assert_eq!(errors(&fragment), [""; 0]);
}

#[test]
fn any_text_is_parsed_without_a_crash() {
    let words = [
        "x", "1", "2.5", "'c'", "\"s\"", "{f}", "skip", "after", "pri", "else", "and", "not", "integer", "any",
        "process", "end", "param", "const", "extern", "import", "_include", "_", ";", ",", ":", "::", ":=", "..", "->",
        "[]", "||", "[", "[[", "]", "(", ")", "?", "!", "+", "-", "*", "=", "<", "§", "\"", "{", "}", "'", "`", "\n",
        "é",
    ];
    let mut state = 12345u64;
    for _ in 0..3000 {
        let mut text = String::new();
        let length = state % 60;
        for _ in 0..length {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            text.push_str(words[(state >> 33) as usize % words.len()]);
            text.push(' ');
        }
        state = state.wrapping_add(7);
        let (program, reports) = parse(0, &text);
        print::listing(&program, &text);
        tokens(&text);
        assert!(reports.len() <= 2 * ERRORS_MAX + 60, "{text}");
    }
}
