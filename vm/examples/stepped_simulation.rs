//! A simulation that is stepped from outside: foxes and hares are processes, the loop belongs to the application. With a
//! seed the run is the same each time.
//!
//! ```sh
//! cargo run -p hydra-vm --example stepped_simulation
//! ```

use hydra_vm::{Binding, Program, Progress, Run};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

const MEADOW: &str = r#"
    extern sees;
    const HARES = 6; const FOXES = 2; const DAYS = 10;

    [[ hare(h:1..HARES) ::
         alive : boolean := true; day : integer;
         *[ alive and day < DAYS -> after 10; day := day + 1; meadow ! hides();
              meadow ? alive ]
    || fox(f:1..FOXES) ::
         day : integer;
         *[ day < DAYS -> after 25; day := day + 2; meadow ! hunts() ]
    || meadow ::
         hungry, hares : integer := 0;
         hares := HARES;
         *[ (h:1..HARES) hare(h) ? hides() ->
              [ hungry > 0 -> hungry := hungry - 1; hares := hares - 1; hare(h) ! false; sees ! caught(h, hares)
              [] else -> hare(h) ! true ]
         [] (f:1..FOXES) fox(f) ? hunts() -> hungry := hungry + 1
         ]
    ]]"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let program = Program::compile("meadow.csp", MEADOW)?;
    let simulate = |slice: u64| -> Result<(Vec<(i64, i64)>, u64), hydra_vm::Error> {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let left = Arc::new(AtomicI64::new(6));
        let (keep, count) = (seen.clone(), left.clone());
        let mut run = Run::new(&program)
            .seed(1978)
            .bind(
                "sees",
                Binding::sink(move |(hare, hares): (i64, i64)| {
                    count.store(hares, Ordering::Relaxed);
                    keep.lock().expect("nobody panics").push((hare, hares));
                }),
            )
            .stepped()?;
        // here a window would be drawn, at any pace: time is virtual, and stands still between the steps
        let mut frames = 0;
        while run.run_for(slice) != Progress::Ended {
            frames += 1;
        }
        run.finish().finished()?;
        let seen = seen.lock().expect("nobody panics").clone();
        assert_eq!(left.load(Ordering::Relaxed), 6 - seen.len() as i64);
        Ok((seen, frames))
    };
    let (fine, fine_frames) = simulate(10)?;
    let (coarse, coarse_frames) = simulate(1_000_000)?;
    for (hare, hares) in &fine {
        println!("hare {hare} was caught, {hares} are left");
    }
    println!("{fine_frames} frames, or {coarse_frames}");
    assert!(!fine.is_empty() && fine == coarse && fine_frames > coarse_frames);
    Ok(())
}

#[test]
fn it_runs() {
    main().unwrap_or_else(|error| panic!("{error}"));
}
