//! Small concurrency benchmarks for Rust peers.
//!
//!     THREADS=t peers PEER NAME N [K]     prints: NAME N seconds ns_per_op [extra]
//!
//! PEER is may (stackful coroutines), tokio (THREADS=0: the current-thread
//! runtime), xbeam (crossbeam zero-capacity channels on OS threads; the number
//! of processors is set from outside) or plain (compute loops).

mod sync_peers;
mod tokio_peer;

use std::time::{Duration, Instant};

pub fn report(name: &str, n: u64, d: Duration, ops: u64, extra: &str) {
    println!(
        "{} {} {:.6} {:.2} {}",
        name,
        n,
        d.as_secs_f64(),
        d.as_nanos() as f64 / ops as f64,
        extra
    );
}

pub fn vm(key: &str) -> u64 {
    std::fs::read_to_string("/proc/self/status")
        .unwrap_or_default()
        .lines()
        .find(|l| l.starts_with(key))
        .and_then(|l| l.split_whitespace().nth(1)?.parse::<u64>().ok())
        .unwrap_or(0)
        * 1024
}

pub fn mandel_rows(size: u64, maxit: u64, y0: u64, step: u64) -> u64 {
    let mut total = 0;
    let mut py = y0;
    while py < size {
        let ci = 2.0 * py as f64 / size as f64 - 1.0;
        for px in 0..size {
            let cr = 3.0 * px as f64 / size as f64 - 2.0;
            let (mut zr, mut zi, mut it) = (0.0f64, 0.0f64, 0);
            while it < maxit {
                let (r2, i2) = (zr * zr, zi * zi);
                if r2 + i2 > 4.0 {
                    break;
                }
                zi = 2.0 * zr * zi + ci;
                zr = r2 - i2 + cr;
                it += 1;
            }
            total += it;
        }
        py += step;
    }
    total
}

fn fib(n: u64) -> u64 {
    if n < 2 {
        n
    } else {
        fib(std::hint::black_box(n - 1)) + fib(n - 2)
    }
}

fn plain(name: &str, n: u64, k: u64) {
    match name {
        "sum7" => {
            let n = std::hint::black_box(n) as i64;
            let t = Instant::now();
            let mut s = 0i64;
            for i in 1..=n {
                s += std::hint::black_box(i * i) % 7;
            }
            report("sum7", n as u64, t.elapsed(), n as u64, &format!("sum={s}"));
        }
        "fib" => {
            let t = Instant::now();
            let s = fib(n);
            report("fib", n, t.elapsed(), s, &format!("value={s}"));
        }
        "mandel" => {
            let t = Instant::now();
            let total: u64 = std::thread::scope(|s| {
                let hs: Vec<_> = (0..k).map(|w| s.spawn(move || mandel_rows(n, 200, w, k))).collect();
                hs.into_iter().map(|h| h.join().unwrap()).sum()
            });
            report(&format!("mandel{k}"), n, t.elapsed(), n * n, &format!("iterations={total}"));
        }
        "busy" => {
            let t = Instant::now();
            let sum: i64 = std::thread::scope(|s| {
                let hs: Vec<_> = (0..k as i64).map(|w| s.spawn(move || turns(w + 1, n))).collect();
                hs.into_iter().map(|h| h.join().unwrap()).sum()
            });
            report(&format!("busy{k}"), n, t.elapsed(), n, &format!("sum={sum}"));
        }
        _ => panic!("unknown benchmark"),
    }
}

#[inline(never)]
fn turns(mut x: i64, n: u64) -> i64 {
    for _ in 0..n {
        x = (x * 1103515245 + 12345) % 2147483648;
    }
    x
}

fn main() {
    let a: Vec<String> = std::env::args().collect();
    if a.len() < 4 {
        println!("hello world");
        return;
    }
    let threads: usize = std::env::var("THREADS").ok().and_then(|s| s.parse().ok()).unwrap_or(1);
    let n: u64 = a[3].parse().unwrap();
    let k: u64 = a.get(4).and_then(|s| s.parse().ok()).unwrap_or(1);
    match a[1].as_str() {
        "may" => sync_peers::may_main(threads, &a[2], n, k),
        "xbeam" => sync_peers::xbeam_main(&a[2], n, k),
        "tokio" => tokio_peer::main(threads, &a[2], n, k),
        "plain" => plain(&a[2], n, k),
        _ => panic!("unknown peer"),
    }
    use std::io::Write;
    std::io::stdout().flush().unwrap();
    // Processes are left waiting on purpose; leave without joining them.
    std::process::exit(0);
}
