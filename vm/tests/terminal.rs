//! A program at a terminal: each line is seen when it is printed. And standard streams that were closed at the start.
#![cfg(unix)]

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A file with a program; gone when dropped.
struct Program(PathBuf);

impl Program {
    fn new(name: &str, text: &str) -> Program {
        let path = std::env::temp_dir().join(format!("hydra-terminal-{}-{name}.csp", std::process::id()));
        std::fs::write(&path, text).expect("a file can be written");
        Program(path)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hydra-vm"));
        command.arg("run").arg(&self.0);
        command
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A program that runs, and the other side of its terminal.
struct Session {
    child: Child,
    terminal: File,
}

impl Session {
    fn start(program: &Program) -> Session {
        use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
        let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("there are terminals");
        grantpt(&terminal).expect("it may be used");
        unlockpt(&terminal).expect("it may be opened");
        let name = ptsname(&terminal, Vec::new()).expect("it has a name");
        let path = PathBuf::from(name.to_str().expect("a plain name"));
        let side = || {
            File::options()
                .read(true)
                .write(true)
                .open(&path)
                .expect("it can be opened")
        };
        let child = (program.command().stdin(side()).stdout(side()).stderr(side()))
            .spawn()
            .expect("hydra-vm starts");
        let terminal = File::from(terminal);
        Session { child, terminal }
    }

    /// What appears, up to a text.
    fn until(&mut self, text: &str) -> String {
        let (mut seen, mut byte) = (Vec::new(), [0]);
        while !seen.ends_with(text.as_bytes()) && self.something_comes() {
            match self.terminal.read(&mut byte) {
                Ok(0) => break,
                Ok(_) => seen.push(byte[0]),
                Err(problem) if problem.kind() == ErrorKind::Interrupted => {}
                Err(_) => break, // the program has closed its side
            }
        }
        String::from_utf8_lossy(&seen).replace('\r', "")
    }
}

impl Session {
    /// Waits for what the program writes; not for ever, for it may have lost it.
    fn something_comes(&self) -> bool {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let limit = Timespec { tv_sec: 30, tv_nsec: 0 };
        let mut wanted = [PollFd::new(&self.terminal, PollFlags::IN)];
        matches!(poll(&mut wanted, Some(&limit)), Ok(1..) | Err(rustix::io::Errno::INTR))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn lines_are_seen_while_the_program_computes() {
    let program = Program::new("computes", "{print(\"one\")}; stdout ! \"two\"; *[ true -> skip ]");
    let mut session = Session::start(&program);
    assert_eq!(session.until("two\r\n"), "one\ntwo\n");
}

#[test]
fn an_unfinished_line_is_seen_before_the_program_waits() {
    let text = "s : string; *(i:1..2)[ stdout ! '?'; stdin ? s; {print(\"hello \" + s)} ]";
    let program = Program::new("prompt", text);
    let mut session = Session::start(&program);
    for name in ["Ada", "Grace"] {
        assert_eq!(session.until("?"), "?");
        writeln!(session.terminal, "{name}").expect("somebody types");
        // the terminal shows what is typed, too
        let answer = format!("hello {name}\r\n");
        assert!(session.until(&answer).ends_with(&answer.replace('\r', "")));
    }
    assert_eq!(session.child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn control_c_ends_it_with_who_waits_for_whom() {
    let text = "{print(\"ready\")}; [[ a :: n : integer; b ? n; {print(n)} || b :: s : string; stdin ? s; {print(s)}; a ! 1 ]]";
    let program = Program::new("interrupt", text);
    let mut session = Session::start(&program);
    session.until("ready\r\n");
    // it is not the terminal's foreground process, so the key itself would reach nobody
    let kill = Command::new("kill")
        .args(["-INT", &session.child.id().to_string()])
        .status();
    assert!(kill.expect("there is kill").success());
    let report = session.until("nothing ever says this");
    assert!(report.contains("interrupted"), "{report}");
    assert_eq!(session.child.wait().expect("it ends").code(), Some(130), "{report}");
}

#[test]
fn streams_closed_at_the_start() {
    let program = Program::new(
        "closed",
        "s : string; stdout ! \"out\"; stderr ! \"err\"; *[ stdin ? s -> stdout ! s ]",
    );
    for (closed, out, err) in [
        ("<&-", "out\n", "err\n"),
        (">&-", "", "err\n"),
        ("2>&-", "out\nin\n", ""),
        ("<&- >&- 2>&-", "", ""),
    ] {
        let script = format!("exec \"$0\" run \"$1\" {closed}");
        let mut command = Command::new("sh");
        command
            .args(["-c", &script, env!("CARGO_BIN_EXE_hydra-vm")])
            .arg(&program.0);
        let mut child = (command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped()))
        .spawn()
        .expect("there is a shell");
        // who has closed it reads nothing
        let _ = child.stdin.take().expect("piped").write_all(b"in\n");
        let output = child.wait_with_output().expect("it ends");
        let seen = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(
            (
                output.status.code(),
                seen(&output.stdout).as_str(),
                seen(&output.stderr).as_str()
            ),
            (Some(0), out, err),
            "{closed}"
        );
    }
}
