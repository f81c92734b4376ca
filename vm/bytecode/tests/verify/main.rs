//! Every rule of the verifier, with a module that breaks it.

mod code;
#[path = "../common/mod.rs"]
mod common;
mod processes;
mod tables;

use common::{DEFINITION, INNER, LABELLED, MAIN, OUTER, sample};
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
pub(crate) fn at(module: &Module, op: Op) -> usize {
    module.routines[MAIN]
        .code
        .iter()
        .position(|instr| instr.op == op)
        .unwrap()
}

/// Changes the first instruction of main with this opcode.
pub(crate) fn change(op: Op, change: fn(&mut Instr)) -> impl Fn(&mut Module) {
    move |module| {
        let pc = at(module, op);
        change(&mut module.routines[MAIN].code[pc]);
    }
}

/// The sample with a change is refused, with a message that has all these parts.
#[track_caller]
pub(crate) fn refused(change: impl Fn(&mut Module), parts: &[&str]) {
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
pub(crate) fn accepted(change: impl Fn(&mut Module)) {
    let mut module = sample();
    change(&mut module);
    verify(module).unwrap();
}
