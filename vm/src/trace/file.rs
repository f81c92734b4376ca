//! The file of a trace, usually `.hbt`.
//!
//! | offset | size | what |
//! |---|---|---|
//! | 0 | 8 | magic: `7F`, `HYTRC`, `CR`, `LF` |
//! | 8 | 2 | version of the format, little-endian |
//! | 10 | … | blocks |
//!
//! A block has its length and the checksum of what follows, 4 and 8 bytes little-endian, and records, each in
//! [postcard](https://postcard.jamesmunns.com/wire-format)'s encoding: the first of the file is a [`Start`]; the last is an end,
//! unless the run was killed. A checksum finds accidents; who reads a trace trusts nothing in it, and the program in it is
//! verified like any other.

use super::Ident;
use hydra_bytecode::report::{Note, Report, Severity};
use hydra_bytecode::{Source, Span};
use hydra_stdlib::value::Value;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

const MAGIC: &[u8; 8] = b"\x7fHYTRC\r\n";
/// Version of the format that is written and read.
const VERSION: u16 = 2;

/// What a run began with.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Start {
    /// The bytes of its program.
    pub(crate) program: Vec<u8>,
    /// Values of its params.
    pub(crate) params: Vec<Scalar>,
    pub(crate) streams: Vec<StreamOf>,
    /// The streams of each extern's members.
    pub(crate) externs: Vec<Extern>,
    /// How many workers it had, and its seed, for people.
    pub(crate) workers: u32,
    pub(crate) seed: Option<u64>,
}

/// The members of an extern.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Extern {
    pub(crate) name: String,
    pub(crate) streams: Vec<u32>,
}

/// A param's value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Scalar {
    Integer(i64),
    Real(u64),
    Boolean(bool),
    Character(char),
    String(String),
}

impl Scalar {
    pub(crate) fn of(value: &Value) -> Option<Scalar> {
        Some(match value {
            Value::Integer(number) => Scalar::Integer(*number),
            Value::Real(number) => Scalar::Real(number.to_bits()),
            Value::Boolean(is) => Scalar::Boolean(*is),
            Value::Character(character) => Scalar::Character(*character),
            Value::String(text) => Scalar::String(text.to_string()),
            _ => return None,
        })
    }

    pub(crate) fn value(&self) -> Value {
        match self {
            Scalar::Integer(number) => Value::Integer(*number),
            Scalar::Real(bits) => Value::Real(f64::from_bits(*bits)),
            Scalar::Boolean(is) => Value::Boolean(*is),
            Scalar::Character(character) => Value::Character(*character),
            Scalar::String(text) => Value::String(text.as_str().into()),
        }
    }
}

/// A stream: names of its ends in messages, the streams that it stands for, and the file that it is when it is first used.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StreamOf {
    pub(crate) input: Option<String>,
    pub(crate) output: Option<String>,
    pub(crate) stands_for: (u32, u32),
    pub(crate) unopened: Option<String>,
    /// It carries values of the application: what they were is in the logs of those who took them.
    pub(crate) values: bool,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum How {
    /// Its main process ended.
    Done,
    /// Nobody read its output.
    Quiet,
    /// This process failed.
    Failure(Ident),
    /// A failure that the program could not help: of a file, for instance.
    Outside,
    Deadlock,
    Limit,
    /// It was cancelled, by a signal of this number.
    Cancelled(u8),
}

/// A piece of a trace. What is borrowed is bytes in the file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Record<'a> {
    Start(Box<Start>),
    /// A piece of a process's log.
    Log(Ident, #[serde(serialize_with = "raw")] &'a [u8]),
    /// This process has written or read so often, one after the other.
    Order(Ident, u64),
    Warning(Box<Said>),
    /// Bytes of a stream; none: its end.
    Input(u32, #[serde(serialize_with = "raw")] &'a [u8]),
    /// A stream was opened to read, or to write.
    Opened(u32, bool),
    /// A stream of values offers what nobody takes, says the report of a deadlock.
    Stuck(&'a str),
    End(How, Option<Box<Said>>),
}

/// Bytes at once.
fn raw<S: serde::Serializer>(bytes: &&[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes)
}

/// A report.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Said {
    what: String,
    message: String,
    span: Option<Span>,
    label: String,
    notes: Vec<(Option<Span>, String)>,
    help: Option<String>,
}

/// What reports of runs say that has happened.
const EVENTS: [&str; 5] = ["failure", "deadlock", "limit reached", "interrupted", "difference"];

impl Said {
    pub(super) fn new(report: &Report) -> Said {
        let what = match &report.severity {
            Severity::Event(what) => what,
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        Said {
            what: what.into(),
            message: report.message.clone(),
            span: report.span,
            label: report.label.clone(),
            notes: report.notes.iter().map(|note| (note.span, note.text.clone())).collect(),
            help: report.help.clone(),
        }
    }

    /// The report, with those of its places that are in the sources.
    fn report(self, sources: &[Source]) -> Report {
        let severity = match EVENTS.iter().find(|event| **event == self.what) {
            Some(event) => Severity::Event(event),
            None if self.what == "warning" => Severity::Warning,
            None => Severity::Error,
        };
        let place = |span: Option<Span>| span.filter(|span| is_in(*span, sources));
        let notes = self.notes.into_iter().map(|(span, text)| Note {
            span: place(span),
            text,
        });
        let mut report = Report::new(severity, "", place(self.span), self.message);
        (report.label, report.help, report.notes) = (self.label, self.help, notes.collect());
        report
    }
}

fn is_in(span: Span, sources: &[Source]) -> bool {
    let text = sources.get(span.file as usize).map(|source| source.text.as_str());
    text.is_some_and(|text| text.get(span.start as usize..span.end as usize).is_some())
}

/// What a whole file holds.
#[derive(Debug)]
pub(crate) struct Contents {
    pub(crate) start: Start,
    pub(crate) module: hydra_bytecode::VerifiedModule,
    pub(crate) logs: rustc_hash::FxHashMap<Ident, Vec<u8>>,
    pub(crate) order: VecDeque<Happened>,
    /// For each stream the bytes that were read, and whether the end was.
    pub(crate) inputs: Vec<(Vec<u8>, bool)>,
    /// For each stream whether it was opened to read, if it was opened late.
    pub(crate) opened: Vec<Option<bool>>,
    /// What streams of values offered that nobody took.
    pub(crate) stuck: Vec<String>,
    /// `None` if the run was killed.
    pub(crate) end: Option<(How, Option<Report>)>,
}

/// What all see.
#[derive(Debug)]
pub(crate) enum Happened {
    /// A process wrote or read, so often.
    By(Ident, u64),
    /// A warning was given.
    Warning(Box<Report>),
}

/// Begins a file.
pub(super) fn begin() -> Vec<u8> {
    [&MAGIC[..], &VERSION.to_le_bytes()].concat()
}

/// Appends a record to a block.
pub(super) fn put(block: &mut Vec<u8>, record: &Record<'_>) {
    // every length in it is known, so this does not fail
    if let Ok(more) = postcard::to_extend(record, std::mem::take(block)) {
        *block = more;
    }
}

/// A block as it is in the file.
pub(super) fn sealed(block: &[u8]) -> Vec<u8> {
    let length = (block.len() as u32).to_le_bytes();
    [&length[..], &checksum(block).to_le_bytes(), block].concat()
}

/// FNV-1a of words of eight bytes, the last filled up with zeros.
fn checksum(bytes: &[u8]) -> u64 {
    let words = bytes.chunks(8).map(|chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        u64::from_le_bytes(word)
    });
    words.fold(0xcbf2_9ce4_8422_2325, |sum: u64, word| {
        (sum ^ word).wrapping_mul(0x100_0000_01b3).rotate_left(23)
    })
}

fn damaged(what: &str) -> String {
    format!("this trace is damaged ({what})")
}

/// Reads a file. The error is one line.
pub(crate) fn read(bytes: &[u8]) -> Result<Contents, String> {
    let Some(rest) = bytes.strip_prefix(MAGIC) else {
        return Err("this is no trace of a run; such a file is made with `hydra-vm run --record`".into());
    };
    let (version, mut rest) = rest.split_first_chunk().ok_or_else(|| damaged("it is cut"))?;
    let version = u16::from_le_bytes(*version);
    if version != VERSION {
        return Err(format!(
            "this trace has format {version}, but this version of Hydra reads format {VERSION}; record the run anew"
        ));
    }
    let mut contents: Option<Contents> = None;
    // a run that was killed leaves a block that is cut: what stands before it counts
    while let Some((block, after)) = block(rest)? {
        rest = after;
        let mut records = block;
        while !records.is_empty() {
            let (record, after) =
                postcard::take_from_bytes::<Record<'_>>(records).map_err(|_| damaged("a record in it"))?;
            records = after;
            match (&mut contents, record) {
                (none @ None, Record::Start(start)) => *none = Some(Contents::new(*start)?),
                (Some(contents), record) if contents.end.is_none() => contents.add(record)?,
                _ => return Err(damaged("the order of its records")),
            }
        }
    }
    contents.ok_or_else(|| damaged("it has no beginning"))
}

/// A block, and what follows it.
type Split<'a> = (&'a [u8], &'a [u8]);

/// The next block, and what follows it; `None` if there is no whole one.
fn block(rest: &[u8]) -> Result<Option<Split<'_>>, String> {
    let Some((length, rest)) = rest.split_first_chunk() else {
        return Ok(None);
    };
    let Some((sum, rest)) = rest.split_first_chunk() else {
        return Ok(None);
    };
    let Some((block, rest)) = rest.split_at_checked(u32::from_le_bytes(*length) as usize) else {
        return Ok(None);
    };
    if checksum(block) != u64::from_le_bytes(*sum) {
        return Err(damaged("its checksum"));
    }
    Ok(Some((block, rest)))
}

impl Contents {
    fn new(start: Start) -> Result<Contents, String> {
        let module = crate::load(&start.program).map_err(|problem| format!("the program in the trace: {problem}"))?;
        let count = start.streams.len();
        let known = |number: u32| (number as usize) < count;
        let streams = start.streams.iter().map(|stream| stream.stands_for);
        let externs = start.externs.iter().flat_map(|entry| &entry.streams);
        if count < 3
            || streams.clone().any(|(input, output)| !known(input) || !known(output))
            || externs.clone().any(|&number| !known(number))
        {
            return Err(damaged("its streams"));
        }
        Ok(Contents {
            module,
            logs: Default::default(),
            order: VecDeque::new(),
            inputs: vec![Default::default(); count],
            opened: vec![None; count],
            stuck: Vec::new(),
            end: None,
            start,
        })
    }

    fn add(&mut self, record: Record<'_>) -> Result<(), String> {
        let stranger = || damaged("a stream in it");
        match record {
            Record::Start(_) => return Err(damaged("it begins twice")),
            Record::Log(who, bytes) => self.logs.entry(who).or_default().extend_from_slice(bytes),
            Record::Order(who, count) => self.order.push_back(Happened::By(who, count)),
            Record::Warning(said) => {
                let report = said.report(&self.module.sources);
                self.order.push_back(Happened::Warning(Box::new(report)));
            }
            Record::Input(stream, bytes) => {
                let (input, ended) = self.inputs.get_mut(stream as usize).ok_or_else(stranger)?;
                input.extend_from_slice(bytes);
                *ended |= bytes.is_empty();
            }
            Record::Opened(stream, reads) => {
                *self.opened.get_mut(stream as usize).ok_or_else(stranger)? = Some(reads);
            }
            Record::Stuck(remark) => self.stuck.push(remark.to_owned()),
            Record::End(how, said) => {
                self.end = Some((how, said.map(|said| said.report(&self.module.sources))));
            }
        }
        Ok(())
    }
}
