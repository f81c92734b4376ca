//! Channels between threads of the application and programs: nothing is kept in them, a value goes from hand to hand.

use crate::binding::{Binding, PollSink, PollSource, Taken};
use crate::data::{Data, IntoData};
use crate::limits::CHANNEL_SPIN_ROUNDS;
use crate::sync::{AtomicU64, Condvar, Instant, Mutex, MutexGuard, Ordering};
use futures_core::Stream;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// A channel without a buffer. One end is bound to an extern of a program, the other is used by the application, from any
/// thread; both ends bound connect two programs. [`Sender::send`] returns when the program has taken the value, so that
/// neither side can be ahead of the other.
///
/// ```
/// use hydra_vm::{Program, Run, channel};
///
/// let program = Program::compile("double.csp", "extern from, to; *[ n : integer; from ? n -> to ! 2 * n ]")?;
/// let (numbers, from) = channel::<i64>();
/// let (to, doubled) = channel::<i64>();
/// let running = Run::new(&program).bind("from", from).bind("to", to).start()?;
/// for n in 1..=3 {
///     numbers.send(n)?;
///     assert_eq!(doubled.recv()?, 2 * n);
/// }
/// drop(numbers);                       // the extern terminates, and with it the program
/// running.wait().finished()?;
/// assert!(doubled.recv().is_err());    // so there is nobody any more who would send
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let core = Arc::new(Core {
        state: Mutex::new(State {
            slot: None,
            put: 0,
            senders: 1,
            receivers: 1,
            sleeping: (0, 0),
            sending: Wakers::default(),
            receiving: Wakers::default(),
        }),
        put: AtomicU64::new(0),
        taken: AtomicU64::new(0),
        lost: AtomicU64::new(0),
        sent: Condvar::new(),
        received: Condvar::new(),
    });
    (Sender(core.clone()), Receiver(core))
}

/// Puts values into a [`channel`]. Clones send into the same one; it has terminated when all are dropped.
pub struct Sender<T>(Arc<Core<T>>);

/// Takes values out of a [`channel`]. Clones share them; when all are dropped, nothing can be sent any more.
pub struct Receiver<T>(Arc<Core<T>>);

/// The value was not taken, and never will be: the program has ended, or drops what it was bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendError;

/// Nothing more will come: all senders are gone, or the program has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecvError;

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nobody takes the value: the program has ended, or does not input it any more")
    }
}

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nothing more comes: the program has ended, or does not output any more")
    }
}

impl std::error::Error for SendError {}
impl std::error::Error for RecvError {}

struct Core<T> {
    state: Mutex<State<T>>,
    /// How many values were put in, for a look without the lock.
    put: AtomicU64,
    /// How many were taken. It is behind `put` by one while a value is on its way. Changed under the lock.
    taken: AtomicU64,
    /// The number of the last value that was handed out and got lost. Set before `taken`.
    lost: AtomicU64,
    /// A value was put in.
    sent: Condvar,
    /// A value was taken.
    received: Condvar,
}

struct State<T> {
    slot: Option<T>,
    put: u64,
    senders: usize,
    receivers: usize,
    /// Threads that sleep until something was received, and sent.
    sleeping: (usize, usize),
    sending: Wakers,
    receiving: Wakers,
}

/// Tasks and programs that wait.
#[derive(Default)]
struct Wakers(Vec<Waker>);

impl Wakers {
    fn add(&mut self, context: &Context<'_>) {
        if !self.0.iter().any(|waker| waker.will_wake(context.waker())) {
            self.0.push(context.waker().clone());
        }
    }

    fn take(&mut self) -> Wakers {
        std::mem::take(self)
    }

    fn wake(self) {
        for waker in self.0 {
            waker.wake();
        }
    }
}

impl<T> Core<T> {
    /// Puts a value in, if there is room; the number it has.
    fn put(&self, mut state: MutexGuard<'_, State<T>>, value: T) -> u64 {
        state.slot = Some(value);
        state.put += 1;
        let number = state.put;
        self.put.store(number, Ordering::Release);
        let wakers = state.receiving.take();
        if state.sleeping.1 > 0 {
            self.sent.notify_one();
        }
        drop(state);
        wakers.wake();
        number
    }

    fn has_room(&self, state: &State<T>) -> bool {
        state.put == self.taken.load(Ordering::Relaxed)
    }

    /// The value that was handed out has arrived.
    fn confirm(&self, mut state: MutexGuard<'_, State<T>>) {
        self.taken.store(state.put, Ordering::Release);
        let wakers = state.sending.take();
        if state.sleeping.0 > 0 {
            self.received.notify_all();
        }
        drop(state);
        wakers.wake();
    }

    fn is_taken(&self, number: u64) -> bool {
        self.taken.load(Ordering::Acquire) >= number
    }

    /// What became of a value that is taken.
    fn taken(&self, number: u64) -> Result<(), SendError> {
        if self.lost.load(Ordering::Acquire) == number {
            return Err(SendError);
        }
        Ok(())
    }
}

/// Looks for a while whether something has happened, before a thread sleeps.
fn spin(happened: impl Fn() -> bool) -> bool {
    (0..CHANNEL_SPIN_ROUNDS).any(|tries| {
        crate::sync::pause(tries);
        happened()
    })
}

impl<T> Sender<T> {
    /// Waits until the value is taken.
    pub fn send(&self, value: T) -> Result<(), SendError> {
        let core = &*self.0;
        let mut state = core.state.lock();
        while !core.has_room(&state) {
            if state.receivers == 0 {
                return Err(SendError);
            }
            state.sleeping.0 += 1;
            core.received.wait(&mut state);
            state.sleeping.0 -= 1;
        }
        if state.receivers == 0 {
            return Err(SendError);
        }
        let number = core.put(state, value);
        if spin(|| core.is_taken(number)) {
            return core.taken(number);
        }
        let mut state = core.state.lock();
        while !core.is_taken(number) {
            if state.receivers == 0 {
                return Err(SendError);
            }
            state.sleeping.0 += 1;
            core.received.wait(&mut state);
            state.sleeping.0 -= 1;
        }
        core.taken(number)
    }

    /// A future that puts the value in, and is ready when it is taken.
    pub fn send_async(&self, value: T) -> SendFuture<'_, T> {
        SendFuture {
            sender: self,
            sending: Sending::Value(value),
        }
    }

    /// Whether nobody can take values any more.
    pub fn is_closed(&self) -> bool {
        self.0.state.lock().receivers == 0
    }
}

/// The future of [`Sender::send_async`].
#[must_use = "futures do nothing unless they are awaited"]
pub struct SendFuture<'a, T> {
    sender: &'a Sender<T>,
    sending: Sending<T>,
}

/// How far a value is.
enum Sending<T> {
    /// it waits
    Value(T),
    /// it was put in, and has this number
    Put(u64),
    /// it was taken
    None,
}

impl<T> Sending<T> {
    fn poll(&mut self, core: &Core<T>, context: &Context<'_>) -> Poll<Result<(), SendError>> {
        if let Sending::Value(_) = self {
            let mut state = core.state.lock();
            if state.receivers == 0 {
                return Poll::Ready(Err(SendError));
            }
            if !core.has_room(&state) {
                state.sending.add(context);
                return Poll::Pending;
            }
            if let Sending::Value(value) = std::mem::replace(self, Sending::None) {
                *self = Sending::Put(core.put(state, value));
            }
        }
        let Sending::Put(number) = *self else {
            return Poll::Ready(Ok(()));
        };
        let mut state = core.state.lock();
        if core.is_taken(number) {
            *self = Sending::None;
            return Poll::Ready(core.taken(number));
        }
        if state.receivers == 0 {
            *self = Sending::None;
            return Poll::Ready(Err(SendError));
        }
        state.sending.add(context);
        Poll::Pending
    }
}

impl<T: Unpin> Future for SendFuture<'_, T> {
    type Output = Result<(), SendError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let core = self.sender.0.clone();
        self.sending.poll(&core, context)
    }
}

impl<T> Receiver<T> {
    /// Waits for a value.
    pub fn recv(&self) -> Result<T, RecvError> {
        self.recv_until(None)
    }

    /// Waits for a value, but only so long; an error, too, if none has come.
    pub fn recv_timeout(&self, time: Duration) -> Result<T, RecvError> {
        self.recv_until(Instant::now().checked_add(time))
    }

    /// A value, if one is there.
    pub fn try_recv(&self) -> Option<T> {
        let mut state = self.0.state.lock();
        let value = state.slot.take()?;
        self.0.confirm(state);
        Some(value)
    }

    fn recv_until(&self, until: Option<Instant>) -> Result<T, RecvError> {
        let core = &*self.0;
        if core.put.load(Ordering::Acquire) == core.taken.load(Ordering::Relaxed) {
            spin(|| core.put.load(Ordering::Acquire) != core.taken.load(Ordering::Relaxed));
        }
        let mut state = core.state.lock();
        loop {
            if let Some(value) = state.slot.take() {
                core.confirm(state);
                return Ok(value);
            }
            if state.senders == 0 {
                return Err(RecvError);
            }
            state.sleeping.1 += 1;
            let late = match until {
                None => {
                    core.sent.wait(&mut state);
                    false
                }
                Some(until) => core.sent.wait_until(&mut state, until).timed_out(),
            };
            state.sleeping.1 -= 1;
            if late && state.slot.is_none() {
                return Err(RecvError);
            }
        }
    }

    /// The values until the end.
    pub fn iter(&self) -> impl Iterator<Item = T> {
        std::iter::from_fn(|| self.recv().ok())
    }

    /// A future of the next value. The receiver is a stream, too.
    pub async fn recv_async(&self) -> Result<T, RecvError> {
        std::future::poll_fn(|context| self.poll_recv(context))
            .await
            .ok_or(RecvError)
    }

    /// The next value; `None` at the end.
    pub fn poll_recv(&self, context: &mut Context<'_>) -> Poll<Option<T>> {
        let value = self.poll_hold(context);
        if let Poll::Ready(Some(_)) = &value {
            self.0.confirm(self.0.state.lock());
        }
        value
    }

    /// As [`poll_recv`](Self::poll_recv), but the sender still waits until the value is confirmed.
    fn poll_hold(&self, context: &mut Context<'_>) -> Poll<Option<T>> {
        let mut state = self.0.state.lock();
        match state.slot.take() {
            Some(value) => Poll::Ready(Some(value)),
            None if state.senders == 0 => Poll::Ready(None),
            None => {
                state.receiving.add(context);
                Poll::Pending
            }
        }
    }
}

impl<T> Stream for Receiver<T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        self.poll_recv(context)
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.0.state.lock().senders += 1;
        Sender(self.0.clone())
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        self.0.state.lock().receivers += 1;
        Receiver(self.0.clone())
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        state.senders -= 1;
        if state.senders == 0 {
            let wakers = state.receiving.take();
            self.0.sent.notify_all();
            drop(state);
            wakers.wake();
        }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        state.receivers -= 1;
        if state.receivers == 0 {
            let (wakers, value) = (state.sending.take(), state.slot.take());
            self.0.received.notify_all();
            drop(state);
            drop(value);
            wakers.wake();
        }
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("closed", &self.is_closed()).finish()
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Receiver")
    }
}

/// The program inputs what is sent.
impl<T: IntoData + Send + 'static> From<Receiver<T>> for Binding {
    fn from(receiver: Receiver<T>) -> Binding {
        Binding::polled_source(Inputs { receiver, holds: false })
    }
}

/// What the program outputs is received. A value of another type is a failure of the program.
impl<T: TryFrom<Data, Error: fmt::Display> + Send + 'static> From<Sender<T>> for Binding {
    fn from(sender: Sender<T>) -> Binding {
        Binding::polled_sink(Outputs {
            sender,
            sending: Sending::None,
        })
    }
}

struct Inputs<T> {
    receiver: Receiver<T>,
    /// A value is with the program, and no process has taken it yet.
    holds: bool,
}

impl<T: IntoData + Send> PollSource for Inputs<T> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Data, String>>> {
        let value = self.receiver.poll_hold(context);
        self.holds = matches!(value, Poll::Ready(Some(_)));
        value.map(|value| value.map(IntoData::into_data))
    }

    fn taken(&mut self) {
        self.holds = false;
        let core = &self.receiver.0;
        core.confirm(core.state.lock());
    }
}

impl<T> Drop for Inputs<T> {
    fn drop(&mut self) {
        if self.holds {
            let core = &self.receiver.0;
            let state = core.state.lock();
            core.lost.store(state.put, Ordering::Release);
            core.confirm(state);
        }
    }
}

struct Outputs<T> {
    sender: Sender<T>,
    sending: Sending<T>,
}

impl<T: TryFrom<Data, Error: fmt::Display> + Send> PollSink for Outputs<T> {
    fn poll(&mut self, value: &mut Option<Data>, context: &mut Context<'_>) -> Poll<Taken> {
        if let Some(data) = value.take() {
            match T::try_from(data) {
                Ok(value) => self.sending = Sending::Value(value),
                Err(problem) => return Poll::Ready(Taken::Failed(problem.to_string())),
            }
        }
        (self.sending.poll(&self.sender.0, context)).map(|sent| sent.map_or(Taken::Closed, |()| Taken::Yes))
    }
}
