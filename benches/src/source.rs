//! Programs of any length: the examples repeated under new labels, and lines of one kind.

use hydrac::syntax::ast::Item;
use regex::Regex;
use std::fmt::Write;
use std::path::Path;

/// What a long program is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Shape {
    /// The examples again and again under new labels, all in one parallel command.
    Examples,
    /// The examples one after the other.
    Sequence,
    /// Assignments, one after the other.
    Commands,
    /// Fragments, one after the other.
    Fragments,
    /// Processes of one parallel command, in a ring.
    Processes,
    /// Members of one family, each with a command list of its own.
    Members,
    /// Guarded commands of one repetition, for as many clients.
    Guards,
    /// Definitions, and an instance of each.
    Definitions,
    /// Constants, each from the one before.
    Constants,
    /// Variables of one command list.
    Variables,
    /// Functions of one `_include`, and calls.
    Functions,
}

/// All shapes.
pub const SHAPES: &[Shape] = &[
    Shape::Examples,
    Shape::Sequence,
    Shape::Commands,
    Shape::Fragments,
    Shape::Processes,
    Shape::Members,
    Shape::Guards,
    Shape::Definitions,
    Shape::Constants,
    Shape::Variables,
    Shape::Functions,
];

impl Shape {
    /// A program of about so many lines.
    pub fn program(self, lines: usize) -> String {
        match self {
            Shape::Examples => examples(lines, "||"),
            Shape::Sequence => examples(lines, "]];\n[["),
            Shape::Commands => {
                let each = |i: usize| match i % 4 {
                    0 => format!("a := b * {i} + c;"),
                    1 => "b := a - d % 7;".to_owned(),
                    2 => "c := -b + a / 3;".to_owned(),
                    _ => "d := a * b - c;".to_owned(),
                };
                let commands = repeat(lines, "\n", each);
                format!("a, b, c, d : integer;\n{commands}\n{{print(a + d)}}\n")
            }
            Shape::Fragments => {
                let fragments = repeat(lines, "\n", |i| format!("{{a += b * {i}; b = a % 1000}};"));
                format!("a, b : integer;\n{fragments}\n{{print(a)}}\n")
            }
            Shape::Processes => {
                let n = lines.max(2);
                let each = |i: usize| match i {
                    0 => format!("p0 :: x : integer; p1 ! 1; p{} ? x; {{print(x)}}", n - 1),
                    i => format!("p{i} :: x : integer; p{} ? x; p{} ! x + 1", i - 1, (i + 1) % n),
                };
                format!("[[ {}\n]]\n", repeat(n, "\n|| ", each))
            }
            Shape::Members => {
                let n = lines.max(2);
                let each = |i: usize| match i {
                    0 => format!("P(0) :: x : integer; P(1) ! 1; P({}) ? x; {{print(x)}}", n - 1),
                    i => format!("P({i}) :: x : integer; P({}) ? x; P({}) ! x + 1", i - 1, (i + 1) % n),
                };
                format!("[[ {}\n]]\n", repeat(n, "\n|| ", each))
            }
            Shape::Guards => {
                let n = (lines / 2).max(1);
                let guards = repeat(n, "\n  [] ", |i| format!("c{i} ? x -> sum := sum + x"));
                let clients = repeat(n, "\n|| ", |i| format!("c{i} :: server ! {i}"));
                format!("[[ server :: x, sum : integer;\n  *[ {guards} ];\n  {{print(sum)}}\n|| {clients}\n]]\n")
            }
            Shape::Definitions => {
                let n = (lines / 4).max(1);
                let definitions = repeat(n, "\n", |i| {
                    format!("process d{i}(x : integer; to : process) ::\n  to ! x + {i}\nend")
                });
                let instances = repeat(n, ";\n", |i| format!("  d{i}({i}, sum)"));
                format!(
                    "{definitions}\n[[ all ::\n{instances}\n|| sum :: x, s : integer; *[ all ? x -> s := s + x ]; {{print(s)}}\n]]\n"
                )
            }
            Shape::Constants => {
                let each = |i: usize| match i {
                    0 => "const c0 = 1;".to_owned(),
                    i => format!("const c{i} = (c{} * 3 + {i}) % 1000;", i - 1),
                };
                let n = lines.max(1);
                format!("{}\n{{print(c{})}}\n", repeat(n, "\n", each), n - 1)
            }
            Shape::Variables => {
                let n = lines.max(1);
                let each = |i: usize| match i {
                    0 => "v0 : integer := 1;".to_owned(),
                    i => format!("v{i} : integer := v{} + 1;", i - 1),
                };
                format!("{}\n{{print(v{})}}\n", repeat(n, "\n", each), n - 1)
            }
            Shape::Functions => {
                let n = (lines / 2).max(1);
                let functions = repeat(n, "\n", |i| format!("  fn f{i}(x) {{ x * {i} + 1 }}"));
                let calls = repeat(n, ";\n", |i| format!("a := {{f{i}(a) % 1000}}"));
                format!("_include{{\n{functions}\n}}\na : integer;\n{calls};\n{{print(a)}}\n")
            }
        }
    }
}

fn repeat(n: usize, between: &str, each: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    for i in 0..n {
        if i > 0 {
            text += between;
        }
        text += &each(i);
    }
    text
}

/// An example, taken apart.
struct Example {
    /// What stands before the command list.
    items: String,
    /// The command list.
    body: String,
    /// The names that must be new in each copy.
    names: Regex,
    lines: usize,
}

/// The examples that stand alone: without imports, which come once.
fn all_examples() -> Vec<Example> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let mut paths: Vec<_> = (std::fs::read_dir(folder).into_iter().flatten().flatten())
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "csp"))
        .collect();
    paths.sort();
    let texts = paths.iter().filter_map(|path| std::fs::read_to_string(path).ok());
    texts.filter_map(|text| take_apart(&text)).collect()
}

fn take_apart(text: &str) -> Option<Example> {
    if text.contains("import ") {
        return None;
    }
    let (program, reports) = hydrac::syntax::parse(0, text);
    let first = program.body.first()?.span.start as usize;
    if !reports.is_empty() {
        return None;
    }
    let mut names: Vec<&str> = Vec::new();
    for item in &program.items {
        match item {
            Item::Const { name, .. } | Item::Param { name, .. } => names.push(&name.text),
            Item::Extern(all) => names.extend(all.iter().map(|(name, _)| name.text.as_str())),
            Item::Process(definition) => names.push(&definition.name.text),
            Item::Include(_) | Item::Import { .. } => {}
        }
    }
    let others = Regex::new(r"\bfn\s+(\w+)|\b([A-Za-z_]\w*)\s*(?:\([^()]*\))?\s*::").ok()?;
    for found in others.captures_iter(text) {
        names.extend(found.iter().skip(1).flatten().map(|name| name.as_str()));
    }
    let names = if names.is_empty() {
        "$^".to_owned()
    } else {
        names.join("|")
    };
    Some(Example {
        items: text[..first].to_owned(),
        body: text[first..].trim_end().trim_end_matches(';').to_owned(),
        names: Regex::new(&format!(r"\b({names})\b")).ok()?,
        lines: text.lines().count(),
    })
}

/// The examples under new labels up to so many lines, each in a process of its own; what stands between these is given.
fn examples(lines: usize, between: &str) -> String {
    let examples = all_examples();
    let (mut items, mut bodies, mut made, mut copy) = (String::new(), String::new(), 0, 0);
    'enough: loop {
        for (number, example) in examples.iter().enumerate() {
            if made >= lines && made > 0 {
                break 'enough;
            }
            let new = |text: &str| {
                example
                    .names
                    .replace_all(text, |found: &regex::Captures| format!("{}_{copy}_{number}", &found[0]))
                    .into_owned()
            };
            items += &new(&example.items);
            if !bodies.is_empty() {
                bodies += between;
            }
            let _ = writeln!(bodies, " copy_{copy}_{number} ::\n{}", new(&example.body));
            made += example.lines + 1;
        }
        copy += 1;
        if examples.is_empty() {
            break;
        }
    }
    format!("{items}\n[[{bodies}]]\n")
}
