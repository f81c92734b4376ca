//! What a name means at a place: scopes, routines, and how a process gets at the variables of its enclosers.
//!
//! Every name has a stack of meanings, the innermost last; a scope remembers which names it has to take off again. So a
//! name is found at once however deep the place is. A routine that mentions a variable of an encloser gets one of its own
//! for it, and so does every routine between the two.

use crate::check::tree::{CaptureMode, FormalName, Routine, Type, Var, VarId, VarKind};
use hydra_bytecode::Span;
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// Bounds of a dimension as far as they are known.
pub(super) type Known = (Option<i64>, Option<i64>);

/// A variable as it was declared: the routine (0 is the outermost) and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Origin {
    /// how many routines enclose the one that declares it
    pub(super) frame: u32,
    /// which of its variables
    pub(super) var: VarId,
}

/// What a variable's name means.
#[derive(Clone, Copy, Debug)]
pub(super) struct Binding {
    /// the variable
    pub(super) origin: Origin,
    /// the scope that declares it
    pub(super) scope: u32,
}

/// What a process name means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// a label: the processes of its parallel command are this deep (at least 1), and which family
    Label {
        /// index into the routines
        level: u32,
        /// index into the families
        family: u32,
    },
    /// a formal of the definition: index into the names of the outermost routine
    Formal(u32),
}

/// What the check knows of a variable besides [`Var`].
#[derive(Clone, Debug)]
pub(super) struct Info {
    /// where it was declared
    pub(super) origin: Origin,
    /// known bounds of all its dimensions
    pub(super) known: Rc<[Known]>,
    /// whether it is read
    read: bool,
    /// whether it is assigned
    assigned: bool,
    /// whether it gets a value at its declaration
    given: bool,
}

/// A routine in the making.
#[derive(Debug, Default)]
pub(super) struct Frame {
    /// its variables
    pub(super) vars: Vec<Var>,
    info: Vec<Info>,
    /// its process names
    pub(super) names: Vec<FormalName>,
    captured: FxHashMap<Origin, VarId>,
    captured_names: FxHashMap<u32, u32>,
    /// its label
    pub(super) label: Option<OwnLabel>,
}

/// The family of a label, and what is known of each subscript; a range over a single constant is that constant, too.
pub(super) type OwnLabel = (u32, Vec<(Key, Option<Key>)>);

/// What is known of the value of a subscript: equal keys are equal values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// this value
    Constant(i64),
    /// the value of a param
    Param(u32),
    /// the value of a range variable
    Fixed(Origin),
    /// the value that a variable has at the time
    Var(Origin),
    /// nothing is known; never compared
    Unknown,
}

/// A scope: what to forget at its end.
#[derive(Debug, Default)]
struct Scope<'a> {
    variables: Vec<&'a str>,
    names: Vec<&'a str>,
    declared: Vec<VarId>,
}

/// All that is in scope at a place of the main process or of a definition.
#[derive(Debug)]
pub(super) struct Env<'a> {
    /// The routines that enclose the place, the outermost first.
    pub(super) frames: Vec<Frame>,
    variables: FxHashMap<&'a str, Vec<Binding>>,
    names: FxHashMap<&'a str, Vec<(Named, u32)>>,
    scopes: Vec<Scope<'a>>,
    /// Known bounds of the formals of the definition that are families.
    pub(super) formal_bounds: Vec<Vec<Known>>,
}

/// How a variable came out at the end of its scope.
pub(super) enum Fate {
    /// It was never mentioned.
    Unused,
    /// It was read and never assigned.
    Unassigned,
}

impl<'a> Env<'a> {
    /// With one routine and no scope.
    pub(super) fn new() -> Self {
        Env {
            frames: vec![Frame::default()],
            variables: FxHashMap::default(),
            names: FxHashMap::default(),
            scopes: Vec::new(),
            formal_bounds: Vec::new(),
        }
    }

    /// The number of the innermost routine.
    pub(super) fn here(&self) -> u32 {
        self.frames.len() as u32 - 1
    }

    /// The innermost routine.
    pub(super) fn frame(&mut self) -> &mut Frame {
        let here = self.here() as usize;
        &mut self.frames[here]
    }

    /// A variable of the innermost routine.
    pub(super) fn var(&self, id: VarId) -> &Var {
        &self.frames[self.here() as usize].vars[id.0 as usize]
    }

    /// What else is known of it.
    pub(super) fn info(&self, id: VarId) -> &Info {
        &self.frames[self.here() as usize].info[id.0 as usize]
    }

    /// Whether it is a range variable or a subscript of a label.
    pub(super) fn is_constant(&self, origin: Origin) -> bool {
        let var = &self.frames[origin.frame as usize].vars[origin.var.0 as usize];
        matches!(var.kind, VarKind::Range | VarKind::Label(_))
    }

    /// The declaration of a variable.
    pub(super) fn declaration(&self, origin: Origin) -> &Var {
        &self.frames[origin.frame as usize].vars[origin.var.0 as usize]
    }

    // --- scopes

    /// Begins a scope; returns its number.
    pub(super) fn push_scope(&mut self) -> u32 {
        self.scopes.push(Scope::default());
        self.scopes.len() as u32 - 1
    }

    /// Ends the innermost scope; returns its variables that were not used as variables should be.
    pub(super) fn pop_scope(&mut self) -> Vec<(VarId, Fate)> {
        let Some(scope) = self.scopes.pop() else {
            return Vec::new();
        };
        for name in scope.variables {
            if let Some(stack) = self.variables.get_mut(name) {
                stack.pop();
            }
        }
        for name in scope.names {
            if let Some(stack) = self.names.get_mut(name) {
                stack.pop();
            }
        }
        let mut fates = Vec::new();
        for id in scope.declared {
            let info = self.info(id);
            if self.var(id).kind == VarKind::Local {
                if !info.read && !info.assigned {
                    fates.push((id, Fate::Unused));
                } else if !info.assigned && !info.given {
                    fates.push((id, Fate::Unassigned));
                }
            }
        }
        fates
    }

    // --- variables

    /// Adds a variable to the innermost routine and scope; returns it, and the place of one that this scope already has.
    pub(super) fn declare(
        &mut self,
        name: &'a str,
        var: Var,
        known: Rc<[Known]>,
        given: bool,
    ) -> (VarId, Option<Span>) {
        let id = VarId(self.frame().vars.len() as u32);
        let origin = Origin {
            frame: self.here(),
            var: id,
        };
        let frame = self.frame();
        frame.vars.push(var);
        frame.info.push(Info {
            origin,
            known,
            read: false,
            assigned: false,
            given,
        });
        let scope = self.scopes.len() as u32 - 1;
        let stack = self.variables.entry(name).or_default();
        let twice = stack.last().filter(|b| b.scope == scope).map(|b| b.origin);
        stack.push(Binding { origin, scope });
        if let Some(scope) = self.scopes.last_mut() {
            scope.variables.push(name);
            scope.declared.push(id);
        }
        (id, twice.map(|o| self.declaration(o).span))
    }

    /// What a variable's name means here.
    pub(super) fn find(&self, name: &str) -> Option<Binding> {
        self.variables.get(name)?.last().copied()
    }

    /// All names of variables in scope.
    pub(super) fn variable_names(&self) -> impl Iterator<Item = &'a str> {
        self.variables
            .iter()
            .filter(|(_, stack)| !stack.is_empty())
            .map(|(&name, _)| name)
    }

    /// The variable of the innermost routine for one that may belong to an encloser.
    pub(super) fn capture(&mut self, origin: Origin) -> VarId {
        let here = self.here() as usize;
        let mut level = here;
        let mut var = loop {
            if level == origin.frame as usize {
                break origin.var;
            }
            if let Some(&var) = self.frames[level].captured.get(&origin) {
                break var;
            }
            level -= 1;
        };
        while level < here {
            let outer = &self.frames[level];
            let Var { name, ty, span, .. } = outer.vars[var.0 as usize].clone();
            let known = outer.info[var.0 as usize].known.clone();
            let kind = VarKind::Captured {
                outer: var,
                mode: CaptureMode::Whole,
            };
            level += 1;
            let frame = &mut self.frames[level];
            var = VarId(frame.vars.len() as u32);
            frame.vars.push(Var {
                name,
                ty,
                span,
                kind,
                bounds: Vec::new(),
                assigned: false,
            });
            frame.info.push(Info {
                origin,
                known,
                read: false,
                assigned: false,
                given: false,
            });
            frame.captured.insert(origin, var);
        }
        var
    }

    /// Notes that the innermost routine reads a variable of its own.
    pub(super) fn mark_read(&mut self, id: VarId) {
        self.mark(id, |info, _| std::mem::replace(&mut info.read, true));
    }

    /// Notes that the innermost routine assigns a variable of its own.
    pub(super) fn mark_assigned(&mut self, id: VarId) {
        self.mark(id, |info, var| {
            var.assigned = true;
            std::mem::replace(&mut info.assigned, true)
        });
    }

    /// Sets a mark, here and outward up to the declaration or to where it is set already.
    fn mark(&mut self, mut id: VarId, set: fn(&mut Info, &mut Var) -> bool) {
        for frame in self.frames.iter_mut().rev() {
            let var = &mut frame.vars[id.0 as usize];
            let VarKind::Captured { outer, .. } = var.kind else {
                set(&mut frame.info[id.0 as usize], var);
                return;
            };
            if set(&mut frame.info[id.0 as usize], var) {
                return;
            }
            id = outer;
        }
    }

    // --- process names

    /// Gives a process name a meaning in the innermost scope. False if this scope has it already.
    pub(super) fn name(&mut self, name: &'a str, meaning: Named) -> bool {
        let scope = self.scopes.len() as u32 - 1;
        let stack = self.names.entry(name).or_default();
        let fresh = stack.last().is_none_or(|&(_, s)| s != scope);
        stack.push((meaning, scope));
        if let Some(scope) = self.scopes.last_mut() {
            scope.names.push(name);
        }
        fresh
    }

    /// What a process name means here.
    pub(super) fn find_name(&self, name: &str) -> Option<Named> {
        Some(self.names.get(name)?.last()?.0)
    }

    /// All process names in scope.
    pub(super) fn process_names(&self) -> impl Iterator<Item = &'a str> {
        self.names
            .iter()
            .filter(|(_, stack)| !stack.is_empty())
            .map(|(&name, _)| name)
    }

    /// The innermost routine's own number for a formal of the definition.
    pub(super) fn capture_name(&mut self, formal: u32) -> u32 {
        let mut own = formal;
        for level in 1..self.frames.len() {
            if let Some(&known) = self.frames[level].captured_names.get(&formal) {
                own = known;
                continue;
            }
            let FormalName { name, dims, .. } = self.frames[level - 1].names[own as usize].clone();
            let frame = &mut self.frames[level];
            frame.names.push(FormalName {
                name,
                dims,
                captured: Some(own),
            });
            own = frame.names.len() as u32 - 1;
            frame.captured_names.insert(formal, own);
        }
        own
    }
}

impl Frame {
    /// The routine it has become.
    pub(super) fn finish(self, name: String, body: Vec<crate::check::tree::Command>, span: Span) -> Routine {
        Routine {
            name,
            vars: self.vars,
            names: self.names,
            body,
            span,
        }
    }
}

/// A constant of a routine: a range variable or a subscript of its label.
pub(super) fn constant(name: &str, span: Span, kind: VarKind) -> Var {
    Var {
        name: name.into(),
        ty: Type::Integer,
        span,
        kind,
        bounds: Vec::new(),
        assigned: false,
    }
}
