//! Variables of the environment, and arguments of the program.

use super::{Early, Outside, Permission, Talk, not_understood, request};
use crate::binding::{Next, Taken};
use crate::data::Data;
use std::sync::Arc;
use std::task::{Context, Poll};

/// A process that tells what the program was started with.
pub(super) struct Environment {
    outside: Arc<Outside>,
    /// What was asked for, the first last.
    texts: Option<Vec<String>>,
    early: Early,
}

impl Environment {
    pub(super) fn new(outside: Arc<Outside>) -> Environment {
        let (texts, early) = (None, Early::default());
        Environment { outside, texts, early }
    }
}

impl Talk for Environment {
    fn needs(&self, request: &str) -> Option<Permission> {
        // whoever has started the program has given it its arguments
        (request != "arguments").then_some(Permission::Environment)
    }

    fn take(&mut self, value: &mut Option<Data>, _: &mut Context<'_>) -> Poll<Taken> {
        let data = value.take().unwrap_or_default();
        let texts = match request(&data) {
            Some(("variable", [Data::String(name)])) => {
                let value = std::env::var_os(name);
                value
                    .map(|value| value.to_string_lossy().into_owned())
                    .into_iter()
                    .collect()
            }
            Some(("arguments", [])) => self.outside.arguments.iter().rev().cloned().collect(),
            _ => return not_understood(&data),
        };
        self.texts = Some(texts);
        self.early.wake();
        Poll::Ready(Taken::Yes)
    }

    fn give(&mut self, context: &mut Context<'_>) -> Poll<Next> {
        match &mut self.texts {
            Some(texts) => Poll::Ready(texts.pop().map(|text| Ok(Data::String(text)))),
            None => self.early.waits(context),
        }
    }
}
