//! Why a process does not run: written by the process before it parks, read by its partner and by reports.

/// What a process waits for. The instruction it waits in is the one before its `pc`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Wait {
    /// It runs, or may run.
    #[default]
    Nothing,
    /// An output of the scalar in `s[reg]`.
    OfferScalar {
        /// kind of the scalar, as number
        kind: u8,
        /// register
        reg: u16,
        /// port
        port: u16,
    },
    /// An output of the value in `r[reg]`.
    OfferValue {
        /// register
        reg: u16,
        /// port
        port: u16,
    },
    /// An input of a scalar into `s[reg]`; `guard`: its source's end is no failure.
    TakeScalar {
        /// kind of the scalar, as number
        kind: u8,
        /// it is the only guard of a repetition
        guard: bool,
        /// register
        reg: u16,
        /// port
        port: u16,
    },
    /// An input of a value into `r[reg]`.
    TakeValue {
        /// it is the only guard of a repetition
        guard: bool,
        /// register
        reg: u16,
        /// port
        port: u16,
    },
    /// A choice: index into the module's table.
    Choice(u16),
    /// The end of the processes it started.
    Join,
    /// A moment.
    Time,
    /// Input from a stream of the host, by port.
    Stream(u16),
}

const _: () = assert!(size_of::<Wait>() == 8);

impl Wait {
    /// Whether it is an output.
    #[inline(always)]
    pub(crate) fn is_output(self) -> bool {
        matches!(self, Wait::OfferScalar { .. } | Wait::OfferValue { .. })
    }
}
