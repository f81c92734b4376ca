//! The program's clock, real or virtual.

use crate::sync::{AtomicU64, Instant, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// When a run in virtual time begins: 2000-01-01, 00:00 UTC.
const VIRTUAL_EPOCH: Duration = Duration::from_secs(946_684_800);

/// Microseconds since the run began.
pub(crate) enum Clock {
    /// The machine's.
    Real(Instant),
    /// It stands still while processes run and jumps when nothing else can happen.
    Virtual(AtomicU64),
}

impl Clock {
    /// A clock that begins now.
    pub(crate) fn new(is_virtual: bool) -> Clock {
        if is_virtual {
            Clock::Virtual(AtomicU64::new(0))
        } else {
            Clock::Real(Instant::now())
        }
    }

    /// The time in microseconds.
    pub(crate) fn now(&self) -> u64 {
        match self {
            Clock::Real(start) => start.elapsed().as_micros() as u64,
            Clock::Virtual(now) => now.load(Ordering::Relaxed),
        }
    }

    /// The time since the run began.
    pub(crate) fn elapsed(&self) -> Duration {
        match self {
            Clock::Real(start) => start.elapsed(),
            Clock::Virtual(now) => Duration::from_micros(now.load(Ordering::Relaxed)),
        }
    }

    /// The time since 1970: in virtual time a run begins at 2000-01-01, so that it does not depend on when it is run.
    pub(crate) fn since_epoch(&self) -> Duration {
        match self {
            Clock::Real(_) => SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
            Clock::Virtual(_) => VIRTUAL_EPOCH + self.elapsed(),
        }
    }

    /// A moment by the machine's clock; `None` for a virtual one.
    pub(crate) fn instant(&self, at: u64) -> Option<Instant> {
        match self {
            Clock::Real(start) => start.checked_add(Duration::from_micros(at)),
            Clock::Virtual(_) => None,
        }
    }

    /// Moves a virtual clock on; whether it is one.
    pub(crate) fn jump(&self, to: u64) -> bool {
        if let Clock::Virtual(now) = self {
            now.fetch_max(to, Ordering::Relaxed);
        }
        matches!(self, Clock::Virtual(_))
    }
}

/// The moment `milliseconds` after another, in microseconds.
pub(crate) fn after(now: u64, milliseconds: i64) -> u64 {
    now.saturating_add(u64::try_from(milliseconds).unwrap_or(0).saturating_mul(1000))
}
