//! Recording a run, and comparing it with its replay.

use hydra_vm::{Captured, Outcome, Recording, Report, Run, Status, Trace};
use std::sync::{Arc, Mutex, PoisonError};

/// What is recorded of a run.
pub(crate) struct Recorded {
    trace: Captured,
    recording: Recording,
}

impl Recorded {
    /// Nothing yet.
    pub(crate) fn new() -> Recorded {
        let trace = Captured::default();
        let recording = Recording::new(trace.clone());
        Recorded { trace, recording }
    }

    /// The run, to be recorded.
    pub(crate) fn of<'a>(&self, run: Run<'a>) -> Run<'a> {
        run.record(&self.recording)
    }

    /// Repeats the run, which must do the same, with these warnings. The error says what differs.
    pub(crate) fn is_repeated(
        &self,
        outcome: &Outcome,
        printed: &str,
        warned: Option<&[Report]>,
    ) -> Result<(), String> {
        if let Some(problem) = self.recording.problem() {
            return Err(problem);
        }
        let again = Captured::default();
        let warnings: Arc<Mutex<Vec<Report>>> = Arc::default();
        let told = warnings.clone();
        let on_warning =
            move |report: &Report| told.lock().unwrap_or_else(PoisonError::into_inner).push(report.clone());
        let trace = Trace::read(&self.trace.bytes()).map_err(|error| format!("its trace: {error}"))?;
        let replay = trace.replay().stdout(again.clone()).on_warning(on_warning);
        let other = replay.run().map_err(|error| format!("its replay: {error}"))?;
        let both = [(outcome, printed), (&other, &again.text())].map(|(outcome, printed)| {
            // when a process fails, the others have come as far as they happened to
            let did = (outcome.status != Status::Failure)
                .then_some((outcome.statistics.processes, outcome.statistics.communications));
            format!("{:?} {:?}\n{printed}\n{did:?}", outcome.status, outcome.report)
        });
        if both[0] != both[1] {
            return Err(format!("its replay differs:\n{}\n---- and\n{}", both[0], both[1]));
        }
        let warnings = warnings.lock().unwrap_or_else(PoisonError::into_inner);
        match warned {
            Some(warned) if *warned != **warnings => {
                Err(format!("its replay warns otherwise: {warned:?}\n{warnings:?}"))
            }
            _ => Ok(()),
        }
    }
}
