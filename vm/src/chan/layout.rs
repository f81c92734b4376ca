//! Which members the process entries of a parallel command make, and how they are found by family and subscripts.

/// The members of a parallel command, by process entry and by family: the same for all that begin with the same bounds.
pub(crate) struct Layout {
    /// How many members there are.
    pub(crate) members: u32,
    /// The families of the parallel command.
    pub(crate) families: Box<[Directory]>,
    /// What each process entry of the parallel command becomes.
    pub(crate) sections: Box<[Section]>,
}

/// The members that one process entry of a parallel command made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Section {
    /// The first of them.
    pub(crate) base: u32,
    /// How many.
    pub(crate) count: u32,
    /// Bounds of each subscript of the label.
    pub(crate) ranges: Box<[(i64, i64)]>,
}

/// The sections that share a family name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Directory {
    /// Indices into [`Group::sections`].
    pub(crate) sections: Vec<u32>,
    /// Where each label has one subscript: first subscript, last one and first member, in order.
    pub(crate) single: Vec<(i64, i64, u32)>,
}

impl Directory {
    /// The member with a single subscript.
    #[inline(always)]
    pub(crate) fn single(&self, subscript: i64) -> Option<u32> {
        let find = |&(low, high, base): &(i64, i64, u32)| {
            (low <= subscript && subscript <= high).then(|| base + subscript.wrapping_sub(low) as u32)
        };
        if self.single.len() <= 4 {
            return self.single.iter().find_map(find);
        }
        let after = self.single.partition_point(|&(low, _, _)| low <= subscript);
        find(self.single.get(after.checked_sub(1)?)?)
    }
}

impl Section {
    /// The member with these subscripts.
    #[inline]
    pub(crate) fn member(&self, subscripts: &[u64]) -> Option<u32> {
        if subscripts.len() != self.ranges.len() {
            return None;
        }
        let mut at: u64 = 0;
        for (&subscript, &(low, high)) in subscripts.iter().zip(&self.ranges) {
            let subscript = subscript as i64;
            if subscript < low || subscript > high {
                return None;
            }
            // only where another range is empty can this be too large, and then no member is found
            let length = (high.wrapping_sub(low) as u64).wrapping_add(1);
            at = at.wrapping_mul(length).wrapping_add(subscript.wrapping_sub(low) as u64);
        }
        Some(self.base + at as u32)
    }

    /// The subscripts of a member, by its number in the section.
    pub(crate) fn subscripts(&self, mut number: u32) -> Vec<i64> {
        let mut found: Vec<i64> = self
            .ranges
            .iter()
            .rev()
            .map(|&(low, high)| {
                let length = (high - low + 1) as u32;
                let here = number % length;
                number /= length;
                low + i64::from(here)
            })
            .collect();
        found.reverse();
        found
    }
}

impl Layout {
    /// The member of a family with these subscripts.
    #[inline]
    pub(crate) fn find(&self, family: u16, subscripts: &[u64]) -> Option<u32> {
        let directory = self.families.get(usize::from(family))?;
        if let [subscript] = subscripts {
            return directory.single(*subscript as i64);
        }
        directory
            .sections
            .iter()
            .find_map(|&section| self.sections[section as usize].member(subscripts))
    }

    /// The process entry that made a member, and the member's number in it.
    pub(crate) fn section_of(&self, member: u32) -> Option<(usize, u32)> {
        if self.sections.len() == self.members as usize
            && let section = &self.sections[member as usize]
            && (section.base, section.count) == (member, 1)
        {
            return Some((member as usize, 0)); // nearly always: each section has one
        }
        let after = self.sections.partition_point(|section| section.base <= member);
        let at = self.sections[..after].iter().rposition(|section| section.count > 0)?;
        Some((at, member - self.sections[at].base))
    }

    /// Whether these are the bounds of its labels, in the order of the text.
    #[inline]
    pub(super) fn has_bounds(&self, bounds: impl Iterator<Item = (i64, i64)>) -> bool {
        self.sections
            .iter()
            .flat_map(|section| section.ranges.iter().copied())
            .eq(bounds)
    }
}
