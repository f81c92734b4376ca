//! The one thread of an engine that waits for sockets. It sleeps while none of them has news, and only wakes who waits.

use crate::sync::{Mutex, spawn};
use mio::event::Source;
use mio::{Events, Interest, Poll, Registry, Token, Waker as Alarm};
use rustc_hash::FxHashMap;
use std::io;
use std::sync::{Arc, OnceLock, Weak};
use std::task::{Context, Waker};

/// Ends the thread.
const END: Token = Token(usize::MAX);

/// A reactor that is started when it is first needed.
#[derive(Default)]
pub(super) struct Lazy(OnceLock<Result<Reactor, String>>);

struct Reactor {
    registry: Registry,
    alarm: Alarm,
    sockets: Arc<Mutex<Sockets>>,
}

#[derive(Default)]
struct Sockets {
    last: usize,
    watched: FxHashMap<Token, Weak<Watched>>,
}

/// A socket that is watched: who waits for it.
pub(super) struct Watched {
    token: Token,
    sockets: Weak<Mutex<Sockets>>,
    reader: Mutex<Option<Waker>>,
    writer: Mutex<Option<Waker>>,
}

impl Lazy {
    /// Watches a socket.
    pub(super) fn watch(&self, socket: &mut impl Source) -> io::Result<Arc<Watched>> {
        let reactor = self
            .0
            .get_or_init(|| Reactor::start().map_err(|problem| problem.to_string()));
        reactor
            .as_ref()
            .map_err(|problem| io::Error::other(problem.clone()))?
            .watch(socket)
    }
}

impl Reactor {
    fn start() -> io::Result<Reactor> {
        let poll = Poll::new()?;
        let registry = poll.registry().try_clone()?;
        let alarm = Alarm::new(&registry, END)?;
        let sockets = Arc::new(Mutex::new(Sockets::default()));
        let known = sockets.clone();
        spawn("hydra sockets", None, move || serve(poll, &known))?;
        Ok(Reactor {
            registry,
            alarm,
            sockets,
        })
    }

    fn watch(&self, socket: &mut impl Source) -> io::Result<Arc<Watched>> {
        let watched = {
            let mut sockets = self.sockets.lock();
            sockets.last += 1;
            let token = Token(sockets.last);
            let watched = Arc::new(Watched {
                token,
                sockets: Arc::downgrade(&self.sockets),
                reader: Mutex::default(),
                writer: Mutex::default(),
            });
            sockets.watched.insert(token, Arc::downgrade(&watched));
            watched
        };
        let both = Interest::READABLE | Interest::WRITABLE;
        self.registry.register(socket, watched.token, both)?;
        Ok(watched)
    }
}

impl Drop for Reactor {
    fn drop(&mut self) {
        let _ = self.alarm.wake();
    }
}

fn serve(mut poll: Poll, sockets: &Mutex<Sockets>) {
    let mut events = Events::with_capacity(1024);
    loop {
        match poll.poll(&mut events, None) {
            Err(problem) if problem.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return,
            Ok(()) => {}
        }
        for event in &events {
            if event.token() == END {
                return;
            }
            let watched = sockets.lock().watched.get(&event.token()).and_then(Weak::upgrade);
            let Some(watched) = watched else { continue };
            if event.is_readable() || event.is_read_closed() || event.is_error() {
                wake(&watched.reader);
            }
            if event.is_writable() || event.is_write_closed() || event.is_error() {
                wake(&watched.writer);
            }
        }
    }
}

fn wake(waiting: &Mutex<Option<Waker>>) {
    let waker = waiting.lock().take();
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl Watched {
    /// Who is woken when there is something to read. The socket tells of changes only, so this comes before it is tried.
    pub(super) fn reads(&self, context: &Context<'_>) {
        *self.reader.lock() = Some(context.waker().clone());
    }

    /// Who is woken when something can be written, in the same way.
    pub(super) fn writes(&self, context: &Context<'_>) {
        *self.writer.lock() = Some(context.waker().clone());
    }

    /// Wakes both.
    pub(super) fn news(&self) {
        wake(&self.reader);
        wake(&self.writer);
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if let Some(sockets) = self.sockets.upgrade() {
            sockets.lock().watched.remove(&self.token);
        }
    }
}
