//! Choice: an alternative or repetitive command with several guards.
//!
//! In each round the process arms the guards that may be chosen. If none is ready it parks in its [`Cell`], which is
//! registered once in every inbox (and stream) that may bring it something; who comes with an output finds the cell
//! there, takes the process out if one of its armed guards takes the output, and completes the round for it. A cell
//! without a process is no more than a hint that somebody might choose here later.

use super::offer::{Message, message_of, offer_fits, store};
use super::{Group, GroupRef, Inbox, Place};
use crate::error::Trap;
use crate::process::Process;
use crate::program::Program;
use crate::sync::{AtomicBool, Bug, Guard, Lock, Ordering, is_planted};
use hydra_bytecode::{Choice, Reg};
use hydra_stdlib::value::Value;
use rustc_hash::{FxHashMap, FxHasher};
use std::hash::Hasher;
use std::sync::Arc;

/// Where a choosing process waits; shared by all that may wake it.
pub(crate) struct Cell {
    waiting: Lock<Option<Process>>,
    /// Whether it is registered in inboxes of more than one name.
    several: AtomicBool,
}

impl Cell {
    fn new() -> Arc<Cell> {
        Arc::new(Cell {
            waiting: Lock::new(None),
            several: AtomicBool::new(false),
        })
    }

    /// What is in it, locked. `home` is a group in which the process inputs.
    #[allow(unsafe_code, reason = "the door to `Lock::lock_alone`")]
    fn lock(&self, home: &Group) -> Guard<'_, Option<Process>> {
        let private = home.is_private() && !self.several.load(Ordering::Relaxed);
        // SAFETY: as for `Group::inbox`. The cell is found in the inbox of its only name, in `home`, whose processes one
        // worker has, that of the cell among them; and by those it was given to: before it is given to a timer or a stream,
        // `home` is shared. With a second name, `several` is set before it is put into an inbox there.
        unsafe { self.waiting.lock_alone(private) }
    }

    /// The process waits from now on.
    #[inline]
    pub(crate) fn put(&self, home: &Group, process: Process) {
        *self.lock(home) = Some(process);
    }

    /// Whether a process waits, for one who found the cell in an inbox of `home`.
    #[inline(always)]
    pub(crate) fn is_busy(&self, home: &Group) -> bool {
        self.lock(home).is_some()
    }

    /// Takes the process out if it waits and `wanted` says so.
    pub(crate) fn take_if<T>(&self, wanted: impl FnOnce(&mut Process) -> Option<T>) -> Option<(Process, T)> {
        take_if(self.waiting.lock(), wanted)
    }

    /// As [`take_if`](Self::take_if), for one who found the cell in an inbox of `home`.
    #[inline]
    pub(crate) fn take_here<T>(
        &self,
        home: &Group,
        wanted: impl FnOnce(&mut Process) -> Option<T>,
    ) -> Option<(Process, T)> {
        take_if(self.lock(home), wanted)
    }

    /// Looks at the process that waits.
    pub(crate) fn see(&self, see: impl FnOnce(&mut Process)) {
        if let Some(process) = self.waiting.lock().as_mut() {
            see(process);
        }
    }
}

#[inline]
fn take_if<T>(
    mut waiting: Guard<'_, Option<Process>>,
    wanted: impl FnOnce(&mut Process) -> Option<T>,
) -> Option<(Process, T)> {
    let found = wanted(waiting.as_mut()?)?;
    waiting.take().map(|process| (process, found))
}

/// What a process keeps of its choice.
pub(crate) struct ChoiceState {
    pub(crate) cell: Arc<Cell>,
    /// The choice (index into the module's table).
    pub(crate) site: u16,
    /// When the round began, in microseconds of the program's clock, if one of its guards has a delay.
    pub(crate) began: Option<u64>,
    /// The guards that may be chosen in this round, in the order of the text.
    pub(crate) armed: Vec<Armed>,
    /// Values of range variables.
    pub(crate) values: Vec<i64>,
    /// The names in which it inputs; its cell is registered in the inbox of each.
    pub(crate) homes: Vec<Home>,
    /// A source that has not ended: while it lives, not all guards have failed.
    pub(crate) witness: Option<(u16, u32)>,
    /// Its timer, if one of its guards has a delay.
    pub(crate) timer: Option<(u64, u64)>,
    /// Counts rounds, so that guards can take turns.
    pub(crate) clock: u64,
    /// How many of its guards input from streams that have ended.
    pub(crate) ended_streams: usize,
    /// When it began to wait, by the clock of a name in which it inputs.
    pub(crate) since: u64,
    /// Not 0 in a run with a seed: a number drawn for this round, which decides between guards that have the same right.
    pub(crate) drawn: u64,
    /// Guards with a range as they were armed before.
    known: Vec<KnownRange>,
    /// The choice whose only guard is armed so, if it is: then a further round need not arm it anew.
    serving: Option<(u16, Serving)>,
    /// A round has begun, and what is armed is still that of the round before.
    stale: bool,
    /// The witness that has been told that it is heard in this name.
    pub(crate) told: Option<(u16, u32)>,
    /// When a guard was chosen at last, where no register of the frame remembers it: for each value of a range, and
    /// beyond the end of an instance.
    turns: FxHashMap<Turn, u64>,
}

/// What a guard with a range was armed as, which it is again with the same bounds.
#[derive(Clone, Copy)]
struct KnownRange {
    site: u16,
    guard: u16,
    bounds: (i64, i64),
    kind: ArmedKind,
    /// It is the only guard of its choice, and the name in which it inputs is the process's own, and the only one.
    serves: bool,
}

/// The only guard of a choice as it is armed, or was when the choice was begun last.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Serving {
    bounds: (i64, i64),
    /// The first and the last member that it waits for.
    pub(crate) speakers: (u32, u32),
}

impl Serving {
    /// The value of the range variable for the first of the members.
    #[inline(always)]
    pub(crate) fn low(&self) -> i64 {
        self.bounds.0
    }
}

/// How many of them are remembered.
const KNOWN_MAX: usize = 16;

/// A choice, a guarded command of it, and a digest of the values of its range variables.
type Turn = (u16, u16, u64);

/// A name in which a process inputs.
#[derive(Clone)]
pub(crate) struct Home {
    pub(crate) group: GroupRef,
    pub(crate) me: u32,
}

/// A guard that may be chosen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Armed {
    /// Which guarded command.
    pub(crate) guard: u16,
    /// What makes it ready.
    pub(crate) kind: ArmedKind,
    /// Its range variables in [`ChoiceState::values`].
    pub(crate) values: u32,
}

/// What makes a guard ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ArmedKind {
    /// Nothing more.
    True,
    /// A moment, in microseconds of the program's clock.
    After(u64),
    /// An output of this member to the name `homes[home]`.
    Input { home: u16, source: u32, hint: u32 },
    /// An output of one of these members, for consecutive values of the range variable from `low` on.
    All { home: u16, first: u32, last: u32, low: i64 },
    /// An element of a stream.
    Stream(u32),
}

/// A guard that is ready.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    /// Index into [`ChoiceState::armed`].
    pub(crate) armed: u32,
    /// What is least is chosen: when it was chosen at last (for one of many inputs that are armed at once: when its
    /// output arrived), then what decides between equals.
    key: (u64, u64),
    /// The output, if it is an input from a process.
    offer: Option<(u16, u32, Place)>,
}

impl ChoiceState {
    pub(crate) fn new() -> Box<ChoiceState> {
        Box::new(ChoiceState {
            cell: Cell::new(),
            site: 0,
            began: None,
            armed: Vec::new(),
            values: Vec::new(),
            homes: Vec::new(),
            witness: None,
            timer: None,
            clock: 0,
            ended_streams: 0,
            since: 0,
            drawn: 0,
            known: Vec::new(),
            serving: None,
            stale: false,
            told: None,
            turns: FxHashMap::default(),
        })
    }

    /// A round begins. `drawn`: see there.
    #[inline]
    pub(crate) fn begin(&mut self, site: u16, drawn: u64) {
        self.site = site;
        self.drawn = drawn;
        self.began = None;
        self.stale = true;
        self.settle();
    }

    /// Forgets what was armed in the round before.
    #[inline(always)]
    pub(crate) fn settle(&mut self) {
        if self.stale {
            self.stale = false;
            self.serving = None;
            self.armed.clear();
            self.values.clear();
        }
    }

    /// As [`begin`](Self::begin), for a choice with a single guard that is armed as it was. Whether it could be.
    #[inline(always)]
    pub(crate) fn begin_again(&mut self, site: u16) -> bool {
        let again = matches!(self.serving, Some((armed, _)) if armed == site);
        self.stale |= again;
        again
    }

    /// Arms the only guard as it was. Whether it could be.
    #[inline(always)]
    pub(crate) fn arm_again(&mut self, site: u16, bounds: (i64, i64)) -> bool {
        let again = matches!(self.serving, Some((armed, serving)) if armed == site && serving.bounds == bounds);
        if again {
            self.stale = false;
        }
        again
    }

    /// How the only guard of the choice is armed, if it is.
    #[inline(always)]
    pub(crate) fn serving(&self, site: u16) -> Option<Serving> {
        match self.serving {
            Some((armed, serving)) if armed == site && !self.stale => Some(serving),
            _ => None,
        }
    }

    /// Arms a guard; `ranges` are the values of its range variables.
    #[inline]
    pub(crate) fn arm(&mut self, guard: u16, kind: ArmedKind, ranges: impl Iterator<Item = i64>) {
        self.settle();
        let values = self.values.len() as u32;
        self.values.extend(ranges);
        self.armed.push(Armed { guard, kind, values });
    }

    /// Arms a guard for all values of its range, as it was before with these bounds. Whether it was.
    #[inline]
    pub(crate) fn arm_known(&mut self, site: u16, guard: u16, bounds: (i64, i64)) -> bool {
        let known = self.known.iter();
        let mut known = known.filter(|known| known.guard == guard && known.site == site && known.bounds == bounds);
        let Some(known) = known.next().copied() else {
            return false;
        };
        self.settle();
        self.armed.push(Armed {
            guard,
            kind: known.kind,
            values: self.values.len() as u32,
        });
        self.serve(&known);
        true
    }

    fn serve(&mut self, known: &KnownRange) {
        if let (true, ArmedKind::All { first, last, .. }) = (known.serves, known.kind) {
            let serving = Serving {
                bounds: known.bounds,
                speakers: (first, last),
            };
            self.serving = Some((known.site, serving));
        }
    }

    /// Remembers what a guard has been armed as. `only`: it is the only one of its choice, and inputs in the own name of the
    /// process.
    pub(crate) fn know(&mut self, site: u16, guard: u16, bounds: (i64, i64), kind: ArmedKind, only: bool) {
        self.known.retain(|known| (known.site, known.guard) != (site, guard));
        let known = KnownRange {
            site,
            guard,
            bounds,
            kind,
            serves: only && self.homes.len() == 1,
        };
        if self.known.len() < KNOWN_MAX {
            self.known.push(known);
        }
        self.serve(&known);
    }

    /// Names may mean others from now on: an instance begins or ends.
    pub(crate) fn forget(&mut self) {
        self.known.clear();
        self.serving = None;
    }

    /// Whether it waits for nothing but outputs to a single name.
    #[inline]
    pub(crate) fn is_simple(&self) -> bool {
        let inputs = |armed: &Armed| matches!(armed.kind, ArmedKind::Input { .. } | ArmedKind::All { .. });
        self.homes.len() == 1 && self.drawn == 0 && self.timer.is_none() && self.armed.iter().all(inputs)
    }

    /// The number of a name in which it inputs, registering the cell at the first time.
    pub(crate) fn home(&mut self, group: GroupRef, me: u32) -> u16 {
        if let Some(at) = self.homes.iter().position(|home| home.me == me && home.group == group) {
            return at as u16;
        }
        if !self.homes.is_empty() {
            self.cell.several.store(true, Ordering::Relaxed);
        }
        let mut inbox = group.inbox(me);
        inbox.listen(&self.cell);
        drop(inbox);
        self.homes.push(Home { group, me });
        if self.homes.len() > 1 {
            self.forget(); // nobody serves a single name any more
        }
        (self.homes.len() - 1) as u16
    }

    /// The process has ended, or will never choose again in these names.
    pub(crate) fn leave(&mut self) {
        for home in self.homes.drain(..) {
            home.group.inbox(home.me).unlisten(&self.cell);
        }
    }

    /// Which of the members of its range a guard has heard.
    pub(crate) fn offset(&self, armed: u32, speaker: u32) -> Option<u32> {
        match self.armed.get(armed as usize)?.kind {
            ArmedKind::All { first, .. } => Some(speaker.wrapping_sub(first)),
            _ => None,
        }
    }

    /// Whether one of its guards waits for a stream.
    pub(crate) fn has_stream(&self) -> bool {
        self.streams().next().is_some()
    }

    /// The streams that its guards wait for.
    pub(crate) fn streams(&self) -> impl Iterator<Item = u32> {
        self.armed.iter().filter_map(|armed| match armed.kind {
            ArmedKind::Stream(stream) => Some(stream),
            _ => None,
        })
    }

    fn turn_of(&self, choice: &Choice, armed: &Armed) -> Turn {
        let ranges = choice.guards[usize::from(armed.guard)].ranges.len();
        let from = armed.values as usize;
        let mut hasher = FxHasher::default();
        if let Some(values) = self.values.get(from..from + ranges) {
            values.iter().for_each(|&value| hasher.write_i64(value));
        }
        (self.site, armed.guard, hasher.finish())
    }

    /// When an armed guard was chosen at last; 0 if it never was.
    fn turn(&self, choice: &Choice, s: &[u64], armed: &Armed) -> u64 {
        if choice.guards[usize::from(armed.guard)].ranges.is_empty() {
            let register = usize::from(choice.turns) + usize::from(armed.guard);
            match s.get(register) {
                Some(0) | None if !self.turns.is_empty() => {}
                turn => return turn.copied().unwrap_or_default(),
            }
        }
        self.turns
            .get(&self.turn_of(choice, armed))
            .copied()
            .unwrap_or_default()
    }

    /// What decides between guards that were chosen at the same time, or never: the draw, else the order of arrival.
    fn tie(&self, at: u32, stamp: u64) -> u64 {
        if self.drawn == 0 {
            return stamp;
        }
        let mut hasher = FxHasher::default();
        hasher.write_u64(self.drawn);
        hasher.write_u32(at);
        hasher.finish() >> 8
    }

    /// Whether one of its delays is over.
    pub(crate) fn has_timer_due(&self, now: u64) -> bool {
        self.armed
            .iter()
            .any(|armed| matches!(armed.kind, ArmedKind::After(moment) if moment <= now))
    }

    /// Ready guards that need no look at an inbox.
    pub(crate) fn scan_own(&self, choice: &Choice, s: &[u64], now: u64, best: &mut Option<Found>) {
        for (at, armed) in self.armed.iter().enumerate() {
            let ready = match armed.kind {
                ArmedKind::True => true,
                ArmedKind::After(moment) => moment <= now,
                _ => false,
            };
            if ready {
                self.consider_other(choice, s, at as u32, best);
                if choice.pri {
                    return;
                }
            }
        }
    }

    /// A guard is ready that takes from nobody's inbox.
    pub(crate) fn consider_other(&self, choice: &Choice, s: &[u64], at: u32, best: &mut Option<Found>) {
        let turn = self.turn(choice, s, &self.armed[at as usize]);
        keep_best(
            choice,
            best,
            Found {
                armed: at,
                key: (turn, self.tie(at, 0)),
                offer: None,
            },
        );
    }

    /// Ready guards among the inputs of one name. Without registers (`s`) it finds out whether there is one.
    pub(crate) fn scan_home(
        &self,
        program: &Program,
        choice: &Choice,
        s: &[u64],
        home: u16,
        inbox: &mut Inbox,
        best: &mut Option<Found>,
    ) {
        for (at, armed) in self.armed.iter().enumerate() {
            if choice.pri && best.as_ref().is_some_and(|best| best.armed <= at as u32) {
                return;
            }
            let Some((port, _)) = choice.guards[usize::from(armed.guard)].input else {
                continue;
            };
            let ty = program.module.ports[usize::from(port)].ty;
            match armed.kind {
                ArmedKind::Input {
                    home: mine,
                    source,
                    hint,
                } if mine == home => {
                    let Some(edge) = inbox.find(source, hint) else { continue };
                    let fits = |offer: &mut Process| offer_fits(program, offer, ty);
                    if let Some(place) = inbox.find_offer(edge, fits) {
                        self.consider(choice, s, (home, edge, place), at, inbox, best);
                    }
                }
                ArmedKind::All {
                    home: mine,
                    first,
                    last,
                    ..
                } if mine == home => {
                    let key = program.keys[usize::from(ty)];
                    let fits = |offer: &mut Process| offer_fits(program, offer, ty);
                    if let Some((edge, place)) = inbox.oldest((first, last), key, choice.pri, fits) {
                        self.consider(choice, s, (home, edge, place), at, inbox, best);
                    }
                }
                _ => {}
            }
        }
    }

    /// Keeps a guard that takes this output, if it is better than the best.
    fn consider(
        &self,
        choice: &Choice,
        s: &[u64],
        (home, edge, place): (u16, u32, Place),
        at: usize,
        inbox: &mut Inbox,
        best: &mut Option<Found>,
    ) {
        let stamp = inbox.stamp(edge);
        let armed = &self.armed[at];
        let found = Found {
            armed: at as u32,
            key: if armed.is_one_of_many() {
                (stamp, stamp)
            } else {
                (self.turn(choice, s, armed), self.tie(at as u32, stamp))
            },
            offer: Some((home, edge, place)),
        };
        if let Some(other) = best
            && !choice.pri
            && (armed.is_one_of_many() || self.armed[other.armed as usize].is_one_of_many())
            && other.offer.is_some_and(|(h, e, _)| (h, e) == (home, edge))
        {
            // several guards take what this source says: they take turns
            let last = inbox.edge(edge).last_guard;
            let behind = |armed: u32| self.armed[armed as usize].guard.wrapping_sub(last).wrapping_sub(1);
            if behind(found.armed) < behind(other.armed) {
                *other = found;
            }
        } else {
            keep_best(choice, best, found);
        }
    }

    /// The armed guard that takes what `speaker` says to `homes`' name `me` of `group`.
    #[allow(clippy::too_many_arguments, reason = "what one output is, and who is asked")]
    pub(crate) fn wants(
        &self,
        program: &Program,
        choice: &Choice,
        s: &[u64],
        group: &Group,
        me: u32,
        speaker: u32,
        last_guard: u16,
        message: &Message,
    ) -> Option<u32> {
        if is_planted(Bug::DeafChoice) {
            return None;
        }
        let is_home = |home: u16| {
            let home = &self.homes[usize::from(home)];
            home.me == me && std::ptr::eq(&*home.group, group)
        };
        let mut best: Option<(u64, u32)> = None;
        let behind = |armed: &Armed| u64::from(armed.guard.wrapping_sub(last_guard).wrapping_sub(1));
        for (at, armed) in self.armed.iter().enumerate() {
            let speaks = match armed.kind {
                ArmedKind::Input { home, source, .. } => source == speaker && is_home(home),
                ArmedKind::All { home, first, last, .. } => speaker >= first && speaker <= last && is_home(home),
                _ => false,
            };
            if !speaks {
                continue;
            }
            let Some((port, _)) = choice.guards[usize::from(armed.guard)].input else {
                continue;
            };
            if !message.fits(program, program.module.ports[usize::from(port)].ty) {
                continue;
            }
            if choice.pri || choice.distinct {
                return Some(at as u32);
            }
            let turn = self.turn(choice, s, armed);
            let earlier = match best {
                None => true,
                Some((_, other)) if armed.is_one_of_many() || self.armed[other as usize].is_one_of_many() => {
                    behind(armed) < behind(&self.armed[other as usize])
                }
                Some((least, other)) => (turn, self.tie(at as u32, 0)) < (least, self.tie(other, 0)),
            };
            if earlier {
                best = Some((turn, at as u32));
            }
        }
        best.map(|(_, at)| at)
    }
}

impl Armed {
    /// Whether it stands for several members, each of which is a guard.
    fn is_one_of_many(&self) -> bool {
        matches!(self.kind, ArmedKind::All { .. })
    }
}

fn keep_best(choice: &Choice, best: &mut Option<Found>, found: Found) {
    let better = match best {
        None => true,
        Some(best) if choice.pri => found.armed < best.armed,
        Some(best) => found.key < best.key,
    };
    if better {
        *best = Some(found);
    }
}

impl Found {
    /// Takes the output out of its inbox: the process that goes on, and what it said. `None` if another was faster.
    pub(crate) fn take(
        &self,
        program: &Program,
        choice: &Choice,
        state: &ChoiceState,
        inbox: &mut Inbox,
    ) -> Option<(Process, Message)> {
        let (_, edge, _) = self.offer?;
        let guard = state.armed[self.armed as usize].guard;
        let (port, _) = choice.guards[usize::from(guard)].input?;
        let ty = program.module.ports[usize::from(port)].ty;
        let place = inbox.find_offer(edge, |offer| offer_fits(program, offer, ty))?;
        Self::take_at(inbox, (edge, place), guard)
    }

    /// As [`take`](Self::take), with the inbox locked since it was found.
    pub(crate) fn take_at_once(&self, state: &ChoiceState, inbox: &mut Inbox) -> Option<(Process, Message)> {
        let (_, edge, place) = self.offer?;
        Self::take_at(inbox, (edge, place), state.armed[self.armed as usize].guard)
    }

    fn take_at(inbox: &mut Inbox, (edge, place): (u32, Place), guard: u16) -> Option<(Process, Message)> {
        let mut sender = inbox.take_offer(edge, place)?;
        inbox.edge(edge).last_guard = guard;
        let message = message_of(&mut sender);
        Some((sender, message))
    }

    /// Who made the output.
    pub(crate) fn speaker(&self, inbox: &Inbox) -> u32 {
        self.offer.map_or(super::NOBODY, |(_, edge, _)| inbox.speaker(edge))
    }

    /// The name in whose inbox the output waits.
    pub(crate) fn home(&self) -> Option<u16> {
        self.offer.map(|(home, _, _)| home)
    }
}

/// [`complete`] for a scalar that an input with a range takes, the usual case. Nothing is done (`false`) if it is another.
#[inline]
pub(crate) fn complete_scalar(
    program: &Program,
    s: &mut [u64],
    pc: &mut u32,
    state: &mut ChoiceState,
    at: u32,
    speaker: u32,
    word: u64,
) -> bool {
    let choice = &program.module.choices[usize::from(state.site)];
    let armed = &state.armed[at as usize];
    let guard = &choice.guards[usize::from(armed.guard)];
    let (ArmedKind::All { first, low, .. }, Some((_, Reg::S(reg))), [range]) =
        (armed.kind, guard.input, &guard.ranges[..])
    else {
        return false;
    };
    *pc = guard.target;
    s[usize::from(choice.turns) + usize::from(armed.guard)] = state.clock;
    s[usize::from(*range)] = (low + i64::from(speaker - first)) as u64;
    s[usize::from(reg)] = word;
    true
}

/// The round is over: guard number `at` of the armed ones is chosen, and what it inputs is put into the registers of the
/// process, which goes on at `pc`. `speaker` tells which member of a range it was. Registers of an `instance` do not outlive
/// it.
pub(crate) fn complete(
    program: &Program,
    (s, r): (&mut [u64], &mut [Value]),
    (instance, pc): (bool, &mut u32),
    state: &mut ChoiceState,
    at: u32,
    speaker: Option<u32>,
    message: Option<Message>,
) -> Result<(), Box<Trap>> {
    let choice = &program.module.choices[usize::from(state.site)];
    let armed = state.armed[at as usize];
    let guard = &choice.guards[usize::from(armed.guard)];
    *pc = guard.target;
    if (instance || !guard.ranges.is_empty()) && !choice.pri && !armed.is_one_of_many() {
        let turn = state.turn_of(choice, &armed);
        state.turns.insert(turn, state.clock);
    }
    s[usize::from(choice.turns) + usize::from(armed.guard)] = state.clock;
    if let (ArmedKind::All { first, low, .. }, Some(speaker), Some(&reg)) = (armed.kind, speaker, guard.ranges.first())
    {
        s[usize::from(reg)] = (low + i64::from(speaker - first)) as u64;
    } else {
        for (i, &reg) in guard.ranges.iter().enumerate() {
            s[usize::from(reg)] = state.values[armed.values as usize + i] as u64;
        }
    }
    if let (Some((port, reg)), Some(message)) = (guard.input, message) {
        store(program, (s, r), reg, port, message)?;
    }
    Ok(())
}
