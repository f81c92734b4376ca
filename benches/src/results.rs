//! All rounds of all rows.

use crate::contender::Contender;
use crate::machine::{Setting, load};
use crate::measure::{Clock, Figure, Sample, Sizes, figure, sample, sizes};
use crate::rows::Row;
use serde::Serialize;
use std::time::Duration;

/// How much is measured.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Numbers of workers.
    pub workers: Vec<usize>,
    /// How often each is run.
    pub rounds: usize,
    /// By how much the runs of N and 2N should differ.
    pub target: Duration,
    /// Which time the tables show.
    pub clock: Clock,
}

/// One row of one contender with one number of workers.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// The row's name.
    pub load: &'static str,
    /// What one operation is.
    pub operation: &'static str,
    /// The contender's name.
    pub contender: String,
    /// The number of workers.
    pub workers: usize,
    /// The sizes of the runs.
    pub sizes: Sizes,
    /// What it comes to: nanoseconds, seconds or bytes for each operation.
    pub wall: Option<Figure>,
    /// The same of the processor time.
    pub cpu: Option<Figure>,
    /// The rounds.
    pub samples: Vec<Sample>,
}

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Results {
    /// Where and when.
    pub setting: Setting,
    /// The load average at each round.
    pub loads: Vec<f64>,
    /// Which time the tables show.
    pub clock: Clock,
    /// Who took part.
    pub contenders: Vec<String>,
    /// Numbers of workers.
    pub workers: Vec<usize>,
    /// The figures.
    pub entries: Vec<Entry>,
    /// What went wrong or is missing.
    pub notes: Vec<String>,
    /// The rows.
    #[serde(skip)]
    pub rows: Vec<&'static Row>,
}

impl Results {
    /// Finds sizes, and then runs all in turns: a round goes once through everything.
    pub fn measure(rows: &[&'static Row], contenders: &[Contender], plan: &Plan, say: impl Fn(&str)) -> Results {
        let mut results = Results {
            setting: Setting::now(),
            loads: vec![load()],
            clock: plan.clock,
            contenders: contenders.iter().map(|contender| contender.name.clone()).collect(),
            workers: plan.workers.clone(),
            entries: Vec::new(),
            notes: Vec::new(),
            rows: rows.to_vec(),
        };
        let mut runners = Vec::new();
        for &row in rows {
            say(&format!("sizes for {}", row.name));
            for &workers in &plan.workers {
                for contender in contenders {
                    match sizes(contender, row, workers, plan.target) {
                        Ok(None) => {}
                        Ok(Some(sizes)) => {
                            runners.push((contender, row));
                            results.entries.push(Entry {
                                load: row.name,
                                operation: row.operation,
                                contender: contender.name.clone(),
                                workers,
                                sizes,
                                wall: None,
                                cpu: None,
                                samples: Vec::new(),
                            });
                        }
                        Err(problem) => results.notes.push(problem),
                    }
                }
            }
        }
        for round in 1..=plan.rounds {
            say(&format!("round {round} of {}, load average {:.1}", plan.rounds, load()));
            results.loads.push(load());
            for ((contender, row), entry) in runners.iter().zip(&mut results.entries) {
                match sample(contender, row, entry.workers, entry.sizes) {
                    Ok(sample) => entry.samples.push(sample),
                    Err(problem) => results.notes.push(problem),
                }
            }
        }
        results.loads.push(load());
        for ((_, row), entry) in runners.iter().zip(&mut results.entries) {
            entry.wall = figure(row.measure, Clock::Wall, entry.sizes, &entry.samples);
            entry.cpu = figure(row.measure, Clock::Cpu, entry.sizes, &entry.samples);
        }
        results
    }

    /// The figure of a row.
    pub fn figure(&self, row: &Row, contender: &str, workers: usize) -> Option<Figure> {
        let entry = (self.entries.iter())
            .find(|entry| entry.load == row.name && entry.contender == contender && entry.workers == workers);
        entry.and_then(|entry| match self.clock {
            Clock::Wall => entry.wall,
            Clock::Cpu => entry.cpu,
        })
    }
}
