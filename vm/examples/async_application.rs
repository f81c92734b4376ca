//! Inside an async application: a program between a stream and a sink of tokio, awaited like any task.
//!
//! ```sh
//! cargo run -p hydra-vm --example async_application
//! ```

use futures::{SinkExt, StreamExt};
use hydra_vm::{Binding, Engine, Program, Run, channel};
use std::time::Duration;

/// Adds up what comes within a window of time, or at most five values.
const WINDOWS: &str = r#"
    extern readings, windows;
    n, count, sum : integer; open : boolean := true;
    *[ open ->
         count := 0; sum := 0;
         *[ count < 5; readings ? n -> count := count + 1; sum := sum + n ];
         [ count > 0 -> windows ! window(count, sum) [] else -> skip ];
         open := count = 5
    ]"#;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let engine = Engine::new(2)?;
    let program = Program::compile("windows.csp", WINDOWS)?;
    let (mut give, readings) = futures::channel::mpsc::channel::<i64>(4);
    let (windows, mut taken) = channel::<(i64, i64)>();
    let running = Run::new(&program)
        .bind("readings", Binding::stream(readings))
        .bind("windows", windows)
        .start_on(&engine)?;

    // a task of tokio that has something now and then
    let sensor = tokio::spawn(async move {
        for n in 1..=12 {
            tokio::time::sleep(Duration::from_millis(2)).await;
            give.send(n).await.expect("the program listens");
        }
    });
    let mut all = Vec::new();
    while let Some((count, sum)) = taken.next().await {
        println!("{count} readings, {sum} altogether");
        all.push((count, sum));
    }
    sensor.await?;
    let outcome = running.await;
    outcome.finished()?;
    assert_eq!(all, [(5, 15), (5, 40), (2, 23)]);
    Ok(())
}

#[test]
fn it_runs() {
    main().unwrap_or_else(|error| panic!("{error}"));
}
