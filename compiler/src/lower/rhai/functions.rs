//! Functions of includes, made once for each combination of argument types.
//!
//! What a function gives is found by walking through it: at first nothing is known of the value of a call within itself,
//! so the ways that come to one are left out; what the others give is then taken for known, until it stays the same.

use super::types::Ty;
use super::walk::{Typed, Walk, Walked, Why, leave};
use super::{World, walk};
use crate::check::script::Script;
use crate::check::tree::{Expr as Tree, ExprKind, Fragment, Routine};
use crate::lower::fold;
use crate::plants::planted;
use hydra_bytecode::Span;
use hydra_stdlib::analysis::Body;
use rhai::{Expr, Position};
use rustc_hash::{FxHashMap, FxHashSet};

/// How often a function is walked through.
const ROUNDS_MAX: usize = 6;

/// How many functions a program may have, each combination of types counted.
const FUNCTIONS_MAX: usize = 2_000;

/// How deep a function that is walked through may call others that were not seen before.
const DEPTH_MAX: usize = 100;

/// A function of an include as it is written.
pub(super) struct Written {
    pub(super) body: Body,
    /// The text of the include between its braces.
    pub(super) inner: Span,
}

/// A function for certain types of arguments.
#[derive(Clone, Debug)]
pub(in crate::lower) struct Made {
    /// Its name, for listings.
    pub(in crate::lower) name: String,
    /// Its variables, the parameters first.
    pub(in crate::lower) routine: Routine,
    /// How many parameters it has.
    pub(in crate::lower) params: usize,
    /// Its value.
    pub(in crate::lower) value: Tree,
    /// The text of the include.
    pub(in crate::lower) span: Span,
}

type Key = (String, Vec<Ty>);

enum Known {
    /// It is being walked through; what its value is taken for, and whether that was asked for.
    Walking(u32, Option<Ty>, bool),
    /// Its number and the type of its value.
    Done(u32, Ty),
    /// Calls of it are left to rhai.
    Left(String),
}

/// What was found so far.
#[derive(Default)]
pub(super) struct Functions {
    pub(super) made: Vec<Option<Made>>,
    known: FxHashMap<Key, Known>,
    order: Vec<Key>,
    depth: usize,
}

impl Walk<'_> {
    /// A call of a function of an include.
    pub(super) fn script_function(&mut self, name: &str, args: &[Expr], position: Position) -> Walked<Typed> {
        let mut made = Vec::with_capacity(args.len());
        for arg in args {
            let arg = self.expr(arg)?;
            if arg.ty == Ty::Never {
                return leave("an argument has no value");
            }
            made.push(arg);
        }
        let mut before = Vec::new();
        if made.iter().any(|arg| fold::assigns_any(&arg.expr)) {
            for arg in &mut made {
                let kept = Typed {
                    expr: arg.expr.clone(),
                    ty: arg.ty,
                };
                *arg = self.kept_apart(kept, &mut before);
            }
            // a variable that is the first argument is looked at when the others have been evaluated
            if let Some(first @ Expr::Variable(..)) = args.first() {
                made[0] = self.expr(first)?;
            }
        }
        let call = self.function_with(name, made, position)?;
        Ok(self.after(before, call, position))
    }

    /// A call of one with values.
    pub(super) fn function_with(&self, name: &str, made: Vec<Typed>, position: Position) -> Walked<Typed> {
        let types = made.iter().map(|arg| arg.ty).collect();
        let (number, ty) = self.world.function(name, types)?;
        let mut args: Vec<_> = made.into_iter().map(|arg| arg.expr).collect();
        if planted(17) && args.len() > 1 && args[0].ty == args[1].ty {
            args.swap(0, 1);
        }
        Ok(self.script(Script::Call(number, args), ty, position))
    }
}

impl World {
    /// The number of a function that tells the order of two values, and what it became. It gets other values before them.
    pub(super) fn comparison(&self, name: &str, written: &Written) -> Walked<(u32, Made)> {
        let types = vec![Ty::Any; written.body.params.len()];
        let key = (format!("comparison {name}"), types);
        let (number, _) = self.found(key, written)?;
        match self.found.borrow().made.get(number as usize) {
            Some(Some(made)) if !self.sorts(made, &mut vec![number]) => Ok((number, made.clone())),
            _ => leave("a comparison that sorts, or is of itself"),
        }
    }

    /// Whether a function may sort with a function, or call one that does.
    fn sorts(&self, made: &Made, seen: &mut Vec<u32>) -> bool {
        let (mut sorts, mut calls) = (false, Vec::new());
        fold::each(&made.value, &mut |part| {
            if let ExprKind::Script(script) = &part.kind {
                match &**script {
                    Script::Sort(..) => sorts = true,
                    Script::Call(number, _) => calls.push(*number),
                    _ => {}
                }
            }
        });
        sorts
            || calls.into_iter().any(|number| {
                if seen.contains(&number) {
                    return false;
                }
                seen.push(number);
                match self.found.borrow().made.get(number as usize) {
                    Some(Some(made)) => self.sorts(made, seen),
                    _ => true,
                }
            })
    }

    /// The number of a function, and the type of its value.
    fn function(&self, name: &str, types: Vec<Ty>) -> Walked<(u32, Ty)> {
        let key = (name.to_string(), types);
        match self.written.get(&(name.to_string(), key.1.len())) {
            Some(Some(written)) => self.found(key, written),
            Some(None) => leave(format!("several includes define `{name}`")),
            None => leave(format!("`{name}` has another number of parameters")),
        }
    }

    /// As it was found before, or is found now.
    fn found(&self, key: Key, written: &Written) -> Walked<(u32, Ty)> {
        let name = key.0.clone();
        match self.found.borrow_mut().known.get_mut(&key) {
            Some(Known::Done(number, ty)) => return Ok((*number, *ty)),
            Some(Known::Left(why)) => return leave(why.clone()),
            Some(Known::Walking(number, ty, asked)) => {
                *asked = true;
                return ty.map(|ty| (*number, ty)).ok_or(Why::Guess);
            }
            None => {}
        }
        let (number, after) = {
            let mut found = self.found.borrow_mut();
            if found.made.len() >= FUNCTIONS_MAX || found.depth >= DEPTH_MAX {
                return leave(format!("`{name}` calls too many functions"));
            }
            found.depth += 1;
            found.made.push(None);
            let number = found.made.len() as u32 - 1;
            found.order.push(key.clone());
            found.known.insert(key.clone(), Known::Walking(number, None, false));
            (number, found.order.len())
        };
        let result = self.settled(&key, number, written, after);
        let mut found = self.found.borrow_mut();
        found.depth -= 1;
        match result {
            Ok((made, ty)) => {
                found.made[number as usize] = Some(made);
                found.known.insert(key, Known::Done(number, ty));
                Ok((number, ty))
            }
            Err(why) => {
                found.forget(after, number as usize + 1);
                let why = match why {
                    Why::Left(why) => format!("`{name}`: {why}"),
                    Why::Guess => format!("`{name}` never has a value"),
                    Why::Boxed(name) => format!("`{name}` may hold values of different types"),
                };
                found.known.insert(key, Known::Left(why.clone()));
                leave(why)
            }
        }
    }

    /// Walks through a function until the type of its value stays the same.
    fn settled(&self, key: &Key, number: u32, written: &Written, after: usize) -> Walked<(Made, Ty)> {
        for _ in 0..ROUNDS_MAX {
            let (made, ty) = self.made(key, written)?;
            let mut found = self.found.borrow_mut();
            let Some(Known::Walking(_, taken, asked)) = found.known.get_mut(key) else {
                break;
            };
            if !*asked || *taken == Some(ty) {
                return Ok((made, ty));
            }
            if ty == Ty::Never {
                return leave("it never has a value");
            }
            (*taken, *asked) = (Some(ty), false);
            // what was found meanwhile relied on less
            found.forget(after, number as usize + 1);
        }
        leave("the type of its value is not sure")
    }

    fn made(&self, key: &Key, written: &Written) -> Walked<(Made, Ty)> {
        let mut boxes = FxHashSet::default();
        loop {
            match self.made_with(key, written, &boxes) {
                Err(Why::Boxed(name)) if boxes.insert(name.clone()) => {}
                Err(Why::Boxed(name)) => return leave(format!("`{name}` may hold values of different types")),
                result => return result,
            }
        }
    }

    /// With variables that hold values of any type.
    fn made_with(&self, key: &Key, written: &Written, boxes: &FxHashSet<String>) -> Walked<(Made, Ty)> {
        let mut routine = Routine::default();
        let fragment = Fragment {
            inner: written.inner,
            ..Fragment::default()
        };
        let text = super::super::source_text(&self.sources, written.inner);
        let mut walk = walk::Walk::new(self, &fragment, text, &mut routine.vars);
        walk.function = true;
        walk.boxes = boxes.clone();
        for (name, ty) in written.body.params.iter().zip(&key.1) {
            // `()` has no register of its own, but an argument has
            let ty = if *ty == Ty::Unit { Ty::Any } else { *ty };
            let var = walk.bind(name, ty, false);
            if ty == Ty::Any {
                // it may hold one thing after another
                walk.keys.insert(var, format!("{name} of a function"));
            }
        }
        let value = walk.ended(&written.body.statements)?;
        let names: Vec<&str> = key.1.iter().map(|ty| ty.name()).collect();
        routine.span = written.inner;
        // how rhai calls a closure says nothing
        let name = key.0.split_once(" anon$").map_or(&*key.0, |(what, _)| what);
        let made = Made {
            name: format!("{name}({})", names.join(", ")),
            routine,
            params: key.1.len(),
            value: value.expr,
            span: written.inner,
        };
        Ok((made, value.ty))
    }
}

impl Functions {
    /// Forgets what was found after something.
    fn forget(&mut self, order: usize, made: usize) {
        for key in self.order.drain(order..) {
            self.known.remove(&key);
        }
        self.made.truncate(made);
    }
}
