//! The examples of embedding run, and find what they say.
#![cfg(feature = "compiler")]

#[path = "../examples/async_application.rs"]
mod async_application;
#[path = "../examples/order_matching.rs"]
mod order_matching;
#[path = "../examples/rules.rs"]
mod rules;
#[path = "../examples/sandbox.rs"]
mod sandbox;
#[path = "../examples/stepped_simulation.rs"]
mod stepped_simulation;
