//! Processes of the outside, by which the standard library reaches files, the network and the environment.

/// A kind of process of the outside. The files of the standard library name them as externs of their own, and each instance
/// of a definition there has one for itself; what it understands is written in `vm/src/outside`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Outside {
    /// A file, by its name.
    File,
    /// Connections of TCP.
    Tcp,
    /// Variables of the environment, and arguments of the program.
    Environment,
}

impl Outside {
    /// All, in the order of their numbers.
    pub const ALL: [Outside; 3] = [Outside::File, Outside::Tcp, Outside::Environment];

    /// The name that the standard library has for it.
    pub fn name(self) -> &'static str {
        ["file", "tcp", "environment"][self as usize]
    }

    /// The one with this name.
    pub fn named(name: &str) -> Option<Outside> {
        Outside::ALL.into_iter().find(|outside| outside.name() == name)
    }
}
