//! What the externs of a program are bound to.

use crate::data::{Data, IntoData};
use futures_core::Stream;
use futures_sink::Sink;
use std::fmt;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::mpsc;
use std::task::{Context, Poll, ready};

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
    /// Text of the application; [`reader`](Binding::reader) and [`writer`](Binding::writer) make it.
    Text(Text),
}

/// The application's ends of a stream of text.
pub struct Text(
    pub(crate) Option<Box<dyn Read + Send>>,
    pub(crate) Option<Box<dyn Write + Send>>,
);

/// The application's ends of a stream of values.
#[derive(Default)]
pub struct Ends {
    pub(crate) source: Option<SourceEnd>,
    pub(crate) sink: Option<SinkEnd>,
}

/// A value, the end, or what is wrong with the value.
pub(crate) type Next = Option<Result<Data, String>>;

/// Where values come from.
pub(crate) enum SourceEnd {
    /// A closure that has them at hand.
    Quick(Box<dyn FnMut() -> Next + Send>),
    /// A closure that may make its caller wait.
    Slow(Box<dyn FnMut() -> Next + Send>),
    /// Something that says when it has one.
    Polled(Box<dyn PollSource>),
}

/// Where values go.
pub(crate) enum SinkEnd {
    /// A closure that takes them at once.
    Quick(Box<dyn FnMut(Data) -> Taken + Send>),
    /// A closure that may make its caller wait.
    Slow(Box<dyn FnMut(Data) -> Taken + Send>),
    /// Something that says when it takes one.
    Polled(Box<dyn PollSink>),
}

/// Where values come from, which wakes who has asked.
pub(crate) trait PollSource: Send {
    /// The next value.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Next>;

    /// A process has taken the value that was polled last.
    fn taken(&mut self) {}
}

/// Where values go, which wakes who has asked.
pub(crate) trait PollSink: Send {
    /// Takes the value out, when it can; ready when it has arrived.
    fn poll(&mut self, value: &mut Option<Data>, context: &mut Context<'_>) -> Poll<Taken>;
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
        I: IntoIterator<Item: IntoData, IntoIter: Send + 'static>,
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
    pub fn source<T: IntoData>(mut next: impl FnMut() -> Option<T> + Send + 'static) -> Binding {
        Binding::from_source(SourceEnd::Quick(Box::new(move || next().map(T::into_data))))
    }

    /// What a closure gives that may have to wait for it; `None` is the end. Another crate's channel, for instance:
    ///
    /// ```
    /// # use hydra_vm::Binding;
    /// # let (_, receiver) = std::sync::mpsc::channel::<i64>();
    /// let source = Binding::blocking_source(move || receiver.recv().ok());
    /// ```
    pub fn blocking_source<T: IntoData>(mut next: impl FnMut() -> Option<T> + Send + 'static) -> Binding {
        Binding::from_source(SourceEnd::Slow(Box::new(move || next().map(T::into_data))))
    }

    /// The items of an async stream of the `futures` traits; its end is the end. A worker polls it, and no thread waits
    /// while there is none. What else it needs, a runtime for instance, is up to the application.
    ///
    /// ```
    /// use hydra_vm::{Binding, Captured, Program, Run};
    ///
    /// let program = Program::compile("sum.csp", "extern e; n, sum : integer; *[ e ? n -> sum := sum + n ]; {print(sum)}")?;
    /// let numbers = futures::stream::iter([1, 2, 3]);
    /// let printed = Captured::default();
    /// Run::new(&program).bind("e", Binding::stream(numbers)).stdout(printed.clone()).run()?.finished()?;
    /// assert_eq!(printed.text(), "6\n");
    /// # Ok::<(), hydra_vm::Error>(())
    /// ```
    pub fn stream(items: impl Stream<Item: IntoData> + Send + 'static) -> Binding {
        Binding::polled_source(Items(Box::pin(items)))
    }

    /// An async sink of the `futures` traits. An output has happened when the sink has taken and flushed the value; a sink
    /// that fails is a failure of the program. It is dropped, not closed, at the end.
    ///
    /// ```
    /// use futures::StreamExt;
    /// use hydra_vm::{Binding, Program, Run};
    ///
    /// let program = Program::compile("count.csp", "extern e; *(i:1..3)[ e ! i ]")?;
    /// let (sender, receiver) = futures::channel::mpsc::channel::<i64>(0);
    /// let running = Run::new(&program).bind("e", Binding::async_sink(sender)).start()?;
    /// let numbers: Vec<i64> = futures::executor::block_on(receiver.collect());
    /// assert_eq!(numbers, [1, 2, 3]);
    /// running.wait().finished()?;
    /// # Ok::<(), hydra_vm::Error>(())
    /// ```
    pub fn async_sink<T, S>(sink: S) -> Binding
    where
        T: TryFrom<Data, Error: fmt::Display> + Send + 'static,
        S: Sink<T, Error: fmt::Display> + Send + 'static,
    {
        let (sink, holds, flushes) = (Box::pin(sink), None, false);
        Binding::polled_sink(Taker { sink, holds, flushes })
    }

    /// What a reader gives, as text: elements by the type that the program inputs, as from a file. Reads that wait are
    /// done by a thread of their own.
    ///
    /// ```
    /// use hydra_vm::{Binding, Captured, Program, Run};
    ///
    /// let program = Program::compile("sum.csp", "extern e; n, sum : integer; *[ e ? n -> sum := sum + n ]; {print(sum)}")?;
    /// let printed = Captured::default();
    /// let numbers = Binding::reader("1 2\n3".as_bytes());
    /// Run::new(&program).bind("e", numbers).stdout(printed.clone()).run()?.finished()?;
    /// assert_eq!(printed.text(), "6\n");
    /// # Ok::<(), hydra_vm::Error>(())
    /// ```
    pub fn reader(reader: impl Read + Send + 'static) -> Binding {
        Binding::Text(Text(Some(Box::new(reader)), None))
    }

    /// A writer, which gets as text what the program outputs, as a file does: numbers, booleans and strings a line each,
    /// characters as they are. It is written to when some has come together, when the program waits, and at the end.
    ///
    /// ```
    /// use hydra_vm::{Binding, Captured, Program, Run};
    ///
    /// let program = Program::compile("two.csp", "extern e; e ! 1; e ! \"two\"")?;
    /// let written = Captured::default();
    /// Run::new(&program).bind("e", Binding::writer(written.clone())).run()?.finished()?;
    /// assert_eq!(written.text(), "1\ntwo\n");
    /// # Ok::<(), hydra_vm::Error>(())
    /// ```
    pub fn writer(writer: impl Write + Send + 'static) -> Binding {
        Binding::Text(Text(None, Some(Box::new(writer))))
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
        Binding::from_sink(SinkEnd::Quick(answered(take)))
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
        Binding::from_sink(SinkEnd::Slow(answered(take)))
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
            (Binding::Text(own), Binding::Text(other)) => Binding::Text(Text(own.0.or(other.0), other.1.or(own.1))),
            (own, _) => own,
        }
    }

    pub(crate) fn polled_source(source: impl PollSource + 'static) -> Binding {
        Binding::from_source(SourceEnd::Polled(Box::new(source)))
    }

    pub(crate) fn polled_sink(sink: impl PollSink + 'static) -> Binding {
        Binding::from_sink(SinkEnd::Polled(Box::new(sink)))
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
        let take: Box<dyn FnMut(Data) -> Taken + Send> = Box::new(move |data| match converted(data) {
            Ok(value) => sender.send(value).map_or(Taken::Closed, |()| Taken::Yes),
            Err(wrong) => wrong,
        });
        Binding::from_sink(SinkEnd::Quick(take))
    }
}

/// Into a channel with a bound; who outputs waits while it is full. When nobody can receive any more, the extern has
/// terminated.
impl<T: TryFrom<Data, Error: fmt::Display> + Send + 'static> From<mpsc::SyncSender<T>> for Binding {
    fn from(sender: mpsc::SyncSender<T>) -> Binding {
        let take: Box<dyn FnMut(Data) -> Taken + Send> = Box::new(move |data| match converted(data) {
            Ok(value) => sender.send(value).map_or(Taken::Closed, |()| Taken::Yes),
            Err(wrong) => wrong,
        });
        Binding::from_sink(SinkEnd::Slow(take))
    }
}

impl fmt::Debug for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Binding::Standard => f.write_str("Standard"),
            Binding::File(path) => f.debug_tuple("File").field(path).finish(),
            Binding::Values(ends) => f.debug_tuple("Values").field(ends).finish(),
            Binding::Text(text) => f.debug_tuple("Text").field(text).finish(),
        }
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Text")
            .field("reader", &self.0.is_some())
            .field("writer", &self.1.is_some())
            .finish()
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

/// An async stream.
struct Items<S>(Pin<Box<S>>);

impl<S: Stream<Item: IntoData> + Send> PollSource for Items<S> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Next> {
        let next = self.0.as_mut().poll_next(context);
        next.map(|item| item.map(IntoData::into_data))
    }
}

/// An async sink.
struct Taker<T, S> {
    sink: Pin<Box<S>>,
    /// A value that the sink is not yet ready for.
    holds: Option<T>,
    /// The sink has a value that is not flushed.
    flushes: bool,
}

impl<T, S> PollSink for Taker<T, S>
where
    T: TryFrom<Data, Error: fmt::Display> + Send,
    S: Sink<T, Error: fmt::Display> + Send,
{
    fn poll(&mut self, value: &mut Option<Data>, context: &mut Context<'_>) -> Poll<Taken> {
        let failed = |problem: S::Error| Taken::Failed(problem.to_string());
        if let Some(data) = value.take() {
            match converted(data) {
                Ok(value) => self.holds = Some(value),
                Err(wrong) => return Poll::Ready(wrong),
            }
        }
        if self.holds.is_some() {
            if let Err(problem) = ready!(self.sink.as_mut().poll_ready(context)) {
                return Poll::Ready(failed(problem));
            }
            if let Some(value) = self.holds.take()
                && let Err(problem) = self.sink.as_mut().start_send(value)
            {
                return Poll::Ready(failed(problem));
            }
            self.flushes = true;
        }
        if self.flushes {
            if let Err(problem) = ready!(self.sink.as_mut().poll_flush(context)) {
                return Poll::Ready(failed(problem));
            }
            self.flushes = false;
        }
        Poll::Ready(Taken::Yes)
    }
}
