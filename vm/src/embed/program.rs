//! Programs that can be run.

use super::{Error, ErrorKind};
use hydra_bytecode::VerifiedModule;
use hydra_bytecode::report::Report;

/// A program, compiled and verified. It can be run many times, also at the same time.
///
/// ```
/// use hydra_vm::{Program, Run};
///
/// let program = Program::compile("greet.csp", "param name : string; {print(\"Hello, \" + name)}")?;
/// let bytes = program.bytes();                 // what `hydrac compile` writes
/// let again = Program::load(&bytes)?;
/// Run::new(&again).set("name", "Tony").run()?.finished()?;
/// # Ok::<(), hydra_vm::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Program {
    pub(crate) module: VerifiedModule,
    warnings: Vec<Report>,
}

impl Program {
    /// Compiles a text; `path` is its name in messages. Imports of files are not found.
    #[cfg(feature = "compiler")]
    pub fn compile(path: &str, text: &str) -> Result<Program, Error> {
        Program::compiled(crate::source::compile_text(path, text))
    }

    /// Compiles a file, and what it imports.
    #[cfg(feature = "compiler")]
    pub fn compile_file(path: impl AsRef<std::path::Path>) -> Result<Program, Error> {
        Program::compiled(crate::source::compile_file(path.as_ref()))
    }

    #[cfg(feature = "compiler")]
    fn compiled(compiled: crate::source::Compiled) -> Result<Program, Error> {
        match compiled.module {
            Some(module) => Ok(Program {
                module,
                warnings: compiled.reports,
            }),
            None => Err(Error::new(ErrorKind::Compile, compiled.reports, compiled.sources)),
        }
    }

    /// Reads a compiled program: the bytes of an `.hbc` file.
    pub fn load(bytes: &[u8]) -> Result<Program, Error> {
        match crate::load(bytes) {
            Ok(module) => Ok(module.into()),
            Err(problem) => Err(Error::message(ErrorKind::Compile, problem)),
        }
    }

    /// The bytes of its `.hbc` file.
    pub fn bytes(&self) -> Vec<u8> {
        hydra_bytecode::encode(&self.module)
    }

    /// What the compiler warned of.
    pub fn warnings(&self) -> &[Report] {
        &self.warnings
    }

    /// The verified bytecode.
    pub fn module(&self) -> &VerifiedModule {
        &self.module
    }
}

impl From<VerifiedModule> for Program {
    fn from(module: VerifiedModule) -> Program {
        Program {
            module,
            warnings: Vec::new(),
        }
    }
}
