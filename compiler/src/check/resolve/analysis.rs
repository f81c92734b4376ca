//! What is known of rhai text. (Stands in for the standard library's analysis.)
#![allow(dead_code)]

use hydra_bytecode::Const;

#[derive(Default)]
pub struct Analysis {
    pub uses: Vec<Use>,
    pub calls: Vec<FnCall>,
    pub result: Inferred,
    pub functions: Vec<FnDef>,
    pub constants: Vec<(String, usize)>,
    pub imports: Vec<(String, Option<String>)>,
}
pub struct Use {
    pub name: String,
    pub start: usize,
    pub reads: bool,
    pub writes: bool,
    pub subscripts: Vec<UseSubscript>,
}
pub struct UseSubscript {
    pub open: usize,
    pub close: usize,
    pub form: Form,
}
pub enum Form {
    Constant(i64),
    Name(String),
    Other,
}
pub struct FnCall {
    pub name: String,
    pub namespace: Option<String>,
    pub args: usize,
    pub method: bool,
    pub start: usize,
}
#[derive(Clone)]
pub struct FnDef {
    pub name: String,
    pub params: Vec<String>,
    pub start: usize,
}
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Inferred {
    Integer,
    Real,
    Boolean,
    Character,
    String,
    Unit,
    Array(Box<Inferred>),
    #[default]
    Unknown,
}
#[derive(Debug)]
pub struct Problem {
    pub offset: usize,
    pub end: usize,
    pub message: String,
}
#[derive(Clone, Copy, PartialEq)]
pub enum TextKind {
    Fragment,
    Include,
}
pub fn analyze(text: &str, _kind: TextKind, _types: &dyn Fn(&str) -> Inferred) -> Result<Analysis, Vec<Problem>> {
    let mut analysis = Analysis::default();
    // A crude stand-in: a fragment that is a comparison or arithmetic of names is not analysed.
    let t = text.trim();
    if !t.is_empty()
        && t.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !t.starts_with(|c: char| c.is_ascii_digit())
    {
        let start = text.find(t).unwrap_or(0);
        if t != "true" && t != "false" {
            analysis.uses.push(Use {
                name: t.into(),
                start,
                reads: true,
                writes: false,
                subscripts: vec![],
            });
        }
    }
    Ok(analysis)
}
pub fn is_known_function(_name: &str, _args: usize, _method: bool) -> bool {
    true
}
pub fn module_function(_module: &str, _name: &str) -> bool {
    true
}
pub fn include_constants(
    _includes: &[&str],
    _globals: &[(String, Const)],
    _scripts: &[(String, String)],
) -> Result<Vec<(String, Const)>, (usize, Problem)> {
    Ok(vec![])
}
