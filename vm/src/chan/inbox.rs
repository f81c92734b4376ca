//! Where communications to one name meet.
//!
//! Every process of a parallel command has a [`Member`], which outlives it until the parallel command has ended. Its
//! [`Inbox`] holds, for each speaker that has said or was asked something, an [`Edge`]: outputs that wait for this name to
//! input, and inputs in this name that wait for an output. All of it is under one lock, for a name has many speakers but
//! mostly one receiver, and a choice looks at many edges at once.

use super::{Cell, Group};
use crate::process::Process;
use crate::sync::{AtomicBool, Lock, Ordering};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::VecDeque;
use std::sync::Arc;

/// No member.
pub(crate) const NOBODY: u32 = u32::MAX;

/// A name in a running parallel command.
pub(crate) struct Member {
    pub(super) ended: AtomicBool,
    pub(crate) inbox: Lock<Inbox>,
}

/// What waits for a communication with this name as receiver.
pub(crate) struct Inbox {
    /// The first edge; most names hear one speaker.
    first: Edge,
    /// A member that has an edge from this one, and is visited when this one ends.
    heard_by: u32,
    more: Option<Box<More>>,
}

/// What only busy names have.
#[derive(Default)]
struct More {
    /// All edges but the first.
    edges: Vec<Edge>,
    /// Position of each edge but the first by its speaker.
    index: FxHashMap<u32, u32>,
    /// The edges with a waiting output, in order of arrival, as a chain from the one that has waited longest to the one
    /// that came last. An edge whose output was taken stays in it until the next look, or until its next output, which
    /// puts it at the end.
    pending: Chain,
    /// Where each edge is in `pending`, if it is, by the edge's position.
    links: Vec<Option<Chain>>,
    /// Counts arrivals and choices, so that what has waited longest can be told.
    clock: u64,
    /// Further processes that wait in an edge, in order of arrival, by the edge's position.
    queues: FxHashMap<u32, Queues>,
    /// Further members that have an edge from this one.
    heard_by: FxHashSet<u32>,
    /// Choices of processes that input in this name.
    listeners: Vec<Arc<Cell>>,
    /// The parallel command that the member's process has started and waits for.
    child: Option<Arc<Group>>,
}

/// What one speaker says to one name.
pub(crate) struct Edge {
    /// Who speaks; [`NOBODY`]: not in use.
    pub(crate) speaker: u32,
    /// What keeps it from the quick path, see [`Edge::CROWDED`] and the others.
    flags: u8,
    /// Which guard of a choice took from it last, so that guards that take the same outputs take turns.
    pub(crate) last_guard: u16,
    /// When its first output arrived, by the inbox's clock.
    pub(crate) stamp: u64,
    /// The output that has waited longest.
    pub(crate) offer: Option<Process>,
    /// The input that has waited longest.
    pub(crate) taker: Option<Process>,
}

/// Two positions of edges, or [`NOBODY`] where there is none: the ends of a chain, or the neighbours of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Chain {
    before: u32,
    after: u32,
}

impl Default for Chain {
    fn default() -> Self {
        Chain {
            before: NOBODY,
            after: NOBODY,
        }
    }
}

#[derive(Default)]
struct Queues {
    offers: VecDeque<Process>,
    takers: VecDeque<Process>,
}

impl Member {
    pub(crate) fn new() -> Member {
        let first = Edge::new(NOBODY);
        Member {
            ended: AtomicBool::new(false),
            inbox: Lock::new(Inbox {
                first,
                heard_by: NOBODY,
                more: None,
            }),
        }
    }

    /// Whether its process has terminated.
    #[inline]
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }
}

impl Edge {
    /// There are, or were, further processes in the inbox's queues.
    const CROWDED: u8 = 1;
    /// An output cannot simply wait here: the order of arrival is kept, or the receiver has ended.
    const ORDERED: u8 = 2;
    /// The speaker has ended.
    const SILENT: u8 = 4;

    fn is_crowded(&self) -> bool {
        self.flags & Self::CROWDED != 0
    }

    /// The speaker has ended: no input waits here any more.
    pub(crate) fn silence(&mut self) {
        self.flags |= Self::SILENT;
    }

    /// The only process that waits to input, taken out if `wanted`.
    #[inline(always)]
    pub(crate) fn quick_taker(&mut self) -> Option<&mut Option<Process>> {
        (self.flags & Self::CROWDED == 0).then_some(&mut self.taker)
    }

    /// Where an output may simply wait, if nothing is there.
    #[inline(always)]
    pub(crate) fn free_offer(&mut self) -> Option<&mut Option<Process>> {
        (self.flags & (Self::CROWDED | Self::ORDERED) == 0 && self.offer.is_none()).then_some(&mut self.offer)
    }

    /// The only process that waits to output.
    #[inline(always)]
    pub(crate) fn quick_offer(&mut self) -> Option<&mut Option<Process>> {
        (self.flags & Self::CROWDED == 0).then_some(&mut self.offer)
    }

    /// Where an input may simply wait, if nothing is there.
    #[inline(always)]
    pub(crate) fn free_taker(&mut self) -> Option<&mut Option<Process>> {
        (self.flags & (Self::CROWDED | Self::SILENT) == 0 && self.taker.is_none()).then_some(&mut self.taker)
    }

    fn new(speaker: u32) -> Edge {
        Edge {
            speaker,
            flags: 0,
            last_guard: 0,
            stamp: 0,
            offer: None,
            taker: None,
        }
    }
}

impl Inbox {
    /// The member's process has ended: the outputs that wait for it, and whom to visit because they may wait for it.
    pub(super) fn end(&mut self) -> (Vec<Process>, Vec<u32>) {
        let mut visit = Vec::new();
        if self.heard_by != NOBODY {
            visit.push(self.heard_by);
        }
        self.first.flags |= Edge::ORDERED;
        let mut offers = Vec::from_iter(self.first.offer.take());
        if let Some(more) = &mut self.more {
            visit.extend(more.heard_by.drain());
            offers.extend(more.edges.iter_mut().filter_map(|edge| edge.offer.take()));
            offers.extend(more.queues.values_mut().flat_map(|queues| queues.offers.drain(..)));
            more.listeners.clear();
        }
        (offers, visit)
    }

    /// `receiver` wants to know when the member ends.
    pub(super) fn heard_by(&mut self, receiver: u32) {
        if self.heard_by == NOBODY {
            self.heard_by = receiver;
        } else if self.heard_by != receiver {
            self.more().heard_by.insert(receiver);
        }
    }

    fn more(&mut self) -> &mut More {
        let first = &mut self.first;
        self.more.get_or_insert_with(|| {
            let mut more = Box::<More>::default();
            first.flags |= Edge::ORDERED;
            if first.offer.is_some() {
                more.push_pending(first, 0);
            }
            more
        })
    }

    /// The position of a speaker's edge, tried first at `hint`.
    #[inline]
    pub(crate) fn find(&self, speaker: u32, hint: u32) -> Option<u32> {
        if hint == 0 && self.first.speaker == speaker {
            return Some(0);
        }
        self.find_other(speaker, hint)
    }

    fn find_other(&self, speaker: u32, hint: u32) -> Option<u32> {
        if self.first.speaker == speaker {
            return Some(0);
        }
        let more = self.more.as_ref()?;
        if let Some(edge) = more.edges.get((hint as usize).wrapping_sub(1))
            && edge.speaker == speaker
        {
            return Some(hint);
        }
        more.index.get(&speaker).copied()
    }

    /// The first edge.
    #[inline(always)]
    pub(crate) fn first(&mut self) -> &mut Edge {
        &mut self.first
    }

    /// A new edge for a speaker that has none.
    pub(crate) fn add(&mut self, speaker: u32) -> u32 {
        if self.first.speaker == NOBODY {
            self.first.speaker = speaker;
            return 0;
        }
        let more = self.more();
        more.edges.push(Edge::new(speaker));
        let at = more.edges.len() as u32;
        more.index.insert(speaker, at);
        at
    }

    /// The edge at a position that [`find`](Self::find) or [`add`](Self::add) gave.
    #[inline]
    pub(crate) fn edge(&mut self, at: u32) -> &mut Edge {
        match &mut self.more {
            Some(more) if at > 0 => &mut more.edges[at as usize - 1],
            _ => &mut self.first,
        }
    }

    /// The speaker of the edge at a position.
    pub(crate) fn speaker(&self, at: u32) -> u32 {
        match &self.more {
            Some(more) if at > 0 => more.edges[at as usize - 1].speaker,
            _ => self.first.speaker,
        }
    }

    /// The edge whose waiting output came first; or, of those whose outputs came after the one of `edge`, the first. Edges
    /// without an output are dropped on the way.
    pub(crate) fn next_pending(&mut self, edge: Option<u32>) -> Option<u32> {
        let Some(more) = &mut self.more else {
            return (edge.is_none() && self.first.offer.is_some()).then_some(0);
        };
        loop {
            let at = match edge {
                None => more.pending.before,
                Some(edge) => more.link(edge)?.after,
            };
            if at == NOBODY {
                return None;
            }
            if more.edge(&mut self.first, at).offer.is_some() {
                return Some(at);
            }
            more.drop_pending(at);
        }
    }

    /// The clock of arrivals and choices, which this call moves on.
    pub(crate) fn tick(&mut self, at_least: u64) -> u64 {
        match &mut self.more {
            Some(more) => {
                more.clock = more.clock.max(at_least) + 1;
                more.clock
            }
            None => at_least + 1,
        }
    }

    /// Begins to keep order of arrival.
    pub(crate) fn keep_order(&mut self) {
        self.more();
    }

    /// The first waiting output of an edge that `wanted` accepts, with its place in the queue.
    pub(crate) fn find_offer(&mut self, at: u32, mut wanted: impl FnMut(&mut Process) -> bool) -> Option<Place> {
        let edge = self.edge(at);
        let first = edge.offer.as_mut()?;
        if wanted(first) {
            return Some(Place(0));
        }
        if !edge.is_crowded() {
            return None;
        }
        let queue = &mut self.more().queues.get_mut(&at)?.offers;
        queue.iter_mut().position(wanted).map(|i| Place(i + 1))
    }

    /// Takes out the waiting output that [`find_offer`](Self::find_offer) found.
    pub(crate) fn take_offer(&mut self, at: u32, place: Place) -> Option<Process> {
        let edge = self.edge(at);
        if !edge.is_crowded() {
            return edge.offer.take();
        }
        let queue = &mut self.more().queues.get_mut(&at)?.offers;
        let taken = if place.0 > 0 {
            queue.remove(place.0 - 1)
        } else {
            let next = queue.pop_front();
            std::mem::replace(&mut self.edge(at).offer, next)
        };
        // what is left waits behind the other edges
        if self.edge(at).offer.is_some() {
            self.more();
            if let Some(more) = &mut self.more {
                more.push_pending(&mut self.first, at);
            }
        }
        taken
    }

    /// The first waiting input of an edge that `fits` accepts, taken out.
    #[inline]
    pub(crate) fn take_taker(&mut self, at: u32, mut fits: impl FnMut(&mut Process) -> bool) -> Option<Process> {
        let edge = self.edge(at);
        let crowded = edge.is_crowded();
        let first = edge.taker.as_mut()?;
        if fits(first) {
            let taken = edge.taker.take();
            if crowded && let Some(queues) = self.more().queues.get_mut(&at) {
                let next = queues.takers.pop_front();
                self.edge(at).taker = next;
            }
            return taken;
        }
        if !crowded {
            return None;
        }
        let queue = &mut self.more().queues.get_mut(&at)?.takers;
        let i = queue.iter_mut().position(fits)?;
        queue.remove(i)
    }

    /// An output waits.
    #[inline]
    pub(crate) fn wait_offer(&mut self, at: u32, process: Process) {
        let Some(more) = &mut self.more else {
            if self.first.offer.is_none() {
                self.first.offer = Some(process);
                return;
            }
            self.first.flags |= Edge::CROWDED;
            self.more().queues.entry(at).or_default().offers.push_back(process);
            return;
        };
        let edge = more.edge(&mut self.first, at);
        if edge.offer.is_none() {
            edge.offer = Some(process);
            more.push_pending(&mut self.first, at);
        } else {
            edge.flags |= Edge::CROWDED;
            self.more().queues.entry(at).or_default().offers.push_back(process);
        }
    }

    /// An input waits.
    #[inline]
    pub(crate) fn wait_taker(&mut self, at: u32, process: Process) {
        let edge = self.edge(at);
        if edge.taker.is_none() {
            edge.taker = Some(process);
        } else {
            edge.flags |= Edge::CROWDED;
            self.more().queues.entry(at).or_default().takers.push_back(process);
        }
    }

    /// All inputs that wait in an edge, taken out.
    pub(crate) fn drain_takers(&mut self, at: u32) -> Vec<Process> {
        let edge = self.edge(at);
        let mut all = Vec::from_iter(edge.taker.take());
        if edge.is_crowded()
            && let Some(queues) = self.more().queues.get_mut(&at)
        {
            all.extend(queues.takers.drain(..));
        }
        all
    }

    /// The choices of processes that input in this name.
    #[inline]
    pub(crate) fn listeners(&self) -> &[Arc<Cell>] {
        self.more.as_ref().map_or(&[], |more| &more.listeners)
    }

    /// A process will choose among inputs in this name.
    pub(crate) fn listen(&mut self, cell: &Arc<Cell>) {
        let listeners = &mut self.more().listeners;
        if !listeners.iter().any(|other| Arc::ptr_eq(other, cell)) {
            listeners.push(cell.clone());
        }
    }

    /// The process that chose has ended.
    pub(crate) fn unlisten(&mut self, cell: &Arc<Cell>) {
        if let Some(more) = &mut self.more {
            more.listeners.retain(|other| !Arc::ptr_eq(other, cell));
        }
    }

    /// The parallel command that the member's process has started.
    pub(crate) fn set_child(&mut self, child: Option<Arc<Group>>) {
        if child.is_some() || self.more.is_some() {
            self.more().child = child;
        }
    }

    /// The parallel command that the member's process has started.
    pub(crate) fn child(&self) -> Option<Arc<Group>> {
        self.more.as_ref().and_then(|more| more.child.clone())
    }

    /// Every process that waits in this inbox, choices apart, with the speaker of its edge.
    pub(crate) fn for_each_waiting(&mut self, mut see: impl FnMut(&mut Process, u32)) {
        let others = self.more.as_deref_mut().map_or(&mut [][..], |more| &mut more.edges[..]);
        let mut speakers = Vec::new();
        for edge in std::iter::once(&mut self.first).chain(others) {
            speakers.push(edge.speaker);
            edge.offer
                .iter_mut()
                .chain(&mut edge.taker)
                .for_each(|process| see(process, edge.speaker));
        }
        if let Some(more) = &mut self.more {
            for (&at, queues) in &mut more.queues {
                let waiting = queues.offers.iter_mut().chain(&mut queues.takers);
                waiting.for_each(|process| see(process, speakers[at as usize]));
            }
        }
    }

    /// Empties it: all that waits, and the group that the member's process has started.
    pub(crate) fn dismantle(&mut self) -> (Vec<Process>, Option<Arc<Group>>) {
        let mut all = Vec::from_iter(self.first.offer.take());
        all.extend(self.first.taker.take());
        let Some(mut more) = self.more.take() else {
            return (all, None);
        };
        for edge in &mut more.edges {
            all.extend(edge.offer.take());
            all.extend(edge.taker.take());
        }
        for queues in more.queues.values_mut() {
            all.extend(queues.offers.drain(..));
            all.extend(queues.takers.drain(..));
        }
        for cell in more.listeners.drain(..) {
            all.extend(cell.take_if(|_| Some(())).map(|(process, ())| process));
        }
        (all, more.child.take())
    }
}

impl More {
    #[inline]
    fn edge<'a>(&'a mut self, first: &'a mut Edge, at: u32) -> &'a mut Edge {
        match at {
            0 => first,
            _ => &mut self.edges[at as usize - 1],
        }
    }

    fn link(&mut self, at: u32) -> Option<&mut Chain> {
        self.links.get_mut(at as usize)?.as_mut()
    }

    /// An output has come: its edge goes to the end of those that wait, wherever it was.
    fn push_pending(&mut self, first: &mut Edge, at: u32) {
        self.clock += 1;
        let (stamp, last) = (self.clock, self.pending.after);
        self.edge(first, at).stamp = stamp;
        if last == at {
            return;
        }
        self.drop_pending(at);
        if self.links.len() <= at as usize {
            self.links.resize(at as usize + 1, None);
        }
        self.links[at as usize] = Some(Chain {
            before: last,
            after: NOBODY,
        });
        match self.link(last) {
            Some(link) => link.after = at,
            None => self.pending.before = at,
        }
        self.pending.after = at;
    }

    /// Takes an edge out of those that wait, if it is there.
    fn drop_pending(&mut self, at: u32) {
        let Some(Chain { before, after }) = self.links.get_mut(at as usize).and_then(Option::take) else {
            return;
        };
        match self.link(before) {
            Some(link) => link.after = after,
            None => self.pending.before = after,
        }
        match self.link(after) {
            Some(link) => link.before = before,
            None => self.pending.after = before,
        }
    }
}

/// Where in an edge's queue an output waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place(usize);
