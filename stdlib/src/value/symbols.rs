//! The table of constructors' names of one run.

use super::Symbol;
use parking_lot::RwLock;
use rhai::ImmutableString;
use rustc_hash::FxHashMap;

/// Names of constructors by number. A program's own come first; fragments may add more as they run (`shape`).
#[derive(Debug, Default)]
pub struct Symbols {
    table: RwLock<Table>,
}

#[derive(Debug, Default)]
struct Table {
    names: Vec<ImmutableString>,
    numbers: FxHashMap<ImmutableString, u32>,
}

impl Symbols {
    /// A table in which `Symbol(i)` is `module_strings[i]`; the first is the nameless tuple's empty name.
    pub fn new(module_strings: &[String]) -> Self {
        let mut table = Table::default();
        let first = if module_strings.is_empty() {
            vec![String::new()]
        } else {
            vec![]
        };
        for text in first.iter().chain(module_strings) {
            let name = ImmutableString::from(text);
            let number = table.names.len() as u32;
            table.numbers.entry(name.clone()).or_insert(number);
            table.names.push(name);
        }
        Symbols {
            table: RwLock::new(table),
        }
    }

    /// The symbol of a name, new if need be.
    pub fn intern(&self, name: &str) -> Symbol {
        if let Some(&number) = self.table.read().numbers.get(name) {
            return Symbol(number);
        }
        let mut table = self.table.write();
        if let Some(&number) = table.numbers.get(name) {
            return Symbol(number);
        }
        let number = table.names.len() as u32;
        let name = ImmutableString::from(name);
        table.numbers.insert(name.clone(), number);
        table.names.push(name);
        Symbol(number)
    }

    /// The name of a symbol; empty for the nameless tuple.
    pub fn name(&self, symbol: Symbol) -> ImmutableString {
        self.table
            .read()
            .names
            .get(symbol.0 as usize)
            .cloned()
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_s_strings_keep_their_numbers() {
        let symbols = Symbols::new(&["".into(), "insert".into(), "has".into()]);
        assert_eq!(symbols.name(Symbol(2)), "has");
        assert_eq!(symbols.intern("insert"), Symbol(1));
        assert_eq!(symbols.intern(""), Symbol(0));
        let new = symbols.intern("least");
        assert_eq!(symbols.intern("least"), new);
        assert_eq!(symbols.name(new), "least");
        assert_eq!(symbols.name(Symbol(999)), "");
    }
}
