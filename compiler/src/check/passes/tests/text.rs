//! Programs as they are written. What is found is told as `LINE CODE` with the lines of the notes.

use crate::check::{check, tree::*};
use crate::load::{File, Loaded};
use crate::{Options, syntax::parse};
use hydra_bytecode::{Source, Span, report::Report};

fn checked(source: &'static str) -> (Option<CheckedProgram>, Vec<Report>, Vec<Source>) {
    let (program, reports) = parse(0, source);
    assert!(reports.is_empty(), "{reports:?}");
    let sources = vec![Source {
        path: "main.csp".into(),
        text: source.into(),
    }];
    let files = vec![File {
        program,
        imports: Vec::new(),
        standard: false,
    }];
    let loaded = Loaded {
        sources,
        files,
        ..Loaded::default()
    };
    let checked = check(&loaded, &Options::default());
    (checked.program, checked.reports, loaded.sources)
}

/// What this part of the check says of a program.
fn found(source: &'static str) -> Vec<String> {
    let (_, reports, sources) = checked(source);
    let line = |span: Option<Span>| span.map_or(0, |span| sources[span.file as usize].line_column(span.start).0);
    let ours = |report: &&Report| {
        assert!(
            !report.is_error() || matches!(&report.code[..3], "H05" | "H06"),
            "{report:?}"
        );
        matches!(&report.code[..3], "H05" | "H06") || report.code == "H0906"
    };
    let tell = |report: &Report| {
        let mut text = format!("{} {}", line(report.span), report.code);
        report
            .notes
            .iter()
            .for_each(|note| text += &format!(" {}", line(note.span)));
        text
    };
    reports.iter().filter(ours).map(tell).collect()
}

/// The text of the first report.
fn said(source: &'static str) -> String {
    let (_, reports, _) = checked(source);
    let report = reports
        .iter()
        .find(|report| matches!(&report.code[..3], "H05" | "H06") || report.code == "H0906");
    let report = report.expect("a report");
    let notes: Vec<&str> = report.notes.iter().map(|note| note.text.as_str()).collect();
    format!(
        "{}\n{}\n{}",
        report.message,
        notes.join("\n"),
        report.help.clone().unwrap_or_default()
    )
}

const NOTHING: [&str; 0] = [];

#[test]
fn one_assigns_and_another_mentions() {
    assert_eq!(
        found("x, y : integer;\n[[ x := 1 ||\n y := x ]]; {print(x + y)}"),
        ["2 H0501 3"]
    );
    assert_eq!(found("x, y : integer;\n[[ x := 1 ||\n x := 2 ]]"), ["2 H0501 3"]);
    assert_eq!(
        found("x, y, n : integer := 1;\n[[ x := n || y := n ]]; {print(x + y)}"),
        NOTHING
    );
    assert_eq!(
        found("x, y : integer;\n[[ x := 1; y := x || [[ x : integer; x := 2 || skip ]] ]]"),
        NOTHING
    );
}

#[test]
fn fragments_count() {
    assert_eq!(found("x : integer;\n[[ {x += 1} ||\n {print(x)} ]]"), ["2 H0501 3"]);
    assert_eq!(
        found("a : (1..3) integer;\n[[ {a[1] += 1} || {a[2] = a[3]} ]]"),
        NOTHING
    );
    assert_eq!(
        found("a : (1..3) integer;\n[[ {a[1] += 1} ||\n {print(a)} ]]"),
        ["2 H0501 3"]
    );
    assert_eq!(found("v : any;\n[[ {v.push(1)} ||\n {print(v)} ]]"), ["2 H0501 3"]);
    assert_eq!(
        found("x : integer;\n[[ {print(x)} || {let x = 1; x += 1; print(x)} ]]"),
        NOTHING
    );
    assert_eq!(
        found("x, y : integer;\n[[ x := 1; y := 1 || skip ]];\n{x = y}"),
        NOTHING
    );
}

#[test]
fn targets_of_inputs_count() {
    let program = "n : integer;\n[[ a :: b ! 1 || b ::\n a ? n || c :: {print(\n n)} ]]";
    assert_eq!(found(program), ["3 H0501 4"]);
    let program = "n : integer;\n[[ a :: b ! p(1) || b :: *[\n a ? p(n) -> skip ] || c ::\n {print(n)} ]]";
    assert_eq!(found(program), ["3 H0501 4"]);
}

#[test]
fn subscripts_conditions_and_bounds_count_as_mentions() {
    assert_eq!(
        found("i : integer := 1; a : (1..3) integer;\n[[ i := 2 ||\n a(i) := 1 ]]"),
        ["2 H0501 3"]
    );
    assert_eq!(
        found("i : integer := 1;\n[[ i := 2 ||\n *[ i < 2 -> skip ] ]]"),
        ["2 H0501 3"]
    );
    assert_eq!(
        found("i : integer := 1;\n[[ i := 2 ||\n b : (1..i) integer; {print(b)} ]]"),
        ["2 H0501 3"]
    );
    assert_eq!(
        found("i : integer := 1;\n[[ i := 2 ||\n *(k:1..i)[ {print(k)} ] ]]"),
        ["2 H0501 3"]
    );
    assert_eq!(found("i : integer := 1;\n[[ i := 2 ||\n after i ]]"), ["2 H0501 3"]);
}

#[test]
fn bounds_in_labels_are_read_before_the_start() {
    assert_eq!(
        found("n : integer := 3;\n[[ X(i:1..n) :: {print(i)} || n := 4 ]]; {print(n)}"),
        NOTHING
    );
    // but those of a nested command are read while the others run
    assert_eq!(
        found("n : integer := 3;\n[[ n := 4 ||\n [[ X(i:1..n) :: {print(i)} ]] ]]"),
        ["2 H0501 3"]
    );
}

#[test]
fn families() {
    let assigns = |text: &'static str| found(text);
    assert_eq!(
        assigns("a : (0..3) integer;\n[[ X(i:1..3) :: a(i) := i ]]; {print(a)}"),
        NOTHING
    );
    assert_eq!(
        assigns("a : (0..3) integer;\n[[ X(i:1..3) :: {a[i] += i} ]]; {print(a)}"),
        NOTHING
    );
    assert_eq!(
        assigns("a : (0..3) integer;\n[[ X(i:1..3) :: a(i) := a(\ni) ]]; {print(a)}"),
        NOTHING
    );
    assert_eq!(
        assigns("a : (0..3) integer;\n[[ X(i:1..3) :: a(i) :=\n a(i - 1) ]]; {print(a)}"),
        ["2 H0502 3"]
    );
    assert_eq!(
        assigns("a : (0..3) integer;\n[[ X(i:1..3) :: a(i) := 1;\n {print(a)} ]]"),
        ["2 H0502 3"]
    );
    assert_eq!(
        assigns("x : integer;\n[[ X(i:1..3) ::\n x := i ]]; {print(x)}"),
        ["3 H0502 2"]
    );
    assert_eq!(assigns("x : integer;\n[[ X(i:2..2) :: x := i ]]; {print(x)}"), NOTHING);
    assert_eq!(assigns("x : integer;\n[[ X(i:3..2) :: x := i ]]; {print(x)}"), NOTHING);
    assert_eq!(
        assigns("m : (1..3, 1..3) integer;\n[[ X(i:1..3) :: *(k:1..3)[ m(k, i) := k ] ]]; {print(m)}"),
        NOTHING
    );
    let two = "m : (1..3, 1..3) integer;\n[[ X(i:1..3, j:1..3) ::\n m(i, 1) := j ]]; {print(m)}";
    assert_eq!(assigns(two), ["3 H0502 2"]);
    assert_eq!(
        assigns("m : (1..3, 1..3) integer;\n[[ X(i:1..3, j:1..3) :: m(j, i) := j ]]; {print(m)}"),
        NOTHING
    );
    // a counter of the same name is another variable
    let counter = "a : (1..3) integer;\n[[ X(i:1..3) :: *(i:1..3)[\n a(i) := i ] ]]; {print(a)}";
    assert_eq!(assigns(counter), ["3 H0502 2"]);
}

#[test]
fn labels_of_enclosers_are_known_at_every_level() {
    let nested = "m : (1..3, 1..3) integer; a : (1..3) integer;\n\
        [[ X(i:1..3) :: [[ a(i) := 1 || Y(j:1..3) :: m(i, j) := j ]] ]]; {print(m); print(a)}";
    assert_eq!(found(nested), NOTHING);
    let shared = "m : (1..3, 1..3) integer;\n[[ X(i:1..3) :: [[ Y(j:1..3) ::\n m(i, 1) := j ]] ]]; {print(m)}";
    assert_eq!(found(shared), ["3 H0502 2"]);
    let deep = "t : (1..2, 1..2, 1..2) integer;\n\
        [[ X(i:1..2) :: [[ Y(j:1..2) :: [[ Z(k:1..2) :: t(i, j, k) := i + j + k ]] ]] ]]; {print(t)}";
    assert_eq!(found(deep), NOTHING);
}

#[test]
fn elements_apart() {
    assert_eq!(
        found("a : (0..9) integer;\n[[ a(1) := 1; a(2) := 2 || a(3) := a(4) ]]; {print(a)}"),
        NOTHING
    );
    assert_eq!(
        found("a : (0..9) integer;\n[[ a(1) := 1 ||\n a(2) := a(1) ]]; {print(a)}"),
        ["2 H0501 3"]
    );
    assert_eq!(
        found("a : (0..9) integer;\n[[ X(i:1..4) :: a(i) := 1 || Y(i:5..8) :: a(i) := 1 ]]; {print(a)}"),
        NOTHING
    );
    let clash = "a : (0..9) integer;\n[[ X(i:1..5) :: a(i) := 1 || Y(i:5..8) ::\n a(i) := 1 ]]; {print(a)}";
    assert_eq!(found(clash), ["2 H0501 3"]);
    let counted =
        "a : (0..9) integer;\n[[ *(k:1..3)[ a(k) := 1 ] || *(k:4..6)[ a(k) := 1 ] || a(0) := 1 ]]; {print(a)}";
    assert_eq!(found(counted), NOTHING);
    let rows = "m : (1..2, 1..2) integer;\n[[ m(1) := {[1, 2]} || m(2, 1) := 1 ]]; {print(m)}";
    assert_eq!(found(rows), NOTHING);
    let unknown = "a : (0..9) integer; n : integer := 3;\n[[ a(n) := 1 ||\n a(4) := 1 ]]; {print(a)}";
    assert_eq!(found(unknown), ["2 H0501 3"]);
    let constants =
        "const N = 4; a : (0..9) integer;\n[[ X(i:1..N) :: a(i) := 1 || a(N + 1) := 1 || a(0) := 0 ]]; {print(a)}";
    assert_eq!(found(constants), NOTHING);
    let dimensions =
        "m : (1..2, 1..4) integer;\n[[ *(k:1..2)[ m(k, 1) := 1 ] || *(k:1..2)[ m(k, 2) := 1 ] ]]; {print(m)}";
    assert_eq!(found(dimensions), NOTHING);
}

/// The modes of variable `name` in the processes of the last parallel command, and in those within them.
fn modes(source: &'static str, name: &str) -> Vec<CaptureMode> {
    fn collect(body: &[Command], name: &str, modes: &mut Vec<CaptureMode>) {
        for command in body {
            match &command.kind {
                CommandKind::Parallel(parallel) => {
                    for process in &parallel.processes {
                        for var in process.routine.vars.iter().filter(|var| var.name == name) {
                            if let VarKind::Captured { mode, .. } = &var.kind {
                                assert!(var.assigned || matches!(mode, CaptureMode::Whole), "{mode:?}");
                                modes.push(mode.clone());
                            }
                        }
                        collect(&process.routine.body, name, modes);
                    }
                }
                CommandKind::Count(_, body) => collect(body, name, modes),
                _ => {}
            }
        }
    }
    let (program, reports, _) = checked(source);
    assert!(!reports.iter().any(Report::is_error), "{reports:?}");
    let mut all = Vec::new();
    collect(&program.expect("a program").main.body, name, &mut all);
    all
}

#[test]
fn capture_modes() {
    use CaptureMode::{Changed, Part, Slice, Whole};
    use Subscript::{Constant, Label};
    let a = "a : (1..3) integer;\n[[ X(i:1..3) :: a(i) := 1; {a[i] += 1} ]]; {print(a)}";
    assert_eq!(modes(a, "a"), [Part(vec![Label(0)])]);
    let row = "m : (1..3, 1..3) integer;\n[[ X(i:1..3) :: *(k:1..3)[ m(i, k) := k ] ]]; {print(m)}";
    assert_eq!(modes(row, "m"), [Part(vec![Label(0)])]);
    let column = "m : (1..3, 1..3) integer;\n[[ X(i:1..3) :: *(k:1..3)[ m(k, i) := k ] ]]; {print(m)}";
    assert_eq!(modes(column, "m"), [Slice(vec![None, Some(Label(0))])]);
    let read = "a : (1..3) integer; b : (1..3) integer;\n[[ X(i:1..3) :: b(i) := a(i) ]]; {print(b)}";
    assert_eq!(modes(read, "a"), [Whole]);
    let one = "a : (1..3) integer;\n[[ *(k:1..3)[ a(k) := k ] || skip ]]; {print(a)}";
    assert_eq!(modes(one, "a"), [Whole]);
    let two = "a : (1..6) integer;\n[[ *(k:1..3)[ a(k) := k ] || *(k:4..6)[ a(k) := k ] ]]; {print(a)}";
    assert_eq!(modes(two, "a"), [Changed, Changed]);
    let reads_another = "a : (1..6) integer;\n[[ a(2) := a(1) || a(3) := 5 ]]; {print(a)}";
    assert_eq!(
        modes(reads_another, "a"),
        [Slice(vec![Some(Constant(2))]), Part(vec![Constant(3)])]
    );
    // a range variable of the encloser does not change while its parallel command runs
    let counted = "a : (1..3) integer;\n*(k:1..3)[ [[ a(k) := k || skip ]] ]; {print(a)}";
    assert!(matches!(&modes(counted, "a")[..], [Part(subs)] if matches!(subs[..], [Subscript::Outer(_)])));
    let between = "t : (1..2, 1..2, 1..2) integer;\n\
        [[ X(i:1..2, j:1..2) :: *(k:1..2)[ t(i, k, j) := k ] ]]; {print(t)}";
    assert_eq!(modes(between, "t"), [Slice(vec![Some(Label(0)), None, Some(Label(1))])]);
}

#[test]
fn nested_parts_extend_those_of_their_enclosers() {
    use CaptureMode::{Changed, Part};
    use Subscript::{Constant, Label, Outer};
    let mixed = "m : (1..3, 1..3) integer;\n\
        [[ X(i:1..3) :: [[ m(i, 1) := 1; m(i, 2) := 2 || m(i, 3) := 3 ]] ]]; {print(m)}";
    let modes = modes(mixed, "m");
    let [Part(outer), Changed, Part(second)] = &modes[..] else {
        panic!("{modes:?}")
    };
    assert_eq!(outer[..], [Label(0)]);
    assert!(matches!(second[..], [Outer(_), Constant(3)]), "{second:?}");
}

#[test]
fn outputs_that_nobody_takes() {
    assert_eq!(found("[[ a :: b ! 1 || b :: n : integer; a ? n ]]"), NOTHING);
    assert_eq!(found("[[ a ::\n b ! 1 ||\n b :: skip ]]"), ["2 H0601 3"]);
    let other = "[[ a ::\n b ! 1 || b ::\n n : integer; c ? n || c :: b ! 2 ]]";
    assert_eq!(found(other), ["2 H0601 2"]);
    assert!(
        said(other).contains("`b` never inputs anything from `a`"),
        "{}",
        said(other)
    );
    let shape = "[[ a ::\n b ! remove(1); b ! insert(1) || b :: n : integer; *[\n a ? insert(n) -> skip ] ]]";
    assert_eq!(found(shape), ["2 H0601 3"]);
    assert!(
        said(shape).contains("`b` never inputs `remove(integer)` from `a`"),
        "{}",
        said(shape)
    );
    let real = "[[ a ::\n b ! 1 || b :: x : real;\n a ? x ]]";
    assert_eq!(found(real), ["2 H0601 3"]);
    assert!(said(real).contains("x * 1.0"), "{}", said(real));
    assert_eq!(
        found("[[ a :: b ! {1 + 1} || b :: v : any; a ? v; {print(v)} ]]"),
        NOTHING
    );
    assert_eq!(
        found("[[ a :: v : any := 3; b ! v || b :: n : integer; a ? n; {print(n)} ]]"),
        NOTHING
    );
    assert_eq!(found("[[ a :: b ! p(1, 2) || b :: a ? p(_, _) ]]"), NOTHING);
    assert_eq!(
        found("[[ a ::\n b ! p(1, 2) || b :: n : integer;\n a ? p(n) ]]"),
        ["2 H0601 3"]
    );
}

#[test]
fn inputs_that_nothing_meets() {
    assert_eq!(found("[[ a :: n : integer;\n b ? n ||\n b :: skip ]]"), ["2 H0602 3"]);
    assert_eq!(
        found("[[ a ::\n *[ b ? never() -> skip ] ||\n b :: skip ]]"),
        ["2 H0906 3"]
    );
    assert_eq!(
        found("[[ a :: n : integer; *[ b ? n -> skip ] || b :: a ! 1 ]]"),
        NOTHING
    );
}

#[test]
fn processes_without_a_label_cannot_be_answered() {
    assert_eq!(
        found("[[\n b ! 1 || b :: n : integer; after 1; {print(n)} ]]"),
        ["2 H0601 2"]
    );
    assert_eq!(
        found("[[ x :: [[ b ! 1 || skip ]] || b :: n : integer; x ? n ]]"),
        NOTHING
    );
}

#[test]
fn arrays_agree_by_elements_and_dimensions() {
    assert_eq!(
        found("[[ a :: r : (1..3) real; b ! r || b :: s : (0..2) real; a ? s ]]"),
        NOTHING
    );
    let elements = "[[ a :: r : (1..3) real;\n b ! r || b :: s : (1..3) integer;\n a ? s ]]";
    assert_eq!(found(elements), ["2 H0601 3"]);
    let dimensions = "[[ a :: r : (1..3, 1..3) real;\n b ! r || b :: s : (1..3) real;\n a ? s ]]";
    assert_eq!(found(dimensions), ["2 H0601 3"]);
    assert_eq!(
        found("[[ a :: r : (1..3, 1..3) real; b ! r(1) || b :: s : (1..3) real; a ? s ]]"),
        NOTHING
    );
    assert_eq!(
        found("[[ a :: r : (1..3) any; b ! r || b :: s : (1..3) real; a ? s ]]"),
        NOTHING
    );
}

#[test]
fn members_of_families() {
    let chain = "[[ S(0) :: S(1) ! 1 || S(i:1..3) :: n : integer; S(i - 1) ? n; S(i + 1) ! n \
        || S(4) :: n : integer; S(3) ? n ]]";
    assert_eq!(found(chain), NOTHING);
    let wrong = "[[ S(0) ::\n S(1) ! 1 || S(1) :: n : integer;\n S(2) ? n || S(2) :: S(1) ! 2 ]]";
    assert_eq!(found(wrong), ["2 H0601 2"]);
    let from_one = "[[ W(i:1..3) ::\n b ! i || b :: n : integer; W(2) ? n ]]";
    assert_eq!(found(from_one), NOTHING);
    let from_none = "[[ W(i:1..3) ::\n b ! i || b :: n : integer; V ? n || V :: b ! 1 ]]";
    assert_eq!(found(from_none), ["2 H0601 2"]);
}

#[test]
fn in_whose_name() {
    assert_eq!(
        found("[[ X :: [[ a :: Y ! 1 || b :: Y ! 2 ]] || Y :: n : integer; X ? n; X ? n ]]"),
        NOTHING
    );
    let inner = "[[ X :: [[ a ::\n Y ! 1 || b :: skip ]] || Y :: n : integer; after 1; Z ? n || Z :: Y ! 1 ]]";
    assert_eq!(found(inner), ["2 H0601 2"]);
    let hidden = "[[ Y :: skip || X :: [[ a :: Y ! 1 || Y :: n : integer; a ? n ]] ]]";
    assert_eq!(found(hidden), NOTHING);
}

#[test]
fn instances() {
    let send = "process SEND(to : process) ::\n to ! 1;\n to ! stop()\nend\n";
    let both = "process SEND(to : process) ::\n to ! 1;\n to ! stop()\nend\n\
        [[ a :: SEND(b) || b :: n : integer; *[ a ? n -> skip [] a ? stop() -> skip ] ]]";
    assert_eq!(found(both), NOTHING, "{send}");
    let one = "process SEND(to : process) ::\n to ! 1;\n to ! stop()\nend\n\
        [[ a :: SEND(b)\n || b :: n : integer; *[\n a ? n -> skip ] ]]";
    assert_eq!(found(one), ["3 H0601 7 5"]);
    // a place is at fault only if no instance has a partner
    let two = "process SEND(to : process) ::\n to ! 1;\n to ! stop()\nend\n\
        [[ a :: SEND(b) || b :: n : integer; *[ a ? n -> skip ] \
        || c :: SEND(d) || d :: n : integer; *[ c ? n -> skip [] c ? stop() -> skip ] ]]";
    assert_eq!(found(two), NOTHING);
    let host =
        "extern out;\nprocess SEND(to : process) :: to ! 1 end\n[[ a :: SEND(out) || b :: SEND(c) || c :: skip ]]";
    assert_eq!(found(host), NOTHING);
    let handed_on = "process ONE(to : process) ::\n to ! 1 end\nprocess TWO(to : process) :: ONE(to) end\n\
        [[ a :: TWO(b) ||\n b :: skip ]]";
    assert_eq!(found(handed_on), ["2 H0601 5 4"]);
    let whole = "process ALL(client : (1..3) process) :: *(i:1..3)[ client(i) ! i ] end\n\
        [[ s :: ALL(c) || c(i:1..3) :: n : integer; s ? n ]]";
    assert_eq!(found(whole), NOTHING);
    let unused = "process SEND(to : process) :: to ! 1 end\nskip";
    assert_eq!(found(unused), NOTHING);
    let within = "process PAIR() :: [[ a ::\n b ! 1 ||\n b :: skip ]] end\nPAIR()";
    assert_eq!(found(within), ["2 H0601 3"]);
    let recursion = "process DOWN(n : integer; from, to : process) :: m : integer; from ? m;\n\
        [ n = 0 -> to ! m [] n > 0 -> [[ here :: there ! m + n || there :: DOWN(n - 1, here, to) ]] ] end\n\
        [[ start :: top ! 0 || top :: DOWN(600, start, last) || last :: n : integer; top ? n; {print(n)} ]]";
    assert_eq!(found(recursion), NOTHING);
}

#[test]
fn advice_depends_on_what_is_unknown() {
    let unknown = said("a : (0..9) integer; n : integer := 3;\n[[ a(n) := 1 || a(4) := 1 ]]; {print(a)}");
    assert!(unknown.contains("constant bounds"), "{unknown}");
    let known = said("a : (0..9) integer;\n[[ a(4) := 1 || a(4) := 1 ]]; {print(a)}");
    assert!(known.contains("share no variables"), "{known}");
}
