//! Rules about who runs what, and whom it can name.

use crate::common::{DEFINITION, LABELLED, MAIN, instr, sample};
use crate::{accepted, at, change, refused};
use hydra_bytecode::*;

#[test]
fn routines_are_processes_or_definitions() {
    refused(
        |m| m.calls[0].routine = 0,
        &["call 0: it instantiates the main process"],
    );
    refused(
        |m| m.calls[0].routine = 1,
        &["parallel 0, process 0: routine 1 is a definition"],
    );
    refused(
        |m| m.parallels[0].processes[0].routine = 0,
        &["its routine is the main process"],
    );
    refused(
        |m| m.parallels[0].processes[0].routine = 2,
        &["process 1: routine 2 is process 0 of parallel 0 already"],
    );
    refused(
        |m| m.parallels[1].processes[0].routine = 4,
        &["parallel 1, process 0: routine 4 is a definition"],
    );
    refused(
        |m| m.routines[DEFINITION].code[1].op = Op::End,
        &["routine 4 `D`, instruction 1 (End)", "ends with Ret"],
    );
    refused(
        |m| m.routines[LABELLED].code[1].op = Op::Ret,
        &["routine 1 `X`, instruction 1 (Ret)", "ends with End"],
    );
    refused(
        |m| m.routines[MAIN].code.last_mut().unwrap().op = Op::Ret,
        &["(Ret)", "is a process"],
    );
    refused(
        |m| m.routines[LABELLED].args[1] = 1,
        &["it has arguments but is no definition"],
    );
    refused(
        |m| m.routines[DEFINITION].args[2] = 2,
        &["2 arguments do not fit its 1 name registers"],
    );
    refused(
        change(Op::Par, |i| i.d = 1),
        &["routine 2, instruction 0 (Par): parallel 1 belongs to routine 0 already"],
    );
    refused(change(Op::Par, |i| i.op = Op::Nop), &["parallel 0: no code starts it"]);
    refused(
        |m| {
            m.parallels[0].processes.pop();
            m.parallels[1].processes[0].routine = 2;
            m.routines.truncate(3);
            m.calls.clear();
            let pc = at(m, Op::Call);
            m.routines[MAIN].code[pc] = instr(Op::Nop, 0, 0, 0, 0);
        },
        &["routine 2: it is a process of a parallel command within itself"],
    );
    // A definition that nothing instantiates.
    accepted(|m| {
        m.calls.clear();
        let pc = at(m, Op::Call);
        m.routines[MAIN].code[pc] = instr(Op::Nop, 0, 0, 0, 0);
    });
    // A parallel command may be started at several places of one routine.
    accepted(change(Op::Nop, |i| i.op = Op::Par));
}

#[test]
fn ports() {
    let label = |depth, family| Target::Label { depth, family };
    refused(
        |m| m.ports[0].target = label(0, 0),
        &[
            "instruction",
            "its label is 0 processes further out, but 0 parallel commands are around it",
        ],
    );
    refused(
        |m| m.ports[5].target = label(0, 0),
        &["routine 4 `D`, instruction 0 (SendV): its label is 0 processes"],
    );
    refused(
        |m| m.ports[4].target = label(2, 0),
        &["routine 3 `Y`", "its label is 2 processes further out, but 2 parallel"],
    );
    refused(|m| m.ports[4].target = label(1, 1), &["parallel 0 has no family 1"]);
    refused(
        |m| m.ports[4].target = label(0, 0),
        &["port 4 has 1 subscripts, its target 0"],
    );
    refused(|m| m.ports[3].count = 2, &["port 3 has 2 subscripts, its target 1"]);
    refused(|m| m.ports[0].count = 1, &["port 0 has 1 subscripts, its target 0"]);
    refused(|m| m.ports[1].target = Target::Host(4), &["there is no extern 1"]);
    refused(
        |m| m.ports[1].target = Target::Host(u16::MAX),
        &["there is no extern 65532"],
    );
    refused(|m| m.ports[5].target = Target::Formal(1), &["there is no n1"]);
    refused(
        |m| m.ports[5].subscripts = 7,
        &["routine 4 `D`, port 5 `client`: subscripts: 2 registers from s7 on"],
    );
    refused(
        |m| m.ports[1].bounds = 39,
        &["(RecvV): port 1: bounds: 2 registers from s39 on"],
    );
    // Bounds of what is sent are not used.
    accepted(|m| m.ports[4].bounds = 1000);
    // Nor are the subscripts of a whole family.
    accepted(|m| {
        m.ports.push(Port {
            count: 0,
            ..m.ports[1].clone()
        });
        m.ports[6].cache = u16::MAX;
        let pc = at(m, Op::Family);
        m.routines[MAIN].code[pc].d = 6;
    });
}

#[test]
fn parallels() {
    refused(
        |m| m.parallels[0].processes[0].label.as_mut().unwrap().variables.push(0),
        &["routine 0 `main`, parallel 0: process 0: its label has 2 subscripts, its family 1"],
    );
    let label = |m: &mut Module, change: fn(&mut Label)| change(m.parallels[0].processes[0].label.as_mut().unwrap());
    refused(
        |m| label(m, |l| l.family = 1),
        &["parallel 0, process 0: there is no family 1"],
    );
    refused(
        |m| label(m, |l| l.bounds = 39),
        &["process 0: bounds of its label: 2 registers from s39"],
    );
    refused(
        |m| label(m, |l| l.variables[0] = 24),
        &["routine 1 `X`, process 0 of parallel 0: label: there is no s24"],
    );
    accepted(|m| label(m, |l| l.variables[0] = u16::MAX));

    let capture = |capture: Capture| move |m: &mut Module| m.parallels[0].processes[0].captures = vec![capture.clone()];
    let (s, r) = (Reg::S, Reg::R);
    refused(
        capture(Capture::Copy { from: s(1), to: r(1) }),
        &["capture 0: a copy from one bank to another"],
    );
    refused(
        capture(Capture::Copy { from: s(40), to: s(1) }),
        &["routine 0 `main`", "capture 0: there is no s40"],
    );
    refused(
        capture(Capture::Copy { from: s(1), to: s(24) }),
        &["routine 1 `X`", "capture 0: there is no s24"],
    );
    refused(
        capture(Capture::Take { from: 8, to: 0 }),
        &["capture 0: there is no r8"],
    );
    refused(
        capture(Capture::Take { from: 0, to: 4 }),
        &["capture 0: there is no r4"],
    );
    refused(
        capture(Capture::Name { from: 2, to: 0 }),
        &["capture 0: there is no n2"],
    );
    refused(
        capture(Capture::Name { from: 0, to: 1 }),
        &["capture 0: there is no n1"],
    );
    let part = |from, to, at: &[Fixed], bounds| {
        capture(Capture::Part {
            from,
            to,
            at: at.to_vec(),
            bounds,
        })
    };
    let one = [Fixed::Constant(1)];
    accepted(part(7, r(3), &one, 2));
    refused(part(8, r(3), &one, 2), &["capture 0: there is no r8"]);
    refused(part(7, r(4), &one, 2), &["routine 1 `X`", "capture 0: there is no r4"]);
    refused(
        part(7, r(3), &[], 2),
        &["capture 0: 0 subscripts, where 1 to 255 can be"],
    );
    refused(part(7, r(3), &one, 39), &["capture 0: bounds: 2 registers from s39"]);
    refused(part(7, r(3), &[Fixed::Parent(40)], 2), &["capture 0: there is no s40"]);
    refused(
        part(7, r(3), &[Fixed::Label(1)], 2),
        &["capture 0: there is no subscript of its label 1"],
    );
    refused(
        |m| {
            let at = vec![Fixed::Label(0)];
            m.parallels[0].processes[1].captures = vec![Capture::Part {
                from: 0,
                to: Reg::R(0),
                at,
                bounds: 2,
            }];
        },
        &["process 1: capture 0: there is no subscript of its label 0"],
    );

    let window = |from, to, window| {
        capture(Capture::Window {
            from,
            to,
            at: vec![Fixed::Label(0), Fixed::Constant(1)],
            bounds: 2,
            window,
        })
    };
    accepted(window(7, 3, 10));
    refused(window(8, 3, 10), &["routine 0 `main`", "capture 0: there is no r8"]);
    refused(window(7, 4, 10), &["routine 1 `X`", "capture 0: there is no r4"]);
    refused(window(7, 3, 21), &["routine 1 `X`", "capture 0: 4 registers from s21"]);

    let result = |result: HandBack| move |m: &mut Module| m.parallels[0].processes[0].results = vec![result.clone()];
    refused(
        result(HandBack::Copy { from: r(0), to: s(1) }),
        &["result 0: a copy from one bank to another"],
    );
    refused(
        result(HandBack::Copy { from: r(4), to: r(1) }),
        &["routine 1 `X`", "result 0: there is no r4"],
    );
    refused(
        result(HandBack::Copy { from: r(0), to: r(8) }),
        &["routine 0 `main`", "result 0: there is no r8"],
    );
    let at = one.to_vec();
    refused(
        result(HandBack::Part {
            from: s(24),
            to: 0,
            at: at.clone(),
            bounds: 2,
        }),
        &["there is no s24"],
    );
    refused(
        result(HandBack::Part {
            from: s(0),
            to: 8,
            at: at.clone(),
            bounds: 2,
        }),
        &["there is no r8"],
    );
    refused(
        result(HandBack::Part {
            from: s(0),
            to: 0,
            at,
            bounds: 39,
        }),
        &["bounds: 2 registers from s39"],
    );
    let slice = |from, to, at: &[Option<Fixed>]| {
        result(HandBack::Slice {
            from,
            to,
            at: at.to_vec(),
            bounds: 2,
        })
    };
    refused(slice(4, 0, &[None]), &["result 0: there is no r4"]);
    refused(slice(0, 8, &[None]), &["result 0: there is no r8"]);
    refused(slice(0, 0, &[]), &["result 0: 0 subscripts"]);
    refused(slice(0, 0, &[None; 20]), &["result 0: bounds: 40 registers from s2"]);
    refused(
        slice(0, 0, &[Some(Fixed::Label(1))]),
        &["result 0: there is no subscript of its label 1"],
    );
    let window = |from, to, bounds| {
        result(HandBack::Window {
            from,
            to,
            at: one.to_vec(),
            bounds,
        })
    };
    accepted(window(3, 7, 2));
    refused(window(4, 7, 2), &["routine 1 `X`", "result 0: there is no r4"]);
    refused(window(3, 8, 2), &["routine 0 `main`", "result 0: there is no r8"]);
    refused(window(3, 7, 39), &["result 0: bounds: 2 registers from s39"]);
    let changed = |from, was, to| result(HandBack::Changed { from, was, to });
    accepted(changed(3, 0, 7));
    refused(changed(4, 0, 7), &["routine 1 `X`", "result 0: there is no r4"]);
    refused(changed(3, 4, 7), &["routine 1 `X`", "result 0: there is no r4"]);
    refused(changed(3, 0, 8), &["routine 0 `main`", "result 0: there is no r8"]);
}

#[test]
fn depth_counts_through_a_definitions_own_parallels_only() {
    // The definition starts a parallel command whose process looks for a label outside of the definition.
    let inside = |depth: u16| {
        move |m: &mut Module| {
            m.parallels.push(Parallel {
                processes: vec![m.parallels[1].processes[0].clone()],
                ..m.parallels[0].clone()
            });
            m.parallels[2].processes[0].label = None;
            m.parallels[2].processes[0].routine = 5;
            let code = vec![instr(Op::SendS, 0, 0, 0, 3), instr(Op::End, 0, 0, 0, 0)];
            m.routines.push(Routine {
                code,
                spans: vec![],
                ..m.routines[LABELLED].clone()
            });
            m.routines[DEFINITION].code[0] = instr(Op::Par, 0, 0, 0, 2);
            m.ports[3].target = Target::Label { depth, family: 0 };
            m.routines[LABELLED].code[0] = instr(Op::Nop, 0, 0, 0, 0);
        }
    };
    accepted(inside(0));
    refused(
        inside(1),
        &["routine 5 `X`, instruction 0 (SendS): its label is 1 processes further out, but 1 parallel"],
    );
}

#[test]
fn deep_chains_and_large_tables_are_fast() {
    let start = std::time::Instant::now();
    let mut module = sample();
    module.routines.truncate(1);
    module.parallels.clear();
    module.ports.truncate(3);
    module.calls.clear();
    module.choices.clear();
    module.fragments.clear();
    let process = |routine| Process {
        label: None,
        routine,
        captures: vec![],
        results: vec![],
        span: Span::default(),
    };
    let levels = 60_000;
    let families = vec![Family {
        name: "F".into(),
        dims: 0,
    }];
    for level in 0..levels {
        let port = Port {
            target: Target::Label {
                depth: level,
                family: 0,
            },
            count: 0,
            ..module.ports[0].clone()
        };
        let parallel = Parallel {
            processes: vec![process(level + 1)],
            families: families.clone(),
            span: Span::default(),
        };
        module.parallels.push(parallel);
        if level < 60_000 - 3 {
            module.ports.push(port);
        }
        let code = vec![instr(Op::Par, 0, 0, 0, level), instr(Op::End, 0, 0, 0, 0)];
        let here = Routine {
            scalars: 4,
            code,
            ..Routine::default()
        };
        match level {
            0 => module.routines[0] = here,
            _ => module.routines.push(here),
        }
    }
    let mut code: Vec<Instr> = (3..levels).map(|port| instr(Op::SendS, 0, 0, 0, port)).collect();
    code.push(instr(Op::End, 0, 0, 0, 0));
    module.routines.push(Routine {
        scalars: 4,
        code,
        ..Routine::default()
    });
    verify(module).unwrap();
    assert!(start.elapsed().as_secs() < 10);
}
