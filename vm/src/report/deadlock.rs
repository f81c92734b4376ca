//! Deadlock: of the whole run, or of a group of processes while others wait for time or the outside.

use super::path;
use super::waiting::{Everybody, Key, Name, What, everybody, key};
use crate::limits::REPORT_PROCESSES_MAX;
use crate::sched::Shared;
use hydra_bytecode::Module;
use hydra_bytecode::report::{Report, Severity};
use rustc_hash::{FxHashMap, FxHashSet};

/// The run is dead: every waiting process, where it waits and for whom, and a cycle among them.
pub(crate) fn deadlock(shared: &Shared) -> Report {
    let all = everybody(shared);
    let everyone: Vec<usize> = (0..all.waiting.len()).collect();
    let mut report = Report::new(Severity::Event("deadlock"), "", None, "no process can go on");
    let remarks = match &shared.player {
        Some(player) => player.stuck().to_vec(),
        None => shared.streams.stuck(&shared.program),
    };
    if let Some(recorder) = &shared.recorder {
        recorder.stuck(&remarks);
    }
    for remark in remarks {
        report = report.remark(remark);
    }
    list(&shared.program.module, &all, &everyone, report)
}

/// Who waits for whom when a run is interrupted.
pub(crate) fn interrupted(shared: &Shared) -> Report {
    let all = everybody(shared);
    let everyone: Vec<usize> = (0..all.waiting.len()).collect();
    let report = Report::new(
        Severity::Event("interrupted"),
        "",
        None,
        "the run was stopped from outside",
    );
    list(&shared.program.module, &all, &everyone, report)
}

/// Who waits for whom when the time is up.
pub(crate) fn late(shared: &Shared) -> Report {
    let all = everybody(shared);
    let everyone: Vec<usize> = (0..all.waiting.len()).collect();
    let time = shared.limits.time.unwrap_or_default();
    let message = format!("the run took longer than {time:?} (--timeout)");
    let report = Report::new(Severity::Event("limit reached"), "", None, message);
    list(&shared.program.module, &all, &everyone, report)
}

/// Processes that neither time nor the outside can help, if there are any that `named` does not hold yet. `all_seen` says,
/// after they were gathered, whether no process can have been missed.
pub(crate) fn dead_group(
    shared: &Shared,
    named: &mut FxHashSet<Key>,
    all_seen: impl FnOnce() -> bool,
) -> Option<Report> {
    let all = everybody(shared);
    if !all_seen() {
        return None;
    }
    let alive = can_go_on(&all);
    let fresh: Vec<usize> = (0..all.waiting.len())
        .filter(|&i| !alive[i] && !matches!(all.waiting[i].what, What::Join))
        .filter(|&i| !named.contains(&key(&all.waiting[i].group, all.waiting[i].member)))
        .collect();
    if fresh.is_empty() {
        return None;
    }
    named.extend(fresh.iter().map(|&i| key(&all.waiting[i].group, all.waiting[i].member)));
    let report = Report::new(
        Severity::Warning,
        "",
        None,
        "these processes can never go on; the others do",
    );
    Some(list(&shared.program.module, &all, &fresh, report))
}

/// For each waiting process, whether a process that waits for time or the outside may help it to go on, directly or
/// through others. A name is alive while any process that can speak in it may go on.
fn can_go_on(all: &Everybody) -> Vec<bool> {
    let mut alive = vec![false; all.waiting.len()];
    let mut names: FxHashSet<Key> = FxHashSet::default();
    // who waits for a name, and how many processes a parallel command still waits for
    let mut waits_for: FxHashMap<Key, Vec<usize>> = FxHashMap::default();
    let mut children: FxHashMap<Key, usize> = FxHashMap::default();
    let mut work: Vec<usize> = Vec::new();
    for (i, one) in all.waiting.iter().enumerate() {
        match &one.what {
            What::Outside(_) => work.push(i),
            What::Output(partners) | What::Input(partners) => {
                for name in partners {
                    for member in name.first..=name.last {
                        waits_for.entry(key(&name.group, member)).or_default().push(i);
                    }
                }
            }
            What::Join => {}
        }
        if let Some((group, member)) = &one.group.parent {
            *children.entry(key(group, *member)).or_default() += 1;
        }
    }
    while let Some(i) = work.pop() {
        if std::mem::replace(&mut alive[i], true) {
            continue;
        }
        let one = &all.waiting[i];
        let mut at = Some((&one.group, one.member));
        while let Some((group, member)) = at {
            if !names.insert(key(group, member)) {
                break;
            }
            work.extend(waits_for.remove(&key(group, member)).unwrap_or_default());
            at = group.parent.as_ref().map(|(group, member)| (group, *member));
        }
        if let Some((group, member)) = &one.group.parent {
            let parent = key(group, *member);
            if let Some(left) = children.get_mut(&parent) {
                *left -= 1;
                if *left == 0 {
                    work.extend(all.index.get(&parent));
                }
            }
        }
    }
    alive
}

/// Adds a note for each of the processes, and the cycle.
fn list(module: &Module, all: &Everybody, these: &[usize], mut report: Report) -> Report {
    // processes that wait for their own processes only are not at fault
    let mut order: Vec<usize> = these
        .iter()
        .copied()
        .filter(|&i| !matches!(all.waiting[i].what, What::Join))
        .collect();
    let cycle = find_cycle(all, &order);
    order.sort_by_key(|&i| (all.waiting[i].span, i));
    let rank = |i: &usize| !cycle.contains(i);
    order.sort_by_key(rank);
    for (n, &i) in order.iter().take(REPORT_PROCESSES_MAX).enumerate() {
        let one = &all.waiting[i];
        let name = path(module, &one.group, one.member);
        let text = match &one.what {
            What::Output(partners) => format!("{name} waits to output to {}", names(module, partners)),
            What::Input(partners) if partners.is_empty() => format!("{name} waits"),
            What::Input(partners) => format!("{name} waits for input from {}", names(module, partners)),
            What::Outside(what) => format!("{name} waits for {what}"),
            What::Join => format!("{name} waits for its processes"),
        };
        if n == 0 {
            report.span = Some(one.span);
            report.label = text;
        } else {
            report = report.note(one.span, text);
        }
    }
    if order.len() > REPORT_PROCESSES_MAX {
        report = report.remark(format!(
            "and {} more waiting processes",
            order.len() - REPORT_PROCESSES_MAX
        ));
    }
    if !cycle.is_empty() {
        let mut names: Vec<String> = cycle
            .iter()
            .map(|&i| path(module, &all.waiting[i].group, all.waiting[i].member))
            .collect();
        if names.len() > 12 {
            let more = names.len() - 11;
            names.splice(8..names.len() - 3, [format!("… {more} more …")]);
        }
        names.push(names[0].clone());
        report = report.remark(format!("a cycle: {}", names.join(" waits for ")));
    }
    report
}

fn names(module: &Module, partners: &[Name]) -> String {
    const MAX: usize = 4;
    let mut texts: Vec<String> = partners.iter().take(MAX).map(|name| name.text(module)).collect();
    if partners.len() > MAX {
        texts.push(format!("{} more", partners.len() - MAX));
    }
    texts.join(" or ")
}

/// A cycle of processes each of which waits for the next, without those that wait for their own processes.
fn find_cycle(all: &Everybody, these: &[usize]) -> Vec<usize> {
    // the first process of each parent, for a name whose process waits for its own processes
    let mut inner: FxHashMap<Key, usize> = FxHashMap::default();
    for &i in these {
        let mut at = all.waiting[i].group.parent.as_ref();
        while let Some((group, member)) = at {
            if inner.contains_key(&key(group, *member)) {
                break;
            }
            inner.insert(key(group, *member), i);
            at = group.parent.as_ref();
        }
    }
    let next = |i: usize| -> Option<usize> {
        let (What::Output(partners) | What::Input(partners)) = &all.waiting[i].what else {
            return None;
        };
        let name = partners.first()?;
        let partner = key(&name.group, name.first);
        let at = *all.index.get(&partner)?;
        match all.waiting[at].what {
            What::Join => inner.get(&partner).copied(),
            _ => Some(at),
        }
    };
    // each process has one successor here, so marking the walks finds a cycle in one pass
    let mut mark: Vec<usize> = vec![0; all.waiting.len()];
    for (walk, &start) in these.iter().enumerate() {
        let mut at = start;
        while mark[at] == 0 {
            mark[at] = walk + 1;
            match next(at) {
                Some(following) => at = following,
                None => break,
            }
        }
        if mark[at] == walk + 1 && next(at).is_some() {
            let mut cycle = vec![at];
            let mut following = next(at);
            while let Some(i) = following {
                if i == at {
                    return cycle;
                }
                if cycle.len() > all.waiting.len() {
                    break;
                }
                cycle.push(i);
                following = next(i);
            }
        }
    }
    Vec::new()
}
