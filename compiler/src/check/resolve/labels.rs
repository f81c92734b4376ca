//! The labels of one parallel command: which names exist, and whether two are the same.

use super::scopes::{Key, Known};
use hydra_bytecode::Span;
use rustc_hash::FxHashMap;

/// The processes of a parallel command that can be spoken to.
#[derive(Debug, Default)]
pub(super) struct Siblings<'a> {
    /// in the order of their first labels
    pub(super) families: Vec<Family<'a>>,
    by_name: FxHashMap<&'a str, u32>,
}

/// All processes of one name.
#[derive(Debug)]
pub(super) struct Family<'a> {
    /// the name
    pub(super) name: &'a str,
    /// number of subscripts
    pub(super) dims: usize,
    /// its labels
    pub(super) members: Vec<Member>,
    /// Labels by their subscripts, where all are one value.
    points: FxHashMap<Vec<Key>, usize>,
    /// The other labels.
    others: Vec<usize>,
    /// Answers for subscripts that are only partly known.
    asked: FxHashMap<Vec<Option<i64>>, bool>,
}

/// A label.
#[derive(Debug)]
pub(super) struct Member {
    /// known values of each subscript
    pub(super) pattern: Vec<Known>,
    /// what is known of each subscript that is one value
    pub(super) keys: Vec<Key>,
    /// its place
    pub(super) span: Span,
}

/// Two labels that name the same process.
pub(super) struct Clash {
    /// the later one
    pub(super) second: usize,
    /// the earlier one
    pub(super) first: usize,
    /// subscripts of a process that both name, if they are constants
    pub(super) at: Option<Vec<i64>>,
}

impl<'a> Siblings<'a> {
    /// The family of a name; made if there is none.
    pub(super) fn family(&mut self, name: &'a str, dims: usize) -> u32 {
        *self.by_name.entry(name).or_insert_with(|| {
            self.families.push(Family {
                name,
                dims,
                members: Vec::new(),
                points: FxHashMap::default(),
                others: Vec::new(),
                asked: FxHashMap::default(),
            });
            self.families.len() as u32 - 1
        })
    }
}

impl Family<'_> {
    /// Adds a label with as many subscripts as the family has; returns an earlier one that surely names the same process.
    pub(super) fn add(&mut self, member: Member) -> Option<usize> {
        let index = self.members.len();
        let point = !member.keys.contains(&Key::Unknown);
        let mut same = None;
        if point {
            same = self.points.insert(member.keys.clone(), index);
        }
        if !point || member.keys.iter().any(|key| !matches!(key, Key::Constant(_))) {
            self.others.push(index);
        }
        self.members.push(member);
        same
    }

    /// Labels with constant ranges that overlap others. (Labels without ranges have been compared by `add`.)
    pub(super) fn clashes(&self) -> Vec<Clash> {
        let boxes: Vec<(usize, Vec<(i64, i64)>)> =
            self.members.iter().enumerate().filter_map(Self::constant_box).collect();
        let is_point = |area: &[(i64, i64)]| area.iter().all(|(low, high)| low == high);
        if self.dims == 0 || boxes.iter().all(|(_, area)| is_point(area)) {
            return Vec::new();
        }
        // Walk along the dimension in which the labels differ most; only those that overlap there are compared.
        let distinct = |dim: usize| {
            let mut lows: Vec<i64> = boxes.iter().map(|(_, area)| area[dim].0).collect();
            lows.sort_unstable();
            lows.dedup();
            lows.len()
        };
        let along = (0..self.dims).max_by_key(|&dim| distinct(dim)).unwrap_or(0);
        let mut sorted: Vec<&(usize, Vec<(i64, i64)>)> = boxes.iter().collect();
        sorted.sort_by_key(|(_, area)| area[along].0);
        let mut active: Vec<&(usize, Vec<(i64, i64)>)> = Vec::new();
        let mut found = FxHashMap::default();
        for area in sorted {
            active.retain(|other| other.1[along].1 >= area.1[along].0);
            for other in &active {
                let overlap = area.1.iter().zip(&other.1).all(|(a, b)| a.0 <= b.1 && b.0 <= a.1);
                if overlap && !(is_point(&area.1) && is_point(&other.1)) {
                    let (first, second) = (area.0.min(other.0), area.0.max(other.0));
                    let at = area.1.iter().zip(&other.1).map(|(a, b)| a.0.max(b.0)).collect();
                    found.entry(second).or_insert(Clash {
                        second,
                        first,
                        at: Some(at),
                    });
                }
            }
            active.push(area);
        }
        let mut clashes: Vec<Clash> = found.into_values().collect();
        clashes.sort_by_key(|clash| clash.second);
        clashes
    }

    /// The subscripts of a label, if all are constant and there are any processes.
    fn constant_box((index, member): (usize, &Member)) -> Option<(usize, Vec<(i64, i64)>)> {
        let area: Option<Vec<(i64, i64)>> = member.pattern.iter().map(|&(low, high)| low.zip(high)).collect();
        area.filter(|area| area.iter().all(|(low, high)| low <= high))
            .map(|area| (index, area))
    }

    /// Whether a process with these subscripts (as far as they are known) may exist.
    pub(super) fn may_exist(&mut self, subscripts: &[Option<i64>]) -> bool {
        let constants: Option<Vec<Key>> = subscripts.iter().map(|s| s.map(Key::Constant)).collect();
        if let Some(constants) = constants {
            return self.points.contains_key(&constants)
                || self.others.iter().any(|&index| self.members[index].matches(subscripts));
        }
        if let Some(&answer) = self.asked.get(subscripts) {
            return answer;
        }
        let answer = self.members.iter().any(|member| member.matches(subscripts));
        self.asked.insert(subscripts.to_vec(), answer);
        answer
    }
}

impl Member {
    fn matches(&self, subscripts: &[Option<i64>]) -> bool {
        self.pattern.iter().zip(subscripts).all(|(&(low, high), &subscript)| {
            if low.zip(high).is_some_and(|(low, high)| low > high) {
                return false;
            }
            subscript.is_none_or(|at| low.is_none_or(|low| low <= at) && high.is_none_or(|high| at <= high))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn family(labels: &[&[(i64, i64)]]) -> Family<'static> {
        let mut siblings = Siblings::default();
        siblings.family("X", labels[0].len());
        let mut family = siblings.families.remove(0);
        for label in labels {
            let pattern = label.iter().map(|&(low, high)| (Some(low), Some(high))).collect();
            let key = |&(low, high): &(i64, i64)| if low == high { Key::Constant(low) } else { Key::Unknown };
            family.add(Member {
                pattern,
                keys: label.iter().map(key).collect(),
                span: Span::default(),
            });
        }
        family
    }

    #[test]
    fn overlaps() {
        let clashes = |labels: &[&[(i64, i64)]]| {
            family(labels)
                .clashes()
                .into_iter()
                .map(|c| (c.first, c.second, c.at))
                .collect::<Vec<_>>()
        };
        assert_eq!(clashes(&[&[(0, 0)], &[(1, 100)], &[(101, 101)]]), []);
        assert_eq!(clashes(&[&[(1, 100)], &[(100, 100)]]), [(0, 1, Some(vec![100]))]);
        assert_eq!(clashes(&[&[(1, 3), (0, 0)], &[(0, 0), (1, 3)], &[(1, 3), (1, 3)]]), []);
        assert_eq!(
            clashes(&[&[(1, 3), (0, 1)], &[(5, 4), (1, 3)], &[(2, 3), (1, 3)]]),
            [(0, 2, Some(vec![2, 1]))]
        );
    }

    #[test]
    fn existence() {
        let mut family = family(&[&[(1, 3), (0, 0)], &[(7, 7), (1, 3)]]);
        assert!(family.may_exist(&[Some(2), Some(0)]));
        assert!(!family.may_exist(&[Some(2), Some(1)]));
        assert!(family.may_exist(&[None, Some(1)]));
        assert!(!family.may_exist(&[None, Some(4)]));
        assert!(!family.may_exist(&[None, Some(4)]));
        assert!(family.may_exist(&[None, None]));
    }
}
