//! What all workers of a run share, and how a run ends.

use super::driver::Work;
use super::pool::Pool;
use super::{Clock, Driver, Finished, Rng, Timers, Waiter};
use crate::chan::{Group, Sharing};
use crate::config::Limits;
use crate::error::Trap;
use crate::host::{StreamWaiter, Streams, Written};
use crate::limits::{ENDED_KEPT, PROCESSES_MAX, SPIN_ROUNDS, SPIN_ROUNDS_CLOSE, SPIN_TIME};
use crate::outside::Outside;
use crate::process::{Process, Wait};
use crate::program::Program;
use crate::stats::Statistics;
use crate::sync::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Condvar, Instant, Mutex, Ordering};
use crate::sync::{Bug, is_planted};
use crate::trace::{Entry, Ident, Line, Log, Player, Recorder};
use hydra_bytecode::report::Report;
use hydra_stdlib::engine::Functions;
use hydra_stdlib::value::Value;
use std::sync::Arc;
use std::time::Duration;

/// How a run ended.
#[derive(Debug)]
pub(crate) enum Ending {
    /// The main process has ended.
    Done,
    /// A failure.
    Failure(Box<Report>),
    /// No process can go on.
    Deadlock(Box<Report>),
    /// A limit was reached.
    Limit(Box<Report>),
    /// Nobody reads what is written.
    Quiet,
    /// It repeats a run that was cancelled.
    Cancelled(Box<Report>),
}

/// The params of a run.
pub(crate) struct Params {
    pub(crate) values: Vec<Value>,
    /// Those that are scalars, as registers hold them; 0 for the others.
    pub(crate) words: Vec<u64>,
}

impl Params {
    fn new(values: Vec<Value>) -> Params {
        let words = values.iter().map(|value| value.word().map_or(0, |(_, word)| word));
        Params {
            words: words.collect(),
            values,
        }
    }
}

/// What all workers of a run share.
pub(crate) struct Shared {
    pub(crate) driver: Driver,
    /// Tells it from all other runs in the process.
    pub(super) number: u64,
    pub(crate) finished: Mutex<Finished>,
    /// Workers of it that wait for a thread.
    pub(crate) queued: AtomicUsize,
    /// Notified when it has ended, and when whoever drives it should go on.
    pub(crate) signal: Condvar,
    pub(crate) program: Arc<Program>,
    /// Values of the params.
    pub(crate) params: Params,
    pub(crate) clock: Clock,
    pub(crate) timers: Timers,
    pub(crate) streams: Streams,
    pub(crate) outside: Arc<Outside>,
    /// The group of the main process, from which all others are reached.
    pub(crate) root: Arc<Group>,
    /// Which groups more than one worker may have processes of.
    pub(crate) sharing: Sharing,
    /// Choices are drawn from a generator with this seed, on one worker, in virtual time.
    pub(crate) seed: Option<u64>,
    /// What records the run, if it is recorded.
    pub(crate) recorder: Option<Arc<Recorder>>,
    /// What repeats a recorded run, if it is that.
    pub(crate) player: Option<Player>,
    pub(crate) workers: usize,
    /// Told of dead groups while the run goes on.
    pub(crate) on_warning: Box<dyn Fn(&Report) + Send + Sync>,
    /// How many processes are alive, and how many were at most.
    pub(crate) alive: AtomicU64,
    pub(crate) most_alive: AtomicU64,
    /// For each worker, processes that have ended but count as alive.
    ended: Box<[Alone]>,
    /// How many workers have a number.
    enlisted: AtomicUsize,
    pub(crate) limits: Limits,
    /// Those of the application.
    pub(crate) functions: Functions,
    /// Where fragments draw random numbers: with a seed, from another sequence than choices.
    pub(crate) random: Mutex<Rng>,
    /// Steps of turns that have ended.
    pub(super) steps: AtomicU64,
    /// What the workers that have returned did.
    pub(crate) statistics: Mutex<Statistics>,
    /// When the run began, by the machine's clock.
    pub(crate) began: Instant,
    /// More was written than may be.
    pub(crate) output_full: AtomicBool,
    /// A limit that was reached while a fragment ran: it ends, and tells the run.
    pub(super) exceeded: Mutex<Option<Box<Trap>>>,
    /// The run has taken longer than it may.
    late: AtomicBool,
    stop: AtomicBool,
    /// Workers without work.
    pub(super) hungry: AtomicU32,
    /// Workers that were called and have not come yet: what was given away is for them.
    pub(super) coming: AtomicUsize,
    /// So many turns a worker waits before it gives away processes that talk to each other.
    pub(super) reluctance: AtomicU32,
    /// Reading threads that have taken out who waited for them, and not yet handed them to the pool.
    pub(super) returning: AtomicUsize,
    /// Length of `Pool::queue`, for a look without the lock.
    pub(super) injected: AtomicUsize,
    pub(super) pool: Mutex<Pool>,
}

/// A number that only one worker changes, in a cache line of its own.
#[derive(Default)]
#[repr(align(64))]
struct Alone(AtomicU64);

impl Shared {
    /// Everything but what the run adds later.
    #[allow(
        clippy::too_many_arguments,
        reason = "the only caller fills a structure with private fields"
    )]
    pub(crate) fn new(
        driver: Driver,
        program: Arc<Program>,
        params: Vec<Value>,
        streams: Streams,
        outside: Arc<Outside>,
        root: Arc<Group>,
        seed: Option<u64>,
        (recorder, player): (Option<Arc<Recorder>>, Option<Player>),
        workers: usize,
        on_warning: Box<dyn Fn(&Report) + Send + Sync>,
        limits: Limits,
        functions: Functions,
    ) -> Shared {
        Shared {
            driver,
            number: crate::sync::serial(),
            finished: Mutex::default(),
            queued: AtomicUsize::new(0),
            signal: Condvar::new(),
            program,
            params: Params::new(params),
            clock: Clock::new(seed.is_some() || player.is_some()),
            timers: Timers::new(),
            streams,
            outside,
            root,
            sharing: Sharing::default(),
            seed,
            recorder,
            player,
            workers,
            on_warning,
            alive: AtomicU64::new(1),
            most_alive: AtomicU64::new(1),
            ended: (0..workers).map(|_| Alone::default()).collect(),
            enlisted: AtomicUsize::new(0),
            limits,
            functions,
            random: Mutex::new(Rng::new(!seed.unwrap_or_else(any_seed))),
            steps: AtomicU64::new(0),
            statistics: Mutex::default(),
            began: Instant::now(),
            output_full: AtomicBool::new(false),
            exceeded: Mutex::default(),
            late: AtomicBool::new(false),
            stop: AtomicBool::new(false),
            hungry: AtomicU32::new(0),
            coming: AtomicUsize::new(0),
            reluctance: AtomicU32::new(0),
            returning: AtomicUsize::new(0),
            injected: AtomicUsize::new(0),
            pool: Mutex::default(),
        }
    }

    /// Whether the run has ended.
    #[inline]
    pub(crate) fn has_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Ends the run; only the first ending counts.
    pub(crate) fn end(self: &Arc<Self>, ending: Ending) {
        let mut pool = self.pool.lock();
        self.end_locked(&mut pool, ending);
    }

    /// Ends the run with the failure of a process.
    pub(super) fn end_with(self: &Arc<Self>, ending: Ending, who: Ident) {
        let mut pool = self.pool.lock();
        if pool.ending.is_none() {
            pool.failed = Some(who);
        }
        self.end_locked(&mut pool, ending);
    }

    /// The process whose failure has ended the run.
    pub(crate) fn who_failed(&self) -> Option<Ident> {
        self.pool.lock().failed
    }

    pub(super) fn end_locked(self: &Arc<Self>, pool: &mut Pool, ending: Ending) {
        if pool.ending.is_none() {
            pool.ending = Some(ending);
        }
        self.stop.store(true, Ordering::Relaxed);
        self.call(pool, usize::MAX);
    }

    /// How the run ended, once all workers have returned.
    pub(crate) fn take_ending(&self) -> Option<Ending> {
        self.pool.lock().ending.take()
    }

    /// Asks the workers to stop and to say who waits for whom.
    pub(crate) fn cancel(self: &Arc<Self>) {
        let mut pool = self.pool.lock();
        self.stop.store(true, Ordering::Relaxed);
        if !is_planted(Bug::QuietCancel) {
            self.call(&mut pool, usize::MAX);
        }
    }

    /// The time is up.
    pub(crate) fn time_is_up(self: &Arc<Self>) {
        self.late.store(true, Ordering::Relaxed);
        self.cancel();
    }

    /// Whether it was cancelled because the time was up.
    pub(crate) fn is_late(&self) -> bool {
        self.late.load(Ordering::Relaxed)
    }

    /// The limit of the output is reached.
    #[cold]
    pub(crate) fn too_much_output(&self) -> Box<Trap> {
        self.output_full.store(true, Ordering::Relaxed);
        let most = self.limits.output.unwrap_or(0);
        Trap::limit(format!("more than {most} bytes of output (--max-output)"))
    }

    /// Adds the steps of a turn; an error if one of the limits that are looked at now and then is reached.
    pub(crate) fn spend(&self, steps: u32) -> Result<(), Box<Trap>> {
        let total = self.steps.fetch_add(u64::from(steps), Ordering::Relaxed) + u64::from(steps);
        if let Some(most) = self.limits.steps
            && total > most
        {
            return Err(Trap::limit(format!(
                "more than {most} steps (--max-steps); this process was running"
            )));
        }
        self.memory_for(0)
    }

    /// The limit that has ended a fragment.
    #[cold]
    pub(crate) fn take_exceeded(&self) -> Option<Box<Trap>> {
        self.exceeded.lock().take()
    }

    /// An error if there is no memory for so many bytes more.
    pub(crate) fn memory_for(&self, bytes: u64) -> Result<(), Box<Trap>> {
        let Some((most, used)) = self.limits.memory else {
            return Ok(());
        };
        let used = used();
        if used.saturating_add(bytes) <= most {
            return Ok(());
        }
        let alive = self.alive.load(Ordering::Relaxed);
        let megabytes = |bytes: u64| bytes.div_ceil(1 << 20);
        let asked = match megabytes(bytes) {
            0 => String::new(),
            asked => format!(" and {asked} MB more are asked for"),
        };
        Err(Trap::limit(format!(
            "more than {} MB of memory (--max-memory): {} MB are used{asked}, {alive} processes are alive, and this one was running",
            megabytes(most),
            megabytes(used),
        )))
    }

    /// Counts processes that are about to be made; an error if there are too many.
    pub(crate) fn more_processes(&self, count: u64, bytes: u64) -> Result<(), Box<Trap>> {
        let alive = if self.workers == 1 {
            // nobody else counts
            let alive = self.alive.load(Ordering::Relaxed) + count;
            self.alive.store(alive, Ordering::Relaxed);
            if alive > self.most_alive.load(Ordering::Relaxed) {
                self.most_alive.store(alive, Ordering::Relaxed);
            }
            alive
        } else {
            let alive = self.alive.fetch_add(count, Ordering::Relaxed) + count;
            if alive > self.most_alive.load(Ordering::Relaxed) {
                self.most_alive.fetch_max(alive, Ordering::Relaxed);
            }
            alive
        };
        let most = self.limits.processes.unwrap_or(PROCESSES_MAX);
        // those that have ended and are not subtracted yet: a worker that subtracts them now may count them twice here
        let ended = || self.ended.iter().map(|ended| ended.0.load(Ordering::Acquire)).sum();
        if alive > most && alive.saturating_sub(ended()) > most {
            let message = format!("more than {most} processes (--max-processes): this parallel command starts {count}");
            return Err(Trap::limit(message));
        }
        if count >= 1000 { self.memory_for(bytes) } else { Ok(()) }
    }

    /// A process has ended. Each worker counts some of them for itself, in `own`, before it takes them from those of all.
    #[inline]
    pub(crate) fn one_less(&self, own: usize) {
        if self.workers == 1 {
            let alive = self.alive.load(Ordering::Relaxed);
            self.alive.store(alive - 1, Ordering::Relaxed);
            return;
        }
        let ended = &self.ended[own].0;
        let count = ended.load(Ordering::Relaxed) + 1;
        ended.store(count, Ordering::Relaxed);
        if count >= ENDED_KEPT {
            self.count_ended(own);
        }
    }

    /// Takes the ended processes that a worker has counted from those of all.
    pub(crate) fn count_ended(&self, own: usize) {
        let ended = &self.ended[own].0;
        let count = ended.load(Ordering::Relaxed);
        self.alive.fetch_sub(count, Ordering::Relaxed);
        ended.store(0, Ordering::Release);
    }

    /// A number for a worker, which no other of the run has.
    pub(crate) fn enlist(&self) -> usize {
        self.enlisted.fetch_add(1, Ordering::Relaxed) % self.workers
    }

    /// Fires the timers whose moment has come.
    pub(crate) fn fire_timers(&self) -> Vec<Process> {
        let now = self.clock.now();
        self.timers
            .due(now)
            .into_iter()
            .filter_map(|waiter| wake_timed(waiter, now))
            .collect()
    }

    /// A timer was added: those who sleep have to know.
    pub(crate) fn timer_added(self: &Arc<Self>) {
        // it may have fired already, and no other be left
        let next = self.timers.next();
        if self.hungry.load(Ordering::Relaxed) > 0
            && next != u64::MAX
            && let Some(at) = self.clock.instant(next)
        {
            let mut pool = self.pool.lock();
            self.wake_at(&mut pool, at);
        }
    }

    /// A read of a stream begins.
    pub(crate) fn outside_begins(&self) {
        self.pool.lock().outside += 1;
    }

    /// Those that wait for a stream are about to be taken out of it, under its lock: until [`Self::outside_ends`] they are
    /// nowhere to be seen.
    pub(crate) fn outside_returns(&self) {
        self.returning
            .fetch_add(usize::from(!is_planted(Bug::SilentReturn)), Ordering::Relaxed);
    }

    /// A read of a stream has ended; those that waited for it try again.
    pub(crate) fn outside_ends(self: &Arc<Self>, mut woken: Vec<StreamWaiter>) {
        if let Some(recorder) = &self.recorder {
            for waiter in &mut woken {
                if let StreamWaiter::Sent(process) = waiter
                    && let Some(log) = Log::of(recorder, process)
                {
                    log.add(Entry::Sent);
                }
            }
        }
        let mut pool = self.pool.lock();
        pool.outside -= 1;
        self.returning
            .fetch_sub(usize::from(!is_planted(Bug::SilentReturn)), Ordering::Relaxed);
        let processes: Vec<Process> = woken.into_iter().filter_map(wake_streamed).collect();
        if processes.is_empty() {
            // perhaps nothing can happen any more
            self.call(&mut pool, 1);
        }
        self.inject_locked(&mut pool, processes);
    }

    /// Takes back what a worker has not run when the run ended.
    pub(crate) fn leave(&self, processes: impl IntoIterator<Item = Process>) {
        self.pool.lock().queue.extend(processes);
    }

    /// Frees all that still waits after the run.
    pub(crate) fn clear(&self) {
        let queue = std::mem::take(&mut self.pool.lock().queue);
        drop(queue);
        if let Some(player) = &self.player {
            player.clear();
        }
        self.timers.clear();
        self.streams.clear();
    }

    /// Writes out all that was printed; a problem ends the run.
    pub(crate) fn flush(self: &Arc<Self>) {
        if let Some(recorder) = &self.recorder {
            recorder.flush();
        }
        match self.streams.flush() {
            Written::Done | Written::TooMuch => {}
            Written::Closed => self.end(Ending::Quiet),
            Written::Failed(problem) => {
                let mut pool = self.pool.lock();
                if matches!(pool.ending, Some(Ending::Done)) {
                    // it is not done if what it printed is lost
                    pool.ending = None;
                }
                self.end_locked(&mut pool, Ending::Failure(self.write_failed(&problem)));
            }
        }
    }

    /// The report of a failed write.
    pub(crate) fn write_failed(&self, problem: &str) -> Box<Report> {
        if let Some(recorder) = &self.recorder {
            recorder.fails_outside();
        }
        Box::new(write_failed(problem))
    }

    /// Writes out all that was printed, whatever comes of it.
    pub(crate) fn flush_streams(&self) {
        let _ = self.streams.flush();
    }

    /// A process writes to a stream.
    pub(crate) fn write(self: &Arc<Self>, who: Ident, stream: u32, text: &str, line_end: bool) -> Option<Written> {
        if let Some(player) = &self.player {
            if !self.streams.takes_output(stream) {
                return None;
            }
            let text = text.to_owned();
            let line = Line { stream, text, line_end };
            player.write(self, who, line);
            return Some(Written::Done);
        }
        let note = self.recorder.as_deref().map(|recorder| (recorder, who));
        self.streams.write_as(note, stream, text, line_end)
    }

    /// A process writes a line to the standard output.
    pub(crate) fn print(self: &Arc<Self>, who: Ident, line: &str) -> Result<(), String> {
        match self.write(who, 1, line, true) {
            None | Some(Written::Done) => Ok(()),
            Some(Written::Closed) => {
                self.end(Ending::Quiet);
                Err("nobody reads the output".into())
            }
            Some(Written::TooMuch) => Err(self.too_much_output().message),
            Some(Written::Failed(problem)) => {
                if let Some(recorder) = &self.recorder {
                    recorder.fails_outside();
                }
                Err(format!("cannot write to {problem}"))
            }
        }
    }

    /// Looks for work, after a while of spinning.
    pub(crate) fn wait_for_work(self: &Arc<Self>) -> Work {
        self.hungry.fetch_add(1, Ordering::Relaxed);
        let work = self.wait_hungry();
        if !matches!(work, Work::None(_)) {
            self.hungry.fetch_sub(1, Ordering::Relaxed);
        }
        work
    }

    fn wait_hungry(self: &Arc<Self>) -> Work {
        // somebody may have something at once: another worker, or a thread of the application
        let rounds = match &self.driver {
            Driver::Crew(_) if self.seed.is_none() => SPIN_ROUNDS,
            _ => 0,
        };
        let (mut tries, mut began) = (0, None);
        while tries < rounds && !self.has_injected() && !self.has_stopped() && !self.wants_pause() {
            crate::sync::pause(tries);
            tries += 1;
            // on a busy machine each time it yields may take long, and until it sleeps nobody finds a deadlock
            if tries > SPIN_ROUNDS_CLOSE && began.get_or_insert_with(Instant::now).elapsed() > SPIN_TIME {
                break;
            }
        }
        if let Some(player) = &self.player
            && !self.has_injected()
        {
            // no time passes, and nothing comes from outside
            player.look(self, true);
            return Work::Ended;
        }
        let mut pool = self.pool.lock();
        let idles_long = std::mem::take(&mut pool.idles_long);
        let mut flushed = idles_long;
        loop {
            if self.has_stopped() {
                return Work::Ended;
            }
            if !pool.rung.is_empty() {
                let rung = std::mem::take(&mut pool.rung);
                self.note_injected(&pool);
                drop(pool);
                self.answer(rung);
                pool = self.pool.lock();
                continue;
            }
            if !pool.queue.is_empty() {
                return Work::Found(self.take_locked(&mut pool));
            }
            let now = self.clock.now();
            let mut next = self.timers.next();
            let nobody_runs = pool.idle + 1 + usize::from(is_planted(Bug::EarlyDeadlock)) >= self.workers;
            if nobody_runs && next != u64::MAX && next > now && pool.outside == 0 && self.clock.jump(next) {
                self.look_for_dead_groups(&mut pool, false);
                next = 0;
            }
            if next <= now || next == 0 {
                let processes = self.fire_timers();
                if !processes.is_empty() {
                    return Work::Found(processes);
                }
                continue;
            }
            if nobody_runs && !flushed {
                // before anything is waited for, what was printed must be seen
                flushed = true;
                drop(pool);
                self.flush();
                pool = self.pool.lock();
                continue;
            }
            if nobody_runs && next == u64::MAX && (pool.outside == 0 || !self.is_outside_awaited()) {
                let report = crate::report::deadlock(self);
                self.end_locked(&mut pool, Ending::Deadlock(Box::new(report)));
                return Work::Ended;
            }
            let looked = !nobody_runs || self.look_for_dead_groups(&mut pool, idles_long);
            pool.idle += 1;
            pool.looks_later = !looked;
            let calls = pool.calls;
            let soon = (!looked).then(|| Instant::now() + LONG_IDLE);
            let timer = (next != u64::MAX).then(|| self.clock.instant(next)).flatten();
            if let Some(at) = [soon, timer].into_iter().flatten().min() {
                self.wake_at(&mut pool, at);
            }
            return Work::None(calls);
        }
    }

    /// Whether a process waits for a stream: a read may have been begun for a choice that went on without it.
    fn is_outside_awaited(&self) -> bool {
        let mut awaited = false;
        let mut choices = Vec::new();
        self.streams
            .for_each(|_| awaited = true, |cell| choices.push(cell.clone()));
        for cell in choices {
            cell.see(|process| {
                let state = process.extra.as_ref().and_then(|extra| extra.choice.as_ref());
                awaited |= state.is_some_and(|state| state.has_stream());
            });
        }
        // looked at last, for they are announced before they leave the stream
        awaited || self.returning.load(Ordering::Relaxed) > 0
    }

    /// Nobody runs, and time or the outside is waited for: warns of processes that neither can help. The cost grows
    /// with the number of processes, so with many of them it is not done every time, unless `now`. Whether it was done.
    fn look_for_dead_groups(&self, pool: &mut Pool, now: bool) -> bool {
        pool.idled += 1;
        if !now && pool.idled * 1000 < self.alive.load(Ordering::Relaxed) {
            return false;
        }
        pool.idled = 0;
        // who is on the way back from a stream could help the others: they are looked at when the program idles again
        let all_seen = || self.returning.load(Ordering::Relaxed) == 0;
        if let Some(report) = crate::report::dead_group(self, &mut pool.named, all_seen) {
            if let Some(recorder) = &self.recorder {
                recorder.warning(&report);
            }
            (self.on_warning)(&report);
        }
        true
    }
}

/// When a program with many processes has idled for so long, dead groups are looked for.
const LONG_IDLE: Duration = Duration::from_millis(20);

/// The process that a timer wakes, if it still waits for it.
fn wake_timed(waiter: Waiter, now: u64) -> Option<Process> {
    match waiter {
        Waiter::Process(mut process) => {
            process.wait = Wait::Nothing;
            Some(process)
        }
        Waiter::Choice(cell) => {
            let due = |process: &mut Process| {
                let state = process.extra.as_ref()?.choice.as_ref()?;
                state.has_timer_due(now).then_some(())
            };
            cell.take_if(due).map(|(process, ())| look_again(process))
        }
    }
}

/// The process that bytes of a stream wake.
fn wake_streamed(waiter: StreamWaiter) -> Option<Process> {
    match waiter {
        StreamWaiter::Process(process) => Some(look_again(process)),
        StreamWaiter::Sent(mut process) => {
            process.wait = Wait::Nothing;
            Some(process)
        }
        StreamWaiter::Choice(cell) => cell.take_if(|_| Some(())).map(|(process, ())| look_again(process)),
    }
}

/// The process executes the instruction again in which it waited.
pub(crate) fn look_again(mut process: Process) -> Process {
    process.wait = Wait::Nothing;
    process.pc -= 1;
    process
}

/// A seed that is another one in each run.
fn any_seed() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0_u8)
}

/// The report of a failed write.
fn write_failed(problem: &str) -> Report {
    cannot("write to", problem)
}

pub(super) fn cannot(what: &str, problem: impl std::fmt::Display) -> Report {
    let event = hydra_bytecode::report::Severity::Event("failure");
    Report::new(event, "", None, format!("cannot {what} {problem}"))
}
