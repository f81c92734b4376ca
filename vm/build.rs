//! Says whether the executor may chain instructions, which needs calls in tail position that leave no frame: not so in
//! builds without optimisation, and not under sanitizers.

use std::env::var;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(hydra_threaded)");
    let optimised = var("OPT_LEVEL").is_ok_and(|level| level != "0" && level != "1");
    let watched = var("CARGO_CFG_SANITIZE").is_ok() || var("CARGO_CFG_MIRI").is_ok();
    if optimised && !watched {
        println!("cargo::rustc-cfg=hydra_threaded");
    }
}
