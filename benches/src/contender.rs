//! What takes part: builds of Hydra's machine, and the peers that are installed.

use crate::rows::{PeerLoad, Row};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of this package.
pub fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Somebody who runs loads.
#[derive(Clone, Debug)]
pub struct Contender {
    /// The name in the table.
    pub name: String,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    /// The path of a `hydra-vm`.
    Hydra(PathBuf),
    Peer(&'static Peer),
}

/// Another language or runtime.
#[derive(Debug)]
struct Peer {
    name: &'static str,
    /// The folder in `peers/` where `run.sh` is.
    folder: &'static str,
    /// Whether `run.sh` takes the number of threads first.
    threads: bool,
    /// Whether `run.sh` takes the peer's name then.
    named: bool,
    /// A small run that shows whether it is there.
    trial: &'static str,
}

const fn peer(name: &'static str, folder: &'static str, threads: bool, named: bool, trial: &'static str) -> Peer {
    Peer {
        name,
        folder,
        threads,
        named,
        trial,
    }
}

const PEERS: &[Peer] = &[
    peer("go", "go", true, false, "prodcons 10"),
    peer("erlang", "erlang", true, false, "prodcons 10"),
    peer("occam", "occam", true, false, "prodcons 10"),
    peer("tokio", "rust", true, true, "prodcons 10"),
    peer("may", "rust", true, true, "prodcons 10"),
    peer("xbeam", "rust", true, true, "prodcons 10"),
    peer("plain", "rust", true, true, "sum7 10"),
    peer("greenlets", "python", false, true, "prodcons 10"),
    peer("asyncio", "python", false, true, "prodcons 10"),
    peer("lua5.4", "compute", false, true, "sum7 10"),
    peer("luajit", "compute", false, true, "sum7 10"),
    peer("luajit-off", "compute", false, true, "sum7 10"),
    peer("wasmi", "compute", false, true, "sum7 10"),
    peer("rhai", "compute", false, true, "sum7 10"),
    peer("python3", "compute", false, true, "sum7 10"),
    peer("node", "compute", false, true, "sum7 10"),
];

/// The names of all peers.
pub fn peer_names() -> Vec<&'static str> {
    PEERS.iter().map(|peer| peer.name).collect()
}

impl Contender {
    /// A build of Hydra's machine.
    pub fn hydra(name: &str, machine: &Path) -> Contender {
        Contender {
            name: name.to_owned(),
            kind: Kind::Hydra(machine.to_owned()),
        }
    }

    /// A peer, built and tried out. The error says, in one line, why it is left out.
    pub fn peer(name: &str) -> Result<Contender, String> {
        let known = PEERS.iter().find(|peer| peer.name == name);
        let peer = known.ok_or_else(|| format!("there is no peer {name}; there are {}", peer_names().join(", ")))?;
        let tried = command_of(peer, "1", peer.trial).output();
        let output = tried.map_err(|problem| format!("{name} is left out: {problem}"))?;
        if output.status.success() {
            return Ok(Contender {
                name: name.to_owned(),
                kind: Kind::Peer(peer),
            });
        }
        let text = String::from_utf8_lossy(&output.stderr);
        let last = text
            .lines()
            .rfind(|line| !line.trim().is_empty())
            .unwrap_or("it failed");
        Err(format!("{name} is left out: {last}"))
    }

    /// Whether this is a build of ours.
    pub fn is_hydra(&self) -> bool {
        matches!(self.kind, Kind::Hydra(_))
    }

    /// The size to use where a row's size is fixed; nothing if the row is not for this contender with so many workers.
    pub fn size(&self, row: &Row, workers: usize) -> Option<u64> {
        if workers > 1 && !row.parallel {
            return None;
        }
        match &self.kind {
            Kind::Hydra(_) => Some(row.n),
            Kind::Peer(peer) => {
                let load = load_of(row, peer)?;
                let usable = peer.threads || workers == 1;
                usable.then_some(if load.most > 0 { load.most.min(row.n) } else { row.n })
            }
        }
    }

    /// The command that runs a row with a size.
    pub fn command(&self, row: &Row, n: u64, workers: usize) -> Command {
        match &self.kind {
            Kind::Hydra(machine) => {
                let mut command = Command::new(machine);
                command.arg("run").arg(program(row.program));
                command.args(["--workers", &workers.to_string(), "--set", &format!("n={n}")]);
                for (name, value) in row.set {
                    command.args(["--set", &format!("{name}={value}")]);
                }
                command
            }
            Kind::Peer(peer) => {
                let arguments = load_of(row, peer).map_or("", |load| load.arguments);
                let arguments = arguments.replace("{n}", &n.to_string());
                let arguments = arguments.replace("{m}", &(n / row.per).to_string());
                command_of(peer, &workers.to_string(), &arguments)
            }
        }
    }
}

/// The path of a load's program.
pub fn program(name: &str) -> PathBuf {
    folder().join("loads").join(name).with_extension("csp")
}

fn load_of(row: &Row, peer: &Peer) -> Option<&'static PeerLoad> {
    row.peers.iter().find(|load| load.peer == peer.name)
}

fn command_of(peer: &Peer, threads: &str, arguments: &str) -> Command {
    let mut command = Command::new(folder().join("peers").join(peer.folder).join("run.sh"));
    if peer.threads {
        command.arg(threads);
    }
    if peer.named {
        command.arg(peer.name);
    }
    command.args(arguments.split_whitespace());
    command
}
