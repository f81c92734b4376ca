//! Instances of definitions: windows of registers on the process's own stack.

use crate::chan::Name;
use crate::error::Trap;
use crate::limits::STACK_REGISTERS_MAX;
use crate::process::{CallFrame, Process};
use crate::sched::Worker;
use hydra_stdlib::value::Value;
use smallvec::SmallVec;

impl Worker<'_> {
    /// Begins an instance.
    pub(super) fn call(&mut self, process: &mut Process, call: u16) -> Result<(), Box<Trap>> {
        let module = &self.shared.program.module;
        let call = &module.calls[usize::from(call)];
        let routine = &module.routines[usize::from(call.routine)];
        let [s_from, r_from, n_from] = call.args.map(usize::from);
        let [s_count, r_count, n_count] = routine.args.map(usize::from);
        let (s, r) = process.window();
        let s_args: SmallVec<[u64; 8]> = s[s_from..s_from + s_count].into();
        let r_args: SmallVec<[Value; 4]> = r[r_from..r_from + r_count].into();
        let mut names: Vec<Name> = match n_count {
            0 => Vec::new(),
            _ => process
                .names()
                .get(n_from..n_from + n_count)
                .ok_or_else(Trap::malformed)?
                .to_vec(),
        };
        names.resize(usize::from(routine.names), Name::None);
        let (caller, caller_pc) = (process.routine, process.pc);
        let extra = process.extra_mut();
        let (scalars, references) = (extra.scalars.len(), extra.references.len());
        if scalars + references > STACK_REGISTERS_MAX {
            return Err(Trap::limit("instances nested too deeply"));
        }
        let frame = CallFrame {
            caller,
            caller_pc,
            scalars,
            references,
            names,
        };
        process.enter(frame, &s_args, &r_args, routine.scalars, routine.references);
        process.routine = call.routine;
        process.pc = 0;
        Ok(())
    }

    /// Ends an instance.
    pub(super) fn ret(&mut self, process: &mut Process) -> Result<(), Box<Trap>> {
        let frame = process.leave().ok_or_else(Trap::malformed)?;
        process.routine = frame.caller;
        process.pc = frame.caller_pc;
        Ok(())
    }
}
