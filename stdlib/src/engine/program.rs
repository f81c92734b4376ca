//! The rhai of one program: texts, and what is compiled of them, once for all workers.

use super::error::{Failure, Place, ScriptError};
use super::includes::{self, Evaluated};
use super::setup::Watch;
use crate::analysis::{self, Places, TextKind};
use crate::value::Symbols;
use hydra_bytecode::{Const, Edit, Module, Source, Span, Type};
use rhai::{AST, Engine, Expr, Position, StmtBlock};
use std::sync::{Arc, OnceLock};

/// The rhai of one program, shared by all workers of a run.
#[derive(Debug)]
pub struct ScriptProgram {
    pub(super) texts: Arc<Texts>,
    /// What the includes define in this run.
    evaluated: OnceLock<Result<Evaluated, ScriptError>>,
}

/// What all runs of a program share.
#[derive(Debug)]
pub(super) struct Texts {
    sources: Vec<Source>,
    pub(super) fragments: Vec<Fragment>,
    includes: Vec<(String, Span)>,
    globals: Vec<(String, Const)>,
    pub(super) scripts: Arc<[(String, String)]>,
    /// The includes as one script.
    merged: OnceLock<Result<AST, Failure>>,
}

/// A fragment.
#[derive(Debug)]
pub(super) struct Fragment {
    text: String,
    span: Span,
    edits: Vec<Edit>,
    pub(super) variables: Vec<Variable>,
    pub(super) constants: Vec<(String, Const)>,
    pub(super) params: Vec<String>,
    compiled: OnceLock<Result<Compiled, ScriptError>>,
}

/// A variable that a fragment sees.
#[derive(Debug)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) writes: bool,
    pub(super) indexed: bool,
    /// Dimensions of its type; 0 if it is no array.
    pub(super) dims: usize,
}

/// A fragment that can run.
#[derive(Debug)]
pub(super) struct Compiled {
    /// All of it as one block.
    pub(super) block: Expr,
    /// Functions and closures, if it has any.
    pub(super) functions: Option<AST>,
    /// For each variable, whether it is given as a view of the array.
    pub(super) views: Vec<bool>,
    /// For each variable, the name under which the text expects its bounds.
    pub(super) bounds: Vec<Option<String>>,
    /// What was put into the text here.
    edits: Vec<Edit>,
}

impl ScriptProgram {
    /// The rhai of a module.
    pub fn new(module: &Module) -> Self {
        let constant = |index: u16| module.values.get(usize::from(index)).cloned().unwrap_or(Const::Unit);
        let named = |constants: &[(String, u16)]| {
            constants
                .iter()
                .map(|(name, index)| (name.clone(), constant(*index)))
                .collect::<Vec<_>>()
        };
        let dims = |slot: u16| {
            let ty = module
                .slots
                .get(usize::from(slot))
                .and_then(|slot| module.types.get(usize::from(slot.ty)));
            if let Some(Type::Array { dims, .. }) = ty {
                usize::from(*dims)
            } else {
                0
            }
        };
        let fragments = module.fragments.iter().map(|fragment| Fragment {
            text: fragment.text.clone(),
            span: fragment.span,
            edits: fragment.edits.clone(),
            variables: fragment
                .variables
                .iter()
                .map(|variable| Variable {
                    name: variable.name.clone(),
                    writes: variable.writes,
                    indexed: variable.indexed,
                    dims: dims(variable.slot),
                })
                .collect(),
            constants: named(&fragment.constants),
            params: fragment
                .params
                .iter()
                .map(|&index| {
                    module
                        .params
                        .get(usize::from(index))
                        .map_or(String::new(), |param| param.name.clone())
                })
                .collect(),
            compiled: OnceLock::new(),
        });
        let texts = Texts {
            sources: module.sources.clone(),
            fragments: fragments.collect(),
            includes: module
                .includes
                .iter()
                .map(|include| (include.text.clone(), include.span))
                .collect(),
            globals: named(&module.globals),
            scripts: module
                .scripts
                .iter()
                .map(|script| (script.path.clone(), script.text.clone()))
                .collect(),
            merged: OnceLock::new(),
        };
        ScriptProgram {
            texts: Arc::new(texts),
            evaluated: OnceLock::new(),
        }
    }

    /// The same for another run, whose engines have the same functions: what is compiled already is not compiled again.
    #[must_use]
    pub fn again(&self) -> ScriptProgram {
        ScriptProgram {
            texts: self.texts.clone(),
            evaluated: OnceLock::new(),
        }
    }

    /// The compiled fragment.
    pub(super) fn compiled(&self, index: usize, engine: &Engine) -> Result<&Compiled, ScriptError> {
        let Some(fragment) = self.texts.fragments.get(index) else {
            let message = format!("the program has no fragment number {index}");
            return Err(ScriptError {
                message,
                span: Span::default(),
                in_function: false,
                stopped: false,
                limit: false,
            });
        };
        let compiled = fragment.compiled.get_or_init(|| {
            fragment
                .compile(engine)
                .map_err(|failure| self.error(fragment, &[], failure))
        });
        compiled.as_ref().map_err(Clone::clone)
    }

    /// What the includes define; `engine` evaluates them if nobody has done so yet.
    pub(super) fn includes(
        &self,
        engine: &mut Engine,
        watch: &Watch,
        symbols: &Arc<Symbols>,
    ) -> Result<&Evaluated, ScriptError> {
        let evaluated = self.evaluated.get_or_init(|| {
            let texts: Vec<&str> = self.texts.includes.iter().map(|(text, _)| text.as_str()).collect();
            let globals = includes::global_values(&self.texts.globals, symbols);
            let merged = self
                .texts
                .merged
                .get_or_init(|| includes::merged(engine, &texts, &globals));
            let merged = merged.as_ref().map_err(Clone::clone);
            merged
                .and_then(|ast| includes::evaluate(engine, ast, &globals, watch, symbols))
                .map_err(|failure| self.located(self.include_span(failure.place), failure))
        });
        evaluated.as_ref().map_err(Clone::clone)
    }

    /// A failure of a compiled fragment.
    pub(super) fn failed(&self, index: usize, compiled: &Compiled, failure: Failure) -> ScriptError {
        self.error(&self.texts.fragments[index], &compiled.edits, failure)
    }

    /// A failure of a whole fragment.
    pub(super) fn failed_at_all(&self, index: usize, message: String) -> ScriptError {
        ScriptError {
            message,
            span: self.texts.fragments[index].span,
            in_function: false,
            stopped: false,
            limit: false,
        }
    }

    fn error(&self, fragment: &Fragment, edits: &[Edit], failure: Failure) -> ScriptError {
        let span = match failure.place {
            Place::Fragment(position) => self.fragment_span(fragment, edits, position),
            place => self.include_span(place),
        };
        self.located(span, failure)
    }

    fn located(&self, span: Span, failure: Failure) -> ScriptError {
        let in_function = matches!(failure.place, Place::Include(_));
        ScriptError {
            message: failure.message,
            span,
            in_function,
            stopped: failure.stopped,
            limit: failure.limit,
        }
    }

    /// A place in the compiled text of a fragment, in its source.
    fn fragment_span(&self, fragment: &Fragment, edits: &[Edit], position: Position) -> Span {
        let Some(line) = position.line() else {
            return fragment.span;
        };
        let column = position.position().unwrap_or(1);
        let column = without(&fragment.edits, line, without(edits, line, column));
        self.span_within(fragment.span, line, column)
    }

    /// Line and column of a place in a fragment, whose text is `inner`, or in the includes taken together.
    pub(super) fn place(&self, place: Span, inner: Option<Span>) -> Option<(usize, usize)> {
        let (outer, before) = match inner {
            Some(inner) => (inner, 0),
            None => {
                let holds = |span: &Span| span.file == place.file && (span.start..=span.end).contains(&place.start);
                let at = self.texts.includes.iter().position(|(_, span)| holds(span))?;
                let before = self.texts.includes[..at].iter().map(|(text, _)| includes::lines(text));
                (self.texts.includes[at].1, before.sum())
            }
        };
        let source = self.texts.sources.get(outer.file as usize)?;
        let text = source.text.get(outer.start as usize..place.start as usize)?;
        let line = text.matches('\n').count();
        let column = text[text.rfind('\n').map_or(0, |at| at + 1)..].chars().count();
        Some((before + line + 1, column + 1))
    }

    fn include_span(&self, place: Place) -> Span {
        let (Place::Include(position) | Place::Fragment(position)) = place;
        let texts: Vec<&str> = self.texts.includes.iter().map(|(text, _)| text.as_str()).collect();
        match includes::locate(&texts, position) {
            Some((index, line)) => {
                self.span_within(self.texts.includes[index].1, line, position.position().unwrap_or(1))
            }
            None => self.texts.includes.first().map_or(Span::default(), |(_, span)| *span),
        }
    }

    /// The word, or what is in brackets, at a line and column of a text that stands at `outer`.
    fn span_within(&self, outer: Span, line: usize, column: usize) -> Span {
        let source = self.texts.sources.get(outer.file as usize);
        let text = source.and_then(|source| source.text.get(outer.start as usize..outer.end as usize));
        let Some(text) = text else { return outer };
        let places = Places::new(text);
        let start = places.line_column(line, column);
        let end = analysis::shown_end(text, &places, start);
        Span::new(outer.file, outer.start + start as u32, outer.start + end as u32)
    }
}

/// A column in a text before insertions, from the column after them. What stands in an insertion counts as the character
/// before it: `[` in front of `hydra_at(`.
fn without(edits: &[Edit], line: usize, column: usize) -> usize {
    let mut original = column;
    for edit in edits
        .iter()
        .filter(|edit| edit.line as usize == line && edit.column as usize <= column)
    {
        let (start, length) = (edit.column as usize, edit.length as usize);
        original -= if column < start + length {
            column - start + 1
        } else {
            length
        };
    }
    original.max(1)
}

impl Fragment {
    /// Whether a name occurs in the text.
    pub(super) fn mentions(&self, name: &str) -> bool {
        self.text.contains(name)
    }

    /// Whether a name is that of one of its variables, constants or params.
    pub(super) fn binds(&self, name: &str) -> bool {
        self.variables.iter().any(|variable| variable.name == name)
            || self.constants.iter().any(|(constant, _)| constant == name)
            || self.params.iter().any(|param| param == name)
    }

    fn compile(&self, engine: &Engine) -> Result<Compiled, Failure> {
        let views: Vec<bool> = self.variables.iter().map(|variable| variable.indexed).collect();
        let mut compiled = self.compile_text(engine, &self.text, views, Vec::new())?;
        if compiled.views.contains(&true)
            && let Some((text, views, edits)) = self.without_rows()
        {
            compiled = self.compile_text(engine, &text, views, edits)?;
        }
        Ok(compiled)
    }

    fn compile_text(
        &self,
        engine: &Engine,
        text: &str,
        views: Vec<bool>,
        edits: Vec<Edit>,
    ) -> Result<Compiled, Failure> {
        let ast = engine
            .compile(text)
            .map_err(|error| Failure::parse(&error, Place::Fragment))?;
        let block = StmtBlock::new(ast.statements().iter().cloned(), Position::START, Position::NONE);
        let functions = ast.has_functions().then(|| ast.clone());
        let bounds = |variable: &Variable| {
            let names = [
                format!("hydra_bounds_{}", variable.name),
                format!("{}_bounds", variable.name),
            ];
            names
                .into_iter()
                .find(|name| variable.dims > 0 && text.contains(name.as_str()) && !self.binds(name))
        };
        let bounds = self.variables.iter().map(bounds).collect();
        Ok(Compiled {
            block: Expr::Stmt(block.into()),
            functions,
            views,
            bounds,
            edits,
        })
    }

    /// If the text wants rows of an array as values (fewer subscripts than dimensions), that array cannot be a view:
    /// a row that is reached otherwise counts from 0. Gives the text with calls of `hydra_at`.
    fn without_rows(&self) -> Option<(String, Vec<bool>, Vec<Edit>)> {
        let found = analysis::analyze(&self.text, TextKind::Fragment, &|_| analysis::Inferred::Unknown).ok()?;
        let with_rows = |variable: &Variable| {
            let mut mentions = found.uses.iter().filter(|mention| mention.name == variable.name);
            variable.indexed && mentions.any(|mention| mention.subscripts.len() < variable.dims)
        };
        let rows: Vec<bool> = self.variables.iter().map(with_rows).collect();
        if !rows.contains(&true) {
            return None;
        }
        let mut insertions: Vec<(usize, String)> = Vec::new();
        for (variable, _) in self.variables.iter().zip(&rows).filter(|(_, rows)| **rows) {
            for mention in found.uses.iter().filter(|mention| mention.name == variable.name) {
                for (dim, subscript) in mention.subscripts.iter().take(variable.dims).enumerate() {
                    insertions.push((subscript.open + 1, "hydra_at(".into()));
                    insertions.push((subscript.close, format!(", hydra_bounds_{}, {dim})", variable.name)));
                }
            }
        }
        insertions.sort_by_key(|(offset, _)| *offset);
        let views = self
            .variables
            .iter()
            .zip(rows)
            .map(|(variable, rows)| variable.indexed && !rows)
            .collect();
        let (text, edits) = insert(&self.text, &insertions);
        Some((text, views, edits))
    }
}

/// Puts texts without line ends into a text.
fn insert(text: &str, insertions: &[(usize, String)]) -> (String, Vec<Edit>) {
    let (mut out, mut edits, mut done) = (String::new(), Vec::new(), 0);
    for (offset, inserted) in insertions {
        out.push_str(&text[done..*offset]);
        done = *offset;
        let line_start = out.rfind('\n').map_or(0, |i| i + 1);
        edits.push(Edit {
            line: out.matches('\n').count() as u32 + 1,
            column: out[line_start..].chars().count() as u32 + 1,
            length: inserted.chars().count() as u32,
        });
        out.push_str(inserted);
    }
    out.push_str(&text[done..]);
    (out, edits)
}
