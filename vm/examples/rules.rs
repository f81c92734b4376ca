//! Rules in rhai around types of Rust: the application owns the data, the program says what happens to them, and in which
//! order processes look at them.
//!
//! ```sh
//! cargo run -p hydra-vm --example rules
//! ```

use hydra_vm::{Captured, Compiler, Functions, Run};

#[derive(Clone)]
struct Claim {
    id: i64,
    amount: f64,
    country: String,
    notes: Vec<String>,
}

fn claims() -> Vec<Claim> {
    let claim = |id, amount, country: &str| Claim {
        id,
        amount,
        country: country.to_owned(),
        notes: Vec::new(),
    };
    vec![
        claim(1, 80.0, "GB"),
        claim(2, 12_000.0, "GB"),
        claim(3, 500.0, "XX"),
        claim(4, 60_000.0, "XX"),
    ]
}

const RULES: &str = r#"
    _include{
      fn is_large(c) { c.amount >= 10000.0 }
      fn is_odd_place(c) { c.country == "XX" }
    }
    [[ desk ::          -- hands out the claims
         c : any;
         *(i:1..{claims()})[ c := {claim(i)}; check(1) ! c ]
    || check(i:1..2) :: -- each rule is a process, and they work at the same time on different claims
         c : any;
         [ i = 1 -> *[ desk ? c -> {if is_large(c) { c.note("large") }}; check(2) ! c ]
         [] i = 2 -> *[ check(1) ? c -> {if is_odd_place(c) { c.note("unknown place") }}; clerk ! c ]
         ]
    || clerk ::
         c : any;
         *[ check(2) ? c -> {print(`claim ${c.id}: ${verdict(c)}`)} ]
    ]]"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut functions = Functions::new();
    functions
        .register_fn("claims", || claims().len() as i64)
        .register_fn("claim", |number: i64| claims()[number as usize - 1].clone())
        .register_fn("note", |claim: &mut Claim, note: &str| {
            claim.notes.push(note.to_owned())
        })
        .register_fn("verdict", |claim: Claim| match claim.notes.as_slice() {
            [] => "paid".to_owned(),
            notes => format!("looked at by somebody ({})", notes.join(", ")),
        })
        .register(|rhai| {
            rhai.register_type_with_name::<Claim>("Claim")
                .register_get("id", |claim: &mut Claim| claim.id)
                .register_get("amount", |claim: &mut Claim| claim.amount)
                .register_get("country", |claim: &mut Claim| claim.country.clone());
        });
    let program = Compiler::new().functions(&functions).compile("rules.csp", RULES)?;
    let printed = Captured::default();
    Run::new(&program).stdout(printed.clone()).run()?.finished()?;
    print!("{}", printed.text());
    assert_eq!(
        printed.text(),
        "claim 1: paid\nclaim 2: looked at by somebody (large)\nclaim 3: looked at by somebody (unknown place)\n\
         claim 4: looked at by somebody (large, unknown place)\n"
    );
    Ok(())
}

#[test]
fn it_runs() {
    main().unwrap_or_else(|error| panic!("{error}"));
}
