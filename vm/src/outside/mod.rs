//! Processes of the outside: files by name, connections of TCP, the environment.
//!
//! The standard library reaches them. A file there names one as an `extern` of its own, and each *instance* of a definition of
//! that file has one for itself, made by the instruction `Outside` and ended when the instance ends: so a request and its
//! answer, or what is read of one connection, are never mixed up with those of somebody else, which one extern shared by a
//! whole program could not promise. Such a process is a stream of [values](crate::host) like one that an application binds:
//! what it offers waits for an input that wants it, an output waits until it is taken, and who waits does so in the same place,
//! without a thread. Whatever a program learns from here comes through `Values::read`, as from any extern.
//!
//! What they understand (the first line of each is what the definitions output to it, the others what it answers):
//!
//! | `file` | |
//! |---|---|
//! | `lines(path)`, `characters(path)`, `integers(path)`, `reals(path)`, `blocks(path, most)` | `opened()`, then the elements, then the end; or `refused(why)` |
//! | `whole(path)` | `value(text)` or `refused(why)` |
//! | `write(path)`, `append(path)` | `opened()` or `refused(why)`; then it takes strings, characters, numbers, and arrays of bytes |
//! | `close()` | `closed()` when all is with the operating system, or `refused(why)` |
//!
//! | `tcp` | |
//! |---|---|
//! | `listen(address)` | `opened()` or `refused(why)`, then `accepted(n)` again and again |
//! | `connect(address)` | `accepted(n)` or `refused(why)` |
//! | `release(n)` | nothing: the connection n, which it has accepted, is forgotten; all of them are when it ends |
//! | `hang_up(n)` | nothing: no more comes from it, and what goes to it is dropped |
//! | `peer(n)` | `value(address)` |
//! | `lines(n)`, `blocks(n, most)` | the elements, then the end |
//! | `send(n)` | nothing: it takes strings and arrays of bytes |
//! | `close()` | nothing: the other side gets the end |
//!
//! | `environment` | |
//! |---|---|
//! | `variable(name)` | its value, if it has one, then the end |
//! | `arguments()` | the arguments of the program, then the end |
//!
//! Nothing is done that was not [allowed](Permission): whatever bytecode asks, [`End`] looks at each request before anybody else
//! sees it.

mod desk;
mod environment;
mod file;
mod reactor;
mod tcp;

use crate::binding::{Ends, Next, PollSink, PollSource, SinkEnd, SourceEnd, Taken};
use crate::data::Data;
use crate::sync::Mutex;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// What a program may use of the outside beyond its externs and standard streams. Without it what it does there is a failure.
///
/// ```
/// use hydra_vm::{Permission, Program, Run};
///
/// let program = Program::compile("read.csp", r#"
///     import "std/files";
///     [[ file :: READ_LINES("Cargo.toml", sink) || sink :: line : string; *[ file ? line -> skip ] ]]
/// "#)?;
/// let refused = Run::new(&program).run()?.finished().unwrap_err();
/// assert!(refused.to_string().contains("files are not allowed"));
/// Run::new(&program).allow([Permission::Files]).run()?.finished()?;
/// # Ok::<(), hydra_vm::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Permission {
    /// Files, by whatever name: read, made, emptied and written (`--allow fs`).
    Files,
    /// Connections of TCP, to and from everywhere (`--allow net`).
    Network,
    /// Variables of the environment of this process (`--allow env`).
    Environment,
}

impl Permission {
    /// All there are.
    pub const ALL: [Permission; 3] = [Permission::Files, Permission::Network, Permission::Environment];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Permission::Files => "fs",
            Permission::Network => "net",
            Permission::Environment => "env",
        }
    }

    fn what(self) -> &'static str {
        match self {
            Permission::Files => "files are",
            Permission::Network => "the network is",
            Permission::Environment => "the environment is",
        }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Permission {
    type Err = String;

    fn from_str(name: &str) -> Result<Permission, String> {
        let found = Permission::ALL.into_iter().find(|permission| permission.name() == name);
        found.ok_or_else(|| {
            format!("there is no `{name}`; fs (files), net (the network) and env (the environment) can be allowed")
        })
    }
}

/// The outside as the programs of an engine share it: what looks after it is started when it is first needed.
#[derive(Default)]
pub(crate) struct Service {
    desk: desk::Desk,
    reactor: reactor::Lazy,
}

/// The outside as a run sees it.
pub(crate) struct Outside {
    allowed: Vec<Permission>,
    arguments: Vec<String>,
    service: Arc<Service>,
    sockets: tcp::Sockets,
}

impl Outside {
    pub(crate) fn new(allowed: Vec<Permission>, arguments: Vec<String>, service: Arc<Service>) -> Arc<Outside> {
        let sockets = tcp::Sockets::default();
        Arc::new(Outside {
            allowed,
            arguments,
            service,
            sockets,
        })
    }

    /// A new process of the outside.
    pub(crate) fn open(self: &Arc<Outside>, kind: hydra_bytecode::Outside) -> Ends {
        use hydra_bytecode::Outside::{Environment, File, Tcp};
        let talk: Box<dyn Talk> = match kind {
            File => Box::new(file::File::new(self.clone())),
            Tcp => Box::new(tcp::Tcp::new(self.clone())),
            Environment => Box::new(environment::Environment::new(self.clone())),
        };
        let talk = Arc::new(Mutex::new(talk));
        Ends {
            source: Some(SourceEnd::Polled(Box::new(End(self.clone(), talk.clone())))),
            sink: Some(SinkEnd::Polled(Box::new(End(self.clone(), talk)))),
        }
    }
}

/// One side of a conversation with a process of the program: both are behind one lock, which is never held while anything
/// is waited for.
trait Talk: Send {
    /// What a program must be allowed that makes this request.
    fn needs(&self, request: &str) -> Option<Permission>;

    /// Takes what the program outputs, when it can.
    fn take(&mut self, value: &mut Option<Data>, context: &mut Context<'_>) -> Poll<Taken>;

    /// What the program gets.
    fn give(&mut self, context: &mut Context<'_>) -> Poll<Next>;
}

/// An end of such a conversation.
struct End(Arc<Outside>, Arc<Mutex<Box<dyn Talk>>>);

impl PollSource for End {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Next> {
        self.1.lock().give(context)
    }
}

impl PollSink for End {
    fn poll(&mut self, value: &mut Option<Data>, context: &mut Context<'_>) -> Poll<Taken> {
        let mut talk = self.1.lock();
        if let Some((name, _)) = value.as_ref().and_then(request)
            && let Some(permission) = talk.needs(name)
            && !self.0.allowed.contains(&permission)
        {
            let (what, name) = (permission.what(), permission.name());
            return Poll::Ready(Taken::Failed(format!(
                "{what} not allowed for this program: allow it with --allow {name}"
            )));
        }
        talk.take(value, context)
    }
}

/// Who inputs before there was a request: woken when there is one.
#[derive(Default)]
struct Early(Option<Waker>);

impl Early {
    fn waits<T>(&mut self, context: &Context<'_>) -> Poll<T> {
        self.0 = Some(context.waker().clone());
        Poll::Pending
    }

    fn wake(&mut self) {
        if let Some(waker) = self.0.take() {
            waker.wake();
        }
    }
}

/// A request, taken apart.
fn request(data: &Data) -> Option<(&str, &[Data])> {
    match data {
        Data::Struct(name, parts) => Some((name, parts)),
        _ => None,
    }
}

fn gives(data: Data) -> Poll<Next> {
    Poll::Ready(Some(Ok(data)))
}

fn signal(name: &str) -> Poll<Next> {
    gives(Data::signal(name))
}

fn value(text: impl Into<String>) -> Poll<Next> {
    gives(Data::shape("value", [Data::String(text.into())]))
}

fn refused(why: impl fmt::Display) -> Poll<Next> {
    gives(Data::shape("refused", [Data::String(why.to_string())]))
}

fn not_understood(data: &Data) -> Poll<Taken> {
    Poll::Ready(Taken::Failed(format!(
        "this process of the outside does not understand {data}"
    )))
}

fn block(bytes: &[u8]) -> Data {
    Data::Array(bytes.iter().map(|&byte| Data::Integer(byte.into())).collect())
}

/// Adds a value as bytes: a string or number is a line, a character itself, an array has a number for each byte.
fn add_bytes(data: &Data, bytes: &mut Vec<u8>) -> Result<(), String> {
    use std::io::Write as _;
    match data {
        Data::String(line) => {
            bytes.extend_from_slice(line.as_bytes());
            bytes.push(b'\n');
        }
        Data::Character(character) => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        Data::Integer(_) | Data::Real(_) | Data::Boolean(_) => {
            let _ = writeln!(bytes, "{data}");
        }
        Data::Array(numbers) => {
            let before = bytes.len();
            for number in numbers {
                let byte = match number {
                    Data::Integer(number) => u8::try_from(*number).ok(),
                    _ => None,
                };
                let Some(byte) = byte else {
                    bytes.truncate(before);
                    return Err(format!("{number} is no byte: those are the integers from 0 to 255"));
                };
                bytes.push(byte);
            }
        }
        Data::Unit | Data::Struct(..) => return Err(format!("{data} cannot go out")),
    }
    Ok(())
}
