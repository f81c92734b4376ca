//! Every rule of the verifier, with a module that breaks it.

mod common;

use common::{DEFINITION, INNER, LABELLED, MAIN, OUTER, instr, sample};
use hydra_bytecode::*;

#[test]
fn the_sample_is_valid() {
    let module = verify(sample()).unwrap();
    assert_eq!(module.enclosing(MAIN as u16), None);
    assert_eq!(module.enclosing(LABELLED as u16), Some((0, 0)));
    assert_eq!(module.enclosing(OUTER as u16), Some((0, 1)));
    assert_eq!(module.enclosing(INNER as u16), Some((1, 0)));
    assert_eq!(module.enclosing(DEFINITION as u16), None);
    assert_eq!([module.starter(0), module.starter(1)], [MAIN as u16, OUTER as u16]);
    assert_eq!(
        [0, 1, 4].map(|routine| module.is_definition(routine)),
        [false, false, true]
    );
    assert_eq!(
        [0, 1].map(|depth| module.label_parallel(INNER as u16, depth)),
        [Some(1), Some(0)]
    );
    assert_eq!(
        [
            module.label_parallel(INNER as u16, 2),
            module.label_parallel(MAIN as u16, 0)
        ],
        [None; 2]
    );
    assert_eq!([0, 6, 7, 8].map(|ty| module.bounds_of(ty)), [0, 1, 1, 3]);
    assert_eq!(module.into_module(), sample());
}

/// Index of the first instruction of main with this opcode.
fn at(module: &Module, op: Op) -> usize {
    module.routines[MAIN]
        .code
        .iter()
        .position(|instr| instr.op == op)
        .unwrap()
}

/// Changes the first instruction of main with this opcode.
fn change(op: Op, change: fn(&mut Instr)) -> impl Fn(&mut Module) {
    move |module| {
        let pc = at(module, op);
        change(&mut module.routines[MAIN].code[pc]);
    }
}

/// The sample with a change is refused, with a message that has all these parts.
#[track_caller]
fn refused(change: impl Fn(&mut Module), parts: &[&str]) {
    let mut module = sample();
    change(&mut module);
    let Err(error) = verify(module) else {
        panic!("it should be refused")
    };
    let message = error.to_string();
    assert!(!message.contains('\n'), "{message}");
    for part in parts {
        assert!(message.contains(part), "{message}\n  lacks: {part}");
    }
}

/// The sample with a change is accepted.
#[track_caller]
fn accepted(change: impl Fn(&mut Module)) {
    let mut module = sample();
    change(&mut module);
    verify(module).unwrap();
}

#[test]
fn every_operand_is_checked_by_its_role() {
    for &op in Op::ALL.iter().filter(|&&op| !matches!(op, Op::End | Op::Ret)) {
        for field in ['a', 'b', 'c', 'd'] {
            let operands = op.operands();
            let role = operands.iter().find(|(name, _)| *name == field).map(|&(_, role)| role);
            let free = match role {
                Some(Role::Imm16 | Role::Wide) => true,
                Some(Role::Count) => matches!(op, Op::Row | Op::SetRow),
                Some(_) => false,
                None => field == 'd' && operands.iter().any(|(_, role)| *role == Role::Wide),
            };
            let mut module = sample();
            let pc = at(&module, op);
            let instr = &mut module.routines[MAIN].code[pc];
            match field {
                'a' => instr.a = 0xff,
                'b' => instr.b = 0x7fff,
                'c' => instr.c = 0x7fff,
                _ => instr.d = 0x7fff,
            }
            match verify(module) {
                Ok(_) => assert!(free, "{} accepts any {field}", op.name()),
                Err(error) => {
                    assert!(!free, "{error}");
                    let place = format!("routine 0 `main`, instruction {pc} ({})", op.name());
                    assert!(error.place == place || error.place == "routine 0 `main`", "{error}");
                }
            }
        }
    }
}

#[test]
fn registers() {
    refused(
        change(Op::Mov, |i| i.b = 40),
        &["routine 0 `main`, instruction 1 (Mov)", "no s40", "40 scalar registers"],
    );
    refused(change(Op::Index, |i| i.d = 39), &["2 registers from s39 on do not fit"]);
    refused(change(Op::Within, |i| i.a = 20), &["40 registers from s2 on"]);
    refused(change(Op::Struct, |i| i.a = 7), &["7 registers from r2 on"]);
    refused(change(Op::Open, |i| i.a = 9), &["9 registers from r0 on"]);
    refused(change(Op::RMov, |i| i.c = u16::MAX), &["no r65535"]);
    refused(change(Op::Name, |i| i.b = 2), &["no n2", "2 name registers"]);
    refused(change(Op::Nop, |i| i.d = 1), &["does not use is not 0"]);
    accepted(change(Op::Struct, |i| (i.a, i.c) = (0, 8)));
    refused(change(Op::Struct, |i| (i.a, i.c) = (0, 9)), &["0 registers from r9"]);
}

#[test]
fn registers_of_the_vm_are_its_own() {
    refused(
        change(Op::Add, |i| i.b = 20),
        &["s20 is used, which is the cache of port 1"],
    );
    refused(
        change(Op::Add, |i| i.d = 32),
        &["s32 is used, which is the turns of choice 0"],
    );
    refused(
        |m| m.ports[2].cache = 20,
        &["the cache of port 2 is s20, which is the cache of port 1 already"],
    );
    refused(
        |m| m.ports[1].cache = 31,
        &["the turns of choice 0 is s31, which is the cache of port 1 already"],
    );
    refused(
        |m| m.ports[5].cache = 0,
        &["routine 4 `D`: the cache of port 5 is s0, which is an argument"],
    );
    refused(|m| m.ports[1].cache = 40, &["the cache of port 1: there is no s40"]);
    refused(
        |m| m.choices[0].turns = 38,
        &["the turns of choice 0: 3 registers from s38 on"],
    );
    refused(
        |m| m.ports[3].cache = 0,
        &["routine 1 `X`, instruction 0 (SendS): s0 is used, which is the cache of port 3"],
    );
    refused(
        |m| m.ports[3].cache = 2,
        &["process 0 of parallel 0: capture 0: s2 is used"],
    );
    let variable = |m: &mut Module| m.parallels[0].processes[0].label.as_mut().unwrap().variables[0] = 20;
    refused(
        variable,
        &["process 0 of parallel 0: label: s20 is used, which is the cache of port 3"],
    );
    refused(|m| m.slots[1].bounds = 19, &["bounds: s20 is used"]);
    refused(|m| m.ports[1].subscripts = 20, &["subscripts: s20 is used"]);
    refused(|m| m.choices[0].guards[2].ranges[0] = 30, &["guard 2: s30 is used"]);
    refused(|m| m.calls[0].args[0] = 20, &["(Call)", "arguments: s20 is used"]);
    accepted(|m| m.ports[1].cache = u16::MAX);
}

#[test]
fn code_ends_and_jumps_stay_inside() {
    refused(|m| m.routines[LABELLED].code.clear(), &["routine 1 `X`"]);
    refused(
        |m| {
            m.routines[LABELLED].code.clear();
            m.routines[LABELLED].spans.clear();
        },
        &["routine 1 `X`: it has no code"],
    );
    refused(
        |m| m.routines[LABELLED].code[1] = instr(Op::Nop, 0, 0, 0, 0),
        &["ends with Nop, which goes on"],
    );
    refused(
        |m| m.routines[LABELLED].code[1] = instr(Op::JTrue, 0, 0, 0xfffe, 0xffff),
        &["ends with JTrue"],
    );
    accepted(|m| m.routines[LABELLED].code[1] = instr(Op::Jmp, 0, 0, 0xfffe, 0xffff));
    refused(
        |m| m.routines[LABELLED].code[1] = instr(Op::Jmp, 0, 0, 0xfffd, 0xffff),
        &["jumps to -1", "2 instructions"],
    );
    refused(
        |m| m.routines[LABELLED].code[1] = instr(Op::Jmp, 0, 0, 0, 0),
        &["jumps to 2"],
    );
    refused(
        |m| m.routines[LABELLED].code[0] = instr(Op::JEq, 0, 0, 0, 1),
        &["jumps to 2"],
    );
    refused(
        |m| m.routines[LABELLED].code[0] = instr(Op::JEq, 0, 0, 0, 0x8000),
        &["jumps to -32767"],
    );
}

#[test]
fn spans() {
    refused(
        |m| m.routines[1].spans[0].0 = 1,
        &["routine 1 `X`: its first span does not begin at instruction 0"],
    );
    refused(|m| m.routines[1].spans[1].0 = 0, &["do not ascend"]);
    refused(
        |m| m.routines[1].spans[1].0 = 2,
        &["begins at instruction 2, behind its code"],
    );
    refused(
        |m| m.routines[1].spans[1].1.file = 1,
        &["a span is in file 1, but there are 1"],
    );
    refused(
        |m| m.routines[1].spans[1].1.end = 7,
        &["a span ends at 7 before it begins at 8"],
    );
    let places: [fn(&mut Module) -> &mut Span; 8] = [
        |m| &mut m.parallels[0].span,
        |m| &mut m.parallels[0].processes[1].span,
        |m| &mut m.choices[0].span,
        |m| &mut m.choices[0].guards[1].span,
        |m| &mut m.fragments[0].span,
        |m| &mut m.includes[0].span,
        |m| &mut m.params[0].span,
        |m| &mut m.externs[0].span,
    ];
    for spoil in places {
        refused(|m| spoil(m).file = 7, &["a span is in file 7"]);
        accepted(|m| *spoil(m) = Span::default());
        accepted(|m| spoil(m).end = u32::MAX);
    }
}

#[test]
fn types_and_strings() {
    refused(|m| m.strings[0] = "x".into(), &["strings: the first must be empty"]);
    refused(|m| m.strings.push("pair".into()), &["strings: entry 2 is there twice"]);
    refused(|m| m.types.push(Type::Any), &["types: entry 9 is there twice"]);
    refused(
        |m| m.types[6] = Type::Array { dims: 1, element: 6 },
        &["type 6: its part, type 6, is not before it"],
    );
    refused(
        |m| {
            m.types[7] = Type::Struct {
                constructor: 1,
                parts: vec![0, 8],
            }
        },
        &["type 7: its part, type 8,"],
    );
    refused(
        |m| m.types[6] = Type::Array { dims: 0, element: 0 },
        &["type 6: an array of no dimensions"],
    );
    refused(
        |m| m.types[7] = Type::Array { dims: 1, element: 6 },
        &["type 7: an array whose elements are arrays"],
    );
    refused(
        |m| {
            m.types[7] = Type::Struct {
                constructor: 2,
                parts: vec![],
            }
        },
        &["type 7: there is no string 2"],
    );
    let nest = |m: &mut Module, count: u16| {
        let first = m.types.len() as u16 - 1;
        m.types.extend((0..count).map(|i| Type::Struct {
            constructor: 1,
            parts: vec![first + i],
        }));
    };
    accepted(|m| nest(m, 900));
    refused(|m| nest(m, 1000), &["nests deeper than 1000"]);
    let double = |m: &mut Module, count: u16| {
        let first = m.types.len() as u16;
        m.types.push(Type::Struct {
            constructor: 1,
            parts: vec![5],
        });
        m.types.extend((0..count).map(|i| Type::Struct {
            constructor: 1,
            parts: vec![first + i; 2],
        }));
    };
    accepted(|m| double(m, 14));
    refused(|m| double(m, 64), &["more than 65536 types"]);
    let wide = |m: &mut Module, count: usize| {
        m.types.push(Type::Array { dims: 255, element: 0 });
        m.types.push(Type::Struct {
            constructor: 1,
            parts: vec![9; count],
        });
    };
    accepted(|m| wide(m, 128));
    refused(|m| wide(m, 129), &["more bounds than there can be registers"]);
}

#[test]
fn tables_can_be_indexed() {
    refused(
        |m| m.words = vec![0; 65_537],
        &["words: 65537 entries are more than 65536"],
    );
    accepted(|m| m.words = vec![0; 65_536]);
    refused(|m| m.routines.clear(), &["there is no routine"]);
    assert!(
        verify(Module::default())
            .unwrap_err()
            .to_string()
            .contains("not even the main process")
    );
    refused(|m| m.slots[0].ty = 9, &["slot 0 `x`: there is no type 9 (there are 9)"]);
    refused(|m| m.ports[0].ty = 9, &["port 0 `stdin`: there is no type 9"]);
    refused(|m| m.calls[0].routine = 5, &["call 0: there is no routine 5"]);
    refused(
        |m| m.parallels[0].processes[0].routine = 5,
        &["parallel 0, process 0: there is no routine 5"],
    );
    refused(|m| m.globals[0].1 = 3, &["global `N`: there is no value 3"]);
    refused(
        |m| m.values.push(Const::Struct(2, vec![])),
        &["value 3: there is no string 2"],
    );
    let deep = (0..CONST_DEPTH_MAX).fold(Const::Unit, |inner, _| Const::Map(vec![("k".into(), inner)]));
    refused(|m| m.values.push(deep.clone()), &["value 3: it nests deeper than 1000"]);
}

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
        &["routine 2, instruction 0 (Par): routine 0 starts parallel 1 already"],
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
fn calls() {
    refused(|m| m.calls[0].args[0] = 40, &["(Call)", "arguments: there is no s40"]);
    refused(|m| m.calls[0].args[1] = 8, &["arguments: there is no r8"]);
    refused(|m| m.calls[0].args[2] = 2, &["arguments: there is no n2"]);
    accepted(|m| m.routines[DEFINITION].args[1] = 4);
    refused(
        |m| (m.routines[DEFINITION].args[1], m.calls[0].args[1]) = (4, 5),
        &["arguments: 4 registers from r5 on"],
    );
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
fn kinds() {
    refused(
        change(Op::SendS, |i| i.a = 1),
        &["(SendS)", "port 0 has type 0, which is not real"],
    );
    refused(
        change(Op::RecvS, |i| i.d = 2),
        &["(RecvS)", "port 2 has type 4, which is not integer"],
    );
    refused(change(Op::GuardS, |i| i.a = 2), &["(GuardS)", "not boolean"]);
    refused(change(Op::Box, |i| i.a = 4), &["there is no kind 4"]);
    refused(change(Op::VBin, |i| i.a = 5), &["there is no operator 5"]);
    refused(change(Op::VCmp, |i| i.a = 6), &["there is no comparison 6"]);
    refused(change(Op::ParamS, |i| i.c = 1), &["param 1 is no scalar"]);
    refused(change(Op::ParamV, |i| i.c = 0), &["param 0 is no string"]);
}

#[test]
fn slots() {
    refused(
        |m| m.slots[1].bounds = 39,
        &["fragment 0: variable `a`: bounds: 2 registers from s39 on do not fit"],
    );
    refused(
        |m| {
            let pc = at(m, Op::Conv);
            m.routines[MAIN].code[pc].d = 2;
            m.slots[2].bounds = 35;
        },
        &["(Conv): bounds: 6 registers from s35 on do not fit"],
    );
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
}

#[test]
fn choices() {
    let guard = |i: usize, change: fn(&mut Guard)| move |m: &mut Module| change(&mut m.choices[0].guards[i]);
    refused(
        guard(1, |g| g.target = 9999),
        &["routine 0 `main`, choice 0: guard 1: no instruction 9999"],
    );
    refused(
        |m| m.choices[0].otherwise = Some(u32::MAX),
        &["choice 0: all failed: no instruction 4294967295"],
    );
    refused(
        guard(0, |g| g.input = Some((6, Reg::S(6)))),
        &["choice 0, guard 0: there is no port 6"],
    );
    refused(
        guard(0, |g| g.input = Some((0, Reg::S(40)))),
        &["guard 0: there is no s40"],
    );
    refused(
        guard(0, |g| g.input = Some((0, Reg::R(8)))),
        &["guard 0: there is no r8"],
    );
    refused(
        guard(2, |g| g.input = Some((1, Reg::S(6)))),
        &["guard 2: a scalar register takes type 6 of port 1"],
    );
    refused(guard(2, |g| g.ranges[0] = 40), &["guard 2: there is no s40"]);
    refused(
        guard(2, |g| g.ranges.push(8)),
        &["(ArmAll): the guard has 2 range variables, not 1"],
    );
    refused(guard(2, |g| g.varying = 1), &["(ArmAll): there is no subscript 1"]);
    refused(guard(2, |g| g.input = None), &["(ArmAll): the guard has no input"]);
    refused(
        guard(1, |g| g.input = Some((0, Reg::S(6)))),
        &["(ArmAfter): a guard with an input waits for no time"],
    );
    refused(
        change(Op::Arm, |i| i.b = 3),
        &["(Arm): there is no guard 3 (there are 3)"],
    );
    refused(
        |m| {
            m.ports.push(Port {
                target: Target::Formal(0),
                bounds: 39,
                cache: u16::MAX,
                ..m.ports[1].clone()
            });
            m.choices[0].guards[2].input = Some((6, Reg::R(0)));
        },
        &["guard 2: port 6: bounds: 2 registers from s39 on"],
    );
    refused(
        |m| (m.ports[4].cache, m.choices[0].guards[0].input) = (22, Some((4, Reg::R(0)))),
        &["port 4 `X`: its label is 1 processes further out, but 0 parallel"],
    );
    accepted(|m| m.choices[0].otherwise = None);
}

#[test]
fn rounds() {
    let two = |m: &mut Module| {
        let other = Choice {
            guards: vec![],
            turns: 0,
            ..m.choices[0].clone()
        };
        m.choices.push(other);
    };
    refused(
        change(Op::Choose, |i| i.op = Op::Nop),
        &["(Arm): no round of choice 0 is open"],
    );
    refused(
        change(Op::Arm, |i| *i = instr(Op::Choose, 0, 0, 0, 0)),
        &["begins a round within a round of choice 0"],
    );
    refused(
        change(Op::Arm, |i| *i = instr(Op::After, 0, 0, 0, 0)),
        &["(After): it stands in a round of choice 0"],
    );
    refused(
        change(Op::Select, |i| i.op = Op::Nop),
        &["(After): it stands in a round of choice 0"],
    );
    refused(
        |m| {
            two(m);
            let pc = at(m, Op::Select);
            m.routines[MAIN].code[pc].d = 1;
        },
        &["(Select): no round of choice 1 is open"],
    );
    // Over the round, and out of it.
    refused(
        change(Op::Choose, |i| *i = instr(Op::JTrue, 0, 0, 1, 0)),
        &["no round of choice 0 is open"],
    );
    refused(
        change(Op::Arm, |i| *i = instr(Op::JTrue, 0, 0, 3, 0)),
        &["are in different rounds of choices"],
    );
    accepted(change(Op::Arm, |i| *i = instr(Op::JTrue, 0, 0, 1, 0)));
}

#[test]
fn fragments() {
    let variable =
        |i: usize, change: fn(&mut FragmentVariable)| move |m: &mut Module| change(&mut m.fragments[0].variables[i]);
    refused(
        variable(0, |v| v.reg = Reg::S(40)),
        &["routine 0 `main`, fragment 0: variable `x`: there is no s40"],
    );
    refused(variable(1, |v| v.reg = Reg::R(8)), &["variable `a`: there is no r8"]);
    refused(
        variable(1, |v| v.reg = Reg::S(8)),
        &["is in a scalar register, but its type is no scalar"],
    );
    refused(variable(0, |v| v.slot = 3), &["fragment 0: there is no slot 3"]);
    refused(
        variable(0, |v| v.indexed = true),
        &["variable `x`: it is indexed, but no array"],
    );
    refused(
        |m| m.fragments[0].constants[0].1 = 3,
        &["fragment 0: there is no value 3"],
    );
    refused(|m| m.fragments[0].params[0] = 2, &["fragment 0: there is no param 2"]);
    refused(|m| m.fragments[0].edits[0].line = 0, &["count from 1"]);
}

#[test]
fn params_and_externs() {
    refused(
        |m| m.params[0].ty = 5,
        &["param 0 `n`: its type is neither a scalar nor a string"],
    );
    refused(|m| m.params[0].ty = 9, &["param 0 `n`: there is no type 9"]);
    refused(
        |m| m.params[0].default = Some(Const::Real(1.0)),
        &["param 0 `n`: its default is not of its type"],
    );
    refused(|m| m.params[1].name = "n".into(), &["params: entry 1 is there twice"]);
    refused(
        |m| m.externs[0].ranges[0].1 = Bound::Param(2),
        &["extern 0 `card`: there is no param 2"],
    );
    refused(
        |m| m.externs[0].ranges[0].1 = Bound::Param(1),
        &["a bound is param 1, which is no integer"],
    );
    refused(
        |m| m.externs.push(m.externs[0].clone()),
        &["externs: entry 1 is there twice"],
    );
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
