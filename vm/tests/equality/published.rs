//! rhai's own scripts and the fragments of its own tests, each run both ways: as value, as command, with its value printed,
//! and with its functions in an include.
//!
//! [Where they are from](published/README.md). What they need of an application that runs them, Hydra's compiler rejects;
//! how many these are is printed, and so are the scripts among them, with the reason. `HYDRA_SNIPPETS` names others, a file
//! like `published/snippets.txt` or a folder of tests in Rust, and `HYDRA_SCRIPTS` a folder of others.

#[path = "published/literals.rs"]
mod literals;

use crate::compare::{Both, Share};
use crate::generate::{Case, Context};
use crate::text::Accepted;
use hydra_stdlib::analysis;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Steps of a script.
const STEPS: u64 = 2_000_000;

/// Fragments of one program.
const TOGETHER: usize = 40;

/// How many fragments the compiler accepts at least.
const ACCEPTED: usize = 1_800;

/// Texts that begin after a line with `=== ` and the name of a test of rhai.
const SNIPPETS: &str = include_str!("published/snippets.txt");

/// What makes scripts that measure time short: script, text, what stands there instead.
const SHORTER: &[(&str, &str, &str)] = &[
    ("fibonacci", "TARGET = 28", "TARGET = 12"),
    ("fibonacci", "317_811", "144"),
    ("for2", "1_000_000", "1_000"),
    ("mat_mul", "SIZE = 50", "SIZE = 5"),
    ("primes", "1_000_000", "1_000"),
    ("primes", "78_498", "168"),
    ("speed_test", "1_000_000", "1_000"),
    ("strings_map", "in animals {", "in animals.extract(0, 4) {"),
    ("strings_map", "in adjectives {", "in adjectives.extract(0, 5) {"),
];

/// Scripts that cannot be a fragment, and a part of what the compiler says of it.
const REJECTED: &[(&str, &str)] = &[
    // it imports another script from a file
    ("module", "the module \"loop\" is not known"),
    // it calls closures in an object map like methods
    ("oop", "unknown function `action`"),
];

/// What came of all.
#[derive(Default)]
struct Found {
    accepted: usize,
    share: Share,
    rejected: BTreeMap<String, usize>,
    differences: Vec<String>,
}

/// Compares the fragments of rhai's tests.
pub(crate) fn snippets() {
    let given = given("HYDRA_SNIPPETS");
    let texts = match &given {
        Some(path) if path.is_dir() => literals::within(path),
        Some(path) => split(&std::fs::read_to_string(path).expect("the file that HYDRA_SNIPPETS names")),
        None => split(SNIPPETS),
    };
    // a brace that is not closed would take others with it
    let (texts, broken): (Vec<&String>, Vec<&String>) = texts.iter().partition(|text| analysis::parse(text).is_some());
    println!("{} texts, and {} that are no rhai", texts.len(), broken.len());
    let cases: Vec<Case> = texts.iter().flat_map(|text| ways(text)).collect();
    let (both, mut found) = (Both::settled(50_000), Found::default());
    for some in cases.chunks(TOGETHER) {
        compare(&both, some, &mut found);
    }
    for text in &texts {
        if let Some(case) = with_functions(text) {
            compare(&both, &[case], &mut found);
        }
    }
    tell(&both, &found);
    assert!(found.differences.is_empty(), "{}", found.differences.join("\n\n"));
    let least = if given.is_some() { 1 } else { ACCEPTED };
    assert!(found.accepted >= least, "only {} are accepted", found.accepted);
}

/// The path that a variable of the environment names.
fn given(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from)
}

/// The texts of a file like `published/snippets.txt`.
fn split(file: &str) -> Vec<String> {
    let texts = file.split("=== ").filter_map(|one| one.split_once('\n'));
    texts.map(|(_, text)| text.to_owned()).collect()
}

/// Compares rhai's scripts.
pub(crate) fn scripts() {
    let given = given("HYDRA_SCRIPTS");
    let own = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/equality/published/scripts"));
    let paths = literals::files(given.as_deref().unwrap_or(own), "rhai");
    let (both, mut all) = (Both::settled(STEPS), Found::default());
    let mut wrong = Vec::new();
    for path in &paths {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let mut text = std::fs::read_to_string(path).expect("a script");
        for (_, long, short) in SHORTER.iter().filter(|(script, ..)| *script == name) {
            assert!(given.is_some() || text.contains(long), "{name} has no {long:?}");
            text = text.replace(long, short);
        }
        let mut found = Found::default();
        let case = |context| Case {
            context,
            text: text.clone(),
            functions: Vec::new(),
        };
        compare(&both, &[case(Context::Any)], &mut found);
        compare(&both, &[case(Context::Command)], &mut found);
        if let Some(case) = with_functions(&text) {
            compare(&both, &[case], &mut found);
        }
        let expected = REJECTED.iter().find(|(script, _)| *script == name);
        let why = found.rejected.keys().cloned().collect::<Vec<_>>().join("; ");
        match expected {
            None if found.accepted > 0 => {}
            Some((_, reason)) if found.accepted == 0 && why.contains(reason) => println!("{name}: {why}"),
            _ if given.is_some() => println!("{name}: {why}"),
            _ => wrong.push(format!("{name}: {why}")),
        }
        all.accepted += found.accepted;
        all.share = (all.share.0 + found.share.0, all.share.1 + found.share.1);
        all.differences.extend(found.differences);
    }
    tell(&both, &all);
    assert!(all.differences.is_empty(), "{}", all.differences.join("\n\n"));
    assert!(wrong.is_empty(), "rejected, or unexpectedly not:\n{}", wrong.join("\n"));
}

fn tell(both: &Both, found: &Found) {
    println!(
        "{} are accepted; of their {} fragments {} became bytecode",
        found.accepted, found.share.1, found.share.0
    );
    for (why, count) in both.left.take() {
        println!("{count:>9} left to rhai: {why}");
    }
    for (why, count) in &found.rejected {
        println!("{count:>9} rejected: {why}");
    }
}

/// Compares what is accepted of some, each alone if not all are the same both ways: a program ends with its first difference.
fn compare(both: &Both, cases: &[Case], found: &mut Found) {
    let before = found.differences.len();
    compare_together(both, cases, found);
    if found.differences.len() > before && cases.len() > 1 {
        let together = found.differences.split_off(before);
        for case in cases {
            let mut alone = Found::default();
            compare_together(both, std::slice::from_ref(case), &mut alone);
            found.differences.extend(alone.differences);
        }
        if found.differences.len() == before {
            found.differences.extend(together);
        }
    }
}

/// Compares what is accepted of some, in a program.
fn compare_together(both: &Both, cases: &[Case], found: &mut Found) {
    let accepted = match Accepted::of(cases) {
        Ok(accepted) => accepted,
        Err(problem) => {
            found.differences.push(problem);
            return;
        }
    };
    for (_, why) in &accepted.rejected {
        *found.rejected.entry(why.clone()).or_default() += 1;
    }
    found.accepted += accepted.cases.len();
    match both.compare(&accepted) {
        Ok((lowered, all)) => found.share = (found.share.0 + lowered, found.share.1 + all),
        Err(difference) => found.differences.push(difference),
    }
    if let Err(difference) = both.paranoid(&accepted) {
        found.differences.push(difference);
    }
}

/// A text of rhai at several places.
fn ways(text: &str) -> Vec<Case> {
    let known = with_variables(text);
    let shown = format!("let shown = {{ {known}\n}}; print(type_of(shown)); print(shown);");
    let places = [
        (Context::Any, known.clone()),
        (Context::Command, known),
        (Context::Command, shown),
    ];
    places
        .into_iter()
        .map(|(context, text)| Case {
            context,
            text,
            functions: Vec::new(),
        })
        .collect()
}

/// The text after declarations of the variables that a scope of the application has there.
fn with_variables(text: &str) -> String {
    let mut declared: Vec<String> = Vec::new();
    loop {
        let lets: String = declared.iter().map(|name| format!("let {name} = 42; ")).collect();
        let whole = format!("{lets}{text}");
        let case = Case {
            context: Context::Any,
            text: whole.clone(),
            functions: Vec::new(),
        };
        let Ok(accepted) = Accepted::of(std::slice::from_ref(&case)) else {
            return whole;
        };
        let unknown = accepted.rejected.iter().find_map(|(_, why)| {
            let name = why.split_once("unknown variable `")?.1.split('`').next()?;
            Some(name.to_owned())
        });
        match unknown {
            Some(name) if !declared.contains(&name) => declared.push(name),
            _ => return whole,
        }
    }
}

/// The text without its functions, and those in an include, with the constants that they mention.
fn with_functions(text: &str) -> Option<Case> {
    let (mut rest, mut functions) = (String::new(), Vec::new());
    let constant = |line: &&str| line.starts_with("const ") && text.contains("global::");
    let (constants, others): (Vec<&str>, Vec<&str>) = text.lines().partition(constant);
    let text = &format!("{}\n", others.join("\n"));
    functions.extend(constants.into_iter().map(String::from));
    let mut at = 0;
    while let Some(found) = text[at..].find("fn ") {
        let start = at + found;
        let before = text[..start].chars().next_back();
        let open = text[start..].find('{')?;
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '/') {
            rest.push_str(&text[at..start + 3]);
            at = start + 3;
            continue;
        }
        let mut depth = 0;
        let length = text[start + open..].find(|c| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            depth == 0
        })?;
        let end = start + open + length + 1;
        rest.push_str(&text[at..start]);
        functions.push(text[start..end].to_owned());
        at = end;
    }
    rest.push_str(&text[at..]);
    let case = Case {
        context: Context::Any,
        text: rest,
        functions: functions.clone(),
    };
    (!functions.is_empty()).then_some(case)
}
