//! `--stats`: what a run did.

use hydra_vm::Statistics;
use std::fmt::Write;

/// The statistics as a table for people.
pub(super) fn table(of: &Statistics) -> String {
    let mut text = String::new();
    let seconds = of.time.as_secs_f64();
    let rows = [
        ("processes made", of.processes),
        ("most alive at once", of.most_alive),
        ("communications", of.communications),
        ("choices", of.choices),
        ("fragments run in rhai", of.fragments),
        ("processes given to other workers", of.donations),
    ];
    let _ = writeln!(text, "{:<34}{seconds:>14.3} s", "time");
    for (name, number) in rows {
        let _ = writeln!(text, "{name:<34}{number:>14}");
    }
    for (i, worker) in of.workers.iter().enumerate() {
        let name = format!("worker {}: busy, turns", i + 1);
        let share = share(worker.busy.as_secs_f64(), seconds);
        let _ = writeln!(text, "{name:<34}{:>12.1} %{:>14}", share * 100.0, worker.turns);
    }
    text
}

/// The statistics as one line of JSON.
pub(super) fn json(of: &Statistics) -> String {
    let seconds = of.time.as_secs_f64();
    let workers: Vec<String> = (of.workers.iter())
        .map(|w| {
            format!(
                "{{\"busy\":{:.4},\"turns\":{}}}",
                share(w.busy.as_secs_f64(), seconds),
                w.turns
            )
        })
        .collect();
    format!(
        "{{\"seconds\":{seconds:.6},\"processes\":{},\"most_alive\":{},\"communications\":{},\"choices\":{},\
         \"fragments\":{},\"donations\":{},\"workers\":[{}]}}\n",
        of.processes,
        of.most_alive,
        of.communications,
        of.choices,
        of.fragments,
        of.donations,
        workers.join(",")
    )
}

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 {
        (part / whole).clamp(0.0, 1.0)
    } else {
        0.0
    }
}
