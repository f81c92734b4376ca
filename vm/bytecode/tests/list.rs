//! The listing of a module that has an entry of every kind; `HYDRA_BLESS=1` rewrites the expected one.

mod common;

use common::{MAIN, instr, sample};
use hydra_bytecode::*;

#[test]
fn the_sample_is_listed() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/sample.lst");
    let found = listing(&sample());
    if std::env::var_os("HYDRA_BLESS").is_some() {
        std::fs::write(path, &found).unwrap();
    }
    let expected = std::fs::read_to_string(path).unwrap().replace('\r', "");
    assert!(found == expected, "the listing is now\n{found}");
    assert!(found.lines().all(|line| line.trim_end() == line));
}

#[test]
fn jumps_show_where_they_go() {
    let mut module = sample();
    module.routines[MAIN].code[0] = instr(Op::JEq, 0, 1, 2, (-1i16) as u16);
    module.routines[MAIN].code[1] = Instr::wide(Op::Jmp, 0, 40);
    module.routines[MAIN].code[2] = Instr::wide(Op::Imm, 3, -7);
    let list = listing(&module);
    assert!(list.contains("    0  JEq       s1, s2, -> 0\n"), "{list}");
    assert!(list.contains("    1  Jmp       -> 42\n"), "{list}");
    assert!(list.contains("    2  Imm       s3, -7\n"), "{list}");
}

#[test]
fn what_is_large_is_cut() {
    let mut module = sample();
    let first = module.types.len() as u16 - 1;
    module.types.extend((0..100).map(|i| Type::Struct {
        constructor: 1,
        parts: vec![first + i; 9],
    }));
    module.types.push(Type::Array {
        dims: 1,
        element: first + 101,
    });
    module.strings[1] = "long".repeat(10_000);
    module.sources[0].path = "long".repeat(10_000);
    module.sources[0].text = "long".repeat(10_000);
    module.ports[1].name = "long\n".repeat(10_000);
    assert!(listing(&module).len() < 100_000);
}
