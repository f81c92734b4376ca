//! A stream that is written to, with a buffer.

use crate::limits::OUTPUT_BUFFER_BYTES;
use std::io::{ErrorKind, IsTerminal, Write};
use std::path::Path;

/// The state of a stream that is written to.
pub(crate) struct Output {
    /// Its name in messages.
    pub(crate) name: String,
    sink: Result<Box<dyn Write + Send>, Broken>,
    buffer: Vec<u8>,
    /// Every line is written at once, for somebody reads along.
    by_line: bool,
}

/// Why nothing can be written any more.
enum Broken {
    /// The reader is gone.
    Closed,
    /// A write failed.
    Failed(String),
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
            sink: Ok(sink),
            buffer: Vec::new(),
            by_line,
        }
    }

    /// Makes a file, or empties it.
    pub(crate) fn create(path: &Path) -> std::io::Result<Output> {
        let file = std::fs::File::create(path)?;
        let by_line = file.is_terminal();
        Ok(Output::new(&path.display().to_string(), Box::new(file), by_line))
    }

    /// Writes text; it may stay in the buffer.
    pub(crate) fn write(&mut self, text: &str, line_end: bool) -> Written {
        if let Err(broken) = &self.sink {
            return match broken {
                Broken::Closed => Written::Closed,
                Broken::Failed(problem) => Written::Failed(problem.clone()),
            };
        }
        if text.len() > OUTPUT_BUFFER_BYTES {
            return self.write_long(text, line_end);
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

    /// Adds a character to the buffer, if there is room and nothing else to do.
    #[inline]
    pub(crate) fn put(&mut self, character: char) -> bool {
        let simple = self.sink.is_ok() && self.buffer.len() + 4 < OUTPUT_BUFFER_BYTES;
        if !simple || self.by_line && character == '\n' {
            return false;
        }
        match u8::try_from(character) {
            Ok(byte) if byte < 0x80 => self.buffer.push(byte),
            _ => self
                .buffer
                .extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        true
    }

    /// Writes what is in the buffer.
    pub(crate) fn flush(&mut self) -> Written {
        let Ok(sink) = &mut self.sink else {
            return Written::Done;
        };
        if self.buffer.is_empty() {
            return Written::Done;
        }
        let result = sink.write_all(&self.buffer).and_then(|()| sink.flush());
        self.buffer.clear();
        self.written(result)
    }

    /// Writes a long text as it is: copying it would take as much memory again.
    fn write_long(&mut self, text: &str, line_end: bool) -> Written {
        match self.flush() {
            Written::Done => {}
            problem => return problem,
        }
        let Ok(sink) = &mut self.sink else {
            return Written::Done;
        };
        let end: &[u8] = if line_end { b"\n" } else { b"" };
        let result = sink.write_all(text.as_bytes()).and_then(|()| sink.write_all(end));
        let result = result.and_then(|()| sink.flush());
        self.written(result)
    }

    fn written(&mut self, result: std::io::Result<()>) -> Written {
        let Err(problem) = result else {
            return Written::Done;
        };
        if problem.kind() == ErrorKind::BrokenPipe {
            self.sink = Err(Broken::Closed);
            Written::Closed
        } else {
            let problem = format!("{}: {problem}", self.name);
            self.sink = Err(Broken::Failed(problem.clone()));
            Written::Failed(problem)
        }
    }
}
