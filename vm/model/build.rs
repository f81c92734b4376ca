//! Compiles the sources of `hydra-vm` with the locks, atomics and threads of a model checker, and else as its own `build.rs`
//! says.

use std::env::var;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(hydra_threaded)");
    println!("cargo::rustc-cfg=hydra_model");
    if var("OPT_LEVEL").is_ok_and(|level| level != "0" && level != "1") {
        println!("cargo::rustc-cfg=hydra_threaded");
    }
}
