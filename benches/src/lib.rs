//! Measures Hydra: small concurrent loads beside other languages and runtimes, and how time and memory grow.
//!
//! The page `benches/README.md` says how to use it and what came out.

pub mod braces;
pub mod compile;
pub mod contender;
pub mod grow;
pub mod machine;
pub mod measure;
pub mod page;
pub mod results;
pub mod rows;
pub mod source;
pub mod table;
