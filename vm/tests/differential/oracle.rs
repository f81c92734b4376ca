//! A second implementation of the language to compare with: a folder with the commands `hydrac` and `hydra-vm`. If they are
//! written in Python, one interpreter (`warm.py`) runs all programs.

use super::judge::Ended;
use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Where the commands are.
pub(crate) struct Oracle {
    folder: PathBuf,
    warm: Option<RefCell<Warm>>,
}

/// An interpreter that waits for commands.
struct Warm {
    child: Child,
    asks: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// What became of a command: its exit status, output and errors.
type Done = (Option<i32>, Vec<u8>, Vec<u8>);

impl Oracle {
    /// The commands in a folder.
    pub(crate) fn new(folder: PathBuf) -> Oracle {
        let text = std::fs::read(folder.join("hydra-vm")).unwrap_or_default();
        let first = text.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let warm = String::from_utf8_lossy(first).contains("python3");
        let warm = warm.then(|| RefCell::new(Warm::start(&folder)));
        Oracle { folder, warm }
    }

    /// Compiles and runs a program.
    pub(crate) fn run(&self, text: &str) -> Result<Ended, String> {
        let base = std::env::temp_dir().join(format!("hydra-differential-{}", std::process::id()));
        let (source, binary) = (base.with_extension("csp"), base.with_extension("hbc"));
        std::fs::write(&source, text).map_err(|problem| format!("{}: {problem}", source.display()))?;
        let (shown, made) = (source.display().to_string(), binary.display().to_string());
        let (compiled, _, problems) = self.start(&base, "hydrac", &["compile", &shown, "-o", &made])?;
        let ended = if compiled == Some(0) {
            let (exit, out, problems) = self.start(&base, "hydra-vm", &["run", &made])?;
            match exit {
                Some(exit @ (0 | 1 | 3)) => Ok(Ended::new(exit, &String::from_utf8_lossy(&out))),
                _ => Err(format!("the oracle breaks: {}", String::from_utf8_lossy(&problems))),
            }
        } else {
            let problems = String::from_utf8_lossy(&problems);
            Err(format!("the oracle does not compile it: {problems}"))
        };
        for file in [source, binary] {
            let _ = std::fs::remove_file(file);
        }
        ended
    }

    fn start(&self, base: &Path, command: &str, arguments: &[&str]) -> Result<Done, String> {
        if let Some(warm) = &self.warm {
            return warm.borrow_mut().run(base, command, arguments);
        }
        let path = self.folder.join(command);
        let output = Command::new(&path).args(arguments).stdin(Stdio::null()).output();
        let output = output.map_err(|problem| format!("{}: {problem}", path.display()))?;
        Ok((output.status.code(), output.stdout, output.stderr))
    }
}

impl Warm {
    fn start(folder: &Path) -> Warm {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential/warm.py");
        let mut child = Command::new("python3")
            .arg(script)
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3");
        let asks = child.stdin.take().expect("a pipe");
        let answers = BufReader::new(child.stdout.take().expect("a pipe"));
        Warm { child, asks, answers }
    }

    fn run(&mut self, base: &Path, command: &str, arguments: &[&str]) -> Result<Done, String> {
        let (out, errors) = (base.with_extension("out"), base.with_extension("err"));
        let (shown_out, shown_errors) = (out.display().to_string(), errors.display().to_string());
        let line = [&[command, &shown_out, &shown_errors], arguments].concat().join("\t");
        let mut answer = String::new();
        let asked = writeln!(self.asks, "{line}").and_then(|()| self.answers.read_line(&mut answer));
        asked.map_err(|problem| format!("the oracle does not answer: {problem}"))?;
        let exit = answer.trim().parse().ok();
        let done = (
            exit,
            std::fs::read(&out).unwrap_or_default(),
            std::fs::read(&errors).unwrap_or_default(),
        );
        for file in [out, errors] {
            let _ = std::fs::remove_file(file);
        }
        Ok(done)
    }
}

impl Drop for Warm {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
