//! What an application uses: programs, runs and errors.

mod channel;
mod error;
mod program;
mod replay;
mod run;
mod running;

pub use channel::{Receiver, RecvError, SendError, SendFuture, Sender, channel};
pub use error::{Error, ErrorKind};
#[cfg(feature = "compiler")]
pub use program::Compiler;
pub use program::Program;
pub use replay::{Replay, Trace};
pub use run::Run;
pub use running::Running;

/// Compiles the text of a program and runs it on all cores, with the standard streams of this process as its own. `name`
/// is the program's name in messages.
///
/// ```
/// hydra_vm::cspexec("[[ a :: b ! 6 || b :: n : integer; a ? n; {print(n * 7)} ]]", "answer")?;
/// # Ok::<(), hydra_vm::Error>(())
/// ```
///
/// Nothing is imported from files; [`Program::compile_file`] can. The error says what went wrong, with the place:
///
/// ```
/// let error = hydra_vm::cspexec("x : integer;\nx := \"one\"", "wrong").unwrap_err();
/// assert_eq!(error.kind(), hydra_vm::ErrorKind::Compile);
/// assert!(error.to_string().starts_with("wrong:2:6: error"), "{error}");
/// ```
#[cfg(feature = "compiler")]
pub fn cspexec(source: &str, name: &str) -> Result<crate::Statistics, Error> {
    Run::new(&Program::compile(name, source)?)
        .standard_streams()
        .run()?
        .finished()
}
