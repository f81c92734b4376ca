//! Instructions of one routine while their jumps are still labels.

use hydra_bytecode::{Instr, Op, Role, Span};

/// A place in the code, perhaps not known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Label(usize);

/// Where a label is before it is bound.
const UNBOUND: usize = usize::MAX;

/// How many jumps to jumps are followed.
const HOPS_MAX: usize = 16;

/// Code in the making.
#[derive(Default)]
pub(super) struct Code {
    items: Vec<(Instr, Option<Label>)>,
    spans: Vec<(usize, Span)>,
    labels: Vec<usize>,
    used: Vec<bool>,
}

/// Code with its jumps worked out.
pub(super) struct Placed {
    /// The instructions.
    pub(super) code: Vec<Instr>,
    /// The span from an instruction on.
    pub(super) spans: Vec<(u32, Span)>,
    positions: Vec<usize>,
    labels: Vec<usize>,
}

impl Placed {
    /// The index of the instruction at a label.
    pub(super) fn at(&self, label: Label) -> u32 {
        self.positions.get(self.labels[label.0]).map_or(0, |&at| at as u32)
    }
}

/// Which field of an instruction holds a jump in 16 bits.
fn short_jump(op: Op) -> Option<char> {
    op.operands()
        .iter()
        .find(|(_, role)| *role == Role::Jump16)
        .map(|&(field, _)| field)
}

impl Code {
    /// Adds an instruction.
    pub(super) fn emit(&mut self, instr: Instr, span: Span) {
        self.push(instr, None, span);
    }

    /// Adds an instruction that jumps to a label.
    pub(super) fn jump(&mut self, instr: Instr, to: Label, span: Span) {
        self.push(instr, Some(to), span);
    }

    fn push(&mut self, instr: Instr, to: Option<Label>, span: Span) {
        if self.spans.last().is_none_or(|&(_, last)| last != span) {
            self.spans.push((self.items.len(), span));
        }
        if let Some(Label(label)) = to {
            self.used[label] = true;
        }
        self.items.push((instr, to));
    }

    /// A new label, to be bound later.
    pub(super) fn label(&mut self) -> Label {
        self.labels.push(UNBOUND);
        self.used.push(false);
        Label(self.labels.len() - 1)
    }

    /// The label is here.
    pub(super) fn bind(&mut self, label: Label) {
        self.labels[label.0] = self.items.len();
    }

    /// Whether anything jumps to the label.
    pub(super) fn is_used(&self, label: Label) -> bool {
        self.used[label.0]
    }

    /// Whether a jump leads behind the last instruction.
    pub(super) fn is_left_open(&self) -> bool {
        let mut labels = self.labels.iter().zip(&self.used);
        labels.any(|(&at, &used)| used && at == self.items.len())
    }

    /// A label that is here.
    pub(super) fn here(&mut self) -> Label {
        let label = self.label();
        self.bind(label);
        label
    }

    /// Where a jump ends that meets other jumps. A conditional jump in 32 bits does not go back this way: only the others
    /// count the budget of a process.
    fn end_of(&self, from: usize, to: Label) -> usize {
        let mut at = self.labels[to.0].min(self.items.len());
        for _ in 0..HOPS_MAX {
            match self.items.get(at) {
                Some((Instr { op: Op::Jmp, .. }, Some(next))) => {
                    let next = self.labels[next.0].min(self.items.len());
                    if matches!(self.items[from].0.op, Op::JTrue | Op::JFalse) && next <= from {
                        break;
                    }
                    at = next;
                }
                _ => break,
            }
        }
        at
    }

    /// Works out all jumps. A jump in 16 bits that would have to go further goes by way of a wide one:
    /// `J +1; Jmp +1; Jmp far`. A jump to the next instruction is left out.
    pub(super) fn place(self) -> Placed {
        let items = self.items.iter().enumerate();
        let targets: Vec<Option<usize>> = items.map(|(i, (_, to))| to.map(|to| self.end_of(i, to))).collect();
        let next = |i: usize| self.items[i].0.op == Op::Jmp && targets[i] == Some(i + 1);
        let mut sizes: Vec<usize> = (0..self.items.len()).map(|i| usize::from(!next(i))).collect();
        let positions = loop {
            let mut positions = Vec::with_capacity(self.items.len() + 1);
            let mut at = 0;
            for size in &sizes {
                positions.push(at);
                at += size;
            }
            positions.push(at);
            let mut grown = false;
            for (i, target) in targets.iter().enumerate() {
                let Some(target) = target else { continue };
                if sizes[i] != 1 || short_jump(self.items[i].0.op).is_none() {
                    continue;
                }
                let distance = positions[*target] as i64 - positions[i] as i64 - 1;
                if i16::try_from(distance).is_err() {
                    sizes[i] = 3;
                    grown = true;
                }
            }
            if !grown {
                break positions;
            }
        };

        let mut code = Vec::with_capacity(positions[self.items.len()]);
        for (i, &(mut instr, _)) in self.items.iter().enumerate() {
            let Some(target) = targets[i] else {
                code.push(instr);
                continue;
            };
            let distance = positions[target] as i64 - positions[i] as i64 - 1;
            match (short_jump(instr.op), sizes[i]) {
                (_, 0) => {}
                (None, _) => code.push(Instr::wide(instr.op, instr.b, distance as i32)),
                (Some(field), size) => {
                    let short = if size == 3 { 1 } else { distance as i16 as u16 };
                    *(if field == 'c' { &mut instr.c } else { &mut instr.d }) = short;
                    code.push(instr);
                    if size == 3 {
                        code.push(Instr::wide(Op::Jmp, 0, 1));
                        code.push(Instr::wide(Op::Jmp, 0, (distance - 2) as i32));
                    }
                }
            }
        }
        let mut spans: Vec<(u32, Span)> = Vec::with_capacity(self.spans.len());
        for &(i, span) in &self.spans {
            let at = positions[i] as u32;
            if spans.last().is_some_and(|&(last, _)| last == at) {
                spans.pop();
            }
            spans.push((at, span));
        }
        Placed {
            code,
            spans,
            positions,
            labels: self.labels,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_far_jump_goes_by_way_of_a_wide_one() {
        let mut code = Code::default();
        let end = code.label();
        code.jump(Instr::new(Op::JEq, 0, 0, 1, 0), end, Span::default());
        for _ in 0..40_000 {
            code.emit(Instr::new(Op::Nop, 0, 0, 0, 0), Span::default());
        }
        code.bind(end);
        code.emit(Instr::new(Op::End, 0, 0, 0, 0), Span::default());
        let placed = code.place();
        assert_eq!(placed.code[0].d, 1);
        assert_eq!(placed.code[1].wide_value(), 1);
        assert_eq!(placed.code[2].wide_value(), 40_000);
        assert_eq!(placed.code[2 + 1 + 40_000].op, Op::End);
        assert_eq!(placed.at(end), 40_003);
    }

    #[test]
    fn a_jump_to_a_jump_goes_on() {
        let mut code = Code::default();
        let (first, second) = (code.label(), code.label());
        code.jump(Instr::wide(Op::JTrue, 0, 0), first, Span::default());
        code.bind(first);
        code.jump(Instr::wide(Op::Jmp, 0, 0), second, Span::default());
        code.emit(Instr::new(Op::Nop, 0, 0, 0, 0), Span::default());
        code.bind(second);
        code.emit(Instr::new(Op::End, 0, 0, 0, 0), Span::default());
        assert_eq!(code.place().code[0].wide_value(), 2);
    }

    #[test]
    fn a_jump_to_the_next_instruction_is_left_out() {
        let mut code = Code::default();
        let next = code.label();
        code.emit(Instr::new(Op::Nop, 0, 0, 0, 0), Span::new(0, 0, 1));
        code.jump(Instr::wide(Op::Jmp, 0, 0), next, Span::new(0, 1, 2));
        code.bind(next);
        code.emit(Instr::new(Op::End, 0, 0, 0, 0), Span::new(0, 2, 3));
        let placed = code.place();
        assert_eq!(
            placed.code.iter().map(|instr| instr.op).collect::<Vec<_>>(),
            [Op::Nop, Op::End]
        );
        assert_eq!(placed.spans, [(0, Span::new(0, 0, 1)), (1, Span::new(0, 2, 3))]);
        assert_eq!(placed.at(next), 1);
    }
}
