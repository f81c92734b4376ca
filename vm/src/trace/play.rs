//! Repeats a run: what its processes may do, and when.

use super::{Contents, How, Ident, Tape, Track};
use crate::chan::Cell;
use crate::error::Trap;
use crate::host::Written;
use crate::process::Process;
use crate::report;
use crate::sched::{Ending, Shared};
use crate::sync::Mutex;
use crate::trace::file::Happened;
use hydra_bytecode::report::Report;
use rustc_hash::FxHashMap;
use std::collections::VecDeque;
use std::sync::Arc;

/// What is written: to which stream, and whether a line end follows.
pub(crate) struct Line {
    pub(crate) stream: u32,
    pub(crate) text: String,
    pub(crate) line_end: bool,
}

/// A trace that is followed.
pub(crate) struct Player {
    /// How the recorded run ended; `None` if that was cut off.
    end: Option<(How, Option<Report>)>,
    /// What the report of a deadlock says of streams of values.
    stuck: Vec<String>,
    inner: Mutex<Inner>,
}

struct Inner {
    logs: FxHashMap<Ident, Vec<u8>>,
    order: VecDeque<Happened>,
    /// Bytes of logs that have not been used, and all that is still to be written and read.
    left: u64,
    /// How much each process is still to write and read.
    due: FxHashMap<Ident, u64>,
    /// What processes have written before it was their turn.
    early: FxHashMap<Ident, VecDeque<Line>>,
    /// Processes that want to read before it is their turn.
    readers: FxHashMap<Ident, Process>,
    /// Processes that do not go on.
    held: Vec<Process>,
    /// Choices of streams only, which nobody else knows: each waits for itself, and must be found at the end.
    cells: Vec<Arc<Cell>>,
    /// The failure that ends the run when all has happened.
    failure: Option<Box<Report>>,
    /// Why the trace cannot be followed further.
    misfit: Option<String>,
}

/// The trace has no end.
const CUT: &str = "the trace ends here: the run that was recorded was killed, or its trace was cut off";

impl Player {
    /// Follows a trace.
    pub(crate) fn new(contents: &mut Contents) -> Player {
        let logs = std::mem::take(&mut contents.logs);
        let order = std::mem::take(&mut contents.order);
        let mut left: u64 = logs.values().map(|log| log.len() as u64).sum();
        let mut due: FxHashMap<Ident, u64> = FxHashMap::default();
        for happened in &order {
            if let Happened::By(who, count) = happened {
                left = left.saturating_add(*count);
                let due = due.entry(*who).or_default();
                *due = due.saturating_add(*count);
            }
        }
        Player {
            end: contents.end.take(),
            stuck: std::mem::take(&mut contents.stuck),
            inner: Mutex::new(Inner {
                logs,
                order,
                left,
                due,
                early: FxHashMap::default(),
                readers: FxHashMap::default(),
                held: Vec::new(),
                cells: Vec::new(),
                failure: None,
                misfit: None,
            }),
        }
    }

    /// A process begins: it gets its log, if it has one.
    pub(crate) fn begins(&self, process: &mut Process) {
        if let Some(log) = self.inner.lock().logs.remove(&Ident::of(process)) {
            process.extra_mut().track = Some(Box::new(Track::Read(Tape::new(log))));
        }
    }

    /// So many bytes of logs were used.
    pub(crate) fn used(&self, bytes: u64) {
        let mut inner = self.inner.lock();
        inner.left = inner.left.saturating_sub(bytes);
    }

    /// The process does not go on: what it would do next was not recorded.
    pub(crate) fn hold(&self, process: Process) {
        self.inner.lock().held.push(process);
    }

    /// A choice of streams only waits to the end of the run.
    pub(crate) fn keep(&self, cell: Arc<Cell>) {
        self.inner.lock().cells.push(cell);
    }

    /// The run does otherwise than it was recorded.
    #[cold]
    pub(crate) fn deviates(&self, shared: &Arc<Shared>, what: impl Into<String>) {
        let mut inner = self.inner.lock();
        inner
            .misfit
            .get_or_insert_with(|| format!("the trace does not fit: {}", what.into()));
        drop(inner);
        shared.end(Ending::Quiet);
    }

    /// Why the trace could not be followed to its end, if so.
    pub(crate) fn misfit(&self) -> Option<String> {
        self.inner.lock().misfit.clone()
    }

    /// A process writes: now, or when it is its turn.
    pub(crate) fn write(&self, shared: &Arc<Shared>, who: Ident, line: Line) {
        let mut inner = self.inner.lock();
        let due = inner.due.get(&who).copied().unwrap_or_default();
        let early = inner.early.entry(who).or_default();
        // what comes after all that was recorded is never written
        if (early.len() as u64) < due {
            early.push_back(line);
        }
        inner.go_on(shared);
    }

    /// Whether it is the turn of a process to read.
    pub(crate) fn may_read(&self, who: Ident) -> bool {
        self.inner.lock().is_next(who)
    }

    /// The process waits for its turn to read.
    pub(crate) fn reads_later(&self, process: Process) {
        self.inner.lock().readers.insert(Ident::of(&process), process);
    }

    /// A process has read.
    pub(crate) fn has_read(&self, shared: &Arc<Shared>) {
        let mut inner = self.inner.lock();
        inner.take_first();
        inner.go_on(shared);
    }

    /// What comes first in the order happens, as far as it can.
    pub(crate) fn begin(&self, shared: &Arc<Shared>) {
        self.inner.lock().go_on(shared);
    }

    /// A process fails: if it is the failure that was recorded, that ends the run when all else has happened.
    pub(crate) fn fails(&self, shared: &Shared, mut process: Process, trap: Trap) {
        let ends = matches!(self.end, Some((How::Failure(who), _)) if who == Ident::of(&process));
        let report = ends.then(|| Box::new(report::failure(shared, &mut process, trap)));
        let mut inner = self.inner.lock();
        inner.failure = inner.failure.take().or(report);
        inner.held.push(process);
    }

    /// What streams of values offered that nobody took.
    pub(crate) fn stuck(&self) -> &[String] {
        &self.stuck
    }

    /// Whether the recorded run reached a limit.
    pub(crate) fn reaches_limit(&self) -> bool {
        matches!(self.end, Some((How::Limit, _)))
    }

    /// The main process has ended.
    pub(crate) fn main_ends(&self, shared: &Arc<Shared>) {
        let is_over = self.inner.lock().left == 0;
        match self.end {
            Some((How::Done, _)) if is_over => shared.end(Ending::Done),
            _ if self.look(shared, false) => {}
            _ => self.deviates(shared, "the program ends before all has happened that was recorded"),
        }
    }

    /// Ends the run if it is time; whether it was. `idle`: no process can go on.
    pub(crate) fn look(&self, shared: &Arc<Shared>, idle: bool) -> bool {
        let mut inner = self.inner.lock();
        let ending = self.ending(&mut inner, shared, idle);
        drop(inner);
        let ends = ending.is_some();
        if let Some(ending) = ending {
            shared.end(ending);
        }
        ends
    }

    fn ending(&self, inner: &mut Inner, shared: &Shared, idle: bool) -> Option<Ending> {
        if inner.misfit.is_some() {
            return Some(Ending::Quiet);
        }
        let is_over = inner.left == 0;
        let recorded = |report: &Option<Report>| {
            let nothing = || Report::new(hydra_bytecode::report::Severity::Event("failure"), "", None, "");
            Box::new(report.clone().unwrap_or_else(nothing))
        };
        match &self.end {
            None if is_over || idle => {
                inner.misfit = Some(CUT.into());
                return Some(Ending::Quiet);
            }
            Some((how, report)) if is_over => match how {
                How::Quiet => return Some(Ending::Quiet),
                How::Outside => return Some(Ending::Failure(recorded(report))),
                How::Limit => return Some(Ending::Limit(recorded(report))),
                How::Cancelled(_) => return Some(Ending::Cancelled(recorded(report))),
                How::Failure(_) => {
                    if let Some(found) = inner.failure.take() {
                        return Some(inner.same(&found, report, Ending::Failure(found.clone())));
                    }
                }
                How::Deadlock if idle => {
                    let found = Box::new(report::deadlock(shared));
                    return Some(inner.same(&found, report, Ending::Deadlock(found.clone())));
                }
                How::Deadlock | How::Done => {}
            },
            _ => {}
        }
        if !idle {
            return None;
        }
        let left = match inner.order.front() {
            Some(Happened::By(who, _)) => format!("; process {} of group {} was next", who.member, who.group),
            _ => String::new(),
        };
        inner.misfit = Some(format!(
            "the trace does not fit: no process can go on, but more has happened when it was recorded{left}"
        ));
        Some(Ending::Quiet)
    }

    /// Nothing of processes is left here.
    pub(crate) fn clear(&self) {
        let mut inner = self.inner.lock();
        let gone = (std::mem::take(&mut inner.held), std::mem::take(&mut inner.readers));
        let cells = std::mem::take(&mut inner.cells);
        drop(inner);
        drop(gone);
        for cell in cells {
            drop(cell.take_if(|_| Some(())));
        }
    }
}

impl Inner {
    /// The ending, if the report is the one that was recorded.
    fn same(&mut self, found: &Report, recorded: &Option<Report>, ending: Ending) -> Ending {
        if recorded.as_ref() == Some(found) {
            return ending;
        }
        self.misfit = Some(format!("the trace does not fit: the run ends with: {}", found.message));
        Ending::Quiet
    }

    fn is_next(&self, who: Ident) -> bool {
        let first = matches!(self.order.front(), Some(Happened::By(next, count)) if *next == who && *count > 0);
        first && self.early.get(&who).is_none_or(VecDeque::is_empty)
    }

    /// What came first in the order has happened.
    fn take_first(&mut self) {
        if let Some(Happened::By(who, count)) = self.order.front_mut() {
            if let Some(due) = self.due.get_mut(who) {
                *due = due.saturating_sub(1);
            }
            *count = count.saturating_sub(1);
            self.left = self.left.saturating_sub(1);
        }
        while let Some(Happened::By(_, 0)) = self.order.front() {
            self.order.pop_front();
        }
    }

    fn go_on(&mut self, shared: &Arc<Shared>) {
        while let Some(happened) = self.order.front() {
            let who = match happened {
                Happened::Warning(report) => {
                    shared.flush_streams();
                    (shared.on_warning)(report);
                    self.order.pop_front();
                    continue;
                }
                Happened::By(_, 0) => {
                    self.order.pop_front();
                    continue;
                }
                Happened::By(who, _) => *who,
            };
            if let Some(line) = self.early.get_mut(&who).and_then(VecDeque::pop_front) {
                match shared.streams.write(line.stream, &line.text, line.line_end) {
                    Some(Written::Closed) => shared.end(Ending::Quiet),
                    Some(Written::Failed(problem)) => shared.end(Ending::Failure(shared.write_failed(&problem))),
                    _ => {}
                }
                self.take_first();
                continue;
            }
            if let Some(process) = self.readers.remove(&who) {
                shared.inject([process]);
            }
            return;
        }
    }
}
