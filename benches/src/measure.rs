//! One run, measured from outside; and how a size is found for which runs are long enough.

use crate::contender::Contender;
use crate::rows::{Measure, Row};
use serde::Serialize;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use wait4::Wait4;

/// What one run took.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Run {
    /// Seconds on the wall.
    pub wall: f64,
    /// Seconds of processor time.
    pub cpu: f64,
    /// Peak of resident memory.
    pub bytes: u64,
}

impl Run {
    /// The least of both, each figure for itself.
    pub fn least(self, other: Run) -> Run {
        Run {
            wall: self.wall.min(other.wall),
            cpu: self.cpu.min(other.cpu),
            bytes: self.bytes.min(other.bytes),
        }
    }
}

/// Runs a command to its end. What it prints is dropped; a failure is an error with the last line that it said.
pub fn run(mut command: Command) -> Result<Run, String> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let start = Instant::now();
    let mut child = command.spawn().map_err(|problem| format!("{command:?}: {problem}"))?;
    let stderr = child.stderr.take();
    // errors are few and short, but a pipe that nobody reads would hold a program up
    let reader = std::thread::spawn(move || stderr.map(std::io::read_to_string));
    let ended = child.wait4().map_err(|problem| format!("{command:?}: {problem}"))?;
    let wall = start.elapsed().as_secs_f64();
    if !ended.status.success() {
        let said = reader.join().ok().flatten().and_then(Result::ok).unwrap_or_default();
        let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
        return Err(format!("{command:?}: {}: {last}", ended.status));
    }
    Ok(Run {
        wall,
        cpu: (ended.rusage.utime + ended.rusage.stime).as_secs_f64(),
        bytes: ended.rusage.maxrss,
    })
}

/// The two sizes whose runs make a sample.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Sizes {
    /// The smaller one, if a run is taken away.
    pub small: Option<u64>,
    /// The larger one.
    pub large: u64,
}

/// The pair of runs of one round.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Sample {
    /// The run that is taken away.
    pub small: Option<Run>,
    /// The run that it is taken away from.
    pub large: Run,
}

/// Sizes for a row: where an operation is measured, a run of N and one of 2N, such that they differ by about `target`.
pub fn sizes(contender: &Contender, row: &Row, workers: usize, target: Duration) -> Result<Option<Sizes>, String> {
    let Some(fixed) = contender.size(row, workers) else {
        return Ok(None);
    };
    let small = match row.measure {
        Measure::Operation => None,
        Measure::Whole { small } => {
            return Ok(Some(Sizes { small, large: fixed }));
        }
        Measure::Bytes { small } => Some(small),
    };
    if small.is_some() {
        return Ok(Some(Sizes { small, large: fixed }));
    }
    // by processor time, which other work on the machine disturbs least
    let target = target.as_secs_f64();
    let grows = |n: u64| -> Result<f64, String> {
        let once = run(contender.command(row, n, workers))?;
        let twice = run(contender.command(row, 2 * n, workers))?;
        Ok((twice.cpu - once.cpu).max(0.0))
    };
    let mut n = multiple(fixed, row.per);
    loop {
        let mut more = grows(n)?;
        if more >= 0.6 * target {
            // once may have been chance
            more = more.min(grows(n)?);
        }
        if more >= 0.5 * target || n > 1 << 40 {
            break;
        }
        // a small difference says little about the speed, so the steps are bounded
        let factor = (target / more.max(1e-6)).clamp(1.5, 12.0);
        n = multiple((n as f64 * factor) as u64, row.per);
    }
    Ok(Some(Sizes {
        small: Some(n),
        large: 2 * n,
    }))
}

fn multiple(n: u64, per: u64) -> u64 {
    n.div_ceil(per).max(1) * per
}

/// One round of a row.
pub fn sample(contender: &Contender, row: &Row, workers: usize, sizes: Sizes) -> Result<Sample, String> {
    let small = match sizes.small {
        Some(n) => Some(run(contender.command(row, n, workers))?),
        None => None,
    };
    Ok(Sample {
        small,
        large: run(contender.command(row, sizes.large, workers))?,
    })
}

/// Least and median of something.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// From the least of the runs.
    pub least: f64,
    /// From their medians.
    pub median: f64,
}

/// Which time counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
pub enum Clock {
    /// The time that passed.
    Wall,
    /// The time that processors worked: the better guide on a machine that does other things, with one worker.
    Cpu,
}

/// The figure of a row: the least (and the median) of the larger runs, less the least (the median) of the smaller ones, for
/// each operation. Differences of single rounds would make the noise of both into a figure below what any run reached.
pub fn figure(measure: Measure, clock: Clock, sizes: Sizes, samples: &[Sample]) -> Option<Figure> {
    per_operation(measure, sizes, samples, |run| match (measure, clock) {
        (Measure::Bytes { .. }, _) => run.bytes as f64,
        (_, Clock::Wall) => run.wall,
        (_, Clock::Cpu) => run.cpu,
    })
}

fn per_operation(measure: Measure, sizes: Sizes, samples: &[Sample], of: impl Fn(&Run) -> f64) -> Option<Figure> {
    let large = statistics(samples.iter().map(|sample| of(&sample.large)).collect())?;
    let small = samples
        .iter()
        .filter_map(|sample| sample.small.as_ref())
        .map(&of)
        .collect();
    let small = statistics(small).unwrap_or(Figure {
        least: 0.0,
        median: 0.0,
    });
    let (scale, operations) = match measure {
        Measure::Operation => (1e9, (sizes.large - sizes.small.unwrap_or(0)) as f64),
        Measure::Whole { .. } => (1.0, 1.0),
        Measure::Bytes { small } => (1.0, (sizes.large - small) as f64),
    };
    Some(Figure {
        least: (large.least - small.least) * scale / operations,
        median: (large.median - small.median) * scale / operations,
    })
}

fn statistics(mut all: Vec<f64>) -> Option<Figure> {
    all.sort_by(f64::total_cmp);
    let (least, last) = (*all.first()?, all.len() - 1);
    Some(Figure {
        least,
        median: (all[all.len() / 2] + all[last / 2]) / 2.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taking(wall: f64) -> Run {
        Run {
            wall,
            cpu: wall,
            bytes: 0,
        }
    }

    #[test]
    fn an_operation_is_the_difference_of_two_runs() {
        let sizes = Sizes {
            small: Some(1000),
            large: 2000,
        };
        // starting takes 1 s, an operation 1 ms; one of the three rounds was disturbed
        let samples = [(2.0, 3.0), (2.5, 3.0), (2.0, 4.0)].map(|(small, large)| Sample {
            small: Some(taking(small)),
            large: taking(large),
        });
        let figure = figure(Measure::Operation, Clock::Wall, sizes, &samples).expect("there are samples");
        assert_eq!(
            figure,
            Figure {
                least: 1e6,
                median: 1e6
            }
        );
    }

    #[test]
    fn the_median_of_an_even_number_lies_between() {
        assert_eq!(
            statistics(vec![4.0, 1.0, 2.0, 9.0]),
            Some(Figure {
                least: 1.0,
                median: 3.0
            })
        );
        assert_eq!(statistics(Vec::new()), None);
    }

    #[test]
    fn sizes_are_multiples() {
        assert_eq!(multiple(1000, 503), 1006);
        assert_eq!(multiple(0, 7), 7);
    }
}
