//! What the compiler says: `tests/reports/*.txt` hold a program, a line `----`, and all its reports as they are shown.
//! `HYDRA_BLESS=1 cargo test -p hydrac --test reports` writes the reports anew; read them as somebody who learns would.

use hydra_bytecode::report::Renderer;
use hydrac::load::Loader;
use std::path::Path;

/// What is between program and reports.
const LINE: &str = "\n----\n";

/// A program in memory, and the file `other.csp` that it may import.
struct Text<'a>(&'a str);

impl Loader for Text<'_> {
    fn read(&mut self, path: &str) -> Result<Vec<u8>, String> {
        match path {
            "program.csp" => Ok(self.0.into()),
            "other.csp" => Ok("process HELP(n : integer) :: {print(n)} end\nconst N = 3;\n".into()),
            _ => Err("no such file".to_string()),
        }
    }
}

fn reports(program: &str) -> String {
    let outcome = hydrac::compile("program.csp", &mut Text(program), &hydrac::Options::default());
    let renderer = Renderer::new(&outcome.sources, false);
    outcome.reports.iter().map(|report| renderer.render(report)).collect()
}

#[test]
fn programs_get_the_reports_beside_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reports");
    let bless = std::env::var_os("HYDRA_BLESS").is_some();
    let (mut found, mut wrong, mut codes) = (0, Vec::new(), String::new());
    for entry in std::fs::read_dir(&folder).expect("the folder is there").flatten() {
        let path = entry.path();
        let text = std::fs::read_to_string(&path).expect("a text file");
        let (program, expected) = text.split_once(LINE).unwrap_or((text.trim_end(), ""));
        let said = reports(program);
        found += 1;
        codes += &said;
        if bless {
            std::fs::write(&path, format!("{program}{LINE}{said}")).expect("the file can be written");
        } else if said != expected {
            wrong.push(format!("{}:\n{said}", path.display()));
        }
        assert!(said.starts_with("program.csp:"), "{}: {said}", path.display());
    }
    assert!(found >= 24, "{found} programs");
    for family in ["H01", "H02", "H03", "H04", "H05", "H06", "H07", "H09"] {
        assert!(
            codes.contains(&format!("[{family}")),
            "no report of the family {family}xx"
        );
    }
    assert!(
        wrong.is_empty(),
        "HYDRA_BLESS=1 writes these anew:\n{}",
        wrong.join("\n")
    );
}
