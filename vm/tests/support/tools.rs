//! The two binaries, and running them with a time limit.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Longest run of a program.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Where the binaries are.
#[derive(Clone, Debug)]
pub(crate) struct Tools {
    pub(crate) hydrac: PathBuf,
    pub(crate) vm: PathBuf,
}

/// What a run printed, and its exit status.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) out: Vec<u8>,
    pub(crate) err: String,
}

impl Tools {
    /// Finds `hydra-vm`, and `hydrac` beside it, built if it is not there.
    pub(crate) fn find(root: &Path) -> Tools {
        let vm = PathBuf::from(env!("CARGO_BIN_EXE_hydra-vm"));
        let hydrac = vm.with_file_name(format!("hydrac{}", std::env::consts::EXE_SUFFIX));
        let mut build = Command::new(env!("CARGO"));
        build
            .current_dir(root)
            .args(["build", "--quiet", "--package", "hydrac", "--bin", "hydrac"]);
        if vm.components().any(|part| part.as_os_str() == "release") {
            build.arg("--release");
        }
        let built = build.status().expect("cargo can be run");
        assert!(built.success(), "hydrac cannot be built");
        Tools { hydrac, vm }
    }
}

/// Runs a command in a folder, with an input.
pub(crate) fn run(program: &Path, arguments: &[String], folder: &Path, input: &[u8]) -> Result<Ran, String> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .map_err(|problem| format!("{}: {problem}", program.display()))?;
    let mut stdin = child.stdin.take().expect("piped");
    let input = input.to_vec();
    std::thread::spawn(move || {
        // a program need not read all of its input
        let _ = stdin.write_all(&input);
    });
    let out = reading(child.stdout.take().expect("piped"));
    let err = reading(child.stderr.take().expect("piped"));
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().map_err(|problem| problem.to_string())? {
            break status;
        }
        if start.elapsed() > TIMEOUT {
            let _ = child.kill();
            let _ = child.wait();
            let err = String::from_utf8_lossy(&err.join().unwrap_or_default()).into_owned();
            return Err(format!("no end after {TIMEOUT:?}\n{err}"));
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    let out = out.join().unwrap_or_default();
    let err = String::from_utf8_lossy(&err.join().unwrap_or_default()).into_owned();
    Ok(Ran {
        status: status.code().unwrap_or(-1),
        out,
        err,
    })
}

fn reading(mut from: impl Read + Send + 'static) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        bytes
    })
}
