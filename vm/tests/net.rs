//! Connections of TCP: servers and clients in the language, with the other side here. How long anything takes decides nothing.

use hydra_vm::{Captured, Engine, Permission, Program, Run, Running, Status};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A port that is free now.
fn port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there are free ports");
    listener.local_addr().expect("it has an address").port()
}

/// Connects to a server that may not listen yet.
fn connect(port: u16) -> TcpStream {
    for _ in 0..500 {
        if let Ok(stream) = TcpStream::connect(("127.0.0.1", port)) {
            let patience = Some(Duration::from_secs(60));
            stream.set_read_timeout(patience).expect("there can be one");
            stream.set_nodelay(true).expect("it can");
            return stream;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("nobody listens at {port}");
}

/// A line with its end.
fn line(stream: &TcpStream) -> String {
    let (mut line, mut byte) = (Vec::new(), [0]);
    while (&*stream).read(&mut byte).expect("it can be read") == 1 {
        line.push(byte[0]);
        if byte == *b"\n" {
            break;
        }
    }
    String::from_utf8(line).expect("it is text")
}

fn example(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/net").join(name)
}

/// A program with its port, running.
fn start(engine: &Engine, program: &str, port: u16) -> (Running, Captured) {
    let program = Program::compile("net.csp", program).unwrap_or_else(|problem| panic!("{problem}"));
    let printed = Captured::default();
    let run = Run::new(&program).allow([Permission::Network]).stdout(printed.clone());
    let run = run.set("port", i64::from(port));
    (run.start_on(engine).expect("it starts"), printed)
}

/// The example as a process of its own, so that its memory and threads can be seen.
struct Server(Child);

impl Server {
    fn start(name: &str, port: u16) -> Server {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hydra-vm"));
        command
            .arg("run")
            .arg(example(name))
            .args(["--allow", "net", "--workers", "2", "--set"]);
        command.arg(format!("address=127.0.0.1:{port}"));
        let server = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        Server(server.spawn().expect("hydra-vm starts"))
    }

    /// A number from what the system knows of the process.
    fn status(&self, what: &str) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with(what))?;
        line.split_whitespace().nth(1)?.parse().ok()
    }

    fn files(&self) -> Option<usize> {
        Some(std::fs::read_dir(format!("/proc/{}/fd", self.0.id())).ok()?.count())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const CONNECTIONS: usize = 1000;

/// A thousand connections at once, again and again: most talk, some are silent, some read nothing of what they have asked for,
/// some vanish in the middle of a line.
#[test]
fn the_echo_server_serves_a_thousand_connections() {
    let port = port();
    let server = Server::start("echo_server.csp", port);
    let mut seen = Vec::new();
    for round in 0..4 {
        let mut streams: Vec<TcpStream> = (0..CONNECTIONS).map(|_| connect(port)).collect();
        let kind = |number: usize| number % 10;
        // one sends as much as it can and takes nothing: the server waits for it, and for nobody else
        let mut greedy = streams[9].try_clone().expect("it can");
        let sending = std::thread::spawn(move || while greedy.write_all(b"more and more and more\n").is_ok() {});
        for repeat in 0..3 {
            for (number, mut stream) in streams.iter().enumerate() {
                match kind(number) {
                    7 => {} // silent
                    8 if repeat == 0 => stream.write_all(b"a line that has no").expect("it is there"),
                    8 => {}
                    9 if number == 9 => {}
                    9 => writeln!(stream, "this one does not listen").expect("it is there"),
                    _ => writeln!(stream, "{round} {repeat} {number}").expect("it is there"),
                }
            }
            for (number, stream) in streams.iter().enumerate().filter(|(number, _)| kind(*number) < 7) {
                assert_eq!(line(stream), format!("{round} {repeat} {number}\n"));
            }
        }
        seen.push((server.status("VmRSS"), server.status("Threads"), server.files()));
        streams[9].shutdown(Shutdown::Both).expect("it can");
        sending.join().expect("it has ended");
        if round == 3 {
            // who has said all gets the end after the last answer
            let stream = streams.remove(0);
            (&stream).write_all(b"last, without an end").expect("it is there");
            stream.shutdown(Shutdown::Write).expect("it can");
            assert_eq!(
                (line(&stream), line(&stream)),
                ("last, without an end\n".into(), String::new())
            );
        }
        // all vanish; what they did not read makes it a reset
    }
    eprintln!("memory in kB, threads and open files in each round, with {CONNECTIONS} connections: {seen:?}");
    if let [(Some(first), Some(threads), _), .., (Some(last), _, Some(files))] = seen[..] {
        assert!(threads < 16, "{threads} threads");
        assert!(files < CONNECTIONS + 40, "{files} open files");
        assert!(last < first + 8 * 1024, "memory grows from {first} kB to {last} kB");
    }
    // and it is still there
    let stream = connect(port);
    (&stream).write_all(b"hello\n").expect("it is there");
    assert_eq!(line(&stream), "hello\n");
}

#[test]
fn the_echo_client_talks_to_a_server() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there are free ports");
    let address = listener.local_addr().expect("it has one").to_string();
    let serving = std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("the client comes");
        for line in BufReader::new(&stream).lines() {
            writeln!(&stream, "{}!", line.expect("it is text")).expect("it is there");
        }
    });
    let program = Program::compile_file(example("echo_client.csp")).expect("no errors");
    let printed = Captured::default();
    let run = Run::new(&program)
        .allow([Permission::Network])
        .set("address", address.as_str());
    let run = run.stdin("one\ntwo\n".as_bytes()).stdout(printed.clone());
    run.run().expect("it starts").finished().expect("it ends");
    assert_eq!(printed.text(), "one!\ntwo!\n");
    serving.join().expect("the server has ended");
}

const PAIR: &str = r#"
    import "std/net";
    param port : integer;
    [[ listener :: LISTENER("127.0.0.1:" + port, 3, serves)
    || serves(i:1..3) :: *(k:1..10)[
         socket : integer;
         listener ! more(); listener ? socket;
         [[ in :: RECEIVE_LINES(socket, shout)
         || shout :: line : string; *[ in ? line -> out ! line + "!" ]
         || out :: SEND_LINES(socket, shout)
         ]]
       ]
    || asks(i:1..3) :: *(k:1..10)[
         [[ c :: CONNECT("127.0.0.1:" + port, 10000, session)
         || session ::
              socket : integer;
              c ? socket;
              [[ says :: *(n:1..20)[ out ! {`${i} ${k} ${n}`} ]
              || out :: SEND_LINES(socket, says)
              || in :: RECEIVE_LINES(socket, hears)
              || hears :: line : string; n : integer;
                   *[ in ? line -> n := n + 1; [ line = {`${i} ${k} ${n}!`} -> skip ] ];
                   [ n = 20 -> skip ]
              ]]
         ]]
       ]
    ]];
    {print("all ended")}
"#;

#[test]
fn servers_and_clients_of_one_program_end_with_each_other() {
    for workers in [1, 2, 8] {
        let engine = Engine::new(workers).expect("it starts");
        let (running, printed) = start(&engine, PAIR, port());
        running
            .wait()
            .finished()
            .unwrap_or_else(|problem| panic!("{workers} workers: {problem}"));
        assert_eq!(printed.text(), "all ended\n");
    }
}

#[test]
fn blocks_carry_every_byte_and_who_does_not_read_holds_up_who_sends() {
    let port = port();
    let engine = Engine::new(2).expect("it starts");
    let (running, printed) = start(
        &engine,
        r#"
        import "std/net";
        param port : integer;
        [[ listener :: LISTENER("127.0.0.1:" + port, 1, serves)
        || serves(i:1..1) ::
             socket : integer;
             listener ! more(); listener ? socket;
             [[ in :: RECEIVE_BLOCKS(socket, 1000, sum)
             || sum :: block : any; n : integer; *[ in ? block -> n := {n + block.len()}; out ! block ]; {print(n)}
             || out :: SEND_BLOCKS(socket, sum)
             ]]
        ]]"#,
        port,
    );
    let stream = connect(port);
    let bytes: Vec<u8> = (0..8_000_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let (sent, mut writer) = (bytes.clone(), stream.try_clone().expect("it can"));
    let writing = std::thread::spawn(move || {
        writer.write_all(&sent).expect("it is there");
        writer.shutdown(Shutdown::Write).expect("it can");
    });
    // 8 MB do not fit into what lies between: the program has to wait
    std::thread::sleep(Duration::from_millis(300));
    assert!(!writing.is_finished());
    let mut back = Vec::new();
    (&stream).read_to_end(&mut back).expect("it can be read");
    assert!(bytes == back, "{} bytes came back of {}", back.len(), bytes.len());
    writing.join().expect("all is written");
    running.wait().finished().expect("it ends");
    assert_eq!(printed.text(), "8000000\n");
}

#[test]
fn a_connection_that_is_lost_is_an_end_and_no_failure() {
    let port = port();
    let engine = Engine::new(2).expect("it starts");
    let (running, printed) = start(
        &engine,
        r#"
        import "std/net";
        param port : integer;
        [[ listener :: LISTENER("127.0.0.1:" + port, 1, serves)
        || serves(i:1..1) ::
             socket : integer;
             listener ! more(); listener ? socket;
             [[ in :: RECEIVE_LINES(socket, talks)
             || talks ::
                  line : string;
                  *[ in ? line -> {print(line)} ];
                  -- nobody hears this
                  *(k:1..10000)[ out ! "there is nobody there any more" ];
                  {print("over")}
             || out :: SEND_LINES(socket, talks)
             ]];
             listener ! more(); listener ? socket;
             {print("the next one")}
        ]]"#,
        port,
    );
    let stream = connect(port);
    (&stream).write_all(b"hello\n").expect("it is there");
    while printed.text().is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(stream);
    drop(connect(port));
    running.wait().finished().expect("it ends");
    assert_eq!(printed.text(), "hello\nover\nthe next one\n");
}

#[test]
fn a_session_can_hang_up_and_a_line_without_an_end_costs_the_connection_only() {
    let port = port();
    let engine = Engine::new(2).expect("it starts");
    let (running, printed) = start(
        &engine,
        r#"
        import "std/net";
        param port : integer;
        [[ listener :: LISTENER("127.0.0.1:" + port, 1, serves)
        || serves(i:1..1) :: *(k:1..3)[
             socket : integer;
             listener ! more(); listener ? socket;
             [[ who :: PEER(socket, talks)
             || in :: RECEIVE_LINES(socket, talks)
             || talks ::
                  line : string;
                  open : boolean := true;
                  who ? line;
                  {print(line.sub_string(0, 10))};
                  *[ in ? line -> [ line = "quit" -> HANG_UP(socket) [] else -> skip ]
                  [] open; after 100 -> open := false; HANG_UP(socket); {print("silent")}
                  ];
                  {print("over")}
             ]]
           ]
        ]]"#,
        port,
    );
    let stream = connect(port);
    (&stream).write_all(b"one\nquit\nthree\nfour\n").expect("it is there");
    let mut rest = Vec::new();
    let _ = (&stream).read_to_end(&mut rest);
    let silent = connect(port);
    assert_eq!((&silent).read(&mut [0; 8]).expect("it is hung up on"), 0);
    let endless = connect(port);
    // whoever sends lines without an end is hung up on
    while (&endless).write_all(&[b'x'; 100_000]).is_ok() {}
    running.wait().finished().expect("it ends");
    let printed = printed.text();
    assert_eq!(printed.matches("127.0.0.1:\n").count(), 3, "{printed}");
    assert_eq!(printed.matches("over\n").count(), 3, "{printed}");
}

/// Failures say what was wanted, and where.
#[test]
fn what_cannot_be_done_is_a_failure_that_says_so() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there are free ports");
    let used = listener.local_addr().expect("it has one").port();
    let engine = Engine::new(1).expect("it starts");
    let failing = |body: &str, port| {
        let text = format!("import \"std/net\"; param port : integer;\n[[ {body}\n]]");
        let (running, printed) = start(&engine, &text, port);
        let outcome = running.wait();
        (
            outcome.status,
            outcome
                .finished()
                .map_or_else(|error| error.to_string(), |_| printed.text()),
        )
    };
    let listens = "l :: LISTENER(\"127.0.0.1:\" + port, 1, c) || c(i:1..1) :: s : integer; l ! more(); l ? s";
    let (status, said) = failing(listens, used);
    assert_eq!(status, Status::Failure);
    assert!(
        said.contains(&format!("cannot listen at 127.0.0.1:{used}: Address")),
        "{said}"
    );
    assert!(said.contains("in this instance of LISTENER"), "{said}");
    drop(listener);
    let (status, said) = failing(
        "c :: CONNECT(\"127.0.0.1:\" + port, 0, s) || s :: n : integer; c ? n",
        used,
    );
    assert_eq!(status, Status::Failure);
    assert!(
        said.contains(&format!("cannot connect to 127.0.0.1:{used}: Connection refused")),
        "{said}"
    );
    let tries = "c :: TRY_CONNECT(\"no port\", s) || s :: why : string; n : integer; [ c ? refused(why) -> {print(why)} [] c ? connected(n) -> skip ]";
    let (status, said) = failing(tries, used);
    assert_eq!(status, Status::Done, "{said}");
    assert!(said.starts_with("cannot connect to no port: "), "{said}");
    let (status, said) = failing(
        "in :: RECEIVE_LINES(7, s) || s :: line : string; *[ in ? line -> skip ]",
        used,
    );
    assert_eq!(status, Status::Failure);
    assert!(said.contains("there is no connection 7"), "{said}");
}

/// A run that waits for connections is neither dead nor in the way of its end.
#[test]
fn a_server_that_waits_can_be_cancelled() {
    let port = port();
    let engine = Engine::new(1).expect("it starts");
    let server = std::fs::read_to_string(example("echo_server.csp")).expect("it is there");
    let server = server.replace("param address : string = \"127.0.0.1:7000\";", "param port : integer;");
    let server = server.replace("LISTENER(address", "LISTENER(\"127.0.0.1:\" + port");
    let (running, _) = start(&engine, &server, port);
    let stream = connect(port);
    (&stream).write_all(b"hello\n").expect("it is there");
    assert_eq!(line(&stream), "hello\n");
    running.cancel();
    assert_eq!(running.wait().status, Status::Cancelled);
    // its sockets are closed with it
    assert_eq!(line(&stream), "");
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
}
