//! Programs that can be run.

use super::{Error, ErrorKind};
use hydra_bytecode::VerifiedModule;
use hydra_bytecode::report::Report;
use hydra_stdlib::engine::{Functions, ScriptProgram};
use std::sync::{Arc, OnceLock};

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
    pub(crate) functions: Functions,
    /// Its rhai, compiled by the first run that needs it.
    scripts: OnceLock<Arc<ScriptProgram>>,
}

impl Program {
    /// Compiles a text; `path` is its name in messages. Imports of files are not found.
    #[cfg(feature = "compiler")]
    pub fn compile(path: &str, text: &str) -> Result<Program, Error> {
        Compiler::new().compile(path, text)
    }

    /// Compiles a file, and what it imports.
    #[cfg(feature = "compiler")]
    pub fn compile_file(path: impl AsRef<std::path::Path>) -> Result<Program, Error> {
        Compiler::new().compile_file(path)
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

    /// The functions of the application that a loaded program was compiled with; the file has only their names.
    #[must_use]
    pub fn with_functions(mut self, functions: &Functions) -> Program {
        self.functions = functions.clone();
        self.scripts = OnceLock::new();
        self
    }

    /// Its rhai, for its runs.
    pub(crate) fn scripts(&self) -> Arc<ScriptProgram> {
        let made = || Arc::new(ScriptProgram::new(&self.module));
        self.scripts.get_or_init(made).clone()
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
            functions: Functions::default(),
            scripts: OnceLock::new(),
        }
    }
}

/// Compiles programs with settings: functions of the application, and constants.
///
/// ```
/// use hydra_vm::{Captured, Compiler, Functions, Run};
///
/// #[derive(Clone)]
/// struct Order { quantity: i64, price: f64 }
///
/// let mut functions = Functions::new();
/// functions
///     .register_fn("order", |quantity: i64, price: f64| Order { quantity, price })
///     .register_fn("value", |order: Order| order.quantity as f64 * order.price)
///     .register(|rhai| {
///         // the engine of rhai itself, for all that it can do
///         rhai.register_type_with_name::<Order>("Order").register_get("quantity", |order: &mut Order| order.quantity);
///     });
/// let program = Compiler::new().functions(&functions).define("PRICE", "2.5").compile("orders.csp", "
///     const PRICE = 1.0;
///     [[ desk :: o : any; o := {order(4, PRICE)}; book ! o
///     || book :: o : any; total : real; desk ? o; total := {value(o)}; {print(`${o.quantity} for ${total}`)}
///     ]]")?;
/// let printed = Captured::default();
/// Run::new(&program).stdout(printed.clone()).run()?.finished()?;
/// assert_eq!(printed.text(), "4 for 10.0\n");
/// # Ok::<(), hydra_vm::Error>(())
/// ```
#[cfg(feature = "compiler")]
#[derive(Clone, Debug, Default)]
pub struct Compiler {
    options: hydrac::Options,
}

#[cfg(feature = "compiler")]
impl Compiler {
    /// Without settings.
    pub fn new() -> Compiler {
        Compiler::default()
    }

    /// Functions and types of the application that fragments may use. The program keeps them for its runs.
    #[must_use]
    pub fn functions(mut self, functions: &Functions) -> Compiler {
        self.options.functions = functions.clone();
        self
    }

    /// Gives a `const` of the program another value, as `hydrac compile -D NAME=VALUE` does.
    #[must_use]
    pub fn define(mut self, name: &str, value: &str) -> Compiler {
        self.options.defines.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Compiles a text; `path` is its name in messages. Imports of files are not found.
    pub fn compile(&self, path: &str, text: &str) -> Result<Program, Error> {
        self.compiled(crate::source::compile_text(path, text, &self.options))
    }

    /// Compiles a file, and what it imports.
    pub fn compile_file(&self, path: impl AsRef<std::path::Path>) -> Result<Program, Error> {
        self.compiled(crate::source::compile_file_with(path.as_ref(), &self.options))
    }

    fn compiled(&self, compiled: crate::source::Compiled) -> Result<Program, Error> {
        hydra_stdlib::engine::check_rhai().map_err(|problem| Error::message(ErrorKind::Usage, problem))?;
        match compiled.module {
            Some(module) => Ok(Program {
                module,
                warnings: compiled.reports,
                functions: self.options.functions.clone(),
                scripts: OnceLock::new(),
            }),
            None => Err(Error::new(ErrorKind::Compile, compiled.reports, compiled.sources)),
        }
    }
}
