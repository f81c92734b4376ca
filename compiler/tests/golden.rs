//! Programs with the bytecode they become: `tests/data/golden/*.txt` hold a program, a line `====`, and its listing.
//! `HYDRA_BLESS=1 cargo test -p hydrac --test golden` writes the listings anew.

use hydrac::load::Loader;
use std::path::Path;

/// What is between program and listing.
const LINE: &str = "\n====\n";

/// A program in memory.
struct Text<'a>(&'a str);

impl Loader for Text<'_> {
    fn read(&mut self, path: &str) -> Result<Vec<u8>, String> {
        if path == "program.csp" {
            Ok(self.0.into())
        } else {
            Err("there is no such file".to_string())
        }
    }
}

fn listing(program: &str) -> String {
    let outcome = hydrac::compile("program.csp", &mut Text(program), &hydrac::Options::default());
    let mut text = String::new();
    for report in outcome.reports.iter().filter(|report| report.is_error()) {
        text += &hydra_bytecode::report::render(report, &outcome.sources, false);
    }
    match outcome.module {
        Some(module) => {
            text += &hydra_bytecode::listing(&module);
            if let Err(error) = hydra_bytecode::verify(module) {
                text += &format!("{error}\n");
            }
        }
        None => text += "no module\n",
    }
    text
}

#[test]
fn programs_become_the_bytecode_beside_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/golden");
    let bless = std::env::var_os("HYDRA_BLESS").is_some();
    let (mut found, mut wrong) = (0, Vec::new());
    for entry in std::fs::read_dir(&folder).expect("the folder is there").flatten() {
        let path = entry.path();
        let text = std::fs::read_to_string(&path).expect("a text file");
        let (program, expected) = text.split_once(LINE).unwrap_or((text.trim_end(), ""));
        let made = listing(program);
        found += 1;
        if bless {
            std::fs::write(&path, format!("{program}{LINE}{made}")).expect("the file can be written");
        } else if made != expected {
            let lines = made.lines().zip(expected.lines());
            let at = lines.take_while(|(a, b)| a == b).count();
            let line = |text: &str| text.lines().nth(at).unwrap_or("(end)").to_string();
            wrong.push(format!(
                "{}: `{}`, not `{}`",
                path.display(),
                line(&made),
                line(expected)
            ));
        }
        assert!(
            !made.contains("error[") && !made.contains("malformed"),
            "{}: {made}",
            path.display()
        );
    }
    assert!(found >= 12, "{found} programs");
    assert!(
        wrong.is_empty(),
        "HYDRA_BLESS=1 writes these anew:\n{}",
        wrong.join("\n")
    );
}
