//! The one table of instructions.
//!
//! Every opcode is named here once, with its operands; the enum, the decoder, the lister, the verifier's operand checks
//! and `ISA.md` come from it. Executor and verifier match on [`Op`] without a wildcard, so a new opcode does not compile
//! until both handle it.
//!
//! An instruction is 8 bytes: opcode, `a` (8 bits), `b`, `c`, `d` (16 bits each). A *wide* operand takes `c` and `d`
//! together as a signed 32-bit number. A window of registers has three banks: `s`, 8-byte scalars without tags;
//! `r`, references (strings, arrays, structured values, `any`); `n`, names (what formals of kind `process` are bound to).
//! A jump is relative to the instruction that follows.

use serde::{Deserialize, Serialize};

/// What an operand field of an instruction means; the verifier checks each by its role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Scalar register, written.
    SDst,
    /// Scalar register, read.
    SSrc,
    /// Scalar register, read and written.
    SMut,
    /// First of two scalar registers, lower and upper bound, read.
    SPair,
    /// Reference register, written.
    RDst,
    /// Reference register, read.
    RSrc,
    /// Reference register, read and written (or emptied).
    RMut,
    /// First of `a` consecutive reference registers, read.
    RList,
    /// First of `a` consecutive reference registers, read; the first of them may be changed.
    RListMut,
    /// First of `a` consecutive reference registers, written.
    RListDst,
    /// Name register, written.
    NDst,
    /// Name register, read.
    NSrc,
    /// First of `2 * a` consecutive scalar registers, pairs of bounds, read.
    SPairs,
    /// An [`Outside`](crate::Outside) as number.
    Outside,
    /// Signed 16-bit number.
    Imm16,
    /// How `d` is written, for failures (field `a`): 0 on the right, 1 on the left, 2 as a difference (`x - 1` is `x + -1`).
    Written,
    /// Signed 32-bit number in `c` and `d`.
    Wide,
    /// Forward or backward jump in 16 bits; backward ones count the budget.
    Jump16,
    /// Jump in `c` and `d`.
    JumpWide,
    /// Index of a scalar constant.
    Word,
    /// Index of a reference constant.
    Value,
    /// Index into `Module::slots`.
    Slot,
    /// Index into `Module::strings`: a constructor's name; 0 is the nameless tuple.
    Symbol,
    /// Index into `Module::ports`.
    Port,
    /// Index into `Module::parallels`.
    Parallel,
    /// Index into `Module::choices`.
    Choice,
    /// Index of a guarded command in the choice named by `d`.
    Guard,
    /// Index into `Module::fragments`.
    Fragment,
    /// Index into `Module::calls`.
    Call,
    /// Index into `Module::functions`.
    Function,
    /// First of the scalar registers with the arguments of a function; its value goes there if it is a scalar.
    SArgs,
    /// First of the reference registers with the arguments of a function; its value goes there if it is no scalar.
    RArgs,
    /// Index into `Module::params`.
    Param,
    /// A [`crate::Native`] as number (field `a`).
    Native,
    /// First of the consecutive reference registers with the arguments of function `a`.
    NativeArgs,
    /// A [`crate::Kind`] as number (field `a`).
    Kind,
    /// A [`BinOp`] as number (field `a`).
    BinOp,
    /// A [`CmpOp`] as number (field `a`).
    CmpOp,
    /// A count (field `a`); says how long a register list is, or how many subscripts.
    Count,
}

macro_rules! ops {
    ($( $(#[doc = $doc:literal])+ $name:ident { $($field:ident : $role:ident),* } )+) => {
        /// An opcode.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Op { $( $(#[doc = $doc])+ $name, )+ }

        impl Op {
            /// All opcodes in the order of their numbers.
            pub const ALL: &'static [Op] = &[$(Op::$name),+];

            /// The opcode with this number, if there is one.
            pub fn from_u8(number: u8) -> Option<Op> {
                Op::ALL.get(usize::from(number)).copied()
            }

            /// The name in listings.
            pub fn name(self) -> &'static str {
                match self { $(Op::$name => stringify!($name)),+ }
            }

            /// What each operand field means; fields not listed are 0.
            pub fn operands(self) -> &'static [(char, Role)] {
                match self { $(Op::$name => const { &[$((stringify!($field).as_bytes()[0] as char, Role::$role)),*] }),+ }
            }

            /// The description in `ISA.md`.
            pub fn doc(self) -> &'static str {
                match self { $(Op::$name => concat!($($doc, "\n"),+)),+ }
            }
        }
    };
}

ops! {
    /// Does nothing.
    Nop {}
    // --- moves and constants
    /// `s[b] = s[c]`
    Mov { b: SDst, c: SSrc }
    /// `s[b] = wide`, an integer
    Imm { b: SDst, c: Wide }
    /// `s[b] = words[c]`
    LoadWord { b: SDst, c: Word }
    /// `r[b] = r[c]`, a copy
    RMov { b: RDst, c: RSrc }
    /// `r[b] = r[c]`, and `r[c]` becomes `()`
    RTake { b: RDst, c: RMut }
    /// `r[b] = values[c]`
    LoadValue { b: RDst, c: Value }
    /// `s[b] = params[c]`, a param of a scalar type other than string
    ParamS { b: SDst, c: Param }
    /// `r[b] = params[c]`, a param of type string
    ParamV { b: RDst, c: Param }
    // --- integers (overflow and division by zero fail)
    /// `s[b] = s[c] + s[d]`
    Add { b: SDst, c: SSrc, d: SSrc }
    /// `s[b] = s[c] - s[d]`
    Sub { b: SDst, c: SSrc, d: SSrc }
    /// `s[b] = s[c] * s[d]`
    Mul { b: SDst, c: SSrc, d: SSrc }
    /// `s[b] = s[c] / s[d]`, towards zero
    Div { b: SDst, c: SSrc, d: SSrc }
    /// `s[b] = s[c] % s[d]`, with the sign of `s[c]`
    Rem { b: SDst, c: SSrc, d: SSrc }
    /// `s[b] = s[c] + d`; `a` says how it is written
    AddI { a: Written, b: SDst, c: SSrc, d: Imm16 }
    /// `s[b] = s[c] * d`; `a` says how it is written
    MulI { a: Written, b: SDst, c: SSrc, d: Imm16 }
    /// `s[b] = s[c] / d`
    DivI { b: SDst, c: SSrc, d: Imm16 }
    /// `s[b] = s[c] % d`
    RemI { b: SDst, c: SSrc, d: Imm16 }
    /// `s[b] = -s[c]`
    Neg { b: SDst, c: SSrc }
    /// `s[b] = s[c]` to the power of `s[d]`, which fails below 0
    Pow { b: SDst, c: SSrc, d: SSrc }
    /// `s[b] = s[c] << s[d]`: 0 from 64 places on; to the right if `s[d]` is less than 0
    Shl { b: SDst, c: SSrc, d: SSrc }
    /// `s[b] = s[c] >> s[d]`, with copies of the sign; to the left if `s[d]` is less than 0
    Shr { b: SDst, c: SSrc, d: SSrc }
    /// `s[b]` = the bits that `s[c]` and `s[d]` share; of booleans, whether both are true
    BitAnd { b: SDst, c: SSrc, d: SSrc }
    /// `s[b]` = the bits of `s[c]` or `s[d]`; of booleans, whether one is true
    BitOr { b: SDst, c: SSrc, d: SSrc }
    /// `s[b]` = the bits in which `s[c]` and `s[d]` differ; of booleans, whether they differ
    BitXor { b: SDst, c: SSrc, d: SSrc }
    // --- reals
    /// `s[b] = s[c] + s[d]`, reals
    FAdd { b: SDst, c: SSrc, d: SSrc }
    /// `s[b] = s[c] - s[d]`, reals
    FSub { b: SDst, c: SSrc, d: SSrc }
    /// `s[b] = s[c] * s[d]`, reals
    FMul { b: SDst, c: SSrc, d: SSrc }
    /// `s[b] = s[c] / s[d]`, reals
    FDiv { b: SDst, c: SSrc, d: SSrc }
    /// `s[b] = s[c] % s[d]`, reals
    FRem { b: SDst, c: SSrc, d: SSrc }
    /// `s[b] = s[c]` to the power of `s[d]`, reals
    FPow { b: SDst, c: SSrc, d: SSrc }
    /// `s[b] = -s[c]`, a real
    FNeg { b: SDst, c: SSrc }
    /// `s[b]` = the integer `s[c]` as a real
    ToReal { b: SDst, c: SSrc }
    // --- comparisons (a boolean is 0 or 1)
    /// `s[b] = s[c] == s[d]`, integers, booleans or characters
    IEq { b: SDst, c: SSrc, d: SSrc }
    /// `s[b] = s[c] != s[d]`
    INe { b: SDst, c: SSrc, d: SSrc }
    /// `s[b] = s[c] < s[d]`, integers or characters
    ILt { b: SDst, c: SSrc, d: SSrc }
    /// `s[b] = s[c] <= s[d]`
    ILe { b: SDst, c: SSrc, d: SSrc }
    /// `s[b] = s[c] == s[d]`, reals, with rhai's tolerance
    FEq { b: SDst, c: SSrc, d: SSrc }
    /// `s[b] = s[c] != s[d]`, reals
    FNe { b: SDst, c: SSrc, d: SSrc }
    /// `s[b] = s[c] < s[d]`, reals
    FLt { b: SDst, c: SSrc, d: SSrc }
    /// `s[b] = s[c] <= s[d]`, reals
    FLe { b: SDst, c: SSrc, d: SSrc }
    /// `s[b] = not s[c]`
    Not { b: SDst, c: SSrc }
    // --- values of any type
    /// `r[b] = r[c] op r[d]` as rhai has it; `a` is the operator
    VBin { a: BinOp, b: RDst, c: RSrc, d: RSrc }
    /// `s[b] = r[c] op r[d]`, a boolean, as rhai has it; `a` is the comparison
    VCmp { a: CmpOp, b: SDst, c: RSrc, d: RSrc }
    /// `r[b] = -r[c]`
    VNeg { b: RDst, c: RSrc }
    /// `r[b]` = the scalar `s[c]` of kind `a`
    Box { a: Kind, b: RDst, c: SSrc }
    /// `s[b]` = the scalar of kind `a` in `r[c]`; an integer serves as a real; anything else fails
    Unbox { a: Kind, b: SDst, c: RSrc }
    /// `r[b] = r[c]` converted to the type and bounds of slot `d`; fails if it does not fit
    Conv { b: RDst, c: RSrc, d: Slot }
    /// `r[b]` = the default value of slot `d`
    Default { b: RDst, d: Slot }
    // --- jumps
    /// Jumps.
    Jmp { c: JumpWide }
    /// Jumps if `s[b]` is true.
    JTrue { b: SSrc, c: JumpWide }
    /// Jumps if `s[b]` is false.
    JFalse { b: SSrc, c: JumpWide }
    /// Jumps if `s[b] == s[c]`.
    JEq { b: SSrc, c: SSrc, d: Jump16 }
    /// Jumps if `s[b] != s[c]`.
    JNe { b: SSrc, c: SSrc, d: Jump16 }
    /// Jumps if `s[b] < s[c]`.
    JLt { b: SSrc, c: SSrc, d: Jump16 }
    /// Jumps if `s[b] <= s[c]`.
    JLe { b: SSrc, c: SSrc, d: Jump16 }
    /// Jumps if `s[b] == c`.
    JEqI { b: SSrc, c: Imm16, d: Jump16 }
    /// Jumps if `s[b] != c`.
    JNeI { b: SSrc, c: Imm16, d: Jump16 }
    /// Jumps if `s[b] < c`.
    JLtI { b: SSrc, c: Imm16, d: Jump16 }
    /// Jumps if `s[b] <= c`.
    JLeI { b: SSrc, c: Imm16, d: Jump16 }
    /// Jumps if `s[b] > c`.
    JGtI { b: SSrc, c: Imm16, d: Jump16 }
    /// Jumps if `s[b] >= c`.
    JGeI { b: SSrc, c: Imm16, d: Jump16 }
    /// If `s[b] < s[c]`, adds 1 to `s[b]` and jumps: the end of a counted repetition.
    Next { b: SMut, c: SSrc, d: Jump16 }
    // --- arrays
    /// `s[b] = s[c] - lo`, the offset of subscript `s[c]` within the bounds `s[d]..s[d+1]`; fails outside them
    Index { b: SDst, c: SSrc, d: SPair }
    /// `s[b] = s[b] * length + s[c] - lo`: a further dimension, with the bounds `s[d]..s[d+1]`
    IndexMore { b: SMut, c: SSrc, d: SPair }
    /// `s[b]` = element at offset `s[d]` of the array of scalars `r[c]`
    Get { b: SDst, c: RSrc, d: SSrc }
    /// `r[b]` = element at offset `s[d]` of the array of values `r[c]`
    GetV { b: RDst, c: RSrc, d: SSrc }
    /// Element at offset `s[c]` of the array of scalars `r[b]` becomes `s[d]`.
    Set { b: RMut, c: SSrc, d: SSrc }
    /// Element at offset `s[c]` of the array of values `r[b]` becomes `r[d]`.
    SetV { b: RMut, c: SSrc, d: RSrc }
    /// `r[b]` = row number `s[d]` of the array `r[c]`, after `a` subscripts
    Row { a: Count, b: RDst, c: RSrc, d: SSrc }
    /// Row number `s[c]` of the array `r[b]`, after `a` subscripts, becomes `r[d]`, an array of the row's lengths.
    SetRow { a: Count, b: RMut, c: SSrc, d: RSrc }
    // --- structured values
    /// `r[b]` = the structured value with constructor `strings[d]` and the `a` components `r[c]…`, which are temporaries
    /// that nobody reads any more, so they may be moved
    Struct { a: Count, b: RDst, c: RList, d: Symbol }
    /// Takes `r[c]` apart into `r[b]…`; fails unless its constructor is `strings[d]` with `a` components.
    Open { a: Count, b: RListDst, c: RSrc, d: Symbol }
    // --- what rhai in braces does besides
    /// `r[b]` = the text of the `a` values `r[c]…`, one after the other, as `print` writes them
    Join { a: Count, b: RDst, c: RList }
    /// `r[b]` = the value of rhai's function `a`, no scalar, with the arguments `r[c]…`
    Native { a: Native, b: RDst, c: NativeArgs }
    /// `s[b]` = the value of rhai's function `a`, a scalar, with the arguments `r[c]…`
    NativeS { a: Native, b: SDst, c: NativeArgs }
    /// Writes the text of `r[b]` as one line to the standard output.
    Print { b: RSrc }
    /// Fails with `r[b]` as what happened.
    Throw { b: RSrc }
    /// Calls function `d`, whose scalar arguments are `s[b]…` and whose others `r[c]…`; its value becomes `s[b]` or `r[c]`
    CallF { b: SArgs, c: RArgs, d: Function }
    /// Sorts the array `r[b]` by function `d`, which has no scalar arguments and whose value is none: it is called with `r[c]…` and, behind
    /// them, two elements, and tells their order as rhai's `sort` has it. The last two of `r[c]…` are not read.
    Sort { b: RMut, c: RArgs, d: Function }
    /// Ends a function with the value `s[b]`.
    RetS { b: SSrc }
    /// Ends a function with the value `r[b]`.
    RetV { b: RMut }
    // --- fragments
    /// Runs fragment `d`; `r[b]` = its value
    Frag { b: RDst, d: Fragment }
    /// Runs fragment `d`, whose value must be of scalar kind `a` (an integer serves as a real); `s[b]` = its value
    FragS { a: Kind, b: SDst, d: Fragment }
    /// Runs fragment `d` for its effect.
    FragDo { d: Fragment }
    // --- processes
    /// Starts the processes of parallel command `d` and waits until all have ended.
    Par { d: Parallel }
    /// The process ends.
    End {}
    /// Instantiates a definition as `calls[d]` says: a new window whose first registers are copies of the arguments.
    Call { d: Call }
    /// Ends an instance.
    Ret {}
    /// `n[b]` = the process that port `d` names, together with the speaker
    Name { b: NDst, d: Port }
    /// `n[b]` = the whole family that port `d` names (its subscripts are not used)
    Family { b: NDst, d: Port }
    /// `n[b]` = the family `n[c]` restricted to the `a` pairs of bounds `s[d]…`; fails if a member is missing (stands where
    /// the instance is, before its `Call`)
    Within { a: Count, b: NDst, c: NSrc, d: SPairs }
    /// `n[b]` = a process of the outside of kind `d`, new and known by this name only. It ends when the last name register is
    /// gone that has it.
    Outside { b: NDst, d: Outside }
    // --- communications
    /// Outputs the scalar `s[b]` of kind `a` to port `d`.
    SendS { a: Kind, b: SSrc, d: Port }
    /// Outputs `r[b]` to port `d`.
    SendV { b: RSrc, d: Port }
    /// Inputs a scalar of kind `a` from port `d` into `s[b]`.
    RecvS { a: Kind, b: SDst, d: Port }
    /// Inputs a value of the shape of port `d` into `r[b]`.
    RecvV { b: RDst, d: Port }
    /// As `RecvS`; if the source has terminated, jumps: the only guard of a repetition.
    GuardS { a: Kind, b: SDst, c: Jump16, d: Port }
    /// As `RecvV`; if the source has terminated, jumps.
    GuardV { b: RDst, c: Jump16, d: Port }
    // --- choice
    /// Begins a round of choice `d`.
    Choose { d: Choice }
    /// Guarded command `b` of choice `d` may be chosen: at once if it has no port, else when its input is ready.
    Arm { b: Guard, d: Choice }
    /// Guarded command `b` of choice `d` may be chosen `s[c]` milliseconds after the round began.
    ArmAfter { b: Guard, c: SSrc, d: Choice }
    /// Guarded command `b` of choice `d` for every value `s[c]..s[c+1]` of its only range variable, a subscript of its port.
    ArmAll { b: Guard, c: SPair, d: Choice }
    /// Waits until a guard is ready and jumps to its command list, or to where the choice goes when all have failed.
    Select { d: Choice }
    // --- time
    /// Waits `s[b]` milliseconds.
    After { b: SSrc }
    // --- values of any type in braces
    /// `r[b]` = the value of the text `strings[d]`, an operation of rhai on the `a` values `r[c]…`, which it calls `a`, `b`,
    /// `c`…; `[]` is the array of them, `#{}` the map of keys and values. The first may be changed; none is read again. Instructions `Nop` that follow
    /// have the places of failures at a bracket or dot, and at an assignment.
    Dyn { a: Count, b: RDst, c: RListMut, d: Symbol }
    /// `r[b]` = element number `s[d]` of the array `r[c]`, counted from 0
    DynAt { b: RDst, c: RSrc, d: SSrc }
    /// `r[b]` = `r[c]` converted to the type and bounds of slot `d`, as `Conv`; a failure names the variable of the slot.
    Give { b: RDst, c: RSrc, d: Slot }
    // --- fragments that are evaluated both ways
    /// rhai evaluates fragment `d` with copies of its variables, and prints nothing: what it does is kept.
    Check { d: Fragment }
    /// The bytecode that fragment `d` became has ended, with the value `r[b]` if `a` is 1: compares with what rhai has done.
    Checked { a: Count, b: RSrc, d: Fragment }
}

/// Operators of [`Op::VBin`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum BinOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Rem,
}

/// Comparisons of [`Op::VCmp`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum CmpOp {
    /// `=`
    Eq,
    /// `<>`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

impl BinOp {
    /// All, in the order of their numbers.
    pub const ALL: [BinOp; 5] = [BinOp::Add, BinOp::Sub, BinOp::Mul, BinOp::Div, BinOp::Rem];

    /// As it is written in a program.
    pub fn symbol(self) -> &'static str {
        ["+", "-", "*", "/", "%"][self as usize]
    }
}

impl CmpOp {
    /// All, in the order of their numbers.
    pub const ALL: [CmpOp; 6] = [CmpOp::Eq, CmpOp::Ne, CmpOp::Lt, CmpOp::Le, CmpOp::Gt, CmpOp::Ge];

    /// As it is written in a program.
    pub fn symbol(self) -> &'static str {
        ["=", "<>", "<", "<=", ">", ">="][self as usize]
    }
}

/// An instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Instr {
    /// What it does.
    pub op: Op,
    /// Small operand.
    pub a: u8,
    /// First operand.
    pub b: u16,
    /// Second operand.
    pub c: u16,
    /// Third operand.
    pub d: u16,
}

impl Instr {
    /// An instruction from its fields.
    pub fn new(op: Op, a: u8, b: u16, c: u16, d: u16) -> Self {
        Instr { op, a, b, c, d }
    }

    /// An instruction with a wide operand.
    pub fn wide(op: Op, b: u16, value: i32) -> Self {
        let bits = value as u32;
        Instr {
            op,
            a: 0,
            b,
            c: bits as u16,
            d: (bits >> 16) as u16,
        }
    }

    /// The wide operand.
    #[inline(always)]
    pub fn wide_value(self) -> i32 {
        (u32::from(self.c) | u32::from(self.d) << 16) as i32
    }
}
