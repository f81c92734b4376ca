//! Connections of TCP. No thread waits for any of them: what cannot be done at once is tried again when the
//! [reactor](super::reactor) says that the socket has news.
//!
//! A connection is known to the program by a number. Whoever has accepted it or made it owns it, until it says `release` or
//! ends; who receives from it or sends to it holds it, too. What the other side does is never a failure: when it is gone,
//! receiving comes to an end, and what is sent is dropped.

use super::desk::{Done, Job};
use super::reactor::Watched;
use super::{
    Early, Outside, Permission, Talk, add_bytes, block, gives, not_understood, refused, request, signal, value,
};
use crate::binding::{Next, Taken};
use crate::data::Data;
use crate::limits::{LINE_RECEIVED_BYTES_MAX, RECEIVE_BYTES};
use crate::sync::{AtomicBool, Mutex, Ordering};
use mio::net::{TcpListener, TcpStream};
use rustc_hash::FxHashMap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::task::{Context, Poll};

/// The connections of a run, by their numbers.
#[derive(Default)]
pub(super) struct Sockets(Mutex<Numbered>);

#[derive(Default)]
struct Numbered {
    last: i64,
    known: FxHashMap<i64, Arc<Connection>>,
}

struct Connection {
    stream: TcpStream,
    watched: Arc<Watched>,
    /// What has come and was not taken.
    received: Mutex<Received>,
    /// Somebody receives, and somebody sends.
    receives: AtomicBool,
    sends: AtomicBool,
    /// The other side is gone, or was hung up on.
    gone: AtomicBool,
}

#[derive(Default)]
struct Received {
    bytes: Vec<u8>,
    /// No line ends before this.
    searched: usize,
    ended: bool,
}

/// A process that listens, connects, receives or sends.
pub(super) struct Tcp {
    outside: Arc<Outside>,
    state: State,
    owned: Vec<i64>,
    early: Early,
}

enum State {
    Idle,
    /// A name is looked up, to listen or to connect.
    Resolving(Job<io::Result<Vec<SocketAddr>>>, String, bool),
    Listening(TcpListener, Arc<Watched>),
    Connecting(Option<(TcpStream, Arc<Watched>)>, Vec<SocketAddr>, String, io::Error),
    Peer(String),
    Receiving(Arc<Connection>, Pieces),
    /// With what is on its way.
    Sending(Arc<Connection>, Vec<u8>),
}

/// What is received at a time.
#[derive(Clone, Copy)]
enum Pieces {
    Lines,
    /// Blocks of at most so many bytes.
    Blocks(usize),
}

impl Sockets {
    fn get(&self, number: i64) -> Result<Arc<Connection>, Taken> {
        let found = self.0.lock().known.get(&number).cloned();
        found.ok_or_else(|| Taken::Failed(format!("there is no connection {number}: it has ended, or never was")))
    }
}

impl Tcp {
    pub(super) fn new(outside: Arc<Outside>) -> Tcp {
        Tcp {
            outside,
            state: State::Idle,
            owned: Vec::new(),
            early: Early::default(),
        }
    }

    /// Does what is asked for; `None` if it is not understood.
    fn begin(&mut self, name: &str, parts: &[Data]) -> Option<Result<(), Taken>> {
        let idle = matches!(self.state, State::Idle | State::Peer(_));
        let state = match (name, parts) {
            ("listen" | "connect", [Data::String(address)]) if idle => {
                let asked = address.clone();
                let job = (self.outside.service.desk).ask(false, move |done: Done<_>| done.tell(resolve(&asked)));
                Ok(State::Resolving(job, address.clone(), name == "listen"))
            }
            ("peer", [Data::Integer(number)]) if idle => self.outside.sockets.get(*number).map(|connection| {
                let peer = connection.stream.peer_addr();
                State::Peer(peer.map(|peer| peer.to_string()).unwrap_or_default())
            }),
            ("lines", [Data::Integer(number)]) if idle => self.receives(*number, Pieces::Lines),
            ("blocks", [Data::Integer(number), Data::Integer(most)]) if idle => {
                let most = usize::try_from(*most).unwrap_or(0).clamp(1, RECEIVE_BYTES);
                self.receives(*number, Pieces::Blocks(most))
            }
            ("send", [Data::Integer(number)]) if idle => {
                let connection = self.outside.sockets.get(*number);
                connection.and_then(|connection| match connection.sends.swap(true, Ordering::AcqRel) {
                    true => Err(Taken::Failed(format!(
                        "something is sending to connection {number} already"
                    ))),
                    false => Ok(State::Sending(connection, Vec::new())),
                })
            }
            ("release", [Data::Integer(number)]) => {
                if let Some(at) = self.owned.iter().position(|owned| owned == number) {
                    self.owned.swap_remove(at);
                    self.forget(*number);
                }
                return Some(Ok(()));
            }
            ("hang_up", [Data::Integer(number)]) => {
                if let Ok(connection) = self.outside.sockets.get(*number) {
                    connection.hang_up();
                }
                return Some(Ok(()));
            }
            ("close", []) => match &self.state {
                State::Sending(connection, _) => {
                    let _ = connection.stream.shutdown(Shutdown::Write);
                    return Some(Ok(()));
                }
                _ => return None,
            },
            _ => return None,
        };
        Some(state.map(|state| self.state = state))
    }

    fn receives(&self, number: i64, pieces: Pieces) -> Result<State, Taken> {
        let connection = self.outside.sockets.get(number)?;
        if connection.receives.swap(true, Ordering::AcqRel) {
            return Err(Taken::Failed(format!(
                "something is receiving from connection {number} already"
            )));
        }
        Ok(State::Receiving(connection, pieces))
    }

    fn forget(&self, number: i64) {
        let connection = self.outside.sockets.0.lock().known.remove(&number);
        if let Some(connection) = connection {
            connection.hang_up();
        }
    }

    /// A connection that was accepted or made.
    fn own(&mut self, stream: TcpStream, watched: Arc<Watched>) -> Poll<Next> {
        let _ = stream.set_nodelay(true);
        let connection = Arc::new(Connection {
            stream,
            watched,
            received: Mutex::default(),
            receives: AtomicBool::new(false),
            sends: AtomicBool::new(false),
            gone: AtomicBool::new(false),
        });
        let number = {
            let mut sockets = self.outside.sockets.0.lock();
            sockets.last += 1;
            let number = sockets.last;
            sockets.known.insert(number, connection);
            number
        };
        self.owned.push(number);
        gives(Data::shape("accepted", [Data::Integer(number)]))
    }

    fn listen(&mut self, addresses: io::Result<Vec<SocketAddr>>, asked: &str) -> Poll<Next> {
        let opened = addresses.and_then(|addresses| {
            let mut problem = io::Error::from(ErrorKind::AddrNotAvailable);
            for address in addresses {
                match TcpListener::bind(address) {
                    Ok(listener) => return Ok(listener),
                    Err(other) => problem = other,
                }
            }
            Err(problem)
        });
        let watched = opened.and_then(|mut listener| {
            let watched = self.outside.service.reactor.watch(&mut listener)?;
            Ok((listener, watched))
        });
        match watched {
            Ok((listener, watched)) => {
                self.state = State::Listening(listener, watched);
                signal("opened")
            }
            Err(problem) => {
                self.state = State::Idle;
                refused(format!("cannot listen at {asked}: {problem}"))
            }
        }
    }

    fn connect(&mut self, context: &mut Context<'_>) -> Poll<Next> {
        let State::Connecting(current, rest, asked, problem) = &mut self.state else {
            return Poll::Pending;
        };
        loop {
            if let Some((stream, watched)) = current {
                watched.writes(context);
                let failed = match stream.take_error() {
                    Ok(None) => match stream.peer_addr() {
                        Ok(_) => None,
                        Err(not_yet) if not_yet.kind() == ErrorKind::NotConnected => return Poll::Pending,
                        Err(failed) => Some(failed),
                    },
                    Ok(Some(failed)) | Err(failed) => Some(failed),
                };
                match (failed, current.take()) {
                    (None, Some((stream, watched))) => {
                        self.state = State::Idle;
                        return self.own(stream, watched);
                    }
                    (Some(failed), _) => *problem = failed,
                    (None, None) => {}
                }
            }
            let Some(address) = rest.pop() else {
                let why = format!("cannot connect to {asked}: {problem}");
                self.state = State::Idle;
                return refused(why);
            };
            let begun = TcpStream::connect(address).and_then(|mut stream| {
                let watched = self.outside.service.reactor.watch(&mut stream)?;
                Ok((stream, watched))
            });
            match begun {
                Ok(begun) => *current = Some(begun),
                Err(failed) => *problem = failed,
            }
        }
    }
}

fn resolve(address: &str) -> io::Result<Vec<SocketAddr>> {
    Ok(address.to_socket_addrs()?.collect())
}

impl Talk for Tcp {
    fn needs(&self, _: &str) -> Option<Permission> {
        Some(Permission::Network)
    }

    fn take(&mut self, data: &mut Option<Data>, context: &mut Context<'_>) -> Poll<Taken> {
        if let Some((name, parts)) = data.as_ref().and_then(request) {
            let (name, parts) = (name.to_owned(), parts.to_vec());
            return match self.begin(&name, &parts) {
                None => not_understood(&data.take().unwrap_or_default()),
                Some(done) => {
                    self.early.wake();
                    Poll::Ready(done.err().unwrap_or(Taken::Yes))
                }
            };
        }
        let State::Sending(connection, bytes) = &mut self.state else {
            return not_understood(&data.take().unwrap_or_default());
        };
        if let Some(data) = data.take()
            && let Err(problem) = add_bytes(&data, bytes)
        {
            return Poll::Ready(Taken::Failed(problem));
        }
        if connection.send(bytes, context) {
            Poll::Ready(Taken::Yes)
        } else {
            Poll::Pending
        }
    }

    fn give(&mut self, context: &mut Context<'_>) -> Poll<Next> {
        match &mut self.state {
            State::Idle | State::Sending(..) => self.early.waits(context),
            State::Resolving(job, asked, listens) => {
                let Poll::Ready(addresses) = job.poll(context) else {
                    return Poll::Pending;
                };
                let (asked, listens) = (std::mem::take(asked), *listens);
                if listens {
                    return self.listen(addresses, &asked);
                }
                let (mut addresses, problem) = match addresses {
                    Ok(addresses) => (addresses, ErrorKind::AddrNotAvailable.into()),
                    Err(problem) => (Vec::new(), problem),
                };
                addresses.reverse();
                self.state = State::Connecting(None, addresses, asked, problem);
                self.connect(context)
            }
            State::Connecting(..) => self.connect(context),
            State::Listening(listener, watched) => loop {
                watched.reads(context);
                match listener.accept() {
                    Ok((mut stream, _)) => match self.outside.service.reactor.watch(&mut stream) {
                        Ok(watched) => return self.own(stream, watched),
                        Err(problem) => {
                            return Poll::Ready(Some(Err(format!("cannot accept a connection: {problem}"))));
                        }
                    },
                    Err(problem) => match problem.kind() {
                        ErrorKind::WouldBlock => return Poll::Pending,
                        // whoever it was is gone already
                        ErrorKind::Interrupted | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset => {}
                        _ => return Poll::Ready(Some(Err(format!("cannot accept a connection: {problem}")))),
                    },
                }
            },
            State::Peer(peer) => {
                let peer = std::mem::take(peer);
                self.state = State::Idle;
                value(peer)
            }
            State::Receiving(connection, pieces) => connection.receive(*pieces, context).map(|data| data.map(Ok)),
        }
    }
}

impl Drop for Tcp {
    fn drop(&mut self) {
        match &self.state {
            State::Receiving(connection, _) => connection.receives.store(false, Ordering::Release),
            State::Sending(connection, _) => connection.sends.store(false, Ordering::Release),
            _ => {}
        }
        for number in std::mem::take(&mut self.owned) {
            self.forget(number);
        }
    }
}

impl Connection {
    fn hang_up(&self) {
        if !self.gone.swap(true, Ordering::AcqRel) {
            let _ = self.stream.shutdown(Shutdown::Both);
            self.watched.news();
        }
    }

    /// The next piece, or the end.
    fn receive(&self, pieces: Pieces, context: &Context<'_>) -> Poll<Option<Data>> {
        let mut received = self.received.lock();
        loop {
            if self.gone.load(Ordering::Acquire) {
                return Poll::Ready(None);
            }
            if let Some(piece) = received.piece(pieces) {
                return Poll::Ready(Some(piece));
            }
            if received.ended {
                return Poll::Ready(None);
            }
            if received.bytes.len() > LINE_RECEIVED_BYTES_MAX {
                // nobody who means well sends such lines
                self.hang_up();
                return Poll::Ready(None);
            }
            self.watched.reads(context);
            let mut bytes = [0; RECEIVE_BYTES];
            match (&self.stream).read(&mut bytes) {
                Ok(0) => received.ended = true,
                Ok(count) => received.bytes.extend_from_slice(&bytes[..count]),
                Err(problem) => match problem.kind() {
                    ErrorKind::WouldBlock => {
                        if received.bytes.is_empty() {
                            // who is silent needs no buffer
                            *received = Received::default();
                        }
                        return Poll::Pending;
                    }
                    ErrorKind::Interrupted => {}
                    // whatever has happened to it, it is over
                    _ => received.ended = true,
                },
            }
        }
    }

    /// Sends what there is; whether all is gone.
    fn send(&self, bytes: &mut Vec<u8>, context: &Context<'_>) -> bool {
        let mut sent = 0;
        while sent < bytes.len() && !self.gone.load(Ordering::Acquire) {
            self.watched.writes(context);
            match (&self.stream).write(&bytes[sent..]) {
                Ok(count) => sent += count,
                Err(problem) => match problem.kind() {
                    ErrorKind::WouldBlock => {
                        bytes.drain(..sent);
                        return false;
                    }
                    ErrorKind::Interrupted => {}
                    _ => break,
                },
            }
        }
        bytes.clear();
        if bytes.capacity() > RECEIVE_BYTES {
            bytes.shrink_to(RECEIVE_BYTES);
        }
        true
    }
}

impl Received {
    /// Takes a piece, if one is there.
    fn piece(&mut self, pieces: Pieces) -> Option<Data> {
        let (taken, next) = match pieces {
            Pieces::Blocks(most) => {
                let count = self.bytes.len().min(most);
                (count, count)
            }
            Pieces::Lines => match memchr::memchr(b'\n', &self.bytes[self.searched..]) {
                Some(at) => (self.searched + at, self.searched + at + 1),
                None => {
                    self.searched = self.bytes.len();
                    let rest = if self.ended { self.bytes.len() } else { 0 };
                    (rest, rest)
                }
            },
        };
        if next == 0 {
            return None;
        }
        let bytes = &self.bytes[..taken];
        let piece = match pieces {
            Pieces::Blocks(_) => block(bytes),
            Pieces::Lines => {
                let line = bytes.strip_suffix(b"\r").unwrap_or(bytes);
                Data::String(String::from_utf8_lossy(line).into_owned())
            }
        };
        self.bytes.drain(..next);
        self.searched = 0;
        Some(piece)
    }
}
