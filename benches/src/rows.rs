//! The rows of the table: which load, with which parameters, beside which peers' programs.

/// What of a run is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Nanoseconds of one operation: (run of 2N - run of N) / N.
    Operation,
    /// Seconds of a whole run with the row's size, less a run with the small size.
    Whole {
        /// The size of the run that is taken away, if one is.
        small: Option<u64>,
    },
    /// Bytes of one process: peak of a run with the row's size less the peak of a run with the small size, each.
    Bytes {
        /// The size of the run that is taken away.
        small: u64,
    },
}

/// Where a row belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Group {
    /// Communication, choice, start, memory.
    Main,
    /// Loads known from the occam world.
    Occam,
    /// Computation in one process, beside interpreters.
    Compute,
    /// What single commands cost.
    Cost,
}

/// A peer's program for a row.
#[derive(Clone, Copy, Debug)]
pub struct PeerLoad {
    /// The peer's name.
    pub peer: &'static str,
    /// Arguments after the number of threads; `{n}` is the size, `{m}` the size divided by the row's `per`.
    pub arguments: &'static str,
    /// The largest size that this peer bears, or 0: for rows whose size is fixed.
    pub most: u64,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Its name, by which it is selected.
    pub name: &'static str,
    /// What one operation is.
    pub operation: &'static str,
    /// The program in `loads/`, without extension. Its size is the param `n`.
    pub program: &'static str,
    /// Further params.
    pub set: &'static [(&'static str, &'static str)],
    /// Where the search for a size begins, or the size itself where it is fixed.
    pub n: u64,
    /// Sizes are multiples of this.
    pub per: u64,
    /// What is measured.
    pub measure: Measure,
    /// Where it belongs.
    pub group: Group,
    /// The peers that have it.
    pub peers: &'static [PeerLoad],
    /// Whether more than one worker makes sense.
    pub parallel: bool,
}

const fn on(peer: &'static str, arguments: &'static str) -> PeerLoad {
    PeerLoad {
        peer,
        arguments,
        most: 0,
    }
}

const fn up_to(most: u64, peer: &'static str, arguments: &'static str) -> PeerLoad {
    PeerLoad { peer, arguments, most }
}

const PLAIN: Row = Row {
    name: "",
    operation: "",
    program: "",
    set: &[],
    n: 1000,
    per: 1,
    measure: Measure::Operation,
    group: Group::Main,
    peers: &[],
    parallel: true,
};

const OCCAM: Row = Row {
    group: Group::Occam,
    ..PLAIN
};

const COST: Row = Row {
    group: Group::Cost,
    ..PLAIN
};

const COMPUTE: Row = Row {
    group: Group::Compute,
    parallel: false,
    ..PLAIN
};

/// All rows, in the order of the table.
pub const ROWS: &[Row] = &[
    Row {
        name: "commstime",
        operation: "turn of 4 communications",
        program: "commstime",
        peers: &[
            on("go", "commstime {n}"),
            on("erlang", "commstime {n}"),
            on("occam", "commstime {n}"),
            on("may", "commstime {n}"),
            on("tokio", "commstime {n}"),
            on("xbeam", "commstime {n}"),
            on("greenlets", "commstime {n}"),
            on("asyncio", "commstime {n}"),
        ],
        ..PLAIN
    },
    Row {
        name: "ring503",
        operation: "hop",
        program: "ring",
        set: &[("p", "503")],
        per: 503,
        peers: &[
            on("go", "ring {n} 503"),
            on("erlang", "ring {n} 503"),
            on("occam", "ring {n} 503"),
            on("may", "ring {n} 503"),
            on("tokio", "ring {n} 503"),
            on("xbeam", "ring {n} 503"),
            on("greenlets", "ring {n} 503"),
            on("asyncio", "ring {n} 503"),
        ],
        ..PLAIN
    },
    Row {
        name: "ring10000",
        operation: "hop",
        program: "ring",
        set: &[("p", "10000")],
        per: 10_000,
        peers: &[
            on("go", "ring {n} 10000"),
            on("erlang", "ring {n} 10000"),
            on("occam", "ring {n} 10000"),
            on("may", "ring {n} 10000"),
            on("tokio", "ring {n} 10000"),
        ],
        ..PLAIN
    },
    Row {
        name: "prodcons",
        operation: "item",
        program: "prodcons",
        peers: &[
            on("go", "prodcons {n}"),
            on("erlang", "prodcons {n}"),
            on("occam", "prodcons {n}"),
            on("may", "prodcons {n}"),
            on("tokio", "prodcons {n}"),
            on("xbeam", "prodcons {n}"),
            on("greenlets", "prodcons {n}"),
            on("asyncio", "prodcons {n}"),
        ],
        ..PLAIN
    },
    Row {
        name: "choice10",
        operation: "message, all of 10 ready",
        program: "choice",
        set: &[("k", "10")],
        per: 10,
        peers: &[
            on("go", "select {m} 10"),
            on("erlang", "select {m} 10"),
            on("occam", "select {m} 10"),
            on("tokio", "select {m} 10"),
            on("xbeam", "select {m} 10"),
            on("greenlets", "select {m} 10"),
        ],
        ..PLAIN
    },
    Row {
        name: "choice100",
        operation: "message, all of 100 ready",
        program: "choice",
        set: &[("k", "100")],
        per: 100,
        peers: &[
            on("go", "select {m} 100"),
            on("erlang", "select {m} 100"),
            on("occam", "select {m} 100"),
            on("tokio", "select {m} 100"),
            on("xbeam", "select {m} 100"),
        ],
        ..PLAIN
    },
    Row {
        name: "choice1000",
        operation: "message, all of 1000 ready",
        program: "choice",
        set: &[("k", "1000")],
        per: 1000,
        peers: &[
            on("go", "select {m} 1000"),
            on("erlang", "select {m} 1000"),
            on("occam", "select {m} 1000"),
            on("tokio", "select {m} 1000"),
        ],
        ..PLAIN
    },
    Row {
        name: "choice_one10",
        operation: "message, one of 10 ready",
        program: "choice_one",
        set: &[("k", "10")],
        peers: &[on("go", "selectidle {n} 10"), on("occam", "selectidle {n} 10")],
        ..PLAIN
    },
    Row {
        name: "choice_one100",
        operation: "message, one of 100 ready",
        program: "choice_one",
        set: &[("k", "100")],
        peers: &[on("go", "selectidle {n} 100"), on("occam", "selectidle {n} 100")],
        ..PLAIN
    },
    Row {
        name: "choice_one1000",
        operation: "message, one of 1000 ready",
        program: "choice_one",
        set: &[("k", "1000")],
        peers: &[on("go", "selectidle {n} 1000"), on("occam", "selectidle {n} 1000")],
        ..PLAIN
    },
    Row {
        name: "closed1000",
        operation: "message beside 1000 closed guards, senders waiting",
        program: "choice_closed",
        set: &[("k", "1000"), ("early", "true")],
        peers: &[on("go", "selectnil {n} 1000")],
        ..PLAIN
    },
    Row {
        name: "closed1000_alone",
        operation: "the same without waiting senders",
        program: "choice_closed",
        set: &[("k", "1000"), ("early", "false")],
        ..PLAIN
    },
    Row {
        name: "start",
        operation: "process started and joined",
        program: "start",
        per: 1000,
        peers: &[
            on("go", "spawn {n}"),
            on("erlang", "spawn {n}"),
            on("occam", "spawn {n}"),
            on("may", "spawn {n}"),
            on("tokio", "spawn {n}"),
            on("xbeam", "spawn {n}"),
            on("greenlets", "spawn {n}"),
            on("asyncio", "spawn {n}"),
        ],
        ..PLAIN
    },
    Row {
        name: "waiting",
        operation: "bytes of a waiting process with its channel",
        program: "waiting",
        n: 1_000_000,
        measure: Measure::Bytes { small: 1 },
        peers: &[
            on("go", "blocked {n}"),
            on("erlang", "blocked {n}"),
            on("occam", "blocked {n}"),
            up_to(10_000, "may", "blocked {n}"),
            on("tokio", "blocked {n}"),
            up_to(10_000, "xbeam", "blocked {n}"),
            up_to(100_000, "asyncio", "blocked {n}"),
        ],
        ..PLAIN
    },
    Row {
        name: "sieve4000",
        operation: "4000 primes, seconds",
        program: "sieve",
        n: 4000,
        measure: Measure::Whole { small: Some(1) },
        peers: &[
            on("go", "sieve {n}"),
            on("erlang", "sieve {n}"),
            on("occam", "sieve {n}"),
            on("may", "sieve {n}"),
            on("tokio", "sieve {n}"),
        ],
        ..PLAIN
    },
    Row {
        name: "work100",
        operation: "message after 1 µs of work, 100 clients",
        program: "work",
        set: &[("k", "100")],
        per: 100,
        peers: &[on("go", "work {m} 100 200")],
        ..PLAIN
    },
    Row {
        name: "busy2",
        operation: "turn of each of 2 computing processes",
        program: "busy",
        set: &[("k", "2")],
        peers: &[on("go", "busy {n} 2"), on("plain", "busy {n} 2")],
        ..PLAIN
    },
    Row {
        name: "busy3",
        operation: "turn of each of 3 computing processes",
        program: "busy",
        set: &[("k", "3")],
        peers: &[on("go", "busy {n} 3"), on("plain", "busy {n} 3")],
        ..PLAIN
    },
    Row {
        name: "busy8",
        operation: "turn of each of 8 computing processes",
        program: "busy",
        set: &[("k", "8")],
        peers: &[on("go", "busy {n} 8"), on("plain", "busy {n} 8")],
        ..PLAIN
    },
    Row {
        name: "mtring",
        operation: "hop, 100 tokens among 256 processes",
        program: "mtring",
        set: &[("p", "256"), ("tokens", "100")],
        per: 25_600,
        peers: &[on("go", "mtring {n} 256 100")],
        ..OCCAM
    },
    Row {
        name: "agents",
        operation: "move of one of 32 agents among 64 cells (3 communications)",
        program: "agents",
        set: &[("agents", "32")],
        per: 32,
        ..OCCAM
    },
    Row {
        name: "matrix",
        operation: "multiplication in an array of 10 by 10 (2 communications)",
        program: "matrix",
        set: &[("k", "10")],
        per: 100,
        ..OCCAM
    },
    Row {
        name: "farm",
        operation: "job of 50 turns, 8 farm workers (3 communications)",
        program: "farm",
        set: &[("k", "8")],
        ..OCCAM
    },
    Row {
        name: "sum7",
        operation: "turn of integer arithmetic, bare",
        program: "sum7",
        peers: SUM7,
        ..COMPUTE
    },
    Row {
        name: "sum7_fragment",
        operation: "the same in fragments",
        program: "sum7_fragment",
        peers: SUM7,
        ..COMPUTE
    },
    Row {
        name: "sum7_function",
        operation: "the same in a rhai function",
        program: "sum7_function",
        peers: SUM7,
        ..COMPUTE
    },
    Row {
        name: "fib27",
        operation: "27th Fibonacci number by a recursive function, seconds",
        program: "fib",
        n: 27,
        measure: Measure::Whole { small: Some(1) },
        peers: &[
            on("lua5.4", "fib {n}"),
            on("luajit", "fib {n}"),
            on("wasmi", "fib {n}"),
            on("rhai", "fib {n}"),
            on("python3", "fib {n}"),
            on("node", "fib {n}"),
            on("plain", "fib {n}"),
        ],
        ..COMPUTE
    },
    Row {
        name: "mandel256",
        operation: "Mandelbrot set of 256 by 256 points, seconds",
        program: "mandel",
        n: 256,
        measure: Measure::Whole { small: Some(1) },
        peers: &[
            on("lua5.4", "mandel {n}"),
            on("luajit", "mandel {n}"),
            on("wasmi", "mandel {n}"),
            on("rhai", "mandel {n}"),
            on("python3", "mandel {n}"),
            on("node", "mandel {n}"),
            on("plain", "mandel {n} 1"),
        ],
        ..COMPUTE
    },
    Row {
        name: "fragment",
        operation: "assignment of a call of a small rhai function",
        program: "fragment",
        parallel: false,
        ..COST
    },
    Row {
        name: "start_one",
        operation: "process started alone, with a variable moved in and back",
        program: "start_one",
        ..COST
    },
    Row {
        name: "instance",
        operation: "instance of a definition that communicates once",
        program: "instance",
        ..COST
    },
    Row {
        name: "recursion",
        operation: "level of a definition that instantiates itself",
        program: "recursion",
        ..COST
    },
    Row {
        name: "structured",
        operation: "communication of a structured value of two integers",
        program: "structured",
        ..COST
    },
    Row {
        name: "any",
        operation: "the same by way of a variable of type any",
        program: "any",
        ..COST
    },
    Row {
        name: "array100",
        operation: "communication of an array of 100 integers, then written",
        program: "array",
        set: &[("k", "100")],
        per: 2,
        ..COST
    },
    Row {
        name: "array10000",
        operation: "communication of an array of 10,000 integers, then written",
        program: "array",
        set: &[("k", "10000")],
        per: 2,
        ..COST
    },
    Row {
        name: "text",
        operation: "text built in a fragment and sent",
        program: "text",
        ..COST
    },
    Row {
        name: "print",
        operation: "line printed",
        program: "print",
        parallel: false,
        ..COST
    },
    Row {
        name: "empty",
        operation: "an empty run, seconds",
        program: "empty",
        n: 0,
        measure: Measure::Whole { small: None },
        ..COST
    },
];

const SUM7: &[PeerLoad] = &[
    on("lua5.4", "sum7 {n}"),
    on("luajit", "sum7 {n}"),
    on("luajit-off", "sum7 {n}"),
    on("wasmi", "sum7 {n}"),
    on("rhai", "sum7 {n}"),
    on("python3", "sum7 {n}"),
    on("node", "sum7 {n}"),
    on("plain", "sum7 {n}"),
];

/// The rows that say what single commands cost.
pub fn costs() -> Vec<&'static Row> {
    let also = [
        "prodcons",
        "ring503",
        "choice10",
        "choice1000",
        "choice_one1000",
        "start",
        "sum7",
        "sum7_fragment",
        "sum7_function",
    ];
    let costs = |row: &&Row| row.group == Group::Cost || also.contains(&row.name);
    ROWS.iter().filter(costs).collect()
}

/// The rows that the words name, by their whole names or how these begin, and which are in one of the groups; no words and
/// no groups mean all.
pub fn select(words: &[String], groups: &[Group]) -> Result<Vec<&'static Row>, String> {
    let names = |row: &Row, word: &str| {
        if ROWS.iter().any(|row| row.name == word) {
            row.name == word
        } else {
            row.name.starts_with(word)
        }
    };
    for word in words {
        if !ROWS.iter().any(|row| names(row, word)) {
            let all: Vec<&str> = ROWS.iter().map(|row| row.name).collect();
            return Err(format!("there is no load `{word}`; there are {}", all.join(", ")));
        }
    }
    Ok(ROWS
        .iter()
        .filter(|row| words.is_empty() || words.iter().any(|word| names(row, word)))
        .filter(|row| groups.is_empty() || groups.contains(&row.group))
        .collect())
}
