//! rhai modules that a program imports: from the texts it carries and the standard ones, never from files.

use super::{ScriptHost, modules};
use parking_lot::Mutex;
use rhai::{Engine, EvalAltResult, Module, ModuleResolver, Position, Scope};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// What the source of a script module's functions begins with.
pub(super) const SCRIPT: &str = "script ";

pub(super) struct Scripts {
    texts: Arc<[(String, String)]>,
    host: Arc<dyn ScriptHost>,
    loaded: Mutex<FxHashMap<String, Arc<Module>>>,
    /// Modules that are being evaluated, one importing the next.
    open: Mutex<Vec<String>>,
}

impl Scripts {
    pub(super) fn new(texts: Arc<[(String, String)]>, host: Arc<dyn ScriptHost>) -> Self {
        Scripts {
            texts,
            host,
            loaded: Mutex::default(),
            open: Mutex::default(),
        }
    }

    fn load(&self, engine: &Engine, path: &str, position: Position) -> Result<Module, Box<EvalAltResult>> {
        let text = self
            .texts
            .iter()
            .find(|(other, _)| other == path)
            .map_or("", |(_, text)| text);
        if text.is_empty() {
            let missing = || EvalAltResult::ErrorModuleNotFound(path.into(), position).into();
            return modules::standard(path, &self.host).ok_or_else(missing);
        }
        let in_module = |error| Box::new(EvalAltResult::ErrorInModule(path.into(), error, position));
        let mut ast = engine.compile(text).map_err(|error| in_module(error.into()))?;
        ast.set_source(format!("{SCRIPT}{path}"));
        Module::eval_ast_as_new(Scope::new(), &ast, engine).map_err(in_module)
    }
}

impl ModuleResolver for Scripts {
    fn resolve(
        &self,
        engine: &Engine,
        _: Option<&str>,
        path: &str,
        position: Position,
    ) -> Result<Arc<Module>, Box<EvalAltResult>> {
        if let Some(module) = self.loaded.lock().get(path) {
            return Ok(module.clone());
        }
        if self.open.lock().iter().any(|open| open == path) {
            let message = format!("the module \"{path}\" imports itself");
            return Err(EvalAltResult::ErrorRuntime(message.into(), position).into());
        }
        self.open.lock().push(path.into());
        let module = self.load(engine, path, position);
        self.open.lock().pop();
        let module = Arc::new(module?);
        self.loaded.lock().insert(path.into(), module.clone());
        Ok(module)
    }
}
