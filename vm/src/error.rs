//! What can go wrong in a run.

use hydra_bytecode::Span;
use hydra_stdlib::engine::Raised;

/// Why a process cannot go on; becomes a report when the process is known.
#[derive(Debug)]
pub(crate) struct Trap {
    /// What happened, with the values.
    pub(crate) message: String,
    /// Where, if it is not the instruction itself: inside a fragment or a function.
    pub(crate) span: Option<Span>,
    /// That place is in a function of an `_include`: the command that called it is shown, too.
    pub(crate) in_function: bool,
    /// The failure is that of the instance as a whole: its place is where the definition is instantiated.
    pub(crate) at_instance: bool,
    /// It is no failure of the program: a limit was reached.
    pub(crate) limit: bool,
    /// The run is being stopped, so there is nothing to report.
    pub(crate) stopped: bool,
    /// The reader of the standard output went away: the run ends quietly.
    pub(crate) quiet: bool,
    /// Braces mean one thing as bytecode and another in rhai.
    pub(crate) difference: bool,
    /// What a `catch` gets, where functions have failed of programs that have one.
    pub(crate) raised: Option<Raised>,
    /// Further lines of the report.
    pub(crate) remarks: Vec<String>,
    /// Other places, with what is said of them.
    pub(crate) notes: Vec<(Span, String)>,
}

impl Trap {
    /// A failure.
    #[cold]
    pub(crate) fn new(message: impl Into<String>) -> Box<Trap> {
        Box::new(Trap {
            message: message.into(),
            span: None,
            in_function: false,
            at_instance: false,
            limit: false,
            stopped: false,
            quiet: false,
            difference: false,
            raised: None,
            remarks: Vec::new(),
            notes: Vec::new(),
        })
    }

    /// The bytecode does not keep what a compiler would: a register holds a value of another kind than the instruction
    /// needs. Cannot happen to a program that `hydrac` compiled.
    #[cold]
    pub(crate) fn malformed() -> Box<Trap> {
        Trap::new("malformed program: a register does not hold what the instruction needs")
    }

    /// Two met, and the value does not fit in its lengths.
    #[cold]
    pub(crate) fn meeting(message: String) -> Box<Trap> {
        Trap::new(message)
    }

    /// A limit of the machine was reached.
    #[cold]
    pub(crate) fn limit(message: impl Into<String>) -> Box<Trap> {
        let mut trap = Trap::new(message);
        trap.limit = true;
        trap
    }
}
