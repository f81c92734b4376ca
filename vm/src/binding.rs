//! What the externs of a program are bound to.

use crate::data::Data;
use std::fmt;
use std::path::PathBuf;
use std::sync::mpsc;

/// What an extern is bound to: a stream of text, or one of values, which carries any type of the language.
///
/// A source of values is an iterator or a closure; one that is exhausted has terminated, so guards on it fail. A sink is
/// a closure. Their calls never overlap, and a panic in one is a failure of the program. The plain kinds are called by
/// the thread that runs the process, and should return at once; the `blocking_` kinds get a thread of their own, so that
/// no other process of the program waits with them. A source is asked for a value when a process wants one, and what a
/// process does not want (another type, another constructor) waits for one that does.
///
/// ```
/// use hydra_vm::{Binding, Program, Run};
/// use std::sync::mpsc;
///
/// let program = Program::compile("double.csp", "extern from, to; *[ n : integer; from ? n -> to ! 2 * n ]")?;
/// let (sender, doubled) = mpsc::channel::<i64>();
/// Run::new(&program).bind("from", Binding::iterator(1..=3)).bind("to", sender).run()?.finished()?;
/// assert_eq!(doubled.iter().collect::<Vec<_>>(), [2, 4, 6]);
/// # Ok::<(), hydra_vm::Error>(())
/// ```
pub enum Binding {
    /// `stdin` for inputs, `stdout` for outputs.
    Standard,
    /// A file: read if the program inputs from it, written if it outputs to it.
    File(PathBuf),
    /// Values of the application; the functions below make it.
    Values(Ends),
}

/// The application's ends of a stream of values.
#[derive(Default)]
pub struct Ends {
    pub(crate) source: Option<SourceEnd>,
    pub(crate) sink: Option<SinkEnd>,
}

/// Where values come from.
pub(crate) struct SourceEnd {
    pub(crate) next: Box<dyn FnMut() -> Option<Data> + Send>,
    /// It may make its caller wait.
    pub(crate) blocking: bool,
}

/// Where values go.
pub(crate) struct SinkEnd {
    pub(crate) take: Box<dyn FnMut(Data) -> Taken + Send>,
    /// It may make its caller wait.
    pub(crate) blocking: bool,
}

/// What became of a value.
pub(crate) enum Taken {
    /// The application has it.
    Yes,
    /// Nobody takes values any more.
    Closed,
    /// The application cannot do with it what it wants.
    Failed(String),
}

/// What a closure may say of a value that it was given: nothing, or that something went wrong, which is a failure of the
/// program.
pub trait Answer {
    /// What went wrong, if anything did.
    fn problem(self) -> Option<String>;
}

impl Answer for () {
    fn problem(self) -> Option<String> {
        None
    }
}

impl<E: fmt::Display> Answer for Result<(), E> {
    fn problem(self) -> Option<String> {
        self.err().map(|problem| problem.to_string())
    }
}

impl Binding {
    /// The elements of an iterator, which has them at hand.
    ///
    /// ```
    /// # use hydra_vm::Binding;
    /// let squares = Binding::iterator((1..).map(|n| n * n));
    /// let cards = Binding::iterator(["first card", "second card"]);
    /// ```
    pub fn iterator<I>(elements: I) -> Binding
    where
        I: IntoIterator<Item: Into<Data>, IntoIter: Send + 'static>,
    {
        let mut elements = elements.into_iter();
        Binding::source(move || elements.next())
    }

    /// What a closure gives, which has it at hand; `None` is the end.
    ///
    /// ```
    /// # use hydra_vm::Binding;
    /// let mut left = 10;
    /// let countdown = Binding::source(move || { left -= 1; (left >= 0).then_some(left) });
    /// ```
    pub fn source<T: Into<Data>>(mut next: impl FnMut() -> Option<T> + Send + 'static) -> Binding {
        let next = Box::new(move || next().map(Into::into));
        Binding::from_source(SourceEnd { next, blocking: false })
    }

    /// What a closure gives that may have to wait for it; `None` is the end. Another crate's channel, for instance:
    ///
    /// ```
    /// # use hydra_vm::Binding;
    /// # let (_, receiver) = std::sync::mpsc::channel::<i64>();
    /// let source = Binding::blocking_source(move || receiver.recv().ok());
    /// ```
    pub fn blocking_source<T: Into<Data>>(mut next: impl FnMut() -> Option<T> + Send + 'static) -> Binding {
        let next = Box::new(move || next().map(Into::into));
        Binding::from_source(SourceEnd { next, blocking: true })
    }

    /// A closure that takes each value at once. One that is of another type than it takes is a failure of the program.
    ///
    /// ```
    /// # use hydra_vm::{Binding, Data};
    /// let lengths = Binding::sink(|text: String| assert!(text.len() < 80));
    /// let anything = Binding::sink(|data: Data| if data == Data::Unit { Err("nothing") } else { Ok(()) });
    /// ```
    pub fn sink<T, R: Answer>(take: impl FnMut(T) -> R + Send + 'static) -> Binding
    where
        T: TryFrom<Data, Error: fmt::Display>,
    {
        let take = answered(take);
        Binding::from_sink(SinkEnd { take, blocking: false })
    }

    /// A closure that may wait before it has taken a value; the process that outputs it waits for that.
    ///
    /// ```
    /// # use hydra_vm::Binding;
    /// # let (sender, _) = std::sync::mpsc::sync_channel::<i64>(1);
    /// let sink = Binding::blocking_sink(move |n: i64| sender.send(n));
    /// ```
    pub fn blocking_sink<T, R: Answer>(take: impl FnMut(T) -> R + Send + 'static) -> Binding
    where
        T: TryFrom<Data, Error: fmt::Display>,
    {
        let take = answered(take);
        Binding::from_sink(SinkEnd { take, blocking: true })
    }

    /// The source of this binding with the sink of another, for an extern that a program asks and that answers.
    ///
    /// ```
    /// # use hydra_vm::Binding;
    /// let clock = Binding::iterator(0..).with_sink(Binding::sink(|_: ()| {}));
    /// ```
    #[must_use]
    pub fn with_sink(self, sink: Binding) -> Binding {
        match (self, sink) {
            (Binding::Values(own), Binding::Values(other)) => Binding::Values(Ends {
                source: own.source.or(other.source),
                sink: other.sink.or(own.sink),
            }),
            (own, _) => own,
        }
    }

    fn from_source(source: SourceEnd) -> Binding {
        Binding::Values(Ends {
            source: Some(source),
            sink: None,
        })
    }

    fn from_sink(sink: SinkEnd) -> Binding {
        Binding::Values(Ends {
            source: None,
            sink: Some(sink),
        })
    }
}

fn converted<T: TryFrom<Data, Error: fmt::Display>>(data: Data) -> Result<T, Taken> {
    data.try_into()
        .map_err(|problem: T::Error| Taken::Failed(problem.to_string()))
}

fn answered<T, R: Answer>(mut take: impl FnMut(T) -> R + Send + 'static) -> Box<dyn FnMut(Data) -> Taken + Send>
where
    T: TryFrom<Data, Error: fmt::Display>,
{
    Box::new(move |data| match converted(data) {
        Ok(value) => take(value).problem().map_or(Taken::Yes, Taken::Failed),
        Err(wrong) => wrong,
    })
}

/// A file of this path.
impl From<PathBuf> for Binding {
    fn from(path: PathBuf) -> Binding {
        Binding::File(path)
    }
}

/// What comes out of a channel; the end when nobody can send any more.
impl<T: Into<Data> + Send + 'static> From<mpsc::Receiver<T>> for Binding {
    fn from(receiver: mpsc::Receiver<T>) -> Binding {
        Binding::blocking_source(move || receiver.recv().ok())
    }
}

/// Into a channel without a bound. When nobody can receive any more, the extern has terminated.
impl<T: TryFrom<Data, Error: fmt::Display> + Send + 'static> From<mpsc::Sender<T>> for Binding {
    fn from(sender: mpsc::Sender<T>) -> Binding {
        let take = Box::new(move |data| match converted(data) {
            Ok(value) => sender.send(value).map_or(Taken::Closed, |()| Taken::Yes),
            Err(wrong) => wrong,
        });
        Binding::from_sink(SinkEnd { take, blocking: false })
    }
}

/// Into a channel with a bound; who outputs waits while it is full. When nobody can receive any more, the extern has
/// terminated.
impl<T: TryFrom<Data, Error: fmt::Display> + Send + 'static> From<mpsc::SyncSender<T>> for Binding {
    fn from(sender: mpsc::SyncSender<T>) -> Binding {
        let take = Box::new(move |data| match converted(data) {
            Ok(value) => sender.send(value).map_or(Taken::Closed, |()| Taken::Yes),
            Err(wrong) => wrong,
        });
        Binding::from_sink(SinkEnd { take, blocking: true })
    }
}

impl fmt::Debug for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Binding::Standard => f.write_str("Standard"),
            Binding::File(path) => f.debug_tuple("File").field(path).finish(),
            Binding::Values(ends) => f.debug_tuple("Values").field(ends).finish(),
        }
    }
}

impl fmt::Debug for Ends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ends")
            .field("source", &self.source.is_some())
            .field("sink", &self.sink.is_some())
            .finish()
    }
}
