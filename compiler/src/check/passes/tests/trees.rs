//! Trees made by hand.

use super::build::*;
use crate::check::{passes::run, tree::*};
use hydra_bytecode::report::Report;

const A: VarId = VarId(0);
const I: VarId = VarId(1);
const K: VarId = VarId(2);

fn program(main: Routine) -> CheckedProgram {
    CheckedProgram {
        main,
        ..CheckedProgram::default()
    }
}

/// Codes and lines of the reports, with the lines of their notes.
fn codes(reports: &[Report]) -> Vec<(&'static str, u32, Vec<u32>)> {
    let line = |report: &Report| {
        let notes = report
            .notes
            .iter()
            .filter_map(|note| note.span)
            .map(|span| span.start)
            .collect();
        (report.code, report.span.map_or(0, |span| span.start), notes)
    };
    reports.iter().map(line).collect()
}

/// The mode of variable `var` in the process at `path` through the parallel commands that end each body.
fn mode(routine: &Routine, path: &[usize], var: u32) -> CaptureMode {
    let (first, rest) = path.split_first().expect("a process");
    let Some(CommandKind::Parallel(parallel)) = routine.body.last().map(|command| &command.kind) else {
        panic!("a parallel command is wanted")
    };
    let inner = &parallel.processes[*first].routine;
    if !rest.is_empty() {
        return mode(inner, rest, var);
    }
    match &inner.vars[var as usize].kind {
        VarKind::Captured { mode, .. } => mode.clone(),
        other => panic!("{other:?}"),
    }
}

fn shared(kind: Type) -> Vec<(&'static str, Type, VarKind)> {
    vec![("a", kind, captured(0))]
}

fn main_with(kind: Type, processes: Vec<Process>) -> CheckedProgram {
    program(routine(
        &[("a", kind, VarKind::Local)],
        vec![parallel(&[("X", 1), ("Y", 1)], processes)],
    ))
}

#[test]
fn a_variable_of_two_processes() {
    let one = routine(&shared(Type::Integer), vec![set(A, int(1), 5)]);
    let other = |line| routine(&shared(Type::Integer), vec![set(A, var(A, line), line + 1)]);
    let mut bad = main_with(Type::Integer, vec![anonymous(one.clone()), anonymous(other(7))]);
    assert_eq!(codes(&run(&mut bad)), [("H0501", 5, vec![7])]);
    let mut good = main_with(Type::Integer, vec![anonymous(one)]);
    assert_eq!(codes(&run(&mut good)), []);
}

fn family(body: Vec<Command>) -> CheckedProgram {
    let vars = [
        ("a", array(2), captured(0)),
        ("i", Type::Integer, VarKind::Label(0)),
        ("k", Type::Integer, VarKind::Range),
    ];
    let processes = vec![process(0, &[(1, 3, Some(I))], 1, routine(&vars, body))];
    main_with(array(2), processes)
}

#[test]
fn a_family_assigns_elements_of_its_own() {
    let (i, k) = (|| var(I, 0), || var(K, 0));
    let mut element_of = family(vec![put(A, &[i(), int(2)], element(A, &[i(), int(2)], 3), 2)]);
    assert_eq!(codes(&run(&mut element_of)), []);
    let both = vec![Subscript::Label(0), Subscript::Constant(2)];
    assert_eq!(mode(&element_of.main, &[0], 0), CaptureMode::Part(both));
    let mut row = family(vec![count(K, 1, 3, vec![put(A, &[i(), k()], int(1), 2)])]);
    assert_eq!(codes(&run(&mut row)), []);
    assert_eq!(mode(&row.main, &[0], 0), CaptureMode::Part(vec![Subscript::Label(0)]));
    let mut column = family(vec![count(K, 1, 3, vec![put(A, &[k(), i()], int(1), 2)])]);
    assert_eq!(codes(&run(&mut column)), []);
    assert_eq!(
        mode(&column.main, &[0], 0),
        CaptureMode::Slice(vec![None, Some(Subscript::Label(0))])
    );
    let mut turned = family(vec![count(
        K,
        1,
        3,
        vec![put(A, &[i(), k()], element(A, &[k(), i()], 3), 2)],
    )]);
    assert_eq!(codes(&run(&mut turned)), [("H0502", 2, vec![3])]);
    let mut same = family(vec![put(A, &[int(1), int(1)], int(1), 2)]);
    assert_eq!(codes(&run(&mut same)), [("H0502", 2, vec![1])]);
}

#[test]
fn elements_that_differ_are_apart() {
    let vars = [("a", array(1), captured(0)), ("i", Type::Integer, VarKind::Label(0))];
    let all = process(
        0,
        &[(1, 3, Some(I))],
        1,
        routine(&vars, vec![put(A, &[var(I, 0)], int(1), 2)]),
    );
    let single = |n| anonymous(routine(&shared(array(1)), vec![put(A, &[int(n)], int(1), 3)]));
    let mut good = main_with(array(1), vec![all.clone(), single(0), single(4)]);
    assert_eq!(codes(&run(&mut good)), []);
    let mut bad = main_with(array(1), vec![all.clone(), single(0), single(3)]);
    assert_eq!(codes(&run(&mut bad)), [("H0501", 2, vec![3])]);
    let next = |low| {
        let body = vec![put(A, &[var(I, 0)], int(1), 4)];
        process(1, &[(low, 9, Some(I))], 1, routine(&vars, body))
    };
    assert_eq!(codes(&run(&mut main_with(array(1), vec![all.clone(), next(4)]))), []);
    assert_eq!(
        codes(&run(&mut main_with(array(1), vec![all, next(3)]))),
        [("H0501", 2, vec![4])]
    );
}

#[test]
fn nested_processes_keep_the_subscripts_of_their_enclosers() {
    // X(i:1..3) :: [[ a(i, 1) := 1 || Y(j:2..3) :: a(i, j) := 1 ]]
    let (x_i, j) = (VarId(1), VarId(2));
    let first = routine(
        &[("a", array(2), captured(0)), ("i", Type::Integer, captured(1))],
        vec![put(A, &[var(x_i, 0), int(1)], int(1), 2)],
    );
    let second = routine(
        &[
            ("a", array(2), captured(0)),
            ("i", Type::Integer, captured(1)),
            ("j", Type::Integer, VarKind::Label(0)),
        ],
        vec![put(A, &[var(x_i, 0), var(j, 0)], int(1), 3)],
    );
    let inner = parallel(
        &[("Y", 1)],
        vec![anonymous(first), process(0, &[(2, 3, Some(j))], 4, second)],
    );
    let mut nested = family(vec![inner]);
    assert_eq!(codes(&run(&mut nested)), []);
    let outer = || Subscript::Outer(I);
    assert_eq!(
        mode(&nested.main, &[0], 0),
        CaptureMode::Part(vec![Subscript::Label(0)])
    );
    assert_eq!(
        mode(&nested.main, &[0, 0], 0),
        CaptureMode::Part(vec![outer(), Subscript::Constant(1)])
    );
    assert_eq!(
        mode(&nested.main, &[0, 1], 0),
        CaptureMode::Part(vec![outer(), Subscript::Label(0)])
    );
}

#[test]
fn what_others_assign_is_not_handed_back() {
    let assigns = |elements: &[(i64, i64)]| {
        let put = |&(x, y): &(i64, i64)| put(A, &[int(x), int(y)], int(1), 2);
        anonymous(routine(&shared(array(2)), elements.iter().map(put).collect()))
    };
    let constant = Subscript::Constant;
    let mut rows = main_with(array(2), vec![assigns(&[(1, 1), (1, 2)]), assigns(&[(2, 1)])]);
    assert_eq!(codes(&run(&mut rows)), []);
    assert_eq!(mode(&rows.main, &[0], 0), CaptureMode::Part(vec![constant(1)]));
    let mut mixed = main_with(array(2), vec![assigns(&[(1, 1), (1, 2)]), assigns(&[(1, 3)])]);
    assert_eq!(codes(&run(&mut mixed)), []);
    assert_eq!(mode(&mixed.main, &[0], 0), CaptureMode::Changed);
    assert_eq!(
        mode(&mixed.main, &[1], 0),
        CaptureMode::Part(vec![constant(1), constant(3)])
    );
    let mut one = main_with(array(2), vec![assigns(&[(1, 1), (2, 2)])]);
    assert_eq!(codes(&run(&mut one)), []);
    assert_eq!(mode(&one.main, &[0], 0), CaptureMode::Whole);
}

const N: VarId = VarId(0);

fn own() -> [(&'static str, Type, VarKind); 1] {
    [("n", Type::Integer, VarKind::Local)]
}

fn talk(x: Vec<Command>, y: Vec<Command>) -> CheckedProgram {
    let processes = vec![
        process(0, &[], 1, routine(&own(), x)),
        process(1, &[], 2, routine(&own(), y)),
    ];
    program(routine(&[], vec![parallel(&[("X", 0), ("Y", 0)], processes)]))
}

#[test]
fn outputs_and_inputs_that_meet() {
    let to_y = || output(label(0, 1, &[]), int(1), 5);
    let from_x = || input(label(0, 0, &[]), N, 6);
    assert_eq!(codes(&run(&mut talk(vec![to_y()], vec![from_x()]))), []);
    assert_eq!(codes(&run(&mut talk(vec![to_y()], vec![]))), [("H0601", 5, vec![2])]);
    assert_eq!(codes(&run(&mut talk(vec![], vec![from_x()]))), [("H0602", 6, vec![1])]);
    let text = output(label(0, 1, &[]), some(Type::String), 5);
    assert_eq!(
        codes(&run(&mut talk(vec![text], vec![from_x()]))),
        [("H0601", 5, vec![6])]
    );
    let open = output(label(0, 1, &[]), some(Type::Any), 5);
    assert_eq!(codes(&run(&mut talk(vec![open], vec![from_x()]))), []);
    let join = guard(label(0, 0, &[]), Target::Struct("never".into(), vec![], at(6)), 6);
    let reports = run(&mut talk(vec![], vec![join]));
    assert_eq!(codes(&reports), [("H0906", 6, vec![1])]);
    assert!(!reports[0].is_error());
}

#[test]
fn nested_processes_speak_in_the_name_of_their_encloser() {
    let inner = routine(&[], vec![output(label(1, 1, &[]), int(1), 5)]);
    let x = vec![parallel(&[], vec![anonymous(inner.clone()), anonymous(inner)])];
    assert_eq!(
        codes(&run(&mut talk(x.clone(), vec![input(label(0, 0, &[]), N, 6)]))),
        []
    );
    assert_eq!(
        codes(&run(&mut talk(x, vec![]))),
        [("H0601", 5, vec![2]), ("H0601", 5, vec![2])][..1]
    );
}

#[test]
fn instances_count_as_what_their_definitions_say() {
    // process D(to : process) :: to ! 1; D(to) end
    let definition = Definition {
        name: "D".into(),
        formals: vec![Formal::Process(0)],
        outsides: Vec::new(),
        routine: Routine {
            names: vec![FormalName {
                name: "to".into(),
                dims: 0,
                captured: None,
            }],
            body: vec![
                output(formal(0), int(1), 8),
                instance(0, vec![Actual::Process(formal(0))], 9),
            ],
            ..Routine::default()
        },
        span: at(7),
    };
    let with = |y: Vec<Command>| {
        let mut program = talk(vec![instance(0, vec![Actual::Process(label(0, 1, &[]))], 5)], y);
        program.definitions = vec![definition.clone()];
        program
    };
    assert_eq!(codes(&run(&mut with(vec![input(label(0, 0, &[]), N, 6)]))), []);
    assert_eq!(codes(&run(&mut with(vec![]))), [("H0601", 8, vec![2, 5])]);
    let mut unused = with(vec![]);
    unused.main = Routine::default();
    assert_eq!(codes(&run(&mut unused)), []);
}

#[test]
fn known_subscripts_choose_the_member() {
    let member = |n: i64, body: Vec<Command>| process(0, &[(n, n, None)], n as u32, routine(&own(), body));
    let with = |subscript: Expr| {
        let boss = process(
            1,
            &[],
            3,
            routine(&own(), vec![output(label(0, 0, &[subscript]), int(1), 5)]),
        );
        let listening = member(1, vec![input(label(0, 1, &[]), N, 6)]);
        program(routine(
            &[],
            vec![parallel(
                &[("W", 1), ("B", 0)],
                vec![listening, member(2, vec![]), boss],
            )],
        ))
    };
    assert_eq!(codes(&run(&mut with(int(1)))), []);
    assert_eq!(codes(&run(&mut with(some(Type::Integer)))), []);
    assert_eq!(codes(&run(&mut with(int(2))))[0], ("H0601", 5, vec![2]));
}

#[test]
fn many_processes_take_no_longer_than_they_should() {
    // five thousand processes, each with an element of its own, that all talk to one
    let count = 5000;
    let mut processes = Vec::new();
    for n in 0..count {
        let body = vec![put(A, &[int(n)], int(1), 1), output(label(0, 1, &[]), int(n), 2)];
        processes.push(process(0, &[(n, n, None)], 1, routine(&shared(array(1)), body)));
    }
    let inputs = (0..count).map(|n| input(label(0, 0, &[int(n)]), N, 3)).collect();
    processes.push(process(1, &[], 1, routine(&own(), inputs)));
    assert_eq!(codes(&run(&mut main_with(array(1), processes))), []);
}
