//! Listings.
use crate::module::Module;
/// Readable assembly.
pub fn listing(module: &Module) -> String {
    let _ = module;
    String::new()
}
