//! An exchange as a pipeline: the application sends orders and receives trades over channels, the matching is a program.
//!
//! ```sh
//! cargo run -p hydra-vm --example order_matching
//! ```

use hydra_vm::{Program, Run, Serde, channel};
use serde::{Deserialize, Serialize};

/// What goes in: `buy(price, quantity)` and `sell(price, quantity)`.
#[derive(Clone, Copy, Serialize, Deserialize)]
enum Order {
    Buy { price: i64, quantity: i64 },
    Sell { price: i64, quantity: i64 },
}

/// What comes out: `trade(price, quantity)`, and at the end what nobody wanted.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Event {
    Trade { price: i64, quantity: i64 },
    Rest { bids: i64, asks: i64 },
}

const MATCHING: &str = r#"
    extern orders, events;
    const DEPTH = 100;

    [[ gate ::          -- lets through what makes sense
         price, quantity : integer;
         *[ orders ? buy(price, quantity) -> [ quantity > 0 -> book ! buy(price, quantity) [] else -> skip ]
         [] orders ? sell(price, quantity) -> [ quantity > 0 -> book ! sell(price, quantity) [] else -> skip ]
         ]
    || book ::          -- what waits for a counterpart, by price
         bids, asks : (1..DEPTH) integer;
         price, quantity, n, bidden, asked : integer;
         *[ gate ? buy(price, quantity) ->
              *(p:1..price)[
                [ quantity > 0 and asks(p) > 0 ->
                    n := {min(quantity, asks[p])};
                    asks(p) := asks(p) - n; quantity := quantity - n;
                    log ! trade(p, n)
                [] else -> skip ] ];
              bids(price) := bids(price) + quantity
         [] gate ? sell(price, quantity) ->
              *(k:0..DEPTH - price)[
                [ quantity > 0 and bids(DEPTH - k) > 0 ->
                    n := {min(quantity, bids[100 - k])};
                    bids(DEPTH - k) := bids(DEPTH - k) - n; quantity := quantity - n;
                    log ! trade(DEPTH - k, n)
                [] else -> skip ] ];
              asks(price) := asks(price) + quantity
         ];
         *(p:1..DEPTH)[ bidden := bidden + bids(p); asked := asked + asks(p) ];
         log ! rest(bidden, asked)
    || log ::           -- the only one that speaks to the application
         a, b : integer;
         *[ book ? trade(a, b) -> events ! trade(a, b)
         [] book ? rest(a, b) -> events ! rest(a, b) ]
    ]]"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let program = Program::compile("matching.csp", MATCHING)?;
    let (orders, to_program) = channel::<Serde<Order>>();
    let (from_program, events) = channel::<Serde<Event>>();
    let running = Run::new(&program)
        .bind("orders", to_program)
        .bind("events", from_program)
        .start()?;

    // the trader is a thread; each order is taken before the next one is made
    let trader = std::thread::spawn(move || {
        for order in [
            Order::Sell {
                price: 50,
                quantity: 10,
            },
            Order::Sell { price: 48, quantity: 5 },
            Order::Buy { price: 49, quantity: 7 },
            Order::Buy { price: 60, quantity: 4 },
            Order::Sell { price: 49, quantity: 0 },
            Order::Sell { price: 40, quantity: 3 },
        ] {
            orders.send(Serde(order)).expect("the exchange is open");
        }
    });
    let events: Vec<Event> = events.iter().map(|Serde(event)| event).collect();
    trader.join().expect("the trader does not panic");
    running.wait().finished()?;
    for event in &events {
        println!("{event:?}");
    }
    assert_eq!(
        events,
        [
            Event::Trade { price: 48, quantity: 5 },
            Event::Trade { price: 50, quantity: 4 },
            Event::Trade { price: 49, quantity: 2 },
            Event::Rest { bids: 0, asks: 7 },
        ]
    );
    Ok(())
}

#[test]
fn it_runs() {
    main().unwrap_or_else(|error| panic!("{error}"));
}
