//! A stream that is written to, with a buffer.

use crate::limits::OUTPUT_BUFFER_BYTES;
use std::io::{ErrorKind, Write};

/// The state of a stream that is written to.
pub(crate) struct Output {
    /// Its name in messages.
    pub(crate) name: String,
    sink: Option<Box<dyn Write + Send>>,
    buffer: Vec<u8>,
    /// Every line is written at once, for somebody reads along.
    by_line: bool,
}

/// How a write ended.
#[derive(Debug)]
pub(crate) enum Written {
    /// Well.
    Done,
    /// The reader is gone.
    Closed,
    /// Not at all: there was more than the limit allows.
    TooMuch,
    /// With an error, which is for a message.
    Failed(String),
}

impl Output {
    pub(crate) fn new(name: &str, sink: Box<dyn Write + Send>, by_line: bool) -> Output {
        Output {
            name: name.to_owned(),
            sink: Some(sink),
            buffer: Vec::new(),
            by_line,
        }
    }

    /// Writes text; it may stay in the buffer.
    pub(crate) fn write(&mut self, text: &str, line_end: bool) -> Written {
        if self.sink.is_none() {
            return Written::Closed;
        }
        self.buffer.extend_from_slice(text.as_bytes());
        if line_end {
            self.buffer.push(b'\n');
        }
        if self.buffer.len() >= OUTPUT_BUFFER_BYTES || self.by_line && (line_end || text.ends_with('\n')) {
            return self.flush();
        }
        Written::Done
    }

    /// Writes what is in the buffer.
    pub(crate) fn flush(&mut self) -> Written {
        let Some(sink) = &mut self.sink else {
            return Written::Done;
        };
        if self.buffer.is_empty() {
            return Written::Done;
        }
        let result = sink.write_all(&self.buffer).and_then(|()| sink.flush());
        self.buffer.clear();
        match result {
            Ok(()) => Written::Done,
            Err(problem) => {
                self.sink = None;
                if problem.kind() == ErrorKind::BrokenPipe {
                    Written::Closed
                } else {
                    Written::Failed(format!("{}: {problem}", self.name))
                }
            }
        }
    }
}
