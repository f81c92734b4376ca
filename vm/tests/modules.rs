//! The standard modules of functions: each example on their page prints what stands there, by rhai as the compiler knows it.
#![cfg(feature = "compiler")]

use hydra_stdlib::engine::{Listed, STANDARD_MODULES, standard_functions};
use hydra_vm::{Captured, Program, Run};
use std::path::Path;

fn run(text: &str, seed: Option<u64>) -> Result<String, hydra_vm::Error> {
    let program = Program::compile("test.csp", text)?;
    let printed = Captured::default();
    let mut run = Run::new(&program).workers(1).stdout(printed.clone());
    if let Some(seed) = seed {
        run = run.seed(seed);
    }
    run.run()?.finished()?;
    Ok(printed.text())
}

fn with_modules(body: &str) -> String {
    let imports: String = STANDARD_MODULES
        .iter()
        .map(|module| format!("import \"{module}\" as {module}; "))
        .collect();
    format!("_include{{ {imports}}}\n{body}")
}

#[test]
fn every_example_prints_what_it_says() {
    for Listed {
        module,
        name,
        example: (code, result),
        ..
    } in standard_functions()
    {
        if code.is_empty() {
            let output = run(
                &with_modules(&format!("v : any; v := {{{module}::{name}()}}; {{print(v)}}")),
                None,
            );
            assert!(!output.unwrap_or_else(|error| panic!("{error}")).is_empty());
            continue;
        }
        assert!(code.starts_with(&format!("{module}::{name}(")), "{code}");
        let output = run(&with_modules(&format!("{{print({code})}}")), Some(1));
        assert_eq!(
            output.unwrap_or_else(|error| panic!("{error}")),
            format!("{result}\n"),
            "{code}"
        );
    }
}

#[test]
fn the_page_lists_every_function() {
    let mut page = String::from(
        "# Functions for fragments\n\n\
         <!-- Made from the tables in stdlib/src/engine/modules: HYDRA_BLESS=1 cargo test -p hydra-vm --test modules -->\n\n\
         Besides the functions that rhai has itself there are modules of functions. An include imports them, and then every fragment sees\n\
         them:\n\n\
         ```csp\n_include{ import \"math\" as math; import \"text\" as text; }\n\
         {print(math::gcd(12, 18))};\n\
         {print(text::join([1, 2, 3], \" and \"))}\n```\n\n\
         ```text\n6\n1 and 2 and 3\n```\n\n\
         Most of math, bits and text is bytecode where types are known; rhai does the rest. What cannot be done, an overflow for instance, is a failure that says so. With `--seed`, what depends on time\n\
         or chance follows from the seed: time is virtual and begins at 2000-01-01.\n",
    );
    for module in STANDARD_MODULES {
        page += &format!("\n## {module}\n\n| function | does | example |\n| --- | --- | --- |\n");
        for function in standard_functions().filter(|function| function.module == *module) {
            let (code, result) = function.example;
            let example = match code {
                "" => format!("`{module}::{}()`", function.name),
                code => format!("`{code}` is `{result}`"),
            };
            page += &format!(
                "| `{}{}` | {} | {} |\n",
                function.name,
                function.types,
                function.what,
                example.replace('|', "\\|")
            );
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../stdlib/FUNCTIONS.md");
    if std::env::var_os("HYDRA_BLESS").is_some() {
        std::fs::write(&path, &page).expect("it can be written");
    }
    assert_eq!(std::fs::read_to_string(&path).expect("the page is there"), page);
}

#[test]
fn random_numbers_follow_from_the_seed() {
    let text = with_modules(
        "*(i:1..20)[ {print(rand::integer(1, 1000000))} ]; {print(rand::shuffled(array::range(1, 20)))}; {print(rand::real())};
         {print(rand::normal(0.0, 1.0))}",
    );
    let seeded = |seed| run(&text, Some(seed)).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(seeded(7), seeded(7));
    assert_ne!(seeded(7), seeded(8));
    let free = || run(&text, None).unwrap_or_else(|error| panic!("{error}"));
    assert_ne!(free(), free());
    // all values come, and nothing else
    let dice = with_modules(
        "seen : (1..6) integer; n : integer; *(i:1..600)[ n := {rand::integer(1, 6)}; seen(n) := seen(n) + 1 ]; {print(array::least(seen) > 50)}",
    );
    assert_eq!(run(&dice, Some(3)).unwrap_or_else(|error| panic!("{error}")), "true\n");
}

#[test]
fn what_they_cannot_do_is_a_failure_and_what_they_are_not_an_error() {
    for (code, message) in [
        ("math::gcd(-9223372036854775807 - 1, 0)", "integer overflow"),
        ("math::lcm(9223372036854775807, 2)", "integer overflow"),
        ("math::clamp(1, 3, 2)", "3 is above 2"),
        ("math::isqrt(-1)", "-1 is negative"),
        ("bits::shift_right(1, 64)", "there are 64 bits"),
        ("array::sum([1, 2.5])", "an array of integers, or one of reals"),
        ("array::sum([9223372036854775807, 1])", "integer overflow: sum"),
        ("array::greatest([])", "the array is empty"),
        ("array::transposed([[1], [2, 3]])", "different lengths"),
        ("text::repeat(\"x\", -1)", "-1 times"),
        ("text::repeat(\"x\", 100000000)", "too long"),
        ("rand::integer(2, 1)", "2 is above 1"),
        ("json::parse(\"[1, \")", ""),
        ("json::text(array::range(0, 1).map(|n| n / 0.0))", "no number of JSON"),
    ] {
        let error = run(&with_modules(&format!("v : any; v := {{{code}}}")), None).unwrap_err();
        assert_eq!(error.kind(), hydra_vm::ErrorKind::Failure, "{error}");
        assert!(error.to_string().contains(message), "{code}: {error}");
    }
    let error = run(&with_modules("{print(math::gdc(1, 2))}"), None).unwrap_err();
    assert!(
        error.to_string().contains("the module \"math\" has no function `gdc`"),
        "{error}"
    );
}
