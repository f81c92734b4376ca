//! The order in which outputs that wait for one name have arrived, for choices.
//!
//! A choice must find what has waited longest among the outputs that one of its guards takes, and must not look at any
//! that it does not take: a thousand that wait for a guard whose condition is false cost nothing. So there is a list for
//! each kind of shape and each stretch of speakers that some guard with a range has been armed for; an edge with a waiting
//! output is in one of them.

use super::NOBODY;
use super::edge::Edge;
use crate::process::{Process, Wait};
use hydra_bytecode::Type;
use hydra_stdlib::value::Value;

/// The kind of a shape: messages with different ones never fit the same guard, unless it takes any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ShapeKey(u32);

impl ShapeKey {
    /// Of a guard: takes every shape. Of an edge: several outputs, of different kinds perhaps.
    const ANY: ShapeKey = ShapeKey(u32::MAX);
    const STRING: ShapeKey = ShapeKey(4);
    const ARRAY: ShapeKey = ShapeKey(5);
    const OTHER: ShapeKey = ShapeKey(6);
    /// The first constructor.
    const STRUCT: u32 = 8;

    /// What a target of a type takes.
    pub(crate) fn of_type(ty: &Type) -> ShapeKey {
        match ty {
            Type::Scalar(kind) => ShapeKey(*kind as u32),
            Type::String => Self::STRING,
            Type::Array { .. } => Self::ARRAY,
            Type::Struct { constructor, .. } => ShapeKey(Self::STRUCT + u32::from(*constructor)),
            Type::Any => Self::ANY,
        }
    }

    /// What a target of a scalar kind takes.
    #[inline(always)]
    pub(crate) fn of_scalar(kind: u8) -> ShapeKey {
        ShapeKey(u32::from(kind))
    }

    /// What a waiting output offers.
    #[inline]
    fn of_offer(offer: &mut Process) -> ShapeKey {
        match offer.wait {
            Wait::OfferScalar { kind, .. } => ShapeKey(u32::from(kind)),
            Wait::OfferValue { reg, .. } => offer.r().get(usize::from(reg)).map_or(Self::OTHER, Self::of_value),
            _ => Self::OTHER,
        }
    }

    /// What an output of a value offers.
    pub(crate) fn of_value(value: &Value) -> ShapeKey {
        match value {
            Value::String(_) => Self::STRING,
            Value::Array(_) => Self::ARRAY,
            Value::Struct(whole) => ShapeKey(Self::STRUCT.saturating_add(whole.constructor.0)),
            Value::Signal(constructor) => ShapeKey(Self::STRUCT.saturating_add(constructor.0)),
            other => other.word().map_or(Self::OTHER, |(kind, _)| ShapeKey(kind as u32)),
        }
    }

    #[inline(always)]
    fn meets(self, other: ShapeKey) -> bool {
        self == other || self == Self::ANY || other == Self::ANY
    }
}

/// Stretches of speakers that are told apart; guards beyond that number share lists with others.
const CUTS_MAX: usize = 64;

/// A chain of edges with a waiting output, in order of arrival; in lists of [`ShapeKey::ANY`] in no order.
#[derive(Clone, Copy, Debug)]
struct List {
    key: ShapeKey,
    /// The first and the last speaker that may be in it.
    speakers: (u32, u32),
    first: u32,
    last: u32,
}

/// Where an edge is.
#[derive(Clone, Copy, Debug)]
struct Link {
    /// The list it is in, or was in last; [`NOBODY`]: not known.
    list: u32,
    listed: bool,
    before: u32,
    after: u32,
}

const NOWHERE: Link = Link {
    list: NOBODY,
    listed: false,
    before: NOBODY,
    after: NOBODY,
};

/// The lists of an inbox.
#[derive(Default)]
pub(super) struct Order {
    lists: Vec<List>,
    /// By position of the edge.
    links: Vec<Link>,
    /// The first speaker of each stretch but the one that begins at 0, in order.
    cuts: Vec<u32>,
}

impl Order {
    /// The edge at a position has an output waiting: it goes to the end of its list.
    #[inline]
    pub(super) fn push(&mut self, at: u32, edge: &mut Edge) {
        let crowded = edge.is_crowded();
        let key = match edge.offer() {
            Some(offer) if !crowded => ShapeKey::of_offer(offer),
            _ => ShapeKey::ANY,
        };
        self.remove(at);
        self.append(at, edge.speaker, key);
    }

    /// The same for one that is in no list, and where the kind of the shape is known.
    #[inline]
    pub(super) fn append(&mut self, at: u32, speaker: u32, key: ShapeKey) {
        let number = match self
            .links
            .get(at as usize)
            .and_then(|link| self.lists.get(link.list as usize))
        {
            Some(list) if list.key == key => self.links[at as usize].list,
            _ => self.list_of(at, speaker, key),
        };
        let list = &mut self.lists[number as usize];
        let last = std::mem::replace(&mut list.last, at);
        match last {
            NOBODY => list.first = at,
            _ => self.links[last as usize].after = at,
        }
        self.links[at as usize] = Link {
            list: number,
            listed: true,
            before: last,
            after: NOBODY,
        };
    }

    /// As [`append`](Self::append), if its list is known. Whether it is.
    #[inline(always)]
    pub(super) fn append_again(&mut self, at: u32, key: ShapeKey) -> bool {
        let Some(link) = self.links.get(at as usize) else {
            return false;
        };
        let number = link.list;
        let Some(list) = self.lists.get_mut(number as usize).filter(|list| list.key == key) else {
            return false;
        };
        let last = std::mem::replace(&mut list.last, at);
        match self.links.get_mut(last as usize) {
            Some(link) => link.after = at,
            None => list.first = at,
        }
        if let Some(link) = self.links.get_mut(at as usize) {
            *link = Link {
                list: number,
                listed: true,
                before: last,
                after: NOBODY,
            };
        }
        true
    }

    /// The edge at a position has no output waiting any more.
    #[inline(always)]
    pub(super) fn remove(&mut self, at: u32) {
        let Some(link) = self.links.get_mut(at as usize) else {
            return;
        };
        if !link.listed {
            return;
        }
        link.listed = false;
        let Link {
            list, before, after, ..
        } = *link;
        match before {
            NOBODY => self.lists[list as usize].first = after,
            _ => self.links[before as usize].after = after,
        }
        match after {
            NOBODY => self.lists[list as usize].last = before,
            _ => self.links[after as usize].before = before,
        }
    }

    #[inline(never)]
    fn list_of(&mut self, at: u32, speaker: u32, key: ShapeKey) -> u32 {
        if self.links.len() <= at as usize {
            self.links.resize(at as usize + 1, NOWHERE);
        }
        let holds = |list: &List| list.key == key && list.speakers.0 <= speaker && speaker <= list.speakers.1;
        if let Some(at) = self.lists.iter().position(holds) {
            return at as u32;
        }
        let after = self.cuts.partition_point(|&cut| cut <= speaker);
        let low = after.checked_sub(1).map_or(0, |at| self.cuts[at]);
        let high = self.cuts.get(after).map_or(NOBODY, |&cut| cut - 1);
        self.lists.push(List {
            key,
            speakers: (low, high),
            first: NOBODY,
            last: NOBODY,
        });
        (self.lists.len() - 1) as u32
    }

    /// A guard is armed for these speakers. Whether lists have changed, so that all edges have to be put into them again.
    pub(super) fn tell_apart(&mut self, first: u32, last: u32) -> bool {
        let mut changed = false;
        for cut in [first, last.saturating_add(1)] {
            if let Err(at) = self.cuts.binary_search(&cut)
                && cut > 0
                && cut != NOBODY
                && self.cuts.len() < CUTS_MAX
            {
                self.cuts.insert(at, cut);
                changed = true;
            }
        }
        if changed {
            self.lists.clear();
            self.links.clear();
        }
        changed
    }

    /// The first edge of the only list that may hold what a guard for these speakers takes, or [`NOBODY`] if it is empty;
    /// `None` if there are several.
    #[inline(always)]
    pub(super) fn only_first(&self, key: ShapeKey, speakers: (u32, u32)) -> Option<u32> {
        if let [list] = &self.lists[..] {
            // the usual case; that its edges are of these speakers is seen when one is taken
            return Some(if list.key.meets(key) { list.first } else { NOBODY });
        }
        let mut only = None;
        for list in &self.lists {
            if !list.key.meets(key) || list.speakers.1 < speakers.0 || list.speakers.0 > speakers.1 {
                continue;
            }
            if list.first != NOBODY && only.replace(list.first).is_some() {
                return None;
            }
        }
        Some(only.unwrap_or(NOBODY))
    }

    /// Goes through the edges that may hold what a guard for these speakers takes: of each list in order of arrival, until
    /// `see` says that the rest of the list need not be seen.
    #[inline]
    pub(super) fn for_each(&self, speakers: (u32, u32), key: ShapeKey, mut see: impl FnMut(u32) -> bool) {
        for list in &self.lists {
            if !list.key.meets(key) || list.speakers.1 < speakers.0 || list.speakers.0 > speakers.1 {
                continue;
            }
            let mut at = list.first;
            while at != NOBODY {
                if see(at) && list.key != ShapeKey::ANY {
                    break;
                }
                at = self.links[at as usize].after;
            }
        }
    }
}
