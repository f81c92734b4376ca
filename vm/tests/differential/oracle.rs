//! A second implementation of the language to compare with: a folder with the commands `hydrac` and `hydra-vm`.

use super::judge::Ended;
use std::path::PathBuf;
use std::process::Command;

/// Where the commands are.
pub(crate) struct Oracle(PathBuf);

impl Oracle {
    /// The commands in a folder.
    pub(crate) fn new(folder: PathBuf) -> Oracle {
        Oracle(folder)
    }

    /// Compiles and runs a program.
    pub(crate) fn run(&self, text: &str) -> Result<Ended, String> {
        let base = std::env::temp_dir().join(format!("hydra-differential-{}", std::process::id()));
        let (source, binary) = (base.with_extension("csp"), base.with_extension("hbc"));
        std::fs::write(&source, text).map_err(|problem| format!("{}: {problem}", source.display()))?;
        let start = |command: &str, arguments: &[&std::ffi::OsStr]| {
            let mut started = Command::new(self.0.join(command));
            let output = started.args(arguments).stdin(std::process::Stdio::null()).output();
            output.map_err(|problem| format!("{}: {problem}", self.0.join(command).display()))
        };
        let compile = [
            "compile".as_ref(),
            source.as_os_str(),
            "-o".as_ref(),
            binary.as_os_str(),
        ];
        let compiled = start("hydrac", &compile)?;
        let ended = if compiled.status.success() {
            let ran = start("hydra-vm", &["run".as_ref(), binary.as_os_str()])?;
            match ran.status.code() {
                Some(exit @ (0 | 1 | 3)) => Ok(Ended::new(exit, &String::from_utf8_lossy(&ran.stdout))),
                _ => Err(format!("the oracle breaks: {}", String::from_utf8_lossy(&ran.stderr))),
            }
        } else {
            Err(format!(
                "the oracle does not compile it: {}",
                String::from_utf8_lossy(&compiled.stderr)
            ))
        };
        for file in [source, binary] {
            let _ = std::fs::remove_file(file);
        }
        ended
    }
}
