//! Compiles the sources of `hydra-vm` with the locks, atomics and threads of a model checker.

fn main() {
    println!("cargo::rustc-cfg=hydra_model");
    println!("cargo::rerun-if-changed=build.rs");
}
