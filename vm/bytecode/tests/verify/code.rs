//! Rules about instructions.

use crate::common::{DEFINITION, LABELLED, MAIN, instr, sample};
use crate::{accepted, at, change, refused};
use hydra_bytecode::*;

#[test]
fn every_operand_is_checked_by_its_role() {
    let elsewhere = |op| matches!(op, Op::End | Op::Ret | Op::CallF | Op::RetS | Op::RetV | Op::Throw);
    for &op in Op::ALL.iter().filter(|&&op| !elsewhere(op)) {
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
    refused(
        |m| m.ports[1].cache = 40,
        &["the cache of port 1: 2 registers from s40 on do not fit"],
    );
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
    refused(
        |m| m.routines[LABELLED].code[0] = instr(Op::Choose, 0, 0, 0, 0),
        &["routine 1 `X`, instruction 0 (Choose): choice 0 belongs to routine 0 already"],
    );
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

/// A module whose main process calls a function, with a change.
fn with_function(change: impl Fn(&mut Module)) -> Result<VerifiedModule, VerifyError> {
    let mut module = sample();
    module.functions.push(Function {
        routine: module.routines.len() as u16,
        scalar: true,
    });
    module.routines.push(Routine {
        name: "f".into(),
        scalars: 2,
        references: 1,
        args: [1, 0, 0],
        code: vec![Instr::new(Op::Nop, 0, 0, 0, 0), Instr::new(Op::RetS, 0, 1, 0, 0)],
        ..Routine::default()
    });
    let call = at(&module, Op::Nop);
    module.routines[MAIN].code[call] = Instr::new(Op::CallF, 0, 0, 0, 0);
    change(&mut module);
    verify(module)
}

#[test]
fn functions() {
    let refused = |change: &dyn Fn(&mut Module), message: &str| {
        let error = with_function(change).expect_err("it should be refused").to_string();
        assert!(error.contains(message), "{error}");
    };
    assert!(with_function(|_| {}).is_ok());
    let code = |pc: usize, op: Op| move |m: &mut Module| m.routines[5].code[pc] = Instr::new(op, 0, 0, 0, 0);
    refused(
        &code(0, Op::FragDo),
        "routine 5 `f`, instruction 0 (FragDo): a function cannot do that",
    );
    refused(
        &code(1, Op::RetV),
        "routine 5 `f`, instruction 1 (RetV): a function cannot do that",
    );
    refused(
        &code(1, Op::End),
        "routine 5 `f`, instruction 1 (End): a function cannot do that",
    );
    refused(&code(1, Op::Nop), "routine 5 `f`: its code ends with Nop");
    refused(
        &|m| m.functions[0].routine = 0,
        "function 0: its routine is the main process",
    );
    refused(&|m| m.functions[0].routine = 4, "function 0: routine 4 is a definition");
    refused(&|m| m.functions[0].routine = 99, "function 0: there is no routine 99");
    refused(&|m| m.routines[5].names = 1, "it has names but is a function");
    let main = |op: Op, a: u8, b: u16| {
        move |m: &mut Module| {
            let pc = at(m, Op::CallF);
            m.routines[MAIN].code[pc] = Instr::new(op, a, b, 0, 0);
        }
    };
    refused(&main(Op::RetS, 0, 0), "the routine is no function");
    refused(&main(Op::CallF, 0, 40), "(CallF): arguments:");
    refused(
        &main(Op::NativeS, Native::Text as u8, 0),
        "(NativeS): its value is of the other bank",
    );
}

#[test]
fn functions_without_a_frame_are_within_the_code() {
    let inlined = |from, to, span| {
        with_function(|module| {
            let function = "map".to_string();
            let inlined = Inlined {
                from,
                to,
                function,
                span,
            };
            let routine = module.routines.len() - 1;
            module.routines[routine].inlined.push(inlined);
        })
    };
    inlined(0, 1, Span::default()).expect("it is valid");
    for (from, to) in [(1, 1), (0, 9)] {
        let error = inlined(from, to, Span::default())
            .expect_err("it is refused")
            .to_string();
        assert!(
            error.contains("a function without a frame is not within its code"),
            "{error}"
        );
    }
    assert!(inlined(0, 1, Span::new(77, 0, 1)).is_err());
}

#[test]
fn what_catches_failures_is_within_its_code_and_catches_what_fails_alone() {
    let caught = |from, to, target, value| {
        with_function(|module| {
            let handler = Handler {
                from,
                to,
                target,
                value,
            };
            let function = module.routines.len() - 1;
            module.routines[function].handlers.push(handler);
        })
    };
    caught(0, 1, 1, Some(0)).expect("it is valid");
    for (from, to, target, value, message) in [
        (1, 1, 1, None, "not within its code"),
        (0, 3, 1, None, "not within its code"),
        (0, 1, 2, None, "not within its code"),
        (0, 1, 0, None, "not within its code"),
        (0, 1, 1, Some(1), "put into r1, and there is no such register"),
    ] {
        let error = caught(from, to, target, value).expect_err("it is refused").to_string();
        assert!(error.contains(message), "{error}");
    }
    let error = with_function(|module| {
        let end = at(module, Op::End) as u32;
        module.routines[MAIN].handlers.push(Handler {
            from: end,
            to: end + 1,
            target: 0,
            value: None,
        });
    });
    let error = error.expect_err("it is refused").to_string();
    assert!(error.contains("a failure of End cannot be caught"), "{error}");
}
