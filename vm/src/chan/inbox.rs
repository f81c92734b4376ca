//! Where communications to one name meet.
//!
//! Every process of a parallel command has a [`Member`], which outlives it until the parallel command has ended. Its
//! [`Inbox`] holds, for each speaker that has said or was asked something, an [`Edge`]: outputs that wait for this name to
//! input, and inputs in this name that wait for an output. All of it is under one lock, for a name has many speakers but
//! mostly one receiver, and a choice looks at many edges at once.

use super::edge::Edge;
use super::order::{Order, ShapeKey};
use super::positions::Positions;
use super::{Cell, Group};
use crate::process::{Process, Wait};
use crate::sync::Lock;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::collections::VecDeque;
use std::sync::Arc;

/// Members to visit.
pub(crate) type Visits = SmallVec<[u32; 4]>;

/// No member.
pub(crate) const NOBODY: u32 = u32::MAX;

/// A name in a running parallel command. The lock's mark says whether its process has terminated.
pub(crate) struct Member {
    pub(crate) inbox: Lock<Inbox>,
}

#[cfg(not(hydra_model))]
const _: () = assert!(size_of::<Member>() == 40);

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
    edges: Vec<Further>,
    /// Position of each edge but the first by its speaker.
    index: Positions,
    /// [`Further::stamp`] of the first edge.
    stamp: u64,
    /// Counts arrivals and choices, so that what has waited longest can be told.
    clock: u64,
    /// Which edges have outputs waiting, for choices: kept as soon as there has been a listener.
    order: Option<Box<Order>>,
    /// Further processes that wait in an edge, in order of arrival, by the edge's position.
    queues: FxHashMap<u32, Queues>,
    /// Further members that have an edge from this one.
    heard_by: Vec<u32>,
    /// Choices of processes that input in this name.
    listeners: Vec<Arc<Cell>>,
    /// The parallel command that the member's process has started and waits for.
    child: Option<Arc<Group>>,
}

/// An edge of a name that hears several speakers.
struct Further {
    edge: Edge,
    /// When its first output arrived, by the inbox's clock.
    stamp: u64,
}

#[derive(Default)]
struct Queues {
    offers: VecDeque<Process>,
    takers: VecDeque<Process>,
}

impl Member {
    pub(crate) fn new() -> Member {
        let first = Edge::unused();
        Member {
            inbox: Lock::new(Inbox {
                first,
                heard_by: NOBODY,
                more: None,
            }),
        }
    }

    /// As new.
    pub(super) fn reopen(&mut self) {
        self.inbox.unmark();
        let inbox = self.inbox.get_mut();
        inbox.first.reopen();
        inbox.heard_by = NOBODY;
        if inbox.more.is_some() {
            inbox.more = None;
        }
    }

    /// Whether its process has terminated.
    #[inline]
    pub(crate) fn has_ended(&self) -> bool {
        self.inbox.is_marked()
    }
}

impl Inbox {
    /// The member's process has ended: the outputs that wait for it, and whom to visit because they may wait for it.
    pub(super) fn end(&mut self) -> (Vec<Process>, Visits) {
        let mut visit = Visits::new();
        if self.heard_by != NOBODY {
            visit.push(self.heard_by);
        }
        self.first.flags |= Edge::ORDERED;
        let mut offers = Vec::from_iter(self.first.take_offer());
        if let Some(more) = &mut self.more {
            visit.extend(std::mem::take(&mut more.heard_by));
            offers.extend(more.edges.iter_mut().filter_map(|other| other.edge.take_offer()));
            offers.extend(more.queues.values_mut().flat_map(|queues| queues.offers.drain(..)));
            more.listeners.clear();
        }
        (offers, visit)
    }

    /// As [`end`](Self::end), if nothing waits, and nobody is to be visited. Whether it was so.
    #[inline]
    pub(super) fn end_unheard(&mut self) -> bool {
        let quiet = self.heard_by == NOBODY && self.more.is_none() && self.first.is_free();
        if quiet {
            self.first.flags |= Edge::ORDERED;
        }
        quiet
    }

    /// `receiver` wants to know when the member ends.
    pub(super) fn heard_by(&mut self, receiver: u32) {
        if self.heard_by == NOBODY {
            self.heard_by = receiver;
        } else if self.heard_by != receiver {
            // who is told twice is visited twice, and that is rare: an edge is made once
            self.more().heard_by.push(receiver);
        }
    }

    fn more(&mut self) -> &mut More {
        self.more.get_or_insert_default()
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
        if let Some(other) = more.edges.get((hint as usize).wrapping_sub(1))
            && other.edge.speaker == speaker
        {
            return Some(hint);
        }
        more.index.get(speaker)
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
        self.first.flags |= Edge::ORDERED;
        let more = self.more();
        more.edges.push(Further {
            edge: Edge::new(speaker, Edge::ORDERED),
            stamp: 0,
        });
        let at = more.edges.len() as u32;
        more.index.insert(speaker, at);
        at
    }

    /// The edge at a position that [`find`](Self::find) or [`add`](Self::add) gave.
    #[inline]
    pub(crate) fn edge(&mut self, at: u32) -> &mut Edge {
        match &mut self.more {
            Some(more) if at > 0 => &mut more.edges[at as usize - 1].edge,
            _ => &mut self.first,
        }
    }

    /// When the first output of an edge arrived, by the inbox's clock; known if the name hears several speakers.
    pub(crate) fn stamp(&self, at: u32) -> u64 {
        match &self.more {
            Some(more) if at > 0 => more.edges[at as usize - 1].stamp,
            Some(more) => more.stamp,
            None => 0,
        }
    }

    /// The speaker of the edge at a position.
    pub(crate) fn speaker(&self, at: u32) -> u32 {
        match &self.more {
            Some(more) if at > 0 => more.edges[at as usize - 1].edge.speaker,
            _ => self.first.speaker,
        }
    }

    /// The edge whose waiting output came first, with its place in the queue, of those of speakers from `first` to `last` with an
    /// output that `fits`, a target with this key. `lowest`: of the first speaker instead.
    #[inline]
    pub(crate) fn oldest(
        &mut self,
        (first, last): (u32, u32),
        key: ShapeKey,
        lowest: bool,
        mut fits: impl FnMut(&mut Process) -> bool,
    ) -> Option<(u32, Place)> {
        let More {
            edges,
            order,
            queues,
            stamp,
            ..
        } = self.more.as_deref_mut()?;
        let mut best: Option<(u64, u32, Place)> = None;
        // nobody has chosen here if there is no order
        order.as_ref()?.for_each((first, last), key, |at| {
            let (edge, stamp) = match at {
                0 => (&mut self.first, *stamp),
                _ => {
                    let Further { edge, stamp } = &mut edges[at as usize - 1];
                    (edge, *stamp)
                }
            };
            let rank = if lowest { u64::from(edge.speaker) } else { stamp };
            if edge.speaker < first || edge.speaker > last || best.is_some_and(|(least, ..)| least <= rank) {
                return false;
            }
            let crowd = if edge.is_crowded() { queues.get_mut(&at) } else { None };
            let Some(place) = find_in(edge, crowd, &mut fits) else {
                return false;
            };
            best = Some((rank, at, place));
            !lowest
        });
        best.map(|(_, at, place)| (at, place))
    }

    /// Takes out the scalar that has waited longest, of those that speakers from `first` to `last` say, where it is easy to
    /// find: all waiting outputs are scalars of this kind, and nobody waits behind another.
    #[inline(always)]
    pub(crate) fn take_oldest_scalar(&mut self, (first, last): (u32, u32), kind: u8) -> Oldest {
        let Some(More { edges, order, .. }) = self.more.as_deref_mut() else {
            return Oldest::Unclear;
        };
        let Some(order) = order else { return Oldest::Unclear };
        let at = match order.only_first(ShapeKey::of_scalar(kind), (first, last)) {
            Some(NOBODY) => return Oldest::None,
            Some(at) => at,
            None => return Oldest::Unclear,
        };
        let edge = match at {
            0 => &mut self.first,
            _ => &mut edges[at as usize - 1].edge,
        };
        let speaker = edge.speaker;
        if edge.is_crowded() || speaker < first || speaker > last {
            return Oldest::Unclear;
        }
        let Some(sender) = edge.waiting() else {
            return Oldest::Unclear;
        };
        let Wait::OfferScalar { kind: sent, reg, .. } = sender.wait else {
            return Oldest::Unclear;
        };
        if sent != kind {
            return Oldest::Unclear;
        }
        let word = sender.s()[usize::from(reg)];
        sender.wait = Wait::Nothing;
        edge.last_guard = 0;
        order.remove(at);
        match edge.take() {
            Some(sender) => Oldest::Taken(sender, speaker, word),
            None => Oldest::Unclear,
        }
    }

    /// Guards are armed for these speakers: they are told apart from others, so that these cost nothing.
    pub(crate) fn tell_apart(&mut self, (first, last): (u32, u32)) {
        let Some(more) = &mut self.more else { return };
        let Some(mut order) = more.order.take() else { return };
        if order.tell_apart(first, last) {
            self.list_all(&mut order);
        }
        self.more().order = Some(order);
    }

    /// Puts all edges with a waiting output into their lists, those that have waited longest first.
    fn list_all(&mut self, order: &mut Order) {
        let edges = self.more.as_ref().map_or(0, |more| more.edges.len()) as u32;
        let mut waiting: Vec<(u64, u32)> = (0..=edges)
            .filter_map(|at| {
                let stamp = self.stamp(at);
                self.edge(at).has_offer().then_some((stamp, at))
            })
            .collect();
        waiting.sort_unstable();
        for (_, at) in waiting {
            order.push(at, self.edge(at));
        }
    }

    /// The clock of arrivals and choices, which this call moves on.
    #[inline]
    pub(crate) fn tick(&mut self, at_least: u64) -> u64 {
        match &mut self.more {
            Some(more) => {
                more.clock = more.clock.max(at_least) + 1;
                more.clock
            }
            None => at_least + 1,
        }
    }

    /// The first waiting output of an edge that `wanted` accepts, with its place in the queue.
    pub(crate) fn find_offer(&mut self, at: u32, wanted: impl FnMut(&mut Process) -> bool) -> Option<Place> {
        let crowd = match &mut self.more {
            Some(more) if at > 0 => {
                let edge = &mut more.edges[at as usize - 1].edge;
                let crowd = if edge.is_crowded() {
                    more.queues.get_mut(&at)
                } else {
                    None
                };
                return find_in(edge, crowd, wanted);
            }
            Some(more) if self.first.is_crowded() => more.queues.get_mut(&0),
            _ => None,
        };
        find_in(&mut self.first, crowd, wanted)
    }

    /// Takes out the waiting output that [`find_offer`](Self::find_offer) found.
    #[inline]
    pub(crate) fn take_offer(&mut self, at: u32, place: Place) -> Option<Process> {
        let edge = self.edge(at);
        if edge.is_crowded() {
            return self.take_crowded(at, place);
        }
        let taken = edge.take();
        if let Some(more) = &mut self.more
            && let Some(order) = &mut more.order
        {
            order.remove(at);
        }
        taken
    }

    /// Takes out the waiting output of an edge that is not crowded.
    #[inline]
    pub(crate) fn take_only_offer(&mut self, at: u32) -> Option<Process> {
        self.take_offer(at, Place(0))
    }

    #[inline(never)]
    fn take_crowded(&mut self, at: u32, place: Place) -> Option<Process> {
        let queue = &mut self.more().queues.get_mut(&at)?.offers;
        if place.0 > 0 {
            // the first one keeps its place among the edges
            return queue.remove(place.0 - 1);
        }
        let next = queue.pop_front();
        let taken = self.edge(at).replace(next);
        if let Some(more) = &mut self.more
            && let Some(order) = &mut more.order
        {
            order.remove(at);
        }
        // what is left waits behind the other edges
        if self.edge(at).has_offer() {
            self.arrived(at);
        }
        taken
    }

    /// The first output of an edge has come: it is the last of those that wait.
    #[inline]
    fn arrived(&mut self, at: u32) {
        let Some(more) = &mut self.more else { return };
        let (edge, stamp) = match at {
            0 => (&mut self.first, &mut more.stamp),
            _ => {
                let Further { edge, stamp } = &mut more.edges[at as usize - 1];
                (edge, stamp)
            }
        };
        more.clock += 1;
        *stamp = more.clock;
        if let Some(order) = &mut more.order {
            order.push(at, edge);
        }
    }

    /// The first waiting input of an edge that `fits` accepts, taken out.
    #[inline]
    pub(crate) fn take_taker(&mut self, at: u32, mut fits: impl FnMut(&mut Process) -> bool) -> Option<Process> {
        let edge = self.edge(at);
        if edge.taker().is_some_and(&mut fits) {
            return edge.take();
        }
        if !edge.is_crowded() {
            return None;
        }
        let queue = &mut self.more().queues.get_mut(&at)?.takers;
        let i = queue.iter_mut().position(fits)?;
        queue.remove(i)
    }

    /// An output of a scalar of this kind waits in an edge where none does.
    #[inline]
    pub(crate) fn wait_scalar(&mut self, at: u32, process: Process, kind: u8) {
        let Some(more) = &mut self.more else {
            self.first.replace(Some(process));
            return;
        };
        let (edge, stamp) = match at {
            0 => (&mut self.first, &mut more.stamp),
            _ => {
                let Further { edge, stamp } = &mut more.edges[at as usize - 1];
                (edge, stamp)
            }
        };
        more.clock += 1;
        *stamp = more.clock;
        edge.replace(Some(process));
        if let Some(order) = &mut more.order {
            order.append(at, edge.speaker, ShapeKey::of_scalar(kind));
        }
    }

    /// Where an output of this kind of shape waits from now on, in its place among those of other speakers, if nobody waits in
    /// its edge and its list is known.
    #[inline(always)]
    pub(crate) fn place_in_order(&mut self, at: u32, key: ShapeKey) -> Option<&mut Option<Process>> {
        let More {
            edges,
            order,
            clock,
            stamp,
            ..
        } = self.more.as_deref_mut()?;
        let (edge, stamp) = match at {
            0 => (&mut self.first, stamp),
            _ => {
                let Further { edge, stamp } = edges.get_mut(at as usize - 1)?;
                (edge, stamp)
            }
        };
        let place = edge.quick_taker().filter(|place| place.is_none())?;
        if !order.as_deref_mut()?.append_again(at, key) {
            return None;
        }
        *clock += 1;
        *stamp = *clock;
        Some(place)
    }

    /// An output waits.
    #[inline]
    pub(crate) fn wait_offer(&mut self, at: u32, process: Process) {
        let edge = self.edge(at);
        if !edge.has_offer() {
            let ordered = edge.flags & Edge::ORDERED != 0;
            if let Some(taker) = edge.replace(Some(process)) {
                // outputs come first; an input that does not take them waits behind them
                edge.flags |= Edge::CROWDED;
                self.more().queues.entry(at).or_default().takers.push_front(taker);
            }
            if ordered {
                self.arrived(at);
            }
            return;
        }
        let was_crowded = edge.is_crowded();
        edge.flags |= Edge::CROWDED;
        let more = self.more();
        more.queues.entry(at).or_default().offers.push_back(process);
        if !was_crowded && let Some(mut order) = more.order.take() {
            // it may now have several kinds of shape
            order.push(at, self.edge(at));
            self.more().order = Some(order);
        }
    }

    /// An input waits.
    #[inline]
    pub(crate) fn wait_taker(&mut self, at: u32, process: Process) {
        let edge = self.edge(at);
        if edge.is_free() && !edge.is_crowded() {
            edge.replace(Some(process));
        } else {
            edge.flags |= Edge::CROWDED;
            self.more().queues.entry(at).or_default().takers.push_back(process);
        }
    }

    /// All inputs that wait in an edge, taken out.
    pub(crate) fn drain_takers(&mut self, at: u32) -> Vec<Process> {
        let edge = self.edge(at);
        let mut all = Vec::from_iter(edge.take_taker());
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
        self.first.flags |= Edge::ORDERED;
        if self.more().order.is_none() {
            let mut order = Box::default();
            self.list_all(&mut order);
            self.more().order = Some(order);
        }
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

    /// The member's process starts a parallel command, which belongs to it.
    pub(crate) fn set_child(&mut self, child: Arc<Group>) {
        self.more().child = Some(child);
    }

    /// The parallel command has ended.
    pub(crate) fn take_child(&mut self) -> Option<Arc<Group>> {
        self.more.as_mut()?.child.take()
    }

    /// The parallel command that the member's process has started.
    pub(crate) fn child(&self) -> Option<Arc<Group>> {
        self.more.as_ref().and_then(|more| more.child.clone())
    }

    /// Every process that waits in this inbox, choices apart, with the speaker of its edge.
    pub(crate) fn for_each_waiting(&mut self, mut see: impl FnMut(&mut Process, u32)) {
        let others = self.more.as_deref_mut().map_or(&mut [][..], |more| &mut more.edges[..]);
        let mut speakers = Vec::new();
        for edge in std::iter::once(&mut self.first).chain(others.iter_mut().map(|other| &mut other.edge)) {
            let speaker = edge.speaker;
            speakers.push(speaker);
            edge.waiting().into_iter().for_each(|process| see(process, speaker));
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
        let mut all = Vec::from_iter(self.first.take());
        let Some(mut more) = self.more.take() else {
            return (all, None);
        };
        all.extend(more.edges.iter_mut().filter_map(|other| other.edge.take()));
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

/// The first output that waits in an edge, or in the queue behind it, and is `wanted`.
#[inline]
fn find_in(edge: &mut Edge, crowd: Option<&mut Queues>, mut wanted: impl FnMut(&mut Process) -> bool) -> Option<Place> {
    if wanted(edge.offer()?) {
        return Some(Place(0));
    }
    crowd?.offers.iter_mut().position(wanted).map(|i| Place(i + 1))
}

/// What [`Inbox::take_oldest_scalar`] finds.
pub(crate) enum Oldest {
    /// The sender, its member, and what it says.
    Taken(Process, u32, u64),
    /// Nothing waits that would do.
    None,
    /// It is not easy to say.
    Unclear,
}

/// Where in an edge's queue an output waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place(usize);
