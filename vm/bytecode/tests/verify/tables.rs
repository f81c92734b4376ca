//! Rules about tables.

use crate::common::MAIN;
use crate::{accepted, at, refused};
use hydra_bytecode::*;

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
