//! How sources and sinks that are polled wake a run.
//!
//! A [`Bell`] is the waker that an end of the application gets. It must not take the locks of streams, for it may be rung while
//! they are held, by this run or by another one at the other end: it only puts the number of its stream into the pool,
//! where a worker finds it and polls the end again. What rings while it is polled is polled again at once.

use crate::limits::POLLS_AT_ONCE;
use crate::sched::Shared;
use crate::sync::{AtomicU8, Condvar, Mutex, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// How often the only worker looks whether the run was stopped while it waits for an end.
const LOOKS_FOR_STOP: Duration = Duration::from_millis(20);

/// It is being polled, or nobody waits.
const QUIET: u8 = 0;
/// Somebody waits for it to ring.
const AWAITED: u8 = 1;
/// It has rung.
const RUNG: u8 = 2;

/// Wakes a run that waits for an end of the application.
pub(crate) struct Bell {
    run: Weak<Shared>,
    stream: u32,
    is_sink: bool,
    state: AtomicU8,
}

/// A stream whose bell has rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rung {
    pub(super) stream: u32,
    pub(super) is_sink: bool,
}

impl Bell {
    pub(super) fn new(shared: &Arc<Shared>, stream: u32, is_sink: bool) -> Arc<Bell> {
        Arc::new(Bell {
            run: Arc::downgrade(shared),
            stream,
            is_sink,
            state: AtomicU8::new(QUIET),
        })
    }

    /// Polls; what is not ready rings later.
    pub(super) fn poll<T>(self: &Arc<Self>, mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>) -> Poll<T> {
        let waker = Waker::from(self.clone());
        for _ in 0..POLLS_AT_ONCE {
            self.state.store(QUIET, Ordering::Relaxed);
            if let Poll::Ready(value) = poll(&mut Context::from_waker(&waker)) {
                return Poll::Ready(value);
            }
            let waits = (self.state).compare_exchange(QUIET, AWAITED, Ordering::AcqRel, Ordering::Acquire);
            if waits.is_ok() {
                return Poll::Pending;
            }
        }
        // it rings all the time: others come first
        self.state.store(RUNG, Ordering::Relaxed);
        self.ring();
        Poll::Pending
    }

    fn ring(&self) {
        if let Some(shared) = self.run.upgrade() {
            shared.rung(Rung {
                stream: self.stream,
                is_sink: self.is_sink,
            });
        }
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.state.swap(RUNG, Ordering::AcqRel) == AWAITED {
            self.ring();
        }
    }
}

/// Wakes a thread.
#[derive(Default)]
struct Thread {
    rung: Mutex<bool>,
    changed: Condvar,
}

impl Wake for Thread {
    fn wake(self: Arc<Self>) {
        *self.rung.lock() = true;
        self.changed.notify_one();
    }
}

/// Polls until it is ready, or the run is stopped: the only worker waits itself.
pub(super) fn wait_patiently<T>(shared: &Shared, mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>) -> Option<T> {
    let thread = Arc::new(Thread::default());
    let waker = Waker::from(thread.clone());
    loop {
        if let Poll::Ready(value) = poll(&mut Context::from_waker(&waker)) {
            return Some(value);
        }
        let mut rung = thread.rung.lock();
        while !std::mem::take(&mut *rung) {
            if shared.has_stopped() {
                return None;
            }
            thread.changed.wait_for(&mut rung, LOOKS_FOR_STOP);
        }
    }
}
