//! The standard library, in every edition: nothing is said about its files, and an error in how one is used shows it.

use hydra_stdlib::library;
use hydrac::load::{Loader, load};
use hydrac::{Options, check_loaded, compile};

/// A program in memory.
struct Text(String);

impl Loader for Text {
    fn read(&mut self, path: &str) -> Result<Vec<u8>, String> {
        match path {
            "program.csp" => Ok(self.0.clone().into()),
            _ => Err("no such file".into()),
        }
    }
}

#[test]
fn every_file_is_free_of_errors_and_warnings() {
    let paths: Vec<String> = library::standard_processes()
        .chain(library::standard_editions())
        .collect();
    assert!(paths.len() >= 30, "the files are found");
    for path in paths {
        let loaded = load("program.csp", &mut Text(format!("import \"{path}\";")));
        let checked = check_loaded(&loaded, &Options::default());
        assert!(checked.program.is_some(), "{path}");
        assert!(checked.reports.is_empty(), "{path}: {:?}", checked.reports);
    }
}

#[test]
fn all_of_them_can_be_imported_together() {
    let imports: String = library::standard_processes()
        .map(|path| format!("import \"{path}\"; "))
        .collect();
    let outcome = compile("program.csp", &mut Text(imports + "skip"), &Options::default());
    assert!(outcome.reports.is_empty(), "{:?}", outcome.reports);
}

#[test]
fn two_editions_of_a_file_define_the_same_names() {
    let program = "import \"std/flow\"; import \"std/integer/flow\"; skip";
    let outcome = compile("program.csp", &mut Text(program.into()), &Options::default());
    let [report] = outcome.reports.as_slice() else {
        panic!("one error: {:?}", outcome.reports);
    };
    assert_eq!((report.code, report.is_error()), ("H0214", true));
    assert!(
        report.message.contains("\"std/flow\" and \"std/integer/flow\""),
        "{}",
        report.message
    );
    assert_eq!(
        report.help.as_deref(),
        Some("import \"std/flow\" only, which takes values of every type")
    );
    let span = report.span.expect("a place");
    let text = &outcome.sources[span.file as usize].text;
    assert_eq!(&text[span.start as usize..span.end as usize], "\"std/integer/flow\"");
}

/// The codes of what is said to a program.
fn codes(program: &str) -> Vec<&'static str> {
    let outcome = compile("program.csp", &mut Text(program.into()), &Options::default());
    outcome.reports.iter().map(|report| report.code).collect()
}

#[test]
fn a_guard_that_only_drains_needs_no_warning_in_the_library() {
    let main = "[[ work :: after 1 || t :: WAIT(work, sink) || sink :: *[ t ? _ -> skip ] ]]";
    let wait = "process WAIT(work, to : process) :: *[ work ? _ -> skip ]; to ! 1 end ";
    assert_eq!(codes(&format!("{wait}{main}")), ["H0906"], "in a program it has one");
    let main = main.replace("WAIT(", "TICKER_DURING(1, ");
    assert_eq!(codes(&format!("import \"std/time\"; {main}")), [""; 0]);
    let main = "[[ work :: skip || t :: IDENTITY(work, sink) || sink :: *[ t ? _ -> skip ] ]]";
    assert_eq!(
        codes(&format!("import \"std/flow\"; {main}")),
        ["H0906"],
        "one that wants something has one, too"
    );
}
