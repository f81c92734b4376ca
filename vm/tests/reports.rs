//! What a run says when it ends badly: `tests/reports/*.txt` hold a program, a line `----`, and its error output. Flags
//! of the run stand in the first line, after `-- run:`. All run with a seed, for then they say the same each time.
//! `HYDRA_BLESS=1 cargo test -p hydra-vm --test reports` writes the outputs anew; read them as somebody who learns would.

use std::path::Path;
use std::process::Command;

/// What is between program and error output.
const LINE: &str = "\n----\n";

fn said(folder: &Path, program: &str) -> String {
    let name = "program.csp";
    let own = folder.join(format!("run-{}", std::process::id()));
    std::fs::create_dir_all(&own).expect("a folder");
    std::fs::write(own.join(name), program).expect("a file");
    std::fs::write(own.join("numbers.data"), "12\n34\nfifty 6\n").expect("a file");
    let first = program.lines().next().unwrap_or_default();
    let flags = first.strip_prefix("-- run:").unwrap_or_default();
    let output = Command::new(env!("CARGO_BIN_EXE_hydra-vm"))
        .args(["run", name, "--seed", "1"])
        .args(flags.split_whitespace())
        .current_dir(&own)
        .output()
        .expect("the machine can be started");
    let _ = std::fs::remove_dir_all(&own);
    let status = output.status.code().unwrap_or(-1);
    format!("{}exit status {status}\n", String::from_utf8_lossy(&output.stderr))
}

#[test]
fn programs_end_with_the_reports_beside_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reports");
    let bless = std::env::var_os("HYDRA_BLESS").is_some();
    let (mut found, mut wrong) = (0, Vec::new());
    for entry in std::fs::read_dir(&folder).expect("the folder is there").flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a text file");
        let (program, expected) = text.split_once(LINE).unwrap_or((text.trim_end(), ""));
        let said = said(Path::new(env!("CARGO_TARGET_TMPDIR")), program);
        found += 1;
        if bless {
            std::fs::write(&path, format!("{program}{LINE}{said}")).expect("the file can be written");
        } else if said != expected {
            wrong.push(format!("{}:\n{said}", path.display()));
        }
        let ended = ["exit status 1\n", "exit status 3\n", "exit status 4\n"];
        assert!(
            said.starts_with("program.csp:") && ended.iter().any(|end| said.ends_with(end)),
            "{}: {said}",
            path.display()
        );
    }
    assert!(found >= 16, "{found} programs");
    assert!(
        wrong.is_empty(),
        "HYDRA_BLESS=1 writes these anew:\n{}",
        wrong.join("\n")
    );
}
