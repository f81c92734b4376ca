//! Whether elements surely differ.
//!
//! A mention of an array is a box: in each dimension the values its subscript may have. A constant is one value, a range
//! variable has those of its range where that is constant, and anything else (a missing subscript too) has all. Two
//! mentions are apart if their boxes are disjoint in some dimension.
//!
//! A parallel command may have thousands of processes that mention one array, so boxes are not compared pair by pair: a
//! sweep along one dimension, the one in which the fewest boxes overlap, meets only those that do.

/// The values that a subscript may have, both ends included.
pub(super) type Interval = (i64, i64);

/// All values.
pub(super) const ALL: Interval = (i64::MIN, i64::MAX);

/// The elements that one process may mean.
#[derive(Clone, Debug)]
pub(super) struct Area {
    /// the process
    pub(super) owner: u32,
    /// one for each dimension, none empty
    pub(super) sides: Vec<Interval>,
}

impl Area {
    fn side(&self, dimension: usize) -> Interval {
        self.sides.get(dimension).copied().unwrap_or(ALL)
    }

    fn overlaps(&self, other: &Area) -> bool {
        self.sides
            .iter()
            .zip(&other.sides)
            .all(|(a, b)| a.0 <= b.1 && b.0 <= a.1)
    }
}

/// Calls `found` for each pair (indices) of a probe and a target that overlap and belong to different processes, until
/// it returns `false`.
pub(super) fn overlaps(
    probes: &[Area],
    targets: &[Area],
    dimensions: usize,
    mut found: impl FnMut(usize, usize) -> bool,
) {
    let axis = (0..dimensions)
        .min_by_key(|&d| overlapping_pairs(probes, targets, d))
        .unwrap_or(0);
    // events in the order of their lower ends; each meets the open areas of the other kind
    let mut events: Vec<(i64, bool, usize)> = Vec::with_capacity(probes.len() + targets.len());
    events.extend(probes.iter().enumerate().map(|(i, area)| (area.side(axis).0, true, i)));
    events.extend(
        targets
            .iter()
            .enumerate()
            .map(|(i, area)| (area.side(axis).0, false, i)),
    );
    events.sort_unstable();
    let (mut open_probes, mut open_targets) = (Vec::new(), Vec::new());
    for (low, is_probe, index) in events {
        let (areas, others) = if is_probe { (probes, targets) } else { (targets, probes) };
        let (mine, theirs) = if is_probe {
            (&mut open_probes, &mut open_targets)
        } else {
            (&mut open_targets, &mut open_probes)
        };
        let area = &areas[index];
        let mut at = 0;
        while at < theirs.len() {
            let other: usize = theirs[at];
            if others[other].side(axis).1 < low {
                theirs.swap_remove(at);
                continue;
            }
            at += 1;
            if area.owner != others[other].owner && area.overlaps(&others[other]) {
                let (probe, target) = if is_probe { (index, other) } else { (other, index) };
                if !found(probe, target) {
                    return;
                }
            }
        }
        mine.push(index);
    }
}

/// How many pairs of a probe and a target overlap in one dimension.
fn overlapping_pairs(probes: &[Area], targets: &[Area], dimension: usize) -> usize {
    let mut lows: Vec<i64> = targets.iter().map(|area| area.side(dimension).0).collect();
    let mut highs: Vec<i64> = targets.iter().map(|area| area.side(dimension).1).collect();
    lows.sort_unstable();
    highs.sort_unstable();
    let count = |area: &Area| {
        let (low, high) = area.side(dimension);
        lows.partition_point(|&l| l <= high) - highs.partition_point(|&h| h < low)
    };
    probes.iter().map(count).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(owner: u32, sides: &[Interval]) -> Area {
        Area {
            owner,
            sides: sides.to_vec(),
        }
    }

    fn pairs(probes: &[Area], targets: &[Area], dimensions: usize) -> Vec<(usize, usize)> {
        let mut all = Vec::new();
        overlaps(probes, targets, dimensions, |a, b| {
            all.push((a, b));
            true
        });
        all.sort_unstable();
        all
    }

    #[test]
    fn every_overlapping_pair_is_found_once() {
        // a small generator of numbers is enough for boxes of two dimensions
        let mut state = 12345_u64;
        let mut next = |n: u64| {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            (state >> 33) % n
        };
        for _ in 0..50 {
            let mut some = |n: usize| -> Vec<Area> {
                (0..n)
                    .map(|_| {
                        let sides = (0..2).map(|_| {
                            let low = next(20) as i64;
                            if next(5) == 0 { ALL } else { (low, low + next(4) as i64) }
                        });
                        let sides = sides.collect();
                        Area {
                            owner: next(4) as u32,
                            sides,
                        }
                    })
                    .collect()
            };
            let (probes, targets) = (some(15), some(15));
            let mut slow = Vec::new();
            for (i, a) in probes.iter().enumerate() {
                for (j, b) in targets.iter().enumerate() {
                    if a.owner != b.owner && a.overlaps(b) {
                        slow.push((i, j));
                    }
                }
            }
            assert_eq!(pairs(&probes, &targets, 2), slow);
        }
    }

    #[test]
    fn without_subscripts_everything_overlaps() {
        assert_eq!(pairs(&[area(0, &[])], &[area(0, &[]), area(1, &[])], 0), [(0, 1)]);
    }

    #[test]
    fn many_constants_are_compared_with_few() {
        let many: Vec<Area> = (0..20_000)
            .map(|n| area(n, &[ALL, (i64::from(n), i64::from(n))]))
            .collect();
        assert!(pairs(&many, &many, 2).is_empty());
    }
}
