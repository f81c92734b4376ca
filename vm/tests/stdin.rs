//! What needs an input that stays open: nobody types, and nobody has closed it.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Longest time that a run may take here.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A choice that could have read a line went on by its delay; then all wait for each other. The read that was begun for it
/// must not seem to be something that can still happen.
const DEADLOCK: &str = "\
[[ a :: line : string; n : integer;
        [ stdin ? line -> skip [] after 10 -> skip ];
        b ? n; b ! n
|| b :: n : integer; a ? n; a ! n
]]";

#[test]
fn a_read_that_nobody_waits_for_hides_no_deadlock() {
    let program = std::env::temp_dir().join(format!("hydra-stdin-{}.csp", std::process::id()));
    std::fs::write(&program, DEADLOCK).expect("a program can be written");
    for workers in ["1", "2"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_hydra-vm"))
            .arg("run")
            .arg(&program)
            .args(["--workers", workers])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("hydra-vm can be started");
        let input = child.stdin.take();
        let start = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().expect("its end can be seen") {
                break status.code();
            }
            if start.elapsed() > TIMEOUT {
                let _ = child.kill();
                let _ = child.wait();
                break None;
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        drop(input);
        assert_eq!(status, Some(3), "{workers} workers: a deadlock is exit 3");
    }
    let _ = std::fs::remove_file(&program);
}
