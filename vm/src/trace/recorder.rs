//! Writes the trace of a run.

use super::file::{Record, Said, begin, put, sealed};
use super::{How, Ident, Start};
use crate::sync::{AtomicBool, AtomicU64, Mutex, Ordering};
use hydra_bytecode::report::Report;
use std::io::Write;
use std::sync::Arc;

/// What a run is recorded with: give it to [`Run::record`](crate::Run::record), or to a [`Config`](crate::Config), and keep a clone
/// to ask whether all of the trace could be written.
#[derive(Clone)]
pub struct Recording(pub(crate) Arc<Recorder>);

impl Recording {
    /// Into this writer, which is written to in large pieces, when the program waits, and at the end.
    pub fn new(sink: impl Write + Send + 'static) -> Recording {
        Recording(Arc::new(Recorder {
            // the main process is alone in group 0
            groups: AtomicU64::new(1),
            signal: AtomicU64::new(0),
            outside: AtomicBool::new(false),
            writer: Mutex::new(Writer {
                sink: Box::new(sink),
                block: Vec::new(),
                order: None,
                problem: None,
                closed: false,
            }),
        }))
    }

    /// The run is about to be cancelled because of a signal.
    pub fn signalled(&self, number: i32) {
        self.0.signal.store(number.unsigned_abs().into(), Ordering::Relaxed);
    }

    /// Why the trace is not whole, if it could not be written.
    pub fn problem(&self) -> Option<String> {
        self.0.writer.lock().problem.clone()
    }
}

impl std::fmt::Debug for Recording {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Recording")
    }
}

/// Writes a trace, for all workers of a run.
pub(crate) struct Recorder {
    /// Parallel commands that have begun.
    groups: AtomicU64,
    signal: AtomicU64,
    /// A stream has failed, and perhaps the run fails because of that.
    outside: AtomicBool,
    writer: Mutex<Writer>,
}

struct Writer {
    sink: Box<dyn Write + Send>,
    /// Records that are not in the file yet.
    block: Vec<u8>,
    /// Who wrote or read last, and how often in a row.
    order: Option<(Ident, u64)>,
    problem: Option<String>,
    closed: bool,
}

/// Records are written when so many bytes of them have come together.
const BLOCK_BYTES: usize = 1 << 16;

impl Recorder {
    /// The run begins. The error is that this has been recording another one.
    pub(crate) fn begin(&self, start: Start) -> Result<(), String> {
        let mut writer = self.writer.lock();
        if !writer.block.is_empty() || writer.closed {
            return Err("a recording is of one run only".into());
        }
        let bytes = begin();
        writer.write(&bytes);
        writer.put(&Record::Start(Box::new(start)));
        writer.flush();
        Ok(())
    }

    /// The number of a parallel command that begins.
    pub(crate) fn new_group(&self) -> u64 {
        self.groups.fetch_add(1, Ordering::Relaxed)
    }

    /// A piece of the log of a process.
    pub(super) fn deliver(&self, who: Ident, bytes: &[u8]) {
        let mut writer = self.writer.lock();
        for piece in bytes.chunks(BLOCK_BYTES) {
            writer.put(&Record::Log(who, piece));
        }
    }

    /// A process writes or reads: called with the stream locked.
    pub(crate) fn happens(&self, who: Ident) {
        let mut writer = self.writer.lock();
        match &mut writer.order {
            Some((last, count)) if *last == who => *count += 1,
            _ => {
                writer.note_order();
                writer.order = Some((who, 1));
            }
        }
    }

    /// A warning was given.
    pub(crate) fn warning(&self, report: &Report) {
        let mut writer = self.writer.lock();
        writer.note_order();
        writer.put(&Record::Warning(Box::new(Said::new(report))));
    }

    /// Bytes of a stream; none: its end.
    pub(crate) fn input(&self, stream: u32, bytes: &[u8]) {
        self.writer.lock().put(&Record::Input(stream, bytes));
    }

    /// A stream is opened that is a file by name.
    pub(crate) fn opened(&self, stream: u32, reads: bool) {
        self.writer.lock().put(&Record::Opened(stream, reads));
    }

    /// What streams of values offer that nobody takes, in the report of a deadlock.
    pub(crate) fn stuck(&self, remarks: &[String]) {
        let mut writer = self.writer.lock();
        for remark in remarks {
            writer.put(&Record::Stuck(remark));
        }
    }

    /// A stream has failed.
    pub(crate) fn fails_outside(&self) {
        self.outside.store(true, Ordering::Relaxed);
    }

    /// How a failing process ends the run.
    pub(crate) fn failure(&self, who: Option<Ident>) -> How {
        match who {
            Some(who) if !self.outside.load(Ordering::Relaxed) => How::Failure(who),
            _ => How::Outside,
        }
    }

    /// How a run ends that was cancelled.
    pub(crate) fn cancelled(&self) -> How {
        How::Cancelled(self.signal.load(Ordering::Relaxed) as u8)
    }

    /// What the program does next may be the last: all is written out.
    pub(crate) fn flush(&self) {
        let mut writer = self.writer.lock();
        writer.note_order();
        writer.flush();
    }

    /// The run has ended.
    pub(crate) fn finish(&self, how: How, report: Option<&Report>) {
        let mut writer = self.writer.lock();
        writer.note_order();
        let said = report.map(|report| Box::new(Said::new(report)));
        writer.put(&Record::End(how, said));
        writer.flush();
        writer.closed = true;
    }
}

impl Writer {
    fn put(&mut self, record: &Record<'_>) {
        if self.closed {
            return;
        }
        put(&mut self.block, record);
        if self.block.len() >= BLOCK_BYTES {
            self.flush();
        }
    }

    fn note_order(&mut self) {
        if let Some((who, count)) = self.order.take() {
            self.put(&Record::Order(who, count));
        }
    }

    fn flush(&mut self) {
        if self.block.is_empty() {
            return;
        }
        let bytes = sealed(&self.block);
        self.block.clear();
        self.write(&bytes);
    }

    fn write(&mut self, bytes: &[u8]) {
        if self.problem.is_some() {
            return;
        }
        let written = self.sink.write_all(bytes).and_then(|()| self.sink.flush());
        self.problem = written.err().map(|problem| problem.to_string());
    }
}
