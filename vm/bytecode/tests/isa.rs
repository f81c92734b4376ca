//! `ISA.md` is made from the table of instructions.

use hydra_bytecode::Op;
use std::fmt::Write as _;

/// Instructions that begin a section, as the table in `ops.rs` has them: `// --- title`.
fn sections() -> Vec<(String, String)> {
    let mut title = "no operation".to_string();
    let mut sections = Vec::new();
    for line in include_str!("../src/ops.rs")
        .lines()
        .map(str::trim)
        .skip_while(|line| *line != "ops! {")
    {
        if let Some(text) = line.strip_prefix("// --- ") {
            title = text.to_string();
        } else if let Some((name, _)) = line
            .split_once(" {")
            .filter(|(name, _)| !title.is_empty() && !name.contains('!'))
        {
            sections.push((name.to_string(), std::mem::take(&mut title)));
        }
    }
    sections
}

/// Roles with what they mean.
fn roles() -> Vec<(String, String)> {
    let lines = include_str!("../src/ops.rs")
        .lines()
        .skip_while(|line| *line != "pub enum Role {")
        .skip(1);
    let lines: Vec<&str> = lines.take_while(|line| *line != "}").map(str::trim).collect();
    let pairs = lines
        .chunks(2)
        .map(|pair| (pair[1].trim_end_matches(','), pair[0].trim_start_matches("/// ")));
    pairs
        .map(|(name, doc)| (name.to_string(), doc.replace("crate::", "").replace(['[', ']'], "")))
        .collect()
}

fn page() -> String {
    let mut out = String::from(
        "# Instructions\n\n\
         Made from the table in [`src/ops.rs`](src/ops.rs); `HYDRA_BLESS=1 cargo test -p hydra-bytecode --test isa` makes it \
         anew.\n\n\
         An instruction is 8 bytes: opcode, `a` (8 bits), `b`, `c`, `d` (16 bits each, little-endian in a file). *Wide* \
         operands take `c` and `d` together as a signed 32-bit number. Registers are in three banks: `s`, 8-byte scalars \
         without tags; `r`, references; `n`, names of processes. A jump counts from the instruction that follows. Fields that \
         are not listed are 0.\n",
    );
    let sections = sections();
    for op in Op::ALL {
        if let Some((_, title)) = sections.iter().find(|(name, _)| name == op.name()) {
            let _ = write!(out, "\n## {}{}\n\n", title[..1].to_uppercase(), &title[1..]);
            out.push_str("| number | name | operands | meaning |\n|---|---|---|---|\n");
        }
        let operands: Vec<String> = op
            .operands()
            .iter()
            .map(|(field, role)| format!("`{field}` {role:?}"))
            .collect();
        let doc = op.doc().trim().replace('\n', "").replace('|', "\\|");
        let _ = writeln!(
            out,
            "| {} | {} | {} | {doc} |",
            *op as u8,
            op.name(),
            operands.join(", ")
        );
    }
    out.push_str("\n## Roles of operands\n\n| role | meaning |\n|---|---|\n");
    for (name, doc) in roles() {
        let _ = writeln!(out, "| {name} | {doc} |");
    }
    out
}

#[test]
fn isa_page_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/ISA.md");
    if std::env::var_os("HYDRA_BLESS").is_some() {
        std::fs::write(path, page()).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap_or_default().replace('\r', "");
    assert!(
        found == page(),
        "ISA.md is not what the table of instructions says; HYDRA_BLESS=1 rewrites it"
    );
}

#[test]
fn opcodes_and_numbers_are_inverse() {
    for number in 0..=u8::MAX {
        let op = Op::from_u8(number);
        assert_eq!(
            op.map(|op| op as u8),
            (usize::from(number) < Op::ALL.len()).then_some(number)
        );
    }
    assert_eq!(
        sections().len(),
        include_str!("../src/ops.rs").matches("// --- ").count() + 1
    );
}
