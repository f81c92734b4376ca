//! Parts by themselves: `cargo bench -p hydra-benches`. What has no door of its own (run queue, rendezvous, choice) is
//! measured by programs of a thousand operations on an engine that stays, with one worker.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use hydra_benches::contender::program;
use hydra_benches::source::Shape;
use hydra_vm::{Captured, Engine, Program, Run};
use hydrac::load::{Loaded, Loader};
use hydrac::{Options, check, lower};

/// Operations in one run of a program.
const OPERATIONS: i64 = 1000;
/// Lines of the program that is compiled.
const LINES: usize = 1000;

fn main() {
    // deep trees are walked by recursion
    hydra_benches::compile::with_stack(divan::main);
}

/// The program that is compiled.
struct Source(String);

impl Loader for Source {
    fn read(&mut self, _: &str) -> Result<Vec<u8>, String> {
        Ok(self.0.clone().into_bytes())
    }
}

fn text() -> String {
    Shape::Examples.program(LINES)
}

fn loaded() -> Loaded {
    hydrac::load::load("program.csp", &mut Source(text()))
}

fn checked(loaded: &hydrac::load::Loaded) -> hydrac::check::tree::CheckedProgram {
    check::check(loaded, &Options::default())
        .program
        .expect("the examples have no errors")
}

fn module() -> hydra_bytecode::Module {
    let loaded = loaded();
    lower::lower(&mut checked(&loaded), &loaded.sources, &Options::default()).expect("the examples are small")
}

#[divan::bench]
fn parse(bencher: Bencher) {
    let text = text();
    bencher
        .counter(ItemsCount::new(LINES))
        .bench(|| hydrac::syntax::parse(0, black_box(&text)));
}

#[divan::bench]
fn check(bencher: Bencher) {
    let loaded = loaded();
    bencher
        .counter(ItemsCount::new(LINES))
        .bench(|| check::check(black_box(&loaded), &Options::default()));
}

#[divan::bench]
fn lower(bencher: Bencher) {
    let loaded = loaded();
    bencher
        .counter(ItemsCount::new(LINES))
        .with_inputs(|| checked(&loaded))
        .bench_values(|mut program| lower::lower(black_box(&mut program), &loaded.sources, &Options::default()));
}

#[divan::bench]
fn encode(bencher: Bencher) {
    let module = module();
    bencher
        .counter(ItemsCount::new(LINES))
        .bench(|| hydra_bytecode::encode(black_box(&module)));
}

#[divan::bench]
fn decode(bencher: Bencher) {
    let bytes = hydra_bytecode::encode(&module());
    bencher
        .counter(ItemsCount::new(LINES))
        .bench(|| hydra_bytecode::decode(black_box(&bytes)));
}

#[divan::bench]
fn verify(bencher: Bencher) {
    let module = module();
    bencher
        .counter(ItemsCount::new(LINES))
        .with_inputs(|| module.clone())
        .bench_values(hydra_bytecode::verify);
}

/// Runs a load with a thousand operations again and again.
fn load(bencher: Bencher, name: &str, set: &[(&str, i64)]) {
    let engine = Engine::new(1).expect("a thread can be started");
    let program = Program::compile_file(program(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    bencher.counter(ItemsCount::new(OPERATIONS as u64)).bench_local(|| {
        let mut run = Run::new(&program).stdout(Captured::default()).set("n", OPERATIONS);
        for (param, value) in set {
            run = run.set(param, *value);
        }
        run.run_on(&engine, |_| {}).expect("it runs")
    });
}

/// What starting and ending a run costs: to be taken from the others.
#[divan::bench]
fn empty_run(bencher: Bencher) {
    load(bencher, "empty", &[]);
}

#[divan::bench]
fn rendezvous(bencher: Bencher) {
    load(bencher, "prodcons", &[]);
}

#[divan::bench]
fn run_queue(bencher: Bencher) {
    load(bencher, "start", &[("k", 100)]);
}

#[divan::bench(args = [10, 100, 1000])]
fn choice(bencher: Bencher, clients: i64) {
    load(bencher, "choice", &[("k", clients)]);
}
