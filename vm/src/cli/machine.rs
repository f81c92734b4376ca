//! What the machine has, and what it says: the only file with code for one kind of system.

/// Bytes of memory that this process may use at most: what the machine has, or its control group if that is less.
/// `None` where there is no way to know.
pub(super) fn memory() -> Option<u64> {
    let machine = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
        let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kilobytes * 1024)
    });
    let groups = [
        "/sys/fs/cgroup/memory.max",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
    ];
    let group = groups
        .iter()
        .filter_map(|path| std::fs::read_to_string(path).ok()?.trim().parse().ok())
        .min();
    machine.into_iter().chain(group).min()
}

/// Calls `told` on a thread of its own with the number of each signal that asks the process to end. Without the thread,
/// they end it as they do others.
#[cfg(unix)]
pub(super) fn on_signals(mut told: impl FnMut(i32) + Send + 'static) {
    use signal_hook::consts::{SIGINT, SIGTERM};
    let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGINT, SIGTERM]) else {
        return;
    };
    let watch = move || {
        for number in &mut signals {
            told(number);
        }
    };
    let _ = std::thread::Builder::new().name("hydra signals".into()).spawn(watch);
}

/// Elsewhere the process ends as others do.
#[cfg(not(unix))]
pub(super) fn on_signals(_told: impl FnMut(i32) + Send + 'static) {}
