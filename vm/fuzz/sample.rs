//! Modules that verify, to be changed.

use hydra_vm::bytecode::Module;
use std::sync::OnceLock;

/// What a compiler makes of programs with everything in them.
const PROGRAMS: [&str; 5] = [
    include_str!("programs/processes.csp"),
    include_str!("programs/values.csp"),
    include_str!("programs/choices.csp"),
    include_str!("programs/nested.csp"),
    include_str!("programs/braces.csp"),
];

/// All of them, and one made by hand with each instruction and each kind of entry.
pub(crate) fn bases() -> &'static [Module] {
    static BASES: OnceLock<Vec<Module>> = OnceLock::new();
    BASES.get_or_init(|| {
        let compiled = PROGRAMS.iter().map(|text| {
            let module = hydra_vm::compile("p.csp", text).unwrap_or_else(|reports| panic!("{reports:?}"));
            module.into_module()
        });
        compiled.chain([super::common::sample()]).collect()
    })
}
