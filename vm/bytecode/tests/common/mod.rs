//! A module by hand that has an entry of every kind and every instruction, and random ones.
#![allow(dead_code, reason = "each test uses a part of it")]

use hydra_bytecode::*;

/// Where `sample` has its main process, a process with a label, one that starts another, that other, and a definition.
pub(crate) const MAIN: usize = 0;
pub(crate) const LABELLED: usize = 1;
pub(crate) const OUTER: usize = 2;
pub(crate) const INNER: usize = 3;
pub(crate) const DEFINITION: usize = 4;

pub(crate) fn instr(op: Op, a: u8, b: u16, c: u16, d: u16) -> Instr {
    Instr::new(op, a, b, c, d)
}

fn port(target: Target, name: &str, count: u8, ty: u16, bounds: u16, cache: u16) -> Port {
    Port {
        target,
        name: name.to_string(),
        subscripts: 1,
        count,
        ty,
        bounds,
        fixed: false,
        cache,
    }
}

fn routine(name: &str, banks: [u16; 3], args: [u16; 3], code: Vec<Instr>) -> Routine {
    let spans = vec![(0, Span::new(0, 0, 4)), (1, Span::new(0, 8, 12))];
    let [scalars, references, names] = banks;
    Routine {
        name: name.to_string(),
        scalars,
        references,
        names,
        args,
        code,
        spans,
        handlers: Vec::new(),
        inlined: Vec::new(),
    }
}

/// Operands for an instruction of main, each the first that its role allows, jumps to the next instruction.
fn generic(op: Op) -> Instr {
    match op {
        Op::ParamV => instr(op, 0, 0, 1, 0),
        Op::SendS | Op::RecvS | Op::GuardS => instr(op, 0, 0, 0, 0),
        Op::SendV => instr(op, 0, 0, 0, 2),
        Op::RecvV | Op::GuardV | Op::Name | Op::Family => instr(op, 0, 0, 0, 1),
        Op::Struct | Op::Open => instr(op, 2, 0, 2, 1),
        Op::Within => instr(op, 1, 0, 0, 2),
        Op::Row | Op::SetRow => instr(op, 1, 0, 0, 0),
        Op::ArmAfter => instr(op, 0, 1, 0, 0),
        Op::ArmAll => instr(op, 0, 2, 0, 0),
        Op::Select => instr(op, 0, 0, 0, 0),
        Op::Native => instr(op, Native::Text as u8, 0, 0, 0),
        _ => instr(op, 0, 0, 0, 0),
    }
}

/// A valid module.
pub(crate) fn sample() -> Module {
    let mut main: Vec<Instr> = Op::ALL
        .iter()
        .filter(|&&op| !matches!(op, Op::End | Op::Ret | Op::CallF | Op::RetS | Op::RetV | Op::Throw))
        .map(|&op| generic(op))
        .collect();
    main.push(instr(Op::End, 0, 0, 0, 0));
    let after_select = main.iter().position(|instr| instr.op == Op::Select).unwrap() as u32 + 1;
    let guard = |input, ranges| Guard {
        target: after_select,
        input,
        ranges,
        varying: 0,
        span: Span::new(0, 0, 4),
    };
    Module {
        sources: vec![Source {
            path: "a.csp".into(),
            text: "x := 1;\ny := 2\n".into(),
        }],
        strings: vec!["".into(), "pair".into()],
        words: vec![2.5f64.to_bits(), 7],
        values: vec![
            Const::Unit,
            Const::Struct(
                1,
                vec![
                    Const::Integer(-1),
                    Const::Array(vec![Const::Real(0.5), Const::String("t".into())]),
                ],
            ),
            Const::Map(vec![
                ("k".into(), Const::Boolean(true)),
                ("l".into(), Const::Character('ü')),
            ]),
        ],
        types: vec![
            Type::Scalar(Kind::Integer),
            Type::Scalar(Kind::Real),
            Type::Scalar(Kind::Boolean),
            Type::Scalar(Kind::Character),
            Type::String,
            Type::Any,
            Type::Array { dims: 1, element: 0 },
            Type::Struct {
                constructor: 1,
                parts: vec![0, 6],
            },
            Type::Array { dims: 2, element: 7 },
        ],
        slots: vec![
            Slot {
                ty: 0,
                bounds: 0,
                name: "x".into(),
            },
            Slot {
                ty: 6,
                bounds: 2,
                name: "a".into(),
            },
            Slot {
                ty: 8,
                bounds: 2,
                name: "m".into(),
            },
        ],
        routines: vec![
            routine("main", [40, 8, 2], [0; 3], main),
            routine(
                "X",
                [24, 4, 1],
                [0; 3],
                vec![instr(Op::SendS, 0, 0, 0, 3), instr(Op::End, 0, 0, 0, 0)],
            ),
            routine(
                "",
                [8, 4, 1],
                [0; 3],
                vec![instr(Op::Par, 0, 0, 0, 1), instr(Op::End, 0, 0, 0, 0)],
            ),
            routine(
                "Y",
                [8, 4, 1],
                [0; 3],
                vec![instr(Op::SendV, 0, 0, 0, 4), instr(Op::End, 0, 0, 0, 0)],
            ),
            routine(
                "D",
                [8, 4, 1],
                [1; 3],
                vec![instr(Op::SendV, 0, 0, 0, 5), instr(Op::Ret, 0, 0, 0, 0)],
            ),
        ],
        calls: vec![Call {
            routine: 4,
            args: [1, 1, 1],
        }],
        functions: Vec::new(),
        ports: vec![
            port(Target::Host(0), "stdin", 0, 0, 0, u16::MAX),
            port(Target::Host(3), "card", 1, 6, 2, 20),
            port(Target::Host(1), "stdout", 0, 4, 0, 24),
            port(Target::Label { depth: 0, family: 0 }, "X", 1, 0, 0, 20),
            port(Target::Label { depth: 1, family: 0 }, "X", 1, 8, 0, 2),
            port(Target::Formal(0), "client", 2, 5, 0, 4),
        ],
        parallels: vec![
            Parallel {
                processes: vec![
                    Process {
                        label: Some(Label {
                            family: 0,
                            bounds: 4,
                            variables: vec![0],
                        }),
                        routine: 1,
                        captures: vec![
                            Capture::Copy {
                                from: Reg::S(1),
                                to: Reg::S(2),
                            },
                            Capture::Name { from: 1, to: 0 },
                            Capture::Part {
                                from: 3,
                                to: Reg::R(1),
                                at: vec![Fixed::Label(0), Fixed::Parent(1)],
                                bounds: 2,
                            },
                        ],
                        results: vec![
                            HandBack::Part {
                                from: Reg::R(1),
                                to: 3,
                                at: vec![Fixed::Constant(3)],
                                bounds: 2,
                            },
                            HandBack::Slice {
                                from: 2,
                                to: 4,
                                at: vec![None, Some(Fixed::Label(0))],
                                bounds: 2,
                            },
                            HandBack::Window {
                                from: 3,
                                to: 4,
                                at: vec![Fixed::Label(0)],
                                bounds: 2,
                            },
                            HandBack::Changed { from: 2, was: 3, to: 4 },
                        ],
                        span: Span::new(0, 0, 1),
                    },
                    Process {
                        label: None,
                        routine: 2,
                        captures: vec![Capture::Take { from: 5, to: 0 }],
                        results: vec![HandBack::Copy {
                            from: Reg::R(0),
                            to: Reg::R(5),
                        }],
                        span: Span::new(0, 0, 1),
                    },
                ],
                families: vec![Family {
                    name: "X".into(),
                    dims: 1,
                }],
                span: Span::new(0, 0, 4),
            },
            Parallel {
                processes: vec![Process {
                    label: Some(Label {
                        family: 0,
                        bounds: 0,
                        variables: vec![],
                    }),
                    routine: 3,
                    captures: vec![],
                    results: vec![],
                    span: Span::default(),
                }],
                families: vec![Family {
                    name: "Y".into(),
                    dims: 0,
                }],
                span: Span::new(0, 8, 9),
            },
        ],
        choices: vec![Choice {
            pri: true,
            guards: vec![
                guard(Some((0, Reg::S(6))), vec![]),
                guard(None, vec![]),
                guard(Some((1, Reg::R(0))), vec![7]),
            ],
            otherwise: Some(after_select),
            turns: 30,
            distinct: false,
            span: Span::new(0, 0, 4),
        }],
        lowered: vec![Span::new(0, 0, 4)],
        fragments: vec![Fragment {
            text: "x + hydra_at(1, a_bounds, 0)\n".into(),
            span: Span::new(0, 8, 14),
            why: "a reason".into(),
            edits: vec![Edit {
                line: 1,
                column: 5,
                length: 9,
            }],
            variables: vec![
                FragmentVariable {
                    name: "x".into(),
                    reg: Reg::S(8),
                    slot: 0,
                    reads: true,
                    writes: true,
                    indexed: false,
                },
                FragmentVariable {
                    name: "a".into(),
                    reg: Reg::R(6),
                    slot: 1,
                    reads: true,
                    writes: false,
                    indexed: true,
                },
            ],
            constants: vec![("N".into(), 1)],
            params: vec![0],
        }],
        includes: vec![Include {
            text: "fn f() { 1 }".into(),
            span: Span::new(0, 0, 4),
        }],
        globals: vec![("N".into(), 2)],
        scripts: vec![ScriptModule {
            path: "time".into(),
            text: "".into(),
        }],
        params: vec![
            Param {
                name: "n".into(),
                ty: 0,
                default: Some(Const::Integer(5)),
                span: Span::new(0, 0, 1),
            },
            Param {
                name: "s".into(),
                ty: 4,
                default: None,
                span: Span::new(0, 0, 1),
            },
        ],
        externs: vec![Extern {
            name: "card".into(),
            ranges: vec![(Bound::Constant(1), Bound::Param(0))],
            span: Span::new(0, 0, 1),
        }],
    }
}

/// Numbers that are the same in every run (splitmix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// Mostly small.
    pub(crate) fn u16(&mut self) -> u16 {
        let bits = self.below(17);
        (self.next() & ((1 << bits) - 1)) as u16
    }

    fn bool(&mut self) -> bool {
        self.below(2) == 0
    }

    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(4)).map(|_| item(self)).collect()
    }

    fn option<T>(&mut self, item: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.bool() { Some(item(self)) } else { None }
    }

    fn text(&mut self) -> String {
        self.list(|r| ['a', 'Z', '"', '\n', 'ß', '𝄞', '\0'][r.below(7) as usize])
            .into_iter()
            .collect()
    }

    fn span(&mut self) -> Span {
        Span::new(self.below(3) as u32, self.next() as u32, self.next() as u32)
    }

    fn reg(&mut self) -> Reg {
        if self.bool() {
            Reg::S(self.u16())
        } else {
            Reg::R(self.u16())
        }
    }

    fn fixed(&mut self) -> Fixed {
        match self.below(3) {
            0 => Fixed::Parent(self.u16()),
            1 => Fixed::Label(self.next() as u8),
            _ => Fixed::Constant(self.next() as i64),
        }
    }

    fn constant(&mut self, depth: u32) -> Const {
        match self.below(if depth == 0 { 6 } else { 9 }) {
            0 => Const::Unit,
            1 => Const::Integer(self.next() as i64 >> self.below(64)),
            2 => Const::Real([0.0, -0.0, 1.5, f64::INFINITY, f64::MIN_POSITIVE][self.below(5) as usize]),
            3 => Const::Boolean(self.bool()),
            4 => Const::Character(char::from_u32(self.u16().into()).unwrap_or('𝄞')),
            5 => Const::String(self.text()),
            6 => Const::Array(self.list(|r| r.constant(depth - 1))),
            7 => Const::Struct(self.u16(), self.list(|r| r.constant(depth - 1))),
            _ => Const::Map(self.list(|r| (r.text(), r.constant(depth - 1)))),
        }
    }

    fn capture(&mut self) -> Capture {
        match self.below(5) {
            0 => Capture::Copy {
                from: self.reg(),
                to: self.reg(),
            },
            1 => Capture::Take {
                from: self.u16(),
                to: self.u16(),
            },
            2 => Capture::Name {
                from: self.u16(),
                to: self.u16(),
            },
            3 => Capture::Part {
                from: self.u16(),
                to: self.reg(),
                at: self.list(Self::fixed),
                bounds: self.u16(),
            },
            _ => Capture::Window {
                from: self.u16(),
                to: self.u16(),
                at: self.list(Self::fixed),
                bounds: self.u16(),
                window: self.u16(),
            },
        }
    }

    fn result(&mut self) -> HandBack {
        let bounds = self.u16();
        match self.below(5) {
            0 => HandBack::Copy {
                from: self.reg(),
                to: self.reg(),
            },
            1 => HandBack::Part {
                from: self.reg(),
                to: self.u16(),
                at: self.list(Self::fixed),
                bounds,
            },
            2 => HandBack::Slice {
                from: self.u16(),
                to: self.u16(),
                at: self.list(|r| r.option(Self::fixed)),
                bounds,
            },
            3 => HandBack::Window {
                from: self.u16(),
                to: self.u16(),
                at: self.list(Self::fixed),
                bounds,
            },
            _ => HandBack::Changed {
                from: self.u16(),
                was: self.u16(),
                to: self.u16(),
            },
        }
    }

    fn instr(&mut self) -> Instr {
        let op = Op::ALL[self.below(Op::ALL.len() as u64) as usize];
        instr(op, self.next() as u8, self.u16(), self.u16(), self.u16())
    }

    fn ty(&mut self) -> Type {
        match self.below(5) {
            0 => Type::Scalar(Kind::ALL[self.below(4) as usize]),
            1 => Type::String,
            2 => Type::Any,
            3 => Type::Array {
                dims: self.next() as u8,
                element: self.u16(),
            },
            _ => Type::Struct {
                constructor: self.u16(),
                parts: self.list(Self::u16),
            },
        }
    }

    fn target(&mut self) -> Target {
        match self.below(3) {
            0 => Target::Label {
                depth: self.u16(),
                family: self.u16(),
            },
            1 => Target::Formal(self.u16()),
            _ => Target::Host(self.u16()),
        }
    }

    fn bound(&mut self) -> Bound {
        if self.bool() {
            Bound::Constant(self.next() as i64)
        } else {
            Bound::Param(self.u16())
        }
    }

    fn process(&mut self) -> Process {
        Process {
            label: self.option(|r| Label {
                family: r.u16(),
                bounds: r.u16(),
                variables: r.list(Self::u16),
            }),
            routine: self.u16(),
            captures: self.list(Self::capture),
            results: self.list(Self::result),
            span: self.span(),
        }
    }

    fn guard(&mut self) -> Guard {
        Guard {
            target: self.next() as u32,
            input: self.option(|r| (r.u16(), r.reg())),
            ranges: self.list(Self::u16),
            varying: self.next() as u8,
            span: self.span(),
        }
    }

    fn fragment(&mut self) -> Fragment {
        Fragment {
            text: self.text(),
            span: self.span(),
            why: self.text(),
            edits: self.list(|r| Edit {
                line: r.next() as u32,
                column: r.next() as u32,
                length: r.next() as u32,
            }),
            variables: self.list(|r| FragmentVariable {
                name: r.text(),
                reg: r.reg(),
                slot: r.u16(),
                reads: r.bool(),
                writes: r.bool(),
                indexed: r.bool(),
            }),
            constants: self.list(|r| (r.text(), r.u16())),
            params: self.list(Self::u16),
        }
    }

    fn routine(&mut self) -> Routine {
        Routine {
            name: self.text(),
            scalars: self.u16(),
            references: self.u16(),
            names: self.u16(),
            args: [self.u16(), self.u16(), self.u16()],
            code: (0..self.below(20)).map(|_| self.instr()).collect(),
            spans: self.list(|r| (r.below(20) as u32, r.span())),
            handlers: Vec::new(),
            inlined: Vec::new(),
        }
    }

    /// Any module, hardly ever a valid one.
    pub(crate) fn module(&mut self) -> Module {
        Module {
            sources: self.list(|r| Source {
                path: r.text(),
                text: r.text(),
            }),
            strings: self.list(Self::text),
            words: self.list(Self::next),
            values: self.list(|r| r.constant(4)),
            types: self.list(Self::ty),
            slots: self.list(|r| Slot {
                ty: r.u16(),
                bounds: r.u16(),
                name: r.text(),
            }),
            routines: self.list(Self::routine),
            calls: self.list(|r| Call {
                routine: r.u16(),
                args: [r.u16(), r.u16(), r.u16()],
            }),
            functions: self.list(|r| Function {
                routine: r.u16(),
                scalar: r.bool(),
            }),
            ports: self.list(|r| Port {
                target: r.target(),
                name: r.text(),
                subscripts: r.u16(),
                count: r.next() as u8,
                ty: r.u16(),
                bounds: r.u16(),
                fixed: r.next() % 2 == 1,
                cache: r.u16(),
            }),
            parallels: self.list(|r| Parallel {
                processes: r.list(Self::process),
                families: r.list(|r| Family {
                    name: r.text(),
                    dims: r.next() as u8,
                }),
                span: r.span(),
            }),
            choices: self.list(|r| Choice {
                pri: r.bool(),
                guards: r.list(Self::guard),
                otherwise: r.option(|r| r.next() as u32),
                turns: r.u16(),
                distinct: r.bool(),
                span: r.span(),
            }),
            fragments: self.list(Self::fragment),
            lowered: self.list(Self::span),
            includes: self.list(|r| Include {
                text: r.text(),
                span: r.span(),
            }),
            globals: self.list(|r| (r.text(), r.u16())),
            scripts: self.list(|r| ScriptModule {
                path: r.text(),
                text: r.text(),
            }),
            params: self.list(|r| Param {
                name: r.text(),
                ty: r.u16(),
                default: r.option(|r| r.constant(1)),
                span: r.span(),
            }),
            externs: self.list(|r| Extern {
                name: r.text(),
                ranges: r.list(|r| (r.bound(), r.bound())),
                span: r.span(),
            }),
        }
    }
}

/// Makes the checksum of changed bytes right again.
pub(crate) fn seal(bytes: &mut [u8]) {
    if bytes.len() >= 18 {
        let sum = bytes[18..].iter().fold(0xcbf2_9ce4_8422_2325u64, |sum, &byte| {
            (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        });
        bytes[10..18].copy_from_slice(&sum.to_le_bytes());
    }
}
