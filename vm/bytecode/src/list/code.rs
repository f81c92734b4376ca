//! Routines in a listing.

use super::List;
use super::text::{Names, quoted, run, short};
use crate::module::Kind;
use crate::natives::Native;
use crate::ops::{BinOp, CmpOp, Instr, Role};
use crate::outside::Outside;
use std::fmt::Write as _;

impl List<'_> {
    /// A routine: its banks, and its instructions under the lines that they come from.
    pub(super) fn routine(&self, out: &mut String, index: usize) {
        let routine = &self.module.routines[index];
        let name = if routine.name.is_empty() {
            "(no name)"
        } else {
            &routine.name
        };
        let _ = write!(
            out,
            "routine {index} {name}: s {}, r {}, n {}",
            routine.scalars, routine.references, routine.names
        );
        if routine.args != [0; 3] {
            let [s, r, n] = routine.args;
            let _ = write!(out, "; arguments s {s}, r {r}, n {n}");
        }
        out.push('\n');
        let mut shown = None;
        let mut spans = routine.spans.iter().peekable();
        for (pc, &instr) in routine.code.iter().enumerate() {
            let mut line = None;
            while let Some(&(_, span)) = spans.next_if(|&&(from, _)| from as usize <= pc) {
                line = self.line(span);
            }
            if let Some((path, number, text)) = line.filter(|&(path, number, _)| shown != Some((path, number))) {
                let _ = writeln!(out, "  ; {}:{number}: {}", short(path), short(text));
                shown = Some((path, number));
            }
            self.instruction(out, pc, instr);
        }
        for handler in &routine.handlers {
            let value = handler
                .value
                .map_or(String::new(), |value| format!(", value to r{value}"));
            let last = handler.to.saturating_sub(1);
            let _ = writeln!(
                out,
                "  failures of {}..{last} go on at {}{value}",
                handler.from, handler.target
            );
        }
        for inlined in &routine.inlined {
            let last = inlined.to.saturating_sub(1);
            let function = match inlined.function.starts_with("anon$") {
                true => "a closure",
                false => &inlined.function,
            };
            let _ = writeln!(out, "  {}..{last} do what {function} does", inlined.from);
        }
        out.push('\n');
    }

    fn instruction(&self, out: &mut String, pc: usize, instr: Instr) {
        let mut operands = Vec::new();
        let mut remarks = Vec::new();
        for &(field, role) in instr.op.operands() {
            let value = match field {
                'a' => u16::from(instr.a),
                'b' => instr.b,
                'c' => instr.c,
                _ => instr.d,
            };
            let (operand, remark) = self.operand(pc, instr, role, value);
            operands.extend(operand);
            remarks.extend(remark);
        }
        let operands = operands.join(", ");
        let line = match remarks.is_empty() {
            true => format!("{pc:5}  {:<9} {operands}", instr.op.name()),
            false => format!("{pc:5}  {:<9} {operands:<26} ; {}", instr.op.name(), remarks.join("; ")),
        };
        let _ = writeln!(out, "{}", line.trim_end());
    }

    /// An operand, and what it stands for.
    fn operand(&self, pc: usize, instr: Instr, role: Role, value: u16) -> (Option<String>, Option<String>) {
        let names = Names(self.module);
        let jump = |distance: i64| format!("-> {}", pc as i64 + 1 + distance);
        let remark = match role {
            Role::Word => self.module.words.get(usize::from(value)).map(|&word| word_text(word)),
            Role::Value => Some(names.value(value)),
            Role::Slot => Some(names.slot(value)),
            Role::Port => Some(names.port(value)),
            Role::Fragment => {
                let text = self
                    .module
                    .fragments
                    .get(usize::from(value))
                    .map_or("?", |fragment| fragment.text.trim());
                Some(quoted(text))
            }
            Role::Call => {
                let call = self.module.calls.get(usize::from(value));
                Some(call.map_or_else(|| "?".to_string(), |call| names.routine(call.routine)))
            }
            Role::Function => {
                let function = self.module.functions.get(usize::from(value));
                Some(function.map_or_else(|| "?".to_string(), |function| names.routine(function.routine)))
            }
            Role::Param => Some(names.param(value)),
            Role::Written => ["the number on the left", "a difference"]
                .get(usize::from(value).wrapping_sub(1))
                .map(ToString::to_string),
            _ => None,
        };
        let operand = match role {
            Role::SDst | Role::SSrc | Role::SMut => format!("s{value}"),
            Role::SPair => run('s', value, 2),
            Role::SPairs => run('s', value, 2 * usize::from(instr.a)),
            Role::RDst | Role::RSrc | Role::RMut => format!("r{value}"),
            Role::RList | Role::RListMut | Role::RListDst => run('r', value, usize::from(instr.a)),
            Role::NDst | Role::NSrc => format!("n{value}"),
            Role::Outside => Outside::ALL
                .get(usize::from(value))
                .map_or_else(|| value.to_string(), |outside| outside.name().to_owned()),
            Role::Imm16 => (value as i16).to_string(),
            Role::Wide => instr.wide_value().to_string(),
            Role::Jump16 => jump(i64::from(value as i16)),
            Role::JumpWide => jump(i64::from(instr.wide_value())),
            Role::Word => format!("word {value}"),
            Role::Value => format!("value {value}"),
            Role::Slot => format!("slot {value}"),
            Role::Symbol => names.string(value),
            Role::Port => format!("port {value}"),
            Role::Parallel => format!("parallel {value}"),
            Role::Choice => format!("choice {value}"),
            Role::Guard => format!("guard {value}"),
            Role::Fragment => format!("fragment {value}"),
            Role::Call => format!("call {value}"),
            Role::Function => format!("function {value}"),
            Role::SArgs => format!("s{value}.."),
            Role::RArgs => format!("r{value}.."),
            Role::Param => format!("param {value}"),
            Role::Kind => Kind::ALL
                .get(usize::from(value))
                .map_or("?", |kind| kind.name())
                .to_string(),
            Role::BinOp => BinOp::ALL
                .get(usize::from(value))
                .map_or("?", |op| op.symbol())
                .to_string(),
            Role::CmpOp => CmpOp::ALL
                .get(usize::from(value))
                .map_or("?", |op| op.symbol())
                .to_string(),
            Role::Native => Native::ALL
                .get(usize::from(value))
                .map_or("?", |native| native.name())
                .to_string(),
            Role::NativeArgs => {
                let native = Native::ALL.get(usize::from(instr.a));
                run('r', value, native.map_or(0, |native| native.args().len()))
            }
            Role::Written => return (None, remark),
            // The list of registers or pairs shows how long it is.
            Role::Count if instr.op.operands().iter().any(|&(_, role)| is_list(role)) => return (None, None),
            Role::Count => value.to_string(),
        };
        (Some(operand), remark)
    }
}

fn is_list(role: Role) -> bool {
    matches!(role, Role::RList | Role::RListMut | Role::RListDst | Role::SPairs)
}

/// A word has no kind: as an integer, and as a real if it looks like one.
pub(super) fn word_text(word: u64) -> String {
    let real = f64::from_bits(word);
    match real.is_finite() && (1e-100..1e100).contains(&real.abs()) {
        true => format!("{real:?} or {}", word as i64),
        false => (word as i64).to_string(),
    }
}
